"""Whatever nonsense stands in a field, the answer is a clear no and never a fault of ours."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import council_budget, district_budget, euro, make_town, plain

pytestmark = pytest.mark.postgres

NONSENSE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "x" * 600,
    "\x00",
    "’; DROP TABLE ledger.entry; --",
    "\N{GRINNING FACE}",
    "0001-01-01",
    "9999-12-31",
    "00000000-0000-0000-0000-000000000000",
    [],
    [[]],
    {},
    {"waarde": "9999999999999.99", "valuta": "EUR"},
    {"waarde": "-9999999999999.99", "valuta": "EUR"},
)
_TRIES = 200


async def test_no_field_breaks_us(person: Callable[..., Person], gemeente: str) -> None:
    everyone, chosen = person("financieel", "budgethouder"), random.Random(7)
    town = await make_town(everyone, everyone, gemeente)
    cases = [
        (path, place, value)
        for path, body in orders(town.wijk, town.family, town.draws, town.draw("5.00"))
        for place in places(body)
        for value in NONSENSE
    ]
    bodies = dict(orders(town.wijk, town.family, town.draws, town.draw("5.00")))
    for path, place, value in chosen.sample(cases, _TRIES):
        body = put(bodies[path], place, value)
        dry_run = path != "/v1/boekingsperioden"
        answer = await everyone.post(path, body, dry_run=dry_run)
        assert answer.status_code < 500, (path, place, value, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["detail"]


def orders(
    wijk: str, family: dict[str, Any], draws: str, draw: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give a good body for each address that takes one."""
    line = {"programma": "P1", "taakveld": "6.3", "bedrag": euro("1.00")}
    amounts = [{"middel": "JW-2026", "bedrag": euro("1.00")}]
    yield "/v1/boekingen", {"boekingen": [plain(prestatieVan="2026-03-01", document="x")]}
    yield "/v1/begrotingen", council_budget(JW="1.00")
    yield (
        "/v1/verschuivingen",
        {
            "jaar": 2026,
            "boekdatum": "2026-02-01",
            "besluit": "x",
            "van": {"bron": "JW", **line},
            "naar": {"bron": "ARM", **line},
        },
    )
    yield "/v1/complexreserves", {"boekdatum": "2026-02-01", "bedragen": amounts}
    yield "/v1/wijken", {"wijken": [{"code": wijk, "naam": "x", "inwoners": 1, "huishoudens": 1}]}
    yield "/v1/wijkbudgetten", district_budget(wijk, JW="1.00")
    yield f"/v1/wijkbudgetten/{wijk}/teruggaven", {"boekdatum": "2026-02-01", "bedragen": amounts}
    band = {name: euro("1.00") for name in ("minimum", "norm", "maximum")}
    yield "/v1/gezinstypen", {"gezinstypen": [{"code": "x", "naam": "x", **band}]}
    yield (
        "/v1/gezinnen",
        {
            "wijk": wijk,
            "gezinstype": "standaard",
            "team": "noord",
            "complex": False,
            "van": "2026-01-01",
            "leden": [{"geboortedatum": "1990-01-01"}],
        },
    )
    yield (
        "/v1/gezinsbudgetten",
        {"gezin": family["id"], "jaar": 2027, "bedrag": euro("9000.00"), "reden": "x"},
    )
    yield draws, draw | {"feiten": {"beperking": True}, "document": "x"}
    yield (
        "/v1/boekingsperioden",
        {"van": "2026-01-01", "totEnMet": "2026-12-31", "open": True, "reden": "x"},
    )


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the place of everything in a body."""
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, value in steps:
        yield (*path, step)
        if isinstance(value, dict | list):
            yield from places(value, (*path, step))


def put(body: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Give a copy of a body with something else at a place."""
    changed = copy.deepcopy(body)
    node: Any = changed
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    return changed
