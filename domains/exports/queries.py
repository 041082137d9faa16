"""Reading what the files are made of, as the books stood at a chain number."""

from collections.abc import AsyncIterator, Collection
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.exports.accounts import BETWEEN_FUNDS
from domains.exports.model import LedgerLine, LineTotals, Movement, Scope
from domains.exports.refusals import NoDays, NothingKnownYet, YearNotInBooks
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_AT_ONCE: Final = 5_000
"""About as many entries are read at a time, so that memory does not grow with the books."""

# Whole links only, so that no entry is cut in two; a link may hold one entry or thousands.
_NEXT_LINK: Final = """
    SELECT max(chain_number) FROM (
        SELECT link.chain_number, link.entries,
               sum(link.entries) OVER (ORDER BY link.chain_number) AS up_to
        FROM ledger.link AS link
        WHERE link.gemeente = %(gemeente)s AND link.chain_number > %(after)s
          AND link.chain_number <= %(known_up_to)s
        ORDER BY link.chain_number LIMIT 5000
    ) AS next
    WHERE next.up_to - next.entries < %(at_once)s
"""

# By the order of the chain, or each piece would read all lines of an account again: OFFSET 0 keeps
# the planner from that. What funds owe each other is left out of an entry in which it comes to
# nothing: to the outside the municipality owes itself nothing. Otherwise it stays, so that every
# entry is in balance.
_OUTWARD: Final = """
    SELECT * FROM (
        SELECT posting.chain_number, posting.position, posting.line, posting.amount_cents,
               posting.basis, account.code, account.colour, account.dimensions,
               account.code = ANY (%(between)s::text[]) AS is_between,
               sum(posting.amount_cents) FILTER (WHERE account.code = ANY (%(between)s::text[]))
                   OVER (PARTITION BY posting.chain_number, posting.position) AS between_cents
        FROM (
            SELECT * FROM ledger.posting AS known
            WHERE known.gemeente = %(gemeente)s
              AND known.chain_number > %(after)s AND known.chain_number <= %(until)s
              AND known.booking_date >= %(from_date)s AND known.booking_date <= %(on)s
            OFFSET 0
        ) AS posting
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE account.book = 'LASTEN'
    ) AS line
    WHERE NOT line.is_between OR line.between_cents <> 0
"""

# A year is in the books by its money, or by what was booked in it of other years.
_YEARS: Final = """
    SELECT coalesce(array_agg(DISTINCT right(account.colour, 4)::integer)
                    FILTER (WHERE account.colour ~ '-[0-9]{4}$'), '{}')
    FROM ledger.account AS account
    WHERE account.gemeente = %(gemeente)s AND account.chain_number <= %(known_up_to)s
      AND account.book IN ('BUDGET', 'LASTEN')
"""

_BOOKED_IN: Final = """
    SELECT 1 FROM ledger.account AS account
    WHERE account.gemeente = %(gemeente)s AND account.book = 'LASTEN' AND EXISTS (
        SELECT 1 FROM ledger.posting AS posting
        WHERE posting.gemeente = account.gemeente AND posting.account_id = account.account_id
          AND posting.booking_date >= %(from_date)s AND posting.booking_date < %(until_date)s
          AND posting.chain_number <= %(known_up_to)s)
    LIMIT 1
"""

_LINES: Final = f"""
    SELECT outward.*, entry.entry_id, entry.booking_date, entry.performance_from,
           entry.performance_until, entry.kind, entry.description, entry.document,
           draw.draw_id, draw.family_budget_id
    FROM ({_OUTWARD}) AS outward
    JOIN ledger.entry AS entry ON entry.gemeente = %(gemeente)s
        AND entry.chain_number = outward.chain_number AND entry.position = outward.position
    LEFT JOIN domains.draw AS draw
        ON draw.gemeente = %(gemeente)s AND draw.draw_id = entry.decision
    ORDER BY outward.chain_number, outward.position, outward.line
"""

_TOTALS: Final = f"""
    SELECT count(*), coalesce(sum(outward.amount_cents) FILTER (WHERE amount_cents > 0), 0)::bigint,
           coalesce(-sum(outward.amount_cents) FILTER (WHERE amount_cents < 0), 0)::bigint
    FROM ({_OUTWARD}) AS outward
"""


_BY_CLOSING: Final = """
    SELECT account.code, sum(posting.amount_cents)::bigint AS amount_cents
    FROM ledger.posting AS posting
    JOIN ledger.entry AS entry USING (gemeente, chain_number, position)
    JOIN ledger.account AS account USING (gemeente, account_id)
    WHERE posting.gemeente = %(gemeente)s AND account.book = 'LASTEN'
      AND account.code = ANY (%(codes)s::text[])
      AND posting.booking_date >= %(from_date)s AND posting.booking_date <= %(on)s
      AND posting.chain_number <= %(known_up_to)s
      AND entry.kind IN ('jaarafsluiting', 'jaaropening')
    GROUP BY account.code
"""


