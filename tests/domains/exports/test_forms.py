"""The files have the form that their readers want, also with odd content."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from lxml import etree
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.exports import iv3, journal, queries, xaf
from domains.exports.iv3 import BudgetAmount, Iv3Period
from domains.exports.model import (
    Column,
    ColumnKind,
    LedgerLine,
    LineTotals,
    Movement,
    Scope,
    Table,
)
from domains.exports.refusals import (
    Iv3Incomplete,
    JournalColumnTwice,
    NothingKnownYet,
    UnknownJournalColumn,
)
from domains.exports.table import write_csv, write_xlsx
from ledger import balances
from ledger.accounts import Account, Book, dimensions
from tests.domains.exports.books import OFFICE, whole
from tests.domains.support import EXAMPLE_DISTRICT, draw, example_town
from tests.support.iv3 import SCHEMA

SCOPE = Scope(
    gemeente="GM0344",
    from_date=date(2026, 1, 1),
    on=date(2026, 12, 31),
    known_up_to=7,
    made_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
)
LINE = LedgerLine(
    chain_number=7,
    position=1,
    line=1,
    entry=UUID(int=1),
    booking_date=date(2026, 3, 1),
    performance_from=date(2026, 2, 1),
    performance_until=date(2026, 3, 1),
    kind="memoriaal",
    description="Aansluiting",
    document="",
    draw=None,
    envelope=UUID(int=5),
    code="4210",
    fund="JW-2026",
    taakveld="6.751",
    category="3.4.1",
    basis="",
    amount_cents=1250,
)


def moved(code: str, opening: int, closing: int, **named: str) -> Movement:
    return Movement(
        account=Account(
            gemeente="GM0344",
            book=Book.LASTEN,
            code=code,
            colour="JW-2026",
            dimensions=dimensions(**named),
        ),
        opening_cents=opening,
        closing_cents=closing,
    )


def schema(testdata: Path) -> Any:
    return etree.XMLSchema(etree.parse(testdata / "xaf" / "XmlAuditfileFinancieel3.2.xsd"))


@pytest.mark.postgres
async def test_the_audit_file_of_a_town_follows_the_schema(
    engine: AsyncEngine, gemeente: str, testdata: Path
) -> None:
    town = await example_town(engine, gemeente)
    budget = await town.open_budget(await town.register(), 18_000_00)
    await town.draw(draw(budget, await town.person(budget), cents=1_250_00))
    async with db.transaction(engine, gemeente) as connection:
        number = await balances.last_link(connection, gemeente=gemeente)
        content = await whole(
            xaf.audit_file(
                connection, gemeente=gemeente, year=2026, on=date(2026, 12, 31), known_up_to=number
            )
        )
    schema(testdata).assertValid(etree.fromstring(content))
    assert budget.hex in content.decode(), "the family budget is the project"
    assert content.decode().count("<trLine>") == 2 * len(EXAMPLE_DISTRICT)


def test_an_audit_file_of_odd_texts_follows_the_schema(testdata: Path) -> None:
    odd = replace(LINE, description="<b>&\x00\x0b\ud800]]>" + "a" * 1200, document="é" * 1100)
    opposite = replace(odd, line=2, amount_cents=-1250, code="1200", taakveld="", category="")
    written = (
        xaf.head(
            SCOPE,
            [moved("4210", 300, 900), moved("1200", -300, -900), moved("1999", 0, 0)],
            LineTotals(lines=2, debit_cents=1250, credit_cents=1250),
        )
        + xaf.entries([odd, opposite])
        + xaf.TAIL
    )
    schema(testdata).assertValid(etree.fromstring(written.encode()))


def test_an_opening_balance_holds_the_result_that_nobody_booked_yet() -> None:
    nothing = LineTotals(lines=0, debit_cents=0, credit_cents=0)
    before = [
        moved("4210", 300, 900, taakveld="6.751"),
        moved("4210", 500, 500, taakveld="6.752"),
        moved("8300", -100, -100),
        moved("1200", -700, -900),
        moved("1900", 0, 0),
    ]
    opening = xaf.head(SCOPE, before, nothing).partition("<openingBalance>")[2]
    assert "<linesCount>2</linesCount><totalDebit>7.00</totalDebit>" in opening
    assert "<accID>1900.JW-2026</accID><amnt>7.00</amnt><amntTp>D</amntTp>" in opening
    assert "<accID>1200.JW-2026</accID><amnt>7.00</amnt><amntTp>C</amntTp>" in opening


def test_an_audit_file_of_nothing_follows_the_schema(testdata: Path) -> None:
    nothing = LineTotals(lines=0, debit_cents=0, credit_cents=0)
    schema(testdata).assertValid(
        etree.fromstring((xaf.head(SCOPE, [], nothing) + xaf.TAIL).encode())
    )


def test_of_help_to_a_family_only_the_kind_is_told() -> None:
    told = replace(LINE, kind="tegenboeking", description="Jansen belde").told
    of_draw = replace(LINE, kind="trekking", draw=UUID(int=9), description="voor Jansen").told
    assert (told, of_draw, LINE.told) == ("tegenboeking", "trekking", "Aansluiting")


@pytest.mark.postgres
async def test_iv3_of_the_budget_counts_what_the_council_authorised(
    engine: AsyncEngine, gemeente: str
) -> None:
    await example_town(engine, gemeente)
    async with db.transaction(engine, gemeente) as connection:
        number = await balances.last_link(connection, gemeente=gemeente)
        made = await iv3.iv3_of(
            connection,
            gemeente=gemeente,
            year=2026,
            period=Iv3Period.BUDGET,
            on=date(2026, 12, 31),
            known_up_to=number,
        )
    assert [(cell.row, cell.column, cell.amount_cents) for cell in made.expenses] == [
        ("6.3", "3.8", 200_000_00),
        ("6.3", "4.1.1", 300_000_00),
        ("6.712", "3.4.1", 400_000_00),
        ("6.751", "3.4.1", 1_000_000_00),
    ]
    assert made.standings == ()


def test_iv3_has_the_form_of_the_delivery_to_cbs() -> None:
    made = iv3.realised(
        SCOPE,
        year=2026,
        period=Iv3Period.QUARTER_2,
        moved=[
            moved("4210", 0, 1_250_50, taakveld="6.751", categorie="3.4.1"),
            moved("4410", 0, 100_50),
            moved("8110", 0, -200_00, taakveld="6.3", categorie="4.3.1"),
            moved("1200", -50, -1_151_50),
        ],
    )
    document = msgspec.json.decode(iv3.write_json(made, contact=OFFICE))
    assert list(SCHEMA.iter_errors(document)) == []
    assert document["contact"] == {
        "naam": "Financiën",
        "telefoon": "030 286 00 00",
        "email": "iv3@utrecht.nl",
    }
    assert document["metadata"] == {
        "overheidslaag": "Gemeente",
        "overheidsnummer": "0344",
        "overheidsnaam": "Utrecht",
        "boekjaar": 2026,
        "periode": 2,
        "status": "Realisatie",
        "datum": "2026-07-02T00:00:00+02:00",
        "details_openbaar": False,
        "financieel_pakket": "",
        "export_software": "Ontschot",
    }
    assert document["data"]["lasten"] == [
        {"taakveld": "6.3", "categorie": "3.8", "bedrag": 101},
        {"taakveld": "6.751", "categorie": "3.4.1", "bedrag": 1250},
    ]
    assert document["data"]["baten"] == [{"taakveld": "6.3", "categorie": "4.3.1", "bedrag": 200}]
    assert {"balanscode": "P114", "standper": "ultimo", "bedrag": -1151} in document["data"][
        "balans_standen"
    ]
    rows = list(csv.reader(io.StringIO(write_csv(iv3.as_table(made)).decode()), delimiter=";"))
    assert rows[1] == [
        "lasten",
        "6.3",
        "Inkomensregelingen",
        "3.8",
        "Overige goederen en diensten",
        "100,50",
    ]


@pytest.mark.parametrize(
    ("movement", "reason"),
    [
        (moved("4210", 0, 1), "heeft geen taakveld"),
        (moved("4620", 0, 1, taakveld="6.3"), "heeft geen categorie"),
        (moved("4210", 0, 1, taakveld="6.71a", categorie="3.4.1"), "bestaat niet in 2026"),
        (moved("4210", 0, 1, taakveld="6.751", categorie="3.4.2"), "bestaat niet bij lasten"),
        (moved("1999", 0, 1), "heeft geen balanscode"),
    ],
)
def test_what_has_no_place_in_iv3_is_refused_by_name(movement: Movement, reason: str) -> None:
    with pytest.raises(Iv3Incomplete) as refused:
        iv3.realised(SCOPE, year=2026, period=Iv3Period.YEAR, moved=[movement])
    assert f"rekening {movement.account.code} van JW-2026" in refused.value.message()
    assert reason in refused.value.message()


def test_a_budget_on_a_taakveld_of_other_years_is_refused() -> None:
    old = BudgetAmount(source="WMO", taakveld="6.71a", amount_cents=1)
    with pytest.raises(Iv3Incomplete, match=r"6\.711"):
        iv3.budgeted(SCOPE, year=2026, expenses=[old], revenues=[])


def test_columns_of_the_journal_have_the_names_that_were_asked() -> None:
    columns = journal.journal_columns("Datum=boekdatum, Kpl = taakveld,debet,credit")
    assert journal.journal_rows([LINE], columns) == "2026-03-01;6.751;12,50;0,00\n"
    assert [column.name for column in columns] == ["Datum", "Kpl", "debet", "credit"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("boekdatm", "'boekdatm'"),
        ("Datum=boekdatm", "'boekdatm'"),
        ("Datum=", "'Datum='"),
        ("=boekdatum", "'=boekdatum'"),
        ("=", "'='"),
        ("debet,,credit", "''"),
        ("a=b=c", "'b=c'"),
    ],
)
def test_a_column_that_does_not_exist_is_refused_as_it_was_asked(asked: str, said: str) -> None:
    with pytest.raises(UnknownJournalColumn) as refused:
        journal.journal_columns(asked)
    assert f"De kolom {said} bestaat niet" in refused.value.message()


def test_two_columns_have_no_name_in_common() -> None:
    assert len(journal.journal_columns("debet,Som=debet,Som 2=debet")) == 3
    with pytest.raises(JournalColumnTwice, match="'debet' is twee keer"):
        journal.journal_columns("debet,boekdatum,debet=credit")


@pytest.mark.postgres
async def test_books_without_a_link_give_no_file(engine: AsyncEngine, gemeente: str) -> None:
    async with db.transaction(engine, gemeente) as connection:
        with pytest.raises(NothingKnownYet):
            await queries.scope_of(
                connection,
                gemeente=gemeente,
                from_date=date(2026, 1, 1),
                on=date(2026, 1, 2),
                known_up_to=0,
            )


@pytest.mark.parametrize(
    "typed", ["=1+1", "+31 6", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "-", "--1", "-1-1"]
)
def test_a_cell_that_looks_like_a_formula_is_harmless(typed: str) -> None:
    table = Table(name="t", columns=(Column(name="a"),), rows=((typed,),))
    (row,) = list(csv.reader(io.StringIO(write_csv(table).decode(), newline="")))[1:]
    assert row == [f"'{typed}".replace("\r", " ")]
    sheet = zipfile.ZipFile(io.BytesIO(write_xlsx([table], made_at=SCOPE.made_at)))
    assert b"<f>" not in sheet.read("xl/worksheets/sheet1.xml")


def test_a_negative_amount_stays_an_amount() -> None:
    table = Table(
        name="t",
        columns=(Column(name="bedrag", kind=ColumnKind.AMOUNT), Column(name="dag")),
        rows=((-1205, None), (10**15, date(2026, 1, 2))),
    )
    assert write_csv(table) == b"bedrag;dag\n-12,05;\n10000000000000,00;2026-01-02\n"
    made = write_xlsx([table], made_at=SCOPE.made_at)
    assert made == write_xlsx([table], made_at=SCOPE.made_at)
    book = zipfile.ZipFile(io.BytesIO(made))
    assert b"<v>-12.05</v>" in book.read("xl/worksheets/sheet1.xml")
    assert b">2026-07-02T00:30:00Z</dcterms:created>" in book.read("docProps/core.xml")
