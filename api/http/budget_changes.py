"""Changes of the budget (begrotingswijzigingen): drafted, made again, adopted by the council."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.budgets import taakveld_faults
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, MONEY
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
    Jaar,
    Limit,
    VerplichteTekst,
    amount,
)
from api.problems import InvalidInput
from domains.budget_changes.model import BudgetChange, ChangeLine, Duration, ShownLine
from domains.budget_changes.operations import adopt, draft, draft_again, draft_from_items
from domains.budget_changes.queries import (
    budget_changes,
    latest,
    lines_as_of,
    lines_with_old,
)
from domains.budget_changes.rules import ChangeUnknown
from domains.budgets.mapping import Side
from domains.council.model import Cause
from domains.instruction import Instruction
from domains.sources import source

Versienummer = Annotated[int, Meta(ge=1, le=100_000)]


class Mutatieregel(Invoer, frozen=True, kw_only=True):
    """By how much lasten or baten of a source change."""

    kant: Literal["lasten", "baten"]
    bron: Code
    programma: Code
    taakveld: Code
    mutatie: Bedrag
    duur: Literal["structureel", "incidenteel"] = "incidenteel"
    aanleiding: Literal["buiten-programma", "boven-autorisatie", "tekort", "eigen"] = "eigen"


Mutatieregels = Annotated[list[Mutatieregel], Meta(min_length=1, max_length=1000)]


class NieuweBegrotingswijziging(Invoer, frozen=True, kw_only=True):
    """A draft: of lines of one's own, or without lines of what the council has to decide."""

    jaar: Jaar
    omschrijving: VerplichteTekst
    regels: Mutatieregels | None = None


class NieuweVersie(Invoer, frozen=True, kw_only=True):
    """What takes the place of the version that was read."""

    versie: Versienummer
    omschrijving: VerplichteTekst
    regels: Mutatieregels


class Vaststelling(Invoer, frozen=True, kw_only=True):
    """The decision of the council on the version that it had before it."""

    versie: Versienummer
    besluit: VerplichteTekst
    besluitdatum: date


class Wijzigingsregel(Antwoord, frozen=True, kw_only=True):
    """A line with what stood before it and what stands after it."""

    kant: str
    bron: str
    programma: str
    taakveld: str
    oud: Bedrag
    mutatie: Bedrag
    nieuw: Bedrag
    duur: str
    aanleiding: str


class Begrotingswijziging(Antwoord, frozen=True, kw_only=True):
    """A version of a change of the budget, in short."""

    id: UUID
    jaar: int
    versie: int
    omschrijving: str
    status: Literal["ontwerp", "vastgesteld"]
    lasten: Bedrag
    baten: Bedrag
    te_dekken: Bedrag
    """Lasten less baten; zero before it can be adopted."""
    besluit: str | None
    besluitdatum: date | None
    boekingen: list[UUID]
    vastgelegd_op: datetime
    vastgelegd_door: str


class Begrotingswijzigingen(Antwoord, frozen=True, kw_only=True):
    """A page of changes, each as it stands now."""

    resultaten: list[Begrotingswijziging]


class VolledigeWijziging(Begrotingswijziging, frozen=True, kw_only=True):
    """A version with its lines; lasten and baten apart."""

    lastenregels: list[Wijzigingsregel]
    batenregels: list[Wijzigingsregel]


