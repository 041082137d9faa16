"""Reading districts."""

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.districts.rules import UnknownDistrict
from domains.readers.model import District
from ledger.reading import rows


async def districts(connection: AsyncConnection, *, gemeente: str) -> tuple[District, ...]:
    """List the districts of a municipality by code."""
    found = await rows(
        connection,
        "SELECT district, name, inhabitants, households FROM domains.district"
        " WHERE gemeente = %s ORDER BY district",
        (gemeente,),
    )
    return tuple(
        District(
            code=code,
            name=name,
            inhabitants=inhabitants,
            households=households,
        )
        for code, name, inhabitants, households in found
    )


async def district(connection: AsyncConnection, *, gemeente: str, code: str) -> District:
    """Give one district.

    :raises UnknownDistrict: this municipality has no such district.
    """
    for found in await districts(connection, gemeente=gemeente):
        if found.code == code:
            return found
    raise UnknownDistrict(district=code)


async def helped_families(connection: AsyncConnection, *, gemeente: str) -> dict[str, int]:
    """Count per district the families with a budget that live there."""
    found = await rows(
        connection,
        "SELECT lives.district, count(*) AS families FROM ("
        " SELECT DISTINCT ON (family_id) family_id, district FROM domains.family_district"
        " WHERE gemeente = %(gemeente)s ORDER BY family_id, from_date DESC) AS lives"
        " WHERE EXISTS (SELECT 1 FROM domains.family_budget AS budget"
        " WHERE budget.gemeente = %(gemeente)s AND budget.family_id = lives.family_id)"
        " GROUP BY lives.district",
        {"gemeente": gemeente},
    )
    return {row.district: int(row.families) for row in found}
