"""Funds (middelen): where the money of each source and year is, and what is set apart."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.entry_shapes import Boeking, booked_entry
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    DryRun,
    Invoer,
    KnownUpTo,
    MiddelBedrag,
    OnDate,
    amount,
    as_of,
)
from domains import chart
from domains.budgets.queries import standings
from domains.instruction import Instruction
from domains.pooling.model import FundAmount
from domains.pooling.operations import set_complex_reserve


class Middelstand(Antwoord, frozen=True, kw_only=True):
    """Where the money of a fund is: each euro is in exactly one place."""

    middel: str
    bron: str
    jaar: int
    geautoriseerd: Bedrag
    vrij: Bedrag
    complexe_gezinnen: Bedrag
    wijken: Bedrag
    gezinnen: Bedrag
    verplicht: Bedrag
    besteed: Bedrag
    vrijgevallen: Bedrag
    """Over when the year was closed, and gone."""
    overgeheveld: Bedrag
    """Over when the year was closed, and in a fund of the next year now."""
    tekort: Bedrag


class Middelen(Antwoord, frozen=True, kw_only=True):
    """Every fund on a date, as known up to a link of the chain."""

    peil_datum: date
    stand_per: int
    resultaten: list[Middelstand]


class Reserves(Antwoord, frozen=True, kw_only=True):
    """What every fund keeps apart for the most complex families."""

    peil_datum: date
    stand_per: int
    resultaten: list[MiddelBedrag]


class NieuweReserve(Invoer, frozen=True, kw_only=True):
    """Amounts to set apart, each inside its own fund."""

    boekdatum: date
    bedragen: Annotated[list[MiddelBedrag], Meta(min_length=1, max_length=MOST)]


@get("/middelen", opt=open_to(EVERYONE), summary="Stand van elk middel")
async def list_funds(
    request: Asked, *, peil_datum: OnDate = None, stand_per: KnownUpTo = None
) -> Middelen:
    """Say of every fund where its money is."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        found = await standings(
            connection, gemeente=gemeente, on=moment.on, known_up_to=moment.known_up_to
        )
    return Middelen(
        peil_datum=moment.on,
        stand_per=moment.known_up_to,
        resultaten=[
            Middelstand(
                middel=each.fund,
                bron=chart.source_of(each.fund),
                jaar=chart.year_of(each.fund),
                geautoriseerd=amount(each.authorised_cents),
                vrij=amount(each.free_cents),
                complexe_gezinnen=amount(each.complex_reserve_cents),
                wijken=amount(each.districts_cents),
                gezinnen=amount(each.families_cents),
                verplicht=amount(each.reserved_cents),
                besteed=amount(each.spent_cents),
                vrijgevallen=amount(each.lapsed_cents),
                overgeheveld=amount(each.carried_cents),
                tekort=amount(each.shortage_cents),
            )
            for each in found
        ],
    )


@get("/complexreserves", opt=open_to(EVERYONE), summary="Apart gezet voor complexe gezinnen")
async def list_reserves(
    request: Asked, *, peil_datum: OnDate = None, stand_per: KnownUpTo = None
) -> Reserves:
    """Say of every fund what it keeps apart for the most complex families."""
    known = await list_funds.fn(request, peil_datum=peil_datum, stand_per=stand_per)
    return Reserves(
        peil_datum=known.peil_datum,
        stand_per=known.stand_per,
        resultaten=[
            MiddelBedrag(middel=each.middel, bedrag=each.complexe_gezinnen)
            for each in known.resultaten
            if each.complexe_gezinnen != amount(0)
        ],
    )


@post(
    "/complexreserves",
    opt=open_to(MONEY, body=NieuweReserve, key=True),
    summary="Zet geld apart voor complexe gezinnen",
)
async def set_reserve(request: Asked, *, proef: DryRun = False) -> Response[Boeking]:
    """Set money apart for the most complex families."""
    content = await raw_body(request)
    asked = decode(content, NieuweReserve)
    amounts = [
        FundAmount(fund=each.middel, amount_cents=each.bedrag.cents) for each in asked.bedragen
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await set_complex_reserve(
            connection, instruction=instruction, amounts=amounts, booking_date=asked.boekdatum
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Boeking]:
        return await booked_entry(connection, gemeente=request.user.gemeente, entry=results[0])

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (list_funds, list_reserves, set_reserve)
