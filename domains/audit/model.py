"""What a line of the audit log says (BIO2 8.15.01)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

NOBODY: Final = "GM0000"
"""Whose log tells what was refused to somebody of an unknown gemeente; none has this code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who did or was refused what, to what, from where and when.

    ``object`` is an address without anything in it that could be about a person; ``result`` is
    ``gedaan`` or the code of a refusal; ``trace_id`` finds the same case elsewhere.
    """

    logged_at: datetime
    actor: str
    client: str
    action: str
    object: str
    result: str
    origin: str
    trace_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedLine:
    """A line that stands in the log; ``hash`` is over itself and over the hash before it."""

    number: int
    hash: bytes
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last line of a log: its number, and the hash over all of it."""

    number: int
    hash: bytes
