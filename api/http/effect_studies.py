"""Effect studies: asked for as a job, followed while they run, and read with their estimates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.effect_studies import Job
from api.http.benefit_shapes import Schatting, estimate_on_wire
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out, instruction_for, key_of
from api.http.rights import ANALYSE, BOOKS
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import MOST, Antwoord, Bedrag, Cursor, DryRun, Invoer, Limit, amount
from api.problems import UnknownStudyJob
from domains.benefits.bookings.operations import book_study, take_back_plan
from domains.benefits.bookings.refusals import StudyUnknown
from domains.benefits.histories import IN_CENTS
from domains.benefits.report.model import StudyReport
from domains.benefits.report.queries import study_reports
from domains.instruction import Instruction


class NieuweEffectstudie(Invoer, frozen=True, kw_only=True):
    """Which plan is estimated, on the books of now or up to a link of the chain."""

    analyseplan: UUID
    stand_per: Annotated[int, Meta(ge=0)] | None = None


class Studieopdracht(Antwoord, frozen=True, kw_only=True):
    """A study that somebody asked for, and how far it is."""

    id: UUID
    analyseplan: UUID
    stand: str
    gedaan: int
    """Receiving domains that are estimated, of how many; nought of nought: not known yet."""
    totaal: int
    effectstudie: UUID | None
    code: str
    melding: str
    """Why nothing came out."""


class Weggelaten(Antwoord, frozen=True, kw_only=True):
    """Why families or costs do not count, with how many families or how much."""

    reden: str
    aantal: int | None
    """Families; nothing where it is about costs."""
    bedrag: Bedrag | None


class Effectstudie(Antwoord, frozen=True, kw_only=True):
    """A study with its estimates; the same histories always give the same fingerprint."""

    id: UUID
    analyseplan: UUID
    nummer: int
    stand_per: int
    gegevens: str
    methode: str
    gezinnen: int
    maanden: int
    eerste_maand: date
    weggelaten: list[Weggelaten]
    gemaakt_op: datetime
    gemaakt_door: str
    vervangt: UUID | None
    schattingen: list[Schatting]


class Effectstudies(Antwoord, frozen=True, kw_only=True):
    """A page of studies."""

    resultaten: list[Effectstudie]


class Planterugboeking(Antwoord, frozen=True, kw_only=True):
    """A plan of which everything that was booked was taken back."""

    analyseplan: UUID


class Studieboeking(Invoer, frozen=True, kw_only=True):
    """On which day a study is booked; today unless told."""

    boekdatum: date | None = None


class Leeg(Invoer, frozen=True, kw_only=True):
    """A request that needs nothing beside its address: ``{}``."""


@get("/effectstudies", opt=open_to(BOOKS), summary="Effectstudies met hun schattingen")
async def list_studies(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Effectstudies]:
    """List the studies, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await study_reports(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Effectstudies(resultaten=[_study(each) for each in page]), headers=headers)


@get("/effectstudies/{id_:uuid}", opt=open_to(BOOKS), summary="Een effectstudie")
async def show_study(request: Asked, id_: FromPath[UUID]) -> Effectstudie:
    """Show one study."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return await _found(connection, gemeente, id_)


@post(
    "/effectstudies",
    opt=open_to(ANALYSE, body=NieuweEffectstudie, key=True),
    status_code=202,
    summary="Vraag een effectstudie aan; ze rekent op de achtergrond",
)
async def add_study(request: Asked) -> Response[Studieopdracht]:
    """Start a study, once for its key; the answer tells where to follow it."""
    content = await raw_body(request)
    asked = decode(content, NieuweEffectstudie)
    instruction = instruction_for(request, key=key_of(request), content=canonical(content))
    job = await services_of(request).studies.start(
        instruction, plan_id=asked.analyseplan, known_up_to=asked.stand_per
    )
    location = f"/v1/studieopdrachten/{job.id}"
    return Response(job_on_wire(job), status_code=202, headers={"Location": location})


@get("/studieopdrachten/{id_:uuid}", opt=open_to(BOOKS), summary="Hoe ver een effectstudie is")
async def show_job(request: Asked, id_: FromPath[UUID]) -> Studieopdracht:
    """Show how far a study is; after a restart of the program nothing is known of it any more."""
    for job in services_of(request).studies.jobs(request.user.gemeente):
        if job.id == id_:
            return job_on_wire(job)
    raise UnknownStudyJob


@post(
    "/effectstudies/{id_:uuid}/boekingen",
    opt=open_to(ANALYSE, body=Studieboeking, key=True),
    summary="Boek een effectstudie in het boek DOMEINBATEN",
)
async def add_booking(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Effectstudie]:
    """Book the newest study of a plan; what earlier ones booked is booked back."""
    content = await raw_body(request)
    asked = decode(content, Studieboeking)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        on = asked.boekdatum or instruction.today
        return await book_study(
            connection, instruction=replace(instruction, today=on), study_id=id_
        )

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Effectstudie]:
        body = await _found(connection, gemeente, id_)
        return Given(body=body, location=f"/v1/domeinbaten?effectstudie={id_}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/analyseplannen/{id_:uuid}/terugboekingen",
    opt=open_to(ANALYSE, body=Leeg, key=True),
    summary="Boek terug wat van een ingetrokken analyseplan geboekt is",
)
async def add_taking_back(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Planterugboeking]:
    """Book back all that stands of a withdrawn plan, apart from what was realised."""
    content = await raw_body(request)
    decode(content, Leeg)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await take_back_plan(connection, instruction=instruction, plan_id=id_)

    async def answer(
        _connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Planterugboeking]:
        return Given(body=Planterugboeking(analyseplan=id_))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (list_studies, show_study, add_study, show_job, add_booking, add_taking_back)


async def _found(connection: AsyncConnection, gemeente: str, study: UUID) -> Effectstudie:
    for found in await study_reports(connection, gemeente=gemeente, ids=[study]):
        return _study(found)
    raise StudyUnknown(study=str(study))


def job_on_wire(job: Job) -> Studieopdracht:
    """Tell how far a study is, and why nothing came out of it if nothing did."""
    return Studieopdracht(
        id=job.id,
        analyseplan=job.plan_id,
        stand=job.stage,
        gedaan=job.done,
        totaal=job.total,
        effectstudie=job.study_id,
        code="" if job.refusal is None else job.refusal.code,
        melding=job.warning if job.refusal is None else job.refusal.message(),
    )


def _study(found: StudyReport) -> Effectstudie:
    return Effectstudie(
        id=found.id,
        analyseplan=found.plan_id,
        nummer=found.number,
        stand_per=found.chain_number,
        gegevens=found.data_hash.hex(),
        methode=found.method,
        gezinnen=found.families,
        maanden=found.months,
        eerste_maand=found.first_month,
        weggelaten=[
            Weggelaten(reden=reason, aantal=None, bedrag=amount(count))
            if reason in IN_CENTS
            else Weggelaten(reden=reason, aantal=count, bedrag=None)
            for reason, count in found.left_out.items()
        ],
        gemaakt_op=found.made_at,
        gemaakt_door=found.actor,
        vervangt=found.supersedes,
        schattingen=[estimate_on_wire(each) for each in found.estimates],
    )
