"""Whoever forges a decision is found: each column, each row, by the program's user and by hand.

Every situation changes the decisions of one municipality, looks in that same database transaction
and rolls it back.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from domains import checks
from domains.analysis_plans import checks as analysis_plans
from domains.audit import checks as audit
from domains.benefits.bookings import checks as benefits
from domains.budget_changes import checks as budget_changes
from domains.checks import SENTENCES, Decisions
from domains.costs import checks as costs
from domains.debt_help import checks as debt_help
from domains.declarations import checks as declarations
from domains.neighbours import checks as neighbours
from domains.payers import checks as payers
from domains.reservations import checks as reservations
from domains.year_end import checks as year_end
from tests.domains.budgets.test_operations import SMALL, importing
from tests.domains.support import Town, draw, example_town
from tests.support.databases import Database

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

GEMEENTE: Final = "GM1997"
GRANTED: Final = "draw_id = (SELECT draw_id FROM domains.draw WHERE :here AND description = 'een')"
REFUSED: Final = (
    "draw_id = (SELECT draw_id FROM domains.draw WHERE :here AND description = 'geen bedrag')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Books with granted, short, refused and reversed draws and an imported budget."""

    app: AsyncEngine
    superuser: AsyncEngine

    @asynccontextmanager
    async def walls_down(self) -> AsyncIterator[AsyncConnection]:
        """Give the superuser's connection without triggers; what it does is undone."""
        async with self.superuser.connect() as connection, connection.begin() as transaction:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
            await transaction.rollback()

    @asynccontextmanager
    async def as_app(self) -> AsyncIterator[AsyncConnection]:
        """Give the program's own connection; what it does is undone."""
        async with self.app.connect() as connection, connection.begin() as transaction:
            await connection.exec_driver_sql(
                f"SELECT set_config('ontschot.gemeente', '{GEMEENTE}', true),"
                " set_config('ontschot.teams', '*', true)"
            )
            yield connection
            await transaction.rollback()


@pytest.fixture(scope="module")
async def books(database: Database, anyio_backend: str) -> AsyncIterator[Books]:
    app = db.engine_for(database.app_url)
    town = await example_town(app, GEMEENTE)
    await fill(town)
    superuser = db.engine_for(database.superuser_url)
    yield Books(app=app, superuser=superuser)
    await superuser.dispose()
    await app.dispose()


async def fill(town: Town) -> None:
    """Decide draws of every sort, reverse one, and import a budget."""
    await town.open_year(2025)
    await town.do(importing(SMALL))
    await town.do(importing(SMALL))
    budget = await town.open_budget(await town.register())
    parent = await town.person(budget)
    found = await town.draw(
        draw(budget, parent, cents=100_00, description="een"),
        draw(budget, parent, cents=900_000_00, description="boven het geld"),
        draw(budget, parent, cents=-5, description="geen bedrag"),
        draw(budget, parent, cents=300_00, description="twee é"),
    )
    await town.reverse(found[-1].entries[0])


async def look(connection: AsyncConnection) -> Decisions:
    """Check the decisions."""
    return await checks.check(connection, gemeente=GEMEENTE)


async def test_right_decisions_have_no_findings(books: Books) -> None:
    async with books.as_app() as connection:
        found = await look(connection)
    assert found == Decisions(draws=4, budgets=1, findings=(), omitted=())


def copy_of(which: str) -> str:
    """Add a draw and its decision once more, as other help."""
    return (
        "WITH copy AS (INSERT INTO domains.draw SELECT gemeente, gen_random_uuid(),"
        " family_budget_id, persons, kind, 'andere hulp', from_date, until_date, amount_cents,"
        " payment, provider, description, urgent, asked_at, actor, request"
        f" FROM domains.draw WHERE :here AND {which} RETURNING draw_id)"
        " INSERT INTO domains.draw_decision SELECT gemeente, copy.draw_id, number, occasion,"
        " outcome, refusal, until_date, granted_cents, approval_by, approve_before, record,"
        " decided_at, actor, entries, booking_date FROM copy, domains.draw_decision AS known"
        f" WHERE known.:here AND known.{which}"
    )


