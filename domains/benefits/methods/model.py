"""What a way of dividing is: from the worth of every combination to the shares of each.

A worth is a list of whole cents, one for every combination of interventions. Its place is the
combination written in bits: place 0 is no help, 1 the first intervention, 2 the second, 3 both.
The interventions stand in the order in which they began.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from domains.benefits.refusals import TooManyInterventions

MOST_INTERVENTIONS: Final = 20
"""So many can be told apart exactly, with a million combinations."""
MOST_CENTS: Final = 10**12
"""The largest worth: ten billion euros, so that sums of combinations never overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to divide; its shares are exact and sum to the worth of all together."""

    code: str
    shares: Callable[[Sequence[int]], tuple[Fraction, ...]]


def count_of(worth: Sequence[int]) -> int:
    """Give the number of interventions that a worth is about.

    :raises TooManyInterventions: there are more than 20.
    :raises ValueError: it is no worth: not a power of two long, worth something without help, or
        larger than ten billion euros.
    """
    count = len(worth).bit_length() - 1
    if count > MOST_INTERVENTIONS:
        raise TooManyInterventions(count=count, most=MOST_INTERVENTIONS)
    if len(worth) != 1 << count or count == 0:
        raise ValueError(len(worth))
    if worth[0] != 0 or max(worth) > MOST_CENTS or min(worth) < -MOST_CENTS:
        raise ValueError(worth[0], min(worth), max(worth))
    return count
