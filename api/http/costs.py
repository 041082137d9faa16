"""Observed costs (kostenhistorie): what help cost outside a family budget, from files."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import decode
from api.http.forms import FORM, FORM_BYTES, Files, Texts, form_content, form_of
from api.http.paging import page_of
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
    MiddelBedrag,
    amount,
)
from api.problems import InvalidField, InvalidInput, UnknownCostImport, WrongMediaType
from domains.costs.model import CostImport
from domains.costs.operations import import_costs
from domains.costs.queries import cost_imports
from domains.instruction import Instruction
from domains.readers.cost_history import read_costs
from domains.readers.severities import read_severities
from domains.severity.operations import record_severities


class Kostenformulier(Invoer, frozen=True, kw_only=True):
    """Observed costs in a file, sent as a form; ``bestand`` is a CSV file."""

    bestand: str
    boekdatum: date


class Zwaarteformulier(Invoer, frozen=True, kw_only=True):
    """Measured severities in a file, sent as a form; ``bestand`` is a CSV file."""

    bestand: str


class NietGeboekt(Antwoord, frozen=True, kw_only=True):
    """A line of the file that was not booked, and why."""

    regel: int
    bedrag: Bedrag
    reden: str


class Kostenhistorie(Antwoord, frozen=True, kw_only=True):
    """A file of observed costs that was booked, with what stayed out."""

    id: UUID
    bestandsnaam: str
    sha256: str
    vastgelegd_op: datetime
    vastgelegd_door: str
    regels: int
    """How many lines were booked."""
    bedrag: Bedrag
    per_middel: list[MiddelBedrag]
    weggelaten: list[NietGeboekt]


class Kostenhistories(Antwoord, frozen=True, kw_only=True):
    """A page of files of observed costs."""

    resultaten: list[Kostenhistorie]


class Zwaartelijst(Antwoord, frozen=True, kw_only=True):
    """A list of severities that was recorded."""

    id: UUID
    metingen: int


@get("/kostenhistories", opt=open_to(BOOKS), summary="Ingelezen bestanden met waargenomen kosten")
async def list_costs(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Kostenhistories]:
    """List the files of observed costs, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await cost_imports(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Kostenhistories(resultaten=[_costs(each) for each in page]), headers=headers)


@get(
    "/kostenhistories/{id_:uuid}",
    opt=open_to(BOOKS),
    summary="Verslag van een bestand met waargenomen kosten",
)
async def show_costs(request: Asked, id_: FromPath[UUID]) -> Kostenhistorie:
    """Show what became of a file."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return _costs(await _found(connection, gemeente, id_))


@post(
    "/kostenhistories",
    opt=open_to(MONEY, file=Kostenformulier, key=True),
    request_max_body_size=FORM_BYTES,
    summary="Lees waargenomen kosten in uit een bestand",
)
async def add_costs(request: Asked, *, proef: DryRun = False) -> Response[Kostenhistorie]:
    """Book a file of observed costs, all of it, once."""
    texts, files = await _form(request)
    asked = decode(msgspec.json.encode(texts), Kostenformulier)
    file_name, content = files["bestand"]
    gemeente, today = request.user.gemeente, services_of(request).clock.today()
    file = await asyncio.to_thread(read_costs, content, file_name=file_name, today=today)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await import_costs(
            connection,
            instruction=instruction,
            file=file,
            file_name=file_name,
            booking_date=asked.boekdatum,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Kostenhistorie]:
        found = _costs(await _found(connection, gemeente, results[0]))
        return Given(body=found, location=f"/v1/kostenhistories/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=form_content(texts, files),
        dry_run=proef,
    )


@post(
    "/zwaartelijsten",
    opt=open_to(MONEY, file=Zwaarteformulier, key=True),
    request_max_body_size=FORM_BYTES,
    summary="Lees in hoe zwaar de problemen van gezinnen waren",
)
async def add_severities(request: Asked, *, proef: DryRun = False) -> Response[Zwaartelijst]:
    """Record measured severities, all of a file or nothing."""
    texts, files = await _form(request)
    decode(msgspec.json.encode(texts), Zwaarteformulier)
    file_name, content = files["bestand"]
    today = services_of(request).clock.today()
    file = await asyncio.to_thread(read_severities, content, file_name=file_name, today=today)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await record_severities(
            connection, instruction=instruction, measurements=file.measurements
        )

    async def answer(
        _connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Zwaartelijst]:
        return Given(body=Zwaartelijst(id=results[0], metingen=len(file.measurements)))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=form_content(texts, files),
        dry_run=proef,
    )


HANDLERS: Final = (list_costs, show_costs, add_costs, add_severities)


async def _form(request: Asked) -> tuple[Texts, Files]:
    """Read a form with one file.

    :raises WrongMediaType: it is no form.
    :raises InvalidInput: it has no file, or another one.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaType(wanted=FORM)
    texts, files = await form_of(request)
    if files.keys() != {"bestand"}:
        field = InvalidField(
            naam="bestand", bron="body", code="vorm", reden="ontbreekt; stuur één CSV-bestand mee."
        )
        raise InvalidInput(fields=(field,))
    return texts, files


async def _found(connection: AsyncConnection, gemeente: str, import_id: UUID) -> CostImport:
    for found in await cost_imports(connection, gemeente=gemeente, ids=[import_id]):
        return found
    raise UnknownCostImport


def _costs(found: CostImport) -> Kostenhistorie:
    return Kostenhistorie(
        id=found.id,
        bestandsnaam=found.file_name,
        sha256=found.file_sha256,
        vastgelegd_op=found.recorded_at,
        vastgelegd_door=found.actor,
        regels=found.lines,
        bedrag=amount(found.amount_cents),
        per_middel=[
            MiddelBedrag(middel=fund, bedrag=amount(cents)) for fund, cents in found.by_fund
        ],
        weggelaten=[
            NietGeboekt(regel=each.line_number, bedrag=amount(each.amount_cents), reden=each.reason)
            for each in found.left_out
        ],
    )
