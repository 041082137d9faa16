"""What a fund source is: a stream of money with an origin and a degree of hardness."""

from dataclasses import dataclass
from enum import StrEnum


class Hardness(StrEnum):
    """Who closed the money for other purposes."""

    WET = "WET"
    """Closed by law: nobody in the municipality can open it."""
    RAAD = "RAAD"
    """Closed by the council only, which may also open it."""
    AFSPRAAK = "AFSPRAAK"
    """Closed by an agreement with whoever gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FundSource:
    """A source of money (bron) such as ``JW``; with a year it becomes a fund (middel)."""

    code: str
    name: str
    origin: str
    """Where the money comes from, in Dutch."""
    hardness: Hardness
    legal_basis: str
    closed_for_shift: bool
    """No money may be shifted to or from this source, whoever decides."""
    external: bool
    """Paid by an outside party: it never has a budget in our books."""
