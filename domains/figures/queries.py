"""Reading what the figures are made of, as the books stood on a date."""

from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.allocations.model import REMOVED, UNITS
from domains.figures.model import Delivered, Grouping, Holding, Utilisation, Variance
from domains.figures.rules import declared_of, utilisation_of, variances_of
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_CODES: Final = (
    chart.AUTHORISATION,
    chart.FREE,
    chart.COMPLEX_RESERVE,
    chart.DISTRICT,
    chart.FAMILY,
    chart.LAPSED,
    chart.CARRIED,
    chart.RESERVED,
    chart.SPENT,
)

_FAMILY_DISTRICTS: Final = """
    SELECT DISTINCT ON (lives.family_id) lives.family_id::text, lives.district
    FROM domains.family_district AS lives
    WHERE lives.gemeente = %(gemeente)s
    ORDER BY lives.family_id, (lives.from_date <= %(on)s) DESC,
             CASE WHEN lives.from_date <= %(on)s THEN lives.from_date END DESC, lives.from_date
"""

# What was granted counts for the days of the year that are over by then, in proportion; help that
# was stopped counts up to the day on which it stopped. Help without lines was granted as its
# allocation says in its latest version, and what it was raised by since comes on top, for the days
# of the raise; tariff times volume is rounded once, with all the rest.
_DELIVERED: Final = """
    WITH decided AS (
        SELECT decision.draw_id, decision.number, decision.until_date, entry.chain_number,
               decision.granted_cents - lag(decision.granted_cents, 1, 0::bigint) OVER (
                   PARTITION BY decision.draw_id ORDER BY decision.number) AS more_cents
        FROM domains.draw_decision AS decision
        LEFT JOIN ledger.entry AS entry
            ON entry.gemeente = %(gemeente)s AND entry.entry_id = decision.entries[1]
        WHERE decision.gemeente = %(gemeente)s
          AND (decision.entries = '{}' OR entry.chain_number <= %(known_up_to)s)
    ), known AS (
        SELECT DISTINCT ON (draw_id) draw_id, until_date FROM decided ORDER BY draw_id, number DESC
    ), allocated AS (
        SELECT latest.*, in_all * 10000 AS volume_e4,
               coalesce(budget_cents, in_all * tariff_e4 / 100) AS amount_cents
        FROM (
            -- For the days that were reserved: it may have begun before, and have no end; where it
            -- was stopped or removed before the first of them, no day is left.
            SELECT DISTINCT ON (given.draw_id) given.draw_id, given.product_category,
                   given.product_code, coalesce(units.name, '') AS unit, given.volume,
                   given.frequency, given.budget_cents, given.tariff_e4, given.change_reason,
                   told.chain_number, greatest(given.from_date, draw.from_date) AS from_date,
                   greatest(coalesce(given.until_date, decided.until_date), given.from_date,
                            draw.from_date) AS until_date
            FROM domains.allocation AS given
            JOIN domains.draw AS draw USING (gemeente, draw_id)
            JOIN domains.answered AS told ON told.gemeente = given.gemeente
                AND told.result = given.allocation_id AND told.chain_number <= %(known_up_to)s
            -- What had been decided when it was told.
            JOIN decided ON decided.draw_id = given.draw_id
                AND decided.chain_number <= told.chain_number
            LEFT JOIN unnest(%(unit_codes)s::text[], %(units)s::text[]) AS units (code, name)
                ON units.code = given.unit
            WHERE given.gemeente = %(gemeente)s AND given.line = 0
            ORDER BY given.draw_id, given.allocation_id DESC, decided.number DESC
        ) AS latest
        CROSS JOIN LATERAL (
            SELECT volume::numeric * CASE frequency
                   WHEN '1' THEN until_date - from_date
                   WHEN '2' THEN (until_date - from_date + 6) / 7
                   WHEN '4' THEN 12 * (extract(year FROM until_date) - extract(year FROM from_date))
                       + extract(month FROM until_date) - extract(month FROM from_date)
                       + (extract(day FROM until_date) > 1)::integer
                   ELSE 1 END AS in_all
        ) AS extent
    ), agreed AS (
        SELECT draw_id, line, decision_number, product_category, product_code, unit, volume_e4,
               amount_cents, from_date, until_date, until_date AS planned_until
        FROM domains.draw_line WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT draw_id, 0, (
                   SELECT min(decision.number) FROM domains.draw_decision AS decision
                   WHERE decision.gemeente = %(gemeente)s AND decision.entries <> '{}'
                     AND decision.draw_id = allocated.draw_id),
               product_category, product_code, unit, volume_e4, amount_cents, from_date,
               until_date,
               CASE WHEN change_reason = %(removed)s THEN from_date ELSE until_date END
        FROM allocated
        UNION ALL
        SELECT draw_id, 0, number, product_category, product_code, unit,
               volume_e4 * more_cents / nullif(amount_cents, 0), more_cents, raised.from_date,
               raised.until_date, raised.until_date
        FROM allocated
        JOIN decided USING (draw_id)
        CROSS JOIN LATERAL (
            SELECT min(part.from_date) AS from_date, max(part.until_date) AS until_date
            FROM domains.part AS part
            WHERE part.gemeente = %(gemeente)s AND part.draw_id = decided.draw_id
              AND part.decision_number = decided.number AND part.line = 0
        ) AS raised
        WHERE decided.chain_number > allocated.chain_number AND decided.more_cents > 0
          AND raised.from_date IS NOT NULL
    ), granted AS (
        SELECT agreed.*, draw.provider,
               greatest(0, least(agreed.planned_until, known.until_date, %(until)s::date)
                   - greatest(agreed.from_date, %(from)s::date)) AS days
        FROM agreed
        JOIN domains.draw_decision AS decision ON decision.gemeente = %(gemeente)s
            AND decision.draw_id = agreed.draw_id AND decision.number = agreed.decision_number
        JOIN domains.draw AS draw
            ON draw.gemeente = %(gemeente)s AND draw.draw_id = agreed.draw_id
        JOIN ledger.entry AS entry ON entry.gemeente = %(gemeente)s
            AND entry.entry_id = decision.entries[1] AND entry.chain_number <= %(known_up_to)s
        JOIN known ON known.draw_id = agreed.draw_id
        WHERE NOT EXISTS (
              SELECT 1 FROM ledger.entry AS reversal WHERE reversal.gemeente = %(gemeente)s
                AND reversal.reverses = entry.entry_id
                AND reversal.chain_number <= %(known_up_to)s)
    ), booked AS (
        SELECT draw_id, line, NULL AS category, NULL AS code, NULL AS unit, volume_e4,
               amount_cents, entries[1] AS entry
        FROM domains.delivery
        WHERE gemeente = %(gemeente)s AND outcome = 'geleverd'
          AND from_date >= %(from)s AND from_date < %(until)s
        UNION ALL
        -- What was accrued at the end of the year and released since, because nobody declared it.
        SELECT part.draw_id, part.line, NULL, NULL, NULL, NULL, move.spent_cents, move.entry_id
        FROM domains.part_move AS move JOIN domains.part AS part USING (gemeente, part_id)
        WHERE gemeente = %(gemeente)s AND move.kind = 'vrijgevallen' AND move.spent_cents < 0
          AND part.from_date >= %(from)s AND part.from_date < %(until)s AND EXISTS (
              SELECT 1 FROM ledger.entry AS entry
              JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
              JOIN ledger.account AS account USING (gemeente, account_id)
              WHERE gemeente = %(gemeente)s AND entry.entry_id = move.entry_id
                AND account.code = %(lapsed)s)
        UNION ALL
        SELECT given.draw_id, given.line, declared.product_category, declared.product_code,
               units.name, declared.volume * 10000::bigint, declared.amount_cents,
               declared.entries[1]
        FROM domains.declared_line AS declared
        JOIN domains.allocation AS given ON given.gemeente = declared.gemeente
            AND given.message_law = declared.message_law AND given.number = declared.allocation
            AND given.version = 1
        JOIN unnest(%(unit_codes)s::text[], %(units)s::text[]) AS units (code, name)
            ON units.code = declared.unit
        -- What a credit took back is reversed, and that tells it.
        WHERE declared.gemeente = %(gemeente)s AND declared.outcome = 'toegekend'
          AND NOT declared.is_credit
          AND declared.from_date >= %(from)s AND declared.from_date < %(until)s
    ), delivered AS (
        SELECT booked.draw_id, booked.line, booked.category, booked.code, booked.unit,
               sum(booked.volume_e4) AS volume_e4,
               sum(booked.amount_cents) FILTER (WHERE booked.volume_e4 IS NOT NULL) AS cents,
               sum(booked.amount_cents) FILTER (WHERE booked.volume_e4 IS NULL) AS loose
        FROM booked
        JOIN ledger.entry AS entry ON entry.gemeente = %(gemeente)s
            AND entry.entry_id = booked.entry AND entry.chain_number <= %(known_up_to)s
            AND entry.booking_date <= %(on)s
        WHERE NOT EXISTS (
              SELECT 1 FROM ledger.entry AS reversal WHERE reversal.gemeente = %(gemeente)s
                AND reversal.reverses = entry.entry_id AND reversal.booking_date <= %(on)s
                AND reversal.chain_number <= %(known_up_to)s)
        GROUP BY booked.draw_id, booked.line, booked.category, booked.code, booked.unit
    )
    SELECT product_category, product_code, unit, provider, NULL AS declared_category,
           NULL AS declared_code, NULL AS declared_unit,
           round(coalesce(sum(volume_e4), 0))::bigint AS granted_volume_e4,
           round(sum(amount_cents))::bigint AS granted_cents,
           round(coalesce(sum(volume_e4 * share), 0))::bigint AS planned_volume_e4,
           round(coalesce(sum(amount_cents * share), 0))::bigint AS planned_cents,
           0 AS volume_e4, 0 AS cents, 0 AS loose
    FROM granted
    CROSS JOIN LATERAL (
        SELECT coalesce(days / nullif(until_date - from_date, 0)::numeric, 0) AS share) AS past
    WHERE days > 0 OR EXISTS (
        SELECT 1 FROM delivered
        WHERE delivered.draw_id = granted.draw_id AND delivered.line = granted.line)
    GROUP BY product_category, product_code, unit, provider
    UNION ALL
    SELECT product_category, product_code, granted.unit, provider, delivered.category,
           delivered.code, delivered.unit, 0, 0, 0, 0,
           coalesce(sum(delivered.volume_e4), 0)::bigint,
           coalesce(sum(delivered.cents), 0)::bigint, coalesce(sum(delivered.loose), 0)::bigint
    FROM delivered
    JOIN (
        SELECT DISTINCT draw_id, line, product_category, product_code, unit, provider FROM granted
    ) AS granted USING (draw_id, line)
    GROUP BY product_category, product_code, granted.unit, provider, delivered.category,
             delivered.code, delivered.unit
"""


