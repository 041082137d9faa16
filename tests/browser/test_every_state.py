"""Every page in every state is for everybody: filled, empty, before confirming, and refused."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import pytest
from playwright.async_api import Browser

from tests.api.http.conftest import Person, app, client, clock, person, the_app, the_clock
from tests.api.http.test_payers import ITEMS, finance, item
from tests.api.http.town import euro
from tests.browser.__main__ import PAGES, demo
from tests.browser.conftest import UUID_IN_PATH, Visitor, visitor_with

__all__ = ["app", "client", "clock", "finance", "item", "person", "the_app", "the_clock"]

pytestmark = [pytest.mark.bewijs, pytest.mark.postgres]

_NO_PAGE: Final = re.compile(r"/bestand|/pdf|/v1/|/api$|/taal/")
"""Links to a file, to the interface, or to the same page in another language."""
_OF_A_KIND: Final = 2
"""So many pages are visited that differ only in what they are about."""
_LINKS: Final = """
    [...document.querySelectorAll('a[href]')].map(each => each.href)
        .filter(each => each.startsWith(location.origin))
"""
SHIFTS: Final = "/financien/schuiven?jaar=2026"
CHANGE: Final = {
    "omschrijving": "Meer hulp",
    "jaar": "2026",
    "regel-1-kant": "lasten",
    "regel-1-bron": "WMO",
    "regel-1-programma": "P1",
    "regel-1-taakveld": "6.3",
    "regel-1-mutatie": "2.000,00",
}


@pytest.fixture(scope="module")
async def shown(anyio_backend: str) -> AsyncIterator[str]:
    """Show the demo; gives its address."""
    running = demo()
    yield await anyio.to_thread.run_sync(running.__enter__)
    await anyio.to_thread.run_sync(running.__exit__, None, None, None)


@pytest.mark.parametrize("persona", PAGES)
async def test_every_page_that_a_link_leads_to(shown: str, chromium: Browser, persona: str) -> None:
    visitor = await visitor_with(chromium, shown)
    await visitor.go("/inloggen")
    await visitor.page.click(f'button[value="{persona}"]')
    await visitor.page.wait_for_url(lambda url: "aanmelden" not in url and "inloggen" not in url)
    kinds: Counter[str] = Counter()
    todo = [visitor.page.url, *(f"{shown}{path}" for path in PAGES[persona])]
    for url in todo:
        kind = UUID_IN_PATH.sub("#", urlsplit(url).path)
        if kinds[kind] >= _OF_A_KIND or _NO_PAGE.search(url):
            continue
        kinds[kind] += 1
        await visitor.page.goto(url)
        await visitor.check()
        todo += [link.partition("#")[0] for link in await visitor.page.evaluate(_LINKS)]
    assert len(kinds) >= len(PAGES[persona])


async def test_every_step_of_finance_before_it_is_confirmed_and_when_it_is_refused(
    here: str, chromium: Browser, gemeente: str, finance: Person, item: dict[str, Any]
) -> None:
    visitor = await visitor_with(chromium, here)
    await visitor.sign_in("financieel", f"{gemeente} noord")
    payer = f"/financien/betalers/{item['id']}"
    await sent(visitor, SHIFTS, van=1, naar=2, bedrag="10")
    await sent(visitor, SHIFTS, van=1, naar=1, bedrag="10")
    await sent(visitor, f"{payer}/claim", betaler="ZVW", bedrag="5.000")
    for step, fields in (
        ("claim", {"betaler": "SHV", "bedrag": "600"}),
        ("aanvaarding", {"betaler": "SHV", "bedrag": "200"}),
        ("betwisting", {"betaler": "SHV", "bedrag": "100", "waarom": "Niet van ons"}),
        ("afboeking", {"betaler": "SHV", "besluit": "College 8"}),
        ("blijft", {"bedrag": "50", "besluit": "College 7"}),
    ):
        await sent(visitor, f"{payer}/{step}", **fields)
        await confirmed(visitor)
    await finance.done(f"{ITEMS}/{item['id']}/claims", {"betaler": "ZVW", "bedrag": euro("10.00")})
    await finance.done(f"{ITEMS}/{item['id']}/aanvaardingen", {"betaler": "ZVW"})
    await sent(visitor, f"{payer}/ontvangst", betaler="ZVW")
    days = {"van": "2026-01-01", "tot": "2026-12-31"}
    await sent(visitor, "/financien/verrekeningen/nieuw", **days)
    await confirmed(visitor)
    await sent(visitor, "/financien/verrekeningen/nieuw", **days)
    await sent(visitor, "/financien/wijzigingen/nieuw", omschrijving="Niets", jaar="2026")
    await sent(visitor, "/financien/wijzigingen/nieuw", **CHANGE)
    await confirmed(visitor)
    change = urlsplit(visitor.page.url).path
    for step in ("nieuwe-versie", "vaststellen"):
        await visitor.go(f"{change}/{step}")
        await visitor.check()
    adopted = {"besluit": "Raad 7", "besluitdatum": "2026-05-01"}
    await sent(visitor, f"{change}/vaststellen", **adopted)
    await sent(visitor, "/financien/afsluiten/jaar", jaar="2026")
    for what in ("open", "dicht"):
        await sent(visitor, "/financien/afsluiten/dagen", wat=what, reden="Maand", **days)
    await confirmed(visitor)
    await sent(visitor, SHIFTS, van=1, naar=2, bedrag="10")
    await visitor.go(f"{payer}/niets")
    visitor.faults.clear()  # The browser tells the status of the answer.
    await visitor.check()


async def test_every_step_of_the_wijkteam_before_it_is_confirmed_and_when_it_is_refused(
    here: str,
    chromium: Browser,
    gemeente: str,
    person: Callable[..., Person],
    item: dict[str, Any],
) -> None:
    visitor = await visitor_with(chromium, here)
    page = visitor.page
    await visitor.sign_in("budgethouder", f"{gemeente} noord")
    family = f"/wijkteam/gezinnen/{item['gezin']}"
    await visitor.go(family)
    form = await page.get_attribute("main a.utrecht-button", "href") or ""
    asked: dict[str, str | int | bool] = {
        "personen": True,
        "omschrijving": "Hulp",
        "aanbieder": "A",
        "reden": "Nu nodig",
    }
    asked |= {"van": "2026-09-01", "tot": "2026-12-31", "betaling": "verplichting"}
    await sent(visitor, form, **asked, soort="ggz-behandeling-volwassene", bedrag="100")
    await sent(visitor, form, **asked, soort="maatwerk", bedrag="12.50")
    await sent(visitor, form, **asked, soort="maatwerk", bedrag="1.200")
    await confirmed(visitor)
    help_ = urlsplit(page.url).path
    await page.click("summary")
    await visitor.check()
    await sent(visitor, form, **asked, soort="maatwerk", bedrag="1.200")
    await sent(visitor, f"{help_}/verhogen", bedrag="300", reden="Meer uren")
    await sent(visitor, f"{help_}/stoppen", dag="2027-03-01", reden="Te laat")
    await sent(visitor, f"{help_}/stoppen", dag="2026-10-01", reden="Doel bereikt")
    await confirmed(visitor)
    await sent(visitor, f"{family}/gezinsbudget")
    for path in (f"{family}/overdracht", f"{family}/overzicht", "/wijkteam/akkoord"):
        await visitor.go(path)
        await visitor.check()
    await visitor.go(f"{family}/bestaat-niet")
    visitor.faults.clear()
    await visitor.check()


async def sent(visitor: Visitor, path: str, **fields: str | int | bool) -> None:
    """Fill in a form and send it; whatever comes then is for everybody."""
    await visitor.go(path)
    for name, value in fields.items():
        control = visitor.page.locator(f'main [name="{name}"]').first
        if value is True:
            await control.check()
        elif isinstance(value, int):
            await control.select_option(index=value)
        elif await control.evaluate("each => each.tagName") == "SELECT":
            await control.select_option(value)
        else:
            await control.fill(str(value))
    await visitor.page.evaluate("document.forms[document.forms.length - 1].noValidate = true")
    await visitor.page.click("button[value=controleren]")
    await visitor.check()


async def confirmed(visitor: Visitor) -> None:
    """Confirm what is shown."""
    await visitor.page.click("button[value=bevestigen]")
    await visitor.check()
