"""Rules over HTTP: who may pay which help, why, and what a gemeente may change in it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import plain

pytestmark = pytest.mark.postgres

CASE = {
    "geboortedatum": "2008-05-15",
    "soort": "begeleiding-bij-beperking",
    "van": "2026-10-01",
    "totEnMet": "2026-12-31",
    "feiten": {"beperking": True, "wlz-recht": None},
}
OWN = {
    "regel": "L01",
    "bronnen": ["SHV"],
    "soorten": ["kindpakket"],
    "leeftijdTot": 18,
    "voorwaarden": {"laag-inkomen": True},
    "uitkomst": "TOEGESTAAN_MITS",
    "hardheid": "RAAD",
    "uitleg": "Een kind in een schuldtraject krijgt het kindpakket uit schuldhulp.",
    "van": "2026-10-01",
    "besluit": "Raadsbesluit 2026-44",
}
NARROWER = {"van": "2026-10-01", "leeftijdVan": 4, "besluit": "Raadsbesluit 2026-45"}


@pytest.fixture
def finance(person: Callable[..., Person]) -> Person:
    return person("financieel")


async def test_every_rule_is_told_with_its_article(finance: Person) -> None:
    found = await finance.seen("/v1/rechtsregels")
    by_rule = {each["regel"]: each for each in found["resultaten"]}
    assert len(by_rule) == 43
    assert all(each["grondslag"] and each["uitleg"] for each in found["resultaten"])
    assert by_rule["E14"]["voorwaarden"] == {"beperking": True, "wlz-recht": False}
    today = await finance.seen("/v1/rechtsregels", dag="2024-06-01", bron="JW")
    (e04,) = [each for each in today["resultaten"] if each["regel"] == "E04"]
    assert (e04["taakveld"], e04["totEnMet"]) == ("6.72a", "2024-12-31")
    assert all("JW" in each["bronnen"] for each in today["resultaten"])
    assert (await finance.get("/v1/rechtsregels/E99")).status_code == 404


async def test_kinds_of_help_are_told_with_their_taakveld_per_year(finance: Person) -> None:
    found = (await finance.seen("/v1/soorten-hulp"))["resultaten"]
    (day,) = [each for each in found if each["code"] == "dagbesteding"]
    assert day["taakvelden"] == {"2023": "6.71c", "2025": "6.713"}
    assert day["valtOnder"] == ["begeleiding-bij-beperking"]


async def test_a_case_is_judged_per_stretch_of_days_and_per_source(
    person: Callable[..., Person],
) -> None:
    team = person("wijkteam", teams=("noord",))
    adult = await judged(team, CASE)
    (period,) = adult["perioden"]
    assert (period["van"], period["totEnMet"]) == ("2026-10-01", "2026-12-31")
    assert period["taakveld"] == "6.712"
    wmo, jw = source_in(period, "WMO"), source_in(period, "JW")
    assert (wmo["stand"], wmo["regel"], wmo["middel"]) == ("voorlopig", "E14", "WMO-2026")
    assert wmo["aanTeTonen"] == ["wlz-recht"]
    assert wmo["eigenHulp"]
    assert (jw["stand"], jw["uitkomst"], jw["hardheid"]) == ("gesloten", "NIET", "WET")
    assert "Jeugdwet" in jw["grondslag"]
    pooled = source_in(period, "ARM")
    assert (pooled["regel"], pooled["eigenHulp"]) == ("E35", False)

    growing = await judged(team, CASE | {"van": "2026-04-01", "totEnMet": "2026-06-30"})
    assert [each["van"] for each in growing["perioden"]] == ["2026-04-01", "2026-05-15"]
    assert source_in(growing["perioden"][0], "JW")["regel"] == "E04"


async def test_an_outside_payer_is_named(finance: Person) -> None:
    found = await judged(finance, CASE | {"soort": "ggz-behandeling-volwassene", "feiten": {}})
    (period,) = found["perioden"]
    assert period["andereBetalers"] == ["ZVW"]
    assert source_in(period, "ZVW")["middel"] is None


# what is wrong in the case -> status, code
WRONG_CASES = [
    ({"soort": "begeleidng"}, 422, "soort-hulp-onbekend"),
    ({"totEnMet": "2026-09-01"}, 422, "periode-leeg"),
    ({"totEnMet": "2036-10-01"}, 422, "periode-te-lang"),
    ({"geboortedatum": "15-05-2008"}, 400, "invoer-ongeldig"),
    ({"bsn": "999990019"}, 400, "invoer-ongeldig"),
]


@pytest.mark.parametrize(("wrong", "status", "code"), WRONG_CASES)
async def test_a_case_that_cannot_be_judged(
    finance: Person, wrong: dict[str, Any], status: int, code: str
) -> None:
    answer = await finance.post("/v1/rechtstoetsen", CASE | wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_gemeente_adds_a_rule_by_a_decision(finance: Person) -> None:
    tried = await finance.post("/v1/rechtsregels", OWN, dry_run=True)
    assert tried.status_code == 200
    assert (await finance.get("/v1/rechtsregels/L01")).status_code == 404

    first = await finance.post("/v1/rechtsregels", OWN, key="regel")
    again = await finance.post("/v1/rechtsregels", OWN, key="regel")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    made = first.json()
    assert (made["eigen"], made["versie"], made["besluit"]) == (True, 1, OWN["besluit"])
    (version,) = (await finance.seen(first.headers["Location"]))["resultaten"]
    assert version == made

    case = CASE | {"geboortedatum": "2016-01-01", "soort": "kindpakket", "feiten": {}}
    (period,) = (await judged(finance, case))["perioden"]
    assert source_in(period, "SHV")["regel"] == "L01"


async def test_a_gemeente_narrows_a_rule_of_the_council(finance: Person) -> None:
    before = await finance.seen("/v1/rechtsregels")
    made = await finance.done("/v1/rechtsregels/E25/beperkingen", NARROWER)
    assert (made["leeftijdVan"], made["leeftijdTot"]) == (4, 18)
    assert made["grondslag"].endswith("; Raadsbesluit 2026-45")
    versions = (await finance.seen("/v1/rechtsregels/E25"))["resultaten"]
    assert [each["eigen"] for each in versions] == [False, True]
    assert made["id"] == versions[1]["id"]
    rules = (await finance.seen("/v1/rechtsregels"))["resultaten"]
    assert [each["van"] for each in rules if each["regel"] == "E25"] == ["2023-01-01", "2026-10-01"]
    again = await finance.seen("/v1/rechtsregels", regelversie=before["regelversie"])
    assert again == before
    assert (await finance.get("/v1/rechtsregels", regelversie="x")).status_code == 404


# path, body -> code
REFUSED = [
    ("/v1/rechtsregels/E05/beperkingen", NARROWER, "regel-is-wet"),
    ("/v1/rechtsregels/E99/beperkingen", NARROWER, "regel-onbekend"),
    ("/v1/rechtsregels/E25/beperkingen", NARROWER | {"van": "2026-01-01"}, "regel-werkt-terug"),
    ("/v1/rechtsregels/E25/beperkingen", NARROWER | {"leeftijdVan": 0}, "regel-niet-enger"),
    ("/v1/rechtsregels", OWN | {"regel": "E05"}, "regel-nummer-ongeldig"),
    ("/v1/rechtsregels", OWN | {"bronnen": ["BUIG"]}, "regel-verruimt-wet"),
    ("/v1/rechtsregels", OWN | {"bronnen": ["ZVW"]}, "bron-niet-gemeentelijk"),
    ("/v1/rechtsregels", OWN | {"voorwaarden": {"a;b": True}}, "voorwaarde-naam-ongeldig"),
    ("/v1/rechtsregels", OWN | {"leeftijdVan": 18}, "regel-geldt-nooit"),
]


@pytest.mark.parametrize(("path", "body", "code"), REFUSED)
async def test_the_law_is_never_loosened(
    finance: Person, path: str, body: dict[str, Any], code: str
) -> None:
    answer = await finance.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"].endswith(".")


async def test_only_who_moves_money_changes_rules(person: Callable[..., Person]) -> None:
    for role in ("wijkteam", "wethouder", "auditor", "controller", "budgethouder", "privacy"):
        answer = await person(role).post("/v1/rechtsregels", OWN)
        assert answer.status_code == 403, role


async def test_a_plain_booking_on_a_rule_that_forbids_it_is_a_clear_no(
    person: Callable[..., Person],
) -> None:
    finance = person("financieel")
    await finance.done(
        "/v1/boekingsperioden",
        {"van": "2026-01-01", "totEnMet": "2026-12-31", "open": True, "reden": "Boekjaar"},
    )
    body = plain()
    for line in body["regels"]:
        line["grond"] = "E05"
    answer = await finance.post("/v1/boekingen", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "regel-past-niet")
    assert "E05" in answer.json()["detail"]


async def judged(person: Person, case: dict[str, Any]) -> dict[str, Any]:
    answer = await person.post("/v1/rechtstoetsen", case)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def source_in(period: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [each for each in period["oordelen"] if each["bron"] == code]
    return dict(found)
