"""Where spending needs a decision of the council, derived from what it authorised and what is used.

Nothing of it is kept: an item is there as long as the books ask for it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import takewhile
from typing import Final, TypeVar

from domains import chart
from domains.council.model import Authorised, Cause, CouncilItem, Position, Shortage, Used
from domains.pooling.rules import POOLED
from domains.settings.model import AuthorisationLevel, Settings
from ledger.money import split

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)

_SHORTEST_LIKENESS: Final = 2
"""Taakvelden of one main task (``6.``) are alike; others are not."""


def positions_of(authorised: Sequence[Authorised], used: Iterable[Used]) -> tuple[Position, ...]:
    """Put what is used beside what is authorised, by fund, programme and taakveld."""
    cents: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in authorised:
        cents[line.fund, line.programme, line.taakveld][0] += line.amount_cents
    for use in used:
        programme = programme_of(use.fund, use.taakveld, authorised)
        cents[use.fund, programme, use.taakveld][1] += use.amount_cents
    return tuple(
        Position(
            fund=fund,
            programme=programme,
            taakveld=taakveld,
            authorised_cents=of_council,
            used_cents=in_use,
        )
        for (fund, programme, taakveld), (of_council, in_use) in sorted(cents.items())
    )


def programme_of(fund: str, taakveld: str, authorised: Sequence[Authorised]) -> str:
    """Name the programme that a taakveld belongs to by the council's own lines.

    First by the lines of this fund, then by those of all funds, then by the taakveld most like it,
    at last by what else the fund is for; where they name more than one programme, by the one with
    the most money. Empty where the council named nothing of all this.
    """
    nearest = max((_likeness(line.taakveld, taakveld) for line in authorised), default=0)
    for lines in (
        [line for line in authorised if line.fund == fund and line.taakveld == taakveld],
        [line for line in authorised if line.taakveld == taakveld],
        [
            line
            for line in authorised
            if _likeness(line.taakveld, taakveld) == nearest >= _SHORTEST_LIKENESS
        ],
        [line for line in authorised if line.fund == fund],
    ):
        if lines:
            cents = sums(lines, lambda line: line.programme, lambda line: line.amount_cents)
            return min(cents, key=lambda name: (-cents[name], name))
    return ""


def unit_of(programme: str, taakveld: str, settings: Settings) -> tuple[str, ...]:
    """Name what the council authorises as one amount: its lasten may not go above it."""
    if settings.authorisation_level is AuthorisationLevel.PROGRAMME:
        return (programme,)
    if settings.authorisation_level is AuthorisationLevel.PROGRAMME_PART:
        for part in settings.programme_parts:
            if taakveld in part.taakvelden:
                return (programme, "onderdeel", part.name)
    return (programme, taakveld)


def items_needed(
    positions: Sequence[Position], *, year: int, settings: Settings
) -> tuple[CouncilItem, ...]:
    """List what is spent outside a programme or above what was authorised.

    A fund without any authorisation in a programme is outside it. Above counts all funds together,
    for that is what the council authorises, and what is outside does not count twice; it is told
    per fund and taakveld that use more than their own. The council can decide up to the last day of
    the year (Gemeentewet 192).
    """
    last_day = date(year, 12, 31)
    outside = outside_programme(positions)
    found = [
        CouncilItem(
            cause=Cause.OUTSIDE_PROGRAMME,
            fund=each.fund,
            programme=each.programme,
            taakveld=each.taakveld,
            amount_cents=each.used_cents,
            deadline=last_day,
        )
        for each in outside
    ]
    inside = sorted(set(positions) - set(outside), key=lambda each: (each.fund, each.taakveld))
    for unit in _groups(inside, lambda each: unit_of(each.programme, each.taakveld, settings)):
        above = -sum(each.unused_cents for each in unit)
        if above > 0:
            found += [
                CouncilItem(
                    cause=Cause.ABOVE_AUTHORISATION,
                    fund=each.fund,
                    programme=each.programme,
                    taakveld=each.taakveld,
                    amount_cents=amount_cents,
                    deadline=last_day,
                )
                for each, amount_cents in _attributed(above, unit)
            ]
    return tuple(found)


def shortage_items(
    shortages: Iterable[Shortage],
    authorised: Sequence[Authorised],
    *,
    free: Mapping[str, int],
    settings: Settings,
) -> tuple[CouncilItem, ...]:
    """List the help that needs new money: no fund covers it, and none that could has enough free.

    What is free in a pooled fund that is authorised in the same programme covers a shortage without
    the council: the fund whose help it is goes first. ``free`` is what is free per fund.
    """
    left = dict(free)
    items = []
    for each in sorted(shortages, key=lambda short: (short.since, short.fund, short.taakveld)):
        year = chart.year_of(each.fund)
        own = chart.fund(each.stands_in_for, year)
        programme = programme_of(own, each.taakveld, authorised)
        payers = {
            line.fund
            for line in authorised
            if line.programme == programme and chart.source_of(line.fund) in POOLED
        }
        needed = each.amount_cents
        for fund in sorted(payers, key=lambda payer: (payer != own, payer)):
            taken = min(needed, max(0, left.get(fund, 0)))
            left[fund] = left.get(fund, 0) - taken
            needed -= taken
        if needed:
            items.append(
                CouncilItem(
                    cause=Cause.SHORTAGE,
                    fund=each.fund,
                    programme=programme,
                    taakveld=each.taakveld,
                    amount_cents=needed,
                    deadline=each.since + timedelta(days=settings.shortage_days),
                    stands_in_for=each.stands_in_for,
                )
            )
    return tuple(items)


def outside_programme(positions: Sequence[Position]) -> tuple[Position, ...]:
    """Give the positions of funds that use money in a programme where they have none."""
    authorised = sums(
        positions, lambda each: (each.fund, each.programme), lambda each: each.authorised_cents
    )
    return tuple(
        each
        for each in positions
        if each.used_cents > 0 and authorised[each.fund, each.programme] == 0
    )


def sums(
    items: Iterable[Item], key: Callable[[Item], Key], cents: Callable[[Item], int]
) -> dict[Key, int]:
    """Add up amounts per key."""
    found: dict[Key, int] = {}
    for each in items:
        found[key(each)] = found.get(key(each), 0) + cents(each)
    return found


def _likeness(one: str, other: str) -> int:
    """Count the first characters that two taakvelden share: 6.711 is more like 6.712 than 6.3."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def _attributed(above_cents: int, unit: Sequence[Position]) -> list[tuple[Position, int]]:
    """Divide what is above among the funds that use more than theirs, then among their taakvelden.

    In proportion, so that nobody gets more than his own excess.
    """
    found: list[tuple[Position, int]] = []
    funds = _groups(unit, lambda each: each.fund)
    shares = split(above_cents, [max(0, -sum(p.unused_cents for p in fund)) for fund in funds])
    for fund, share in zip(funds, shares, strict=True):
        if share:
            parts = split(share, [max(0, -each.unused_cents) for each in fund])
            found += [pair for pair in zip(fund, parts, strict=True) if pair[1]]
    return found


def _groups(
    positions: Iterable[Position], key: Callable[[Position], Hashable]
) -> list[list[Position]]:
    groups: dict[Hashable, list[Position]] = defaultdict(list)
    for each in positions:
        groups[key(each)].append(each)
    return list(groups.values())
