"""What a closed year accrued and nobody declares is released in the open year, and only once."""

from datetime import date
from uuid import UUID

import pytest

from api import db
from domains import chart
from domains.accruals.model import OpenAccrual
from domains.accruals.operations import release_accrual
from domains.accruals.queries import open_accruals
from domains.accruals.refusals import AccrualPaidByOthers, NothingAccrued
from domains.accruals.rules import plan_release
from domains.figures.queries import variances
from ledger import balances
from ledger.accounts import Book
from tests.domains.declarations.support import Desk, make_desk, of
from tests.domains.support import Town
from tests.domains.year_end.support import ACCRUED, NEXT, close, conserved
from tests.support.messages import credit

pytestmark = pytest.mark.postgres
LATER = date(NEXT, 3, 1)


@pytest.fixture
async def desk(town: Town) -> Desk:
    """Give a desk in a town that has the next year open, too."""
    made = await make_desk(town)
    await town.open_year(NEXT)
    return made


async def accruals(desk: Desk) -> tuple[OpenAccrual, ...]:
    async with db.transaction(desk.town.engine, desk.town.gemeente) as connection:
        return await open_accruals(connection, gemeente=desk.town.gemeente)


async def release(desk: Desk, draw: UUID) -> None:
    await desk.town.do(
        lambda connection, instruction: release_accrual(
            connection,
            instruction=instruction,
            draw=draw,
            reason="De aanbieder declareert niet meer.",
            document="brief 2027-3",
            booking_date=LATER,
        ),
        today=LATER,
    )


async def standing(desk: Desk) -> dict[str, int]:
    """Give what was spent, lapsed, accrued and owed, and all costs, in whole cents."""
    budget, lasten = await desk.town.balances(Book.BUDGET), await desk.town.balances(Book.LASTEN)
    return {
        "spent": sum(e.balance_cents for e in budget if e.account.code == chart.SPENT),
        "lapsed": sum(e.balance_cents for e in budget if e.account.code == chart.LAPSED),
        "accrued": -sum(e.balance_cents for e in lasten if e.account.code == chart.TO_BE_INVOICED),
        "owed": -sum(e.balance_cents for e in lasten if e.account.code == chart.CREDITORS),
        "costs": sum(e.balance_cents for e in lasten if e.account.code.startswith("4")),
    }


async def realised(desk: Desk) -> int:
    """Give what the report of price and volume says was delivered."""
    async with db.transaction(desk.town.engine, desk.town.gemeente) as connection:
        found = await variances(
            connection,
            gemeente=desk.town.gemeente,
            year=2026,
            on=date(NEXT, 12, 31),
            known_up_to=await balances.last_link(connection, gemeente=desk.town.gemeente),
        )
    return sum(each.delivered.amount_cents + each.delivered.without_volume_cents for each in found)


async def test_what_nobody_declares_lapses_and_its_cost_falls(desk: Desk) -> None:
    allocation = await desk.care(volume="12")
    await desk.declare(of(allocation, 1))
    await close(desk.town, ACCRUED)
    desk.booking_date = date(NEXT, 2, 1)
    later = of(allocation, 2, volume=6, amount_cents=75_00)
    await desk.declare(later)
    listed = await accruals(desk)
    assert len({each.fund for each in listed}) == len(listed) > 1, "by fund"
    assert sum(each.amount_cents for each in listed) == 25_00
    assert {(each.draw, each.provider, each.age_days(LATER)) for each in listed} == {
        (allocation.draw, "Aanbieder", 60)
    }
    before = await standing(desk)
    await release(desk, allocation.draw)
    after = await standing(desk)
    change = {name: after[name] - before[name] for name in after}
    assert change == {
        "spent": -25_00,
        "lapsed": 25_00,
        "accrued": -25_00,
        "owed": 0,
        "costs": -25_00,
    }
    assert await accruals(desk) == ()
    assert set((await conserved(desk.town)).values()) == {0}
    await desk.town.assert_sound()
    with pytest.raises(NothingAccrued):
        await release(desk, allocation.draw)
    answer = await desk.declare(of(allocation, 3, volume=2, amount_cents=25_00))
    assert answer.codes == {"RN000003": ["9369"]}, "nothing is left for it"
    await desk.declare(credit(later))
    again = sum(each.amount_cents for each in await accruals(desk))
    assert again == 75_00, "what is taken back may be declared, or released, again"
    await release(desk, allocation.draw)
    assert await accruals(desk) == ()
    await desk.town.assert_sound()
    assert await realised(desk) == (await standing(desk))["spent"]


def test_what_others_bear_by_now_is_not_released() -> None:
    draw = UUID(int=1)
    with pytest.raises(AccrualPaidByOthers):
        plan_release(draw, left={"JW-2026": 25_00}, accrued={}, parts=())
