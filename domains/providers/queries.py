"""Reading providers, contracts and tariffs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.providers.model import (
    Band,
    Contract,
    Product,
    Provider,
    ProviderStanding,
    PurchaseScale,
    Quality,
    Tariff,
    Unit,
)
from domains.providers.rules import UnknownProvider, plain
from domains.quantities import Rounding
from ledger.reading import rows


async def providers(
    connection: AsyncConnection, *, gemeente: str, known_as: Sequence[str] | None = None
) -> tuple[Provider, ...]:
    """List providers by code: all, or those that these codes or names lead to."""
    found = await rows(
        connection,
        "SELECT provider.provider_id, provider.code, provider.name, standing.standing_id,"
        " standing.version, standing.from_date, standing.quality, standing.is_barred,"
        " standing.reason"
        " FROM domains.provider AS provider"
        " JOIN domains.provider_standing AS standing USING (gemeente, provider_id)"
        " WHERE gemeente = %(gemeente)s AND (%(names)s::text[] IS NULL OR provider_id IN ("
        "  SELECT provider_id FROM domains.provider_name"
        "  WHERE gemeente = %(gemeente)s AND known_as = ANY (%(names)s::text[])))"
        " ORDER BY provider.code, standing.version",
        {
            "gemeente": gemeente,
            "names": None if known_as is None else [plain(each) for each in known_as],
        },
    )
    standings: dict[UUID, list[ProviderStanding]] = {}
    for row in found:
        standings.setdefault(row.provider_id, []).append(
            ProviderStanding(
                id=row.standing_id,
                version=row.version,
                from_date=row.from_date,
                quality=Quality(row.quality),
                is_barred=row.is_barred,
                reason=row.reason,
            )
        )
    return tuple(
        Provider(id=row.provider_id, code=row.code, name=row.name, standings=tuple(own))
        for row in found
        if row.version == 1 and (own := standings[row.provider_id])
    )


async def provider(connection: AsyncConnection, *, gemeente: str, code: str) -> Provider:
    """Give one provider by its code.

    :raises UnknownProvider: nobody with this code is registered.
    """
    for found in await providers(connection, gemeente=gemeente, known_as=[code]):
        if found.code == code:
            return found
    raise UnknownProvider(provider=code)


async def provider_names(connection: AsyncConnection, *, gemeente: str) -> dict[str, str]:
    """Give the code of each provider by every name that leads to it."""
    found = await rows(
        connection,
        "SELECT known_as, code FROM domains.provider_name"
        " JOIN domains.provider USING (gemeente, provider_id) WHERE gemeente = %s",
        (gemeente,),
    )
    return {row.known_as: row.code for row in found}


async def contracts(
    connection: AsyncConnection, *, gemeente: str, provider: str | None = None
) -> tuple[Contract, ...]:
    """List contracts in order of registration: all, or those of one provider by its code."""
    found = await rows(
        connection,
        "SELECT contract_id, provider.code, reference, purchase_scale, from_date, until_date"
        " FROM domains.contract JOIN domains.provider AS provider USING (gemeente, provider_id)"
        " WHERE gemeente = %(gemeente)s"
        " AND (%(provider)s::text IS NULL OR provider.code = %(provider)s)"
        " ORDER BY contract_id",
        {"gemeente": gemeente, "provider": provider},
    )
    return tuple(
        Contract(
            id=row.contract_id,
            provider=row.code,
            reference=row.reference,
            purchase_scale=PurchaseScale(row.purchase_scale),
            from_date=row.from_date,
            until_date=row.until_date,
        )
        for row in found
    )


async def tariffs(
    connection: AsyncConnection, *, gemeente: str, contracts: Sequence[UUID] | None = None
) -> tuple[Tariff, ...]:
    """List tariffs in order of registration: all, or those under these contracts."""
    found = await rows(
        connection,
        "SELECT tariff_id, contract_id, product_category, product_code, unit, version, tariff_e4,"
        " rounding, from_date FROM domains.tariff WHERE gemeente = %(gemeente)s"
        " AND (%(contracts)s::uuid[] IS NULL OR contract_id = ANY (%(contracts)s::uuid[]))"
        " ORDER BY tariff_id",
        {"gemeente": gemeente, "contracts": None if contracts is None else list(contracts)},
    )
    return tuple(
        Tariff(
            id=row.tariff_id,
            contract=row.contract_id,
            product=Product(
                category=row.product_category, code=row.product_code, unit=Unit(row.unit)
            ),
            version=row.version,
            tariff_e4=row.tariff_e4,
            rounding=Rounding(row.rounding),
            from_date=row.from_date,
        )
        for row in found
    )


async def bands(connection: AsyncConnection, *, gemeente: str) -> tuple[Band, ...]:
    """List the fair-price bands in order of registration."""
    found = await rows(
        connection,
        "SELECT band_id, product_category, product_code, unit, version, low_e4, high_e4,"
        " from_date, study FROM domains.tariff_band WHERE gemeente = %s ORDER BY band_id",
        (gemeente,),
    )
    return tuple(
        Band(
            id=row.band_id,
            product=Product(
                category=row.product_category, code=row.product_code, unit=Unit(row.unit)
            ),
            version=row.version,
            low_e4=row.low_e4,
            high_e4=row.high_e4,
            from_date=row.from_date,
            study=row.study,
        )
        for row in found
    )
