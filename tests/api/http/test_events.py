"""Registered events over HTTP: who sees them, who registers them, and what they look like."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import make_town

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
