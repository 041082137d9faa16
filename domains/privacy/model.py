"""Why somebody looks at a family, and the record that is kept of it per person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
