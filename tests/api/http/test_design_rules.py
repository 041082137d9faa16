"""The Dutch API Design Rules 2.2: each technical rule, over the description and over answers.

Rules are named as the standard does, with their older number where they have one.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from litestar import Litestar, Router, get

from api.http.design_rules import HEADERS, VERSION
from api.http.limits import BodyTooSlowError, RateLimit
from api.http.rights import EVERYONE, let_in
from api.http.routes import Outgoing, open_to
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import make_money, plain

pytestmark = pytest.mark.postgres

Node = dict[str, Any]
Answers = Mapping[str, httpx.Response]

# The description.


def operations(document: Node) -> Iterator[tuple[str, Node]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method} {path}", operation


def segments(document: Node) -> Iterator[str]:
    for path in document["paths"]:
        yield from path.strip("/").split("/")


def parameters(document: Node, kind: str) -> Iterator[str]:
    for _, operation in operations(document):
        yield from (each["name"] for each in operation.get("parameters", ()) if each["in"] == kind)


def fields(document: Node) -> Iterator[tuple[str, Node]]:
    for schema in document["components"]["schemas"].values():
        yield from schema.get("properties", {}).items()


def slashes(document: Node) -> list[str]:
    return [path for path in document["paths"] if path.endswith("/")]


def segments_not_in_kebab_case(document: Node) -> list[str]:
    return [
        each
        for each in segments(document)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*|\{[a-z]+\}", each)
    ]


def collections_not_plural(document: Node) -> list[str]:
    """Judge what stands before an id: in Dutch a plural ends in n or s."""
    found = re.findall(r"/([a-z0-9-]+)/\{", "\n".join(document["paths"]))
    return [each for each in found if not each.endswith(("n", "s"))]


def query_keys_not_in_camel_case(document: Node) -> list[str]:
    found = parameters(document, "query")
    return [each for each in found if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", each)]


def fields_not_in_camel_case(document: Node) -> list[str]:
    shape = re.compile(r"[a-z0-9]+([A-Z][a-z]+)*")
    return [name for name, _ in fields(document) if not shape.fullmatch(name)]


def days_without_format(document: Node) -> list[str]:
    found = []
    for name, shape in fields(document):
        is_day = name.lower().endswith("datum") or name in {"van", "totEnMet"}
        if is_day and "$ref" not in str(shape) and shape.get("format") != "date":
            found.append(name)
    return found


def other_formats_of_time(document: Node) -> list[str]:
    known = {"date", "date-time", "time-local", "uuid", None}
    return [name for name, shape in fields(document) if shape.get("format") not in known]


def moments_named_as_days(document: Node) -> list[str]:
    found = (name for name, shape in fields(document) if shape.get("format") == "date-time")
    return [name for name in found if name.lower().endswith(("datum", "date"))]


def methods_without_semantics(document: Node) -> list[str]:
    return [
        where
        for where, operation in operations(document)
        if not where.startswith(("get ", "post "))
        or ("get " in where and "requestBody" in operation)
    ]


def problems_of_another_kind(document: Node) -> list[str]:
    return [
        f"{where} {status}"
        for where, operation in operations(document)
        for status, response in operation["responses"].items()
        if int(status) >= 400 and set(response["content"]) != {"application/problem+json"}
    ]


def problems_without_their_fields(document: Node) -> list[str]:
    needed = {"status", "title", "detail"}
    return sorted(needed - set(document["components"]["schemas"]["Probleem"]["required"]))


def inputs_without_400(document: Node) -> list[str]:
    return [where for where, each in operations(document) if "400" not in each["responses"]]


def not_openapi_3(document: Node) -> list[str]:
    return [] if document["openapi"].startswith("3.1.") else [document["openapi"]]


def contact_not_whole(document: Node) -> list[str]:
    contact = document["info"].get("contact", {})
    return sorted({"name", "email", "url"} - contact.keys())


def versions_outside_the_server(document: Node) -> list[str]:
    wrong = [each["url"] for each in document["servers"] if not each["url"].endswith("/v1")]
    return wrong + [path for path in document["paths"] if re.search(r"/v\d", path)]


def not_semver(document: Node) -> list[str]:
    version = document["info"]["version"]
    return [] if re.fullmatch(r"\d+\.\d+\.\d+", version) and version == VERSION else [version]


def answers_without_version(document: Node) -> list[str]:
    return [
        f"{where} {status}"
        for where, operation in operations(document)
        for status, response in operation["responses"].items()
        if "API-Version" not in response["headers"]
    ]


def lists_without_paging(document: Node) -> list[str]:
    """Find lists that may grow and come whole: a cursor goes with a limit, always."""
    found = []
    for where, operation in operations(document):
        keys = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        if len(keys & {"cursor", "limit"}) == 1 or keys & {"page", "pageSize"}:
            found.append(where)
    return found


DOCUMENT_RULES: Final[Mapping[str, Callable[[Node], list[str]]]] = {
    "API-48 no-trailing-slash": slashes,
    "path-segments-kebab-case": segments_not_in_kebab_case,
    "API-54 naming-collections": collections_not_plural,
    "query-keys-camel-case": query_keys_not_in_camel_case,
    "API-04 interface-language": fields_not_in_camel_case,
    "date-time/format": other_formats_of_time,
    "date-time/format, days": days_without_format,
    "date-time/date-omit-time-portion": moments_named_as_days,
    "API-03 http-methods": methods_without_semantics,
    "error-handling/problem-details": problems_of_another_kind,
    "error-handling/problem-details, fields": problems_without_their_fields,
    "error-handling/invalid-input": inputs_without_400,
    "API-16 doc-openapi": not_openapi_3,
    "doc-openapi-contact": contact_not_whole,
    "API-20 uri-version": versions_outside_the_server,
    "API-56 semver": not_semver,
    "API-57 version-header": answers_without_version,
    "pagination/format": lists_without_paging,
}
"""What in the description breaks a rule."""


@pytest.mark.parametrize("rule", DOCUMENT_RULES)
def test_the_description_keeps_the_rule(document: Node, rule: str) -> None:
    assert DOCUMENT_RULES[rule](document) == []


# The answers.


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next look at the sources fail for a reason that nobody expected."""

    def fails(*_: object, **__: object) -> None:
        raise KeyError("geheim")

    monkeypatch.setattr("api.http.registers.page_of", fails)


def flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever asks have asked too often."""
    monkeypatch.setattr(RateLimit, "wait", lambda *_: 7)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no content arrive in time."""

    async def never(*_: object) -> None:
        raise BodyTooSlowError

    monkeypatch.setattr("api.http.design_rules.in_time", lambda _: never)


def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database be away."""

    def fails(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("api.http.registers.page_of", fails)


JSON: Final = {"Content-Type": "application/json"}
TROUBLE: Final = {
    "fault of ours": broken,
    "flood": flooded,
    "slow content": slow,
    "database away": unreachable,
}
SITUATIONS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    # Situation: method, path, what goes along, and the status.
    "good": ("GET", "/v1/bronnen", {}, 200),
    "head": ("HEAD", "/v1/bronnen", {}, 200),
    "description": ("GET", "/v1/openapi.json", {}, 200),
    "alive": ("GET", "/gezondheid/leeft", {}, 200),
    "ready": ("GET", "/gezondheid/gereed", {}, 200),
    "options": ("OPTIONS", "/v1/bronnen", {}, 204),
    "has it already": ("GET", "/v1/bronnen", {"headers": {"If-None-Match": "*"}}, 304),
    "other form of input": ("GET", "/v1/bronnen", {"params": {"limit": "x"}}, 400),
    "no json": ("POST", "/v1/boekingen", {"content": b"{", "headers": JSON}, 400),
    "no token": ("GET", "/v1/bronnen", {"headers": {"Authorization": ""}}, 401),
    "another role": ("GET", "/v1/verplichtingen", {}, 403),
    "unknown address": ("GET", "/v1/bestaat-niet", {}, 404),
    "no such id": ("GET", "/v1/boekingen/00000000-0000-0000-0000-000000000001", {}, 404),
    "an id that is none": ("GET", "/v1/boekingen/123456782", {}, 404),
    "trailing slash": ("GET", "/v1/bronnen/", {}, 404),
    "double slash": ("GET", "/v1//bronnen", {}, 404),
    "other method": ("DELETE", "/v1/bronnen", {}, 405),
    "method of another world": ("BSN123456782", "/v1/bronnen", {}, 405),
    "other answer wanted": ("GET", "/v1/bronnen", {"headers": {"Accept": "text/html"}}, 406),
    "no json wanted": (
        "GET",
        "/v1/bronnen",
        {"headers": {"Accept": "application/json;q=0, text/html"}},
        406,
    ),
    "health as a picture": ("GET", "/gezondheid/leeft", {"headers": {"Accept": "image/png"}}, 406),
    "slow content": ("POST", "/v1/boekingen", {"content": b"{}", "headers": JSON}, 408),
    "not as it was seen": (
        "POST",
        "/v1/boekingen/00000000-0000-0000-0000-000000000001/tegenboekingen",
        {
            "json": {"boekdatum": "2026-03-01", "reden": "x"},
            "headers": {"If-Match": '"anders"', "Idempotency-Key": "k"},
        },
        412,
    ),
    "too large": ("POST", "/v1/boekingen", {"content": b"x" * 1_000_001, "headers": JSON}, 413),
    "other content": (
        "POST",
        "/v1/boekingen",
        {"content": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        415,
    ),
    "no kind of content": ("POST", "/v1/boekingen", {"content": b"{}"}, 415),
    "flood": ("GET", "/v1/bronnen", {}, 429),
    "fault of ours": ("GET", "/v1/bronnen", {}, 500),
    "database away": ("GET", "/v1/bronnen", {}, 503),
}


@pytest.fixture
async def answers(person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Give an answer to each situation."""
    found: dict[str, httpx.Response] = {}
    for situation, (method, path, more, status) in SITUATIONS.items():
        who = person("wethouder" if status == 403 else "financieel")
        with monkeypatch.context() as trouble:
            TROUBLE.get(situation, lambda _: None)(trouble)
            found[situation] = await ask(who, method, path, **more)
        assert found[situation].status_code == status, found[situation].text
    return found


