"""What an estimate must be, whatever the data: exact without noise, additive, and fair in doubt."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from domains.benefits.estimation import (
    WINDOW,
    Effect,
    columns_of,
    effect_on,
    estimate,
    fit,
    severity_known,
)
from domains.benefits.panel import NEVER, Floats, Integers, Mask, Panel, admit
from domains.benefits.refusals import (
    NoCostsBefore,
    NotComparable,
    TooFewCompared,
    TooFewTreated,
)
from ledger.refusals import Refusal
from tests.benefits.simulator import World, invent
from tests.domains.benefits.panels import plain


def effect_of(panel: Panel, columns: Floats | None = None) -> Effect:
    return estimate(panel, admission=admit(panel, window=WINDOW), columns=columns).effects[0]


def noisy(families: int = 300, seed: int = 1) -> Panel:
    return invent(World(families=families, ratios={"jeugd": 0.8}), seed=seed).panel


@pytest.mark.parametrize("ratio", [0.0, 0.25, 0.5, 1.0, 2.0])
def test_without_noise_the_saving_is_exact(ratio: float) -> None:
    panel = plain(ratio=ratio)
    full = plain(ratio=1.0).cents[:40, 14:].sum()
    found = effect_of(panel)
    assert found.counterfactual == pytest.approx(full)
    assert found.actual == panel.cents[:40, 14:].sum()
    assert found.ratio == pytest.approx(ratio)
    assert found.ratio_interval == pytest.approx((ratio, ratio))
    assert (found.treated, found.compared, found.family_months) == (40, 80, 400)


def test_with_one_start_and_no_columns_it_is_the_ratio_of_ratios() -> None:
    base = noisy()
    start = np.where(base.start < NEVER, 18, NEVER)
    panel = replace(base, start=start)
    cents, treated = panel.cents[:, :, 0], start == 18
    before, after = slice(0, 18 - WINDOW), slice(18, None)
    grown = cents[~treated, after].sum() / cents[~treated, before].sum()
    # With levels profiled out, what comes after follows the comparison families alone.
    expected = cents[treated, before].sum() * grown
    found = effect_of(panel, np.zeros((*panel.present.shape, 0)))
    assert found.counterfactual == pytest.approx(expected, rel=1e-9)


def test_cells_taken_apart_sum_to_the_cells_together() -> None:
    panel = noisy()
    admission = admit(panel, window=WINDOW)
    fitted = fit(panel, 0, admission=admission, columns=columns_of(panel))
    half: Mask = admission.measured & (np.arange(len(panel.start)) % 2 == 0)[:, None]
    whole = effect_on(fitted, admission.measured)
    parts = [effect_on(fitted, half), effect_on(fitted, admission.measured & ~half)]
    assert sum(part.saving for part in parts) == pytest.approx(whole.saving)
    assert sum(part.family_months for part in parts) == whole.family_months
    assert np.sum([part.by_family for part in parts], axis=0) == pytest.approx(whole.by_family)
    per_cell = whole.saving / whole.family_months
    centred = [part.influence for part in parts] + [
        np.where(cells, part.saving / part.family_months - per_cell, 0).sum(axis=1)
        for part, cells in zip(parts, (half, admission.measured & ~half), strict=True)
    ]
    assert np.sum(centred, axis=0) == pytest.approx(whole.influence)


def test_influences_sum_to_nothing() -> None:
    found = effect_of(noisy())
    assert found.influence.sum() == pytest.approx(0, abs=1e-6 * found.counterfactual)
    assert found.log_influence.sum() == pytest.approx(0, abs=1e-6)


def test_the_standard_error_is_that_of_leaving_families_out_one_by_one() -> None:
    panel = noisy(families=150, seed=1)
    found = effect_of(panel)
    rest = [np.delete(np.arange(150), family) for family in range(150)]
    without = [effect_of(only(panel, each)) for each in rest]
    logs = np.array([np.log(each.ratio) for each in without])
    means = np.array([each.saving / each.family_months for each in without])
    for values, error in (
        (logs, found.log_error),
        (means, found.saving_error / found.family_months),
    ):
        jackknife = np.sqrt(149 / 150 * np.square(values - values.mean()).sum())
        assert error == pytest.approx(jackknife, rel=0.08)


def only(panel: Panel, rest: Integers) -> Panel:
    return replace(
        panel,
        cents=panel.cents[rest],
        present=panel.present[rest],
        start=panel.start[rest],
        adult_share=panel.adult_share[rest],
        severity=panel.severity[rest],
    )


def test_the_order_and_the_unit_change_nothing_but_the_unit() -> None:
    panel = noisy()
    found = effect_of(panel)
    turned = effect_of(only(panel, np.arange(len(panel.start))[::-1]))
    assert turned.saving == pytest.approx(found.saving)
    assert turned.log_error == pytest.approx(found.log_error)
    dearer = effect_of(replace(panel, cents=7 * panel.cents))
    assert dearer.saving == pytest.approx(7 * found.saving)
    assert dearer.saving_error == pytest.approx(7 * found.saving_error)
    assert dearer.log_error == pytest.approx(found.log_error)


def test_a_cost_that_only_moves_is_no_saving_of_the_whole() -> None:
    world = World(
        families=600,
        domains=("jeugd", "wmo"),
        ratios={"jeugd": 0.8},
        shift_to={"jeugd": "wmo"},
    )
    panel = invent(world, seed=3).panel
    found = estimate(panel, admission=admit(panel, window=WINDOW))
    assert found.effects[0].saving > 0 > found.effects[1].saving
    assert found.total_saving == pytest.approx(sum(each.saving for each in found.effects))
    assert abs(found.total_saving) < 2.5 * found.total_error
    errors = [each.saving_error for each in found.effects]
    assert np.sqrt(np.diagonal(found.covariance)) == pytest.approx(errors)


def test_the_log_scale_is_used_from_two_hundred_families_on() -> None:
    few, many = effect_of(noisy(families=300)), effect_of(noisy(families=600))
    assert (few.treated, many.treated) == (105, 210)
    low, high = few.ratio_interval
    assert few.ratio - low == pytest.approx(high - few.ratio)
    low, high = many.ratio_interval
    assert many.ratio / low == pytest.approx(high / many.ratio)
    low, high = many.saving_interval
    assert (low + high) / 2 == pytest.approx(many.saving)


def test_severe_families_that_fall_by_themselves_are_no_saving() -> None:
    panel = plain(ratio=1.0)
    severity = np.where(panel.start < NEVER, 1.0, 0.0) + np.arange(120.0) % 3
    years = np.arange(24) / 12
    falling = panel.cents[:, :, 0] * 1_000 * np.exp(-0.1 * severity[:, None] * years)
    changed = replace(panel, severity=severity, cents=np.rint(falling).astype(np.int64)[:, :, None])
    assert effect_of(changed).ratio == pytest.approx(1, abs=1e-5)
    unknown = replace(changed, severity=np.full(120, np.nan))
    assert effect_of(unknown).ratio < 0.95


def test_severity_is_used_only_when_known_of_nearly_all() -> None:
    panel = noisy()
    patchy = panel.severity.copy()
    patchy[:20] = np.nan
    assert severity_known(replace(panel, severity=patchy))
    assert columns_of(replace(panel, severity=patchy)).shape[2] == 3
    patchy[:40] = np.nan
    unknown = replace(panel, severity=patchy)
    assert columns_of(unknown).shape[2] == 2
    assert not estimate(unknown, admission=admit(unknown, window=WINDOW)).with_severity


def test_ages_that_nobody_without_help_has_cannot_be_compared() -> None:
    panel = plain()
    grown = panel.adult_share.copy()
    grown[:40, 16:] = 1
    with pytest.raises(NotComparable):
        effect_of(replace(panel, adult_share=grown))


def no_costs(panel: Panel) -> Panel:
    return replace(panel, cents=np.zeros_like(panel.cents))


def no_costs_before(panel: Panel) -> Panel:
    cents = panel.cents.copy()
    cents[:40, :14] = 0
    return replace(panel, cents=cents)


def all_start_early(panel: Panel) -> Panel:
    return replace(panel, start=np.where(panel.start < NEVER, 6, NEVER))


@pytest.mark.parametrize(
    ("panel", "reason", "facts"),
    [
        (plain(treated=30), None, {}),
        (plain(treated=29), TooFewTreated, {"count": 29, "least": 30, "without_months": 0}),
        (all_start_early(plain()), TooFewTreated, {"count": 0, "without_months": 40}),
        (plain(compared=60), None, {}),
        (plain(compared=59), TooFewCompared, {"count": 59, "least": 60}),
        (plain(compared=0), TooFewTreated, {"count": 0}),
        (no_costs(plain()), NoCostsBefore, {"domain": "jeugd"}),
        (no_costs_before(plain()), NoCostsBefore, {"domain": "jeugd"}),
    ],
)
def test_what_cannot_be_estimated_is_refused(
    panel: Panel, reason: type[Refusal] | None, facts: dict[str, int | str]
) -> None:
    if reason is None:
        effect_of(panel)
        return
    with pytest.raises(reason) as caught:
        effect_of(panel)
    assert facts.items() <= caught.value.facts().items()


def late_month(panel: Panel) -> Panel:
    completeness = panel.completeness.copy()
    completeness[-1] = 0.89
    return replace(panel, completeness=completeness)


def moved_away(panel: Panel) -> Panel:
    present = panel.present.copy()
    present[0, 20:] = False
    return replace(panel, present=present)


def short_history(panel: Panel) -> Panel:
    present = panel.present.copy()
    present[0, :6] = False
    return replace(panel, present=present)


def alone_in_the_end(panel: Panel) -> Panel:
    present = panel.present.copy()
    present[40:91, 20:] = False
    return replace(panel, present=present)


# Families with help: 40, each 10 months; without: 80, each 24 months; before: 11 months.
@pytest.mark.parametrize(
    ("change", "measured", "untreated"),
    [
        (lambda panel: panel, 400, 80 * 24 + 40 * 11),
        (late_month, 360, 80 * 23 + 40 * 11),
        (moved_away, 396, 80 * 24 + 40 * 11),
        (short_history, 390, 80 * 24 + 39 * 11),
        (alone_in_the_end, 240, 80 * 24 - 51 * 4 + 40 * 11),
    ],
)
def test_only_cells_that_can_be_compared_are_admitted(
    change: Callable[[Panel], Panel], measured: int, untreated: int
) -> None:
    admission = admit(change(plain()), window=WINDOW)
    assert admission.measured.sum() == measured
    assert admission.untreated.sum() == untreated
    assert not (admission.measured & admission.untreated).any()


def test_whoever_gets_help_later_is_compared_until_the_window_begins() -> None:
    panel = plain()
    later = panel.start.copy()
    later[40:50] = 24 + 2
    admission = admit(replace(panel, start=later), window=WINDOW)
    assert admission.untreated[40].sum() == 23
    assert not admission.measured[40].any()
