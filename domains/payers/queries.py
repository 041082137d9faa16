"""Reading open payer items, how old they are, and what funds owe each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.council.queries import authorised_in
from domains.council.rules import programme_of
from domains.draws.queries import part_of
from domains.payers.model import UNSETTLED, PayerItem, PayerState, Standing
from domains.payers.refusals import UnknownPayerItem
from ledger.accounts import Account, Book
from ledger.reading import rows

AGES: Final = ((0, 30), (31, 60), (61, 90), (91, None))
"""The classes by which an open item is old, in days; the last one has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change to an item as it was written down."""

    number: int
    from_state: str
    """Empty where the amount came from outside the item."""
    to_state: PayerState
    payer: str
    amount_cents: int
    at: datetime
    actor: str
    reason: str
    decision: str
    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeClass:
    """How many items are this old and still need a payer, and for how much."""

    from_days: int
    until_days: int | None
    """Inclusive; ``None``: any age."""
    items: int
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliesBehind:
    """The families behind key figures: in all, too late or not, by first day of age, by payer."""

    total: int
    per_lateness: Mapping[bool, int]
    per_age: Mapping[int, int]
    per_payer: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """How much still needs a payer on a day, and whether anybody waited for one."""

    items: int
    amount_cents: int
    overdue_items: int
    overdue_cents: int
    days_waited: int
    """Days that help began later than was asked, over all draws with an advance."""
    ages: tuple[AgeClass, ...]
    per_payer: tuple[tuple[str, int], ...]
    """What is not settled per payer: who was asked or said no, else who is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerFilter:
    """Which items a list shows; ``None`` leaves a question out."""

    state: PayerState | None = None
    payer: str | None = None
    owner: str | None = None
    overdue_on: date | None = None
    """Only what still needs a payer after its deadline, on this day."""


EVERY_ITEM: Final = PayerFilter()

_ITEMS: Final = """
    SELECT part.*, item.owner, item.deadline, item.opened_at, draw.kind, budget.family_id,
           standing.found AS standings
    FROM domains.payer_item AS item
    JOIN domains.standing_part AS part USING (gemeente, part_id)
    JOIN domains.draw AS draw USING (gemeente, draw_id)
    JOIN domains.family_budget AS budget USING (gemeente, family_budget_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_array(state, payer, amount_cents)
                   ORDER BY state, payer), '[]') AS found
        FROM (
            SELECT side.state, CASE side.state WHEN 'open' THEN '' ELSE move.payer END AS payer,
                   sum(side.cents)::bigint AS amount_cents
            FROM domains.payer_move AS move
            CROSS JOIN LATERAL (VALUES
                (move.from_state, -move.amount_cents), (move.to_state, move.amount_cents)
            ) AS side (state, cents)
            WHERE move.gemeente = item.gemeente AND move.part_id = item.part_id
              AND side.state <> ''
              AND (%(step)s::uuid IS NULL OR move.number <= (
                  SELECT max(last.number) FROM domains.payer_move AS last
                  WHERE last.gemeente = item.gemeente AND last.part_id = item.part_id
                    AND last.step_id = %(step)s))
            GROUP BY 1, 2
        ) AS flow
        WHERE amount_cents <> 0
    ) AS standing
    WHERE item.gemeente = %(gemeente)s
      AND (%(ids)s::uuid[] IS NULL OR item.part_id = ANY (%(ids)s::uuid[]))
      AND (%(owner)s::text IS NULL OR item.owner = %(owner)s)
      AND (%(state)s::text IS NULL OR EXISTS (
          SELECT 1 FROM domains.payer_standing AS stands
          WHERE stands.gemeente = item.gemeente AND stands.part_id = item.part_id
            AND stands.state = %(state)s))
      AND (%(payer)s::text IS NULL OR EXISTS (
          SELECT 1 FROM domains.payer_standing AS stands
          WHERE stands.gemeente = item.gemeente AND stands.part_id = item.part_id
            AND coalesce(nullif(stands.payer, ''), part.payer) = %(payer)s))
      AND (%(overdue_on)s::date IS NULL OR item.deadline < %(overdue_on)s AND EXISTS (
          SELECT 1 FROM domains.payer_standing AS stands
          WHERE stands.gemeente = item.gemeente AND stands.part_id = item.part_id
            AND stands.state = ANY (%(unsettled)s::text[])))
      AND (%(after)s::uuid IS NULL OR item.part_id > %(after)s)
    ORDER BY item.part_id LIMIT %(limit)s
"""


