"""The worked example in docs, as everybody can run it against a server: to the cent, and again."""

import importlib.util
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.http.conftest import Person
from tests.domains.support import Town

pytestmark = pytest.mark.postgres

SCRIPT: Final = Path(__file__).resolve().parents[3] / "docs" / "worked_example.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("worked_example", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def example(
    script: ModuleType, client: httpx.AsyncClient, person: Callable[..., Person], gemeente: str
) -> Callable[[], Any]:
    """Give a maker of runs of the example, by the same people each time."""
    tokens = {
        "financieel": person("financieel").token,
        "teamleider": person("teamleider", teams=(script.TEAM,)).token,
        "budgethouder": person("budgethouder").token,
    }
    assert tokens.keys() == script.ROLES.keys()
    return lambda: script.Example(client, tokens, gemeente=gemeente)


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Read what the example printed, without the log of the server beside it."""
    return [line for line in capsys.readouterr().out.splitlines() if "[info" not in line]


async def test_every_amount_is_that_of_the_example_also_the_second_time(
    example: Callable[[], Any],
    engine: AsyncEngine,
    gemeente: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    town = Town(engine, gemeente)
    first = example()
    await first.run()
    assert first.differences == []
    told, entries = said(capsys), await town.number_of_entries()
    assert "    blijft    ZVW      € 360,00" in told
    second = example()
    await second.run()
    assert second.differences == []
    assert said(capsys) == told
    assert await town.number_of_entries() == entries
    await town.assert_sound()


async def test_an_amount_that_differs_is_told(
    example: Callable[[], Any], script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table, right, wrong in (
        ("STANDINGS", "46596.25", "46596.24"),
        ("PAYERS", "2478.96", "2478.95"),
        ("ITEM", "360.00", "359.99"),
    ):
        monkeypatch.setattr(script, table, getattr(script, table).replace(right, wrong))
    run = example()
    await run.run()
    assert [each.partition(":")[0] for each in run.differences] == [
        "Stap 6, wie betaalt",
        "Stap 9, openstaande betaler na aanvaardingen",
        "Stap 9, openstaande betaler na betwistingen",
        "Stap 9, openstaande betaler na blijft",
        "Stap 9, WMO-2026",
    ]


async def test_a_step_that_is_refused_is_told_with_the_reason_of_the_server(
    example: Callable[[], Any], script: ModuleType, person: Callable[..., Person], gemeente: str
) -> None:
    other = {"wijken": [{"code": f"WK{gemeente[2:]}02", "naam": "Een andere wijk"}]}
    await person("financieel").post("/v1/wijken", other, key=f"voorbeeld-{script.YEAR}-2-wijken")
    with pytest.raises(script.NotDone, match=r"^Stap 2: POST /v1/wijken gaf 4..: \S"):
        await example().run()


def test_without_a_server_one_sentence_says_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, SCRIPT, "--url", url], capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert "make demo" in done.stderr
    assert len(done.stderr.splitlines()) == 1
