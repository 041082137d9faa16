"""Shifting money on a page, with who has to decide it, and what it leaves, shown first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.rights import MONEY
from api.http.services import services_of
from api.web.acting import CONFIRM, STEP, Done, Tried, act
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext
from api.web.pages import amount, page
from api.web.visitors import Visit
from domains import chart
from domains.council.model import CouncilItem, Position
from domains.council.queries import CouncilStanding, council_standing
from domains.figures.queries import latest_budget_year
from domains.instruction import Instruction
from domains.pooling.model import CouncilLine
from domains.pooling.operations import shift
from domains.settings.queries import settings_on
from ledger.balances import find_entries, last_link

_TRIED: Final = "proef"
"""Stands for the decision that is still to be taken while the consequence is shown."""


class Place(NamedTuple):
    """Where the council authorised money."""

    fund: str
    taakveld: str
    programme: str

    @property
    def code(self) -> str:
        """Return how a form names it."""
        return "|".join(self)


def place_in(code: str) -> Place | None:
    """Read how a form names a place; ``None``: it names none."""
    parts = code.split("|", 2)
    return Place(*parts) if len(parts) == len(Place._fields) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a shift leaves: both places before and after, and what the council must then decide."""

    places: tuple[tuple[Position, Position], ...]
    items: tuple[CouncilItem, ...]


@get("/financien/schuiven", visitors=MONEY)
async def ask(
    request: Visit,
    *,
    jaar: Annotated[int | None, QueryParameter(name="jaar", ge=2000, le=2198)] = None,
) -> Template:
    """Show the empty form; unless told for the last year that has a budget."""
    today = services_of(request).clock.today()
    async with db.snapshot(services_of(request).engine, request.user.gemeente) as connection:
        year = jaar or await latest_budget_year(
            connection, gemeente=request.user.gemeente, until=today.year
        )
    day = today if today.year == year else date(year, 12, 31)
    return await _form_page(request, new_form(request, boekdatum=day.isoformat()), year=year)


@post("/financien/schuiven", visitors=MONEY, status_code=200)
async def answer(request: Visit) -> Template | Redirect:
    """Show the consequence, or shift."""
    form = await form_of(request, later=("besluit",))
    gemeente = request.user.gemeente
    booking_date = form.day("boekdatum")
    giver, taker = _place(form, "van"), _place(form, "naar")
    cents = form.cents("bedrag")
    decision = form.text("besluit", required=False)
    is_of_council = giver.programme != taker.programme
    year = (
        booking_date.year
        if "boekdatum" not in form.errors
        else services_of(request).clock.today().year
    )
    if giver == taker and not form.errors:
        form.errors["naar"] = gettext("Kies een andere plek dan waar het geld vandaan komt.")
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        before = await standing_of(connection, request, year)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await shift(
            connection,
            instruction=instruction,
            year=year,
            from_line=_line(giver, cents),
            to_line=_line(taker, cents),
            decision=decision if form.value(STEP) == CONFIRM else decision or _TRIED,
            booking_date=booking_date,
        )

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> Consequence:
        after = await standing_of(connection, request, year)
        return Consequence(
            places=tuple((_at(before, each), _at(after, each)) for each in (giver, taker)),
            items=tuple(each for each in after.items if each not in before.items),
        )

    async def is_as_booked(connection: AsyncConnection, results: Sequence[UUID]) -> bool:
        found = await find_entries(connection, gemeente=gemeente, entries=results)
        return all(each.document == decision for each in found)

    match await act(request, form, operation, told=told, is_as_booked=is_as_booked):
        case Done(results=results):
            return Redirect(f"/financien/journaal/{results[0]}", status_code=303)
        case Tried(told=consequence):
            return page(
                request,
                "financien/shift_confirm.html",
                form=form,
                asks_again=["besluit"],
                cents=cents,
                year=year,
                is_of_council=is_of_council,
                consequence=consequence,
                named=_named,
            )
    return await _form_page(request, form, year=year)


async def standing_of(connection: AsyncConnection, request: Visit, year: int) -> CouncilStanding:
    """Give what the council authorised for a year, what is used of it, and what it must decide."""
    gemeente, today = request.user.gemeente, services_of(request).clock.today()
    return await council_standing(
        connection,
        gemeente=gemeente,
        year=year,
        on=date(year, 12, 31),
        known_up_to=await last_link(connection, gemeente=gemeente),
        settings=await settings_on(connection, gemeente=gemeente, day=today),
    )


HANDLERS: Final = (ask, answer)


async def _form_page(request: Visit, form: Form, *, year: int) -> Template:
    async with db.snapshot(services_of(request).engine, request.user.gemeente) as connection:
        standing = await standing_of(connection, request, year)
    known = [each for each in standing.positions if each.authorised_cents > 0]
    return page(
        request,
        "financien/shift.html",
        form=form,
        places=[("", gettext("Kies…"))]
        + [(_place_of(each).code, f"{_named(each)}, {_left(each)}") for each in known],
        year=year,
    )


def _place(form: Form, name: str) -> Place:
    """Read a place of the budget; what is none becomes an error of its field."""
    found = place_in(form.text(name))
    if found is None:
        form.errors.setdefault(name, gettext("Kies een van de mogelijkheden."))
    return found or Place("", "", "")


def _place_of(position: Position) -> Place:
    return Place(position.fund, position.taakveld, position.programme)


def _at(standing: CouncilStanding, place: Place) -> Position:
    """Give how a place stands; a place that nobody authorised anything for stands at nothing."""
    for each in standing.positions:
        if _place_of(each) == place:
            return each
    return Position(
        fund=place.fund,
        programme=place.programme,
        taakveld=place.taakveld,
        authorised_cents=0,
        used_cents=0,
    )


def _line(place: Place, cents: int) -> CouncilLine:
    return CouncilLine(
        source=chart.source_of(place.fund) if place.fund else "",
        programme=place.programme,
        taakveld=place.taakveld,
        amount_cents=cents,
    )


def _named(position: Position) -> str:
    return gettext(
        "%(fund)s, taakveld %(taakveld)s (programma %(programme)s)",
        fund=position.fund,
        taakveld=position.taakveld,
        programme=position.programme,
    )


def _left(position: Position) -> str:
    cents = position.unused_cents
    if cents >= 0:
        return gettext("%(amount)s over", amount=amount(cents))
    return gettext("%(amount)s te veel gebruikt", amount=amount(-cents))
