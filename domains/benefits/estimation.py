"""Estimates what costs would have been without help, and so what the help saved.

The costs of a family without help are taken as its own level times what moves all families: the
month, the age of the children, and severity through time. Level and movements are fitted on cells
without help only (Poisson imputation with family levels profiled out), then continued into the
months with help. A saving is always that of a group: that of one family cannot be measured.

Every estimate keeps the influence of each family on it, so that standard errors of sums over
domains, districts or periods follow by adding influences up; families are the independent units.
Amounts in here are floats because they are estimates; what is booked is rounded once, in
``attribution.py``.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from domains.benefits.panel import Admission, Floats, Mask, Panel
from domains.benefits.refusals import (
    NoCostsBefore,
    NotComparable,
    TooFewCompared,
    TooFewTreated,
)

METHOD: Final = "ppml-if-1"
"""Name and version of the method, kept with each estimate."""
WINDOW: Final = 3
"""The usual anticipation window, in months."""
LEAST_TREATED: Final = 30
LEAST_COMPARED: Final = 60
LOG_FROM: Final = 200
"""From this many families with help the interval is taken on the log scale."""
LEAST_SEVERITY_KNOWN: Final = 0.90
"""The least part of the families whose severity must be known before it is used."""

_STEPS: Final = 60
_CONVERGED: Final = 1e-13
_DEPENDENT: Final = 1e-9
_Z95: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """How costs without help move, fitted in one domain on cells without help."""

    domain: str
    admission: Admission
    costs: Floats
    columns: Floats
    before: Floats
    """Per family its costs in the cells without help."""
    probability: Floats
    """Families by months: how a family's costs without help are spread over its months."""
    continued: Floats
    """Families by months: the expected costs without help, in every month."""
    scores: Floats
    inverse: Floats
    information: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effect:
    """What help changed in the costs of one domain, over the measured cells; in cents."""

    domain: str
    treated: int
    """Families with help that were measured."""
    compared: int
    """Families without help, or not yet, in the same months."""
    family_months: int
    actual: float
    counterfactual: float
    """What the costs would have been without help."""
    influence: Floats
    """Per family of the panel its influence on the saving."""
    log_influence: Floats
    """Idem on the logarithm of the rate ratio."""
    families: int
    """Families that took part in the fit: the number of independent units."""
    by_family: Floats
    """Per family of the panel its counterfactual costs: the key to allot a saving by."""

    @property
    def saving(self) -> float:
        """What was saved; below zero when costs rose."""
        return self.counterfactual - self.actual

    @property
    def saving_error(self) -> float:
        """The standard error of the saving, clustered by family."""
        return standard_error(self.influence, families=self.families)

    @property
    def ratio(self) -> float:
        """Costs with help as a part of what they would have been."""
        return self.actual / self.counterfactual

    @property
    def log_error(self) -> float:
        """The standard error of the logarithm of the ratio."""
        return standard_error(self.log_influence, families=self.families)

    @property
    def ratio_interval(self) -> tuple[float, float]:
        """The 95% interval of the ratio: on the log scale from 200 families with help."""
        if self.treated >= LOG_FROM and self.actual > 0:
            factor = float(np.exp(_Z95 * self.log_error))
            return self.ratio / factor, self.ratio * factor
        reach = _Z95 * self.ratio * self.log_error
        return self.ratio - reach, self.ratio + reach

    @property
    def saving_interval(self) -> tuple[float, float]:
        """The 95% interval of the saving, in cents."""
        reach = _Z95 * self.saving_error
        return self.saving - reach, self.saving + reach


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """The effects in all receiving domains, over the same families and months."""

    effects: tuple[Effect, ...]
    with_severity: bool
    """Whether severity was known well enough to correct for it."""
    without_months: int

    @property
    def covariance(self) -> Floats:
        """The covariance of the savings of the domains, in cents squared."""
        influences = np.stack([effect.influence for effect in self.effects])
        families = self.effects[0].families
        covariance: Floats = families / (families - 1) * influences @ influences.T
        return covariance

    @property
    def total_saving(self) -> float:
        """The saving over all domains together; cost that only moved cancels out."""
        return sum(effect.saving for effect in self.effects)

    @property
    def total_error(self) -> float:
        """The standard error of the total, with how the domains move together."""
        return float(np.sqrt(self.covariance.sum()))


