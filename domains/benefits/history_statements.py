"""The statements that read cost histories: each gives whole columns of numbers.

Months are whole numbers, counted from the first month of the panel (0); earlier ones are negative.
Families are numbered in the order of their ids. All that was written down after the moment of the
frozen link is left out, so that the same link always gives the same histories.
"""

from typing import Final

from domains.benefits.panel import NEVER


def _month(day: str) -> str:
    """Number the month of a day."""
    return f"((extract(year FROM {day}) * 12 + extract(month FROM {day}))::integer - %(base)s)"


def _whole_month(day: str) -> str:
    """Number the first month that lies wholly on or after a day."""
    return f"({_month(day)} + (extract(day FROM {day}) <> 1)::integer)"


_STAYS: Final = f"""
    member AS MATERIALIZED (
        SELECT family_id, person_id, birth_date, from_date,
               CASE WHEN ended_at <= %(moment)s THEN until_date END AS until_date
        FROM domains.member WHERE gemeente = %(gemeente)s AND recorded_at <= %(moment)s
    ), stay AS MATERIALIZED (
        -- In a month with two families, a person belongs to the first.
        SELECT family_id, person_id, birth_date, from_date, until_date,
               {_month("from_date")} + coalesce(
                   earlier > date_trunc('month', from_date)::date, false)::integer AS from_month,
               coalesce({_month("(until_date - 1)")} + 1, {NEVER}) AS until_month
        FROM (
            SELECT member.*, lag(until_date) OVER (PARTITION BY person_id ORDER BY from_date)
                   AS earlier
            FROM member
        ) AS in_order
    )
"""

FAMILIES: Final = f"""
    WITH {_STAYS} SELECT DISTINCT family_id FROM stay
    WHERE from_month < until_month AND from_month < %(months)s AND until_month > 0
    ORDER BY family_id
"""

# Whoever registers a family meanwhile must not shift the numbers.
_FAMILIES: Final = """
    family AS MATERIALIZED (
        SELECT family_id, place - 1 AS number
        FROM unnest(%(families)s::uuid[]) WITH ORDINALITY AS known (family_id, place)
    )
"""

MEMBERS: Final = f"""
    WITH {_STAYS}, {_FAMILIES}, departure AS (
        SELECT known.family_id, known.person_id, known.day
        FROM domains.known_event AS known
        WHERE known.gemeente = %(gemeente)s AND known.kind = 'vertrek'
          AND known.recorded_at <= %(moment)s AND NOT EXISTS (
              SELECT 1 FROM domains.withdrawn_event AS withdrawn
              WHERE withdrawn.gemeente = known.gemeente AND withdrawn.event_id = known.event_id
                AND withdrawn.recorded_at <= %(moment)s)
    ), here AS (
        SELECT stay.*, least(until_date, (
            SELECT min(day) FROM departure
            WHERE departure.family_id = stay.family_id AND day >= stay.from_date
              AND (departure.person_id IS NULL OR departure.person_id = stay.person_id)
        )) AS here_until, domains.birthday(birth_date, 18) AS grown
        FROM stay
    )
    SELECT number, from_month, until_month, {_whole_month("from_date")},
           coalesce({_month("here_until")}, {NEVER}), {_whole_month("grown")},
           -- A youngster (Jeugdwet 1.1) may get youth help until 23; who is older is no child here.
           (birth_date + interval '23 years' > greatest(from_date, %(first_day)s::date))::integer
    FROM here JOIN family USING (family_id)
"""
"""Per stay: family, months of belonging, months of whole presence, month of being grown, child."""

_SPENT: Final = f"""
    person_account AS MATERIALIZED (
        SELECT account_id, (dimensions ->> 'persoon')::uuid AS person_id,
               left(colour, -5) AS source, coalesce(dimensions ->> 'hulpsoort', '') AS kind
        FROM ledger.account
        WHERE gemeente = %(gemeente)s AND book = %(book)s AND code = %(observed)s
    ), dated AS MATERIALIZED (
        SELECT chain_number, position, month, greatest(invoiced - month, 0) AS lag
        FROM (
            SELECT entry.chain_number, entry.position,
                   {_month("entry.performance_from")} AS month,
                   {_month("invoice.month")} AS invoiced
            FROM ledger.entry AS entry
            LEFT JOIN ledger.entry AS reversed
              ON reversed.gemeente = entry.gemeente AND reversed.entry_id = entry.reverses
            CROSS JOIN LATERAL (
                SELECT coalesce(entry.metadata ->> 'factuurmaand',
                                reversed.metadata ->> 'factuurmaand')::date AS month
            ) AS invoice
            WHERE entry.gemeente = %(gemeente)s AND entry.chain_number <= %(known)s
        ) AS numbered
    ), spent AS (
        -- Observed costs: in the month of the help, with how many months later they were invoiced.
        SELECT person_id, source, kind, month, lag, amount_cents AS cents
        FROM ledger.posting AS posting
        JOIN dated USING (chain_number, position)
        JOIN person_account USING (account_id)
        WHERE posting.gemeente = %(gemeente)s
        UNION ALL
        -- What family budgets spent, over the months of its days: each month gets what is due up
        -- to its end less what was due up to its start, so that the cents add up.
        SELECT part.person_id,
               CASE WHEN part.fund LIKE %(shortage)s || '-%%' AND part.stands_in_for <> ''
                    THEN part.stands_in_for ELSE left(part.fund, -5) END,
               draw.kind, {_month("piece.first")}, -1,
               move.spent_cents * (least(piece.last, days.until_date) - days.from_date)
                   / (days.until_date - days.from_date)
               - move.spent_cents * (greatest(piece.first, days.from_date) - days.from_date)
                   / (days.until_date - days.from_date)
        FROM domains.part_move AS move
        JOIN ledger.entry AS entry USING (gemeente, entry_id)
        JOIN domains.part AS part USING (gemeente, part_id)
        JOIN domains.draw AS draw USING (gemeente, draw_id)
        CROSS JOIN LATERAL (
            SELECT coalesce(entry.performance_from, part.from_date) AS from_date,
                   coalesce(entry.performance_until, part.until_date) AS until_date
        ) AS days
        CROSS JOIN LATERAL (
            SELECT start::date AS first, (start + interval '1 month')::date AS last
            FROM generate_series(date_trunc('month', days.from_date::timestamp),
                                 (days.until_date - 1)::timestamp, interval '1 month') AS start
        ) AS piece
        WHERE move.gemeente = %(gemeente)s AND entry.chain_number <= %(known)s
          AND move.spent_cents <> 0
    )
"""

