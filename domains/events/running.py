"""Reading the help that runs on after an event, and what is known of the persons by then."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.days import calendar_day
from domains.draws.queries import part_of, unsettled_of
from domains.eligibility.catalogue import KINDS
from domains.eligibility.model import Facts, Reach, Rule, RuleBase
from domains.eligibility.rules import help_kind
from domains.events.look_ahead import look_ahead
from domains.events.model import Event, EventKind, Upcoming
from domains.events.recover import Life, RunningDraw
from domains.payers.model import UNSETTLED, PayerState
from ledger.reading import rows

_DRAWS_OF_PERSONS: Final = """
    WITH wanted AS (
        SELECT * FROM unnest(%(numbers)s::integer[], %(persons)s::uuid[], %(days)s::date[])
            AS one (number, person_id, day)
        UNION ALL
        SELECT whole.number, member.person_id, whole.day
        FROM unnest(%(family_numbers)s::integer[], %(families)s::uuid[], %(family_days)s::date[])
            AS whole (number, family_id, day)
        JOIN domains.member AS member ON member.gemeente = %(gemeente)s
            AND member.family_id = whole.family_id AND member.from_date <= whole.day
            AND (member.until_date IS NULL OR whole.day <= member.until_date)
    )
    SELECT DISTINCT wanted.number, part.draw_id
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT known.part_id, known.draw_id FROM domains.part AS known
        WHERE known.gemeente = %(gemeente)s AND known.person_id = wanted.person_id
          AND known.until_date > wanted.day OFFSET 0
    ) AS part
    CROSS JOIN LATERAL (
        SELECT sum(move.reserved_cents) AS cents FROM domains.part_move AS move
        WHERE move.gemeente = %(gemeente)s AND move.part_id = part.part_id OFFSET 0
    ) AS reserved
    WHERE reserved.cents > 0
"""

_DRAWS_OF_RULE: Final = """
    SELECT DISTINCT part.draw_id
    FROM domains.part AS part
    JOIN domains.draw AS draw USING (gemeente, draw_id)
    CROSS JOIN LATERAL (
        SELECT sum(move.reserved_cents) AS cents FROM domains.part_move AS move
        WHERE move.gemeente = part.gemeente AND move.part_id = part.part_id OFFSET 0
    ) AS reserved
    WHERE part.gemeente = %(gemeente)s AND part.until_date > %(day)s AND reserved.cents > 0
      AND (part.rule = %(rule)s OR left(part.fund, -5) = ANY (%(sources)s::text[])
           OR draw.kind = ANY (%(kinds)s::text[]))
"""

_DRAWS: Final = """
    SELECT draw.draw_id, draw.kind, draw.asked_at, draw.request -> 'facts' AS facts,
           part.*, moved.reserved_cents, moved.spent_cents,
           domains.decided_on(part.gemeente, part.draw_id, part.decision_number) AS booking_date
    FROM unnest(%(draws)s::uuid[]) AS wanted (draw_id)
    JOIN domains.draw AS draw ON draw.gemeente = %(gemeente)s AND draw.draw_id = wanted.draw_id
    JOIN domains.part AS part ON part.gemeente = %(gemeente)s AND part.draw_id = wanted.draw_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(move.reserved_cents), 0)::bigint AS reserved_cents,
               coalesce(sum(move.spent_cents), 0)::bigint AS spent_cents
        FROM domains.part_move AS move
        WHERE move.gemeente = %(gemeente)s AND move.part_id = part.part_id OFFSET 0
    ) AS moved
    WHERE moved.reserved_cents > 0 OR moved.spent_cents > 0
    ORDER BY draw.draw_id, part.from_date, part.part_id
