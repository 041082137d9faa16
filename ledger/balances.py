"""Reading the books: balances, trial balances and statements, on a date and as known then.

Every figure takes two dates in the sense of bitemporal accounting: ``on`` (peildatum, the last
booking date that counts) and ``known_up_to`` (stand per, the last chain number that counts), and
is the same for ever. Whole months come from the month totals; only the days of a month that is
not over, and what was booked after ``known_up_to``, are read from the postings.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.accounts import Account, Book, Dimensions
from ledger.reading import rows

_LATE: Final = """
    late AS MATERIALIZED (
        SELECT posting.account_id, sum(posting.amount_cents) AS amount
        FROM ledger.posting
        WHERE posting.gemeente = %(gemeente)s AND posting.chain_number > %(known_up_to)s
          AND posting.booking_date <= %(on)s
        GROUP BY posting.account_id
    )
"""

BALANCES: Final = f"""
    WITH {_LATE}
    SELECT asked.account_id,
           coalesce((SELECT sum(booking_month.debit_cents - booking_month.credit_cents)
                     FROM ledger.booking_month
                     WHERE booking_month.gemeente = %(gemeente)s
                       AND booking_month.account_id = asked.account_id
                       AND booking_month.month < %(month)s), 0)
         + coalesce((SELECT sum(posting.amount_cents) FROM ledger.posting
                     WHERE posting.gemeente = %(gemeente)s
                       AND posting.account_id = asked.account_id
                       AND posting.booking_date >= %(month)s
                       AND posting.booking_date <= %(on)s), 0)
         - coalesce((SELECT late.amount FROM late
                     WHERE late.account_id = asked.account_id), 0)
    FROM unnest(%(accounts)s::uuid[]) AS asked (account_id)
"""

TRIAL_BALANCE: Final = f"""
    WITH {_LATE},
    whole AS MATERIALIZED (
        SELECT booking_month.account_id,
               sum(booking_month.debit_cents - booking_month.credit_cents) AS amount
        FROM ledger.booking_month
        WHERE booking_month.gemeente = %(gemeente)s AND booking_month.month < %(month)s
        GROUP BY booking_month.account_id
    ), part AS MATERIALIZED (
        SELECT moved.account_id, days.amount
        FROM (SELECT DISTINCT booking_month.account_id FROM ledger.booking_month
              WHERE booking_month.gemeente = %(gemeente)s AND booking_month.month = %(month)s
                AND %(on)s::date >= %(month)s) AS moved
        CROSS JOIN LATERAL (
            SELECT sum(posting.amount_cents) AS amount FROM ledger.posting
            WHERE posting.gemeente = %(gemeente)s AND posting.account_id = moved.account_id
              AND posting.booking_date >= %(month)s AND posting.booking_date <= %(on)s
            OFFSET 0) AS days
    )
    SELECT account.account_id, account.book, account.code, account.colour, account.dimensions,
           account.floor_cents,
           coalesce(whole.amount, 0) + coalesce(part.amount, 0) - coalesce(late.amount, 0)
    FROM ledger.account
    LEFT JOIN whole USING (account_id)
    LEFT JOIN part USING (account_id)
    LEFT JOIN late USING (account_id)
    WHERE account.gemeente = %(gemeente)s AND account.book = %(book)s
      AND account.chain_number <= %(known_up_to)s
      AND (%(code)s::text IS NULL OR account.code = %(code)s)
      AND (%(dimensions)s::jsonb IS NULL OR account.dimensions @> %(dimensions)s::jsonb)
    ORDER BY account.code, account.colour, account.dimensions::text
"""

TOTALS: Final = f"""
    SELECT found.code, found.colour,
           ARRAY(SELECT found.dimensions ->> wanted.name
                 FROM unnest(%(by)s::text[]) WITH ORDINALITY AS wanted (name, place)
                 ORDER BY wanted.place) AS parts,
           sum(found.amount)
    FROM ({TRIAL_BALANCE}) AS found
        (account_id, book, code, colour, dimensions, floor_cents, amount)
    WHERE found.code = ANY (%(codes)s::text[])
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

