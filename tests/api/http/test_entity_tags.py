"""Whoever has an answer need not get it again; nobody changes what became something else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.http import perform
from api.http.entity_tags import Condition, condition_of
from api.http.limits import RateLimit
from ledger.reading import rows
from tests.api.http.conftest import Person
from tests.api.http.town import Town, euro, make_town, plain

pytestmark = pytest.mark.postgres


@pytest.fixture
def holder(person: Callable[..., Person]) -> Person:
    return person("budgethouder", "financieel")


@pytest.fixture
async def town(holder: Person, gemeente: str) -> Town:
    return await make_town(holder, holder, gemeente)


def budget_of(town: Town) -> str:
    return f"/v1/gezinsbudgetten/{town.budget['id']}"


async def top_up(who: Person, town: Town, tag: str, *, key: str, **query: Any) -> Any:
    """Add ten euros to the budget of the town, if it still is what the tag says."""
    return await who.client.post(
        f"{budget_of(town)}/aanvullingen",
        params=query,
        json={"bedrag": euro("10.00"), "reden": "fiets"},
        headers=who.headers() | {"Idempotency-Key": key, "If-Match": tag},
    )


async def tag_of(who: Person, path: str) -> str:
    answer = await who.get(path)
    return str(answer.headers["etag"])


async def test_who_has_the_answer_does_not_get_it_again(holder: Person, town: Town) -> None:
    path, headers = budget_of(town), holder.headers()
    tag = await tag_of(holder, path)
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await holder.client.get(path, headers=headers | {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await holder.client.get(path, headers=headers | {"If-None-Match": '"x"'})
    assert (other.status_code, other.json()["id"]) == (200, town.budget["id"])


async def test_a_tag_changes_with_its_thing_and_not_with_others(holder: Person, town: Town) -> None:
    before = await tag_of(holder, budget_of(town))
    await holder.done("/v1/boekingen", plain())
    assert await tag_of(holder, budget_of(town)) == before
    await holder.done(town.draws, town.draw("10.00"))
    assert await tag_of(holder, budget_of(town)) != before


async def test_a_change_happens_only_to_what_was_seen(holder: Person, town: Town) -> None:
    tag = await tag_of(holder, budget_of(town))
    tried = await top_up(holder, town, '"anders"', key="proef", proef="true")
    assert tried.status_code == 412
    done = await top_up(holder, town, tag, key="eerst")
    assert done.status_code == 201
    late = await top_up(holder, town, tag, key="te-laat")
    assert (late.status_code, late.json()["code"]) == (412, "intussen-gewijzigd")
    again = await top_up(holder, town, tag, key="eerst")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    steps = (await holder.seen(budget_of(town)))["stappen"]
    assert [each["soort"] for each in steps].count("aanvulling") == 1
    anything = await top_up(holder, town, "*", key="hoe-dan-ook")
    assert anything.status_code == 201


async def test_of_two_who_saw_the_same_one_changes_it(holder: Person, town: Town) -> None:
    tag = await tag_of(holder, budget_of(town))
    asked = [top_up(holder, town, tag, key=f"tegelijk-{each}") for each in range(6)]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*asked)])
    assert statuses == [201, 412, 412, 412, 412, 412]


@pytest.mark.parametrize(("times", "status"), [(1, 201), (100, 503)])
async def test_what_others_book_meanwhile_makes_us_look_again(
    holder: Person,
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    status: int,
) -> None:
    looks = 0

    async def overtaken(request: Any) -> Condition | None:
        nonlocal looks
        seen = await condition_of(request)
        if seen is not None and looks < times:
            looks += 1
            await holder.done("/v1/boekingen", plain())
        return seen

    tag = await tag_of(holder, budget_of(town))
    monkeypatch.setattr(perform, "condition_of", overtaken)
    answer = await top_up(holder, town, tag, key="druk")
    assert (answer.status_code, looks) == (status, min(times, 5))
    steps = (await holder.seen(budget_of(town)))["stappen"]
    assert [each["soort"] for each in steps].count("aanvulling") == (1 if status == 201 else 0)


async def test_who_may_not_look_hears_that_and_not_that_it_changed(
    holder: Person, town: Town
) -> None:
    answer = await holder.client.post(
        f"{budget_of(town)}/aanvullingen",
        json={"bedrag": euro("10.00"), "reden": "fiets"},
        headers={
            "Authorization": f"Bearer {holder.token}",
            "Idempotency-Key": "zonder-doel",
            "If-Match": "*",
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "doel-ontbreekt")


async def test_our_own_look_counts_as_nobody_s(
    holder: Person,
    town: Town,
    engine: AsyncEngine,
    gemeente: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tag = await tag_of(holder, budget_of(town))
    asked: list[str] = []

    def counted(_self: RateLimit, caller: str) -> int:
        asked.append(caller)
        return 0

    async def looks() -> int:
        async with db.transaction(engine, gemeente) as connection:
            query = "SELECT count(*) FROM access.processing WHERE gemeente = %s"
            return int((await rows(connection, query, (gemeente,)))[0][0])

    before = await looks()
    assert before > 0
    monkeypatch.setattr(RateLimit, "wait", counted)
    assert (await top_up(holder, town, tag, key="stil")).status_code == 201
    assert (await looks(), len(asked)) == (before, 1)
