"""Reading providers, contracts and tariffs."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.providers.model import (
    Band,
    Contract,
    Product,
    Provider,
    ProviderStanding,
    PurchaseScale,
    Quality,
    Register,
    Tariff,
    Unit,
)
from domains.providers.rules import UnknownProvider, plain
from domains.quantities import Rounding
from ledger.reading import rows

_PRODUCT: Final = """jsonb_build_object(
    'category', {0}.product_category, 'code', {0}.product_code, 'unit', {0}.unit)"""

_REGISTERS: Final = f"""
    SELECT name.known_as, jsonb_build_object(
        'provider', jsonb_build_object('id', provider_id, 'code', provider.code,
            'name', provider.name, 'standings', (
                SELECT jsonb_agg(jsonb_build_object(
                    'id', standing.standing_id, 'version', standing.version,
                    'from_date', standing.from_date, 'quality', standing.quality,
                    'is_barred', standing.is_barred, 'reason', standing.reason)
                    ORDER BY standing.version)
                FROM domains.provider_standing AS standing
                WHERE standing.gemeente = provider.gemeente
                  AND standing.provider_id = provider.provider_id)),
        'contracts', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', contract.contract_id, 'provider', provider.code,
                'reference', contract.reference, 'purchase_scale', contract.purchase_scale,
                'from_date', contract.from_date, 'until_date', contract.until_date)
                ORDER BY contract.contract_id)
            FROM domains.contract AS contract
            WHERE contract.gemeente = provider.gemeente
              AND contract.provider_id = provider.provider_id), '[]'),
        'tariffs', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', tariff.tariff_id, 'contract', tariff.contract_id,
                'product', {_PRODUCT.format("tariff")}, 'version', tariff.version,
                'tariff_e4', tariff.tariff_e4, 'rounding', tariff.rounding,
                'from_date', tariff.from_date) ORDER BY tariff.tariff_id)
            FROM domains.contract AS contract
            JOIN domains.tariff AS tariff USING (gemeente, contract_id)
            WHERE contract.gemeente = provider.gemeente
              AND contract.provider_id = provider.provider_id), '[]'),
        'bands', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', band.band_id, 'product', {_PRODUCT.format("band")},
                'version', band.version, 'low_e4', band.low_e4, 'high_e4', band.high_e4,
                'from_date', band.from_date, 'study', band.study) ORDER BY band.band_id)
            FROM domains.tariff_band AS band
            WHERE band.gemeente = provider.gemeente), '[]')) AS register
    FROM domains.provider_name AS name
    JOIN domains.provider AS provider USING (gemeente, provider_id)
    WHERE name.gemeente = %(gemeente)s AND name.known_as = ANY (%(names)s::text[])
"""


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


async def registers(
    connection: AsyncConnection, *, gemeente: str, names: Iterable[str]
) -> dict[str, Register]:
    """Give what is registered about each of these providers, by code or name, in one statement.

    Contracts and tariffs are its own; the bands are all those of the municipality.
    """
    wanted = {name: plain(name) for name in names}
    found = await rows(connection, _REGISTERS, {"gemeente": gemeente, "names": [*wanted.values()]})
    known = {row.known_as: msgspec.convert(row.register, Register) for row in found}
    return {name: known.get(key, Register()) for name, key in wanted.items()}
