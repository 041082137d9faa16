"""Changes of the budget: what the council has to decide, drafting it, and booking its decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.exports import FileForm, Wanted
from api.http.auditing import mark_undone
from api.http.file_answers import file_answer
from api.http.perform import Operation
from api.http.rights import MONEY
from api.http.services import services_of
from api.web import change_form
from api.web.acting import Done, Tried, act, carried_out
from api.web.financien_schuiven import place_in, standing_of
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from domains import chart
from domains.budget_changes import operations
from domains.budget_changes.model import BudgetChange, ChangeLine, ShownLine
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budget_changes.rules import ChangeUnknown
from domains.budgets.mapping import Side
from domains.exports import budget_change as document
from domains.figures.queries import latest_budget_year
from domains.instruction import Instruction
from ledger.balances import last_link

OfYear: TypeAlias = Annotated[int | None, QueryParameter(ge=2000, le=2198)]
Text: TypeAlias = Annotated[str, QueryParameter(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A change with its lines, expenses and revenues apart, each with what stood there."""

    change: BudgetChange
    sides: tuple[tuple[Side, tuple[ShownLine, ...]], ...]

    @property
    def uncovered_cents(self) -> int:
        """Return the lasten for which no baten are named; zero before it can be adopted."""
        return self.change.total_cents(Side.EXPENSES) - self.change.total_cents(Side.REVENUES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a form says that the budget should become."""

    year: int
    description: str
    lines: tuple[ChangeLine, ...]


@get("/financien/wijzigingen", visitors=FINANCIEN.visitors)
async def changes(request: Visit) -> Template:
    """Show what the council has to decide this year, and the changes of the budget."""
    gemeente, today = request.user.gemeente, services_of(request).clock.today()
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        year = await latest_budget_year(connection, gemeente=gemeente, until=today.year)
        found = latest(await budget_changes(connection, gemeente=gemeente))
        standing = await standing_of(connection, request, year)
    return page(
        request,
        "financien/changes.html",
        changes=found[::-1],
        expenses=Side.EXPENSES,
        items=standing.items,
        causes=change_form.CAUSES,
        year=year,
        key=new_form(request).value("sleutel"),
    )


@get("/financien/wijzigingen/{change:uuid}", visitors=FINANCIEN.visitors)
async def budget_change(request: Visit, change: FromPath[UUID]) -> Template:
    """Show one change with what stood there, what changes and what then stands there.

    :raises ChangeUnknown: there is no such change.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _shown(connection, gemeente, await _latest(connection, gemeente, change))
    return page(request, "financien/change.html", shown=found)


@get("/financien/wijzigingen/{change:uuid}/bestand", visitors=FINANCIEN.visitors)
async def council_document(request: Visit, change: FromPath[UUID]) -> Response[bytes]:
    """Give a change as a table for the council.

    :raises ChangeUnknown: there is no such change.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _latest(connection, gemeente, change)
        table = document.as_table(
            found, await lines_with_old(connection, gemeente=gemeente, change=found)
        )
        number = await last_link(connection, gemeente=gemeente)
        wanted = Wanted(gemeente=gemeente, year=found.year, on=None, known_up_to=number)
        content = await exports.written(connection, wanted, table, form=FileForm.XLSX)
    return file_answer(content, form=FileForm.XLSX, name=table.name)


@post("/financien/wijzigingen/uit-raadsposten", visitors=MONEY)
async def draft_from_items(request: Visit) -> Redirect:
    """Draft the change that the items for the council ask for."""
    form = await form_of(request)
    year, key = form.number("jaar", least=2000, most=2198), form.key()
    form.check()

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.draft_from_items(
            connection,
            instruction=instruction,
            year=year,
            description=f"Waarvoor in {year} een raadsbesluit nodig is",
        )

    results = await carried_out(request, form, operation, key=key)
    return await _to_change(request, results)


@get("/financien/wijzigingen/nieuw", visitors=MONEY)
async def ask_draft(
    request: Visit, *, jaar: OfYear = None, van: Text = "", naar: Text = "", bedrag: Text = ""
) -> Template:
    """Show the form for a draft of one's own; a shift that the council decides fills it in."""
    year = jaar or services_of(request).clock.today().year
    values = {"jaar": str(year), "aantal": "3"}
    for number, (code, sign) in enumerate(((van, "-"), (naar, "")), 1):
        place = place_in(code)
        if place is not None:
            told = (chart.source_of(place.fund), place.programme, place.taakveld, f"{sign}{bedrag}")
            values |= {
                change_form.field(number, column): each
                for column, each in zip(change_form.COLUMNS[1:5], told, strict=True)
            }
    return _draft_page(request, new_form(request, **values), change=None)


@post("/financien/wijzigingen/nieuw", visitors=MONEY, status_code=200)
async def draft(request: Visit) -> Template | Redirect:
    """Show what a draft says, or keep it."""
    form = await form_of(request)
    asked = _draft_in(form)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.draft(
            connection,
            instruction=instruction,
            year=asked.year,
            description=asked.description,
            lines=asked.lines,
        )

    return await _drafted(request, form, operation, change=None)


@get("/financien/wijzigingen/{change:uuid}/nieuwe-versie", visitors=MONEY)
async def ask_version(request: Visit, change: FromPath[UUID]) -> Template:
    """Show a draft as a form.

    :raises ChangeUnknown: there is no such change.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _latest(connection, gemeente, change)
    form = new_form(
        request,
        jaar=str(found.year),
        versie=str(found.number),
        omschrijving=found.description,
        **change_form.filled_from(found.lines),
    )
    return _draft_page(request, form, change=change)


@post("/financien/wijzigingen/{change:uuid}/nieuwe-versie", visitors=MONEY, status_code=200)
async def draft_again(request: Visit, change: FromPath[UUID]) -> Template | Redirect:
    """Show what a new version of a draft says, or keep it."""
    form = await form_of(request)
    asked, number = _draft_in(form), form.number("versie", least=1, most=100_000)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.draft_again(
            connection,
            instruction=instruction,
            change=change,
            number=number,
            description=asked.description,
            lines=asked.lines,
        )

    return await _drafted(request, form, operation, change=change)


@get("/financien/wijzigingen/{change:uuid}/vaststellen", visitors=MONEY)
async def ask_adoption(request: Visit, change: FromPath[UUID]) -> Template:
    """Ask which decision of the council adopted a draft.

    :raises ChangeUnknown: there is no such change.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _latest(connection, gemeente, change)
    return page(
        request,
        "financien/adopt.html",
        form=new_form(request, versie=str(found.number)),
        change=found,
    )


@post("/financien/wijzigingen/{change:uuid}/vaststellen", visitors=MONEY, status_code=200)
async def adopt(request: Visit, change: FromPath[UUID]) -> Template | Redirect:
    """Show what a decision of the council books, or book it."""
    form, gemeente = await form_of(request), request.user.gemeente
    number = form.number("versie", least=1, most=100_000)
    decision, decided_on = form.text("besluit"), form.day("besluitdatum")

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.adopt(
            connection,
            instruction=instruction,
            change=change,
            number=number,
            decision=decision,
            decided_on=decided_on,
        )

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> Shown:
        return await _shown(connection, gemeente, await _latest(connection, gemeente, change))

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect(f"/financien/wijzigingen/{change}", status_code=303)
        case Tried(told=shown):
            return page(request, "financien/change_confirm.html", form=form, shown=shown)
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _latest(connection, gemeente, change)
    return page(request, "financien/adopt.html", form=form, change=found)


HANDLERS: Final = (
    changes,
    budget_change,
    council_document,
    draft_from_items,
    ask_draft,
    draft,
    ask_version,
    draft_again,
    ask_adoption,
    adopt,
)


async def _drafted(
    request: Visit, form: Form, operation: Operation, *, change: UUID | None
) -> Template | Redirect:
    """Show a draft as it would be kept, or keep it."""

    async def told(connection: AsyncConnection, results: Sequence[UUID]) -> Shown:
        return await _shown(
            connection, request.user.gemeente, await _version(connection, request, results)
        )

    if form.value("stap") == change_form.MORE:
        form.errors.clear()
        mark_undone(request.scope)
        return _draft_page(request, form, change=change)
    match await act(request, form, operation, told=told):
        case Done(results=results):
            return await _to_change(request, results)
        case Tried(told=shown):
            return page(request, "financien/change_confirm.html", form=form, shown=shown)
    return _draft_page(request, form, change=change)


def _draft_in(form: Form) -> Draft:
    """Read a draft; what is wrong stands in the form's errors."""
    year = form.number("jaar", least=2000, most=2198)
    return Draft(
        year=year,
        description=form.text("omschrijving"),
        lines=change_form.lines_of(form, year=year),
    )


def _draft_page(request: Visit, form: Form, *, change: UUID | None) -> Template:
    return page(
        request,
        "financien/draft.html",
        form=form,
        change=change,
        count=change_form.row_count(form),
        named=change_form.field,
        sides=change_form.SIDES,
        durations=change_form.DURATIONS,
        sources=[("", gettext("Kies…")), *change_form.BUDGET_SOURCES],
    )


async def _to_change(request: Visit, results: Sequence[UUID]) -> Redirect:
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        made = await _version(connection, request, results)
    return Redirect(f"/financien/wijzigingen/{made.id}", status_code=303)


async def _version(
    connection: AsyncConnection, request: Visit, results: Sequence[UUID]
) -> BudgetChange:
    """Give the version that an operation made."""
    (made,) = await budget_changes(connection, gemeente=request.user.gemeente, version=results[0])
    return made


async def _latest(connection: AsyncConnection, gemeente: str, change: UUID) -> BudgetChange:
    """Give the version of a change that counts.

    :raises ChangeUnknown: there is no such change.
    """
    for found in latest(await budget_changes(connection, gemeente=gemeente, change=change)):
        return found
    raise ChangeUnknown(change=str(change))


async def _shown(connection: AsyncConnection, gemeente: str, change: BudgetChange) -> Shown:
    lines = await lines_with_old(connection, gemeente=gemeente, change=change)
    return Shown(
        change=change,
        sides=tuple(
            (side, tuple(each for each in lines if each.line.side is side)) for side in Side
        ),
    )
