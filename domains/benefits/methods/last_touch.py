"""Op volgorde: each intervention gets what it added when it came. Only to compare with.

It hangs on the order of starting, which says nothing about what worked.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from domains.benefits.methods.model import Method, count_of


def shares(worth: Sequence[int]) -> tuple[Fraction, ...]:
    """Give each intervention the difference that it made to those that had begun before it."""
    begun = [worth[(1 << count) - 1] for count in range(count_of(worth) + 1)]
    return tuple(Fraction(after - before) for before, after in pairwise(begun))


LAST_TOUCH: Final = Method(code="op-volgorde", shares=shares)
