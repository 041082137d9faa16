"""Registered events over HTTP: who sees them, who registers them, and what they look like."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import council_budget, district_budget, euro, make_town

pytestmark = pytest.mark.postgres


async def test_a_move_and_an_indication_end_are_registered_listed_and_withdrawn(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    town = await make_town(finance, north, gemeente)
    family = f"/v1/gezinnen/{town.family['id']}"
    member = town.family["leden"][0]["persoon"]
    moving = await north.done(
        f"{family}/vertrekken", {"dag": "2026-10-01", "naarGemeente": "GM0150", "reden": "werk"}
    )
    assert (moving["soort"], moving["naarGemeente"], moving["persoon"]) == (
        "vertrek",
        "GM0150",
        None,
    )
    ending = await north.done(
        f"{family}/indicatie-einden",
        {"persoon": member, "dag": "2026-10-01", "feit": "ciz-indicatie"},
    )
    assert (ending["soort"], ending["feit"], ending["waarde"]) == (
        "einde-indicatie",
        "ciz-indicatie",
        False,
    )
    seen = (await north.seen("/v1/gebeurtenissen"))["resultaten"]
    assert seen == [moving, ending]
    assert (await south.seen("/v1/gebeurtenissen"))["resultaten"] == []
    withdrawal = f"/v1/gebeurtenissen/{moving['id']}/intrekkingen"
    hidden = await south.post(withdrawal, {"reden": "x"})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "gebeurtenis-niet-gevonden")
    withdrawn = await north.done(withdrawal, {"reden": "blijft toch"})
    assert withdrawn["ingetrokkenOp"] is not None
    again = await north.post(withdrawal, {"reden": "blijft toch"})
    assert (again.status_code, again.json()["code"]) == (409, "gebeurtenis-al-ingetrokken")


async def test_a_team_registers_for_its_own_families_only(
    person: Callable[..., Person], gemeente: str
) -> None:
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    town = await make_town(person("financieel"), north, gemeente)
    path = f"/v1/gezinnen/{town.family['id']}/vertrekken"
    body = {"dag": "2026-10-01", "naarGemeente": "GM0150"}
    hidden = await south.post(path, body)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "gezin-onbekend")
    tried = await north.post(path, body, dry_run=True)
    assert tried.status_code == 200
    assert (await north.seen("/v1/gebeurtenissen"))["resultaten"] == []


async def test_what_is_coming_is_listed_with_the_euros_that_change_payer(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    town = await make_town(finance, north, gemeente)
    days = {"van": "2026-10-01", "totEnMet": "2026-10-30", "betaling": "verplichting"}
    draw = await north.done(town.draws, town.draw("300.00", **days))
    await north.done(
        f"/v1/gezinnen/{town.family['id']}/vertrekken",
        {"dag": "2026-10-16", "naarGemeente": "GM0150"},
    )
    seen = await north.seen("/v1/overgangen", binnen=6)
    assert (seen["van"], seen["totEnMet"]) == ("2026-09-01", "2027-03-01")
    (coming,) = [each for each in seen["resultaten"] if each["soort"] == "vertrek"]
    assert (coming["dag"], coming["naarGemeente"]) == ("2026-10-16", "GM0150")
    assert coming["trekkingen"] == [draw["id"]]
    assert {each["naarBetaler"] for each in coming["wisselingen"]} == {"GM0150"}
    assert sum(float(each["bedrag"]["waarde"]) for each in coming["wisselingen"]) == 150
    assert [each["binnen"] for each in seen["totalen"]] == [3, 6]
    assert seen["totalen"][0]["wisselingen"] == coming["wisselingen"]
    hidden = await south.seen("/v1/overgangen", binnen=6)
    assert [each["soort"] for each in hidden["resultaten"] if each["gezin"]] == []
    wrong = await north.get("/v1/overgangen", binnen=25)
    assert wrong.status_code == 400


async def test_help_without_cover_finds_it_after_a_budget(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    town = await make_town(finance, north, gemeente)
    days = {"van": "2027-02-01", "totEnMet": "2027-02-28", "betaling": "verplichting"}
    draw = await north.done(town.draws, town.draw("300.00", **days))
    path = f"/v1/verplichtingen/{draw['id']}/herdekkingen"
    hidden = await south.post(path, {})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "trekking-niet-gevonden")
    empty = await north.done(path, {})
    assert (empty["herdekt"], empty["zin"]) == (
        False,
        "Er is niets te dekken, of nog geen ruimte; aan de hulp verandert niets.",
    )
    year = {"van": "2027-01-01", "totEnMet": "2027-12-31", "open": True, "reden": "Boekjaar"}
    await finance.done("/v1/boekingsperioden", year)
    booked = {"boekdatum": "2027-01-02"}
    budget = council_budget(ARM="900.00") | {"jaar": 2027} | booked
    await finance.done("/v1/begrotingen", budget)
    filled = district_budget(town.wijk) | booked
    filled["wijken"][0]["bedragen"] = [{"middel": "ARM-2027", "bedrag": euro("900.00")}]
    await finance.done("/v1/wijkbudgetten", filled)
    found = await north.done(path, booked)
    assert found["herdekt"] is True
    stands = await north.seen(f"/v1/trekkingen/{draw['id']}")
    assert stands["besluiten"][-1]["aanleiding"] == "herdekking"
    assert stands["besluiten"][-1]["delen"][0]["middel"] == "ARM-2027"
    assert stands["toegekend"] == draw["toegekend"]


async def test_nobody_moves_to_a_gemeente_that_is_not_there(
    person: Callable[..., Person], gemeente: str
) -> None:
    north = person("wijkteam", teams=("noord",))
    town = await make_town(person("financieel"), north, gemeente)
    path = f"/v1/gezinnen/{town.family['id']}/vertrekken"
    for order, code in (
        ({"dag": "2026-10-01", "naarGemeente": "GM9999"}, "gemeente-onbekend"),
        ({"dag": town.family["geopendOp"], "naarGemeente": "GM0150"}, "dag-niet-na-begin"),
    ):
        refused = await north.post(path, order)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_team_lead_looks_ahead_for_his_own_team_only(
    person: Callable[..., Person], gemeente: str
) -> None:
    north = person("teamleider", teams=("noord",))
    town = await make_town(person("financieel"), north, gemeente)
    path = f"/v1/gezinnen/{town.family['id']}/vertrekken"
    await north.done(path, {"dag": "2026-10-01", "naarGemeente": "GM0150"})
    assert "vertrek" in [
        each["soort"] for each in (await north.seen("/v1/overgangen"))["resultaten"]
    ]
    south = person("teamleider", teams=("zuid",))
    ahead = (await south.seen("/v1/overgangen"))["resultaten"]
    assert [each for each in ahead if each["gezin"] is not None] == []
