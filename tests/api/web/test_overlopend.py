"""What nobody declares after its year was closed is released on a page, after it was shown."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.clock import FixedClock
from api.web.pages import amount, short
from tests.api.http.conftest import Person
from tests.api.http.town import make_town
from tests.api.web.conftest import Browser

pytestmark = pytest.mark.postgres

ACCRUALS = "/financien/overlopend"


async def test_an_accrual_is_released_after_it_is_shown(
    browser: Browser, gemeente: str, person: Callable[..., Person], clock: FixedClock
) -> None:
    holder = person("budgethouder")
    town = await make_town(person("financieel"), holder, gemeente)
    help_ = {"van": "2026-06-01", "totEnMet": "2026-06-30", "betaling": "verplichting"}
    draw = await holder.done(town.draws, town.draw("900.00", **help_))
    clock.move_to(datetime(2027, 2, 1, 12, tzinfo=UTC))
    await browser.sign_in("financieel", gemeente)
    days = {"wat": "open", "van": "2027-01-01", "tot": "2027-12-31", "reden": "Boekjaar 2027"}
    await browser.confirm(await browser.fill_in("/financien/afsluiten/dagen", **days))
    blocked = await browser.fill_in("/financien/afsluiten/jaar", jaar="2026")
    there = f"/controle/aanvragen/{draw['id']}"
    assert f'<a href="{there}">trekking {short(UUID(draw["id"]))}</a>' in blocked.text
    assert (await browser.get(there)).status_code == 200
    year = {"jaar": "2026", "verplichtingen": "overlopend"}
    tried = await browser.fill_in("/financien/afsluiten/jaar", **year)
    closed = (await browser.confirm(tried)).headers["location"]
    assert ACCRUALS in (await browser.get(closed)).text
    listed = (await browser.get(ACCRUALS)).text
    (path,) = set(re.findall(rf'href="({ACCRUALS}/[^"]+)"', listed))
    assert path == f"{ACCRUALS}/{draw['id']}/vrijval"
    assert "-2026</td><td>Aanbieder</td>" in listed
    why = {"reden": "De aanbieder declareert niet meer.", "document": "brief 2027-3"}
    shown = await browser.fill_in(path, **why)
    assert amount(90_000) in shown.text
    assert "brief 2027-3" in shown.text
    assert path in (await browser.get(ACCRUALS)).text, "showing lets nothing go"
    assert (await browser.confirm(shown)).headers["location"] == ACCRUALS
    assert "Er staat niets overlopend" in (await browser.get(ACCRUALS)).text
    assert (await browser.get(path)).status_code == 409, "nothing is left to let go"
    await browser.sign_in("controller", gemeente)
    assert (await browser.get(ACCRUALS)).status_code == 200
    assert (await browser.get(path)).status_code == 403
