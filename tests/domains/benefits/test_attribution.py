"""A saving is divided exactly, fairly and to the cent, whatever the interventions and payers."""

import json
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domains.benefits.attribution import Share, Worth, allot, attribute, worth_of
from domains.benefits.methods import METHODS, last_touch, proportional, shapley
from domains.benefits.methods.model import Method
from domains.benefits.refusals import (
    InterventionNotMeasured,
    InterventionWithoutPayer,
    NoProportion,
    TooManyInterventions,
)
from tests.domains.benefits import games

A, B = frozenset({"schuldhulp"}), frozenset({"opvoedcoach"})
BOTH = A | B
PAID = {
    "schuldhulp": {"schulden": 400_000},
    "opvoedcoach": {"jeugd": 225_000, "armoede": 75_000},
}


@st.composite
def worths(draw: st.DrawFn, *, least: int = 1, most: int = 6) -> list[int]:
    count = draw(st.integers(least, most))
    values = st.lists(st.integers(-(10**9), 10**9), min_size=2**count - 1, max_size=2**count - 1)
    return [0, *draw(values)]


def players(worth: list[int]) -> int:
    return len(worth).bit_length() - 1


@pytest.fixture
def published(testdata: Path) -> dict[str, Any]:
    path = testdata / "attribution" / "published_numbers.json"
    games_in_file = json.loads(path.read_text(encoding="utf-8"))["shapley"]
    return {game["id"]: game for game in games_in_file}


def test_a_published_game_of_three(published: dict[str, Any]) -> None:
    game = published["coopgame-15.1"]
    assert [float(each) for each in shapley.shares(games.by_size(3, game["v"]))] == game["phi"]


@pytest.mark.parametrize(("name", "right"), [("glove-1v2", 2), ("glove-1v9", 9)])
def test_a_published_game_of_gloves(published: dict[str, Any], name: str, right: int) -> None:
    expected = tuple(Fraction(each) for each in published[name]["phi"])
    assert shapley.shares(games.gloves(1, right)) == expected


def test_a_published_vote(published: dict[str, Any]) -> None:
    game = published["voting-50-49-1"]
    for quota, power in game["quota_phi"].items():
        found = shapley.shares(games.voting(game["weights"], int(quota)))
        assert found == tuple(Fraction(each) for each in power)


def test_the_published_landing_fees(published: dict[str, Any]) -> None:
    game = published["birmingham-airport"]
    costs, movements = game["cost"], game["movements"]
    # One movement of each type: the closed form is the Shapley value.
    one_each = [1] * len(costs)
    worth = games.worth(11, lambda types: max((costs[each] for each in types), default=0))
    assert list(shapley.shares(worth)) == games.runway(costs, one_each)
    # All 13,572 movements: the same form gives the fees as printed.
    fees = games.runway(costs, movements)
    assert [round(float(fee), 2) for fee in fees] == game["phi_per_movement"]
    assert sum(fee * each for fee, each in zip(fees, movements, strict=True)) == 117_676


def test_ratios_that_multiply(testdata: Path) -> None:
    path = testdata / "attribution" / "published_numbers.json"
    game = json.loads(path.read_text(encoding="utf-8"))["aumann_shapley_multiplicative"]
    names = ["een", "twee", "drie"]
    worth = worth_of(
        names,
        counterfactual_cents=100 * game["y0"],
        ratios={
            frozenset({name}): ratio for name, ratio in zip(names, game["rate_ratios"], strict=True)
        },
    )
    assert worth.saving_cents == round(100 * game["v_grand"])
    assert len(worth.modelled) == 4
    for module, key in (
        (shapley, "shapley"),
        (proportional, "proportional_standalone"),
        (last_touch, "in_order_1_2_3"),
    ):
        found = [float(share) / 100 for share in module.shares(worth.cents)]
        assert found == pytest.approx(game[key], abs=0.011)


def test_the_largest_number_of_interventions_is_exact() -> None:
    worth = games.worth(12, lambda team: len(team) ** 2)
    assert shapley.shares(worth) == (Fraction(12),) * 12


@given(worth=worths())
def test_shapley_gives_everything_away(worth: list[int]) -> None:
    assert sum(shapley.shares(worth)) == worth[-1]


