"""What becomes of a family: members, lead professional, moves, the big five, splits and merges."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.clock import calendar_day
from api.http.body import canonical, decode, raw_body
from api.http.families import Gezin, answer_with_family, changeable_family
from api.http.opening import opened_family
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import (
    BIRTH_DATES,
    FAMILIES_WRITE,
    connection_for,
    may_change_team,
)
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Code,
    DryRun,
    Invoer,
    MiddelBedrag,
    Tekst,
    Wijk,
)
from api.problems import InvalidField, InvalidInput, NotYourTeam
from domains.families import operations
from domains.families.model import BigFiveAnswer, BigFivePart, BigFiveState
from domains.families.queries import big_five, family
from domains.families.rules import is_youngster, not_arranged
from domains.instruction import Instruction
from domains.pooling.model import FundAmount
from domains.regrouping.model import Household
from domains.regrouping.operations import merge_families, split_family
from ledger.balances import moment_of


class NieuwGezinslid(Invoer, frozen=True, kw_only=True):
    """Who joins: a birth date for whoever is new, or the pseudonym of whoever left a family."""

    geboortedatum: date | None = None
    persoon: UUID | None = None
    van: date | None = None


class NieuweUittreding(Invoer, frozen=True, kw_only=True):
    """Who leaves, and the first day on which he no longer belongs to the family."""

    persoon: UUID
    van: date | None = None


class NieuweRegisseur(Invoer, frozen=True, kw_only=True):
    """Who leads the help from a day on; without a team it is that of the family."""

    naam: Code
    team: Code | None = None
    van: date | None = None


class NieuweVerhuizing(Invoer, frozen=True, kw_only=True):
    """The district of the gemeente to which a family moves."""

    wijk: Wijk
    van: date | None = None


class GroteVijfDeel(Invoer, frozen=True, kw_only=True):
    """One of the big five and how far it is; a reason where it does not apply."""

    onderdeel: BigFivePart
    stand: BigFiveState
    reden: Tekst = ""


class NieuweGroteVijf(Invoer, frozen=True, kw_only=True):
    """How far the big five of a youngster are; what is left out stays as it was."""

    persoon: UUID
    onderdelen: Annotated[list[GroteVijfDeel], Meta(min_length=1, max_length=5)]


class GroteVijf(Antwoord, frozen=True, kw_only=True):
    """The big five of a youngster: what was last recorded of each."""

    persoon: UUID
    onderdelen: list[GroteVijfDeel]
    geregeld: bool
    """Whether each of the five is arranged, or does not apply."""


class GroteVijven(Antwoord, frozen=True, kw_only=True):
    """The big five of every youngster of a family."""

    resultaten: list[GroteVijf]


class NieuweSplitsing(Invoer, frozen=True, kw_only=True):
    """Who forms a family of his own; what is left out is as in the old family.

    Without amounts each member takes an equal share of what is left.
    """

    personen: Annotated[list[UUID], Meta(min_length=1, max_length=40)]
    van: date | None = None
    boekdatum: date | None = None
    wijk: Wijk | None = None
    gezinstype: Code | None = None
    team: Code | None = None
    regisseur: Code | None = None
    middelen: Annotated[list[MiddelBedrag], Meta(max_length=MOST)] | None = None


class NieuweSamenvoeging(Invoer, frozen=True, kw_only=True):
    """The family whose members and money come to this one."""

    gezin: UUID
    van: date | None = None
    boekdatum: date | None = None


_ONE_OF_BOTH: Final = InvalidField(
    naam="persoon",
    bron="body",
    code="een-van-beide",
    reden="geef een geboortedatum, of een persoon die eerder bij een gezin hoorde; niet allebei.",
)


@post(
    "/gezinnen/{id_:uuid}/leden",
    opt=open_to(FAMILIES_WRITE, body=NieuwGezinslid, key=True),
    summary="Voeg een lid toe aan een gezin",
)
async def add_member(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezin]:
    """Add a newborn or another newcomer, or whoever left a family before."""
    content = await raw_body(request)
    asked = decode(content, NieuwGezinslid)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        from_date = asked.van or instruction.today
        if asked.persoon is not None and asked.geboortedatum is None:
            return await operations.take_in(
                connection,
                instruction=instruction,
                family=id_,
                person=asked.persoon,
                from_date=from_date,
            )
        if asked.geboortedatum is not None and asked.persoon is None:
            return await operations.add_member(
                connection,
                instruction=instruction,
                family=id_,
                birth_date=asked.geboortedatum,
                from_date=from_date,
            )
        raise InvalidInput(fields=(_ONE_OF_BOTH,))

    return await _changed(request, id_, operation, content=content, dry_run=proef)


@post(
    "/gezinnen/{id_:uuid}/uittredingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweUittreding, key=True),
    summary="Leg vast dat iemand het gezin verlaat",
)
async def let_leave(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezin]:
    """Let a member leave; the help that was granted goes on."""
    content = await raw_body(request)
    asked = decode(content, NieuweUittreding)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await operations.let_leave(
            connection,
            instruction=instruction,
            family=id_,
            person=asked.persoon,
            from_date=asked.van or instruction.today,
        )

    return await _changed(request, id_, operation, content=content, dry_run=proef)


@post(
    "/gezinnen/{id_:uuid}/regisseurs",
    opt=open_to(FAMILIES_WRITE, body=NieuweRegisseur, key=True),
    summary="Draag de regie over",
)
async def hand_over(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Gezin]:
    """Let somebody lead the help from a day on; whoever did so before stops that day."""
    content = await raw_body(request)
    asked = decode(content, NieuweRegisseur)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        found = await changeable_family(connection, request.user, id_)
        return await operations.hand_over(
            connection,
            instruction=instruction,
            family=id_,
            professional=asked.naam,
            team=asked.team or found.team,
            from_date=asked.van or instruction.today,
        )

    return await _changed(request, id_, operation, content=content, dry_run=proef)


@post(
    "/gezinnen/{id_:uuid}/verhuizingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweVerhuizing, key=True),
    summary="Leg een verhuizing binnen de gemeente vast",
)
async def move(request: Asked, id_: FromPath[UUID], *, proef: DryRun = False) -> Response[Gezin]:
    """Let a family live in another district from a day on; what was granted stays."""
    content = await raw_body(request)
    asked = decode(content, NieuweVerhuizing)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await operations.move_family(
            connection,
            instruction=instruction,
            family=id_,
            wijk=asked.wijk,
            from_date=asked.van or instruction.today,
        )

    return await _changed(request, id_, operation, content=content, dry_run=proef)


@get(
    "/gezinnen/{id_:uuid}/grote-vijf",
    opt=open_to(BIRTH_DATES, opens=True),
    summary="De grote vijf van de jongeren in een gezin",
)
async def show_big_five(request: Asked, id_: FromPath[UUID]) -> GroteVijven:
    """Show what is arranged for every youngster of 16 to 23 years."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        await opened_family(connection, request, id_)
        return await _big_five(connection, gemeente, id_, at=services_of(request).clock.now())


