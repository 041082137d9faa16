"""The end of a year (jaarafsluitingen), and closed days that are open for a time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta, field
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Jaar,
    Limit,
    Middel,
    Tekst,
    VerplichteTekst,
    amount,
    check_order,
    day_after,
    last_day,
)
from api.runtime import checkpoint_folder, key_folder
from api.sealing import keep, seal_of, sign
from domains.instruction import Instruction
from domains.year_end import operations, queries
from domains.year_end.model import (
    CarryOver,
    Closing,
    NewClosing,
    PeriodException,
    ReservationChoice,
    Treatment,
)


class Verplichtingkeuze(Invoer, frozen=True, kw_only=True):
    """What becomes of one draw; an amount is what of it was delivered."""

    trekking: UUID
    behandeling: Literal["overlopend", "vrijval"]
    bedrag: Bedrag | None = None


class Overheveling(Invoer, frozen=True, kw_only=True):
    """What is carried over of a fund in all, in a lawful way."""

    middel: Middel
    weg: Code
    bedrag: Bedrag
    programma: Code
    taakveld: Code
    besluit: Tekst
    besloten_op: date
    wijziging_nieuw_jaar: Tekst = ""


class NieuweJaarafsluiting(Invoer, frozen=True, kw_only=True):
    """The year to close, and what becomes of what it leaves."""

    jaar: Jaar
    verplichtingen: Literal["overlopend", "vrijval"] | None = None
    """Of what is reserved for days of the year and not declared; nothing: it stands in the way."""
    keuzes: Annotated[list[Verplichtingkeuze], Meta(max_length=5_000)] = field(default_factory=list)
    overhevelingen: Annotated[list[Overheveling], Meta(max_length=500)] = field(
        default_factory=list
    )
    tekortbesluit: Tekst = ""


class Afsluitregel(Antwoord, frozen=True, kw_only=True):
    """Something that somebody has to look at: what, where and what to do."""

    soort: str
    blokkeert: bool
    wat: str
    waar: str
    bedrag: Bedrag | None
    remedie: str


class Middelafsluiting(Antwoord, frozen=True, kw_only=True):
    """What the closing does to a fund."""

    middel: str
    toegestaan: Bedrag
    besteed: Bedrag
    eerder_afgewikkeld: Bedrag
    """Lapsed or carried over by earlier closings of the year."""
    overlopend: Bedrag
    vrijgevallen_verplichtingen: Bedrag
    over: Bedrag
    overgeheveld: Bedrag
    vrijgevallen: Bedrag


class Uitkeringafsluiting(Antwoord, frozen=True, kw_only=True):
    """What the closing does to a grant or gift with a purpose."""

    middel: str
    ontvangen: Bedrag
    besteed: Bedrag
    loopt_door: Bedrag
    verschuldigd: Bedrag


class Jaarafsluiting(Antwoord, frozen=True, kw_only=True):
    """The closing of a year, also one that was blocked."""

    id: UUID
    jaar: int
    nummer: int
    uitkomst: Literal["afgesloten", "geblokkeerd"]
    regels: list[Afsluitregel]
    middelen: list[Middelafsluiting]
    uitkeringen: list[Uitkeringafsluiting]
    overgeheveld: list[Overheveling]
    overlopende_trekkingen: int
    vrijgevallen_trekkingen: int
    tekortbesluit: str
    vastgelegd_op: datetime
    vastgelegd_door: str
    boekingen: list[UUID]


class Jaarafsluitingen(Antwoord, frozen=True, kw_only=True):
    """A page of closings."""

    resultaten: list[Jaarafsluiting]


class NieuweUitzondering(Invoer, frozen=True, kw_only=True):
    """Days of a closed year to open up to a moment."""

    van: date
    tot_en_met: date
    open_tot: Annotated[datetime, Meta(tz=True)]
    reden: VerplichteTekst
    op_verzoek_van: VerplichteTekst


class Uitzonderingsboeking(Antwoord, frozen=True, kw_only=True):
    """An entry that was booked by exception."""

    boeking: UUID
    boekdatum: date
    vastgelegd_op: datetime
    vastgelegd_door: str
    soort: str
    omschrijving: str
    document: str
    middelen: list[str]
    debet: Bedrag


class Uitzondering(Antwoord, frozen=True, kw_only=True):
    """Closed days that were opened up to a moment, with everything that was booked under it."""

    id: UUID
    van: date
    tot_en_met: date
    open_tot: datetime
    gesloten_op: datetime | None
    reden: str
    op_verzoek_van: str
    vastgelegd_op: datetime
    vastgelegd_door: str
    boekingen: list[Uitzonderingsboeking]


class Uitzonderingen(Antwoord, frozen=True, kw_only=True):
    """A page of exceptions."""

    resultaten: list[Uitzondering]


@get("/jaarafsluitingen", opt=open_to(BOOKS), summary="Afsluitingen van jaren")
async def list_closings(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Jaarafsluitingen]:
    """List closings, also those that were blocked, by year and in order."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await queries.closings(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    body = Jaarafsluitingen(resultaten=[closing_shape(each) for each in page])
    return Response(body, headers=headers)


