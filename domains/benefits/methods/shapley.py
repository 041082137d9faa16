"""Shapley's value: what each intervention adds, averaged over all orders in which they could come.

It is the only division that gives everything away, treats equals equally, gives nothing to who adds
nothing, and adds up over savings (Shapley, 1953). A share may be below zero.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from typing import Final

import numpy as np

from domains.benefits.methods.model import Method, count_of


def shares(worth: Sequence[int]) -> tuple[Fraction, ...]:
    """Divide the worth of all together, exactly.

    :raises domains.benefits.refusals.TooManyInterventions: there are more than 20.
    """
    count = count_of(worth)
    values = np.array(worth, dtype=np.int64)
    places = np.arange(len(worth) // 2)
    # Combinations without the intervention itself, sorted by size, so that each size is one run.
    order = places[np.argsort(np.bitwise_count(places), stable=True)]
    sizes = np.bitwise_count(order)
    runs = np.searchsorted(sizes, np.arange(count))
    weights = [
        Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
        for size in range(count)
    ]
    found = []
    for intervention in range(count):
        low = order & ((1 << intervention) - 1)
        without = ((order - low) << 1) + low
        added = values[without + (1 << intervention)] - values[without]
        by_size = np.add.reduceat(added, runs)
        found.append(
            sum(
                (weight * int(total) for weight, total in zip(weights, by_size, strict=True)),
                Fraction(0),
            )
        )
    return tuple(found)


SHAPLEY: Final = Method(code="shapley", shares=shares)
