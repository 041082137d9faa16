"""Money is whole cents; this file is the only place where an amount is read, split or shown.

Inside the books an amount is an ``int`` of euro cents; at the edges it is a py-moneyed ``Money``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import ClassVar, Final

from moneyed import EUR, Money

from ledger.refusals import Refusal

MAX_CENTS: Final = 10**15
"""The largest amount on one line: ten thousand billion euros, so that a sum never overflows."""

_WIRE: Final = re.compile(r"-?[0-9]{1,14}\.[0-9]{2}")


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidAmount(Refusal):
    """An amount is not a whole number of euro cents."""

    code: ClassVar[str] = "bedrag-ongeldig"
    value: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.value}' is geen bedrag in hele centen. Schrijf euro's met een punt en precies"
            ' twee cijfers, als tekst, bijvoorbeeld "1250.00".'
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingToSplitOver(Refusal):
    """A split has no positive weight to follow."""

    code: ClassVar[str] = "verdeling-zonder-gewicht"
    total_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{show(self.total_cents)} is niet te verdelen: geen enkel deel heeft gewicht."
            " Geef ten minste één gewicht groter dan nul."
        )


def to_money(cents: int) -> Money:
    """Turn whole cents into a ``Money`` in euros."""
    return Money(Decimal(cents).scaleb(-2), EUR)


def to_cents(amount: Money) -> int:
    """Turn a ``Money`` in euros into whole cents.

    :raises InvalidAmount: another currency, a fraction of a cent, or not a number.
    """
    value = amount.amount
    if amount.currency != EUR or not value.is_finite():
        raise InvalidAmount(value=str(amount))
    cents = value.scaleb(2)
    if cents != cents.to_integral_value() or abs(cents) > MAX_CENTS:
        raise InvalidAmount(value=str(value))
    return int(cents)


def read(text: object) -> int:
    """Read an amount as it stands on the wire, such as ``"1250.00"``, into whole cents.

    :raises InvalidAmount: a float, a third decimal, another form, or too large.
    """
    if not isinstance(text, str) or _WIRE.fullmatch(text) is None:
        raise InvalidAmount(value=str(text)[:40])
    cents = int(text.replace(".", ""))
    if abs(cents) > MAX_CENTS:
        raise InvalidAmount(value=text)
    return cents


def write(cents: int) -> str:
    """Write whole cents as they stand on the wire: ``-125000`` becomes ``"-1250.00"``."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros}.{rest:02d}"


def show(cents: int) -> str:
    """Show whole cents as a Dutch reader expects: ``€ 1.250,00`` and ``€ -12,50``."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", ".")
    return f"€ {sign}{grouped},{rest:02d}"


def split(total_cents: int, weights: Sequence[int | Fraction]) -> tuple[int, ...]:
    """Split a total over weights by the largest remainder (Hamilton's method).

    The parts sum to the total, each is less than one cent off its exact share, and a negative
    total gives the negated parts of its positive. A tie goes to the earlier weight, so the caller
    keeps the order stable.

    :raises NothingToSplitOver: no weight is positive, or one is negative.
    """
    # Whole shares over one denominator are as exact as fractions, which reduce at every step.
    denominator = lcm(*(weight.denominator for weight in weights))
    shares = [weight.numerator * (denominator // weight.denominator) for weight in weights]
    whole = sum(shares)
    if whole <= 0 or min(shares) < 0:
        raise NothingToSplitOver(total_cents=total_cents)
    if len(shares) == 1:
        return (total_cents,)
    sign = -1 if total_cents < 0 else 1
    exact = [divmod(abs(total_cents) * share, whole) for share in shares]
    parts = [floor for floor, _ in exact]
    left = abs(total_cents) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda index: exact[index][1], reverse=True)
    for index in by_remainder[:left]:
        parts[index] += 1
    return tuple(sign * part for part in parts)


def whole_euros(cents: Sequence[int]) -> tuple[int, ...]:
    """Round amounts to whole euros so that they still add up to their rounded total.

    By the largest remainder: each is less than one euro off, a half total goes up, and a tie goes
    to the earlier amount.
    """
    rounded = [each // 100 for each in cents]
    left = (sum(cents) + 50) // 100 - sum(rounded)
    by_remainder = sorted(range(len(cents)), key=lambda i: (-(cents[i] % 100), i))
    for index in by_remainder[:left]:
        rounded[index] += 1
    return tuple(rounded)