def without_problem(answers: Answers) -> list[str]:
    needed = {"type", "title", "status", "detail", "instance", "code", "traceId"}
    wrong = []
    for situation, answer in answers.items():
        if answer.status_code < 400:
            continue
        problem = answer.json()
        whole = needed <= problem.keys() and problem["status"] == answer.status_code
        UUID(problem["instance"].removeprefix("urn:uuid:"))
        if not whole or answer.headers["content-type"] != "application/problem+json":
            wrong.append(situation)
    return wrong


def telling_of_inside(answers: Answers) -> list[str]:
    secret = re.compile(
        r"geheim|KeyError|Traceback|litestar|psycopg|sqlalchemy|\.py\b", re.IGNORECASE
    )
    return [
        situation
        for situation, answer in answers.items()
        if situation != "description" and secret.search(f"{answer.text} {answer.headers}")
    ]


def without_headers(answers: Answers) -> list[str]:
    return [
        f"{situation} {name}"
        for situation, answer in answers.items()
        for name, value in HEADERS.items()
        if answer.headers.get_list(name) != [value]
    ]


def without_kind(answers: Answers) -> list[str]:
    return [
        situation
        for situation, answer in answers.items()
        if answer.content and "content-type" not in answer.headers
    ]


def open_to_other_sites(answers: Answers) -> list[str]:
    found = [each for each in answers if "access-control-allow-origin" in answers[each].headers]
    return [each for each in found if each != "description"]


def without_allow(answers: Answers) -> list[str]:
    found = [answers["other method"], answers["method of another world"], answers["options"]]
    return [each.text for each in found if each.headers.get("allow") != "GET, HEAD, OPTIONS"]


def with_content(answers: Answers) -> list[str]:
    return [each for each in ("head", "has it already", "options") if answers[each].content]


def without_time_to_wait(answers: Answers) -> list[str]:
    wanted = {"flood": "7", "database away": "2"}
    return [each for each in wanted if answers[each].headers.get("retry-after") != wanted[each]]


