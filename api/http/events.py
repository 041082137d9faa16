"""Life events (gebeurtenissen): what is registered, and the transitions (overgangen) to come."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.body import canonical, decode, raw_body
from api.http.family_budgets import changeable_budget
from api.http.paging import page_of
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import (
    FAMILIES_READ,
    FAMILIES_WRITE,
    FAMILY_BUDGETS_WRITE,
    connection_for,
    may_change_family,
    sees_every_family,
    sees_family,
)
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    END,
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
)
from domains.draws.queries import draws
from domains.draws.refusals import UnknownDraw
from domains.events.execution import cover_shortages
from domains.events.model import EventKind, KnownEvent, Registered, Upcoming
from domains.events.operations import register_event, withdraw_event
from domains.events.queries import events_in, registered_events
from domains.events.rules import LOOK_AHEAD, UnknownEvent, months_later
from domains.events.running import upcoming
from domains.families.queries import families, family
from domains.families.rules import UnknownFamily, UnknownFamilyBudget
from domains.instruction import Actor, Instruction
from domains.municipalities.names import municipality
from domains.rule_base.queries import rule_base
from ledger.balances import moment_of

Within: TypeAlias = Annotated[
    int, QueryParameter(name="binnen", ge=1, le=24, description="Zoveel maanden vooruit.")
]


class NieuwVertrek(Invoer, frozen=True, kw_only=True):
    """A family, or one person of it, goes to live in another municipality."""

    dag: date
    """The first day on which they live there."""
    naar_gemeente: Annotated[str, Meta(pattern="^GM[0-9]{4}" + END, examples=["GM0150"])]
    persoon: UUID | None = None
    """One person; the whole family where it is left out."""
    reden: Tekst = ""


class NieuwIndicatieEinde(Invoer, frozen=True, kw_only=True):
    """A condition that rules ask for no longer holds for a person."""

    persoon: UUID
    dag: date
    """The first day on which it no longer holds."""
    feit: Code
    waarde: bool | None = False
    """What it is from that day on; null: unknown."""
    reden: Tekst = ""


class NieuweIntrekking(Invoer, frozen=True, kw_only=True):
    """Why an event does not happen after all."""

    reden: VerplichteTekst


class Gebeurtenis(Antwoord, frozen=True, kw_only=True):
    """A registered event; only the fields of its kind are filled in."""

    id: UUID
    soort: str
    gezin: UUID
    persoon: UUID | None
    dag: date
    naar_gemeente: str | None
    feit: str | None
    waarde: bool | None
    reden: str
    vastgelegd_op: datetime
    ingetrokken_op: datetime | None
    uitgevoerd_op: datetime | None


class Gebeurtenissen(Antwoord, frozen=True, kw_only=True):
    """A page of registered events."""

    resultaten: list[Gebeurtenis]


class Betalerwissel(Antwoord, frozen=True, kw_only=True):
    """Help to come that somebody else pays from the day on."""

    van_betaler: str
    """The fund that pays until then, or who was to pay its advance."""
    naar_betaler: str
    """The fund that pays then, a party outside, another gemeente, bundeling, or onbekend."""
    bedrag: Bedrag


class Overgang(Antwoord, frozen=True, kw_only=True):
    """An event that is coming; only the fields of its kind are filled in."""

    soort: str
    dag: date
    gezin: UUID | None
    persoon: UUID | None
    leeftijd: int | None
    naar_gemeente: str | None
    feit: str | None
    waarde: bool | None
    regel: str | None
    toelichting: str
    trekkingen: list[UUID]
    wisselingen: list[Betalerwissel]


class Overgangstotaal(Antwoord, frozen=True, kw_only=True):
    """What shifts within a number of months, over all that the actor may see."""

    binnen: int
    aantal: int
    wisselingen: list[Betalerwissel]


class Overgangen(Antwoord, frozen=True, kw_only=True):
    """A page of events to come, and the sums of all of them within 3, 6 and 12 months."""

    van: date
    tot_en_met: date
    totalen: list[Overgangstotaal]
    resultaten: list[Overgang]


@get(
    "/overgangen",
    opt=open_to(FAMILIES_READ),
    summary="Overgangen op komst: wie gaat betalen, en hoeveel",
)
async def list_upcoming(
    request: Asked, *, binnen: Within = 12, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Overgangen]:
    """List the events of the coming months with the euros per fund that shift."""
    gemeente = request.user.gemeente
    services = services_of(request)
    today = services.clock.today()
    last = months_later(today, binnen)
    async with connection_for(request) as connection:
        seen = await _seen_families(connection, request.user)
        events = await events_in(
            connection, gemeente=gemeente, from_date=today, until_date=day_after(last)
        )
        found = await upcoming(
            connection,
            gemeente=gemeente,
            events=[each for each in events if seen is None or each.family in {None, *seen}],
            rules=await rule_base(connection, gemeente=gemeente),
            families=seen,
        )
    page, headers = page_of(
        request,
        found,
        key=lambda each: f"{each.event.kind.value} {each.event.name}",
        cursor=cursor,
        limit=limit,
    )
    body = Overgangen(
        van=today,
        tot_en_met=last,
        totalen=[
            _total(
                [each for each in found if each.event.day <= months_later(today, months)], months
            )
            for months in LOOK_AHEAD
            if months <= binnen
        ],
        resultaten=[_upcoming_on_wire(each) for each in page],
    )
    return Response(body, headers=headers)


class NieuweHerdekking(Invoer, frozen=True, kw_only=True):
    """Looking for cover; on which day it is booked."""

    boekdatum: date | None = None


class Herdekking(Antwoord, frozen=True, kw_only=True):
    """Whether help without cover found some."""

    verplichting: UUID
    herdekt: bool
    zin: str


@get("/gebeurtenissen", opt=open_to(FAMILIES_READ), summary="Vastgelegde gebeurtenissen")
async def list_events(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Gebeurtenissen]:
    """List the registered events of the families that the actor may see, in order of day."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        known = await registered_events(connection, gemeente=gemeente)
        concerned = await families(
            connection, gemeente=gemeente, ids=sorted({each.event.family for each in known})
        )
    seen = {each.id for each in concerned if sees_family(request.user, each)}
    page, headers = page_of(
        request,
        [each for each in known if each.event.family in seen],
        key=lambda each: str(each.id),
        cursor=cursor,
        limit=limit,
    )
    found = [_on_wire(each) for each in page]
    return Response(Gebeurtenissen(resultaten=found), headers=headers)


