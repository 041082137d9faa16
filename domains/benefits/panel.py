"""The cost histories of families, month by month and domain by domain, and who of them count.

An estimate is only about months that were really seen: a family that moved away has no months of
zero costs, a month whose invoices are not in yet is no month, and a family with help whose time
before that help is too short says nothing about what the help changed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Cents = NDArray[np.int64]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER: Final = 1_000_000
"""The month in which help begins for a family that never gets it."""

LEAST_COMPLETE: Final = 0.90
"""The least part of a month's invoices that must be in before the month counts."""
LEAST_MONTHS_BEFORE: Final = 6
"""The least months without help, outside the window, that a family with help must have."""
LEAST_COMPARED_A_MONTH: Final = 30
"""The least families without help in a month before that month's savings are measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """Costs per family, service month and receiving domain, with what is known of the families.

    Months are numbered from 0; all arrays have the families in the same order.
    """

    domains: tuple[str, ...]
    cents: Cents
    """Whole cents: families by months by domains."""
    present: Mask
    """Families by months: the family lived here and existed in that month."""
    start: Integers
    """Per family the month in which its help began, or ``NEVER``."""
    adult_share: Floats
    """Families by months: which part of the children is 18 or older."""
    severity: Floats
    """Per family how heavy its problems were before help, on a log scale; NaN when not known."""
    completeness: Floats
    """Per month which part of its invoices is in, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Admission:
    """Which cells (a family in a month) may speak, and for what."""

    window: int
    """Months just before the help that count for nothing: families enter help in a crisis."""
    untreated: Mask
    """Cells that tell what costs are without help."""
    measured: Mask
    """Cells with help whose saving is measured."""
    without_months: int
    """Families with help that were left out because they had too few months before it."""


def admit(panel: Panel, *, window: int) -> Admission:
    """Say which cells may speak.

    A family with help and fewer than six months before its window is left out on both sides:
    to keep its costs with help but not those before would tilt the ratio.
    """
    month = np.arange(panel.present.shape[1])
    start = panel.start[:, None]
    usable = panel.present & (panel.completeness >= LEAST_COMPLETE)
    before = usable & (month < start - window)
    treated = panel.start < month.size
    enough = before.sum(axis=1) >= LEAST_MONTHS_BEFORE
    untreated = before & (enough | ~treated)[:, None]
    comparable = untreated.sum(axis=0) >= LEAST_COMPARED_A_MONTH
    return Admission(
        window=window,
        untreated=untreated,
        measured=usable & (month >= start) & enough[:, None] & comparable,
        without_months=int((treated & ~enough).sum()),
    )
