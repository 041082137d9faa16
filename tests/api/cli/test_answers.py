"""What the commands tell back, so that a person sees whether it is what he meant."""

from pathlib import Path

import pytest

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
