"""A study says of each set of interventions and domain what was saved, or why nothing is known."""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final
from uuid import UUID

import numpy as np
import pytest

from api.cli.benefit_tables import panel_text
from api.effect_studies import Looked
from domains.analysis_plans.model import AnalysisPlan
from domains.benefits import second_opinion
from domains.benefits.blocks import by_payer, divided
from domains.benefits.diagnostics import Grade
from domains.benefits.histories import OUTSIDE, TOO_EARLY, FrozenPanel, Paid
from domains.benefits.panel import NEVER, Admission, Panel
from domains.benefits.studies import Estimated, Study, make_study, measure, put_together, tasks_of
from tests.domains.benefits.histories import PLANNED
from tests.domains.benefits.panels import plain
from tests.domains.support import NOW

FIRST: Final = date(2023, 1, 1)
MONTHS: Final = 24
START: Final = 14
RATIOS: Final = {"A": 0.5, "B": 0.75, "A,B": 0.25}
PLAN: Final = AnalysisPlan(
    id=UUID(int=1),
    asked=replace(
        PLANNED,
        domains=("jeugd", "ggz"),
        starts_from=date(2023, 7, 1),
        starts_until=date(2024, 7, 1),
        until_month=date(2025, 1, 1),
    ),
    interventions=(),
    registered_at=NOW,
    registered_after=0,
    actor="onderzoeker",
    withdrawn=False,
)
DEBTS: Final = ("A", START, "schulden", 4_000_00)
COACH: Final = (("B", START, "jeugd", 2_250_00), ("B", START, "armoede", 750_00))


