"""Observed costs: all of a file once, in a book of their own that no money report counts."""

import asyncio
from datetime import date

import pytest

from api import db
from domains.costs.model import CostImport
from domains.costs.operations import import_costs
from domains.costs.queries import cost_imports
from domains.costs.rules import NO_FAMILY, NOTHING
from domains.plain_entries import AccountNotFree, check_plain
from ledger.accounts import Book
from ledger.books import PeriodUnknown
from tests.domains.benefits.histories import (
    CHILD,
    FIRST,
    cost,
    cost_file,
    live_here,
    month,
    observe,
    settle_in,
)
from tests.domains.families import acts
from tests.domains.support import DAY, PARENT, Town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

OBSERVED = ("ledger.entry", "domains.cost_import", "domains.cost_import_left_out")


async def imports(town: Town) -> tuple[CostImport, ...]:
    """Read the imports of a municipality."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await cost_imports(connection, gemeente=town.gemeente)


async def observed(town: Town) -> dict[str, int]:
    """Give what lies on the accounts of observed costs, by code, fund and kind of help."""
    found: dict[str, int] = {}
    for each in await town.balances(Book.WAARNEMING):
        account = each.account
        name = " ".join([account.code, account.colour, account.dimension("hulpsoort") or "-"])
        found[name] = found.get(name, 0) + each.balance_cents
    return found


async def test_a_file_is_booked_per_month_invoice_and_document(new_town: Town) -> None:
    await settle_in(new_town)
    _, (parent, child) = await live_here(new_town)
    found = await observe(
        new_town,
        cost(child, 0, 1_000, document="F1"),
        cost(child, 0, 2_000, document="F1"),
        cost(parent, 0, 400, source="WMO", kind="dagbesteding", document="F1"),
        cost(child, 0, -500, document="C1", invoiced=2),
        cost(child, 12, 700, document="F2"),
    )
    assert await observed(new_town) == {
        "7100 JW-2023 -": 2_500,
        "7100 JW-2024 -": 700,
        "7100 WMO-2023 dagbesteding": 400,
        "7900 JW-2023 -": -2_500,
        "7900 JW-2024 -": -700,
        "7900 WMO-2023 -": -400,
    }
    entries = await new_town.ask(
        "SELECT performance_from, performance_until, document, metadata ->> 'factuurmaand',"
        f" booking_date FROM ledger.entry WHERE decision = '{found}' ORDER BY position"
    )
    assert entries == [
        (month(0), month(1), "F1", "2023-01-01", DAY),
        (month(0), month(1), "C1", "2023-03-01", DAY),
        (month(12), month(13), "F2", "2024-01-01", DAY),
    ]
    (told,) = await imports(new_town)
    assert (told.id, told.lines, told.amount_cents) == (found, 5, 3_600)
    assert told.by_fund == (("JW-2023", 2_500), ("JW-2024", 700), ("WMO-2023", 400))
    assert told.left_out == ()
    await new_town.assert_sound()


async def test_what_belongs_to_no_family_is_left_out_and_told(new_town: Town) -> None:
    await settle_in(new_town)
    family, (parent, child) = await live_here(new_town)
    await acts.leave(new_town, family, child, date(2023, 6, 10))
    await observe(
        new_town,
        cost(child, 5, 100),
        cost(child, 6, 200),
        cost(new_town.instruction().new_random_id(), 0, 300),
        cost(parent, -1, 400),
        cost(parent, 0, 0),
    )
    (told,) = await imports(new_town)
    assert (told.lines, told.amount_cents) == (1, 100)
    assert [(each.line_number, each.amount_cents, each.reason) for each in told.left_out] == [
        (3, 200, NO_FAMILY),
        (4, 300, NO_FAMILY),
        (5, 400, NO_FAMILY),
        (6, 0, NOTHING),
    ]
    await new_town.assert_sound()


async def test_a_file_of_which_nothing_can_be_booked_is_kept_all_the_same(new_town: Town) -> None:
    found = await observe(new_town, cost(new_town.instruction().new_random_id(), 0, 300))
    (told,) = await imports(new_town)
    assert (told.id, told.lines, len(told.left_out)) == (found, 0, 1)
    assert await observed(new_town) == {}
    await new_town.assert_sound()


async def test_an_invoice_with_its_own_credit_makes_no_line(new_town: Town) -> None:
    await settle_in(new_town)
    _, (_, child) = await live_here(new_town)
    await observe(
        new_town,
        cost(child, 0, 900, document="F1"),
        cost(child, 0, -900, document="F1"),
        cost(child, 1, 50),
    )
    assert await observed(new_town) == {"7100 JW-2023 -": 50, "7900 JW-2023 -": -50}
    await new_town.assert_sound()


async def test_the_same_file_counts_once_also_at_the_same_moment(new_town: Town) -> None:
    await settle_in(new_town)
    _, (_, child) = await live_here(new_town)
    file = cost_file(cost(child, 0, 900))

    async def importing(name: str) -> tuple[object, ...]:
        return await new_town.do(
            lambda connection, instruction: import_costs(
                connection,
                instruction=instruction,
                file=file,
                file_name=name,
                booking_date=DAY,
            )
        )

    answers = await asyncio.gather(*(importing(f"{name}.csv") for name in "abc"))
    assert len(set(answers)) == 1
    assert (await observed(new_town))["7100 JW-2023 -"] == 900
    assert len(await imports(new_town)) == 1
    await new_town.assert_sound()


async def test_a_file_is_booked_all_or_not_at_all(new_town: Town) -> None:
    await settle_in(new_town)
    _, (_, child) = await live_here(new_town)
    file = cost_file(cost(child, 0, 900), cost(child, -2, 100))
    before = [await new_town.count(table) for table in OBSERVED]
    with pytest.raises(PeriodUnknown):
        await new_town.do(
            lambda connection, instruction: import_costs(
                connection,
                instruction=instruction,
                file=file,
                file_name="kosten.csv",
                booking_date=date(2031, 1, 1),
            )
        )
    assert [await new_town.count(table) for table in OBSERVED] == before


async def test_money_is_as_it_was_and_nobody_books_there_by_hand(town: Town) -> None:
    family = await town.register(PARENT, CHILD, from_date=FIRST)
    child = (await acts.family(town, family)).members[-1].person
    money = (
        await town.standings(),
        await town.balances(Book.BUDGET),
        await town.balances(Book.LASTEN),
    )
    await observe(town, cost(child, 36, 900_00))
    assert money == (
        await town.standings(),
        await town.balances(Book.BUDGET),
        await town.balances(Book.LASTEN),
    )
    for each in await town.balances(Book.WAARNEMING):
        async with db.transaction(town.engine, town.gemeente) as connection:
            with pytest.raises(AccountNotFree, match="uit een bestand"):
                await check_plain(connection, gemeente=town.gemeente, accounts=[each.account.id])
