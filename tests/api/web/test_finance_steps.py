"""What the finance officer does on a page is what the interface does, and nothing before."""

import re
from typing import Any

import httpx
import pytest

from api.http import payers
from api.web.financien_betalers import STEPS
from api.web.pages import amount
from tests.api.http.conftest import Person
from tests.api.http.test_payers import ITEMS, finance, item
from tests.api.http.town import YEAR, council_budget, euro
from tests.api.web.conftest import Browser, filled

__all__ = ["finance", "item"]

pytestmark = pytest.mark.postgres

SHIFTS = "/financien/schuiven"
CHANGES = "/financien/wijzigingen"


@pytest.fixture
async def budget(finance: Person) -> None:
    """Budget two sources in one programme."""
    await finance.done("/v1/boekingsperioden", YEAR)
    await finance.done("/v1/begrotingen", council_budget(WMO="50000.00", JW="20000.00"))


def places(form: str) -> dict[str, str]:
    """Give the places of a budget that a form offers, by source."""
    return {
        code.partition("-")[0]: code for code in re.findall(r'<option value="(\w+-[^"]+)"', form)
    }


def change_line() -> dict[str, str]:
    """Fill in the first line of a budget change: two thousand euros more for Wmo."""
    return {
        "regel-1-kant": "lasten",
        "regel-1-bron": "WMO",
        "regel-1-programma": "Sociaal domein",
        "regel-1-taakveld": "6.712",
        "regel-1-mutatie": "2.000,00",
        "regel-1-duur": "incidenteel",
    }


async def test_a_shift_shows_its_consequence_and_is_booked_once(
    browser: Browser, gemeente: str, finance: Person, budget: None
) -> None:
    await browser.sign_in("financieel", gemeente)
    known = places((await browser.get(f"{SHIFTS}?jaar=2026")).text)
    before = await finance.seen("/v1/boekingen")
    shown = await browser.fill_in(
        f"{SHIFTS}?jaar=2026", van=known["WMO"], naar=known["JW"], bedrag="1.500,50"
    )
    assert amount(150_050) in shown.text
    assert amount(5_000_000 - 150_050) in shown.text
    assert await finance.seen("/v1/boekingen") == before, "showing books nothing"
    first = await browser.confirm(shown, besluit="Raadsbesluit 12")
    again = await browser.confirm(shown, besluit="Raadsbesluit 12")
    assert first.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    corrected = await browser.confirm(shown, besluit="Raadsbesluit 13")
    assert "al eens verstuurd" in corrected.text, "the books keep what was decided first"
    assert len((await finance.seen("/v1/boekingen"))["resultaten"]) == (
        len(before["resultaten"]) + 1
    )


async def test_a_shift_between_programmes_waits_for_the_council(
    browser: Browser, gemeente: str, finance: Person, budget: None
) -> None:
    other = council_budget(RES="9000.00")
    other["regels"][0]["programma"] = "Bestuur"
    await finance.done("/v1/begrotingen", other)
    await browser.sign_in("financieel", gemeente)
    known = places((await browser.get(f"{SHIFTS}?jaar=2026")).text)
    asked = {"van": known["RES"], "naar": known["JW"], "bedrag": "100"}
    shown = await browser.fill_in(f"{SHIFTS}?jaar=2026", **asked)
    assert "Dit kan alleen de raad besluiten" in shown.text
    refused = await browser.confirm(shown)
    assert "kan alleen de raad" in refused.text
    assert refused.status_code == 200
    (path,) = re.findall(r'href="(/financien/wijzigingen/nieuw[^"]+)"', shown.text)
    draft = await browser.get(path.replace("&amp;", "&"))
    assert 'value="-100"' in draft.text
    assert 'value="Bestuur"' in draft.text


async def test_a_change_is_drafted_changed_and_adopted(
    browser: Browser, gemeente: str, finance: Person, budget: None
) -> None:
    await browser.sign_in("financieel", gemeente)
    line = change_line()
    other = {name.replace("-1-", "-2-"): value for name, value in line.items()}
    other |= {"regel-2-kant": "baten", "regel-2-bron": "RES", "regel-2-taakveld": "0.10"}
    shown = await browser.fill_in(f"{CHANGES}/nieuw", omschrijving="Meer hulp", jaar="2026", **line)
    assert "nog niet gelijk" in shown.text
    made = (await browser.confirm(shown)).headers["location"]
    shown = await browser.fill_in(
        f"{made}/nieuwe-versie", omschrijving="Meer hulp", **other, **line
    )
    assert "nog niet gelijk" not in shown.text
    assert (await browser.confirm(shown)).headers["location"] == made
    shown = await browser.fill_in(
        f"{made}/vaststellen", besluit="Raadsbesluit 7", besluitdatum="2026-05-01"
    )
    assert (await browser.confirm(shown)).status_code == 303
    for field, corrected in (("besluit", "Raadsbesluit 8"), ("besluitdatum", "2026-05-02")):
        for step in ("controleren", "bevestigen"):
            other = {**filled(shown), field: corrected, "stap": step}
            told = (await browser.send_form(f"{made}/vaststellen", **other)).text
            assert "al eens verstuurd" in told, "a corrected decision is not the one in the books"
    (known,) = (await finance.seen("/v1/begrotingswijzigingen"))["resultaten"]
    assert (known["versie"], known["status"], known["besluit"]) == (
        2,
        "vastgesteld",
        "Raadsbesluit 7",
    )
    table = await browser.get(f"{made}/bestand")
    assert table.content.startswith(b"PK")


