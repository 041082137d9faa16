"""Days on which somebody else may have to pay: birthdays, moves, indications that end, rules."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

AGES: Final = (18, 21, 23)
"""The birthdays on which the law hands help over to another payer, in whole years."""


class EventKind(StrEnum):
    """What happens; the value stands on the wire."""

    BIRTHDAY = "verjaardag"
    MOVE = "vertrek"
    """A family, or one person of it, goes to live in another municipality."""
    INDICATION_END = "einde-indicatie"
    """A condition that rules ask for gets another value from a day on."""
    RULE = "rechtsregel"
    """A version of a rule starts or ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens on a day; only the fields of its kind are filled in."""

    kind: EventKind
    name: str
    """Names this event of its kind for ever, so that it is executed once."""
    day: date
    family: UUID | None = None
    """The family that it happens in; none for a rule."""
    person: UUID | None = None
    """The person that it happens to; none for a whole family, and for a rule."""
    age: int | None = None
    to_gemeente: str = ""
    fact: str = ""
    fact_value: bool | None = None
    """What the condition is from this day on; ``None``: unknown."""
    rule: str = ""
    reason: str = ""

    @property
    def told(self) -> str:
        """Return in a few Dutch words what happens."""
        match self.kind:
            case EventKind.BIRTHDAY:
                return f"{self.age} jaar"
            case EventKind.MOVE:
                return f"vertrek naar {self.to_gemeente}"
            case EventKind.INDICATION_END:
                value = {True: "waar", False: "onwaar", None: "onbekend"}[self.fact_value]
                return f"{self.fact} is {value}"
            case EventKind.RULE:
                return f"regel {self.rule}"

    @property
    def order(self) -> tuple[date, str, str]:
        """Return the order in which events are listed and executed."""
        return (self.day, self.kind.value, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEvent:
    """An event that somebody registers: a move, or a condition that changes."""

    kind: EventKind
    family: UUID
    person: UUID | None
    day: date
    to_gemeente: str = ""
    fact: str = ""
    fact_value: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A registered event, and what became of it."""

    id: UUID
    event: KnownEvent
    recorded_at: datetime
    actor: str
    withdrawn_at: datetime | None
    executed_at: datetime | None

    def as_known_at(self, moment: datetime) -> "Registered":
        """Return the event as it stood at a moment."""
        withdrawn, executed = self.withdrawn_at, self.executed_at
        return replace(
            self,
            withdrawn_at=withdrawn if withdrawn and withdrawn <= moment else None,
            executed_at=executed if executed and executed <= moment else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Help that is still to come and that somebody else pays from a day on, in whole cents."""

    from_payer: str
    """The fund (middel) that pays until then."""
    to_payer: str
    """The fund that pays then; a source outside the gemeente; or another gemeente."""
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An event with draws that are to be covered anew because of it."""

    event: Event
    draws: tuple[UUID, ...]
    is_last: bool
    """These are the last draws of the event; after them it is executed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """An event that is coming, with the help that runs on after it."""

    event: Event
    draws: tuple[UUID, ...]
    """The draws that still have help to come on or after the day."""
    shifts: tuple[Shift, ...]
