"""How values come in and how text goes out: small tables that a finance officer can read."""

import csv
import io
import json
from pathlib import Path
from typing import Final
from uuid import UUID

import click
import pytest

from api.cli.accounts import UnreadableAccount, account_id, path_of
from api.cli.options import CENTS, TEXT, content_of_file
from api.cli.output import Format, Side, print_csv, print_text, say_refusal, table
from domains import chart
from domains.readers.faults import UnreadableAmount
from domains.readers.model import Place
from ledger.accounts import Account

UTRECHT: Final = "GM0344"


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1250", 125_000),
        ("1250.00", 125_000),
        ("1.25", 125),
        ("1250,50", 125_050),
        ("1.250,50", 125_050),
        ("1.250.000,01", 125_000_001),
        ("0,01", 1),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, cents: int) -> None:
    assert CENTS.convert(text, None, None) == cents


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1,234", "1.2345", "12.50.00", "1e3", "NaN", "1 250", "€ 5", "1,2,3"),
        *("-5", "-12,50", "1250,5", "5\n", "١٢"),
    ],
)
def test_what_is_no_amount_above_zero_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is geen bedrag"):
        CENTS.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.250", "schrijf 1250 of 1.250,00"),
        ("1.250.000", "kan twee"),
        ("0", "nul"),
        ("0,00", "nul"),
    ],
)
def test_what_may_mean_two_amounts_or_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(click.BadParameter, match=reason):
        CENTS.convert(text, None, None)


@pytest.mark.parametrize(
    "account",
    [
        chart.free(UTRECHT, "JW-2025"),
        chart.district(UTRECHT, "WMO-2025", wijk="WK034401"),
        chart.authorisation(UTRECHT, "SHV-2025", programme="Sociaal domein", taakveld="6.3"),
        chart.authorisation(UTRECHT, "JW-2025", programme="Zorg/50%=jeugd", taakveld="6.751"),
        chart.creditors(UTRECHT, "SHV-2025"),
    ],
    ids=path_of,
)
def test_an_account_is_found_by_the_path_that_is_shown(account: Account) -> None:
    assert account_id(path_of(account), gemeente=UTRECHT) == account.id
    assert account_id(str(account.id), gemeente=UTRECHT) == account.id


@pytest.mark.parametrize("text", ["", "0110", "/JW-2025", "0110/JW-2025/wijk", "0110/JW-2025/=x"])
def test_half_a_path_is_no_account(text: str) -> None:
    with pytest.raises(UnreadableAccount):
        account_id(text, gemeente=UTRECHT)


def test_text_from_the_books_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_text("rood\x1b[31m en\u202eom")
    assert capsys.readouterr().out == "rood�[31m en�om\n"


def test_a_cell_never_becomes_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv(["a", "b"], [["=1+1", "-12,50"], ["@som", 'een; "twee"'], ["-2+A1", "-"]])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out), delimiter=";"))
    assert rows == [["a", "b"], ["'=1+1", "-12,50"], ["'@som", 'een; "twee"'], ["'-2+A1", "'-"]]


def test_a_table_is_aligned_on_both_sides() -> None:
    laid_out = table(
        ["naam", "bedrag"], [["a", "€ 1,00"], ["bbb bbb", "€ 10,00"]], [Side.LEFT, Side.RIGHT]
    )
    assert laid_out.splitlines() == [
        "naam      bedrag",
        "───────  ───────",
        "a         € 1,00",
        "bbb bbb  € 10,00",
    ]


def test_ids_are_taken_as_they_are() -> None:
    assert account_id(str(UUID(int=7)), gemeente=UTRECHT) == UUID(int=7)


@pytest.mark.parametrize("text", ["", " ", "a\nb", "a\x1b[31m", "a\u202eb", "a" * 501])
def test_a_text_for_the_books_is_one_visible_line(text: str) -> None:
    assert TEXT.convert("nagekomen nota", None, None) == "nagekomen nota"
    with pytest.raises(click.BadParameter):
        TEXT.convert(text, None, None)


def test_a_file_whose_name_nobody_can_read_is_refused_as_a_document(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[31m\n.csv"
    file.write_bytes(b"x")
    with pytest.raises(click.UsageError, match="tekens die niemand ziet"):
        content_of_file(str(file))


def test_a_refusal_in_json_has_the_words_of_the_wire_and_every_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = tuple(
        Place(line=line, column="lasten_eur", value="veel", reason="is geen bedrag")
        for line in (2, 5)
    )
    say_refusal(UnreadableAmount(file_name="raad.csv", places=places, count=2), Format.JSON)
    told = json.loads(capsys.readouterr().err)
    assert told["feiten"]["bestandsnaam"] == "raad.csv"
    assert [(each["regel"], each["kolom"]) for each in told["plaatsen"]] == [
        (2, "lasten_eur"),
        (5, "lasten_eur"),
    ]
