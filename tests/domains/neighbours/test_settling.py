"""Who moved to another municipality in these books: it bears what is delivered from then on."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.day_start import DayStart
from domains import chart
from domains.neighbours.operations import pay_debts
from domains.neighbours.rules import NothingOwed
from domains.payers.model import PayerState
from domains.payers.queries import payer_items
from ledger.accounts import Account, Book
from tests.domains.events.support import guidance, household, morning, move, register
from tests.domains.reservations.support import deliver, delivery
from tests.domains.support import Town, example_town

pytestmark = pytest.mark.postgres

_MOVED = date(2026, 6, 1)


class Broken(Exception):
    """Stands for a machine that stopped between two transactions."""


async def two_towns(
    engine: AsyncEngine, new_gemeente: Callable[[], str], *, first_pays: bool
) -> tuple[Town, Town]:
    """Make two municipalities with books; the first or the second by code is where help began."""
    codes = sorted((new_gemeente(), new_gemeente()), reverse=not first_pays)
    payer, bearer = [await example_town(engine, code) for code in codes]
    return payer, bearer


async def help_after_a_move(payer: Town, bearer: Town) -> UUID:
    """Let a youngster move on 1 June, with ten days of help delivered after it."""
    await payer.authorise({"TOE": 10_000})
    home = await household(payer)
    made = await guidance(payer, home)
    await register(payer, move(home, day=_MOVED, to=bearer.gemeente))
    await start(payer, _MOVED, seed=1)
    await deliver(payer, delivery(made.id, 300_00, (_MOVED, date(2026, 6, 11))))
    return made.id


async def start(town: Town, day: date, *, seed: int) -> DayStart:
    """Do the work of a day."""
    return await morning(town, day, seed=seed, at=None).work()


async def balance_of(town: Town, account: Account) -> int:
    """Read what lies on an account."""
    found = {each.account.id: each.balance_cents for each in await town.balances(account.book)}
    return found.get(account.id, 0)


async def sides(payer: Town, bearer: Town) -> tuple[int, int, int]:
    """Read what is claimed, what is owed, and what the Wmo of the new municipality bore."""
    return (
        await balance_of(
            payer, chart.claim(payer.gemeente, "TOE-2026", payer=bearer.gemeente, debtor="")
        ),
        await balance_of(
            bearer, chart.owed_to_gemeente(bearer.gemeente, "WMO-2026", other=payer.gemeente)
        ),
        await balance_of(
            bearer,
            chart.borne(
                bearer.gemeente,
                "WMO-2026",
                taakveld="6.712",
                category="3.4.1",
                other=payer.gemeente,
            ),
        ),
    )


@pytest.mark.parametrize("first_pays", [True, False])
async def test_both_sides_are_booked_once_and_owe_each_other_the_same(
    engine: AsyncEngine, new_gemeente: Callable[[], str], *, first_pays: bool
) -> None:
    payer, bearer = await two_towns(engine, new_gemeente, first_pays=first_pays)
    await help_after_a_move(payer, bearer)
    done = await start(payer, date(2026, 6, 20), seed=2)
    assert (done.failures, len(done.settled)) == ((), 1)
    assert await sides(payer, bearer) == (300_00, -300_00, 300_00)
    async with db.transaction(engine, payer.gemeente) as connection:
        (item,) = await payer_items(connection, gemeente=payer.gemeente)
    assert item.stands(PayerState.ACCEPTED, bearer.gemeente) == 300_00
    assert item.stands(PayerState.OPEN) == 600_00
    again = await start(payer, date(2026, 6, 21), seed=3)
    assert (again.failures, again.settled) == ((), ())
    assert await sides(payer, bearer) == (300_00, -300_00, 300_00)
    for town in (payer, bearer):
        await town.assert_sound()


@pytest.mark.parametrize("first_pays", [True, False])
async def test_a_run_that_was_broken_off_between_both_is_finished_by_the_next(
    engine: AsyncEngine, new_gemeente: Callable[[], str], *, first_pays: bool
) -> None:
    payer, bearer = await two_towns(engine, new_gemeente, first_pays=first_pays)
    await help_after_a_move(payer, bearer)
    seen: list[str] = []

    async def attempt(
        used: AsyncEngine,
        gemeente: str,
        work: Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]],
    ) -> tuple[UUID, ...]:
        if seen and [seen[-1], gemeente] == sorted((payer.gemeente, bearer.gemeente)):
            raise Broken
        seen.append(gemeente)
        return await db.run(used, gemeente, work)

    broken = morning(payer, date(2026, 6, 20), seed=2, at=None)
    broken.attempt = attempt
    done = await broken.work()
    assert [failure.code for failure in done.failures] == ["fout"]
    assert done.settled == ()
    claimed, owed, _ = await sides(payer, bearer)
    assert {claimed, -owed} == {0, 300_00}
    finished = await start(payer, date(2026, 6, 21), seed=3)
    assert (finished.failures, len(finished.settled)) == ((), 1)
    assert await sides(payer, bearer) == (300_00, -300_00, 300_00)
    for town in (payer, bearer):
        await town.assert_sound()


async def test_without_books_here_the_other_municipality_is_an_open_payer(town: Town) -> None:
    await town.authorise({"TOE": 10_000})
    home = await household(town)
    made = await guidance(town, home)
    await register(town, move(home, day=_MOVED, to="GM0150"))
    await start(town, _MOVED, seed=1)
    await deliver(town, delivery(made.id, 300_00, (_MOVED, date(2026, 6, 11))))
    done = await start(town, date(2026, 6, 20), seed=2)
    assert (done.failures, done.settled) == ((), ())
    async with db.transaction(town.engine, town.gemeente) as connection:
        (item,) = await payer_items(connection, gemeente=town.gemeente)
    assert (item.part.payer, item.stands(PayerState.OPEN)) == ("GM0150", 900_00)
    assert {each.account.book for each in await town.balances(Book.LASTEN)} == {Book.LASTEN}
    await town.assert_sound()


async def pay(bearer: Town, payer: Town, day: date) -> tuple[UUID, ...]:
    """Let the new municipality pay what it owes on a day."""
    return await bearer.do(
        lambda connection, instruction: pay_debts(
            connection,
            instruction=instruction,
            other=payer.gemeente,
            booking_date=day,
            document="betaalopdracht 7",
        )
    )


@pytest.mark.parametrize("first_pays", [True, False])
async def test_what_is_owed_is_paid_once_and_arrives_on_the_other_side(
    engine: AsyncEngine, new_gemeente: Callable[[], str], *, first_pays: bool
) -> None:
    payer, bearer = await two_towns(engine, new_gemeente, first_pays=first_pays)
    made = await help_after_a_move(payer, bearer)
    with pytest.raises(NothingOwed):
        await pay(bearer, payer, date(2026, 6, 20))
    await start(payer, date(2026, 6, 20), seed=2)
    with pytest.raises(NothingOwed):
        await pay(bearer, payer, date(2026, 6, 19))
    await pay(bearer, payer, date(2026, 6, 25))
    assert await sides(payer, bearer) == (300_00, 0, 300_00)
    with pytest.raises(NothingOwed):
        await pay(bearer, payer, date(2026, 6, 26))
    early = await start(payer, date(2026, 6, 24), seed=3)
    assert (early.failures, early.received) == ((), ())
    done = await start(payer, date(2026, 6, 25), seed=4)
    assert (done.failures, len(done.received)) == ((), 1)
    assert await sides(payer, bearer) == (0, 0, 300_00)
    for town, fund, cents in ((payer, "TOE-2026", 300_00), (bearer, "WMO-2026", -300_00)):
        assert await balance_of(town, chart.payments(town.gemeente, fund)) == cents
    again = await start(payer, date(2026, 6, 26), seed=5)
    assert (again.failures, again.received) == ((), ())
    # Later days are a debt of their own.
    await deliver(payer, delivery(made, 60_00, (date(2026, 6, 11), date(2026, 6, 13))))
    await start(payer, date(2026, 6, 27), seed=6)
    assert await sides(payer, bearer) == (60_00, -60_00, 360_00)
    for town in (payer, bearer):
        await town.assert_sound()


async def test_a_payment_that_was_reversed_is_owed_again(
    engine: AsyncEngine, new_gemeente: Callable[[], str]
) -> None:
    payer, bearer = await two_towns(engine, new_gemeente, first_pays=True)
    await help_after_a_move(payer, bearer)
    await start(payer, date(2026, 6, 20), seed=2)
    await pay(bearer, payer, date(2026, 6, 25))
    ((entry,),) = await bearer.ask("SELECT entry_id FROM domains.neighbour_payment")
    await bearer.reverse(entry)
    assert await sides(payer, bearer) == (300_00, -300_00, 300_00)
    await pay(bearer, payer, date(2026, 6, 26))
    assert await sides(payer, bearer) == (300_00, 0, 300_00)
    # Also after it arrived: the next start of the day takes the receipt back by itself.
    await start(payer, date(2026, 6, 27), seed=3)
    assert await sides(payer, bearer) == (0, 0, 300_00)
    ((entry,),) = await bearer.ask(
        "SELECT entry_id FROM domains.neighbour_payment ORDER BY booking_date DESC LIMIT 1"
    )
    await bearer.reverse(entry)
    back = await start(payer, date(2026, 6, 28), seed=4)
    assert (back.failures, len(back.taken_back), back.received) == ((), 1, ())
    assert await sides(payer, bearer) == (300_00, -300_00, 300_00)
    await pay(bearer, payer, date(2026, 6, 29))
    again = await start(payer, date(2026, 6, 29), seed=5)
    assert (again.failures, again.taken_back, len(again.received)) == ((), (), 1)
    assert await sides(payer, bearer) == (0, 0, 300_00)
    for town in (payer, bearer):
        await town.assert_sound()
