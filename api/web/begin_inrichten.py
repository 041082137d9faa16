"""What a municipality sets up by hand: money for its districts, a family type, the first family."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.rights import FAMILIES_WRITE, MONEY, may_change_team
from api.http.services import services_of
from api.problems import NotYourTeam
from api.tokens import ROLES
from api.web.acting import Done, Tried, act, show_refusal
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext, in_words, marked
from api.web.login import COME_BACK
from api.web.pages import WIJKTEAM, amount, page
from api.web.teams import NEW, chosen_team, known_teams
from api.web.visitors import Visit, origin_of
from domains import chart
from domains.budgets.queries import standings
from domains.districts.queries import districts
from domains.districts.rules import Key, key_weights
from domains.families.model import FamilyType
from domains.families.operations import register_family, set_family_types
from domains.families.queries import family_type_versions, family_types
from domains.instruction import Instruction, refuse_repetition
from domains.pooling.model import FundAmount
from domains.pooling.operations import fill_districts
from domains.pooling.rules import POOLED, split_by_key
from ledger.balances import last_link

_KEYS: Final = (
    (Key.INHABITANTS.value, marked("naar inwoners")),
    (Key.HOUSEHOLDS.value, marked("naar huishoudens")),
)
_MEMBERS: Final = 8
"""So many members the form has room for; more are added on the family's own page."""
_CODE: Final = re.compile(r"[a-z0-9-]{1,60}")
ROLE_WORDS: Final = {
    "auditor": marked("leest alle boekingen en de auditlog, en verandert niets"),
    "beheerder": marked("richt de gemeente in: mag wat financieel mag, en gezinnen registreren"),
    "budgethouder": marked("beslist over hulp boven het mandaat van het team en tekent mee"),
    "controller": marked("kijkt na: keten, rechtmatigheid, auditlog, en tekent domeinbaten"),
    "financieel": marked("begroting, wijkbudgetten, betalers, declaraties en afsluiten"),
    "privacy": marked("ziet wie welk gezin opende, en beantwoordt vragen daarover"),
    "teamleider": marked("geeft akkoord op hulp van het eigen team"),
    "wethouder": marked("leest de domeinbaten, zonder gezinnen"),
    "wijkteam": marked("vraagt hulp aan voor gezinnen van het eigen team"),
}


@get("/begin/wijkgeld", visitors=MONEY)
async def ask_district_money(request: Visit) -> Template:
    """Ask which fund goes to the districts, and by which key."""
    today = services_of(request).clock.today()
    return await _money_page(request, new_form(request, boekdatum=today.isoformat()))


@post("/begin/wijkgeld", visitors=MONEY, status_code=200)
async def fill_by_key(request: Visit) -> Template | Redirect:
    """Show what each district would get, or book it."""
    form, gemeente = await form_of(request), request.user.gemeente
    fund, cents, on = form.text("middel"), form.cents("bedrag"), form.day("boekdatum")
    key = Key(form.chosen("sleutel-wijk", [code for code, _ in _KEYS]))

    async def shares(connection: AsyncConnection) -> dict[str, int]:
        known = await districts(connection, gemeente=gemeente)
        return split_by_key(cents, key_weights(key, known))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        # First, because a district that came later may lack what the key needs.
        await refuse_repetition(connection, instruction=instruction)
        return await fill_districts(
            connection,
            instruction=instruction,
            amounts={
                code: [FundAmount(fund=fund, amount_cents=part)]
                for code, part in (await shares(connection)).items()
            },
            booking_date=on,
            explanation=f"Wijkbudgetten uit {fund} naar {key}",
        )

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> list[tuple[str, int]]:
        names = {each.code: each.name for each in await districts(connection, gemeente=gemeente)}
        return [(names[code], part) for code, part in (await shares(connection)).items()]

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect("/begin", status_code=303)
        case Tried(told=parts):
            return page(
                request,
                "first_steps/money_confirm.html",
                form=form,
                fund=fund,
                cents=cents,
                places=parts,
                on=on,
                key=dict(in_words(_KEYS))[key.value],
            )
    return await _money_page(request, form)


@get("/begin/gezinstype", visitors=MONEY)
async def ask_family_type(request: Visit) -> Template:
    """Ask for a kind of family with its band."""
    # Only the first is proposed: another one with its code would take its place.
    first = {} if await _kinds(request) else {"code": "standaard", "naam": "Standaard"}
    return await _type_page(request, new_form(request, **first))


@post("/begin/gezinstype", visitors=MONEY, status_code=200)
async def add_family_type(request: Visit) -> Template | Redirect:
    """Show the kind of family as it was understood, or keep it."""
    form = await form_of(request)
    wanted = FamilyType(
        code=form.text("code"),
        name=form.text("naam"),
        min_cents=form.cents("minimum"),
        norm_cents=form.cents("norm"),
        max_cents=form.cents("maximum"),
    )
    if wanted.code and not _CODE.fullmatch(wanted.code):
        form.errors["code"] = gettext("Gebruik kleine letters, cijfers en streepjes.")
    if not wanted.min_cents <= wanted.norm_cents <= wanted.max_cents:
        form.errors.setdefault("norm", gettext("De norm ligt tussen het minimum en het maximum."))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await set_family_types(
            connection,
            instruction=instruction,
            family_types=[wanted],
            from_date=instruction.today,
        )

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> FamilyType | None:
        gemeente, today = request.user.gemeente, services_of(request).clock.today()
        versions = (await family_type_versions(connection, gemeente=gemeente))[wanted.code]
        return next((each for day, each in reversed(versions) if day < today), None)

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect("/begin", status_code=303)
        case Tried(told=before):
            return page(
                request,
                "first_steps/type_confirm.html",
                form=form,
                kind=wanted,
                before=before if before != wanted else None,
            )
    return await _type_page(request, form)


