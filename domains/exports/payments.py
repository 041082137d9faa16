"""What providers have to be paid: approved declarations and invoices, for the financial package.

The lines add up to what lies on the creditors' account (1200). The financial package pays, and that
is confirmed by an entry with the same document: what was paid is no line any more. What was booked
without a document is known by its draw, or else by its entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.exports.model import Column, ColumnKind, Table
from ledger.reading import rows

_PAYABLE: Final = """
    SELECT coalesce(draw.provider, '') AS provider, voucher.document, draw.draw_id,
           account.colour AS fund, -sum(posting.amount_cents)::bigint AS amount_cents,
           min(posting.booking_date) AS since, min(entry.performance_from) AS performance_from,
           max(entry.performance_until) AS performance_until
    FROM ledger.posting AS posting
    JOIN ledger.entry AS entry USING (gemeente, chain_number, position)
    JOIN ledger.account AS account USING (gemeente, account_id)
    LEFT JOIN domains.draw AS draw ON draw.gemeente = posting.gemeente
        AND draw.draw_id = entry.decision
    CROSS JOIN LATERAL (
        SELECT coalesce(nullif(entry.document, ''), draw.draw_id::text, entry.entry_id::text)
    ) AS voucher (document)
    WHERE posting.gemeente = %(gemeente)s AND account.book = 'LASTEN' AND account.code = %(code)s
      AND posting.booking_date <= %(on)s AND posting.chain_number <= %(known_up_to)s
    GROUP BY draw.provider, voucher.document, draw.draw_id, account.colour
    HAVING sum(posting.amount_cents) <> 0
    ORDER BY draw.provider, voucher.document, draw.draw_id, account.colour
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What a provider has to be paid of one document and draw, from one fund, in whole cents."""

    provider: str
    document: str
    draw: UUID | None
    fund: str
    amount_cents: int
    """Below zero: the provider was paid too much, or sent a credit note."""
    since: date
    performance_from: date | None
    performance_until: date | None
    """Exclusive."""


async def payables(
    connection: AsyncConnection, *, gemeente: str, on: date, known_up_to: int
) -> tuple[Payable, ...]:
    """List what has to be paid, as booked up to a day and known up to a chain number."""
    found = await rows(
        connection,
        _PAYABLE,
        {"gemeente": gemeente, "code": chart.CREDITORS, "on": on, "known_up_to": known_up_to},
    )
    return unpaid(
        Payable(
            provider=row.provider,
            document=row.document,
            draw=row.draw_id,
            fund=row.fund,
            amount_cents=row.amount_cents,
            since=row.since,
            performance_from=row.performance_from,
            performance_until=row.performance_until,
        )
        for row in found
    )


def unpaid(found: Iterable[Payable]) -> tuple[Payable, ...]:
    """Take what was paid off what has to be paid: payments of a document and fund, the first first.

    A payment names no draw. What was paid and nobody has to be paid stays, below zero, so that the
    lines still add up to the account.
    """
    lines = list(found)
    paid: dict[tuple[str, str], int] = {}
    for each in lines:
        if each.draw is None and each.amount_cents < 0:
            key = (each.document, each.fund)
            paid[key] = paid.get(key, 0) - each.amount_cents
    kept = []
    for each in lines:
        key = (each.document, each.fund)
        if each.draw is None and each.amount_cents < 0:
            continue
        taken = min(paid.get(key, 0), max(0, each.amount_cents))
        if taken:
            paid[key] -= taken
        if each.amount_cents != taken:
            kept.append(replace(each, amount_cents=each.amount_cents - taken))
    return (
        *kept,
        *(
            replace(each, amount_cents=-paid.pop((each.document, each.fund)))
            for each in lines
            if each.draw is None and paid.get((each.document, each.fund))
        ),
    )


def as_table(found: Iterable[Payable], *, on: date) -> Table:
    """Give what has to be paid as a table."""
    return Table(
        name=f"betaalbestand-{on}",
        columns=(
            Column(name="aanbieder"),
            Column(name="document"),
            Column(name="trekking"),
            Column(name="middel"),
            Column(name="bedrag", kind=ColumnKind.AMOUNT),
            Column(name="sinds", kind=ColumnKind.DAY),
            Column(name="prestatieVan", kind=ColumnKind.DAY),
            Column(name="prestatieTotEnMet", kind=ColumnKind.DAY),
        ),
        rows=tuple(
            (
                each.provider,
                each.document,
                each.draw,
                each.fund,
                each.amount_cents,
                each.since,
                each.performance_from,
                each.performance_until - timedelta(days=1) if each.performance_until else None,
            )
            for each in found
        ),
    )
