"""Which purpose opens a family for whom."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from domains.privacy.model import PURPOSES, Purpose
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
