"""What the book of domain benefits keeps: lines by state, forecasts, and signatures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from domains.benefits.blocks import Block
from domains.benefits.diagnostics import Grade
from domains.benefits.forecast import Deduction


class State(StrEnum):
    """How far a benefit is; only what is signed and realised is told to aldermen as a figure."""

    EXPECTED = "verwacht"
    MEASURED = "gemeten"
    SIGNED = "bekrachtigd"
    REALISED = "verzilverd"


class Side(StrEnum):
    """For whom somebody signs."""

    RECEIVER = "ontvanger"
    CONTRIBUTOR = "betaler"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStudy:
    """A study as it was kept; its estimates and blocks stand apart."""

    id: UUID
    plan_id: UUID
    number: int
    chain_number: int
    data_hash: bytes
    method: str
    newest: int
    """The number of the newest study of the same plan."""
    withdrawn: bool
    """Whether the plan was withdrawn."""
    is_booked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEstimate:
    """What a signature, a settlement or a booking needs of an estimate."""

    id: UUID
    study_id: UUID | None
    number: int
    exposure: tuple[str, ...]
    domain: str
    grade: Grade
    counterfactual_cents: int
    saving_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBlock:
    """A block with its id and that of its estimate."""

    id: UUID
    estimate_id: UUID
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a line is about; at one moment it stands once in each state."""

    cohort: str
    exposure: tuple[str, ...]
    receiver: str
    period: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A block as it stands in a state, by an entry."""

    id: UUID
    block_id: UUID
    estimate_id: UUID
    state: State
    key: Key
    entry_id: UUID
    settlement_id: UUID | None = None
    taken_by: UUID | None = None
    """The entry by which what is realised left what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastOrder:
    """What is expected of an intervention, before it is measured.

    The benefit of the first year is quantity times price times effect, less the deductions; each
    later year loses ``drop_off`` of the year before.
    """

    intervention: str
    receiver: str
    cohort: str
    from_quarter: date
    quarters: int
    """From 1 to 12; a year is spread evenly over its quarters in here."""
    quantity: Fraction
    price_cents: int
    effect: Fraction
    deductions: tuple[Deduction, ...]
    drop_off: Fraction
    paid: Mapping[str, int]
    """Cents per paying domain: the key by which the expectation is divided."""
    grade: Grade
    """D for an effect measured elsewhere, E for a price list or an expert."""
    source: str
    """Where price and effect come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Somebody signs for a side of an estimate; a controller for no domain."""

    estimate_id: UUID
    side: Side
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that stands."""

    estimate_id: UUID
    side: Side
    domain: str
    actor: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the budget of a domain from a day on, by a decision."""

    domain: str
    subject: str
    from_date: date
    decision: str
