"""Short ways to make accounts, entries and requests, so that a test shows only what it is about."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import books
from ledger.accounts import Account, Book
from ledger.coalescer import Post
from ledger.entries import Entry, Outcome, Posting, PostingRequest, fingerprint

NOW: Final = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
YEAR: Final = (date(2026, 1, 1), date(2027, 1, 1))
DAY: Final = date(2026, 3, 1)

_NUMBERS: Final = count(1)


def new_id() -> UUID:
    """Give an id that no other test of this process uses."""
    return UUID(int=next(_NUMBERS))


def account(
    gemeente: str,
    code: str,
    *,
    colour: str = "JW-2026",
    book: Book = Book.BUDGET,
    floor_cents: int | None = None,
) -> Account:
    """Make an account in the budget book, of youth money, without a floor unless told."""
    return Account(gemeente=gemeente, book=book, code=code, colour=colour, floor_cents=floor_cents)


def lines(*amounts: tuple[Account | UUID, int]) -> tuple[Posting, ...]:
    """Make lines from accounts and whole cents."""
    return tuple(
        Posting(account=place.id if isinstance(place, Account) else place, amount_cents=cents)
        for place, cents in amounts
    )


def entry(
    *amounts: tuple[Account | UUID, int],
    day: date = DAY,
    performance: tuple[date | None, date | None] = (None, None),
    reverses: UUID | None = None,
    entry_id: UUID | None = None,
) -> Entry:
    """Make an entry from accounts and whole cents."""
    return Entry(
        id=entry_id or new_id(),
        booking_date=day,
        kind="proef",
        description="Proefboeking",
        postings=lines(*amounts),
        performance_from=performance[0],
        performance_until=performance[1],
        reverses=reverses,
    )


def request(
    key: str,
    *groups: tuple[Entry, ...],
    accounts: tuple[Account, ...] = (),
    results: tuple[UUID, ...] = (),
    content: str | None = None,
    client: str = "proef",
) -> PostingRequest:
    """Make a request; ``content`` is what the client sent, the key itself unless told."""
    return PostingRequest(
        client=client,
        key=key,
        actor="tester",
        fingerprint=fingerprint(key if content is None else content),
        groups=groups,
        accounts=accounts,
        results=results,
    )


async def post(
    engine: AsyncEngine, gemeente: str, *requests: PostingRequest
) -> tuple[Outcome, ...]:
    """Post requests in one call and commit."""
    async with db.transaction(engine, gemeente) as connection:
        return await books.post(connection, gemeente=gemeente, recorded_at=NOW, requests=requests)


async def change_period(
    engine: AsyncEngine,
    gemeente: str,
    days: tuple[date, date] = YEAR,
    *,
    is_open: bool = True,
) -> int:
    """Open (or close) booking days and commit."""
    async with db.transaction(engine, gemeente) as connection:
        return await books.change_period(
            connection,
            gemeente=gemeente,
            from_date=days[0],
            until_date=days[1],
            is_open=is_open,
            actor="tester",
            reason="proef",
            recorded_at=NOW,
        )


async def open_for_a_time(
    engine: AsyncEngine, gemeente: str, days: tuple[date, date], *, open_until: datetime
) -> int:
    """Open booking days up to a moment and commit."""
    async with db.transaction(engine, gemeente) as connection:
        return await books.open_for_a_time(
            connection,
            gemeente=gemeente,
            from_date=days[0],
            until_date=days[1],
            open_until=open_until,
            actor="tester",
            reason="uitzondering",
            recorded_at=NOW,
        )


def through(
    transaction: Callable[[str], AbstractAsyncContextManager[AsyncConnection]],
) -> Callable[[str], AbstractAsyncContextManager[Post]]:
    """Let a coalescer post in a transaction that a test opens."""

    @asynccontextmanager
    async def posts(gemeente: str) -> AsyncIterator[Post]:
        async def post_in(
            recorded_at: datetime, requests: Sequence[PostingRequest]
        ) -> tuple[Outcome, ...]:
            async with transaction(gemeente) as connection:
                return await books.post(
                    connection, gemeente=gemeente, recorded_at=recorded_at, requests=requests
                )

        yield post_in

    return posts
