"""A declaration as it was received, and what became of its lines."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from domains.messages.model import DeclaredLine
from domains.messages.standard import Kind, Law


class LineOutcome(StrEnum):
    """What became of a declared line; the value stands on the wire."""

    GRANTED = "toegekend"
    REFUSED = "afgewezen"
    WAITS = "wacht"
    """For a raise, or for what was settled since: it is looked at again when the file is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """A message as it was received; how far its lines got stands beside it."""

    id: UUID
    law: Law
    kind: Kind
    provider: str
    identification: str
    dated: date
    basic_version: str
    version: str
    declaration: str
    """The number of the declaration; empty for other messages."""
    from_date: date | None
    until_date: date | None
    """Exclusive."""
    declared_on: date | None
    lines: int
    total_cents: int
    codes: tuple[str, ...]
    """Said of a declaration as a whole; then no line was looked at."""
    received_on: date
    done: int
    """Lines that have an outcome."""
    waiting: int
    granted_cents: int
    refused: int

    @property
    def is_answered(self) -> bool:
        """Return whether the answer can be given: nothing is to be done any more."""
        return bool(self.codes) or (self.done == self.lines and not self.waiting)

    @property
    def is_unfinished(self) -> bool:
        """Return whether lines of a declaration were not looked at yet."""
        return self.kind is Kind.DECLARATION and not self.codes and self.done < self.lines


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLine:
    """A debit line that was declared before, as far as a credit needs it."""

    message: UUID
    place: int
    person: UUID
    allocation: int
    category: str
    code: str
    from_date: date
    until_date: date
    volume: int
    unit: str
    amount_cents: int
    outcome: LineOutcome
    is_credited: bool
    delivery: UUID | None
    entries: tuple[UUID, ...]


@dataclass(slots=True, kw_only=True)
class Used:
    """What was granted of an allocation: debit less credit; grows with each line."""

    cents: int = 0
    volume: int = 0
    by_month: dict[date, int] = field(default_factory=dict)
    """Volume by the first day of the month."""
    standing: dict[tuple[str, str, date], int] = field(default_factory=dict)
    """Debit lines that no credit took back, by category, code and month."""

    def add(
        self, *, category: str, code: str, month: date, volume: int, cents: int, lines: int
    ) -> None:
        """Count lines that were granted; below zero for what was taken back."""
        self.cents += cents
        self.volume += volume
        self.by_month[month] = self.by_month.get(month, 0) + volume
        product = (category, code, month)
        self.standing[product] = self.standing.get(product, 0) + lines


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A refused line as it is kept: by pseudonym."""

    person: UUID
    line: DeclaredLine
    codes: tuple[str, ...]
