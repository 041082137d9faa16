"""Draws (trekkingen): a family needs help; the answer is yes, and who pays is our worry."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, has_list, raw_body
from api.http.family_budgets import changeable_budget, seen_budget
from api.http.paging import page_of
from api.http.perform import Given, Task, instruction_for, perform, rolled_back
from api.http.rights import FAMILIES_READ, FAMILIES_WRITE
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    Tekst,
    VerplichteTekst,
    amount,
    day_after,
    last_day,
)
from api.problems import UnknownDraw
from domains.draws.model import DrawRequest, Part, Weighed
from domains.draws.operations import request_draws
from domains.draws.queries import Draw, draws
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction


class TrekkingVraag(Invoer, frozen=True, kw_only=True):
    """What is asked from a family budget, for one person."""

    persoon: UUID
    soort: Code
    van: date
    tot_en_met: date
    bedrag: Bedrag
    aanbieder: VerplichteTekst
    omschrijving: VerplichteTekst
    feiten: Annotated[dict[Code, bool | None], Meta(max_length=50)] = msgspec.field(
        default_factory=dict
    )
    reden: Tekst = ""
    document: Tekst = ""


class NieuweTrekking(TrekkingVraag, frozen=True, kw_only=True):
    """One draw."""

    boekdatum: date | None = None


class NieuweTrekkingen(Invoer, frozen=True, kw_only=True):
    """A list of draws, decided in this order."""

    trekkingen: Annotated[list[TrekkingVraag], Meta(min_length=1, max_length=MOST)]
    boekdatum: date | None = None


class Deel(Antwoord, frozen=True, kw_only=True):
    """What one fund pays from one place for one stretch of days."""

    middel: str
    plaats: str
    bedrag: Bedrag
    regel: str
    van: date
    tot_en_met: date
    taakveld: str
    categorie: str
    voorlopig: bool
    aan_te_tonen: list[str]
    in_plaats_van: str


class Afweging(Antwoord, frozen=True, kw_only=True):
    """A room that was looked at, and what became of it."""

    middel: str
    plaats: str
    van: date
    tot_en_met: date
    ruimte: Bedrag
    mag: bool
    regel: str
    grondslag: str
    genomen: Bedrag
    reden: str


class Trekking(Antwoord, frozen=True, kw_only=True):
    """A decided draw with everything that was weighed; only a reversal changes what it is worth."""

    id: UUID | None
    """None in a dry run."""
    gezinsbudget: UUID
    uitkomst: str
    zin: str
    """What happened, in one line."""
    weigering: str | None
    persoon: UUID
    soort: str
    van: date
    tot_en_met: date
    bedrag: Bedrag
    aanbieder: str
    omschrijving: str
    feiten: dict[str, bool | None]
    reden: str
    document: str
    delen: list[Deel]
    afwegingen: list[Afweging]
    regelversie: str
    boekingen: list[UUID]
    teruggeboekt: bool
    """All its entries were reversed: the help no longer stands and may be asked for again."""


class Trekkingen(Antwoord, frozen=True, kw_only=True):
    """Draws, in the order in which they were asked or decided."""

    resultaten: list[Trekking]


@get(
    "/gezinsbudgetten/{id_:uuid}/trekkingen",
    opt=open_to(FAMILIES_READ),
    summary="Trekkingen op een gezinsbudget",
)
async def list_draws(
    request: Asked, id_: FromPath[UUID], *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Trekkingen]:
    """List the draws on a family budget in order of decision."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        await seen_budget(connection, request.user, id_)
        known = await draws(connection, gemeente=gemeente, family_budget=id_)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    found = [_on_wire(each) for each in page]
    return Response(Trekkingen(resultaten=found), headers=headers)


