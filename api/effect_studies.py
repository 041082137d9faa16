"""Makes effect studies: reads the histories of a plan, estimates, and keeps what came out.

The heavy work runs in processes of its own, so that nobody else waits for it. Studies that are
under way are known to this program only; what came out of them stands in the books.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from multiprocessing import get_context
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.chain import known_link
from api.settings import one_core_each
from domains.analysis_plans.model import AnalysisPlan
from domains.analysis_plans.queries import analysis_plan, seen_before
from domains.analysis_plans.rules import check_standing
from domains.benefits.blocks import Reason
from domains.benefits.bookings.operations import record_study
from domains.benefits.histories import FrozenPanel, read_panel
from domains.benefits.studies import Measured, Study, Task, make_study
from domains.instruction import AlreadyAnsweredError, Instruction, refuse_repetition
from ledger import books
from ledger.refusals import Refusal

Progress = Callable[[int, int], None]
"""Told how many domains are done, and of how many."""

_Answers = tuple[Measured | Reason, ...]
_MOST_REMEMBERED: Final = 1_000
_log = structlog.get_logger("ontschot.effectstudies")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """A plan with its histories as they stood at a link of the chain."""

    plan: AnalysisPlan
    frozen: FrozenPanel
    seen_before: int


async def look(
    connection: AsyncConnection, *, gemeente: str, plan_id: UUID, known_up_to: int | None
) -> Looked:
    """Read the histories of a plan as they stand, or stood at a link of the chain.

    :raises domains.analysis_plans.rules.UnknownAnalysisPlan: there is no such plan.
    :raises domains.analysis_plans.rules.PlanWithdrawn: it was withdrawn.
    :raises api.chain.NotKnownYet: the chain has no such link yet.
    """
    plan = await analysis_plan(connection, gemeente=gemeente, plan_id=plan_id)
    check_standing(plan)
    number = await known_link(connection, gemeente=gemeente, asked=known_up_to)
    return Looked(
        plan=plan,
        frozen=await read_panel(connection, gemeente=gemeente, plan=plan, chain_number=number),
        seen_before=await seen_before(connection, gemeente=gemeente, plan=plan),
    )


def estimate(looked: Looked, progress: Progress) -> Study:
    """Estimate everything that a plan asks for, each domain in a process of its own."""
    one_core_each()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return make_study(
            looked.frozen,
            looked.plan,
            seen_before=looked.seen_before,
            run=partial(_spread, pool, progress),
        )


def _spread(
    pool: ProcessPoolExecutor,
    progress: Progress,
    measure: Callable[[Task], _Answers],
    tasks: Sequence[Task],
) -> Iterable[_Answers]:
    """Map over tasks in the processes of a pool, and tell how far that is."""
    progress(0, len(tasks))
    for done, found in enumerate(pool.map(measure, tasks), 1):
        progress(done, len(tasks))
        yield found


class Stage(StrEnum):
    """How far a study is; the value stands on the wire."""

    RUNNING = "bezig"
    DONE = "klaar"
    REFUSED = "geweigerd"
    FAILED = "mislukt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A study that somebody asked for."""

    id: UUID
    plan_id: UUID
    fingerprint: bytes
    stage: Stage
    done: int
    """Domains that are estimated."""
    total: int
    """Domains to estimate; nought as long as that is not known."""
    study_id: UUID | None
    refusal: Refusal | None
    warning: str = ""
    """Why no number came out of a study that is done."""


class Studies:
    """The studies that are under way in this program, and those that ended lately."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._jobs: dict[tuple[str, str, str], Job] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def start(
        self, instruction: Instruction, *, plan_id: UUID, known_up_to: int | None
    ) -> Job:
        """Start a study, once for its key; gives how far it is.

        :raises ledger.books.KeyReused: the key was used for something else.
        :raises domains.analysis_plans.rules.UnknownAnalysisPlan: there is no such plan.
        :raises domains.analysis_plans.rules.PlanWithdrawn: it was withdrawn.
        :raises api.chain.NotKnownYet: the chain has no such link yet.
        """
        place = (instruction.gemeente, instruction.actor.client, instruction.key)
        known = self._jobs.get(place)
        if known is not None:
            if known.fingerprint != instruction.fingerprint:
                raise books.KeyReused
            return known
        job = Job(
            id=instruction.new_id(),
            plan_id=plan_id,
            fingerprint=instruction.fingerprint,
            stage=Stage.RUNNING,
            done=0,
            total=0,
            study_id=None,
            refusal=None,
        )
        async with db.transaction(self._engine, instruction.gemeente) as connection:
            try:
                await refuse_repetition(connection, instruction=instruction)
            except AlreadyAnsweredError as earlier:
                return replace(job, stage=Stage.DONE, study_id=earlier.results[0])
            plan = await analysis_plan(connection, gemeente=instruction.gemeente, plan_id=plan_id)
            check_standing(plan)
            await known_link(connection, gemeente=instruction.gemeente, asked=known_up_to)
        self._jobs[place] = job
        for old in list(self._jobs)[:-_MOST_REMEMBERED]:
            del self._jobs[old]
        task = asyncio.create_task(self._make(place, instruction, known_up_to))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return job

    def jobs(self, gemeente: str) -> Iterator[Job]:
        """Give what is known of the studies of a municipality, the oldest first."""
        return (job for (of, _, _), job in self._jobs.items() if of == gemeente)

    async def aclose(self) -> None:
        """Stop what is under way; nothing of it was kept yet."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _make(
        self, place: tuple[str, str, str], instruction: Instruction, known_up_to: int | None
    ) -> None:
        def tell(done: int, total: int) -> None:
            self._jobs[place] = replace(self._jobs[place], done=done, total=total)

        gemeente, plan_id = instruction.gemeente, self._jobs[place].plan_id
        ended = replace(self._jobs[place], stage=Stage.FAILED)
        try:
            async with db.transaction(self._engine, gemeente) as connection:
                looked = await look(
                    connection, gemeente=gemeente, plan_id=plan_id, known_up_to=known_up_to
                )
            study = await asyncio.to_thread(estimate, looked, tell)
            study_id = await keep(self._engine, instruction, plan_id=plan_id, study=study)
            ended = replace(
                self._jobs[place], stage=Stage.DONE, study_id=study_id, warning=study.warning
            )
        except Refusal as refusal:
            ended = replace(self._jobs[place], stage=Stage.REFUSED, refusal=refusal)
        except Exception:  # noqa: BLE001 - nobody waits for this task, so nobody else would tell.
            _log.exception("effectstudie mislukt", analyseplan=str(plan_id))
        finally:
            self._jobs[place] = ended


async def keep(
    engine: AsyncEngine, instruction: Instruction, *, plan_id: UUID, study: Study
) -> UUID:
    """Keep a study; gives its id, or that of the same one that was kept before."""
    try:
        results = await db.run(
            engine,
            instruction.gemeente,
            lambda connection: record_study(
                connection, instruction=instruction, plan_id=plan_id, study=study
            ),
        )
    except AlreadyAnsweredError as earlier:
        results = earlier.results
    return results[0]
