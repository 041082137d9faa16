"""Naar rato: in proportion to what each intervention saves by itself. Only to compare with."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from domains.benefits.methods.model import Method, count_of
from domains.benefits.refusals import NoProportion


def shares(worth: Sequence[int]) -> tuple[Fraction, ...]:
    """Divide the worth of all together in proportion to the worth of each alone.

    :raises NoProportion: the worths of each alone have mixed signs, or are all nothing.
    """
    alone = [worth[1 << each] for each in range(count_of(worth))]
    total = sum(alone)
    if total == 0 or min(alone) < 0 < max(alone):
        raise NoProportion(total_cents=worth[-1])
    return tuple(Fraction(worth[-1] * each, total) for each in alone)


PROPORTIONAL: Final = Method(code="naar-rato", shares=shares)