@get("/begin/gezin", visitors=FAMILIES_WRITE)
async def ask_family(request: Visit) -> Template:
    """Ask for a family: where it lives, who helps it, and when its members were born."""
    team = next(iter(sorted(request.user.teams)), "")
    return await _family_page(request, new_form(request, team=team))


@post("/begin/gezin", visitors=FAMILIES_WRITE, status_code=200)
async def add_family(request: Visit) -> Template | Redirect:
    """Show the family as it was understood, or register it under a pseudonym."""
    form, gemeente = await form_of(request), request.user.gemeente
    known = await known_teams(request)
    wijk, kind, team = form.text("wijk"), form.text("type"), chosen_team(form, known)
    births = [form.maybe_day(_birth(row)) for row in range(1, _MEMBERS + 1)]
    born = [each for each in births if each is not None]
    if not born:
        form.errors.setdefault(_birth(1), gettext("Vul dit in."))
    if team and not may_change_team(request.user, team, roles=FAMILIES_WRITE):
        show_refusal(request, form, NotYourTeam(team=team), field="team" if team in known else NEW)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await register_family(
            connection,
            instruction=instruction,
            wijk=wijk,
            family_type=kind,
            team=team,
            is_complex=False,
            birth_dates=born,
            from_date=instruction.today,
        )

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> tuple[str, str]:
        places = await districts(connection, gemeente=gemeente)
        kinds = await family_types(
            connection, gemeente=gemeente, on=services_of(request).clock.today()
        )
        return (
            next((each.name for each in places if each.code == wijk), wijk),
            next((each.name for each in kinds if each.code == kind), kind),
        )

    match await act(request, form, operation, told=told):
        case Done(results=results):
            helps = request.user.roles & WIJKTEAM.visitors
            there = f"/wijkteam/gezinnen/{results[0]}" if helps else "/begin"
            return Redirect(there, status_code=303)
        case Tried(told=(place, kind_name)):
            return page(
                request,
                "first_steps/family_confirm.html",
                form=form,
                born=born,
                team=team,
                is_new=team not in known,
                place=place,
                kind=kind_name,
            )
    return await _family_page(request, form)


@get("/begin/gebruikers", visitors=MONEY)
async def explain_users(request: Visit) -> Template:
    """Tell who may sign in, what the identity provider has to say of them, and about programs."""
    settings = services_of(request).settings
    return page(
        request,
        "first_steps/users.html",
        roles=in_words((role, ROLE_WORDS[role]) for role in ROLES),
        settings=settings,
        come_back=f"{origin_of(request, settings)}{COME_BACK}",
        keys=f"{origin_of(request, settings)}/inloggen/sleutels",
    )


HANDLERS: Final = (
    ask_district_money,
    fill_by_key,
    ask_family_type,
    add_family_type,
    ask_family,
    add_family,
    explain_users,
)


async def _money_page(request: Visit, form: Form) -> Template:
    services, gemeente = services_of(request), request.user.gemeente
    async with db.snapshot(services.engine, gemeente) as connection:
        money = await standings(
            connection,
            gemeente=gemeente,
            on=services.clock.today(),
            known_up_to=await last_link(connection, gemeente=gemeente),
        )
        places = await districts(connection, gemeente=gemeente)
    funds = [
        (each.fund, f"{each.fund}, {gettext('vrij')} {amount(each.free_cents)}")
        for each in money
        if each.free_cents > 0 and chart.source_of(each.fund) in POOLED
    ]
    return page(
        request,
        "first_steps/money.html",
        form=form,
        funds=[("", gettext("Kies…")), *funds] if funds else [],
        keys=in_words(_KEYS),
        places=places,
    )


async def _type_page(request: Visit, form: Form) -> Template:
    return page(request, "first_steps/type.html", form=form, kinds=await _kinds(request))


async def _kinds(request: Visit) -> Sequence[FamilyType]:
    services, gemeente = services_of(request), request.user.gemeente
    async with db.snapshot(services.engine, gemeente) as connection:
        return await family_types(connection, gemeente=gemeente, on=services.clock.today())


async def _family_page(request: Visit, form: Form) -> Template:
    services, gemeente = services_of(request), request.user.gemeente
    async with db.snapshot(services.engine, gemeente) as connection:
        kinds = await family_types(connection, gemeente=gemeente, on=services.clock.today())
        places = await districts(connection, gemeente=gemeente)
    return page(
        request,
        "first_steps/family.html",
        form=form,
        kinds=[("", gettext("Kies…")), *((each.code, each.name) for each in kinds)],
        places=[("", gettext("Kies…")), *((each.code, each.name) for each in places)],
        teams=[
            (each, each)
            for each in await known_teams(request)
            if may_change_team(request.user, each, roles=FAMILIES_WRITE)
        ],
        members=[_birth(row) for row in range(1, _MEMBERS + 1)],
    )


def _birth(row: int) -> str:
    return f"geboren-{row}"
