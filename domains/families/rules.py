"""Who is in a family, where it lives, who leads its help, and what a youngster needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final, TypeAlias
from uuid import UUID

from domains.eligibility.rules import age_on
from domains.families.model import (
    BigFiveAnswer,
    BigFivePart,
    BigFiveState,
    Family,
    FamilyType,
    Member,
)
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


@dataclass(kw_only=True, unsafe_hash=True)
class FamilyTypeFixed(Refusal):
    """A family type has another band on these days already."""

    code: ClassVar[str] = "gezinstype-staat-vast"
    family_type: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Gezinstype '{self.family_type}' heeft vanaf {_day(self.day)} een andere naam of"
            " bandbreedte, en wat geldt verandert niet meer. Laat de nieuwe later ingaan ('van')."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DayInFuture(Refusal):
    """A change in a family is told before it happens."""

    code: ClassVar[str] = "dag-in-toekomst"
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{_day(self.day)} ligt na vandaag. Leg een verandering in een gezin vast op de dag"
            " zelf, of daarna."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAfter(Refusal):
    """A change starts on a day on which what it changes had not begun yet."""

    code: ClassVar[str] = "dag-niet-na-begin"
    day: date
    from_date: date
    person: UUID | None = None
    """Whose change it is, where it is that of one person."""

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{_day(self.day)} ligt niet na {_day(self.from_date)}, de dag waarop inging wat nu"
            f" verandert{f' voor persoon {self.person}' if self.person else ''}."
            " Kies een latere dag."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownPerson(Refusal):
    """No family ever had this person."""

    code: ClassVar[str] = "persoon-onbekend"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Persoon {self.person} is niet bekend. Geef van wie nieuw is de geboortedatum."


@dataclass(kw_only=True, unsafe_hash=True)
class PersonElsewhere(Refusal):
    """A person is in a family still; nobody is in two."""

    code: ClassVar[str] = "persoon-in-ander-gezin"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Persoon {self.person} hoort nog bij een gezin. Leg daar eerst vast wie weggaat, of"
            " splits dat gezin of voeg de gezinnen samen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotPresent(Refusal):
    """A person is not, or no longer, a member of the family."""

    code: ClassVar[str] = "geen-lid-van-gezin"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Persoon {self.person} hoort nu niet bij dit gezin. Kies een van de leden."


@dataclass(kw_only=True, unsafe_hash=True)
class NoYoungster(Refusal):
    """The big five are kept for youngsters only."""

    code: ClassVar[str] = "geen-jongere"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Persoon {self.person} is geen jongere van {_YOUNGEST} tot en met {_OLDEST} jaar;"
            " de grote vijf worden alleen voor hen bijgehouden."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ReasonMissing(Refusal):
    """One of the big five is said not to apply, without a reason."""

    code: ClassVar[str] = "reden-ontbreekt"
    part: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"'{self.part}' is niet van toepassing zonder reden. Geef er een reden bij."


Versions: TypeAlias = Sequence[tuple[date, FamilyType]]
"""A family type with the days from which its bands count, in order of time."""

_OLDEST_YEARS: Final = 125
_YOUNGEST: Final = 16
_OLDEST: Final = 23


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


def version_on(versions: Versions, day: date) -> FamilyType:
    """Give a family type as it is on a day; before its first day it was as it began."""
    begun = [version for from_date, version in versions if from_date <= day]
    return begun[-1] if begun else versions[0][1]


def is_new_version(versions: Versions, wanted: FamilyType, *, from_date: date) -> bool:
    """Tell whether a family type changes on a day.

    :raises FamilyTypeFixed: another version starts on that day or later.
    """
    if not versions:
        return True
    earlier = [version for day, version in versions if day <= from_date]
    if earlier and earlier[-1] == wanted:
        return False
    if from_date <= versions[-1][0]:
        raise FamilyTypeFixed(family_type=wanted.code, day=versions[-1][0])
    return True


def check_day(day: date, *, began: date | None, today: date, person: UUID | None = None) -> None:
    """Refuse a change (of a person) that did not happen yet, or before what it changes began.

    :raises DayInFuture: after today.
    :raises NotAfter: not after the day on which it began.
    """
    if day > today:
        raise DayInFuture(day=day)
    if began is not None and day <= began:
        raise NotAfter(day=day, from_date=began, person=person)


def check_move(family: Family, day: date) -> None:
    """Refuse a move that does not come after the last one; it may be told ahead.

    :raises NotAfter: not after the day from which the family lives where it was last said to.
    """
    if day <= family.residences[-1].from_date:
        raise NotAfter(day=day, from_date=family.residences[-1].from_date)


def present_member(family: Family, person: UUID) -> Member:
    """Give a member who has not left.

    :raises NotPresent: there is none.
    """
    for member in family.present:
        if member.person == person:
            return member
    raise NotPresent(person=person)


def last_stay(stays: Sequence[Member], person: UUID, *, from_date: date) -> Member:
    """Give the last stay of a person in any family, which ended before he joins another.

    :raises UnknownPerson: he never was in a family.
    :raises PersonElsewhere: he is in one still, or was on that day.
    """
    if not stays:
        raise UnknownPerson(person=person)
    last = max(stays, key=lambda stay: stay.from_date)
    if last.until_date is None or last.until_date > from_date:
        raise PersonElsewhere(person=person)
    return last


def is_youngster(member: Member, *, on: date) -> bool:
    """Tell whether somebody is at least 16 and not yet 24 years old."""
    return _YOUNGEST <= age_on(member.birth_date, on) <= _OLDEST


def check_big_five(
    family: Family, person: UUID, answers: Sequence[BigFiveAnswer], *, today: date
) -> None:
    """Refuse the big five of whoever is no youngster of the family, and a state without a reason.

    :raises NotPresent: he is not a member.
    :raises NoYoungster: not of 16 to 23 years.
    :raises ReasonMissing: not applicable, and nobody says why.
    """
    if not is_youngster(present_member(family, person), on=today):
        raise NoYoungster(person=person)
    for answer in answers:
        if answer.state is BigFiveState.NOT_APPLICABLE and not answer.reason.strip():
            raise ReasonMissing(part=answer.part)


def not_arranged(
    family: Family, answers: Mapping[UUID, Sequence[BigFiveAnswer]], *, today: date
) -> tuple[tuple[UUID, BigFivePart], ...]:
    """List per youngster which of the big five nobody recorded as arranged, or not applicable."""
    open_parts = []
    for member in family.present:
        if is_youngster(member, on=today):
            settled = {
                answer.part
                for answer in answers.get(member.person, ())
                if answer.state is not BigFiveState.NOT_ARRANGED
            }
            open_parts += [(member.person, part) for part in BigFivePart if part not in settled]
    return tuple(open_parts)


def _day(day: date) -> str:
    return day.strftime("%d-%m-%Y")
