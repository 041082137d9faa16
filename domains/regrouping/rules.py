"""Who may go where when families split or merge, and how much money goes along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from domains.families.model import Family, LeadProfessional, Member
from domains.families.rules import check_day, present_member
from domains.pooling.model import FundAmount
from domains.pooling.rules import check_amount, check_room
from domains.regrouping.model import Household
from ledger.money import split
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class NobodyStays(Refusal):
    """All members would leave a family at once."""

    code: ClassVar[str] = "splitsing-zonder-blijvers"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Na deze splitsing blijft niemand in het gezin achter. Laat iemand blijven, of leg een"
            " verhuizing vast."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SameFamily(Refusal):
    """A family is merged with itself."""

    code: ClassVar[str] = "zelfde-gezin"
    family: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Gezin {self.family} is al één gezin. Kies een ander gezin om mee samen te voegen."


def members_who_split(
    family: Family, persons: Sequence[UUID], *, day: date, today: date
) -> tuple[Member, ...]:
    """Give the members who go to a new family from a day on.

    :raises domains.families.rules.NotPresent: somebody is not a member.
    :raises domains.families.rules.DayInFuture: before it happens.
    :raises domains.families.rules.NotAfter: not after the day on which somebody joined.
    :raises NobodyStays: nobody is left.
    """
    moving = tuple(present_member(family, person) for person in dict.fromkeys(persons))
    check_members_move(moving, day=day, today=today)
    if len(moving) == len(family.present):
        raise NobodyStays
    return moving


def check_members_move(members: Sequence[Member], *, day: date, today: date) -> None:
    """Refuse a day on which somebody cannot change families.

    :raises domains.families.rules.DayInFuture: before it happens.
    :raises domains.families.rules.NotAfter: not after the day on which somebody joined.
    """
    check_day(day, began=None, today=today)
    for member in members:
        check_day(day, began=member.from_date, today=today, person=member.person)


def check_other(family: UUID, other: UUID) -> None:
    """Refuse to merge a family with itself.

    :raises SameFamily: both are one.
    """
    if family == other:
        raise SameFamily(family=family)


def shares_by_heads(rooms: Mapping[str, int], *, moving: int, staying: int) -> dict[str, int]:
    """Give per fund what goes along when each member takes an equal share; the rest stays."""
    return {fund: split(cents, [moving, staying])[0] for fund, cents in rooms.items() if cents}


def shares_by_hand(rooms: Mapping[str, int], amounts: Sequence[FundAmount]) -> dict[str, int]:
    """Give per fund what goes along when somebody named the amounts.

    :raises domains.pooling.rules.NotPositive: an amount is not above zero.
    :raises domains.pooling.rules.NotEnoughRoom: the family has less of a fund.
    """
    shares: dict[str, int] = {}
    for amount in amounts:
        check_amount(amount.amount_cents)
        shares[amount.fund] = shares.get(amount.fund, 0) + amount.amount_cents
        check_room(
            fund=amount.fund,
            place="het gezinsbudget",
            room_cents=rooms.get(amount.fund, 0),
            amount_cents=shares[amount.fund],
        )
    return shares


def lead_after_split(family: Family, household: Household, *, day: date) -> LeadProfessional | None:
    """Give who leads the help to the new family: whoever is named, else whoever led the old one.

    Another team without a name has nobody yet.
    """
    if household.professional is not None:
        return LeadProfessional(
            professional=household.professional,
            team=household.team or family.team,
            from_date=day,
            until_date=None,
        )
    if household.team is not None or family.lead is None:
        return None
    return LeadProfessional(
        professional=family.lead.professional,
        team=family.lead.team,
        from_date=day,
        until_date=None,
    )
