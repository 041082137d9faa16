"""Files that are booked: their year goes open by itself, and a rehearsal leaves nothing behind."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import CLIENT, Desk, Result, rehearse, tell
from api.cli.output import say
from domains.instruction import AlreadyAnsweredError
from ledger import books
from ledger.books import PeriodUnknown
from ledger.reading import rows

_ACTOR: Final = f"{CLIENT}:importeer"


async def rehearse_file(
    desk: Desk,
    gemeente: str,
    operation: Callable[[AsyncConnection], Awaitable[Result]],
    *,
    year: int,
    booking_date: date,
) -> Result | None:
    """Do all that booking a file does, and take it back.

    Nothing comes out of a file that was read in before, or whose year goes open when it really is.

    :raises PeriodUnknown: it would be booked on a day that does not go open with it.
    """
    try:
        return await rehearse(desk, gemeente, operation)
    except AlreadyAnsweredError:
        say("Dit bestand is al ingelezen; nog eens inlezen boekt niets.")
    except PeriodUnknown:
        async with db.transaction(desk.engine, gemeente) as connection:
            known = await _knows_year(connection, gemeente=gemeente, year=year)
        if known or booking_date.year != year:
            raise
        say(f"Boekjaar {year} is nog niet open; bij het echte inlezen gaat het open.")
    return None


async def open_year(desk: Desk, *, gemeente: str, year: int) -> None:
    """Open the booking year when none of its days was ever opened or closed, and say so."""

    async def operation(connection: AsyncConnection) -> bool:
        if await _knows_year(connection, gemeente=gemeente, year=year):
            return False
        await books.change_period(
            connection,
            gemeente=gemeente,
            from_date=date(year, 1, 1),
            until_date=date(year + 1, 1, 1),
            is_open=True,
            actor=_ACTOR,
            reason=f"Boekjaar {year} geopend",
            recorded_at=desk.clock.now(),
        )
        await tell(connection, desk, gemeente=gemeente)
        return True

    if await db.run(desk.engine, gemeente, operation):
        say(f"Boekjaar {year} is geopend.")


async def _knows_year(connection: AsyncConnection, *, gemeente: str, year: int) -> bool:
    """Tell whether any day of a booking year was ever opened or closed."""
    found = await rows(
        connection,
        "SELECT 1 FROM ledger.period_change"
        " WHERE gemeente = %s AND from_date < %s AND until_date > %s LIMIT 1",
        (gemeente, date(year + 1, 1, 1), date(year, 1, 1)),
    )
    return bool(found)
