"""Districts (wijken) and their pooled budgets (wijkbudgetten)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.entry_shapes import Boeking, booked_entry
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, MONEY, sees_families
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Cursor,
    DryRun,
    Invoer,
    KnownUpTo,
    Limit,
    Middel,
    MiddelBedrag,
    OnDate,
    VerplichteTekst,
    Wijk,
    amount,
    as_of,
)
from api.problems import InvalidField, InvalidInput
from domains import chart
from domains.districts.operations import import_districts
from domains.districts.queries import districts, helped_families
from domains.districts.rules import Key, key_weights
from domains.instruction import Instruction, refuse_repetition
from domains.pooling.model import FundAmount
from domains.pooling.operations import fill_districts, return_from_district
from domains.pooling.rules import check_amount, split_by_key
from domains.readers.model import District
from domains.small_cells import hidden_cells
from ledger.accounts import Book
from ledger.balances import trial_balance


class Wijkgegevens(Invoer, frozen=True, kw_only=True):
    """A district with the figures that a key may use."""

    code: Wijk
    naam: VerplichteTekst
    inwoners: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    huishoudens: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None


class NieuweWijken(Invoer, frozen=True, kw_only=True):
    """Districts to add."""

    wijken: Annotated[list[Wijkgegevens], Meta(min_length=1, max_length=1000)]


class Wijken(Antwoord, frozen=True, kw_only=True):
    """A page of districts."""

    resultaten: list[Wijkgegevens]


class Wijkbudget(Antwoord, frozen=True, kw_only=True):
    """The pooled budget of a district: one amount, and the funds that it is made of.

    Whoever sees aggregates only gets no amounts where they would tell of few families.
    """

    wijk: str
    totaal: Bedrag | None
    middelen: list[MiddelBedrag]


class Wijkbudgetten(Antwoord, frozen=True, kw_only=True):
    """A page of district budgets on a date, as known up to a link of the chain."""

    peil_datum: date
    stand_per: int
    resultaten: list[Wijkbudget]


class WijkBedragen(Invoer, frozen=True, kw_only=True):
    """What a district gets of each fund."""

    wijk: Wijk
    bedragen: Annotated[list[MiddelBedrag], Meta(min_length=1, max_length=MOST)]


class NieuwWijkbudget(Invoer, frozen=True, kw_only=True):
    """Money for districts: by hand in ``wijken``, or one fund by a key over all of them."""

    boekdatum: date
    toelichting: VerplichteTekst
    wijken: Annotated[list[WijkBedragen], Meta(min_length=1, max_length=1000)] | None = None
    verdeelsleutel: Literal["inwoners", "huishoudens"] | None = None
    middel: Middel | None = None
    bedrag: Bedrag | None = None


class Teruggave(Invoer, frozen=True, kw_only=True):
    """Money that a district gives back to the free room of its funds."""

    boekdatum: date
    bedragen: Annotated[list[MiddelBedrag], Meta(min_length=1, max_length=MOST)]


@get("/wijken", opt=open_to(EVERYONE), summary="Wijken van de gemeente")
async def list_districts(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Wijken]:
    """List the districts of the gemeente."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await districts(connection, gemeente=gemeente)
    page, headers = page_of(request, known, key=lambda each: each.code, cursor=cursor, limit=limit)
    return Response(Wijken(resultaten=[_on_wire(each) for each in page]), headers=headers)


@post("/wijken", opt=open_to(MONEY, body=NieuweWijken, key=True), summary="Voeg wijken toe")
async def add_districts(request: Asked, *, proef: DryRun = False) -> Response[Wijken]:
    """Add districts; one that is known keeps what it has, and gets the figures it lacked."""
    content = await raw_body(request)
    asked = decode(content, NieuweWijken)
    wanted = [
        District(
            code=each.code, name=each.naam, inhabitants=each.inwoners, households=each.huishoudens
        )
        for each in asked.wijken
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await import_districts(connection, instruction=instruction, districts=wanted)

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Wijken]:
        codes = {each.code for each in wanted}
        known = await districts(connection, gemeente=request.user.gemeente)
        stand = [_on_wire(each) for each in known if each.code in codes]
        return Given(body=Wijken(resultaten=stand), location="/v1/wijken")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@get("/wijkbudgetten", opt=open_to(EVERYONE), summary="Wijkbudgetten met hun middelen")
