"""A delivery of debt help over HTTP: taken in once, tried, listed, or refused with its place."""

from collections.abc import Callable

import httpx
import pytest

from tests.api.http.conftest import Person
from tests.domains.debt_help.support import delivery, trajectory

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]


async def send(
    who: Person, content: bytes, *, key: str = "k", dry_run: bool = False
) -> httpx.Response:
    return await who.client.post(
        "/v1/schuldhulpleveringen",
        files={"bestand": ("levering.json", content, "application/json")},
        params={"proef": "true"} if dry_run else {},
        headers={"Authorization": f"Bearer {who.token}", "Idempotency-Key": key},
    )


async def test_a_delivery_is_tried_taken_in_once_and_listed(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    content = delivery(trajectory(gemeente, "999900006"), trajectory("GM0001", "999900006"))
    tried = await send(finance, content, dry_run=True)
    assert (tried.status_code, tried.json()["begonnenHulp"]) == (200, 0)
    assert (await finance.seen("/v1/schuldhulpleveringen"))["resultaten"] == []
    made = await send(finance, content)
    assert made.status_code == 201, made.text
    told = made.json()
    assert [each["reden"] for each in told["nietIngelezen"]] == [
        "persoon-onbekend",
        "andere-gemeente",
    ]
    assert (await send(finance, content, key="nog-eens")).json() == told
    assert await finance.seen(f"/v1/schuldhulpleveringen/{told['id']}") == told
    assert (await finance.seen("/v1/schuldhulpleveringen"))["resultaten"] == [told]


async def test_a_wrong_file_is_refused_with_its_place(
    person: Callable[..., Person], gemeente: str
) -> None:
    wrong = delivery(trajectory(gemeente, "999900006", startdatum="gisteren"))
    refused = await send(person("financieel"), wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "schuldhulpbestand-ongeldig")
    assert "/leveringen/0/schuldhulptrajecten/0/startdatum" in refused.json()["detail"]
    cut = await send(person("financieel"), delivery()[:-20], key="half")
    assert cut.json()["code"] == "schuldhulpbestand-onleesbaar"


async def test_who_may_not_move_money_takes_nothing_in(person: Callable[..., Person]) -> None:
    assert (await send(person("wijkteam"), delivery())).status_code == 403
