"""How much of a month's costs is in, judged from how late invoices came in earlier months.

Invoices of older months tell which part usually comes one, two or more months after the help
(the chain ladder: T. Mack, Distribution-free calculation of the standard error of chain ladder
reserve estimates, ASTIN Bulletin 23, 1993). The last month in which anything was invoiced is taken
as the last one that is known.
"""

from typing import Final

import numpy as np

from domains.benefits.panel import Floats, Integers

MOST_LAG: Final = 24
"""Later than this many months no more invoices are expected."""


def completeness_of(invoiced: Integers, months: int, *, whole_until: int) -> Floats:
    """Give per month of the panel which part of its invoices is in, from 0 to 1.

    ``invoiced`` has a row per service month, months until the invoice, and whole cents. Without
    any invoice each month before ``whole_until`` is complete: all costs were known when booked.
    """
    month = np.arange(months)
    service, lag, cents = invoiced.T
    booked = np.zeros((months, max(int(lag.max(initial=0)), MOST_LAG) + 1), np.int64)
    np.add.at(booked, (service, lag), cents)
    seen = np.argwhere(booked)  # What was reversed was never invoiced.
    if not len(seen):
        return np.where(month < whole_until, 1.0, 0.0)
    age = int(seen.sum(axis=1).max()) - month
    known = np.cumsum(booked, axis=1)
    still_to_come = np.ones(MOST_LAG + 1)  # Per age, what a month grows to from what is known.
    for step in range(MOST_LAG, 0, -1):
        old = age >= step
        before, after = int(known[old, step - 1].sum()), int(known[old, step].sum())
        still_to_come[step - 1] = still_to_come[step] * (after / before if before > 0 else 1)
    with np.errstate(divide="ignore"):
        part = 1 / still_to_come[np.clip(age, 0, MOST_LAG)]
    return np.where(age < 0, 0.0, np.clip(part, 0.0, 1.0))
