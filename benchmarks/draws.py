"""How fast draws are decided: one at a time, and in lists of a hundred.

``python -m benchmarks.draws`` prints draws per second for lists of 1 and of 100, their ratio, and
the number of statements that one draw takes.
"""

import asyncio
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db, migrate
from api.clock import SystemClock, calendar_day
from api.postgres import erase, find_binaries, start
from benchmarks.workload import NOW
from domains.districts.operations import import_districts
from domains.draws.model import DrawRequest
from domains.draws.operations import request_draws
from domains.families import operations as families
from domains.families.model import FamilyType
from domains.families.queries import family_budgets
from domains.family_budgets.operations import open_family_budget
from domains.instruction import Actor, Instruction
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.readers.model import District
from ledger import books
from ledger.entries import fingerprint

_DATABASE: Final = "trekkingen"
_GEMEENTE: Final = "GM9002"
_WIJK: Final = "WK900201"
_DAY: Final = date(2026, 1, 2)
_FAMILIES: Final = 100
_SINGLE: Final = 20
_LISTS: Final = 10
_LIST: Final = 100
_SOURCES: Final = ("JW", "GGZ", "WMO", "TOE", "ARM", "SHV")
_CLOCK: Final = SystemClock()


def main() -> None:
    """Measure in a folder of our own, which is thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ontschot-meting-", dir="/var/tmp"))
    folder.chmod(0o711)
    binaries = find_binaries(None)
    try:
        with start(folder, binaries) as server:
            migrate.prepare_cluster(server.url, database=_DATABASE)
            migrate.migrate(server.url_of(_DATABASE, user=migrate.OWNER))
            asyncio.run(_measure(server.url_of(_DATABASE, user=migrate.APP)))
    finally:
        erase(folder, binaries)
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(url: str) -> None:
    engine = db.engine_for(url)
    persons = await _town(engine)
    statements = 0

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    await _ask(engine, persons, number=0, size=1)
    statements = 0
    await _ask(engine, persons, number=1, size=1)
    # The posting itself goes past SQLAlchemy; SET LOCAL of the gemeente is not counted.
    print(f"opdrachten aan de database per trekking: {statements - 1 + 1}")
    statements = 0
    await _ask(engine, persons, number=2, size=_LIST)
    print(f"opdrachten aan de database per lijst van {_LIST}: {statements - 1 + 1}")
    # In turns, so that both meet the same books and the same machine.
    alone = together = 0.0
    for turn in range(_LISTS):
        began = time.perf_counter()
        for number in range(_SINGLE):
            await _ask(engine, persons, number=100 + turn * _SINGLE + number, size=1)
        between = time.perf_counter()
        await _ask(engine, persons, number=1_000 + turn, size=_LIST)
        alone += between - began
        together += time.perf_counter() - between
    single, listed = _LISTS * _SINGLE / alone, _LISTS * _LIST / together
    print(f"trekkingen per seconde, een voor een: {single:.0f}")
    print(f"trekkingen per seconde, in lijsten van {_LIST}: {listed:.0f}")
    print(f"verhouding: {listed / single:.1f}")
    await engine.dispose()


async def _ask(
    engine: AsyncEngine, persons: list[tuple[UUID, UUID]], *, number: int, size: int
) -> None:
    """Ask a list of draws, each for another family, in a transaction of its own."""
    draws = [
        DrawRequest(
            family_budget=persons[(number + place) % _FAMILIES][0],
            persons=(persons[(number + place) % _FAMILIES][1],),
            kind="maatwerk",
            from_date=date(2026, 3, 1),
            until_date=date(2026, 3, 2),
            amount_cents=10_00,
            provider="aanbieder",
            description=f"hulp {number}-{place}",
            facts=(("voorliggende-voorziening-tijdig", False),),
            reason="meting",
        )
        for place in range(size)
    ]
    await db.run(
        engine,
        _GEMEENTE,
        lambda connection: request_draws(
            connection, instruction=_instruction(), draws=draws, booking_date=_DAY
        ),
    )


async def _town(engine: AsyncEngine) -> list[tuple[UUID, UUID]]:
    """Make a municipality with families; gives each family budget with a person."""
    async with db.transaction(engine, _GEMEENTE) as connection:
        await books.change_period(
            connection,
            gemeente=_GEMEENTE,
            from_date=date(2026, 1, 1),
            until_date=date(2027, 1, 1),
            is_open=True,
            actor="meting",
            reason="boekjaar",
            recorded_at=NOW,
        )
    await db.run(
        engine,
        _GEMEENTE,
        lambda connection: pooling.book_council_budget(
            connection,
            instruction=_instruction(),
            year=2026,
            lines=[
                CouncilLine(source=source, programme="P1", taakveld="6.3", amount_cents=10**10)
                for source in _SOURCES
            ],
            decision="raadsbesluit",
            booking_date=_DAY,
        ),
    )
    await db.run(
        engine,
        _GEMEENTE,
        lambda connection: import_districts(
            connection,
            instruction=_instruction(),
            districts=[District(code=_WIJK, name="Wijk", inhabitants=1, households=1)],
        ),
    )
    await db.run(
        engine,
        _GEMEENTE,
        lambda connection: pooling.fill_districts(
            connection,
            instruction=_instruction(),
            amounts={
                _WIJK: [
                    FundAmount(fund=f"{source}-2026", amount_cents=10**9) for source in _SOURCES
                ]
            },
            booking_date=_DAY,
            explanation="wijkbudget",
        ),
    )
    kind = FamilyType(code="gezin", name="Gezin", min_cents=1, norm_cents=10**6, max_cents=10**7)
    await db.run(
        engine,
        _GEMEENTE,
        lambda connection: families.set_family_types(
            connection, instruction=_instruction(), family_types=[kind], from_date=_DAY
        ),
    )
    for _ in range(_FAMILIES):
        (family,) = await db.run(
            engine,
            _GEMEENTE,
            lambda connection: families.register_family(
                connection,
                instruction=_instruction(),
                wijk=_WIJK,
                family_type=kind.code,
                team="team",
                is_complex=False,
                birth_dates=[date(1982, 3, 3)],
                from_date=_DAY,
            ),
        )
        await db.run(
            engine,
            _GEMEENTE,
            lambda connection, family=family: open_family_budget(  # type: ignore[misc] # A default.
                connection,
                instruction=_instruction(),
                family=family,
                year=2026,
                amount_cents=None,
                reason="",
                booking_date=_DAY,
            ),
        )
    async with db.transaction(engine, _GEMEENTE) as connection:
        known = await family_budgets(connection, gemeente=_GEMEENTE)
    return [(budget.id, budget.family.members[0].person) for budget in known]


def _instruction() -> Instruction:
    key = str(_CLOCK.new_id())
    return Instruction(
        actor=Actor(
            subject="meting",
            client="meting",
            gemeente=_GEMEENTE,
            roles=frozenset({"budgethouder"}),
        ),
        key=key,
        fingerprint=fingerprint(key),
        at=NOW,
        today=calendar_day(NOW),
        new_id=_CLOCK.new_id,
        new_random_id=_CLOCK.new_random_id,
    )


if __name__ == "__main__":
    main()
