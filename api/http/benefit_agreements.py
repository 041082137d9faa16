"""Agreements on domain benefits (baatafspraken), and what is settled and realised by them."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.benefits import Deel, Getal
from api.http.body import canonical, decode, raw_body
from api.http.effect_studies import Leeg
from api.http.paging import page_of
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import BOOKS, MONEY
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
    VerplichteTekst,
    amount,
    check_order,
    day_after,
    last_day,
)
from domains.benefits.agreements.model import (
    AgreementOrder,
    BudgetPlace,
    Cashable,
    CashableClass,
    KeptAgreement,
    KeptSettlement,
    SettlementOrder,
)
from domains.benefits.agreements.operations import (
    realise,
    record_agreement,
    record_cashable,
    settle,
)
from domains.benefits.agreements.queries import agreements, settlements
from domains.benefits.agreements.refusals import SettlementUnknown
from domains.benefits.settlement import Agreement, RateStep
from domains.instruction import Instruction


class Begrotingsplaats(Invoer, frozen=True, kw_only=True):
    """Where in the budget lasten or baten of a settlement stand."""

    bron: Code
    programma: Code
    taakveld: Code


class Minimum(Invoer, frozen=True, kw_only=True):
    """The least saving for a class of numbers of families, as a part; linear inside the class."""

    van_gezinnen: Annotated[int, Meta(ge=1)]
    tot_en_met_gezinnen: Annotated[int, Meta(ge=1)] | None = None
    deel_van: Deel
    deel_tot: Deel


class NieuweBaatafspraak(Invoer, frozen=True, kw_only=True):
    """What a receiving and a contributing domain agree on sharing savings."""

    ontvanger: Code
    betaler: Code
    van: date
    tot_en_met: date
    minima: Annotated[list[Minimum], Meta(min_length=1, max_length=20)]
    deel: Deel
    begrenzing_inzet: Getal
    begrenzing_ontvanger: Deel
    drempel: Bedrag
    jaren_zonder_verlies: Annotated[int, Meta(ge=0, le=20)]
    deel_verlies: Deel
    begrenzing_verlies: Deel
    lasten: Begrotingsplaats
    baten: Begrotingsplaats
    besluit: VerplichteTekst


class Baatafspraak(Antwoord, frozen=True, kw_only=True):
    """An agreement as it counts."""

    id: UUID
    versie: int
    afspraak: NieuweBaatafspraak


class Baatafspraken(Antwoord, frozen=True, kw_only=True):
    """A page of agreements."""

    resultaten: list[Baatafspraak]


class Verzilverbaarheid(Invoer, frozen=True, kw_only=True):
    """What part of a saving a domain can really spend less, from a day on."""

    domein: Code
    klasse: Literal["C0", "C1", "C2"]
    deel: Deel
    stap: Bedrag = Bedrag(waarde="0.00")
    geldig_van: date
    besluit: VerplichteTekst


class Verzilverbaarheden(Invoer, frozen=True, kw_only=True):
    """What domains can really spend less."""

    verzilverbaarheden: Annotated[list[Verzilverbaarheid], Meta(min_length=1, max_length=MOST)]


class NieuwVerrekenvoorstel(Invoer, frozen=True, kw_only=True):
    """Which agreement is settled: that of two domains on a day, over the year around it."""

    ontvanger: Code
    betaler: Code
    dag: date
    kwaliteit_gebleven: bool
    """No waiting time or crisis placement rose: less care is no saving."""


class Verrekenvoorstel(Antwoord, frozen=True, kw_only=True):
    """What an agreement gives over a year, as drafted in a change of the budget."""

    id: UUID
    baatafspraak: UUID
    jaar: int
    nummer: int
    ontvanger: str
    betaler: str
    bedrag: Bedrag
    begrotingswijziging: UUID | None
    verzilverd: bool


class Verrekenvoorstellen(Antwoord, frozen=True, kw_only=True):
    """A page of settlements."""

    resultaten: list[Verrekenvoorstel]


@get("/baatafspraken", opt=open_to(BOOKS), summary="Afspraken over het delen van besparingen")
async def list_agreements(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Baatafspraken]:
    """List the agreements as they stand now."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await agreements(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Baatafspraken(resultaten=[_agreement(each) for each in page]), headers=headers)


