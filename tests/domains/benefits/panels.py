"""Small panels without chance in them, so that an answer can be worked out by hand."""

import numpy as np

from domains.benefits.panel import NEVER, Panel


def plain(
    *, treated: int = 40, compared: int = 80, months: int = 24, start: int = 14, ratio: float = 0.5
) -> Panel:
    """Make families whose costs are their level times the month's, and with help a part of that.

    Level and month are whole and even, so every cell is whole cents for a half, quarter or double.
    """
    families = treated + compared
    level = 400 * (1 + np.arange(families) % 7)
    month = 100 + 10 * (np.arange(months) % 5)
    cents = (level[:, None] * month).astype(np.float64)
    cents[:treated, start:] *= ratio
    return Panel(
        domains=("jeugd",),
        cents=np.rint(cents).astype(np.int64)[:, :, None],
        present=np.ones((families, months), dtype=np.bool_),
        start=np.where(np.arange(families) < treated, start, NEVER),
        adult_share=np.zeros((families, months)),
        severity=np.linspace(-1, 1, families),
        completeness=np.ones(months),
    )
