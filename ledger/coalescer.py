"""Lets everyone who posts at the same moment share one commit.

While one commit of a gemeente runs, its next requests queue up; they then go together, in the order
in which they came. There is no timer: who comes alone goes at once, by the same path. An answer is
given only after the commit that holds it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy.exc import DBAPIError

from ledger.entries import Outcome, PostingRequest

Post: TypeAlias = Callable[[datetime, Sequence[PostingRequest]], Awaitable[tuple[Outcome, ...]]]
"""Posts requests of one gemeente, recorded at a moment, in a transaction of their own."""

_DEADLOCK: Final = "40P01"
_ATTEMPTS: Final = 3
_TURNS: Final = 100
"""Commits of one gemeente before it lets go of its connection, for which another may wait."""


class CoalescerClosedError(Exception):
    """This program is stopping and takes no new posts; ask again with the same key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A request in the queue and where its answer goes."""

    request: PostingRequest
    answer: asyncio.Future[Outcome]


class Coalescer:
    """A queue per gemeente, each emptied by one worker for as long as something is in it.

    ``posts`` opens the way to the books of a gemeente for as long as there is work; ``most`` is
    the number of requests that one commit may hold.
    """

    def __init__(
        self,
        posts: Callable[[str], AbstractAsyncContextManager[Post]],
        now: Callable[[], datetime],
        most: int = 500,
    ) -> None:
        self._posts = posts
        self._now = now
        self._most = most
        self._queues: dict[str, deque[_Waiting]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def waiting(self) -> int:
        """Return how many requests wait for the commit that runs."""
        return sum(len(queue) for queue in self._queues.values())

    async def post(self, gemeente: str, request: PostingRequest) -> Outcome:
        """Post one request and give its outcome once it is committed.

        A caller who is cancelled takes nobody along: what stands in a running commit is booked.

        :raises FloorDiffers: an account to open exists with another floor; nothing was booked.
        :raises CoalescerClosedError: the program is stopping.
        """
        return await self._queue(gemeente, (request,))[0]

    async def post_all(
        self, gemeente: str, requests: Sequence[PostingRequest]
    ) -> tuple[Outcome, ...]:
        """Post requests in this order and give their outcomes once all are answered.

        They may be spread over several commits, among requests of others. Where one fails, its
        exception is raised after the others were answered; asking again with the same keys is safe.

        :raises FloorDiffers: an account to open exists with another floor.
        :raises CoalescerClosedError: the program is stopping; nothing was booked.
        """
        waiting = self._queue(gemeente, requests)
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        outcomes: list[Outcome] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            outcomes.append(answer)
        return tuple(outcomes)

    async def aclose(self) -> None:
        """Refuse new posts and return when everything that was queued is answered."""
        self._closed = True
        await asyncio.gather(*self._workers.values(), return_exceptions=True)

    def _queue(
        self, gemeente: str, requests: Sequence[PostingRequest]
    ) -> list[asyncio.Future[Outcome]]:
        """Queue requests, see to it that someone empties the queue, and give their answers to be.

        :raises CoalescerClosedError: the program is stopping.
        """
        if self._closed:
            raise CoalescerClosedError
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(request=each, answer=loop.create_future()) for each in requests]
        self._queues.setdefault(gemeente, deque()).extend(waiting)
        if gemeente not in self._workers:
            # An empty context: what the first caller bound to its log lines is not its neighbours'.
            self._workers[gemeente] = loop.create_task(self._work(gemeente), context=Context())
        return [each.answer for each in waiting]

    async def _work(self, gemeente: str) -> None:
        """Empty the queue of a gemeente, one commit after another, and go."""
        queue = self._queues[gemeente]
        batch: list[_Waiting] = []
        try:
            while queue:
                async with self._posts(gemeente) as post:
                    for _ in range(_TURNS):
                        batch = self._take(queue)
                        if not batch:
                            break
                        await self._answer(post, batch)
                        await asyncio.sleep(0)  # Who was answered may ask again.
        except Exception as error:  # noqa: BLE001  # The way to the books would not open or close.
            for each in (*batch, *queue):
                if not each.answer.done():
                    each.answer.set_exception(error)
        finally:
            del self._queues[gemeente], self._workers[gemeente]
            for each in (*batch, *queue):  # Only when this worker itself was cancelled.
                each.answer.cancel()

    def _take(self, queue: deque[_Waiting]) -> list[_Waiting]:
        """Take the head of the queue, up to a key that is in it already: that one waits."""
        keys: set[tuple[str, str]] = set()
        batch: list[_Waiting] = []
        while queue and len(batch) < self._most:
            key = (queue[0].request.client, queue[0].request.key)
            if key in keys:
                break
            each = queue.popleft()
            if not each.answer.done():  # Done already: its caller was cancelled before its turn.
                keys.add(key)
                batch.append(each)
        return batch

    async def _answer(self, post: Post, batch: Sequence[_Waiting]) -> None:
        """Post a batch and hand out the answers; where it fails, post its requests one by one."""
        try:
            outcomes = await self._commit(post, [each.request for each in batch])
        except Exception as error:  # noqa: BLE001  # Whatever it is belongs to the callers.
            if len(batch) > 1:
                for each in batch:
                    await self._answer(post, (each,))
            elif not batch[0].answer.done():
                batch[0].answer.set_exception(error)
            return
        for each, outcome in zip(batch, outcomes, strict=True):
            if not each.answer.done():
                each.answer.set_result(outcome)

    async def _commit(self, post: Post, requests: Sequence[PostingRequest]) -> tuple[Outcome, ...]:
        """Post requests in one transaction; start again when PostgreSQL saw a deadlock."""
        attempt = 1
        while True:
            try:
                return await post(self._now(), requests)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _DEADLOCK or attempt == _ATTEMPTS:
                    raise
                attempt += 1
