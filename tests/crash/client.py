"""A program that posts through the coalescer and prints each answer, until it or the server dies.

Request ``number`` is always the same request, so that it can be asked again after a crash.
"""

import asyncio
import sys
from functools import partial
from itertools import count
from uuid import UUID

from api import db
from ledger.accounts import Account
from ledger.coalescer import Coalescer
from ledger.entries import Entry, PostingRequest, fingerprint
from tests.support.making import DAY, NOW, account, lines

ROOMS = 3
CALLERS = 8


def rooms(gemeente: str) -> tuple[Account, ...]:
    """Name the source and the rooms that requests fill in turn."""
    filled = [account(gemeente, f"011{place}", floor_cents=0) for place in range(ROOMS)]
    return (account(gemeente, "0100"), *filled)


def cents(number: int) -> int:
    """Give the amount of a request."""
    return 1 + number % 97


def numbered(gemeente: str, number: int) -> PostingRequest:
    """Make request ``number``: some cents from the source to a room."""
    source, *filled = rooms(gemeente)
    amount = cents(number)
    entry = Entry(
        id=UUID(int=number + 1),
        booking_date=DAY,
        kind="proef",
        description=f"Opdracht {number}",
        postings=lines((source, -amount), (filled[number % ROOMS], amount)),
    )
    return PostingRequest(
        client="storing",
        key=str(number),
        actor="tester",
        fingerprint=fingerprint(str(number)),
        groups=((entry,),),
    )


async def post_on(url: str, gemeente: str, first: int) -> None:
    """Post requests from eight callers at once and print the number and link of each answer.

    It goes on until an error ends it, so that a kill comes in the middle on any machine.
    """
    engine = db.engine_for(url)
    coalescer = Coalescer(partial(db.posts, engine), lambda: NOW)
    todo = count(first)

    async def caller() -> None:
        for number in todo:
            outcome = await coalescer.post(gemeente, numbered(gemeente, number))
            print(number, outcome.chain_number, flush=True)  # noqa: T201 - Read by the test.

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(post_on(sys.argv[1], sys.argv[2], int(sys.argv[3])))
