"""A change of the budget as a table for the council, in three forms."""

import asyncio
from datetime import date
from uuid import UUID, uuid5

import pytest

from api import db
from api.cli.desk import Desk, _with_engine, instruction
from api.runtime import database
from api.settings import settings_from
from domains.budget_changes.operations import draft
from domains.budget_changes.queries import budget_changes
from ledger.entries import fingerprint
from tests.api.cli.conftest import Program
from tests.domains.budget_changes.test_rules import lines_of

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