async def payer_items(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    only: PayerFilter = EVERY_ITEM,
    step: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[PayerItem, ...]:
    """List items, the oldest first; ``step`` gives what stood in them right after that step.

    ``after`` is the item to read on from, and ``limit`` the most to give.
    """
    found = await rows(
        connection,
        _ITEMS,
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "state": only.state,
            "payer": only.payer,
            "owner": only.owner,
            "overdue_on": only.overdue_on,
            "unsettled": list(UNSETTLED),
            "step": step,
            "after": after,
            "limit": limit,
        },
    )
    return tuple(
        PayerItem(
            advance=part_of(row),
            family=row.family_id,
            kind=row.kind,
            owner=row.owner,
            deadline=row.deadline,
            opened_at=row.opened_at,
            standings=tuple(
                Standing(state=PayerState(state), payer=payer, amount_cents=cents)
                for state, payer, cents in row.standings
            ),
        )
        for row in found
    )


async def payer_item(connection: AsyncConnection, *, gemeente: str, item: UUID) -> PayerItem:
    """Give one item.

    :raises UnknownPayerItem: there is no such item.
    """
    for found in await payer_items(connection, gemeente=gemeente, ids=[item]):
        return found
    raise UnknownPayerItem(item=str(item))


async def steps(connection: AsyncConnection, *, gemeente: str, item: UUID) -> tuple[Step, ...]:
    """List what became of an item, in order."""
    found = await rows(
        connection,
        "SELECT number, from_state, to_state, payer, amount_cents, at, actor, reason,"
        " decision_ref, entries FROM domains.payer_move"
        " WHERE gemeente = %s AND part_id = %s ORDER BY number",
        (gemeente, item),
    )
    return tuple(
        Step(
            number=row.number,
            from_state=row.from_state,
            to_state=PayerState(row.to_state),
            payer=row.payer,
            amount_cents=row.amount_cents,
            at=row.at,
            actor=row.actor,
            reason=row.reason,
            decision=row.decision_ref,
            entries=tuple(row.entries),
        )
        for row in found
    )


