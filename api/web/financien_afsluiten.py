"""Closing days and years on a page, with what it does shown first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.periods import change_days, periods
from api.http.rights import MONEY
from api.http.services import services_of
from api.http.year_end import no_progress
from api.runtime import checkpoint_folder, key_folder
from api.sealing import keep, seal_of, sign
from api.web.acting import CONFIRM, STEP, Done, Tried, act
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext, in_words, marked
from api.web.pages import FINANCIEN, page, short
from api.web.visitors import Visit
from domains.instruction import Instruction, record, refuse_repetition
from domains.year_end import operations, queries
from domains.year_end.model import WAYS, CarryOver, Closing, NewClosing, Outcome, Treatment
from ledger.reading import rows

Asked: TypeAlias = Annotated[str, QueryParameter(max_length=10)]

_TREATMENTS: Final = [
    ("", marked("Nog niet kiezen: ze houden de afsluiting tegen")),
    (Treatment.ACCRUE.value, marked("De hulp is geleverd: kosten van dit jaar, nog te declareren")),
    (Treatment.RELEASE.value, marked("De hulp is niet geleverd: het geld valt vrij")),
]
_CHOICES: Final = [("dicht", marked("Sluiten")), ("open", marked("Openen"))]
_NAMED: Final = re.compile(r"(trekking|wijziging) ([0-9a-f-]{36})(.*)", re.DOTALL)
_PATHS: Final = {"trekking": "/controle/aanvragen", "wijziging": "/financien/wijzigingen"}
_CARRIED: Final = 3
"""So many carry-overs the form has room for; more go by the interface."""
_BOOKED: Final = """
    SELECT count(*) FROM ledger.entry
    WHERE gemeente = %s AND booking_date >= %s AND booking_date < %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days (until exclusive) to open or to close, as a form asks it."""

    from_date: date
    until_date: date
    is_open: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody has to look at something; without a page of its own it has no path."""

    path: str
    called: str
    rest: str


