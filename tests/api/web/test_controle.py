"""The controller's pages: from a figure to its source, and who did what."""

import re
from typing import Any

import pytest

from api.web.pages import amount
from tests.api.http.conftest import Person
from tests.api.http.test_payers import finance, item
from tests.api.web.conftest import Browser

__all__ = ["finance", "item"]

pytestmark = pytest.mark.postgres

PAGES = (
    "/controle",
    "/controle/rechtmatigheid",
    "/controle/uitzonderingen",
    "/controle/controlepunten",
    "/controle/auditlog",
)


@pytest.mark.parametrize("path", PAGES)
async def test_a_municipality_without_bookings_has_empty_pages(
    browser: Browser, gemeente: str, path: str
) -> None:
    await browser.sign_in("controller", gemeente)
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    assert 'class="leeg"' in answer.text or "Auditlog" in answer.text


async def test_from_an_entry_to_the_decision_on_help(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("controller", gemeente)
    found = await browser.get("/controle/zoek", params={"nummer": item["trekking"]})
    if found.status_code == 303:
        entry = found.headers["location"]
    else:
        (entry, *_) = re.findall(r'href="(/financien/journaal/[^"]+)"', found.text)
    shown = (await browser.get(entry)).text
    path = f"/controle/aanvragen/{item['trekking']}"
    assert f'href="{path}"' in shown
    decision = (await browser.get(path)).text
    assert amount(90_000) in decision
    assert "Eerste weken" in decision
    assert entry.rpartition("/")[2] in decision, "and from the decision back to its entry"


async def test_who_may_not_know_a_family_reads_no_words_about_it(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    decision = await browser.get(f"/controle/aanvragen/{item['trekking']}")
    assert decision.status_code == 200
    assert "Eerste weken" not in decision.text


async def test_lawfulness_is_that_of_the_interface(
    browser: Browser, gemeente: str, finance: Person, item: dict[str, Any]
) -> None:
    await browser.sign_in("controller", gemeente)
    page = (await browser.get("/controle/rechtmatigheid")).text
    assert amount(7_000_000) in page
    wanted = await finance.seen("/v1/exports/rechtmatigheid?jaar=2026")
    file = await browser.get("/controle/rechtmatigheid/bestand?formaat=json&jaar=2026")
    assert file.json()["resultaten"] == wanted["resultaten"]


async def test_the_log_tells_of_what_was_refused(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("wethouder", gemeente)
    assert (await browser.get("/controle/auditlog")).status_code == 403
    await browser.sign_in("controller", gemeente)
    log = (await browser.get("/controle/auditlog")).text
    assert "geweigerd" in log
    assert "/controle/auditlog" in log


async def test_what_does_not_exist_is_not_found(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("controller", gemeente)
    nothing = "00000000-0000-4000-8000-000000000000"
    for part in ("aanvragen", "begrotingen"):
        assert (await browser.get(f"/controle/{part}/{nothing}")).status_code == 404


async def test_the_privacy_officer_sees_who_looked_and_why(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("controller", gemeente)
    await browser.get(f"/controle/aanvragen/{item['trekking']}")
    assert (await browser.get("/privacy")).status_code == 403
    await browser.sign_in("privacy", gemeente)
    for number in (item["gezin"], item["persoon"], item["gezin"][-6:].upper()):
        found = await browser.fill_in("/privacy", nummer=number)
        assert "GET /controle/aanvragen/" in found.text
        assert "Toetsen of hulp rechtmatig is" in found.text
        assert number not in str(found.url)
        again = await browser.fill_in("/privacy", nummer=number)
        assert again.text.count("POST /privacy") > found.text.count("POST /privacy")
    nobody = await browser.fill_in("/privacy", nummer="00000000-0000-4000-8000-000000000000")
    assert 'class="leeg"' in nobody.text
    assert 'id="nummer-fout"' in (await browser.fill_in("/privacy", nummer="iemand")).text