@get("/trekkingen/{id_:uuid}", opt=open_to(FAMILIES_READ), summary="Een trekking met haar redenen")
async def show_draw(request: Asked, id_: FromPath[UUID]) -> Trekking:
    """Show one draw with its whole decision."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        for found in await draws(connection, gemeente=gemeente, ids=[id_]):
            try:
                await seen_budget(connection, request.user, found.request.family_budget)
            except UnknownFamilyBudget as error:
                raise UnknownDraw from error
            return _on_wire(found)
    raise UnknownDraw


@post(
    "/gezinsbudgetten/{id_:uuid}/trekkingen",
    opt=open_to(
        FAMILIES_WRITE,
        body=(NieuweTrekking, NieuweTrekkingen),
        key=True,
        answers=(Trekking, Trekkingen),
    ),
    summary="Vraag hulp uit een gezinsbudget",
)
async def add_draws(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Trekking] | Response[Trekkingen]:
    """Decide one draw or a list of them; also a refused draw is answered with its decision."""
    content = await raw_body(request)
    single = not has_list(content, "trekkingen")
    listed: Sequence[TrekkingVraag]
    if single:
        one = decode(content, NieuweTrekking)
        listed, booked_on = [one], one.boekdatum
    else:
        several = decode(content, NieuweTrekkingen)
        listed, booked_on = several.trekkingen, several.boekdatum
    wanted = [_request(each, id_) for each in listed]
    found = await _decided(
        request, id_, wanted, content=canonical(content), booked_on=booked_on, dry_run=proef
    )
    if not single:
        return found
    headers = dict(found.headers)
    first = found.content.resultaten[0]
    if first.id is not None:
        headers["Location"] = f"/v1/trekkingen/{first.id}"
    return Response(first, status_code=found.status_code or 201, headers=headers)


async def _decided(
    request: Asked,
    budget_id: UUID,
    wanted: Sequence[DrawRequest],
    *,
    content: str,
    booked_on: date | None,
    dry_run: bool,
) -> Response[Trekkingen]:
    gemeente = request.user.gemeente

    async def tried(connection: AsyncConnection) -> Trekkingen:
        """Do the real thing, so that a dry run refuses what it refuses, and name no ids."""
        key = f"proef-{services_of(request).clock.new_random_id()}"
        instruction = instruction_for(request, key=key, content=content)
        stand = await asked(connection, await operation(connection, instruction))
        return Trekkingen(resultaten=[replace(each, id=None, boekingen=[]) for each in stand])

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, budget_id, roles=FAMILIES_WRITE)
        return await request_draws(
            connection,
            instruction=instruction,
            draws=wanted,
            booking_date=booked_on or instruction.today,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Trekkingen]:
        return Given(body=Trekkingen(resultaten=await asked(connection, results)))

    async def asked(connection: AsyncConnection, results: Sequence[UUID]) -> list[Trekking]:
        """Read what was decided, as it stood then: a repeated request gets the same answer."""
        known = {each.id: each for each in await draws(connection, gemeente=gemeente, ids=results)}
        return [replace(_on_wire(known[result]), teruggeboekt=False) for result in results]

    if dry_run:
        return await rolled_back(request, tried)
    return await perform(request, Task(operation=operation, answer=answer), content=content)


def _request(asked: TrekkingVraag, budget_id: UUID) -> DrawRequest:
    return DrawRequest(
        family_budget=budget_id,
        person=asked.persoon,
        kind=asked.soort,
        from_date=asked.van,
        until_date=day_after(asked.tot_en_met),
        amount_cents=asked.bedrag.cents,
        provider=asked.aanbieder,
        description=asked.omschrijving,
        facts=tuple(sorted(asked.feiten.items())),
        reason=asked.reden,
        document=asked.document,
    )


def _on_wire(draw: Draw) -> Trekking:
    asked, decision = draw.request, draw.decision
    return Trekking(
        id=draw.id,
        gezinsbudget=asked.family_budget,
        uitkomst=str(decision.outcome),
        zin=decision.sentence,
        weigering=draw.refusal or None,
        persoon=asked.person,
        soort=asked.kind,
        van=asked.from_date,
        tot_en_met=last_day(asked.until_date),
        bedrag=amount(asked.amount_cents),
        aanbieder=asked.provider,
        omschrijving=asked.description,
        feiten=dict(asked.facts),
        reden=asked.reason,
        document=asked.document,
        delen=[_part(each) for each in decision.parts],
        afwegingen=[_weighed(each) for each in decision.weighed],
        regelversie=decision.rule_version,
        boekingen=list(draw.entries),
        teruggeboekt=draw.is_reversed,
    )


def _part(part: Part) -> Deel:
    return Deel(
        middel=part.fund,
        plaats=str(part.place),
        bedrag=amount(part.amount_cents),
        regel=part.rule,
        van=part.from_date,
        tot_en_met=last_day(part.until_date),
        taakveld=part.taakveld,
        categorie=part.category,
        voorlopig=part.provisional,
        aan_te_tonen=list(part.to_be_shown),
        in_plaats_van=part.stands_in_for,
    )


def _weighed(weighed: Weighed) -> Afweging:
    return Afweging(
        middel=weighed.fund,
        plaats=str(weighed.place),
        van=weighed.from_date,
        tot_en_met=last_day(weighed.until_date),
        ruimte=amount(weighed.room_cents),
        mag=weighed.eligible,
        regel=weighed.rule,
        grondslag=weighed.legal_basis,
        genomen=amount(weighed.taken_cents),
        reden=weighed.reason,
    )


HANDLERS: Final = (list_draws, show_draw, add_draws)
