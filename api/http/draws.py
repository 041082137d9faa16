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

from api.http.body import canonical, decode, has_list, raw_body
from api.http.family_budgets import changeable_budget
from api.http.opening import opened_budget
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Task, carry_out, perform, try_out
from api.http.rights import APPROVE, FAMILIES_READ, FAMILIES_WRITE, connection_for, sees_family
from api.http.routes import open_to
from api.http.services import Asked
from api.http.tariff_shapes import (
    NieuweRegel,
    Regel,
    asked_line,
    check_amount_or_lines,
    line_on_wire,
)
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
from domains.draws.model import (
    Decision,
    DrawRequest,
    Judgement,
    Part,
    Payment,
    RejectionReason,
    Verdict,
    Weighed,
)
from domains.draws.operations import judge_draws, request_draws
from domains.draws.queries import Decided, Draw, awaiting_draws, decision_in, draws
from domains.draws.refusals import UnknownDraw
from domains.families.queries import family_budgets
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction


class TrekkingVraag(Invoer, frozen=True, kw_only=True):
    """What is asked from a family budget, for one person or several."""

    personen: Annotated[list[UUID], Meta(min_length=1, max_length=MOST)]
    soort: Code
    van: date
    tot_en_met: date
    bedrag: Bedrag | None = None
    """May be left out where there are lines: then it is what these come to."""
    regels: Annotated[list[NieuweRegel], Meta(max_length=MOST)] = msgspec.field(
        default_factory=list
    )
    betaling: Payment = Payment.AT_ONCE
    aanbieder: VerplichteTekst
    omschrijving: VerplichteTekst
    feiten: Annotated[dict[Code, bool | None], Meta(max_length=50)] = msgspec.field(
        default_factory=dict
    )
    reden: Tekst = ""
    document: Tekst = ""
    spoed: bool = False


class NieuweTrekking(TrekkingVraag, frozen=True, kw_only=True):
    """One draw."""

    boekdatum: date | None = None


class NieuweTrekkingen(Invoer, frozen=True, kw_only=True):
    """A list of draws, decided in this order."""

    trekkingen: Annotated[list[TrekkingVraag], Meta(min_length=1, max_length=MOST)]
    boekdatum: date | None = None


class NieuweBeoordeling(Invoer, frozen=True, kw_only=True):
    """A yes or a no to a draw that waits; a no never rests on money."""

    oordeel: Verdict
    reden: RejectionReason | None = None
    toelichting: Tekst = ""
    boekdatum: date | None = None


class Deel(Antwoord, frozen=True, kw_only=True):
    """What one fund pays from one place for one person and one stretch of days."""

    persoon: UUID
    middel: str
    plaats: str
    bedrag: Bedrag
    regel: str
    van: date
    tot_en_met: date
    taakveld: str
    categorie: str
    titel: str
    """On what ground the fund pays: eigen, bundeling, voorfinanciering or tekort."""
    voorlopig: bool
    verwachte_betaler: str | None
    aan_te_tonen: list[str]
    in_plaats_van: str
    vooruit: bool


class Afweging(Antwoord, frozen=True, kw_only=True):
    """A room that was looked at, and what became of it."""

    persoon: UUID
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


class Mandaat(Antwoord, frozen=True, kw_only=True):
    """What the asker may grant by himself, against what was asked."""

    rol: str | None
    per_trekking: Bedrag
    per_gezin_jaar: Bedrag
    eerder_toegekend: Bedrag


class Akkoord(Antwoord, frozen=True, kw_only=True):
    """Who has to approve, at this level or above, and when it goes one level up."""

    rol: str
    reden: str
    stap_omhoog_op: date


class Besluit(Antwoord, frozen=True, kw_only=True):
    """One of the decisions on a draw."""

    nummer: int
    aanleiding: str
    uitkomst: str
    zin: str
    weigering: str | None
    """Also where a raise was refused, and the help stays as it was."""
    besloten_door: str
    oordeel: str | None
    toelichting: str
    verhoging: Bedrag | None
    """What a raise asked, where this decides on one."""
    regels: list[Regel]
    delen: list[Deel]
    afwegingen: list[Afweging]
    boekingen: list[UUID]


class Trekking(Antwoord, frozen=True, kw_only=True):
    """A decided draw with everything that was weighed; only a reversal changes what it is worth."""

    id: UUID | None
    """None in a dry run."""
    gezinsbudget: UUID
    uitkomst: str
    zin: str
    """What happened, in one line."""
    weigering: str | None
    personen: list[UUID]
    soort: str
    van: date
    tot_en_met: date
    """The last day of the help as it stands; as asked, where it does not stand."""
    bedrag: Bedrag
    regels: list[Regel]
    betaling: str
    spoed: bool
    toegekend: Bedrag
    """What all its decisions granted together."""
    mandaat: Mandaat | None
    akkoord: Akkoord | None
    """None: it waits for nobody."""
    aanbieder: str
    omschrijving: str
    feiten: dict[str, bool | None]
    reden: str
    document: str
    delen: list[Deel]
    afwegingen: list[Afweging]
    regelversie: str
    besluiten: list[Besluit]
    """Every decision on it, the latest last; the fields above say how it stands by that one."""
    boekingen: list[UUID]
    teruggeboekt: bool
    """All its entries were reversed: the help no longer stands and may be asked for again."""


