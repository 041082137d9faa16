"""What few families stand behind is hidden, with enough beside it that no total gives it away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.small_cells import hidden_cells, is_small

TABLE = """
families per cell | hidden
a10 b12           |
a0 b12            |
a9 b12 c40        | a b
a1 b9 c40         | a b
a1 b2 c40 d50     | a b c
a9                | a
a0 b3 c11         | b c
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines()[1:])
def test_a_small_cell_is_hidden_with_its_guard(row: str) -> None:
    cells, hidden = (cell.split() for cell in row.split("|"))
    assert hidden_cells({each[0]: int(each[1:]) for each in cells}) == frozenset(hidden)


@given(st.dictionaries(st.integers(), st.integers(0, 30)))
def test_what_is_hidden_cannot_be_found_from_the_total(families: dict[int, int]) -> None:
    hidden = hidden_cells(families)
    shown = families.keys() - hidden
    assert not any(is_small(families[each]) for each in shown)
    if hidden and any(families[each] for each in shown):
        assert len(hidden) > 1
        assert sum(families[each] for each in hidden) >= 10
