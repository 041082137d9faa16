"""Work that goes on after its request was answered, and how far it is.

A job that is broken off is no loss: what it works on is kept step by step, and whoever offers the
same file again goes on behind the last step.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog

from api.logging import frames_of
from ledger.refusals import Refusal

_log: Final = structlog.get_logger("ontschot.taken")
KEPT: Final = 1_000
"""How many jobs that are over are remembered, and how many messages that wait: the latest."""


@dataclass(slots=True, kw_only=True)
class Job:
    """One piece of work for a municipality; ``done`` of ``total`` steps."""

    gemeente: str
    done: int = 0
    total: int = 0
    failed: bool = False
    refusal: Refusal | None = None
    """Why it failed, where that was foreseen."""
    task: asyncio.Task[None] | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, _what: str, done: int, total: int) -> None:
        """Hear how far the work is."""
        self.done, self.total = done, total
        self.moved.set()

    @property
    def is_over(self) -> bool:
        """Return whether nothing is under way any more."""
        return self.task is None or self.task.done()

    async def steps(self) -> AsyncIterator["Job"]:
        """Give the job as it stands, each time that it moved, until it is over."""
        yield self
        while not self.is_over:
            self.moved.clear()
            await self.moved.wait()
            yield self


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of this process, by what they work on."""

    known: dict[UUID, Job] = field(default_factory=dict)
    waits: dict[UUID, dict[int, Refusal]] = field(default_factory=dict)
    """Why allocations of a message (301) wait, as it was last offered here."""

    @property
    def running(self) -> int:
        """Return how many are under way."""
        return len(self.under_way())

    def of(self, subject: UUID) -> Job | None:
        """Give the job on a subject, also one that was over a short while ago."""
        return self.known.get(subject)

    def under_way(self) -> frozenset[UUID]:
        """Return what is being worked on."""
        return frozenset(subject for subject, job in self.known.items() if not job.is_over)

    def start(self, subject: UUID, job: Job, work: Coroutine[Any, Any, None]) -> bool:
        """Start work on a subject, unless somebody works on it; tell whether it started."""
        running = self.known.get(subject)
        if running is not None and not running.is_over:
            work.close()
            return False
        over = [known for known, other in self.known.items() if other.is_over]
        for each in {subject, *over[:-KEPT]} & self.known.keys():
            del self.known[each]
        self.known[subject] = job
        job.task = asyncio.create_task(self._run(subject, job, work))
        job.task.add_done_callback(lambda _: job.moved.set())
        return True

    def wait(self, subject: UUID, why: dict[int, Refusal]) -> None:
        """Remember why allocations of a message wait, as it was offered just now."""
        for each in {subject, *list(self.waits)[:-KEPT]} & self.waits.keys():
            del self.waits[each]
        if why:
            self.waits[subject] = why

    async def stop(self) -> None:
        """Break off what is under way, and wait until it is."""
        tasks = [job.task for job in self.known.values() if job.task and not job.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, subject: UUID, job: Job, work: Coroutine[Any, Any, None]) -> None:
        told = {"gemeente": job.gemeente, "onderwerp": str(subject)}
        try:
            await work
        except Refusal as refusal:
            job.failed, job.refusal = True, refusal
            _log.info("taak-geweigerd", **told, code=refusal.code)
        except Exception as error:  # noqa: BLE001 - Nobody waits for this: log and state tell it.
            job.failed = True
            # Not what it says: that may be about somebody.
            _log.error(
                "taak-mislukt",
                **told,
                soort=type(error).__name__,
                oorzaak=type(error.__cause__).__name__ if error.__cause__ else None,
                plaats=frames_of(error),
            )
