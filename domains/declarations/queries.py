"""Reading messages that came in, what became of their lines, and what bears on new ones."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.declarations.model import (
    EarlierLine,
    LineOutcome,
    ReceivedMessage,
    RefusedLine,
    Used,
)
from domains.messages.model import DeclaredLine
from domains.messages.standard import Kind, Law
from ledger.reading import rows

_MESSAGES: Final = """
    SELECT message.*, coalesce(progress.done, 0) AS done, coalesce(progress.waiting, 0) AS waiting,
           coalesce(progress.refused, 0) AS refused,
           coalesce(progress.granted_cents, 0)::bigint AS granted_cents
    FROM (
        -- Which ones comes first: only of those are the lines counted.
        SELECT * FROM domains.message
        WHERE gemeente = %(gemeente)s
          AND (%(ids)s::uuid[] IS NULL OR message_id = ANY (%(ids)s::uuid[]))
          AND (%(after)s::uuid IS NULL OR message_id > %(after)s)
        ORDER BY message_id LIMIT %(limit)s
    ) AS message
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE attempt = 1) AS done,
               count(*) FILTER (WHERE outcome = 'afgewezen') AS refused,
               count(DISTINCT number) FILTER (WHERE outcome = 'wacht')
                   - count(*) FILTER (WHERE attempt > 1 AND outcome <> 'wacht') AS waiting,
               sum(amount_cents) FILTER (WHERE outcome = 'toegekend') AS granted_cents
        FROM domains.declared_line AS line
        WHERE line.gemeente = message.gemeente AND line.message_id = message.message_id
    ) AS progress ON true
    ORDER BY message.message_id
"""

_EARLIER: Final = """
    SELECT DISTINCT ON (line.reference) line.*, EXISTS (
        SELECT 1 FROM domains.declared_line AS later
        WHERE later.gemeente = line.gemeente AND later.message_law = line.message_law
          AND later.provider = line.provider AND later.previous = line.reference
          AND later.is_credit AND later.outcome = 'toegekend') AS is_credited
    FROM domains.declared_line AS line
    WHERE line.gemeente = %(gemeente)s AND line.message_law = %(law)s
      AND line.provider = %(provider)s AND line.reference = ANY (%(references)s::text[])
    -- A line that waited has several attempts; a credit takes back the one that was granted.
    ORDER BY line.reference, (line.outcome = 'toegekend') DESC, line.recorded_at, line.message_id,
             line.number, line.attempt DESC
"""

_USED: Final = """
    SELECT allocation, product_category, product_code,
           date_trunc('month', from_date)::date AS month,
           sum(CASE WHEN is_credit THEN -volume ELSE volume END)::bigint AS volume,
           sum(amount_cents)::bigint AS cents,
           count(*) FILTER (WHERE NOT is_credit) - count(*) FILTER (WHERE is_credit) AS lines
    FROM domains.declared_line
    WHERE gemeente = %(gemeente)s AND message_law = %(law)s AND outcome = 'toegekend'
      AND allocation = ANY (%(numbers)s::integer[])
    GROUP BY allocation, product_category, product_code, month
