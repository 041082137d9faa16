"""What the council authorised, and amounts of funds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CouncilLine:
    """What the council authorised for a source, a programme and a taakveld, in whole cents."""

    source: str
    programme: str
    taakveld: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundAmount:
    """An amount of one fund, in whole cents."""

    fund: str
    amount_cents: int
