"""Every change and every refusal leaves a line, before its answer leaves."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.http.auditing import AuditLog
from domains.audit import queries
from domains.audit.model import NOBODY, NumberedLine
from tests.api.http.conftest import Person
from tests.api.http.town import make_money, plain
from tests.domains.audit.test_audit import line

pytestmark = pytest.mark.postgres


async def told(engine: AsyncEngine, gemeente: str) -> list[NumberedLine]:
    async with db.transaction(engine, gemeente) as connection:
        found = await queries.lines(connection, gemeente=gemeente, before=None, limit=1000)
    return list(reversed(found))


async def test_a_change_and_a_refusal_are_told(
    person: Callable[..., Person], engine: AsyncEngine, gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    before = len(await told(engine, gemeente))
    made = await finance.done("/v1/boekingen", plain())
    path = f"/v1/boekingen/{made['id']}/tegenboekingen"
    await finance.done(path, {"boekdatum": "2026-09-01", "reden": "vergissing"})
    refused = await finance.post(path, {"boekdatum": "2026-09-01", "reden": "vergissing"})
    assert refused.status_code >= 400
    not_allowed = await person("wethouder").post("/v1/boekingen", plain())
    lines = [each.line for each in (await told(engine, gemeente))[before:]]
    assert [(each.action, each.object, each.result) for each in lines] == [
        ("POST /v1/boekingen", "/v1/boekingen", "gedaan"),
        ("POST /v1/boekingen/{id_}/tegenboekingen", path, "gedaan"),
        ("POST /v1/boekingen/{id_}/tegenboekingen", path, refused.json()["code"]),
        ("POST /v1/boekingen", "/v1/boekingen", "geen-recht"),
    ]
    assert [each.actor for each in lines] == ["financieel:"] * 3 + ["wethouder:"]
    assert {each.origin for each in lines} == {"127.0.0.1"}
    assert str(lines[3].trace_id) == not_allowed.json()["traceId"]


async def test_reading_and_trying_leave_no_line(
    person: Callable[..., Person], engine: AsyncEngine, gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    before = await told(engine, gemeente)
    await finance.seen("/v1/bronnen")
    assert (await finance.post("/v1/boekingen", plain(), dry_run=True)).status_code == 200
    assert await told(engine, gemeente) == before


async def test_nobody_is_in_doubt_whether_he_tried_or_did(
    person: Callable[..., Person], engine: AsyncEngine, gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    before = len(await told(engine, gemeente))
    headers = finance.headers() | {"Idempotency-Key": "dubbel"}
    path = "/v1/boekingen?proef=true&proef=false"
    answer = await finance.client.post(path, json=plain(), headers=headers)
    assert (answer.status_code, answer.json()["ongeldigeVelden"][0]["code"]) == (400, "dubbel")
    assert len(await told(engine, gemeente)) == before + 1


async def test_what_is_typed_into_an_address_is_not_told(
    person: Callable[..., Person], engine: AsyncEngine, gemeente: str
) -> None:
    finance = person("financieel")
    await finance.get("/v1/boekingen/123456782", bsn="123456782")
    await finance.get("/v1/jaarafsluitingen/123456782/x")
    assert "123456782" not in str(await told(engine, gemeente))


async def test_who_is_refused_without_a_name_is_told_apart(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    before = len(await told(engine, NOBODY))
    await client.get("/v1/bronnen", headers={"Authorization": "Bearer vals"})
    lines = (await told(engine, NOBODY))[before:]
    assert [(each.line.actor, each.line.result) for each in lines] == [("-", "niet-aangemeld")]


async def test_lines_that_arrive_together_all_stand(engine: AsyncEngine, gemeente: str) -> None:
    log = AuditLog(engine)
    await asyncio.gather(*(log.write(gemeente, line(place)) for place in range(200)))
    found = await told(engine, gemeente)
    assert [each.number for each in found] == list(range(1, 201))
    assert {each.line.trace_id.int for each in found} == set(range(200))


async def test_nobody_hears_of_a_change_that_the_log_does_not_tell(
    person: Callable[..., Person], gemeente: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)

    async def broken(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken_log:
        broken_log.setattr(AuditLog, "write", broken)
        answer = await finance.post("/v1/boekingen", plain(), key="eens")
        assert (answer.status_code, answer.json()["code"]) == (503, "even-niet-bereikbaar")
        assert (await finance.get("/v1/bestaat-niet")).status_code == 404
    again = await finance.post("/v1/boekingen", plain(), key="eens")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")


async def test_who_controls_reads_the_log_in_pages(
    person: Callable[..., Person], engine: AsyncEngine, gemeente: str
) -> None:
    finance, auditor = person("financieel"), person("auditor")
    await make_money(finance, gemeente)
    await finance.get("/v1/gezinnen/00000000-0000-0000-0000-000000000001")
    path: str | None = "/v1/auditregels?limit=2"
    seen: list[dict[str, Any]] = []
    while path is not None:
        answer = await auditor.get(path)
        seen += answer.json()["resultaten"]
        link = answer.headers.get("link")
        path = None if link is None else link.partition(">")[0].lstrip("<")
        await finance.get("/v1/auditregels")  # A refusal more, on no page that is still to come.
    standing = [each for each in await told(engine, gemeente) if each.number <= seen[0]["nummer"]]
    assert [each["nummer"] for each in seen] == [each.number for each in reversed(standing)]
    assert seen[0]["resultaat"] == "gezin-onbekend"
    assert seen[0]["actor"] == "financieel:"
    assert seen[0]["hash"] == standing[-1].hash.hex()


async def test_nobody_else_reads_the_log(
    person: Callable[..., Person], new_gemeente: Callable[[], str]
) -> None:
    for role in ("beheerder", "budgethouder", "financieel", "teamleider", "wethouder", "wijkteam"):
        assert (await person(role).get("/v1/auditregels")).status_code == 403
    elsewhere = person("controller", where=new_gemeente())
    assert (await elsewhere.seen("/v1/auditregels"))["resultaten"] == []
