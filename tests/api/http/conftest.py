"""An application on the shared database, and people with a token who ask it things."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import FixedClock
from api.http import openapi
from api.http.app import create_app
from api.settings import Settings
from api.tokens import Verifier, sign_token
from domains.privacy.rules import purposes_of
from ledger.coalescer import Coalescer

NOW: Final = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a token; every order gets a new key unless one is given."""

    client: httpx.AsyncClient
    token: str
    purpose: str = ""
    """For what families are opened."""
    keys: Iterator[int] = field(default_factory=lambda: count(1))

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Read something."""
        return await self.client.get(path, params=query, headers=self.headers())

    async def post(
        self, path: str, body: Any, *, key: str | None = None, dry_run: bool = False
    ) -> httpx.Response:
        """Ask for something to be done, or only tried."""
        chosen = key or f"sleutel-{next(self.keys)}"
        return await self.client.post(
            path,
            json=body,
            params={"proef": "true"} if dry_run else {},
            headers=self.headers() | {"Idempotency-Key": chosen},
        )

    async def done(self, path: str, body: Any) -> Any:
        """Post something that must succeed, and give the answer."""
        answer = await self.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def seen(self, path: str, **query: Any) -> Any:
        """Get something that must be there."""
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def headers(self) -> dict[str, str]:
        """Say who asks, and for what families are opened."""
        return {"Authorization": f"Bearer {self.token}", "Doelbinding": self.purpose}


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sleutels")


@pytest.fixture(scope="session")
def the_clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def clock(the_clock: FixedClock) -> FixedClock:
    the_clock.move_to(NOW)
    return the_clock


@pytest.fixture(scope="session")
async def the_app(
    engine: AsyncEngine, the_clock: FixedClock, key_folder: Path
) -> AsyncIterator[Litestar]:
    """Make one application for all tests, because making it takes longer than most of them."""
    coalescer = Coalescer(partial(db.posts, engine), the_clock.now)
    made = create_app(
        settings=Settings(data_folder=key_folder),
        engine=engine,
        clock=the_clock,
        verifier=Verifier(key_folder),
        coalescer=coalescer,
    )
    yield made
    await made.state.services.jobs.stop()
    await coalescer.aclose()


@pytest.fixture(scope="session")
def document(the_app: Litestar) -> dict[str, Any]:
    """Give the description of the interface, as the wire has it."""
    return dict(msgspec.json.decode(msgspec.json.encode(openapi.document(the_app))))


@pytest.fixture
def app(the_app: Litestar, clock: FixedClock) -> Litestar:
    assert clock.now() == NOW
    return the_app


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        yield await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://ontschot")
        )


@pytest.fixture
def person(client: httpx.AsyncClient, key_folder: Path, gemeente: str) -> Callable[..., Person]:
    """Give a maker of people with a role, in the gemeente of this test unless told."""

    def make(*roles: str, teams: tuple[str, ...] = (), where: str = gemeente) -> Person:
        token = sign_token(
            key_folder,
            roles=roles,
            gemeente=where,
            teams=teams,
            subject=f"{'-'.join(roles)}:{'-'.join(teams)}",
            at=NOW - timedelta(minutes=1),
            lifetime=timedelta(hours=8),
        )
        purposes = purposes_of(roles)
        return Person(client=client, token=token, purpose=purposes[0].code if purposes else "")

    return make
