"""The main jobs of the alderman and of the finance officer, on a phone and by anybody."""

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.browser.conftest import visitor_with
from tests.domains.support import Town, example_town


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
    await expect(page.locator("main")).to_contain_text("In de keten")
    assert visitor.faults == []


async def test_money_is_shifted_after_its_consequence_is_read(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here)
    page = visitor.page
    await visitor.sign_in("financieel", f"{town.gemeente} wijkteam noord")
    await visitor.go("/financien?jaar=2026")
    await page.click("text=Geld verschuiven")
    await page.select_option("#van", index=1)
    await page.select_option("#naar", index=2)
    await page.fill("#bedrag", "1.000,50")
    await page.click("button[value=controleren]")
    await expect(page.locator(".groot")).to_contain_text("1.000,50")
    await visitor.check()
    await page.fill("#besluit", "Raadsbesluit 12")
    await page.click("button[value=bevestigen]")
    await expect(page.locator("h1")).to_contain_text("Verschuiving van")
    await visitor.check()
