"""Families (gezinnen) by their pseudonym; who they are is not known here."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.clock import calendar_day
from api.http.body import canonical, decode, raw_body
from api.http.opening import keep_opening, opened_family
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Task, carry_out
from api.http.rights import (
    BIRTH_DATES,
    FAMILIES_READ,
    FAMILIES_WRITE,
    connection_for,
    may_change_family,
    may_change_team,
)
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    Wijk,
    last_day,
)
from api.problems import NotYourTeam
from domains.families.model import Family, LeadProfessional, Member
from domains.families.operations import register_family
from domains.families.queries import families, family
from domains.families.rules import UnknownFamily
from domains.instruction import Actor, Instruction
from ledger.balances import moment_of


class NieuwLid(Invoer, frozen=True, kw_only=True):
    """A member to be: only a birth date; the pseudonym is made here."""

    geboortedatum: date


class NieuwGezin(Invoer, frozen=True, kw_only=True):
    """A family to register."""

    wijk: Wijk
    gezinstype: Code
    team: Code
    complex: bool = False
    van: date | None = None
    """The first day on which the members belong to the family; today where it is left out."""
    leden: Annotated[list[NieuwLid], Meta(min_length=1, max_length=40)]


class Gezinslid(Antwoord, frozen=True, kw_only=True):
    """A member by its pseudonym; the birth date only for whoever needs it."""

    persoon: UUID
    geboortedatum: date | None
    van: date
    tot_en_met: date | None


class Regisseur(Antwoord, frozen=True, kw_only=True):
    """Who leads the help to a family, from a day on."""

    naam: str
    team: str
    van: date
    tot_en_met: date | None


class Woonwijk(Antwoord, frozen=True, kw_only=True):
    """Where a family lives from a day on."""

    wijk: str
    van: date


class Gezin(Antwoord, frozen=True, kw_only=True):
    """A family by its pseudonym; lists are in order of time."""

    id: UUID
    wijk: str
    woonwijken: list[Woonwijk]
    regisseur: str | None
    """Who leads the help now."""
    regisseurs: list[Regisseur]
    gezinstype: str
    team: str
    complex: bool
    geopend_op: date
    leden: list[Gezinslid]


class Gezinnen(Antwoord, frozen=True, kw_only=True):
    """A page of families."""

    resultaten: list[Gezin]


@get("/gezinnen", opt=open_to(FAMILIES_READ, opens=True), summary="Gezinnen die u mag zien")
async def list_families(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Gezinnen]:
    """List the families that the actor may see."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        known = await families(
            connection,
            gemeente=gemeente,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
        page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
        await keep_opening(connection, request, *page)
    found = [family_on_wire(each, request.user, on=today_of(request)) for each in page]
    return Response(Gezinnen(resultaten=found), headers=headers)


@get("/gezinnen/{id_:uuid}", opt=open_to(FAMILIES_READ, opens=True), summary="Een gezin")
async def show_family(request: Asked, id_: FromPath[UUID]) -> Gezin:
    """Show one family."""
    async with connection_for(request) as connection:
        found = await opened_family(connection, request, id_)
    return family_on_wire(found, request.user, on=today_of(request))


@post(
    "/gezinnen",
    opt=open_to(FAMILIES_WRITE, body=NieuwGezin, key=True),
    summary="Registreer een gezin",
)
async def add_family(request: Asked, *, proef: DryRun = False) -> Response[Gezin]:
    """Register a family under a pseudonym."""
    content = await raw_body(request)
    asked = decode(content, NieuwGezin)
    if not may_change_team(request.user, asked.team, roles=FAMILIES_WRITE):
        raise NotYourTeam(team=asked.team)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await register_family(
            connection,
            instruction=instruction,
            wijk=asked.wijk,
            family_type=asked.gezinstype,
            team=asked.team,
            is_complex=asked.complex,
            birth_dates=[each.geboortedatum for each in asked.leden],
            from_date=asked.van or instruction.today,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[Gezin]:
        return await answer_with_family(request, connection, results[0], number=number)

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


async def answer_with_family(
    request: Asked, connection: AsyncConnection, family_id: UUID, *, number: int
) -> Given[Gezin]:
    """Answer with a family as a link of the chain left it, and with its address."""
    gemeente = request.user.gemeente
    moment = await moment_of(connection, gemeente=gemeente, link=number)
    found = await family(connection, gemeente=gemeente, family_id=family_id, known_at=moment)
    body = family_on_wire(found, request.user, on=calendar_day(moment))
    return Given(body=body, location=f"/v1/gezinnen/{found.id}")


async def changeable_family(connection: AsyncConnection, actor: Actor, family_id: UUID) -> Family:
    """Give a family that an actor may change.

    :raises UnknownFamily: there is none, or it is not for him.
    """
    found = await family(connection, gemeente=actor.gemeente, family_id=family_id)
    if not may_change_family(actor, found, roles=FAMILIES_WRITE):
        raise UnknownFamily(family=str(family_id))
    return found


def family_on_wire(found: Family, actor: Actor, *, on: date) -> Gezin:
    """Write a family for an actor, with the district where it lives on a day."""
    sees_births = bool(actor.roles & BIRTH_DATES)
    return Gezin(
        id=found.id,
        wijk=found.district_on(on),
        woonwijken=[Woonwijk(wijk=each.district, van=each.from_date) for each in found.residences],
        regisseur=found.lead.professional if found.lead else None,
        regisseurs=[_lead(each) for each in found.leads],
        gezinstype=found.family_type,
        team=found.team,
        complex=found.is_complex,
        geopend_op=found.opened_on,
        leden=[_member(each, sees_births=sees_births) for each in found.members],
    )


def today_of(request: Asked) -> date:
    """Give this calendar day in the Netherlands."""
    return services_of(request).clock.today()


def _lead(found: LeadProfessional) -> Regisseur:
    return Regisseur(
        naam=found.professional,
        team=found.team,
        van=found.from_date,
        tot_en_met=None if found.until_date is None else last_day(found.until_date),
    )


def _member(found: Member, *, sees_births: bool) -> Gezinslid:
    return Gezinslid(
        persoon=found.person,
        geboortedatum=found.birth_date if sees_births else None,
        van=found.from_date,
        tot_en_met=None if found.until_date is None else last_day(found.until_date),
    )


HANDLERS: Final = (list_families, show_family, add_family)
