"""Cutting what is due into lists that fit in one database transaction each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.model import PartStanding
from domains.events.model import Due, Event
from domains.pooling.rules import POOLED
from ledger import balances
from ledger.accounts import Account
from ledger.reading import rows

MOST_DRAWS: Final = 100
"""How many draws are covered anew in one database transaction."""

_MOST_EVENTS: Final = 1_000
"""How many events without any help are executed in one database transaction."""

_SHORT: Final = """
    SELECT part.draw_id, part.gezin, part.wijk, part.standing, part.stands_in_for,
           right(part.fund, 4)::integer AS year
    FROM domains.part AS part
    CROSS JOIN LATERAL (
        SELECT sum(move.reserved_cents) + CASE part.standing WHEN 'tekort'
               THEN sum(move.spent_cents) ELSE 0 END AS cents
        FROM domains.part_move AS move
        WHERE move.gemeente = part.gemeente AND move.part_id = part.part_id OFFSET 0
    ) AS short
    WHERE part.gemeente = %(gemeente)s AND part.place = 'tekort' AND short.cents > 0
      AND right(part.fund, 4)::integer >= %(year)s
"""


def lists_of(found: Iterable[tuple[Event, Sequence[UUID]]]) -> list[tuple[Due, ...]]:
    """Cut events with their draws into lists, in order of time; a list with draws is of one day.

    An event with very many draws is spread over lists; the last one says that it is the last. Most
    events touch no help at all: those come last, in lists of any day.
    """
    lists: list[tuple[Due, ...]] = []
    listed: list[Due] = []
    draws: set[UUID] = set()
    quiet: list[Due] = []
    for event, touched in found:
        if not touched:
            quiet.append(Due(event=event, draws=(), is_last=True))
        for at in range(0, len(touched), MOST_DRAWS):
            piece = tuple(touched[at : at + MOST_DRAWS])
            other_day = listed and listed[0].event.day != event.day
            if other_day or len(draws | set(piece)) > MOST_DRAWS:
                lists.append(tuple(listed))
                listed, draws = [], set()
            is_last = at + MOST_DRAWS >= len(touched)
            listed.append(Due(event=event, draws=piece, is_last=is_last))
            draws |= set(piece)
    return [
        *lists,
        *([tuple(listed)] if listed else []),
        *(tuple(quiet[at : at + _MOST_EVENTS]) for at in range(0, len(quiet), _MOST_EVENTS)),
    ]


async def draws_with_room(
    connection: AsyncConnection, *, gemeente: str, year: int
) -> tuple[UUID, ...]:
    """List draws that nobody pays, of a year or later, and for which money may lie ready now."""
    short = await rows(connection, _SHORT, {"gemeente": gemeente, "year": year})
    funds = [
        row.fund
        for row in await rows(
            connection,
            "SELECT fund FROM domains.fund WHERE gemeente = %s AND source <> %s ORDER BY fund",
            (gemeente, chart.SHORTAGE_SOURCE),
        )
    ]
    places: dict[UUID, set[UUID]] = {}
    for row in short:
        places.setdefault(row.draw_id, set()).update(
            account.id
            for fund in funds
            if chart.year_of(fund) == row.year
            for account in _places(gemeente, fund, row)
        )
    wanted = sorted(set().union(*places.values()))
    left = await balances.current(connection, gemeente=gemeente, accounts=wanted)
    return tuple(
        sorted(
            draw
            for draw, accounts in places.items()
            if any(left[account] > 0 for account in accounts)
        )
    )


def _places(gemeente: str, fund: str, short: Any) -> Iterator[Account]:
    """Give where a fund could have money for help without cover."""
    yield chart.family(gemeente, fund, gezin=str(short.gezin))
    yield chart.district(gemeente, fund, wijk=short.wijk)
    yield chart.complex_reserve(gemeente, fund)
    source = chart.source_of(fund)
    is_own = source == short.stands_in_for and source not in POOLED
    if is_own or short.standing == PartStanding.ADVANCE:
        yield chart.free(gemeente, fund)