STATEMENT: Final = """
    SELECT posting.chain_number, posting.position, posting.line, entry.entry_id,
           posting.booking_date, entry.kind, entry.description, entry.document,
           posting.basis, posting.amount_cents, entry.recorded_at, entry.actor
    FROM ledger.posting
    JOIN ledger.entry USING (gemeente, chain_number, position)
    WHERE posting.gemeente = %(gemeente)s AND posting.account_id = %(account)s
      AND posting.booking_date >= %(from_date)s AND posting.booking_date <= %(on)s
      AND posting.chain_number <= %(known_up_to)s
      AND (posting.booking_date, posting.chain_number, posting.position, posting.line)
          > (%(after_date)s, %(after_number)s, %(after_position)s, %(after_line)s)
    ORDER BY posting.booking_date, posting.chain_number, posting.position, posting.line
    LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """An account and what lies on it: debit minus credit, in whole cents."""

    account: Account
    balance_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What lies on all accounts of a code and colour that share some dimensions, in whole cents.

    ``parts`` are the values of the dimensions that were asked for, in that order.
    """

    code: str
    colour: str
    parts: tuple[str | None, ...]
    balance_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a line stands in the order of a statement; the cursor to read on from."""

    booking_date: date
    chain_number: int
    position: int
    line: int


_START: Final = Place(booking_date=date.min, chain_number=0, position=0, line=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of an account's statement, with the balance after it."""

    place: Place
    entry: UUID
    kind: str
    description: str
    document: str
    basis: str
    actor: str
    amount_cents: int
    balance_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One line of a journal entry, with its account."""

    account: Account
    amount_cents: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A journal entry as it stands in the books."""

    id: UUID
    chain_number: int
    position: int
    booking_date: date
    performance_from: date | None
    performance_until: date | None
    recorded_at: str
    actor: str
    kind: str
    description: str
    document: str
    decision: UUID | None
    rule_version: str
    reverses: UUID | None
    reversed_by: UUID | None
    metadata: Dimensions
    content_hash: str
    lines: tuple[EntryLine, ...]


async def last_link(connection: AsyncConnection, *, gemeente: str) -> int:
    """Give the number of the last link of the chain (0: nothing was ever posted)."""
    found = await rows(
        connection, "SELECT chain_number FROM ledger.chain_head WHERE gemeente = %s", (gemeente,)
    )
    return int(found[0][0]) if found else 0


async def moment_of(connection: AsyncConnection, *, gemeente: str, link: int) -> datetime:
    """Give the moment at which a link of the chain was recorded."""
    ((moment,),) = await rows(
        connection,
        "SELECT recorded_at FROM ledger.link WHERE gemeente = %s AND chain_number = %s",
        (gemeente, link),
    )
    found: datetime = moment
    return found


async def is_open(connection: AsyncConnection, *, gemeente: str, day: date, at: datetime) -> bool:
    """Return whether a day is open for what is recorded at a moment; not where it has no books.

    Closed days may be open up to a moment; see :func:`ledger.books.open_for_a_time`.
    """
    found = await rows(
        connection,
        "SELECT is_open AND coalesce(%(at)s < open_until, true) FROM ledger.period_change"
        " WHERE gemeente = %(gemeente)s AND from_date <= %(day)s AND %(day)s < until_date"
        " ORDER BY chain_number DESC LIMIT 1",
        {"gemeente": gemeente, "day": day, "at": at},
    )
    return bool(found and found[0][0])


async def open_years(
    connection: AsyncConnection, *, gemeente: str, at: datetime
) -> tuple[int, ...]:
    """List the years in which a day is open for what is recorded at a moment, in order of time."""
    # Between two changes, and within a year, all days are alike: the first of them tells.
    found = await rows(
        connection,
        "WITH change AS (SELECT from_date, until_date FROM ledger.period_change"
        " WHERE gemeente = %(gemeente)s), first (day) AS (SELECT from_date FROM change"
        " UNION SELECT until_date FROM change UNION SELECT make_date(year, 1, 1) FROM change,"
        " generate_series(extract(year FROM from_date)::int, extract(year FROM until_date)::int)"
        " AS year)"
        " SELECT DISTINCT extract(year FROM day)::int AS year FROM first"
        " JOIN LATERAL (SELECT is_open AND coalesce(%(at)s < open_until, true) AS is_open"
        " FROM ledger.period_change WHERE gemeente = %(gemeente)s"
        " AND from_date <= day AND day < until_date ORDER BY chain_number DESC LIMIT 1)"
        " AS word ON word.is_open ORDER BY year",
        {"gemeente": gemeente, "at": at},
    )
    return tuple(row.year for row in found)


