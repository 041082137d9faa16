"""Invented entries in every book, and the files that the books give at a chain number."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domains import chart
from domains.exports import iv3, journal, lawfulness, payments, sisa, xaf
from domains.exports.iv3 import Iv3, Iv3Period
from domains.exports.lawfulness import Lawfulness
from domains.exports.payments import Payable
from domains.exports.sisa import GrantLine
from domains.exports.table import write_csv
from domains.settings.model import Iv3Contact
from ledger.accounts import Account, Book, dimensions
from ledger.entries import Entry
from tests.support.making import change_period, entry, post, request

OFFICE: Final = Iv3Contact(name="Financiën", telephone="030 286 00 00", email="iv3@utrecht.nl")
YEARS: Final = (date(2026, 1, 1), date(2028, 1, 1))
FUNDS: Final = ("JW-2026", "BUIG-2026", "TEKORT-2026")
PLACES: Final = (
    ("4210", "6.751", "3.4.1"),
    ("4530", "6.3", "4.1.1"),
    ("4410", None, None),
    ("4620", "6.1", "3.8"),
    ("8110", "6.3", "4.3.1"),
    ("8300", "6.751", "4.5.8"),
    *((code, None, None) for code in ("1000", "1100", "1200", "1210", "1300", "1310", "1900")),
)
"""Accounts of the book LASTEN: code, taakveld, category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An entry to book: some cents from one place to another, on a day of two years."""

    kind: str
    day: int
    debit: int
    credit: int
    fund: int
    cents: int


plans: Final = st.lists(
    st.builds(
        Plan,
        kind=st.sampled_from(("plain", "plain", "settled", "budget", "observed")),
        day=st.integers(0, 729),
        debit=st.integers(0, len(PLACES) - 1),
        credit=st.integers(0, len(PLACES) - 1),
        fund=st.integers(0, len(FUNDS) - 1),
        cents=st.integers(1, 10**9),
    ),
    min_size=1,
    max_size=12,
).filter(lambda found: any(plan.kind != "observed" for plan in found))
"""At least one entry that a file tells of: what others observed is in no file."""


async def book(engine: AsyncEngine, gemeente: str, planned: Sequence[Plan], *, key: str) -> None:
    """Post the entries in one call, each in a group of its own."""
    made = [_entry(gemeente, plan) for plan in planned]
    accounts = {each.id: each for _, used in made for each in used}
    (outcome,) = await post(
        engine,
        gemeente,
        request(key, *((each,) for each, _ in made), accounts=tuple(accounts.values())),
    )
    assert outcome.refusal is None


async def open_years(engine: AsyncEngine, gemeente: str) -> None:
    """Open two years for booking."""
    await change_period(engine, gemeente, YEARS)


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    """Put the pieces of a file together."""
    return b"".join([piece async for piece in pieces])


async def delivery(
    connection: AsyncConnection, gemeente: str, *, period: Iv3Period, number: int
) -> Iv3:
    """Make the Iv3 delivery of a period of 2026."""
    return await iv3.iv3_of(
        connection, gemeente=gemeente, year=2026, period=period, on=YEARS[1], known_up_to=number
    )


async def files(connection: AsyncConnection, gemeente: str, *, number: int) -> dict[str, bytes]:
    """Make every file that follows from the book LASTEN, known up to a chain number."""
    year = await delivery(connection, gemeente, period=Iv3Period.YEAR, number=number)
    quarter = await delivery(connection, gemeente, period=Iv3Period.QUARTER_2, number=number)
    return {
        "iv3.json": iv3.write_json(year, contact=OFFICE),
        "iv3.csv": write_csv(iv3.as_table(year)),
        "iv3-2.json": iv3.write_json(quarter, contact=OFFICE),
        "xaf": await whole(
            xaf.audit_file(
                connection, gemeente=gemeente, year=2026, on=YEARS[1], known_up_to=number
            )
        ),
        "journal": await whole(
            journal.journal_file(
                connection,
                gemeente=gemeente,
                from_date=YEARS[0],
                on=YEARS[1],
                known_up_to=number,
                columns=journal.journal_columns("rekening,middel,bedrag,boekdatum,boekstuk"),
            )
        ),
        "sisa": write_csv(sisa.as_table(await grants(connection, gemeente, number), year=2026)),
        "rechtmatigheid": write_csv(
            lawfulness.as_table(await account(connection, gemeente, number))
        ),
        "betaalbestand": write_csv(
            payments.as_table(await payable(connection, gemeente, number), on=YEARS[1])
        ),
    }


async def grants(connection: AsyncConnection, gemeente: str, number: int) -> tuple[GrantLine, ...]:
    """List the lines of the grants of 2026, booked in whatever year."""
    return await sisa.grant_lines(
        connection, gemeente=gemeente, year=2026, on=YEARS[1], known_up_to=number
    )


async def account(connection: AsyncConnection, gemeente: str, number: int) -> Lawfulness:
    """Make the lawfulness table of 2026."""
    return await lawfulness.lawfulness(
        connection, gemeente=gemeente, year=2026, on=YEARS[1], known_up_to=number
    )


async def payable(connection: AsyncConnection, gemeente: str, number: int) -> tuple[Payable, ...]:
    """List what has to be paid."""
    return await payments.payables(connection, gemeente=gemeente, on=YEARS[1], known_up_to=number)


def _entry(gemeente: str, plan: Plan) -> tuple[Entry, tuple[Account, ...]]:
    day = YEARS[0] + timedelta(days=plan.day)
    fund, other = FUNDS[plan.fund], FUNDS[plan.fund - 1]
    if plan.kind == "settled":
        cost = ("4210", "6.751", "3.4.1")
        lines = [
            (_account(gemeente, fund, *cost), plan.cents),
            (chart.due_to(gemeente, fund, other=other), -plan.cents),
            (chart.due_from(gemeente, other, other=fund), plan.cents),
            (_account(gemeente, other, *cost), -plan.cents),
        ]
    elif plan.kind == "plain" and plan.debit != plan.credit:
        lines = [
            (_account(gemeente, fund, *PLACES[plan.debit]), plan.cents),
            (_account(gemeente, fund, *PLACES[plan.credit]), -plan.cents),
        ]
    else:
        other_book = Book.WAARNEMING if plan.kind == "observed" else Book.BUDGET
        lines = [
            (Account(gemeente=gemeente, book=other_book, code=code, colour=fund), cents)
            for code, cents in (("4990", plan.cents), ("4999", -plan.cents))
        ]
    return entry(*lines, day=day), tuple(account for account, _ in lines)


def _account(
    gemeente: str, fund: str, code: str, taakveld: str | None, category: str | None
) -> Account:
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=code,
        colour=fund,
        dimensions=dimensions(taakveld=taakveld, categorie=category),
    )
