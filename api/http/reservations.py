"""Reservations (verplichtingen): deliveries, release, raises and stops of help that was granted."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.body import canonical, decode, raw_body
from api.http.draws import Trekking, changeable_draw, draw_on_wire
from api.http.opening import opened_budget
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import (
    FAMILIES_READ,
    FAMILIES_WRITE,
    FAMILY_BUDGETS_WRITE,
    connection_for,
    sees_family,
)
from api.http.routes import open_to
from api.http.services import Asked
from api.http.tariff_shapes import (
    NieuweRegel,
    Regel,
    Volume,
    asked_line,
    check_amount_or_lines,
    line_on_wire,
)
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    Tekst,
    VerplichteTekst,
    amount,
    day_after,
    last_day,
)
from domains.draws.model import StandingPart
from domains.draws.queries import decision_in, draws, standing_parts
from domains.draws.refusals import UnknownDraw
from domains.families.queries import family_budgets
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction
from domains.providers.model import Line
from domains.quantities import read_e4, write_e4
from domains.reservations import delivering, operations, queries
from domains.reservations.model import Delivery, NewDelivery, Raise, Reservation

OfBudget: TypeAlias = Annotated[
    UUID | None, QueryParameter(name="gezinsbudget", description="Alleen van dit gezinsbudget.")
]


class Dekkingsperiode(Antwoord, frozen=True, kw_only=True):
    """Which fund pays which days of which person, and what it still reserves."""

    id: UUID
    persoon: UUID
    regelnummer: int
    """The line of price and volume; 0: the reservation has none."""
    van: date
    tot_en_met: date
    middel: str
    plaats: str
    titel: str
    taakveld: str
    regel: str
    verplicht: Bedrag
    geleverd: Bedrag


class Verplichting(Antwoord, frozen=True, kw_only=True):
    """A reservation, what was delivered of it and what is left."""

    id: UUID
    gezinsbudget: UUID
    soort: str
    aanbieder: str
    uitkomst: str
    van: date
    tot_en_met: date | None
    """None: the help stands on no day any more."""
    toegekend: Bedrag
    geleverd: Bedrag
    verplicht: Bedrag
    regels: list[Regel]
    dekkingsperioden: list[Dekkingsperiode]
    """On the list of reservations these and the lines are left out."""


class Verplichtingen(Antwoord, frozen=True, kw_only=True):
    """A page of reservations."""

    resultaten: list[Verplichting]


class NieuweLevering(Invoer, frozen=True, kw_only=True):
    """What was delivered on some days: an amount, or a volume of a line."""

    van: date
    tot_en_met: date
    regelnummer: Annotated[int, Meta(ge=0, le=10_000)] = 0
    persoon: UUID | None = None
    """Without: everybody whom the help is for."""
    bedrag: Bedrag | None = None
    volume: Volume | None = None
    document: Tekst = ""
    andere_levering: bool = False
    """Yes: it is not the earlier delivery of the same days and quantity, however equal."""


class NieuweLeveringen(Invoer, frozen=True, kw_only=True):
    """Deliveries, booked in this order."""

    leveringen: Annotated[list[NieuweLevering], Meta(min_length=1, max_length=MOST)]
    boekdatum: date | None = None


class Hervatting(Invoer, frozen=True, kw_only=True):
    """Deliveries that waited for a raise."""

    leveringen: Annotated[list[UUID], Meta(min_length=1, max_length=MOST)]
    boekdatum: date | None = None


class Levering(Antwoord, frozen=True, kw_only=True):
    """A delivery as it was recorded."""

    id: UUID
    verplichting: UUID
    uitkomst: str
    zin: str
    weigering: str | None
    regelnummer: int
    persoon: UUID | None
    van: date
    tot_en_met: date
    volume: str | None
    bedrag: Bedrag
    document: str
    hervat_van: UUID | None
    boekingen: list[UUID]
    teruggeboekt: bool


class Leveringen(Antwoord, frozen=True, kw_only=True):
    """Deliveries in order of recording."""

    resultaten: list[Levering]


class NieuweVrijval(Invoer, frozen=True, kw_only=True):
    """What is no longer needed; without an amount all that is left."""

    bedrag: Bedrag | None = None
    regelnummer: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    reden: VerplichteTekst
    boekdatum: date | None = None


class NieuweStop(Invoer, frozen=True, kw_only=True):
    """The end of help."""

    eerste_dag_zonder: date
    reden: VerplichteTekst
    boekdatum: date | None = None


class NieuweVerhoging(Invoer, frozen=True, kw_only=True):
    """More of the same help; an amount, or lines that give one."""

    van: date
    tot_en_met: date
    bedrag: Bedrag | None = None
    regels: Annotated[list[NieuweRegel], Meta(max_length=MOST)] = msgspec.field(
        default_factory=list
    )
    reden: VerplichteTekst
    document: Tekst = ""
    boekdatum: date | None = None


@get("/verplichtingen", opt=open_to(FAMILIES_READ), summary="Verplichtingen die u mag zien")
async def list_reservations(
    request: Asked,
    *,
    gezinsbudget: OfBudget = None,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[Verplichtingen]:
    """List reservations in order of granting, with what is left of each."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        known = await queries.reservations(
            connection,
            gemeente=gemeente,
            family_budget=gezinsbudget,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
        budgets = await family_budgets(
            connection, gemeente=gemeente, ids=sorted({each.family_budget for each in known})
        )
    seen = {each.id for each in budgets if sees_family(request.user, each.family)}
    page, headers = first_of(request, known, key=lambda each: each.draw, limit=limit)
    found = [_reservation(each, lines=(), parts=()) for each in page if each.family_budget in seen]
    return Response(Verplichtingen(resultaten=found), headers=headers)


