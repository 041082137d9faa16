"""Signing in, by the way of a real identity provider, and what a session is worth."""

from datetime import timedelta

import pytest
from litestar import Litestar, Router, get, post

from api.clock import FixedClock
from api.http.design_rules import PAGE_HEADERS
from api.web.sessions import IDLE, LONGEST
from api.web.visitors import FORM_TOKEN, SignInFirst, Visit, let_visitor_in, to_sign_in
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


@pytest.fixture
def app(app: Litestar) -> Litestar:
    """Give the application with a page for these tests."""
    app.register(
        Router(
            "/",
            guards=[let_visitor_in],
            exception_handlers={SignInFirst: to_sign_in},
            include_in_schema=False,
            route_handlers=[look, change],
        )
    )
    return app


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
