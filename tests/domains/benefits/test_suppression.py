"""Nobody can work out what was hidden: not from one table, and not from two that differ little."""

from collections.abc import Mapping
from itertools import chain
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.benefits.panel import Floats
from domains.benefits.suppression import (
    NOTHING_EARLIER,
    TOTAL,
    Contributions,
    Earlier,
    Place,
    Published,
    suppress,
)

ROWS, COLUMNS = ("armoede", "schulden", "wijk"), ("ggz", "jeugd", "wmo")


def families(count: int, *, first: int = 0, cents: int = 10_000) -> dict[UUID, int]:
    return {UUID(int=first + number): cents + number for number in range(count)}


def table(**sizes: int) -> dict[Place, dict[UUID, int]]:
    """Make a table of cells of twenty families, except the cells named ``row_column``."""
    return {
        (row, column): families(sizes.get(f"{row}_{column}", 20))
        for row in ROWS
        for column in COLUMNS
    }


def total_of(contributions: Contributions, place: Place) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for (row, column), cell in contributions.items():
        if place[0] in {row, TOTAL} and place[1] in {column, TOTAL}:
            for family, cents in cell.items():
                found[family] = found.get(family, 0) + cents
    return {family: cents for family, cents in found.items() if cents}


def few(found: Mapping[UUID, int]) -> bool:
    sizes = [abs(cents) for cents in found.values()]
    return bool(sizes) and (len(sizes) < 10 or 2 * max(sizes) > sum(sizes))


def apart(now: Mapping[UUID, int], then: Mapping[UUID, int]) -> dict[UUID, int]:
    found = {each: now.get(each, 0) - then.get(each, 0) for each in {*now, *then}}
    return {each: cents for each, cents in found.items() if cents}


PLACES = [(row, column) for row in (*ROWS, TOTAL) for column in (*COLUMNS, TOTAL)]


def known_to_all(reports: list[tuple[Contributions, Published]]) -> Floats:
    """Give everything that follows from some tables, as rows of equations in all their cells.

    The reader knows that rows and columns sum, what was shown (also that it is nothing), and which
    cells did not change.
    """
    count = len(PLACES)
    equations: list[Floats] = []

    def unit(report: int, place: Place) -> Floats:
        found = np.zeros(count * len(reports))
        found[report * count + PLACES.index(place)] = 1
        return found

    for number, (contributions, published) in enumerate(reports):
        for row in (*ROWS, TOTAL):
            parts = [unit(number, (row, column)) for column in COLUMNS]
            equations.append(np.sum(parts, axis=0) - unit(number, (row, TOTAL)))
        for column in (*COLUMNS, TOTAL):
            parts = [unit(number, (row, column)) for row in ROWS]
            equations.append(np.sum(parts, axis=0) - unit(number, (TOTAL, column)))
        for place in PLACES:
            content = total_of(contributions, place)
            if place not in published.hidden:
                equations.append(unit(number, place))
            if number and content == total_of(reports[number - 1][0], place):
                equations.append(unit(number, place) - unit(number - 1, place))
    return np.array(equations)


def leaks(reports: list[tuple[Contributions, Published]]) -> list[str]:
    """Name every amount about few families that can be worked out."""
    known, count, found = known_to_all(reports), len(PLACES), []
    # What is a sum of equations is known: it has nothing left outside the space that they span.
    inside = np.linalg.pinv(known) @ known

    def follows(wanted: Floats) -> bool:
        return bool(np.allclose(wanted @ inside, wanted, atol=1e-8))

    for number, (contributions, _) in enumerate(reports):
        for index, place in enumerate(PLACES):
            here = total_of(contributions, place)
            wanted = np.zeros(known.shape[1])
            wanted[number * count + index] = 1
            if few(here) and sum(here.values()) != 0 and follows(wanted):
                found.append(f"{number} {place}")
            if number:
                change = apart(here, total_of(reports[number - 1][0], place))
                wanted[(number - 1) * count + index] = -1
                if few(change) and sum(change.values()) != 0 and follows(wanted):
                    found.append(f"change {number} {place}")
    return found


