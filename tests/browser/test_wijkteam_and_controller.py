"""The main jobs of the wijkteam and of the controller, from signing in to the result."""

import re

import pytest
from playwright.async_api import Browser, Error, Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from domains.settings.model import SettingName
from tests.browser.conftest import visitor_with
from tests.domains.support import Town, example_town

TEAM = "wijkteam noord"
_MANDATES = {
    "wijkteam": {"per_draw_cents": 1_000_00, "per_family_year_cents": 5_000_00},
    "teamleider": {"per_draw_cents": 5_000_00, "per_family_year_cents": 25_000_00},
    "budgethouder": {"per_draw_cents": 25_000_00, "per_family_year_cents": 100_000_00},
}


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give a municipality with one family, which has a budget of 18 000 euros."""
    made = await example_town(engine, gemeente)
    await made.open_budget(await made.register())
    await made.decide(SettingName.MANDATES, _MANDATES)
    return made


async def test_help_is_asked_confirmed_and_explained(
    town: Town, here: str, chromium: Browser, *, javascript: bool
) -> None:
    visitor = await visitor_with(chromium, here, java_script_enabled=javascript)
    page = visitor.page
    await visitor.choose("wijkteamlid", f"{town.gemeente} {TEAM}")
    await page.click(".kaart h2 a")
    await expect(page.locator(".groot")).to_contain_text("18.000,00")
    await page.click("a.utrecht-button")
    await _ask(page, bedrag="250,50")
    await expect(page.locator(".groot")).to_contain_text("250,50")
    assert await town.count("domains.draw") == 0, "nothing is booked before it is confirmed"
    await page.click("button[value=bevestigen]")
    await expect(page.locator(".melding.goed")).to_contain_text("Ja, dit is toegekend")
    await page.click("summary")
    await expect(page.locator("details caption").first).to_be_visible()
    assert await town.count("domains.draw") == 1
    assert visitor.faults == []


async def test_who_goes_back_and_sends_a_form_again_sees_what_was_booked(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here)
    page = visitor.page
    await visitor.sign_in("wijkteamlid", f"{town.gemeente} {TEAM}")
    await page.click(".kaart h2 a")
    await page.click("a.utrecht-button")
    form, key = page.url, await page.input_value("[name=sleutel]")
    await _ask(page, bedrag="250,50")
    await page.click("button[value=bevestigen]")
    booked = page.url
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # "Send the form again?"
        await page.go_back()
    await page.wait_for_function("location.protocol === 'chrome-error:'")
    await page.reload()
    assert page.url == booked
    await expect(page.locator(".melding.goed")).to_contain_text("Ja, dit is toegekend")
    await page.goto(form)
    await page.locator("[name=sleutel]").evaluate("(field, key) => { field.value = key }", key)
    await _ask(page, bedrag="99")
    await expect(page.locator(".melding.fout")).to_contain_text("al eens verstuurd")
    visitor.faults.clear()  # The browser tells the status of the answer.
    await visitor.check()
    assert await town.count("domains.draw") == 1


async def test_a_page_says_at_each_field_what_is_wrong(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here, java_script_enabled=False)
    page = visitor.page
    await visitor.sign_in("wijkteamlid", f"{town.gemeente} {TEAM}")
    await page.click(".kaart h2 a")
    await page.click("a.utrecht-button")
    await _ask(page, bedrag="12.50")
    await expect(page.locator("#bedrag-fout")).to_contain_text("komma")
    assert await page.get_attribute("#bedrag", "aria-invalid") == "true"
    assert await page.input_value("#omschrijving") == "Wasmachine"


async def test_every_page_of_the_wijkteam_is_for_everybody(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here)
    page = visitor.page
    await visitor.go("/inloggen")
    await visitor.sign_in("teamleider", f"{town.gemeente} {TEAM}")
    await visitor.check()
    await page.click(".kaart h2 a")
    await visitor.check()
    family = page.url
    await page.click("a.utrecht-button")
    await visitor.check()
    await page.locator("form").nth(1).evaluate("form => { form.noValidate = true }")
    await page.click("button[value=controleren]")
    await expect(page.locator("#bedrag-fout")).to_be_visible()
    await visitor.check()
    await page.fill("#bedrag", "9.000,00")
    await page.check("#persoon-1")
    await page.select_option("#soort", "maatwerk")
    await page.fill("#omschrijving", "Eerste huur")
    await page.fill("#aanbieder", "Wonen Noord")
    await page.click("button[value=controleren]")
    await expect(page.locator("button[value=bevestigen]")).to_be_visible()
    await visitor.check()
    await page.click("button[value=bevestigen]")
    await expect(page).to_have_url(re.compile("/wijkteam/hulp/"))
    await page.click("summary")
    await visitor.check()
    await visitor.go("/wijkteam/akkoord")
    await expect(page.locator(".kaart")).to_contain_text("9.000,00")
    await visitor.check()
    await page.goto(f"{family}/overdracht")
    await visitor.check()
    await page.fill("#naam", "Wim Wijkteam")
    await page.click("button[value=controleren]")
    await visitor.check()
    await page.click("button[value=bevestigen]")
    await page.goto(family)
    await expect(page.locator("main")).to_contain_text("Wim Wijkteam")
    await page.click("a[href*=grote-vijf]")
    await visitor.check()
    await page.select_option("#wonen", "geregeld")
    await page.click("main button")
    await expect(page.locator("main")).to_contain_text("nog 4 van 5")


async def test_the_controller_checks_the_books_and_finds_an_entry(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here)
    page = visitor.page
    await visitor.sign_in("controller", f"{town.gemeente} {TEAM}")
    await visitor.go("/controle")
    await visitor.check()
    await page.click("main button:has-text('Controleer nu alles')")
    await expect(page.locator(".melding.goed")).to_contain_text("Schoon")
    await visitor.check()
    await visitor.go("/controle/zoek?nummer=niets")
    await expect(page.locator(".leeg")).to_be_visible()
    await visitor.check()


async def test_a_refusal_is_a_page_that_everybody_can_use(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here)
    await visitor.sign_in("wethouder", f"{town.gemeente} {TEAM}")
    await visitor.go("/wijkteam")
    await expect(visitor.page.locator("h1")).to_have_text("Dat lukte niet")
    visitor.faults.clear()  # The browser tells the status of the answer.
    await visitor.check()


async def _ask(page: Page, *, bedrag: str) -> None:
    """Fill in help and send it."""
    await page.fill("#bedrag", bedrag)
    await page.check("#persoon-1")
    await page.select_option("#soort", "maatwerk")
    await page.fill("#omschrijving", "Wasmachine")
    await page.fill("#aanbieder", "Witgoed Noord")
    await page.click("button[value=controleren]")