async def list_district_budgets(
    request: Asked,
    *,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[Wijkbudgetten]:
    """Say of every district what it has of each fund."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        found = await trial_balance(
            connection,
            gemeente=gemeente,
            book=Book.BUDGET,
            on=moment.on,
            known_up_to=moment.known_up_to,
            code=chart.DISTRICT,
        )
        families = await helped_families(connection, gemeente=gemeente)
    hidden = frozenset() if sees_families(request.user) else hidden_cells(families)
    per_district: dict[str, dict[str, int]] = {}
    for each in found:
        funds = per_district.setdefault(each.account.dimension("wijk") or "", {})
        funds[each.account.colour] = each.balance_cents
    budgets = [
        Wijkbudget(
            wijk=wijk,
            totaal=None if wijk in hidden else amount(sum(funds.values())),
            middelen=[
                MiddelBedrag(middel=fund, bedrag=amount(cents))
                for fund, cents in sorted(funds.items())
                if wijk not in hidden
            ],
        )
        for wijk, funds in sorted(per_district.items())
    ]
    page, headers = page_of(
        request,
        budgets,
        key=lambda each: each.wijk,
        cursor=cursor,
        limit=limit,
        pinned=moment.pinned,
    )
    body = Wijkbudgetten(peil_datum=moment.on, stand_per=moment.known_up_to, resultaten=list(page))
    return Response(body, headers=headers)


@post(
    "/wijkbudgetten",
    opt=open_to(MONEY, body=NieuwWijkbudget, key=True),
    summary="Vul wijkbudgetten, met de hand of met een verdeelsleutel",
)
async def fill(request: Asked, *, proef: DryRun = False) -> Response[Boeking]:
    """Fill district budgets by hand, or one fund by a key over all districts."""
    content = await raw_body(request)
    asked = decode(content, NieuwWijkbudget)
    _check_one_way(asked)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        # First, because a district that came later may lack what the key needs.
        await refuse_repetition(connection, instruction=instruction)
        return await fill_districts(
            connection,
            instruction=instruction,
            amounts=await _amounts(connection, gemeente, asked),
            booking_date=asked.boekdatum,
            explanation=asked.toelichting,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Boeking]:
        return await booked_entry(connection, gemeente=gemeente, entry=results[0])

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/wijkbudgetten/{wijk:str}/teruggaven",
    opt=open_to(MONEY, body=Teruggave, key=True),
    summary="Geef geld van een wijkbudget terug",
)
async def give_back(
    request: Asked, wijk: FromPath[str], *, proef: DryRun = False
) -> Response[Boeking]:
    """Give money of a district budget back to the free room of its funds."""
    content = await raw_body(request)
    asked = decode(content, Teruggave)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await return_from_district(
            connection,
            instruction=instruction,
            wijk=wijk,
            amounts=_fund_amounts(asked.bedragen),
            booking_date=asked.boekdatum,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Boeking]:
        return await booked_entry(connection, gemeente=gemeente, entry=results[0])

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


async def _amounts(
    connection: AsyncConnection, gemeente: str, asked: NieuwWijkbudget
) -> dict[str, list[FundAmount]]:
    """Give what each district gets, by hand or by the key."""
    if asked.wijken is not None:
        found: dict[str, list[FundAmount]] = {}
        for each in asked.wijken:
            found.setdefault(each.wijk, []).extend(_fund_amounts(each.bedragen))
        return found
    key, fund, total = asked.verdeelsleutel, asked.middel, asked.bedrag
    if key is None or fund is None or total is None:
        raise AssertionError("checked before")
    check_amount(total.cents)
    weights = key_weights(Key(key), await districts(connection, gemeente=gemeente))
    return {
        code: [FundAmount(fund=fund, amount_cents=cents)]
        for code, cents in split_by_key(total.cents, weights).items()
    }


def _check_one_way(asked: NieuwWijkbudget) -> None:
    """Refuse a body that mixes both ways of filling, or is half of one.

    :raises InvalidInput: naming what is missing or too much.
    """
    by_key = {
        "verdeelsleutel": asked.verdeelsleutel,
        "middel": asked.middel,
        "bedrag": asked.bedrag,
    }
    given = [name for name, value in by_key.items() if value is not None]
    if asked.wijken is not None:
        wrong = [(name, "mag niet samen met wijken.") for name in given]
    elif given:
        wrong = [(name, "ontbreekt.") for name in by_key if name not in given]
    else:
        wrong = [("wijken", "ontbreekt; geef wijken, of verdeelsleutel met middel en bedrag.")]
    if wrong:
        raise InvalidInput(
            fields=tuple(
                InvalidField(naam=name, bron="body", code="verplicht", reden=reason)
                for name, reason in wrong
            )
        )


def _fund_amounts(asked: Sequence[MiddelBedrag]) -> list[FundAmount]:
    return [FundAmount(fund=each.middel, amount_cents=each.bedrag.cents) for each in asked]


def _on_wire(found: District) -> Wijkgegevens:
    return Wijkgegevens(
        code=found.code,
        naam=found.name,
        inwoners=found.inhabitants,
        huishoudens=found.households,
    )


HANDLERS: Final = (list_districts, add_districts, list_district_budgets, fill, give_back)
