"""Reading which events fall in a period, set by set: no query per person."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.events.model import AGES, Event, EventKind, KnownEvent, Registered
from ledger.reading import rows

_BIRTHDAYS: Final = """
    SELECT 'verjaardag', member.age || ' ' || person_id, day, family_id, person_id, member.age,
           '', '', NULL::boolean, '', ''
    FROM (
        SELECT DISTINCT ON (age, person_id) age, person_id, family_id, until_date,
               domains.birthday(birth_date, age) AS day
        FROM unnest(%(ages)s::integer[]) AS age
        CROSS JOIN LATERAL (
            -- A day of slack on both sides, for 29 February; the birthday itself decides.
            SELECT * FROM domains.member
            WHERE gemeente = %(gemeente)s
              AND birth_date >= %(from_date)s::date - make_interval(years => age, days => 1)
              AND birth_date < %(until_date)s::date - make_interval(years => age, days => -1)
              AND from_date <= domains.birthday(birth_date, age)
            OFFSET 0
        ) AS born
        ORDER BY age, person_id, from_date DESC
    ) AS member
    WHERE day >= %(from_date)s AND day < %(until_date)s
"""

_KNOWN: Final = """
    SELECT kind, event_id::text, day, family_id, person_id, NULL::integer,
           to_gemeente, fact, fact_value, '', reason
    FROM domains.known_event AS known
    WHERE gemeente = %(gemeente)s AND day >= %(from_date)s AND day < %(until_date)s
      AND recorded_at >= %(recorded_since)s::timestamptz
      AND NOT EXISTS (SELECT 1 FROM domains.withdrawn_event AS withdrawn
                      WHERE withdrawn.gemeente = known.gemeente
                        AND withdrawn.event_id = known.event_id)
"""

_RULES: Final = """
    SELECT 'rechtsregel', concat_ws(' ', nullif(gemeente, ''), rule_id, version, turn), day,
           NULL::uuid, NULL::uuid, NULL::integer, '', '', NULL::boolean, rule_id, explanation
    FROM domains.rule
    CROSS JOIN LATERAL (VALUES ('begin', valid_from), ('einde', valid_until)) AS edge (turn, day)
    WHERE gemeente IN ('', %(gemeente)s) AND day >= %(from_date)s AND day < %(until_date)s
      AND recorded_at >= %(recorded_since)s::timestamptz
      -- Where one version takes over from another, only the start is told.
      AND (turn = 'begin' OR NOT EXISTS (
          SELECT 1 FROM domains.rule AS next
          WHERE next.gemeente = rule.gemeente AND next.rule_id = rule.rule_id
            AND next.valid_from = rule.valid_until))
