"""A generator of clients takes our description, and what it makes can do the work."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from api.http.examples import EXAMPLES
from tests.api.http.conftest import Person
from tests.api.http.town import make_money

pytestmark = pytest.mark.postgres

# The generator formats nothing, and takes XML as it comes.
_CONFIG = "post_hooks: []\ncontent_type_overrides: {application/xml: application/octet-stream}\n"


@pytest.fixture(params=["/boekingen", pytest.param("/", marks=pytest.mark.bewijs)])
def made(request: pytest.FixtureRequest, document: dict[str, Any], tmp_path: Path) -> str:
    """Let the generator make a client, of a part or of the whole; gives what it said."""
    part = {
        path: document["paths"][path]
        for path in document["paths"]
        if path.startswith(request.param)
    }
    (tmp_path / "openapi.json").write_bytes(msgspec.json.encode(document | {"paths": part}))
    (tmp_path / "config.yml").write_text(_CONFIG)
    options = {
        "--path": "openapi.json",
        "--config": "config.yml",
        "--output-path": "gemaakt",
        "--meta": "none",
    }
    words = [word for option in options.items() for word in option]
    found = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout + found.stderr


@pytest.fixture
def package(
    made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Give what loads a part of the client."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda *path: importlib.import_module(".".join(("gemaakt", *path)))
    for name in [each for each in sys.modules if each.partition(".")[0] == "gemaakt"]:
        del sys.modules[name]


async def test_a_made_client_books_reads_and_is_told_why_not(
    made: str,
    package: Callable[..., Any],
    app: Litestar,
    person: Callable[..., Person],
    gemeente: str,
) -> None:
    assert "WARNING" not in made
    assert "Unable" not in made
    finance = person("financieel")
    await make_money(finance, gemeente)
    ours = package("client").AuthenticatedClient(
        base_url="http://ontschot/v1",
        token=finance.token,
        httpx_args={"transport": httpx.ASGITransport(app=app)},  # type: ignore[arg-type]
    )
    order = package("models", "nieuwe_boeking").NieuweBoeking.from_dict(EXAMPLES["postBoekingen"])
    book = package("api", "boekingen", "post_boekingen").asyncio_detailed
    booked = await book(client=ours, body=order, idempotency_key="eens")
    assert (booked.status_code, booked.parsed.omschrijving) == (201, order.omschrijving)
    show = package("api", "boekingen", "get_boekingen_id").asyncio
    assert await show(booked.parsed.id, client=ours) == booked.parsed
    page = await package("api", "boekingen", "get_boekingen").asyncio(client=ours, limit=1)
    assert len(page.resultaten) == 1
    refused = await book(client=ours, body=order)
    assert (refused.status_code, refused.parsed.code) == (400, "idempotentiesleutel-ontbreekt")
