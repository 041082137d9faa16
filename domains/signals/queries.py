"""Reading what waits for somebody, in one statement."""

from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.payers.model import UNSETTLED
from domains.settings.model import Settings
from domains.signals.model import Signal, SignalKind
from ledger.reading import rows

_SIGNALS: Final = """
    WITH short AS (
        SELECT part.draw_id, part.fund,
               sum(move.reserved_cents + move.spent_cents)::bigint AS amount_cents,
               min(entry.booking_date) AS since
        FROM domains.part AS part
        JOIN domains.part_move AS move USING (gemeente, part_id)
        JOIN ledger.entry AS entry USING (gemeente, entry_id)
        -- An advance without cover waits for its payer first; what stays is short.
        WHERE gemeente = %(gemeente)s AND part.place = 'tekort' AND NOT part.ahead
          AND (part.standing = 'tekort' OR NOT EXISTS (
              SELECT 1 FROM domains.payer_standing AS waits
              WHERE waits.gemeente = part.gemeente AND waits.part_id = part.part_id
                AND waits.state = ANY (%(unsettled)s::text[])))
        GROUP BY part.draw_id, part.fund
        HAVING sum(move.reserved_cents + move.spent_cents) > 0
    ), latest AS (
        SELECT DISTINCT ON (draw_id) draw_id, occasion, outcome, approval_by, approve_before,
               granted_cents, (decided_at AT TIME ZONE %(zone)s)::date AS decided_on
        FROM domains.draw_decision WHERE gemeente = %(gemeente)s
        ORDER BY draw_id, number DESC
    ), waiting AS (
        SELECT part.draw_id, part.fund, item.owner, item.deadline,
               (min(item.opened_at) AT TIME ZONE %(zone)s)::date AS since,
               sum(open.amount_cents)::bigint AS amount_cents
        FROM domains.payer_item AS item
        JOIN domains.part AS part USING (gemeente, part_id)
        CROSS JOIN LATERAL (
            SELECT sum(CASE WHEN move.to_state = ANY (%(unsettled)s::text[])
                            THEN move.amount_cents ELSE 0 END
                     - CASE WHEN move.from_state = ANY (%(unsettled)s::text[])
                            THEN move.amount_cents ELSE 0 END) AS amount_cents
            FROM domains.payer_move AS move
            WHERE move.gemeente = item.gemeente AND move.part_id = item.part_id
        ) AS open
        WHERE gemeente = %(gemeente)s AND item.deadline < %(today)s AND open.amount_cents > 0
        GROUP BY part.draw_id, part.fund, item.owner, item.deadline
    ), signal (kind, draw_id, fund, amount_cents, owner, since, deadline) AS (
        SELECT 'tekort-te-dekken', draw_id, fund, amount_cents, 'budgethouder', since,
               since + %(shortage_days)s::integer
        FROM short
        UNION ALL
        SELECT 'toegekend-na-termijn', draw_id, '', granted_cents, 'budgethouder', decided_on,
               decided_on + %(approval_days)s::integer
        FROM latest
        WHERE occasion = 'verloop' AND granted_cents > 0 AND approval_by = ''
          AND NOT (SELECT standing.is_reversed FROM domains.standing_draw AS standing
                   WHERE standing.gemeente = %(gemeente)s AND standing.draw_id = latest.draw_id)
        UNION ALL
        SELECT 'akkoord-te-laat', draw_id, '', draw.amount_cents, approval_by,
               (draw.asked_at AT TIME ZONE %(zone)s)::date, approve_before - 1
        FROM latest JOIN domains.draw AS draw USING (draw_id)
        WHERE draw.gemeente = %(gemeente)s AND approve_before <= %(today)s
        UNION ALL
        SELECT 'betaler-te-laat', draw_id, fund, amount_cents, owner, since, deadline
        FROM waiting
    )
    SELECT signal.*, draw.family_budget_id
    FROM signal JOIN domains.draw AS draw USING (draw_id)
    WHERE draw.gemeente = %(gemeente)s
    ORDER BY signal.deadline, signal.kind, signal.draw_id, signal.fund
"""


async def signals(
    connection: AsyncConnection, *, gemeente: str, today: date, settings: Settings
) -> tuple[Signal, ...]:
    """List what waits for somebody, the most urgent first.

    An advance or a request is a signal only after its deadline; it has a list of its own before.
    """
    found = await rows(
        connection,
        _SIGNALS,
        {
            "gemeente": gemeente,
            "today": today,
            "zone": "Europe/Amsterdam",
            "unsettled": list(UNSETTLED),
            "shortage_days": settings.shortage_days,
            "approval_days": settings.approval_days,
        },
    )
    return tuple(
        Signal(
            kind=SignalKind(row.kind),
            draw=row.draw_id,
            family_budget=row.family_budget_id,
            fund=row.fund,
            amount_cents=row.amount_cents,
            owner=row.owner,
            since=row.since,
            deadline=row.deadline,
        )
        for row in found
    )
