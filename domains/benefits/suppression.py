"""Hides what would tell about a few families, and enough else that it cannot be worked out.

A table of amounts by contributor and receiver is published with its totals, so one hidden cell
could be found by subtraction. Seen as a network in which every cell joins its row to its column
(the totals are a row and a column too), a hidden cell can be worked out exactly when no other
hidden cells lead around from its row to its column. So every cell that tells too much gets such a
way around, along the cells whose loss hurts least.

A table that was published before tells as well: who holds both knows every change. Therefore the
same is asked of the changes, and what was hidden once stays hidden.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

Place = tuple[str, str]
"""A contributor and a receiver, each of which may be ``TOTAL``."""
Contributions = Mapping[Place, Mapping[UUID, int]]
"""What each family brings to each cell, in cents; no totals."""

TOTAL: Final = "totaal"
LEAST_FAMILIES: Final = 10
LEAST_PROTECTION: Final = 10
"""A cell on the way around is at least one part in so many of the cell that it protects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was published before from the same cells, and what was hidden then."""

    contributions: Contributions
    hidden: frozenset[Place]


NOTHING_EARLIER: Final = Earlier(contributions={}, hidden=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A table that may be seen: amounts with totals, families per cell, and what is hidden.

    Which of the hidden cells were small and which stand guard is not told.
    """

    cents: Mapping[Place, int]
    families: Mapping[Place, int]
    """Only of cells: a number of families in a total would tell about the cells behind it."""
    hidden: frozenset[Place]


def suppress(contributions: Contributions, *, before: Earlier) -> Published:
    """Hide the cells that tell about fewer than ten families or mainly about one, and their guard.

    The same holds for what changed since an earlier table.
    """
    now, then = _with_totals(contributions), _with_totals(before.contributions)
    changes = {
        place: _difference(now.get(place, {}), then.get(place, {})) for place in {*now, *then}
    }
    changed = {place: families for place, families in changes.items() if families}
    telling = {
        place
        for place, families in changed.items()
        if _tells_of_few(families.values()) or _tells_of_few(now.get(place, {}).values())
    }
    weights = {place: abs(sum(families.values())) for place, families in changed.items()}
    hidden = {*before.hidden, *telling}
    for place in sorted(telling, key=lambda each: (-weights[each], each)):
        hidden.update(_way_around(place, weights, hidden))
    places = set(now) - hidden
    return Published(
        cents={place: sum(now[place].values()) for place in places},
        families={place: len(now[place]) for place in places if TOTAL not in place},
        hidden=frozenset(hidden),
    )


def _tells_of_few(amounts: Iterable[int]) -> bool:
    """Say whether an amount is about fewer than ten families, or for more than half about one.

    ``amounts`` are what each family brings to it; nothing of nobody tells nothing.
    """
    sizes = [abs(cents) for cents in amounts if cents]
    return bool(sizes) and (len(sizes) < LEAST_FAMILIES or 2 * max(sizes) > sum(sizes))


def _with_totals(contributions: Contributions) -> dict[Place, dict[UUID, int]]:
    """Add up each family over rows, over columns and over everything; leave out what is nothing."""
    found: dict[Place, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for (row, column), families in contributions.items():
        for place in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            for family, cents in families.items():
                found[place][family] += cents
    return {
        place: {family: cents for family, cents in families.items() if cents}
        for place, families in found.items()
    }


def _difference(now: Mapping[UUID, int], then: Mapping[UUID, int]) -> dict[UUID, int]:
    """Give what each family changed."""
    apart = {
        family: now.get(family, 0) - then.get(family, 0) for family in now.keys() | then.keys()
    }
    return {family: cents for family, cents in apart.items() if cents}


def _way_around(place: Place, weights: Mapping[Place, int], hidden: Iterable[Place]) -> set[Place]:
    """Find the cells with the least loss that lead from a cell's row to its column.

    Cells too small to guard it are used only where nothing else leads around.
    """
    least = weights[place] // LEAST_PROTECTION
    for strong_enough in (least, 0):
        allowed = {each for each, weight in weights.items() if weight >= strong_enough}
        found = _shortest(place, {each: weights[each] for each in allowed - {place}}, {*hidden})
        if found:
            return found
    return set()


def _shortest(place: Place, weights: Mapping[Place, int], hidden: set[Place]) -> set[Place]:
    """Find the cheapest way from row to column (Dijkstra); a hidden cell costs nothing more."""
    roads: dict[tuple[int, str], list[tuple[tuple[int, str], Place]]] = defaultdict(list)
    for each in sorted(weights):
        row, column = (0, each[0]), (1, each[1])
        roads[row].append((column, each))
        roads[column].append((row, each))
    aim = (1, place[1])
    queue: list[tuple[int, tuple[int, str], tuple[Place, ...]]] = [(0, (0, place[0]), ())]
    seen = set()
    while queue:
        cost, node, way = heapq.heappop(queue)
        if node == aim:
            return set(way)
        if node not in seen:
            seen.add(node)
            for next_node, each in roads[node]:
                more = 0 if each in hidden else weights[each] + 1
                heapq.heappush(queue, (cost + more, next_node, (*way, each)))
    return set()
