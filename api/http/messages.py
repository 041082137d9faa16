"""Messages of providers over HTTP: offering a file, seeing how far it is, and its answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, Final, cast
from uuid import UUID

import msgspec
import structlog
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import ServerSentEvent, Stream
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.exports import FileForm
from api.http.auditing import mark_undone
from api.http.body import decode, raw_body
from api.http.file_answers import Form, form_of, stream_answer
from api.http.forms import FORM, wrong_field
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Task, carry_out, key_of
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import MOST, Antwoord, Bedrag, Cursor, DryRun, Invoer, Limit, amount, last_day
from api.jobs import Job
from api.messages import (
    Office,
    Tell,
    check_notice,
    process,
    receive,
    rehearse_declaration,
    take_in_notice,
    vault_of,
)
from api.problems import WrongMediaType
from api.runtime import key_folder
from domains.declarations.answering import write_answer
from domains.declarations.model import ReceivedMessage
from domains.declarations.queries import messages
from domains.declarations.refusals import UnknownMessage
from domains.instruction import Instruction
from domains.messages.reading import MOST_BYTES, type_of
from domains.messages.schema import schema_file
from domains.messages.standard import Kind, MessageType
from domains.messages.writing import reply
from domains.notices.model import ReplyAnswer
from domains.notices.operations import latest_reply, reply_message, reply_to_request
from domains.readers.table import shown

_log: Final = structlog.get_logger("ontschot.berichten")
_IN_MEMORY: Final = 4 * 1024**2
LARGEST: Final = MOST_BYTES + _IN_MEMORY
"""How large a form with a message may be, in bytes."""


class Berichtformulier(Invoer, frozen=True, kw_only=True):
    """A file of a provider, and the booking date of what it declares."""

    bestand: Annotated[str, Meta(description="Het kale bericht (XML), zonder envelop.")] = ""
    boekdatum: date | None = None


class WachtendeToewijzing(Antwoord, frozen=True, kw_only=True):
    """An allocation of a 301 that is not booked yet, and why."""

    toewijzing: int
    code: str
    melding: str


class Afbreking(Antwoord, frozen=True, kw_only=True):
    """Why the work on a message broke off."""

    code: str
    melding: str


class Bericht(Antwoord, frozen=True, kw_only=True):
    """A message with how far it is; of a dry run it has no number."""

    id: UUID | None
    soort: str
    aanbieder: str
    declaratie: str
    van: date | None
    tot_en_met: date | None
    ontvangen_op: date
    aantal_regels: int
    beoordeeld: int
    afgewezen: int
    wachtend: int
    ingediend: Bedrag
    toegekend: Bedrag
    retourcodes: list[str]
    beantwoord: bool
    mislukt: bool
    """Not done, and this server does not work on it: offer the same file again to go on.

    The work broke off, or the command line works on it now; then the count of lines still rises.
    """
    afbreking: Afbreking | None
    """Why, where the work was refused."""
    wachtende_toewijzingen: list[WachtendeToewijzing]
    """Of a 301, as it was last offered to this server; offering it again tries them again."""


class Berichten(Antwoord, frozen=True, kw_only=True):
    """A page of messages."""

    resultaten: list[Bericht]


class NieuwAntwoord(Invoer, frozen=True, kw_only=True):
    """A reply to a request: a no with its reason in the standard, or not yet."""

    afgewezen: bool
    reden: Annotated[str, Meta(max_length=1)] = ""


class Antwoordbericht(Antwoord, frozen=True, kw_only=True):
    """A reply as a message for the provider."""

    id: UUID
    bericht: str
    """The 319 as XML."""


@get("/berichten", opt=open_to(BOOKS), summary="Berichten van aanbieders")
async def list_messages(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Berichten]:
    """List messages in order of arrival."""
    gemeente = request.user.gemeente
    under_way = services_of(request).jobs.under_way()
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await messages(
            connection,
            gemeente=gemeente,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
    page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
    found = [_message(request, each, is_busy=each.id in under_way) for each in page]
    return Response(Berichten(resultaten=found), headers=headers)


@get("/berichten/{id_:uuid}", opt=open_to(BOOKS), summary="Een bericht en hoe ver het is")
async def show_message(request: Asked, id_: FromPath[UUID]) -> Bericht:
    """Show a message with what became of its lines up to now."""
    return await _standing(request, id_)


@post(
    "/berichten",
    opt=open_to(MONEY, file=Berichtformulier, key=True),
    request_max_body_size=LARGEST,
    summary="Bied een bericht van een aanbieder aan",
)
async def add_message(request: Asked, *, proef: DryRun = False) -> Response[Bericht]:
    """Take in a message. A declaration is read to its end; its lines are booked after the answer.

    The same file again goes on where it was, or gives what it gave.
    """
    if not proef:
        key_of(request)
    file, file_name, asked = await _upload(request)
    if proef:
        with file:
            return await _rehearsed(request, file, asked, file_name=file_name)
    found = await offer(request, file, file_name=file_name, booking_date=asked.boekdatum)
    return Response(
        _message(request, found, is_busy=found.id in services_of(request).jobs.under_way()),
        status_code=201,
        headers={"Location": f"/v1/berichten/{found.id}"},
    )


@get(
    "/berichten/{id_:uuid}/voortgang",
    opt=open_to(BOOKS),
    include_in_schema=False,  # A stream of events, which OpenAPI has no words for.
    summary="Volg een bericht",
)
async def follow_message(request: Asked, id_: FromPath[UUID]) -> ServerSentEvent:
    """Tell how far a message is, each time that it moved, until it is done."""
    await found_message(request, id_)
    job = services_of(request).jobs.of(id_)

    async def events() -> AsyncIterator[dict[str, str]]:
        if job is not None:
            async for step in job.steps():
                told = {"beoordeeld": step.done, "aantalRegels": step.total}
                yield {"event": "voortgang", "data": msgspec.json.encode(told).decode()}
        over = await _standing(request, id_)
        yield {"event": "klaar", "data": msgspec.json.encode(over).decode()}

    return ServerSentEvent(events())


@get(
    "/berichten/{id_:uuid}/antwoord",
    opt=open_to(MONEY, files=(FileForm.XML,)),
    summary="Het antwoord op een declaratie (325) of een verzoek (319)",
)
async def show_answer(request: Asked, id_: FromPath[UUID], *, formaat: Form = None) -> Stream:
    """Give the 325 of a declaration that is done, or the latest 319 to a request."""
    form = form_of(request, formaat, (FileForm.XML,))
    return await answer_file(request, id_, form=form)


@post(
    "/berichten/{id_:uuid}/antwoorden",
    opt=open_to(MONEY, body=NieuwAntwoord, key=True),
    summary="Antwoord op een verzoek van een aanbieder (319)",
)
async def add_reply(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Antwoordbericht]:
    """Say no to a request with a reason that counts, or not yet; gives the 319."""
    content = await raw_body(request)
    asked = decode(content, NieuwAntwoord)
    answer = ReplyAnswer.REFUSED if asked.afgewezen else ReplyAnswer.BEING_LOOKED_INTO

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await reply_to_request(
            connection,
            instruction=instruction,
            message=id_,
            answer=answer,
            reason=asked.reden,
        )

    async def given(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Antwoordbericht]:
        told = await reply_message(
            connection, gemeente=request.user.gemeente, message=id_, reply=results[0]
        )
        return Given(body=Antwoordbericht(id=results[0], bericht=reply(told).decode()))

    return await carry_out(
        request,
        Task(operation=operation, answer=given),
        content=content.decode(),
        dry_run=proef,
    )


HANDLERS: Final = (
    list_messages,
    show_message,
    add_message,
    follow_message,
    show_answer,
    add_reply,
)


async def offer(
    request: Asked, file: BinaryIO, *, file_name: str, booking_date: date | None
) -> ReceivedMessage:
    """Take in a message, and close its file when nobody reads it any more.

    The lines of a declaration are judged and booked in a job that goes on after the answer.
    """
    with ExitStack() as unless_started:
        unless_started.callback(file.close)
        kind = (await _type(request, file, file_name=file_name)).kind
        job = Job(gemeente=request.user.gemeente)
        office = office_of(request, job.tell)
        if kind is not Kind.DECLARATION:
            taken = await take_in_notice(office, file, file_name=file_name)
            services_of(request).jobs.wait(taken.message, taken.refused)
            return await found_message(request, taken.message)
        received = await receive(office, file, file_name=file_name)
        message = received.message

        async def work() -> None:
            with file:
                await process(
                    office, file, received, file_name=file_name, booking_date=booking_date
                )

        if not message.is_answered and services_of(request).jobs.start(message.id, job, work()):
            unless_started.pop_all()
        return message


async def kept(upload: UploadFile) -> BinaryIO:
    """Take a file out of its request, so that it outlives it; whoever asked closes it."""
    found = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - See above.
    while block := await upload.read(_IN_MEMORY):
        found.write(block)
    return cast("BinaryIO", found)


async def answer_file(request: Asked, message: UUID, *, form: FileForm) -> Stream:
    """Send the 325 of a declaration, or the latest 319 to a request."""
    with ExitStack() as unless_whole:
        out = unless_whole.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))
        gemeente = request.user.gemeente
        async with db.transaction(services_of(request).engine, gemeente) as connection:
            replied = await latest_reply(connection, gemeente=gemeente, message=message)
            if replied is not None:
                out.write(reply(replied))
            else:
                await write_answer(
                    connection,
                    gemeente=gemeente,
                    vault=office_of(request, _silent).vault,
                    message=message,
                    file=cast("BinaryIO", out),
                )
        out.seek(0)
        unless_whole.pop_all()
    return stream_answer(cast("BinaryIO", out), form=form, name=f"antwoord-{message}")


async def found_message(request: Asked, message: UUID) -> ReceivedMessage:
    """Give a message as it stands.

    :raises UnknownMessage: there is none.
    """
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await messages(connection, gemeente=gemeente, ids=[message])
    if not found:
        raise UnknownMessage
    return found[0]


def office_of(request: Asked, tell: Tell) -> Office:
    """Give what takes in messages, for whoever asks."""
    services = services_of(request)
    return Office(
        engine=services.engine,
        clock=services.clock,
        actor=request.user,
        vault=vault_of(services.settings, key_folder(services.settings)),
        schemas=services.settings.message_schemas,
        tell=tell,
    )


async def _upload(request: Asked) -> tuple[BinaryIO, str, Berichtformulier]:
    """Take the file of a form out of the request, so that it outlives it.

    :raises WrongMediaType: it is no form.
    :raises InvalidInput: it has no file, or more than one.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaType(wanted=FORM)
    form = await request.form()
    upload: object = None
    texts: dict[str, object] = {}
    for name, value in form.multi_items():
        if name in texts or (name == "bestand" and upload is not None):
            raise wrong_field(name, "vorm", "staat er meer dan eens; stuur elk bericht apart.")
        if name == "bestand":
            upload = value
        elif isinstance(value, UploadFile):
            raise wrong_field(name, "vorm", "is een bestand; het bericht hoort in bestand.")
        else:
            texts[name] = value
    if not isinstance(upload, UploadFile):
        raise wrong_field("bestand", "verplicht", "ontbreekt; stuur het bericht mee.")
    asked = decode(msgspec.json.encode(texts), Berichtformulier)
    return await kept(upload), shown(upload.filename) or "bericht.xml", asked