@post(
    "/baatafspraken",
    opt=open_to(MONEY, body=NieuweBaatafspraak, key=True),
    summary="Leg een afspraak over het delen van besparingen vast",
)
async def add_agreement(request: Asked, *, proef: DryRun = False) -> Response[Baatafspraak]:
    """Record an agreement between two domains."""
    return await _recorded(request, None, dry_run=proef)


@post(
    "/baatafspraken/{id_:uuid}/versies",
    opt=open_to(MONEY, body=NieuweBaatafspraak, key=True),
    summary="Leg een nieuwe versie van een baatafspraak vast",
)
async def add_version(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Baatafspraak]:
    """Record a new version of an agreement."""
    return await _recorded(request, id_, dry_run=proef)


@post(
    "/verzilverbaarheden",
    opt=open_to(MONEY, body=Verzilverbaarheden, key=True),
    summary="Leg vast welk deel van een besparing een domein echt minder kan uitgeven",
)
async def add_cashables(request: Asked, *, proef: DryRun = False) -> Response[Verzilverbaarheden]:
    """Record what domains can really spend less."""
    content = await raw_body(request)
    asked = decode(content, Verzilverbaarheden)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await record_cashable(
            connection,
            instruction=instruction,
            cashables=[
                Cashable(
                    domain=each.domein,
                    kind=CashableClass(each.klasse),
                    part=Fraction(each.deel),
                    step_cents=each.stap.cents,
                    from_date=each.geldig_van,
                    decision=each.besluit,
                )
                for each in asked.verzilverbaarheden
            ],
        )

    async def answer(
        _connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Verzilverbaarheden]:
        return Given(body=asked)

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


