"""Reading what is to be settled between municipalities."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.eligibility.model import Facts
from domains.neighbours.model import Debt, Receipt, Receivable, Settlement
from ledger.accounts import Book
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


_DEBTS: Final = """
    SELECT cost.settlement_id, cost.from_gemeente, cost.amount_cents, booked.day,
           paid.payment_id, paid.booking_date AS paid_on
    FROM domains.neighbour_cost AS cost
    CROSS JOIN LATERAL (
        SELECT max(entry.booking_date) AS day FROM ledger.entry AS entry
        WHERE entry.gemeente = cost.gemeente AND entry.entry_id = ANY (cost.entries)
    ) AS booked
    LEFT JOIN LATERAL (
        SELECT payment.payment_id, payment.booking_date FROM domains.neighbour_payment AS payment
        WHERE payment.gemeente = cost.gemeente AND payment.settlement_id = cost.settlement_id
          AND CASE WHEN %(payment)s::uuid IS NULL
                   THEN NOT domains.is_reversed(payment.gemeente, ARRAY[payment.entry_id])
                   ELSE payment.payment_id = %(payment)s END LIMIT 1
    ) AS paid ON true
    WHERE cost.gemeente = %(gemeente)s
      AND (%(other)s::text IS NULL OR cost.from_gemeente = %(other)s)
      AND (%(ids)s::uuid[] IS NULL OR cost.settlement_id = ANY (%(ids)s::uuid[]))
      AND (%(payment)s::uuid IS NULL OR paid.payment_id IS NOT NULL)
      AND (%(after)s::uuid IS NULL OR cost.settlement_id > %(after)s)
      AND NOT domains.is_reversed(cost.gemeente, cost.entries)
    ORDER BY cost.settlement_id LIMIT %(limit)s
"""

_RECEIVABLES: Final = """
    SELECT planned.settlement_id, planned.to_gemeente, planned.item_id,
           least(planned.amount_cents, standing.amount_cents) AS cents
    FROM domains.neighbour_settled AS done
    JOIN domains.neighbour_settlement AS planned USING (gemeente, settlement_id)
    JOIN domains.payer_standing AS standing
      ON standing.gemeente = planned.gemeente AND standing.part_id = planned.item_id
     AND standing.state = 'aanvaard' AND standing.payer = planned.to_gemeente
    WHERE done.gemeente = %(gemeente)s AND NOT EXISTS (
        SELECT 1 FROM domains.neighbour_received AS received
        WHERE received.gemeente = done.gemeente AND received.settlement_id = done.settlement_id
          AND NOT domains.is_reversed(received.gemeente, ARRAY[received.entry_id]))
    ORDER BY planned.settlement_id
"""


async def debts(
    connection: AsyncConnection,
    *,
    gemeente: str,
    other: str | None = None,
    ids: Sequence[UUID] | None = None,
    payment: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Debt, ...]:
    """List what is, or was, owed to another municipality or to all, the oldest first.

    With a payment: what that paid, also where it was reversed since.
    """
    found = await rows(
        connection,
        _DEBTS,
        {
            "gemeente": gemeente,
            "other": other,
            "ids": None if ids is None else list(ids),
            "payment": payment,
            "after": after,
            "limit": limit,
        },
    )
    return tuple(
        Debt(
            settlement=row.settlement_id,
            gemeente=row.from_gemeente,
            amount_cents=row.amount_cents,
            booked_on=row.day,
            payment=row.payment_id,
            paid_on=row.paid_on,
        )
        for row in found
    )


async def owed_per_fund(
    connection: AsyncConnection, *, gemeente: str, settlements: Sequence[UUID]
) -> dict[str, int]:
    """Sum per fund what settlements made this municipality owe, in whole cents."""
    found = await rows(
        connection,
        "SELECT account.colour, -sum(posting.amount_cents)::bigint AS cents"
        " FROM domains.neighbour_cost AS cost CROSS JOIN unnest(cost.entries) AS named (entry_id)"
        " JOIN ledger.entry AS entry"
        " ON entry.gemeente = cost.gemeente AND entry.entry_id = named.entry_id"
        " JOIN ledger.posting AS posting ON posting.gemeente = entry.gemeente"
        " AND posting.chain_number = entry.chain_number AND posting.position = entry.position"
        " JOIN ledger.account AS account ON account.gemeente = posting.gemeente"
        " AND account.account_id = posting.account_id"
        " WHERE cost.gemeente = %(gemeente)s AND cost.settlement_id = ANY (%(ids)s::uuid[])"
        " AND account.book = %(book)s AND account.code = %(code)s"
        " GROUP BY account.colour ORDER BY account.colour",
        {
            "gemeente": gemeente,
            "ids": list(settlements),
            "book": str(Book.LASTEN),
            "code": chart.OWED_TO_GEMEENTE,
        },
    )
    return {row.colour: row.cents for row in found}


async def receivables(connection: AsyncConnection, *, gemeente: str) -> tuple[Receivable, ...]:
    """List what other municipalities accepted and did not pay here yet, the oldest first."""
    return tuple(
        Receivable(
            settlement=row.settlement_id,
            to_gemeente=row.to_gemeente,
            item=row.item_id,
            amount_cents=row.cents,
        )
        for row in await rows(connection, _RECEIVABLES, {"gemeente": gemeente})
    )


async def receipts(connection: AsyncConnection, *, gemeente: str) -> tuple[Receipt, ...]:
    """List what other municipalities paid and stands as such here, the oldest first."""
    found = await rows(
        connection,
        "SELECT received.settlement_id, planned.to_gemeente, received.entry_id"
        " FROM domains.neighbour_received AS received"
        " JOIN domains.neighbour_settlement AS planned USING (gemeente, settlement_id)"
        " WHERE gemeente = %s AND NOT domains.is_reversed(gemeente, ARRAY[received.entry_id])"
        " ORDER BY received.settlement_id",
        (gemeente,),
    )
    return tuple(
        Receipt(settlement=row.settlement_id, to_gemeente=row.to_gemeente, entry=row.entry_id)
        for row in found
    )


async def standing_payments(
    connection: AsyncConnection, *, gemeente: str, settlements: Sequence[UUID], up_to: date
) -> dict[UUID, UUID]:
    """Give the payment of each settlement that this municipality paid up to a day (inclusive).

    What was reversed since does not count.
    """
    found = await rows(
        connection,
        "SELECT settlement_id, payment_id FROM domains.neighbour_payment"
        " WHERE gemeente = %s AND settlement_id = ANY (%s::uuid[]) AND booking_date <= %s"
        " AND NOT domains.is_reversed(gemeente, ARRAY[entry_id])",
        (gemeente, list(settlements), up_to),
    )
    return {row.settlement_id: row.payment_id for row in found}
