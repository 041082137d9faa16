"""When a family budget may be opened, topped up, closed and reopened, and for how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from domains.families.model import (
    BigFivePart,
    BudgetState,
    BudgetStep,
    FamilyBudget,
    FamilyType,
    StepKind,
)
from ledger.money import show
from ledger.refusals import Refusal

_MOST_NAMED: Final = 5


@dataclass(kw_only=True, unsafe_hash=True)
class FamilyBudgetExists(Refusal):
    """The family has a budget for this year already."""

    code: ClassVar[str] = "gezinsbudget-bestaat-al"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Dit gezin heeft al een gezinsbudget voor {self.year}. Gebruik dat budget."


@dataclass(kw_only=True, unsafe_hash=True)
class OutsideBand(Refusal):
    """The opening amount lies outside the band of the family type and no reason is given."""

    code: ClassVar[str] = "buiten-bandbreedte"
    amount_cents: int
    min_cents: int
    max_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{show(self.amount_cents)} ligt buiten de bandbreedte van {show(self.min_cents)} tot"
            f" {show(self.max_cents)}. Geef een reden, of kies een bedrag binnen de bandbreedte."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BudgetNotOpen(Refusal):
    """A family budget is not in use: only proposed, or closed."""

    code: ClassVar[str] = "gezinsbudget-niet-open"
    state: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Dit gezinsbudget is {self.state}. Laat een collega het voorstel goedkeuren, of"
            " heropen het budget."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BudgetNotClosed(Refusal):
    """A family budget that is not closed needs no reopening."""

    code: ClassVar[str] = "gezinsbudget-niet-gesloten"
    state: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Dit gezinsbudget is {self.state}, niet gesloten. Gebruik het zoals het is."


@dataclass(kw_only=True, unsafe_hash=True)
class NoProposal(Refusal):
    """Nothing of this family budget waits for a second pair of eyes, or no longer this."""

    code: ClassVar[str] = "geen-voorstel"
    number: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voorstel {self.number} van dit gezinsbudget wacht niet op akkoord. Bekijk het budget"
            " opnieuw."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class OwnProposal(Refusal):
    """Whoever proposed something approves it himself."""

    code: ClassVar[str] = "eigen-voorstel"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Niemand keurt zijn eigen voorstel goed. Vraag het een collega."


@dataclass(kw_only=True, unsafe_hash=True)
class ReservationsRun(Refusal):
    """Help that was granted is still to be delivered."""

    code: ClassVar[str] = "verplichtingen-lopen"
    amount_cents: int
    draws: str
    """The first of them, by their ids."""
    count: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Er loopt nog {show(self.amount_cents)} aan verplichtingen van dit gezin, bij"
            f" {self.count} {'trekking' if self.count == 1 else 'trekkingen'}: {self.draws}."
            " Sluit het budget als die geleverd of vrijgevallen zijn."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BigFiveOpen(Refusal):
    """The big five of a youngster are not arranged, and no reason is given."""

    code: ClassVar[str] = "grote-vijf-niet-geregeld"
    count: int
    missing: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voor {self.count} jongere(n) van 16 tot en met 23 jaar is niet alles geregeld:"
            f" {self.missing}. Leg de grote vijf vast, of geef een reden; dan beslist een collega"
            " mee."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that somebody should look at and that stops nothing."""

    code: str
    sentence: str
    """Dutch, one line."""


def opening_amount(family_type: FamilyType, *, amount_cents: int | None, reason: str) -> int:
    """Give the fixed amount: what was asked, or the norm of the family type.

    :raises OutsideBand: outside the band without a reason.
    """
    amount = family_type.norm_cents if amount_cents is None else amount_cents
    if not is_within_band(family_type, amount) and not reason.strip():
        raise OutsideBand(
            amount_cents=amount,
            min_cents=family_type.min_cents,
            max_cents=family_type.max_cents,
        )
    return amount


def day_of_band(year: int, *, on: date) -> date:
    """Give the day whose band counts for a budget of a year: this one, or the nearest in it."""
    return min(max(on, date(year, 1, 1)), date(year, 12, 31))


def check_new(known: Sequence[FamilyBudget], *, year: int) -> None:
    """Refuse a second budget for a year; what was only proposed may be asked for again.

    :raises FamilyBudgetExists: the family has one, open or closed.
    """
    if any(budget.state is not BudgetState.PROPOSED for budget in known):
        raise FamilyBudgetExists(year=year)


def is_within_band(family_type: FamilyType, amount_cents: int) -> bool:
    """Tell whether an amount needs no second pair of eyes; the bounds belong to the band."""
    return family_type.min_cents <= amount_cents <= family_type.max_cents


def check_open(budget: FamilyBudget) -> None:
    """Refuse a budget that is not in use.

    :raises BudgetNotOpen: it is proposed or closed.
    """
    if budget.state is not BudgetState.OPEN:
        raise BudgetNotOpen(state=budget.state)


def check_closed(budget: FamilyBudget) -> None:
    """Refuse to reopen what is not closed.

    :raises BudgetNotClosed: it is proposed or open.
    """
    if budget.state is not BudgetState.CLOSED:
        raise BudgetNotClosed(state=budget.state)


def proposal_to_approve(budget: FamilyBudget, *, number: int, approver: str) -> BudgetStep:
    """Give the proposal that somebody approves, by its number.

    :raises NoProposal: it does not wait (any more).
    :raises OwnProposal: he made it himself.
    """
    proposal = budget.proposal
    if proposal is None or proposal.number != number:
        raise NoProposal(number=number)
    if proposal.actor == approver:
        raise OwnProposal
    return proposal


def check_nothing_reserved(per_draw: Mapping[str, int]) -> None:
    """Refuse to close while help is still to be delivered.

    :raises ReservationsRun: something is reserved.
    """
    if per_draw:
        more = " en andere" if len(per_draw) > _MOST_NAMED else ""
        raise ReservationsRun(
            amount_cents=sum(per_draw.values()),
            draws=", ".join(list(per_draw)[:_MOST_NAMED]) + more,
            count=len(per_draw),
        )


def may_close_alone(not_arranged: Sequence[tuple[UUID, BigFivePart]], *, reason: str) -> bool:
    """Tell whether a budget closes at once; otherwise it takes a second pair of eyes.

    :raises BigFiveOpen: something is not arranged, and no reason is given.
    """
    if not_arranged and not reason.strip():
        raise BigFiveOpen(
            count=len({person for person, _ in not_arranged}),
            missing=", ".join(dict.fromkeys(part for _, part in not_arranged)),
        )
    return not not_arranged


def signals(budget: FamilyBudget, family_type: FamilyType) -> tuple[Signal, ...]:
    """Tell what stands out: more than the band, or less filled than was asked."""
    found = []
    if budget.amount_cents > family_type.max_cents:
        found.append(
            Signal(
                code="boven-bandbreedte",
                sentence=f"Samen {show(budget.amount_cents)}, meer dan de bandbreedte van"
                f" {show(family_type.max_cents)}.",
            )
        )
    short = sum(
        step.amount_cents - step.moved_cents
        for step in budget.steps
        if step.kind in {StepKind.OPENING, StepKind.TOP_UP}
    )
    if short:
        found.append(
            Signal(
                code="minder-gevuld",
                sentence=f"De wijk had {show(short)} minder dan gevraagd; hulp gaat door.",
            )
        )
    return tuple(found)
