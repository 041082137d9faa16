"""Domain benefits (domeinbaten): the lines of their book, forecasts, and who signs for them."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

from litestar import Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import ANALYSE, BOOKS, MONEY, SIGN
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    END,
    MOST,
    Antwoord,
    Bedrag,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    VerplichteTekst,
    amount,
)
from api.problems import InvalidField, InvalidInput
from domains.benefits.bookings.model import ForecastOrder, Holder, Side, Signature, Signing, State
from domains.benefits.bookings.operations import book_forecasts, name_holders, sign
from domains.benefits.bookings.queries import holders_on, signatures
from domains.benefits.diagnostics import Grade
from domains.benefits.forecast import Deduction
from domains.benefits.report.model import LineReport
from domains.benefits.report.queries import line_reports, study_reports
from domains.instruction import Instruction

Deel: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)" + END,
        examples=["0.30"],
        description="Een deel van 0 tot en met 1.",
    ),
]
Getal: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?" + END, examples=["50", "1.5"])
]
OfStudy: TypeAlias = Annotated[
    UUID | None, QueryParameter(name="effectstudie", description="Alle regels van deze studie.")
]
InState: TypeAlias = Annotated[
    State | None,
    QueryParameter(name="toestand", description="Alleen wat nu in deze toestand staat."),
]


class Bijdrage(Antwoord, frozen=True, kw_only=True):
    """What a domain contributed to a line."""

    betaler: str
    bedrag: Bedrag


class Batenregel(Antwoord, frozen=True, kw_only=True):
    """What a domain saved in a quarter by help to who began in a half-year, and thanks to whom."""

    id: UUID
    schatting: UUID
    toestand: str
    instroom: str
    interventies: list[str]
    ontvanger: str
    kwartaal: date
    bedrag: Bedrag
    bijdragen: list[Bijdrage]
    boeking: UUID
    beeindigd_door: UUID | None


class Batenregels(Antwoord, frozen=True, kw_only=True):
    """A page of lines."""

    resultaten: list[Batenregel]


class Aftrek(Invoer, frozen=True, kw_only=True):
    """A part of a gross benefit that is taken off."""

    reden: VerplichteTekst
    deel: Deel


class Inzet(Invoer, frozen=True, kw_only=True):
    """What a domain pays."""

    betaler: Code
    bedrag: Bedrag


class Raming(Invoer, frozen=True, kw_only=True):
    """What is expected before anything is measured: quantity times price times effect."""

    interventie: Code
    ontvanger: Code
    instroom: Annotated[str, Meta(pattern="^[0-9]{4}-[12]" + END, examples=["2026-1"])]
    vanaf_kwartaal: date
    kwartalen: Annotated[int, Meta(ge=1, le=12)]
    aantal: Getal
    prijs: Bedrag
    effect: Deel
    aftrek: Annotated[list[Aftrek], Meta(max_length=20)]
    terugloop: Deel
    betalers: Annotated[list[Inzet], Meta(min_length=1, max_length=20)]
    graad: Literal["D", "E"]
    bron: VerplichteTekst


class NieuweRamingen(Invoer, frozen=True, kw_only=True):
    """Forecasts to book, all or nothing."""

    ramingen: Annotated[list[Raming], Meta(min_length=1, max_length=MOST)]


class Handtekening(Invoer, frozen=True, kw_only=True):
    """For which side of an estimate somebody signs; a controller for no domain."""

    schatting: UUID
    kant: Literal["ontvanger", "betaler", "controller"]
    domein: Annotated[str, Meta(max_length=60)] = ""


class NieuweHandtekeningen(Invoer, frozen=True, kw_only=True):
    """Signatures to set, all or nothing."""

    handtekeningen: Annotated[list[Handtekening], Meta(min_length=1, max_length=MOST)]


class GezetteHandtekening(Antwoord, frozen=True, kw_only=True):
    """A signature that stands."""

    schatting: UUID
    kant: str
    domein: str
    door: str
    gezet_op: datetime


class Handtekeningen(Antwoord, frozen=True, kw_only=True):
    """The signatures under some estimates."""

    resultaten: list[GezetteHandtekening]


class Domeinbudgethouder(Invoer, frozen=True, kw_only=True):
    """Who holds the budget of a domain from a day on."""

    domein: Code
    persoon: VerplichteTekst
    geldig_van: date
    besluit: VerplichteTekst


class NieuweDomeinbudgethouders(Invoer, frozen=True, kw_only=True):
    """Holders to name."""

    budgethouders: Annotated[list[Domeinbudgethouder], Meta(min_length=1, max_length=MOST)]


class Domeinbudgethouders(Antwoord, frozen=True, kw_only=True):
    """Who holds which budget today."""

    resultaten: list[Domeinbudgethouder]


@get("/domeinbaten", opt=open_to(BOOKS), summary="Regels van het boek DOMEINBATEN")
async def list_lines(
    request: Asked,
    *,
    effectstudie: OfStudy = None,
    toestand: InState = None,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[Batenregels]:
    """List the lines, the oldest first; those of one study or in one state if that is asked."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        estimates = None
        if effectstudie is not None:
            found = await study_reports(connection, gemeente=gemeente, ids=[effectstudie])
            estimates = [each.id for study in found for each in study.estimates]
        known = await line_reports(
            connection, gemeente=gemeente, estimates=estimates, state=toestand
        )
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Batenregels(resultaten=[_line(each) for each in page]), headers=headers)