_CODES: Final = """
    stretch AS MATERIALIZED (
        SELECT * FROM unnest(%(sources)s::text[], %(stretch_from)s::integer[],
            %(stretch_until)s::integer[], %(stretch_domain)s::integer[])
            AS stretch (source, from_month, until_month, domain)
    ), intervention AS MATERIALIZED (
        SELECT * FROM unnest(%(kinds)s::text[], %(kind_intervention)s::integer[])
            AS intervention (kind, intervention)
    )
"""

COSTS: Final = f"""
    WITH {_STAYS}, {_FAMILIES}, {_SPENT}, {_CODES}
    SELECT coalesce(family.number, -1), spent.month, coalesce(stretch.domain, -1),
           coalesce(intervention.intervention, -1), spent.lag, spent.cents
    FROM spent
    LEFT JOIN stretch ON stretch.source = spent.source
        AND stretch.from_month <= spent.month AND spent.month < stretch.until_month
    LEFT JOIN intervention ON intervention.kind = spent.kind
    LEFT JOIN stay ON stay.person_id = spent.person_id
        AND stay.from_month <= spent.month AND spent.month < stay.until_month
    LEFT JOIN family ON family.family_id = stay.family_id
    WHERE spent.month >= 0 AND spent.month < %(months)s OR intervention.intervention IS NOT NULL
"""
"""Per cost: family, month, domain, intervention, lag (-1: no such thing) and whole cents."""

BEGUN: Final = f"""
    WITH {_STAYS}, {_FAMILIES}, {_CODES}, help AS (
        SELECT (account.dimensions ->> 'persoon')::uuid AS person_id, intervention.intervention,
               {_month("entry.performance_from")} AS month
        FROM ledger.posting AS posting
        JOIN ledger.entry AS entry USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        JOIN intervention ON intervention.kind = account.dimensions ->> 'hulpsoort'
        WHERE account.gemeente = %(gemeente)s AND account.book = %(book)s
          AND account.code = %(observed)s AND posting.chain_number <= %(known)s
        GROUP BY 1, 2, 3 HAVING sum(posting.amount_cents) > 0
        UNION ALL
        SELECT part.person_id, intervention.intervention, {_month("part.from_date")}
        FROM domains.part_move AS move
        JOIN ledger.entry AS entry USING (gemeente, entry_id)
        JOIN domains.part AS part USING (gemeente, part_id)
        JOIN domains.draw AS draw USING (gemeente, draw_id)
        JOIN intervention ON intervention.kind = draw.kind
        WHERE move.gemeente = %(gemeente)s AND entry.chain_number <= %(known)s
        GROUP BY part.part_id, 1, 2, 3 HAVING sum(move.reserved_cents + move.spent_cents) > 0
        UNION ALL
        -- Help that another system told of, whoever paid for it.
        SELECT told.person_id, intervention.intervention, {_month("told.started_on")}
        FROM domains.told_help AS told
        JOIN domains.help_delivery AS delivery USING (gemeente, delivery_id)
        JOIN intervention ON intervention.kind = told.kind
        WHERE told.gemeente = %(gemeente)s AND delivery.recorded_at <= %(moment)s
    ), first AS (
        SELECT person_id, intervention, min(month) AS month FROM help GROUP BY 1, 2
    )
    -- A family has had help from when one of it got it, or came along with it.
    SELECT family.number, first.intervention, min(greatest(first.month, stay.from_month))
    FROM first
    JOIN stay ON stay.person_id = first.person_id
        AND greatest(first.month, stay.from_month) < stay.until_month
    JOIN family ON family.family_id = stay.family_id
    GROUP BY 1, 2
"""
"""Family, intervention, and the month in which it began for the family."""

_ASKED: Final = """
    unnest(%(families)s::uuid[], %(days)s::date[]) WITH ORDINALITY AS asked (family_id, day, place)
"""

SEVERITIES: Final = f"""
    SELECT DISTINCT ON (asked.place) asked.place - 1, (measured.severity * 10000)::bigint
    FROM {_ASKED} JOIN domains.family_severity AS measured
      ON measured.gemeente = %(gemeente)s AND measured.family_id = asked.family_id
     AND measured.measured_on < asked.day AND measured.recorded_at <= %(moment)s
    ORDER BY asked.place, measured.measured_on DESC, measured.number DESC
"""
"""Per family the last severity that was measured before a day, in ten-thousandths."""

DISTRICTS: Final = f"""
    SELECT DISTINCT ON (asked.place) coalesce(lived.district, '')
    FROM {_ASKED} LEFT JOIN domains.family_district AS lived
      ON lived.gemeente = %(gemeente)s AND lived.family_id = asked.family_id
     AND lived.recorded_at <= %(moment)s
    -- The last before the day; before its first day there a family lived there too.
    ORDER BY asked.place, lived.from_date > asked.day, abs(asked.day - lived.from_date)
"""
"""Per family the district where it lived on a day."""
