"""The ways in which the report of domain benefits says no."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domains.days import day_text
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodNotQuarters(Refusal):
    """A report over a period that is not made of whole quarters."""

    code: ClassVar[str] = "periode-geen-kwartalen"
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{day_text(self.day)} snijdt een kwartaal in tweeën, en domeinbaten staan per kwartaal"
            " in de boeken. Laat de periode op de eerste dag van een kwartaal beginnen en op de"
            " laatste van een kwartaal eindigen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodInverted(Refusal):
    """A report over a period that ends before it begins."""

    code: ClassVar[str] = "periode-omgekeerd"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De periode begint op {day_text(self.from_date)} en zou de dag voor"
            f" {day_text(self.until_date)} al voorbij zijn. Draai de dagen om."
        )
