"""A draw above the mandate waits over HTTP, is judged by somebody else, and never for money."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import Town, euro, make_town

pytestmark = pytest.mark.postgres


async def prepared(person: Callable[..., Person], gemeente: str) -> tuple[Town, Person]:
    team = person("wijkteam", teams=("noord",))
    return await make_town(person("financieel"), team, gemeente), team


async def test_a_draw_above_the_mandate_waits_and_is_judged(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team = await prepared(person, gemeente)
    drawn = await team.done(town.draws, town.draw("1000.01"))
    assert (drawn["uitkomst"], drawn["delen"], drawn["boekingen"]) == ("wacht-op-akkoord", [], [])
    assert drawn["mandaat"]["rol"] == "wijkteam"
    assert (drawn["akkoord"]["rol"], drawn["akkoord"]["reden"]) == ("teamleider", "boven-mandaat")
    lead = person("teamleider", teams=("noord",))
    waiting = (await lead.seen("/v1/trekkingen"))["resultaten"]
    assert [each["id"] for each in waiting] == [drawn["id"]]
    path = f"/v1/trekkingen/{drawn['id']}/beoordelingen"
    body = {"oordeel": "akkoord", "boekdatum": "2026-05-01"}
    tried = (await lead.post(path, body, dry_run=True)).json()
    granted = await lead.done(path, body)
    assert granted["uitkomst"] == tried["uitkomst"] == "toegekend"
    assert [each["aanleiding"] for each in granted["besluiten"]] == ["aanvraag", "beoordeling"]
    assert granted["akkoord"] is None
    assert granted["toegekend"] == drawn["bedrag"]
    again = await lead.post(path, body)
    assert (again.status_code, again.json()["code"]) == (409, "trekking-wacht-niet")
    assert (await lead.seen("/v1/trekkingen"))["resultaten"] == []


async def test_the_answer_to_a_second_approval_tells_of_the_second(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team = await prepared(person, gemeente)
    drawn = await team.done(town.draws, town.draw("1000.01", betaling="verplichting"))
    lead = person("teamleider", teams=("noord",))
    path, body = f"/v1/trekkingen/{drawn['id']}/beoordelingen", {"oordeel": "akkoord"}
    await lead.done(path, body)
    more = {"van": drawn["van"], "totEnMet": drawn["totEnMet"], "bedrag": euro("50.00")}
    await team.done(f"/v1/verplichtingen/{drawn['id']}/verhogingen", more | {"reden": "meer"})
    granted = await lead.done(path, body)
    assert granted["toegekend"] == euro("1050.01")
    assert len(granted["besluiten"]) == 4


async def test_a_no_rests_on_anything_but_money(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, team = await prepared(person, gemeente)
    drawn = await team.done(town.draws, town.draw("1000.01"))
    path = f"/v1/trekkingen/{drawn['id']}/beoordelingen"
    lead = person("teamleider", teams=("noord",))
    for body, status, code in (
        ({"oordeel": "afgekeurd", "reden": "budget", "toelichting": "op"}, 400, "invoer-ongeldig"),
        ({"oordeel": "afgekeurd", "toelichting": "op"}, 422, "afkeurreden-ongeldig"),
        ({"oordeel": "afgekeurd", "reden": "nut"}, 422, "afkeurreden-ongeldig"),
        ({"oordeel": "akkoord", "reden": "nut"}, 422, "afkeurreden-ongeldig"),
    ):
        answer = await lead.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    rejected = await lead.done(
        path, {"oordeel": "afgekeurd", "reden": "nut", "toelichting": "Er is al genoeg hulp."}
    )
    assert rejected["uitkomst"] == "afgekeurd"
    assert rejected["zin"] == "Afgekeurd op nut: Er is al genoeg hulp."
    assert rejected["delen"] == []


async def test_nobody_judges_his_own_draw_or_that_of_another_team(
    person: Callable[..., Person], gemeente: str
) -> None:
    town, _ = await prepared(person, gemeente)
    holder = person("budgethouder")
    drawn = await holder.done(town.draws, town.draw("25000.01"))
    path = f"/v1/trekkingen/{drawn['id']}/beoordelingen"
    body = {"oordeel": "akkoord"}
    own = await holder.post(path, body)
    assert (own.status_code, own.json()["code"]) == (403, "eigen-trekking")
    north, south = (person("teamleider", teams=(team,)) for team in ("noord", "zuid"))
    low = await north.post(path, body)
    assert (low.status_code, low.json()["code"]) == (403, "mandaat-te-laag")
    hidden = await south.post(path, body)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "trekking-niet-gevonden")


async def test_urgent_help_and_a_reservation(person: Callable[..., Person], gemeente: str) -> None:
    town, team = await prepared(person, gemeente)
    drawn = await team.done(town.draws, town.draw("2000.00", spoed=True, betaling="verplichting"))
    assert (drawn["uitkomst"], drawn["betaling"], drawn["spoed"]) == (
        "toegekend",
        "verplichting",
        True,
    )
    assert drawn["akkoord"]["rol"] == "teamleider"
    assert len(drawn["boekingen"]) == 1