def estimate(
    panel: Panel, *, admission: Admission, of: Mask | None = None, columns: Floats | None = None
) -> Estimate:
    """Estimate the effect in each domain over the measured cells, or over part of them.

    ``of`` is the part (families by months) that a cohort, district or quarter is; ``columns``
    stands in for those of :func:`columns_of`.

    :raises TooFewTreated: fewer than 30 families with help can be followed.
    :raises TooFewCompared: fewer than 60 families to compare with.
    :raises NoCostsBefore: a domain had no costs without help.
    :raises NotComparable: the families with help are like none of the others.
    """
    cells = admission.measured if of is None else admission.measured & of
    check_enough(admission, cells)
    used = columns_of(panel) if columns is None else columns
    fits = (
        fit(panel, domain, admission=admission, columns=used)
        for domain in range(len(panel.domains))
    )
    return Estimate(
        effects=tuple(effect_on(each, cells) for each in fits),
        with_severity=severity_known(panel),
        without_months=admission.without_months,
    )


def check_enough(admission: Admission, cells: Mask) -> None:
    """Refuse to estimate on so few families that chance, or a family itself, would show.

    :raises TooFewTreated: fewer than 30 families with help can be followed.
    :raises TooFewCompared: fewer than 60 families to compare with.
    """
    treated = int(cells.any(axis=1).sum())
    if treated < LEAST_TREATED:
        raise TooFewTreated(
            count=treated, least=LEAST_TREATED, without_months=admission.without_months
        )
    compared = _compared(admission, cells)
    if compared < LEAST_COMPARED:
        raise TooFewCompared(count=compared, least=LEAST_COMPARED)


def severity_known(panel: Panel) -> bool:
    """Say whether enough families have a known severity to correct for it."""
    return float(np.isfinite(panel.severity).mean()) >= LEAST_SEVERITY_KNOWN


def columns_of(panel: Panel) -> Floats:
    """Give what moves costs beside the months: families by months by columns.

    The share of children that is 18 or older, bent so that the last child counts for more, and
    severity through time (a family whose severity is not known moves as the average one).
    """
    years = np.arange(panel.present.shape[1]) / 12
    columns = [panel.adult_share, panel.adult_share**2]
    if severity_known(panel):
        known = np.isfinite(panel.severity)
        severity = np.where(known, panel.severity - panel.severity[known].mean(), 0)
        columns.append(severity[:, None] * (years - years.mean()))
    return np.stack(columns, axis=2)


def fit(panel: Panel, domain: int, *, admission: Admission, columns: Floats) -> Fit:
    """Fit how the costs of a domain move without help, by Newton's method.

    :raises NoCostsBefore: there are no costs without help, or none of the families with help.
    """
    costs = panel.cents[:, :, domain].astype(np.float64)
    untreated = np.where(admission.untreated, costs, 0)
    before = untreated.sum(axis=1)
    if before[admission.measured.any(axis=1)].sum() <= 0:
        raise NoCostsBefore(domain=panel.domains[domain])
    months = costs.shape[1]
    beta = np.zeros(months + columns.shape[2])
    shape, probability = _spread(beta, admission.untreated, columns)
    information = _information(before, probability, columns)
    kept = _independent(information)
    scores = _with_columns(untreated - before[:, None] * probability, columns)
    for _ in range(_STEPS):
        gradient = scores.sum(axis=0)[kept]
        step = np.linalg.solve(information[np.ix_(kept, kept)], gradient)
        decrement = float(gradient @ step)
        if decrement <= _CONVERGED * before.sum():
            break
        # A full step may overshoot where costs are very uneven; a damped one never does.
        beta[kept] += step / (1 + max(0.0, float(np.abs(step).max()) - 1))
        shape, probability = _spread(beta, admission.untreated, columns)
        information = _information(before, probability, columns)
        scores = _with_columns(untreated - before[:, None] * probability, columns)
    inverse = np.zeros_like(information)
    inverse[np.ix_(kept, kept)] = np.linalg.inv(information[np.ix_(kept, kept)])
    level = _divided(before, (shape * admission.untreated).sum(axis=1))
    return Fit(
        domain=panel.domains[domain],
        admission=admission,
        costs=costs,
        columns=columns,
        before=before,
        probability=probability,
        continued=level[:, None] * shape,
        scores=scores,
        inverse=inverse,
        information=information,
    )


