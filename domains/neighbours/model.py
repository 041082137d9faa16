"""What one municipality paid and another has to bear."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domains.eligibility.model import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Delivered help of days after a move, that the municipality of now bears."""

    id: UUID
    gemeente: str
    """Who paid."""
    to_gemeente: str
    """Who bears it."""
    item: UUID
    amount_cents: int
    claimed_cents: int
    """What was claimed there already, by whoever looked for the payer."""
    is_accepted: bool
    """The side of whoever paid is booked."""
    kind: str
    birth_date: date
    facts: Facts
    from_date: date
    until_date: date
    """Exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """What one fund bears of the costs of some days, in whole cents."""

    fund: str
    rule: str
    from_date: date
    until_date: date
    """Exclusive."""
    taakveld: str
    category: str
    cost_account: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What this municipality owes another for help that it bears, and whether it is paid."""

    settlement: UUID
    gemeente: str
    """Who paid first, and gets it back."""
    amount_cents: int
    booked_on: date
    payment: UUID | None
    paid_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What another municipality paid for a settlement, and by which entry it arrived here."""

    settlement: UUID
    to_gemeente: str
    entry: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """What another municipality accepted for a settlement and has not paid here yet."""

    settlement: UUID
    to_gemeente: str
    item: UUID
    amount_cents: int
