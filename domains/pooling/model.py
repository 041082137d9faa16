"""What moves when money is pooled."""

from dataclasses import dataclass

from ledger.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An amount (whole cents, above zero) from the credited to the debited account, one colour."""

    debit: Account
    credit: Account
    amount_cents: int
    basis: str = ""


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
