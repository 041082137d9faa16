"""The audit log tells of a page what was done and what was refused, and not what was only shown."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.audit import queries
from tests.api.http.conftest import Person
from tests.api.http.test_payers import finance
from tests.api.web.conftest import HERE, Browser, filled
from tests.api.web.test_finance_steps import SHIFTS, budget, places

__all__ = ["budget", "finance"]

pytestmark = pytest.mark.postgres


async def told(engine: AsyncEngine, gemeente: str, path: str) -> list[tuple[str, str]]:
    """Give what the log tells of forms sent to an address, the oldest first."""
    async with db.transaction(engine, gemeente) as connection:
        found = await queries.lines(connection, gemeente=gemeente, before=None, limit=1000)
    lines = [each.line for each in reversed(found)]
    return [(each.action, each.result) for each in lines if each.object == path]


async def test_what_is_shown_leaves_no_line_and_what_is_done_does(
    browser: Browser, gemeente: str, finance: Person, budget: None, engine: AsyncEngine
) -> None:
    await browser.sign_in("financieel", gemeente)
    known = places((await browser.get(f"{SHIFTS}?jaar=2026")).text)
    shown = await browser.fill_in(
        f"{SHIFTS}?jaar=2026", van=known["WMO"], naar=known["JW"], bedrag="1.500,50"
    )
    assert await told(engine, gemeente, SHIFTS) == []
    sent = {**filled(shown), "besluit": "Raadsbesluit 12", "stap": "bevestigen"}
    assert (await browser.send_form(f"{SHIFTS}?proef=true", **sent)).status_code == 303
    assert await told(engine, gemeente, SHIFTS) == [(f"POST {SHIFTS}", "gedaan")]


async def test_what_is_not_filled_in_leaves_no_line(
    browser: Browser, gemeente: str, engine: AsyncEngine
) -> None:
    await browser.sign_in("financieel", gemeente)
    path = "/financien/afsluiten/dagen"
    fields = {"van": "2026-01-01", "tot": "2026-01-31", "wat": "dicht"}
    faulty = await browser.fill_in(path, **fields)
    assert 'id="reden-fout"' in faulty.text
    shown = await browser.fill_in(path, **fields, reden="maand")
    assert await told(engine, gemeente, path) == []
    assert (await browser.confirm(shown)).status_code == 303
    assert await told(engine, gemeente, path) == [(f"POST {path}", "gedaan")]


async def test_a_refusal_that_a_form_shows_is_told_as_a_refusal(
    browser: Browser, gemeente: str, finance: Person, budget: None, engine: AsyncEngine
) -> None:
    await browser.sign_in("financieel", gemeente)
    known = places((await browser.get(f"{SHIFTS}?jaar=2026")).text)
    refused = await browser.fill_in(
        f"{SHIFTS}?jaar=2026", van=known["WMO"], naar=known["JW"], bedrag="60.000,00"
    )
    assert (refused.status_code, 'value="bevestigen"' in refused.text) == (200, False)
    assert await told(engine, gemeente, SHIFTS) == [(f"POST {SHIFTS}", "te-weinig-ruimte")]


async def test_a_file_that_is_refused_on_a_page_is_told_as_a_refusal(
    browser: Browser, gemeente: str, engine: AsyncEngine
) -> None:
    await browser.sign_in("financieel", gemeente)
    path = "/financien/berichten"
    fields = filled(await browser.get(path))
    file = {"bestand": ("x.xml", b"<x/>", "text/xml")}
    answer = await browser.post(path, data=fields, files=file, headers={"Origin": HERE})
    assert (answer.status_code, 'id="bestand-fout"' in answer.text) == (200, True)
    ((action, result),) = await told(engine, gemeente, path)
    assert (action, result == "gedaan") == (f"POST {path}", False)
