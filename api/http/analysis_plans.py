"""Interventions, and analysis plans: what will be estimated, said before anybody looks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import ANALYSE, BOOKS
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Jaar,
    Limit,
    VerplichteTekst,
    day_after,
    last_day,
)
from domains.analysis_plans.model import AnalysisPlan, Intervention, PlannedAnalysis
from domains.analysis_plans.operations import record_interventions, register_plan, withdraw_plan
from domains.analysis_plans.queries import analysis_plan, analysis_plans, interventions
from domains.benefits.diagnostics import Assignment
from domains.instruction import Instruction


class Interventie(Invoer, frozen=True, kw_only=True):
    """Kinds of help that are looked at as one."""

    code: Code
    naam: VerplichteTekst
    soorten: Annotated[list[Code], Meta(min_length=1, max_length=MOST)]


class NieuweInterventies(Invoer, frozen=True, kw_only=True):
    """Interventions to record, or new versions of them."""

    interventies: Annotated[list[Interventie], Meta(min_length=1, max_length=MOST)]


class Interventies(Antwoord, frozen=True, kw_only=True):
    """A page of interventions."""

    resultaten: list[Interventie]


class NieuwAnalyseplan(Invoer, frozen=True, kw_only=True):
    """What will be estimated; months run from the first up to and including the last day."""

    titel: VerplichteTekst
    interventies: Annotated[list[Code], Meta(min_length=1, max_length=MOST)]
    domeinen: Annotated[list[Code], Meta(min_length=1, max_length=MOST)]
    instroom_van: date
    instroom_tot_en_met: date
    maanden_van: date
    maanden_tot_en_met: date
    toewijzing: Literal["loting", "gespreide-start"] = "gespreide-start"
    venster_maanden: Annotated[int, Meta(ge=0, le=24)] = 3
    """Months just before the help that count for nothing."""
    prijspeil: Jaar


class Analyseplan(Antwoord, frozen=True, kw_only=True):
    """A plan that was registered, with what stood in the books by then."""

    id: UUID
    titel: str
    interventies: list[Interventie]
    domeinen: list[str]
    instroom_van: date
    instroom_tot_en_met: date
    maanden_van: date
    maanden_tot_en_met: date
    toewijzing: str
    venster_maanden: int
    prijspeil: int
    geregistreerd_op: datetime
    geregistreerd_na: int
    """The last link of the chain at that moment."""
    geregistreerd_door: str
    ingetrokken: bool


class Analyseplannen(Antwoord, frozen=True, kw_only=True):
    """A page of plans."""

    resultaten: list[Analyseplan]


class Planintrekking(Invoer, frozen=True, kw_only=True):
    """Why a plan no longer stands."""

    reden: VerplichteTekst


@get("/interventies", opt=open_to(BOOKS), summary="Interventies waarvan het effect telt")
async def list_interventions(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Interventies]:
    """List the interventions as they stand."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await interventions(connection, gemeente=gemeente)
    page, headers = page_of(request, known, key=lambda each: each.code, cursor=cursor, limit=limit)
    return Response(
        Interventies(resultaten=[_intervention(each) for each in page]), headers=headers
    )


@post(
    "/interventies",
    opt=open_to(ANALYSE, body=NieuweInterventies, key=True),
    summary="Leg vast welke soorten hulp samen één interventie zijn",
)
async def add_interventions(request: Asked, *, proef: DryRun = False) -> Response[Interventies]:
    """Record interventions; what stands so already stays as it is."""
    content = await raw_body(request)
    asked = decode(content, NieuweInterventies)
    gemeente = request.user.gemeente
    wanted = [
        Intervention(code=each.code, name=each.naam, kinds=tuple(each.soorten))
        for each in asked.interventies
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await record_interventions(connection, instruction=instruction, interventions=wanted)

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Interventies]:
        codes = {each.code for each in wanted}
        known = await interventions(connection, gemeente=gemeente)
        found = [_intervention(each) for each in known if each.code in codes]
        return Given(body=Interventies(resultaten=found), location="/v1/interventies")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@get("/analyseplannen", opt=open_to(BOOKS), summary="Vooraf vastgelegde analyseplannen")