async def key_figures(connection: AsyncConnection, *, gemeente: str, on: date) -> KeyFigures:
    """Count what still needs a payer on a day, by age and by payer, and who waited for one."""
    known = {"gemeente": gemeente, "on": on, "unsettled": list(UNSETTLED)}
    aged = {
        row.age: row
        for row in await rows(
            connection,
            "SELECT width_bucket(%(on)s - item.opened_on, %(starts)s::integer[]) AS age,"
            " count(*) AS items, sum(item.cents)::bigint AS cents,"
            " count(*) FILTER (WHERE item.deadline < %(on)s) AS overdue_items,"
            " coalesce(sum(item.cents) FILTER (WHERE item.deadline < %(on)s), 0)::bigint"
            " AS overdue_cents FROM ("
            " SELECT item.deadline,"
            " (item.opened_at AT TIME ZONE 'Europe/Amsterdam')::date AS opened_on,"
            " sum(stands.amount_cents) AS cents FROM domains.payer_item AS item"
            " JOIN domains.payer_standing AS stands USING (gemeente, part_id)"
            " WHERE item.gemeente = %(gemeente)s AND stands.state = ANY (%(unsettled)s::text[])"
            " GROUP BY item.part_id, item.deadline, item.opened_at) AS item GROUP BY 1",
            {**known, "starts": [first for first, _ in AGES[1:]]},
        )
    }
    per_payer = await rows(
        connection,
        "SELECT coalesce(nullif(stands.payer, ''), part.payer) AS payer,"
        " sum(stands.amount_cents)::bigint AS cents FROM domains.payer_standing AS stands"
        " JOIN domains.part AS part USING (gemeente, part_id)"
        " WHERE stands.gemeente = %(gemeente)s AND stands.state = ANY (%(unsettled)s::text[])"
        " GROUP BY 1 ORDER BY 1",
        known,
    )
    ((waited,),) = await rows(
        connection,
        "SELECT coalesce(sum(greatest(0, began.first_day - draw.from_date)), 0)"
        " FROM domains.draw AS draw CROSS JOIN LATERAL ("
        " SELECT min(part.from_date) AS first_day, bool_or(part.payer <> '') AS has_advance"
        " FROM domains.part AS part"
        " WHERE part.gemeente = draw.gemeente AND part.draw_id = draw.draw_id) AS began"
        " WHERE draw.gemeente = %s AND began.has_advance",
        (gemeente,),
    )
    return KeyFigures(
        items=sum(row.items for row in aged.values()),
        amount_cents=sum(row.cents for row in aged.values()),
        overdue_items=sum(row.overdue_items for row in aged.values()),
        overdue_cents=sum(row.overdue_cents for row in aged.values()),
        days_waited=int(waited),
        ages=tuple(
            AgeClass(
                from_days=first,
                until_days=last,
                items=aged[place].items if place in aged else 0,
                amount_cents=aged[place].cents if place in aged else 0,
            )
            for place, (first, last) in enumerate(AGES)
        ),
        per_payer=tuple((row.payer, row.cents) for row in per_payer),
    )


async def claimed_since(
    connection: AsyncConnection, *, gemeente: str, item: UUID, payer: str
) -> date | None:
    """Give the day on which a payer was first asked; ``None``: never."""
    ((day,),) = await rows(
        connection,
        "SELECT min(booking_date) FROM domains.payer_move"
        " WHERE gemeente = %s AND part_id = %s AND payer = %s AND to_state = 'geclaimd'",
        (gemeente, item, payer),
    )
    return day if day is None or isinstance(day, date) else None


async def claims_of(
    connection: AsyncConnection, *, gemeente: str, item: UUID, payer: str, on: date | None = None
) -> tuple[tuple[Account, int], ...]:
    """List what an outside payer still owes for an item, per claim account; ``None``: in the end.

    On a day only what was booked up to it counts.
    """
    found = await rows(
        connection,
        "SELECT account.colour, account.dimensions ->> 'debiteur' AS debtor,"
        " sum(posting.amount_cents)::bigint AS cents FROM ("
        " SELECT DISTINCT unnest(entries) AS entry_id FROM domains.payer_move"
        " WHERE gemeente = %(gemeente)s AND part_id = %(item)s) AS booked"
        " JOIN ledger.entry AS entry"
        " ON entry.gemeente = %(gemeente)s AND entry.entry_id = booked.entry_id"
        " JOIN ledger.posting AS posting USING (gemeente, chain_number, position)"
        " JOIN ledger.account AS account USING (gemeente, account_id)"
        " WHERE account.book = %(book)s AND account.code = %(code)s"
        " AND account.dimensions ->> 'betaler' = %(payer)s"
        " AND entry.booking_date <= coalesce(%(on)s::date, 'infinity')"
        " GROUP BY 1, 2 HAVING sum(posting.amount_cents) <> 0 ORDER BY 1, 2",
        {
            "gemeente": gemeente,
            "item": item,
            "payer": payer,
            "on": on,
            "book": str(Book.LASTEN),
            "code": chart.CLAIM,
        },
    )
    return tuple(
        (chart.claim(gemeente, row.colour, payer=payer, debtor=row.debtor or ""), row.cents)
        for row in found
    )


