"""What every answer has in common, also those to addresses and methods that do not exist."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.http.design_rules import HEADERS, VERSION
from tests.api.http.conftest import Person
from tests.api.http.town import make_money, plain

pytestmark = pytest.mark.postgres

SITUATIONS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    # Situation: method, path, what goes along, and the status.
    "good": ("GET", "/v1/bronnen", {}, 200),
    "description": ("GET", "/v1/openapi.json", {}, 200),
    "alive": ("GET", "/gezondheid/leeft", {}, 200),
    "ready": ("GET", "/gezondheid/gereed", {}, 200),
    "options": ("OPTIONS", "/v1/bronnen", {}, 204),
    "no token": ("GET", "/v1/bronnen", {"headers": {"Authorization": ""}}, 401),
    "unknown address": ("GET", "/v1/bestaat-niet", {}, 404),
    "no such id": ("GET", "/v1/boekingen/00000000-0000-0000-0000-000000000001", {}, 404),
    "an id that is none": ("GET", "/v1/boekingen/123456782", {}, 404),
    "trailing slash": ("GET", "/v1/bronnen/", {}, 404),
    "double slash": ("GET", "/v1//bronnen", {}, 404),
    "other method": ("DELETE", "/v1/bronnen", {}, 405),
    "method of another world": ("BSN123456782", "/v1/bronnen", {}, 405),
    "other answer wanted": ("GET", "/v1/bronnen", {"headers": {"Accept": "text/html"}}, 406),
    "too large": (
        "POST",
        "/v1/boekingen",
        {"content": b"x" * 1_000_001, "headers": {"Content-Type": "application/json"}},
        413,
    ),
    "other content": (
        "POST",
        "/v1/boekingen",
        {"content": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        415,
    ),
    "no kind of content": ("POST", "/v1/boekingen", {"content": b"{}"}, 415),
}


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_every_answer_is_dressed(person: Callable[..., Person], situation: str) -> None:
    method, path, more, status = SITUATIONS[situation]
    answer = await ask(person("financieel"), method, path, **more)
    assert answer.status_code == status, answer.text
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    if status >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance", "code"} <= problem.keys()
        assert problem["status"] == status
        assert problem["type"].endswith(problem["code"])
        UUID(problem["instance"].removeprefix("urn:uuid:"))


async def test_a_method_that_is_not_there_names_those_that_are(
    person: Callable[..., Person],
) -> None:
    for method in ("DELETE", "PATCH", "PUT"):
        answer = await ask(person("financieel"), method, "/v1/boekingen")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    post_only = await ask(person("financieel"), "GET", "/v1/verschuivingen")
    assert post_only.headers["allow"] == "OPTIONS, POST"


async def test_head_is_get_without_the_content(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    whole = await ask(finance, "GET", "/v1/bronnen")
    head = await ask(finance, "HEAD", "/v1/bronnen")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    missing = await ask(finance, "HEAD", "/v1/bestaat-niet")
    assert (missing.status_code, missing.content) == (404, b"")
    posted = await ask(finance, "HEAD", "/v1/verschuivingen")
    assert posted.status_code == 405


async def test_a_token_in_the_query_is_no_token(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    answer = await finance.client.get("/v1/bronnen", params={"access_token": finance.token})
    assert answer.status_code == 401


async def test_only_the_description_is_open_to_other_sites(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    open_one = await ask(finance, "GET", "/v1/openapi.json", headers={"Authorization": ""})
    assert open_one.headers["access-control-allow-origin"] == "*"
    closed = await ask(finance, "GET", "/v1/bronnen", headers={"Origin": "https://elders.example"})
    assert "access-control-allow-origin" not in closed.headers


async def test_small_lists_come_in_pages_too(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    path: str | None = "/v1/bronnen?limit=4"
    codes: list[str] = []
    while path is not None:
        answer = await ask(finance, "GET", path)
        codes += [each["code"] for each in answer.json()["resultaten"]]
        link = answer.headers.get("link")
        path = None if link is None else link.partition(">")[0].lstrip("<")
    assert len(codes) == len(set(codes)) == len((await finance.seen("/v1/bronnen"))["resultaten"])


async def test_what_was_made_has_an_address(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    made = await finance.post("/v1/boekingen", plain())
    assert await finance.seen(made.headers["location"]) == made.json()


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


async def ask(who: Person, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who.token}", **more.pop("headers", {})}
    return await who.client.request(method, path, headers=headers, **more)
