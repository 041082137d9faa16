"""What comes out of a file of observed costs, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What the help to a person cost in a month, in whole cents; below zero for a credit."""

    line_number: int
    person: UUID
    month: date
    """The first day of the month in which the help was given."""
    source: str
    kind: str
    """The kind of help (soort hulp), or nothing."""
    amount_cents: int
    invoiced_on: date
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFile:
    """A file of observed costs as read."""

    lines: tuple[CostLine, ...]
    sha256: str
    """Of the file's bytes, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A line that was not booked, and why, in Dutch."""

    line_number: int
    amount_cents: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostImport:
    """An import of observed costs that stands."""

    id: UUID
    file_name: str
    file_sha256: str
    recorded_at: datetime
    actor: str
    lines: int
    """How many lines of the file were booked."""
    amount_cents: int
    by_fund: tuple[tuple[str, int], ...]
    """Whole cents per fund, by fund code, as booked."""
    left_out: tuple[LeftOut, ...]