async def scope_of(
    connection: AsyncConnection, *, gemeente: str, from_date: date, on: date, known_up_to: int
) -> Scope:
    """Say which bookings a file is about; its moment is that of the chain number.

    :raises NothingKnownYet: there is no such link.
    :raises NoDays: the last day lies before the first.
    :raises YearNotInBooks: of the year of the first day nothing was booked.
    """
    made_at = await moment_of(connection, gemeente=gemeente, known_up_to=known_up_to)
    if on < from_date:
        raise NoDays(from_date=from_date, on=on)
    asked = {
        "gemeente": gemeente,
        "from_date": date(from_date.year, 1, 1),
        "until_date": date(from_date.year + 1, 1, 1),
        "known_up_to": known_up_to,
    }
    ((years,),) = await rows(connection, _YEARS, asked)
    if from_date.year not in years and not await rows(connection, _BOOKED_IN, asked):
        raise YearNotInBooks(year=from_date.year, years=tuple(years))
    return Scope(
        gemeente=gemeente, from_date=from_date, on=on, known_up_to=known_up_to, made_at=made_at
    )


async def moment_of(connection: AsyncConnection, *, gemeente: str, known_up_to: int) -> datetime:
    """Give the moment of a chain number.

    :raises NothingKnownYet: there is no such link.
    """
    found = await rows(
        connection,
        "SELECT recorded_at FROM ledger.link WHERE gemeente = %s AND chain_number = %s",
        (gemeente, known_up_to),
    )
    if not found:
        raise NothingKnownYet
    moment: datetime = found[0][0]
    return moment


async def movements(connection: AsyncConnection, scope: Scope) -> tuple[Movement, ...]:
    """Give every account of the book LASTEN with what it held at both ends of the days."""
    before, after = [
        await balances.trial_balance(
            connection,
            gemeente=scope.gemeente,
            book=Book.LASTEN,
            on=on,
            known_up_to=scope.known_up_to,
        )
        for on in (scope.from_date - timedelta(days=1), scope.on)
    ]
    opening = {each.account.id: each.balance_cents for each in before}
    return tuple(
        Movement(
            account=each.account,
            opening_cents=opening.get(each.account.id, 0),
            closing_cents=each.balance_cents,
        )
        for each in after
    )


async def closing_movements(
    connection: AsyncConnection, scope: Scope, *, codes: Collection[str]
) -> dict[str, int]:
    """Give what closings of years, and openings after them, booked on these codes on the days.

    In whole cents by code, debit minus credit. Such an entry rests on a decision that it names.
    """
    found = await rows(
        connection,
        _BY_CLOSING,
        {
            "gemeente": scope.gemeente,
            "codes": list(codes),
            "from_date": scope.from_date,
            "on": scope.on,
            "known_up_to": scope.known_up_to,
        },
    )
    return {row.code: row.amount_cents for row in found}


async def line_totals(connection: AsyncConnection, scope: Scope) -> LineTotals:
    """Count the lines that leave, and add them up."""
    ((lines, debit, credit),) = await rows(
        connection, _TOTALS, _asked(scope) | {"after": 0, "until": scope.known_up_to}
    )
    return LineTotals(lines=lines, debit_cents=debit, credit_cents=credit)


async def ledger_lines(
    connection: AsyncConnection, scope: Scope
) -> AsyncIterator[tuple[LedgerLine, ...]]:
    """Give the lines that leave in the order of the chain, some thousands at a time."""
    after = 0
    while after < scope.known_up_to:
        ((until,),) = await rows(
            connection,
            _NEXT_LINK,
            {
                "gemeente": scope.gemeente,
                "after": after,
                "known_up_to": scope.known_up_to,
                "at_once": _AT_ONCE,
            },
        )
        found = await rows(connection, _LINES, _asked(scope) | {"after": after, "until": until})
        yield tuple(_line(row) for row in found)
        after = until


def _asked(scope: Scope) -> dict[str, Any]:
    return {
        "gemeente": scope.gemeente,
        "from_date": scope.from_date,
        "on": scope.on,
        "between": list(BETWEEN_FUNDS),
    }


def _line(row: Any) -> LedgerLine:
    return LedgerLine(
        chain_number=row.chain_number,
        position=row.position,
        line=row.line,
        entry=row.entry_id,
        booking_date=row.booking_date,
        performance_from=row.performance_from,
        performance_until=row.performance_until,
        kind=row.kind,
        description=row.description,
        document=row.document,
        draw=row.draw_id,
        envelope=row.family_budget_id,
        code=row.code,
        fund=row.colour,
        taakveld=row.dimensions.get("taakveld", ""),
        category=row.dimensions.get("categorie", ""),
        basis=row.basis,
        amount_cents=row.amount_cents,
    )
