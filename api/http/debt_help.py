"""Debt help of other systems (schuldhulpleveringen): files by DDAS 1.0, and what began."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
import structlog
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import decode
from api.http.forms import FORM, FORM_BYTES, form_content, form_of
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import MOST, Antwoord, Cursor, DryRun, Invoer, Limit
from api.messages import vault_of
from api.problems import InvalidField, InvalidInput, WrongMediaType
from api.runtime import key_folder
from domains.debt_help.model import DebtHelpImport
from domains.debt_help.operations import import_debt_help
from domains.debt_help.queries import deliveries, delivery
from domains.debt_help.reading import read_debt_help, schema_in
from domains.instruction import Instruction

log = structlog.get_logger()


class Schuldhulpformulier(Invoer, frozen=True, kw_only=True):
    """A delivery of debt help, sent as a form; ``bestand`` is a JSON file by DDAS 1.0."""

    bestand: str


class NietIngelezen(Antwoord, frozen=True, kw_only=True):
    """A trajectory or client that was left out: its place in the file and why."""

    plek: str
    reden: str


class Schuldhulplevering(Antwoord, frozen=True, kw_only=True):
    """A delivery that was taken in, with what was left out of it."""

    id: UUID
    bestandsnaam: str
    leverancier: str
    van: date
    tot_en_met: date
    trajecten: int
    begonnen_hulp: int
    niet_ingelezen: list[NietIngelezen]
    vastgelegd_op: datetime
    vastgelegd_door: str


class Schuldhulpleveringen(Antwoord, frozen=True, kw_only=True):
    """A page of deliveries."""

    resultaten: list[Schuldhulplevering]


@get("/schuldhulpleveringen", opt=open_to(BOOKS), summary="Ingelezen leveringen van schuldhulp")
async def list_deliveries(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Schuldhulpleveringen]:
    """List deliveries, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await deliveries(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    body = Schuldhulpleveringen(resultaten=[_shape(each) for each in page])
    return Response(body, headers=headers)


@get("/schuldhulpleveringen/{id_:uuid}", opt=open_to(BOOKS), summary="Een schuldhulplevering")
async def show_delivery(request: Asked, id_: FromPath[UUID]) -> Schuldhulplevering:
    """Show one delivery."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return _shape(await delivery(connection, gemeente=gemeente, delivery_id=id_))


@post(
    "/schuldhulpleveringen",
    opt=open_to(MONEY, file=Schuldhulpformulier, key=True),
    request_max_body_size=FORM_BYTES,
    summary="Lees een levering van schuldhulp in (DDAS 1.0)",
)
async def add_delivery(request: Asked, *, proef: DryRun = False) -> Response[Schuldhulplevering]:
    """Take in a delivery, all of it, once; numbers become pseudonyms and nothing else is kept."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaType(wanted=FORM)
    texts, files = await form_of(request)
    if files.keys() != {"bestand"}:
        field = InvalidField(
            naam="bestand", bron="body", code="ontbreekt", reden="stuur precies één bestand mee."
        )
        raise InvalidInput(fields=(field,))
    decode(msgspec.json.encode(texts), Schuldhulpformulier)
    file_name, content = files["bestand"]
    settings, gemeente = services_of(request).settings, request.user.gemeente
    schema = schema_in(settings.message_schemas)
    if schema is None:
        log.warning("schuldhulp-zonder-schema", toets="eigen model")
    read = partial(read_debt_help, content, file_name=file_name, schema=schema)
    file = await asyncio.to_thread(read)
    vault = vault_of(settings, key_folder(settings))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await import_debt_help(
            connection, instruction=instruction, vault=vault, file=file, file_name=file_name
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Schuldhulplevering]:
        found = await delivery(connection, gemeente=gemeente, delivery_id=results[0])
        return Given(body=_shape(found), location=f"/v1/schuldhulpleveringen/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=form_content(texts, files),
        dry_run=proef,
    )


HANDLERS: Final = (list_deliveries, show_delivery, add_delivery)


def _shape(found: DebtHelpImport) -> Schuldhulplevering:
    return Schuldhulplevering(
        id=found.id,
        bestandsnaam=found.file_name,
        leverancier=found.supplier,
        van=found.from_date,
        tot_en_met=found.last_date,
        trajecten=found.trajectories,
        begonnen_hulp=found.starts,
        niet_ingelezen=[
            NietIngelezen(plek=each.pointer, reden=each.reason.value) for each in found.left_out
        ],
        vastgelegd_op=found.recorded_at,
        vastgelegd_door=found.actor,
    )
