"""What a closed year accrued and nobody declares is released in the open year, and only once."""

import re
from dataclasses import replace
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
from domains.draws.model import Payment
from domains.figures.queries import variances
from ledger import balances
from ledger.accounts import Book
from tests.domains.declarations.support import Desk, make_desk, of
from tests.domains.payers.support import Step, accepting, advance, claiming, read
from tests.domains.reservations.test_rules import standing_part
from tests.domains.support import DAY, Town
from tests.domains.year_end.support import ACCRUED, NEXT, close, conserved, open_days
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


def releasing(draw: UUID) -> Step:
    return lambda connection, instruction: release_accrual(
        connection,
        instruction=instruction,
        draw=draw,
        reason="De aanbieder declareert niet meer.",
        document="brief 2027-3",
        booking_date=LATER,
    )


async def release(desk: Desk, draw: UUID) -> None:
    await desk.town.do(releasing(draw), today=LATER)


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


async def test_what_a_payer_accepted_since_is_not_released(town: Town) -> None:
    await town.open_year(NEXT)
    item = await advance(town, payment=Payment.RESERVATION)
    draw = (await read(town, item)).advance.draw
    await close(town, ACCRUED)
    await open_days(town)
    last_day = date(2026, 12, 31)
    await town.do(claiming(item), today=LATER)
    await town.do(accepting(item, cents=540_00, booking_date=last_day), today=LATER)
    with pytest.raises(AccrualPaidByOthers) as no:
        await town.do(releasing(draw), today=LATER)
    assert (no.value.accrued_cents, no.value.spent_cents) == (900_00, 360_00)


RELEASES = """
left             parts: accrued/spent now                    released
JW 2500          JW 2500/2500                                JW 2500
JW 2500          JW 7500/7500, JW 2500/2500                  JW 1875, JW 625
JW 400           JW 300/100, JW 300/300                      JW 100, JW 300
JW 2500          JW 2500/9900, JW 0/9900                     JW 2500
WMO 100, JW 200  JW 300/300, WMO 100/100                     JW 200, WMO 100
JW 1             JW 2/2, JW 1/1                              JW 1
JW 2500          JW 2500/2499                                overlopend-elders-betaald
JW 2500          JW 2500/0, WMO 2500/2500                    overlopend-elders-betaald
JW 2500          niets                                       overlopend-elders-betaald
niets            JW 2500/2500                                niets-overlopend
"""


@pytest.mark.parametrize("row", RELEASES.strip().splitlines()[1:])
def test_an_accrual_is_released_from_the_parts_that_accrued_it(row: str) -> None:
    told_left, told_parts, expected = re.split("  +", row)
    accrued, parts = {}, []
    for number, (fund, cents) in enumerate(pairs(told_parts), 1):
        was, now = cents.split("/")
        part = standing_part(number, (DAY, LATER), cents=0, fund=fund)
        parts.append(replace(part, spent_cents=int(now)))
        accrued[part.id] = int(was)
    left = {f"{fund}-2026": int(cents) for fund, cents in pairs(told_left)}
    try:
        plan = plan_release(UUID(int=1), left=left, accrued=accrued, parts=parts)
        found = ", ".join(f"{each.part.fund[:-5]} {cents}" for each, cents in plan)
    except (NothingAccrued, AccrualPaidByOthers) as refusal:
        found = refusal.code
    assert found == expected


def pairs(told: str) -> list[tuple[str, str]]:
    """Read funds with what stands behind each."""
    found = (each.partition(" ") for each in told.split(", "))
    return [(fund, cents) for fund, _, cents in found if cents]