AS_APP: Final = {
    "a granted draw that nobody asked": (
        copy_of(GRANTED),
        "dekking-afwijkend trekking-bedrag trekking-boekingen trekking-zonder-opdracht",
    ),
    "a refused draw that nobody asked": (copy_of(REFUSED), "trekking-zonder-opdracht"),
    "a part that no decision names": (
        (
            "WITH copy AS (INSERT INTO domains.part SELECT gemeente, gen_random_uuid(), draw_id,"
            " decision_number, person_id, 7, from_date, until_date, fund, place, wijk, gezin,"
            " standing, provisional, payer, rule, taakveld, category, cost_account, to_be_shown,"
            f" stands_in_for, ahead FROM domains.part WHERE :here AND {GRANTED} LIMIT 1"
            " RETURNING gemeente, part_id)"
            " INSERT INTO domains.part_move SELECT gemeente, copy.part_id, gen_random_uuid(),"
            " 'toegekend', 5, 0 FROM copy"
        ),
        "dekking-afwijkend dekking-boeking trekking-bedrag",
    ),
    "a budget that nobody imported": (
        (
            "INSERT INTO domains.budget_import SELECT gemeente, gen_random_uuid(), 2031, kind,"
            " file_name, file_sha256, recorded_at, actor, assumptions FROM domains.budget_import"
            " WHERE :here"
        ),
        "begroting-boekingen",
    ),
    "a family budget that nobody opened": (
        (
            "INSERT INTO domains.family_budget SELECT gemeente, gen_random_uuid(), family_id, 2031"
            " FROM domains.family_budget WHERE :here"
        ),
        "gezinsbudget-stappen",
    ),
    "a top-up that nobody asked": (
        (
            "INSERT INTO domains.family_budget_step SELECT gemeente, family_budget_id, 2,"
            " gen_random_uuid(), 'aanvulling', 100, 0, reason, recorded_at, actor, NULL"
            " FROM domains.family_budget_step WHERE :here"
        ),
        "gezinsbudget-zonder-opdracht",
    ),
    "a line more in a budget": (
        (
            "INSERT INTO domains.budget_import_line SELECT gemeente, import_id, 1000, line_number,"
            " taakveld, programme, source, side, 5, reason FROM domains.budget_import_line"
            " WHERE :here AND sequence = 1"
        ),
        "begroting-bedrag",
    ),
}


@pytest.mark.parametrize("what", AS_APP)
async def test_row_that_the_program_could_add_is_found(books: Books, what: str) -> None:
    statement, kinds = AS_APP[what]
    async with books.as_app() as connection:
        await run(connection, statement)
        assert kinds_of(await look(connection)) == {*kinds.split()}


def on_draw(change: str) -> str:
    """Change a granted draw."""
    return f"UPDATE domains.draw SET {change} WHERE :here AND {GRANTED}"


def on_decision(change: str) -> str:
    """Change the decision on a granted draw."""
    return f"UPDATE domains.draw_decision SET {change} WHERE :here AND {GRANTED}"


def on_part(change: str) -> str:
    """Change the parts of a granted draw."""
    return f"UPDATE domains.part SET {change} WHERE :here AND {GRANTED}"


def on_entries(change: str) -> str:
    """Change the entries of a granted draw."""
    return (
        f"UPDATE ledger.entry SET {change} WHERE :here AND kind = 'trekking' AND decision IN"
        f" (SELECT draw_id FROM domains.draw WHERE :here AND {GRANTED})"
    )


def on_lines(change: str, where: str) -> str:
    """Change lines of the entries of the drawn money or of an import."""
    return (
        f"UPDATE ledger.posting AS line SET {change} FROM ledger.entry AS entry, ledger.account AS"
        " account WHERE line.:here AND entry.:here AND account.:here"
        " AND entry.chain_number = line.chain_number AND entry.position = line.position"
        f" AND account.account_id = line.account_id AND {where}"
    )


