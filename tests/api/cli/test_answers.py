"""What the commands tell back, so that a person sees whether it is what he meant."""

import re
from pathlib import Path

import psycopg
import pytest

from api import migrate
from api.postgres import find_binaries, start
from api.runtime import DATABASE
from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres


def test_a_booking_tells_its_amount_and_both_accounts_by_name(ontschot: Program) -> None:
    asked = (
        *("boek", "--gemeente", "Ermelo", "--debet", "0125/JW-2025", "--credit", "0110/JW-2025"),
        *(
            "--bedrag",
            "1.250,50",
            "--boekdatum",
            "2025-02-01",
            "--omschrijving",
            "Apart",
            "--proef",
        ),
    )
    told = ontschot(*asked)
    assert told.code == 0
    assert "debet  € 1.250,50  0125/JW-2025 (Complexe gezinnen)" in told.out
    assert "credit € 1.250,50  0110/JW-2025 (Vrije ruimte)" in told.out
    (booked,) = ontschot(*asked, "--formaat", "json").document["boekingen"]
    assert [(each["rekening"], each["bedrag"]["waarde"]) for each in booked["regels"]] == [
        ("0125/JW-2025", "1250.50"),
        ("0110/JW-2025", "-1250.50"),
    ]


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [("-5", "is geen bedrag boven nul"), ("0", "nul"), ("1.250", "kan twee bedragen zijn")],
)
def test_an_amount_that_may_be_a_mistake_is_not_booked(
    ontschot: Program, amount: str, sentence: str
) -> None:
    done = ontschot("boek", "--gemeente", "Ermelo", "--bedrag", amount)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("saldo", "--gemeente", "Ermelo"),
        ("controleer",),
        ("checkpoint", "--gemeente", "Ermelo"),
        ("token", "--gemeente", "Ermelo", "--rol", "financieel"),
    ],
)
def test_who_only_looks_makes_no_books(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = Program(folder=tmp_path)(*words)
    assert (done.code, done.out) == (3, "")
    assert f"In {tmp_path} staan geen boeken." in done.err
    assert list(tmp_path.iterdir()) == []


def test_what_the_machine_says_is_told_in_dutch(ontschot: Program, tmp_path: Path) -> None:
    a_folder = ontschot("boek", str(tmp_path), "--gemeente", "Ermelo")
    assert (a_folder.code, a_folder.out) == (2, "")
    assert "(het is een map)" in a_folder.err
    file = tmp_path / "post.json"
    file.write_text("geen json", encoding="utf-8")
    assert "malformed" not in ontschot("boek", str(file), "--gemeente", "Ermelo").err


def test_amounts_in_csv_have_a_comma_as_dutch_spreadsheets_read_them(ontschot: Program) -> None:
    asked = ("saldo", "--gemeente", "Ermelo", "--middel", "JW-2025", "--formaat", "csv")
    for words in ((), ("--mutaties",)):
        lines = ontschot(*asked, *words).out.splitlines()
        place = lines[0].split(";").index("saldo")
        amounts = [line.split(";")[place] for line in lines[1:]]
        assert amounts
        assert all(re.fullmatch(r"-?[0-9]+,[0-9]{2}", each) for each in amounts)


def test_books_are_checked_also_when_their_code_is_on_no_list(ontschot: Program) -> None:
    with start(ontschot.folder, find_binaries(None)) as server:
        with psycopg.connect(server.url_of(DATABASE, user=migrate.APP)) as connection:
            connection.execute("SET LOCAL ontschot.gemeente = 'GM9998'")
            connection.execute(
                "SELECT ledger.change_period('GM9998', date '2025-01-01', date '2026-01-01', true,"
                " 'iemand', 'Open', NULL, now())"
            )
        found = [
            each["gemeente"]
            for each in ontschot("controleer", "--formaat", "json").document["controles"]
        ]
    assert "GM9998" in found
    assert "GM0233" in found


def test_checkpoints_that_are_gone_are_missed_and_one_twice_counts_once(
    ontschot: Program,
) -> None:
    assert ontschot("checkpoint", "--gemeente", "Ermelo").code == 0
    asked = ("controleer", "--gemeente", "Ermelo")
    file = ontschot.folder / "checkpoints" / "GM0233.jsonl"
    kept = file.read_bytes()
    try:
        file.write_bytes(kept.splitlines(keepends=True)[-1] * 2)
        twice = ontschot(*asked)
        file.unlink()
        gone = ontschot(*asked)
    finally:
        file.write_bytes(kept)
    assert (twice.code, twice.err) == (0, "")
    assert ", 1 controlepunt;" in twice.out
    assert ", 0 controlepunten;" in gone.out
    assert gone.code == 0
    assert "staan er geen van GM0233" in gone.err
