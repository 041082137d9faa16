"""Reading what was done with what is known of persons."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.privacy.model import KnownFamily, Look, Processing, Spent
from ledger.reading import rows

_KNOWN: Final = """
    SELECT key.family_id, coalesce(help.sources, '{}') AS sources,
           greatest(family.opened_on, help.last_day, (greatest(
               member.at, lead.at, step.at, help.at) AT TIME ZONE 'Europe/Amsterdam')::date
           ) AS last_change
    FROM persons.data_key AS key
    JOIN domains.family AS family USING (gemeente, family_id)
    LEFT JOIN LATERAL (
        SELECT max(greatest(recorded_at, ended_at)) AS at FROM domains.member
        WHERE gemeente = key.gemeente AND family_id = key.family_id
    ) AS member ON true
    LEFT JOIN LATERAL (
        SELECT max(greatest(recorded_at, ended_at)) AS at FROM domains.lead_professional
        WHERE gemeente = key.gemeente AND family_id = key.family_id
    ) AS lead ON true
    LEFT JOIN LATERAL (
        SELECT max(recorded_at) AS at FROM domains.family_budget
        JOIN domains.family_budget_step USING (gemeente, family_budget_id)
        WHERE gemeente = key.gemeente AND family_id = key.family_id
    ) AS step ON true
    LEFT JOIN LATERAL (
        SELECT max(draw.stands_until) - 1 AS last_day,
               greatest(max(draw.decided_at), max(delivered.at)) AS at,
               array_agg(DISTINCT regexp_replace(part.fund, '-[0-9]+$', ''))
                   FILTER (WHERE part.fund IS NOT NULL) AS sources
        FROM domains.standing_draw AS draw
        LEFT JOIN domains.part AS part USING (gemeente, draw_id)
        LEFT JOIN LATERAL (
            SELECT max(recorded_at) AS at FROM domains.delivery
            WHERE gemeente = draw.gemeente AND draw_id = draw.draw_id
        ) AS delivered ON true
        WHERE draw.gemeente = key.gemeente AND (part.gezin = key.family_id
          OR draw.family_budget_id IN (
              SELECT family_budget_id FROM domains.family_budget AS budget
              WHERE budget.gemeente = key.gemeente AND budget.family_id = key.family_id))
    ) AS help ON true
    WHERE key.gemeente = %(gemeente)s AND key.wrapped IS NOT NULL AND key.family_id IS NOT NULL
    ORDER BY last_change, key.family_id
"""

_SPENT: Final = """
    SELECT draw.draw_id, draw.kind, draw.provider, draw.description, draw.from_date,
           draw.stands_until, draw.granted_cents,
           decided.record::jsonb -> 'decision' ->> 'sentence' AS sentence,
           (SELECT coalesce(jsonb_agg(jsonb_build_array(source, cents) ORDER BY source), '[]')
            FROM (
                SELECT regexp_replace(part.fund, '-[0-9]+$', '') AS source,
                       sum(part.spent_cents) AS cents
                FROM domains.standing_part AS part
                WHERE part.gemeente = draw.gemeente AND part.draw_id = draw.draw_id
                GROUP BY source HAVING sum(part.spent_cents) <> 0
            ) AS paid) AS per_source
    FROM domains.standing_draw AS draw
    JOIN domains.draw_decision AS decided
      ON decided.gemeente = draw.gemeente AND decided.draw_id = draw.draw_id
     AND decided.number = draw.number
    JOIN domains.family_budget AS budget
      ON budget.gemeente = draw.gemeente AND budget.family_budget_id = draw.family_budget_id
    WHERE draw.gemeente = %(gemeente)s AND budget.family_id = %(family)s
    ORDER BY draw.asked_at, draw.draw_id
"""


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


async def known_families(connection: AsyncConnection, *, gemeente: str) -> tuple[KnownFamily, ...]:
    """List the families of which is known who they are, with the last day on which they changed.

    That is the last day of help, or the last time that anything was written about the family.
    """
    found = await rows(connection, _KNOWN, {"gemeente": gemeente})
    return tuple(
        KnownFamily(id=row.family_id, last_change=row.last_change, sources=frozenset(row.sources))
        for row in found
    )


async def spent_on(
    connection: AsyncConnection, *, gemeente: str, family: UUID
) -> tuple[Spent, ...]:
    """List what was granted to a family and spent on it, in order of time."""
    found = await rows(connection, _SPENT, {"gemeente": gemeente, "family": family})
    return tuple(
        Spent(
            draw=row.draw_id,
            kind=row.kind,
            provider=row.provider,
            description=row.description,
            from_date=row.from_date,
            until_date=row.stands_until,
            sentence=row.sentence,
            granted_cents=row.granted_cents,
            per_source=tuple((source, int(cents)) for source, cents in row.per_source),
        )
        for row in found
    )