ANSWER_RULES: Final[Mapping[str, Callable[[Answers], list[str]]]] = {
    "error-handling/problem-details": without_problem,
    "API-53 hide-implementation": telling_of_inside,
    "API-57 version-header and transport/security-headers": without_headers,
    "transport/security-headers, Content-Type": without_kind,
    "API-50 transport/cors": open_to_other_sites,
    "API-03 http-methods": without_allow,
    "API-03 http-methods, HEAD": with_content,
    "http-response-code": without_time_to_wait,
}
"""Which answers break a rule; that every situation has its status is part of each."""


async def test_every_answer_keeps_the_rules(answers: Answers) -> None:
    broken_rules = {rule: find(answers) for rule, find in ANSWER_RULES.items()}
    assert {rule: found for rule, found in broken_rules.items() if found} == {}


async def test_every_address_keeps_to_its_methods_and_has_no_slash_at_its_end(
    person: Callable[..., Person], document: Node
) -> None:
    finance = person("financieel")
    for path, item in document["paths"].items():
        address = f"/v1{path}".replace("{id}", str(UUID(int=1))).replace("{", "").replace("}", "")
        assert (await ask(finance, "GET", f"{address}/")).status_code == 404, path
        other = await ask(finance, "DELETE", address)
        methods = {each.upper() for each in item} | {"OPTIONS"}
        methods |= {"HEAD"} if "GET" in methods else set()
        assert (other.status_code, other.headers["allow"]) == (405, ", ".join(sorted(methods))), (
            path
        )


async def test_the_description_is_open_to_everybody_everywhere(
    person: Callable[..., Person],
) -> None:
    headers = {"Authorization": "", "Origin": "https://elders.example"}
    open_one = await ask(person("financieel"), "GET", "/v1/openapi.json", headers=headers)
    assert open_one.status_code == 200, "API-51 publish-openapi"
    assert open_one.headers["access-control-allow-origin"] == "*"


async def test_moments_are_told_in_universal_time(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    booked = await finance.done("/v1/boekingen", plain())
    assert booked["vastgelegdOp"].endswith("Z"), "date-time/timezone"
    lines = (await person("auditor").seen("/v1/auditregels"))["resultaten"]
    assert all(each["vastgelegdOp"].endswith("Z") for each in lines), "date-time/timezone"


@get(
    "/oud",
    opt=open_to(
        EVERYONE,
        outgoing=Outgoing(since=NOW, gone_at=NOW.replace(year=NOW.year + 1), instead="/v1/bronnen"),
    ),
)
async def old() -> dict[str, str]:
    """Answer at an address that goes away."""
    return {}


async def test_an_address_announces_its_end(app: Litestar, person: Callable[..., Person]) -> None:
    app.register(Router("/v1", guards=[let_in], route_handlers=[old], include_in_schema=False))
    answer = await ask(person("financieel"), "GET", "/v1/oud")
    assert answer.status_code == 200
    assert answer.headers["deprecation"] == f"@{int(NOW.timestamp())}", "API-18, RFC 9745"
    assert answer.headers["sunset"] == "Wed, 01 Sep 2027 09:30:00 GMT", "API-19, RFC 8594"
    assert answer.headers["link"] == '</v1/bronnen>; rel="successor-version"'
    assert "deprecation" not in (await ask(person("financieel"), "GET", "/v1/bronnen")).headers


# What else all answers share.


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/inloggen/sleutels", "application/json", 200),
        ("/inloggen/sleutels", "*/*;q=0.1", 200),
        ("/inloggen/sleutels", "text/html", 406),
        ("/static/ontschot.css", "text/css,*/*;q=0.1", 200),
        ("/static/ontschot.css", "text/*", 200),
        ("/static/ontschot.css", "image/png", 406),
        ("/bestaat-niet", "image/png", 404),
    ],
)
async def test_pages_and_their_files_come_in_one_form(
    person: Callable[..., Person], path: str, accept: str, status: int
) -> None:
    answer = await ask(person("financieel"), "GET", path, headers={"Accept": accept})
    assert answer.status_code == status


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
