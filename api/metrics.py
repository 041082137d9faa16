"""Figures about the running program for Prometheus: how much, how fast, how far.

Labels are a route, a method, a status or a gemeente; nothing about a person is ever a label. The
figures have an address of their own, apart from that of the pages and the interface.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from litestar.enums import ScopeType
from litestar.types import HTTPResponseStartEvent, HTTPScope, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from ledger import checkpoints
from ledger.coalescer import Post
from ledger.entries import Outcome, PostingRequest
from ledger.reading import rows

PATH: Final = "/metrics"

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_BATCHES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_NEW_LINKS: Final = """
    SELECT coalesce(max(chain_number), 0) AS number, coalesce(sum(entries), 0) AS entries
    FROM ledger.link WHERE gemeente = %s AND chain_number > %s
"""

_log: Final = structlog.get_logger("ontschot.metingen")

Posts = Callable[[str], AbstractAsyncContextManager[Post]]


class Metrics:
    """The figures of one running program."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "ontschot_verzoeken",
            "Beantwoorde verzoeken.",
            ("methode", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "ontschot_verzoek_seconden",
            "Duur van verzoeken.",
            ("methode", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._batches = Histogram(
            "ontschot_bundel_opdrachten",
            "Opdrachten die samen in één commit gingen.",
            buckets=_BATCHES,
            registry=self.registry,
        )
        self._queues = Gauge(
            "ontschot_wachtrij",
            "Wat op dit moment wacht.",
            ("rij",),
            registry=self.registry,
        )
        self._links = _per_gemeente(self, "keten_schakel", "Laatste schakel van de keten.")
        self._entries = _per_gemeente(self, "boekingen", "Boekingen in de boeken.")
        self._sealed = _per_gemeente(self, "controlepunt_schakel", "Schakel van het controlepunt.")
        self._sealed_at = _per_gemeente(
            self, "controlepunt_tijdstip_seconden", "Moment van het controlepunt (Unix-tijd)."
        )
        self._counted: dict[str, tuple[int, int]] = {}
        ProcessCollector(registry=self.registry)

    def answered(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """Count a request that was answered; ``route`` is without what the caller filled in."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def counting(self, posts: Posts) -> Posts:
        """Give a way to post that counts how many requests shared a commit."""

        @asynccontextmanager
        async def counted(gemeente: str) -> AsyncIterator[Post]:
            async with posts(gemeente) as post:

                async def counted_post(
                    at: datetime, requests: Sequence[PostingRequest]
                ) -> tuple[Outcome, ...]:
                    self._batches.observe(len(requests))
                    return await post(at, requests)

                yield counted_post

        return counted

    def watch(self, name: str, length: Callable[[], int]) -> None:
        """Tell, each time that somebody asks, how long a queue is."""
        self._queues.labels(name).set_function(length)

    async def read_books(self, engine: AsyncEngine, checkpoint_folder: Path) -> None:
        """Read how far the books of each gemeente are, and its last checkpoint."""
        for gemeente in await db.with_books(engine):
            known, entries = self._counted.get(gemeente, (0, 0))
            async with db.snapshot(engine, gemeente) as connection:
                new = (await rows(connection, _NEW_LINKS, (gemeente, known)))[0]
            number, entries = max(known, new.number), entries + int(new.entries)
            self._counted[gemeente] = (number, entries)
            self._links.labels(gemeente).set(number)
            self._entries.labels(gemeente).set(entries)
            kept = checkpoints.read(checkpoint_folder, gemeente).checkpoints
            if kept:
                last = max(kept, key=lambda each: each.chain_number)
                self._sealed.labels(gemeente).set(last.chain_number)
                self._sealed_at.labels(gemeente).set(last.made_at.timestamp())


class MetricsApp:
    """The one address at which the figures are, as an ASGI application of its own."""

    def __init__(self, metrics: Metrics, engine: AsyncEngine, checkpoint_folder: Path) -> None:
        self._metrics = metrics
        self._engine = engine
        self._folder = checkpoint_folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del receive
        if scope["type"] != ScopeType.HTTP:
            return
        status, content = await self._answer(scope)
        start: HTTPResponseStartEvent = {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", CONTENT_TYPE_LATEST.encode()),
                (b"cache-control", b"no-store"),
            ],
        }
        await send(start)
        await send({"type": "http.response.body", "body": content, "more_body": False})

    async def _answer(self, scope: HTTPScope) -> tuple[int, bytes]:
        if scope["path"] != PATH:
            return 404, b""
        if scope["method"] != "GET":
            return 405, b""
        try:
            await self._metrics.read_books(self._engine, self._folder)
        except Exception as error:  # noqa: BLE001  # The other figures say what is going on.
            _log.error("boeken niet gelezen", soort=type(error).__name__)
        return 200, generate_latest(self._metrics.registry)


def _per_gemeente(metrics: Metrics, name: str, told: str) -> Gauge:
    return Gauge(f"ontschot_{name}", told, ("gemeente",), registry=metrics.registry)