async def _type(request: Asked, file: BinaryIO, *, file_name: str) -> MessageType:
    """Say which message a file is, and in the log by what it is checked."""
    found = await asyncio.to_thread(type_of, file, file_name=file_name)
    if schema_file(services_of(request).settings.message_schemas, found) is None:
        _log.warning("bericht-zonder-xsd", bericht=found.name, toets="eigen model")
    return found


async def _rehearsed(
    request: Asked, file: BinaryIO, asked: Berichtformulier, *, file_name: str
) -> Response[Bericht]:
    """Read a message and say what would become of it."""
    kind = (await _type(request, file, file_name=file_name)).kind
    office = office_of(request, _silent)
    if kind is Kind.DECLARATION:
        found = await rehearse_declaration(
            office, file, file_name=file_name, booking_date=asked.boekdatum
        )
        mark_undone(request.scope)
        return Response(_shape(found, number=None), status_code=200)
    header = check_notice(office, file, file_name=file_name).header
    mark_undone(request.scope)
    told = Bericht(
        id=None,
        soort=header.message.name,
        aanbieder=header.sender,
        declaratie="",
        van=None,
        tot_en_met=None,
        ontvangen_op=office.clock.today(),
        aantal_regels=0,
        beoordeeld=0,
        afgewezen=0,
        wachtend=0,
        ingediend=amount(0),
        toegekend=amount(0),
        retourcodes=[],
        beantwoord=False,
        mislukt=False,
        afbreking=None,
        wachtende_toewijzingen=[],
    )
    return Response(told, status_code=200)


