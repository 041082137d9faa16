"""Limits on what one caller may ask: how often, and how slowly."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

from litestar.types import Receive, ReceiveMessage, Scope

SLOWEST_BODY: Final = 60.0
"""Seconds within which a request must have arrived as a whole."""

_MOST_CALLERS: Final = 10_000


class BodyTooSlowError(Exception):
    """A request did not arrive in time."""


class RateLimit:
    """A bucket per address that empties at a steady pace (leaky bucket).

    ``burst`` requests may come at once; after that ``per_second`` a second.
    """

    def __init__(
        self, *, per_second: float, burst: int, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> int:
        """Count a request; give 0, or after how many seconds the caller may ask again."""
        now = self._seconds()
        level, since = self._buckets.pop(caller, (0.0, now))
        level = max(0.0, level - (now - since) * self._per_second)
        allowed = level + 1 <= self._burst
        self._buckets[caller] = (level + 1 if allowed else level, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)  # Who was silent longest.
        return 0 if allowed else ceil((level + 1 - self._burst) / self._per_second)


def caller_of(scope: Scope) -> str:
    """Name a caller by his address; a token would let him be somebody new each time."""
    client = scope.get("client")
    return client[0] if client else "-"


def in_time(receive: Receive, *, seconds: float = SLOWEST_BODY) -> Receive:
    """Wait for a request's content no longer than this in all.

    :raises BodyTooSlowError: from the one that is returned, when it did not come in time.
    """
    until = monotonic() + seconds
    whole = False

    async def received() -> ReceiveMessage:
        nonlocal whole
        if whole:  # What is waited for now is that the caller goes away.
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                message = await receive()
        except TimeoutError as error:
            raise BodyTooSlowError from error
        whole = message["type"] == "http.request" and not message.get("more_body", False)
        return message

    return received
