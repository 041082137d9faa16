"""A declaration is offered on a page, followed, and its refused lines say why."""

from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.web.financien_berichten import CODES
from api.web.pages import amount
from tests.api.http.conftest import Person
from tests.api.http.test_messages import (
    allocation,
    declaration,
    finance,
    followed,
    offer,
    town,
    without_amount,
)
from tests.api.web.conftest import HERE, Browser, filled

__all__ = ["allocation", "finance", "town"]

pytestmark = pytest.mark.postgres

PATH = "/financien/berichten"


async def offered(browser: Browser, content: bytes, *, name: str = "bericht.xml") -> httpx.Response:
    """Send the form of the page with a file."""
    opened = await browser.get(PATH)
    return await browser.post(
        PATH,
        data=filled(opened),
        files={"bestand": (name, content, "application/xml")},
        headers={"Origin": HERE},
    )


async def test_a_declaration_is_taken_in_and_its_lines_tell_what_became_of_them(
    browser: Browser, gemeente: str, finance: Person, allocation: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await offered(browser, declaration(gemeente))
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    await followed(finance, path.rpartition("/")[2])
    page = (await browser.get(path)).text
    assert "Alle regels zijn beoordeeld" in page
    assert amount(100_00) in page
    assert CODES["9369"] in page, "a refused line says why in words"
    file = await browser.get(f"{path}/antwoord")
    assert file.headers["content-type"].startswith("application/xml")
    again = await offered(browser, declaration(gemeente), name="nog-eens.xml")
    assert again.headers["location"] == path, "the same file is the same message"
    assert path in (await browser.get(PATH)).text


async def test_what_this_server_does_not_work_on_is_not_called_broken_off(
    browser: Browser, gemeente: str, finance: Person, allocation: dict[str, Any], app: Litestar
) -> None:
    await browser.sign_in("financieel", gemeente)
    content = declaration(gemeente)
    message = (await offer(finance, content, booking_date="2019-01-01")).json()["id"]
    await followed(finance, message)
    assert "Het werk brak af." in (await browser.get(f"{PATH}/{message}")).text
    app.state.services.jobs.known.clear()  # As another process, or a restart, sees it.
    page = (await browser.get(f"{PATH}/{message}")).text
    assert ("Dit bericht is nog niet af." in page, "Het werk brak af." in page) == (True, False)


async def test_a_file_that_cannot_be_read_is_told_at_its_field(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    for content in (b"geen xml", b""):
        answer = await offered(browser, content)
        assert answer.status_code == 200
        assert 'id="bestand-fout"' in answer.text
    assert 'class="leeg"' in (await browser.get(PATH)).text


async def test_an_allocation_that_waits_says_why(
    browser: Browser, gemeente: str, allocation: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await offered(browser, without_amount(gemeente))
    page = (await browser.get(answer.headers["location"])).text
    assert "Niet elke toewijzing is geboekt" in page
    assert "noemt geen budget" in page


async def test_who_only_reads_offers_nothing(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("controller", gemeente)
    page = (await browser.get(PATH)).text
    assert 'type="file"' not in page