def test_where_all_cells_are_large_nothing_is_hidden() -> None:
    found = suppress(table(), before=NOTHING_EARLIER)
    assert found.hidden == frozenset()
    assert found.cents["armoede", "ggz"] == sum(families(20).values())
    assert found.cents[TOTAL, TOTAL] == 9 * sum(families(20).values())
    assert found.families == dict.fromkeys(table(), 20)


def test_one_small_cell_takes_three_others_with_it_and_no_total() -> None:
    found = suppress(table(armoede_ggz=9), before=NOTHING_EARLIER)
    assert ("armoede", "ggz") in found.hidden
    assert len(found.hidden) == 4
    assert not any(TOTAL in place for place in found.hidden)


def test_ten_families_are_enough_and_an_empty_cell_is_told() -> None:
    assert suppress(table(armoede_ggz=10), before=NOTHING_EARLIER).hidden == frozenset()
    assert suppress(table(armoede_ggz=0), before=NOTHING_EARLIER).hidden == frozenset()


def test_a_cell_that_is_mainly_one_family_is_hidden() -> None:
    heavy = table()
    heavy["armoede", "ggz"][UUID(int=0)] = 10_000_000
    found = suppress(heavy, before=NOTHING_EARLIER)
    assert ("armoede", "ggz") in found.hidden
    assert leaks([(heavy, found)]) == []


def test_a_cell_far_smaller_than_the_hidden_one_is_no_guard() -> None:
    uneven = table(armoede_ggz=9)
    for place in (("armoede", "jeugd"), ("schulden", "ggz")):
        uneven[place] = families(20, cents=10)
    found = suppress(uneven, before=NOTHING_EARLIER)
    assert ("armoede", "jeugd") not in found.hidden
    assert ("schulden", "ggz") not in found.hidden
    assert {("armoede", "wmo"), ("wijk", "ggz"), ("wijk", "wmo")} <= found.hidden


def test_two_tables_that_differ_by_one_family_do_not_tell_about_it() -> None:
    first = table()
    shown = suppress(first, before=NOTHING_EARLIER)
    second = table(armoede_ggz=21)
    earlier = Earlier(contributions=first, hidden=shown.hidden)
    assert leaks([(first, shown), (second, suppress(second, before=NOTHING_EARLIER))])
    assert leaks([(first, shown), (second, suppress(second, before=earlier))]) == []


def test_the_same_table_again_is_the_same_table() -> None:
    first = table(armoede_ggz=3)
    shown = suppress(first, before=NOTHING_EARLIER)
    again = suppress(first, before=Earlier(contributions=first, hidden=shown.hidden))
    assert again == shown


contents = st.dictionaries(
    st.integers(0, 24).map(lambda number: UUID(int=number)),
    st.integers(-50, 200).filter(bool),
    max_size=24,
)
tables = st.fixed_dictionaries(dict.fromkeys(table(), contents))


@settings(max_examples=60)
@given(contributions=tables)
def test_no_table_tells_about_few_families(contributions: Contributions) -> None:
    found = suppress(contributions, before=NOTHING_EARLIER)
    assert leaks([(contributions, found)]) == []
    for place, cents in found.cents.items():
        assert cents == sum(total_of(contributions, place).values())


@settings(max_examples=60)
@given(contributions=tables, changed=st.dictionaries(st.sampled_from(sorted(table())), contents))
def test_no_two_tables_together_tell_about_few_families(
    contributions: Contributions, changed: Contributions
) -> None:
    first = suppress(contributions, before=NOTHING_EARLIER)
    later = dict(chain(contributions.items(), changed.items()))
    second = suppress(later, before=Earlier(contributions=contributions, hidden=first.hidden))
    assert leaks([(contributions, first), (later, second)]) == []
