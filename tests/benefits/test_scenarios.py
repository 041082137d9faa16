"""Estimates held against truths that they could not see; all scenarios run in the bench."""

import ast
from dataclasses import replace

import pytest

from tests.benefits.scenarios import (
    S0,
    S1,
    S4,
    S5,
    Scenario,
    compare_blind,
    means,
)
from tests.house.sources import PRODUCT, files, tree_of

REPLICATIONS = 100


def judged(scenario: Scenario) -> dict[str, bool]:
    """Say of each bar whether a hundred replications clear it."""
    found = means([scenario.look(scenario, seed) for seed in range(REPLICATIONS)])
    return {
        f"{bar.domain}: {bar.figure} {found[bar.domain, bar.figure].value:.3f}": found[
            bar.domain, bar.figure
        ].clears(bar)
        for bar in scenario.bars
    }


def in_youth_care_only(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        world=replace(scenario.world, domains=("jeugd",)),
        bars=tuple(bar for bar in scenario.bars if bar.domain == "jeugd"),
    )


@pytest.mark.parametrize(
    "scenario",
    [in_youth_care_only(S0), in_youth_care_only(S1), in_youth_care_only(S4), S5],
    ids=lambda scenario: scenario.code,
)
def test_a_scenario_clears_its_bars(scenario: Scenario) -> None:
    found = judged(scenario)
    assert found
    assert all(found.values()), found


def test_an_estimate_that_looks_past_birthdays_takes_growing_up_for_a_saving() -> None:
    found = judged(replace(in_youth_care_only(S4), look=compare_blind))
    assert not any(found.values()), found


def test_the_product_never_imports_what_knows_the_truth() -> None:
    for path in files(".py", under=PRODUCT):
        if "tests" not in path.read_text(encoding="utf-8"):
            continue  # Quicker than its tree.
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] != "tests", path
            if isinstance(node, ast.Import):
                assert all(each.name.split(".")[0] != "tests" for each in node.names), path
