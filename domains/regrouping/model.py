"""What is known about a family that comes of a split, and about what waits for a payer."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Where the new family lives, its type and who helps it; ``None``: as the old family."""

    district: str | None = None
    family_type: str | None = None
    team: str | None = None
    professional: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What of an advance nobody was asked to pay yet, by the payer that is expected."""

    payer: str
    amount_cents: int
    owner: str
    deadline: date
    opened_at: datetime
