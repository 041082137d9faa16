"""What becomes of a family budget: approval, topping up, giving back, closing and reopening."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.body import canonical, decode, raw_body
from api.http.entry_shapes import Boeking, booked_entries
from api.http.family_budgets import Gezinsbudget, answered_with_budget, changeable_budget
from api.http.perform import Given, Task, carry_out
from api.http.rights import FAMILIES_WRITE, FAMILY_BUDGETS_WRITE
from api.http.routes import open_to
from api.http.services import Asked
from api.http.wire import Antwoord, Bedrag, DryRun, Invoer, Tekst, VerplichteTekst
from domains.family_budgets import operations
from domains.instruction import Instruction


class NieuwAkkoord(Invoer, frozen=True, kw_only=True):
    """Approving what a colleague proposed."""

    voorstel: Annotated[int, Meta(ge=1)]
    """The number of the proposal that was seen."""
    boekdatum: date | None = None


class NieuweAanvulling(Invoer, frozen=True, kw_only=True):
    """An amount to add to a family budget."""

    bedrag: Bedrag
    reden: Tekst = ""
    boekdatum: date | None = None


class NieuweTeruggave(Invoer, frozen=True, kw_only=True):
    """Giving back all that is left."""

    boekdatum: date | None = None


class NieuweSluiting(Invoer, frozen=True, kw_only=True):
    """Closing a family budget; with a reason where the big five are not arranged."""

    reden: Tekst = ""
    boekdatum: date | None = None


class NieuweHeropening(Invoer, frozen=True, kw_only=True):
    """Taking a closed family budget in use again."""

    reden: VerplichteTekst


class Teruggegeven(Antwoord, frozen=True, kw_only=True):
    """What was given back; no entry where nothing was left."""

    gezinsbudget: UUID
    boeking: Boeking | None


@post(
    "/gezinsbudgetten/{id_:uuid}/akkoorden",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuwAkkoord, key=True),
    summary="Keur het voorstel van een collega goed",
)
async def approve(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezinsbudget]:
    """Carry out what a colleague proposed: an amount outside the band, or closing too early."""
    content = await raw_body(request)
    asked = decode(content, NieuwAkkoord)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILY_BUDGETS_WRITE)
        return await operations.approve_proposal(
            connection,
            instruction=instruction,
            family_budget=id_,
            number=asked.voorstel,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_budget(request, operation, content=content, dry_run=proef)


@post(
    "/gezinsbudgetten/{id_:uuid}/aanvullingen",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuweAanvulling, key=True),
    summary="Vul een gezinsbudget aan",
)
async def top_up(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezinsbudget]:
    """Fill a family budget further from the district, as far as that goes."""
    content = await raw_body(request)
    asked = decode(content, NieuweAanvulling)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILY_BUDGETS_WRITE)
        return await operations.top_up_family_budget(
            connection,
            instruction=instruction,
            family_budget=id_,
            amount_cents=asked.bedrag.cents,
            reason=asked.reden,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_budget(request, operation, content=content, dry_run=proef)


@post(
    "/gezinsbudgetten/{id_:uuid}/teruggaven",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuweTeruggave, key=True),
    summary="Geef terug wat er over is",
)
async def give_back(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Teruggegeven]:
    """Give all that a family budget has left back to its district."""
    content = await raw_body(request)
    asked = decode(content, NieuweTeruggave)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILY_BUDGETS_WRITE)
        return await operations.return_family_budget(
            connection,
            instruction=instruction,
            family_budget=id_,
            booking_date=asked.boekdatum or instruction.today,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Teruggegeven]:
        found = await booked_entries(connection, gemeente=gemeente, entries=results)
        return Given(body=Teruggegeven(gezinsbudget=id_, boeking=found[0] if found else None))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/gezinsbudgetten/{id_:uuid}/sluitingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweSluiting, key=True),
    summary="Sluit een gezinsbudget",
)
async def close(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezinsbudget]:
    """Close a family budget and give back what is left; or propose it, with a reason."""
    content = await raw_body(request)
    asked = decode(content, NieuweSluiting)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
        return await operations.close_family_budget(
            connection,
            instruction=instruction,
            family_budget=id_,
            reason=asked.reden,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_budget(request, operation, content=content, dry_run=proef)


@post(
    "/gezinsbudgetten/{id_:uuid}/heropeningen",
    opt=open_to(FAMILIES_WRITE, body=NieuweHeropening, key=True),
    summary="Heropen een gesloten gezinsbudget",
)
async def reopen(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezinsbudget]:
    """Take a closed family budget in use again; top it up to have money in it."""
    content = await raw_body(request)
    asked = decode(content, NieuweHeropening)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
        return await operations.reopen_family_budget(
            connection, instruction=instruction, family_budget=id_, reason=asked.reden
        )

    return await answered_with_budget(request, operation, content=content, dry_run=proef)


HANDLERS: Final = (approve, top_up, give_back, close, reopen)
