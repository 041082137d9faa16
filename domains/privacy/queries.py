"""Reading what was done with what is known of persons."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.privacy.model import Look, Processing
from ledger.reading import rows


async def processings(
    connection: AsyncConnection,
    *,
    gemeente: str,
    trace_id: UUID | None,
    activity: str | None,
    person: UUID | None,
    after: tuple[UUID, bytes] | None,
    limit: int,
) -> tuple[Processing, ...]:
    """List records that fit all that is given, in order of time; one of the three must be given.

    ``after`` is the trace and span to read on from.
    """
    found = await rows(
        connection,
        "SELECT trace_id, span_id, name, activity, person_id, started_at, ended_at"
        " FROM access.processing AS known WHERE gemeente = %(gemeente)s"
        " AND (%(trace)s::uuid IS NULL OR trace_id = %(trace)s)"
        " AND (%(activity)s::text IS NULL OR activity = %(activity)s)"
        " AND (%(person)s::uuid IS NULL OR person_id = %(person)s)"
        " AND (%(after)s::uuid IS NULL OR (started_at, trace_id, span_id) > (SELECT"
        " last.started_at, last.trace_id, last.span_id FROM access.processing AS last"
        " WHERE last.gemeente = %(gemeente)s AND last.trace_id = %(after)s"
        " AND last.span_id = %(span)s))"
        " ORDER BY started_at, trace_id, span_id LIMIT %(limit)s",
        {
            "gemeente": gemeente,
            "trace": trace_id,
            "activity": activity,
            "person": person,
            "after": after[0] if after else None,
            "span": after[1] if after else None,
            "limit": limit,
        },
    )
    return tuple(
        Processing(
            trace_id=row.trace_id,
            span_id=bytes(row.span_id),
            name=row.name,
            activity=row.activity,
            person=row.person_id,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in found
    )


async def looks_at(
    connection: AsyncConnection, *, gemeente: str, persons: Sequence[UUID]
) -> tuple[Look, ...]:
    """List who opened what is known of persons, when and why, in order of time."""
    found = await rows(
        connection,
        "SELECT min(known.started_at) AS at, coalesce(min(line.actor), '') AS actor,"
        " known.activity, known.name, array_agg(DISTINCT known.person_id) AS persons"
        " FROM access.processing AS known"
        " LEFT JOIN access.audit_line AS line USING (gemeente, trace_id)"
        " WHERE known.gemeente = %s AND known.person_id = ANY (%s::uuid[])"
        " GROUP BY known.trace_id, known.activity, known.name ORDER BY at, known.trace_id",
        (gemeente, list(persons)),
    )
    return tuple(
        Look(
            at=row.at,
            actor=row.actor,
            purpose=row.activity,
            action=row.name,
            persons=tuple(row.persons),
        )
        for row in found
    )
