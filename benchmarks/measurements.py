"""What is measured and what it should be: ratios of things that ran in turn, in one run."""

import gc
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeVar

import psycopg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from api import db, migrate
from api.postgres import Server
from benchmarks import bulk, callers, workload
from benchmarks.callers import Speed
from benchmarks.machine import memory_kib, server_seconds
from benchmarks.workload import Ids, Opened
from ledger import balances, checker
from ledger.accounts import Book

_Result = TypeVar("_Result")

_CALLER_ACCOUNTS: Final = 2_000
_BEFORE: Final = 10_000
_FASTEST: Final = 12_000
"""Requests to have ready per second; a machine that is faster ends its turn early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how large."""

    rounds: int
    seconds: int
    bulk_entries: int
    few_entries: int
    many_entries: int
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement; without ``least`` it is only told. ``sense`` is ``>=`` or ``<=``."""

    name: str
    value: float
    least: float | None = None
    aim: float | None = None
    sense: str = ">="
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Tell whether the least was met, where there is one."""
        if self.least is None:
            return None
        return self.value >= self.least if self.sense == ">=" else self.value <= self.least


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """A database with open books and the application's connection to it."""

    name: str
    engine: AsyncEngine
    opened: Opened
    ids: Ids


async def measure(
    server: Server, binaries: Path, plan: Plan, tell: Callable[[Row], None]
) -> list[Row]:
    """Measure everything, tell each figure when it is known and give all of them."""
    rows: list[Row] = []
    postmaster = _postmaster(server)
    _make_database(server, "plafond")
    callers.make_ceiling(server.url_of("plafond"))
    async with _open_books(server, "bellers", accounts=_CALLER_ACCOUNTS, seed=1) as books:
        rows += await _callers(server, binaries, plan, books, postmaster=postmaster)
        rows += await _bulk(server, plan, books, postmaster)
    for row in rows:
        tell(row)
    for row in await _growth(server, plan, postmaster):
        tell(row)
        rows.append(row)
    return rows


