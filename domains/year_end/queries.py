"""Reading closings of years, what stands in their way, and what was booked by exception."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.council.model import Cause
from domains.council.queries import council_standing
from domains.payers.model import UNSETTLED
from domains.settings.model import Settings
from domains.year_end.model import (
    BookedByException,
    Closing,
    ClosingRecord,
    Outcome,
    PeriodException,
    Row,
    RowKind,
)
from domains.year_end.refusals import UnknownClosing, UnknownException
from domains.year_end.rules import row_of, shortened
from ledger import balances
from ledger.accounts import Account, Book
from ledger.reading import rows

_ROOMS: Final = (chart.FREE, chart.DISTRICT, chart.COMPLEX_RESERVE, chart.FAMILY)

_DAYS: Final = """
    SELECT count(word.is_open) AS known, count(*) FILTER (WHERE word.is_open) AS open,
           bool_or(word.is_open) FILTER (WHERE day.day = %(last)s) AS last_day_is_open
    FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day (day)
    LEFT JOIN LATERAL (
        SELECT change.is_open AND coalesce(%(at)s < change.open_until, true) AS is_open
        FROM ledger.period_change AS change
        WHERE change.gemeente = %(gemeente)s AND change.from_date <= day.day
          AND day.day < change.until_date
        ORDER BY change.chain_number DESC LIMIT 1
    ) AS word ON true
"""

_ROWS: Final = """
    SELECT 'wacht-op-akkoord' AS kind, 'trekking ' || draw_id || ' bij ' || approval_by AS place,
           amount_cents
    FROM domains.standing_draw
    WHERE gemeente = %(gemeente)s AND approval_by <> '' AND from_date < %(until)s
      AND NOT is_reversed
    UNION ALL
    SELECT 'loopt-door-zonder-begroting', 'trekking ' || draw_id,
           sum(reserved_cents + spent_cents)::bigint
    FROM domains.standing_part
    WHERE gemeente = %(gemeente)s AND ahead AND from_date >= %(until)s
      AND reserved_cents + spent_cents > 0
      AND draw_id IN (SELECT draw_id FROM domains.draw
                      WHERE gemeente = %(gemeente)s AND from_date < %(until)s)
    GROUP BY draw_id
    UNION ALL
    SELECT 'levering-wacht', 'trekking ' || draw_id, amount_cents
    FROM domains.delivery AS delivery
    WHERE gemeente = %(gemeente)s AND outcome = 'wacht-op-verhoging' AND from_date < %(until)s
      AND NOT EXISTS (SELECT 1 FROM domains.delivery AS later
                      WHERE later.gemeente = delivery.gemeente
                        AND later.resumes = delivery.delivery_id)
    UNION ALL
    SELECT 'betaler-openstaand',
           part.fund || ', betaler ' || coalesce(nullif(stands.payer, ''), part.payer),
           sum(stands.amount_cents)::bigint
    FROM domains.payer_standing AS stands JOIN domains.part AS part USING (gemeente, part_id)
    WHERE gemeente = %(gemeente)s AND stands.state = ANY (%(unsettled)s::text[])
      AND part.fund LIKE %(funds)s
    GROUP BY 2
    UNION ALL
    SELECT 'wijziging-niet-vastgesteld',
           'wijziging ' || change_id || ': ' || max(description), NULL
    FROM domains.budget_change AS change
    WHERE gemeente = %(gemeente)s AND year = %(year)s
      AND NOT EXISTS (SELECT 1 FROM domains.budget_change_adoption AS adopted
                      WHERE adopted.gemeente = change.gemeente
                        AND adopted.change_id = change.change_id)
    GROUP BY change_id
    ORDER BY 1, 2
"""

_CLOSINGS: Final = """
    SELECT closing_id, number, record, recorded_at, actor, entries FROM domains.year_closing
    WHERE gemeente = %(gemeente)s AND (%(year)s::integer IS NULL OR year = %(year)s)
      AND (%(ids)s::uuid[] IS NULL OR closing_id = ANY (%(ids)s::uuid[]))
    ORDER BY year, number
