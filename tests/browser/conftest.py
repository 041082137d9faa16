"""A server on a port of its own, and people who visit it with Chromium; all tests share both."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest
import uvicorn
from playwright.async_api import Browser, ConsoleMessage, Page, Response, async_playwright, expect

from api import db
from api.clock import FixedClock
from api.http.app import create_app
from api.settings import Settings
from api.tokens import Verifier
from ledger.coalescer import Coalescer
from tests.api.http.conftest import NOW, key_folder

__all__ = ["key_folder"]

expect.set_options(timeout=30_000)  # As long as Playwright waits elsewhere, on a busy machine too.

AXE: Final = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LEVELS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS: Final = (1200, 390, 320)
"""A desk, a phone and a small phone, on which the visitor goes on."""
MOST_REQUESTS: Final = 7
MOST_BYTES: Final = 320_000
"""What a first visit to a page may cost, before anything is kept by the browser."""
UUID_IN_PATH: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
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
_SEED: Final = 7_000
_FAULTS: Final = """
    levels => axe.run(document, {runOnly: levels, resultTypes: ['violations']}).then(
        result => result.violations.map(each => each.id + ': '
            + each.nodes.map(node => node.html.slice(0, 150)).join(' | ')))
"""

_WIDE: Final = """
    [...document.querySelectorAll('body *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth)
        .map(each => each.outerHTML.slice(0, 100)).slice(0, 5)
"""

_SIZES: Final = """
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map(each => each.encodedBodySize)
"""

_CUT: Final = """
    [...document.querySelectorAll('main *, header *, nav *')]
        .filter(each => !each.closest('.verborgen, .sla-over, svg, select') && each.clientWidth > 0
            && getComputedStyle(each).overflowX === 'hidden' && each.scrollWidth > each.clientWidth)
        .map(each => each.outerHTML.slice(0, 100)).slice(0, 5)
"""

_OVERLAP: Final = """
    () => {
        // What is scrolled out of a box, or clipped by it, is not over what stands beside that box.
        const seen = (box, element) => {
            for (let at = element; at && at !== document.body; at = at.parentElement) {
                if (getComputedStyle(at).overflowX === 'visible') continue;
                const by = at.getBoundingClientRect();
                box = {left: Math.max(box.left, by.left), right: Math.min(box.right, by.right),
                       top: Math.max(box.top, by.top), bottom: Math.min(box.bottom, by.bottom)};
            }
            return box;
        };
        const boxes = [];
        const keep = (element, box, told, spare) => boxes.push(
            {element, told, ...seen({left: box.left + 1, right: box.right - 1,
             top: box.top + spare, bottom: box.bottom - spare}, element)});
        const shows = element => element.checkVisibility({contentVisibilityAuto: true,
            visibilityProperty: true, opacityProperty: true})
            && !element.closest('.verborgen, .sla-over, option');
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = texts.nextNode(); node; node = texts.nextNode()) {
            if (!node.data.trim() || !shows(node.parentElement)) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const box of range.getClientRects())  // Letters are lower than their line.
                keep(node.parentElement, box, node.data.trim().slice(0, 40), box.height * 0.2);
        }
        for (const each of document.querySelectorAll('button, input, select, textarea, summary,'
            + ' a.utrecht-button, svg:not(svg svg), .merkje')) {
            if (shows(each)) keep(each, each.getBoundingClientRect(),
                `<${each.tagName} ${each.name || each.className.baseVal || each.className}>`, 1);
        }
        const real = boxes.filter(each => each.right > each.left && each.bottom > each.top)
            .sort((one, other) => one.top - other.top);
        const found = [];
        real.forEach((one, place) => {
            for (let next = place + 1; next < real.length && real[next].top < one.bottom; next++) {
                const other = real[next];
                if (one.left < other.right && other.left < one.right
                    && !one.element.contains(other.element) && !other.element.contains(one.element))
                    found.push(`${one.told} / ${other.told}`);
            }
        });
        return found.slice(0, 5);
    }
