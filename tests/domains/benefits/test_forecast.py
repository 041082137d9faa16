"""Forecasts as others published them, and the rules for which rate holds when."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from domains.benefits.forecast import (
    DISCOUNT_RATES,
    OPTIMISM,
    Deduction,
    DiscountRate,
    discount_factor,
    expected_benefit,
    over_years,
    present_value,
)
from domains.benefits.refusals import NoDiscountRate

TODAY = date(2026, 11, 1)


@pytest.fixture
def published(testdata: Path) -> dict[str, Any]:
    path = testdata / "attribution" / "published_numbers.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def deductions(*parts: str) -> list[Deduction]:
    return [Deduction(reason="aftrek", part=Fraction(part)) for part in parts]


def test_the_worked_example_of_a_forecast() -> None:
    first = expected_benefit(
        quantity=Fraction(1),
        price_cents=2_800_000,
        effect=Fraction("0.30"),
        deductions=[
            Deduction(reason="had ook zonder hulp gekund", part=Fraction("0.20")),
            Deduction(reason="andere oorzaken", part=Fraction("0.10")),
            Deduction(reason="optimisme", part=OPTIMISM[4]),
        ],
    )
    years = over_years(first, years=2, drop_off=Fraction("0.30"))
    assert years == (514_080, 359_856)
    assert present_value(years, DISCOUNT_RATES, on=TODAY) - first == 351_937


def test_a_published_social_return(published: dict[str, Any]) -> None:
    case = published["sroi_example"]
    first = expected_benefit(
        quantity=Fraction(case["participants"]),
        price_cents=100 * case["proxy"],
        effect=Fraction(1),
        deductions=deductions("0.4", "0.3"),
    )
    assert first == 100 * case["year1"]
    rates = (DiscountRate(valid_from=TODAY, from_year=1, rate=Fraction("0.035")),)
    years = over_years(first, years=2, drop_off=Fraction("0.3"))
    total = present_value(years, rates, on=TODAY)
    assert total - first == round(100 * case["year2_pv"])
    assert round(total / (100 * case["inputs"]), 3) == case["ratio"]


def test_published_additionality(published: dict[str, Any]) -> None:
    for deadweight, displacement, leakage, substitution, net in published["additionality"]["cases"]:
        parts = [str(each) for each in (deadweight, displacement, leakage, substitution)]
        found = expected_benefit(
            quantity=Fraction(1_000),
            price_cents=1_000,
            effect=Fraction(1),
            deductions=deductions(*parts),
        )
        assert round(found / 1_000_000, 3) == net


def test_the_dutch_discount_factors(published: dict[str, Any]) -> None:
    case = published["nl_discount"]
    factors = {
        years: discount_factor(DISCOUNT_RATES, on=TODAY, years=years) for years in range(1, 11)
    }
    for years, factor in case["factors"].items():
        assert round(float(factors[int(years)]), 6) == factor
    annuity = sum(factors[years] for years in range(1, 6))
    assert float(annuity) == pytest.approx(case["annuity_5"], abs=1e-6)


def test_a_rate_that_falls_with_the_distance() -> None:
    steps = ((1, "0.035"), (31, "0.03"), (76, "0.025"))
    rates = [
        DiscountRate(valid_from=TODAY, from_year=year, rate=Fraction(rate)) for year, rate in steps
    ]
    factor = {years: discount_factor(rates, on=TODAY, years=years) for years in (1, 30, 31, 75, 76)}
    assert factor[1] == 1 / Fraction("1.035")
    assert factor[30] == 1 / Fraction("1.035") ** 30
    assert factor[31] == factor[30] / Fraction("1.03")
    assert factor[76] == factor[75] / Fraction("1.025")


def test_the_latest_rate_that_holds_is_used() -> None:
    later = DiscountRate(valid_from=date(2027, 1, 1), from_year=1, rate=Fraction("0.02"))
    rates = (*DISCOUNT_RATES, later)
    assert discount_factor(rates, on=date(2026, 12, 31), years=1) == 1 / Fraction("1.0225")
    assert discount_factor(rates, on=date(2027, 1, 1), years=1) == 1 / Fraction("1.02")
    assert discount_factor(rates, on=date(2027, 1, 1), years=0) == 1


def test_without_a_rate_nothing_is_discounted() -> None:
    with pytest.raises(NoDiscountRate, match="2020"):
        discount_factor(DISCOUNT_RATES, on=date(2020, 12, 31), years=1)
    with pytest.raises(NoDiscountRate):
        present_value([100], DISCOUNT_RATES, on=date(2020, 12, 31))


def test_weaker_evidence_loses_more_to_optimism() -> None:
    corrections = [OPTIMISM[strength] for strength in range(1, 7)]
    assert corrections == sorted(corrections)
    assert corrections[0] == 0
