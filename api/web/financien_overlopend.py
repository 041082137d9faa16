"""What closed years accrued and nobody declared yet, and letting go what nobody will declare."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.rights import MONEY
from api.http.services import services_of
from api.web.acting import Done, Tried, act
from api.web.forms import Form, form_of, new_form
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from domains.accruals.model import OpenAccrual
from domains.accruals.operations import release_accrual
from domains.accruals.queries import open_accruals
from domains.accruals.refusals import NothingAccrued
from domains.draws.queries import draws
from domains.instruction import Instruction


@get("/financien/overlopend", visitors=FINANCIEN.visitors)
async def accruals(request: Visit) -> Template:
    """Show what still waits for a declaration, with its age."""
    services, gemeente = services_of(request), request.user.gemeente
    async with db.snapshot(services.engine, gemeente) as connection:
        found = await open_accruals(connection, gemeente=gemeente)
    return page(
        request,
        "financien/accruals.html",
        accruals=sorted(found, key=lambda each: (each.since, each.fund, each.draw)),
        today=services.clock.today(),
    )


@get("/financien/overlopend/{draw:uuid}/vrijval", visitors=MONEY)
async def ask(request: Visit, draw: FromPath[UUID]) -> Template:
    """Ask why nobody will declare it any more."""
    today = services_of(request).clock.today()
    return await _form_page(request, new_form(request, boekdatum=today.isoformat()), draw)


@post("/financien/overlopend/{draw:uuid}/vrijval", visitors=MONEY, status_code=200)
async def release(request: Visit, draw: FromPath[UUID]) -> Template | Redirect:
    """Show what is let go, or let it go."""
    form, gemeente = await form_of(request), request.user.gemeente
    reason, document = form.text("reden"), form.text("document")
    booking_date = form.day("boekdatum")

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await release_accrual(
            connection,
            instruction=instruction,
            draw=draw,
            reason=reason,
            document=document,
            booking_date=booking_date,
        )

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> str:
        (found,) = await draws(connection, gemeente=gemeente, ids=[draw])
        return found.decision.sentence

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect("/financien/overlopend", status_code=303)
        case Tried(told=sentence):
            return page(
                request,
                "financien/accrual_confirm.html",
                form=form,
                open_=await _open(request, draw),
                sentence=sentence,
                on=booking_date,
            )
    return await _form_page(request, form, draw)


HANDLERS: Final = (accruals, ask, release)


async def _open(request: Visit, draw: UUID) -> tuple[OpenAccrual, ...]:
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        return await open_accruals(connection, gemeente=gemeente, draws=[draw])


async def _form_page(request: Visit, form: Form, draw: UUID) -> Template:
    """Show the form of what still waits.

    :raises NothingAccrued: nothing does, of this draw.
    """
    found = await _open(request, draw)
    if not found:
        raise NothingAccrued(draw=draw)
    return page(request, "financien/accrual.html", form=form, open_=found)
