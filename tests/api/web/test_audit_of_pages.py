"""The audit log tells of a page what was done and what was refused, and not what was only shown."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.audit import queries
from tests.api.http.conftest import Person
from tests.api.http.test_payers import finance
from tests.api.web.conftest import Browser, filled
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
