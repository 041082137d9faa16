"""A change of the budget: its lines, its versions, and the decision that adopted it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domains import chart
from domains.budgets.mapping import Side
from domains.council.model import Cause


class Duration(StrEnum):
    """Whether a change also holds in the years after."""

    STRUCTURAL = "structureel"
    INCIDENTAL = "incidenteel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """By how much lasten or baten of a source change, in whole cents; below zero is less."""

    side: Side
    source: str
    programme: str
    taakveld: str
    change_cents: int
    duration: Duration
    cause: Cause

    def fund(self, year: int) -> str:
        """Name the fund whose lasten or baten change."""
        return chart.fund(self.source, year)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line with what stood before it; baten count for all sources of a taakveld together."""

    line: ChangeLine
    old_cents: int

    @property
    def new_cents(self) -> int:
        """Return what stands after it."""
        return self.old_cents + self.line.change_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """The decision of the council that adopted a version."""

    number: int
    decision: str
    decided_on: date
    adopted_at: datetime
    actor: str
    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChange:
    """One version of a change of the budget of a year."""

    id: UUID
    version_id: UUID
    number: int
    year: int
    description: str
    recorded_at: datetime
    actor: str
    lines: tuple[ChangeLine, ...]
    adoption: Adoption | None

    def total_cents(self, side: Side) -> int:
        """Return by how much lasten or baten change in all."""
        return sum(line.change_cents for line in self.lines if line.side is side)
