"""Which purpose opens a family for whom."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from domains.eligibility.rules import birthday_in
from domains.privacy.model import (
    PURPOSES,
    TERMS,
    KnownFamily,
    Purpose,
    Retention,
)
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class PurposeMissing(Refusal):
    """A family is opened without a purpose that we know."""

    code: ClassVar[str] = "doel-ontbreekt"
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Zeg waarvoor u dit gezin inziet, in de kopregel Doelbinding. Uw rol kent:"
            f" {self.known or 'geen enkel doel'}."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PurposeNotAllowed(Refusal):
    """The purpose is not one of this role."""

    code: ClassVar[str] = "doel-past-niet"
    purpose: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Uw rol ziet gezinnen niet in voor {self.purpose}. Kies een doel van uw rol:"
            f" {self.known or 'geen enkel doel'}."
        )


def purposes_of(roles: Collection[str]) -> tuple[Purpose, ...]:
    """List the purposes for which one of these roles opens families."""
    return tuple(each for each in PURPOSES.values() if each.roles & frozenset(roles))


def decide_purpose(code: str, *, roles: Collection[str]) -> Purpose:
    """Give the purpose of a code for somebody with these roles.

    :raises PurposeMissing: there is none by that code.
    :raises PurposeNotAllowed: it is not for these roles.
    """
    known = ", ".join(each.code for each in purposes_of(roles))
    if code not in PURPOSES:
        raise PurposeMissing(known=known)
    found = PURPOSES[code]
    if not found.roles & frozenset(roles):
        raise PurposeNotAllowed(purpose=code, known=known)
    return found


def decide_retention(known: KnownFamily) -> Retention:
    """Say until when it is known who a family is: the longest term of what paid for its help."""
    terms = [TERMS.get(source, TERMS[""]) for source in sorted(known.sources)] or [TERMS[""]]
    term = max(terms, key=lambda each: each.years)
    return Retention(
        family=known.id,
        last_change=known.last_change,
        ends_on=birthday_in(known.last_change, known.last_change.year + term.years),
        term=term,
    )
