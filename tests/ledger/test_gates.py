"""Speed where no noise reaches it: statements, WAL bytes, locked rows and plans are counted.

Seconds belong in ``benchmarks/``. A change that makes one of these numbers worse makes the books
slower on every machine.
"""

import inspect
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any, Final, Self
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import balances, books
from ledger.accounts import Account, Book
from ledger.coalescer import Coalescer
from ledger.entries import Booked, Entry, Posting, PostingRequest, fingerprint
from tests.support import making
from tests.support.databases import Database

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

ACCOUNTS: Final = 200
LOCKING_TABLES: Final = (
    "account", "balance", "chain_head", "entry", "link", "period_change", "posting", "request"
)  # fmt: skip
"""All tables but month_total, whose rows are locked by updating them, under the head's lock."""

RANDOM: Final = random.Random(2026)


class Gate:
    """Open books of a usual size in a database of their own."""

    def __init__(self, engine: AsyncEngine, database: Database, gemeente: str) -> None:
        self.engine = engine
        self.database = database
        self.gemeente = gemeente
        self.source = making.account(gemeente, "0000")
        self.accounts = tuple(
            making.account(gemeente, f"{number:04d}", floor_cents=0)
            for number in range(1, ACCOUNTS + 1)
        )

    def request(self, giving: Account | None = None, *, month: int = 3) -> PostingRequest:
        """Ask for one ordinary entry of two lines, with the texts that people write."""
        chosen = giving or RANDOM.choice(self.accounts)
        receiving = RANDOM.choice([each for each in self.accounts if each is not chosen])
        made = Entry(
            id=UUID(int=making.new_id().int | RANDOM.getrandbits(48) << 64),
            booking_date=date(2026, month, RANDOM.randrange(1, 29)),
            kind="declaratie",
            description="Declaratieregel week 12",
            document="decl-2026-0012",
            rule_version="2026.1",
            postings=(
                Posting(account=chosen.id, amount_cents=-1),
                Posting(account=receiving.id, amount_cents=1),
            ),
        )
        return PostingRequest(
            client="zorgportaal",
            key=str(made.id),
            actor="medewerker-7",
            fingerprint=fingerprint(str(made.id)),
            groups=((made,),),
        )

    def requests(self, number: int, *, month: int = 3) -> list[PostingRequest]:
        """Ask for many ordinary entries."""
        return [self.request(month=month) for _ in range(number)]

    async def post(self, asked: Sequence[PostingRequest]) -> int:
        """Post in one commit and give the number of the database transaction."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            outcomes = await books.post(
                connection, gemeente=self.gemeente, recorded_at=making.NOW, requests=asked
            )
            answer = await connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text")
            assert all(isinstance(outcome.groups[0], Booked) for outcome in outcomes)
            return int(answer.scalar_one())

    def order(self, command: str) -> None:
        """Have a command carried out as superuser."""
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            connection.execute(command.encode())

    @contextmanager
    def kept_log(self) -> Iterator[None]:
        """Keep the server from removing its log while it is looked into."""
        name = self.database.name
        self.ask("SELECT pg_create_physical_replication_slot(%s, true)", name)
        try:
            yield
        finally:
            self.ask("SELECT pg_drop_replication_slot(%s)", name)

    def ask(self, question: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Ask something as superuser."""
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            return connection.execute(question.encode(), arguments).fetchall()


@pytest.fixture
async def gate(fresh_engine: AsyncEngine, fresh_database: Database, gemeente: str) -> Gate:
    made = Gate(fresh_engine, fresh_database, gemeente)
    await making.change_period(fresh_engine, gemeente)
    given = [(each, 1_000_000) for each in made.accounts]
    opening = making.entry(*given, (made.source, -1_000_000 * ACCOUNTS))
    asked = making.request("opening", (opening,), accounts=(made.source, *made.accounts))
    await making.post(fresh_engine, gemeente, asked)
    await made.post(made.requests(500))
    return made


