"""Ids of others in a body say nothing either: an order answers as if nobody had them."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import euro, make_town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

NOBODY: Final = str(UUID(int=0x1111))


def draw(person: str) -> dict[str, Any]:
    return {
        "personen": [person],
        "soort": "maatwerk",
        "van": "2026-05-01",
        "totEnMet": "2026-05-01",
        "bedrag": euro("10.00"),
        "aanbieder": "Aanbieder",
        "omschrijving": "Hulp",
        "reden": "Geen voorliggende voorziening op tijd",
        "boekdatum": "2026-05-01",
    }


def told(answer: httpx.Response, asked: str) -> tuple[int, str]:
    """Give what an answer says apart from its own name and the id that was asked for."""
    text = re.sub(r'"(id|instance|traceId)":"[^"]*"', "", answer.text.replace(asked, "…"))
    return answer.status_code, text


async def test_ids_of_others_in_a_body_are_ids_of_nobody(
    person: Callable[..., Person], gemeente: str
) -> None:
    north, south = person("wijkteam", teams=("noord",)), person("wijkteam", teams=("zuid",))
    town = await make_town(person("financieel"), north, gemeente)
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
    here, family = f"/v1/gezinnen/{own['id']}", town.family["id"]
    someone = town.family["leden"][0]["persoon"]
    part = {"onderdeel": "wonen", "stand": "geregeld"}
    orders: list[tuple[str, str, Callable[[str], dict[str, Any]]]] = [
        ("/v1/gezinsbudgetten", family, lambda one: {"gezin": one, "jaar": 2026}),
        (f"{here}/samenvoegingen", family, lambda one: {"gezin": one}),
        (f"{here}/leden", someone, lambda one: {"persoon": one}),
        (f"{here}/uittredingen", someone, lambda one: {"persoon": one}),
        (f"{here}/splitsingen", someone, lambda one: {"personen": [one]}),
        (f"{here}/grote-vijf", someone, lambda one: {"persoon": one, "onderdelen": [part]}),
        (f"/v1/gezinsbudgetten/{budget['id']}/trekkingen", someone, draw),
    ]
    for path, real, body in orders:
        for dry_run in (True, False):
            answers = [
                told(await south.post(path, body(one), dry_run=dry_run), one)
                for one in (real, NOBODY)
            ]
            assert answers[0] == answers[1], path
