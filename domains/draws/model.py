"""A request for help, the money that lies ready, and the decision with every term it weighed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domains.eligibility.model import Facts, SameBy


class Place(StrEnum):
    """Where the money of a fund lies, in the order in which a draw looks for it."""

    FAMILY = "gezin"
    DISTRICT = "wijk"
    COMPLEX = "complex"
    """The part of a fund that is set apart for the most complex families."""
    FREE = "vrij"
    """What is not allotted to a district yet: for advances and for funds that are never pooled."""
    SHORTAGE = "tekort"
    """Nowhere: the help is granted and still looks for cover."""


class Outcome(StrEnum):
    """How a request ended; the value stands on the wire."""

    GRANTED = "toegekend"
    REFUSED = "geweigerd"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """What is asked from a family budget, for one person."""

    family_budget: UUID
    person: UUID
    kind: str
    from_date: date
    until_date: date
    """Exclusive."""
    amount_cents: int
    provider: str
    description: str
    facts: Facts
    reason: str
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The days on which a person belongs to the family; no end is ``None``."""

    person: UUID
    from_date: date
    until_date: date | None
    """Exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDraw:
    """Help that was granted before and still stands."""

    person: UUID
    kind: str
    provider: str
    description: str
    from_date: date
    until_date: date
    """Exclusive."""

    def overlaps(self, request: DrawRequest) -> bool:
        """Return whether any day is in both."""
        return self.from_date < request.until_date and request.from_date < self.until_date

    def is_same_thing(self, request: DrawRequest, same_by: SameBy) -> bool:
        """Return whether both ask for the same thing, apart from days and person."""
        if self.kind != request.kind:
            return False
        if same_by is SameBy.KIND:
            return True
        return _plain(self.provider, self.description) == _plain(
            request.provider, request.description
        )

    def has_same_provider(self, request: DrawRequest) -> bool:
        """Return whether both name the same provider, however it is spaced or capitalised."""
        return _plain(self.provider) == _plain(request.provider)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a fund still has free in one place, in whole cents.

    Rooms of the complex reserve are given only for a family that is marked complex.
    """

    fund: str
    source: str
    place: Place
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one fund pays from one place for one stretch of days."""

    fund: str
    place: Place
    amount_cents: int
    rule: str
    from_date: date
    until_date: date
    """Exclusive."""
    taakveld: str
    category: str
    cost_account: str
    provisional: bool
    """A fact that the law asks for is unknown: the fund pays, but may not be the final payer."""
    to_be_shown: tuple[str, ...]
    stands_in_for: str = ""
    """On a shortage: the source whose help this is, where a rule names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A room that was looked at for one stretch of days, and what became of it."""

    fund: str
    source: str
    place: Place
    from_date: date
    until_date: date
    """Exclusive."""
    room_cents: int
    """What lay there before this draw."""
    eligible: bool
    rule: str
    legal_basis: str
    taken_cents: int
    reason: str
    """Dutch, for whoever asks why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to a request, with everything that led to it."""

    outcome: Outcome
    parts: tuple[Part, ...]
    weighed: tuple[Weighed, ...]
    sentence: str
    """Dutch, one line."""
    rule_version: str


def _plain(*texts: str) -> tuple[str, ...]:
    """Return texts without differences in capitals and spaces."""
    return tuple(" ".join(text.casefold().split()) for text in texts)
