"""The main jobs of the alderman and of the finance officer, on a phone and by anybody."""

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.browser.conftest import visitor_with
from tests.domains.support import Town, example_town

PAGES = {
    "financieel": (
        "/financien/betalers",
        "/financien/verrekeningen",
        "/financien/wijzigingen",
        "/financien/journaal",
    ),
    "wethouder": ("/wethouder", "/wethouder?periode=2025", "/wethouder/ontwikkeling"),
}


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give a municipality with one family, which has a budget of 18 000 euros."""
    made = await example_town(engine, gemeente)
    await made.open_budget(await made.register())
    return made


async def test_from_a_fund_to_the_chain(
    town: Town, here: str, chromium: Browser, *, javascript: bool
) -> None:
    visitor = await visitor_with(chromium, here, java_script_enabled=javascript)
    page = visitor.page
    await visitor.sign_in("financieel", f"{town.gemeente} wijkteam noord")
    await visitor.go("/financien?jaar=2026")
    await page.select_option("#per", "middel")
    await page.click("main button")
    await page.click('a[href="/financien/journaal?middel=JW-2026"]')
    await page.click("tbody a")
    await expect(page.locator("h2")).to_contain_text("keten")
    assert visitor.faults == []


@pytest.mark.parametrize("persona", PAGES)
async def test_everybody_can_use_every_page(
    town: Town, here: str, chromium: Browser, persona: str
) -> None:
    visitor = await visitor_with(chromium, here)
    await visitor.sign_in(persona, f"{town.gemeente} wijkteam noord")
    for path in PAGES[persona]:
        await visitor.go(path)
        await visitor.check()
    if persona == "financieel":
        await visitor.go("/financien?jaar=2026&per=middel")
        await visitor.check()
        await visitor.go("/financien/journaal")
        await visitor.page.click("tbody a")
        await visitor.check()
