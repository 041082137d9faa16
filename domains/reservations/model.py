"""What a provider delivered of a reservation, and what that takes from its parts."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domains.draws.model import StandingPart
from domains.providers.model import AskedLine


class DeliveryOutcome(StrEnum):
    """What became of a delivery; the value stands on the wire."""

    DELIVERED = "geleverd"
    REFUSED = "geweigerd"
    AWAITS_RAISE = "wacht-op-verhoging"
    """More than is left: it is booked when the reservation was raised and it is taken up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What a provider says that it delivered: an amount, or a volume of a line."""

    draw: UUID
    line: int = 0
    """The line of price and volume; 0: the reservation has none."""
    person: UUID | None = None
    """Who was helped; ``None``: everybody whom the reservation is for."""
    from_date: date
    until_date: date
    """Exclusive."""
    volume_e4: int | None = None
    amount_cents: int | None = None
    document: str = ""
    resumes: UUID | None = None
    """The delivery that waited for a raise and is taken up again."""
    is_another: bool = False
    """Somebody says that it is not the one that was told before, however equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as it was recorded."""

    id: UUID
    asked: NewDelivery
    amount_cents: int
    """What it comes to; zero where it could not be told."""
    outcome: DeliveryOutcome
    refusal: str
    """The code of the refusal, or empty."""
    sentence: str
    """Dutch, one line."""
    entries: tuple[UUID, ...]
    is_reversed: bool
    """Its entries were reversed: it counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A draw that reserves, and what became of what it was granted, in whole cents."""

    draw: UUID
    family_budget: UUID
    kind: str
    provider: str
    outcome: str
    from_date: date
    until_date: date
    """The help stands up to this day."""
    granted_cents: int
    reserved_cents: int
    """Still to be delivered."""
    delivered_cents: int
    """Also what another turned out to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was delivered of a line by volume; what was delivered as an amount has no tariff."""

    cents: int = 0
    volume_e4: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What some delivered days (until exclusive) take from what a part reserves."""

    part: StandingPart
    from_date: date
    until_date: date
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What delivered days (until exclusive) of one person need above what they reserved."""

    person: UUID
    from_date: date
    until_date: date
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPlan:
    """From which parts a delivery is paid, and what other days give up for it."""

    takes: tuple[Take, ...]
    released: tuple[tuple[StandingPart, int], ...]
    """What parts of other days give back, in whole cents."""
    lacks: tuple[Lack, ...]
    """What is covered anew with it; together as much as is given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """What is asked on top of a reservation, for the same persons by the same provider."""

    draw: UUID
    from_date: date
    until_date: date
    """Exclusive; the help goes on up to this day if it would end before."""
    amount_cents: int
    """What lines come to, where there are any; then zero will do."""
    asked_lines: tuple[AskedLine, ...] = ()
    reason: str
    document: str = ""