@pytest.fixture(autouse=True)
def _own_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without the library for a second opinion, which knows nothing of panels so plain."""
    monkeypatch.setattr(second_opinion, "is_available", lambda: False)


def frozen(
    counts: Mapping[str, int],
    *,
    paid: Sequence[tuple[str, int, str, int]] = (DEBTS, *COACH),
    first: date = FIRST,
    later: int = 0,
) -> FrozenPanel:
    """Freeze families per exposure, of which each cost is halved, or less, or more, by help.

    ``later`` is by how many months A begins after B.
    """
    treated = sum(counts.values())
    panel = plain(treated=treated, compared=80, months=MONTHS, start=START, ratio=1)
    exposures = [name for name, count in counts.items() for _ in range(count)] + [""] * 80
    cents = panel.cents.astype(np.float64)
    for place, name in enumerate(exposures):
        cents[place, START:] *= RATIOS.get(name, 1)
    whole = np.rint(cents).astype(np.int64)
    begun = np.full((len(exposures), 2), NEVER)
    for place, name in enumerate(exposures):
        for each in filter(None, name.split(",")):
            begun[place, "AB".index(each)] = START + later * (each == "A" and name == "A,B")
    payers = ("armoede", "jeugd", "schulden")
    lines = [
        (family, month, "AB".index(code), payers.index(payer), amount)
        for code, month, payer, amount in paid
        for family, name in enumerate(exposures)
        if code in name.split(",")
    ]
    columns = np.array(lines, dtype=np.int64).reshape(-1, 5).T
    return FrozenPanel(
        panel=replace(
            panel, domains=("jeugd", "ggz"), cents=np.concatenate([whole, 0 * whole], axis=2)
        ),
        families=tuple(UUID(int=number + 1) for number in range(len(exposures))),
        first_month=first,
        chain_number=7,
        data_hash=b"\1" * 32,
        interventions=("A", "B"),
        begun=begun,
        exposure=tuple(frozenset(filter(None, name.split(","))) for name in exposures),
        districts=("WK000001",) * len(exposures),
        paid=Paid(
            interventions=("A", "B"),
            payers=payers,
            family=columns[0],
            month=columns[1],
            intervention=columns[2],
            payer=columns[3],
            cents=columns[4],
        ),
        left_out={"gezinnen met hulp van vóór de instroom": 3},
    )


def studied(panel: FrozenPanel, *, seen_before: int = 0) -> Study:
    return make_study(panel, PLAN, seen_before=seen_before, run=map)


def of(study: Study, exposure: str, domain: str = "jeugd") -> Estimated:
    (found,) = [
        each
        for each in study.estimates
        if (",".join(each.exposure), each.domain) == (exposure, domain)
    ]
    return found


def test_each_set_of_interventions_gets_its_own_ratio() -> None:
    study = studied(frozen({"A": 40, "B": 50, "A,B": 45}))
    for exposure, ratio in RATIOS.items():
        found = of(study, exposure)
        assert found.measured is not None
        assert found.measured.effect.ratio == pytest.approx(ratio)
        assert found.saving_cents == pytest.approx(found.counterfactual_cents * (1 - ratio))
    assert [of(study, name).measured.effect.treated for name in RATIOS] == [40, 50, 45]  # type: ignore[union-attr]  # Asserted above.
    assert study.left_out == {"gezinnen met hulp van vóór de instroom": 3}
    assert (study.chain_number, study.families, study.months) == (7, 215, MONTHS)


def test_blocks_add_up_to_their_estimate_and_shares_to_their_block() -> None:
    study = studied(frozen({"A": 40, "B": 50, "A,B": 45}))
    for found in study.estimates:
        if found.measured is None:
            continue
        assert sum(each.saving_cents for each in found.blocks) == found.saving_cents
        assert sum(each.counterfactual_cents for each in found.blocks) == found.counterfactual_cents
        for each in found.blocks:
            assert each.reason is None
            assert each.worth is not None
            assert each.worth.saving_cents == each.saving_cents
            shares = by_payer(divided(each.worth, each.paid))
            assert sum(shares.values()) == each.saving_cents
            assert sum(each.keys) == pytest.approx(each.counterfactual_cents, abs=len(each.keys))


def test_a_block_is_a_half_year_of_starts_in_a_quarter() -> None:
    blocks = of(studied(frozen({"A": 40})), "A").blocks
    assert {each.cohort for each in blocks} == {"2024-1"}
    assert [each.period for each in blocks] == [
        date(2024, 1, 1),
        date(2024, 4, 1),
        date(2024, 7, 1),
        date(2024, 10, 1),
    ]
    # Help began in March: one month of the first quarter counts.
    assert blocks[0].counterfactual_cents < blocks[1].counterfactual_cents / 2
    assert all(len(each.families) == len(each.keys) == 40 for each in blocks)


@pytest.mark.parametrize(
    ("first", "period"),
    [(date(2023, 2, 1), date(2024, 4, 1)), (date(2022, 12, 1), date(2024, 1, 1))],
)
def test_a_panel_may_begin_in_any_month_of_a_quarter(first: date, period: date) -> None:
    assert of(studied(frozen({"A": 40}, first=first)), "A").blocks[0].period == period


def test_a_combination_that_nobody_had_alone_follows_from_its_parts_or_is_not_attributed() -> None:
    with_parts = of(studied(frozen({"A": 40, "B": 50, "A,B": 45})), "A,B")
    assert with_parts.blocks[0].worth is not None
    assert with_parts.blocks[0].worth.modelled == ()
    without = of(studied(frozen({"A": 40, "B": 29, "A,B": 45})), "A,B")
    assert without.saving_cents > 0
    for each in without.blocks:
        assert each.reason is not None
        assert (each.reason.code, each.worth) == ("hulp-niet-gemeten", None)


def test_too_few_families_or_no_costs_is_an_outcome_of_that_estimate_only() -> None:
    study = studied(frozen({"A": 40, "B": 29}))
    few, none = of(study, "B").reason, of(study, "A", "ggz").reason
    assert few is not None
    assert none is not None
    assert few.code == "te-weinig-gezinnen-met-hulp"
    assert "29 gezinnen met hulp" in few.words
    assert none.code == "geen-kosten-vooraf"
    assert "ggz" in none.words
    assert of(study, "A").reason is None
    assert of(study, "B").blocks == ()


@pytest.mark.parametrize("left", [0, -1], ids=["nothing", "credits"])
def test_costs_that_are_all_gone_are_missing_data_and_no_saving(left: int) -> None:
    panel = frozen({"A": 40, "B": 50})
    cents = panel.panel.cents.copy()
    cents[:40, START:, 0] = left
    study = studied(replace(panel, panel=replace(panel.panel, cents=cents)))
    reason = of(study, "A").reason
    assert reason is not None
    assert reason.code == "geen-kosten-achteraf"
    assert of(study, "B").saving_cents > 0


def test_a_study_without_a_single_number_says_why() -> None:
    assert studied(frozen({"A": 40, "B": 29})).warning == ""
    few = studied(frozen({"A": 12})).warning
    assert few.startswith("Er kwam geen enkel getal uit. Er zijn 12 gezinnen met hulp te volgen")
    assert few.count("Er zijn 12 gezinnen") == 1
    nobody = studied(frozen({}))
    assert nobody.estimates == ()
    assert "Geen enkel gezin begon" in nobody.warning


def test_costs_that_are_left_out_are_told_in_euros_and_families_by_number() -> None:
    panel = replace(frozen({"A": 40}), left_out={OUTSIDE: 1_234_56, TOO_EARLY: 3})
    told = panel_text(Looked(plan=PLAN, frozen=panel, seen_before=0))
    assert f"{OUTSIDE}: € 1.234,56" in told
    assert f"{TOO_EARLY}: 3" in told


def test_nobody_to_compare_with_gives_no_number_at_all() -> None:
    panel = frozen({"A": 40})
    alone = replace(
        panel,
        panel=replace(
            panel.panel, present=panel.panel.present & (panel.panel.start < NEVER)[:, None]
        ),
    )
    assert {each.reason.code for each in studied(alone).estimates if each.reason} == {
        "te-weinig-gezinnen-met-hulp"
    }, "no month has anyone to compare with"


def test_help_that_nobody_paid_for_is_measured_and_not_attributed() -> None:
    found = of(studied(frozen({"A": 40}, paid=())), "A")
    assert found.saving_cents > 0
    assert {each.reason.code for each in found.blocks if each.reason} == {"hulp-zonder-betaler"}


def test_payers_are_known_up_to_the_end_of_the_quarter_and_later_ones_where_nobody_paid_yet() -> (
    None
):
    second, last = START + 3, START + 9
    paid = (("A", second, "schulden", 100), ("A", last, "armoede", 300))
    found = of(studied(frozen({"A": 40}, paid=paid)), "A")
    assert [each.paid["A"] for each in found.blocks] == [
        {"schulden": 40 * 100, "armoede": 40 * 300},
        {"schulden": 40 * 100},
        {"schulden": 40 * 100},
        {"schulden": 40 * 100, "armoede": 40 * 300},
    ]


@pytest.mark.parametrize(("later", "order"), [(0, ("A", "B")), (2, ("B", "A"))])
def test_interventions_stand_in_the_order_in_which_they_began(
    later: int, order: tuple[str, ...]
) -> None:
    found = of(studied(frozen({"A": 40, "B": 40, "A,B": 40}, later=later)), "A,B")
    worth = found.blocks[0].worth
    assert worth is not None
    assert worth.interventions == order
    assert worth.cents[1] == pytest.approx(worth.cents[-1] * (1 - RATIOS[order[0]]) / 0.75, abs=2)


def test_a_plan_made_after_its_data_was_seen_is_a_reason_for_doubt() -> None:
    many = frozen({"A": 120})
    before, after = of(studied(many), "A"), of(studied(many, seen_before=5), "A")
    assert before.measured is not None
    assert after.measured is not None
    assert set(after.measured.judgement.doubts) - set(before.measured.judgement.doubts) == {
        "het plan is vastgelegd toen er al uitkomsten te zien waren"
    }
    assert after.measured.diagnostics.seen_before == 5
    assert after.measured.judgement.grade is Grade.D


def test_tasks_and_what_they_find_travel_between_processes() -> None:
    panel = frozen({"A": 40, "B": 29})
    tasks = pickle.loads(pickle.dumps(tasks_of(panel, PLAN, seen_before=0)))  # noqa: S301 - Ours.
    found = pickle.loads(pickle.dumps(tuple(measure(each) for each in tasks)))  # noqa: S301
    there, here = put_together(panel, found), studied(panel)
    assert [each.blocks for each in there.estimates] == [each.blocks for each in here.estimates]
    assert np.array_equal(there.covariance, here.covariance)


def test_the_covariance_holds_the_errors_of_the_estimates() -> None:
    study = studied(frozen({"A": 40, "B": 50, "A,B": 45}))
    for place, found in enumerate(study.estimates):
        error = 0.0 if found.measured is None else found.measured.effect.saving_error
        assert study.covariance[place, place] == pytest.approx(error**2)
    assert np.array_equal(study.covariance, study.covariance.T)


def test_a_quarter_of_a_third_is_not_lost_by_rounding() -> None:
    found = of(studied(frozen({"A": 31})), "A")
    exact = [
        Fraction(found.saving_cents * each.counterfactual_cents, found.counterfactual_cents)
        for each in found.blocks
    ]
    for each, wanted in zip(found.blocks, exact, strict=True):
        assert abs(each.saving_cents - wanted) < 1


def test_the_interval_comes_from_the_ratio_when_there_are_many_families() -> None:
    few, many = (of(studied(frozen({"A": count})), "A") for count in (199, 200))
    assert few.measured is not None
    assert many.measured is not None
    assert few.interval_cents == tuple(map(round, few.measured.effect.saving_interval))
    low, high = many.measured.effect.ratio_interval
    whole = many.measured.effect.counterfactual
    assert many.interval_cents == (round(whole * (1 - high)), round(whole * (1 - low)))


def test_a_second_opinion_is_asked_on_each_set_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def opinions(_: Panel, __: int, *, admission: Admission) -> tuple[second_opinion.Opinion, ...]:
        families = (admission.untreated, admission.measured)
        asked.append(tuple(int(each.any(axis=1).sum()) for each in families))  # type: ignore[arg-type]  # A pair.
        return ()

    monkeypatch.setattr(second_opinion, "is_available", lambda: True)
    monkeypatch.setattr(second_opinion, "second_opinions", opinions)
    study = studied(frozen({"A": 40, "B": 50}))
    assert asked == [(40 + 80, 40), (50 + 80, 50)], "those with other help are left out"
    assert study.method == "ppml-if-1+tweede-oordeel"
