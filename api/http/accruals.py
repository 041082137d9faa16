"""What was delivered in a closed year and nobody declared yet: the list, and letting it go."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import decode, raw_body
from api.http.draws import Trekking
from api.http.paging import page_of
from api.http.reservations import answered_with_draw
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
    VerplichteTekst,
    amount,
)
from domains.accruals.operations import release_accrual
from domains.accruals.queries import open_accruals
from domains.instruction import Instruction


class Overlopendepost(Antwoord, frozen=True, kw_only=True):
    """What of a draw still waits for a declaration."""

    trekking: UUID
    middel: str
    aanbieder: str
    soort: str
    bedrag: Bedrag
    sinds: date
    dagen_open: int


class Overlopendeposten(Antwoord, frozen=True, kw_only=True):
    """A page of accruals."""

    resultaten: list[Overlopendepost]


class Vrijvaloverlopend(Invoer, frozen=True, kw_only=True):
    """Why nobody will declare it any more, and by which document that is known."""

    reden: VerplichteTekst
    document: VerplichteTekst
    boekdatum: date | None = None


@get("/overlopende-posten", opt=open_to(BOOKS), summary="Geleverd en nog niet gedeclareerd")
async def list_accruals(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Overlopendeposten]:
    """List what closed years accrued and nobody declared yet, with its age."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with db.transaction(services.engine, gemeente) as connection:
        known = await open_accruals(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: f"{each.draw} {each.fund}", cursor=cursor, limit=limit
    )
    today = services.clock.today()
    body = Overlopendeposten(
        resultaten=[
            Overlopendepost(
                trekking=each.draw,
                middel=each.fund,
                aanbieder=each.provider,
                soort=each.kind,
                bedrag=amount(each.amount_cents),
                sinds=each.since,
                dagen_open=each.age_days(today),
            )
            for each in page
        ]
    )
    return Response(body, headers=headers)


@post(
    "/verplichtingen/{id_:uuid}/vrijval-overlopend",
    opt=open_to(MONEY, body=Vrijvaloverlopend, key=True),
    summary="Laat vrijvallen wat niemand meer declareert",
)
async def release(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Trekking]:
    """Let go all that a closed year accrued of a draw and nobody declared: a gain of this year."""
    content = await raw_body(request)
    asked = decode(content, Vrijvaloverlopend)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await release_accrual(
            connection,
            instruction=instruction,
            draw=id_,
            reason=asked.reden,
            document=asked.document,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_draw(request, operation, content=content, dry_run=proef)


HANDLERS: Final = (list_accruals, release)
