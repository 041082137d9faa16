"""Signing in, by the way of a real identity provider, and what a session is worth."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar import Litestar, Router, get, post
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import FixedClock
from api.http.design_rules import PAGE_HEADERS, page_headers
from api.settings import Settings
from api.tokens import sign_token
from api.web.login import _cookie
from api.web.sessions import IDLE, LONGEST, end_all
from api.web.visitors import FORM_TOKEN, SignInFirst, Visit, cookie_name, let_visitor_in, to_sign_in
from domains.audit import queries
from tests.api.http.conftest import NOW
from tests.api.web.conftest import HERE, Browser

pytestmark = pytest.mark.postgres

_TEAM = frozenset({"wijkteam"})


@get("/proefpagina", visitors=_TEAM)
async def look(request: Visit) -> dict[str, object]:
    """Tell who visits."""
    return {
        "wie": request.user.subject,
        "naam": request.auth.display_name,
        "teams": sorted(request.user.teams),
        "formulier": request.auth.form_token,
    }


@post("/proefpagina", visitors=_TEAM, status_code=200)
async def change(request: Visit) -> dict[str, str]:
    """Change nothing."""
    return {"wie": request.user.subject}


@pytest.fixture(scope="session")
def the_app(the_app: Litestar) -> Litestar:
    """Give the application with a page for these tests."""
    the_app.register(
        Router(
            "/",
            guards=[let_visitor_in],
            exception_handlers={SignInFirst: to_sign_in},
            include_in_schema=False,
            route_handlers=[look, change],
        )
    )
    return the_app


@pytest.fixture
async def member(browser: Browser, gemeente: str) -> Browser:
    """Give the browser of somebody of the wijkteam who is signed in."""
    answer = await browser.sign_in("wijkteamlid", f"{gemeente} noord")
    assert answer.status_code == 303, answer.text
    return browser


async def test_somebody_signs_in_and_comes_back_where_he_was(
    browser: Browser, gemeente: str
) -> None:
    first = await browser.get("/proefpagina")
    assert (first.status_code, first.headers["location"]) == (303, "/inloggen?naar=%2Fproefpagina")
    back = await browser.sign_in("wijkteamlid", f"{gemeente} noord", to="/proefpagina")
    assert (back.status_code, back.headers["location"]) == (303, "/proefpagina")
    seen = (await browser.get("/proefpagina")).json()
    assert (seen["wie"], seen["naam"], seen["teams"]) == (
        "wijkteamlid:noord",
        "Wim Wijkteam",
        ["noord"],
    )


async def test_signing_in_keeps_what_a_page_was_asked_for(browser: Browser, gemeente: str) -> None:
    asked = "/financien/journaal?zoek=a%20b&middel=JW-2026"
    first = await browser.get(asked)
    (to,) = _query(first)["naar"]
    back = await browser.sign_in("financieel", gemeente, to=to)
    assert back.headers["location"] == asked


async def test_a_page_is_for_its_roles(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("wethouder", gemeente)
    assert (await browser.get("/proefpagina")).status_code == 403


async def test_a_session_ends_after_half_an_hour_of_silence(
    member: Browser, clock: FixedClock
) -> None:
    for _ in range(3):
        clock.move_to(clock.now() + IDLE - timedelta(minutes=2))
        assert (await member.get("/proefpagina")).status_code == 200
    clock.move_to(clock.now() + IDLE)
    assert (await member.get("/proefpagina")).status_code == 303


async def test_a_session_ends_after_a_day_however_busy(member: Browser, clock: FixedClock) -> None:
    while clock.now() < NOW + LONGEST - IDLE:
        clock.move_to(clock.now() + IDLE - timedelta(minutes=1))
        assert (await member.get("/proefpagina")).status_code == 200
    clock.move_to(NOW + LONGEST)
    assert (await member.get("/proefpagina")).status_code == 303


async def test_who_signs_out_is_out(member: Browser) -> None:
    stolen = member.cookies["ontschot"]
    out = await member.send_form("/uitloggen")
    assert out.status_code == 303
    assert "ontschot" not in member.cookies
    again = await member.get("/proefpagina", headers={"Cookie": f"ontschot={stolen}"})
    assert again.status_code == 303


@pytest.fixture
async def elsewhere(app: Litestar) -> AsyncIterator[Browser]:
    """Give a second browser."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # Litestar's own types of ASGI.
    async with Browser(transport=transport, base_url=HERE) as made:
        yield made