async def utilisation(
    connection: AsyncConnection,
    *,
    gemeente: str,
    year: int,
    on: date,
    known_up_to: int,
    grouping: Grouping,
) -> Utilisation:
    """Say how far the budgets of a year are used up (uitputting) on a date."""
    found = await balances.totals(
        connection,
        gemeente=gemeente,
        book=Book.BUDGET,
        on=on,
        known_up_to=known_up_to,
        codes=_CODES,
        by=["taakveld", "programma", "wijk", "gezin"],
    )
    lives: dict[str, str] = {}
    names: dict[str, str] = {}
    if grouping is Grouping.DISTRICT:
        asked = {"gemeente": gemeente, "on": on}
        lives = {row[0]: row[1] for row in await rows(connection, _FAMILY_DISTRICTS, asked)}
        names = {
            row[0]: row[1]
            for row in await rows(
                connection,
                "SELECT district, name FROM domains.district WHERE gemeente = %s",
                (gemeente,),
            )
        }
    return utilisation_of(
        [
            Holding(
                code=each.code,
                fund=each.colour,
                taakveld=each.parts[0] or "",
                programme=each.parts[1] or "",
                # What lies with a family has no district of its own: that where the family lives.
                wijk=each.parts[2] or lives.get(each.parts[3] or "", ""),
                amount_cents=each.balance_cents,
            )
            for each in found
        ],
        year=year,
        on=on,
        known_up_to=known_up_to,
        grouping=grouping,
        names=names,
    )


