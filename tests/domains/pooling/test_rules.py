"""How money is divided over funds and districts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.pooling.rules import split_by_key, split_over_rooms
from ledger.money import NothingToSplitOver


@pytest.mark.parametrize(
    ("amount_cents", "rooms", "parts"),
    [
        # In proportion to the room.
        (100, {"JW": 300, "WMO": 100}, {"JW": 75, "WMO": 25}),
        # A fund without room takes no part.
        (100, {"JW": 300, "WMO": 0}, {"JW": 100}),
        # As far as the room goes.
        (500, {"JW": 300, "WMO": 100}, {"JW": 300, "WMO": 100}),
        # No room at all.
        (500, {"JW": 0, "WMO": 0}, {}),
        (500, {}, {}),
        # The odd cent of a tie goes to the first fund by code, in whatever order they come.
        (101, {"WMO": 200, "JW": 200}, {"JW": 51, "WMO": 50}),
        # A share below half a cent is no line.
        (1, {"JW": 900, "WMO": 100}, {"JW": 1}),
    ],
)
def test_a_split_over_rooms(
    amount_cents: int, rooms: dict[str, int], parts: dict[str, int]
) -> None:
    assert split_over_rooms(amount_cents, rooms) == parts


@pytest.mark.parametrize(
    ("amount_cents", "weights", "parts"),
    [
        (1_000, {"WK01": 3, "WK02": 1}, {"WK01": 750, "WK02": 250}),
        # A district without inhabitants gets nothing.
        (1_000, {"WK01": 3, "WK02": 0}, {"WK01": 1_000}),
        # A tie goes to the first district by code.
        (10, {"WK03": 1, "WK02": 1, "WK01": 1}, {"WK01": 4, "WK02": 3, "WK03": 3}),
    ],
)
def test_a_split_by_key(amount_cents: int, weights: dict[str, int], parts: dict[str, int]) -> None:
    assert split_by_key(amount_cents, weights) == parts


@pytest.mark.parametrize("weights", [{}, {"WK01": 0, "WK02": 0}])
def test_a_key_without_weight_divides_nothing(weights: dict[str, int]) -> None:
    with pytest.raises(NothingToSplitOver):
        split_by_key(1_000, weights)


amounts = st.integers(1, 10**12)
figures = st.dictionaries(st.text("0123456789", min_size=2, max_size=2), st.integers(0, 10**6))


@settings(deadline=None)
@given(amounts, figures)
def test_a_split_over_rooms_takes_no_more_than_there_is(
    amount_cents: int, rooms: dict[str, int]
) -> None:
    parts = split_over_rooms(amount_cents, rooms)
    assert sum(parts.values()) == min(amount_cents, sum(rooms.values()))
    assert all(0 < part <= rooms[fund] for fund, part in parts.items())


@settings(deadline=None)
@given(amounts, figures.filter(lambda weights: any(weights.values())))
def test_a_split_by_key_is_whole_and_does_not_depend_on_order(
    amount_cents: int, weights: dict[str, int]
) -> None:
    parts = split_by_key(amount_cents, weights)
    turned = dict(reversed(weights.items()))
    assert sum(parts.values()) == amount_cents
    assert split_by_key(amount_cents, turned) == parts
