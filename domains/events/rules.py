"""Which events may be registered, how far the look-ahead reaches, and who pays after an event."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from domains.days import day_text
from domains.draws.refusals import NotAMember
from domains.eligibility.model import Rule
from domains.eligibility.rules import check_facts
from domains.events.model import EventKind, KnownEvent, Registered
from domains.families.model import Family
from domains.families.rules import NotAfter
from ledger.refusals import Refusal

LOOK_AHEAD: Final = (3, 6, 12)
"""How many months ahead the list of coming events is summed up."""

_MONTHS: Final = 12


@dataclass(kw_only=True, unsafe_hash=True)
class MoveToOwnGemeente(Refusal):
    """A family would move to the municipality where it lives."""

    code: ClassVar[str] = "vertrek-naar-eigen-gemeente"
    gemeente: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.gemeente} is uw eigen gemeente. Leg een verhuizing naar een andere wijk vast"
            " bij het gezin; noem hier de gemeente waar het gezin gaat wonen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class EventKnown(Refusal):
    """The same event was registered before and still stands."""

    code: ClassVar[str] = "gebeurtenis-dubbel"
    event: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Deze gebeurtenis is al vastgelegd ({self.event}). Trek die eerst in als de dag of de"
            " inhoud niet klopt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownEvent(Refusal):
    """There is no such registered event for this actor."""

    code: ClassVar[str] = "gebeurtenis-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze gebeurtenis is niet vastgelegd in uw gemeente. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class EventWithdrawn(Refusal):
    """The event was withdrawn before."""

    code: ClassVar[str] = "gebeurtenis-al-ingetrokken"
    event: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Gebeurtenis {self.event} is al ingetrokken. Leg haar opnieuw vast als zij toch"
            " doorgaat."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class EventExecuted(Refusal):
    """The event was executed, so withdrawing it would change nothing."""

    code: ClassVar[str] = "gebeurtenis-al-uitgevoerd"
    event: UUID
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Gebeurtenis {self.event} van {day_text(self.day)} is al"
            " uitgevoerd. Leg een nieuwe gebeurtenis vast met wat er nu geldt; dan wordt de hulp"
            " opnieuw gedekt."
        )


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day where that month is shorter.

    >>> months_later(date(2027, 11, 30), 3)
    datetime.date(2028, 2, 29)
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def check_known_event(
    event: KnownEvent,
    *,
    gemeente: str,
    family: Family,
    rules: Iterable[Rule],
    registered: Iterable[Registered],
) -> None:
    """Refuse to register an event that cannot happen or that is known already.

    ``registered`` is what was registered for this family before.

    :raises domains.draws.refusals.NotAMember: the person is not in the family on that day.
    :raises domains.families.rules.NotAfter: the family was not there yet on that day.
    :raises MoveToOwnGemeente: a move to where the family lives.
    :raises domains.eligibility.rules.UnknownFact: no rule asks for the condition.
    :raises EventKnown: the same event stands already.
    """
    _check_member(event, family)
    if event.kind is EventKind.MOVE and event.to_gemeente == gemeente:
        raise MoveToOwnGemeente(gemeente=gemeente)
    if event.kind is EventKind.INDICATION_END:
        check_facts([event.fact], rules)
    for known in registered:
        if known.withdrawn_at is None and _is_same(known.event, event):
            raise EventKnown(event=known.id)


def check_withdrawal(registered: Sequence[Registered]) -> None:
    """Refuse to withdraw what is not there, was withdrawn, or was executed.

    ``registered`` holds the event, or nothing.

    :raises UnknownEvent: it was never registered.
    :raises EventWithdrawn: it was withdrawn before.
    :raises EventExecuted: help was covered anew because of it.
    """
    if not registered:
        raise UnknownEvent
    (known,) = registered
    if known.withdrawn_at is not None:
        raise EventWithdrawn(event=known.id)
    if known.executed_at is not None:
        raise EventExecuted(event=known.id, day=known.event.day)


def _check_member(event: KnownEvent, family: Family) -> None:
    if event.person is None:
        if event.day <= family.opened_on:
            raise NotAfter(day=event.day, from_date=family.opened_on)
        return
    for member in family.members:
        if (
            member.person == event.person
            and member.from_date <= event.day
            and (member.until_date is None or event.day <= member.until_date)
        ):
            return
    raise NotAMember(person=event.person, day=event.day)


def _is_same(known: KnownEvent, event: KnownEvent) -> bool:
    """Return whether both say the same of the same people on the same day."""
    return (known.kind, known.person, known.day, known.fact) == (
        event.kind,
        event.person,
        event.day,
        event.fact,
    )
