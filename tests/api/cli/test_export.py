"""What leaves for others: a change of the budget, and the files of a year of the demo."""

import asyncio
import os
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from lxml import etree

from api import db
from api.cli.desk import Desk, _with_engine, instruction
from api.runtime import database
from api.settings import settings_from
from domains.budget_changes.model import BudgetChange
from domains.budget_changes.operations import draft
from domains.budget_changes.queries import budget_changes
from domains.exports.iv3 import Iv3Period
from ledger.entries import fingerprint
from tests.api.cli.conftest import Program
from tests.domains.budget_changes.test_rules import lines_of
from tests.support.iv3 import SCHEMA

pytestmark = pytest.mark.postgres

ERMELO = "GM0233"
LINES = """
    baten  RES H6 0.10   500
    lasten RES H6 6.751  500
    lasten RES =6 6.751 -100
"""


def drafted(ontschot: Program) -> UUID:
    """Draft a change in the books of the demo."""

    async def work(desk: Desk) -> UUID:
        async with db.transaction(desk.engine, ERMELO) as connection:
            await draft(
                connection,
                instruction=instruction(
                    desk,
                    gemeente=ERMELO,
                    key=str(desk.clock.new_random_id()),
                    fingerprint=fingerprint("ontwerp"),
                    today=date(2025, 6, 1),
                ),
                year=2025,
                description="Najaarswijziging",
                lines=lines_of(LINES),
            )
            return (await budget_changes(connection, gemeente=ERMELO))[-1].id

    with database(settings_from({"ONTSCHOT_MAP": str(ontschot.folder)}, ontschot.folder)) as found:
        return asyncio.run(_with_engine(found, work))


def test_a_change_is_a_table_with_lasten_and_baten_apart(ontschot: Program) -> None:
    asked = ("exporteer", "begrotingswijziging", str(drafted(ontschot)), "--gemeente", "Ermelo")
    table = ontschot(*asked, "--formaat", "csv")
    assert table.code == 0, table.err
    heading, *rows = table.out.splitlines()
    assert heading == "programma;taakveld;naam;kant;bron;oud;mutatie;nieuw;duur;aanleiding"
    assert [row.split(";")[3] for row in rows] == ["lasten", "lasten", "baten"]
    assert rows[0].startswith("'=6;6.751;")
    assert rows[1].endswith(";lasten;RES;0,00;500,00;500,00;incidenteel;eigen")
    revenue = rows[2].split(";")
    assert revenue[:3] == ["H6", "0.10", "Mutaties reserves"]
    document = ontschot(*asked, "--formaat", "json").document
    assert document["regels"][1]["nieuw"] == {"waarde": "500.00", "valuta": "EUR"}
    text = ontschot(*asked).out
    assert "Najaarswijziging (2025, versie 1, ontwerp)" in text
    assert "€ 500,00" in text


def test_a_change_that_is_not_there(ontschot: Program) -> None:
    nobody = str(uuid5(UUID(int=0), "niets"))
    done = ontschot("exporteer", "begrotingswijziging", nobody, "--gemeente", "Ermelo")
    assert done.code == 1
    assert "[begrotingswijziging-onbekend]" in done.err


YEAR = ("--gemeente", "Ermelo", "--jaar", "2025")


def test_a_change_is_a_document_with_its_style_beside_it(ontschot: Program) -> None:
    number = str(drafted(ontschot))
    page = ontschot.folder / "stuk.html"
    done = ontschot(
        *("exporteer", "begrotingswijziging", number, "--gemeente", "Ermelo"),
        *("--formaat", "html", "--uitvoer", str(page)),
    )
    assert done.code == 0, done.err
    assert 'href="document.css"' in page.read_text(encoding="utf-8")
    assert "@media print" in (ontschot.folder / "document.css").read_text(encoding="utf-8")
    assert not list(ontschot.folder.glob("*.deel"))


@pytest.mark.parametrize("period", list(Iv3Period))
def test_iv3_of_the_demo_has_the_form_of_cbs(ontschot: Program, period: Iv3Period) -> None:
    done = ontschot("exporteer", "iv3", *YEAR, "--periode", str(period))
    assert done.code == 0, done.err
    document = done.document
    assert document["metadata"]["overheidsnaam"] == "Ermelo"
    assert document["metadata"]["periode"] == list(Iv3Period).index(period)
    assert list(SCHEMA.iter_errors(document)) == []
    assert document["data"]["lasten"]


