"""Nobody can work out an amount about few families from all tables that were ever shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.benefits.panel import Floats, Integers, Mask
from domains.benefits.publication import Pieces, Shown, withhold
from domains.benefits.suppression import TOTAL, Place

ROWS, COLUMNS = ("armoede", "schulden"), ("ggz", "jeugd", "wmo")
CELLS = tuple((row, column) for row in ROWS for column in COLUMNS)
PLACES = [(row, column) for row in (*ROWS, TOTAL) for column in (*COLUMNS, TOTAL)]
WIJKEN, QUARTERS = 3, 3
NOBODY = frozenset[Place]()


@dataclass(frozen=True)
class Scope:
    """A district (or all), the quarters, and up to which link of the chain."""

    wijk: int | None = None
    quarters: tuple[int, ...] = (0, 1, 2)
    known_up_to: int = 99


@dataclass(frozen=True)
class Town:
    """Pieces, and where, when and in which link of the chain each of them is."""

    pieces: Pieces
    wijk: Integers
    quarter: Integers
    link: Integers

    def table(self, scope: Scope) -> Mask:
        """Say which pieces a scope is the sum of."""
        chosen = np.isin(self.quarter, scope.quarters) & (self.link <= scope.known_up_to)
        return chosen if scope.wijk is None else chosen & (self.wijk == scope.wijk)


def town(rows: Sequence[tuple[int, int, int, int, int]]) -> Town:
    """Make a town of pieces: cell, family, quarter, link and cents each."""
    cell, family, quarter, link, cents = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Town(
        pieces=Pieces(cells=CELLS, cell=cell, family=family, cents=cents),
        wijk=family % WIJKEN,
        quarter=quarter,
        link=link,
    )


def crowd(families: int, *, first: int = 0, link: int = 1) -> list[tuple[int, int, int, int, int]]:
    return [
        (cell, family, quarter, link, 1000 + family)
        for cell in range(len(CELLS))
        for family in range(first, first + families)
        for quarter in range(QUARTERS)
    ]


def publish(of: Town, scopes: Sequence[Scope]) -> list[Shown]:
    """Show tables one after the other, each in view of those before."""
    shown: list[Shown] = []
    for scope in scopes:
        table = of.table(scope)
        hidden = withhold(of.pieces, table=table, hidden=NOBODY, earlier=shown)
        shown.append(Shown(pieces=table, hidden=hidden))
    return shown


def leaks(of: Town, shown: Sequence[Shown]) -> int:
    """Count the amounts about few families that an attacker can work out, by his own algebra.

    He knows which pieces are in the same tables, not how large they are.
    """
    pieces = of.pieces
    if not pieces.cents.size:
        return 0
    seen = np.stack([each.pieces for each in shown]).T
    keys = [(int(cell), tuple(row)) for cell, row in zip(pieces.cell, seen.tolist(), strict=True)]
    unknowns = {key: number for number, key in enumerate(sorted(set(keys)))}
    at = np.array([unknowns[key] for key in keys], dtype=np.int64)

    def chosen(mask: Mask, place: Place) -> Mask:
        inside = [place[0] in {row, TOTAL} and place[1] in {column, TOTAL} for row, column in CELLS]
        found: Mask = mask & np.array(inside)[pieces.cell]
        return found

    def equation(mask: Mask, place: Place) -> Floats:
        found = np.zeros(len(unknowns))
        found[at[chosen(mask, place)]] = 1
        return found

    def few(mask: Mask, place: Place) -> bool:
        cents: dict[int, int] = {}
        part = chosen(mask, place)
        for family, amount in zip(pieces.family[part], pieces.cents[part], strict=True):
            cents[int(family)] = cents.get(int(family), 0) + int(amount)
        sizes = [abs(each) for each in cents.values() if each]
        return bool(sizes) and (len(sizes) < 10 or 2 * max(sizes) > sum(sizes))

    known = np.array(
        [
            equation(each.pieces, place)
            for each in shown
            for place in PLACES
            if place not in each.hidden
        ]
    ).reshape(-1, len(unknowns))
    inside = np.linalg.pinv(known) @ known
    masks = [each.pieces for each in shown]
    masks += [one & ~other for one in masks for other in masks]
    masks += [(seen == pattern).all(axis=1) for pattern in np.unique(seen, axis=0)]
    found = 0
    for mask in masks:
        for place in PLACES:
            wanted = equation(mask, place)
            if few(mask, place) and wanted.any():
                found += bool(np.allclose(wanted @ inside, wanted, atol=1e-6))
    return found


def test_where_all_is_large_nothing_is_hidden() -> None:
    large = town(crowd(60))
    shown = publish(large, [Scope(), Scope(wijk=0), Scope(wijk=1), Scope(wijk=2)])
    assert [each.hidden for each in shown] == [NOBODY] * 4


def test_a_small_district_does_not_follow_from_the_others() -> None:
    """Families 0, 1, 2, ... live in wijk 0, 1, 2, 0, ...; of wijk 2 only four remain."""
    uneven = town([row for row in crowd(60) if row[1] % WIJKEN != 2 or row[1] < 12])
    scopes = [Scope(), Scope(wijk=0), Scope(wijk=1)]
    bare = [Shown(pieces=uneven.table(scope), hidden=NOBODY) for scope in scopes]
    assert leaks(uneven, bare)
    shown = publish(uneven, scopes)
    assert leaks(uneven, shown) == 0
    assert shown[0].hidden == shown[1].hidden == NOBODY
    assert shown[2].hidden


def test_a_small_quarter_does_not_follow_from_the_year() -> None:
    late = town([row for row in crowd(40) if row[2] < 2 or row[1] < 5])
    scopes = [Scope(), Scope(quarters=(0,)), Scope(quarters=(1,))]
    assert leaks(late, [Shown(pieces=late.table(scope), hidden=NOBODY) for scope in scopes])
    assert leaks(late, publish(late, scopes)) == 0


def test_two_reports_that_differ_by_one_family_tell_nothing_about_it() -> None:
    grown = town([*crowd(40), *crowd(1, first=40, link=2)])
    scopes = [Scope(known_up_to=1), Scope(known_up_to=2)]
    assert leaks(grown, [Shown(pieces=grown.table(scope), hidden=NOBODY) for scope in scopes])
    shown = publish(grown, scopes)
    assert shown[0].hidden == NOBODY
    assert leaks(grown, shown) == 0


def test_what_was_restated_for_many_is_shown_again() -> None:
    restated = [(cell, family, quarter, 2, -50) for cell, family, quarter, _, _ in crowd(40)]
    shown = publish(town([*crowd(40), *restated]), [Scope(known_up_to=1), Scope()])
    assert [each.hidden for each in shown] == [NOBODY, NOBODY]


def test_the_same_table_again_hides_the_same() -> None:
    small = town([*crowd(40), (0, 50, 0, 1, 90_000_000)])
    first, second = publish(small, [Scope(), Scope()])
    assert first.hidden
    assert second.hidden == first.hidden


scopes_of = st.builds(
    Scope,
    wijk=st.none() | st.integers(0, WIJKEN - 1),
    quarters=st.sets(st.integers(0, QUARTERS - 1), min_size=1).map(
        lambda each: tuple(sorted(each))
    ),
    known_up_to=st.sampled_from([1, 2]),
)
pieces_of = st.lists(
    st.tuples(
        st.integers(0, len(CELLS) - 1),
        st.integers(0, 44),
        st.integers(0, QUARTERS - 1),
        st.sampled_from([1, 1, 1, 2]),
        st.integers(-40, 200).filter(bool),
    ),
    max_size=120,
)


@settings(max_examples=60, deadline=None)
@given(rows=pieces_of, scopes=st.lists(scopes_of, min_size=1, max_size=5), many=st.booleans())
def test_no_series_of_tables_tells_about_few_families(
    rows: list[tuple[int, int, int, int, int]], scopes: list[Scope], *, many: bool
) -> None:
    invented = town([*rows, *(crowd(42) if many else [])])
    assert leaks(invented, publish(invented, scopes)) == 0
