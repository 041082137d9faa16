"""An advance that waits for its final payer, what stands in each state of it, and what changes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domains.draws.model import Place
from domains.eligibility.model import SourceVerdict

UNKNOWN: Final = "onbekend"
"""Stands where nobody knows yet who has to pay."""


class PayerState(StrEnum):
    """What became of an amount of an advance; the value stands on the wire."""

    OPEN = "open"
    """Nobody was asked yet."""
    CLAIMED = "geclaimd"
    """A payer was asked."""
    ACCEPTED = "aanvaard"
    """The payer will pay; the costs are off the fund that advanced."""
    DISPUTED = "betwist"
    """The payer said no; another may be asked."""
    SETTLED = "verrekend"
    """The payer has paid, or took the help over before it was delivered."""
    WRITTEN_OFF = "afgeboekt"
    """A claim was given up, by a decision."""
    STAYS = "blijft"
    """It stays with the fund that advanced, for good."""
    LAPSED = "vervallen"
    """The help was released, stopped or reversed: there is nothing left to pay."""


UNSETTLED: Final = (PayerState.OPEN, PayerState.CLAIMED, PayerState.DISPUTED)
"""The states in which somebody still has to be found who pays; an item without them is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in a state; ``payer`` is empty where the state is open."""

    state: PayerState
    payer: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerItem:
    """An advance (openstaande betaler): one fund paid these days for one person."""

    part: UUID
    draw: UUID
    decision_number: int
    """The latest decision on the draw."""
    kind: str
    person: UUID
    line: int
    from_date: date
    until_date: date
    """Exclusive."""
    fund: str
    place: Place
    wijk: str
    gezin: UUID
    rule: str
    taakveld: str
    category: str
    cost_account: str
    expected_payer: str
    """A source, a gemeente, or :data:`UNKNOWN`."""
    reserved_cents: int
    spent_cents: int
    owner: str
    deadline: date
    opened_at: datetime
    standings: tuple[Standing, ...]

    def stands(self, state: PayerState, payer: str = "") -> int:
        """Return what stands in a state, in whole cents; for a payer where the state has one."""
        return sum(
            each.amount_cents
            for each in self.standings
            if each.state is state and each.payer == payer
        )

    @property
    def unsettled_cents(self) -> int:
        """Return what still needs somebody who pays."""
        return sum(each.amount_cents for each in self.standings if each.state in UNSETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An amount of an item that goes from one state to another, for a payer."""

    from_state: PayerState
    to_state: PayerState
    payer: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Days of an item that one fund of ours takes over, and by which rule it may."""

    from_date: date
    until_date: date
    """Exclusive."""
    verdict: SourceVerdict
    spent_cents: int
    reserved_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one fund pays of a portion, from one place."""

    portion: Portion
    fund: str
    place: Place
    rule: str
    spent_cents: int
    reserved_cents: int
