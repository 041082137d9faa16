"""What more money may do: proportional to what was measured, and never more than that."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.benefits.what_if import Measured, what_if

FULL = Fraction(1)


def measured(cents: int, *, low: int = 0, high: int = 0, grade: str = "A") -> Measured:
    return Measured(
        receiver="ggz",
        cents=cents,
        low_cents=low or cents,
        high_cents=high or cents,
        grade=grade,
    )


@pytest.mark.parametrize(
    ("grade", "kept", "expected"),
    [
        ("A", FULL, 200_000),
        ("B", FULL, 190_000),
        ("C", FULL, 170_000),
        ("E", FULL, 120_000),
        ("A", Fraction(1, 2), 100_000),
        ("C", Fraction(1, 2), 85_000),
        ("A", Fraction(0), 0),
    ],
)
def test_an_extra_euro_does_what_a_measured_one_did_less_what_is_taken_off(
    grade: str, kept: Fraction, expected: int
) -> None:
    found = what_if(
        [measured(2_000_000, grade=grade)], spent_cents=1_000_000, extra_cents=100_000, kept=kept
    )
    assert found is not None
    assert found.cents == expected


def test_the_interval_is_that_of_the_measurement() -> None:
    found = what_if(
        [measured(200, low=-100, high=500), measured(300, low=100, high=500)],
        spent_cents=100,
        extra_cents=100,
        kept=FULL,
    )
    assert found is not None
    assert (found.low_cents, found.cents, found.high_cents) == (0, 500, 1000)


def test_what_it_costs_others_is_not_made_smaller() -> None:
    found = what_if(
        [measured(-500, low=-700, high=100, grade="E")],
        spent_cents=100,
        extra_cents=100,
        kept=Fraction(1, 2),
    )
    assert found is not None
    assert (found.low_cents, found.cents, found.high_cents) == (-700, -500, 30)


@pytest.mark.parametrize(("rows", "spent"), [([], 100), ([measured(5)], 0), ([measured(5)], -1)])
def test_nothing_is_said_of_what_was_not_measured(rows: list[Measured], spent: int) -> None:
    assert what_if(rows, spent_cents=spent, extra_cents=1, kept=FULL) is None


@given(
    cents=st.integers(0, 10**12),
    extra=st.integers(1, 10**9),
    grade=st.sampled_from("ABCDE"),
    percent=st.integers(0, 100),
)
def test_it_is_never_more_than_was_measured_for_the_same_money(
    cents: int, extra: int, grade: str, percent: int
) -> None:
    found = what_if(
        [measured(cents, grade=grade)],
        spent_cents=extra,
        extra_cents=extra,
        kept=Fraction(percent, 100),
    )
    assert found is not None
    assert 0 <= found.cents <= cents
