"""Reading what the figures are made of, as the books stood on a date."""

from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.figures.model import Delivered, Grouping, Holding, Utilisation, Variance
from domains.figures.rules import utilisation_of, variance_of
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
# was stopped counts up to the day on which it stopped.
_DELIVERED: Final = """
    WITH known AS (
        SELECT DISTINCT ON (decision.draw_id) decision.draw_id, decision.until_date
        FROM domains.draw_decision AS decision
        WHERE decision.gemeente = %(gemeente)s AND (decision.entries = '{}' OR EXISTS (
            SELECT 1 FROM ledger.entry AS entry
            WHERE entry.gemeente = %(gemeente)s AND entry.entry_id = decision.entries[1]
              AND entry.chain_number <= %(known_up_to)s))
        ORDER BY decision.draw_id, decision.number DESC
    ), granted AS (
        SELECT line.*, draw.provider,
               greatest(0, least(line.until_date, known.until_date, %(until)s::date)
                   - greatest(line.from_date, %(from)s::date)) AS days
        FROM domains.draw_line AS line
        JOIN domains.draw_decision AS decision ON decision.gemeente = line.gemeente
            AND decision.draw_id = line.draw_id AND decision.number = line.decision_number
        JOIN domains.draw AS draw
            ON draw.gemeente = line.gemeente AND draw.draw_id = line.draw_id
        JOIN ledger.entry AS entry ON entry.gemeente = line.gemeente
            AND entry.entry_id = decision.entries[1] AND entry.chain_number <= %(known_up_to)s
        JOIN known ON known.draw_id = line.draw_id
        WHERE line.gemeente = %(gemeente)s AND NOT EXISTS (
              SELECT 1 FROM ledger.entry AS reversal WHERE reversal.gemeente = %(gemeente)s
                AND reversal.reverses = entry.entry_id
                AND reversal.chain_number <= %(known_up_to)s)
    ), delivered AS (
        SELECT delivery.draw_id, delivery.line,
               sum(delivery.volume_e4) AS volume_e4,
               sum(delivery.amount_cents) FILTER (WHERE delivery.volume_e4 IS NOT NULL) AS cents,
               sum(delivery.amount_cents) FILTER (WHERE delivery.volume_e4 IS NULL) AS loose
        FROM domains.delivery AS delivery
        JOIN ledger.entry AS entry ON entry.gemeente = delivery.gemeente
            AND entry.entry_id = delivery.entries[1] AND entry.chain_number <= %(known_up_to)s
            AND entry.booking_date <= %(on)s
        WHERE delivery.gemeente = %(gemeente)s AND delivery.outcome = 'geleverd'
          AND delivery.from_date >= %(from)s AND delivery.from_date < %(until)s
          AND NOT EXISTS (
              SELECT 1 FROM ledger.entry AS reversal WHERE reversal.gemeente = %(gemeente)s
                AND reversal.reverses = entry.entry_id
                AND reversal.chain_number <= %(known_up_to)s)
        GROUP BY delivery.draw_id, delivery.line
    )
    SELECT granted.product_category, granted.product_code, granted.unit, granted.provider,
           sum(granted.volume_e4)::bigint AS granted_volume_e4,
           sum(granted.amount_cents)::bigint AS granted_cents,
           round(sum(granted.volume_e4::numeric * granted.days
               / (granted.until_date - granted.from_date)))::bigint AS planned_volume_e4,
           round(sum(granted.amount_cents::numeric * granted.days
               / (granted.until_date - granted.from_date)))::bigint AS planned_cents,
           coalesce(sum(delivered.volume_e4), 0)::bigint AS volume_e4,
           coalesce(sum(delivered.cents), 0)::bigint AS cents,
           coalesce(sum(delivered.loose), 0)::bigint AS loose
    FROM granted LEFT JOIN delivered
        ON delivered.draw_id = granted.draw_id AND delivered.line = granted.line
    WHERE granted.days > 0 OR delivered.line IS NOT NULL
    GROUP BY granted.product_category, granted.product_code, granted.unit, granted.provider
    ORDER BY granted.product_category, granted.product_code, granted.unit, granted.provider
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
        },
    )
    return tuple(
        variance_of(
            Delivered(
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
        )
        for row in found
    )
