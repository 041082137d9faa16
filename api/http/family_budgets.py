"""Family budgets (gezinsbudgetten): one amount for the family, with its sources kept apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.clock import LAST_DAY, calendar_day
from api.http.body import canonical, decode, raw_body
from api.http.opening import opened_budget
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import (
    FAMILIES_READ,
    FAMILY_BUDGETS_WRITE,
    connection_for,
    may_change_family,
)
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Cursor,
    DryRun,
    Invoer,
    Jaar,
    KnownUpTo,
    Limit,
    MiddelBedrag,
    OnDate,
    Tekst,
    amount,
    as_of,
)
from domains import chart
from domains.families.model import FamilyBudget
from domains.families.queries import (
    family,
    family_budget,
    family_budgets,
    family_type_versions,
)
from domains.families.rules import UnknownFamily, UnknownFamilyBudget, Versions, version_on
from domains.family_budgets.operations import open_family_budget
from domains.family_budgets.rules import day_of_band, signals
from domains.instruction import Actor, Instruction
from ledger.accounts import Book, Dimensions, dimensions
from ledger.balances import last_link, moment_of, trial_balance


class NieuwGezinsbudget(Invoer, frozen=True, kw_only=True):
    """A budget to open; without an amount it is the norm of the family type."""

    gezin: UUID
    jaar: Jaar
    boekdatum: date | None = None
    bedrag: Bedrag | None = None
    reden: Tekst = ""


class Budgetsignaal(Antwoord, frozen=True, kw_only=True):
    """Something that somebody should look at; it stops nothing."""

    code: str
    zin: str


class Stap(Antwoord, frozen=True, kw_only=True):
    """One thing that became of a family budget; below zero is given away."""

    nummer: int
    soort: str
    bedrag: Bedrag
    geboekt: Bedrag
    reden: str
    vastgelegd_op: datetime
    vastgelegd_door: str
    boeking: UUID | None


class Gezinsbudget(Antwoord, frozen=True, kw_only=True):
    """A family budget: what was asked, what is left, and of which funds."""

    id: UUID
    gezin: UUID
    wijk: str
    team: str
    jaar: int
    stand: str
    voorstel: int | None
    """The number of the step that waits for the approval of a colleague."""
    vast_bedrag: Bedrag
    reden: str
    ruimte: Bedrag
    middelen: list[MiddelBedrag]
    signalen: list[Budgetsignaal]
    stappen: list[Stap]
    stand_per: int


class Gezinsbudgetten(Antwoord, frozen=True, kw_only=True):
    """A page of family budgets."""

    resultaten: list[Gezinsbudget]


@get("/gezinsbudgetten", opt=open_to(FAMILIES_READ), summary="Gezinsbudgetten die u mag zien")
async def list_family_budgets(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Gezinsbudgetten]:
    """List the family budgets that the actor may see, with what is left now."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with connection_for(request) as connection:
        known = await family_budgets(
            connection,
            gemeente=gemeente,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
        page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
        number = await last_link(connection, gemeente=gemeente)
        bands = await family_type_versions(connection, gemeente=gemeente)
    found = [
        _on_wire(
            each,
            rooms=dict(each.rooms),
            bands=bands[each.family.family_type],
            on=services.clock.today(),
            number=number,
        )
        for each in page
    ]
    return Response(Gezinsbudgetten(resultaten=found), headers=headers)


@get(
    "/gezinsbudgetten/{id_:uuid}",
    opt=open_to(FAMILIES_READ, opens=True),
    summary="Een gezinsbudget",
)
async def show_family_budget(
    request: Asked,
    id_: FromPath[UUID],
    *,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
) -> Gezinsbudget:
    """Show a family budget with what was left on a date; without one, every booking counts."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with connection_for(request) as connection:
        found = await opened_budget(connection, request, id_)
        moment = await as_of(
            connection,
            services=services,
            gemeente=gemeente,
            on=peil_datum or LAST_DAY,
            known_up_to=stand_per,
        )
        return await _standing(
            connection,
            gemeente,
            found,
            today=services.clock.today(),
            on=moment.on,
            number=moment.known_up_to,
        )


@post(
    "/gezinsbudgetten",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuwGezinsbudget, key=True),
    summary="Open een gezinsbudget",
)
async def add_family_budget(request: Asked, *, proef: DryRun = False) -> Response[Gezinsbudget]:
    """Open a family budget and fill it from the district, as far as that goes."""
    content = await raw_body(request)
    asked = decode(content, NieuwGezinsbudget)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        whose = await family(connection, gemeente=gemeente, family_id=asked.gezin)
        if not may_change_family(request.user, whose, roles=FAMILY_BUDGETS_WRITE):
            raise UnknownFamily(family=str(asked.gezin))
        return await open_family_budget(
            connection,
            instruction=instruction,
            family=asked.gezin,
            year=asked.jaar,
            amount_cents=None if asked.bedrag is None else asked.bedrag.cents,
            reason=asked.reden,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await answered_with_budget(request, operation, content=content, dry_run=proef)


async def answered_with_budget(
    request: Asked,
    operation: Operation,
    *,
    content: bytes,
    dry_run: bool,
) -> Response[Gezinsbudget]:
    """Take a step with a budget, and answer with it as it was after that step."""
    gemeente = request.user.gemeente

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[Gezinsbudget]:
        budget_id, step_id = results
        moment = await moment_of(connection, gemeente=gemeente, link=number)
        found = await family_budget(
            connection, gemeente=gemeente, family_budget_id=budget_id, known_at=moment
        )
        (last,) = [step.number for step in found.steps if step.id == step_id]
        body = await _standing(
            connection,
            gemeente,
            replace(found, steps=found.steps[:last]),
            today=calendar_day(moment),
            on=LAST_DAY,
            number=number,
        )
        return Given(body=body, location=f"/v1/gezinsbudgetten/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


async def changeable_budget(
    connection: AsyncConnection, actor: Actor, budget_id: UUID, *, roles: frozenset[str]
) -> FamilyBudget:
    """Give a family budget that an actor may change with one of these roles.

    :raises UnknownFamilyBudget: there is none, or it is not for him.
    """
    found = await family_budget(connection, gemeente=actor.gemeente, family_budget_id=budget_id)
    if not may_change_family(actor, found.family, roles=roles):
        raise UnknownFamilyBudget(family_budget=str(budget_id))
    return found


async def _standing(
    connection: AsyncConnection,
    gemeente: str,
    found: FamilyBudget,
    *,
    today: date,
    on: date,
    number: int,
) -> Gezinsbudget:
    """Write a family budget with what was left on a date, as known up to a link of the chain."""
    rooms = await _rooms(
        connection,
        gemeente,
        on=on,
        number=number,
        having=dimensions(gezin=str(found.family.id)),
    )
    bands = await family_type_versions(connection, gemeente=gemeente)
    return _on_wire(
        found,
        rooms=rooms.get((str(found.family.id), found.year), {}),
        bands=bands[found.family.family_type],
        on=min(on, today),
        number=number,
    )


async def _rooms(
    connection: AsyncConnection,
    gemeente: str,
    *,
    on: date,
    number: int,
    having: Dimensions = (),
) -> dict[tuple[str, int], dict[str, int]]:
    """Read per family and year what lies there of each fund."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for each in await trial_balance(
        connection,
        gemeente=gemeente,
        book=Book.BUDGET,
        on=on,
        known_up_to=number,
        code=chart.FAMILY,
        having=having,
    ):
        whose = (each.account.dimension("gezin") or "", chart.year_of(each.account.colour))
        found.setdefault(whose, {})[each.account.colour] = each.balance_cents
    return found


