"""Reading what waits for somebody, in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.payers.model import UNSETTLED
from domains.settings.model import Settings
from domains.signals.model import Signal, SignalKind
from ledger.reading import rows


def place_of(signal: Signal) -> list[str]:
    """Return where a signal stands in the list; the next page begins after it."""
    ids = (signal.draw, signal.message)
    draw, message = ("" if each is None else str(each) for each in ids)
    return [signal.deadline.isoformat(), signal.kind, draw, signal.fund, message]


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
    ), told AS (
        -- A request is answered by a no (319), or by an allocation with the provider's reference; a
        -- 301 by the allocation itself.
        SELECT DISTINCT ON (notice.message_id, notice.draw_id) notice.message_id, notice.draw_id,
               notice.kind, message.received_on
        FROM domains.provider_notice AS notice
        JOIN domains.message AS message USING (gemeente, message_id)
        WHERE gemeente = %(gemeente)s
          AND notice.kind IN ('toewijzing', 'verzoek', 'verzoek-wijziging')
          AND NOT EXISTS (
              SELECT 1 FROM domains.notice_reply AS reply
              WHERE reply.gemeente = notice.gemeente AND reply.message_id = notice.message_id
                AND reply.answer = '1')
          AND NOT EXISTS (
              SELECT 1 FROM domains.allocation AS given
              WHERE given.gemeente = notice.gemeente AND given.message_law = message.message_law
                AND given.provider = message.provider AND given.allocation_id > notice.notice_id
                AND CASE WHEN notice.kind = 'toewijzing' THEN given.number = notice.allocation
                    ELSE notice.provider_reference <> ''
                         AND given.provider_reference = notice.provider_reference END)
        ORDER BY notice.message_id, notice.draw_id
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
    ), every AS (
        SELECT signal.*, draw.family_budget_id, NULL::uuid AS message_id
        FROM signal JOIN domains.draw AS draw USING (draw_id)
        WHERE draw.gemeente = %(gemeente)s
        UNION ALL
        SELECT CASE WHEN told.kind = 'toewijzing' THEN 'toewijzing-niet-geboekt'
                    ELSE 'verzoek-aanbieder' END, told.draw_id, '', 0, 'budgethouder',
               told.received_on, told.received_on + %(answer_days)s::integer, draw.family_budget_id,
               told.message_id
        FROM told LEFT JOIN domains.draw AS draw
            ON draw.gemeente = %(gemeente)s AND draw.draw_id = told.draw_id
    ), placed AS (
        SELECT every.*, ARRAY[deadline::text, kind, coalesce(draw_id::text, ''), fund,
                              coalesce(message_id::text, '')] COLLATE "C" AS place
        FROM every
    )
    SELECT * FROM placed
    WHERE (%(owner)s::text IS NULL OR owner = %(owner)s)
      AND (%(after)s::text[] IS NULL OR place > %(after)s::text[])
    ORDER BY place LIMIT %(limit)s
"""


_ANSWER_DAYS: Final = 7
"""A request of a provider is answered within five working days (iJw and iWmo 3.2)."""


async def signals(
    connection: AsyncConnection,
    *,
    gemeente: str,
    today: date,
    settings: Settings,
    owner: str | None = None,
    after: Sequence[str] | None = None,
    limit: int | None = None,
) -> tuple[Signal, ...]:
    """List what waits for somebody, or for one owner, the most urgent first.

    An advance or a request to approve is a signal only after its deadline; it has a list of its own
    before. What a message asks is one from the day on which it came.
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
            "answer_days": _ANSWER_DAYS,
            "owner": owner,
            "after": after,
            "limit": limit,
        },
    )
    return tuple(
        Signal(
            kind=SignalKind(row.kind),
            draw=row.draw_id,
            family_budget=row.family_budget_id,
            message=row.message_id,
            fund=row.fund,
            amount_cents=row.amount_cents,
            owner=row.owner,
            since=row.since,
            deadline=row.deadline,
        )
        for row in found
    )