"""

# An entry was booked under an exception where that was the last word on its day.
_EXCEPTIONS: Final = """
    SELECT exception.*, opened.chain_number, earlier.closed_at
    FROM domains.period_exception AS exception
    JOIN domains.answered AS answered
      ON answered.gemeente = exception.gemeente AND answered.result = exception_id
    JOIN ledger.period_change AS opened ON opened.gemeente = exception.gemeente
     AND opened.chain_number = answered.chain_number + 1
    CROSS JOIN LATERAL (
        SELECT min(link.recorded_at) AS closed_at FROM ledger.period_change AS closed
        JOIN ledger.link AS link USING (gemeente, chain_number)
        WHERE closed.gemeente = exception.gemeente AND NOT closed.is_open
          AND closed.chain_number > opened.chain_number
          AND closed.from_date <= exception.from_date AND exception.until_date <= closed.until_date
          AND link.recorded_at < exception.open_until
    ) AS earlier
    WHERE exception.gemeente = %(gemeente)s
      AND (%(ids)s::uuid[] IS NULL OR exception_id = ANY (%(ids)s::uuid[]))
    ORDER BY opened.chain_number
"""

_BOOKED: Final = """
    SELECT opened.chain_number AS opened_by, entry.entry_id, entry.booking_date,
           entry.recorded_at, entry.actor, entry.kind, entry.description, entry.document,
           line.funds, line.debit_cents
    FROM unnest(%(opened)s::bigint[]) AS opened (chain_number)
    JOIN ledger.period_change AS change
      ON change.gemeente = %(gemeente)s AND change.chain_number = opened.chain_number
    JOIN ledger.entry AS entry ON entry.gemeente = change.gemeente
     AND entry.booking_date >= change.from_date AND entry.booking_date < change.until_date
     AND entry.chain_number > change.chain_number
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT account.colour ORDER BY account.colour) AS funds,
               sum(posting.amount_cents) FILTER (WHERE posting.amount_cents > 0)::bigint
               AS debit_cents
        FROM ledger.posting AS posting JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE posting.gemeente = entry.gemeente AND posting.chain_number = entry.chain_number
          AND posting.position = entry.position
    ) AS line
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger.period_change AS later
        WHERE later.gemeente = entry.gemeente AND later.chain_number > change.chain_number
          AND later.chain_number < entry.chain_number AND later.from_date <= entry.booking_date
          AND entry.booking_date < later.until_date)
    ORDER BY entry.chain_number, entry.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearState:
    """How the books of a year stand for what is recorded at a moment."""

    was_opened: bool
    is_closed: bool
    """No day of it is open."""
    last_day_is_open: bool
    closings: tuple[Closing, ...]
    is_quiet: bool
    """Nothing was booked in it since it was last closed."""

    @property
    def latest(self) -> Closing | None:
        """Return the last closing that was not blocked."""
        done = [each for each in self.closings if each.record.outcome is Outcome.CLOSED]
        return done[-1] if done else None


async def year_state(
    connection: AsyncConnection, *, gemeente: str, year: int, at: datetime
) -> YearState:
    """Say how the books of a year stand."""
    known = {
        "gemeente": gemeente,
        "first": date(year, 1, 1),
        "last": date(year, 12, 31),
        "at": at,
    }
    ((opened, still_open, last_day_is_open),) = await rows(connection, _DAYS, known)
    found = await closings(connection, gemeente=gemeente, year=year)
    state = YearState(
        was_opened=opened > 0,
        is_closed=still_open == 0,
        last_day_is_open=bool(last_day_is_open),
        closings=found,
        is_quiet=False,
    )
    if state.latest is None:
        return state
    ((since,),) = await rows(
        connection,
        "SELECT EXISTS (SELECT 1 FROM ledger.entry AS entry WHERE entry.gemeente = %(gemeente)s"
        " AND entry.booking_date BETWEEN %(first)s AND %(last)s AND entry.chain_number > ("
        " SELECT min(chain_number) FROM domains.answered"
        " WHERE gemeente = %(gemeente)s AND result = %(closing)s))",
        {**known, "closing": state.latest.id},
    )
    return replace(state, is_quiet=not since)