@post(
    "/gezinnen/{id_:uuid}/vertrekken",
    opt=open_to(FAMILIES_WRITE, body=NieuwVertrek, key=True),
    summary="Leg vast dat een gezin of een lid naar een andere gemeente gaat",
)
async def add_move(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gebeurtenis]:
    """Register a move to another municipality; the help goes on, its payer changes on that day."""
    content = await raw_body(request)
    asked = decode(content, NieuwVertrek)
    municipality(asked.naar_gemeente)  # Refuses a code that no municipality has.
    event = KnownEvent(
        kind=EventKind.MOVE,
        family=id_,
        person=asked.persoon,
        day=asked.dag,
        to_gemeente=asked.naar_gemeente,
        reason=asked.reden,
    )
    return await _register(request, event, content=content, dry_run=proef)


@post(
    "/gezinnen/{id_:uuid}/indicatie-einden",
    opt=open_to(FAMILIES_WRITE, body=NieuwIndicatieEinde, key=True),
    summary="Leg vast dat een indicatie of andere voorwaarde eindigt",
)
async def add_indication_end(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gebeurtenis]:
    """Register that a condition ends; from that day on the rules judge the help without it."""
    content = await raw_body(request)
    asked = decode(content, NieuwIndicatieEinde)
    event = KnownEvent(
        kind=EventKind.INDICATION_END,
        family=id_,
        person=asked.persoon,
        day=asked.dag,
        fact=asked.feit,
        fact_value=asked.waarde,
        reason=asked.reden,
    )
    return await _register(request, event, content=content, dry_run=proef)