"""

_CHANGES: Final = """
    SELECT member.person_id, member.birth_date, known.day, known.to_gemeente, known.fact,
           known.fact_value, known.recorded_at
    FROM (SELECT DISTINCT gemeente, person_id, family_id, birth_date FROM domains.member
          WHERE gemeente = %(gemeente)s AND person_id = ANY (%(persons)s::uuid[])) AS member
    LEFT JOIN domains.known_event AS known
        ON known.gemeente = member.gemeente AND known.family_id = member.family_id
        AND (known.person_id IS NULL OR known.person_id = member.person_id)
        AND NOT EXISTS (SELECT 1 FROM domains.withdrawn_event AS withdrawn
                        WHERE withdrawn.gemeente = known.gemeente
                          AND withdrawn.event_id = known.event_id)
    ORDER BY known.day, known.recorded_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody registered about a person, from a day on."""

    day: date
    recorded_at: datetime
    to_gemeente: str
    fact: str
    fact_value: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Biography:
    """A person with what was registered about him, in order of day."""

    birth_date: date
    changes: tuple[Change, ...]

    def life_on(self, day: date, *, asked_at: datetime) -> Life:
        """Return what is known on a day that whoever asked the draw could not have told."""
        asked_on = calendar_day(asked_at)
        later = [
            each
            for each in self.changes
            if each.day <= day and (each.recorded_at > asked_at or each.day > asked_on)
        ]
        facts = {each.fact: each.fact_value for each in later if each.fact}
        moves = [each.to_gemeente for each in later if each.to_gemeente]
        return Life(
            birth_date=self.birth_date,
            facts=tuple(sorted(facts.items())),
            lives_in=moves[-1] if moves else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Draws that run on, and the persons that they help."""

    draws: Mapping[UUID, tuple[RunningDraw, datetime]]
    """Each with the moment at which it was asked."""
    persons: Mapping[UUID, Biography]
    unsettled: Mapping[UUID, Mapping[tuple[str, str], int]]
    """What of each advance stands in which state, for which payer."""

    @property
    def families(self) -> tuple[UUID, ...]:
        """Return the families on whose accounts these draws stand."""
        parts = (each.part for running, _ in self.draws.values() for each in running.parts)
        return tuple(sorted({part.gezin for part in parts}))

    def family_of(self, draw: UUID) -> UUID:
        """Return the family on whose accounts a draw stands."""
        return self.draws[draw][0].parts[0].part.gezin

    def lives(self, draw: UUID, day: date) -> dict[UUID, Life]:
        """Return the lives of the persons of a draw as they are on a day."""
        running, asked_at = self.draws[draw]
        return {
            person: self.persons[person].life_on(day, asked_at=asked_at)
            for person in {each.part.person for each in running.parts}
        }


async def draws_after(
    connection: AsyncConnection,
    *,
    gemeente: str,
    events: Sequence[Event],
    rules: Iterable[Rule],
) -> tuple[tuple[UUID, ...], ...]:
    """Give for each event the draws that have help to come on its day or after it."""
    of_persons = [(place, each) for place, each in enumerate(events) if each.person is not None]
    of_families = [
        (place, each)
        for place, each in enumerate(events)
        if each.person is None and each.family is not None
    ]
    found: list[set[UUID]] = [set() for _ in events]
    for place, draw in await rows(
        connection,
        _DRAWS_OF_PERSONS,
        {
            "gemeente": gemeente,
            "numbers": [place for place, _ in of_persons],
            "persons": [each.person for _, each in of_persons],
            "days": [each.day for _, each in of_persons],
            "family_numbers": [place for place, _ in of_families],
            "families": [each.family for _, each in of_families],
            "family_days": [each.day for _, each in of_families],
        },
    ):
        found[place].add(draw)
    known = list(rules)
    for place, each in enumerate(events):
        if each.kind is EventKind.RULE:
            reach = _reach_of([rule for rule in known if rule.rule_id == each.rule])
            for (draw,) in await rows(
                connection,
                _DRAWS_OF_RULE,
                {"gemeente": gemeente, "day": each.day, "rule": each.rule, **reach},
            ):
                found[place].add(draw)
    return tuple(tuple(sorted(draws)) for draws in found)


