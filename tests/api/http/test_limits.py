"""Nobody keeps others from their work by asking too often or too slowly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import FixedClock
from api.http.app import create_app
from api.http.design_rules import HEADERS
from api.http.limits import BodyTooSlowError, RateLimit, in_time
from api.settings import Settings
from api.tokens import Verifier
from ledger.coalescer import Coalescer
from tests.api.http.conftest import Person


def test_a_burst_may_come_at_once_and_then_a_steady_pace() -> None:
    moment = 0.0
    limit = RateLimit(per_second=2, burst=3, seconds=lambda: moment)
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 1]
    assert limit.wait("b") == 0, "another address has a bucket of its own"
    moment = 0.5
    assert [limit.wait("a"), limit.wait("a")] == [0, 1]
    moment = 100.0
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 1]


def test_who_keeps_asking_is_not_made_to_wait_longer() -> None:
    moment = 0.0
    limit = RateLimit(per_second=1, burst=1, seconds=lambda: moment)
    assert [limit.wait("a") for _ in range(50)] == [0, *[1] * 49]
    moment = 1.0
    assert limit.wait("a") == 0


def test_many_addresses_do_not_fill_the_memory() -> None:
    limit = RateLimit(per_second=1, burst=1)
    for number in range(10_050):
        limit.wait(str(number))
    assert len(limit._buckets) == 10_000


async def test_content_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(BodyTooSlowError):
        await in_time(asyncio.Event().wait, seconds=0)()  # type: ignore[arg-type]  # Never comes.


@pytest.fixture
async def few(
    engine: AsyncEngine, clock: FixedClock, key_folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of an application that takes thirty requests at once."""
    coalescer = Coalescer(partial(db.posts, engine), clock.now)
    app = create_app(
        settings=Settings(requests_per_minute=60),
        engine=engine,
        clock=clock,
        verifier=Verifier(key_folder),
        coalescer=coalescer,
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://ontschot") as client:
        yield client
    await coalescer.aclose()


@pytest.mark.postgres
async def test_a_flood_is_told_when_to_come_back(
    few: httpx.AsyncClient, person: Callable[..., Person]
) -> None:
    bearer = {"Authorization": f"Bearer {person('financieel').token}"}
    answers = [await few.get("/v1/bestaat-niet", headers=bearer) for _ in range(40)]
    refused = answers[-1]
    assert {each.status_code for each in answers} == {404, 429}
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "te-veel-verzoeken"
    for name, value in HEADERS.items():
        assert refused.headers.get_list(name) == [value]
    assert (await few.get("/gezondheid/leeft")).status_code == 200