@get("/financien/afsluiten", visitors=FINANCIEN.visitors)
async def overview(request: Visit) -> Template:
    """Show which days are open, which years were closed, and what was opened by exception."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        known = await periods(connection, gemeente)
        closings = await queries.closings(connection, gemeente=gemeente)
        exceptions = await queries.exceptions(connection, gemeente=gemeente)
    return page(
        request,
        "financien/closing.html",
        periods=known[::-1],
        closings=closings[::-1],
        exceptions=exceptions[::-1],
        now=services_of(request).clock.now(),
    )


@get("/financien/afsluiten/dagen", visitors=MONEY)
async def ask_days(
    request: Visit, *, wat: Asked = "dicht", van: Asked = "", tot: Asked = ""
) -> Template:
    """Ask which days; unless told the month before this one, which people close most."""
    last = services_of(request).clock.today().replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    form = new_form(request, wat=wat, van=van or first.isoformat(), tot=tot or last.isoformat())
    return page(request, "financien/days.html", form=form, choices=in_words(_CHOICES))


@post("/financien/afsluiten/dagen", visitors=MONEY, status_code=200)
async def close_days(request: Visit) -> Template | Redirect:
    """Show what closing or opening days means, or do it."""
    form, gemeente = await form_of(request), request.user.gemeente
    wanted = _days(form)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await refuse_repetition(connection, instruction=instruction)
        # First, because a change of days is the last that a transaction may do.
        result = instruction.new_id()
        await record(connection, instruction=instruction, results=[result])
        await change_days(
            connection,
            actor=instruction.actor,
            from_date=wanted.from_date,
            until_date=wanted.until_date,
            is_open=wanted.is_open,
            reason=wanted.reason,
            at=instruction.at,
        )
        return (result,)

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> int:
        found = await rows(connection, _BOOKED, (gemeente, wanted.from_date, wanted.until_date))
        return int(found[0][0])

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect("/financien/afsluiten", status_code=303)
        case Tried(told=booked):
            return page(
                request, "financien/days_confirm.html", form=form, wanted=wanted, booked=booked
            )
    return page(request, "financien/days.html", form=form, choices=in_words(_CHOICES))


@get("/financien/afsluiten/jaar", visitors=MONEY)
async def ask_year(request: Visit) -> Template:
    """Ask which year, and what becomes of what it leaves."""
    last_year = services_of(request).clock.today().year - 1
    return _year_page(request, new_form(request, jaar=str(last_year)))


@post("/financien/afsluiten/jaar", visitors=MONEY, status_code=200)
async def close_year(request: Visit) -> Template | Redirect:
    """Show what closing a year does and what stands in its way, or close and seal it."""
    form, services, gemeente = await form_of(request), services_of(request), request.user.gemeente
    asked = _asked(form)
    folders = key_folder(services.settings), checkpoint_folder(services.settings)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.close_year(
            connection, instruction=instruction, asked=asked, progress=no_progress
        )

    async def told(connection: AsyncConnection, results: Sequence[UUID]) -> Closing:
        return await queries.closing(connection, gemeente=gemeente, closing_id=results[0])

    # A key that cannot be used is found before anything is closed.
    seal = seal_of(*folders) if form.value(STEP) == CONFIRM and not form.errors else None
    match await act(request, form, operation, told=told):
        case Tried(told=closing):
            return page(
                request,
                "financien/year_confirm.html",
                form=form,
                closing=closing,
                place_of=place_of,
            )
        case Done(results=results):
            async with db.snapshot(services.engine, gemeente) as connection:
                made = await told(connection, results)
            if seal is not None and made.record.outcome is Outcome.CLOSED:
                at = services.clock.now()
                keep(seal, await sign(services.engine, gemeente, at=at, seal=seal))
            return Redirect(f"/financien/afsluiten/{made.id}", status_code=303)
    return _year_page(request, form)


@get("/financien/afsluiten/{id_:uuid}", visitors=FINANCIEN.visitors)
async def show_closing(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show one closing of a year, also one that was blocked.

    :raises domains.year_end.refusals.UnknownClosing: there is no such closing.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await queries.closing(connection, gemeente=gemeente, closing_id=id_)
    return page(request, "financien/year.html", closing=found, place_of=place_of)


HANDLERS: Final = (overview, ask_days, close_days, ask_year, close_year, show_closing)


def place_of(where: str) -> Place:
    """Lead from a row of a closing to what it names, and call that as pages do."""
    named = _NAMED.fullmatch(where)
    if named is None:
        return Place(path="", called="", rest=where)
    kind, id_, rest = named.groups()
    return Place(path=f"{_PATHS[kind]}/{id_}", called=f"{kind} {short(UUID(id_))}", rest=rest)


def _days(form: Form) -> Days:
    from_date, until_date = form.days("van", "tot")
    return Days(
        from_date=from_date,
        until_date=until_date,
        is_open=form.chosen("wat", [code for code, _ in _CHOICES]) == "open",
        reason=form.text("reden"),
    )


def _year_page(request: Visit, form: Form) -> Template:
    return page(
        request,
        "financien/year_form.html",
        form=form,
        treatments=in_words(_TREATMENTS),
        ways=[("", gettext("Kies…")), *((each.code, each.name) for each in WAYS.values())],
        carried=range(1, _CARRIED + 1),
    )


def _asked(form: Form) -> NewClosing:
    """Read what is asked of the closing; a carry-over without a fund is left out."""
    undeclared = form.value("verplichtingen")
    if undeclared:
        undeclared = form.chosen("verplichtingen", [each.value for each in Treatment])
    return NewClosing(
        year=form.number("jaar", least=2000, most=2198),
        undeclared=Treatment(undeclared) if undeclared else None,
        carry_overs=tuple(
            CarryOver(
                fund=form.text(f"over-{row}-middel").upper(),
                way=form.chosen(f"over-{row}-weg", list(WAYS)),
                amount_cents=form.cents(f"over-{row}-bedrag"),
                decision=form.text(f"over-{row}-besluit"),
                decided_on=form.day(f"over-{row}-datum"),
                next_year_change=form.text(f"over-{row}-wijziging", required=False),
                programme=form.text(f"over-{row}-programma"),
                taakveld=form.text(f"over-{row}-taakveld"),
            )
            for row in range(1, _CARRIED + 1)
            if form.value(f"over-{row}-middel").strip()
        ),
        shortage_decision=form.text("tekortbesluit", required=False),
    )
