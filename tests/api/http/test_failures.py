"""When something breaks, the caller hears whether to try again, and nothing is half done."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import FixedClock
from api.http.app import create_app
from api.settings import Settings
from api.tokens import Verifier
from ledger.coalescer import Coalescer
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import make_money, plain
from tests.support.databases import Database

pytestmark = pytest.mark.postgres


def application(engine: AsyncEngine, key_folder: Path, coalescer: Coalescer) -> Litestar:
    return create_app(
        settings=Settings(),
        engine=engine,
        clock=FixedClock(NOW),
        verifier=Verifier(key_folder),
        coalescer=coalescer,
    )


def client_of(app: Litestar) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://ontschot")


@pytest.fixture
async def nowhere(key_folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Give an application whose database cannot be reached."""
    engine = db.engine_for("postgresql://ontschot_app@127.0.0.1:1/nergens")
    coalescer = Coalescer(partial(db.posts, engine), FixedClock(NOW).now)
    async with client_of(application(engine, key_folder, coalescer)) as client:
        yield client
    await coalescer.aclose()
    await engine.dispose()


async def test_without_a_database_the_caller_may_try_again(
    person: Callable[..., Person], nowhere: httpx.AsyncClient
) -> None:
    headers = {
        "Authorization": f"Bearer {person('financieel').token}",
        "Idempotency-Key": "k",
    }
    for answer in (
        await nowhere.get("/v1/middelen", headers=headers),
        await nowhere.post("/v1/boekingen", headers=headers, json=plain()),
        await nowhere.post("/v1/boekingen?proef=true", headers=headers, json=plain()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "even-niet-bereikbaar")
        assert answer.headers["retry-after"] == "2"
    alive = await nowhere.get("/gezondheid/leeft")
    ready = await nowhere.get("/gezondheid/gereed")
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json()["status"] == "niet-gereed"


async def test_a_database_without_tables_is_not_ready(
    empty_database: Database, key_folder: Path
) -> None:
    engine = db.engine_for(empty_database.app_url)
    coalescer = Coalescer(partial(db.posts, engine), FixedClock(NOW).now)
    async with client_of(application(engine, key_folder, coalescer)) as client:
        ready = await client.get("/gezondheid/gereed")
    await coalescer.aclose()
    await engine.dispose()
    assert (ready.status_code, "ontschot migreer" in ready.text) == (503, True)


async def test_a_program_that_stops_takes_no_new_entries(
    person: Callable[..., Person], engine: AsyncEngine, key_folder: Path, gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    stopping = Coalescer(partial(db.posts, engine), FixedClock(NOW).now)
    await stopping.aclose()
    async with client_of(application(engine, key_folder, stopping)) as client:
        headers = {"Authorization": f"Bearer {finance.token}", "Idempotency-Key": "later"}
        answer = await client.post("/v1/boekingen", json=plain(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "even-niet-bereikbaar")
    again = await finance.post("/v1/boekingen", plain(), key="later")
    assert (again.status_code, "idempotent-replayed" in again.headers) == (201, False)
