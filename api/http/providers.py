"""Providers (aanbieders) with how they stand, contracts, tariffs and fair-price bands."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import FAMILIES_READ, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.tariff_shapes import (
    Afronding,
    Eenheid,
    Productcategorie,
    Productcode,
    Tariefbedrag,
    product_of,
    tariff_amount,
)
from api.http.wire import (
    END,
    MOST,
    Antwoord,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    Tekst,
    VerplichteTekst,
    day_after,
    last_day,
)
from domains.instruction import Instruction
from domains.providers import operations, queries
from domains.providers.model import (
    Band,
    Contract,
    NewBand,
    NewContract,
    NewProvider,
    NewStanding,
    NewTariff,
    Provider,
    ProviderStanding,
    PurchaseScale,
    Quality,
    Tariff,
)
from domains.providers.rules import price_signal
from domains.quantities import Rounding

Aanbiedercode: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9.-]{0,39}" + END, examples=["41000001"])
]
OfProvider: TypeAlias = Annotated[
    Code | None, QueryParameter(name="aanbieder", description="Alleen van deze aanbieder (code).")
]


class NieuweStand(Invoer, frozen=True, kw_only=True):
    """How a provider is to stand from a day on."""

    van: date
    kwaliteitskader: Literal["voldoet", "voldoet-niet", "onbekend"] = "onbekend"
    uitgesloten: bool = False
    reden: Tekst = ""


class NieuweAanbieder(NieuweStand, frozen=True, kw_only=True):
    """A provider with how it stands at first."""

    code: Aanbiedercode
    naam: VerplichteTekst


class NieuweAanbieders(Invoer, frozen=True, kw_only=True):
    """Providers to register."""

    aanbieders: Annotated[list[NieuweAanbieder], Meta(min_length=1, max_length=MOST)]


class Aanbiederstand(Antwoord, frozen=True, kw_only=True):
    """How a provider stands from a day on."""

    id: UUID
    versie: int
    van: date
    kwaliteitskader: str
    uitgesloten: bool
    reden: str


class Aanbieder(Antwoord, frozen=True, kw_only=True):
    """A provider with every version of how it stands."""

    id: UUID
    code: str
    naam: str
    standen: list[Aanbiederstand]


class Aanbieders(Antwoord, frozen=True, kw_only=True):
    """A page of providers."""

    resultaten: list[Aanbieder]


class NieuwContract(Invoer, frozen=True, kw_only=True):
    """A contract with a provider."""

    aanbieder: Aanbiedercode
    kenmerk: Code
    inkoopschaal: Literal["lokaal", "regionaal", "landelijk"]
    van: date
    tot_en_met: date | None = None


class NieuweContracten(Invoer, frozen=True, kw_only=True):
    """Contracts to register."""

    contracten: Annotated[list[NieuwContract], Meta(min_length=1, max_length=MOST)]


class ContractStuk(Antwoord, frozen=True, kw_only=True):
    """A contract with a provider."""

    id: UUID
    aanbieder: str
    kenmerk: str
    inkoopschaal: str
    van: date
    tot_en_met: date | None


class Contracten(Antwoord, frozen=True, kw_only=True):
    """A page of contracts."""

    resultaten: list[ContractStuk]


class NieuwTarief(Invoer, frozen=True, kw_only=True):
    """A tariff under a contract from a day on."""

    contract: UUID
    productcategorie: Productcategorie
    productcode: Productcode
    eenheid: Eenheid
    tarief: Tariefbedrag
    afronding: Afronding = "half-omhoog"
    van: date


class NieuweTarieven(Invoer, frozen=True, kw_only=True):
    """Tariffs to lay down."""

    tarieven: Annotated[list[NieuwTarief], Meta(min_length=1, max_length=MOST)]


class Tarief(Antwoord, frozen=True, kw_only=True):
    """A version of a tariff, and what it is in the light of the fair-price band."""

    id: UUID
    contract: UUID
    versie: int
    productcategorie: str
    productcode: str
    eenheid: str
    tarief: Tariefbedrag
    afronding: str
    van: date
    signaal: str


class Tarieven(Antwoord, frozen=True, kw_only=True):
    """A page of tariffs."""

    resultaten: list[Tarief]


class NieuweBandbreedte(Invoer, frozen=True, kw_only=True):
    """Between which tariffs a product has a fair price, from a day on."""

    productcategorie: Productcategorie
    productcode: Productcode
    eenheid: Eenheid
    ondergrens: Tariefbedrag
    bovengrens: Tariefbedrag
    van: date
    onderzoek: VerplichteTekst


class NieuweBandbreedtes(Invoer, frozen=True, kw_only=True):
    """Bands to lay down."""

    bandbreedtes: Annotated[list[NieuweBandbreedte], Meta(min_length=1, max_length=MOST)]


class Bandbreedte(Antwoord, frozen=True, kw_only=True):
    """A version of a fair-price band."""

    id: UUID
    versie: int
    productcategorie: str
    productcode: str
    eenheid: str
    ondergrens: Tariefbedrag
    bovengrens: Tariefbedrag
    van: date
    onderzoek: str


class Bandbreedtes(Antwoord, frozen=True, kw_only=True):
    """A page of bands."""

    resultaten: list[Bandbreedte]


@get("/aanbieders", opt=open_to(FAMILIES_READ), summary="Aanbieders en hoe zij ervoor staan")
async def list_providers(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Aanbieders]:
    """List the providers of the gemeente."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await queries.providers(connection, gemeente=gemeente)
    page, headers = page_of(request, known, key=lambda each: each.code, cursor=cursor, limit=limit)
    found = [_provider(each, each.standings) for each in page]
    return Response(Aanbieders(resultaten=found), headers=headers)


