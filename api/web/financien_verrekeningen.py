"""What funds owed each other, how that was cleared, and clearing it now."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.rights import MONEY
from api.http.services import services_of
from api.web.acting import Done, Tried, act
from api.web.forms import Form, form_of, new_form
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from domains.instruction import Instruction
from domains.netting.model import NettingRun
from domains.netting.operations import net
from domains.netting.queries import netting_run, netting_runs


@get("/financien/verrekeningen", visitors=FINANCIEN.visitors)
async def nettings(request: Visit) -> Template:
    """Show what funds owed each other and how that was cleared."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await netting_runs(connection, gemeente=gemeente)
    return page(request, "financien/nettings.html", runs=found[::-1])


@get("/financien/verrekeningen/nieuw", visitors=MONEY)
async def ask(request: Visit) -> Template:
    """Ask over which days."""
    today = services_of(request).clock.today()
    first = today.replace(month=1, day=1)
    return _form_page(request, new_form(request, van=first.isoformat(), tot=today.isoformat()))


@post("/financien/verrekeningen/nieuw", visitors=MONEY, status_code=200)
async def run(request: Visit) -> Template | Redirect:
    """Show per pair of funds who pays what, or clear it."""
    form, gemeente = await form_of(request), request.user.gemeente
    from_date, until_date = form.days("van", "tot")

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await net(
            connection,
            instruction=instruction,
            from_date=from_date,
            until_date=until_date,
            booking_date=instruction.today,
        )

    async def told(connection: AsyncConnection, results: Sequence[UUID]) -> NettingRun:
        return await netting_run(connection, gemeente=gemeente, run=results[0])

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect("/financien/verrekeningen", status_code=303)
        case Tried(told=found):
            return page(request, "financien/netting_confirm.html", form=form, run=found)
    return _form_page(request, form)


HANDLERS: Final = (nettings, ask, run)


def _form_page(request: Visit, form: Form) -> Template:
    return page(request, "financien/netting.html", form=form)
