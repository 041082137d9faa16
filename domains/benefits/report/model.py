"""What the report of domain benefits is about, what it is made of, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domains.benefits.bookings.model import State
from domains.benefits.panel import Floats, Integers
from domains.benefits.studies import DistrictRate
from domains.benefits.suppression import Place

STATES: Final = tuple(State)
KNOWN: Final = (State.MEASURED, State.SIGNED, State.REALISED)
"""What was measured, signed or not; a forecast is never among it."""
HEADLINE: Final = (State.SIGNED, State.REALISED)
"""What an alderman may call a benefit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which benefits a report sums: of whom, over which quarters, and as seen from when."""

    wijk: str | None
    """Families that lived in this district on the first day of each quarter; all when ``None``."""
    from_date: date | None
    """The first day of the first quarter; from the beginning when ``None``."""
    until_date: date | None
    """The first day that no longer counts; as far as there is when ``None``."""
    on: date
    """The last booking date that counts."""
    known_up_to: int
    """The last link of the chain that counts."""

    def holds(self, quarter: date) -> bool:
        """Return whether a quarter, by its first day, is in the period."""
        began = self.from_date is None or quarter >= self.from_date
        return began and (self.until_date is None or quarter < self.until_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What the book says in one link that a domain contributed to a block, in whole cents."""

    block: UUID
    state: State
    contributor: str
    link: int
    booking_date: date
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of an estimate that is booked in one go, with the families that it is allotted to."""

    id: UUID
    estimate: UUID
    receiver: str
    period: date
    families: tuple[UUID, ...]
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """An estimate as far as a report tells of it."""

    id: UUID
    study: UUID | None
    number: int
    """Its place in its study, from 1."""
    exposure: tuple[str, ...]
    domain: str
    saving_cents: int | None
    error_cents: int | None
    grade: str
    doubts: tuple[str, ...]
    tipping_point: float | None
    """The change a year by which the costs would have got there by themselves."""
    refusal_text: str
    is_current: bool
    """It is of the newest study of a plan that stands, at the moment of the report."""
    districts: tuple[DistrictRate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pile:
    """All that was ever booked, per family: the arrays are parallel."""

    cells: tuple[Place, ...]
    families: tuple[UUID, ...]
    blocks: tuple[Block, ...]
    cell: Integers
    family: Integers
    """A place in ``families``; -1 for what is of no family in particular, such as a forecast."""
    block: Integers
    state: Integers
    """A place in ``STATES``."""
    period: Integers
    """Days since year 1, as of the booking date."""
    booking_date: Integers
    link: Integers
    cents: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Residences:
    """Where each family lived from which day, and since when we know it; in order of time."""

    of: Mapping[UUID, tuple[tuple[date, datetime, str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A report that was shown: its scope, when that was the present, and what stayed hidden."""

    scope: Scope
    moment: datetime
    """When the last link that counts was made."""
    hidden: Mapping[State, frozenset[Place]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An amount per state that may be seen, with the interval of what was measured."""

    cents: Mapping[State, int]
    low_cents: int
    high_cents: int
    """Between which the measured amount lies, with 95%; the division over payers taken as it is."""

    @property
    def known_cents(self) -> int:
        """Return what was measured, signed or not."""
        return sum(self.cents.get(state, 0) for state in KNOWN)

    @property
    def headline_cents(self) -> int:
        """Return what was signed, realised or not."""
        return sum(self.cents.get(state, 0) for state in HEADLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one domain created for another, or for itself."""

    figure: Figure
    grade: str
    """The worst one of its estimates."""
    families: int
    tipping_point: str
    """In words: what change by itself would leave nothing."""
    is_demonstrable: bool
    """All its estimates stand out from chance, in view of how many were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFigures:
    """What a domain spent, created and received; ``None`` where that would tell of few."""

    domain: str
    spent_cents: int | None
    """Its costs in the period, in the money books; of a district what families there got."""
    observed_cents: int | None
    """What the care administration knows beside that."""
    created_elsewhere_cents: int | None
    elsewhere_low_cents: int | None
    elsewhere_high_cents: int | None
    """Between which the latter lies, with 95%; the division over payers taken as it is."""
    received_cents: int | None
    own_cents: int | None
    """What it created for itself."""

    @property
    def net_cents(self) -> int | None:
        """Return what it created for others minus what it received; over all domains nothing."""
        if self.created_elsewhere_cents is None or self.received_cents is None:
            return None
        return self.created_elsewhere_cents - self.received_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAttributed:
    """What was measured but is in no cell, or what could not be measured, and why."""

    estimate: UUID
    domain: str
    exposure: tuple[str, ...]
    cents: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictFigure:
    """Costs with help as a part of those without, in a district, drawn to what districts share.

    It is a rate and no amount: such rates do not sum to what was measured for the whole.
    """

    wijk: str
    domain: str
    exposure: tuple[str, ...]
    families: int
    ratio: float
    ratio_low: float
    ratio_high: float
    is_demonstrable: bool
    """More than chance, in view of all districts, domains and interventions together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of a scope."""

    scope: Scope
    cells: Mapping[Place, Cell]
    totals: Mapping[Place, Figure]
    hidden: tuple[Place, ...]
    """Cells and totals that would tell of few families, and those that guard them."""
    expected: Mapping[Place, int]
    """The forecast, apart; cells and totals."""
    expected_hidden: tuple[Place, ...]
    domains: tuple[DomainFigures, ...]
    not_attributed: tuple[NotAttributed, ...]
    districts: tuple[DistrictFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """The estimates behind a pile, with how the savings of each study move together."""

    estimates: Mapping[UUID, Estimated]
    covariances: Mapping[UUID, Floats]
    """Per study, by the numbers of its estimates; in cents squared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateReport:
    """An estimate with all that tells how sure it is; amounts are whole cents."""

    id: UUID
    exposure: tuple[str, ...]
    domain: str
    treated: int
    compared: int
    family_months: int
    actual_cents: int | None
    counterfactual_cents: int | None
    saving_cents: int | None
    """``None`` where no number could be given; ``refusal`` then says why."""
    error_cents: int | None
    low_cents: int | None
    high_cents: int | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    grade: str
    doubts: tuple[str, ...]
    diagnostics: Mapping[str, Any]
    refusal: str
    refusal_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyReport:
    """A study with its estimates."""

    id: UUID
    plan_id: UUID
    number: int
    chain_number: int
    data_hash: bytes
    method: str
    families: int
    months: int
    first_month: date
    left_out: Mapping[str, int]
    made_at: datetime
    actor: str
    supersedes: UUID | None
    estimates: tuple[EstimateReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """A line of the book: what a receiver got in a quarter, and from whom."""

    id: UUID
    estimate: UUID
    state: State
    cohort: str
    exposure: tuple[str, ...]
    receiver: str
    period: date
    entry: UUID
    ended_by: UUID | None
    contributions: tuple[tuple[str, int], ...]

    @property
    def amount_cents(self) -> int:
        """Return what the receiver got."""
        return sum(cents for _, cents in self.contributions)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEntry:
    """What an entry brought to a cell of the report, in whole cents."""

    entry: UUID
    block: UUID
    link: int
    booking_date: date
    state: State
    estimate: UUID
    period: date
    cents: int
