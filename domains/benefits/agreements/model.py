"""An agreement between two domains, what of a saving is cashable, and a settlement."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from domains.benefits.bookings.model import Key
from domains.benefits.settlement import Agreement


class CashableClass(StrEnum):
    """Whether a domain can really spend less when less help is used."""

    CAPACITY = "C0"
    """Not: a lump sum; capacity comes free and is never settled."""
    STEPS = "C1"
    """In whole steps, such as a contract or a member of staff."""
    DIRECT = "C2"
    """At once, because the price is per piece of help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPlace:
    """Where in the budget lasten or baten of a settlement stand."""

    source: str
    programme: str
    taakveld: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementOrder:
    """What somebody wants to have recorded as an agreement."""

    receiver: str
    contributor: str
    from_date: date
    until_date: date
    """Exclusive."""
    terms: Agreement
    expenses: BudgetPlace
    """Where the receiver's lasten stand; the contributor's own for an outside receiver."""
    revenues: BudgetPlace
    """Where the contributor's baten stand."""
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAgreement:
    """The version of an agreement that counts."""

    id: UUID
    number: int
    order: AgreementOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Cashable:
    """What part of a saving a domain can really spend less, from a day on."""

    domain: str
    kind: CashableClass
    part: Fraction
    """The cashable part of its costs, from 0 to 1."""
    step_cents: int
    """The least that can be spent less in one go; for steps only."""
    from_date: date
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementOrder:
    """Which agreement is to be settled: that of two domains on a day, over the year around it."""

    receiver: str
    contributor: str
    on: date
    quality_holds: bool
    """No waiting time or crisis placement rose: less care is no saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingShare:
    """What a contributor has in a signed line, with what the line rests on; whole cents."""

    key: Key
    block_id: UUID
    estimate_id: UUID
    study_id: UUID
    estimate_number: int
    """The place of the estimate in the covariance of its study."""
    estimate_cents: int
    """The costs without help of the whole estimate."""
    counterfactual_cents: int
    saving_cents: int
    signed_cents: int
    """What of the contributor's share is signed and not realised."""
    realised_cents: int
    paid_cents: int
    """What the contributor paid for the help up to the end of the quarter."""
    families: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSettlement:
    """A settlement as it was drafted."""

    id: UUID
    agreement_id: UUID
    year: int
    number: int
    newest: int
    """The number of the newest settlement of the same agreement and year."""
    receiver: str
    contributor: str
    amount_cents: int
    change_id: UUID | None
    is_realised: bool
    parts: tuple[tuple[Key, int], ...]
