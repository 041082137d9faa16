"""Why somebody looks at a family, and the record that is kept of it per person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domains.data.files import rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why a family may be opened (doelbinding, AVG article 5), and by which roles."""

    code: str
    name: str
    roles: frozenset[str]
    legal_basis: str
    register: str
    """Where the register of processing activities describes it."""


PURPOSES: Final[Mapping[str, Purpose]] = {
    row["doel"]: Purpose(
        code=row["doel"],
        name=row["naam"],
        roles=frozenset(row["rollen"].split()),
        legal_basis=row["grondslag"],
        register=row["register"],
    )
    for row in rows_of("doelen.csv")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """One action on what is known of one person (Logboek dataverwerkingen 1.0.0).

    It never says who acted: the audit log does, under the same ``trace_id``.
    """

    trace_id: UUID
    span_id: bytes
    """8 bytes, as the standard asks."""
    name: str
    activity: str
    """The purpose, by its code."""
    person: UUID
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """That somebody opened a family, and why; the actor comes from the audit log."""

    at: datetime
    actor: str
    purpose: str
    action: str
    persons: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How many years after the last change a law keeps who a family is."""

    years: int
    legal_basis: str


TERMS: Final[Mapping[str, Term]] = {
    row["bron"]: Term(years=int(row["jaren"]), legal_basis=row["artikel"])
    for row in rows_of("bewaartermijnen.csv")
}
"""By the source that paid for help; the one without a name holds for all others."""


GROUNDS: Final[Mapping[str, str]] = {
    row["grond"]: row["artikel"] for row in rows_of("vergeetgronden.csv")
}
"""The article by which a family is forgotten before its term is over, by the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFamily:
    """A family of which is known who they are, with all that its term follows from."""

    id: UUID
    last_change: date
    sources: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """From which day a family is to be forgotten, and by which term."""

    family: UUID
    last_change: date
    ends_on: date
    term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent on a family for one kind of help."""

    draw: UUID
    kind: str
    provider: str
    description: str
    from_date: date
    until_date: date
    sentence: str
    granted_cents: int
    per_source: tuple[tuple[str, int], ...]
    """What was delivered and paid, per source, in whole cents."""

    @property
    def spent_cents(self) -> int:
        """Return what was spent in all."""
        return sum(cents for _, cents in self.per_source)
