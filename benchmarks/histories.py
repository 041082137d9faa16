"""Measure cost histories: importing three years of them, and a study of them until it is booked.

``python -m benchmarks.histories [gezinnen]`` (about five minutes for 10 000 families). Families are
put in in bulk; costs go through the import that people use. The study is made as the program makes
it, in a process of its own with a worker per core, so that its memory can be told.
"""

import asyncio
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db, migrate
from api.clock import SystemClock
from api.effect_studies import estimate, look
from api.postgres import Server, erase, find_binaries, start
from domains.analysis_plans.operations import record_interventions, register_plan
from domains.benefits.bookings.operations import book_study, record_study
from domains.costs.model import CostLine
from domains.costs.operations import import_costs
from domains.districts.operations import import_districts
from domains.families.model import FamilyType
from domains.families.operations import set_family_types
from domains.instruction import Actor, Instruction
from domains.readers.model import District
from ledger import books
from ledger.entries import fingerprint
from tests.benefits.simulator import MONTHS, Municipality, World, invent
from tests.domains.benefits.histories import (
    FIRST,
    INTERVENTIONS,
    PLANNED,
    SOURCES,
    children,
    cost,
    cost_file,
    help_lines,
)

_Result = TypeVar("_Result")

_GEMEENTE: Final = "GM0344"
_WIJK: Final = "WK034401"
_AT: Final = datetime(2026, 1, 2, 9, tzinfo=UTC)
_KEYS_BEFORE: Final = 100
"""More than what filling a town takes."""
_FAMILIES: Final = (
    (
        "INSERT INTO domains.family (gemeente, family_id, family_type, team, is_complex, opened_on)"
        " SELECT %(gemeente)s, family, 'gezin', 'noord', false, %(day)s"
        " FROM unnest(%(families)s::uuid[]) AS family"
    ),
    (
        "INSERT INTO domains.family_district"
        " (gemeente, family_id, from_date, district, recorded_at, actor)"
        " SELECT %(gemeente)s, family, %(day)s, %(wijk)s, %(at)s, 'meting'"
        " FROM unnest(%(families)s::uuid[]) AS family"
    ),
    (
        "INSERT INTO domains.member"
        " (gemeente, family_id, person_id, birth_date, from_date, recorded_at)"
        " SELECT %(gemeente)s, family, person, birth, %(day)s, %(at)s"
        " FROM unnest(%(of)s::uuid[], %(persons)s::uuid[], %(births)s::date[])"
        " AS member (family, person, birth)"
    ),
)


@dataclass(slots=True, kw_only=True)
class Town:
    """A municipality that is filled and measured."""

    engine: AsyncEngine
    clock: SystemClock
    keys: int = 0

    async def do(
        self, operation: Callable[..., Awaitable[_Result]], **arguments: object
    ) -> _Result:
        """Run an operation as somebody does."""
        self.keys += 1
        instruction = Instruction(
            actor=Actor(
                subject="meting",
                client="meting",
                gemeente=_GEMEENTE,
                roles=frozenset({"financieel"}),
            ),
            key=f"meting-{self.keys}",
            fingerprint=fingerprint(str(self.keys)),
            at=_AT,
            today=_AT.date(),
            new_id=self.clock.new_id,
            new_random_id=self.clock.new_random_id,
        )

        async def asked(connection: AsyncConnection) -> _Result:
            return await operation(connection, instruction=instruction, **arguments)

        return await db.run(self.engine, _GEMEENTE, asked)

    async def fill(self, made: Municipality) -> list[UUID]:
        """Open the books and put families in; gives the parent of each."""
        async with db.transaction(self.engine, _GEMEENTE) as connection:
            await books.change_period(
                connection,
                gemeente=_GEMEENTE,
                from_date=date(2026, 1, 1),
                until_date=date(2027, 1, 1),
                is_open=True,
                actor="meting",
                reason="meting",
                recorded_at=_AT,
            )
        kind = FamilyType(code="gezin", name="Gezin", min_cents=1, norm_cents=1, max_cents=1)
        await self.do(set_family_types, family_types=[kind], from_date=FIRST)
        home = District(code=_WIJK, name="Wijk", inhabitants=1, households=1)
        await self.do(import_districts, districts=[home])
        families = [UUID(int=number) for number in range(1, len(made.exposure) + 1)]
        parents = [UUID(int=number << 64) for number in range(1, len(families) + 1)]
        of, persons, births = list(families), list(parents), [date(1982, 3, 3)] * len(families)
        for place, family in enumerate(families):
            for number, born in enumerate(children(made.panel.adult_share[place]), 1):
                of.append(family)
                persons.append(UUID(int=((place + 1) << 64) + number))
                births.append(born)
        async with db.transaction(self.engine, _GEMEENTE) as connection:
            for statement in _FAMILIES:
                await connection.exec_driver_sql(
                    statement,
                    {
                        "gemeente": _GEMEENTE,
                        "wijk": _WIJK,
                        "day": FIRST,
                        "at": _AT,
                        "families": families,
                        "of": of,
                        "persons": persons,
                        "births": births,
                    },
                )
        return parents


