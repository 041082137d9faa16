"""Whoever changes the books by hand is found: each column, each row, each table, by both checkers.

Every situation changes a filled ledger as superuser, with triggers and constraints out of the way,
looks with both checkers in that same database transaction, and rolls it back.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import checker, independent
from ledger.findings import Finding
from ledger.passes import PASSES
from tests.ledger.filled import fill, fill_by_exception
from tests.support import databases
from tests.support.databases import Database

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.anyio,
    # The checkers ask both servers the same; the long proof lets the machine's own answer too.
    pytest.mark.parametrize(
        "server",
        [databases.PACKAGED, pytest.param(databases.SYSTEM, marks=pytest.mark.bewijs)],
        indirect=True,
        scope="session",
    ),
]

TABLES: Final = (
    "account",
    "balance",
    "chain_head",
    "entry",
    "link",
    "month_total",
    "period_change",
    "posting",
    "request",
)

OTHER_VALUE: Final = {
    "bigint": "{} + 1",
    "boolean": "NOT {}",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "date": "{} + 1",
    "integer": "{} + 1",
    "jsonb": """{} || '{{"anders": "ja"}}'""",
    "text": "{} || 'x'",
    "timestamp with time zone": "{} + interval '1 microsecond'",
    "uuid": "gen_random_uuid()",
    "uuid[]": "{} || gen_random_uuid()",
}
"""Per type, how to make another value of it."""

FIRST_VALUE: Final = {
    "bigint": "0",
    "date": "date '2026-01-15'",
    "timestamp with time zone": "timestamptz '2026-01-15 12:00+00'",
    "uuid": "gen_random_uuid()",
}
"""Per type that may be absent, a value where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampered:
    """A filled ledger that is being tampered with."""

    connection: AsyncConnection
    gemeente: str

    async def run(self, *statements: str) -> None:
        """Change the books by hand."""
        for statement in statements:
            await self.connection.exec_driver_sql(
                statement.replace("%", "%%").replace(":here", f"gemeente = '{self.gemeente}'")
            )

    async def found(self) -> set[Finding]:
        """Let both checkers look, see that they find the same, and give what it is."""
        report = await checker.check(self.connection, gemeente=self.gemeente, progress=None)
        other = await independent.check(self.connection, gemeente=self.gemeente, progress=None)
        assert set(report.findings) == set(other.findings)
        return set(report.findings)


@pytest.fixture(scope="module")
async def filled(database: Database, anyio_backend: str) -> AsyncIterator[tuple[AsyncEngine, str]]:
    """Give a ledger with everything in it, connected as superuser."""
    gemeente = "GM1998"
    app = db.engine_for(database.app_url)
    await fill(app, gemeente)
    await fill_by_exception(app, gemeente)
    await app.dispose()
    engine = db.engine_for(database.superuser_url)
    yield engine, gemeente
    await engine.dispose()


@pytest.fixture
async def tampered(filled: tuple[AsyncEngine, str]) -> AsyncIterator[Tampered]:
    """Give the filled ledger with its walls down; the end of the test puts everything back."""
    engine, gemeente = filled
    async with engine.connect() as connection, connection.begin() as transaction:
        await pull_down_the_walls(connection)
        yield Tampered(connection=connection, gemeente=gemeente)
        await transaction.rollback()


async def pull_down_the_walls(connection: AsyncConnection) -> None:
    """Stop triggers, and drop every constraint but NOT NULL and every unique index."""
    await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    constraints = await connection.exec_driver_sql(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I CASCADE', conrelid::regclass, conname)"
        " FROM pg_constraint WHERE connamespace = 'ledger'::regnamespace AND contype <> 'n'"
    )
    for (statement,) in constraints.all():
        await connection.exec_driver_sql(statement)
    await connection.exec_driver_sql("DROP INDEX ledger.uq_entry_reverses")


@asynccontextmanager
async def attempt(tampered: Tampered) -> AsyncIterator[None]:
    """Put the books back after one change of several."""
    savepoint = await tampered.connection.begin_nested()
    yield
    await savepoint.rollback()


