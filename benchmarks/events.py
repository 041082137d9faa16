"""Measure life events: the look-ahead and the start of a day, at two sizes of books and of work.

``python -m benchmarks.events`` (about three minutes). Each town gets families in bulk and draws
through the program; what is measured reads and writes as it does for people.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db, migrate
from api.clock import SystemClock
from api.day_start import Morning
from api.postgres import Server, erase, find_binaries, start
from domains.districts.operations import import_districts
from domains.draws.model import DrawRequest, Payment
from domains.draws.operations import request_draws
from domains.events.queries import events_in
from domains.events.running import upcoming
from domains.families.model import FamilyType
from domains.families.operations import set_family_types
from domains.instruction import Actor, Instruction
from domains.pooling.model import CouncilLine, FundAmount
from domains.pooling.operations import book_council_budget, fill_districts
from domains.readers.model import District
from domains.rule_base.queries import rule_base
from domains.settings.model import SettingName
from domains.settings.operations import decide_setting
from ledger import books
from ledger.entries import fingerprint

_Result = TypeVar("_Result")

_DAY: Final = date(2026, 1, 2)
_DUE: Final = date(2026, 4, 11)
_FIRST, _LAST = date(2026, 4, 1), date(2026, 7, 1)
_LIST: Final = 100
_BUDGET: Final = {"JW": "6.751", "WMO": "6.712", "SHV": "6.3", "ARM": "6.3", "TOE": "6.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many members a town has, and how many of them have help and an event on one day."""

    gemeente: str
    members: int
    events: int


_SIZES: Final = (
    Size(gemeente="GM0344", members=10_000, events=500),
    Size(gemeente="GM0363", members=50_000, events=500),
    Size(gemeente="GM0599", members=50_000, events=2_000),
)


