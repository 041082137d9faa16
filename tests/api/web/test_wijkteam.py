"""What the wijkteam does on a page: asking, raising and stopping help, and opening a budget."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.web.pages import amount
from api.web.wijkteam import with_people
from tests.api.http.conftest import Person
from tests.api.http.town import YEAR, Town, make_town
from tests.api.web.conftest import Browser

pytestmark = pytest.mark.postgres


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person("budgethouder")


@pytest.fixture
async def town(person: Callable[..., Person], lead: Person, gemeente: str) -> Town:
    return await make_town(person("financieel"), lead, gemeente)


def asked(town: Town, **more: str) -> dict[str, str]:
    """Fill in help that is paid as it is given."""
    return {
        "personen": town.family["leden"][0]["persoon"],
        "soort": "maatwerk",
        "omschrijving": "Begeleiding",
        "aanbieder": "Aanbieder",
        "van": "2026-09-01",
        "tot": "2026-12-31",
        "betaling": "verplichting",
        "reden": "Geen voorliggende voorziening op tijd",
        **more,
    }


async def granted(browser: Browser, town: Town, gemeente: str) -> str:
    """Ask for help of € 1.200, and give its page."""
    await browser.sign_in("budgethouder", gemeente)
    form = f"/wijkteam/gezinsbudgetten/{town.budget['id']}/hulp"
    shown = await browser.fill_in(form, **asked(town, bedrag="1.200,00"))
    return (await browser.confirm(shown)).headers["location"]


def conclusion(shown: httpx.Response) -> str:
    """Give the sentence of a page, and what went wrong if it says so."""
    (said,) = re.findall(r'<div class="melding[^>]*>(.*?)</div>', shown.text, flags=re.DOTALL)
    return str(said)


async def test_help_is_raised_and_stopped_after_its_consequence_is_read(
    browser: Browser, gemeente: str, town: Town, lead: Person
) -> None:
    path = await granted(browser, town, gemeente)
    assert f'href="{path}/verhogen"' in (await browser.get(path)).text
    shown = await browser.fill_in(f"{path}/verhogen", bedrag="300", reden="Meer uren nodig")
    assert "wordt dit toegekend" in conclusion(shown)
    assert (await browser.confirm(shown)).headers["location"] == path
    shown = await browser.fill_in(f"{path}/stoppen", dag="2026-10-01", reden="Doel bereikt")
    assert (await browser.confirm(shown)).headers["location"] == path
    draw = await lead.seen(f"/v1/trekkingen/{path.rpartition('/')[2]}")
    assert [each["aanleiding"] for each in draw["besluiten"]] == ["aanvraag", "verhoging", "stop"]


async def test_a_decision_says_whom_it_is_about_in_words(
    browser: Browser, gemeente: str, town: Town
) -> None:
    await granted(browser, town, gemeente)
    form = f"/wijkteam/gezinsbudgetten/{town.budget['id']}/hulp"
    twice = conclusion(await browser.fill_in(form, **asked(town, bedrag="1.200,00")))
    assert "iemand van 44 jaar" in twice
    assert town.family["leden"][0]["persoon"] not in twice


def test_no_sentence_shows_the_number_of_a_person() -> None:
    one, other = UUID(int=1), UUID(int=2)
    sentence = f"Persoon {one} hoort niet bij persoon {one} of persoon {other}."
    assert with_people(sentence, {one: "44 jaar"}) == (
        "Iemand van 44 jaar hoort niet bij iemand van 44 jaar of iemand die nu niet bij het gezin"
        " hoort."
    )


async def test_what_cannot_stop_says_so_at_the_form(
    browser: Browser, gemeente: str, town: Town
) -> None:
    path = await granted(browser, town, gemeente)
    answer = await browser.fill_in(f"{path}/stoppen", dag="2027-03-01", reden="Te laat")
    assert answer.status_code == 200
    assert "Nog niet alles klopt" in conclusion(answer)


async def test_facts_are_asked_only_where_they_matter(
    browser: Browser, gemeente: str, town: Town, lead: Person
) -> None:
    await browser.sign_in("budgethouder", gemeente)
    form = f"/wijkteam/gezinsbudgetten/{town.budget['id']}/hulp"
    help_ = asked(town, bedrag="100", soort="ggz-behandeling-volwassene", tot="2026-09-30")
    shown = await browser.fill_in(form, **help_)
    facts = re.findall(r'name="(feit-[^"]+)"', shown.text)
    assert facts
    known = dict.fromkeys(facts, "ja")
    again = await browser.send_form(form, **_kept(shown), **known, stap="controleren")
    made = await browser.confirm(again, **known)
    assert (await browser.confirm(again, **known)).headers["location"] == made.headers["location"]
    corrected = await browser.confirm(again, **{**known, facts[-1]: "nee"})
    assert "al eens verstuurd" in corrected.text
    sent_again = await browser.send_form(form, **_kept(shown), stap="controleren")
    assert sent_again.headers["location"] == made.headers["location"]
    draw = await lead.seen(f"/v1/trekkingen/{made.headers['location'].rpartition('/')[2]}")
    assert all(draw["feiten"][each.removeprefix("feit-")] for each in facts)


async def test_a_product_without_a_tariff_is_refused_at_the_form(
    browser: Browser, gemeente: str, town: Town
) -> None:
    await browser.sign_in("budgethouder", gemeente)
    form = f"/wijkteam/gezinsbudgetten/{town.budget['id']}/hulp"
    line = {"categorie": "45", "product": "45A01", "volume": "12,5", "eenheid": "uur"}
    answer = await browser.fill_in(form, **asked(town, bedrag="", **line))
    assert answer.status_code == 200
    assert "melding fout" in answer.text
    faulty = await browser.fill_in(form, **asked(town, bedrag="", **{**line, "volume": "veel"}))
    assert 'id="volume-fout"' in faulty.text


async def test_a_family_gets_a_budget_after_the_amount_is_read(
    browser: Browser, gemeente: str, town: Town, lead: Person, person: Callable[..., Person]
) -> None:
    other: dict[str, Any] = await lead.done(
        "/v1/gezinnen",
        {
            "wijk": town.wijk,
            "gezinstype": "standaard",
            "team": "noord",
            "van": "2026-01-01",
            "leden": [{"geboortedatum": "1990-03-03"}],
        },
    )
    await browser.sign_in("budgethouder", gemeente)
    path = f"/wijkteam/gezinnen/{other['id']}"
    assert f'href="{path}/gezinsbudget"' in (await browser.get(path)).text
    shown = await browser.fill_in(f"{path}/gezinsbudget", jaar="2026")
    assert amount(900_000) in shown.text
    assert (await browser.confirm(shown)).headers["location"] == path
    assert amount(900_000) in (await browser.get(path)).text


async def test_a_family_has_a_budget_per_open_year_and_this_year_comes_first(
    browser: Browser, gemeente: str, town: Town, person: Callable[..., Person]
) -> None:
    await browser.sign_in("budgethouder", gemeente)
    path = f"/wijkteam/gezinnen/{town.family['id']}"
    assert "/gezinsbudget" not in (await browser.get(path)).text.replace("/gezinsbudgetten", "")
    mistyped = await browser.fill_in(f"{path}/gezinsbudget", jaar="2198")
    assert 'id="jaar-fout"' in mistyped.text, "nobody opened that year"

    await person("financieel").done(
        "/v1/boekingsperioden", {**YEAR, "van": "2027-01-01", "totEnMet": "2027-12-31"}
    )
    assert f'href="{path}/gezinsbudget?jaar=2027"' in (await browser.get(path)).text
    shown = await browser.fill_in(f"{path}/gezinsbudget", jaar="2027")
    assert "De wijk heeft in dit jaar geen geld." in shown.text
    await browser.confirm(shown)
    page = (await browser.get(path)).text
    assert "kunt u in 2026 nog besteden" in page
    assert f'href="{path}?jaar=2027"' in page
    assert "kunt u in 2027 nog besteden" in (await browser.get(f"{path}?jaar=2027")).text


def _kept(shown: httpx.Response) -> dict[str, str]:
    form = shown.text.rpartition("<form")[2]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