async def test_filled_ledger_is_clean_before_anybody_touches_it(tampered: Tampered) -> None:
    assert await tampered.found() == set()


async def test_every_column_is_guarded_by_a_pass_or_left_out_with_a_reason(
    tampered: Tampered,
) -> None:
    columns = {
        (table, name) for table in TABLES for name, _, _ in await columns_of(tampered, table)
    }
    guarded = {guard for one in PASSES for guard in one.guards}
    guarded |= {*checker.PYTHON_GUARDS}
    assert columns == guarded | set(checker.UNGUARDED)
    assert not guarded & set(checker.UNGUARDED)


async def test_every_table_of_the_books_is_tampered_with(tampered: Tampered) -> None:
    tables = await tampered.connection.exec_driver_sql(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'ledger' AND table_type = 'BASE TABLE'"
    )
    assert {name for (name,) in tables.all()} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
async def test_change_of_any_column_is_found(tampered: Tampered, table: str) -> None:
    unseen = []
    for name, kind, is_nullable in await columns_of(tampered, table):
        if (table, name) in checker.UNGUARDED:
            continue
        changes = [("IS NOT NULL", OTHER_VALUE[kind].format(name))]
        if is_nullable:
            changes += [("IS NOT NULL", "NULL"), ("IS NULL", FIRST_VALUE[kind])]
        for had, gets in changes:
            async with attempt(tampered):
                await tampered.run(
                    f"UPDATE ledger.{table} SET {name} = {gets} WHERE ctid = (SELECT max(ctid)"
                    f" FROM ledger.{table} WHERE :here AND {name} {had})"
                )
                if not await tampered.found():
                    unseen.append(f"{name} {had}: {gets}")
    assert unseen == []


async def columns_of(tampered: Tampered, table: str) -> list[tuple[str, str, bool]]:
    """Read the columns of a table: name, type, whether they may be absent."""
    answer = await tampered.connection.exec_driver_sql(
        "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute"
        " WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped",
        {"table": f"ledger.{table}"},
    )
    rows: Sequence[Sequence[Any]] = answer.all()
    return [(name, kind, is_nullable) for name, kind, is_nullable in rows]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("which", ["min", "max"])
async def test_row_that_is_removed_is_found(tampered: Tampered, table: str, which: str) -> None:
    await tampered.run(
        f"DELETE FROM ledger.{table} WHERE ctid ="
        f" (SELECT {which}(ctid) FROM ledger.{table} WHERE :here)"
    )
    assert await tampered.found()


@pytest.mark.parametrize("table", TABLES)
async def test_row_that_stands_there_twice_is_found(tampered: Tampered, table: str) -> None:
    await tampered.run(
        f"INSERT INTO ledger.{table} SELECT * FROM ledger.{table} WHERE ctid ="
        f" (SELECT max(ctid) FROM ledger.{table} WHERE :here)"
    )
    assert await tampered.found()


@pytest.mark.parametrize("table", TABLES)
async def test_table_that_is_emptied_is_found(tampered: Tampered, table: str) -> None:
    await tampered.run(f"DELETE FROM ledger.{table} WHERE :here")
    assert await tampered.found()


SET_BACK: Final = """
UPDATE ledger.chain_head AS head SET chain_number = link.chain_number, hash = link.hash
FROM ledger.link AS link WHERE head.:here AND link.gemeente = head.gemeente
AND link.chain_number = head.chain_number - 1
"""