@get(
    "/begrotingswijzigingen",
    opt=open_to(EVERYONE),
    summary="Begrotingswijzigingen, ontworpen en vastgesteld",
)
async def list_changes(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Begrotingswijzigingen]:
    """List the changes of the budget, each in the version that counts."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = latest(await budget_changes(connection, gemeente=gemeente))
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(
        Begrotingswijzigingen(resultaten=[_short(each) for each in page]), headers=headers
    )


@get(
    "/begrotingswijzigingen/{id_:uuid}",
    opt=open_to(EVERYONE),
    summary="Een begrotingswijziging met oud, mutatie en nieuw",
)
async def show_change(request: Asked, id_: FromPath[UUID]) -> VolledigeWijziging:
    """Show the version of a change that counts.

    :raises ChangeUnknown: there is no such change.
    """
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = latest(await budget_changes(connection, gemeente=gemeente, change=id_))
        if not found:
            raise ChangeUnknown(change=str(id_))
        lines = await lines_with_old(connection, gemeente=gemeente, change=found[0])
    return _whole(found[0], lines)


@post(
    "/begrotingswijzigingen",
    opt=open_to(MONEY, body=NieuweBegrotingswijziging, key=True),
    summary="Ontwerp een begrotingswijziging, uit wat de raad moet besluiten of uit eigen regels",
)
async def add_change(request: Asked, *, proef: DryRun = False) -> Response[VolledigeWijziging]:
    """Draft a change of the budget."""
    content = await raw_body(request)
    asked = decode(content, NieuweBegrotingswijziging)
    lines = _lines(asked.regels or [], year=asked.jaar)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        if asked.regels is None:
            return await draft_from_items(
                connection,
                instruction=instruction,
                year=asked.jaar,
                description=asked.omschrijving,
            )
        return await draft(
            connection,
            instruction=instruction,
            year=asked.jaar,
            description=asked.omschrijving,
            lines=lines,
        )

    return await carry_out(
        request,
        Task(operation=operation, answer=_version_of(request.user.gemeente)),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/begrotingswijzigingen/{id_:uuid}/versies",
    opt=open_to(MONEY, body=NieuweVersie, key=True),
    summary="Maak een nieuwe versie van een ontwerp",
)
async def add_version(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[VolledigeWijziging]:
    """Make a new version of a draft in the place of the one that was read."""
    content = await raw_body(request)
    asked = decode(content, NieuweVersie)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        found = await budget_changes(connection, gemeente=gemeente, change=id_)
        if not found:
            raise ChangeUnknown(change=str(id_))
        return await draft_again(
            connection,
            instruction=instruction,
            change=id_,
            number=asked.versie,
            description=asked.omschrijving,
            lines=_lines(asked.regels, year=found[0].year),
        )

    return await carry_out(
        request,
        Task(operation=operation, answer=_version_of(gemeente)),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/begrotingswijzigingen/{id_:uuid}/vaststellingen",
    opt=open_to(MONEY, body=Vaststelling, key=True),
    summary="Boek wat de raad heeft vastgesteld",
)
async def add_adoption(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[VolledigeWijziging]:
    """Book a change as the council adopted it."""
    content = await raw_body(request)
    asked = decode(content, Vaststelling)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await adopt(
            connection,
            instruction=instruction,
            change=id_,
            number=asked.versie,
            decision=asked.besluit,
            decided_on=asked.besluitdatum,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[VolledigeWijziging]:
        (made,) = latest(await budget_changes(connection, gemeente=gemeente, change=results[0]))
        lines = await lines_with_old(connection, gemeente=gemeente, change=made)
        return Given(
            body=_whole(made, lines),
            location=f"/v1/begrotingswijzigingen/{made.id}",
        )

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (list_changes, show_change, add_change, add_version, add_adoption)


def _version_of(
    gemeente: str,
) -> Callable[[AsyncConnection, Sequence[UUID], int], Awaitable[Given[VolledigeWijziging]]]:
    """Read back the version that an operation recorded, as it was then: a draft."""

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[VolledigeWijziging]:
        (found,) = await budget_changes(connection, gemeente=gemeente, version=results[0])
        made = replace(found, adoption=None)
        lines = await lines_as_of(connection, gemeente=gemeente, change=made, known_up_to=number)
        return Given(body=_whole(made, lines), location=f"/v1/begrotingswijzigingen/{made.id}")

    return answer


def _lines(asked: Sequence[Mutatieregel], *, year: int) -> tuple[ChangeLine, ...]:
    """Turn asked lines into those of the domain.

    :raises InvalidInput: taakvelden that the year does not know, all at once.
    """
    faults = taakveld_faults(
        {f"regels[{place}].taakveld": line.taakveld for place, line in enumerate(asked)},
        year=year,
    )
    if faults:
        raise InvalidInput(fields=tuple(faults))
    return tuple(
        ChangeLine(
            side=Side(line.kant),
            source=source(line.bron).code,
            programme=line.programma,
            taakveld=line.taakveld,
            change_cents=line.mutatie.cents,
            duration=Duration(line.duur),
            cause=Cause(line.aanleiding),
        )
        for line in asked
    )


def _short(change: BudgetChange) -> Begrotingswijziging:
    adoption = change.adoption
    expenses, revenues = (change.total_cents(side) for side in (Side.EXPENSES, Side.REVENUES))
    return Begrotingswijziging(
        id=change.id,
        jaar=change.year,
        versie=change.number,
        omschrijving=change.description,
        status="ontwerp" if adoption is None else "vastgesteld",
        lasten=amount(expenses),
        baten=amount(revenues),
        te_dekken=amount(expenses - revenues),
        besluit=None if adoption is None else adoption.decision,
        besluitdatum=None if adoption is None else adoption.decided_on,
        boekingen=[] if adoption is None else list(adoption.entries),
        vastgelegd_op=change.recorded_at,
        vastgelegd_door=change.actor,
    )


def _whole(change: BudgetChange, lines: Sequence[ShownLine]) -> VolledigeWijziging:
    shown = [(each.line.side, _shown(each)) for each in lines]
    return VolledigeWijziging(
        **msgspec.structs.asdict(_short(change)),
        lastenregels=[line for side, line in shown if side is Side.EXPENSES],
        batenregels=[line for side, line in shown if side is Side.REVENUES],
    )


def _shown(each: ShownLine) -> Wijzigingsregel:
    line = each.line
    return Wijzigingsregel(
        kant=line.side,
        bron=line.source,
        programma=line.programme,
        taakveld=line.taakveld,
        oud=amount(each.old_cents),
        mutatie=amount(line.change_cents),
        nieuw=amount(each.new_cents),
        duur=line.duration,
        aanleiding=line.cause,
    )
