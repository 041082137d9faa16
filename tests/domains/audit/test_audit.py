"""The audit log only grows, and shows it when somebody changed it after all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.audit import queries
from domains.audit.checks import compare
from domains.audit.model import Line
from domains.audit.operations import write
from ledger.checkpoints import Checkpoint
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

AT = datetime(2026, 9, 1, 9, 30, 0, 123456, tzinfo=UTC)
HERE = "GM0344"


def line(place: int) -> Line:
    return Line(
        logged_at=AT + timedelta(seconds=place),
        actor="Zoë",
        client="ontschot:Zoë",
        action="POST /v1/gezinnen",
        object="/v1/gezinnen",
        result="gedaan",
        origin="127.0.0.1",
        trace_id=UUID(int=place),
    )


async def log(engine: AsyncEngine, *places: int, gemeente: str = HERE) -> None:
    async with db.transaction(engine, gemeente) as connection:
        await write(connection, gemeente=gemeente, lines=[line(place) for place in places])


async def found(engine: AsyncEngine, gemeente: str = HERE) -> set[str]:
    async with db.snapshot(engine, gemeente) as connection:
        told = await checks.check(connection, gemeente=gemeente)
    return {finding.check for finding in told.findings}


async def test_lines_stand_in_the_order_of_writing_and_verify(
    engine: AsyncEngine, gemeente: str
) -> None:
    await log(engine, 1, 2, gemeente=gemeente)
    await log(engine, 3, gemeente=gemeente)
    async with db.transaction(engine, gemeente) as connection:
        told = await queries.lines(connection, gemeente=gemeente, before=None, limit=10)
        head = await queries.head(connection, gemeente=gemeente)
    assert [(each.number, each.line) for each in told] == [(n, line(n)) for n in (3, 2, 1)]
    assert head is not None
    assert (head.number, head.hash) == (3, told[0].hash)
    assert await found(engine, gemeente) == set()


async def test_the_application_can_only_add(engine: AsyncEngine, gemeente: str) -> None:
    await log(engine, 1, gemeente=gemeente)
    for statement in (
        "UPDATE access.audit_line SET actor = 'ander'",
        "DELETE FROM access.audit_line",
        "UPDATE access.audit_head SET number = 0",
        "INSERT INTO access.audit_head VALUES ('GM9999', 1, ''::bytea)",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with db.transaction(engine, gemeente) as connection:
                await connection.exec_driver_sql(statement)


async def test_nobody_reads_or_writes_the_log_of_another_gemeente(
    engine: AsyncEngine, gemeente: str
) -> None:
    await log(engine, 1, gemeente=gemeente)
    async with db.transaction(engine, "GM0001") as connection:
        assert await queries.lines(connection, gemeente=gemeente, before=None, limit=10) == ()
        with pytest.raises(DBAPIError, match="niet die van deze transactie"):
            await write(connection, gemeente=gemeente, lines=[line(2)])


@pytest.fixture
def superuser(
    fresh_database: Database,
) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # No trigger stops him.
        yield connection


TAMPERING = {
    # What somebody does who may do anything: what is found.
    "UPDATE access.audit_line SET actor = 'ander' WHERE number = 2": {"logregel-hash"},
    "UPDATE access.audit_line SET logged_at = logged_at + interval '1 microsecond'"
    " WHERE number = 2": {"logregel-hash"},
    "UPDATE access.audit_line SET client = 'ontschot:Z', action = 'oë' || action"
    " WHERE number = 1": {"logregel-hash"},
    "DELETE FROM access.audit_line WHERE number = 2": {"logregel-ontbreekt"},
    "DELETE FROM access.audit_line WHERE number = 3": {"logkop"},
    "UPDATE access.audit_head SET number = 2": {"logkop"},
    "DELETE FROM access.audit_head": {"logkop"},
}


@pytest.mark.parametrize("statement", TAMPERING)
async def test_what_was_changed_by_hand_is_found(
    fresh_engine: AsyncEngine,
    superuser: "psycopg.Connection[tuple[object, ...]]",
    statement: str,
) -> None:
    await log(fresh_engine, 1, 2, 3)
    assert await found(fresh_engine) == set()
    superuser.execute(statement.encode())
    assert await found(fresh_engine) == TAMPERING[statement]


async def test_a_log_that_is_other_than_it_was_signed_is_found(
    engine: AsyncEngine, gemeente: str
) -> None:
    await log(engine, 1, 2, gemeente=gemeente)
    async with db.transaction(engine, gemeente) as connection:
        head = await queries.head(connection, gemeente=gemeente)
        assert head is not None
        signed = Checkpoint(
            gemeente=gemeente,
            chain_number=1,
            link_hash=b"",
            recorded_at=AT,
            made_at=AT,
            entries=0,
            debits=(),
            log_number=head.number,
            log_hash=head.hash,
            jws="",
        )
        assert await compare(connection, [signed], gemeente=gemeente) == ()
        for other in (
            replace(signed, log_hash=bytes(32)),
            replace(signed, log_number=3),
        ):
            (finding,) = await compare(connection, [other], gemeente=gemeente)
            assert finding.check == "controlepunt-log"