@given(worth=worths(least=2), data=st.data())
def test_shapley_treats_equals_equally(worth: list[int], data: st.DataObject) -> None:
    one, two = data.draw(
        st.lists(st.integers(0, players(worth) - 1), min_size=2, max_size=2, unique=True)
    )
    fair = [worth[min(place, swapped(place, one, two))] for place in range(len(worth))]
    found = shapley.shares(fair)
    assert found[one] == found[two]


def swapped(place: int, one: int, two: int) -> int:
    first, second = place >> one & 1, place >> two & 1
    rest = place & ~(1 << one | 1 << two)
    return rest | first << two | second << one


@given(worth=worths(most=5))
def test_shapley_gives_a_dummy_nothing(worth: list[int]) -> None:
    found = shapley.shares([*worth, *worth])
    assert found[:-1] == shapley.shares(worth)
    assert found[-1] == 0


@given(data=st.data(), count=st.integers(1, 6), factor=st.integers(-9, 9))
def test_shapley_adds_up_over_savings(data: st.DataObject, count: int, factor: int) -> None:
    one, two = (data.draw(worths(least=count, most=count)) for _ in range(2))
    together = [a + factor * b for a, b in zip(one, two, strict=True)]
    expected = tuple(
        a + factor * b for a, b in zip(shapley.shares(one), shapley.shares(two), strict=True)
    )
    assert shapley.shares(together) == expected


@given(alone=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8))
def test_shapley_of_what_simply_adds_up_is_each_by_itself(alone: list[int]) -> None:
    worth = games.worth(len(alone), lambda team: sum(alone[each] for each in team))
    assert shapley.shares(worth) == tuple(alone)


@given(worth=worths(), data=st.data(), more=st.integers(1, 10**6))
def test_who_adds_more_to_every_combination_never_gets_less(
    worth: list[int], data: st.DataObject, more: int
) -> None:
    chosen = data.draw(st.integers(0, players(worth) - 1))
    better = [each + more * (place >> chosen & 1) for place, each in enumerate(worth)]
    before, after = shapley.shares(worth), shapley.shares(better)
    assert after[chosen] == before[chosen] + more


@given(worth=worths(least=2), data=st.data())
def test_the_names_do_not_matter(worth: list[int], data: st.DataObject) -> None:
    count = players(worth)
    order = data.draw(st.permutations(range(count)))
    renamed = [
        worth[sum(1 << order[each] for each in range(count) if place >> each & 1)]
        for place in range(len(worth))
    ]
    found = shapley.shares(worth)
    assert shapley.shares(renamed) == tuple(found[order[each]] for each in range(count))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.code)
@given(worth=worths())
def test_every_method_gives_everything_away(method: Method, worth: list[int]) -> None:
    try:
        found = method.shares(worth)
    except NoProportion:
        assume(False)
    assert sum(found) == worth[-1]


def test_mixed_effects_have_no_proportion() -> None:
    with pytest.raises(NoProportion):
        proportional.shares([0, 500, -300, 400])


@pytest.mark.parametrize("worth", [[0], [0, 1, 2], [1, 2], [0, 10**13]])
def test_what_is_no_worth_is_a_fault_of_the_caller(worth: list[int]) -> None:
    with pytest.raises(ValueError):
        shapley.shares(worth)


def test_too_many_interventions_are_refused_with_advice() -> None:
    names = [f"hulp {number}" for number in range(21)]
    ratios = {frozenset({name}): 0.9 for name in names}
    with pytest.raises(TooManyInterventions, match="Voeg soorten die op elkaar lijken samen"):
        worth_of(names, counterfactual_cents=100, ratios=ratios)
    with pytest.raises(TooManyInterventions):
        shapley.shares([0] * 2**21)


# The worked example: debt counselling 4,000 by Schulden, a coach 3,000 by Jeugd and Armoede.
@pytest.mark.parametrize(
    ("counterfactual", "ratios", "expected"),
    [
        ("27400.00", {A: 0.85, B: 0.92, BOTH: 0.80}, {"S": 369_900, "J": 133_575, "A": 44_525}),
        ("27400.00", {A: 0.855, B: 0.925, BOTH: 0.81}, {"S": 356_200, "J": 123_300, "A": 41_100}),
        ("6000.00", {A: 0.95, B: 0.98, BOTH: 0.94}, {"S": 27_000, "J": 6_750, "A": 2_250}),
    ],
)
def test_the_worked_example_to_the_cent(
    counterfactual: str, ratios: dict[frozenset[str], float], expected: dict[str, int]
) -> None:
    worth = worth_of(
        ["schuldhulp", "opvoedcoach"],
        counterfactual_cents=int(counterfactual.replace(".", "")),
        ratios=ratios,
    )
    found = attribute(worth, method=METHODS[0], paid=PAID)
    assert worth.modelled == ()
    assert {share.payer[0].upper(): share.amount_cents for share in found} == expected
    assert sum(expected.values()) == worth.saving_cents