async def latest_budget_year(connection: AsyncConnection, *, gemeente: str, until: int) -> int:
    """Give the last year with a budget, no later than a year; that year where there is none."""
    ((found,),) = await rows(
        connection,
        "SELECT max(substring(colour FROM '[0-9]{4}$')::integer) FROM ledger.account"
        " WHERE gemeente = %(gemeente)s AND book = 'BUDGET' AND code = %(code)s"
        " AND substring(colour FROM '[0-9]{4}$')::integer <= %(until)s",
        {"gemeente": gemeente, "code": chart.AUTHORISATION, "until": until},
    )
    return found or until


async def variances(
    connection: AsyncConnection, *, gemeente: str, year: int, on: date, known_up_to: int
) -> tuple[Variance, ...]:
    """Say per product and provider why costs differ from what was granted (P x Q) on a date."""
    found = await rows(
        connection,
        _DELIVERED,
        {
            "gemeente": gemeente,
            "from": date(year, 1, 1),
            "until": min(date.fromordinal(on.toordinal() + 1), date(year + 1, 1, 1)),
            "on": on,
            "known_up_to": known_up_to,
            "removed": REMOVED,
            "lapsed": chart.LAPSED,
            "unit_codes": list(UNITS),
            "units": list(UNITS.values()),
        },
    )
    told: list[Delivered] = []
    for row in found:
        each = Delivered(
            category=row.product_category,
            product=row.product_code,
            unit=row.unit,
            provider=row.provider,
            granted_volume_e4=row.granted_volume_e4,
            granted_cents=row.granted_cents,
            planned_volume_e4=row.planned_volume_e4,
            planned_cents=row.planned_cents,
            volume_e4=row.volume_e4,
            amount_cents=row.cents,
            without_volume_cents=row.loose,
        )
        if row.declared_unit is None:
            told.append(each)
        else:
            product = (row.declared_category, row.declared_code, row.declared_unit)
            told += declared_of(each, product=product)
    return variances_of(told)
