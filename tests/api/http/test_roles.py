"""Who may do what, and whose families somebody sees."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api.tokens import ROLES, sign_token
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import (
    YEAR,
    council_budget,
    district_budget,
    make_town,
    plain,
)

pytestmark = pytest.mark.postgres

_NOBODY = UUID(int=7)

FIGURES = "/v1/rapporten/openstaande-betalers"
MATRIX = "/v1/rapporten/domeinbaten"
REPORTS = {"/v1/rapporten/uitputting", "/v1/rapporten/prijs-en-volume"}

READS = {
    # path: roles that may read it
    "/v1/bronnen": set(ROLES),
    "/v1/taakvelden": set(ROLES),
    "/v1/middelen": set(ROLES),
    "/v1/rechtsregels": set(ROLES),
    "/v1/rechtsregels/E01": set(ROLES),
    "/v1/soorten-hulp": set(ROLES),
    "/v1/instellingen": set(ROLES),
    "/v1/wijken": set(ROLES),
    "/v1/wijkbudgetten": set(ROLES),
    "/v1/begrotingen": set(ROLES),
    "/v1/begrotingswijzigingen": set(ROLES),
    "/v1/raadsbesluiten-nodig": set(ROLES),
    "/v1/complexreserves": set(ROLES),
    "/v1/vervangingen": set(ROLES) - {"wethouder"},
    "/v1/bewaartermijnen": {"beheerder", "privacy"},
    "/v1/gezinnen": set(ROLES) - {"wethouder", "privacy"},
    "/v1/gezinsbudgetten": set(ROLES) - {"wethouder", "privacy"},
    "/v1/gezinstypen": set(ROLES) - {"wethouder", "privacy"},
    "/v1/overgangen": set(ROLES) - {"wethouder", "privacy"},
    "/v1/gebeurtenissen": set(ROLES) - {"wethouder", "privacy"},
    "/v1/aanbieders": set(ROLES) - {"wethouder", "privacy"},
    "/v1/verplichtingen": set(ROLES) - {"wethouder", "privacy"},
    "/v1/contracten": set(ROLES) - {"wethouder", "privacy"},
    "/v1/tarieven": set(ROLES) - {"wethouder", "privacy"},
    "/v1/bandbreedtes": set(ROLES) - {"wethouder", "privacy"},
    "/v1/trekkingen": set(ROLES) - {"wethouder", "privacy"},
    "/v1/signalen": {"auditor", "beheerder", "budgethouder", "controller", "financieel"},
    FIGURES: set(ROLES),
    "/v1/rapporten/uitputting": set(ROLES),
    "/v1/rapporten/prijs-en-volume": {
        "auditor",
        "beheerder",
        "budgethouder",
        "controller",
        "financieel",
    },
    "/v1/overlopende-posten": {
        "auditor",
        "beheerder",
        "budgethouder",
        "controller",
        "financieel",
    },
    "/v1/openstaande-betalers": {
        "auditor",
        "beheerder",
        "budgethouder",
        "controller",
        "financieel",
    },
    **{
        f"/v1/{path}": {"auditor", "beheerder", "budgethouder", "controller", "financieel"}
        for path in (
            *("interventies", "analyseplannen", "kostenhistories", "effectstudies", "domeinbaten"),
            *("baatafspraken", "verrekenvoorstellen", "domeinbudgethouders"),
        )
    },
    MATRIX: set(ROLES),
    "/v1/verrekeningen": {"auditor", "beheerder", "budgethouder", "controller", "financieel"},
    "/v1/boekingen": {"auditor", "beheerder", "budgethouder", "controller", "financieel"},
    "/v1/rekeningen": {"auditor", "beheerder", "budgethouder", "controller", "financieel"},
    "/v1/boekingsperioden": {"auditor", "beheerder", "budgethouder", "controller", "financieel"},
}

COMMON = {
    "/v1/bronnen",
    "/v1/instellingen",
    "/v1/rechtsregels",
    "/v1/rechtsregels/E01",
    "/v1/soorten-hulp",
    "/v1/taakvelden",
}
"""The same for every gemeente, as long as it adds nothing."""

_FAMILIES = {"beheerder", "budgethouder", "teamleider", "wijkteam"}
WRITES = {
    "/v1/boekingsperioden": {"beheerder", "financieel"},
    "/v1/begrotingen": {"beheerder", "financieel"},
    "/v1/verschuivingen": {"beheerder", "financieel"},
    "/v1/begrotingswijzigingen": {"beheerder", "financieel"},
    f"/v1/begrotingswijzigingen/{_NOBODY}/versies": {"beheerder", "financieel"},
    f"/v1/begrotingswijzigingen/{_NOBODY}/vaststellingen": {"beheerder", "financieel"},
    "/v1/complexreserves": {"beheerder", "financieel"},
    "/v1/wijken": {"beheerder", "financieel"},
    "/v1/wijkbudgetten": {"beheerder", "financieel"},
    "/v1/wijkbudgetten/WK000001/teruggaven": {"beheerder", "financieel"},
    "/v1/gezinstypen": {"beheerder", "financieel"},
    "/v1/instellingen": {"beheerder", "financieel"},
    f"/v1/verplichtingen/{_NOBODY}/leveringen": {
        "beheerder",
        "budgethouder",
        "financieel",
        "teamleider",
        "wijkteam",
    },
    f"/v1/verplichtingen/{_NOBODY}/hervattingen": {
        "beheerder",
        "budgethouder",
        "financieel",
        "teamleider",
        "wijkteam",
    },
    f"/v1/verplichtingen/{_NOBODY}/vrijval-overlopend": {"beheerder", "financieel"},
    f"/v1/verplichtingen/{_NOBODY}/vrijval": {
        "beheerder",
        "budgethouder",
        "financieel",
        "teamleider",
        "wijkteam",
    },
    f"/v1/verplichtingen/{_NOBODY}/verhogingen": {
        "beheerder",
        "budgethouder",
        "teamleider",
        "wijkteam",
    },
    f"/v1/verplichtingen/{_NOBODY}/stop": {"beheerder", "budgethouder", "teamleider", "wijkteam"},
    "/v1/aanbieders": {"beheerder", "financieel"},
    "/v1/aanbieders/41000001/standen": {"beheerder", "financieel"},
    "/v1/contracten": {"beheerder", "financieel"},
    "/v1/tarieven": {"beheerder", "financieel"},
    "/v1/bandbreedtes": {"beheerder", "financieel"},
    "/v1/rechtsregels": {"beheerder", "financieel"},
    "/v1/rechtsregels/E25/beperkingen": {"beheerder", "financieel"},
    "/v1/rechtstoetsen": set(ROLES) - {"wethouder", "privacy"},
    **{
        f"/v1/{path}": {"beheerder", "controller", "financieel"}
        for path in (
            *("interventies", "analyseplannen", f"analyseplannen/{_NOBODY}/intrekkingen"),
            *("effectstudies", f"effectstudies/{_NOBODY}/boekingen", "ramingen"),
            f"analyseplannen/{_NOBODY}/terugboekingen",
        )
    },
    "/v1/handtekeningen": {"budgethouder", "controller"},
    **{
        f"/v1/{path}": {"beheerder", "financieel"}
        for path in (
            *("domeinbudgethouders", "baatafspraken", f"baatafspraken/{_NOBODY}/versies"),
            *("verzilverbaarheden", "verrekenvoorstellen"),
            f"verrekenvoorstellen/{_NOBODY}/verzilveringen",
        )
    },
    "/v1/kostenhistories": {"beheerder", "financieel"},
    "/v1/zwaartelijsten": {"beheerder", "financieel"},
    "/v1/boekingen": {"beheerder", "financieel"},
    "/v1/verrekeningen": {"beheerder", "financieel"},
    "/v1/betalingen-aan-gemeenten": {"beheerder", "financieel"},
    f"/v1/openstaande-betalers/{_NOBODY}/claims": {"beheerder", "financieel"},
    f"/v1/openstaande-betalers/{_NOBODY}/aanvaardingen": {"beheerder", "financieel"},
    f"/v1/openstaande-betalers/{_NOBODY}/betwistingen": {"beheerder", "financieel"},
    f"/v1/openstaande-betalers/{_NOBODY}/ontvangsten": {"beheerder", "financieel"},
    f"/v1/openstaande-betalers/{_NOBODY}/afboekingen": {"beheerder", "financieel"},
    f"/v1/openstaande-betalers/{_NOBODY}/blijft": {"beheerder", "financieel"},
    f"/v1/boekingen/{_NOBODY}/tegenboekingen": {"beheerder", "financieel"},
    "/v1/vervangingen": {"teamleider", "wijkteam"},
    f"/v1/vervangingen/{_NOBODY}/beeindigingen": {"teamleider", "wijkteam"},
    "/v1/processing-activities": {"privacy"},
    f"/v1/gezinnen/{_NOBODY}/vernietigingen": {"privacy"},
    "/v1/gezinnen": _FAMILIES,
    "/v1/gezinsbudgetten": {"beheerder", "budgethouder", "financieel", "teamleider", "wijkteam"},
    f"/v1/gezinnen/{_NOBODY}/vertrekken": _FAMILIES,
    f"/v1/gezinnen/{_NOBODY}/indicatie-einden": _FAMILIES,
    f"/v1/gebeurtenissen/{_NOBODY}/intrekkingen": _FAMILIES,
    f"/v1/verplichtingen/{_NOBODY}/herdekkingen": _FAMILIES | {"financieel"},
    f"/v1/gezinsbudgetten/{_NOBODY}/teruggaven": {
        "beheerder",
        "budgethouder",
        "financieel",
        "teamleider",
        "wijkteam",
    },
    f"/v1/trekkingen/{_NOBODY}/beoordelingen": {"budgethouder", "teamleider"},
    f"/v1/gezinsbudgetten/{_NOBODY}/trekkingen": _FAMILIES,
    **{
        f"/v1/gezinnen/{_NOBODY}/{what}": _FAMILIES
        for what in (
            *("leden", "uittredingen", "regisseurs", "verhuizingen"),
            *("splitsingen", "samenvoegingen"),
        )
    },
    f"/v1/gezinnen/{_NOBODY}/grote-vijf": {"budgethouder", "teamleider", "wijkteam"},
    **{
        f"/v1/gezinsbudgetten/{_NOBODY}/{what}": {
            *("beheerder", "budgethouder", "financieel", "teamleider", "wijkteam")
        }
        for what in ("aanvullingen", "akkoorden")
    },
    **{
        f"/v1/gezinsbudgetten/{_NOBODY}/{what}": _FAMILIES
        for what in ("sluitingen", "heropeningen")
    },
}


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_reads_what_it_may(person: Callable[..., Person], role: str) -> None:
    who = person(role, teams=("noord",))
    # 409: whoever may read a report is told that nothing was booked yet.
    allowed = {path for path in READS if (await who.get(path)).status_code in {200, 409}}
    assert allowed == {path for path, roles in READS.items() if role in roles}


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_changes_what_it_may(person: Callable[..., Person], role: str) -> None:
    who = person(role, teams=("noord",))
    refused = {path for path in WRITES if (await who.post(path, {})).status_code == 403}
    assert refused == {path for path, roles in WRITES.items() if role not in roles}


async def test_a_team_sees_its_own_families_only(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    town = await make_town(finance, north, gemeente)
    draw = await north.done(town.draws, town.draw("10.00"))
    nothing = {
        f"/v1/gezinnen/{town.family['id']}": "gezin-onbekend",
        f"/v1/gezinsbudgetten/{town.budget['id']}": "gezinsbudget-onbekend",
        town.draws: "gezinsbudget-onbekend",
        f"/v1/trekkingen/{draw['id']}": "trekking-niet-gevonden",
    }
    for path, code in nothing.items():
        assert (await north.get(path)).status_code == 200
        hidden = await south.get(path)
        assert (hidden.status_code, hidden.json()["code"]) == (404, code)
        nobody = await south.get(path.replace(path.split("/")[3], str(_NOBODY)))
        assert _without_case(hidden.json(), path) == _without_case(nobody.json(), path)
    assert (await south.seen("/v1/gezinnen"))["resultaten"] == []
    assert (await south.seen("/v1/gezinsbudgetten"))["resultaten"] == []


async def test_a_team_changes_its_own_families_only(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    seeing = person("wijkteam", "controller", teams=("zuid",))
    town = await make_town(finance, north, gemeente)
    for who in (south, seeing):
        drawn = await who.post(town.draws, town.draw("10.00"))
        tried = await who.post(town.draws, town.draw("10.00"), dry_run=True)
        back = await who.post(f"/v1/gezinsbudgetten/{town.budget['id']}/teruggaven", {})
        opened = await who.post("/v1/gezinsbudgetten", {"gezin": town.family["id"], "jaar": 2026})
        assert [each.status_code for each in (drawn, tried, back, opened)] == [404] * 4
    order = {
        "wijk": town.wijk,
        "gezinstype": "standaard",
        "team": "noord",
        "leden": [{"geboortedatum": "1990-01-01"}],
    }
    registered = await south.post("/v1/gezinnen", order)
    assert (registered.status_code, registered.json()["code"]) == (403, "team-niet-van-u")


async def test_another_gemeente_is_another_world(
    person: Callable[..., Person], gemeente: str, new_gemeente: Callable[[], str]
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    entry = await finance.done("/v1/boekingen", plain())
    elsewhere = new_gemeente()
    stranger = person("beheerder", where=elsewhere)
    account = entry["regels"][0]["rekening"]["id"]
    for path in (
        f"/v1/boekingen/{entry['id']}",
        f"/v1/rekeningen/{account}",
        f"/v1/rekeningen/{account}/saldo",
        f"/v1/rekeningen/{account}/mutaties",
        f"/v1/gezinnen/{town.family['id']}",
        f"/v1/gezinsbudgetten/{town.budget['id']}",
        town.draws,
    ):
        assert (await stranger.get(path)).status_code == 404
    for path in READS.keys() - COMMON - REPORTS - {FIGURES, MATRIX}:
        assert (await stranger.seen(path))["resultaten"] == []
    for path in REPORTS:
        answer = await stranger.get(path)
        assert answer.status_code == 409 or answer.json()["resultaten"] == []
    assert (await stranger.seen(FIGURES))["aantal"] == 0
    assert (await stranger.seen(MATRIX))["cellen"] == []
    drawn = await stranger.post(town.draws, town.draw("10.00"))
    reversal = {"boekdatum": "2026-03-01", "reden": "x"}
    reversed_ = await stranger.post(f"/v1/boekingen/{entry['id']}/tegenboekingen", reversal)
    assert (drawn.status_code, reversed_.status_code) == (404, 404)


async def test_the_gemeente_never_comes_from_the_body(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    for path, body in (
        ("/v1/boekingen", plain(gemeente="GM0344")),
        ("/v1/begrotingen", council_budget(JW="1.00") | {"gemeente": "GM0344"}),
        ("/v1/boekingsperioden", YEAR | {"gemeente": "GM0344"}),
        ("/v1/wijkbudgetten", district_budget("WK034401", JW="1.00") | {"gemeente": "GM0344"}),
    ):
        answer = await finance.post(path, body)
        assert answer.status_code == 400
        assert [each["naam"] for each in answer.json()["ongeldigeVelden"]] == ["gemeente"]


async def test_finance_sees_pseudonyms_without_birth_dates(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, team = person("financieel"), person("wijkteam", teams=("noord",))
    town = await make_town(finance, team, gemeente)
    path = f"/v1/gezinnen/{town.family['id']}"
    assert (await team.seen(path))["leden"][0]["geboortedatum"] == "1982-03-03"
    assert (await finance.seen(path))["leden"][0]["geboortedatum"] is None


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "Er is geen token"),
        ("Basic eA==", "Er is geen token"),
        ("Bearer", "Er is geen token"),
        ("Bearer onzin", "niet door ons ondertekend"),
    ],
)
async def test_without_a_token_nothing(
    person: Callable[..., Person], header: str, why: str
) -> None:
    client = person("financieel").client
    for path in READS:
        answer = await client.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert why in answer.json()["detail"]


async def test_an_old_token_is_refused(
    person: Callable[..., Person], key_folder: Path, gemeente: str
) -> None:
    token = sign_token(
        key_folder,
        roles=["financieel"],
        gemeente=gemeente,
        teams=[],
        subject="iemand",
        at=NOW - timedelta(hours=2),
        lifetime=timedelta(hours=1),
    )
    client = person("financieel").client
    answer = await client.get("/v1/bronnen", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "niet-aangemeld")
    assert "verlopen" in answer.json()["detail"]


def _without_case(problem: dict[str, object], path: str) -> dict[str, object]:
    """Leave out what names the case itself."""
    own = {"instance", "traceId", "feiten"}
    text = str(problem["detail"])
    for part in (path.split("/")[3], str(_NOBODY)):
        text = text.replace(part, "…")
    return {key: value for key, value in problem.items() if key not in own} | {"detail": text}
