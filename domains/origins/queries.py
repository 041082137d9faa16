"""Reading what stands behind an entry."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.origins.model import Origin, OriginKind
from ledger.reading import rows

_ORIGINS: Final = """
    WITH entry AS (
        SELECT entry.gemeente, entry.entry_id, entry.chain_number, entry.decision, entry.metadata,
               coalesce(request.results, '{}') AS results
        FROM ledger.entry AS entry
        LEFT JOIN ledger.request AS request USING (gemeente, chain_number)
        WHERE entry.gemeente = %(gemeente)s AND entry.entry_id = %(entry)s
    )
    SELECT DISTINCT kind, id FROM entry CROSS JOIN LATERAL (
        SELECT 'aanvraag' AS kind, draw_id AS id FROM domains.draw
        WHERE draw.gemeente = entry.gemeente AND draw_id = entry.decision
        UNION ALL
        SELECT 'begroting', import_id FROM domains.budget_import AS file
        WHERE file.gemeente = entry.gemeente AND import_id = ANY (entry.results)
        UNION ALL
        SELECT 'begrotingswijziging', change_id FROM domains.budget_change_adoption AS change
        WHERE change.gemeente = entry.gemeente AND change_id = entry.decision
        UNION ALL
        SELECT 'bericht', message_id FROM domains.message
        WHERE message.gemeente = entry.gemeente
          AND message_id::text = entry.metadata ->> 'bericht'
        UNION ALL
        SELECT 'openstaande-betaler', part_id FROM domains.part
        WHERE part.gemeente = entry.gemeente
          AND part_id::text = entry.metadata ->> 'openstaande_betaler'
        UNION ALL
        SELECT 'verrekening', run_id FROM domains.netting_item AS netted
        WHERE netted.gemeente = entry.gemeente AND netted.entry_id = entry.entry_id
        UNION ALL
        SELECT 'jaarafsluiting', closing_id FROM domains.year_closing AS closing
        WHERE closing.gemeente = entry.gemeente AND closing_id = entry.decision
    ) AS origin ORDER BY kind, id
"""


async def origins_of(
    connection: AsyncConnection, *, gemeente: str, entry: UUID
) -> tuple[Origin, ...]:
    """List the source documents behind an entry; empty where somebody booked it by hand."""
    found = await rows(connection, _ORIGINS, {"gemeente": gemeente, "entry": entry})
    return tuple(Origin(kind=OriginKind(row.kind), id=row.id) for row in found)
