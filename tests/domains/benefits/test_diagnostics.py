"""Doubt is found where it is, and the grade follows from it by rules."""

from dataclasses import replace

import numpy as np
import pytest

from domains.benefits.diagnostics import (
    Assignment,
    Comparison,
    Diagnostics,
    Grade,
    diagnose,
    grade,
)
from domains.benefits.estimation import Effect, estimate
from domains.benefits.panel import NEVER, Panel, admit
from domains.benefits.second_opinion import Opinion
from tests.benefits.simulator import World, invent
from tests.domains.benefits.panels import plain

NOTHING = Diagnostics(
    placebo=(Comparison(ratio=1.0, error=0.1),),
    dip=(Comparison(ratio=1.0, error=0.1),),
    window=3,
    tipping_point=0.1,
    without_cohort=(0.8, 0.8),
    trimmed_ratio=0.8,
    largest_share=0.1,
    least_complete=1.0,
    months_left_out=0,
    opinions=(Opinion(method="ander", saving=200.0, error=10.0),),
)
"""A look that found nothing, beside an effect of 0.8 that saves 200 a month."""


def effect(treated: int = 100) -> Effect:
    influence = np.full(10_000, 0.001)
    return Effect(
        domain="jeugd",
        treated=treated,
        compared=100,
        family_months=1_000,
        actual=800_000.0,
        counterfactual=1_000_000.0,
        influence=influence * 100_000,
        log_influence=influence,
        families=10_000,
        by_family=np.zeros(10_000),
    )


def at(panel: Panel, window: int) -> Diagnostics:
    admission = admit(panel, window=window)
    found = estimate(panel, admission=admission).effects[0]
    return diagnose(panel, 0, admission=admission, effect=found, opinions=())


def raised(panel: Panel, months: slice, factor: int) -> Panel:
    """Raise the costs of the families with help in some months, whatever help does."""
    cents = panel.cents.copy()
    cents[:40, months] *= factor
    return replace(panel, cents=cents)


def test_without_noise_nothing_deviates() -> None:
    found = at(plain(months=30, start=20), window=3)
    (placebo,), (dip,) = found.placebo, found.dip
    assert placebo.ratio == pytest.approx(1)
    assert dip.ratio == pytest.approx(1)
    assert found.trimmed_ratio == pytest.approx(0.5)
    assert found.months_left_out == 0


def test_a_peak_before_help_is_seen_and_harms_only_outside_the_window() -> None:
    panel = raised(plain(months=30, start=20), slice(17, 20), 2)
    inside, outside = at(panel, window=3), at(panel, window=0)
    assert inside.dip[0].ratio == pytest.approx(2)
    assert inside.placebo[0].ratio == pytest.approx(1)
    assert outside.dip[0].ratio == pytest.approx(2)
    assert outside.dip[0].deviates


def test_costs_that_had_moved_before_the_window_fail_the_placebo() -> None:
    found = at(raised(plain(months=30, start=20), slice(12, 17), 2), window=3)
    assert found.placebo[0].deviates


def test_too_short_a_history_leaves_no_placebo() -> None:
    assert at(plain(months=24, start=14), window=3).placebo == ()


def test_the_tipping_point_is_the_fall_that_gets_there_by_itself() -> None:
    found = at(plain(months=32, start=20, ratio=0.25), window=3)
    # Twelve months are measured, the middle of them half a year after the start.
    assert (1 - found.tipping_point) ** 0.5 == pytest.approx(0.25)


def test_leaving_a_half_year_of_starts_out_leaves_the_others() -> None:
    panel = plain(months=36, start=20)
    start = np.where(panel.start < NEVER, 20, NEVER)
    start[:20] = 26
    cents = plain(months=36, start=36).cents.copy()
    cents[:20, 26:] //= 4
    cents[20:40, 20:] //= 2
    found = at(replace(panel, start=start, cents=cents), window=3)
    assert found.without_cohort == pytest.approx((0.25, 0.5))


