"""A server on a port of its own, and people who visit it with Chromium."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from litestar import Litestar
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.api.http.conftest import app, clock, key_folder, the_app, the_clock

__all__ = ["app", "clock", "key_folder", "the_app", "the_clock"]

AXE: Final = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LEVELS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_FAULTS: Final = """
    levels => axe.run(document, {runOnly: levels}).then(result => result.violations.map(
        each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 150)).join(' | ')))
"""

_WIDE: Final = """
    [...document.querySelectorAll('body *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth)
        .map(each => each.outerHTML.slice(0, 100)).slice(0, 5)
"""


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Somebody with a browser; every fault that a page shows is remembered."""

    page: Page
    here: str
    faults: list[str] = field(default_factory=list)

    async def sign_in(self, persona: str, place: str) -> None:
        """Sign in as a persona of the provider for development."""
        await self.page.goto(f"{self.here}/inloggen")
        await self.page.select_option("#plaats", place)
        await self.page.click(f'button[value="{persona}"]')
        await self.page.wait_for_url(lambda url: "aanmelden" not in url and "inloggen" not in url)

    async def go(self, path: str) -> None:
        """Visit a page."""
        await self.page.goto(f"{self.here}{path}")

    async def check(self) -> None:
        """Expect that everybody can use this page: no fault, and no overflow on a phone."""
        await self.page.wait_for_load_state("load")  # A click goes on before the style is there.
        wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide: {await self._widest()}"
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        faults = await self.page.evaluate(_FAULTS, LEVELS)
        assert faults == [], f"{self.page.url}: {faults}"
        assert self.faults == [], f"{self.page.url}: {self.faults}"

    async def _widest(self) -> str:
        return str(await self.page.evaluate(_WIDE))


@pytest.fixture
async def here(app: Litestar) -> AsyncIterator[str]:
    """Serve the application, and give its address."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[held]))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Give the Chromium of this machine."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = "needs Chromium: apt-get install --no-install-recommends chromium"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def visitor_with(chromium: Browser, here: str, **options: Any) -> Visitor:
    """Open a browser window as wide as a small phone."""
    context = await chromium.new_context(viewport={"width": 320, "height": 800}, **options)
    visitor = Visitor(page=await context.new_page(), here=here)

    def remember(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            visitor.faults.append(message.text)

    visitor.page.on("console", remember)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    return visitor
