"""What the tests of the operations share."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger import books
from tests.domains.support import Town, example_town


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give the municipality of the worked example, with a filled district and no family yet."""
    return await example_town(engine, gemeente)


@pytest.fixture
async def new_town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give a municipality with an open year and nothing in its books."""
    made = Town(engine, gemeente)
    await made.open_year()
    return made


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch) -> list[set[UUID]]:
    """Give the accounts of each call that locks accounts from now on.

    One call has to name all that pays and all that receives: the next call would come on top of
    what the first one holds, and two who do so in another order wait for each other.
    """
    calls: list[set[UUID]] = []
    lock_accounts = books.lock_accounts

    async def noted(connection: AsyncConnection, *, gemeente: str, accounts: Sequence[UUID]) -> int:
        calls.append(set(accounts))
        return await lock_accounts(connection, gemeente=gemeente, accounts=accounts)

    monkeypatch.setattr(books, "lock_accounts", noted)
    return calls
