"""Rates of many small groups beside each other: drawn to what they share, and which stand out.

Of a district with a few dozen families mostly chance is seen. What all districts share is known
better, so each rate is drawn to it, the more so the less is known of the district (empirical
Bayes). Drawn rates are no amounts: they do not sum to what was measured for the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from domains.benefits.panel import Floats

FALSE_RATE: Final = 0.10
"""What part of all that is called demonstrable may be chance."""

_ESTIMATED: Final = 3
"""What is estimated from the rates themselves: so many rates tell nothing about the others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shrunk:
    """Rates drawn to what they share, with their standard errors."""

    rates: Floats
    errors: Floats
    pooled: float
    """What they share."""
    pooled_error: float
    spread: float
    """How far the rates differ (Cochran's Q); about one less than their number by chance alone."""
    between: float
    """The variance between the groups themselves, beside chance."""


def shrink(rates: Floats, errors: Floats) -> Shrunk:
    """Draw each rate to the mean of all by how much of it is chance.

    The variance between groups follows DerSimonian and Laird (1986); that it is itself estimated
    is taken into account as by Morris (1983), which with equal errors is Efron and Morris (1975).
    Three rates or fewer stay what they are.
    """
    count = len(rates)
    variances = np.square(errors)
    weights = 1 / variances
    fixed = float(weights @ rates / weights.sum())
    spread = float(weights @ np.square(rates - fixed))
    room = float(weights.sum() - np.square(weights).sum() / weights.sum())
    between = max(0.0, (spread - (count - 1)) / room) if count > 1 else 0.0
    weights = 1 / (variances + between)
    pooled = float(weights @ rates / weights.sum())
    pooled_error = float(np.sqrt(1 / weights.sum()))
    known = max(0, count - _ESTIMATED) / max(1, count - 1)
    drawn = known * variances / (variances + between)
    return Shrunk(
        rates=drawn * pooled + (1 - drawn) * rates,
        errors=np.sqrt((1 - drawn) * variances + np.square(drawn * pooled_error)),
        pooled=pooled,
        pooled_error=pooled_error,
        spread=spread,
        between=between,
    )


def chance_of(value: float, error: float) -> float:
    """Give how often chance alone brings a value at least so far from nothing (two-sided)."""
    if error <= 0:
        return 0.0 if value else 1.0
    return 2 * NormalDist().cdf(-abs(value) / error)


def demonstrable(chances: Sequence[float], *, false_rate: float) -> tuple[bool, ...]:
    """Say which of many findings stand, so that of those at most a part is chance.

    The step-up procedure of Benjamini and Hochberg (1995), in the order of the chances given.
    """
    count = len(chances)
    in_order = sorted(chances)
    bound = max(
        (
            chance
            for place, chance in enumerate(in_order, 1)
            if chance <= false_rate * place / count
        ),
        default=-1.0,
    )
    return tuple(chance <= bound for chance in chances)
