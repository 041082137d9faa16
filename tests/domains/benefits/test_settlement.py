"""Settling by agreement: each bound in a table, and real shared savings as they were paid."""

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from domains.benefits.settlement import (
    Agreement,
    Measured,
    Outcome,
    RateStep,
    Settlement,
    least_rate,
    settle,
)

AGREEMENT = Agreement(
    least_rates=(
        RateStep(first=0, last=None, at_first=Fraction("0.02"), at_last=Fraction("0.02")),
    ),
    share=Fraction("0.50"),
    investment_cap=Fraction(1),
    benchmark_cap=Fraction("0.10"),
    floor_cents=100_000,
    one_sided_years=2,
    loss_share=Fraction("0.30"),
    loss_limit=Fraction("0.05"),
)
# The worked example: youth care 27,400 without help, 5,206 saved, 3,562 of it by debt counselling.
MEASURED = Measured(
    year=1,
    families=100,
    counterfactual_cents=2_740_000,
    saving_cents=520_600,
    error_cents=0,
    payer_cents=356_200,
    cashable=Fraction("0.60"),
    invested_cents=400_000,
    quality_holds=True,
)
LOST = replace(MEASURED, year=3, saving_cents=-520_600, payer_cents=-356_200)


# Each row differs from the one above it, or from the first, in one thing.
@pytest.mark.parametrize(
    ("measured", "amount_cents", "outcome"),
    [
        (MEASURED, 106_860, Outcome.SHARED),
        (replace(MEASURED, quality_holds=False), 0, Outcome.QUALITY),
        (replace(MEASURED, saving_cents=54_800), 106_860, Outcome.SHARED),
        (replace(MEASURED, saving_cents=54_799), 0, Outcome.BELOW_RATE),
        (replace(MEASURED, error_cents=316_474), 106_860, Outcome.SHARED),
        (replace(MEASURED, error_cents=316_475), 0, Outcome.BELOW_RATE),
        (replace(MEASURED, saving_cents=0), 0, Outcome.NO_SAVING),
        (replace(MEASURED, saving_cents=-520_600), 0, Outcome.NO_SAVING),
        (replace(MEASURED, invested_cents=106_859), 106_859, Outcome.CAPPED_BY_INVESTMENT),
        (replace(MEASURED, counterfactual_cents=1_068_500), 106_850, Outcome.CAPPED_BY_BENCHMARK),
        (replace(MEASURED, payer_cents=333_333), 0, Outcome.BELOW_FLOOR),
        (replace(MEASURED, payer_cents=333_334), 100_000, Outcome.SHARED),
        (replace(MEASURED, payer_cents=-1), 0, Outcome.NO_SAVING),
        (replace(MEASURED, cashable=Fraction(0)), 0, Outcome.NO_SAVING),
        (LOST, -64_116, Outcome.LOSS_SHARED),
        (replace(LOST, year=2), 0, Outcome.NO_SAVING),
        (replace(LOST, saving_cents=-54_799), 0, Outcome.BELOW_RATE),
        (replace(LOST, counterfactual_cents=1_000_000), -50_000, Outcome.LOSS_LIMITED),
        (replace(LOST, payer_cents=1), 0, Outcome.LOSS_SHARED),
        (replace(LOST, saving_cents=0, error_cents=0), 0, Outcome.BELOW_RATE),
    ],
)
def test_a_settlement_is_the_least_of_what_was_agreed(
    measured: Measured, amount_cents: int, outcome: Outcome
) -> None:
    assert settle(AGREEMENT, measured) == Settlement(amount_cents=amount_cents, outcome=outcome)


def test_a_number_of_families_outside_every_class_is_a_fault_of_the_agreement() -> None:
    closed = (RateStep(first=10, last=20, at_first=Fraction(1), at_last=Fraction(0)),)
    assert least_rate(closed, 15) == Fraction(1, 2)
    with pytest.raises(ValueError):
        least_rate(closed, 21)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def settlements(testdata: Path) -> list[dict[str, str]]:
    return rows(testdata / "attribution" / "mssp_settlement_2016_2018.csv")


@pytest.fixture
def classes(testdata: Path) -> tuple[RateStep, ...]:
    return tuple(
        RateStep(
            first=int(row["n_low"]),
            last=int(row["n_high"]) if row["n_high"] else None,
            at_first=Fraction(row["msr_at_low"]),
            at_last=Fraction(row["msr_at_high"]),
        )
        for row in rows(testdata / "attribution" / "mssp_msr_table.csv")
    )


def test_the_least_rates_of_real_settlements_follow_from_their_table(
    settlements: list[dict[str, str]], classes: tuple[RateStep, ...]
) -> None:
    compared, wrong = 0, []
    for row in settlements:
        stated = Fraction(row["minsavperc"])
        if stated % Fraction("0.005") == 0:
            continue  # A fixed rate that the organisation chose, or the least of the table.
        compared += 1
        computed = least_rate(classes, int(Fraction(row["n_ab"])))
        if abs(computed - stated) > Fraction("0.00005"):
            wrong.append((row["performance_year"], row["aco_id"]))
    assert compared > 500
    assert len(wrong) <= 1, wrong


def test_real_settlements_are_reproduced(settlements: list[dict[str, str]]) -> None:
    paid, capped = 0, 0
    for row in settlements:
        gross, benchmark = int(Fraction(row["gensaveloss"])), int(Fraction(row["abtotbnchmk"]))
        earned = int(Fraction(row["earnsaveloss"] or "0"))
        least = Fraction(row["minsavperc"])
        rate = Fraction(gross, benchmark)
        if earned < 0 or abs(rate - least) < Fraction("0.0001"):
            continue  # Losses have other rules; on the edge the stated rates are too coarse.
        found = settle(
            replace(
                AGREEMENT,
                least_rates=(RateStep(first=0, last=None, at_first=least, at_last=least),),
                share=Fraction(row["finalsharerate"] or "0"),
                floor_cents=0,
            ),
            Measured(
                year=1,
                families=int(Fraction(row["n_ab"])),
                counterfactual_cents=100 * benchmark,
                saving_cents=100 * gross,
                error_cents=0,
                payer_cents=100 * gross,
                cashable=Fraction("0.98"),
                invested_cents=10**15,
                quality_holds=True,
            ),
        )
        if found.outcome is Outcome.CAPPED_BY_BENCHMARK:
            capped += 1
            assert found.amount_cents // 100 == pytest.approx(earned, abs=1)
        assert found.amount_cents == pytest.approx(100 * earned, rel=0.0002), row
        paid += earned > 0
    assert paid > 450
    assert capped == 3
