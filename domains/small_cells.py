"""Hides figures about few families from whoever sees aggregates only, so that none stands alone.

A figure is hidden when fewer than ten families are behind it. Its total may be known, so enough of
the smallest others are hidden with it that the hidden ones together tell of ten families at least.
"""

from collections.abc import Mapping
from typing import TypeVar

from domains.benefits.suppression import LEAST_FAMILIES

Cell = TypeVar("Cell")


def is_small(families: int) -> bool:
    """Tell whether a figure says something about few families."""
    return 0 < families < LEAST_FAMILIES


def hidden_cells(families: Mapping[Cell, int]) -> frozenset[Cell]:
    """Give the cells of a row of figures that are not shown, by the families behind each.

    Cells without any family tell about nobody, and hide nothing.
    """
    hidden = [cell for cell, number in families.items() if is_small(number)]
    if not hidden:
        return frozenset()
    large = [cell for cell, number in families.items() if number >= LEAST_FAMILIES]
    for cell in sorted(large, key=lambda each: (families[each], str(each))):
        if len(hidden) > 1 and sum(families[each] for each in hidden) >= LEAST_FAMILIES:
            break
        hidden.append(cell)
    return frozenset(hidden)
