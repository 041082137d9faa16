"""Reservations over HTTP: asked in lines, delivered, released, raised and stopped."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.clock import FixedClock
from tests.api.http.conftest import NOW, Person
from tests.api.http.test_nonsense import NONSENSE, places, put
from tests.api.http.test_providers import contract, provider, tariff
from tests.api.http.town import Town, euro, make_town

pytestmark = pytest.mark.postgres

LINE: dict[str, Any] = {
    "productcategorie": "45",
    "productcode": "45A04",
    "eenheid": "uur",
    "volume": "20",
}
JUNE = {"van": "2026-06-01", "totEnMet": "2026-06-30"}


async def reserve(
    holder: Person, town: Town, lines: list[dict[str, Any]] | None = None, **more: Any
) -> Any:
    """Ask for help in June as a reservation; of € 900,00, or in lines."""
    asked = town.draw("900.00", betaling="verplichting", **JUNE, **more)
    if lines is not None:
        del asked["bedrag"]
        asked["regels"] = lines
    return await holder.done(town.draws, asked)


async def test_help_in_lines_is_priced_by_the_contract_and_delivered_by_volume(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    await finance.done("/v1/aanbieders", provider())
    held = (await finance.done("/v1/contracten", contract()))["resultaten"][0]
    await finance.done("/v1/tarieven", tariff(held["id"], "50"))
    await finance.done("/v1/tarieven", tariff(held["id"], "52.5025", van="2026-06-16"))
    draw = await reserve(holder, town, [LINE], aanbieder="41000001", soort="jeugdhulp-ambulant")
    assert draw["bedrag"] == euro("1025.03")
    assert draw["aanbieder"] == "Aanbieder 41000001"
    assert draw["feiten"]["aanbieder-voldoet-aan-kwaliteitskader"] is True
    assert [(each["volume"], each["bedrag"]["waarde"]) for each in draw["regels"]] == [
        ("10.0000", "500.00"),
        ("10.0000", "525.03"),
    ]
    assert {part["taakveld"] for part in draw["delen"]} == {"6.752"}, "bought by the region"
    path = f"/v1/verplichtingen/{draw['id']}"
    order = {"leveringen": [{**JUNE, "van": "2026-06-16", "regelnummer": 2, "volume": "4"}]}
    (delivered,) = (await finance.done(f"{path}/leveringen", order))["resultaten"]
    assert (delivered["uitkomst"], delivered["bedrag"]) == ("geleverd", euro("210.01"))
    seen = await holder.seen(path)
    assert (seen["geleverd"], seen["verplicht"]) == (euro("210.01"), euro("815.02"))
    assert {each["regelnummer"] for each in seen["dekkingsperioden"]} == {1, 2}
    assert [each["tariefversie"] for each in seen["regels"]] == [1, 2]
    assert (await holder.seen(f"{path}/leveringen"))["resultaten"] == [delivered]
    assert (await holder.seen("/v1/verplichtingen"))["resultaten"][0]["id"] == draw["id"]
    raised = await holder.done(
        f"{path}/verhogingen", {**JUNE, "regels": [{**LINE, "volume": "2"}], "reden": "Meer uren"}
    )
    assert [each["nummer"] for each in raised["besluiten"][-1]["regels"]] == [3, 4]
    assert raised["toegekend"] == euro("1127.53")


async def test_a_barred_provider_is_no_help_and_one_below_quality_is_no_youth_help(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    failing = provider(kwaliteitskader="voldoet-niet", reden="Inspectie")
    await finance.done("/v1/aanbieders", failing)
    poor = await reserve(holder, town, aanbieder="aanbieder  41000001")
    assert {part["middel"] for part in poor["delen"]} == {"ARM-2026"}, "E40: JW may not pay"
    barred = {"van": "2026-06-30", "uitgesloten": True, "reden": "Fraude"}
    await finance.done("/v1/aanbieders/41000001/standen", barred)
    refused = await reserve(holder, town, aanbieder="41000001", omschrijving="iets anders")
    assert (refused["uitkomst"], refused["weigering"]) == ("geweigerd", "aanbieder-uitgesloten")
    assert "30-6-2026" in refused["zin"]


BAD_LINES: dict[str, tuple[dict[str, Any], str]] = {
    "no volume": ({"volume": "0"}, "volume-nul"),
    "no price": ({"tarief": {"waarde": "0"}}, "tarief-nul"),
    "unknown price": ({}, "tarief-onbekend"),
    "other days": ({"van": "2026-05-01", "tarief": {"waarde": "1"}}, "regel-buiten-periode"),
    "less than a cent": ({"volume": "0.0001", "tarief": {"waarde": "1"}}, "regelbedrag-nul"),
    "more than any amount": (
        {"volume": "999999999.9999", "tarief": {"waarde": "999999999.9999"}},
        "regels-te-groot",
    ),
}


async def test_a_line_without_a_price_is_refused_with_its_reason(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    for changes, code in BAD_LINES.values():
        found = await reserve(holder, town, [LINE | changes])
        assert (found["uitkomst"], found["weigering"]) == ("geweigerd", code)
        assert found["delen"] == []
    both = [LINE | {"tarief": {"waarde": "50"}}]
    asked = town.draw("900.00", betaling="verplichting", regels=both, **JUNE)
    assert (await holder.done(town.draws, asked))["weigering"] == "bedrag-wijkt-af-van-regels"
    del asked["bedrag"], asked["regels"]
    neither = await holder.post(town.draws, asked)
    assert (neither.status_code, neither.json()["ongeldigeVelden"][0]["naam"]) == (400, "bedrag")


async def test_each_step_answers_as_it_was_then(
    person: Callable[..., Person], gemeente: str, clock: FixedClock
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    path = f"/v1/verplichtingen/{(await reserve(holder, town))['id']}"
    part = {**JUNE, "totEnMet": "2026-06-10"}
    steps = {
        "leveringen": {"leveringen": [part | {"bedrag": euro("200.00"), "document": "F1"}]},
        "vrijval": {"bedrag": euro("100.00"), "reden": "Minder uren"},
        "verhogingen": {**JUNE, "bedrag": euro("50.00"), "reden": "Toch meer"},
        "stop": {"eersteDagZonder": "2026-06-16", "reden": "Verhuisd"},
    }
    answers = {}
    for minute, (step, body) in enumerate(steps.items(), 1):
        clock.move_to(NOW + timedelta(minutes=minute))
        tried = await holder.post(f"{path}/{step}", body, dry_run=True)
        assert tried.status_code == 200, tried.text
        answers[step] = await holder.post(f"{path}/{step}", body, key=step)
        assert answers[step].status_code == 201, answers[step].text
    stopped = answers["stop"].json()
    assert (stopped["uitkomst"], stopped["toegekend"]) == ("gestopt", euro("950.00"))
    assert stopped["zin"].endswith(" valt vrij. Reden: Verhuisd")
    assert [each["aanleiding"] for each in stopped["besluiten"]] == [
        "aanvraag",
        "vrijval",
        "verhoging",
        "stop",
    ]
    for step, body in steps.items():
        again = await holder.post(f"{path}/{step}", body, key=step)
        assert again.content == answers[step].content, step
    late = await holder.done(
        f"{path}/leveringen", {"leveringen": [{**JUNE, "bedrag": euro("1.00")}]}
    )
    assert late["resultaten"][0]["weigering"] == "levering-buiten-periode"
    held = await holder.seen(path)
    assert (held["uitkomst"], held["totEnMet"]) == ("gestopt", "2026-06-15")


async def test_other_teams_see_no_reservation(person: Callable[..., Person], gemeente: str) -> None:
    finance, north = person("financieel"), person("wijkteam", teams=("noord",))
    south = person("wijkteam", teams=("zuid",))
    town = await make_town(finance, north, gemeente)
    path = f"/v1/verplichtingen/{(await reserve(north, town))['id']}"
    assert (await north.get(path)).status_code == 200
    assert (await south.seen("/v1/verplichtingen"))["resultaten"] == []
    for reading in (path, f"{path}/leveringen"):
        assert (await south.get(reading)).status_code == 404
    writes = {
        "leveringen": {"leveringen": [{**JUNE, "bedrag": euro("1.00")}]},
        "hervattingen": {"leveringen": [town.budget["id"]]},
        "vrijval": {"reden": "x"},
        "stop": {"eersteDagZonder": "2026-06-16", "reden": "x"},
        "verhogingen": {**JUNE, "bedrag": euro("1.00"), "reden": "x"},
    }
    for step, body in writes.items():
        hidden = await south.post(f"{path}/{step}", body)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "trekking-niet-gevonden"), step
    waits = await north.post(f"{path}/hervattingen", writes["hervattingen"])
    assert (waits.status_code, waits.json()["code"]) == (409, "levering-wacht-niet")


async def test_no_field_breaks_us(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel", "budgethouder")
    town = await make_town(finance, finance, gemeente)
    path = f"/v1/verplichtingen/{(await reserve(finance, town))['id']}"
    own = LINE | {"tarief": euro("50.00"), "afronding": "half-omhoog", **JUNE}
    bodies: dict[str, dict[str, Any]] = {
        town.draws: town.draw("1.00", betaling="verplichting", regels=[own], **JUNE),
        "/v1/aanbieders": provider(),
        "/v1/contracten": contract(),
        "/v1/tarieven": tariff(town.budget["id"], "50"),
        f"{path}/leveringen": {"leveringen": [{**JUNE, "bedrag": euro("1.00"), "document": "x"}]},
        f"{path}/hervattingen": {"leveringen": [town.budget["id"]]},
        f"{path}/vrijval": {"bedrag": euro("1.00"), "regelnummer": 1, "reden": "x"},
        f"{path}/verhogingen": {**JUNE, "bedrag": euro("1.00"), "regels": [own], "reden": "x"},
        f"{path}/stop": {"eersteDagZonder": "2026-06-16", "reden": "x"},
    }
    cases = [
        (address, place, value)
        for address, body in bodies.items()
        for place in places(body)
        for value in NONSENSE
    ]
    for address, place, value in random.Random(7).sample(cases, 150):
        answer = await finance.post(address, put(bodies[address], place, value), dry_run=True)
        assert answer.status_code < 500, (address, place, value, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["detail"]
