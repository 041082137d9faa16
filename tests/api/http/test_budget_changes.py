"""From what the council has to decide to an adopted budget change, over HTTP."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import YEAR, council_budget, euro, grant_without_approval, make_town

pytestmark = pytest.mark.postgres

CHANGES = "/v1/begrotingswijzigingen"


@pytest.fixture
def finance(person: Callable[..., Person]) -> Person:
    return person("financieel", "wijkteam", "beheerder")


def line(side: str, source: str, amount: str, **more: Any) -> dict[str, Any]:
    """Make a line of a change: of taakveld 6.3 in P1, or a withdrawal from the reserves."""
    taakveld = "6.3" if side == "lasten" else "0.10"
    return {
        "kant": side,
        "bron": source,
        "programma": "P1",
        "taakveld": taakveld,
        "mutatie": euro(amount),
        **more,
    }


def own(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"jaar": 2026, "omschrijving": "Najaarswijziging", "regels": list(lines), **more}


COVERED = own(line("lasten", "RES", "500.00", duur="structureel"), line("baten", "RES", "500.00"))
DECISION = {"versie": 1, "besluit": "Raadsbesluit 2026-44", "besluitdatum": "2026-08-31"}


async def test_a_draft_is_made_again_and_adopted(finance: Person, gemeente: str) -> None:
    await make_town(finance, finance, gemeente)
    tried = await finance.post(CHANGES, COVERED, dry_run=True)
    assert tried.status_code == 200
    assert (await finance.seen(CHANGES))["resultaten"] == []

    made = await finance.done(CHANGES, own(line("lasten", "RES", "500.00")))
    where = f"{CHANGES}/{made['id']}"
    assert (made["status"], made["versie"], made["teDekken"]) == ("ontwerp", 1, euro("500.00"))
    answer = await finance.post(f"{where}/vaststellingen", DECISION)
    assert (answer.status_code, answer.json()["code"]) == (422, "begrotingswijziging-niet-sluitend")

    again = await finance.done(
        f"{where}/versies",
        {"versie": 1, "omschrijving": "Met dekking", "regels": COVERED["regels"]},
    )
    assert (again["versie"], again["teDekken"]) == (2, euro("0.00"))
    (expense,), (revenue,) = again["lastenregels"], again["batenregels"]
    assert (expense["oud"], expense["mutatie"], expense["nieuw"]) == (
        euro("0.00"),
        euro("500.00"),
        euro("500.00"),
    )
    assert (expense["duur"], revenue["duur"]) == ("structureel", "incidenteel")
    late = await finance.post(f"{where}/vaststellingen", DECISION)
    assert (late.status_code, late.json()["code"]) == (409, "begrotingswijziging-verouderd")

    second = DECISION | {"versie": 2}
    tried = await finance.post(f"{where}/vaststellingen", second, dry_run=True)
    assert tried.json()["status"] == "vastgesteld"
    assert (await finance.seen(where))["status"] == "ontwerp"
    first = await finance.post(f"{where}/vaststellingen", second, key="raad")
    replay = await finance.post(f"{where}/vaststellingen", second, key="raad")
    assert first.status_code == replay.status_code == 201
    assert first.json() == replay.json() == await finance.seen(where)
    assert first.json()["besluit"] == "Raadsbesluit 2026-44"
    (entry,) = first.json()["boekingen"]
    assert (await finance.seen(f"/v1/boekingen/{entry}"))["soort"] == "begrotingswijziging"
    funds = (await finance.seen("/v1/middelen"))["resultaten"]
    (reserve,) = [each for each in funds if each["middel"] == "RES-2026"]
    assert reserve["vrij"] == euro("500.00")
    (listed,) = (await finance.seen(CHANGES))["resultaten"]
    assert listed["versie"] == 2


async def test_a_draft_answers_the_same_after_its_adoption(finance: Person, gemeente: str) -> None:
    await make_town(finance, finance, gemeente)
    first = await finance.post(CHANGES, COVERED, key="ontwerp")
    where = f"{CHANGES}/{first.json()['id']}"
    await finance.done(f"{where}/vaststellingen", DECISION)
    assert (await finance.post(CHANGES, COVERED, key="ontwerp")).json() == first.json()


async def test_what_the_council_has_to_decide_becomes_a_draft(
    finance: Person, gemeente: str
) -> None:
    town = await make_town(finance, finance, gemeente)
    outside = council_budget(SHV="1000.00")
    outside["regels"][0] |= {"programma": "P2", "taakveld": "6.751"}
    await finance.done("/v1/begrotingen", outside)
    empty = await finance.post(CHANGES, {"jaar": 2026, "omschrijving": "Leeg"})
    assert (empty.status_code, empty.json()["code"]) == (409, "geen-raadsbesluit-nodig")

    await grant_without_approval(finance, 200_000)
    await finance.done(town.draws, town.draw("200000.00", spoed=True))
    found = await finance.seen("/v1/raadsbesluiten-nodig")
    (item,) = found["resultaten"]
    assert (found["jaar"], found["autorisatieniveau"]) == (2026, "programma")
    assert (item["aanleiding"], item["middel"], item["bedrag"]) == (
        "tekort",
        "TEKORT-2026",
        euro("50000.00"),
    )
    assert (item["eigenaar"], item["uiterlijk"], item["teLaat"]) == (
        "budgethouder",
        "2026-05-31",
        True,
    )
    assert item["inPlaatsVan"] is None
    before = await finance.seen("/v1/raadsbesluiten-nodig", peilDatum="2026-04-30")
    assert before["resultaten"] == []

    made = await finance.done(CHANGES, {"jaar": 2026, "omschrijving": "Tekort"})
    assert [each["mutatie"] for each in made["lastenregels"]] == [euro("50000.00")]
    assert [each["bron"] for each in made["batenregels"]] == ["RES"]
    assert made["teDekken"] == euro("0.00")


# what is wrong -> status, code
WRONG = [
    (own(line("lasten", "JW", "0.00")), 422, "mutatie-ongeldig"),
    (own(line("lasten", "ZVW", "1.00")), 422, "bron-zonder-budget"),
    (own(line("lasten", "XYZ", "1.00")), 422, "bron-onbekend"),
    (own(line("lasten", "JW", "1.00", taakveld="6.71a")), 400, "invoer-ongeldig"),
    (own(line("saldo", "JW", "1.00")), 400, "invoer-ongeldig"),
    (own(line("lasten", "JW", "1.00", duur="altijd")), 400, "invoer-ongeldig"),
    (own(line("lasten", "JW", "1.005")), 400, "invoer-ongeldig"),
    (own(), 400, "invoer-ongeldig"),
    (own(jaar=1999), 400, "invoer-ongeldig"),
    (own(line("lasten", "JW", "1.00"), omschrijving=" "), 400, "invoer-ongeldig"),
]


@pytest.mark.parametrize(("body", "status", "code"), WRONG)
async def test_nonsense_is_a_clear_no(
    finance: Person, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await finance.post(CHANGES, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_change_that_is_not_there(finance: Person) -> None:
    where = f"{CHANGES}/{UUID(int=9)}"
    version = {"versie": 1, "omschrijving": "x", "regels": COVERED["regels"]}
    for answer in (
        await finance.get(where),
        await finance.post(f"{where}/versies", version),
        await finance.post(f"{where}/vaststellingen", DECISION),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "begrotingswijziging-onbekend")


# day of the decision -> code
DAYS = [
    ("2026-09-02", "besluit-nog-niet-genomen"),
    ("2027-01-01", "besluit-nog-niet-genomen"),
    ("0001-01-01", "invoer-ongeldig"),
]


@pytest.mark.parametrize(("day", "code"), DAYS)
async def test_a_decision_lies_before_today(finance: Person, day: str, code: str) -> None:
    await finance.done("/v1/boekingsperioden", YEAR)
    await finance.done("/v1/begrotingen", council_budget(JW="1000.00"))
    made = await finance.done(CHANGES, COVERED)
    body = DECISION | {"besluitdatum": day}
    answer = await finance.post(f"{CHANGES}/{made['id']}/vaststellingen", body)
    assert answer.json()["code"] == code


async def test_a_budget_is_not_changed_after_its_year(finance: Person) -> None:
    without = await finance.post(CHANGES, COVERED | {"jaar": 2025})
    assert (without.status_code, without.json()["code"]) == (409, "jaar-zonder-begroting")
    await finance.done(
        "/v1/boekingsperioden", YEAR | {"van": "2025-01-01", "totEnMet": "2025-12-31"}
    )
    budget = council_budget(JW="1000.00") | {"jaar": 2025, "boekdatum": "2025-01-02"}
    await finance.done("/v1/begrotingen", budget)
    made = await finance.done(CHANGES, COVERED | {"jaar": 2025})
    answer = await finance.post(f"{CHANGES}/{made['id']}/vaststellingen", DECISION)
    assert (answer.status_code, answer.json()["code"]) == (422, "begrotingswijziging-te-laat")
