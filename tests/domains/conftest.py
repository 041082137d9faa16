"""What the tests of the operations share."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

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