@get("/aanbieders/{aanbieder:str}", opt=open_to(FAMILIES_READ), summary="Een aanbieder")
async def show_provider(request: Asked, aanbieder: FromPath[str]) -> Aanbieder:
    """Show one provider by its code."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await queries.provider(connection, gemeente=gemeente, code=aanbieder)
    return _provider(found, found.standings)


@post(
    "/aanbieders",
    opt=open_to(MONEY, body=NieuweAanbieders, key=True),
    summary="Registreer aanbieders",
)
async def add_providers(request: Asked, *, proef: DryRun = False) -> Response[Aanbieders]:
    """Register providers, each with how it stands at first."""
    content = await raw_body(request)
    wanted = [
        NewProvider(code=each.code, name=each.naam, standing=_new_standing(each))
        for each in decode(content, NieuweAanbieders).aanbieders
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.register_providers(
            connection, instruction=instruction, providers=wanted
        )

    async def made(connection: AsyncConnection, ids: Sequence[UUID]) -> Aanbieders:
        known = await queries.providers(
            connection, gemeente=request.user.gemeente, known_as=[each.code for each in wanted]
        )
        by_id = {each.id: each for each in known}
        # As it was registered, so that a repeated request gets the same answer.
        found = [_provider(by_id[each], by_id[each].standings[:1]) for each in ids]
        return Aanbieders(resultaten=found)

    return await _answered(request, operation, made, content=content, dry_run=proef)


@post(
    "/aanbieders/{aanbieder:str}/standen",
    opt=open_to(MONEY, body=NieuweStand, key=True),
    summary="Leg vast hoe een aanbieder ervoor staat",
)
async def add_standing(
    request: Asked, aanbieder: FromPath[str], *, proef: DryRun = False
) -> Response[Aanbiederstand]:
    """Say how a provider stands from a day on: the quality framework, and whether it is barred."""
    content = await raw_body(request)
    wanted = _new_standing(decode(content, NieuweStand))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.change_standing(
            connection, instruction=instruction, provider=aanbieder, standing=wanted
        )

    async def made(connection: AsyncConnection, ids: Sequence[UUID]) -> Aanbiederstand:
        found = await queries.provider(connection, gemeente=request.user.gemeente, code=aanbieder)
        return next(_standing(each) for each in found.standings if each.id == ids[0])

    return await _answered(request, operation, made, content=content, dry_run=proef)


@get("/contracten", opt=open_to(FAMILIES_READ), summary="Contracten met aanbieders")
async def list_contracts(
    request: Asked, *, aanbieder: OfProvider = None, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Contracten]:
    """List contracts in order of registration."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await queries.contracts(connection, gemeente=gemeente, provider=aanbieder)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Contracten(resultaten=[_contract(each) for each in page]), headers=headers)


