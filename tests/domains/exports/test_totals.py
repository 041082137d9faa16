"""The law of the files: they add up to the trial balance, and never change afterwards."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.exports.accounts import BETWEEN_FUNDS, AccountType, type_of
from domains.exports.iv3 import Iv3Period
from ledger import balances, money
from ledger.accounts import Book
from tests.domains.exports.books import (
    FUNDS,
    Plan,
    account,
    book,
    delivery,
    files,
    grants,
    open_years,
    payable,
    plans,
)
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

SHORT: Final = settings(
    max_examples=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
LONG: Final = settings(SHORT, max_examples=400)
XAF: Final = "{http://www.auditfiles.nl/XAF/3.2}"


async def trial(engine: AsyncEngine, gemeente: str, on: date) -> Counter[tuple[str, str]]:
    """Give the trial balance of the book LASTEN per code and fund, between funds apart."""
    async with db.transaction(engine, gemeente) as connection:
        found = await balances.trial_balance(
            connection,
            gemeente=gemeente,
            book=Book.LASTEN,
            on=on,
            known_up_to=await balances.last_link(connection, gemeente=gemeente),
        )
    total: Counter[tuple[str, str]] = Counter()
    for each in found:
        if each.account.code not in BETWEEN_FUNDS:
            total[each.account.code, each.account.colour] += each.balance_cents
    return Counter({key: cents for key, cents in total.items() if cents})


def of_type(trial_balance: Counter[tuple[str, str]], kind: AccountType) -> int:
    return sum(cents for (code, _), cents in trial_balance.items() if type_of(code) is kind)


def lines_of(content: bytes) -> Counter[tuple[str, str]]:
    """Add up the lines of an audit file per account, after checking its own totals."""
    root = etree.fromstring(content)
    total: Counter[tuple[str, str]] = Counter()
    sides = Counter[str]()
    for line in root.iter(f"{XAF}trLine"):
        code, _, fund = text(line, "accID").partition(".")
        cents, side = money.read(text(line, "amnt")), text(line, "amntTp")
        sides[side] += cents
        total[code, fund] += cents if side == "D" else -cents
    (told,) = root.iter(f"{XAF}transactions")
    assert money.read(text(told, "totalDebit")) == sides["D"]
    assert money.read(text(told, "totalCredit")) == sides["C"] == sides["D"]
    assert int(text(told, "linesCount")) == len(list(root.iter(f"{XAF}trLine")))
    return Counter({key: cents for key, cents in total.items() if cents})


def text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{XAF}{name}") or ""


def prove(database: Database, new_gemeente: Callable[[], str], how: settings) -> None:
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        async def live(first: Sequence[Plan], later: Sequence[Plan]) -> None:
            gemeente = new_gemeente()
            await open_years(engine, gemeente)
            await book(engine, gemeente, first, key="eerst")
            in_2026 = await trial(engine, gemeente, date(2026, 12, 31))
            in_both = await trial(engine, gemeente, date(2027, 12, 31))
            async with db.transaction(engine, gemeente) as connection:
                number = await balances.last_link(connection, gemeente=gemeente)
                made = await files(connection, gemeente, number=number)
                year = await delivery(connection, gemeente, period=Iv3Period.YEAR, number=number)
                granted = await grants(connection, gemeente, number)
                lawful = await account(connection, gemeente, number)
                to_pay = await payable(connection, gemeente, number)
            assert lines_of(made["xaf"]) == in_2026
            table = csv.DictReader(io.StringIO(made["journal"].decode()), delimiter=";")
            journal: Counter[tuple[str, str]] = Counter()
            for row in table:
                cents = money.read(row["bedrag"].replace(",", "."))
                journal[row["rekening"], row["middel"]] += cents
            assert Counter({key: cents for key, cents in journal.items() if cents}) == in_both
            expenses = sum(cell.amount_cents for cell in year.expenses)
            revenues = sum(cell.amount_cents for cell in year.revenues)
            assert expenses == of_type(in_2026, AccountType.EXPENSES)
            assert revenues == -of_type(in_2026, AccountType.REVENUES)
            for moment in ("1 januari", "ultimo"):
                sides = Counter[str]()
                for cell in year.standings:
                    if cell.column == moment:
                        sides[cell.row[0]] += cell.amount_cents
                assert sides["A"] == sides["P"]
            costs = {
                fund: sum(
                    cents
                    for (code, own), cents in in_both.items()
                    if own == fund and type_of(code) is AccountType.EXPENSES
                )
                for fund in FUNDS
            }
            assert sum(each.spent_cents for each in granted) == costs["BUIG-2026"]
            assert sum(each.expenses_cents for each in lawful.overruns) == sum(costs.values())
            assert sum(each.amount_cents for each in to_pay) == -sum(
                cents for (code, _), cents in in_both.items() if code == "1200"
            )
            await book(engine, gemeente, later, key="later")
            async with db.transaction(engine, gemeente) as connection:
                assert await files(connection, gemeente, number=number) == made

        @how
        @given(plans, plans)
        def it_adds_up_and_stays(first: Sequence[Plan], later: Sequence[Plan]) -> None:
            runner.run(live(first, later))

        try:
            it_adds_up_and_stays()
        finally:
            runner.run(engine.dispose())


def test_files_add_up_to_the_trial_balance_and_stay_the_same(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, SHORT)


@pytest.mark.bewijs
def test_files_add_up_to_the_trial_balance_and_stay_the_same_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, LONG)