class Trekkingen(Antwoord, frozen=True, kw_only=True):
    """Draws, in the order in which they were asked or decided."""

    resultaten: list[Trekking]


@get(
    "/gezinsbudgetten/{id_:uuid}/trekkingen",
    opt=open_to(FAMILIES_READ, opens=True),
    summary="Trekkingen op een gezinsbudget",
)
async def list_draws(
    request: Asked, id_: FromPath[UUID], *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Trekkingen]:
    """List the draws on a family budget in order of decision."""
    gemeente = request.user.gemeente
    after = None if cursor is None else read_cursor(cursor, UUID)
    async with connection_for(request) as connection:
        await opened_budget(connection, request, id_)
        known = await draws(
            connection, gemeente=gemeente, family_budget=id_, after=after, limit=limit + 1
        )
    page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
    found = [draw_on_wire(each) for each in page]
    return Response(Trekkingen(resultaten=found), headers=headers)


@get(
    "/trekkingen/{id_:uuid}",
    opt=open_to(FAMILIES_READ, opens=True),
    summary="Een trekking met haar redenen",
)
async def show_draw(request: Asked, id_: FromPath[UUID]) -> Trekking:
    """Show one draw with its whole decision."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        for found in await draws(connection, gemeente=gemeente, ids=[id_]):
            try:
                await opened_budget(connection, request, found.request.family_budget)
            except UnknownFamilyBudget as error:
                raise UnknownDraw from error
            return draw_on_wire(found)
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


@get("/trekkingen", opt=open_to(FAMILIES_READ), summary="Trekkingen die op akkoord wachten")
async def list_awaiting(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Trekkingen]:
    """List the draws that wait for somebody's approval, also those granted with urgency."""
    gemeente = request.user.gemeente
    after = None if cursor is None else read_cursor(cursor, UUID)
    async with connection_for(request) as connection:
        waiting = await awaiting_draws(connection, gemeente=gemeente, after=after, limit=limit + 1)
        seen = {
            budget.id
            for budget in await family_budgets(
                connection, gemeente=gemeente, ids=[each.request.family_budget for each in waiting]
            )
            if sees_family(request.user, budget.family)
        }
    page, headers = first_of(request, waiting, key=lambda each: each.id, limit=limit)
    found = [draw_on_wire(each) for each in page if each.request.family_budget in seen]
    return Response(Trekkingen(resultaten=found), headers=headers)