@get("/jaarafsluitingen/{id_:uuid}", opt=open_to(BOOKS), summary="Een jaarafsluiting")
async def show_closing(request: Asked, id_: FromPath[UUID]) -> Jaarafsluiting:
    """Show one closing."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return closing_shape(await queries.closing(connection, gemeente=gemeente, closing_id=id_))


@post(
    "/jaarafsluitingen",
    opt=open_to(MONEY, body=NieuweJaarafsluiting, key=True),
    summary="Sluit een jaar af",
)
async def close(request: Asked, *, proef: DryRun = False) -> Response[Jaarafsluiting]:
    """Close a year and seal it with a signed checkpoint; what is in the way is told, not done."""
    content = await raw_body(request)
    asked = asked_of(decode(content, NieuweJaarafsluiting))
    services, gemeente = services_of(request), request.user.gemeente
    # A key that cannot be used is found before anything is closed.
    folders = key_folder(services.settings), checkpoint_folder(services.settings)
    seal = None if proef else seal_of(*folders)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.close_year(
            connection, instruction=instruction, asked=asked, progress=no_progress
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Jaarafsluiting]:
        found = await queries.closing(connection, gemeente=gemeente, closing_id=results[0])
        return Given(body=closing_shape(found), location=f"/v1/jaarafsluitingen/{found.id}")

    response = await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )
    if seal is not None and response.content.uitkomst == "afgesloten":
        keep(seal, await sign(services.engine, gemeente, at=services.clock.now(), seal=seal))
    return response


@get("/uitzonderingen", opt=open_to(BOOKS), summary="Gesloten dagen die voor een tijd open gingen")
async def list_exceptions(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Uitzonderingen]:
    """List exceptions with everything that was booked under each, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await queries.exceptions(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(
        Uitzonderingen(resultaten=[exception_shape(each) for each in page]), headers=headers
    )


@get("/uitzonderingen/{id_:uuid}", opt=open_to(BOOKS), summary="Een uitzondering")
async def show_exception(request: Asked, id_: FromPath[UUID]) -> Uitzondering:
    """Show one exception with everything that was booked under it."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await queries.exception(connection, gemeente=gemeente, exception_id=id_)
    return exception_shape(found)


@post(
    "/uitzonderingen",
    opt=open_to(MONEY, body=NieuweUitzondering, key=True),
    summary="Open dagen van een afgesloten jaar voor een tijd",
)
async def add_exception(request: Asked, *, proef: DryRun = False) -> Response[Uitzondering]:
    """Open days of a closed year up to a moment, for a reason and at somebody's request."""
    content = await raw_body(request)
    asked = decode(content, NieuweUitzondering)
    check_order(asked.van, asked.tot_en_met)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.open_exception(
            connection,
            instruction=instruction,
            from_date=asked.van,
            until_date=day_after(asked.tot_en_met),
            open_until=asked.open_tot,
            reason=asked.reden,
            asked_by=asked.op_verzoek_van,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Uitzondering]:
        found = await queries.exception(connection, gemeente=gemeente, exception_id=results[0])
        return Given(body=exception_shape(found), location=f"/v1/uitzonderingen/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (
    list_closings,
    show_closing,
    close,
    list_exceptions,
    show_exception,
    add_exception,
)


def asked_of(body: NieuweJaarafsluiting) -> NewClosing:
    """Turn what was sent into what is asked."""
    return NewClosing(
        year=body.jaar,
        undeclared=Treatment(body.verplichtingen) if body.verplichtingen else None,
        choices=tuple(
            ReservationChoice(
                draw=each.trekking,
                treatment=Treatment(each.behandeling),
                amount_cents=each.bedrag.cents if each.bedrag else None,
            )
            for each in body.keuzes
        ),
        carry_overs=tuple(
            CarryOver(
                fund=each.middel,
                way=each.weg,
                amount_cents=each.bedrag.cents,
                decision=each.besluit,
                decided_on=each.besloten_op,
                next_year_change=each.wijziging_nieuw_jaar,
                programme=each.programma,
                taakveld=each.taakveld,
            )
            for each in body.overhevelingen
        ),
        shortage_decision=body.tekortbesluit,
    )


def closing_shape(closing: Closing) -> Jaarafsluiting:
    """Write a closing for the wire."""
    record = closing.record
    return Jaarafsluiting(
        id=closing.id,
        jaar=record.asked.year,
        nummer=closing.number,
        uitkomst=record.outcome.value,
        regels=[
            Afsluitregel(
                soort=each.kind,
                blokkeert=each.blocks,
                wat=each.what,
                waar=each.where,
                bedrag=None if each.amount_cents is None else amount(each.amount_cents),
                remedie=each.remedy,
            )
            for each in record.rows
        ],
        middelen=[
            Middelafsluiting(
                middel=each.fund,
                toegestaan=amount(each.authorised_cents),
                besteed=amount(each.spent_cents),
                eerder_afgewikkeld=amount(each.settled_before_cents),
                overlopend=amount(each.accrued_cents),
                vrijgevallen_verplichtingen=amount(each.released_cents),
                over=amount(each.unspent_cents),
                overgeheveld=amount(each.carried_cents),
                vrijgevallen=amount(each.lapsed_cents),
            )
            for each in record.funds
        ],
        uitkeringen=[
            Uitkeringafsluiting(
                middel=each.fund,
                ontvangen=amount(each.received_cents),
                besteed=amount(each.used_cents),
                loopt_door=amount(each.carried_cents),
                verschuldigd=amount(each.owed_cents),
            )
            for each in record.grants
        ],
        overgeheveld=[
            Overheveling(
                middel=each.fund,
                weg=each.way,
                bedrag=amount(each.amount_cents),
                programma=each.programme,
                taakveld=each.taakveld,
                besluit=each.decision,
                besloten_op=each.decided_on,
                wijziging_nieuw_jaar=each.next_year_change,
            )
            for each in record.carried
        ],
        overlopende_trekkingen=record.accrued_draws,
        vrijgevallen_trekkingen=record.released_draws,
        tekortbesluit=record.asked.shortage_decision,
        vastgelegd_op=closing.recorded_at,
        vastgelegd_door=closing.actor,
        boekingen=list(closing.entries),
    )


def exception_shape(found: PeriodException) -> Uitzondering:
    """Write an exception for the wire."""
    return Uitzondering(
        id=found.id,
        van=found.from_date,
        tot_en_met=last_day(found.until_date),
        open_tot=found.open_until,
        gesloten_op=found.closed_at,
        reden=found.reason,
        op_verzoek_van=found.asked_by,
        vastgelegd_op=found.recorded_at,
        vastgelegd_door=found.actor,
        boekingen=[
            Uitzonderingsboeking(
                boeking=each.entry,
                boekdatum=each.booking_date,
                vastgelegd_op=each.recorded_at,
                vastgelegd_door=each.actor,
                soort=each.kind,
                omschrijving=each.description,
                document=each.document,
                middelen=list(each.funds),
                debet=amount(each.debit_cents),
            )
            for each in found.booked
        ],
    )


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Hear of progress; whoever waits for an answer does not see it."""
