"""The coalescer on a real database: what shares a commit, what waits, and who is hurt by what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import books
from ledger.accounts import Account, Book
from ledger.coalescer import Coalescer, CoalescerClosedError, Post
from ledger.entries import Booked, Entry, Outcome, Posting, PostingRequest, Refused, fingerprint
from tests.support.making import through

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBERS = count(1)


class Books:
    """One gemeente with an open year, a source account and an account that may not go below 0."""

    def __init__(self, engine: AsyncEngine, gemeente: str) -> None:
        self.engine = engine
        self.gemeente = gemeente
        self.source = Account(gemeente=gemeente, book=Book.BUDGET, code="1", colour="JW")
        self.room = Account(
            gemeente=gemeente, book=Book.BUDGET, code="2", colour="JW", floor_cents=0
        )

    def request(self, key: str, amount_cents: int = 100, *, floor: int = 0) -> PostingRequest:
        """Ask for money from the source, and name both accounts."""
        room = Account(
            gemeente=self.gemeente, book=Book.BUDGET, code="2", colour="JW", floor_cents=floor
        )
        entry = Entry(
            id=UUID(int=next(NUMBERS)),
            booking_date=date(2026, 3, 1),
            kind="proef",
            description=key,
            postings=(
                Posting(account=self.room.id, amount_cents=amount_cents),
                Posting(account=self.source.id, amount_cents=-amount_cents),
            ),
        )
        return PostingRequest(
            client="proef",
            key=key,
            actor="proef",
            fingerprint=fingerprint(key, str(amount_cents)),
            groups=((entry,),),
            accounts=(self.source, room),
        )

    async def scalar(self, question: str) -> int:
        """Ask the database for one number."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            return int((await connection.exec_driver_sql(question)).scalar_one())

    async def balance(self) -> int:
        """Give what is committed on the account with the floor."""
        return await self.scalar(
            f"SELECT balance_cents FROM ledger.balance WHERE account_id = '{self.room.id}'"
        )

    async def entries(self) -> int:
        """Count what is committed."""
        return await self.scalar("SELECT count(*) FROM ledger.entry")


@pytest.fixture
async def opened(engine: AsyncEngine, gemeente: str) -> Books:
    return await open_books(engine, gemeente)


async def open_books(engine: AsyncEngine, gemeente: str) -> Books:
    opened = Books(engine, gemeente)
    async with db.transaction(engine, opened.gemeente) as connection:
        await books.change_period(
            connection,
            gemeente=opened.gemeente,
            from_date=date(2026, 1, 1),
            until_date=date(2027, 1, 1),
            is_open=True,
            actor="proef",
            reason="boekjaar",
            recorded_at=NOW,
        )
    return opened


def coalescer_of(opened: Books, *, most: int = 500) -> Coalescer:
    return Coalescer(partial(db.posts, opened.engine), lambda: NOW, most)