@post(
    "/trekkingen/{id_:uuid}/beoordelingen",
    opt=open_to(APPROVE, body=(NieuweBeoordeling,), key=True, answers=(Trekking,)),
    summary="Geef akkoord op een trekking, of keur haar af",
)
async def judge_draw(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Trekking]:
    """Judge a draw that waits; what is approved is covered at that moment."""
    content = await raw_body(request)
    asked = decode(content, NieuweBeoordeling)
    gemeente = request.user.gemeente
    judgement = Judgement(
        draw=id_, verdict=asked.oordeel, reason=asked.reden, explanation=asked.toelichting
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        for found in await draws(connection, gemeente=gemeente, ids=[id_]):
            await changeable_draw(connection, request, found, roles=APPROVE)
        return await judge_draws(
            connection,
            instruction=instruction,
            judgements=[judgement],
            booking_date=asked.boekdatum or instruction.today,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[Trekking]:
        (found,) = await draws(connection, gemeente=gemeente, ids=results)
        decision = await decision_in(
            connection, gemeente=gemeente, draw=found.id, chain_number=number
        )
        return Given(body=draw_on_wire(found.as_decided(decision)))

    task = Task(operation=operation, answer=answer)
    return await carry_out(request, task, content=canonical(content), dry_run=proef)


async def changeable_draw(
    connection: AsyncConnection, request: Asked, found: Draw, *, roles: frozenset[str]
) -> None:
    """Refuse a draw of a family that is not for this actor, as if it did not exist.

    :raises UnknownDraw: he may not know of it.
    """
    try:
        await changeable_budget(connection, request.user, found.request.family_budget, roles=roles)
    except UnknownFamilyBudget as error:
        raise UnknownDraw from error


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
        return [draw_on_wire(known[result].as_decided(1)) for result in results]

    async def unnamed(connection: AsyncConnection, results: Sequence[UUID]) -> Trekkingen:
        """Read what was decided without its ids, which nobody finds later."""
        return Trekkingen(resultaten=[unbooked(each) for each in await asked(connection, results)])

    if dry_run:
        return await try_out(request, operation, unnamed, content=content)
    return await perform(request, Task(operation=operation, answer=answer), content=content)


def _request(asked: TrekkingVraag, budget_id: UUID) -> DrawRequest:
    """Read a request for help.

    :raises InvalidInput: it has no amount, and no lines that give one.
    """
    check_amount_or_lines(asked.bedrag, asked.regels)
    until_date = day_after(asked.tot_en_met)
    return DrawRequest(
        family_budget=budget_id,
        persons=tuple(asked.personen),
        kind=asked.soort,
        from_date=asked.van,
        until_date=until_date,
        amount_cents=asked.bedrag.cents if asked.bedrag else 0,
        asked_lines=tuple(
            asked_line(each, from_date=asked.van, until_date=until_date) for each in asked.regels
        ),
        payment=asked.betaling,
        provider=asked.aanbieder,
        description=asked.omschrijving,
        facts=tuple(sorted(asked.feiten.items())),
        reason=asked.reden,
        document=asked.document,
        urgent=asked.spoed,
    )


def unbooked(draw: Trekking) -> Trekking:
    """Leave out the ids that nobody will find."""
    decided = [replace(each, boekingen=[]) for each in draw.besluiten]
    return replace(draw, id=None, boekingen=[], besluiten=decided)


def draw_on_wire(draw: Draw) -> Trekking:
    """Write a draw with every decision on it for the wire."""
    asked, decision = draw.request, draw.decision
    decided = [_decision(each) for each in draw.decisions]
    return Trekking(
        id=draw.id,
        gezinsbudget=asked.family_budget,
        uitkomst=str(decision.outcome),
        zin=decision.sentence,
        weigering=draw.refusal or None,
        personen=list(asked.persons),
        soort=asked.kind,
        van=asked.from_date,
        tot_en_met=last_day(draw.until_date),
        bedrag=amount(asked.amount_cents),
        regels=[line_on_wire(each) for each in asked.lines],
        betaling=asked.payment.value,
        spoed=asked.urgent,
        toegekend=amount(decision.granted_cents),
        mandaat=_mandate(decision),
        akkoord=_approval(decision),
        aanbieder=asked.provider,
        omschrijving=asked.description,
        feiten=dict(asked.facts),
        reden=asked.reason,
        document=asked.document,
        delen=[each for made in decided for each in made.delen],
        afwegingen=[each for made in decided for each in made.afwegingen],
        regelversie=decision.rule_version,
        besluiten=decided,
        boekingen=list(draw.entries),
        teruggeboekt=draw.is_reversed,
    )


def _decision(decided: Decided) -> Besluit:
    answer = decided.answer
    return Besluit(
        nummer=decided.number,
        aanleiding=answer.occasion.value,
        uitkomst=answer.decision.outcome.value,
        zin=answer.decision.sentence,
        weigering=answer.refusal or None,
        besloten_door=decided.decided_by,
        oordeel=answer.judgement.verdict.value if answer.judgement else None,
        toelichting=answer.judgement.explanation if answer.judgement else "",
        verhoging=amount(answer.raised.amount_cents) if answer.raised else None,
        regels=[line_on_wire(each) for each in answer.wanted.lines],
        delen=[_part(each) for each in answer.decision.parts],
        afwegingen=[_weighed(each) for each in answer.decision.weighed],
        boekingen=list(decided.entries),
    )


def _mandate(decision: Decision) -> Mandaat | None:
    found = decision.mandate
    if found is None:
        return None
    return Mandaat(
        rol=found.role or None,
        per_trekking=amount(found.per_draw_cents),
        per_gezin_jaar=amount(found.per_family_year_cents),
        eerder_toegekend=amount(found.granted_before_cents),
    )


def _approval(decision: Decision) -> Akkoord | None:
    found = decision.approval
    if found is None:
        return None
    return Akkoord(rol=found.by, reden=found.reason.value, stap_omhoog_op=found.before)


def _part(part: Part) -> Deel:
    return Deel(
        persoon=part.person,
        middel=part.fund,
        plaats=str(part.place),
        bedrag=amount(part.amount_cents),
        regel=part.rule,
        van=part.from_date,
        tot_en_met=last_day(part.until_date),
        taakveld=part.taakveld,
        categorie=part.category,
        titel=part.standing.value,
        voorlopig=part.provisional,
        verwachte_betaler=part.payer or None,
        aan_te_tonen=list(part.to_be_shown),
        in_plaats_van=part.stands_in_for,
        vooruit=part.ahead,
    )


def _weighed(weighed: Weighed) -> Afweging:
    return Afweging(
        persoon=weighed.person,
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


HANDLERS: Final = (list_draws, list_awaiting, show_draw, add_draws, judge_draw)