def effect_on(fitted: Fit, cells: Mask) -> Effect:
    """Compare the actual costs in some cells with what they would have been without help.

    :raises NoCostsBefore: nothing would have been spent there.
    :raises NotComparable: what moves costs there was never seen without help.
    """
    expected = np.where(cells, fitted.continued, 0)
    by_family = expected.sum(axis=1)
    actual_by_family = np.where(cells, fitted.costs, 0).sum(axis=1)
    counterfactual, actual = float(by_family.sum()), float(actual_by_family.sum())
    if counterfactual <= 0:
        raise NoCostsBefore(domain=fitted.domain)
    gradient = _with_columns(
        expected - by_family[:, None] * fitted.probability, fitted.columns
    ).sum(axis=0)
    direction = fitted.inverse @ gradient
    unexplained = np.abs(fitted.information @ direction - gradient).max()
    if unexplained > np.sqrt(_DEPENDENT) * counterfactual:
        raise NotComparable(domain=fitted.domain)
    moved = by_family + fitted.scores @ direction
    took_part = fitted.admission.untreated.any(axis=1)
    treated = cells.any(axis=1)
    months = cells.sum(axis=1)
    saving = moved - actual_by_family
    mean = (counterfactual - actual) / months.sum()
    log_influence = -moved / counterfactual
    if actual > 0:
        log_influence = log_influence + actual_by_family / actual
    return Effect(
        domain=fitted.domain,
        treated=int(treated.sum()),
        compared=_compared(fitted.admission, cells),
        family_months=int(months.sum()),
        actual=actual,
        counterfactual=counterfactual,
        influence=saving - mean * months,
        log_influence=log_influence,
        families=int(took_part.sum()),
        by_family=by_family,
    )


def standard_error(influence: Floats, *, families: int) -> float:
    """Give the standard error that belongs to influences of independent families."""
    return float(np.sqrt(families / (families - 1) * np.square(influence).sum()))


def _compared(admission: Admission, cells: Mask) -> int:
    """Count the families without help, or not yet, in the months of some cells."""
    return int((admission.untreated & cells.any(axis=0)).any(axis=1).sum())


def _spread(beta: Floats, untreated: Mask, columns: Floats) -> tuple[Floats, Floats]:
    """Give per family the shape of its costs, and how they spread over the cells without help."""
    months = untreated.shape[1]
    exponent = beta[:months] + columns @ beta[months:]
    shape = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    without_help = np.where(untreated, shape, 0)
    return shape, _divided(without_help, without_help.sum(axis=1, keepdims=True))


def _information(before: Floats, probability: Floats, columns: Floats) -> Floats:
    """Give the information matrix of months and columns."""
    weight = before[:, None] * probability
    months, count = weight.shape[1], columns.shape[2]
    flat = columns.reshape(weight.size, count)
    weighted = weight.reshape(weight.size, 1) * flat
    mean = _with_columns(probability, columns)
    second = np.empty((months + count, months + count))
    second[:months, :months] = np.diag(weight.sum(axis=0))
    second[:months, months:] = weighted.reshape(*weight.shape, count).sum(axis=0)
    second[months:, :months] = second[:months, months:].T
    second[months:, months:] = flat.T @ weighted
    information: Floats = second - mean.T @ (before[:, None] * mean)
    return information


def _with_columns(cells: Floats, columns: Floats) -> Floats:
    """Sum cells per family over months and over each column."""
    return np.concatenate([cells, np.einsum("im,imc->ic", cells, columns)], axis=1)


def _independent(information: Floats) -> Mask:
    """Keep the columns that say something which those before them do not (Cholesky in order)."""
    rest = information.copy()
    least = _DEPENDENT * np.diagonal(information).copy()
    kept = np.zeros(len(rest), dtype=np.bool_)
    for place in range(len(rest)):
        pivot = rest[place, place]
        kept[place] = pivot > least[place]
        if kept[place]:
            rest -= np.outer(rest[:, place], rest[place]) / pivot
    return kept


def _divided(amounts: Floats, by: Floats) -> Floats:
    """Divide; what has nothing to be divided by is nothing."""
    result: Floats = np.divide(amounts, by, out=np.zeros_like(amounts), where=by > 0)
    return result
