"""Looks for reasons to doubt an estimate, and grades it by rules.

A grade is never given by hand. It starts at A where chance decided who was helped and at B where
help merely began at different times, and each reason for doubt takes it down.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from domains.benefits.estimation import Effect, columns_of, effect_on, fit
from domains.benefits.panel import LEAST_COMPLETE, Admission, Mask, Panel, admit
from domains.benefits.refusals import NoCostsBefore
from domains.benefits.second_opinion import Opinion

PLACEBO_MONTHS: Final = 6
DIP_MONTHS: Final = 3
TRIMMED_SHARE: Final = 0.01
LARGEST_SHARE: Final = 0.25
"""The largest part of the uncertainty that one family may bring."""
MANY_TREATED: Final = 100
"""From this many families with help the grade may be A or B."""
_ALARM: Final = 1.96
"""Standard errors from which a difference is no chance."""
_HALF_YEAR: Final = 6


class Grade(StrEnum):
    """How strong the evidence for a saving is."""

    A = "A"
    """Chance decided who was helped first."""
    B = "B"
    """Help began at different times, and nothing was found to doubt it."""
    C = "C"
    """As A or B with one reason for doubt; shown with its interval, never settled."""
    D = "D"
    """Measured elsewhere, or with several reasons for doubt: an expectation."""
    E = "E"
    """A price list or an expert: an expectation."""


class Assignment(StrEnum):
    """How it was decided which families got help when."""

    RANDOM = "loting"
    STAGGERED = "gespreide-start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A ratio of costs where there was no help yet, which should be one, with its log error."""

    ratio: float
    error: float

    @property
    def deviates(self) -> bool:
        """Whether it differs from one by more than chance."""
        return abs(float(np.log(self.ratio))) > _ALARM * self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics:
    """What was looked at, for one domain; what could not be looked at is an empty tuple."""

    placebo: tuple[Comparison, ...]
    """Six pretended months of help before the window."""
    dip: tuple[Comparison, ...]
    """The three months just before help, against those before them."""
    window: int
    tipping_point: float
    """The fall a year, as a part, with which these families would have got there by themselves."""
    without_cohort: tuple[float, ...]
    """The ratio without each half year of starts in turn."""
    trimmed_ratio: float
    """The ratio without the 1% of families with the highest costs."""
    largest_share: float
    """The part of the uncertainty that the one most telling family brings."""
    least_complete: float
    """The least part of the invoices that is in, over the months that count."""
    months_left_out: int
    """Months that do not count because too few of their invoices are in."""
    opinions: tuple[Opinion, ...]
    seen_before: int = 0
    """Costs with help that could be seen before the plan was registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A grade with every reason for doubt, as Dutch half-sentences."""

    grade: Grade
    doubts: tuple[str, ...]


