"""Tariffs and volumes in ten-thousandths, and what a line of price times quantity comes to.

A tariff has four decimals of a euro, a volume four decimals of its unit; both are whole numbers
here (``_e4``), so that P x Q is exact until the one rounding that its line names.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from ledger.refusals import Refusal

ONE: Final = 10_000
"""One euro, or one unit."""

MOST_E4: Final = 10**13 - 1
"""The largest tariff or volume: just below a billion."""

_PER_CENT: Final = 10**6
"""A tariff times a volume counts in 10^-8 euro; a cent is a million of those."""

_FORM: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")


class Rounding(StrEnum):
    """How the total of a line becomes whole cents; the value stands on the wire."""

    HALF_UP = "half-omhoog"
    """Half a cent becomes a cent."""
    HALF_EVEN = "half-naar-even"
    """Half a cent goes to the even cent, so that many lines do not drift."""
    DOWN = "naar-beneden"
    """What is less than a cent is dropped."""


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidQuantity(Refusal):
    """A tariff or volume is not a number with at most four decimals."""

    code: ClassVar[str] = "hoeveelheid-ongeldig"
    value: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.value}' is geen tarief of volume. Schrijf een getal vanaf nul als tekst, met"
            ' een punt en hooguit vier cijfers erachter, bijvoorbeeld "52.5025".'
        )


def read_e4(text: str) -> int:
    """Read ``"52.5025"`` into ten-thousandths.

    :raises InvalidQuantity: below zero, a fifth decimal, another form, or too large.
    """
    if _FORM.fullmatch(text) is None:
        raise InvalidQuantity(value=text[:40])
    whole, _, decimals = text.partition(".")
    return int(whole) * ONE + int(decimals.ljust(4, "0"))


def write_e4(value: int) -> str:
    """Write ten-thousandths as they stand on the wire: ``525025`` becomes ``"52.5025"``."""
    whole, decimals = divmod(value, ONE)
    return f"{whole}.{decimals:04d}"


def show_e4(value: int) -> str:
    """Show ten-thousandths as a Dutch reader expects: ``1.250,5025``, ``13``."""
    whole, decimals = divmod(value, ONE)
    shown = f"{whole:,}".replace(",", ".")
    return f"{shown},{decimals:04d}".rstrip("0") if decimals else shown


def line_cents(*, tariff_e4: int, volume_e4: int, rounding: Rounding) -> int:
    """Return what a volume costs at a tariff, in whole cents, rounded once."""
    cents, rest = divmod(tariff_e4 * volume_e4, _PER_CENT)
    if rounding is Rounding.HALF_UP:
        return cents + (2 * rest >= _PER_CENT)
    if rounding is Rounding.HALF_EVEN:
        return cents + (2 * rest + cents % 2 > _PER_CENT)
    return cents
