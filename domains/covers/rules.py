"""Who may let a colleague stand in, and for how long."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final
from uuid import UUID

from domains.covers.model import NewCover
from domains.instruction import Actor
from ledger.refusals import Refusal

LONGEST: Final = timedelta(days=42)
"""Our own choice: long enough for a holiday, short enough to be looked at again."""


@dataclass(kw_only=True, unsafe_hash=True)
class CoverNotYours(Refusal):
    """Somebody gives cover who neither leads that team nor those families, or gives it himself."""

    code: ClassVar[str] = "vervanging-niet-van-u"
    team: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Een vervanging in team '{self.team}' geeft de teamleider of de regisseur zelf, en"
            " nooit aan zichzelf. Vraag het een van hen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class CoverForSelf(Refusal):
    """The substitute is the professional himself."""

    code: ClassVar[str] = "vervanging-van-uzelf"
    substitute: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"{self.substitute} kan zichzelf niet vervangen. Kies een ander."


@dataclass(kw_only=True, unsafe_hash=True)
class CoverDaysImpossible(Refusal):
    """A cover that is over already, has no day, or lasts longer than six weeks."""

    code: ClassVar[str] = "vervanging-dagen"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Een vervanging vanaf {self.from_date:%d-%m-%Y} moet daarna eindigen, nog niet voorbij"
            f" zijn en duurt hoogstens {LONGEST.days} dagen. Kies andere dagen; verlengen kan met"
            " een nieuwe vervanging."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NobodyLed(Refusal):
    """The professional leads the help to no family of that team."""

    code: ClassVar[str] = "regisseur-onbekend"
    professional: str
    team: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.professional} heeft in team '{self.team}' geen regie over een gezin. Controleer"
            " de naam, zoals hij bij het gezin staat."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownCover(Refusal):
    """There is no such cover, or it is over."""

    code: ClassVar[str] = "vervanging-onbekend"
    cover: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Vervanging {self.cover} bestaat niet of is voorbij. Zie /v1/vervangingen."


def check_cover(asked: NewCover, *, actor: Actor, today: date) -> None:
    """Refuse a cover that may not be given.

    :raises CoverNotYours: the actor leads neither the team nor the families, or takes it himself.
    :raises CoverForSelf: nobody stands in for himself.
    :raises CoverDaysImpossible: not after its first day, over already, or too long.
    """
    check_may_give(actor, professional=asked.professional, team=asked.team)
    if asked.substitute == asked.professional:
        raise CoverForSelf(substitute=asked.substitute)
    if asked.substitute == actor.subject:
        raise CoverNotYours(team=asked.team)
    days = asked.until_date - asked.from_date
    if not timedelta(0) < days <= LONGEST or asked.until_date <= today:
        raise CoverDaysImpossible(from_date=asked.from_date, until_date=asked.until_date)


def check_may_give(actor: Actor, *, professional: str, team: str) -> None:
    """Refuse whoever may neither give nor end cover for a professional of a team.

    :raises CoverNotYours: he leads neither the team nor those families.
    """
    leads_team = "teamleider" in actor.roles and team in actor.teams
    leads_families = "wijkteam" in actor.roles and actor.subject == professional
    if not (leads_team or (leads_families and team in actor.teams)):
        raise CoverNotYours(team=team)