BY_HAND: Final = {
    "a key destroyed": (
        (
            "INSERT INTO persons.data_key SELECT gemeente, gen_random_uuid(), family_id, 'x', NULL,"
            " now(), now(), 'x', 'x' FROM domains.family WHERE :here LIMIT 1"
        ),
        "vergeten-zonder-opdracht",
    ),
    "another family budget": (
        on_draw("family_budget_id = gen_random_uuid()"),
        "trekking-afwijkend",
    ),
    "another person": (on_draw("persons = ARRAY[gen_random_uuid()]"), "trekking-afwijkend"),
    "another kind": (on_draw("kind = 'begeleiding'"), "trekking-afwijkend"),
    "another first day": (on_draw("from_date = from_date - 1"), "trekking-afwijkend"),
    "another last day": (on_draw("until_date = until_date + 1"), "trekking-afwijkend"),
    "another amount": (
        on_draw("amount_cents = amount_cents + 1"),
        "trekking-afwijkend",
    ),
    "another payment": (on_draw("payment = 'verplichting'"), "trekking-afwijkend"),
    "another urgency": (on_draw("urgent = NOT urgent"), "trekking-afwijkend"),
    "another request": (on_draw("request = '{}'"), "trekking-afwijkend"),
    "another moment of asking": (
        on_draw("asked_at = asked_at + interval '1 microsecond'"),
        "trekking-afwijkend",
    ),
    "another asker": (on_draw("actor = 'x'"), "trekking-afwijkend"),
    "another amount granted": (
        on_decision("granted_cents = granted_cents + 1"),
        "trekking-afwijkend trekking-bedrag",
    ),
    "another provider": (on_draw("provider = 'x'"), "trekking-afwijkend"),
    "another description": (on_draw("description = 'x'"), "trekking-afwijkend"),
    "another outcome": (on_decision("outcome = 'geweigerd'"), "trekking-afwijkend"),
    "another occasion": (on_decision("occasion = 'stop'"), "trekking-afwijkend"),
    "another end of the help": (on_decision("until_date = until_date + 1"), "trekking-afwijkend"),
    "another approver": (
        on_decision("approval_by = 'teamleider', approve_before = until_date"),
        "trekking-afwijkend",
    ),
    "another refusal": (on_decision("refusal = 'x'"), "trekking-afwijkend"),
    "another fund of a part": (on_part("fund = 'GGZ-2026'"), "dekking-afwijkend dekking-boeking"),
    "another place of a part": (on_part("place = 'wijk'"), "dekking-afwijkend"),
    "another payer of a part": (
        on_part("standing = 'voorfinanciering', payer = 'ZVW'"),
        "dekking-afwijkend",
    ),
    "another move of a part": (
        (
            "UPDATE domains.part_move SET spent_cents = spent_cents - 1 WHERE :here"
            f" AND part_id IN (SELECT part_id FROM domains.part WHERE :here AND {GRANTED})"
        ),
        "dekking-afwijkend dekking-boeking trekking-bedrag",
    ),
    "a part that spent less than nothing": (
        (
            "UPDATE domains.part_move SET spent_cents = -5 WHERE :here"
            f" AND part_id IN (SELECT part_id FROM domains.part WHERE :here AND {GRANTED})"
        ),
        "dekking-afwijkend dekking-boeking dekking-onder-nul trekking-bedrag",
    ),
    "another moment": (
        on_decision("decided_at = decided_at + interval '1 microsecond'"),
        "trekking-afwijkend",
    ),
    "another actor": (on_decision("actor = 'x'"), "trekking-afwijkend"),
    "a record with a space more": (
        on_decision("record = (record::text || ' ')::json"),
        "trekking-besluit",
    ),
    "a record that is no record": (
        on_decision("record = '[1]'"),
        "dekking-afwijkend trekking-afwijkend trekking-besluit trekking-regelversie",
    ),
    "a record with other rules": (
        on_decision(
            "record = replace(record::text, 'rule_version\":\"', 'rule_version\":\"x')::json"
        ),
        "trekking-afwijkend trekking-besluit trekking-regelversie",
    ),
    "no entries": (on_decision("entries = '{}'"), "trekking-boekingen"),
    "entries of another draw": (
        on_decision(
            "entries = (SELECT entries FROM domains.standing_draw WHERE :here AND"
            " description = 'boven het geld')"
        ),
        "trekking-boekingen",
    ),
    "a draw is gone": (
        f"DELETE FROM domains.draw_decision WHERE :here AND {GRANTED}",
        "boeking-zonder-trekking dekking-afwijkend",
    ),
    "the entries name nobody": (
        on_entries("decision = NULL"),
        "boeking-zonder-trekking trekking-boekingen",
    ),
    "the entries are of another kind": (
        on_entries("kind = 'memoriaal'"),
        "trekking-boekingen",
    ),
    "the entries name other rules": (on_entries("rule_version = 'x'"), "trekking-afwijkend"),
    "the entries name no record": (on_entries("metadata = '[]'"), "trekking-besluit"),
    "more was spent": (
        on_lines("amount_cents = amount_cents + 1", "code = '0150' AND entry.kind = 'trekking'"),
        "dekking-boeking trekking-lasten",
    ),
    "more was paid": (
        on_lines("amount_cents = amount_cents + 1", "code LIKE '4%' AND entry.kind = 'trekking'"),
        "trekking-lasten",
    ),
    "another colleague opened a family budget": (
        "UPDATE domains.family_budget_step SET actor = 'x' WHERE :here",
        "gezinsbudget-afwijkend",
    ),
    "a family budget got more": (
        "UPDATE domains.family_budget_step SET moved_cents = moved_cents + 1 WHERE :here",
        "gezinsbudget-bedrag",
    ),
    "a family budget misses its first step": (
        "UPDATE domains.family_budget_step SET number = 2 WHERE :here",
        "gezinsbudget-stappen",
    ),
    "a family budget lost its entry": (
        "UPDATE domains.family_budget_step SET entry_id = NULL, moved_cents = 0 WHERE :here",
        "boeking-zonder-gezinsbudget",
    ),
    "another file": (
        "UPDATE domains.budget_import SET file_sha256 = 'x' WHERE :here",
        "begroting-afwijkend",
    ),
    "another importer": (
        "UPDATE domains.budget_import SET actor = 'x' WHERE :here",
        "begroting-afwijkend",
    ),
    "another year": (
        "UPDATE domains.budget_import SET year = 2031 WHERE :here",
        "begroting-bedrag",
    ),
    "another source of a line": (
        "UPDATE domains.budget_import_line SET source = 'TOE' WHERE :here AND sequence = 1",
        "begroting-bedrag",
    ),
    "another programme of a line": (
        "UPDATE domains.budget_import_line SET programme = 'x' WHERE :here AND sequence = 1",
        "begroting-bedrag",
    ),
    "another taakveld of a line": (
        "UPDATE domains.budget_import_line SET taakveld = '6.2' WHERE :here AND sequence = 1",
        "begroting-bedrag",
    ),
    "another amount of a line": (
        "UPDATE domains.budget_import_line SET amount_cents = 1 WHERE :here AND sequence = 1",
        "begroting-bedrag",
    ),
    "an import is gone": (
        "DELETE FROM domains.budget_import WHERE :here",
        "begroting-zonder-inlezing",
    ),
    "the lines of an import are gone": (
        "DELETE FROM domains.budget_import_line WHERE :here",
        "begroting-bedrag",
    ),
    "more was authorised": (
        on_lines(
            "amount_cents = amount_cents + 1", "code = '0110' AND entry.document LIKE '%sha256%'"
        ),
        "begroting-bedrag",
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
async def test_change_by_hand_is_found(books: Books, what: str) -> None:
    statement, kinds = BY_HAND[what]
    async with books.walls_down() as connection:
        await run(connection, statement)
        found = await look(connection)
    assert kinds_of(found) == {*kinds.split()}
    for finding in found.findings:
        assert finding.message.startswith(f"Gemeente {GEMEENTE}")


def test_every_kind_of_finding_is_made_by_some_situation() -> None:
    made = {kind for _, kinds in (*AS_APP.values(), *BY_HAND.values()) for kind in kinds.split()}
    others = (
        analysis_plans,
        audit,
        benefits,
        budget_changes,
        costs,
        debt_help,
        declarations,
        neighbours,
        payers,
        reservations,
        year_end,
    )
    elsewhere = (each.SENTENCES for each in others)
    assert made == set(SENTENCES).difference(*elsewhere)


async def run(connection: AsyncConnection, statement: str) -> None:
    """Change the decisions; something must change."""
    here = re.sub(r":here", f"gemeente = '{GEMEENTE}'", statement)
    answer = await connection.exec_driver_sql(here.replace("%", "%%"))
    assert answer.rowcount


def kinds_of(found: Decisions) -> set[str]:
    """Name the kinds of what was found."""
    return {finding.check for finding in found.findings}
