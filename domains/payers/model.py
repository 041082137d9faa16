"""An advance that waits for its final payer, what stands in each state of it, and what changes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domains.draws.model import Part, PartStanding, StandingPart
from domains.eligibility.model import Facts


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

    advance: StandingPart
    """The part that it is; its id is that of the item."""
    family: UUID
    kind: str
    """The kind of help."""
    owner: str
    deadline: date
    opened_at: datetime
    standings: tuple[Standing, ...]

    @property
    def part(self) -> Part:
        """Return who advanced, for which days, and who was expected to pay."""
        return self.advance.part

    @property
    def unsettled_cents(self) -> int:
        """Return what still needs somebody who pays."""
        return sum(each.amount_cents for each in self.standings if each.state in UNSETTLED)

    def stands(self, state: PayerState, payer: str = "") -> int:
        """Return what stands in a state, in whole cents; for a payer where the state has one."""
        return sum(
            each.amount_cents
            for each in self.standings
            if each.state is state and each.payer == payer
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An amount of an item that goes from one state to another, for a payer."""

    from_state: PayerState
    to_state: PayerState
    payer: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What a payer says it will pay."""

    payer: str
    amount_cents: int | None = None
    """``None``: all that was claimed for the days."""
    from_date: date | None = None
    until_date: date | None = None
    """The days that it accepts (until exclusive); ``None``: those of the item."""
    facts: Facts = ()
    """What is known by now, besides what the draw said."""
    debtor: str = ""
    """Who pays in the place of an outside payer, such as the provider by a credit note."""
    document: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff:
    """A claim that is given up, and by which decision."""

    state: PayerState
    """Whether it was only claimed, disputed, or accepted and never paid."""
    payer: str
    amount_cents: int | None = None
    """``None``: all that stands there."""
    decision: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Days of an item that a source of ours takes over, and by which rule it may."""

    from_date: date
    until_date: date
    """Exclusive."""
    source: str
    rule: str
    standing: PartStanding
    spent_cents: int
    reserved_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one fund takes over of a portion, from one place, in whole cents."""

    part: Part
    spent_cents: int
    reserved_cents: int
