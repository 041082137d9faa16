"""The one clock: everywhere else the time and new ids arrive as arguments.

A moment is an aware `datetime` in UTC; a booking date is a calendar day in the Netherlands.
"""

import random
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid4, uuid7

from domains import days

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""The days that an administration knows; others would only break the calendar."""

_MILLISECOND_BITS = 48
_COUNTER_BITS = 42
_TAIL_BITS = 32


class Clock(Protocol):
    """What the outside of the program needs to know about time and ids."""

    def now(self) -> datetime:
        """Give this moment, aware and in UTC."""
        ...

    def today(self) -> date:
        """Give this calendar day in the Netherlands."""
        ...

    def new_id(self) -> UUID:
        """Make an id of version 7: it sorts after every id that this clock made before."""
        ...

    def new_random_id(self) -> UUID:
        """Make an id of version 4, which tells nothing about when it was made."""
        ...


class SystemClock:
    """The machine's own time, and ids that nobody can guess."""

    def now(self) -> datetime:
        """Give this moment, aware and in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Give this calendar day in the Netherlands, also just after midnight."""
        return calendar_day(self.now())

    def new_id(self) -> UUID:
        """Make an id of version 7; within this process each is greater than the one before."""
        return uuid7()

    def new_random_id(self) -> UUID:
        """Make an id of version 4."""
        return uuid4()


class FixedClock:
    """A clock that stands still until it is moved, with the same ids on every run.

    For tests; never for real books, because its ids can be foretold.
    """

    def __init__(self, moment: datetime, *, seed: int = 0) -> None:
        self._moment = _in_utc(moment)
        self._random = random.Random(seed)  # noqa: S311 - the same ids on every run is the purpose.
        self._counter = 0
        self._latest_millisecond = 0

    def now(self) -> datetime:
        """Give the moment at which this clock stands."""
        return self._moment

    def today(self) -> date:
        """Give the calendar day in the Netherlands at which this clock stands."""
        return calendar_day(self._moment)

    def move_to(self, moment: datetime) -> None:
        """Let the clock stand at another moment."""
        self._moment = _in_utc(moment)

    def new_id(self) -> UUID:
        """Make an id of version 7 from this clock's moment, a counter and the seed."""
        millisecond = int(self._moment.timestamp() * 1000)
        self._latest_millisecond = max(self._latest_millisecond, millisecond)
        self._counter += 1
        tail = self._random.getrandbits(_TAIL_BITS)
        return id_of_version_7(self._latest_millisecond, counter=self._counter, tail=tail)

    def new_random_id(self) -> UUID:
        """Make an id of version 4 from the seed."""
        return UUID(int=self._random.getrandbits(128), version=4)


def calendar_day(moment: datetime) -> date:
    """Give the calendar day in the Netherlands on which a moment falls."""
    return days.calendar_day(_in_utc(moment))


def id_of_version_7(millisecond: int, *, counter: int, tail: int) -> UUID:
    """Lay out an id as RFC 9562 section 5.7 does, with a counter of 42 bits before the tail.

    :raises ValueError: when a part does not fit.
    """
    parts = ((millisecond, _MILLISECOND_BITS), (counter, _COUNTER_BITS), (tail, _TAIL_BITS))
    if any(not 0 <= value < 1 << bits for value, bits in parts):
        message = f"no room in an id for {millisecond}, {counter}, {tail}"
        raise ValueError(message)
    high, low = counter >> 30, counter & ((1 << 30) - 1)
    value = millisecond << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 32 | tail
    return UUID(int=value)


def _in_utc(moment: datetime) -> datetime:
    """Refuse a moment without a time zone: nobody can say when it was."""
    if moment.tzinfo is None:
        message = f"the moment {moment} has no time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)
