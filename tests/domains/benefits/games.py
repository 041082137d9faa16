"""Games of which the Shapley value was published or has a closed form."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations


def worth(count: int, value: Callable[[frozenset[int]], int]) -> list[int]:
    """Give the worth of every combination of players 0, 1, ... in the order of their bits."""
    return [
        value(frozenset(player for player in range(count) if place >> player & 1))
        for place in range(1 << count)
    ]


def by_size(count: int, values: list[int]) -> list[int]:
    """Give a worth that was printed as singles, then pairs, and so on, each lexicographic."""
    printed = [
        frozenset(each) for size in range(1, count + 1) for each in combinations(range(count), size)
    ]
    found = dict(zip(printed, values, strict=True))
    return worth(count, lambda players: found.get(players, 0))


def gloves(left: int, right: int) -> list[int]:
    """Give the worth of pairs of gloves; the owners of left ones come first."""
    return worth(
        left + right,
        lambda players: min(
            sum(player < left for player in players), sum(player >= left for player in players)
        ),
    )


def voting(weights: list[int], quota: int) -> list[int]:
    """Give the worth of reaching a quota of votes."""
    return worth(
        len(weights), lambda players: int(sum(weights[player] for player in players) >= quota)
    )


def runway(costs: list[int], movements: list[int]) -> list[Fraction]:
    """Give the fee of a movement of each type: what each longer piece costs, over who needs it."""
    fees, fee = [], Fraction(0)
    for place, cost in enumerate(costs):
        before = costs[place - 1] if place else 0
        fee += Fraction(cost - before, sum(movements[place:]))
        fees.append(fee)
    return fees
