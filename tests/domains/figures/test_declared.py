"""What providers declare is held against what was granted, and no cent counts twice."""

from datetime import date
from typing import Any

import pytest

from api import db
from domains import chart
from domains.allocations.model import AllocationForm
from domains.figures import queries
from domains.figures.model import Variance
from domains.quantities import read_e4
from ledger import balances
from ledger.accounts import Book
from tests.domains.declarations.support import Desk, make_desk, of
from tests.domains.support import Town
from tests.domains.year_end.support import ACCRUED, NEXT, close
from tests.support.messages import credit

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(town: Town) -> Desk:
    return await make_desk(town)


async def number_of(desk: Desk) -> int:
    town = desk.town
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await balances.last_link(connection, gemeente=town.gemeente)


async def differences(
    desk: Desk, *, on: date = date(2026, 12, 31), number: int | None = None
) -> dict[tuple[str, str], Variance]:
    """Give the variances by product and unit."""
    town = desk.town
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await queries.variances(
            connection,
            gemeente=town.gemeente,
            year=2026,
            on=on,
            known_up_to=number or await balances.last_link(connection, gemeente=town.gemeente),
        )
    return {(each.delivered.product, each.delivered.unit): each for each in found}


async def assert_all_that_was_spent(desk: Desk) -> None:
    found = (await differences(desk, on=date(NEXT, 12, 31))).values()
    told = sum(each.delivered.amount_cents + each.delivered.without_volume_cents for each in found)
    spent = await desk.town.balances(Book.BUDGET, code=chart.SPENT)
    assert told == sum(each.balance_cents for each in spent)


async def test_what_was_declared_has_the_volume_and_the_price_of_its_lines(desk: Desk) -> None:
    allocation = await desk.care(volume="100")
    (before,) = (await differences(desk)).values()
    assert before.total_cents == -1_250_00
    await desk.declare(of(allocation, 1), of(allocation, 2), of(allocation, 3, volume=900))
    number = await number_of(desk)
    (found,) = (await differences(desk)).values()
    assert found.delivered.volume_e4 == read_e4("8"), "what was refused does not count"
    assert (found.delivered.amount_cents, found.delivered.without_volume_cents) == (100_00, 0)
    assert (found.price_cents, found.volume_cents) == (0, -1_150_00)
    await assert_all_that_was_spent(desk)
    await desk.declare(credit(of(allocation, 1)))
    (credited,) = (await differences(desk)).values()
    assert credited.delivered.volume_e4 == read_e4("4")
    await assert_all_that_was_spent(desk)
    assert list((await differences(desk, number=number)).values()) == [found]
    (earlier,) = (await differences(desk, on=date(2026, 3, 31))).values()
    assert earlier.delivered.volume_e4 == read_e4("4"), "of the days that are over by then"


async def test_what_was_accrued_counts_once_also_when_it_is_declared(desk: Desk) -> None:
    allocation = await desk.care(volume="12")
    await desk.declare(of(allocation, 1))
    await desk.town.open_year(NEXT)
    await close(desk.town, ACCRUED)
    (accrued,) = (await differences(desk)).values()
    assert accrued.delivered.volume_e4 == read_e4("4")
    assert accrued.delivered.without_volume_cents == 100_00
    await assert_all_that_was_spent(desk)
    desk.booking_date = date(NEXT, 2, 1)
    later = of(allocation, 2, volume=7, amount_cents=87_50)
    await desk.declare(later)
    assert list((await differences(desk)).values()) == [accrued], "as it was on that day"
    (declared,) = (await differences(desk, on=desk.booking_date)).values()
    assert declared.delivered.volume_e4 == read_e4("11")
    assert declared.delivered.without_volume_cents == 12_50
    await assert_all_that_was_spent(desk)
    await desk.declare(credit(later))
    (credited,) = (await differences(desk, on=desk.booking_date)).values()
    assert credited == accrued
    await assert_all_that_was_spent(desk)


async def test_a_budget_is_held_against_amounts_and_another_unit_stands_apart(desk: Desk) -> None:
    budget = await desk.budgeted(300_00)
    lines = await desk.care(number=20_001, volume="10", form=AllocationForm.ASPECIFIC)
    minutes: dict[str, Any] = {"volume": 90, "unit": "01", "tariff_cents": None}
    await desk.declare(
        of(budget, 1),
        of(lines, 2, **minutes, amount_cents=20_00),
        of(lines, 3, code="45A04", **minutes, amount_cents=25_00),
    )
    found = await differences(desk)
    told = {
        product: (each.delivered.planned_cents, each.delivered.amount_cents)
        for product, each in found.items()
    }
    assert told == {
        ("", ""): (300_00, 50_00),
        ("45A03", "uur"): (125_00, 20_00),
        ("45A04", "minuut"): (0, 25_00),
    }
    volumes = {product: each.delivered.volume_e4 for product, each in found.items()}
    assert volumes == {
        ("", ""): 0,
        ("45A03", "uur"): read_e4("1.5"),
        ("45A04", "minuut"): read_e4("90"),
    }
    assert {each.delivered.without_volume_cents for each in found.values()} == {0}
    await assert_all_that_was_spent(desk)