async def test_a_faulty_line_is_told_at_its_field(
    browser: Browser, gemeente: str, budget: None
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await browser.fill_in(
        f"{CHANGES}/nieuw",
        omschrijving="Meer hulp",
        jaar="2026",
        **{
            "regel-2-bron": "",
            "regel-2-programma": "P",
            "regel-2-taakveld": "66.6",
            "regel-2-mutatie": "12.50",
        },
    )
    for name in ("regel-2-bron", "regel-2-taakveld", "regel-2-mutatie"):
        assert f'id="{name}-fout"' in answer.text


async def test_an_advance_is_claimed_accepted_and_received(
    browser: Browser, gemeente: str, finance: Person, item: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    path = f"/financien/betalers/{item['id']}"
    for step, fields in (
        ("claim", {"betaler": "ZVW", "bedrag": "400,00"}),
        ("betwisting", {"betaler": "ZVW", "bedrag": "100,00", "waarom": "Niet verzekerd"}),
        ("aanvaarding", {"betaler": "ZVW", "bedrag": "300,00", "document": "Brief 3"}),
    ):
        assert f'href="{path}/{step}"' in (await browser.get(path)).text
        shown = await browser.fill_in(f"{path}/{step}", **fields)
        assert (await browser.confirm(shown)).status_code == 303, shown.text
    found = await finance.seen(f"{ITEMS}/{item['id']}")
    assert {each["toestand"]: each["bedrag"]["waarde"] for each in found["standen"]} == {
        "open": "500.00",
        "betwist": "100.00",
        "aanvaard": "300.00",
    }


async def test_what_funds_owe_each_other_is_cleared_after_it_is_read(
    browser: Browser, gemeente: str, finance: Person, item: dict[str, Any]
) -> None:
    path = f"{ITEMS}/{item['id']}"
    await finance.done(f"{path}/claims", {"betaler": "SHV"})
    await finance.done(f"{path}/aanvaardingen", {"betaler": "SHV", "bedrag": euro("290.32")})
    await browser.sign_in("financieel", gemeente)
    days = {"van": "2026-01-01", "tot": "2026-12-31"}
    shown = await browser.fill_in("/financien/verrekeningen/nieuw", **days)
    assert re.search(rf"SHV-2026</th><td>WMO-2026</td>.*{amount(29_032)}", shown.text)
    assert (await finance.seen("/v1/verrekeningen"))["resultaten"] == [], "showing clears nothing"
    assert (await browser.confirm(shown)).status_code == 303
    listed = (await browser.get("/financien/verrekeningen")).text
    assert re.search(rf"SHV-2026</th><td>WMO-2026</td>.*{amount(29_032)}", listed)
    assert "verrekend" in (await browser.get(f"/financien/betalers/{item['id']}")).text
    again = await browser.fill_in("/financien/verrekeningen/nieuw", **days)
    assert "niemand iets schuldig" in again.text
    assert 'value="bevestigen"' not in again.text


async def test_who_acts_on_closed_days_reads_who_can_open_them(
    browser: Browser, gemeente: str, finance: Person, item: dict[str, Any]
) -> None:
    path, line = f"/financien/betalers/{item['id']}", change_line()
    line |= {name.replace("-1-", "-2-"): value for name, value in line.items()}
    line |= {"regel-2-kant": "baten", "regel-2-bron": "RES", "regel-2-taakveld": "0.10"}
    await finance.done(f"{ITEMS}/{item['id']}/claims", {"betaler": "SHV", "bedrag": euro("500.00")})
    paid = {"betaler": "SHV", "bedrag": euro("200.00")}
    await finance.done(f"{ITEMS}/{item['id']}/aanvaardingen", paid)
    await browser.sign_in("budgethouder", gemeente)
    budgets = (await browser.get(f"/wijkteam/gezinnen/{item['gezin']}")).text
    (help_,) = set(re.findall(r'"(/wijkteam/gezinsbudgetten/[^"]+/hulp)"', budgets))
    await browser.sign_in("financieel", gemeente)
    known = places((await browser.get(f"{SHIFTS}?jaar=2026")).text)
    shown = await browser.fill_in(f"{CHANGES}/nieuw", omschrijving="Meer", jaar="2026", **line)
    draft = (await browser.confirm(shown)).headers["location"]
    await finance.done("/v1/boekingsperioden", {**YEAR, "open": False, "reden": "Jaar is om"})
    before = await finance.seen("/v1/boekingen")
    asked: list[tuple[str, dict[str, str]]] = [
        (
            SHIFTS,
            {
                "van": known["WMO"],
                "naar": known["SHV"],
                "bedrag": "10",
                "boekdatum": "2026-08-01",
            },
        ),
        (f"{path}/aanvaarding", {"betaler": "SHV"}),
        ("/financien/verrekeningen/nieuw", {"van": "2026-01-01", "tot": "2026-12-31"}),
        (f"{draft}/vaststellen", {"besluit": "Raad 7", "besluitdatum": "2026-05-01"}),
    ]
    for form, fields in asked:
        _reads_who_opens(await browser.fill_in(form, **fields))
    await browser.sign_in("budgethouder", gemeente)
    fields = {"personen": item["persoon"], "soort": "maatwerk", "aanbieder": "A", "bedrag": "10"}
    fields |= {"omschrijving": "Hulp", "betaling": "ineens", "reden": "Nu nodig"}
    _reads_who_opens(await browser.fill_in(help_, **fields))
    assert await finance.seen("/v1/boekingen") == before


def _reads_who_opens(answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text
    assert "vraag financiën om deze dag te openen" in answer.text, answer.text
    assert 'value="bevestigen"' not in answer.text


async def test_a_form_that_is_sent_again_shows_what_was_booked(
    browser: Browser, gemeente: str, finance: Person, budget: None
) -> None:
    await browser.sign_in("financieel", gemeente)
    known = places((await browser.get(f"{SHIFTS}?jaar=2026")).text)
    asked = {"van": known["WMO"], "naar": known["JW"], "bedrag": "1.500,50"}
    shown = await browser.fill_in(f"{SHIFTS}?jaar=2026", **asked)
    booked = (await browser.confirm(shown, besluit="College 12")).headers["location"]
    sent = {**filled(shown), "stap": "controleren"}
    again = await browser.send_form(SHIFTS, **sent)
    assert (again.status_code, again.headers["location"]) == (303, booked)
    before = await finance.seen("/v1/boekingen")
    for step in ("controleren", "bevestigen"):
        other = await browser.send_form(SHIFTS, **{**sent, "bedrag": "99", "stap": step})
        assert other.status_code == 422
        assert "al eens verstuurd" in other.text
    assert await finance.seen("/v1/boekingen") == before


async def test_too_much_is_refused_where_it_was_asked(
    browser: Browser, gemeente: str, item: dict[str, Any]
) -> None:
    await browser.sign_in("financieel", gemeente)
    path = f"/financien/betalers/{item['id']}/claim"
    answer = await browser.fill_in(path, betaler="ZVW", bedrag="5.000,00")
    assert answer.status_code == 200
    assert 'class="melding fout"' in answer.text
    assert 'value="5.000,00"' in answer.text, "what was filled in stays"


async def test_days_are_closed_after_they_were_shown(
    browser: Browser, gemeente: str, finance: Person, budget: None
) -> None:
    await browser.sign_in("financieel", gemeente)
    shown = await browser.fill_in(
        "/financien/afsluiten/dagen",
        wat="dicht",
        van="2026-01-01",
        tot="2026-01-31",
        reden="Maand",
    )
    assert "Daarna kan niemand nog op deze dagen boeken" in shown.text
    assert len((await finance.seen("/v1/boekingsperioden"))["resultaten"]) == 1
    assert (await browser.confirm(shown)).status_code == 303
    assert "Maand" in (await browser.get("/financien/afsluiten")).text
    again = await browser.confirm(shown)
    assert (again.status_code, again.headers["location"]) == (303, "/financien/afsluiten")
    assert len((await finance.seen("/v1/boekingsperioden"))["resultaten"]) == 2, "done once"


async def test_a_year_that_is_not_over_tells_what_stands_in_its_way(
    browser: Browser, gemeente: str, finance: Person, budget: None
) -> None:
    await browser.sign_in("financieel", gemeente)
    shown = await browser.fill_in("/financien/afsluiten/jaar", jaar="2026")
    assert "kan nog niet worden afgesloten" in shown.text
    assert 'value="bevestigen"' not in shown.text
    assert (await finance.seen("/v1/jaarafsluitingen"))["resultaten"] == []


@pytest.mark.parametrize("persona", ["controller", "auditor"])
async def test_who_only_reads_gets_no_forms(
    browser: Browser, gemeente: str, budget: None, persona: str
) -> None:
    await browser.sign_in(persona, gemeente)
    for path in (SHIFTS, f"{CHANGES}/nieuw", "/financien/afsluiten/jaar"):
        assert (await browser.get(path)).status_code == 403
    assert "/nieuw" not in (await browser.get(CHANGES)).text


def test_every_step_of_a_payer_is_an_address_of_the_interface() -> None:
    paths = {path.rpartition("/")[2] for each in payers.HANDLERS for path in each.paths}
    known = {"claim": "claims", "aanvaarding": "aanvaardingen", "betwisting": "betwistingen"}
    known |= {"ontvangst": "ontvangsten", "afboeking": "afboekingen", "blijft": "blijft"}
    assert {known[step] for step in STEPS} <= paths
