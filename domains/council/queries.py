"""Reading what the council authorised, what is used of it, and what has no cover."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.council.model import Authorised, CouncilItem, Position, Shortage, Used
from domains.council.rules import items_needed, positions_of, shortage_items
from domains.settings.model import Settings
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_SHORTAGES: Final = """
    SELECT part.fund, part.stands_in_for, part.taakveld,
           sum(move.reserved_cents + move.spent_cents)::bigint AS amount_cents,
           min(entry.booking_date) AS since
    FROM domains.part AS part
    JOIN domains.part_move AS move USING (gemeente, part_id)
    JOIN ledger.entry AS entry USING (gemeente, entry_id)
    WHERE gemeente = %(gemeente)s AND part.fund = %(fund)s AND NOT part.ahead
      AND entry.booking_date <= %(on)s AND entry.chain_number <= %(known_up_to)s
    GROUP BY part.fund, part.stands_in_for, part.taakveld
    HAVING sum(move.reserved_cents + move.spent_cents) <> 0
    ORDER BY part.fund, part.stands_in_for, part.taakveld
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CouncilStanding:
    """What the council authorised for a year, what is used of it, and what needs its decision."""

    authorised: tuple[Authorised, ...]
    positions: tuple[Position, ...]
    shortages: tuple[Shortage, ...]
    items: tuple[CouncilItem, ...]


async def authorised_in(
    connection: AsyncConnection, *, gemeente: str, year: int, on: date, known_up_to: int
) -> tuple[Authorised, ...]:
    """List what the council authorised for a year, per fund, programme and taakveld."""
    found = await balances.totals(
        connection,
        gemeente=gemeente,
        book=Book.BUDGET,
        on=on,
        known_up_to=known_up_to,
        codes=[chart.AUTHORISATION],
        by=["programma", "taakveld"],
    )
    return tuple(
        Authorised(
            fund=each.colour,
            programme=each.parts[0] or "",
            taakveld=each.parts[1] or "",
            amount_cents=-each.balance_cents,
        )
        for each in found
        if chart.year_of(each.colour) == year
    )


async def council_standing(
    connection: AsyncConnection,
    *,
    gemeente: str,
    year: int,
    on: date,
    known_up_to: int,
    settings: Settings,
) -> CouncilStanding:
    """Say what needs a decision of the council in a year, as the books stood on a date."""
    authorised = await authorised_in(
        connection, gemeente=gemeente, year=year, on=on, known_up_to=known_up_to
    )
    lying = await balances.totals(
        connection,
        gemeente=gemeente,
        book=Book.BUDGET,
        on=on,
        known_up_to=known_up_to,
        codes=[chart.FREE, chart.RESERVED, chart.SPENT],
        by=["taakveld"],
    )
    free = {each.colour: each.balance_cents for each in lying if each.code == chart.FREE}
    shortage = chart.fund(chart.SHORTAGE_SOURCE, year)
    positions = positions_of(
        authorised,
        [
            Used(fund=each.colour, taakveld=each.parts[0] or "", amount_cents=each.balance_cents)
            for each in lying
            if each.code != chart.FREE
            and chart.year_of(each.colour) == year
            and each.colour != shortage
        ],
    )
    short = await _shortages(
        connection, gemeente=gemeente, fund=shortage, on=on, known_up_to=known_up_to
    )
    return CouncilStanding(
        authorised=authorised,
        positions=positions,
        shortages=short,
        items=(
            *items_needed(positions, year=year, settings=settings),
            *shortage_items(short, authorised, free=free, settings=settings),
        ),
    )


async def _shortages(
    connection: AsyncConnection, *, gemeente: str, fund: str, on: date, known_up_to: int
) -> tuple[Shortage, ...]:
    found = await rows(
        connection,
        _SHORTAGES,
        {"gemeente": gemeente, "fund": fund, "on": on, "known_up_to": known_up_to},
    )
    return tuple(
        Shortage(
            fund=row.fund,
            stands_in_for=row.stands_in_for,
            taakveld=row.taakveld,
            amount_cents=row.amount_cents,
            since=row.since,
        )
        for row in found
    )