async def closed_years(connection: AsyncConnection, *, gemeente: str) -> frozenset[int]:
    """Name the years that were closed."""
    found = await rows(
        connection,
        "SELECT DISTINCT year FROM domains.year_closing"
        " WHERE gemeente = %s AND outcome = 'afgesloten'",
        (gemeente,),
    )
    return frozenset(row[0] for row in found)


async def closings(
    connection: AsyncConnection,
    *,
    gemeente: str,
    year: int | None = None,
    ids: Sequence[UUID] | None = None,
) -> tuple[Closing, ...]:
    """List closings, of one year or with these ids, the oldest first."""
    found = await rows(
        connection,
        _CLOSINGS,
        {"gemeente": gemeente, "year": year, "ids": None if ids is None else list(ids)},
    )
    return tuple(
        Closing(
            id=row.closing_id,
            number=row.number,
            record=msgspec.convert(row.record, ClosingRecord),
            recorded_at=row.recorded_at,
            actor=row.actor,
            entries=tuple(row.entries),
        )
        for row in found
    )


async def closing(connection: AsyncConnection, *, gemeente: str, closing_id: UUID) -> Closing:
    """Give one closing.

    :raises UnknownClosing: there is no such closing.
    """
    for found in await closings(connection, gemeente=gemeente, ids=[closing_id]):
        return found
    raise UnknownClosing(closing=str(closing_id))


async def undeclared_draws(
    connection: AsyncConnection, *, gemeente: str, year: int
) -> tuple[UUID, ...]:
    """List the draws that still reserve something of the funds of a year."""
    found = await rows(
        connection,
        "SELECT DISTINCT draw_id FROM domains.standing_part"
        " WHERE gemeente = %s AND fund LIKE %s AND reserved_cents > 0 ORDER BY draw_id",
        (gemeente, _funds_of(year)),
    )
    return tuple(row[0] for row in found)


async def rooms_of(
    connection: AsyncConnection, *, gemeente: str, year: int
) -> Mapping[UUID, Account]:
    """Name the accounts on which the funds of a year may have room."""
    found = await rows(
        connection,
        "SELECT account_id FROM ledger.account WHERE gemeente = %s AND book = %s"
        " AND code = ANY (%s::text[]) AND colour LIKE %s",
        (gemeente, str(Book.BUDGET), list(_ROOMS), _funds_of(year)),
    )
    return await balances.find_accounts(
        connection, gemeente=gemeente, accounts=[row[0] for row in found]
    )