@post(
    "/contracten",
    opt=open_to(MONEY, body=NieuweContracten, key=True),
    summary="Registreer contracten",
)
async def add_contracts(request: Asked, *, proef: DryRun = False) -> Response[Contracten]:
    """Register contracts; the purchase scale decides the taakveld of youth help."""
    content = await raw_body(request)
    wanted = [
        NewContract(
            provider=each.aanbieder,
            reference=each.kenmerk,
            purchase_scale=PurchaseScale(each.inkoopschaal),
            from_date=each.van,
            until_date=None if each.tot_en_met is None else day_after(each.tot_en_met),
        )
        for each in decode(content, NieuweContracten).contracten
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.register_contracts(
            connection, instruction=instruction, contracts=wanted
        )

    async def made(connection: AsyncConnection, ids: Sequence[UUID]) -> Contracten:
        known = await queries.contracts(connection, gemeente=request.user.gemeente)
        by_id = {each.id: each for each in known}
        return Contracten(resultaten=[_contract(by_id[each]) for each in ids])

    return await _answered(request, operation, made, content=content, dry_run=proef)


@get("/tarieven", opt=open_to(FAMILIES_READ), summary="Tarieven, elke versie")
async def list_tariffs(
    request: Asked, *, aanbieder: OfProvider = None, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Tarieven]:
    """List tariffs in order of registration, each with its signal against the fair-price band."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        contracts = await queries.contracts(connection, gemeente=gemeente, provider=aanbieder)
        known = await queries.tariffs(
            connection, gemeente=gemeente, contracts=[each.id for each in contracts]
        )
        bands = await queries.bands(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    found = [_tariff(each, bands) for each in page]
    return Response(Tarieven(resultaten=found), headers=headers)


@post("/tarieven", opt=open_to(MONEY, body=NieuweTarieven, key=True), summary="Leg tarieven vast")
async def add_tariffs(request: Asked, *, proef: DryRun = False) -> Response[Tarieven]:
    """Lay tariffs down; one outside its fair-price band is laid down with a signal."""
    content = await raw_body(request)
    wanted = [
        NewTariff(
            contract=each.contract,
            product=product_of(each.productcategorie, each.productcode, each.eenheid),
            tariff_e4=each.tarief.e4,
            rounding=Rounding(each.afronding),
            from_date=each.van,
        )
        for each in decode(content, NieuweTarieven).tarieven
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.set_tariffs(connection, instruction=instruction, tariffs=wanted)

    async def made(connection: AsyncConnection, ids: Sequence[UUID]) -> Tarieven:
        gemeente = request.user.gemeente
        known = await queries.tariffs(
            connection, gemeente=gemeente, contracts=[each.contract for each in wanted]
        )
        # A band of later would change the signal of a repeated answer; ids sort by time.
        bands = [
            band
            for band in await queries.bands(connection, gemeente=gemeente)
            if band.id < min(ids)
        ]
        by_id = {each.id: each for each in known}
        return Tarieven(resultaten=[_tariff(by_id[each], bands) for each in ids])

    return await _answered(request, operation, made, content=content, dry_run=proef)


@get("/bandbreedtes", opt=open_to(FAMILIES_READ), summary="Bandbreedtes van reële tarieven")
async def list_bands(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Bandbreedtes]:
    """List the fair-price bands in order of registration."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await queries.bands(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Bandbreedtes(resultaten=[_band(each) for each in page]), headers=headers)


@post(
    "/bandbreedtes",
    opt=open_to(MONEY, body=NieuweBandbreedtes, key=True),
    summary="Leg bandbreedtes van reële tarieven vast",
)
async def add_bands(request: Asked, *, proef: DryRun = False) -> Response[Bandbreedtes]:
    """Lay fair-price bands down, each with the study that found it."""
    content = await raw_body(request)
    wanted = [
        NewBand(
            product=product_of(each.productcategorie, each.productcode, each.eenheid),
            low_e4=each.ondergrens.e4,
            high_e4=each.bovengrens.e4,
            from_date=each.van,
            study=each.onderzoek,
        )
        for each in decode(content, NieuweBandbreedtes).bandbreedtes
    ]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.set_bands(connection, instruction=instruction, bands=wanted)

    async def made(connection: AsyncConnection, ids: Sequence[UUID]) -> Bandbreedtes:
        known = await queries.bands(connection, gemeente=request.user.gemeente)
        by_id = {each.id: each for each in known}
        return Bandbreedtes(resultaten=[_band(by_id[each]) for each in ids])

    return await _answered(request, operation, made, content=content, dry_run=proef)


async def _answered(
    request: Asked,
    operation: Operation,
    made: Callable[[AsyncConnection, Sequence[UUID]], Awaitable[Any]],
    *,
    content: bytes,
    dry_run: bool,
) -> Response[Any]:
    """Do it, or only try it, and answer with what came of it."""

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Any]:
        return Given(body=await made(connection, results))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


