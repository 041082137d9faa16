"""What the council authorised, what is used of it, and where that needs a decision."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Cause(StrEnum):
    """Why the council has to decide."""

    OUTSIDE_PROGRAMME = "buiten-programma"
    """A fund pays in a programme in which the council authorised nothing from it."""
    ABOVE_AUTHORISATION = "boven-autorisatie"
    """More is used than the council authorised, at the level on which it does so."""
    SHORTAGE = "tekort"
    """Help was granted that no fund covers, and none that could has enough free."""
    OWN = "eigen"
    """Somebody wants the change; nothing in the books asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """What the council authorised from a fund for a programme and taakveld, in whole cents."""

    fund: str
    programme: str
    taakveld: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What is reserved and spent from a fund on a taakveld, in whole cents."""

    fund: str
    taakveld: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Help on a taakveld that no fund covers, in whole cents; it stands since ``since``."""

    fund: str
    stands_in_for: str
    """The source whose help it is; empty where no law names this help."""
    taakveld: str
    amount_cents: int
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What is authorised and used from a fund in a programme on a taakveld, in whole cents."""

    fund: str
    programme: str
    taakveld: str
    authorised_cents: int
    used_cents: int

    @property
    def unused_cents(self) -> int:
        """Return what is left; below zero where more is used."""
        return self.authorised_cents - self.used_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class CouncilItem:
    """Something that needs a decision of the council (raadsbesluit nodig), in whole cents."""

    cause: Cause
    fund: str
    programme: str
    """Empty where the council has no budget at all for such help."""
    taakveld: str
    amount_cents: int
    deadline: date
    stands_in_for: str = ""


OWNER = "budgethouder"
"""The role that has to bring an item to the council."""
