"""What still waits for a declaration after its year was closed."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccrual:
    """What of a draw was accrued in a fund and not declared yet, in whole cents."""

    draw: UUID
    fund: str
    provider: str
    kind: str
    amount_cents: int
    since: date
    """The last day of the year in which it was accrued."""

    def age_days(self, on: date) -> int:
        """Return for how many days it has been open."""
        return (on - self.since).days