"""


async def events_in(
    connection: AsyncConnection, *, gemeente: str, from_date: date, until_date: date
) -> tuple[Event, ...]:
    """List the events of a period (until exclusive) that were not executed, as they happen.

    A birthday counts for whoever was registered in a family by then.
    """
    return await _events(
        connection,
        f"{_BIRTHDAYS} UNION ALL {_KNOWN} UNION ALL {_RULES}",
        gemeente=gemeente,
        from_date=from_date,
        until_date=until_date,
    )


async def due_events(
    connection: AsyncConnection, *, gemeente: str, up_to: date
) -> tuple[Event, ...]:
    """List what has to be executed up to a day (inclusive), as it happens.

    That is what happened since the last run, and what was recorded since then about days before it.
    The first run looks back to the first day of the books.
    """
    ((first, done, recorded_at),) = await rows(
        connection,
        "SELECT (SELECT min(from_date) FROM ledger.period_change"
        " WHERE gemeente = %(gemeente)s AND is_open), last.up_to, last.recorded_at"
        " FROM (VALUES (1)) AS one LEFT JOIN LATERAL (SELECT up_to, recorded_at"
        " FROM domains.day_start WHERE gemeente = %(gemeente)s"
        " ORDER BY up_to DESC, recorded_at DESC LIMIT 1) AS last ON true",
        {"gemeente": gemeente},
    )
    day_after = up_to + timedelta(days=1)
    if done is None:
        return await events_in(
            connection, gemeente=gemeente, from_date=first or up_to, until_date=day_after
        )
    next_day = done + timedelta(days=1)
    late = await _events(
        connection,
        f"{_KNOWN} UNION ALL {_RULES}",
        gemeente=gemeente,
        from_date=first,
        until_date=min(next_day, day_after),
        recorded_since=recorded_at,
    )
    since = await events_in(connection, gemeente=gemeente, from_date=next_day, until_date=day_after)
    return (*late, *since)


async def _events(
    connection: AsyncConnection,
    statement: str,
    *,
    gemeente: str,
    from_date: date,
    until_date: date,
    recorded_since: datetime | None = None,
) -> tuple[Event, ...]:
    found = await rows(
        connection,
        f"SELECT event.* FROM ({statement}) AS event"
        " (kind, name, day, family_id, person_id, age, to_gemeente, fact, fact_value, rule, reason)"
        " WHERE NOT EXISTS (SELECT 1 FROM domains.executed_event AS executed"
        " WHERE executed.gemeente = %(gemeente)s AND executed.kind = event.kind"
        " AND executed.name = event.name)",
        {
            "gemeente": gemeente,
            "from_date": from_date,
            "until_date": until_date,
            "recorded_since": recorded_since or "-infinity",
            "ages": list(AGES),
        },
    )
    return tuple(sorted((_event(row) for row in found), key=lambda event: event.order))


async def still_due(
    connection: AsyncConnection, *, gemeente: str, events: Sequence[Event]
) -> frozenset[str]:
    """Give the names of these events that were neither executed nor withdrawn."""
    found = await rows(
        connection,
        "SELECT event.name FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS event (kind, name)"
        " WHERE NOT EXISTS (SELECT 1 FROM domains.executed_event AS executed"
        " WHERE executed.gemeente = %(gemeente)s AND executed.kind = event.kind"
        " AND executed.name = event.name)"
        " AND NOT EXISTS (SELECT 1 FROM domains.withdrawn_event AS withdrawn"
        " WHERE withdrawn.gemeente = %(gemeente)s AND withdrawn.event_id::text = event.name)",
        {
            "gemeente": gemeente,
            "kinds": [event.kind.value for event in events],
            "names": [event.name for event in events],
        },
    )
    return frozenset(row[0] for row in found)


async def registered_events(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    family: UUID | None = None,
) -> tuple[Registered, ...]:
    """List what was registered: those with these ids, of one family, or all; in order of day."""
    found = await rows(
        connection,
        "SELECT known.*, withdrawn.recorded_at AS withdrawn_at, executed.executed_at"
        " FROM domains.known_event AS known"
        " LEFT JOIN domains.withdrawn_event AS withdrawn USING (gemeente, event_id)"
        " LEFT JOIN domains.executed_event AS executed ON executed.gemeente = known.gemeente"
        " AND executed.kind = known.kind AND executed.name = known.event_id::text"
        " WHERE known.gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR event_id = ANY (%(ids)s::uuid[]))"
        " AND (%(family)s::uuid IS NULL OR family_id = %(family)s)"
        " ORDER BY day, event_id",
        {"gemeente": gemeente, "ids": None if ids is None else list(ids), "family": family},
    )
    return tuple(
        Registered(
            id=row.event_id,
            event=KnownEvent(
                kind=EventKind(row.kind),
                family=row.family_id,
                person=row.person_id,
                day=row.day,
                to_gemeente=row.to_gemeente,
                fact=row.fact,
                fact_value=row.fact_value,
                reason=row.reason,
            ),
            recorded_at=row.recorded_at,
            actor=row.actor,
            withdrawn_at=row.withdrawn_at,
            executed_at=row.executed_at,
        )
        for row in found
    )


def _event(row: Any) -> Event:
    kind, name, day, family, person, age, to_gemeente, fact, fact_value, rule, reason = row
    return Event(
        kind=EventKind(kind),
        name=name,
        day=day,
        family=family,
        person=person,
        age=age,
        to_gemeente=to_gemeente,
        fact=fact,
        fact_value=fact_value,
        rule=rule,
        reason=reason,
    )