def _on_wire(
    found: FamilyBudget,
    *,
    rooms: dict[str, int],
    bands: Versions,
    on: date,
    number: int,
) -> Gezinsbudget:
    band = version_on(bands, day_of_band(found.year, on=on))
    return Gezinsbudget(
        id=found.id,
        gezin=found.family.id,
        wijk=found.family.district_on(on),
        team=found.family.team,
        jaar=found.year,
        stand=found.state,
        voorstel=found.proposal.number if found.proposal else None,
        vast_bedrag=amount(found.amount_cents),
        reden=found.reason,
        ruimte=amount(sum(rooms.values())),
        middelen=[
            MiddelBedrag(middel=fund, bedrag=amount(cents))
            for fund, cents in sorted(rooms.items())
            if cents
        ],
        signalen=[
            Budgetsignaal(code=signal.code, zin=signal.sentence) for signal in signals(found, band)
        ],
        stappen=[
            Stap(
                nummer=step.number,
                soort=step.kind,
                bedrag=amount(step.amount_cents),
                geboekt=amount(step.moved_cents),
                reden=step.reason,
                vastgelegd_op=step.recorded_at,
                vastgelegd_door=step.actor,
                boeking=step.entry,
            )
            for step in found.steps
        ],
        stand_per=number,
    )


HANDLERS: Final = (list_family_budgets, show_family_budget, add_family_budget)