async def current(
    connection: AsyncConnection, *, gemeente: str, accounts: Sequence[UUID]
) -> dict[UUID, int]:
    """Give the balances of this moment; an account that does not exist yet has zero."""
    found = await rows(
        connection,
        "SELECT account_id, balance_cents FROM ledger.balance"
        " WHERE gemeente = %s AND account_id = ANY (%s::uuid[])",
        (gemeente, list(accounts)),
    )
    known = {row[0]: int(row[1]) for row in found}
    return {account: known.get(account, 0) for account in accounts}


async def balances(
    connection: AsyncConnection,
    *,
    gemeente: str,
    accounts: Sequence[UUID],
    on: date,
    known_up_to: int,
) -> dict[UUID, int]:
    """Give balances on a date, as known up to a chain number."""
    found = await rows(
        connection,
        BALANCES,
        {
            "gemeente": gemeente,
            "accounts": list(accounts),
            "on": on,
            "month": _open_month(on),
            "known_up_to": known_up_to,
        },
    )
    return {row[0]: int(row[1]) for row in found}


async def trial_balance(
    connection: AsyncConnection,
    *,
    gemeente: str,
    book: Book,
    on: date,
    known_up_to: int,
    code: str | None = None,
    having: Dimensions = (),
) -> tuple[AccountBalance, ...]:
    """Give every account of a book with its balance on a date (proef- en saldibalans).

    ``code`` and ``having`` keep only the accounts of that code and with those dimensions.
    """
    found = await rows(
        connection,
        TRIAL_BALANCE,
        {
            "gemeente": gemeente,
            "book": str(book),
            "on": on,
            "month": _open_month(on),
            "known_up_to": known_up_to,
            "code": code,
            "dimensions": json.dumps(dict(having)) if having else None,
        },
    )
    return tuple(
        AccountBalance(account=_account(gemeente, row), balance_cents=int(row[6])) for row in found
    )


async def totals(
    connection: AsyncConnection,
    *,
    gemeente: str,
    book: Book,
    on: date,
    known_up_to: int,
    codes: Sequence[str],
    by: Sequence[str],
) -> tuple[Total, ...]:
    """Sum the accounts of some codes per code, colour and the dimensions in ``by``."""
    found = await rows(
        connection,
        TOTALS,
        {
            "gemeente": gemeente,
            "book": str(book),
            "on": on,
            "month": _open_month(on),
            "known_up_to": known_up_to,
            "code": None,
            "dimensions": None,
            "codes": list(codes),
            "by": list(by),
        },
    )
    return tuple(
        Total(code=row[0], colour=row[1], parts=tuple(row[2]), balance_cents=int(row[3]))
        for row in found
    )


async def statement(
    connection: AsyncConnection,
    *,
    gemeente: str,
    account: UUID,
    from_date: date,
    on: date,
    known_up_to: int,
    limit: int,
    after: StatementLine | None = None,
) -> tuple[StatementLine, ...]:
    """List an account's lines in order of booking date, each with the balance after it.

    To read on, give the last line as ``after``.
    """
    place = after.place if after else _START
    if after is not None:
        balance_cents = after.balance_cents
    else:
        before = await balances(
            connection,
            gemeente=gemeente,
            accounts=[account],
            on=from_date - timedelta(days=1),
            known_up_to=known_up_to,
        )
        balance_cents = before[account]
    found = await rows(
        connection,
        STATEMENT,
        {
            "gemeente": gemeente,
            "account": account,
            "from_date": from_date,
            "on": on,
            "known_up_to": known_up_to,
            "after_date": place.booking_date,
            "after_number": place.chain_number,
            "after_position": place.position,
            "after_line": place.line,
            "limit": limit,
        },
    )
    lines: list[StatementLine] = []
    for row in found:
        balance_cents += row.amount_cents
        lines.append(
            StatementLine(
                place=Place(
                    booking_date=row.booking_date,
                    chain_number=row.chain_number,
                    position=row.position,
                    line=row.line,
                ),
                entry=row.entry_id,
                kind=row.kind,
                description=row.description,
                document=row.document,
                basis=row.basis,
                actor=row.actor,
                amount_cents=row.amount_cents,
                balance_cents=balance_cents,
            )
        )
    return tuple(lines)


