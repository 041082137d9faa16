"""Netting (verrekeningen): what funds owe each other, cleared by one amount per pair."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Task, carry_out
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    amount,
    check_order,
    day_after,
    last_day,
)
from domains.instruction import Instruction
from domains.netting.model import NettingRun
from domains.netting.operations import net
from domains.netting.queries import netting_run, netting_runs


class NieuweVerrekening(Invoer, frozen=True, kw_only=True):
    """The days of which funds clear what they owe each other."""

    van: date
    tot_en_met: date
    boekdatum: date | None = None


class Verrekenpost(Antwoord, frozen=True, kw_only=True):
    """What one fund owed another by one entry."""

    boeking: UUID
    boekdatum: date
    schuldeiser: str
    schuldenaar: str
    bedrag: Bedrag
    openstaande_betaler: UUID | None


class Verrekenpaar(Antwoord, frozen=True, kw_only=True):
    """One amount between two funds, with what it clears."""

    betaler: str
    ontvanger: str
    bedrag: Bedrag
    boeking: UUID
    posten: list[Verrekenpost]


class Verrekening(Antwoord, frozen=True, kw_only=True):
    """What funds owed each other over a period, cleared in one go."""

    id: UUID
    van: date
    tot_en_met: date
    paren: list[Verrekenpaar]


class Verrekeningen(Antwoord, frozen=True, kw_only=True):
    """A page of netting runs."""

    resultaten: list[Verrekening]


@get("/verrekeningen", opt=open_to(BOOKS), summary="Verrekeningen tussen middelen")
async def list_runs(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Verrekeningen]:
    """List netting runs, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await netting_runs(
            connection,
            gemeente=gemeente,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
    page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
    return Response(Verrekeningen(resultaten=[_run(each) for each in page]), headers=headers)


@get("/verrekeningen/{id_:uuid}", opt=open_to(BOOKS), summary="Een verrekening met haar posten")
async def show_run(request: Asked, id_: FromPath[UUID]) -> Verrekening:
    """Show one netting run."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return _run(await netting_run(connection, gemeente=gemeente, run=id_))


@post(
    "/verrekeningen",
    opt=open_to(MONEY, body=NieuweVerrekening, key=True),
    summary="Verreken wat middelen elkaar schuldig zijn",
)
async def add_run(request: Asked, *, proef: DryRun = False) -> Response[Verrekening]:
    """Clear what funds owe each other by entries of these days."""
    content = await raw_body(request)
    asked = decode(content, NieuweVerrekening)
    check_order(asked.van, asked.tot_en_met)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await net(
            connection,
            instruction=instruction,
            from_date=asked.van,
            until_date=day_after(asked.tot_en_met),
            booking_date=asked.boekdatum or instruction.today,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Verrekening]:
        (found,) = await netting_runs(connection, gemeente=gemeente, ids=results)
        return Given(body=_run(found), location=f"/v1/verrekeningen/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (list_runs, show_run, add_run)


def _run(run: NettingRun) -> Verrekening:
    return Verrekening(
        id=run.id,
        van=run.from_date,
        tot_en_met=last_day(run.until_date),
        paren=[
            Verrekenpaar(
                betaler=each.payer,
                ontvanger=each.receiver,
                bedrag=amount(each.amount_cents),
                boeking=each.entry,
                posten=[
                    Verrekenpost(
                        boeking=owed.entry,
                        boekdatum=owed.booking_date,
                        schuldeiser=owed.creditor,
                        schuldenaar=owed.debtor,
                        bedrag=amount(owed.amount_cents),
                        openstaande_betaler=owed.item,
                    )
                    for owed in each.owed
                ],
            )
            for each in run.nettings
        ],
    )
