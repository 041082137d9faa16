"""A family, its members and its budget; names and numbers of persons are not known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyType:
    """A kind of family with the band (bandbreedte) of its fixed amount, in whole cents."""

    code: str
    name: str
    min_cents: int
    norm_cents: int
    max_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a family from a day on, up to a day (exclusive; ``None``: still)."""

    person: UUID
    birth_date: date
    from_date: date
    until_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFamily:
    """A family to register, by the birth dates of its members."""

    wijk: str
    family_type: str
    team: str
    is_complex: bool
    birth_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Residence:
    """The district in which a family lives from a day on, until its next residence."""

    from_date: date
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadProfessional:
    """Who leads the help to a family (regisseur) from a day on, up to a day (``None``: still)."""

    professional: str
    team: str
    from_date: date
    until_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family by its pseudonym."""

    id: UUID
    residences: tuple[Residence, ...]
    """In order of time, at least one."""
    family_type: str
    registered_team: str
    """The team that knows the family as long as nobody leads its help."""
    is_complex: bool
    opened_on: date
    members: tuple[Member, ...]
    leads: tuple[LeadProfessional, ...]
    """In order of time; at any moment at most one."""

    @property
    def team(self) -> str:
        """Return the team that knows the family: that of its lead professional."""
        return self.leads[-1].team if self.leads else self.registered_team

    @property
    def lead(self) -> LeadProfessional | None:
        """Return who leads the help now."""
        return self.leads[-1] if self.leads and self.leads[-1].until_date is None else None

    @property
    def present(self) -> tuple[Member, ...]:
        """Return the members who have not left."""
        return tuple(member for member in self.members if member.until_date is None)

    def district_on(self, day: date) -> str:
        """Return where the family lives on a day; before its first residence it lived there too."""
        lived = [each.district for each in self.residences if each.from_date <= day]
        return lived[-1] if lived else self.residences[0].district


class BigFivePart(StrEnum):
    """What a youngster needs to stand alone (grote vijf); the value stands on the wire."""

    SUPPORT = "steun"
    HOME = "wonen"
    SCHOOL_AND_WORK = "school-en-werk"
    INCOME = "inkomen"
    WELLBEING = "welzijn"


class BigFiveState(StrEnum):
    """How far one of the big five is; the value stands on the wire."""

    ARRANGED = "geregeld"
    NOT_ARRANGED = "niet-geregeld"
    NOT_APPLICABLE = "niet-van-toepassing"


@dataclass(frozen=True, slots=True, kw_only=True)
class BigFiveAnswer:
    """The state of one of the big five for one youngster; not applicable carries a reason."""

    part: BigFivePart
    state: BigFiveState
    reason: str


class StepKind(StrEnum):
    """What became of a family budget; the value stands on the wire."""

    PROPOSAL = "voorstel"
    OPENING = "opening"
    TOP_UP = "aanvulling"
    RETURN = "teruggave"
    SPLIT = "splitsing"
    MERGE = "samenvoeging"
    CLOSING_PROPOSAL = "sluitingsvoorstel"
    CLOSING = "sluiting"
    REOPENING = "heropening"


class BudgetState(StrEnum):
    """Whether a family budget is in use; the value stands on the wire."""

    PROPOSED = "voorgesteld"
    OPEN = "open"
    CLOSED = "gesloten"


_STATE_AFTER: Final[Mapping[StepKind, BudgetState]] = MappingProxyType(
    {
        StepKind.PROPOSAL: BudgetState.PROPOSED,
        StepKind.OPENING: BudgetState.OPEN,
        StepKind.MERGE: BudgetState.OPEN,
        StepKind.SPLIT: BudgetState.OPEN,
        StepKind.CLOSING: BudgetState.CLOSED,
        StepKind.REOPENING: BudgetState.OPEN,
    }
)
_ASKS: Final = frozenset({StepKind.OPENING, StepKind.TOP_UP, StepKind.SPLIT, StepKind.MERGE})
_PROPOSALS: Final = frozenset({StepKind.PROPOSAL, StepKind.CLOSING_PROPOSAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStep:
    """One thing that became of a family budget."""

    id: UUID
    number: int
    kind: StepKind
    amount_cents: int
    """What was asked or, below zero, given away."""
    moved_cents: int
    """What its entry brought to the family; less than asked where the district had less."""
    reason: str
    recorded_at: datetime
    actor: str
    entry: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyBudget:
    """The budget of a family in a year: what was asked for it, and what is left."""

    id: UUID
    family: Family
    year: int
    steps: tuple[BudgetStep, ...]
    """In order, at least one."""
    rooms: tuple[tuple[str, int], ...]
    """What is left per fund, in whole cents, by fund code."""

    @property
    def room_cents(self) -> int:
        """Return the one amount that the wijkteam sees."""
        return sum(cents for _, cents in self.rooms)

    @property
    def amount_cents(self) -> int:
        """Return the fixed amount with all top-ups, and with what a split or merge changed."""
        return sum(step.amount_cents for step in self.steps if step.kind in _ASKS)

    @property
    def reason(self) -> str:
        """Return the reason that was given with the first step."""
        return self.steps[0].reason

    @property
    def state(self) -> BudgetState:
        """Return whether the budget is in use."""
        return [_STATE_AFTER[step.kind] for step in self.steps if step.kind in _STATE_AFTER][-1]

    @property
    def proposal(self) -> BudgetStep | None:
        """Return what waits for a second pair of eyes."""
        return self.steps[-1] if self.steps[-1].kind in _PROPOSALS else None