@contextmanager
def sent_by(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that the driver sends, but for those around a transaction."""
    sent: list[tuple[str, Any]] = []

    class Recording(psycopg.AsyncCursor[Any]):
        async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
            text = query.decode() if isinstance(query, bytes) else str(query)
            if not text.startswith("SELECT set_config('ontschot."):
                sent.append((text, params))
            return await super().execute(query, params, **options)

    def use(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.driver_connection.cursor_factory = Recording

    def leave(connection: Any, _record: Any) -> None:
        connection.driver_connection.cursor_factory = psycopg.AsyncCursor

    event.listen(engine.sync_engine, "checkout", use)
    event.listen(engine.sync_engine, "checkin", leave)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "checkout", use)
        event.remove(engine.sync_engine, "checkin", leave)


@pytest.mark.parametrize("number", [1, 2, 1_000])
async def test_a_call_is_one_statement(gate: Gate, number: int) -> None:
    asked = gate.requests(number)
    with sent_by(gate.engine) as sent:
        await making.post(gate.engine, gate.gemeente, *asked)
    assert [statement.partition("(")[0] for statement, _ in sent] == ["SELECT ledger.post"]


async def test_callers_of_one_moment_are_one_statement(gate: Gate) -> None:
    coalescer = Coalescer(partial(db.posts, gate.engine), lambda: making.NOW)
    asked = gate.requests(100)
    with sent_by(gate.engine) as sent:
        await coalescer.post_all(gate.gemeente, asked)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("batch", "calls", "most"), [(1, 100, 2_700), (16, 20, 2_650), (1_000, 2, 1_740)]
)
async def test_wal_bytes_per_entry(gate: Gate, batch: int, calls: int, most: int) -> None:
    """Count what one transaction writes ahead; images of whole pages depend on the moment.

    The most is what was measured plus a tenth; a single entry also carries its own link.
    """
    gate.order("CREATE EXTENSION IF NOT EXISTS pg_walinspect SCHEMA public")
    for _ in range(calls):
        await gate.post(gate.requests(batch))
    with gate.kept_log():
        [(before,)] = gate.ask("SELECT pg_current_wal_insert_lsn()::text")
        posted = {await gate.post(gate.requests(batch)) for _ in range(calls)}
        [(after,)] = gate.ask("SELECT pg_current_wal_insert_lsn()::text")
        # A commit that waits: only what is on disk can be looked into.
        gate.order("SET synchronous_commit = on; SELECT pg_logical_emit_message(true, '', '')")
        [(size,)] = gate.ask(
            """SELECT sum(record_length - fpi_length) FROM pg_get_wal_records_info(%s, %s)
               WHERE xid::text::bigint = ANY (%s)""",
            before,
            after,
            list(posted),
        )
    per_entry = int(size) / (batch * calls)
    assert per_entry <= most


@pytest.mark.parametrize("batch", [1, 100])
async def test_a_call_locks_its_accounts_and_the_head_of_the_chain(gate: Gate, batch: int) -> None:
    gate.order("CREATE EXTENSION IF NOT EXISTS pgrowlocks SCHEMA public")
    asked = gate.requests(batch)
    touched = {
        posting.account
        for request in asked
        for (entry,) in request.groups
        for posting in entry.postings
    }
    async with db.transaction(gate.engine, gate.gemeente) as connection:
        await books.post(connection, gemeente=gate.gemeente, recorded_at=making.NOW, requests=asked)
        locked = {
            table: gate.ask(f"SELECT count(*) FROM public.pgrowlocks('ledger.{table}')")[0][0]
            for table in LOCKING_TABLES
        }
    expected = dict.fromkeys(LOCKING_TABLES, 0) | {"balance": len(touched), "chain_head": 1}
    assert locked == expected


Read = Callable[[AsyncConnection, Gate, int], Awaitable[object]]

READS: Mapping[str, Read] = {
    "last_link": lambda connection, gate, _known: balances.last_link(
        connection, gemeente=gate.gemeente
    ),
    "moment_of": lambda connection, gate, known: balances.moment_of(
        connection, gemeente=gate.gemeente, link=known
    ),
    "is_open": lambda connection, gate, _known: balances.is_open(
        connection, gemeente=gate.gemeente, day=date(2026, 1, 2), at=making.NOW
    ),
    "open_years": lambda connection, gate, _known: balances.open_years(
        connection, gemeente=gate.gemeente, at=making.NOW
    ),
    "current": lambda connection, gate, _known: balances.current(
        connection, gemeente=gate.gemeente, accounts=[gate.accounts[0].id]
    ),
    "balances": lambda connection, gate, known: balances.balances(
        connection,
        gemeente=gate.gemeente,
        accounts=[gate.accounts[0].id, gate.accounts[1].id],
        on=date(2026, 8, 15),
        known_up_to=known - 1,
    ),
    "trial_balance": lambda connection, gate, known: balances.trial_balance(
        connection,
        gemeente=gate.gemeente,
        book=Book.BUDGET,
        on=date(2026, 8, 15),
        known_up_to=known - 1,
    ),
    "totals": lambda connection, gate, known: balances.totals(
        connection,
        gemeente=gate.gemeente,
        book=Book.BUDGET,
        on=date(2026, 8, 15),
        known_up_to=known - 1,
        codes=["0001"],
        by=["gezin"],
    ),
    "statement": lambda connection, gate, known: balances.statement(
        connection,
        gemeente=gate.gemeente,
        account=gate.accounts[0].id,
        from_date=date(2026, 3, 1),
        on=date(2026, 8, 15),
        known_up_to=known - 1,
        limit=50,
    ),
    "find_accounts": lambda connection, gate, _known: balances.find_accounts(
        connection, gemeente=gate.gemeente, accounts=[gate.accounts[0].id]
    ),
    "journal": lambda connection, gate, known: balances.journal(
        connection, gemeente=gate.gemeente, after=(3, 1), known_up_to=known, limit=50
    ),
}


async def find_entries(connection: AsyncConnection, gate: Gate, known: int) -> object:
    """Find a page of entries with their lines."""
    found = await balances.journal(
        connection, gemeente=gate.gemeente, after=(2, 0), known_up_to=known, limit=20
    )
    assert found
    return await balances.find_entries(connection, gemeente=gate.gemeente, entries=found)


async def test_no_balance_or_report_reads_all_postings(gate: Gate) -> None:
    for month in range(1, 13):
        await gate.post(gate.requests(1_000, month=month))
    gate.order("VACUUM (ANALYZE)")
    reads = {**READS, "find_entries": find_entries}
    public = {
        name
        for name, found in inspect.getmembers(balances, inspect.iscoroutinefunction)
        if found.__module__ == balances.__name__ and not name.startswith("_")
    }
    assert public <= reads.keys(), "a new reading function needs a line in READS"
    whole: list[str] = []
    async with db.transaction(gate.engine, gate.gemeente) as connection:
        known = await balances.last_link(connection, gemeente=gate.gemeente)
    for name, read in reads.items():
        with sent_by(gate.engine) as sent:
            async with db.transaction(gate.engine, gate.gemeente) as connection:
                await read(connection, gate, known)
        assert sent, name
        async with db.transaction(gate.engine, gate.gemeente) as connection:
            for statement, parameters in sent:
                plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
                whole += [
                    f"{name}: {line.strip()}"
                    for (line,) in plan.all()
                    if "Seq Scan on posting" in line or "Seq Scan on entry" in line
                ]
    assert not whole