async def test_two_browsers_are_two_sessions(
    member: Browser, elsewhere: Browser, gemeente: str
) -> None:
    await elsewhere.sign_in("wijkteamlid", f"{gemeente} noord")
    here, there = [(await each.get("/proefpagina")).json() for each in (member, elsewhere)]
    assert here["wie"] == there["wie"]
    assert here["formulier"] != there["formulier"]
    crossed = await member.send_form("/proefpagina", **{FORM_TOKEN: there["formulier"]})
    assert crossed.status_code == 403
    await member.send_form("/uitloggen")
    assert (await member.get("/proefpagina")).status_code == 303
    assert (await elsewhere.get("/proefpagina")).status_code == 200


async def test_all_sessions_of_somebody_end_at_once(
    member: Browser, elsewhere: Browser, engine: AsyncEngine, gemeente: str
) -> None:
    await elsewhere.sign_in("wijkteamlid", f"{gemeente} zuid")
    async with db.transaction(engine, gemeente) as connection:
        ended = await end_all(connection, gemeente=gemeente, subject="wijkteamlid:noord")
    assert ended == 1
    assert (await member.get("/proefpagina")).status_code == 303
    assert (await elsewhere.get("/proefpagina")).status_code == 200
    async with db.transaction(engine, gemeente) as connection:
        assert await end_all(connection, gemeente=gemeente, subject=None) == 1
    assert (await elsewhere.get("/proefpagina")).status_code == 303


async def test_a_session_opens_no_door_for_programs_and_a_token_none_for_people(
    member: Browser, key_folder: Path, gemeente: str
) -> None:
    assert (await member.get("/v1/bronnen")).status_code == 401
    token = sign_token(
        key_folder, roles=["wijkteam"], gemeente=gemeente, teams=[], subject="x", at=NOW
    )
    member.cookies.clear()
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await member.get("/proefpagina", headers=bearer)).status_code == 303


async def test_every_sign_in_gives_a_new_token_and_ends_the_old(
    member: Browser, gemeente: str
) -> None:
    before = member.cookies["ontschot"]
    await member.sign_in("wijkteamlid", f"{gemeente} noord")
    assert member.cookies["ontschot"] != before
    old = await member.get("/proefpagina", headers={"Cookie": f"ontschot={before}"})
    assert old.status_code == 303


async def test_a_token_that_somebody_else_chose_is_never_adopted(
    browser: Browser, gemeente: str
) -> None:
    planted = f"{gemeente}.{'a' * 43}"
    browser.cookies.set("ontschot", planted, domain="127.0.0.1")
    assert (await browser.get("/proefpagina")).status_code == 303
    await browser.sign_in("wijkteamlid", f"{gemeente} noord")
    old = await browser.get("/proefpagina", headers={"Cookie": f"ontschot={planted}"})
    assert old.status_code == 303


async def test_a_form_needs_the_token_of_its_session_and_our_own_site(member: Browser) -> None:
    token = (await member.get("/proefpagina")).json()["formulier"]
    good = await member.send_form("/proefpagina", **{FORM_TOKEN: token})
    assert good.status_code == 200
    assert (await member.send_form("/proefpagina")).status_code == 403
    assert (await member.send_form("/proefpagina", **{FORM_TOKEN: "x"})).status_code == 403
    for headers in ({}, {"Origin": "https://elders.example"}, {"Origin": "null"}):
        sent = await member.post("/proefpagina", data={FORM_TOKEN: token}, headers=headers)
        assert sent.json()["code"] == "formulier-niet-van-u"
    by_script = {"Origin": HERE, "X-Formuliertoken": token}
    assert (await member.post("/proefpagina", headers=by_script)).status_code == 200


async def test_pages_carry_their_own_headers(member: Browser) -> None:
    for path in ("/proefpagina", "/inloggen", "/bestaat-niet"):
        answer = await member.get(path, headers={"Accept": "text/html"})
        for name, value in PAGE_HEADERS.items():
            assert answer.headers.get_list(name) == [value]