@post(
    "/gezinnen/{id_:uuid}/grote-vijf",
    opt=open_to(FAMILIES_WRITE & BIRTH_DATES, body=NieuweGroteVijf, key=True),
    summary="Leg de grote vijf van een jongere vast",
)
async def record_big_five(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[GroteVijven]:
    """Record how far the big five of a youngster are."""
    content = await raw_body(request)
    asked = decode(content, NieuweGroteVijf)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await operations.record_big_five(
            connection,
            instruction=instruction,
            family=id_,
            person=asked.persoon,
            answers=[
                BigFiveAnswer(part=each.onderdeel, state=each.stand, reason=each.reden)
                for each in asked.onderdelen
            ],
        )

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], number: int
    ) -> Given[GroteVijven]:
        moment = await moment_of(connection, gemeente=request.user.gemeente, link=number)
        body = await _big_five(connection, request.user.gemeente, id_, at=moment)
        return Given(body=body, location=f"/v1/gezinnen/{id_}/grote-vijf")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/gezinnen/{id_:uuid}/splitsingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweSplitsing, key=True),
    summary="Splits een gezin",
)
async def split(request: Asked, id_: FromPath[UUID], *, proef: DryRun = False) -> Response[Gezin]:
    """Let members form a family of their own, with a share of the money; gives that family."""
    content = await raw_body(request)
    asked = decode(content, NieuweSplitsing)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        found = await changeable_family(connection, request.user, id_)
        team = asked.team or found.team
        if not may_change_team(request.user, team, roles=FAMILIES_WRITE):
            raise NotYourTeam(team=team)
        return await split_family(
            connection,
            instruction=instruction,
            family=id_,
            persons=asked.personen,
            household=Household(
                district=asked.wijk,
                family_type=asked.gezinstype,
                team=asked.team,
                professional=asked.regisseur,
            ),
            amounts=None
            if asked.middelen is None
            else [
                FundAmount(fund=each.middel, amount_cents=each.bedrag.cents)
                for each in asked.middelen
            ],
            from_date=asked.van or instruction.today,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await _changed(request, None, operation, content=content, dry_run=proef)


@post(
    "/gezinnen/{id_:uuid}/samenvoegingen",
    opt=open_to(FAMILIES_WRITE, body=NieuweSamenvoeging, key=True),
    summary="Voeg een ander gezin bij dit gezin",
)
async def merge(request: Asked, id_: FromPath[UUID], *, proef: DryRun = False) -> Response[Gezin]:
    """Let all members and all money of another family go to this one."""
    content = await raw_body(request)
    asked = decode(content, NieuweSamenvoeging)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        await changeable_family(connection, request.user, asked.gezin)
        return await merge_families(
            connection,
            instruction=instruction,
            family=id_,
            other=asked.gezin,
            from_date=asked.van or instruction.today,
            booking_date=asked.boekdatum or instruction.today,
        )

    return await _changed(request, id_, operation, content=content, dry_run=proef)


async def _changed(
    request: Asked,
    family_id: UUID | None,
    operation: Operation,
    *,
    content: bytes,
    dry_run: bool,
) -> Response[Gezin]:
    """Change a family and answer with it as it was then, or with the family that came of it."""

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[Gezin]:
        changed = family_id or results[0]
        return await answer_with_family(request, connection, changed, number=number)

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


async def _big_five(
    connection: AsyncConnection, gemeente: str, family_id: UUID, *, at: datetime
) -> GroteVijven:
    """Write the big five as they were known at a moment."""
    on = calendar_day(at)
    found = await family(connection, gemeente=gemeente, family_id=family_id, known_at=at)
    youngsters = [member.person for member in found.present if is_youngster(member, on=on)]
    answers = await big_five(connection, gemeente=gemeente, persons=youngsters, known_at=at)
    lacking = {person for person, _ in not_arranged(found, answers, today=on)}
    return GroteVijven(
        resultaten=[
            GroteVijf(
                persoon=person,
                onderdelen=[
                    GroteVijfDeel(onderdeel=each.part, stand=each.state, reden=each.reason)
                    for each in answers.get(person, ())
                ],
                geregeld=person not in lacking,
            )
            for person in youngsters
        ]
    )


HANDLERS: Final = (
    add_member,
    let_leave,
    hand_over,
    move,
    show_big_five,
    record_big_five,
    split,
    merge,
)