BY_HAND: Final = {
    "an entry with lines is written into an old link": (
        """
        INSERT INTO ledger.entry
        SELECT (jsonb_populate_record(entry, jsonb_build_object(
            'position', (SELECT max(position) + 1 FROM ledger.entry WHERE :here),
            'entry_id', gen_random_uuid()))).*
        FROM ledger.entry AS entry WHERE :here ORDER BY chain_number, position LIMIT 1
        """,
    ),
    "a line is added to an entry": (
        """
        INSERT INTO ledger.posting
        SELECT (jsonb_populate_record(known, '{"line": 3}')).*
        FROM ledger.posting AS known WHERE :here AND line = 2 LIMIT 1
        """,
    ),
    "a line without an entry": (
        """
        INSERT INTO ledger.posting
        SELECT (jsonb_populate_record(known, '{"position": 999}')).*
        FROM ledger.posting AS known WHERE :here
        """,
    ),
    "an amount is made larger on both sides": (
        (
            "UPDATE ledger.posting SET amount_cents = amount_cents * 2"
            " WHERE :here AND chain_number = 2 AND position = 1"
        ),
    ),
    "and the balances and months follow it": (
        (
            "UPDATE ledger.posting SET amount_cents = amount_cents * 2"
            " WHERE :here AND chain_number = 2 AND position = 1"
        ),
        """
        UPDATE ledger.balance AS balance SET balance_cents = moved.cents FROM (
            SELECT account_id, sum(amount_cents) AS cents FROM ledger.posting WHERE :here
            GROUP BY account_id) AS moved
        WHERE :here AND moved.account_id = balance.account_id
        """,
    ),
    "two entries of one link change places": (
        (
            "UPDATE ledger.entry SET position = 3 - position"
            " WHERE :here AND chain_number = 2 AND position <= 2"
        ),
        (
            "UPDATE ledger.posting SET position = 3 - position"
            " WHERE :here AND chain_number = 2 AND position <= 2"
        ),
    ),
    "two links change places": (
        *(
            f"UPDATE ledger.{table} SET chain_number = 5 - chain_number"
            " WHERE :here AND chain_number IN (2, 3)"
            for table in ("link", "account", "request", "entry", "posting", "period_change")
        ),
    ),
    "two accounts change places in one entry": (
        """
        UPDATE ledger.posting AS line SET account_id = other.account_id
        FROM ledger.posting AS other
        WHERE line.gemeente = other.gemeente AND other.:here AND line.chain_number = 2
          AND other.chain_number = 2 AND line.position = 1 AND other.position = 1
          AND line.line = 3 - other.line
        """,
    ),
    "money moves to an account of another colour": (
        """
        UPDATE ledger.posting SET account_id = (
            SELECT account_id FROM ledger.account WHERE :here AND colour = 'WMO-2026' LIMIT 1)
        WHERE :here AND chain_number = 2 AND position = 1 AND line = 1
        """,
    ),
    "an account gets another book": (
        "UPDATE ledger.account SET book = 'GEHEIM' WHERE :here AND colour = 'WMO-2026'",
    ),
    "a period is opened after all": (
        "UPDATE ledger.period_change SET is_open = true WHERE :here AND NOT is_open",
    ),
    "days stay open for longer": (
        "UPDATE ledger.period_change SET open_until = NULL WHERE :here AND is_open",
    ),
    "days were open for a shorter time": (
        (
            "UPDATE ledger.period_change SET open_until = timestamptz '2026-03-01 09:30+00'"
            " WHERE :here AND open_until IS NOT NULL"
        ),
    ),
    "a period was never opened": ("DELETE FROM ledger.period_change WHERE :here AND is_open",),
    "the head is set back": (SET_BACK,),
    "the last link is cut off and the head set back": (
        SET_BACK,
        (
            "DELETE FROM ledger.link WHERE :here AND chain_number ="
            " (SELECT max(chain_number) FROM ledger.link WHERE :here)"
        ),
    ),
    "a reversal names another entry": (
        (
            "UPDATE ledger.entry SET reverses = (SELECT entry_id FROM ledger.entry WHERE :here"
            " AND reverses IS NULL ORDER BY chain_number DESC, position DESC LIMIT 1)"
            " WHERE :here AND reverses IS NOT NULL"
        ),
    ),
    "an answer is no answer any more": (
        """UPDATE ledger.request SET verdicts = '[true, "veel", 1.5]' WHERE :here""",
    ),
    "an answer has numbers that are no counts": (
        "UPDATE ledger.request SET verdicts = '[1.0]' WHERE :here AND verdicts = '[1]'",
    ),
    "an answer that booked nothing loses its outcome": (
        "UPDATE ledger.request SET results = '{}' WHERE :here AND key = 'alleen een uitkomst'",
    ),
    "an entry loses its request number": (
        "UPDATE ledger.entry SET request_number = 99 WHERE :here AND chain_number = 7",
    ),
    "another actor": ("UPDATE ledger.request SET actor = 'iemand anders' WHERE :here",),
    "an entry is reversed twice": (
        """
        UPDATE ledger.entry SET reverses = (
            SELECT reverses FROM ledger.entry WHERE :here AND reverses IS NOT NULL)
        WHERE :here AND chain_number = 7
        """,
    ),
    "an answer hides what was refused": (
        "UPDATE ledger.request SET verdicts = '[1, 1]' WHERE :here AND verdicts LIKE '%code%'",
    ),
    "a floor is taken away": (
        "UPDATE ledger.account SET floor_cents = NULL WHERE :here",
        "UPDATE ledger.balance SET floor_cents = NULL WHERE :here",
    ),
    "a floor is put where the balance was lower": (
        "UPDATE ledger.account SET floor_cents = 0 WHERE :here",
        "UPDATE ledger.balance SET floor_cents = 0 WHERE :here",
    ),
    "metadata is no map any more": (
        "UPDATE ledger.entry SET metadata = '[1]' WHERE :here AND metadata <> '{}'",
    ),
}