@post(
    "/gebeurtenissen/{id_:uuid}/intrekkingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweIntrekking, key=True),
    summary="Trek een gebeurtenis in die niet doorgaat",
)
async def withdraw(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gebeurtenis]:
    """Withdraw a registered event before it is executed."""
    content = await raw_body(request)
    asked = decode(content, NieuweIntrekking)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        for known in await registered_events(connection, gemeente=gemeente, ids=[id_]):
            found = await family(connection, gemeente=gemeente, family_id=known.event.family)
            if not may_change_family(request.user, found, roles=FAMILIES_WRITE):
                raise UnknownEvent
        return await withdraw_event(
            connection, instruction=instruction, event=id_, reason=asked.reden
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


@post(
    "/verplichtingen/{id_:uuid}/herdekkingen",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuweHerdekking, key=True),
    summary="Zoek dekking voor hulp die er nog geen heeft",
)
async def recover(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Herdekking]:
    """Look for cover for what of a draw is still to come and has none; nothing else changes."""
    content = await raw_body(request)
    asked = decode(content, NieuweHerdekking)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        (found,) = await draws(connection, gemeente=gemeente, ids=[id_]) or (None,)
        if found is None:
            raise UnknownDraw
        try:
            await changeable_budget(
                connection,
                request.user,
                found.request.family_budget,
                roles=FAMILY_BUDGETS_WRITE,
            )
        except UnknownFamilyBudget as error:
            raise UnknownDraw from error
        return await cover_shortages(
            connection,
            instruction=instruction,
            draws=[id_],
            booking_date=asked.boekdatum or instruction.today,
        )

    async def answer(
        _connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Herdekking]:
        gained = list(results) == [id_]  # Only a draw that found cover is a result of it.
        return Given(
            body=Herdekking(
                verplichting=id_,
                herdekt=gained,
                zin="Er is dekking gevonden; de trekking toont wie nu betaalt."
                if gained
                else "Er is niets te dekken, of nog geen ruimte; aan de hulp verandert niets.",
            ),
            location=f"/v1/trekkingen/{id_}",
        )

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


async def _register(
    request: Asked, event: KnownEvent, *, content: bytes, dry_run: bool
) -> Response[Gebeurtenis]:
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        found = await family(connection, gemeente=gemeente, family_id=event.family)
        if not may_change_family(request.user, found, roles=FAMILIES_WRITE):
            raise UnknownFamily(family=str(event.family))
        return await register_event(connection, instruction=instruction, event=event)

    return await _carried_out(request, operation, content=content, dry_run=dry_run)


async def _carried_out(
    request: Asked,
    operation: Operation,
    *,
    content: bytes,
    dry_run: bool,
) -> Response[Gebeurtenis]:
    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[Gebeurtenis]:
        gemeente = request.user.gemeente
        (found,) = await registered_events(connection, gemeente=gemeente, ids=results)
        moment = await moment_of(connection, gemeente=gemeente, link=number)
        return Given(body=_on_wire(found.as_known_at(moment)), location="/v1/gebeurtenissen")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


async def _seen_families(connection: AsyncConnection, actor: Actor) -> frozenset[UUID] | None:
    """Give the families that an actor sees where he does not see all."""
    if sees_every_family(actor):
        return None
    known = await families(connection, gemeente=actor.gemeente)
    return frozenset(each.id for each in known if sees_family(actor, each))


def _total(found: Sequence[Upcoming], months: int) -> Overgangstotaal:
    sums: dict[tuple[str, str], int] = {}
    for each in found:
        for shift in each.shifts:
            key = (shift.from_payer, shift.to_payer)
            sums[key] = sums.get(key, 0) + shift.amount_cents
    return Overgangstotaal(
        binnen=months,
        aantal=len(found),
        wisselingen=[
            Betalerwissel(van_betaler=from_payer, naar_betaler=to_payer, bedrag=amount(cents))
            for (from_payer, to_payer), cents in sorted(sums.items())
        ],
    )


def _upcoming_on_wire(found: Upcoming) -> Overgang:
    event = found.event
    return Overgang(
        soort=event.kind.value,
        dag=event.day,
        gezin=event.family,
        persoon=event.person,
        leeftijd=event.age,
        naar_gemeente=event.to_gemeente or None,
        feit=event.fact or None,
        waarde=event.fact_value,
        regel=event.rule or None,
        toelichting=event.reason,
        trekkingen=list(found.draws),
        wisselingen=[
            Betalerwissel(
                van_betaler=each.from_payer,
                naar_betaler=each.to_payer,
                bedrag=amount(each.amount_cents),
            )
            for each in found.shifts
        ],
    )


def _on_wire(known: Registered) -> Gebeurtenis:
    event = known.event
    return Gebeurtenis(
        id=known.id,
        soort=event.kind.value,
        gezin=event.family,
        persoon=event.person,
        dag=event.day,
        naar_gemeente=event.to_gemeente or None,
        feit=event.fact or None,
        waarde=event.fact_value,
        reden=event.reason,
        vastgelegd_op=known.recorded_at,
        ingetrokken_op=known.withdrawn_at,
        uitgevoerd_op=known.executed_at,
    )


HANDLERS: Final = (
    list_upcoming,
    list_events,
    add_move,
    add_indication_end,
    withdraw,
    recover,
)
