"""Asking twice is doing once, whoever asks, and however often at one moment."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import council_budget, euro, make_money, make_town, plain

pytestmark = pytest.mark.postgres


async def test_the_same_order_gives_the_same_answer_once(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, team = person("financieel"), person("wijkteam", teams=("noord",))
    town = await make_town(finance, team, gemeente)
    body = town.draw("250.00")
    first = await team.post(town.draws, body, key="k")
    await team.done(town.draws, town.draw("10.00", omschrijving="Iets anders"))
    again = await team.post(town.draws, body, key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    budget = await team.seen(f"/v1/gezinsbudgetten/{town.budget['id']}")
    assert budget["ruimte"] == euro("8740.00")


async def test_an_answer_about_a_budget_is_the_one_of_its_own_moment(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    order = {"gezin": town.family["id"], "jaar": 2026, "boekdatum": "2026-01-05"}
    refused = await holder.post("/v1/gezinsbudgetten", order, key="nog-een")
    assert (refused.status_code, refused.json()["code"]) == (409, "gezinsbudget-bestaat-al")
    await holder.done(town.draws, town.draw("250.00"))
    again = await holder.post("/v1/gezinsbudgetten", order, key="sleutel-2")
    assert again.json() == town.budget
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("address", ["boekingen", "begrotingen", "wijkbudgetten", "trekkingen"])
async def test_ten_equal_orders_at_one_moment_are_one(
    person: Callable[..., Person], gemeente: str, address: str
) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    orders: dict[str, tuple[Person, str, Any]] = {
        "boekingen": (finance, "/v1/boekingen", plain()),
        "begrotingen": (finance, "/v1/begrotingen", council_budget(WMO="7.00")),
        "wijkbudgetten": (
            finance,
            "/v1/wijkbudgetten",
            {
                "boekdatum": "2026-02-01",
                "toelichting": "Alles wat er is",
                "wijken": [
                    {
                        "wijk": town.wijk,
                        "bedragen": [{"middel": "JW-2026", "bedrag": euro("80000.00")}],
                    }
                ],
            },
        ),
        "trekkingen": (holder, town.draws, town.draw("9000.00")),
    }
    who, path, body = orders[address]
    answers = await asyncio.gather(*(who.post(path, body, key="tegelijk") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer.headers.get("idempotent-replayed") for answer in answers]
    assert sorted(map(str, replayed)) == ["None", *["true"] * 9]


async def test_the_same_key_with_other_content_is_refused(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    for path, one, other in (
        ("/v1/boekingen", plain("1.00"), plain("2.00")),
        ("/v1/begrotingen", council_budget(WMO="1.00"), council_budget(WMO="2.00")),
    ):
        key = f"hergebruikt-{path.rpartition('/')[2]}"
        assert (await finance.post(path, one, key=key)).status_code == 201
        answer = await finance.post(path, other, key=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "sleutel-hergebruikt")


async def test_keys_of_two_people_are_two_keys(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, manager = person("financieel"), person("beheerder")
    await make_money(finance, gemeente)
    one = await finance.post("/v1/boekingen", plain("1.00"), key="k")
    other = await manager.post("/v1/boekingen", plain("2.00"), key="k")
    assert (one.status_code, other.status_code) == (201, 201)


@pytest.mark.parametrize("key", ["", "met spatie", "é", "x" * 201])
async def test_money_does_not_move_without_a_usable_key(
    person: Callable[..., Person], key: str
) -> None:
    finance = person("financieel")
    headers = [(b"authorization", f"Bearer {finance.token}".encode())]
    if key:
        headers.append((b"idempotency-key", key.encode()))
    for path, body in (
        ("/v1/boekingen", plain()),
        ("/v1/begrotingen", council_budget(JW="1.00")),
    ):
        answer = await finance.client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (
            400,
            "idempotentiesleutel-ontbreekt",
        )


async def test_spaces_and_order_in_the_body_do_not_make_it_another_order(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    body = plain()
    turned = dict(reversed(list(body.items())))
    first = await finance.post("/v1/boekingen", body, key="k")
    again = await finance.post("/v1/boekingen", turned, key="k")
    assert again.content == first.content