async def accepted_late_cents(connection: AsyncConnection, *, gemeente: str, item: UUID) -> int:
    """Sum what outside payers accepted of an item after its year was closed, in whole cents.

    It is delivered help that they pay, while its costs stay where they are: no part moved.
    """
    ((cents,),) = await rows(
        connection,
        "SELECT coalesce(sum(CASE to_state WHEN 'aanvaard' THEN amount_cents"
        " ELSE -amount_cents END), 0)::bigint FROM domains.payer_move AS step"
        " WHERE gemeente = %(gemeente)s AND part_id = %(item)s"
        " AND (to_state = 'aanvaard' AND from_state IN ('geclaimd', 'betwist')"
        " OR from_state = 'aanvaard' AND to_state IN ('geclaimd', 'betwist'))"
        " AND NOT EXISTS (SELECT 1 FROM domains.part_move AS moved"
        " WHERE moved.gemeente = step.gemeente AND moved.part_id = step.part_id"
        " AND moved.entry_id = ANY (step.entries))",
        {"gemeente": gemeente, "item": item},
    )
    return int(cents)


async def draw_of_item(connection: AsyncConnection, *, gemeente: str, item: UUID) -> UUID:
    """Name the draw that an item belongs to.

    :raises UnknownPayerItem: there is no such item.
    """
    found = await rows(
        connection,
        "SELECT part.draw_id FROM domains.payer_item"
        " JOIN domains.part AS part USING (gemeente, part_id)"
        " WHERE gemeente = %s AND part_id = %s",
        (gemeente, item),
    )
    if not found:
        raise UnknownPayerItem(item=str(item))
    draw: UUID = found[0][0]
    return draw


async def stays_outside_programme(
    connection: AsyncConnection, *, gemeente: str, items: Sequence[PayerItem], known_up_to: int
) -> frozenset[UUID]:
    """Name the items of which something stays with a fund of another programme than the help.

    The programmes are those of what was authorised up to a link of the chain.
    """
    stays = [
        each
        for each in items
        if any(standing.state is PayerState.STAYS for standing in each.standings)
    ]
    if not stays:
        return frozenset()
    found = set()
    for year in sorted({chart.year_of(each.part.fund) for each in stays}):
        authorised = await authorised_in(
            connection,
            gemeente=gemeente,
            year=year,
            on=date(year, 12, 31),
            known_up_to=known_up_to,
        )
        known = {(line.fund, line.programme) for line in authorised if line.amount_cents}
        found |= {
            each.advance.id
            for each in stays
            if chart.year_of(each.part.fund) == year
            and (each.part.fund, programme_of(each.part.fund, each.part.taakveld, authorised))
            not in known
        }
    return frozenset(found)


async def families_behind(
    connection: AsyncConnection, *, gemeente: str, on: date
) -> FamiliesBehind:
    """Count the families behind the key figures of a day: in all, by age and by payer."""
    found = await rows(
        connection,
        "SELECT width_bucket(%(on)s - (item.opened_at AT TIME ZONE 'Europe/Amsterdam')::date,"
        " %(starts)s::integer[]) AS age,"
        " coalesce(nullif(stands.payer, ''), part.payer) AS payer, part.gezin,"
        " item.deadline < %(on)s AS is_late"
        " FROM domains.payer_item AS item"
        " JOIN domains.payer_standing AS stands USING (gemeente, part_id)"
        " JOIN domains.part AS part USING (gemeente, part_id)"
        " WHERE item.gemeente = %(gemeente)s AND stands.state = ANY (%(unsettled)s::text[])",
        {
            "gemeente": gemeente,
            "on": on,
            "unsettled": list(UNSETTLED),
            "starts": [first for first, _ in AGES[1:]],
        },
    )

    def count(rows_of: Iterable[Any]) -> int:
        return len({row.gezin for row in rows_of})

    return FamiliesBehind(
        total=count(found),
        per_lateness={
            late: count(row for row in found if row.is_late is late) for late in (True, False)
        },
        per_age={
            first: count(row for row in found if row.age == place)
            for place, (first, _) in enumerate(AGES)
        },
        per_payer={
            payer: count(row for row in found if row.payer == payer)
            for payer in {row.payer for row in found}
        },
    )
