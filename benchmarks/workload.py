"""The books that are measured: accounts, opening balances and ordinary entries."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from ledger import books
from ledger.accounts import Account, Book
from ledger.entries import Booked, Entry, Outcome, Posting, PostingRequest, fingerprint

GEMEENTE: Final = "GM9001"
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_YEAR: Final = date(2026, 1, 1)
_OPENING: Final = 10**10
_AT_ONCE: Final = 2_000


class NotBookedError(Exception):
    """The books refused what a measurement thinks is in order: its figure would mean nothing."""


@dataclass(slots=True, kw_only=True)
class Ids:
    """Ids that rise like uuid version 7, repeatable, from one seed."""

    source: random.Random
    last: int = 0x0199_0000_0000_7000_8000_0000_0000_0000

    def new(self) -> UUID:
        """Give the next id: later ids sort later, as those of the program do."""
        self.last += (1 << 80) if self.source.random() < 0.02 else 0
        low = self.source.getrandbits(62) | (2 << 62)
        self.last = (self.last >> 64 << 64) | low
        return UUID(int=self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A gemeente with an open year: one account without a floor, the others at least zero."""

    source: UUID
    accounts: Sequence[UUID]


def entry(ids: Ids, giving: UUID, receiving: UUID, *, on: date) -> Entry:
    """Make an ordinary entry of two lines that takes from an account with a floor."""
    return Entry(
        id=ids.new(),
        booking_date=on,
        kind="declaratie",
        description="Declaratieregel week 12",
        document="decl-2026-0012",
        rule_version="2026.1",
        postings=(
            Posting(account=giving, amount_cents=-1),
            Posting(account=receiving, amount_cents=1),
        ),
    )


def requests(opened: Opened, ids: Ids, number: int, *, month: int = 3) -> list[PostingRequest]:
    """Make requests of one entry each between any two accounts, on the days of one month."""
    accounts = range(len(opened.accounts))
    return _requests(opened, ids, [ids.source.sample(accounts, 2) for _ in range(number)], month)


def hot_requests(opened: Opened, ids: Ids, number: int) -> list[PostingRequest]:
    """Make requests of one entry each that all take from one account."""
    others = range(1, len(opened.accounts))
    return _requests(opened, ids, [[0, ids.source.choice(others)] for _ in range(number)], 3)


def _requests(
    opened: Opened, ids: Ids, pairs: Sequence[Sequence[int]], month: int
) -> list[PostingRequest]:
    made = []
    for giving, receiving in pairs:
        on = date(_YEAR.year, month, 1 + ids.source.randrange(28))
        each = entry(ids, opened.accounts[giving], opened.accounts[receiving], on=on)
        made.append(
            PostingRequest(
                client="zorgportaal",
                key=str(each.id),
                actor="medewerker-7",
                fingerprint=fingerprint(str(each.id)),
                groups=((each,),),
            )
        )
    return made


def as_import(asked: Sequence[PostingRequest]) -> PostingRequest:
    """Put entries under one key, each a group of its own, as whoever imports a file does."""
    first = asked[0]
    return PostingRequest(
        client=first.client,
        key=first.key,
        actor=first.actor,
        fingerprint=first.fingerprint,
        groups=tuple(group for each in asked for group in each.groups),
    )


async def open_books(engine: AsyncEngine, ids: Ids, *, accounts: int) -> Opened:
    """Open the year and the accounts, each with enough on it for every measurement."""
    async with db.transaction(engine, GEMEENTE) as connection:
        await books.change_period(
            connection,
            gemeente=GEMEENTE,
            from_date=_YEAR,
            until_date=date(2027, 1, 1),
            is_open=True,
            actor="meting",
            reason="boekjaar",
            recorded_at=NOW,
        )
    source = Account(gemeente=GEMEENTE, book=Book.BUDGET, code="0000", colour="JW-2026")
    opened: list[UUID] = []
    for first in range(0, accounts, _AT_ONCE):
        batch = [
            Account(
                gemeente=GEMEENTE,
                book=Book.BUDGET,
                code="0400",
                colour="JW-2026",
                dimensions=(("gezin", f"{number:08d}"),),
                floor_cents=0,
            )
            for number in range(first, min(first + _AT_ONCE, accounts))
        ]
        given = [Posting(account=each.id, amount_cents=_OPENING) for each in batch]
        taken = Posting(account=source.id, amount_cents=-_OPENING * len(batch))
        opening = Entry(
            id=ids.new(),
            booking_date=_YEAR,
            kind="opening",
            description="beginstand",
            postings=(*given, taken),
        )
        asked = PostingRequest(
            client="meting",
            key=str(opening.id),
            actor="meting",
            fingerprint=fingerprint("opening"),
            groups=((opening,),),
            accounts=(source, *batch),
        )
        await post(engine, [asked])
        opened += [each.id for each in batch]
    return Opened(source=source.id, accounts=opened)


async def post(engine: AsyncEngine, asked: Sequence[PostingRequest]) -> None:
    """Post a batch in one commit.

    :raises NotBookedError: something was refused.
    """
    async with db.transaction(engine, GEMEENTE) as connection:
        outcomes = await books.post(connection, gemeente=GEMEENTE, recorded_at=NOW, requests=asked)
    check(outcomes)


def check(outcomes: Sequence[Outcome]) -> None:
    """Check that everything was booked, and now.

    :raises NotBookedError: something was not.
    """
    for outcome in outcomes:
        if outcome.replayed or not all(isinstance(each, Booked) for each in outcome.groups):
            raise NotBookedError(outcome)
