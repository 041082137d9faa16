"""A ledger with everything in it that the books know: for the tests of both checkers."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.accounts import Account, Book, dimensions
from ledger.entries import Booked, Entry, Outcome
from tests.support.making import (
    NOW,
    account,
    change_period,
    entry,
    new_id,
    open_for_a_time,
    post,
    request,
)

JANUARY: Final = (date(2026, 1, 1), date(2026, 2, 1))
A_WEEK: Final = (date(2026, 1, 5), date(2026, 1, 12))


async def fill(engine: AsyncEngine, gemeente: str) -> None:
    """Fill the books of a gemeente: batches, refusals, replays, reversals, periods, results."""
    source, room, family = accounts_of(gemeente)
    wmo = account(gemeente, "0100", colour="WMO-2026"), account(gemeente, "0130", colour="WMO-2026")
    cost = account(gemeente, "4000", book=Book.LASTEN), account(gemeente, "1200", book=Book.LASTEN)
    await change_period(engine, gemeente)
    first = entry((room, 100_000), (source, -100_000), day=date(2026, 1, 20))
    second = replace(
        entry((family, 40_000), (room, -40_000), performance=JANUARY),
        description="Héél gewone trekking van € 400,00",
        document="besluit-1",
        decision=new_id(),
        rule_version="2026.1",
        metadata=dimensions(wijk="WK1998", naar="ölijk"),
    )
    both = entry((cost[0], 500), (cost[1], -500)), entry((family, -500), (room, 500))
    unused = account(gemeente, "0190")
    opening = (source, room, family, *wmo, *cost, unused)
    await post(
        engine,
        gemeente,
        request("begroting", (first,), accounts=opening),
        request("gezin", (second,)),
        request("te veel", (entry((family, -90_000), (room, 90_000)),)),
        request("deels", (entry((family, 100), (source, -99)),), both, results=(new_id(),)),
        request("twee middelen", (entry((room, 5), (source, -5), (wmo[1], 7), (wmo[0], -7)),)),
    )
    await change_period(engine, gemeente, JANUARY, is_open=False)
    outcomes = await post(
        engine,
        gemeente,
        request("gezin", (second,)),
        request("terug", (mirrored(both[1].id, (family, 500), (room, -500)),)),
        request("te laat", (entry((room, 1), (source, -1), day=date(2026, 1, 31)),)),
        request("heen en weer", (entry((room, 9), (source, -9)), entry((room, -9), (source, 9)))),
    )
    assert [booked(outcome) for outcome in outcomes] == [True, True, False, True]
    assert outcomes[0].replayed
    extra = account(gemeente, "0900", floor_cents=-50)
    await post(engine, gemeente, request("alleen een rekening", accounts=(extra,)))
    await post(engine, gemeente, request("alleen een uitkomst", results=(new_id(),)))
    await post(engine, gemeente, request("tot de bodem", (entry((extra, -50), (source, 50)),)))


async def fill_by_exception(engine: AsyncEngine, gemeente: str) -> None:
    """Open some closed days up to a moment, and book in them."""
    source, room, _ = accounts_of(gemeente)
    await open_for_a_time(engine, gemeente, A_WEEK, open_until=NOW + timedelta(hours=1))
    again = entry((room, 3), (source, -3), day=date(2026, 1, 6))
    await post(engine, gemeente, request("bij uitzondering", (again,)))


def accounts_of(gemeente: str) -> tuple[Account, Account, Account]:
    """Name the three accounts of youth money: where it comes from, the room, one family."""
    family = replace(
        account(gemeente, "0120", floor_cents=0),
        dimensions=dimensions(gezin="00000000-0000-4000-8000-000000000001", wijk="ïJ"),
    )
    return account(gemeente, "0100"), account(gemeente, "0110", floor_cents=0), family


def mirrored(target: UUID, *amounts: tuple[Account, int]) -> Entry:
    """Make the entry that reverses another."""
    return entry(*amounts, reverses=target)


def booked(outcome: Outcome) -> bool:
    """Tell whether anything of a request stands in the books."""
    return any(isinstance(group, Booked) for group in outcome.groups)