def _silent(_what: str, _done: int, _total: int) -> None:
    """Hear of progress and say nothing."""


async def _standing(request: Asked, id_: UUID) -> Bericht:
    """Show a message; whether somebody works on it is looked up first, or it could end between."""
    is_busy = id_ in services_of(request).jobs.under_way()
    return _message(request, await found_message(request, id_), is_busy=is_busy)


def _message(request: Asked, found: ReceivedMessage, *, is_busy: bool) -> Bericht:
    jobs, shape = services_of(request).jobs, _shape(found, number=found.id)
    if is_busy:
        return shape
    job = jobs.of(found.id)
    refusal = None if job is None else job.refusal
    return msgspec.structs.replace(
        shape,
        mislukt=found.is_unfinished or (job is not None and job.failed),
        afbreking=refusal and Afbreking(code=refusal.code, melding=refusal.message()),
        wachtende_toewijzingen=[
            WachtendeToewijzing(toewijzing=number, code=why.code, melding=why.message())
            for number, why in sorted(jobs.waits.get(found.id, {}).items())
        ],
    )


def _shape(found: ReceivedMessage, *, number: UUID | None) -> Bericht:
    return Bericht(
        id=number,
        soort=f"{found.law.upper()}{found.kind}",
        aanbieder=found.provider,
        declaratie=found.declaration,
        van=found.from_date,
        tot_en_met=None if found.until_date is None else last_day(found.until_date),
        ontvangen_op=found.received_on,
        aantal_regels=found.lines,
        beoordeeld=found.done,
        afgewezen=found.refused,
        wachtend=found.waiting,
        ingediend=amount(found.total_cents),
        toegekend=amount(found.granted_cents),
        retourcodes=list(found.codes),
        beantwoord=found.is_answered,
        mislukt=False,
        afbreking=None,
        wachtende_toewijzingen=[],
    )
