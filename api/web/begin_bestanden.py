"""The files that a municipality begins with, its budget and its districts: first tried, then kept.

They are read and booked by the same operations as on the command line and in the interface.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.auditing import mark_undone
from api.http.rights import MONEY
from api.http.services import services_of
from api.web.acting import Done, Tried, act, show_refusal
from api.web.forms import Form, form_of, new_form
from api.web.language import in_words, marked
from api.web.pages import page
from api.web.uploads import LARGEST, Upload, required_upload, upload_of
from api.web.visitors import Visit
from domains.budgets.mapping import DEFAULT_MAPPING, LeftOutReason, Mapping, parse_mapping
from domains.budgets.operations import import_budget
from domains.budgets.queries import BudgetImport, budget_imports
from domains.districts.operations import import_districts
from domains.districts.queries import districts
from domains.instruction import Instruction
from domains.municipalities.names import municipality as municipality_of
from domains.readers.model import BudgetFile, District, Unit
from domains.readers.registry import read_budget, read_districts
from domains.sources import SOURCES
from ledger.refusals import Refusal

_UNITS: Final = (
    ("", marked("zoals het bestand zegt")),
    (Unit.EURO.value, marked("euro’s")),
    (Unit.THOUSAND.value, marked("duizenden euro’s")),
)
_MOST_MAPPING_BYTES: Final = 256 * 1024
"""Every taakveld on every source stays far below it."""
_WAYS: Final = (
    ("bestand", marked("Uit een bestand van het CBS met wijken of buurten")),
    ("een", marked("Eén wijk: de hele gemeente")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What stayed out of a budget for one reason, on one side."""

    reason: str
    side: str
    taakvelden: tuple[str, ...]
    lines: int
    cents: int


@get("/begin/begroting", visitors=MONEY)
async def ask_budget(request: Visit) -> Template:
    """Ask for the file with the council's budget."""
    year = services_of(request).clock.today().year
    return _budget_page(request, new_form(request, jaar=str(year)))


@post("/begin/begroting", visitors=MONEY, status_code=200, request_max_body_size=LARGEST)
async def add_budget(request: Visit) -> Template | Redirect:
    """Show what of the file gets which source and what stays out and why, or book it."""
    form, gemeente = await form_of(request), request.user.gemeente
    year = form.number("jaar", least=2000, most=2198)
    unit = form.chosen("eenheid", [code for code, _ in _UNITS])
    field = "bestand"
    try:
        sent = await required_upload(form, field)
        field = "toewijzing"
        own = await upload_of(form, field, most=_MOST_MAPPING_BYTES)
        mapping = await asyncio.to_thread(_mapping, own)
        if sent is None or form.errors:
            mark_undone(request.scope)
            return _budget_page(request, form)
        field = "bestand"
        file = await asyncio.to_thread(_budget, sent, gemeente, year, unit)
    except Refusal as refusal:
        return _budget_page(request, _refused(request, form, refusal, field))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await import_budget(
            connection,
            instruction=instruction,
            file=file,
            file_name=sent.name,
            mapping=mapping,
            booking_date=date(year, 1, 1),
        )

    async def told(connection: AsyncConnection, results: Sequence[UUID]) -> BudgetImport:
        (found,) = await budget_imports(connection, gemeente=gemeente, ids=tuple(results))
        return found

    match await act(request, form, operation, told=told):
        case Done(results=results):
            return Redirect(f"/controle/begrotingen/{results[0]}", status_code=303)
        case Tried(told=made):
            mapped = [(each.source, each.amount_cents) for each in made.lines if each.source]
            return page(
                request,
                "first_steps/budget_confirm.html",
                form=form,
                made=made,
                file=file,
                by_source=_sums(mapped),
                names={each.code: each.name for each in SOURCES},
                left_out=left_out_of(made),
                lacks_source=any(each.reason == LeftOutReason.NO_SOURCE for each in made.lines),
            )
    return _budget_page(request, form)


@get("/begin/wijken", visitors=MONEY)
async def ask_districts(request: Visit) -> Template:
    """Ask for the file with districts, or whether one is enough."""
    return await _districts_page(request, new_form(request, hoe="bestand"))


@post("/begin/wijken", visitors=MONEY, status_code=200, request_max_body_size=LARGEST)
async def add_districts(request: Visit) -> Template | Redirect:
    """Show which districts there will be, or keep them."""
    form, gemeente = await form_of(request), request.user.gemeente
    try:
        found = await _wanted(form, gemeente)
    except Refusal as refusal:
        return await _districts_page(request, _refused(request, form, refusal, "bestand"))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await import_districts(connection, instruction=instruction, districts=found)

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> tuple[District, ...]:
        return await districts(connection, gemeente=gemeente)

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect("/begin", status_code=303)
        case Tried(told=after):
            return page(request, "first_steps/districts_confirm.html", form=form, places=after)
    return await _districts_page(request, form)


HANDLERS: Final = (ask_budget, add_budget, ask_districts, add_districts)


def left_out_of(made: BudgetImport) -> list[LeftOut]:
    """Tell what stayed out, per reason and side, in the order of the file."""
    groups: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for each in made.lines:
        if each.reason is not None:
            groups.setdefault((each.reason, each.side), []).append(
                (each.taakveld, each.amount_cents)
            )
    return [
        LeftOut(
            reason=reason,
            side=side,
            taakvelden=tuple(dict.fromkeys(taakveld for taakveld, _ in lines)),
            lines=len(lines),
            cents=sum(cents for _, cents in lines),
        )
        for (reason, side), lines in groups.items()
    ]


def _sums(parts: Sequence[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, cents in parts:
        found[name] = found.get(name, 0) + cents
    return found


def _refused(request: Visit, form: Form, refusal: Refusal, field: str) -> Form:
    show_refusal(request, form, refusal, field=field)
    return form


def _budget(sent: Upload, gemeente: str, year: int, unit: str) -> BudgetFile:
    return read_budget(
        sent.content,
        file_name=sent.name,
        municipality=gemeente,
        year=year,
        unit=Unit(unit) if unit else None,
    )


def _mapping(own: Upload | None) -> Mapping:
    return DEFAULT_MAPPING if own is None else parse_mapping(own.content, file_name=own.name)


async def _wanted(form: Form, gemeente: str) -> tuple[District, ...]:
    """Read the districts of a file, or make the one that is the whole municipality."""
    if form.chosen("hoe", [code for code, _ in _WAYS]) == "een":
        whole = municipality_of(gemeente)
        return (
            District(
                code=f"WK{gemeente[2:]}00",
                name=whole.name,
                inhabitants=whole.inhabitants,
                households=None,
            ),
        )
    sent = await required_upload(form, "bestand")
    if sent is None:
        return ()
    return await asyncio.to_thread(
        read_districts, sent.content, file_name=sent.name, municipality=gemeente
    )


def _budget_page(request: Visit, form: Form) -> Template:
    return page(request, "first_steps/budget.html", form=form, units=in_words(_UNITS))


async def _districts_page(request: Visit, form: Form) -> Template:
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        known = await districts(connection, gemeente=gemeente)
    return page(
        request,
        "first_steps/districts.html",
        form=form,
        ways=in_words(_WAYS),
        places=known,
    )
