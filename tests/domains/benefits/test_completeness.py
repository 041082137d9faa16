"""How much of a month is in follows from how late invoices usually are."""

import numpy as np
import pytest

from domains.benefits.completeness import completeness_of
from domains.benefits.panel import Integers


def invoiced(*lines: tuple[int, int, int]) -> Integers:
    """Make lines of service month, lag and cents."""
    return np.array(lines, np.int64).reshape(-1, 3)


def test_without_invoices_months_that_are_over_are_complete() -> None:
    assert completeness_of(invoiced(), 4, whole_until=3).tolist() == [1, 1, 1, 0]


def test_what_came_at_once_is_complete_and_later_months_are_not_there_yet() -> None:
    found = completeness_of(invoiced((0, 0, 100), (1, 0, 900)), 4, whole_until=4)
    assert found.tolist() == [1, 1, 0, 0]


def test_the_usual_lag_tells_what_is_still_to_come() -> None:
    lines = [(month, lag, part) for month in range(6) for lag, part in enumerate((60, 30, 10))]
    known = [line for line in lines if line[0] + line[1] <= 5]
    found = completeness_of(invoiced(*known), 6, whole_until=6)
    assert found == pytest.approx([1, 1, 1, 1, 0.9, 0.6])


def test_what_was_reversed_was_never_invoiced() -> None:
    lines = invoiced((0, 0, 100), (1, 0, 100), (2, 4, 50), (2, 4, -50))
    assert completeness_of(lines, 3, whole_until=0).tolist() == [1, 1, 0]
    only = invoiced((2, 4, 50), (2, 4, -50))
    assert completeness_of(only, 3, whole_until=1).tolist() == [1, 0, 0]


def test_credits_never_make_a_month_more_than_complete() -> None:
    lines = [(month, 0, 100) for month in range(5)] + [(month, 1, -20) for month in range(4)]
    assert completeness_of(invoiced(*lines), 5, whole_until=5).max() == 1


def test_months_with_nothing_but_credits_are_no_reason_to_fail() -> None:
    lines = invoiced((0, 0, 100), (0, 1, -100), (1, 0, 100), (2, 0, 50))
    assert np.isfinite(completeness_of(lines, 3, whole_until=3)).all()