def _lines(made: Municipality, parents: list[UUID], year: int) -> Iterator[CostLine]:
    """Give the lines of a year: one per cell, on two hundred invoices a month."""
    for place, number, domain in np.argwhere(made.panel.cents):
        if number // 12 == year:
            cents = int(made.panel.cents[place, number, domain])
            source = SOURCES[made.panel.domains[domain]]
            document = f"F{place % 200}"
            yield cost(parents[place], int(number), cents, source=source, document=document)
    for place, start_month in enumerate(made.panel.start):
        if start_month < MONTHS and start_month // 12 == year:
            yield from help_lines(made, place, parents[place])


async def measure(server: Server, families: int) -> None:
    """Fill a town, import its costs, and make a study of them."""
    migrate.prepare_cluster(server.url, database="meting")
    migrate.migrate(server.url_of("meting", user=migrate.OWNER))
    url = server.url_of("meting", user=migrate.APP)
    engine = db.engine_for(url)
    town = Town(engine=engine, clock=SystemClock())
    world = World(
        families=families,
        domains=tuple(SOURCES),
        birthdays=True,
        overlapping={"A": 0.85, "B": 0.92, "AB": 0.8},
    )
    made = invent(world, seed=1)
    parents = await town.fill(made)
    await town.do(record_interventions, interventions=INTERVENTIONS)
    planned = replace(PLANNED, domains=world.domains)
    (plan,) = await town.do(register_plan, asked=planned)
    for year in range(3):
        lines = tuple(_lines(made, parents, year))
        began = time.perf_counter()
        await town.do(
            import_costs,
            file=cost_file(*lines),
            file_name="kosten.csv",
            booking_date=_AT.date(),
        )
        seconds = time.perf_counter() - began
        print(
            f"import of {len(lines)} lines: {seconds:.1f} s, {len(lines) / seconds:.0f} a second",
            flush=True,
        )
    await engine.dispose()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        total = pool.submit(_study_alone, url, plan).result()
    assert total == int(made.panel.cents.sum()), (total, int(made.panel.cents.sum()))


def _study_alone(url: str, plan: UUID) -> int:
    """Make a study and book it, and tell how long and with how much memory; gives its cents."""

    async def work() -> int:
        engine = db.engine_for(url)
        town = Town(engine=engine, clock=SystemClock(), keys=_KEYS_BEFORE)
        marks, used = [time.perf_counter()], [0]
        done = threading.Event()
        threading.Thread(target=_watch, args=(used, done), daemon=True).start()
        async with db.transaction(engine, _GEMEENTE) as connection:
            looked = await look(connection, gemeente=_GEMEENTE, plan_id=plan, known_up_to=None)
        marks.append(time.perf_counter())
        study = estimate(looked, lambda _done, _total: None)
        marks.append(time.perf_counter())
        (kept,) = await town.do(record_study, plan_id=plan, study=study)
        marks.append(time.perf_counter())
        await town.do(book_study, study_id=kept)
        marks.append(time.perf_counter())
        await engine.dispose()
        steps = ("read the panel", "estimate and divide", "keep", "book")
        for step, began, ended in zip(steps, marks, marks[1:], strict=False):
            print(f"{step}: {ended - began:.1f} s", flush=True)
        done.set()
        busy = sum(
            usage.ru_utime + usage.ru_stime
            for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )
        print(
            f"study of {len(looked.frozen.families)} families, {MONTHS} months and {len(SOURCES)}"
            f" domains: {marks[-1] - marks[0]:.1f} s, of which {busy:.1f} s on a core;"
            f" at most {max(used) / 1024:.0f} MB together with its workers",
            flush=True,
        )
        return int(looked.frozen.panel.cents.sum())

    return asyncio.run(work())


def _watch(used: list[int], done: threading.Event) -> None:
    """Note every so often how much memory this process and its workers use, in kilobytes."""
    own = os.getpid()
    while not done.wait(0.1):
        workers = Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split()
        used.append(sum(map(_kilobytes, [str(own), *workers])))


def _kilobytes(process: str) -> int:
    """Give the memory of a process, its part of what it shares; nothing when it is gone."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line[:4] == "Pss:"), 0)


def main() -> None:
    """Measure in a folder of our own, which is thrown away afterwards."""
    families = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    folder = Path(tempfile.mkdtemp(prefix="ontschot-meting-", dir="/var/tmp"))
    folder.chmod(0o711)
    binaries = find_binaries(None)
    try:
        with start(folder, binaries, settings={"shared_buffers": "512MB"}) as server:
            asyncio.run(measure(server, families))
    finally:
        erase(folder, binaries)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
