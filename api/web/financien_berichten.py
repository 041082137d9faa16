"""Declarations and other messages of providers: offered as a file, followed, and answered."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Stream, Template

from api import db
from api.exports import FileForm
from api.http import messages as offering
from api.http.auditing import mark_undone
from api.http.rights import MONEY
from api.http.services import services_of
from api.web.acting import show_refusal
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext, marked
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from domains.declarations.queries import latest_messages, refused_lines
from domains.declarations.rules import MEANINGS, NUMBER_NOT_UNIQUE
from domains.messages.standard import Kind
from domains.readers.table import shown
from ledger.refusals import Refusal

CODES: Final = MEANINGS | {
    NUMBER_NOT_UNIQUE: marked("Van deze aanbieder is al een declaratie met dit nummer ontvangen."),
}
"""What each return code says (iJw and iWmo 3.2)."""
_PAGE: Final = 50


@get("/financien/berichten", visitors=FINANCIEN.visitors)
async def overview(request: Visit) -> Template:
    """Show the messages, the newest first, and the form for the next one."""
    return await _overview(request, new_form(request))


@post(
    "/financien/berichten",
    visitors=MONEY,
    status_code=200,
    request_max_body_size=offering.LARGEST,
)
async def offer(request: Visit) -> Template | Redirect:
    """Take in a file, or say what is wrong with it."""
    form = await form_of(request)
    upload: Any = form.fields.get("bestand")
    booking_date = form.maybe_day("boekdatum")
    if not isinstance(upload, UploadFile) or not upload.filename:
        form.errors["bestand"] = gettext("Kies een bestand.")
    if form.errors:
        mark_undone(request.scope)
        return await _overview(request, form)
    try:
        found = await offering.offer(
            request,
            await offering.kept(upload),
            file_name=shown(upload.filename),
            booking_date=booking_date,
        )
    except Refusal as refusal:
        show_refusal(request, form, refusal, field="bestand")
        return await _overview(request, form)
    return Redirect(f"/financien/berichten/{found.id}", status_code=303)


@get("/financien/berichten/{id_:uuid}", visitors=FINANCIEN.visitors)
async def message(
    request: Visit,
    id_: FromPath[UUID],
    *,
    na: Annotated[int, QueryParameter(name="na", ge=0, le=2**31 - 1)] = 0,
) -> Template:
    """Show how far a message is, and which of its lines were refused with why.

    :raises domains.declarations.refusals.UnknownMessage: there is no such message.
    """
    services, gemeente = services_of(request), request.user.gemeente
    is_busy = id_ in services.jobs.under_way()
    found = await offering.found_message(request, id_)
    async with db.snapshot(services.engine, gemeente) as connection:
        refused = await refused_lines(
            connection, gemeente=gemeente, message=id_, after=na, limit=_PAGE + 1
        )
    job = services.jobs.of(id_)
    return page(
        request,
        "financien/message.html",
        message=found,
        refused=refused[:_PAGE],
        following=refused[_PAGE - 1].line.place if len(refused) > _PAGE else None,
        is_busy=is_busy,
        has_failed=not is_busy and job is not None and job.failed,
        refusal=None if job is None else job.refusal,
        is_declaration=found.kind is Kind.DECLARATION,
        waits=sorted(services.jobs.waits.get(id_, {}).items()),
        codes=CODES,
    )


@get("/financien/berichten/{id_:uuid}/antwoord", visitors=MONEY)
async def answer(request: Visit, id_: FromPath[UUID]) -> Stream:
    """Give the answer to a declaration (325)."""
    return await offering.answer_file(request, id_, form=FileForm.XML)


HANDLERS: Final[Sequence[Any]] = (overview, offer, message, answer)


async def _overview(request: Visit, form: Form) -> Template:
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        known, count = await latest_messages(connection, gemeente=gemeente, limit=_PAGE)
    return page(
        request,
        "financien/messages.html",
        form=form,
        messages=known,
        omitted=count - len(known),
    )
