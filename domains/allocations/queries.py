"""Reading allocations, each by its latest version."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.allocations.model import Allocation
from domains.messages.standard import Law
from domains.quantities import Rounding
from ledger.reading import rows


async def allocations(
    connection: AsyncConnection,
    *,
    gemeente: str,
    law: Law | None = None,
    numbers: Iterable[int] | None = None,
    draw: UUID | None = None,
    ids: Iterable[UUID] | None = None,
) -> tuple[Allocation, ...]:
    """List allocations by number: all, or those that are named; of ``ids`` that very version."""
    found = await rows(
        connection,
        "SELECT DISTINCT ON (message_law, number) * FROM domains.allocation"
        " WHERE gemeente = %(gemeente)s"
        " AND (%(law)s::text IS NULL OR message_law = %(law)s)"
        " AND (%(numbers)s::integer[] IS NULL OR number = ANY (%(numbers)s::integer[]))"
        " AND (%(draw)s::uuid IS NULL OR draw_id = %(draw)s)"
        " AND (%(ids)s::uuid[] IS NULL OR allocation_id = ANY (%(ids)s::uuid[]))"
        " ORDER BY message_law, number, version DESC",
        {
            "gemeente": gemeente,
            "law": law,
            "numbers": None if numbers is None else sorted(numbers),
            "draw": draw,
            "ids": None if ids is None else sorted(ids),
        },
    )
    return tuple(_allocation(row) for row in found)


def _allocation(row: Any) -> Allocation:
    return Allocation(
        id=row.allocation_id,
        law=Law(row.message_law),
        number=row.number,
        version=row.version,
        draw=row.draw_id,
        line=row.line,
        person=row.person_id,
        provider=row.provider,
        category=row.product_category,
        code=row.product_code,
        unit=row.unit,
        volume=row.volume,
        frequency=row.frequency,
        budget_cents=row.budget_cents,
        tariff_e4=row.tariff_e4,
        rounding=Rounding(row.rounding),
        from_date=row.from_date,
        until_date=row.until_date,
        change_reason=row.change_reason,
        provider_reference=row.provider_reference,
        recorded_at=row.recorded_at,
    )
