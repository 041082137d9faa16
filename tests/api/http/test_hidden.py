"""Whoever has no right to a family never learns that it exists: the same answer, the same shape."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tests.api.http.conftest import Person
from tests.api.http.town import Town, euro, make_town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

OF_FAMILIES: Final = ("gezinnen", "gezinsbudgetten", "trekkingen", "verplichtingen")
NOBODY: Final = UUID(int=9)
DAYS: Final = {"van": "2026-05-01", "totEnMet": "2026-05-01"}

BODIES: Final[Mapping[str, Any]] = {
    "leden": {"geboortedatum": "2020-01-01"},
    "uittredingen": {"persoon": str(NOBODY)},
    "regisseurs": {"naam": "s.de-boer", "team": "zuid"},
    "verhuizingen": {"wijk": "WK000001"},
    "grote-vijf": {
        "persoon": str(NOBODY),
        "onderdelen": [{"onderdeel": "wonen", "stand": "geregeld"}],
    },
    "splitsingen": {"personen": [str(NOBODY)], "team": "zuid"},
    "samenvoegingen": {"gezin": str(NOBODY)},
    "vertrekken": {"naarGemeente": "GM0363", "dag": "2026-12-01", "reden": "Verhuizing"},
    "indicatie-einden": {
        "persoon": str(NOBODY),
        "feit": "wlz-recht",
        "waarde": False,
        "dag": "2026-12-01",
        "reden": "Voorbij",
    },
    "akkoorden": {"voorstel": 1},
    "aanvullingen": {"bedrag": euro("10.00"), "reden": "Meer"},
    "teruggaven": {},
    "sluitingen": {"reden": "Klaar"},
    "heropeningen": {"reden": "Toch niet klaar"},
    "trekkingen": {
        **DAYS,
        "personen": [str(NOBODY)],
        "soort": "maatwerk",
        "bedrag": euro("10.00"),
        "aanbieder": "Aanbieder",
        "omschrijving": "Hulp",
        "reden": "Geen voorliggende voorziening op tijd",
        "boekdatum": "2026-05-01",
    },
    "beoordelingen": {"oordeel": "akkoord"},
    "leveringen": {
        "leveringen": [{**DAYS, "bedrag": euro("1.00")}],
        "boekdatum": "2026-05-01",
    },
    "hervattingen": {"leveringen": [str(NOBODY)]},
    "vrijval": {"bedrag": euro("1.00"), "reden": "Minder"},
    "verhogingen": {**DAYS, "bedrag": euro("1.00"), "reden": "Meer"},
    "stop": {"eersteDagZonder": "2026-05-01", "reden": "Klaar"},
    "herdekkingen": {},
    "toewijzingen": {"wet": "jw"},
    "vernietigingen": {"besluit": "B&W 1"},
}
"""A body for each order on a family, by the last word of its address."""


@pytest.fixture
def north(person: Callable[..., Person]) -> Person:
    return person("wijkteam", teams=("noord",))


@pytest.fixture
async def town(person: Callable[..., Person], north: Person, gemeente: str) -> Town:
    return await make_town(person("financieel"), north, gemeente)


def shape(answer: httpx.Response, *ids: str) -> tuple[int, object]:
    """Give what an answer says apart from its own name and the ids that were asked for."""
    text = answer.text
    for each in ids:
        text = text.replace(each, "…")
    text = re.sub(r'"(instance|traceId)":"[^"]*"', "", text)
    headers = sorted({*answer.headers} - {"content-length"})
    return answer.status_code, (text, headers)


def addresses(app: Litestar) -> list[tuple[str, str]]:
    """Give every address with an id of a family, a budget or a draw, with its methods."""
    return [
        (method, route.path_format)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get("roles") is not None
        for method in handler.http_methods
        if method in {"GET", "POST"}
        and route.path_format.startswith(tuple(f"/v1/{each}/" for each in OF_FAMILIES))
    ]


@pytest.mark.parametrize("role", ["wijkteam", "wethouder", "budgethouder"])
async def test_a_family_of_others_answers_as_one_that_is_not_there(
    app: Litestar,
    person: Callable[..., Person],
    north: Person,
    town: Town,
    new_gemeente: Callable[[], str],
    role: str,
) -> None:
    draw = await north.done(town.draws, town.draw("10.00", betaling="verplichting"))
    ids = {"gezinnen": town.family["id"], "gezinsbudgetten": town.budget["id"]}
    where = {"where": new_gemeente()} if role == "budgethouder" else {}
    stranger = person(role, teams=("zuid",), **where)
    asked = addresses(app)
    assert len(asked) > 30
    told = []
    for method, address in asked:
        real = ids.get(address.split("/")[2], draw["id"])
        answers = []
        for one in (real, str(NOBODY).replace("0", "1")):
            path = re.sub(r"\{[^}]*\}", one, address, count=1)
            path = re.sub(r"\{[^}]*\}", "1", path)
            if method == "GET":
                answers.append(shape(await stranger.get(path), one))
                continue
            body = BODIES[address.rsplit("/", 1)[-1]]
            answers.append(shape(await stranger.post(path, body), one))
            answers.append(shape(await stranger.post(path, body, dry_run=True), one))
        half = len(answers) // 2
        assert answers[:half] == answers[half:], (method, address)
        told += [(status, method, address) for status, _ in answers if status not in {403, 404}]
    assert told == []


async def test_ids_of_others_in_a_body_are_ids_of_nobody(
    person: Callable[..., Person], north: Person, town: Town
) -> None:
    south = person("wijkteam", teams=("zuid",))
    own = await south.done(
        "/v1/gezinnen",
        {
            "wijk": town.wijk,
            "gezinstype": "standaard",
            "team": "zuid",
            "van": "2026-01-01",
            "leden": [{"geboortedatum": "1990-01-01"}, {"geboortedatum": "2009-01-01"}],
        },
    )
    budget = await south.done(
        "/v1/gezinsbudgetten", {"gezin": own["id"], "jaar": 2026, "boekdatum": "2026-01-05"}
    )
    here = f"/v1/gezinnen/{own['id']}"
    family, (member,) = town.family["id"], town.family["leden"]
    someone = member["persoon"]
    orders: list[tuple[str, str, Callable[[str], dict[str, Any]]]] = [
        ("/v1/gezinsbudgetten", family, lambda one: {"gezin": one, "jaar": 2026}),
        (f"{here}/samenvoegingen", family, lambda one: {"gezin": one}),
        (f"{here}/leden", someone, lambda one: {"persoon": one}),
        (f"{here}/uittredingen", someone, lambda one: {"persoon": one}),
        (f"{here}/splitsingen", someone, lambda one: {"personen": [one]}),
        (f"{here}/grote-vijf", someone, lambda one: {**BODIES["grote-vijf"], "persoon": one}),
        (
            f"/v1/gezinsbudgetten/{budget['id']}/trekkingen",
            someone,
            lambda one: {**BODIES["trekkingen"], "personen": [one]},
        ),
    ]
    for path, real, body in orders:
        answers = [
            shape(await south.post(path, body(one), dry_run=True), one)
            for one in (real, str(NOBODY).replace("0", "1"))
        ]
        assert answers[0] == answers[1], path