def test_the_form_that_signs_out_may_lead_to_the_identity_provider() -> None:
    policy = page_headers("https://aanmelden.example")["Content-Security-Policy"]
    assert "form-action 'self' https://aanmelden.example" in policy
    assert (
        policy.replace(" https://aanmelden.example", "") == PAGE_HEADERS["Content-Security-Policy"]
    )


async def test_signing_in_and_out_are_told_in_the_audit_log(
    member: Browser, engine: AsyncEngine, gemeente: str
) -> None:
    await member.send_form("/uitloggen")
    async with db.transaction(engine, gemeente) as connection:
        told = await queries.lines(connection, gemeente=gemeente, before=None, limit=10)
    assert [(each.line.actor, each.line.action, each.line.result) for each in told] == [
        ("wijkteamlid:noord", "afmelden", "gedaan"),
        ("wijkteamlid:noord", "aanmelden", "gedaan"),
    ]


async def test_nobody_signs_in_with_what_another_browser_began(
    browser: Browser, gemeente: str
) -> None:
    began = await browser.get("/inloggen")
    state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
    browser.cookies.clear()
    for query in ({"code": "x", "state": state}, {"code": "x"}, {}, {"state": ""}):
        answer = await browser.get("/inloggen/terug", params=query)
        assert answer.status_code == 400
    assert "ontschot" not in browser.cookies


async def test_a_code_is_worth_something_once(browser: Browser, gemeente: str) -> None:
    began = await browser.get("/inloggen")
    attempt = browser.cookies["ontschot-inloggen"]
    asked = {name: each[0] for name, each in _query(began).items()}
    chosen = {**asked, "persona": "wethouder", "plaats": gemeente}
    back = await browser.send_form("/ontwikkelprovider/aanmelden", **chosen)
    assert (await browser.get(back.headers["location"])).status_code == 303
    again = await browser.get(
        back.headers["location"], headers={"Cookie": f"ontschot-inloggen={attempt}"}
    )
    assert (again.status_code, "set-cookie" in again.headers) == (400, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://elders.example/inloggen/terug"},
        {"client_id": "ander"},
        {"code_challenge_method": "plain"},
        {"persona": "koning"},
    ],
)
async def test_the_provider_for_development_checks_what_it_is_asked(
    browser: Browser, gemeente: str, wrong: dict[str, str]
) -> None:
    asked = {name: each[0] for name, each in _query(await browser.get("/inloggen")).items()}
    chosen = {**asked, "persona": "wethouder", "plaats": gemeente, **wrong}
    assert (await browser.send_form("/ontwikkelprovider/aanmelden", **chosen)).status_code == 404


async def test_the_provider_for_development_answers_to_this_machine_only(
    browser: Browser, app: Litestar
) -> None:
    rebound = {"Host": "elders.example"}
    assert (await browser.get("/ontwikkelprovider/sleutels", headers=rebound)).status_code == 404
    transport = httpx.ASGITransport(app=app, client=("10.0.0.9", 1))  # type: ignore[arg-type]  # Litestar's own types of ASGI.
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as elsewhere:
        assert (await elsewhere.get("/ontwikkelprovider/sleutels")).status_code == 404


async def test_without_proof_of_the_client_no_code_is_exchanged(browser: Browser) -> None:
    answer = await browser.post("/ontwikkelprovider/token", data={"code": "x"})
    assert answer.json() == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "path", ["https://elders.example/", "//elders.example", "/\\elders.example", "/a\r\nx: y", "a"]
)
async def test_signing_in_never_leads_elsewhere(browser: Browser, gemeente: str, path: str) -> None:
    answer = await browser.sign_in("wethouder", gemeente, to=path)
    assert answer.headers["location"] == "/"


def test_cookies_in_production_are_bound_to_https_and_to_this_host() -> None:
    production = Settings(omgeving="productie")
    made = _cookie(production, cookie_name(production), "GM0344.x").to_header(header="").lower()
    assert made.strip().startswith("__host-ontschot=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= {
        each.strip() for each in made.split(";")
    }
    assert "domain=" not in made


def _query(began: httpx.Response) -> dict[str, list[str]]:
    return parse_qs(urlsplit(began.headers["location"]).query)