async def accrued(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> dict[tuple[UUID, str], int]:
    """Say what of draws was accrued and not declared yet, per draw and fund, in whole cents."""
    found = await rows(
        connection,
        "SELECT account.dimensions ->> 'verplichting' AS draw, account.colour AS fund,"
        " -balance.balance_cents AS cents FROM ledger.account AS account"
        " JOIN ledger.balance AS balance USING (gemeente, account_id)"
        " WHERE account.gemeente = %s AND account.book = %s AND account.code = %s"
        " AND account.dimensions ->> 'verplichting' = ANY (%s::text[])"
        " AND balance.balance_cents <> 0 ORDER BY 1, 2",
        (gemeente, str(Book.LASTEN), chart.TO_BE_INVOICED, [str(each) for each in draws]),
    )
    return {(UUID(row.draw), row.fund): row.cents for row in found}


async def rows_of_year(
    connection: AsyncConnection, *, gemeente: str, year: int, settings: Settings
) -> tuple[Row, ...]:
    """List what of a year still asks for somebody, apart from money without cover."""
    found: dict[str, list[Row]] = {}
    for kind, place, cents in await rows(
        connection,
        _ROWS,
        {
            "gemeente": gemeente,
            "year": year,
            "until": date(year + 1, 1, 1),
            "funds": _funds_of(year),
            "unsettled": list(UNSETTLED),
        },
    ):
        found.setdefault(kind, []).append(row_of(RowKind(kind), place, amount_cents=cents))
    last_day = date(year, 12, 31)
    known_up_to = await balances.last_link(connection, gemeente=gemeente)
    netted = await balances.totals(
        connection,
        gemeente=gemeente,
        book=Book.LASTEN,
        on=date.max.replace(year=date.max.year - 1),
        known_up_to=known_up_to,
        codes=[chart.DUE_FROM],
        by=["middel"],
    )
    found["owed"] = [
        row_of(
            RowKind.NOT_NETTED,
            f"{each.colour} krijgt van {each.parts[0]}",
            amount_cents=each.balance_cents,
        )
        for each in netted
        if each.balance_cents and str(year) in {each.colour[-4:], (each.parts[0] or "")[-4:]}
    ]
    council = await council_standing(
        connection,
        gemeente=gemeente,
        year=year,
        on=last_day,
        known_up_to=known_up_to,
        settings=settings,
    )
    found["council"] = [
        row_of(
            RowKind.NEEDS_COUNCIL,
            f"{each.fund}, programma {each.programme or 'onbekend'}, taakveld {each.taakveld}",
            amount_cents=each.amount_cents,
            why=str(each.cause),
        )
        for each in council.items
        if each.cause is not Cause.SHORTAGE
    ]
    return tuple(row for of_kind in found.values() for row in shortened(of_kind))


async def shortages_of(
    connection: AsyncConnection, *, gemeente: str, year: int
) -> tuple[tuple[UUID, str, str, int], ...]:
    """List what parts without cover reserve and spent: part, source, taakveld and cents."""
    found = await rows(
        connection,
        "SELECT part_id, stands_in_for, taakveld, reserved_cents + spent_cents AS cents"
        " FROM domains.standing_part WHERE gemeente = %s AND fund = %s"
        " AND reserved_cents + spent_cents <> 0 ORDER BY stands_in_for, taakveld, part_id",
        (gemeente, chart.fund(chart.SHORTAGE_SOURCE, year)),
    )
    return tuple((row.part_id, row.stands_in_for, row.taakveld, row.cents) for row in found)


async def exceptions(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[PeriodException, ...]:
    """List exceptions with everything that was booked under each, the oldest first."""
    found = await rows(
        connection,
        _EXCEPTIONS,
        {"gemeente": gemeente, "ids": None if ids is None else list(ids)},
    )
    booked: dict[int, list[BookedByException]] = {}
    for row in await rows(
        connection,
        _BOOKED,
        {"gemeente": gemeente, "opened": [each.chain_number for each in found]},
    ):
        booked.setdefault(row.opened_by, []).append(_booked(row))
    return tuple(
        PeriodException(
            id=row.exception_id,
            from_date=row.from_date,
            until_date=row.until_date,
            open_until=row.open_until,
            closed_at=row.closed_at,
            reason=row.reason,
            asked_by=row.asked_by,
            recorded_at=row.recorded_at,
            actor=row.actor,
            booked=tuple(booked.get(row.chain_number, ())),
        )
        for row in found
    )


async def exception(
    connection: AsyncConnection, *, gemeente: str, exception_id: UUID
) -> PeriodException:
    """Give one exception.

    :raises UnknownException: there is no such exception.
    """
    for found in await exceptions(connection, gemeente=gemeente, ids=[exception_id]):
        return found
    raise UnknownException(exception=str(exception_id))


def _funds_of(year: int) -> str:
    return f"%-{year}"


def _booked(row: Any) -> BookedByException:
    return BookedByException(
        entry=row.entry_id,
        booking_date=row.booking_date,
        recorded_at=row.recorded_at,
        actor=row.actor,
        kind=row.kind,
        description=row.description,
        document=row.document,
        funds=tuple(row.funds),
        debit_cents=row.debit_cents,
    )
