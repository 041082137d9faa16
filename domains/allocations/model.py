"""An allocation with the terms by which declarations are checked."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domains.messages.standard import Law
from domains.providers.model import Unit
from domains.quantities import Rounding

UNIT_CODES: Final = {
    Unit.MINUTE: "01",
    Unit.HOUR: "04",
    Unit.DAY_AND_NIGHT: "14",
    Unit.PART_OF_DAY: "16",
    Unit.PIECE: "82",
    Unit.EURO: "83",
    Unit.PIECE_OF_EFFORT: "84",
}
"""Each unit by its code in the standard (COD727)."""

UNITS: Final = {code: unit for unit, code in UNIT_CODES.items()}

IN_ALL: Final = "6"
"""The frequency of a volume that holds for all days of the allocation together."""

REMOVED: Final = "13"
"""The reason of change of an allocation that is taken away."""


class AllocationForm(StrEnum):
    """How much an allocation says; the value stands on the wire."""

    SPECIFIC = "specifiek"
    """Category, code and volume."""
    ASPECIFIC = "aspecifiek"
    """Category and budget."""
    GENERIC = "generiek"
    """A budget only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """An allocation as its latest version says."""

    id: UUID
    law: Law
    number: int
    version: int
    draw: UUID
    line: int
    """The line of the draw; 0: it has none."""
    person: UUID
    provider: str
    """By AGB code."""
    category: str
    """Empty: generic."""
    code: str
    """Empty: aspecific or generic."""
    unit: str
    """By its code in the standard; empty where no volume is said."""
    volume: int | None
    frequency: str
    budget_cents: int | None
    tariff_e4: int | None
    """The contract's, not rounded; ``None``: only the declaration names one."""
    rounding: Rounding
    from_date: date
    until_date: date | None
    """Exclusive; ``None``: nobody said an end yet."""
    change_reason: str
    provider_reference: str
    recorded_at: datetime

    def has(self, day: date) -> bool:
        """Return whether a day is one of its days."""
        return self.from_date <= day and (self.until_date is None or day < self.until_date)

    def end_up_to(self, day: date) -> date:
        """Return its end (exclusive), or a day before that."""
        return day if self.until_date is None else min(day, self.until_date)

    @property
    def form(self) -> AllocationForm:
        """Return how much it says."""
        if self.code:
            return AllocationForm.SPECIFIC
        return AllocationForm.ASPECIFIC if self.category else AllocationForm.GENERIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What the next version of an allocation asks of the reservation behind it, in whole cents.

    In this order: nothing can be added to help that stopped already, and what lies behind a stop
    is not given back twice.
    """

    more_cents: int = 0
    stops_on: date | None = None
    less_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """What is to be given out of a draw that reserves."""

    draw: UUID
    law: Law
    form: AllocationForm | None = None
    """``None``: specific for lines, generic without."""
    person: UUID | None = None
    """``None``: the one person whom the draw is for."""
    number: int | None = None
    """``None``: the next one. A number of this draw's own makes its next version."""
    change_reason: str = ""
    provider_reference: str = ""
