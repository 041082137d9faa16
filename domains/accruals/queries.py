"""Reading what was accrued at the end of a year and not declared yet."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.accruals.model import OpenAccrual
from domains.reservations.standing import File
from domains.year_end.queries import closed_years
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_OPEN: Final = """
    SELECT draw.draw_id, account.colour AS fund, draw.provider, draw.kind,
           -balance.balance_cents AS cents, accrued.since
    FROM ledger.account AS account
    JOIN ledger.balance AS balance USING (gemeente, account_id)
    JOIN domains.draw AS draw ON draw.gemeente = account.gemeente
        AND draw.draw_id = (account.dimensions ->> 'verplichting')::uuid
    CROSS JOIN LATERAL (
        SELECT min(entry.booking_date) AS since
        FROM ledger.posting AS posting
        JOIN ledger.entry AS entry USING (gemeente, chain_number, position)
        WHERE posting.gemeente = account.gemeente AND posting.account_id = account.account_id
    ) AS accrued
    WHERE account.gemeente = %(gemeente)s AND account.book = %(book)s
      AND account.code = %(code)s AND balance.balance_cents < 0
      AND (%(draws)s::uuid[] IS NULL OR draw.draw_id = ANY (%(draws)s::uuid[]))
    ORDER BY draw.draw_id, account.colour
"""

_SPENT: Final = """
    SELECT move.part_id, sum(move.spent_cents)::bigint AS cents
    FROM domains.delivery AS delivery
    JOIN domains.part_move AS move
        ON move.gemeente = delivery.gemeente AND move.entry_id = ANY (delivery.entries)
    WHERE delivery.gemeente = %(gemeente)s AND delivery.draw_id = %(draw)s
      AND EXISTS (
          SELECT 1 FROM ledger.entry AS entry
          JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
          JOIN ledger.account AS account USING (gemeente, account_id)
          WHERE entry.gemeente = delivery.gemeente AND entry.entry_id = ANY (delivery.entries)
            AND account.book = %(book)s AND account.code = %(code)s)
    GROUP BY move.part_id
"""


async def open_accruals(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID] | None = None
) -> tuple[OpenAccrual, ...]:
    """List what was accrued and not declared yet by draw and fund: of these draws, or of all."""
    found = await rows(
        connection,
        _OPEN,
        {
            "gemeente": gemeente,
            "book": str(Book.LASTEN),
            "code": chart.TO_BE_INVOICED,
            "draws": None if draws is None else list(draws),
        },
    )
    return tuple(
        OpenAccrual(
            draw=row.draw_id,
            fund=row.fund,
            provider=row.provider,
            kind=row.kind,
            amount_cents=row.cents,
            since=row.since,
        )
        for row in found
    )


async def accrued_of(connection: AsyncConnection, file: File) -> dict[UUID, dict[str, int]]:
    """Say what of draws was accrued and not declared yet, per fund; their parts tell where to look.

    Only of a year that was closed, and for draws of which the turns were taken.
    """
    gemeente = file.case.instruction.gemeente
    closed = await closed_years(connection, gemeente=gemeente)
    accounts = {
        chart.to_be_invoiced(gemeente, fund, verplichting=draw).id: (draw, fund)
        for draw, parts in file.parts.items()
        for fund in {each.part.fund for each in parts}
        if chart.year_of(fund) in closed
    }
    found: dict[UUID, dict[str, int]] = {}
    left = await balances.current(connection, gemeente=gemeente, accounts=sorted(accounts))
    for account, (draw, fund) in accounts.items():
        if left[account]:
            found.setdefault(draw, {})[fund] = -left[account]
    return found


async def accrued_by_part(
    connection: AsyncConnection, *, gemeente: str, draw: UUID
) -> dict[UUID, int]:
    """Say what closing years accrued of each part of a draw, declared or not, in whole cents."""
    found = await rows(
        connection,
        _SPENT,
        {
            "gemeente": gemeente,
            "draw": draw,
            "book": str(Book.LASTEN),
            "code": chart.TO_BE_INVOICED,
        },
    )
    return {row.part_id: row.cents for row in found}
