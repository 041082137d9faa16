"""Rates of small groups: the published numbers, and that drawing them together helps."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domains.benefits.rates import chance_of, demonstrable, shrink


@pytest.fixture(name="published")
def read_published(testdata: Path) -> Any:
    """Give the numbers that others published."""
    path = testdata / "attribution" / "published_numbers.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_eight_schools_share_7_69_and_differ_by_chance_only(published: Any) -> None:
    schools = published["empirical_bayes"]["eight_schools"]
    found = shrink(np.array(schools["y"], float), np.array(schools["se"], float))
    assert round(found.pooled, 2) == schools["pooled"]
    assert round(found.pooled_error, 2) == schools["pooled_se"]
    assert round(found.spread, 2) == schools["Q"]
    assert found.between == schools["tau2_DL"]


def test_clemente_s_batting_average_is_drawn_to_that_of_all_players(published: Any) -> None:
    players = published["empirical_bayes"]["efron_morris"]
    averages = np.array(players["y"])
    mean = averages.mean()
    error = np.sqrt(mean * (1 - mean) / players["n"])
    found = shrink(averages, np.full(len(averages), error))
    assert round(found.pooled, 3) == players["grand_mean"]
    kept = (found.rates[0] - found.pooled) / (averages[0] - found.pooled)
    assert round(float(kept), 3) == players["shrink_c"]
    assert round(float(found.rates[0]), 3) == players["clemente"]


def test_what_is_known_well_stays_and_what_is_hardly_known_moves() -> None:
    found = shrink(np.array([0.2, -0.3, 0.1, 0.0, 0.9]), np.array([0.01, 0.01, 0.01, 0.01, 2.0]))
    assert found.rates[:4] == pytest.approx([0.2, -0.3, 0.1, 0.0], abs=0.005)
    assert abs(found.rates[4]) < 0.6
    assert (found.errors[:4] <= 0.0101).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_three_rates_or_fewer_stay_what_they_are(count: int) -> None:
    rates = np.array([0.2, -0.3, 0.1][:count])
    assert (shrink(rates, np.full(count, 0.1)).rates == rates).all()


def test_drawn_rates_are_nearer_to_the_truth_than_raw_ones() -> None:
    draw = np.random.default_rng(4)
    better = 0
    for _ in range(200):
        truth = draw.normal(-0.2, 0.1, 20)
        errors = draw.choice([0.2, 0.3, 0.4], 20)
        raw = draw.normal(truth, errors)
        drawn = shrink(raw, errors).rates
        better += np.square(drawn - truth).sum() < np.square(raw - truth).sum()
    assert better >= 180


def test_the_step_up_procedure_finds_four_where_bonferroni_finds_three(
    published: Any,
) -> None:
    example = published["multiple_testing"]
    found = demonstrable(example["p"], false_rate=0.05)
    assert sum(found) == example["bh_rejects_at_05"]
    assert sum(each <= 0.05 / len(found) for each in example["p"]) == example["bonferroni_rejects"]


def test_the_order_in_which_findings_are_given_does_not_matter(published: Any) -> None:
    chances = published["multiple_testing"]["p"]
    backwards = demonstrable(chances[::-1], false_rate=0.05)
    assert backwards[::-1] == demonstrable(chances, false_rate=0.05)
    assert demonstrable([], false_rate=0.05) == ()
    assert demonstrable([0.9, 0.8], false_rate=0.05) == (False, False)


def test_of_what_is_only_chance_hardly_anything_is_called_demonstrable() -> None:
    draw = np.random.default_rng(5)
    false = sum(
        any(demonstrable(draw.uniform(0, 1, 40).tolist(), false_rate=0.1)) for _ in range(400)
    )
    assert false <= 60


def test_a_chance_is_two_sided() -> None:
    assert chance_of(1.96, 1.0) == pytest.approx(0.05, abs=1e-4)
    assert chance_of(-1.96, 1.0) == chance_of(1.96, 1.0)
    assert chance_of(0.0, 0.0) == 1.0
    assert chance_of(5.0, 0.0) == 0.0