"""
"""Texts and controls that lie over each other, although neither is a part of the other."""


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Somebody with a browser; every fault that a page shows is remembered."""

    page: Page
    here: str
    faults: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    async def sign_in(self, persona: str, place: str) -> None:
        """Sign in as a persona of the provider for development, and see where it leads.

        Without its page, which lists every place there is: that takes longer than most pages.
        """
        began = await self.page.request.get(f"{self.here}/inloggen", max_redirects=0)
        provider, _, asked = began.headers["location"].partition("?")
        sent = await self.page.request.post(
            f"{self.here}{provider}",
            form={**dict(parse_qsl(asked)), "persona": persona, "plaats": place},
            headers={"Origin": self.here},
        )
        assert sent.ok, await sent.text()
        await self.go("/")

    async def choose(self, persona: str, place: str) -> None:
        """Choose a persona on the page of the provider for development."""
        await self.page.goto(f"{self.here}/inloggen")
        await self.page.select_option("#plaats", place)
        await self.page.click(f'button[value="{persona}"]')
        await self.page.wait_for_url(lambda url: "aanmelden" not in url and "inloggen" not in url)

    async def go(self, path: str) -> None:
        """Visit a page."""
        self.answers.clear()
        await self.page.goto(f"{self.here}{path}")

    async def check(self) -> None:
        """Expect that everybody can use this page: no fault, and it fits phones and desks."""
        await self.page.wait_for_load_state("load")  # A click goes on before the style is there.
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            await self.fits()
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        faults = await self.page.evaluate(_FAULTS, LEVELS)
        assert faults == [], f"{self.page.url}: {faults}"
        assert self.faults == [], f"{self.page.url}: {self.faults}"

    async def fits(self) -> None:
        """Expect that nothing sticks out of the page, and nothing is cut off."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide: {await self._found(_WIDE)}"
        cut = await self._found(_CUT)
        assert cut == "[]", f"{self.page.url} cuts off: {cut}"
        over = await self._found(_OVERLAP)
        assert over == "[]", f"{self.page.url} lays these over each other: {over}"

    async def cost(self) -> tuple[int, int]:
        """Give how many requests and how many bytes the page took."""
        await self.page.wait_for_load_state("load")
        sizes = await self.page.evaluate(_SIZES)
        return len(sizes), sum(sizes)

    async def _found(self, script: str) -> str:
        return str(await self.page.evaluate(script))


@pytest.fixture(scope="session")
async def here(app_url: str, key_folder: Path, anyio_backend: str) -> AsyncIterator[str]:
    """Serve the application, and give its address."""
    engine, clock = db.engine_for(app_url), FixedClock(NOW, seed=_SEED)
    coalescer = Coalescer(partial(db.posts, engine), clock.now)
    app = create_app(
        settings=Settings(data_folder=key_folder),
        engine=engine,
        clock=clock,
        verifier=Verifier(key_folder),
        coalescer=coalescer,
    )
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[held]))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
        server.should_exit = True
        await serving
    await coalescer.aclose()
    await engine.dispose()


@pytest.fixture(scope="session")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """Give the Chromium of this machine."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = "needs Chromium: apt-get install --no-install-recommends chromium"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(autouse=True)
async def windows(chromium: Browser) -> AsyncIterator[None]:
    """Close what a test opened."""
    yield
    for context in chromium.contexts:
        await context.close()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def visitor_with(
    chromium: Browser, here: str, *, width: int = 320, **options: Any
) -> Visitor:
    """Open a browser window, unless told as wide as a small phone."""
    context = await chromium.new_context(viewport={"width": width, "height": 800}, **options)
    visitor = Visitor(page=await context.new_page(), here=here)

    def remember(message: ConsoleMessage) -> None:
        # A violation of the policy for content (CSP) is told here too.
        if message.type in {"error", "warning"}:
            visitor.faults.append(message.text)

    def keep(answer: Response) -> None:
        visitor.answers.append(answer)

    visitor.page.on("console", remember)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    visitor.page.on("response", keep)
    return visitor