@get(
    "/verplichtingen/{id_:uuid}",
    opt=open_to(FAMILIES_READ, opens=True),
    summary="Een verplichting",
)
async def show_reservation(request: Asked, id_: FromPath[UUID]) -> Verplichting:
    """Show a reservation with its lines and who pays which days."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        found = await _seen(connection, request, id_)
        lines = await queries.draw_lines(connection, gemeente=gemeente, draws=[id_])
        parts = await standing_parts(connection, gemeente=gemeente, draws=[id_])
    return _reservation(found, lines=lines.get(id_, ()), parts=parts)


@get(
    "/verplichtingen/{id_:uuid}/leveringen",
    opt=open_to(FAMILIES_READ, opens=True),
    summary="Leveringen van een verplichting",
)
async def list_deliveries(
    request: Asked, id_: FromPath[UUID], *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Leveringen]:
    """List the deliveries of a reservation, also those that were refused or that wait."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        await _seen(connection, request, id_)
        known = await queries.deliveries(
            connection,
            gemeente=gemeente,
            draw=id_,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
    page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
    return Response(Leveringen(resultaten=[_delivery(each) for each in page]), headers=headers)


@post(
    "/verplichtingen/{id_:uuid}/leveringen",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuweLeveringen, key=True),
    summary="Boek wat is geleverd",
)
async def add_deliveries(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Leveringen]:
    """Book deliveries in order; one that does not fit is answered with its reason."""
    content = await raw_body(request)
    asked = decode(content, NieuweLeveringen)
    wanted = [
        NewDelivery(
            draw=id_,
            line=each.regelnummer,
            person=each.persoon,
            from_date=each.van,
            until_date=day_after(each.tot_en_met),
            volume_e4=None if each.volume is None else read_e4(each.volume),
            amount_cents=None if each.bedrag is None else each.bedrag.cents,
            document=each.document,
            is_another=each.andere_levering,
        )
        for each in asked.leveringen
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _changeable(connection, request, id_, roles=FAMILY_BUDGETS_WRITE)
        return await delivering.deliver(
            connection,
            instruction=instruction,
            deliveries=wanted,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await _answered_with_deliveries(request, operation, content=content, dry_run=proef)


@post(
    "/verplichtingen/{id_:uuid}/hervattingen",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=Hervatting, key=True),
    summary="Hervat leveringen die op een verhoging wachtten",
)
async def resume_deliveries(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Leveringen]:
    """Take up again what waited for a raise; each becomes a delivery of its own."""
    content = await raw_body(request)
    asked = decode(content, Hervatting)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _changeable(connection, request, id_, roles=FAMILY_BUDGETS_WRITE)
        return await delivering.resume(
            connection,
            instruction=instruction,
            draw=id_,
            deliveries=asked.leveringen,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await _answered_with_deliveries(request, operation, content=content, dry_run=proef)


@post(
    "/verplichtingen/{id_:uuid}/vrijval",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuweVrijval, key=True),
    summary="Laat vrijvallen wat niet meer nodig is",
)
async def release(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Trekking]:
    """Give back what is no longer needed to where it came from; the help goes on."""
    content = await raw_body(request)
    asked = decode(content, NieuweVrijval)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _changeable(connection, request, id_, roles=FAMILY_BUDGETS_WRITE)
        return await operations.release(
            connection,
            instruction=instruction,
            draw=id_,
            line=asked.regelnummer,
            amount_cents=asked.bedrag.cents if asked.bedrag else None,
            reason=asked.reden,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_draw(request, operation, content=content, dry_run=proef)


@post(
    "/verplichtingen/{id_:uuid}/verhogingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweVerhoging, key=True),
    summary="Vraag meer van dezelfde hulp",
)
async def raise_help(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Trekking]:
    """Decide on more of the same help by the steps of a draw, and by its mandates."""
    content = await raw_body(request)
    asked = decode(content, NieuweVerhoging)
    check_amount_or_lines(asked.bedrag, asked.regels)
    until_date = day_after(asked.tot_en_met)
    wanted = Raise(
        draw=id_,
        from_date=asked.van,
        until_date=until_date,
        amount_cents=asked.bedrag.cents if asked.bedrag else 0,
        asked_lines=tuple(
            asked_line(each, from_date=asked.van, until_date=until_date) for each in asked.regels
        ),
        reason=asked.reden,
        document=asked.document,
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _changeable(connection, request, id_, roles=FAMILIES_WRITE)
        return await operations.raise_reservation(
            connection,
            instruction=instruction,
            asked=wanted,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_draw(request, operation, content=content, dry_run=proef)


@post(
    "/verplichtingen/{id_:uuid}/stop",
    opt=open_to(FAMILIES_WRITE, body=NieuweStop, key=True),
    summary="Stop de hulp vanaf een dag",
)
async def stop(request: Asked, id_: FromPath[UUID], *, proef: DryRun = False) -> Response[Trekking]:
    """End the help; what is reserved for later days goes back to where it came from."""
    content = await raw_body(request)
    asked = decode(content, NieuweStop)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _changeable(connection, request, id_, roles=FAMILIES_WRITE)
        return await operations.stop(
            connection,
            instruction=instruction,
            draw=id_,
            day=asked.eerste_dag_zonder,
            reason=asked.reden,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_draw(request, operation, content=content, dry_run=proef)


async def _seen(connection: AsyncConnection, request: Asked, draw: UUID) -> Reservation:
    """Give a reservation that the actor may see.

    :raises UnknownDraw: there is none, or it is not for him.
    """
    gemeente = request.user.gemeente
    for found in await queries.reservations(connection, gemeente=gemeente, ids=[draw]):
        try:
            await opened_budget(connection, request, found.family_budget)
        except UnknownFamilyBudget as error:
            raise UnknownDraw from error
        return found
    raise UnknownDraw


async def _changeable(
    connection: AsyncConnection, request: Asked, draw: UUID, *, roles: frozenset[str]
) -> None:
    """Refuse a reservation of a family that is not for this actor, as if it did not exist.

    :raises UnknownDraw: he may not know of it.
    """
    for found in await draws(connection, gemeente=request.user.gemeente, ids=[draw]):
        await changeable_draw(connection, request, found, roles=roles)


async def answered_with_draw(
    request: Asked,
    operation: Operation,
    *,
    content: bytes,
    dry_run: bool,
) -> Response[Trekking]:
    """Do it, or only try it, and answer with the draw as that decision left it."""
    gemeente = request.user.gemeente

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[Trekking]:
        (found,) = await draws(connection, gemeente=gemeente, ids=results)
        decision = await decision_in(
            connection, gemeente=gemeente, draw=found.id, chain_number=number
        )
        return Given(
            body=draw_on_wire(found.as_decided(decision)), location=f"/v1/trekkingen/{found.id}"
        )

    task = Task(operation=operation, answer=answer)
    return await carry_out(request, task, content=canonical(content), dry_run=dry_run)


async def _answered_with_deliveries(
    request: Asked,
    operation: Operation,
    *,
    content: bytes,
    dry_run: bool,
) -> Response[Any]:
    """Do it, or only try it, and answer with what became of each delivery at that moment."""

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Leveringen]:
        known = await queries.deliveries(connection, gemeente=request.user.gemeente, ids=results)
        found = [msgspec.structs.replace(_delivery(each), teruggeboekt=False) for each in known]
        return Given(body=Leveringen(resultaten=found))

    task = Task(operation=operation, answer=answer)
    return await carry_out(request, task, content=canonical(content), dry_run=dry_run)


def _reservation(
    found: Reservation, *, lines: Sequence[Line], parts: Sequence[StandingPart]
) -> Verplichting:
    stands = found.from_date < found.until_date
    return Verplichting(
        id=found.draw,
        gezinsbudget=found.family_budget,
        soort=found.kind,
        aanbieder=found.provider,
        uitkomst=found.outcome,
        van=found.from_date,
        tot_en_met=last_day(found.until_date) if stands else None,
        toegekend=amount(found.granted_cents),
        geleverd=amount(found.delivered_cents),
        verplicht=amount(found.reserved_cents),
        regels=[line_on_wire(each) for each in lines],
        dekkingsperioden=[_part(each) for each in parts],
    )


def _part(standing: StandingPart) -> Dekkingsperiode:
    part = standing.part
    return Dekkingsperiode(
        id=standing.id,
        persoon=part.person,
        regelnummer=part.line,
        van=part.from_date,
        tot_en_met=last_day(part.until_date),
        middel=part.fund,
        plaats=part.place.value,
        titel=part.standing.value,
        taakveld=part.taakveld,
        regel=part.rule,
        verplicht=amount(standing.reserved_cents),
        geleverd=amount(standing.spent_cents),
    )


def _delivery(delivery: Delivery) -> Levering:
    asked = delivery.asked
    return Levering(
        id=delivery.id,
        verplichting=asked.draw,
        uitkomst=delivery.outcome.value,
        zin=delivery.sentence,
        weigering=delivery.refusal or None,
        regelnummer=asked.line,
        persoon=asked.person,
        van=asked.from_date,
        tot_en_met=last_day(asked.until_date),
        volume=None if asked.volume_e4 is None else write_e4(asked.volume_e4),
        bedrag=amount(delivery.amount_cents),
        document=asked.document,
        hervat_van=asked.resumes,
        boekingen=list(delivery.entries),
        teruggeboekt=delivery.is_reversed,
    )


HANDLERS: Final = (
    list_reservations,
    show_reservation,
    list_deliveries,
    add_deliveries,
    resume_deliveries,
    release,
    raise_help,
    stop,
)
