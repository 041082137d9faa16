"""Changing help that runs: more of it, or no more; and opening the budget of a family."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.draws import changeable_draw
from api.http.families import changeable_family
from api.http.opening import keep_opening, opened_budget
from api.http.perform import Operation
from api.http.rights import FAMILIES_WRITE, snapshot_for
from api.http.services import services_of
from api.web.acting import Done, Tried, act
from api.web.forms import Form, form_of, new_form
from api.web.pages import WIJKTEAM, page
from api.web.visitors import Visit
from api.web.wijkteam import KIND_NAMES, OfYear, people_of, tell_people, years_to_open
from api.web.wijkteam_help import FACT, confirm_page
from domains.draws.queries import Draw, draws
from domains.draws.refusals import UnknownDraw
from domains.families.model import Family, FamilyBudget
from domains.families.queries import family_budget, family_budgets
from domains.family_budgets.operations import open_family_budget
from domains.instruction import Instruction
from domains.reservations.model import Raise
from domains.reservations.operations import raise_reservation, stop
from ledger.balances import open_years

_VISITORS: Final = FAMILIES_WRITE & WIJKTEAM.visitors


@get("/wijkteam/hulp/{id_:uuid}/verhogen", visitors=_VISITORS)
async def ask_raise(request: Visit, id_: FromPath[UUID]) -> Template:
    """Ask how much more, and for which days."""
    draw, budget = await _opened(request, id_)
    first = max(services_of(request).clock.today(), draw.request.from_date)
    form = new_form(
        request,
        van=min(first, draw.until_date - timedelta(days=1)).isoformat(),
        tot=(draw.until_date - timedelta(days=1)).isoformat(),
    )
    return _page(request, "wijkteam/raise.html", form, draw=draw, budget=budget)


@post("/wijkteam/hulp/{id_:uuid}/verhogen", visitors=_VISITORS, status_code=200)
async def raise_help(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Show what would be decided on more of the same help, or let it be decided."""
    form = await form_of(request, later=(FACT,))
    from_date, until_date = form.days("van", "tot")
    wanted = Raise(
        draw=id_,
        from_date=from_date,
        until_date=until_date,
        amount_cents=form.cents("bedrag"),
        reason=form.text("reden"),
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _check(connection, request, id_)
        return await raise_reservation(
            connection, instruction=instruction, asked=wanted, booking_date=instruction.today
        )

    return await _acted(request, form, operation, id_, template="wijkteam/raise.html")


@get("/wijkteam/hulp/{id_:uuid}/stoppen", visitors=_VISITORS)
async def ask_stop(request: Visit, id_: FromPath[UUID]) -> Template:
    """Ask from which day the help is no longer needed."""
    draw, budget = await _opened(request, id_)
    today = services_of(request).clock.today()
    return _page(
        request,
        "wijkteam/stop.html",
        new_form(request, dag=today.isoformat()),
        draw=draw,
        budget=budget,
    )


@post("/wijkteam/hulp/{id_:uuid}/stoppen", visitors=_VISITORS, status_code=200)
async def stop_help(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Show what stopping leaves, or stop."""
    form = await form_of(request)
    day, reason = form.day("dag"), form.text("reden")

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await _check(connection, request, id_)
        return await stop(
            connection,
            instruction=instruction,
            draw=id_,
            day=day,
            reason=reason,
            booking_date=instruction.today,
        )

    return await _acted(request, form, operation, id_, template="wijkteam/stop.html")


@get("/wijkteam/gezinnen/{id_:uuid}/gezinsbudget", visitors=_VISITORS)
async def ask_budget(request: Visit, id_: FromPath[UUID], *, jaar: OfYear = None) -> Template:
    """Ask for which year, and whether another amount than the norm is needed."""
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
        await keep_opening(connection, request, found)
    year = jaar or services_of(request).clock.today().year
    return await _budget_page(request, new_form(request, jaar=str(year)), found)


@post("/wijkteam/gezinnen/{id_:uuid}/gezinsbudget", visitors=_VISITORS, status_code=200)
async def open_budget(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Show what a family could spend, or open its budget."""
    form, services, gemeente = await form_of(request), services_of(request), request.user.gemeente
    async with snapshot_for(request) as connection:
        years = await open_years(connection, gemeente=gemeente, at=services.clock.now())
    # A mistyped year would open a budget that nobody can book on.
    year = int(form.chosen("jaar", [str(each) for each in years] or ["0"]))
    cents = form.maybe_cents("bedrag")
    reason = form.text("reden", required=cents is not None)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await open_family_budget(
            connection,
            instruction=instruction,
            family=id_,
            year=year,
            amount_cents=cents,
            reason=reason,
            booking_date=instruction.today,
        )

    async def told(connection: AsyncConnection, results: Sequence[UUID]) -> FamilyBudget:
        return await family_budget(connection, gemeente=gemeente, family_budget_id=results[0])

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect(f"/wijkteam/gezinnen/{id_}", status_code=303)
        case Tried(told=budget):
            return page(request, "wijkteam/budget_confirm.html", form=form, budget=budget)
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
    return await _budget_page(request, form, found)


HANDLERS: Final = (ask_raise, raise_help, ask_stop, stop_help, ask_budget, open_budget)


async def _acted(
    request: Visit, form: Form, operation: Operation, id_: UUID, *, template: str
) -> Template | Redirect:
    """Show how the help would stand, or change it."""
    gemeente = request.user.gemeente

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> Draw:
        (found,) = await draws(connection, gemeente=gemeente, ids=[id_])
        return found

    found = await act(request, form, operation, told=told)
    if isinstance(found, Done):
        return Redirect(f"/wijkteam/hulp/{id_}", status_code=303)
    draw, budget = await _opened(request, id_)
    if isinstance(found, Tried):
        return confirm_page(request, form, found.told, budget)
    return _page(request, template, form, draw=draw, budget=budget)


async def _opened(request: Visit, id_: UUID) -> tuple[Draw, FamilyBudget]:
    """Give help that somebody may change, with the budget that it is of.

    :raises UnknownDraw: there is none, or it is not for him.
    """
    async with snapshot_for(request) as connection:
        found = await _check(connection, request, id_)
        budget = await opened_budget(connection, request, found.request.family_budget)
    return found, budget


async def _check(connection: AsyncConnection, request: Visit, id_: UUID) -> Draw:
    for found in await draws(connection, gemeente=request.user.gemeente, ids=[id_]):
        await changeable_draw(connection, request, found, roles=FAMILIES_WRITE)
        return found
    raise UnknownDraw


def _page(
    request: Visit, template: str, form: Form, *, draw: Draw, budget: FamilyBudget
) -> Template:
    name = KIND_NAMES.get(draw.request.kind, draw.request.kind)
    tell_people(form, people_of(budget.family, services_of(request).clock.today()))
    return page(request, template, form=form, draw=draw, budget=budget, name=name)


async def _budget_page(request: Visit, form: Form, found: Family) -> Template:
    services, gemeente = services_of(request), request.user.gemeente
    async with snapshot_for(request) as connection:
        years = await open_years(connection, gemeente=gemeente, at=services.clock.now())
        known = await family_budgets(connection, gemeente=gemeente, of_families=[found.id])
    choices = [(str(each), str(each)) for each in years_to_open(years, known)]
    return page(request, "wijkteam/budget.html", form=form, family=found, years=choices)
