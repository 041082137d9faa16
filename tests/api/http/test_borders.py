"""What is not yours is not there: the same answer, in the same shape, as for what never was.

Made from the description: every address with an id, asked by somebody of another gemeente and by
somebody of another team.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from api.tokens import ROLES
from tests.api.http.conftest import Person
from tests.api.http.requests import NOBODY, Node, Order, orders
from tests.api.http.test_budget_changes import CHANGES, COVERED
from tests.api.http.town import Town, make_town, plain

pytestmark = pytest.mark.postgres

OF_FAMILIES: Final = {
    "gebeurtenissen",
    "gezinnen",
    "gezinsbudgetten",
    "trekkingen",
    "verplichtingen",
}
"""What only the family's own team sees."""

OF_THE_TOWN: Final = OF_FAMILIES | {
    "begrotingswijzigingen",
    "boekingen",
    "openstaande-betalers",
    "rekeningen",
}

Ids = dict[str, str]


@pytest.fixture
async def ids(person: Callable[..., Person], gemeente: str) -> Ids:
    """Give an id of each kind that a lively municipality has."""
    lead, finance = person("budgethouder"), person("financieel")
    town = await make_town(finance, lead, gemeente)
    await fill(finance, lead, town)
    everything = person("auditor", "beheerder", "budgethouder", "controller", "financieel")
    found = {"trekkingen": (await everything.seen(town.draws))["resultaten"][0]["id"]}
    for kind in sorted(OF_THE_TOWN - found.keys()):
        first = (await everything.seen(f"/v1/{kind}"))["resultaten"][0]
        found[kind] = first.get("rekening", first)["id"]
    return found


async def fill(finance: Person, lead: Person, town: Town) -> None:
    """Make something of each kind."""
    await finance.done("/v1/boekingen", plain())
    await finance.done(CHANGES, COVERED)
    help_asked = town.draw("900.00", betaling="verplichting", spoed=True)
    await lead.done(town.draws, help_asked)
    dear = town.draw("9000.00", soort="ggz-behandeling-volwassene", omschrijving="Meer")
    await lead.done(town.draws, dear)
    family = f"/v1/gezinnen/{town.family['id']}"
    move = {"dag": "2026-10-01", "naarGemeente": "GM0150", "reden": "werk"}
    await lead.done(f"{family}/vertrekken", move)


def addresses(document: Node, kinds: set[str]) -> list[str]:
    """Give every path with an id of one of these kinds that somebody can look at."""
    return [
        path
        for path, item in document["paths"].items()
        if "{id}" in path and path.split("/")[1] in kinds and "get" in item
    ]


AN_AMOUNT: Final = {"bedrag": {"waarde": "10.00", "valuta": "EUR"}}
"""What an order needs besides what its shape says: an amount, or lines that give one."""
MORE: Final = {
    "/gezinsbudgetten/{id}/trekkingen": AN_AMOUNT,
    "/verplichtingen/{id}/verhogingen": AN_AMOUNT,
}


def below(document: Node, kinds: set[str]) -> list[Order]:
    """Give every order below an id of one of these kinds."""
    return [
        each for each in orders(document) if each.path.split("/")[1] in kinds and "{" in each.path
    ]


def shape(answer: httpx.Response) -> tuple[int, str]:
    """Give an answer without what names the case: the id that was asked, new ids and the trace."""
    return answer.status_code, re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", answer.text
    )


async def differences(who: Person, document: Node, ids: Ids, kinds: set[str]) -> list[str]:
    """Find where somebody can tell an id that is there from one that is not."""
    found = []
    for path in addresses(document, kinds):
        own = ids[path.split("/")[1]]
        there = await who.get(f"/v1{path.replace('{id}', own)}")
        nothing = await who.get(f"/v1{path.replace('{id}', NOBODY)}")
        if shape(there) != shape(nothing):
            found.append(f"GET {path}: {there.text} and {nothing.text}")
    for order in below(document, kinds):
        own = ids[order.path.split("/")[1]]
        body = order.body | MORE.get(order.path, {})
        there = await who.post(f"/v1{order.path.replace('{id}', own)}", body)
        nothing = await who.post(f"/v1{order.path.replace('{id}', NOBODY)}", body)
        if there.status_code == 400 or shape(there) != shape(nothing):
            found.append(f"POST {order.path}: {there.text} and {nothing.text}")
    return found


async def test_another_gemeente_cannot_tell_what_is_there(
    person: Callable[..., Person], document: Node, ids: Ids, new_gemeente: Callable[[], str]
) -> None:
    stranger = person(*ROLES, teams=("noord",), where=new_gemeente())
    assert len(addresses(document, OF_THE_TOWN)) >= 15
    assert await differences(stranger, document, ids, OF_THE_TOWN) == []


async def test_another_team_cannot_tell_which_families_are_there(
    person: Callable[..., Person], document: Node, ids: Ids
) -> None:
    for role in ("wijkteam", "teamleider"):
        south = person(role, teams=("zuid",))
        assert await differences(south, document, ids, OF_FAMILIES) == []


async def test_no_order_takes_a_field_that_it_does_not_know(
    person: Callable[..., Person], document: Node
) -> None:
    everybody = person(*ROLES, teams=("noord",))
    taken = []
    for order in orders(document):
        path = f"/v1{order.path}".replace("{id}", NOBODY).replace("{regel}", "E01")
        path = path.replace("{wijk}", "WK034401").replace("{aanbieder}", "41000001")
        for field in ("actor", "goedgekeurdDoor", "rollen", "vastgelegdOp"):
            answer = await everybody.post(path, order.body | {field: "GM0344"})
            unknown = {
                each["naam"]
                for each in answer.json().get("ongeldigeVelden", ())
                if each["code"] == "onbekend"
            }
            if answer.status_code != 400 or unknown != {field}:
                taken.append(f"{path} {field}: {answer.text}")
    assert taken == []


def test_nothing_inside_a_body_takes_more_than_it_knows(document: Node) -> None:
    schemas = document["components"]["schemas"]
    seen: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                walk(schemas[name])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for item in document["paths"].values():
        walk(item.get("post", {}).get("requestBody", {}))
    objects = [name for name in seen if schemas[name].get("type") == "object"]
    assert len(objects) > 60
    assert [
        each for each in objects if schemas[each].get("additionalProperties") is not False
    ] == []
