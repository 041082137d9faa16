"""What a saving may be before anything was measured: a price, an effect, and what to take off.

A forecast is an expectation (grade D or E). It is always shown apart, it is released in full when
a measurement arrives, and it is never settled. Everything is exact until it is rounded to cents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import prod
from typing import Final

from domains.benefits.refusals import NoDiscountRate
from domains.data.files import rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """A part of the gross benefit that is taken off, with its reason in Dutch."""

    reason: str
    part: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountRate:
    """A yearly rate that holds from a day on, for the years ahead from one on."""

    valid_from: date
    from_year: int
    """1 is the first year ahead."""
    rate: Fraction


DISCOUNT_RATES: Final[tuple[DiscountRate, ...]] = tuple(
    DiscountRate(
        valid_from=date.fromisoformat(row["geldig_vanaf"]),
        from_year=int(row["vanaf_jaar"]),
        rate=Fraction(row["voet"]),
    )
    for row in rows_of("discontovoeten.csv")
)
"""The rates of Dutch cost-benefit analysis."""

OPTIMISM: Final[Mapping[int, Fraction]] = {
    int(row["bewijskracht"]): Fraction(row["correctie"]) for row in rows_of("optimisme.csv")
}
"""What to take off for optimism, by how strong the evidence is: 1 a trial, 6 a guess."""


def expected_benefit(
    *, quantity: Fraction, price_cents: int, effect: Fraction, deductions: Sequence[Deduction]
) -> int:
    """Give the benefit in the first year, in cents.

    The gross benefit is quantity times price times effect; each deduction leaves its remainder.
    Deductions are deadweight, other causes, displacement, optimism and the like.
    """
    kept = prod((1 - deduction.part for deduction in deductions), start=Fraction(1))
    return round(quantity * price_cents * effect * kept)


def over_years(first_cents: int, *, years: int, drop_off: Fraction) -> tuple[int, ...]:
    """Give the benefit per year when each year loses a part of the year before."""
    return tuple(round(first_cents * (1 - drop_off) ** year) for year in range(years))


def discount_factor(rates: Sequence[DiscountRate], *, on: date, years: int) -> Fraction:
    """Give what an amount so many years ahead is worth now, by the rates that hold on a day.

    :raises NoDiscountRate: no rate holds on that day.
    """
    factor = Fraction(1)
    held = [each for each in rates if each.valid_from <= on]
    if not held:
        raise NoDiscountRate(year=on.year)
    latest = max(each.valid_from for each in held)
    steps = sorted(
        (each for each in held if each.valid_from == latest), key=lambda each: each.from_year
    )
    for year in range(1, years + 1):
        factor /= 1 + next(each.rate for each in reversed(steps) if each.from_year <= year)
    return factor


def present_value(amounts_cents: Sequence[int], rates: Sequence[DiscountRate], *, on: date) -> int:
    """Give what amounts of successive years are worth in the first of them, in cents.

    :raises NoDiscountRate: no rate holds on that day.
    """
    return round(
        sum(
            cents * discount_factor(rates, on=on, years=year)
            for year, cents in enumerate(amounts_cents)
        )
    )