FOUND: Final = {
    "an answer has numbers that are no counts": "opdracht-onleesbaar schakel-hash",
    "an answer that booked nothing loses its outcome": "opdracht-leeg schakel-hash",
    "an entry loses its request number": (
        "boeking-hash boeking-zonder-opdracht opdracht-boekingen"
    ),
    "another actor": "boeking-actor schakel-hash",
    "an entry is reversed twice": "boeking-hash tegenboeking-dubbel tegenboeking-wijkt-af",
    "an entry with lines is written into an old link": (
        "boeking-hash boeking-regels opdracht-boekingen schakel-aantal schakel-hash"
    ),
    "a line is added to an entry": "boeking-hash maandtotaal niet-in-evenwicht saldo",
    "a line without an entry": (
        "maandtotaal meer-dan-een-boek onder-ondergrens regel-zonder-boeking saldo"
    ),
    "an amount is made larger on both sides": "boeking-hash maandtotaal saldo",
    "and the balances and months follow it": "boeking-hash maandtotaal",
    "two entries of one link change places": "schakel-hash",
    "two links change places": "periode-niet-open schakel-hash",
    "two accounts change places in one entry": "boeking-hash maandtotaal onder-ondergrens saldo",
    "money moves to an account of another colour": (
        "boeking-hash maandtotaal niet-in-evenwicht onder-ondergrens saldo"
    ),
    "an account gets another book": "meer-dan-een-boek rekening-nummer schakel-hash",
    "a period is opened after all": "schakel-hash",
    "days stay open for longer": "schakel-hash",
    "days were open for a shorter time": "periode-niet-open schakel-hash",
    "a period was never opened": "periode-niet-open schakel-aantal schakel-hash",
    "the head is set back": "ketenkop",
    "the last link is cut off and the head set back": "rij-zonder-schakel",
    "a reversal names another entry": "boeking-hash tegenboeking-te-vroeg tegenboeking-wijkt-af",
    "an answer is no answer any more": "opdracht-onleesbaar schakel-hash",
    "an answer hides what was refused": "opdracht-boekingen schakel-hash",
    "a floor is taken away": "schakel-hash",
    "a floor is put where the balance was lower": "onder-ondergrens schakel-hash",
    "metadata is no map any more": "boeking-hash",
}
"""Per situation the kinds of what is found, no more and no less."""


@pytest.mark.parametrize("what", BY_HAND)
async def test_change_by_hand_is_found(tampered: Tampered, what: str) -> None:
    await tampered.run(*BY_HAND[what])
    assert {finding.check for finding in await tampered.found()} == {*FOUND[what].split()}
