"""Who repeats a request hears what was answered then, whatever became of the matter since."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.clock import FixedClock
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import Town, euro, make_town

pytestmark = pytest.mark.postgres


@pytest.fixture
def later(clock: FixedClock) -> Callable[[], None]:
    """Let some time go by, so that what comes next is known later."""
    moments = (NOW + timedelta(hours=each) for each in range(1, 8))
    return lambda: clock.move_to(next(moments))


@pytest.fixture
def team(person: Callable[..., Person]) -> Person:
    return person("wijkteam", teams=("noord",))


@pytest.fixture
async def town(person: Callable[..., Person], team: Person, gemeente: str) -> Town:
    return await make_town(person("financieel"), team, gemeente)


async def repeated(who: Person, path: str, body: Any, first: httpx.Response) -> None:
    """Ask the same again, and hear the same."""
    again = await who.post(path, body, key="dezelfde")
    assert (first.status_code, again.status_code) == (201, 201), (first.text, again.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


async def test_who_gave_the_family_to_another_team_hears_so_again(town: Town, team: Person) -> None:
    path = f"/v1/gezinnen/{town.family['id']}/regisseurs"
    order = {"naam": "s.de-boer", "team": "zuid"}
    first = await team.post(path, order, key="dezelfde")
    assert (await team.get(f"/v1/gezinnen/{town.family['id']}")).status_code == 404
    await repeated(team, path, order, first)


async def test_what_was_asked_for_a_family_is_told_after_it_went_to_another_team(
    town: Town, team: Person
) -> None:
    order = town.draw("250.00")
    first = await team.post(town.draws, order, key="dezelfde")
    path = f"/v1/gezinnen/{town.family['id']}/regisseurs"
    await team.done(path, {"naam": "s.de-boer", "team": "zuid"})
    await repeated(team, town.draws, order, first)


async def test_an_answer_about_a_family_is_the_one_of_its_own_moment(
    town: Town, team: Person, later: Callable[[], None]
) -> None:
    here = f"/v1/gezinnen/{town.family['id']}"
    south = f"{town.wijk[:-2]}02"
    birth = {"geboortedatum": "2009-05-15", "van": "2026-02-01"}
    first = await team.post(f"{here}/leden", birth, key="dezelfde")
    person = first.json()["leden"][1]["persoon"]
    later()
    await team.done(f"{here}/regisseurs", {"naam": "m.jansen", "van": "2026-03-01"})
    await team.done(f"{here}/uittredingen", {"persoon": person, "van": "2026-04-01"})
    await team.done(f"{here}/leden", {"geboortedatum": "2026-08-15", "van": "2026-08-15"})
    later()
    await team.done(f"{here}/regisseurs", {"naam": "s.de-boer", "van": "2026-05-01"})
    assert (await team.seen(here))["regisseur"] == "s.de-boer"
    assert south not in first.text
    await repeated(team, f"{here}/leden", birth, first)


async def test_an_answer_about_the_big_five_is_the_one_of_its_own_moment(
    town: Town, team: Person, later: Callable[[], None]
) -> None:
    here = f"/v1/gezinnen/{town.family['id']}"
    grown = await team.done(f"{here}/leden", {"geboortedatum": "2009-05-15", "van": "2026-02-01"})
    youngster = grown["leden"][1]["persoon"]
    order = {"persoon": youngster, "onderdelen": [{"onderdeel": "wonen", "stand": "geregeld"}]}
    first = await team.post(f"{here}/grote-vijf", order, key="dezelfde")
    later()
    more = [{"onderdeel": "wonen", "stand": "niet-geregeld"}]
    await team.done(f"{here}/grote-vijf", {"persoon": youngster, "onderdelen": more})
    await team.done(f"{here}/uittredingen", {"persoon": youngster})
    await repeated(team, f"{here}/grote-vijf", order, first)


async def test_an_answer_about_a_budget_names_the_team_and_wijk_of_its_own_moment(
    town: Town, team: Person, person: Callable[..., Person], later: Callable[[], None]
) -> None:
    south = f"{town.wijk[:-2]}02"
    await person("beheerder").done("/v1/wijken", {"wijken": [{"code": south, "naam": "Wijk 02"}]})
    path = f"/v1/gezinsbudgetten/{town.budget['id']}/aanvullingen"
    order = {"bedrag": euro("10.00"), "reden": "fiets"}
    first = await team.post(path, order, key="dezelfde")
    assert (first.json()["wijk"], first.json()["team"]) == (town.wijk, "noord")
    later()
    here = f"/v1/gezinnen/{town.family['id']}"
    await team.done(f"{here}/verhuizingen", {"wijk": south})
    await team.done(f"{here}/regisseurs", {"naam": "s.de-boer", "team": "zuid"})
    await repeated(team, path, order, first)


async def test_an_answer_about_an_event_is_the_one_of_its_own_moment(
    town: Town, team: Person, later: Callable[[], None]
) -> None:
    path = f"/v1/gezinnen/{town.family['id']}/vertrekken"
    order = {"dag": "2026-12-01", "naarGemeente": "GM0150", "reden": "werk"}
    order["persoon"] = town.family["leden"][0]["persoon"]
    first = await team.post(path, order, key="dezelfde")
    later()
    withdrawal = f"/v1/gebeurtenissen/{first.json()['id']}/intrekkingen"
    assert (await team.done(withdrawal, {"reden": "blijft"}))["ingetrokkenOp"]
    await repeated(team, path, order, first)