async def list_plans(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Analyseplannen]:
    """List the plans, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await analysis_plans(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Analyseplannen(resultaten=[_plan(each) for each in page]), headers=headers)


@get("/analyseplannen/{id_:uuid}", opt=open_to(BOOKS), summary="Een analyseplan")
async def show_plan(request: Asked, id_: FromPath[UUID]) -> Analyseplan:
    """Show one plan."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return _plan(await analysis_plan(connection, gemeente=gemeente, plan_id=id_))


@post(
    "/analyseplannen",
    opt=open_to(ANALYSE, body=NieuwAnalyseplan, key=True),
    summary="Leg een analyseplan vast, voordat er geschat wordt",
)
async def add_plan(request: Asked, *, proef: DryRun = False) -> Response[Analyseplan]:
    """Register a plan; the chain tells what stood in the books by then."""
    content = await raw_body(request)
    asked = decode(content, NieuwAnalyseplan)
    wanted = PlannedAnalysis(
        title=asked.titel,
        interventions=tuple(asked.interventies),
        domains=tuple(asked.domeinen),
        starts_from=asked.instroom_van,
        starts_until=day_after(asked.instroom_tot_en_met),
        first_month=asked.maanden_van,
        until_month=day_after(asked.maanden_tot_en_met),
        assignment=Assignment(asked.toewijzing),
        window_months=asked.venster_maanden,
        price_base=asked.prijspeil,
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await register_plan(connection, instruction=instruction, asked=wanted)

    return await _carried_out(request, operation, plan=None, content=content, dry_run=proef)


@post(
    "/analyseplannen/{id_:uuid}/intrekkingen",
    opt=open_to(ANALYSE, body=Planintrekking, key=True),
    summary="Trek een analyseplan in",
)
async def add_withdrawal(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Analyseplan]:
    """Withdraw a plan, so that another may take its place."""
    content = await raw_body(request)
    asked = decode(content, Planintrekking)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await withdraw_plan(
            connection, instruction=instruction, plan_id=id_, reason=asked.reden
        )

    return await _carried_out(request, operation, plan=id_, content=content, dry_run=proef)


HANDLERS: Final = (
    list_interventions,
    add_interventions,
    list_plans,
    show_plan,
    add_plan,
    add_withdrawal,
)


async def _carried_out(
    request: Asked,
    operation: Operation,
    *,
    plan: UUID | None,
    content: bytes,
    dry_run: bool,
) -> Response[Analyseplan]:
    """Do something with a plan, or make it, and answer with it."""
    gemeente = request.user.gemeente

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Analyseplan]:
        found = await analysis_plan(connection, gemeente=gemeente, plan_id=plan or results[0])
        return Given(body=_plan(found), location=f"/v1/analyseplannen/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


def _intervention(found: Intervention) -> Interventie:
    return Interventie(code=found.code, naam=found.name, soorten=list(found.kinds))


def _plan(found: AnalysisPlan) -> Analyseplan:
    asked = found.asked
    return Analyseplan(
        id=found.id,
        titel=asked.title,
        interventies=[_intervention(each) for each in found.interventions],
        domeinen=list(asked.domains),
        instroom_van=asked.starts_from,
        instroom_tot_en_met=last_day(asked.starts_until),
        maanden_van=asked.first_month,
        maanden_tot_en_met=last_day(asked.until_month),
        toewijzing=asked.assignment,
        venster_maanden=asked.window_months,
        prijspeil=asked.price_base,
        geregistreerd_op=found.registered_at,
        geregistreerd_na=found.registered_after,
        geregistreerd_door=found.actor,
        ingetrokken=found.withdrawn,
    )