async def running_of(
    connection: AsyncConnection, *, gemeente: str, draws: Iterable[UUID]
) -> Running:
    """Read draws with all their parts, and what was registered about their persons."""
    wanted = sorted(set(draws))
    found: dict[UUID, list[Any]] = {}
    for row in await rows(connection, _DRAWS, {"gemeente": gemeente, "draws": wanted}):
        found.setdefault(row.draw_id, []).append(row)
    persons = {row.person_id for part_rows in found.values() for row in part_rows}
    unsettled = await unsettled_of(connection, gemeente=gemeente, draws=wanted)
    return Running(
        draws={
            draw: (
                RunningDraw(
                    id=draw,
                    kind=help_kind(part_rows[0].kind, KINDS),
                    facts=msgspec.convert(part_rows[0].facts, Facts),
                    parts=tuple(part_of(row) for row in part_rows),
                    waiting={
                        row.part_id: sum(
                            cents
                            for (state, _), cents in unsettled.get(row.part_id, {}).items()
                            if state == PayerState.OPEN
                        )
                        for row in part_rows
                    },
                ),
                part_rows[0].asked_at,
            )
            for draw, part_rows in found.items()
        },
        persons=await _biographies(connection, gemeente=gemeente, persons=persons),
        unsettled=unsettled,
    )


async def overdue_payers(connection: AsyncConnection, *, gemeente: str, today: date) -> int:
    """Count the advances whose deadline has passed and of which something still has no payer."""
    ((number,),) = await rows(
        connection,
        "SELECT count(*) FROM domains.payer_item AS item"
        " WHERE gemeente = %(gemeente)s AND deadline < %(today)s AND (SELECT sum("
        " CASE WHEN to_state = ANY (%(states)s) THEN amount_cents ELSE 0 END"
        " - CASE WHEN from_state = ANY (%(states)s) THEN amount_cents ELSE 0 END)"
        " FROM domains.payer_move AS move"
        " WHERE move.gemeente = item.gemeente AND move.part_id = item.part_id) > 0",
        {"gemeente": gemeente, "today": today, "states": list(UNSETTLED)},
    )
    return int(number)


async def upcoming(
    connection: AsyncConnection,
    *,
    gemeente: str,
    events: Sequence[Event],
    rules: RuleBase,
    families: Container[UUID] | None = None,
) -> tuple[Upcoming, ...]:
    """Tell of each event which help runs on after it and what shifts.

    ``families``: only the help of these; ``None``: of all.
    """
    touched = await draws_after(connection, gemeente=gemeente, events=events, rules=rules.rules)
    running = await running_of(
        connection, gemeente=gemeente, draws={draw for draws in touched for draw in draws}
    )
    return tuple(
        look_ahead(
            event,
            [
                (running.draws[draw][0], running.lives(draw, event.day))
                for draw in draws
                if families is None or running.family_of(draw) in families
            ],
            rules=rules,
        )
        for event, draws in zip(events, touched, strict=True)
    )


async def _biographies(
    connection: AsyncConnection, *, gemeente: str, persons: Iterable[UUID]
) -> dict[UUID, Biography]:
    births: dict[UUID, date] = {}
    changes: dict[UUID, list[Change]] = {}
    for row in await rows(connection, _CHANGES, {"gemeente": gemeente, "persons": sorted(persons)}):
        births[row.person_id] = row.birth_date
        own = changes.setdefault(row.person_id, [])
        if row.day is not None:
            own.append(
                Change(
                    day=row.day,
                    recorded_at=row.recorded_at,
                    to_gemeente=row.to_gemeente,
                    fact=row.fact,
                    fact_value=row.fact_value,
                )
            )
    return {
        person: Biography(birth_date=born, changes=tuple(changes[person]))
        for person, born in births.items()
    }


def _reach_of(versions: Iterable[Rule]) -> dict[str, list[str]]:
    """Name the sources and the kinds of help that a rule could speak of; rather too many."""
    sources: set[str] = set()
    named: set[str] = set()
    for rule in versions:
        named |= set(rule.kinds)
        if rule.reach not in {Reach.POOL, Reach.ADVANCE, Reach.SHORTAGE}:
            sources |= set(rule.sources)
    kinds = {kind.code for kind in KINDS if named & set(kind.lineage)}
    return {"sources": sorted(sources), "kinds": sorted(kinds)}
