"""Booking periods (boekingsperioden): in which days may be booked."""

from datetime import date, datetime
from typing import Final

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import decode, raw_body
from api.http.paging import page_of
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Cursor,
    Invoer,
    Limit,
    VerplichteTekst,
    check_order,
    day_after,
    last_day,
)
from domains.instruction import Actor
from domains.year_end.operations import check_not_sealed
from ledger.books import change_period
from ledger.reading import rows


class NieuwePeriode(Invoer, frozen=True, kw_only=True):
    """Days to open or to close."""

    van: date
    tot_en_met: date
    open: bool
    reden: VerplichteTekst


class Boekingsperiode(Antwoord, frozen=True, kw_only=True):
    """An opening or closing of days; the last word on a day counts."""

    ketennummer: int
    van: date
    tot_en_met: date
    open: bool
    reden: str
    vastgelegd_door: str


class Boekingsperioden(Antwoord, frozen=True, kw_only=True):
    """A page of openings and closings."""

    resultaten: list[Boekingsperiode]


@get("/boekingsperioden", opt=open_to(BOOKS), summary="Geopende en gesloten dagen")
async def list_periods(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Boekingsperioden]:
    """List every opening and closing of days, in order."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await periods(connection, gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.ketennummer), cursor=cursor, limit=limit
    )
    return Response(Boekingsperioden(resultaten=list(page)), headers=headers)


@post(
    "/boekingsperioden",
    opt=open_to(MONEY, body=NieuwePeriode),
    summary="Open of sluit dagen voor boekingen",
)
async def change(request: Asked) -> Response[Boekingsperiode]:
    """Open or close days; doing it twice changes nothing but the journal of it."""
    asked = decode(await raw_body(request), NieuwePeriode)
    check_order(asked.van, asked.tot_en_met)
    services = services_of(request)
    actor = request.user

    async def operation(connection: AsyncConnection) -> int:
        return await change_days(
            connection,
            actor=actor,
            from_date=asked.van,
            until_date=day_after(asked.tot_en_met),
            is_open=asked.open,
            reason=asked.reden,
            at=services.clock.now(),
        )

    number = await db.run(services.engine, actor.gemeente, operation)
    return Response(
        Boekingsperiode(
            ketennummer=number,
            van=asked.van,
            tot_en_met=asked.tot_en_met,
            open=asked.open,
            reden=asked.reden,
            vastgelegd_door=actor.subject,
        ),
        status_code=201,
        headers={"Location": "/v1/boekingsperioden"},
    )


HANDLERS: Final = (list_periods, change)


async def change_days(
    connection: AsyncConnection,
    *,
    actor: Actor,
    from_date: date,
    until_date: date,
    is_open: bool,
    reason: str,
    at: datetime,
) -> int:
    """Open or close days (until exclusive); gives the link of the chain that says so.

    :raises domains.year_end.refusals.YearSealed: a day to open lies in a year that was closed.
    """
    if is_open:
        await check_not_sealed(
            connection, gemeente=actor.gemeente, from_date=from_date, until_date=until_date
        )
    return await change_period(
        connection,
        gemeente=actor.gemeente,
        from_date=from_date,
        until_date=until_date,
        is_open=is_open,
        actor=actor.subject,
        reason=reason,
        recorded_at=at,
    )


async def periods(connection: AsyncConnection, gemeente: str) -> list[Boekingsperiode]:
    """List every opening and closing of days, in order."""
    found = await rows(
        connection,
        "SELECT chain_number, from_date, until_date, is_open, reason, actor"
        " FROM ledger.period_change WHERE gemeente = %s ORDER BY chain_number",
        (gemeente,),
    )
    return [
        Boekingsperiode(
            ketennummer=row.chain_number,
            van=row.from_date,
            tot_en_met=last_day(row.until_date),
            open=row.is_open,
            reden=row.reason,
            vastgelegd_door=row.actor,
        )
        for row in found
    ]