def test_the_audit_file_of_the_demo_follows_the_schema(ontschot: Program, testdata: Path) -> None:
    written = ontschot.folder / "ermelo.xaf"
    done = ontschot("exporteer", "xaf", *YEAR, "--uitvoer", str(written))
    assert (done.code, done.out) == (0, ""), done.err
    schema = etree.XMLSchema(etree.parse(testdata / "xaf" / "XmlAuditfileFinancieel3.2.xsd"))
    schema.assertValid(etree.parse(written))


def test_the_same_link_gives_the_same_file(ontschot: Program) -> None:
    asked = ("exporteer", "journaal", *YEAR, "--bekend-tot", "30")
    assert ontschot(*asked).out == ontschot(*asked).out != ontschot(*asked[:-2]).out
    ahead = ontschot(*asked[:-1], "9999999")
    assert ahead.code == 1
    assert "Schakel 9999999 bestaat nog niet" in ahead.err


@pytest.mark.parametrize(
    "what", ["sisa", "rechtmatigheid", "betaalbestand", "uitputting", "prijs-en-volume"]
)
def test_a_table_comes_in_every_form(ontschot: Program, what: str) -> None:
    asked = ("exporteer", what, *YEAR)
    assert ontschot(*asked).code == 0
    assert ontschot(*asked, "--formaat", "json").document["resultaten"]
    assert ";" in ontschot(*asked, "--formaat", "csv").out.splitlines()[0]
    refused = ontschot(*asked, "--formaat", "xlsx")
    assert refused.code == 2
    assert "--uitvoer" in refused.err
    book = ontschot.folder / f"{what}.xlsx"
    assert ontschot(*asked, "--formaat", "xlsx", "--uitvoer", str(book)).code == 0
    assert book.read_bytes().startswith(b"PK")
    nowhere = ontschot(*asked, "--formaat", "csv", "--uitvoer", "/nergens/hier.csv")
    assert nowhere.code == 2
    assert "niet te schrijven" in nowhere.err


@pytest.mark.parametrize("place", ["pijp", "pijp/hier.csv", "x" * 300])
def test_a_file_is_only_written_where_a_file_can_be(
    ontschot: Program, tmp_path: Path, place: str
) -> None:
    os.mkfifo(tmp_path / "pijp")
    asked = ("exporteer", "sisa", *YEAR, "--formaat", "csv")
    done = ontschot(*asked, "--uitvoer", str(tmp_path / place))
    assert done.code == 2
    assert "kies een andere plek" in done.err
    assert (tmp_path / "pijp").is_fifo()


def test_the_demo_has_something_of_everything_that_leaves(ontschot: Program) -> None:
    (grant,) = ontschot("exporteer", "sisa", *YEAR, "--formaat", "json").document["resultaten"]
    assert (grant["indicator"], grant["besteding"]["waarde"]) == ("G2/01", "1400.00")
    asked = ("exporteer", "prijs-en-volume", *YEAR, "--formaat", "json")
    (product,) = ontschot(*asked).document["resultaten"]
    assert (product["volumeAfgesproken"], product["volumeGeleverd"]) == ("40.0000", "30.0000")
    journal = ontschot("exporteer", "journaal", *YEAR).out
    assert "algemene bijstand" not in journal.casefold()
    assert ";4530;6.3;" in journal
    with database(settings_from({"ONTSCHOT_MAP": str(ontschot.folder)}, ontschot.folder)) as found:
        (change, *_) = asyncio.run(_with_engine(found, _changes))
    document = ontschot(
        *("exporteer", "begrotingswijziging", str(change.id), "--gemeente", "Ermelo"),
        *("--formaat", "json"),
    ).document
    assert document["besluit"]
    assert len(document["regels"]) == 2


async def _changes(desk: Desk) -> tuple[BudgetChange, ...]:
    async with db.transaction(desk.engine, ERMELO) as connection:
        return await budget_changes(connection, gemeente=ERMELO)


def test_columns_of_the_journal_are_chosen(ontschot: Program) -> None:
    asked = ("exporteer", "journaal", *YEAR, "--vanaf", "2025-01-01", "--kolommen")
    heading = ontschot(*asked, "Datum=boekdatum,taakveld,debet").out.splitlines()[0]
    assert heading == "Datum;taakveld;debet"
    refused = ontschot(*asked, "datum")
    assert refused.code == 1
    assert "[kolom-onbekend]" in refused.err
