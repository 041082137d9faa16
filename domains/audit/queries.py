"""Reading the audit log."""

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.audit.model import Head, Line, NumberedLine
from ledger.reading import rows


async def head(connection: AsyncConnection, *, gemeente: str) -> Head | None:
    """Give the head of the log of a gemeente; ``None`` while nothing was logged."""
    found = await rows(
        connection, "SELECT number, hash FROM access.audit_head WHERE gemeente = %s", (gemeente,)
    )
    return Head(number=found[0].number, hash=bytes(found[0].hash)) if found else None


async def lines(
    connection: AsyncConnection, *, gemeente: str, before: int | None, limit: int
) -> tuple[NumberedLine, ...]:
    """Give lines of the log, the last one first; ``before`` is the number to read on from."""
    found = await rows(
        connection,
        "SELECT * FROM access.audit_line WHERE gemeente = %s AND number < coalesce(%s, number + 1)"
        " ORDER BY number DESC LIMIT %s",
        (gemeente, before, limit),
    )
    return tuple(
        NumberedLine(
            number=row.number,
            hash=bytes(row.hash),
            line=Line(
                logged_at=row.logged_at,
                actor=row.actor,
                client=row.client,
                action=row.action,
                object=row.object,
                result=row.result,
                origin=row.origin,
                trace_id=row.trace_id,
            ),
        )
        for row in found
    )
