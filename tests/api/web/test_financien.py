"""The finance officer's pages show the figures of the interface, and lead to the chain."""

from collections.abc import Callable
from typing import Any

import pytest

from api.web.pages import amount
from tests.api.http.conftest import Person
from tests.api.http.test_payers import finance, item
from tests.api.http.town import plain
from tests.api.web.conftest import Browser

__all__ = ["finance", "item"]

pytestmark = pytest.mark.postgres

PAGES = (
    "/financien",
    "/financien?per=wijk&jaar=2025",
    "/financien/betalers",
    "/financien/betalers?stand=geclaimd",
    "/financien/overlopend",
    "/financien/verrekeningen",
    "/financien/wijzigingen",
    "/financien/journaal",
    "/financien/journaal?zoek=niets&van=geen-dag&middel=JW-2026",
)


@pytest.mark.parametrize("path", PAGES)
async def test_a_municipality_without_bookings_has_empty_pages(
    browser: Browser, gemeente: str, path: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    assert 'class="leeg"' in answer.text or "niets" in answer.text.lower()
    assert 'style="' not in answer.text


async def test_from_what_is_used_up_to_the_entry_in_the_chain(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    used = (await browser.get("/financien", params={"per": "middel"})).text
    assert amount(5_000_000) in used
    assert "/financien/journaal?middel=WMO-2026" in used
    found = (await browser.get("/financien/journaal", params={"middel": "WMO-2026"})).text
    paths = [each.split('"')[0] for each in found.split('href="/financien/journaal/')[1:]]
    assert paths
    for path in paths:
        entry = (await browser.get(f"/financien/journaal/{path}")).text
        assert "Ketennummer" in entry
        assert "WMO-2026" in entry


async def test_a_search_finds_what_was_described_and_nothing_else(
    browser: Browser, gemeente: str, person: Callable[..., Person], item: dict[str, Any]
) -> None:
    await person("financieel").done("/v1/boekingen", plain(omschrijving="Een heel aparte naam"))
    await browser.sign_in("controller", gemeente)
    answer = await browser.get("/financien/journaal", params={"zoek": "HEEL APARTE"})
    assert answer.text.count('href="/financien/journaal/') == 1
    assert "Een heel aparte naam" in answer.text
    none = await browser.get(
        "/financien/journaal", params={"zoek": "heel aparte", "tot": "2020-01-01"}
    )
    assert 'href="/financien/journaal/' not in none.text


async def test_an_advance_is_shown_with_every_step(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    listed = (await browser.get("/financien/betalers")).text
    assert amount(90_000) in listed
    shown = await browser.get(f"/financien/betalers/{item['id']}")
    assert shown.status_code == 200, shown.text
    assert "wacht nog op wie betaalt" in shown.text
    assert "WMO-2026" in shown.text


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
async def test_what_is_used_up_leaves_as_a_file(
    browser: Browser, gemeente: str, item: dict[str, Any], form: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await browser.get("/financien/bestand", params={"formaat": form})
    assert answer.status_code == 200, answer.text


async def test_what_does_not_exist_is_not_found(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("financieel", gemeente)
    nothing = "00000000-0000-4000-8000-000000000000"
    for part in ("journaal", "betalers", "wijzigingen"):
        assert (await browser.get(f"/financien/{part}/{nothing}")).status_code == 404


async def test_the_alderman_reads_no_entries(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("wethouder", gemeente)
    assert (await browser.get("/financien/journaal")).status_code == 403
