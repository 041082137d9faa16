"""Reading what is to be settled between municipalities."""

from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.eligibility.model import Facts
from domains.neighbours.model import Settlement
from ledger.reading import rows

_OPEN: Final = """
    SELECT planned.settlement_id, planned.to_gemeente, planned.item_id, planned.amount_cents,
           draw.kind, draw.request -> 'facts' AS facts, part.from_date, part.until_date,
           (SELECT member.birth_date FROM domains.member AS member
            WHERE member.gemeente = planned.gemeente AND member.person_id = part.person_id
            LIMIT 1) AS birth_date,
           coalesce((SELECT sum(standing.amount_cents) FROM domains.payer_standing AS standing
            WHERE standing.gemeente = planned.gemeente AND standing.part_id = planned.item_id
              AND standing.state = 'geclaimd' AND standing.payer = planned.to_gemeente), 0)
               AS claimed_cents,
           EXISTS (SELECT 1 FROM domains.payer_move AS step
            WHERE step.gemeente = planned.gemeente AND step.part_id = planned.item_id
              AND step.to_state = 'aanvaard' AND step.payer = planned.to_gemeente
              AND step.at >= planned.recorded_at) AS is_accepted
    FROM domains.neighbour_settlement AS planned
    JOIN domains.part AS part
        ON part.gemeente = planned.gemeente AND part.part_id = planned.item_id
    JOIN domains.draw AS draw ON draw.gemeente = part.gemeente AND draw.draw_id = part.draw_id
    WHERE planned.gemeente = %(gemeente)s AND NOT EXISTS (
        SELECT 1 FROM domains.neighbour_settled AS done
        WHERE done.gemeente = planned.gemeente AND done.settlement_id = planned.settlement_id)
    ORDER BY planned.settlement_id
"""


async def open_settlements(connection: AsyncConnection, *, gemeente: str) -> tuple[Settlement, ...]:
    """List what was planned and is not settled on both sides yet, the oldest first."""
    return tuple(
        Settlement(
            id=row.settlement_id,
            gemeente=gemeente,
            to_gemeente=row.to_gemeente,
            item=row.item_id,
            amount_cents=row.amount_cents,
            claimed_cents=int(row.claimed_cents),
            is_accepted=row.is_accepted,
            kind=row.kind,
            birth_date=row.birth_date,
            facts=msgspec.convert(row.facts, Facts),
            from_date=row.from_date,
            until_date=row.until_date,
        )
        for row in await rows(connection, _OPEN, {"gemeente": gemeente})
    )


async def payers_elsewhere(connection: AsyncConnection, *, gemeente: str) -> tuple[str, ...]:
    """List the municipalities that something is advanced for and not settled with."""
    found = await rows(
        connection,
        "SELECT DISTINCT part.payer FROM domains.payer_item AS item"
        " JOIN domains.standing_part AS part USING (gemeente, part_id)"
        " WHERE gemeente = %s AND part.payer ~ '^GM[0-9]{4}$' AND part.spent_cents > 0"
        " ORDER BY part.payer",
        (gemeente,),
    )
    return tuple(row[0] for row in found)
