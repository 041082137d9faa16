"""Reading what was reserved, in which lines, and what was delivered of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.providers.model import Line, PriceSignal, Product, PurchaseScale, Unit
from domains.quantities import Rounding
from domains.reservations.model import (
    Delivered,
    Delivery,
    DeliveryOutcome,
    NewDelivery,
    Reservation,
)
from domains.reservations.rules import essence
from ledger.reading import rows

_RESERVATIONS: Final = """
    SELECT draw.draw_id, draw.family_budget_id, draw.kind, draw.provider, draw.outcome,
           draw.from_date, draw.stands_until, draw.granted_cents, moved.reserved,
           given.delivered
    FROM domains.standing_draw AS draw
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(move.reserved_cents), 0)::bigint AS reserved
        FROM domains.part AS part JOIN domains.part_move AS move USING (gemeente, part_id)
        WHERE part.gemeente = draw.gemeente AND part.draw_id = draw.draw_id
    ) AS moved
    CROSS JOIN LATERAL (
        -- Not what parts spent: that falls when somebody else turns out to pay.
        SELECT coalesce(sum(delivery.amount_cents), 0)::bigint AS delivered
        FROM domains.delivery AS delivery
        WHERE delivery.gemeente = draw.gemeente AND delivery.draw_id = draw.draw_id
          AND delivery.outcome = 'geleverd'
          AND NOT domains.is_reversed(delivery.gemeente, delivery.entries)
    ) AS given
    WHERE draw.gemeente = %(gemeente)s AND draw.payment = 'verplichting'
      AND draw.granted_cents > 0
      AND (%(ids)s::uuid[] IS NULL OR draw.draw_id = ANY (%(ids)s::uuid[]))
      AND (%(budget)s::uuid IS NULL OR draw.family_budget_id = %(budget)s)
      AND (%(after)s::uuid IS NULL OR draw.draw_id > %(after)s)
      AND EXISTS (
          SELECT 1 FROM domains.family_budget AS seen
          WHERE seen.gemeente = draw.gemeente AND seen.family_budget_id = draw.family_budget_id)
    ORDER BY draw.draw_id LIMIT %(limit)s
