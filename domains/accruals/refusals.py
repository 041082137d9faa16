"""Why an accrual is not released."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ledger.money import show
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class NothingAccrued(Refusal):
    """Nothing of a draw waits for a declaration after its year was closed."""

    code: ClassVar[str] = "niets-overlopend"
    draw: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van trekking {self.draw} staat niets meer overlopend: er is niets overgelopen, of"
            " het is al gedeclareerd of vrijgevallen. Kijk in de lijst van overlopende posten."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AccrualPaidByOthers(Refusal):
    """Others bear a part of what was accrued by now."""

    code: ClassVar[str] = "overlopend-elders-betaald"
    draw: UUID
    fund: str
    accrued_cents: int
    spent_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van trekking {self.draw} staat {show(self.accrued_cents)} overlopend in {self.fund},"
            f" en daarvan draagt dit middel nog {show(self.spent_cents)}: een ander betaalde of"
            " verrekende de rest. Maak die verrekening eerst ongedaan."
        )