def test_a_loss_comes_to_who_paid_for_it() -> None:
    worth = worth_of(["schuldhulp"], counterfactual_cents=600_000, ratios={A: 1.01})
    found = attribute(worth, method=METHODS[0], paid=PAID)
    assert found == (Share(intervention="schuldhulp", payer="schulden", amount_cents=-6_000),)


def test_a_combination_that_nobody_had_alone_follows_from_its_parts() -> None:
    worth = worth_of(
        ["schuldhulp", "opvoedcoach"], counterfactual_cents=10_000, ratios={A: 0.5, B: 0.5}
    )
    assert worth.cents == (0, 5_000, 5_000, 7_500)
    assert worth.modelled == (3,)


def test_what_was_never_measured_alone_cannot_be_divided() -> None:
    with pytest.raises(InterventionNotMeasured, match="opvoedcoach"):
        worth_of(
            ["schuldhulp", "opvoedcoach"], counterfactual_cents=100, ratios={A: 0.5, BOTH: 0.4}
        )


def test_ratios_of_other_help_are_left_alone() -> None:
    other = frozenset({"schuldhulp", "iets anders"})
    worth = worth_of(["schuldhulp"], counterfactual_cents=100, ratios={A: 0.5, other: 0.1})
    assert worth.cents == (0, 50)


def test_a_share_without_a_payer_is_refused() -> None:
    worth = Worth(interventions=("schuldhulp", "gift"), cents=(0, 10, 20, 30), modelled=())
    with pytest.raises(InterventionWithoutPayer, match="gift"):
        attribute(worth, method=METHODS[0], paid=PAID)


def test_who_paid_nothing_gets_nothing() -> None:
    worth = worth_of(["schuldhulp"], counterfactual_cents=101, ratios={A: 0})
    found = attribute(
        worth, method=METHODS[0], paid={"schuldhulp": {"schulden": 1, "jeugd": 0, "armoede": 1}}
    )
    assert [(share.payer, share.amount_cents) for share in found] == [
        ("armoede", 51),
        ("schulden", 50),
    ]


@given(worth=worths(most=4), data=st.data())
def test_payers_together_have_the_saving_to_the_cent(worth: list[int], data: st.DataObject) -> None:
    names = tuple(f"hulp {number}" for number in range(players(worth)))
    amounts = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 10**7), min_size=1)
    paid = {name: data.draw(amounts) for name in names}
    found = attribute(
        Worth(interventions=names, cents=tuple(worth), modelled=()), method=METHODS[0], paid=paid
    )
    assert sum(share.amount_cents for share in found) == worth[-1]
    for name, exact in zip(names, shapley.shares(worth), strict=True):
        own = sum(share.amount_cents for share in found if share.intervention == name)
        assert abs(own - exact) < len(paid[name])


@given(
    parts=st.lists(st.fractions(-(10**6), 10**6, max_denominator=997), min_size=1, max_size=9),
    total=st.integers(-(10**6), 10**6),
)
def test_rounding_keeps_the_total_and_each_share_within_a_cent(
    parts: list[Fraction], total: int
) -> None:
    exact = [*parts, total - sum(parts, Fraction(0))]
    found = allot(total, exact)
    assert sum(found) == total
    for amount, share in zip(found, exact, strict=True):
        assert abs(share - amount) < 1
    mirrored = tuple(-amount for amount in found)
    assert total == 0 or allot(-total, [-share for share in exact]) == mirrored


def test_the_weights_of_all_orders_together_are_one() -> None:
    # Five players that only all together are worth anything: each of the 120 orders counts once.
    assert shapley.shares([0] * 31 + [prod(range(1, 6))]) == (Fraction(24),) * 5