async def _callers(
    server: Server, binaries: Path, plan: Plan, books: _Books, *, postmaster: int
) -> list[Row]:
    """Let sixteen callers post on many accounts and on one, in turn with pgbench."""
    turns = [
        await _turn(server, binaries, plan, books, postmaster=postmaster)
        for _ in range(plan.rounds + 1)
    ][1:]  # The first turn warms up.
    many, hot = (_Turn.median([turn[place] for turn in turns]) for place in (0, 1))
    return [
        Row(
            name="16 callers / 16 connections at the single-entry ceiling",
            value=many.ours.per_second / many.ceiling,
            least=1.0,
            aim=1.5,
            facts=many.facts(),
        ),
        Row(
            name="16 callers, all on one account with a floor / on many accounts",
            value=hot.ours.per_second / many.ours.per_second,
            least=0.9,
            aim=1.0,
        ),
        Row(
            name="16 callers, all on one account / ceiling, all on one row",
            value=hot.ours.per_second / hot.ceiling,
            least=3,
            aim=5,
            facts=hot.facts(),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """The ceiling and the books, one after the other, with the server's time for an entry."""

    ceiling: float
    ceiling_us: float
    ours: Speed
    ours_us: float

    @classmethod
    def median(cls, turns: Sequence["_Turn"]) -> "_Turn":
        """Give the median of each figure."""
        return cls(
            ceiling=median(turn.ceiling for turn in turns),
            ceiling_us=median(turn.ceiling_us for turn in turns),
            ours=Speed(
                per_second=median(turn.ours.per_second for turn in turns),
                entries=sum(turn.ours.entries for turn in turns),
                program_us=median(turn.ours.program_us for turn in turns),
                median_ms=median(turn.ours.median_ms for turn in turns),
                p99_ms=median(turn.ours.p99_ms for turn in turns),
            ),
            ours_us=median(turn.ours_us for turn in turns),
        )

    def facts(self) -> dict[str, str]:
        """Tell the absolute figures; processor time suffers least from a busy machine."""
        return {
            "entries/s": f"{self.ours.per_second:.0f}, ceiling {self.ceiling:.0f}",
            "waiting ms": f"median {self.ours.median_ms:.2f}, p99 {self.ours.p99_ms:.2f}",
            "processor us per entry": f"server {self.ours_us:.0f}, program"
            f" {self.ours.program_us:.0f}; ceiling's server {self.ceiling_us:.0f}",
        }


async def _turn(
    server: Server, binaries: Path, plan: Plan, books: _Books, *, postmaster: int
) -> tuple[_Turn, _Turn]:
    """Run ceiling and books on many accounts, then ceiling and books on one."""
    made = []
    number = _FASTEST * plan.seconds
    for is_hot, make in ((False, workload.requests), (True, workload.hot_requests)):
        _settle(server)
        started = server_seconds(postmaster)
        ceiling = callers.ceiling(
            binaries, server.url_of("plafond"), hot=is_hot, seconds=plan.seconds
        )
        between = server_seconds(postmaster)
        asked = make(books.opened, books.ids, number)
        ours = await _undisturbed(callers.coalesced(books.engine, asked, seconds=plan.seconds))
        ended = server_seconds(postmaster)
        made.append(
            _Turn(
                ceiling=ceiling,
                ceiling_us=(between - started) / (ceiling * plan.seconds) * 1e6,
                ours=ours,
                ours_us=(ended - between) / ours.entries * 1e6,
            )
        )
    return made[0], made[1]


async def _bulk(server: Server, plan: Plan, books: _Books, postmaster: int) -> list[Row]:
    """Post many entries in batches, in turn with a COPY of the rows that came of it.

    The first entries after a checkpoint write each page of the books to the log whole. A COPY into
    new tables never does, and an import seldom: they go before and are not counted.
    """
    sizes = (1_000, 5_000, 10_000)
    speeds: dict[tuple[int, int], list[float]] = {}
    processor: dict[int, list[float]] = {}
    copied: list[float] = []
    copied_us: list[float] = []
    last = 0
    for _ in range(plan.rounds):
        for size in sizes:
            for under_way in (1, bulk.UNDER_WAY):
                _settle(server)
                first = workload.requests(books.opened, books.ids, _BEFORE)
                await bulk.posted(books.engine, first, batch=size, under_way=1)
                async with db.transaction(books.engine, workload.GEMEENTE) as connection:
                    last = await balances.last_link(connection, gemeente=workload.GEMEENTE)
                part = plan.bulk_entries if under_way > 1 else plan.bulk_entries // 5
                asked = workload.requests(books.opened, books.ids, part)
                before = server_seconds(postmaster)
                speed = await _undisturbed(
                    bulk.posted(books.engine, asked, batch=size, under_way=under_way)
                )
                speeds.setdefault((size, under_way), []).append(speed)
                if under_way == 1:
                    used = (server_seconds(postmaster) - before) / part * 1e6
                    processor.setdefault(size, []).append(used)
        _settle(server)
        idle = server_seconds(postmaster)
        copied.append(bulk.copied(server.url_of(books.name), after=last, entries=plan.bulk_entries))
        copied_us.append((server_seconds(postmaster) - idle) / plan.bulk_entries * 1e6)
    rows = []
    for size in sizes:
        one, two = (median(speeds[size, number]) for number in (1, bulk.UNDER_WAY))
        facts = {
            "entries/s": f"{two:.0f}, one at a time {one:.0f}, COPY {median(copied):.0f}",
            "server's processor us per entry": f"{median(processor[size]):.1f},"
            f" COPY (with reading the rows) {median(copied_us):.1f}",
        }
        rows.append(
            Row(
                name=f"{plan.bulk_entries} entries in batches of {size} / plain COPY",
                value=two / median(copied),
                least=0.5,
                aim=0.7,
                facts=facts,
            )
        )
    return rows


async def _growth(server: Server, plan: Plan, postmaster: int) -> list[Row]:
    """Compare small books with large ones, and read and check the large ones.

    Both have as many accounts. The first turn brings the pages into memory and, being the first
    after a checkpoint, writes each of them to the log whole; and it begins a month, for which the
    account makes room. It is long enough for most accounts and not counted: ten thousand entries
    right after a checkpoint would measure that, not the length of the books.
    """
    async with _open_books(server, "klein", accounts=plan.accounts, seed=2) as small:
        await _fill(small, plan.few_entries)
        async with _open_books(server, "groot", accounts=plan.accounts, seed=3) as large:
            await _fill(large, plan.many_entries)
            _analyze(server, small.name, large.name)
            used: dict[str, list[float]] = {small.name: [], large.name: []}
            for turn in range(plan.rounds + 1):
                for books in (small, large):
                    if turn == 0:
                        _settle(server)
                    number = 10_000 if turn else plan.accounts
                    asked = workload.requests(books.opened, books.ids, number, month=12)
                    before = server_seconds(postmaster)
                    await bulk.posted(books.engine, asked, batch=1_000, under_way=1)
                    spent = (server_seconds(postmaster) - before) / number * 1e6
                    if turn > 0:
                        used[books.name].append(spent)
            few, many = median(used[small.name]), median(used[large.name])
            rows = [
                Row(
                    name=f"server processor at {plan.many_entries} / at {plan.few_entries} entries",
                    value=many / few,
                    least=1.15,
                    aim=1.05,
                    sense="<=",
                    facts={"us per entry": f"{many:.1f} and {few:.1f}"},
                )
            ]
            rows += await _reading(large, plan)
        rows += await _checking(server, plan)
    return rows


async def _reading(books: _Books, plan: Plan) -> list[Row]:
    """Read a balance on a date and a trial balance of all accounts, with their plans."""
    on = date(2026, 8, 15)
    async with db.transaction(books.engine, workload.GEMEENTE) as connection:
        known = await balances.last_link(connection, gemeente=workload.GEMEENTE)
        with _statements_of(books.engine) as asked_for:
            started = time.perf_counter()
            for account in books.opened.accounts[:200]:
                await balances.balances(
                    connection,
                    gemeente=workload.GEMEENTE,
                    accounts=[account],
                    on=on,
                    known_up_to=known,
                )
            single = (time.perf_counter() - started) / 200 * 1000
            started = time.perf_counter()
            found = await balances.trial_balance(
                connection, gemeente=workload.GEMEENTE, book=Book.BUDGET, on=on, known_up_to=known
            )
            trial = time.perf_counter() - started
        assert sum(each.balance_cents for each in found) == 0
        plans = await _plans_of(connection, asked_for)
    size = f"{len(found)} accounts, {plan.many_entries} entries"
    return [
        Row(
            name=f"balance of one account on a date, ms ({size})",
            value=single,
            facts={"reads": plans[0]},
        ),
        Row(
            name=f"trial balance on a date, s ({size})",
            value=trial,
            facts={"reads": plans[1]},
        ),
    ]


@contextmanager
def _statements_of(engine: AsyncEngine) -> Iterator[dict[str, Any]]:
    """Collect each different statement that is sent, with the last parameters it went with."""
    sent: dict[str, Any] = {}

    def keep(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any
    ) -> None:
        sent[statement] = parameters

    event.listen(engine.sync_engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", keep)


async def _plans_of(connection: AsyncConnection, sent: dict[str, Any]) -> list[str]:
    """Give for each statement the parts of its plan that read a table."""
    plans = []
    for statement, parameters in sent.items():
        answer = await connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters)
        reads = [line.strip(" ->") for (line,) in answer.all() if "Scan" in line and " on " in line]
        plans.append("; ".join(reads))
    return plans


async def _checking(server: Server, plan: Plan) -> list[Row]:
    """Check small and large books as `controleer` does: speed, and memory that does not grow."""
    memory: dict[str, int] = {}
    speed = 0.0
    for name in ("klein", "groot"):
        engine = create_async_engine(
            server.url_of(name, user=migrate.APP).replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="REPEATABLE READ",
        )
        async with (
            db.transaction(engine, workload.GEMEENTE) as connection,
            db.transaction(engine, workload.GEMEENTE) as beside,
        ):
            answer = await connection.exec_driver_sql("SELECT pg_backend_pid()")
            process = int(answer.scalar_one())
            started = time.perf_counter()
            report = await checker.check(
                connection, gemeente=workload.GEMEENTE, progress=None, beside=[beside]
            )
            speed = report.entries / (time.perf_counter() - started)
            assert report.is_clean, report.findings[:3]
            memory[name] = memory_kib(process, "RssAnon") // 1024
        await engine.dispose()
    return [
        Row(
            name=f"controleer, entries/s ({plan.many_entries} entries)",
            value=speed,
            least=50_000,
            aim=100_000,
            facts={
                "own memory of the server's process": f"{memory['klein']}, {memory['groot']} MiB"
            },
        )
    ]


@asynccontextmanager
async def _open_books(
    server: Server, name: str, *, accounts: int, seed: int
) -> AsyncIterator[_Books]:
    """Make a database with our tables, open the books in it and connect as the application."""
    migrate.prepare_cluster(server.url, database=name)
    migrate.migrate(server.url_of(name, user=migrate.OWNER))
    engine = db.engine_for(server.url_of(name, user=migrate.APP))
    try:
        ids = Ids(source=random.Random(seed))
        opened = await workload.open_books(engine, ids, accounts=accounts)
        _analyze(server, name)
        yield _Books(name=name, engine=engine, opened=opened, ids=ids)
    finally:
        await engine.dispose()


async def _fill(books: _Books, entries: int) -> None:
    """Book ordinary entries through the year, month after month."""
    part = 10_000
    parts = max(1, entries // part)
    for number in range(parts):
        month = 1 + number * 11 // parts
        asked = workload.requests(books.opened, books.ids, min(part, entries), month=month)
        await bulk.posted(books.engine, asked, batch=5_000, under_way=bulk.UNDER_WAY)


async def _undisturbed(running: Awaitable[_Result]) -> _Result:
    """Run without the garbage collector walking through what was prepared."""
    gc.collect()
    gc.freeze()
    try:
        return await running
    finally:
        gc.unfreeze()


def _settle(server: Server) -> None:
    """Write what earlier turns left, so that no turn pays for another."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _analyze(server: Server, *names: str) -> None:
    for name in names:
        with psycopg.connect(server.url_of(name), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def _make_database(server: Server, name: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())


def _postmaster(server: Server) -> int:
    with psycopg.connect(server.url) as connection:
        found = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert found is not None
        status = Path(f"/proc/{found[0]}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])
