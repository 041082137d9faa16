"""Estimates all that a plan asks for: per exact set of interventions and receiving domain.

The heavy part is a task per domain, which knows no database and can run in a process of its own;
what comes out of the tasks is put together into estimates with their grades, and into blocks with
their worth. Where no number can be given, its reason is the outcome; the rest of the study stands.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domains.analysis_plans.model import AnalysisPlan
from domains.benefits import second_opinion
from domains.benefits.attribution import allot, worth_of
from domains.benefits.blocks import (
    MONTHS_A_QUARTER,
    Block,
    Reason,
    divided,
    quarter_of,
)
from domains.benefits.diagnostics import Assignment, Diagnostics, Judgement, diagnose, grade
from domains.benefits.estimation import (
    LOG_FROM,
    METHOD,
    Effect,
    Fit,
    check_enough,
    columns_of,
    effect_on,
    fit,
    severity_known,
)
from domains.benefits.histories import FrozenPanel
from domains.benefits.panel import NEVER, Admission, Floats, Integers, Mask, Panel, admit
from domains.benefits.refusals import (
    InterventionNotMeasured,
    InterventionWithoutPayer,
    NoCostsAfter,
    NoCostsBefore,
    NotComparable,
    TooManyInterventions,
)
from domains.benefits.suppression import LEAST_FAMILIES
from ledger.money import split
from ledger.refusals import Refusal

EVERYTHING_BEFORE: Final = -NEVER
_NOBODY_HELPED: Final = (
    "Geen enkel gezin begon in de maanden van instroom met hulp uit dit plan: controleer die"
    " maanden, de soorten hulp en of hun kosten zijn ingelezen."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """One receiving domain of a plan, with all that its estimation needs."""

    panel: Panel
    """Of this domain only."""
    window: int
    assignment: Assignment
    exposures: tuple[tuple[str, ...], ...]
    exposure: Integers
    """Per family the place of its exposure; below zero: it is not measured."""
    quarter: Integers
    """Per month the number of its quarter."""
    district: tuple[str, ...]
    """Per family where it lived."""
    seen_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRate:
    """What help changed in a district: mostly chance, so it is only shown drawn to the others."""

    wijk: str
    families: int
    log_ratio: float
    log_error: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What was found of one exposure in one domain."""

    effect: Effect
    diagnostics: Diagnostics
    judgement: Judgement
    by_quarter: Floats
    """Families by quarters: the costs without help."""
    without_months: int
    """Families of the whole panel that were left out for too few months before their help."""
    districts: tuple[DistrictRate, ...] = ()
    """Of districts with so many families with help that it tells of none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """An estimate of a study; its numbers stand in ``measured`` or its reason in ``reason``."""

    exposure: tuple[str, ...]
    domain: str
    reason: Reason | None
    measured: Measured | None
    actual_cents: int
    counterfactual_cents: int
    interval_cents: tuple[int, int]
    blocks: tuple[Block, ...]

    @property
    def saving_cents(self) -> int:
        """What was saved; below zero when costs rose."""
        return self.counterfactual_cents - self.actual_cents


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """Everything that was estimated of a plan on one frozen panel."""

    chain_number: int
    data_hash: bytes
    method: str
    families: int
    months: int
    first_month: date
    left_out: Mapping[str, int]
    estimates: tuple[Estimated, ...]
    """By domain, in the order of the plan, then by exposure."""
    covariance: Floats
    """Of the savings of the estimates, in cents squared; zero where there is no number."""

    @property
    def warning(self) -> str:
        """Say in Dutch why not a single number came out; nothing where one did."""
        if any(each.measured is not None for each in self.estimates):
            return ""
        reasons = dict.fromkeys(each.reason.words for each in self.estimates if each.reason)
        return f"Er kwam geen enkel getal uit. {' '.join(reasons) or _NOBODY_HELPED}"


def method_name() -> str:
    """Name the method with its version, and whether a second opinion is asked."""
    return METHOD + ("+tweede-oordeel" if second_opinion.is_available() else "")


def make_study(
    frozen: FrozenPanel,
    plan: AnalysisPlan,
    *,
    seen_before: int,
    run: Callable[
        [Callable[[Task], tuple[Measured | Reason, ...]], Sequence[Task]],
        Iterable[tuple[Measured | Reason, ...]],
    ],
) -> Study:
    """Estimate everything that a plan asks for.

    ``run`` maps a function over tasks in order: the built-in ``map``, or that of a process pool.
    """
    tasks = tasks_of(frozen, plan, seen_before=seen_before)
    return put_together(frozen, tuple(run(measure, tasks)))


def tasks_of(frozen: FrozenPanel, plan: AnalysisPlan, *, seen_before: int) -> tuple[Task, ...]:
    """Give the tasks of a plan, one per receiving domain."""
    panel = frozen.panel
    exposures = exposures_of(frozen)
    places = {each: place for place, each in enumerate(exposures)}
    exposure = np.array(
        [places[tuple(sorted(each))] if each else -1 for each in frozen.exposure], dtype=np.int64
    )
    months = np.arange(panel.present.shape[1])
    return tuple(
        Task(
            panel=replace(panel, domains=(name,), cents=panel.cents[:, :, [place]]),
            window=plan.asked.window_months,
            assignment=plan.asked.assignment,
            exposures=exposures,
            exposure=exposure,
            quarter=(months + (frozen.first_month.month - 1) % MONTHS_A_QUARTER)
            // MONTHS_A_QUARTER,
            district=frozen.districts,
            seen_before=seen_before,
        )
        for place, name in enumerate(panel.domains)
    )


def exposures_of(frozen: FrozenPanel) -> tuple[tuple[str, ...], ...]:
    """List the sets of interventions that families had, each sorted, small sets first."""
    return tuple(
        sorted(
            {tuple(sorted(each)) for each in frozen.exposure if each},
            key=lambda each: (len(each), each),
        )
    )


def measure(task: Task) -> tuple[Measured | Reason, ...]:
    """Measure each exposure of a task in its domain; the heavy part, without a database."""
    panel = task.panel
    admission = admit(panel, window=task.window)
    columns = columns_of(panel)
    fitted: Fit | Reason | None = None
    found: list[Measured | Reason] = []
    for place in range(len(task.exposures)):
        mine = task.exposure == place
        cells = admission.measured & mine[:, None]
        try:
            check_enough(admission, cells)
            if fitted is None:
                fitted = _fitted(panel, admission, columns)
            found.append(
                fitted if isinstance(fitted, Reason) else _measured(task, fitted, mine, cells)
            )
        except Refusal as refusal:
            found.append(_reason(refusal))
    return tuple(found)


def _fitted(panel: Panel, admission: Admission, columns: Floats) -> Fit | Reason:
    """Fit a domain once for all exposures; that it cannot be fitted counts for all as well."""
    try:
        return fit(panel, 0, admission=admission, columns=columns)
    except Refusal as refusal:
        return _reason(refusal)


def _measured(task: Task, fitted: Fit, mine: Mask, cells: Mask) -> Measured:
    panel, admission = task.panel, fitted.admission
    effect = effect_on(fitted, cells)
    if effect.actual <= 0:
        raise NoCostsAfter(domain=effect.domain)
    diagnostics = replace(
        diagnose(
            panel,
            0,
            admission=admission,
            effect=effect,
            opinions=_opinions(panel, admission, mine, cells),
            of=cells,
        ),
        seen_before=task.seen_before,
    )
    expected = np.where(cells, fitted.continued, 0)
    starts = np.flatnonzero(np.diff(task.quarter, prepend=-1))
    return Measured(
        effect=effect,
        diagnostics=diagnostics,
        judgement=grade(
            effect,
            assignment=task.assignment,
            with_severity=severity_known(panel),
            diagnostics=diagnostics,
        ),
        by_quarter=np.add.reduceat(expected, starts, axis=1),
        without_months=admission.without_months,
        districts=tuple(district_rates(fitted, cells, np.array(task.district))),
    )


def district_rates(fitted: Fit, cells: Mask, district: NDArray[np.str_]) -> Iterator[DistrictRate]:
    """Measure each district with enough families, by the fit of the whole municipality."""
    helped: Mask = np.any(cells, axis=1)
    for wijk, families in zip(*np.unique(district[helped], return_counts=True), strict=True):
        if families < LEAST_FAMILIES:
            continue
        try:
            effect = effect_on(fitted, cells & (district == wijk)[:, None])
        except (NoCostsBefore, NotComparable):
            continue
        if effect.actual > 0 and effect.log_error > 0:
            yield DistrictRate(
                wijk=str(wijk),
                families=int(families),
                log_ratio=float(np.log(effect.ratio)),
                log_error=effect.log_error,
            )


def _opinions(
    panel: Panel, admission: Admission, mine: Mask, cells: Mask
) -> tuple[second_opinion.Opinion, ...]:
    """Ask for a second opinion on one exposure, beside families without any help.

    The library takes far longer where families are followed for different times, as those with
    other help would be.
    """
    if not second_opinion.is_available():
        return ()
    compared = mine | (panel.start >= panel.present.shape[1])
    return second_opinion.second_opinions(
        panel,
        0,
        admission=replace(
            admission, untreated=admission.untreated & compared[:, None], measured=cells
        ),
    )


def put_together(frozen: FrozenPanel, found: Sequence[tuple[Measured | Reason, ...]]) -> Study:
    """Turn what the tasks found into estimates and blocks."""
    exposures = exposures_of(frozen)
    cohorts = _Cohorts(frozen)
    estimates = []
    for domain, answers in zip(frozen.panel.domains, found, strict=True):
        ratios = {
            frozenset(exposure): answer.effect.ratio
            for exposure, answer in zip(exposures, answers, strict=True)
            if isinstance(answer, Measured)
        }
        estimates += [
            _estimated(exposure, domain, answer, ratios=ratios, cohorts=cohorts)
            for exposure, answer in zip(exposures, answers, strict=True)
        ]
    return Study(
        chain_number=frozen.chain_number,
        data_hash=frozen.data_hash,
        method=method_name(),
        families=len(frozen.families),
        months=frozen.panel.present.shape[1],
        first_month=frozen.first_month,
        left_out=frozen.left_out,
        estimates=tuple(estimates),
        covariance=_covariance(estimates, len(frozen.families)),
    )


def _covariance(estimates: Sequence[Estimated], families: int) -> Floats:
    """Give how the savings move together, from the influences of the same families."""
    influences = np.zeros((len(estimates), families))
    for place, each in enumerate(estimates):
        if each.measured is not None:
            units = each.measured.effect.families
            influences[place] = np.sqrt(units / (units - 1)) * each.measured.effect.influence
    covariance: Floats = influences @ influences.T
    return covariance


def _estimated(
    exposure: tuple[str, ...],
    domain: str,
    answer: Measured | Reason,
    *,
    ratios: Mapping[frozenset[str], float],
    cohorts: "_Cohorts",
) -> Estimated:
    if isinstance(answer, Reason):
        return Estimated(
            exposure=exposure,
            domain=domain,
            reason=answer,
            measured=None,
            actual_cents=0,
            counterfactual_cents=0,
            interval_cents=(0, 0),
            blocks=(),
        )
    effect = answer.effect
    counterfactual, actual = round(effect.counterfactual), round(effect.actual)
    cells = cohorts.cells_of(exposure, answer.by_quarter)
    parts = split(counterfactual, [Fraction(keys.sum()) for _, _, _, keys in cells])
    saving = counterfactual - actual
    savings = allot(saving, [Fraction(saving * part, counterfactual) for part in parts])
    return Estimated(
        exposure=exposure,
        domain=domain,
        reason=None,
        measured=answer,
        actual_cents=actual,
        counterfactual_cents=counterfactual,
        interval_cents=_interval(effect),
        blocks=tuple(
            _block(
                cohorts,
                exposure=exposure,
                domain=domain,
                cell=cell,
                counterfactual_cents=part,
                saving_cents=cents,
                ratios=ratios,
            )
            for cell, part, cents in zip(cells, parts, savings, strict=True)
        ),
    )


def _interval(effect: Effect) -> tuple[int, int]:
    """Give the 95% interval of the saving, from that of the ratio when there are many families."""
    if effect.treated < LOG_FROM:
        low, high = effect.saving_interval
    else:
        low, high = (effect.counterfactual * (1 - each) for each in effect.ratio_interval[::-1])
    return round(low), round(high)


def _block(
    cohorts: "_Cohorts",
    *,
    exposure: tuple[str, ...],
    domain: str,
    cell: "_Cell",
    counterfactual_cents: int,
    saving_cents: int,
    ratios: Mapping[frozenset[str], float],
) -> Block:
    cohort, quarter, families, keys = cell
    paid = cohorts.paid_by(exposure, cohort, quarter)
    worth, reason = None, None
    try:
        worth = worth_of(
            cohorts.in_order(exposure, cohort),
            counterfactual_cents=counterfactual_cents,
            ratios=ratios,
        )
        # All together save exactly their part of the estimate, so that nothing is lost by rounding.
        worth = replace(worth, cents=(*worth.cents[:-1], saving_cents))
        divided(worth, paid)
    except (InterventionNotMeasured, InterventionWithoutPayer, TooManyInterventions) as refusal:
        reason = _reason(refusal)
    return Block(
        cohort=cohort,
        exposure=exposure,
        receiver=domain,
        period=cohorts.day_of(quarter),
        counterfactual_cents=counterfactual_cents,
        saving_cents=saving_cents,
        worth=worth,
        paid=paid,
        families=tuple(cohorts.frozen.families[each] for each in families),
        keys=tuple(int(each) for each in np.rint(keys)),
        reason=reason,
    )


_Cell = tuple[str, int, Integers, Floats]
"""A cohort, the number of a quarter, its families and their costs without help."""


class _Cohorts:
    """Who began when with what, and what was paid for them."""

    def __init__(self, frozen: FrozenPanel) -> None:
        self.frozen = frozen
        self._cohort = np.array(frozen.cohorts())
        self._exposure = np.array([",".join(sorted(each)) for each in frozen.exposure])
        self._first = quarter_of(frozen.first_month)
        self._offset = (frozen.first_month.month - 1) % MONTHS_A_QUARTER
        self._interventions = {code: at for at, code in enumerate(frozen.interventions)}
        self._paid: dict[tuple[tuple[str, ...], str, int], Mapping[str, Mapping[str, int]]] = {}
        self._orders: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}

    def cells_of(self, exposure: tuple[str, ...], by_quarter: Floats) -> list[_Cell]:
        """Give the cohorts and quarters of an exposure in which something would have been spent."""
        cells: list[_Cell] = []
        for cohort in np.unique(self._cohort[self._members(exposure)]):
            mine = np.flatnonzero(self._members(exposure) & (self._cohort == cohort))
            for quarter in range(by_quarter.shape[1]):
                keys = by_quarter[mine, quarter]
                seen = keys > 0
                if keys[seen].sum() > 0:
                    cells.append((str(cohort), quarter, mine[seen], keys[seen]))
        return cells

    def day_of(self, quarter: int) -> date:
        """Give the first day of a quarter by its number."""
        months = self._first.month - 1 + quarter * MONTHS_A_QUARTER
        return date(self._first.year + months // 12, months % 12 + 1, 1)

    def in_order(self, exposure: tuple[str, ...], cohort: str) -> tuple[str, ...]:
        """Give interventions in the order in which they began, on average over the families."""
        key = (exposure, cohort)
        if key not in self._orders:
            begun = self.frozen.begun[self._members(exposure) & (self._cohort == cohort)]
            mean = {code: float(begun[:, self._interventions[code]].mean()) for code in exposure}
            self._orders[key] = tuple(sorted(exposure, key=lambda code: (mean[code], code)))
        return self._orders[key]

    def paid_by(
        self, exposure: tuple[str, ...], cohort: str, quarter: int
    ) -> Mapping[str, Mapping[str, int]]:
        """Give what was paid up to the end of a quarter, for the interventions of an exposure.

        Help that is paid afterwards counts in full where nothing was paid for it yet.
        """
        key = (exposure, cohort, quarter)
        if key not in self._paid:
            families = self._members(exposure) & (self._cohort == cohort)
            until, ever = (
                self.frozen.paid.by_payer(families, from_month=EVERYTHING_BEFORE, until_month=month)
                for month in ((quarter + 1) * MONTHS_A_QUARTER - self._offset, NEVER)
            )
            self._paid[key] = {
                code: until.get(code, ever.get(code, {}))
                for code in exposure
                if code in until or code in ever
            }
        return self._paid[key]

    def _members(self, exposure: tuple[str, ...]) -> Mask:
        members: Mask = self._exposure == ",".join(exposure)
        return members


def _reason(refusal: Refusal) -> Reason:
    return Reason(code=refusal.code, words=refusal.message())