async def commit_begun() -> None:
    """Let the callers queue and the worker take what is there."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_comes_alone_gets_an_answer_that_is_committed(opened: Books) -> None:
    outcome = await coalescer_of(opened).post(opened.gemeente, opened.request("een"))
    assert isinstance(outcome.groups[0], Booked)
    assert await opened.balance() == 100


async def test_callers_of_one_moment_share_a_link(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    outcomes = await asyncio.gather(
        *(coalescer.post(opened.gemeente, opened.request(str(each))) for each in range(20))
    )
    assert {outcome.chain_number for outcome in outcomes} == {2}
    assert await opened.balance() == 2_000


async def test_no_commit_holds_more_than_asked(opened: Books) -> None:
    requests = [opened.request(str(each)) for each in range(7)]
    outcomes = await coalescer_of(opened, most=3).post_all(opened.gemeente, requests)
    assert [outcome.chain_number for outcome in outcomes] == [2, 2, 2, 3, 3, 3, 4]


async def test_what_queues_during_a_commit_goes_together_after_it(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    first = asyncio.create_task(coalescer.post(opened.gemeente, opened.request("eerste")))
    await commit_begun()
    later = await asyncio.gather(
        *(coalescer.post(opened.gemeente, opened.request(str(each))) for each in range(5))
    )
    assert (await first).chain_number == 2
    assert {outcome.chain_number for outcome in later} == {3}


async def test_the_same_key_waits_and_gets_the_stored_answer(opened: Books) -> None:
    again = opened.request("een")
    first, second = await coalescer_of(opened).post_all(
        opened.gemeente, (opened.request("een"), again)
    )
    assert (first.replayed, second.replayed) == (False, True)
    assert first.groups == second.groups
    assert await opened.balance() == 100


async def test_the_same_key_with_other_content_is_refused(opened: Books) -> None:
    _, second = await coalescer_of(opened).post_all(
        opened.gemeente, (opened.request("een", 100), opened.request("een", 200))
    )
    assert isinstance(second.groups[0], Refused)
    assert isinstance(second.groups[0].refusal, books.KeyReused)


async def test_a_refusal_hurts_no_neighbour(opened: Books) -> None:
    outcomes = await coalescer_of(opened).post_all(
        opened.gemeente,
        (opened.request("a", 100), opened.request("b", -150), opened.request("c", -60)),
    )
    assert [type(outcome.groups[0]) for outcome in outcomes] == [Booked, Refused, Booked]
    assert await opened.balance() == 40


async def test_a_request_that_fails_its_batch_fails_alone(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    await coalescer.post(opened.gemeente, opened.request("eerst"))
    found = await asyncio.gather(
        coalescer.post(opened.gemeente, opened.request("a")),
        coalescer.post(opened.gemeente, opened.request("b", floor=-5)),
        coalescer.post(opened.gemeente, opened.request("c")),
        return_exceptions=True,
    )
    assert isinstance(found[1], books.FloorDiffers)
    assert await opened.balance() == 300


async def test_one_failure_in_a_list_is_raised_after_the_rest_is_booked(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    await coalescer.post(opened.gemeente, opened.request("eerst"))
    with pytest.raises(books.FloorDiffers):
        await coalescer.post_all(
            opened.gemeente, (opened.request("a", floor=-5), opened.request("b"))
        )
    assert await opened.balance() == 200


async def test_a_cancelled_caller_takes_nobody_along(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    gone = asyncio.create_task(coalescer.post(opened.gemeente, opened.request("weg")))
    stays = asyncio.create_task(coalescer.post(opened.gemeente, opened.request("blijft")))
    await commit_begun()
    gone.cancel()
    assert (await stays).chain_number == 2
    assert gone.cancelled()
    assert await opened.balance() == 200


async def test_who_is_cancelled_before_his_turn_books_nothing(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    gone = asyncio.create_task(coalescer.post(opened.gemeente, opened.request("weg")))
    stays = asyncio.create_task(coalescer.post(opened.gemeente, opened.request("blijft")))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    assert await opened.balance() == 100


@pytest.mark.parametrize("deadlocks", [2, 3, 5])
async def test_a_deadlock_is_tried_again(opened: Books, deadlocks: int) -> None:
    raised = count(1)

    @asynccontextmanager
    async def transaction(gemeente: str) -> AsyncIterator[AsyncConnection]:
        async with db.transaction(opened.engine, gemeente) as connection:
            yield connection
            if next(raised) <= deadlocks:
                await connection.exec_driver_sql(
                    "DO $$ BEGIN RAISE EXCEPTION 'proef' USING ERRCODE = '40P01'; END $$"
                )

    coalescer = Coalescer(through(transaction), lambda: NOW)
    requests = (opened.request("a"), opened.request("b"))
    await coalescer.post_all(opened.gemeente, requests)
    assert await opened.entries() == 2


async def test_a_deadlock_that_stays_reaches_the_caller(opened: Books) -> None:
    @asynccontextmanager
    async def transaction(gemeente: str) -> AsyncIterator[AsyncConnection]:
        async with db.transaction(opened.engine, gemeente) as connection:
            yield connection
            await connection.exec_driver_sql(
                "DO $$ BEGIN RAISE EXCEPTION 'proef' USING ERRCODE = '40P01'; END $$"
            )

    with pytest.raises(DBAPIError):
        await Coalescer(through(transaction), lambda: NOW).post(
            opened.gemeente, opened.request("a")
        )
    assert await opened.entries() == 0


async def test_closing_answers_what_was_queued_and_refuses_the_rest(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    last = asyncio.create_task(coalescer.post(opened.gemeente, opened.request("laatste")))
    await asyncio.sleep(0)
    await coalescer.aclose()
    assert last.done() or (await last).chain_number == 2
    with pytest.raises(CoalescerClosedError):
        await coalescer.post(opened.gemeente, opened.request("te laat"))
    assert await opened.balance() == 100


async def test_an_idle_coalescer_leaves_no_task_behind(opened: Books) -> None:
    coalescer = coalescer_of(opened)
    before = asyncio.all_tasks()
    await coalescer.post(opened.gemeente, opened.request("een"))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert not coalescer._queues
    assert not coalescer._workers


async def test_a_worker_that_is_cancelled_cancels_who_waits_for_it(opened: Books) -> None:
    coalescer = coalescer_of(opened, most=1)
    callers = [
        asyncio.create_task(coalescer.post(opened.gemeente, opened.request(str(each))))
        for each in range(3)
    ]
    await commit_begun()
    coalescer._workers[opened.gemeente].cancel()
    found = await asyncio.gather(*callers, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in found)
    assert not coalescer._workers


async def test_posts_outlive_the_connection_that_they_keep(
    fresh_engine: AsyncEngine, gemeente: str
) -> None:
    opened = await open_books(fresh_engine, gemeente)
    async with db.posts(fresh_engine, gemeente) as post:
        await post(NOW, (opened.request("een"),))
        await opened.scalar(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(DBAPIError):
            await post(NOW, (opened.request("twee"),))
        await post(NOW, (opened.request("twee"),))
    async with db.transaction(fresh_engine, gemeente) as connection:
        driver = await books.driver_of(connection)
        assert not driver.autocommit
    assert await opened.entries() == 2


@pytest.mark.parametrize("refused", [True, False])
async def test_a_connection_that_will_not_change_reaches_nobody_else(
    fresh_engine: AsyncEngine, gemeente: str, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    opened = await open_books(fresh_engine, gemeente)
    coalescer = coalescer_of(opened)
    autocommit = psycopg.AsyncConnection.set_autocommit

    async def fail(connection: psycopg.AsyncConnection[object], value: Any) -> None:
        if value is refused:
            raise psycopg.OperationalError("weg")
        await autocommit(connection, value)

    monkeypatch.setattr(psycopg.AsyncConnection, "set_autocommit", fail)
    callers = (coalescer.post(gemeente, opened.request(each)) for each in ("een", "twee"))
    found = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(each) for each in found} == {psycopg.OperationalError if refused else Outcome}
    assert fresh_engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    monkeypatch.undo()
    assert await coalescer.post(gemeente, opened.request("drie")) is not None


async def test_whoever_waits_hears_that_the_way_to_the_books_will_not_open() -> None:
    def no_way(_gemeente: str) -> AbstractAsyncContextManager[Post]:
        raise OSError("geen weg")

    coalescer = Coalescer(no_way, lambda: NOW)
    request = PostingRequest(
        client="proef", key="een", actor="proef", fingerprint=b"", groups=(), accounts=()
    )
    with pytest.raises(OSError, match="geen weg"):
        await coalescer.post("GM0001", request)
    assert not coalescer._workers
