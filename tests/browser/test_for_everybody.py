"""Every page, by anybody: on a phone, enlarged, in one's own colours, and cheap to load."""

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from domains.benefits.policy_domains import DOMAINS
from tests.browser.conftest import MOST_BYTES, MOST_REQUESTS, visitor_with
from tests.domains.support import Town, example_town

PAGES = {
    "financieel": (
        "/financien/schuiven?jaar=2026",
        "/financien/betalers",
        "/financien/overlopend",
        "/financien/verrekeningen",
        "/financien/verrekeningen/nieuw",
        "/financien/wijzigingen",
        "/financien/wijzigingen/nieuw",
        "/financien/berichten",
        "/financien/journaal",
        "/financien/afsluiten",
        "/financien/afsluiten/dagen",
        "/financien/afsluiten/jaar",
        "/financien?jaar=2026&per=middel",
        "/begin",
        "/begin/begroting",
        "/begin/wijken",
        "/begin/wijkgeld",
        "/begin/gezinstype",
        "/begin/gebruikers",
    ),
    "wethouder": (
        "/wethouder",
        "/wethouder?periode=2025",
        "/wethouder/ontwikkeling",
        "/wethouder/wat-als",
    ),
    "controller": (
        "/controle",
        "/controle/rechtmatigheid?jaar=2026",
        "/controle/uitzonderingen",
        "/controle/controlepunten",
        "/controle/auditlog",
    ),
    "privacy": ("/privacy",),
}
_PLAIN = """
    [...document.querySelectorAll('.melding, .kaart, .merkje, button, input, select')]
        .filter(each => each.type !== 'hidden' && getComputedStyle(each).borderTopWidth === '0px'
            && getComputedStyle(each).borderLeftWidth === '0px')
        .map(each => each.outerHTML.slice(0, 100))
"""
_FOCUS = """
    [document.activeElement.name || '', getComputedStyle(document.activeElement).outlineStyle]
"""
_BARS = """
    [...document.querySelectorAll('svg.balk')].map(each =>
        [...each.querySelectorAll('rect')].map(rect => getComputedStyle(rect).fill))
"""


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give a municipality with one family, which has a budget of 18 000 euros."""
    made = await example_town(engine, gemeente)
    await made.open_budget(await made.register())
    return made


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
        await visitor.go("/financien/journaal")
        await visitor.page.click("tbody a")
        await visitor.check()


async def test_pages_read_on_when_text_is_twice_as_large(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here, width=640)
    await visitor.sign_in("financieel", f"{town.gemeente} wijkteam noord")
    for path in ("/financien?jaar=2026", "/financien/wijzigingen/nieuw", "/financien/journaal"):
        await visitor.go(path)
        await visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await visitor.fits()


async def test_pages_keep_their_shape_in_the_colours_of_the_visitor(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here, forced_colors="active")
    await visitor.sign_in("financieel", f"{town.gemeente} wijkteam noord")
    for path in ("/financien?jaar=2026", "/financien/wijzigingen/nieuw", "/wethouder"):
        await visitor.go(path)
        assert await visitor.page.evaluate(_PLAIN) == [], path
        for whole, part in await visitor.page.evaluate(_BARS):
            assert whole != part, "how full a bar is shows in every colour scheme"


async def test_a_page_is_walked_with_the_keyboard_alone(
    town: Town, here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here)
    await visitor.sign_in("financieel", f"{town.gemeente} wijkteam noord")
    await visitor.go("/financien/schuiven?jaar=2026")
    page = visitor.page
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_class("sla-over")
    seen = set()
    for _ in range(30):
        await page.keyboard.press("Tab")
        name, outline = await page.evaluate(_FOCUS)
        if outline != "none":
            seen.add(name)
    wanted = {"van", "naar", "bedrag", "boekdatum", "besluit", "stap"}
    assert wanted <= seen, "everybody reaches each field and sees where the focus is"


async def test_a_page_costs_little(town: Town, here: str, chromium: Browser) -> None:
    visitor = await visitor_with(chromium, here)
    await visitor.sign_in("financieel", f"{town.gemeente} wijkteam noord")
    for path in ("/financien?jaar=2026", "/wethouder"):
        await visitor.go(path)
        requests, size = await visitor.cost()
        assert requests <= MOST_REQUESTS, [each.url for each in visitor.answers]
        assert size <= MOST_BYTES, path
    script = await visitor.page.request.get(f"{here}/static/htmx.js")
    assert "max-age" in script.headers["cache-control"], "a second page costs its own text only"


async def test_a_matrix_of_eight_domains_fits_a_desk(here: str, chromium: Browser) -> None:
    visitor = await visitor_with(chromium, here, width=1200)
    await visitor.go("/bestaat-niet")
    names = [each.name for each in DOMAINS[:8]]
    head = "".join(f'<th class="bedrag">{each}</th>' for each in (*names, "Samen"))
    line = '<td class="bedrag">€&nbsp;123.456</td>' * (len(names) + 1)
    rows = "".join(f"<tr><th>{each}</th>{line}</tr>" for each in names)
    table = (
        f"<table><thead><tr><th>Betaald door</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
    over = await visitor.page.evaluate(
        """table => {
            document.querySelector('main').innerHTML = `<div class="tabel">${table}</div>`;
            const box = document.querySelector('.tabel');
            return box.scrollWidth - box.clientWidth;
        }""",
        table,
    )
    assert over == 0


@pytest.mark.bewijs
async def test_the_interface_is_told_without_anything_from_elsewhere(
    here: str, chromium: Browser
) -> None:
    visitor = await visitor_with(chromium, here, width=1200)
    await visitor.go("/api")
    await expect(visitor.page.locator("#beschrijving h1")).to_contain_text(
        "Ontschot", timeout=60_000
    )
    assert {each.url.split("/")[2] for each in visitor.answers} == {here.split("/")[2]}
    assert visitor.faults == []
