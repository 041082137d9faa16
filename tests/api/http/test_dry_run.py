"""With proef=true everything is worked out and nothing is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import council_budget, district_budget, euro, make_town, plain

pytestmark = pytest.mark.postgres


async def test_a_dry_run_answers_and_leaves_nothing(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    entry = await finance.done("/v1/boekingen", plain("1.00"))
    before = await standing(finance)
    lid = {"geboortedatum": "1990-01-01"}
    family = {"wijk": town.wijk, "gezinstype": "standaard", "team": "noord", "leden": [lid]}
    kind = {
        "code": "klein",
        "naam": "Klein",
        "minimum": euro("1.00"),
        "norm": euro("2.00"),
        "maximum": euro("3.00"),
    }
    reserve = {
        "boekdatum": "2026-02-01",
        "bedragen": [{"middel": "JW-2026", "bedrag": euro("1.00")}],
    }
    line = {"programma": "P1", "taakveld": "6.3", "bedrag": euro("1.00")}
    shift = {
        "jaar": 2026,
        "boekdatum": "2026-02-01",
        "van": {"bron": "JW", **line},
        "naar": {"bron": "ARM", **line},
    }
    orders: list[tuple[Person, str, dict[str, Any]]] = [
        (finance, "/v1/boekingen", plain()),
        (finance, "/v1/boekingen", {"boekingen": [plain(), plain(boekdatum="2031-01-01")]}),
        (
            finance,
            f"/v1/boekingen/{entry['id']}/tegenboekingen",
            {"boekdatum": "2026-03-02", "reden": "Proef"},
        ),
        (finance, "/v1/begrotingen", council_budget(WMO="1.00")),
        (finance, "/v1/verschuivingen", shift),
        (finance, "/v1/complexreserves", reserve),
        (finance, "/v1/wijken", {"wijken": [{"code": f"{town.wijk[:6]}99", "naam": "Nieuw"}]}),
        (finance, "/v1/wijkbudgetten", district_budget(town.wijk, JW="1.00")),
        (finance, f"/v1/wijkbudgetten/{town.wijk}/teruggaven", reserve),
        (finance, "/v1/gezinstypen", {"gezinstypen": [kind]}),
        (holder, "/v1/gezinnen", family),
        (holder, "/v1/gezinsbudgetten", {"gezin": town.family["id"], "jaar": 2027}),
        (holder, f"/v1/gezinsbudgetten/{town.budget['id']}/teruggaven", {}),
        (holder, town.draws, town.draw("5.00")),
        (holder, town.draws, {"trekkingen": [_without_date(town.draw("5.00"))]}),
    ]
    for who, path, body in orders:
        answer = await who.post(path, body, dry_run=True)
        assert answer.status_code == 200, (path, answer.text)
        assert "idempotent-replayed" not in answer.headers
        assert "location" not in answer.headers
    assert await standing(finance) == before


async def test_a_dry_run_refuses_as_the_real_thing(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    for path, body, status in (
        ("/v1/boekingen", plain(boekdatum="2031-01-01"), 409),
        ("/v1/wijkbudgetten", district_budget(town.wijk, JW="80000.01"), 409),
        ("/v1/begrotingen", council_budget(XX="1.00"), 422),
    ):
        assert (await finance.post(path, body, dry_run=True)).status_code == status


async def test_a_dry_run_of_a_draw_tells_what_the_draw_would_tell(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    tried = (await holder.post(town.draws, town.draw("500.00"), dry_run=True)).json()
    done = await holder.done(town.draws, town.draw("500.00"))
    own = {"id", "boekingen"}
    (decision,) = done["besluiten"]
    decision["boekingen"] = []
    assert {k: v for k, v in tried.items() if k not in own} == {
        k: v for k, v in done.items() if k not in own
    }
    assert (tried["id"], tried["boekingen"]) == (None, [])


async def test_a_dry_run_of_a_draw_refuses_the_booking_date_that_the_draw_refuses(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    for body in (
        town.draw("5.00") | {"boekdatum": "2031-01-01"},
        {"boekdatum": "2031-01-01", "trekkingen": [_without_date(town.draw("5.00"))]},
    ):
        for dry_run in (True, False):
            answer = await holder.post(town.draws, body, dry_run=dry_run)
            assert (answer.status_code, answer.json()["code"]) == (409, "periode-onbekend")


async def test_a_reversed_draw_says_so_and_may_be_asked_for_again(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    first = await holder.done(town.draws, town.draw("5.00"))
    assert (first["uitkomst"], first["teruggeboekt"]) == ("toegekend", False)
    await finance.done(
        f"/v1/boekingen/{first['boekingen'][0]}/tegenboekingen",
        {"boekdatum": "2026-05-03", "reden": "Verkeerd gezin"},
    )
    assert (await holder.seen(f"/v1/trekkingen/{first['id']}"))["teruggeboekt"] is True
    second = await holder.done(town.draws, town.draw("5.00"))
    assert (second["uitkomst"], second["teruggeboekt"]) == ("toegekend", False)
    listed = (await holder.seen(town.draws))["resultaten"]
    assert [each["teruggeboekt"] for each in listed] == [True, False]


async def test_a_draw_knows_its_list_and_its_entries(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    body = {
        "boekdatum": "2026-05-02",
        "trekkingen": [
            _without_date(town.draw("5.00", omschrijving="Een")),
            _without_date(town.draw("0.00", omschrijving="Twee")),
            _without_date(town.draw("7.00", omschrijving="Drie")),
        ],
    }
    answer = await holder.done(town.draws, body)
    outcomes = [each["uitkomst"] for each in answer["resultaten"]]
    assert outcomes == ["toegekend", "geweigerd", "toegekend"]
    assert (await holder.seen(town.draws))["resultaten"] == answer["resultaten"]
    for each in answer["resultaten"]:
        assert await holder.seen(f"/v1/trekkingen/{each['id']}") == each
        for entry in each["boekingen"]:
            assert (await holder.seen(f"/v1/boekingen/{entry}"))["boekdatum"] == "2026-05-02"
    back = await holder.done(f"/v1/gezinsbudgetten/{town.budget['id']}/teruggaven", {})
    returned = sum(
        int(line["credit"]["waarde"].replace(".", ""))
        for line in back["boeking"]["regels"]
        if line["credit"]
    )
    assert returned == 898_800
    nothing = await holder.done(f"/v1/gezinsbudgetten/{town.budget['id']}/teruggaven", {})
    assert nothing["boeking"] is None


async def standing(who: Person) -> dict[str, Any]:
    """Read everything that a dry run could have changed."""
    paths = (
        "/v1/middelen",
        "/v1/wijken",
        "/v1/wijkbudgetten",
        "/v1/begrotingen",
        "/v1/gezinstypen",
        "/v1/gezinnen",
        "/v1/gezinsbudgetten",
        "/v1/boekingen",
    )
    return {path: await who.seen(path) for path in paths}


def _without_date(draw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in draw.items() if name != "boekdatum"}
