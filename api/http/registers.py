"""The registers behind the money: sources (bronnen), taakvelden and family types (gezinstypen)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, FAMILIES_READ, MONEY
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
    OnDate,
    VerplichteTekst,
    amount,
    check_day,
)
from api.problems import InvalidField, InvalidInput
from domains.budgets.taakvelden import TAAKVELDEN
from domains.families.model import FamilyType
from domains.families.operations import set_family_types
from domains.families.queries import family_types
from domains.instruction import Instruction
from domains.sources import SOURCES


class Bron(Antwoord, frozen=True, kw_only=True):
    """A source of money."""

    code: str
    naam: str
    herkomst: str
    hardheid: str
    grondslag: str
    gesloten_voor_verschuiving: bool
    extern: bool


class Bronnen(Antwoord, frozen=True, kw_only=True):
    """A page of sources."""

    resultaten: list[Bron]


class Taakveld(Antwoord, frozen=True, kw_only=True):
    """An Iv3 unit of a budget and the years in which its code exists."""

    code: str
    naam: str
    eerste_jaar: int
    laatste_jaar: int | None
    oude_code: str
    wet: str
    domein: str


class Taakvelden(Antwoord, frozen=True, kw_only=True):
    """A page of taakvelden."""

    resultaten: list[Taakveld]


class Gezinstype(Invoer, frozen=True, kw_only=True):
    """A kind of family with the band of its fixed amount."""

    code: Code
    naam: VerplichteTekst
    minimum: Bedrag
    norm: Bedrag
    maximum: Bedrag


class Gezinstypen(Antwoord, frozen=True, kw_only=True):
    """A page of family types."""

    resultaten: list[Gezinstype]


class NieuweGezinstypen(Invoer, frozen=True, kw_only=True):
    """Family types to add, or their bands from a day on; today where it is left out."""

    van: date | None = None
    gezinstypen: Annotated[list[Gezinstype], Meta(min_length=1, max_length=MOST)]


@get("/bronnen", opt=open_to(EVERYONE), summary="Bronnen van geld")
async def list_sources(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Bronnen]:
    """List the sources and how tied each is."""
    page, headers = page_of(
        request, SOURCES, key=lambda each: each.code, cursor=cursor, limit=limit
    )
    found = [
        Bron(
            code=each.code,
            naam=each.name,
            herkomst=each.origin,
            hardheid=each.hardness,
            grondslag=each.legal_basis,
            gesloten_voor_verschuiving=each.closed_for_shift,
            extern=each.external,
        )
        for each in page
    ]
    return Response(Bronnen(resultaten=found), headers=headers)


@get("/taakvelden", opt=open_to(EVERYONE), summary="Taakvelden van Iv3, per jaar")
async def list_taakvelden(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Taakvelden]:
    """List the taakvelden with the years in which each exists."""
    page, headers = page_of(
        request,
        TAAKVELDEN,
        key=lambda each: f"{each.code} {each.first_year}",
        cursor=cursor,
        limit=limit,
    )
    found = [
        Taakveld(
            code=each.code,
            naam=each.name,
            eerste_jaar=each.first_year,
            laatste_jaar=each.last_year,
            oude_code=each.former_code,
            wet=each.law,
            domein=each.domain,
        )
        for each in page
    ]
    return Response(Taakvelden(resultaten=found), headers=headers)


@get("/gezinstypen", opt=open_to(FAMILIES_READ), summary="Gezinstypen met hun bandbreedte")
async def list_family_types(
    request: Asked, *, peil_datum: OnDate = None, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Gezinstypen]:
    """List the family types of the gemeente with their bands on a day."""
    gemeente = request.user.gemeente
    services = services_of(request)
    on = services.clock.today() if peil_datum is None else check_day("peilDatum", peil_datum)
    async with db.transaction(services.engine, gemeente) as connection:
        known = await family_types(connection, gemeente=gemeente, on=on)
    page, headers = page_of(request, known, key=lambda each: each.code, cursor=cursor, limit=limit)
    return Response(Gezinstypen(resultaten=[_on_wire(each) for each in page]), headers=headers)


@post(
    "/gezinstypen",
    opt=open_to(MONEY, body=NieuweGezinstypen, key=True),
    summary="Voeg gezinstypen toe",
)
async def add_family_types(request: Asked, *, proef: DryRun = False) -> Response[Gezinstypen]:
    """Add family types, or give one another band from a day on; what stood before stays."""
    content = await raw_body(request)
    asked = decode(content, NieuweGezinstypen)
    _check_bands(asked.gezinstypen)
    wanted = [
        FamilyType(
            code=each.code,
            name=each.naam,
            min_cents=each.minimum.cents,
            norm_cents=each.norm.cents,
            max_cents=each.maximum.cents,
        )
        for each in asked.gezinstypen
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await set_family_types(
            connection,
            instruction=instruction,
            family_types=wanted,
            from_date=asked.van or instruction.today,
        )

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Gezinstypen]:
        codes = {each.code for each in wanted}
        known = await family_types(
            connection,
            gemeente=request.user.gemeente,
            on=asked.van or services_of(request).clock.today(),
        )
        stand = [_on_wire(each) for each in known if each.code in codes]
        return Given(body=Gezinstypen(resultaten=stand), location="/v1/gezinstypen")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


def _check_bands(asked: Sequence[Gezinstype]) -> None:
    """Refuse a band that is upside down.

    :raises InvalidInput: naming every family type that is wrong.
    """
    wrong = [
        InvalidField(
            naam=f"gezinstypen[{place}]",
            bron="body",
            code="bandbreedte",
            reden="minimum moet boven nul liggen, en minimum, norm en maximum moeten oplopen.",
        )
        for place, each in enumerate(asked)
        if not 0 < each.minimum.cents <= each.norm.cents <= each.maximum.cents
    ]
    if wrong:
        raise InvalidInput(fields=tuple(wrong))


def _on_wire(found: FamilyType) -> Gezinstype:
    return Gezinstype(
        code=found.code,
        naam=found.name,
        minimum=amount(found.min_cents),
        norm=amount(found.norm_cents),
        maximum=amount(found.max_cents),
    )


HANDLERS: Final = (list_sources, list_taakvelden, list_family_types, add_family_types)
