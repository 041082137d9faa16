"""When a family budget may be opened, and for how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domains.families.model import FamilyType
from ledger.money import show
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownFamilyType(Refusal):
    """There is no such family type in this municipality."""

    code: ClassVar[str] = "gezinstype-onbekend"
    family_type: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Gezinstype '{self.family_type}' bestaat niet. Kies een van: {self.known}."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownFamily(Refusal):
    """There is no such family for this actor."""

    code: ClassVar[str] = "gezin-onbekend"
    family: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Gezin {self.family} is niet bekend. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownFamilyBudget(Refusal):
    """There is no such family budget for this actor."""

    code: ClassVar[str] = "gezinsbudget-onbekend"
    family_budget: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Gezinsbudget {self.family_budget} is niet bekend. Controleer het nummer."


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
class NoMembers(Refusal):
    """A family has no members."""

    code: ClassVar[str] = "gezin-zonder-leden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Een gezin heeft ten minste één lid. Geef van elk lid de geboortedatum."


@dataclass(kw_only=True, unsafe_hash=True)
class BornInFuture(Refusal):
    """A birth date lies after today or too long ago.

    It is told by the place of the member in the list: a birth date belongs in no log or answer.
    """

    code: ClassVar[str] = "geboortedatum-onmogelijk"
    person: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"De geboortedatum van lid {self.person} kan niet. Controleer het jaar."


_OLDEST_YEARS = 125


def check_members(birth_dates: Sequence[date], *, today: date) -> None:
    """Refuse an empty family and impossible birth dates.

    :raises NoMembers: nobody is in it.
    :raises BornInFuture: after today, or more than 125 years ago.
    """
    if not birth_dates:
        raise NoMembers
    for number, birth_date in enumerate(birth_dates, 1):
        if birth_date > today or today.year - birth_date.year > _OLDEST_YEARS:
            raise BornInFuture(person=number)


def opening_amount(family_type: FamilyType, *, amount_cents: int | None, reason: str) -> int:
    """Give the fixed amount: what was asked, or the norm of the family type.

    :raises OutsideBand: outside the band without a reason.
    """
    amount = family_type.norm_cents if amount_cents is None else amount_cents
    within = family_type.min_cents <= amount <= family_type.max_cents
    if not within and not reason.strip():
        raise OutsideBand(
            amount_cents=amount,
            min_cents=family_type.min_cents,
            max_cents=family_type.max_cents,
        )
    return amount