def test_without_the_dearest_family_the_ratio_is_that_of_the_others() -> None:
    panel = plain()
    cents = panel.cents.copy()
    cents[0, 14:] *= 50
    dear = replace(panel, cents=cents)
    assert estimate(dear, admission=admit(dear, window=3)).effects[0].ratio > 0.6
    assert at(dear, window=3).trimmed_ratio == pytest.approx(0.5)


def test_one_placement_of_three_tons_is_noticed() -> None:
    calm = World(families=300, ratios={"jeugd": 0.8})
    shares = [
        at(invent(world, seed=2).panel, window=3).largest_share
        for world in (calm, replace(calm, placement_cents=30_000_000))
    ]
    assert shares[0] < 0.25 < shares[1]


def test_months_with_late_invoices_are_counted_out() -> None:
    panel = plain()
    completeness = panel.completeness.copy()
    completeness[-3:] = (0.93, 0.8, 0.2)
    found = at(replace(panel, completeness=completeness), window=3)
    assert (found.months_left_out, found.least_complete) == (2, 0.93)


off = Comparison(ratio=1.3, error=0.1)
far = Opinion(method="ander", saving=100.0, error=10.0)


# Each row differs from the first in what it says.
@pytest.mark.parametrize(
    ("treated", "severity", "found", "expected", "doubt"),
    [
        (100, True, NOTHING, Grade.B, ""),
        (99, True, NOTHING, Grade.C, "minder dan 100 gezinnen"),
        (100, False, NOTHING, Grade.C, "de zwaarte van de problemen"),
        (100, True, replace(NOTHING, placebo=()), Grade.C, "te weinig maanden vooraf"),
        (100, True, replace(NOTHING, placebo=(off,)), Grade.C, "voordat de hulp begon"),
        (100, True, replace(NOTHING, dip=(off,)), Grade.B, ""),
        (100, True, replace(NOTHING, dip=(off,), window=2), Grade.C, "piekten vlak voor de hulp"),
        (100, True, replace(NOTHING, trimmed_ratio=0.95), Grade.C, "zeer dure gezinnen"),
        (100, True, replace(NOTHING, largest_share=0.3), Grade.C, "zeer dure gezinnen"),
        (100, True, replace(NOTHING, without_cohort=(0.6, 0.8)), Grade.C, "één halfjaar"),
        (100, True, replace(NOTHING, opinions=()), Grade.C, "geen tweede oordeel"),
        (100, True, replace(NOTHING, opinions=(far,)), Grade.C, "wijkt af (ander)"),
        (100, True, replace(NOTHING, seen_before=1), Grade.C, "al uitkomsten te zien"),
        (99, False, NOTHING, Grade.D, "minder dan 100 gezinnen"),
        (100, True, replace(NOTHING, placebo=(off,), opinions=(far,)), Grade.D, "voordat"),
    ],
)
def test_each_doubt_takes_the_grade_down(
    *, treated: int, severity: bool, found: Diagnostics, expected: Grade, doubt: str
) -> None:
    judged = grade(
        effect(treated),
        assignment=Assignment.STAGGERED,
        with_severity=severity,
        diagnostics=found,
    )
    assert judged.grade is expected
    assert doubt in "; ".join(judged.doubts)
    assert len(judged.doubts) == {"B": 0, "C": 1, "D": 2}[expected.value]


@pytest.mark.parametrize(
    ("treated", "opinions", "expected"),
    [
        (100, NOTHING.opinions, Grade.A),
        (100, (), Grade.A),
        (100, (far,), Grade.C),
        (99, (), Grade.C),
    ],
)
def test_chance_as_assignment_gives_the_best_grade_without_a_second_opinion_too(
    treated: int, opinions: tuple[Opinion, ...], expected: Grade
) -> None:
    judged = grade(
        effect(treated),
        assignment=Assignment.RANDOM,
        with_severity=True,
        diagnostics=replace(NOTHING, opinions=opinions),
    )
    assert judged.grade is expected