def diagnose(
    panel: Panel,
    domain: int,
    *,
    admission: Admission,
    effect: Effect,
    opinions: tuple[Opinion, ...],
    of: Mask | None = None,
) -> Diagnostics:
    """Look at everything that can make the estimate of a domain doubtful."""
    cells = admission.measured if of is None else admission.measured & of
    chosen: Mask = np.any(cells, axis=1)
    cohort = np.where(chosen, panel.start // _HALF_YEAR, -1)
    heavy = panel.cents[:, :, domain].sum(axis=1) / np.maximum(panel.present.sum(axis=1), 1)
    spread = np.square(effect.log_influence)
    trimmed = heavy < np.quantile(heavy, 1 - TRIMMED_SHARE)
    complete = panel.completeness >= LEAST_COMPLETE
    return Diagnostics(
        placebo=_before_help(
            panel,
            domain,
            chosen=chosen,
            first=admission.window + PLACEBO_MONTHS,
            last=admission.window,
        ),
        dip=_before_help(panel, domain, chosen=chosen, first=DIP_MONTHS, last=0),
        window=admission.window,
        tipping_point=tipping_point(panel, effect, cells),
        without_cohort=tuple(
            ratio
            for each in np.unique(cohort[cohort >= 0])
            for ratio in _ratio_of(panel, domain, admission, cells, keep=cohort != each)
        ),
        trimmed_ratio=next(
            iter(_ratio_of(panel, domain, admission, cells, keep=trimmed)), effect.ratio
        ),
        largest_share=float(spread.max() / spread.sum()),
        least_complete=float(panel.completeness[complete].min()),
        months_left_out=int((~complete).sum()),
        opinions=opinions,
    )


def tipping_point(panel: Panel, effect: Effect, cells: Mask) -> float:
    """Give how fast costs would have to change by themselves, a year, to explain the effect."""
    month = np.arange(cells.shape[1]) + 0.5
    years = np.where(cells, (month - panel.start[:, None]) / 12, 0).sum() / cells.sum()
    return 1 - float(np.exp(-abs(np.log(effect.ratio)) / years))


def grade(
    effect: Effect, *, assignment: Assignment, with_severity: bool, diagnostics: Diagnostics
) -> Judgement:
    """Grade an estimate: one reason for doubt makes it C, several make it an expectation (D)."""
    doubts = tuple(
        _doubts(effect, assignment=assignment, with_severity=with_severity, found=diagnostics)
    )
    if not doubts:
        best = Grade.A if assignment is Assignment.RANDOM else Grade.B
        return Judgement(grade=best, doubts=())
    return Judgement(grade=Grade.C if len(doubts) == 1 else Grade.D, doubts=doubts)


def _doubts(
    effect: Effect, *, assignment: Assignment, with_severity: bool, found: Diagnostics
) -> list[str]:
    """List the reasons for doubt, in the order in which they weigh."""
    low, high = effect.ratio_interval
    heavy = abs(float(np.log(found.trimmed_ratio / effect.ratio))) > effect.log_error
    heavy |= found.largest_share > LARGEST_SHARE
    dip_outside = found.window < DIP_MONTHS and any(each.deviates for each in found.dip)
    apart = [each.method for each in found.opinions if not _agrees(effect, each)]
    # A lottery needs no other model of what would have been; see the grades of decision 15.
    unheard = not found.opinions and assignment is not Assignment.RANDOM
    checks = (
        (effect.treated < MANY_TREATED, f"minder dan {MANY_TREATED} gezinnen met hulp"),
        (not with_severity, "de zwaarte van de problemen is van te weinig gezinnen bekend"),
        (not found.placebo, "te weinig maanden vooraf voor een proef op de maanden zonder hulp"),
        (
            any(each.deviates for each in found.placebo),
            "de kosten weken al af voordat de hulp begon",
        ),
        (dip_outside, "de kosten piekten vlak voor de hulp en die maanden tellen mee"),
        (heavy, "enkele zeer dure gezinnen bepalen de uitkomst"),
        (
            any(not low <= ratio <= high for ratio in found.without_cohort),
            "één halfjaar van instroom bepaalt de uitkomst",
        ),
        (unheard, "er is geen tweede oordeel"),
        (bool(apart), f"het tweede oordeel wijkt af ({', '.join(apart)})"),
        (found.seen_before > 0, "het plan is vastgelegd toen er al uitkomsten te zien waren"),
    )
    return [sentence for holds, sentence in checks if holds]


def _agrees(effect: Effect, opinion: Opinion) -> bool:
    """Say whether two estimates of the saving per family and month differ by chance only."""
    own = effect.saving / effect.family_months
    error = effect.saving_error / effect.family_months
    return abs(own - opinion.saving) <= 2 * float(np.hypot(error, opinion.error))


def _before_help(
    panel: Panel, domain: int, *, chosen: Mask, first: int, last: int
) -> tuple[Comparison, ...]:
    """Pretend that help began some months earlier, and compare the months until the window."""
    pretended = replace(panel, start=panel.start - first)
    admission = admit(pretended, window=0)
    until = panel.start[:, None] - last
    cells = admission.measured & (np.arange(panel.present.shape[1]) < until) & chosen[:, None]
    if not cells.any():
        return ()
    try:
        fitted = fit(pretended, domain, admission=admission, columns=columns_of(panel))
        found = effect_on(fitted, cells)
    except NoCostsBefore:
        return ()
    return (Comparison(ratio=found.ratio, error=found.log_error),) if found.actual > 0 else ()


def _ratio_of(
    panel: Panel, domain: int, admission: Admission, cells: Mask, *, keep: Mask
) -> tuple[float, ...]:
    """Give the ratio without some families, or nothing when nothing is left to measure."""
    rest = replace(
        admission,
        untreated=admission.untreated & keep[:, None],
        measured=admission.measured & keep[:, None],
    )
    try:
        fitted = fit(panel, domain, admission=rest, columns=columns_of(panel))
        return (effect_on(fitted, cells & keep[:, None]).ratio,)
    except NoCostsBefore:
        return ()