@get("/verrekenvoorstellen", opt=open_to(BOOKS), summary="Verrekenvoorstellen van baatafspraken")
async def list_settlements(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Verrekenvoorstellen]:
    """List the settlements of all agreements, the oldest first."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await settlements(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    body = Verrekenvoorstellen(resultaten=[_settlement(each) for each in page])
    return Response(body, headers=headers)


@post(
    "/verrekenvoorstellen",
    opt=open_to(MONEY, body=NieuwVerrekenvoorstel, key=True),
    summary="Stel een verrekening voor, als concept-begrotingswijziging",
)
async def add_settlement(request: Asked, *, proef: DryRun = False) -> Response[Verrekenvoorstel]:
    """Settle a year of an agreement; money moves only when the council adopts the change."""
    content = await raw_body(request)
    asked = decode(content, NieuwVerrekenvoorstel)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await settle(
            connection,
            instruction=instruction,
            order=SettlementOrder(
                receiver=asked.ontvanger,
                contributor=asked.betaler,
                on=asked.dag,
                quality_holds=asked.kwaliteit_gebleven,
            ),
        )

    return await _settled(request, operation, settlement=None, content=content, dry_run=proef)


@post(
    "/verrekenvoorstellen/{id_:uuid}/verzilveringen",
    opt=open_to(MONEY, body=Leeg, key=True),
    summary="Verzilver een verrekening waarvan de begrotingswijziging is vastgesteld",
)
async def add_realisation(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Verrekenvoorstel]:
    """Realise a settlement whose change of the budget was adopted."""
    content = await raw_body(request)
    decode(content, Leeg)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await realise(connection, instruction=instruction, asked=[id_])

    return await _settled(request, operation, settlement=id_, content=content, dry_run=proef)


HANDLERS: Final = (
    list_agreements,
    add_agreement,
    add_version,
    add_cashables,
    list_settlements,
    add_settlement,
    add_realisation,
)


async def _recorded(
    request: Asked, agreement: UUID | None, *, dry_run: bool
) -> Response[Baatafspraak]:
    content = await raw_body(request)
    asked = decode(content, NieuweBaatafspraak)
    check_order(asked.van, asked.tot_en_met)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await record_agreement(
            connection, instruction=instruction, order=_order(asked), agreement=agreement
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Baatafspraak]:
        known = await agreements(connection, gemeente=gemeente)
        (found,) = [each for each in known if each.id == results[0]]
        return Given(body=_agreement(found), location="/v1/baatafspraken")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


async def _settled(
    request: Asked,
    operation: Operation,
    *,
    settlement: UUID | None,
    content: bytes,
    dry_run: bool,
) -> Response[Verrekenvoorstel]:
    """Do something with a settlement, or make it, and answer with it."""
    gemeente = request.user.gemeente

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Verrekenvoorstel]:
        asked = settlement or results[0]
        for found in await settlements(connection, gemeente=gemeente, ids=[asked]):
            return Given(body=_settlement(found), location="/v1/verrekenvoorstellen")
        raise SettlementUnknown(settlement=str(asked))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


def _order(asked: NieuweBaatafspraak) -> AgreementOrder:
    return AgreementOrder(
        receiver=asked.ontvanger,
        contributor=asked.betaler,
        from_date=asked.van,
        until_date=day_after(asked.tot_en_met),
        terms=Agreement(
            least_rates=tuple(
                RateStep(
                    first=each.van_gezinnen,
                    last=each.tot_en_met_gezinnen,
                    at_first=Fraction(each.deel_van),
                    at_last=Fraction(each.deel_tot),
                )
                for each in asked.minima
            ),
            share=Fraction(asked.deel),
            investment_cap=Fraction(asked.begrenzing_inzet),
            benchmark_cap=Fraction(asked.begrenzing_ontvanger),
            floor_cents=asked.drempel.cents,
            one_sided_years=asked.jaren_zonder_verlies,
            loss_share=Fraction(asked.deel_verlies),
            loss_limit=Fraction(asked.begrenzing_verlies),
        ),
        expenses=_place(asked.lasten),
        revenues=_place(asked.baten),
        decision=asked.besluit,
    )


def _place(asked: Begrotingsplaats) -> BudgetPlace:
    return BudgetPlace(source=asked.bron, programme=asked.programma, taakveld=asked.taakveld)


def _agreement(found: KeptAgreement) -> Baatafspraak:
    order, terms = found.order, found.order.terms
    return Baatafspraak(
        id=found.id,
        versie=found.number,
        afspraak=NieuweBaatafspraak(
            ontvanger=order.receiver,
            betaler=order.contributor,
            van=order.from_date,
            tot_en_met=last_day(order.until_date),
            minima=[
                Minimum(
                    van_gezinnen=each.first,
                    tot_en_met_gezinnen=each.last,
                    deel_van=_text(each.at_first),
                    deel_tot=_text(each.at_last),
                )
                for each in terms.least_rates
            ],
            deel=_text(terms.share),
            begrenzing_inzet=_text(terms.investment_cap),
            begrenzing_ontvanger=_text(terms.benchmark_cap),
            drempel=amount(terms.floor_cents),
            jaren_zonder_verlies=terms.one_sided_years,
            deel_verlies=_text(terms.loss_share),
            begrenzing_verlies=_text(terms.loss_limit),
            lasten=_wired(order.expenses),
            baten=_wired(order.revenues),
            besluit=order.decision,
        ),
    )


def _wired(place: BudgetPlace) -> Begrotingsplaats:
    return Begrotingsplaats(bron=place.source, programma=place.programme, taakveld=place.taakveld)


def _text(part: Fraction) -> str:
    """Write a fraction as a decimal number, without nothings at its end."""
    return f"{float(part):.6f}".rstrip("0").rstrip(".")


def _settlement(found: KeptSettlement) -> Verrekenvoorstel:
    return Verrekenvoorstel(
        id=found.id,
        baatafspraak=found.agreement_id,
        jaar=found.year,
        nummer=found.number,
        ontvanger=found.receiver,
        betaler=found.contributor,
        bedrag=amount(found.amount_cents),
        begrotingswijziging=found.change_id,
        verzilverd=found.is_realised,
    )
