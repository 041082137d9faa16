"""Judging help on a page: nothing is chosen beforehand, and only who may judge is asked."""

from collections.abc import Callable

import httpx
import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import Town, make_town
from tests.api.web.conftest import Browser, filled

pytestmark = pytest.mark.postgres


@pytest.fixture
def member(person: Callable[..., Person]) -> Person:
    return person("wijkteam", teams=("noord",))


@pytest.fixture
async def town(person: Callable[..., Person], member: Person, gemeente: str) -> Town:
    return await make_town(person("financieel"), member, gemeente)


async def test_a_verdict_is_chosen_and_a_no_has_its_reason(
    browser: Browser, gemeente: str, town: Town, member: Person
) -> None:
    drawn = await member.done(town.draws, town.draw("1000.01"))
    await browser.sign_in("teamleider", f"{gemeente} noord")
    path = f"/wijkteam/hulp/{drawn['id']}"
    opened = (await browser.get(path)).text
    assert " checked" not in opened
    assert " selected" not in opened.replace('value="" selected', "")
    for given, wrong in (
        ({}, "oordeel"),
        ({"oordeel": "afgekeurd", "toelichting": "Genoeg hulp"}, "reden"),
        ({"oordeel": "afgekeurd", "reden": "nut"}, "toelichting"),
        ({"oordeel": "akkoord", "reden": "nut"}, "reden"),
        ({"oordeel": "akkoord", "toelichting": "t" * 501}, "toelichting"),
    ):
        shown = await judged(browser, path, **given)
        assert (shown.status_code, f'id="{wrong}-fout"' in shown.text) == (200, True), given
    assert (await member.seen(f"/v1/trekkingen/{drawn['id']}"))["uitkomst"] == "wacht-op-akkoord"
    made = await judged(browser, path, oordeel="afgekeurd", reden="nut", toelichting="Genoeg hulp")
    assert (made.status_code, made.headers["location"]) == (303, path)
    assert (await member.seen(f"/v1/trekkingen/{drawn['id']}"))["uitkomst"] == "afgekeurd"


async def test_only_who_may_judge_is_asked_for_a_verdict(
    browser: Browser, gemeente: str, town: Town, member: Person
) -> None:
    drawn = await member.done(town.draws, town.draw("5000.01"))
    assert drawn["akkoord"]["rol"] == "budgethouder"
    path = f"/wijkteam/hulp/{drawn['id']}"
    for persona, may in (("teamleider", False), ("budgethouder", True)):
        await browser.sign_in(persona, f"{gemeente} noord")
        assert ('name="oordeel"' in (await browser.get(path)).text) is may, persona


async def judged(browser: Browser, path: str, **fields: str) -> httpx.Response:
    """Fill in the verdict on the page of help, and send it."""
    begins = {
        name: value
        for name, value in filled(await browser.get(path)).items()
        if name in {"formuliertoken", "sleutel"}
    }
    return await browser.send_form(f"{path}/oordeel", **begins, **fields)