@post(
    "/ramingen",
    opt=open_to(ANALYSE, body=NieuweRamingen, key=True),
    summary="Boek wat van hulp verwacht wordt, voordat het gemeten is",
)
async def add_forecasts(request: Asked, *, proef: DryRun = False) -> Response[Batenregels]:
    """Book forecasts; a later one for the same takes their place, a measurement releases them."""
    content = await raw_body(request)
    asked = decode(content, NieuweRamingen)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await book_forecasts(
            connection,
            instruction=instruction,
            forecasts=[_order(each) for each in asked.ramingen],
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Batenregels]:
        lines = await line_reports(connection, gemeente=gemeente, estimates=results)
        return Given(body=Batenregels(resultaten=[_line(each) for each in lines]))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/handtekeningen",
    opt=open_to(SIGN, body=NieuweHandtekeningen, key=True),
    summary="Teken voor schattingen; met de laatste handtekening zijn ze bekrachtigd",
)
async def add_signatures(request: Asked, *, proef: DryRun = False) -> Response[Handtekeningen]:
    """Sign for a budget that one holds, or as controller."""
    content = await raw_body(request)
    asked = decode(content, NieuweHandtekeningen)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await sign(
            connection,
            instruction=instruction,
            signings=[
                Signing(estimate_id=each.schatting, side=Side(each.kant), domain=each.domein)
                for each in asked.handtekeningen
            ],
        )

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Handtekeningen]:
        estimates = list(dict.fromkeys(each.schatting for each in asked.handtekeningen))
        found = await signatures(connection, gemeente=gemeente, estimates=estimates)
        return Given(body=Handtekeningen(resultaten=[_signature(each) for each in found]))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@get(
    "/domeinbudgethouders",
    opt=open_to(BOOKS),
    summary="Wie vandaag het budget van een domein houdt",
)
async def list_holders(request: Asked) -> Domeinbudgethouders:
    """List who holds which budget today."""
    async with db.transaction(services_of(request).engine, request.user.gemeente) as connection:
        return await _holders(connection, request)


@post(
    "/domeinbudgethouders",
    opt=open_to(MONEY, body=NieuweDomeinbudgethouders, key=True),
    summary="Leg vast wie het budget van een domein houdt",
)
async def add_holders(request: Asked, *, proef: DryRun = False) -> Response[Domeinbudgethouders]:
    """Name who holds the budget of domains from a day on."""
    content = await raw_body(request)
    asked = decode(content, NieuweDomeinbudgethouders)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await name_holders(
            connection,
            instruction=instruction,
            holders=[
                Holder(
                    domain=each.domein,
                    subject=each.persoon,
                    from_date=each.geldig_van,
                    decision=each.besluit,
                )
                for each in asked.budgethouders
            ],
        )

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Domeinbudgethouders]:
        return Given(body=await _holders(connection, request))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (list_lines, add_forecasts, add_signatures, list_holders, add_holders)


async def _holders(connection: AsyncConnection, request: Asked) -> Domeinbudgethouders:
    today = services_of(request).clock.today()
    found = await holders_on(connection, gemeente=request.user.gemeente, day=today)
    return Domeinbudgethouders(
        resultaten=[
            Domeinbudgethouder(
                domein=each.domain,
                persoon=each.subject,
                geldig_van=each.from_date,
                besluit=each.decision,
            )
            for _, each in sorted(found.items())
        ]
    )


def _order(asked: Raming) -> ForecastOrder:
    return ForecastOrder(
        intervention=asked.interventie,
        receiver=asked.ontvanger,
        cohort=asked.instroom,
        from_quarter=asked.vanaf_kwartaal,
        quarters=asked.kwartalen,
        quantity=Fraction(asked.aantal),
        price_cents=asked.prijs.cents,
        effect=Fraction(asked.effect),
        deductions=tuple(
            Deduction(reason=each.reden, part=Fraction(each.deel)) for each in asked.aftrek
        ),
        drop_off=Fraction(asked.terugloop),
        paid=_paid(asked.betalers),
        grade=Grade(asked.graad),
        source=asked.bron,
    )


def _paid(asked: Sequence[Inzet]) -> dict[str, int]:
    """Read who pays what.

    :raises InvalidInput: somebody is named twice.
    """
    paid = {each.betaler: each.bedrag.cents for each in asked}
    if len(paid) < len(asked):
        field = InvalidField(
            naam="betalers",
            bron="body",
            code="dubbel",
            reden="noemt een betaler twee keer; tel zijn bedragen op.",
        )
        raise InvalidInput(fields=(field,))
    return paid


def _line(found: LineReport) -> Batenregel:
    return Batenregel(
        id=found.id,
        schatting=found.estimate,
        toestand=found.state,
        instroom=found.cohort,
        interventies=list(found.exposure),
        ontvanger=found.receiver,
        kwartaal=found.period,
        bedrag=amount(found.amount_cents),
        bijdragen=[
            Bijdrage(betaler=payer, bedrag=amount(cents)) for payer, cents in found.contributions
        ],
        boeking=found.entry,
        beeindigd_door=found.ended_by,
    )


def _signature(found: Signature) -> GezetteHandtekening:
    return GezetteHandtekening(
        schatting=found.estimate_id,
        kant=found.side,
        domein=found.domain,
        door=found.actor,
        gezet_op=found.signed_at,
    )