def _new_standing(asked: NieuweStand) -> NewStanding:
    return NewStanding(
        from_date=asked.van,
        quality=Quality(asked.kwaliteitskader),
        is_barred=asked.uitgesloten,
        reason=asked.reden,
    )


def _provider(provider: Provider, standings: Sequence[ProviderStanding]) -> Aanbieder:
    return Aanbieder(
        id=provider.id,
        code=provider.code,
        naam=provider.name,
        standen=[_standing(each) for each in standings],
    )


def _standing(standing: ProviderStanding) -> Aanbiederstand:
    return Aanbiederstand(
        id=standing.id,
        versie=standing.version,
        van=standing.from_date,
        kwaliteitskader=str(standing.quality),
        uitgesloten=standing.is_barred,
        reden=standing.reason,
    )


def _contract(contract: Contract) -> ContractStuk:
    return ContractStuk(
        id=contract.id,
        aanbieder=contract.provider,
        kenmerk=contract.reference,
        inkoopschaal=str(contract.purchase_scale),
        van=contract.from_date,
        tot_en_met=None if contract.until_date is None else last_day(contract.until_date),
    )


def _tariff(tariff: Tariff, bands: Sequence[Band]) -> Tarief:
    signal = price_signal(
        tariff.tariff_e4, product=tariff.product, day=tariff.from_date, bands=bands
    )
    return Tarief(
        id=tariff.id,
        contract=tariff.contract,
        versie=tariff.version,
        productcategorie=tariff.product.category,
        productcode=tariff.product.code,
        eenheid=str(tariff.product.unit),
        tarief=tariff_amount(tariff.tariff_e4),
        afronding=str(tariff.rounding),
        van=tariff.from_date,
        signaal=str(signal),
    )


def _band(band: Band) -> Bandbreedte:
    return Bandbreedte(
        id=band.id,
        versie=band.version,
        productcategorie=band.product.category,
        productcode=band.product.code,
        eenheid=str(band.product.unit),
        ondergrens=tariff_amount(band.low_e4),
        bovengrens=tariff_amount(band.high_e4),
        van=band.from_date,
        onderzoek=band.study,
    )


HANDLERS: Final = (
    list_providers,
    show_provider,
    add_providers,
    add_standing,
    list_contracts,
    add_contracts,
    list_tariffs,
    add_tariffs,
    list_bands,
    add_bands,
)