@dataclass(slots=True, kw_only=True)
class Town:
    """A municipality that is filled and measured."""

    engine: AsyncEngine
    size: Size
    clock: SystemClock
    keys: int = 0

    def actor(self) -> Actor:
        """Give who acts."""
        return Actor(
            subject="meting",
            client="meting",
            gemeente=self.size.gemeente,
            roles=frozenset({"beheerder", "budgethouder", "financieel"}),
        )

    async def do(
        self, operation: Callable[..., Awaitable[_Result]], **arguments: object
    ) -> _Result:
        """Run an operation as somebody does."""
        self.keys += 1
        instruction = Instruction(
            actor=self.actor(),
            key=f"meting-{self.keys}",
            fingerprint=fingerprint(str(self.keys)),
            at=datetime(2026, 1, 2, 9, tzinfo=UTC),
            today=_DAY,
            new_id=self.clock.new_id,
            new_random_id=self.clock.new_random_id,
        )

        async def asked(connection: AsyncConnection) -> _Result:
            return await operation(connection, instruction=instruction, **arguments)

        return await db.run(self.engine, self.size.gemeente, asked)

    async def run(self, statement: str, **parameters: object) -> list[tuple[UUID, ...]]:
        """Run a statement as the application."""
        async with db.transaction(self.engine, self.size.gemeente) as connection:
            answer = await connection.exec_driver_sql(
                statement, {"gemeente": self.size.gemeente, **parameters}
            )
            return [tuple(row) for row in answer.all()] if answer.returns_rows else []

    async def fill(self) -> None:
        """Open the books, put members in them, and give those with an event their help."""
        gemeente, wijk = self.size.gemeente, f"WK{self.size.gemeente[2:]}01"
        async with db.transaction(self.engine, gemeente) as connection:
            await books.change_period(
                connection,
                gemeente=gemeente,
                from_date=date(2026, 1, 1),
                until_date=date(2028, 1, 1),
                is_open=True,
                actor="meting",
                reason="meting",
                recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        wide = {"per_draw_cents": 10**12, "per_family_year_cents": 10**13}
        await self.do(
            decide_setting,
            name=SettingName.MANDATES,
            value=dict.fromkeys(("wijkteam", "teamleider", "budgethouder"), wide),
            decision="meting",
            valid_from=_DAY,
        )
        await self.do(
            book_council_budget,
            year=2026,
            lines=[
                CouncilLine(source=source, programme="P", taakveld=taakveld, amount_cents=10**11)
                for source, taakveld in _BUDGET.items()
            ],
            decision="meting",
            booking_date=_DAY,
        )
        await self.do(
            import_districts,
            districts=[District(code=wijk, name=wijk, inhabitants=1, households=1)],
        )
        await self.do(
            fill_districts,
            amounts={
                wijk: [
                    FundAmount(fund=f"{source}-2026", amount_cents=10**10)
                    for source in ("JW", "WMO", "SHV", "ARM")
                ]
            },
            booking_date=_DAY,
            explanation="meting",
        )
        kind = FamilyType(
            code="gezin", name="Gezin", min_cents=1, norm_cents=10**6, max_cents=10**9
        )
        await self.do(set_family_types, family_types=[kind], from_date=_DAY)
        for statement in _FAMILIES:
            await self.run(
                statement,
                families=self.size.members // 4,
                wijk=wijk,
                day=_DAY,
                at=datetime(2026, 1, 2, tzinfo=UTC),
            )
        helped = await self.run(
            "SELECT person_id, family_id, family_budget_id FROM domains.member"
            " JOIN domains.family_budget USING (gemeente, family_id)"
            " WHERE gemeente = %(gemeente)s AND birth_date = '2010-05-15'"
            " ORDER BY person_id LIMIT %(events)s",
            events=self.size.events,
        )
        for at in range(0, len(helped), _LIST):
            await self.do(
                request_draws,
                draws=[_guidance(budget, person) for person, _, budget in helped[at : at + _LIST]],
                booking_date=_DAY,
            )
        await self.run(
            "INSERT INTO domains.known_event (gemeente, event_id, kind, family_id, person_id, day,"
            " to_gemeente, fact, fact_value, reason, recorded_at, actor)"
            " SELECT %(gemeente)s, person, 'einde-indicatie', family, person, %(day)s, '',"
            " 'beperking', false, '', %(at)s, 'meting'"
            " FROM unnest(%(persons)s::uuid[], %(families)s::uuid[]) AS helped (person, family)",
            persons=[person for person, _, _ in helped],
            families=[family for _, family, _ in helped],
            day=_DUE,
            at=datetime(2026, 1, 3, tzinfo=UTC),
        )

    async def look_ahead(self) -> int:
        """List all that is coming in twelve months; gives how many events."""
        gemeente = self.size.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            found = await upcoming(
                connection,
                gemeente=gemeente,
                events=await events_in(
                    connection,
                    gemeente=gemeente,
                    from_date=_DAY,
                    until_date=date(_DAY.year + 1, _DAY.month, _DAY.day),
                ),
                rules=await rule_base(connection, gemeente=gemeente),
            )
        return len(found)

    async def start_day(self, up_to: date) -> int:
        """Start a day; gives how many draws were covered anew."""
        done = await Morning(
            engine=self.engine,
            clock=self.clock,
            actor=self.actor(),
            up_to=up_to,
            attempt=db.run,
            progress=lambda _what, _done, _total: None,
        ).work()
        assert not done.failures, done.failures[0]
        return len(done.recovered)


_FAMILIES: Final = (
    (
        "INSERT INTO domains.family (gemeente, family_id, family_type, team, is_complex, opened_on)"
        " SELECT %(gemeente)s, md5('gezin' || number)::uuid, 'gezin', 'noord', false, %(day)s"
        " FROM generate_series(1, %(families)s) AS number"
    ),
    (
        "INSERT INTO domains.family_district"
        " (gemeente, family_id, from_date, district, recorded_at, actor)"
        " SELECT %(gemeente)s, family_id, %(day)s, %(wijk)s, %(at)s, 'meting' FROM domains.family"
        " WHERE gemeente = %(gemeente)s"
    ),
    # A youngster of fifteen in each, and three others of all ages: a birthday in 3 of 80 years.
    (
        "INSERT INTO domains.member"
        " (gemeente, family_id, person_id, birth_date, from_date, recorded_at)"
        " SELECT %(gemeente)s, md5('gezin' || number / 4)::uuid, md5('lid' || number)::uuid,"
        " CASE WHEN number %% 4 = 0 THEN date '2010-05-15'"
        " ELSE date '1946-01-01' + number * 7919 %% 29200 END, %(day)s, %(at)s"
        " FROM generate_series(4, 4 * %(families)s + 3) AS number"
    ),
    (
        "INSERT INTO domains.family_budget (gemeente, family_budget_id, family_id, year)"
        " SELECT %(gemeente)s, family_id, family_id, 2026 FROM domains.family"
        " WHERE gemeente = %(gemeente)s"
    ),
)


def _guidance(budget: UUID, person: UUID) -> DrawRequest:
    return DrawRequest(
        family_budget=budget,
        persons=(person,),
        kind="begeleiding-bij-beperking",
        from_date=_FIRST,
        until_date=_LAST,
        amount_cents=273_000,
        payment=Payment.RESERVATION,
        provider="aanbieder",
        description="begeleiding",
        facts=(("beperking", True), ("wlz-recht", False)),
        reason="nodig",
    )


async def measure(server: Server) -> None:
    """Fill each town, measure it, and compare."""
    migrate.prepare_cluster(server.url, database="meting")
    migrate.migrate(server.url_of("meting", user=migrate.OWNER))
    engine = db.engine_for(server.url_of("meting", user=migrate.APP))
    ahead: list[float] = []
    started: list[float] = []
    for size in _SIZES:
        town = Town(engine=engine, size=size, clock=SystemClock())
        await town.fill()
        # What came before is done, so that a town of more people has no more to do that day.
        await town.start_day(_DUE - timedelta(days=1))
        seconds, events = await _timed(town.look_ahead)
        ahead.append(seconds)
        print(
            f"{size.members} members: look-ahead of {events} events in {seconds:.2f} s", flush=True
        )
        seconds, recovered = await _timed(partial(town.start_day, _DUE))
        assert recovered == size.events, recovered
        started.append(seconds)
        print(
            f"{size.members} members: start of a day with {recovered} draws covered anew in"
            f" {seconds:.2f} s, {1000 * seconds / recovered:.1f} ms each",
            flush=True,
        )
    await engine.dispose()
    print(f"look-ahead over 50 000 members: {ahead[2]:.2f} s (at most 2)")
    print(f"start of a day with 2 000 due events: {started[2]:.2f} s (at most 30)")
    print(f"start of a day, five times the members: x {started[1] / started[0]:.2f} (aim 1)")
    print(f"start of a day, four times the events: x {started[2] / started[1]:.2f} (aim 4)")


async def _timed(work: Callable[[], Awaitable[int]]) -> tuple[float, int]:
    began = time.perf_counter()
    number = await work()
    return time.perf_counter() - began, number


def main() -> None:
    """Measure in a folder of our own, which is thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ontschot-meting-", dir="/var/tmp"))
    folder.chmod(0o711)
    binaries = find_binaries(None)
    try:
        with start(folder, binaries, settings={"shared_buffers": "512MB"}) as server:
            asyncio.run(measure(server))
    finally:
        erase(folder, binaries)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
