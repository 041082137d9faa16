"""The clock: moments in UTC, days in the Netherlands, ids in order."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clock import FixedClock, SystemClock, id_of_version_7

NEW_YEAR = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


def test_day_is_the_dutch_one_not_that_of_utc() -> None:
    assert FixedClock(NEW_YEAR).today() == date(2026, 1, 1)
    assert FixedClock(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)).today() == date(2026, 6, 30)
    assert FixedClock(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)).today() == date(2026, 7, 1)


def test_system_clock_gives_aware_moments_and_ids_in_order() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs((clock.today() - clock.now().date()).days) <= 1
    ids = [clock.new_id() for _ in range(5000)]
    assert ids == sorted(set(ids))
    assert {made.version for made in ids} == {7}
    assert clock.new_random_id().version == 4


def test_system_ids_begin_with_the_moment() -> None:
    clock = SystemClock()
    before = int(clock.now().timestamp() * 1000)
    assert before <= clock.new_id().int >> 80 <= int(clock.now().timestamp() * 1000) + 1


def test_fixed_clock_repeats_itself_and_keeps_order_when_it_is_moved_back() -> None:
    first, second = FixedClock(NEW_YEAR, seed=7), FixedClock(NEW_YEAR, seed=7)
    assert [first.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]
    assert first.new_random_id() == second.new_random_id()
    assert FixedClock(NEW_YEAR, seed=8).new_id() != FixedClock(NEW_YEAR, seed=7).new_id()
    last = first.new_id()
    first.move_to(datetime(2020, 1, 1, tzinfo=UTC))
    assert first.now() == datetime(2020, 1, 1, tzinfo=UTC)
    assert first.new_id() > last


def test_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        FixedClock(NEW_YEAR.replace(tzinfo=None))


@given(
    st.integers(0, 2**48 - 1), st.integers(0, 2**42 - 1), st.integers(0, 2**32 - 1), st.integers(0)
)
def test_every_laid_out_id_is_version_7_and_sorts_by_moment_then_counter(
    millisecond: int, counter: int, tail: int, other_tail: int
) -> None:
    made = id_of_version_7(millisecond, counter=counter, tail=tail)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == millisecond
    if counter + 1 < 2**42:
        assert made < id_of_version_7(millisecond, counter=counter + 1, tail=other_tail % 2**32)


def test_id_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no room in an id"):
        id_of_version_7(2**48, counter=0, tail=0)