"""


async def reservations(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    family_budget: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Reservation, ...]:
    """List reservations in order of granting: these, those of one family budget, or all.

    Only those of families that the transaction sees.
    """
    found = await rows(
        connection,
        _RESERVATIONS,
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "budget": family_budget,
            "after": after,
            "limit": limit,
        },
    )
    return tuple(
        Reservation(
            draw=row.draw_id,
            family_budget=row.family_budget_id,
            kind=row.kind,
            provider=row.provider,
            outcome=row.outcome,
            from_date=row.from_date,
            until_date=row.stands_until,
            granted_cents=row.granted_cents,
            reserved_cents=row.reserved,
            delivered_cents=row.delivered,
        )
        for row in found
    )


async def draw_lines(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> dict[UUID, tuple[Line, ...]]:
    """Give the priced lines of draws, by number; draws without lines are not in it."""
    found = await rows(
        connection,
        "SELECT * FROM domains.draw_line WHERE gemeente = %s AND draw_id = ANY (%s::uuid[])"
        " ORDER BY draw_id, line",
        (gemeente, list(draws)),
    )
    lines: dict[UUID, list[Line]] = {}
    for row in found:
        lines.setdefault(row.draw_id, []).append(_line(row))
    return {draw: tuple(own) for draw, own in lines.items()}


async def delivered(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> dict[tuple[UUID, int], Delivered]:
    """Say what was delivered by volume, per line of each draw."""
    found = await rows(
        connection,
        "SELECT draw_id, line, sum(amount_cents)::bigint AS cents,"
        " sum(volume_e4)::bigint AS volume FROM domains.delivery"
        " WHERE gemeente = %s AND draw_id = ANY (%s::uuid[]) AND outcome = 'geleverd'"
        " AND volume_e4 IS NOT NULL AND NOT domains.is_reversed(gemeente, entries)"
        " GROUP BY draw_id, line",
        (gemeente, list(draws)),
    )
    return {
        (row.draw_id, row.line): Delivered(cents=row.cents, volume_e4=row.volume) for row in found
    }


async def delivered_until(connection: AsyncConnection, *, gemeente: str, draw: UUID) -> date | None:
    """Give the day up to which a draw was delivered (exclusive); ``None``: on no day at all."""
    ((day,),) = await rows(
        connection,
        "SELECT max(until_date) FROM domains.delivery WHERE gemeente = %s AND draw_id = %s"
        " AND outcome = 'geleverd' AND NOT domains.is_reversed(gemeente, entries)",
        (gemeente, draw),
    )
    return day if day is None or isinstance(day, date) else None


async def deliveries(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    draw: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Delivery, ...]:
    """List deliveries in order of recording: those with these ids, of one draw, or all."""
    found = await rows(
        connection,
        "SELECT delivery.*, domains.is_reversed(gemeente, entries) AS is_reversed"
        " FROM domains.delivery AS delivery WHERE gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR delivery_id = ANY (%(ids)s::uuid[]))"
        " AND (%(draw)s::uuid IS NULL OR draw_id = %(draw)s)"
        " AND (%(after)s::uuid IS NULL OR delivery_id > %(after)s)"
        " ORDER BY delivery_id LIMIT %(limit)s",
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "draw": draw,
            "after": after,
            "limit": limit,
        },
    )
    return tuple(_delivery(row) for row in found)


async def told_before(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> dict[NewDelivery, UUID]:
    """Give the deliveries of draws that count or wait for a raise, the latest of equal ones."""
    found = await rows(
        connection,
        "SELECT delivery.*, false AS is_reversed FROM domains.delivery AS delivery"
        " WHERE gemeente = %s AND draw_id = ANY (%s::uuid[]) AND outcome <> 'geweigerd'"
        " AND NOT domains.is_reversed(gemeente, entries) ORDER BY delivery_id",
        (gemeente, list(draws)),
    )
    return {essence(each.asked): each.id for each in map(_delivery, found)}


async def waiting(
    connection: AsyncConnection, *, gemeente: str, draw: UUID
) -> tuple[Delivery, ...]:
    """List the deliveries of a draw that wait for a raise and were not taken up since."""
    found = await rows(
        connection,
        "SELECT delivery.*, false AS is_reversed FROM domains.delivery AS delivery"
        " WHERE gemeente = %s AND draw_id = %s"
        " AND outcome = 'wacht-op-verhoging' AND NOT EXISTS ("
        "  SELECT 1 FROM domains.delivery AS later WHERE later.gemeente = delivery.gemeente"
        "  AND later.resumes = delivery.delivery_id)"
        " ORDER BY delivery_id",
        (gemeente, draw),
    )
    return tuple(_delivery(row) for row in found)


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.delivery_id,
        asked=NewDelivery(
            draw=row.draw_id,
            line=row.line,
            person=row.person_id,
            from_date=row.from_date,
            until_date=row.until_date,
            volume_e4=row.volume_e4,
            amount_cents=row.asked_cents,
            document=row.document,
            resumes=row.resumes,
        ),
        amount_cents=row.amount_cents,
        outcome=DeliveryOutcome(row.outcome),
        refusal=row.refusal,
        sentence=row.sentence,
        entries=tuple(row.entries),
        is_reversed=row.is_reversed,
    )


def _line(row: Any) -> Line:
    return Line(
        number=row.line,
        product=Product(category=row.product_category, code=row.product_code, unit=Unit(row.unit)),
        volume_e4=row.volume_e4,
        tariff_e4=row.tariff_e4,
        rounding=Rounding(row.rounding),
        tariff_version=row.tariff_version,
        purchase_scale=None if row.purchase_scale is None else PurchaseScale(row.purchase_scale),
        signal=PriceSignal(row.signal),
        from_date=row.from_date,
        until_date=row.until_date,
        amount_cents=row.amount_cents,
    )
