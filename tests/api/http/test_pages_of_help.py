"""Long lists of help come in pages that the database cuts: no page reads more than itself."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.draws.queries import awaiting_draws, draws
from domains.reservations.queries import deliveries, reservations
from domains.settings.model import Settings
from domains.signals.queries import signals
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import euro, make_town

pytestmark = pytest.mark.postgres


async def pages(person: Person, path: str) -> int:
    """Walk through a list one by one and compare it with the whole; gives the number of pages."""
    whole = (await person.seen(path))["resultaten"]
    found, following = [], [path]
    for address in following:
        url = httpx.URL(address)
        answer = await person.get(url.path, **{**dict(url.params), "limit": "1"})
        found += answer.json()["resultaten"]
        if "link" in answer.headers:
            following.append(answer.headers["link"].split(">")[0].lstrip("<"))
    assert found == whole
    return len(following)


async def test_every_list_of_help_is_read_page_by_page(
    person: Callable[..., Person], engine: AsyncEngine, gemeente: str
) -> None:
    finance, team = person("financieel"), person("wijkteam", teams=("noord",))
    town = await make_town(finance, team, gemeente)
    words = {"spoed": True, "betaling": "verplichting"}
    first, *_ = [
        await team.done(town.draws, town.draw("20000.00", omschrijving=f"Hulp {number}", **words))
        for number in range(3)
    ]
    told = {"van": "2026-05-01", "totEnMet": "2026-05-01"}
    given = f"/v1/verplichtingen/{first['id']}/leveringen"
    await team.done(given, {"leveringen": [told | {"bedrag": euro(f"{n}.00")} for n in (1, 2, 3)]})
    lists = (town.draws, "/v1/trekkingen", "/v1/verplichtingen", given)
    assert [await pages(team, path) for path in lists] == [3, 3, 3, 3]
    assert await pages(finance, "/v1/signalen") > 1
    async with db.transaction(engine, gemeente) as connection:
        found = (
            await draws(connection, gemeente=gemeente, limit=1),
            await awaiting_draws(connection, gemeente=gemeente, limit=1),
            await reservations(connection, gemeente=gemeente, limit=1),
            await deliveries(connection, gemeente=gemeente, limit=1),
            await signals(
                connection, gemeente=gemeente, today=NOW.date(), settings=Settings(), limit=1
            ),
        )
    assert [len(each) for each in found] == [1] * 5
