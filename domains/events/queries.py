"""Reading which events fall in a period, set by set: no query per person."""

from collections.abc import Sequence
from datetime import date
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
      -- Where one version takes over from another, only the start is told.
      AND (turn = 'begin' OR NOT EXISTS (
          SELECT 1 FROM domains.rule AS next
          WHERE next.gemeente = rule.gemeente AND next.rule_id = rule.rule_id
            AND next.valid_from = rule.valid_until))
"""


async def events_in(
    connection: AsyncConnection, *, gemeente: str, from_date: date, until_date: date
) -> tuple[Event, ...]:
    """List the events of a period (until exclusive) in the order in which they happen.

    A birthday counts for whoever was registered in a family by then.
    """
    found = await rows(
        connection,
        f"{_BIRTHDAYS} UNION ALL {_KNOWN} UNION ALL {_RULES}",
        {
            "gemeente": gemeente,
            "from_date": from_date,
            "until_date": until_date,
            "ages": list(AGES),
        },
    )
    return tuple(sorted((_event(row) for row in found), key=lambda event: event.order))


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
