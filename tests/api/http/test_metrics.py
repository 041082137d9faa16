"""The figures for Prometheus tell what happened, and nothing about anybody."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db, sealing
from api.clock import FixedClock
from api.http.app import create_app
from api.metrics import Metrics, MetricsApp
from api.settings import Settings
from api.tokens import Verifier
from ledger.coalescer import Coalescer
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import make_money, plain

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

LABELS = {"methode", "route", "status", "gemeente", "rij", "le"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def app(
    engine: AsyncEngine, clock: FixedClock, key_folder: Path, metrics: Metrics
) -> AsyncIterator[Litestar]:
    """Give the usual application, counted."""
    coalescer = Coalescer(metrics.counting(partial(db.posts, engine)), clock.now)
    yield create_app(
        settings=Settings(data_folder=key_folder),
        engine=engine,
        clock=clock,
        verifier=Verifier(key_folder),
        coalescer=coalescer,
        metrics=metrics,
    )
    await coalescer.aclose()


@pytest.fixture
async def prometheus(
    engine: AsyncEngine, metrics: Metrics, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Give somebody who asks for the figures at their own address."""
    transport = httpx.ASGITransport(app=MetricsApp(metrics, engine, tmp_path))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://ontschot") as client:
        yield client


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_the_figures_follow_the_books_and_the_requests(
    prometheus: httpx.AsyncClient,
    person: Callable[..., Person],
    engine: AsyncEngine,
    gemeente: str,
    tmp_path: Path,
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    before = samples((await prometheus.get("/metrics")).text)
    await asyncio.gather(*(finance.done("/v1/boekingen", plain("1.00")) for _ in range(3)))
    await finance.get("/v1/boekingen/0190c0de-0000-7000-8000-000000000001")
    seal = sealing.seal_of(tmp_path / "sleutels", tmp_path)
    made = await sealing.sign(engine, gemeente, at=NOW, seal=seal)
    sealing.keep(seal, made)

    found = samples((await prometheus.get("/metrics")).text)
    assert found["ontschot_verzoeken_total", ("POST", "/v1/boekingen", "201")] == 3
    assert found["ontschot_verzoeken_total", ("GET", "/v1/boekingen/{id_}", "404")] == 1
    assert found["ontschot_verzoek_seconden_count", ("POST", "/v1/boekingen")] == 3
    assert found["ontschot_bundel_opdrachten_sum", ()] == 3
    assert 1 <= found["ontschot_bundel_opdrachten_count", ()] <= 3
    assert found["ontschot_boekingen", (gemeente,)] == before["ontschot_boekingen", (gemeente,)] + 3
    assert found["ontschot_keten_schakel", (gemeente,)] == made.chain_number
    assert found["ontschot_controlepunt_schakel", (gemeente,)] == made.chain_number
    assert found["ontschot_controlepunt_tijdstip_seconden", (gemeente,)] == NOW.timestamp()
    queues = [found["ontschot_wachtrij", (each,)] for each in ("boekingen", "auditlog", "taken")]
    assert queues == [0, 0, 0]


async def test_no_label_says_anything_about_anybody(
    prometheus: httpx.AsyncClient, person: Callable[..., Person]
) -> None:
    someone = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    worker = person("wijkteam", teams=("wijkteam-noord",))
    await worker.get(f"/v1/gezinnen/{someone}", bsn="999900006")
    await worker.get(f"/v1/bestaat-niet/{someone}")
    await worker.client.request("BREW", f"/v1/gezinnen/{someone}")
    text = (await prometheus.get("/metrics")).text
    labels = [
        label
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for label in sample.labels.items()
    ]
    assert {name for name, _ in labels} <= LABELS
    about_somebody = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|\d{9}|wijkteam-noord")
    assert [value for _, value in labels if about_somebody.search(value)] == []
    assert 'methode="anders"' in text
    assert 'route="onbekend"' in text


async def test_there_is_nothing_else_at_that_address_and_nothing_of_it_elsewhere(
    prometheus: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    assert (await prometheus.get("/")).status_code == 404
    assert (await prometheus.post("/metrics")).status_code == 405
    assert (await client.get("/metrics")).status_code == 404


async def test_figures_stay_when_the_database_is_gone(metrics: Metrics, tmp_path: Path) -> None:
    away = db.engine_for("postgresql://niemand@127.0.0.1:1/weg")
    metrics.answered("GET", "/v1/wijken", status=503, seconds=0.1)
    transport = httpx.ASGITransport(app=MetricsApp(metrics, away, tmp_path))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://ontschot") as asking:
        answer = await asking.get("/metrics")
    assert answer.status_code == 200
    assert samples(answer.text)["ontschot_verzoeken_total", ("GET", "/v1/wijken", "503")] == 1
    await away.dispose()
