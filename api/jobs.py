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

from ledger.refusals import Refusal

_log: Final = structlog.get_logger("ontschot.taken")


@dataclass(slots=True, kw_only=True)
class Job:
    """One piece of work; ``done`` of ``total`` steps."""

    done: int = 0
    total: int = 0
    failed: bool = False
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
        return sum(not job.is_over for job in self.known.values())

    def of(self, subject: UUID) -> Job | None:
        """Give the job on a subject, also one that is over."""
        return self.known.get(subject)

    def start(self, subject: UUID, job: Job, work: Coroutine[Any, Any, None]) -> bool:
        """Start work on a subject, unless somebody works on it; tell whether it started."""
        running = self.known.get(subject)
        if running is not None and not running.is_over:
            work.close()
            return False
        self.known[subject] = job
        job.task = asyncio.create_task(self._run(job, work))
        job.task.add_done_callback(lambda _: job.moved.set())
        return True

    async def stop(self) -> None:
        """Break off what is under way, and wait until it is."""
        tasks = [job.task for job in self.known.values() if job.task and not job.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - Nobody waits for this: log and state tell it.
            job.failed = True
            _log.exception("taak-mislukt")
