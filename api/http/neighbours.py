"""Other municipalities in these books: what is owed for help they paid first, and paying it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Task, carry_out
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import END, MOST, Antwoord, Bedrag, Cursor, DryRun, Invoer, Limit, Tekst, amount
from domains.instruction import Instruction
from domains.neighbours.model import Debt
from domains.neighbours.operations import pay_debts
from domains.neighbours.queries import debts


class NieuweBetaling(Invoer, frozen=True, kw_only=True):
    """Paying another municipality all that it is owed on the day of booking."""

    gemeente: Annotated[str, Meta(pattern="^GM[0-9]{4}" + END, examples=["GM0150"])]
    boekdatum: date | None = None
    document: Tekst = ""


class Gemeenteschuld(Antwoord, frozen=True, kw_only=True):
    """Help of somebody who moved here, that another municipality paid first."""

    verrekening: UUID
    gemeente: str
    bedrag: Bedrag
    geboekt_op: date
    betaald_op: date | None
    betaling: UUID | None


class Gemeenteschulden(Antwoord, frozen=True, kw_only=True):
    """A page of debts, the oldest first."""

    resultaten: list[Gemeenteschuld]


class Gemeentebetaling(Antwoord, frozen=True, kw_only=True):
    """What was paid to another municipality, and for which help."""

    id: UUID
    gemeente: str
    bedrag: Bedrag
    schulden: list[Gemeenteschuld]


@get(
    "/schulden-aan-gemeenten",
    opt=open_to(BOOKS),
    summary="Wat andere gemeenten voor inwoners van hier betaalden",
)
async def list_debts(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Gemeenteschulden]:
    """List what is, or was, owed to other municipalities."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await debts(
            connection,
            gemeente=gemeente,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
    page, headers = first_of(request, known, key=lambda each: each.settlement, limit=limit)
    return Response(Gemeenteschulden(resultaten=[_debt(each) for each in page]), headers=headers)


@post(
    "/betalingen-aan-gemeenten",
    opt=open_to(MONEY, body=NieuweBetaling, key=True),
    summary="Betaal een andere gemeente wat zij nog krijgt",
)
async def add_payment(request: Asked, *, proef: DryRun = False) -> Response[Gemeentebetaling]:
    """Pay what is owed; the other side books it on the start of its day."""
    content = await raw_body(request)
    asked = decode(content, NieuweBetaling)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await pay_debts(
            connection,
            instruction=instruction,
            other=asked.gemeente,
            booking_date=asked.boekdatum or instruction.today,
            document=asked.document,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Gemeentebetaling]:
        found = await debts(connection, gemeente=gemeente, payment=results[0])
        body = Gemeentebetaling(
            id=results[0],
            gemeente=asked.gemeente,
            bedrag=amount(sum(each.amount_cents for each in found)),
            schulden=[_debt(each) for each in found],
        )
        return Given(body=body, location="/v1/schulden-aan-gemeenten")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


def _debt(found: Debt) -> Gemeenteschuld:
    return Gemeenteschuld(
        verrekening=found.settlement,
        gemeente=found.gemeente,
        bedrag=amount(found.amount_cents),
        geboekt_op=found.booked_on,
        betaald_op=found.paid_on,
        betaling=found.payment,
    )


HANDLERS: Final = (list_debts, add_payment)