async def find_accounts(
    connection: AsyncConnection, *, gemeente: str, accounts: Sequence[UUID]
) -> dict[UUID, Account]:
    """Give the accounts that exist among these ids."""
    found = await rows(
        connection,
        "SELECT account_id, book, code, colour, dimensions, floor_cents FROM ledger.account"
        " WHERE gemeente = %s AND account_id = ANY (%s::uuid[])",
        (gemeente, list(accounts)),
    )
    return {row[0]: _account(gemeente, row) for row in found}


async def find_entries(
    connection: AsyncConnection, *, gemeente: str, entries: Sequence[UUID]
) -> tuple[JournalEntry, ...]:
    """Give journal entries with their lines, in the order of the chain."""
    found = await rows(
        connection,
        # By name: a star ends in an error when a later version adds a column.
        "SELECT entry.entry_id, entry.chain_number, entry.position, entry.booking_date,"
        " entry.performance_from, entry.performance_until, entry.actor, entry.kind,"
        " entry.description, entry.document, entry.decision, entry.rule_version, entry.reverses,"
        " entry.metadata, entry.content_hash, reversal.entry_id AS reversed_by,"
        " ledger.moment(entry.recorded_at) AS moment FROM ledger.entry"
        " LEFT JOIN ledger.entry AS reversal"
        " ON reversal.gemeente = entry.gemeente AND reversal.reverses = entry.entry_id"
        " WHERE entry.gemeente = %s AND entry.entry_id = ANY (%s::uuid[])"
        " ORDER BY entry.chain_number, entry.position",
        (gemeente, list(entries)),
    )
    lines = await _lines(connection, gemeente, [(row.chain_number, row.position) for row in found])
    return tuple(
        JournalEntry(
            id=row.entry_id,
            chain_number=row.chain_number,
            position=row.position,
            booking_date=row.booking_date,
            performance_from=row.performance_from,
            performance_until=row.performance_until,
            recorded_at=row.moment,
            actor=row.actor,
            kind=row.kind,
            description=row.description,
            document=row.document,
            decision=row.decision,
            rule_version=row.rule_version,
            reverses=row.reverses,
            reversed_by=row.reversed_by,
            metadata=tuple(sorted(row.metadata.items())),
            content_hash=row.content_hash.hex(),
            lines=lines[row.chain_number, row.position],
        )
        for row in found
    )


async def journal(
    connection: AsyncConnection,
    *,
    gemeente: str,
    after: tuple[int, int],
    known_up_to: int,
    limit: int,
) -> tuple[UUID, ...]:
    """List the ids of the entries that follow a place (chain number, position) in the chain."""
    found = await rows(
        connection,
        "SELECT entry_id FROM ledger.entry WHERE gemeente = %s"
        " AND (chain_number, position) > (%s, %s) AND chain_number <= %s"
        " ORDER BY chain_number, position LIMIT %s",
        (gemeente, *after, known_up_to, limit),
    )
    return tuple(row[0] for row in found)


async def _lines(
    connection: AsyncConnection, gemeente: str, places: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[EntryLine, ...]]:
    """Read the lines of entries, by their place in the chain."""
    read = await rows(
        connection,
        "SELECT account.account_id, account.book, account.code, account.colour,"
        " account.dimensions, account.floor_cents, posting.amount_cents, posting.basis,"
        " posting.chain_number, posting.position"
        " FROM unnest(%s::bigint[], %s::integer[]) AS place (chain_number, position)"
        " JOIN ledger.posting ON posting.gemeente = %s"
        " AND posting.chain_number = place.chain_number AND posting.position = place.position"
        " JOIN ledger.account ON account.gemeente = posting.gemeente"
        " AND account.account_id = posting.account_id"
        " ORDER BY posting.chain_number, posting.position, posting.line",
        ([number for number, _ in places], [position for _, position in places], gemeente),
    )
    found: dict[tuple[int, int], list[EntryLine]] = {place: [] for place in places}
    for row in read:
        found[row.chain_number, row.position].append(
            EntryLine(
                account=_account(gemeente, row), amount_cents=row.amount_cents, basis=row.basis
            )
        )
    return {place: tuple(lines) for place, lines in found.items()}


def _account(gemeente: str, row: Any) -> Account:
    """Read an account from the first six columns of a row."""
    return Account(
        gemeente=gemeente,
        book=Book(row[1]),
        code=row[2],
        colour=row[3],
        dimensions=tuple(sorted(row[4].items())),
        floor_cents=row[5],
    )


def _open_month(on: date) -> date:
    """Give the first day of the month that is not over on a date; every earlier one is whole."""
    return (on + timedelta(days=1)).replace(day=1)