"""


async def messages(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[ReceivedMessage, ...]:
    """List messages in order of arrival with how far each is: those named, or behind one."""
    told = {
        "gemeente": gemeente,
        "ids": None if ids is None else list(ids),
        "after": after,
        "limit": limit,
    }
    found = await rows(connection, _MESSAGES, told)
    return tuple(
        ReceivedMessage(
            id=row.message_id,
            law=Law(row.message_law),
            kind=Kind(row.kind),
            provider=row.provider,
            identification=row.identification,
            dated=row.dated,
            basic_version=row.basic_version,
            version=row.version,
            declaration=row.declaration,
            from_date=row.from_date,
            until_date=row.until_date,
            declared_on=row.declared_on,
            lines=row.line_count,
            total_cents=row.total_cents,
            codes=tuple(row.return_codes),
            received_on=row.received_on,
            done=row.done,
            waiting=row.waiting,
            granted_cents=row.granted_cents,
            refused=row.refused,
        )
        for row in found
    )


async def latest_messages(
    connection: AsyncConnection, *, gemeente: str, limit: int
) -> tuple[tuple[ReceivedMessage, ...], int]:
    """List the latest messages, the newest first; and say how many there are in all."""
    found = await rows(
        connection,
        "SELECT message_id, count(*) OVER () AS count FROM domains.message WHERE gemeente = %s"
        " ORDER BY message_id DESC LIMIT %s",
        (gemeente, limit),
    )
    latest = await messages(connection, gemeente=gemeente, ids=[row.message_id for row in found])
    return latest[::-1], found[0].count if found else 0


async def has_declaration(
    connection: AsyncConnection, *, gemeente: str, law: Law, provider: str, number: str
) -> bool:
    """Tell whether a declaration of a provider by this number was taken in before."""
    found = await rows(
        connection,
        "SELECT 1 FROM domains.message WHERE gemeente = %s AND message_law = %s AND provider = %s"
        " AND declaration = %s AND kind = '323' AND return_codes = '{}'",
        (gemeente, law, provider, number),
    )
    return bool(found)


async def waiting_lines(
    connection: AsyncConnection, *, gemeente: str, message: UUID
) -> dict[int, int]:
    """Give the lines of a message that still wait, each with its latest attempt."""
    found = await rows(
        connection,
        "SELECT number, attempt FROM (SELECT DISTINCT ON (number) number, attempt, outcome"
        " FROM domains.declared_line WHERE gemeente = %s AND message_id = %s"
        " ORDER BY number, attempt DESC) AS latest WHERE outcome = 'wacht'",
        (gemeente, message),
    )
    return {row.number: row.attempt for row in found}


async def earlier_lines(
    connection: AsyncConnection,
    *,
    gemeente: str,
    law: Law,
    provider: str,
    references: Iterable[str],
) -> dict[str, EarlierLine]:
    """Give the lines that a provider declared by these references, as they stand."""
    found = await rows(
        connection,
        _EARLIER,
        {
            "gemeente": gemeente,
            "law": law,
            "provider": provider,
            "references": sorted(set(references)),
        },
    )
    return {
        row.reference: EarlierLine(
            message=row.message_id,
            place=row.number,
            person=row.person_id,
            allocation=row.allocation,
            category=row.product_category,
            code=row.product_code,
            from_date=row.from_date,
            until_date=row.until_date,
            volume=row.volume,
            unit=row.unit,
            amount_cents=row.amount_cents,
            outcome=LineOutcome(row.outcome),
            is_credited=row.is_credited,
            delivery=row.delivery_id,
            entries=tuple(row.entries),
        )
        for row in found
    }


async def used_of(
    connection: AsyncConnection, *, gemeente: str, law: Law, numbers: Iterable[int]
) -> dict[int, Used]:
    """Say what was granted of allocations so far."""
    used = {number: Used() for number in numbers}
    found = await rows(
        connection, _USED, {"gemeente": gemeente, "law": law, "numbers": sorted(used)}
    )
    for row in found:
        used[row.allocation].add(
            category=row.product_category,
            code=row.product_code,
            month=row.month,
            volume=row.volume,
            cents=row.cents,
            lines=row.lines,
        )
    return used


async def refused_lines(
    connection: AsyncConnection, *, gemeente: str, message: UUID, after: int, limit: int
) -> tuple[RefusedLine, ...]:
    """Give refused lines of a declaration behind a line, in order; their BSN is left empty."""
    found = await rows(
        connection,
        "SELECT * FROM domains.declared_line WHERE gemeente = %s AND message_id = %s"
        " AND outcome = 'afgewezen' AND number > %s ORDER BY number LIMIT %s",
        (gemeente, message, after, limit),
    )
    return tuple(
        RefusedLine(person=row.person_id, line=_line(row), codes=tuple(row.return_codes))
        for row in found
    )


def _line(row: Any) -> DeclaredLine:
    return DeclaredLine(
        place=row.number,
        row=0,
        bsn="",
        reference=row.reference,
        previous=row.previous,
        allocation=row.allocation,
        category=row.product_category,
        code=row.product_code,
        from_date=row.from_date,
        last_date=row.until_date - timedelta(days=1),
        volume=row.volume,
        unit=row.unit,
        tariff_cents=row.tariff_cents,
        amount_cents=row.amount_cents,
        is_credit=row.is_credit,
    )
