"""The shell of the pages: who lands where, and what an error looks like."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from tests.api.web.conftest import Browser


async def test_who_signs_in_lands_where_his_work_is(browser: Browser, gemeente: str) -> None:
    for persona, home in (
        ("wijkteamlid", "/wijkteam"),
        ("wethouder", "/wethouder"),
        ("financieel", "/financien"),
        ("controller", "/controle"),
        ("privacy", "/privacy"),
    ):
        await browser.sign_in(persona, gemeente)
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, home)


async def test_a_page_of_somebody_else_is_refused_as_a_page(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("wethouder", gemeente)
    answer = await browser.get("/wijkteam")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "Dat lukte niet" in answer.text


@pytest.mark.parametrize(
    ("path", "wanted", "kind"),
    [
        ("/wijkteam/bestaat-niet", "text/html,*/*;q=0.8", "text/html"),
        ("/wijkteam/bestaat-niet", "*/*", "application/problem+json"),
        ("/v1/bestaat-niet", "text/html,*/*;q=0.8", "application/problem+json"),
    ],
)
async def test_an_address_that_nobody_has_is_a_page_for_a_browser(
    browser: Browser, path: str, wanted: str, kind: str
) -> None:
    answer = await browser.get(path, headers={"Accept": wanted})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)
    if kind == "text/html":
        assert "Dat lukte niet" in answer.text
        assert "style-src 'self'" in answer.headers["content-security-policy"]


async def test_the_interface_is_told_to_whoever_comes(browser: Browser) -> None:
    answer = await browser.get("/api")
    assert answer.status_code == 200
    known = (await browser.get("/v1/openapi.json")).json()["paths"]
    assert all(f">{path}</th>" in answer.text for path in known)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy


async def test_a_page_speaks_the_language_that_its_visitor_chose(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("wethouder", gemeente)
    dutch = await browser.get("/wethouder")
    assert ('<html lang="nl">' in dutch.text, "Uitloggen" in dutch.text) == (True, True)
    chosen = await browser.get("/taal/en", params={"naar": "/wethouder"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/wethouder")
    english = await browser.get("/wethouder")
    assert ('<html lang="en">' in english.text, "Sign out" in english.text) == (True, True)
    assert '<option value="">the whole municipality</option>' in english.text.replace(
        " selected", ""
    )
    await browser.get("/taal/nl")
    assert "Uitloggen" in (await browser.get("/wethouder")).text


async def test_another_language_keeps_what_a_page_shows(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("financieel", gemeente)
    asked = "/financien/journaal?zoek=a%20b&middel=JW-2026"
    shown = await browser.get(asked)
    (link,) = re.findall(r'href="(/taal/en[^"]+)"', shown.text)
    chosen = await browser.get(unescape(link))
    assert chosen.headers["location"] == asked
    answered = await browser.fill_in("/begin/wijken")
    assert answered.status_code == 200
    assert "/taal/" not in answered.text, "what answers a form cannot be asked for again"
    assert (await browser.get("/taal/en", params={"naar": "/a?b=\r\n"})).headers["location"] == "/a"


async def test_an_address_for_a_button_says_so_to_people(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("controller", gemeente)
    answer = await browser.get("/controle/controleren", headers={"Accept": "text/html"})
    assert (answer.status_code, "Allow" in answer.headers) == (405, True)
    assert "hoort bij een knop" in answer.text
    assert "kopregel" not in answer.text


async def test_a_form_after_the_session_hears_that_nothing_was_booked(browser: Browser) -> None:
    form = "/financien/schuiven?jaar=2026"
    own = str(browser.base_url).rstrip("/")
    headers = {"Origin": own, "Referer": f"{own}{form}"}
    sent = {"bedrag": "1.250,00", "sleutel": "abc-def"}
    answer = await browser.post("/financien/schuiven", data=sent, headers=headers)
    assert answer.status_code == 401
    assert "Er is niets geboekt of veranderd" in answer.text
    assert f'href="/inloggen?naar={quote(form)}" target="_blank"' in answer.text
    assert ("1.250,00" in answer.text, "abc-def" in answer.text) == (True, False)
    upload = {"bestand": ("begroting.csv", b"bron;bedrag")}
    answer = await browser.post("/begin/begroting", files=upload, headers=headers)
    assert answer.status_code == 401


async def test_a_language_that_nobody_knows_is_not_chosen(browser: Browser, gemeente: str) -> None:
    assert (await browser.get("/taal/xx")).status_code == 404
    await browser.get("/taal/en")
    nowhere = await browser.get("/bestaat-niet", headers={"Accept": "text/html"})
    assert '<html lang="en">' in nowhere.text
    assert "There is nothing at this address" in nowhere.text
    assert 'lang="nl"><' not in nowhere.text
    refused = await browser.get("/inloggen/terug")
    assert "Signing in failed" in refused.text
    assert 'lang="nl"><' not in refused.text
    away = await browser.get("/taal/en", params={"naar": "//elders.example/"})
    assert away.headers["location"] == "/"
    browser.cookies.set("taal", "../../nl", domain="127.0.0.1")
    await browser.sign_in("wethouder", gemeente)
    assert '<html lang="nl">' in (await browser.get("/wethouder")).text


@pytest.mark.parametrize("year", ["1999", "volgend", "99999999999999999999"])
async def test_a_year_that_is_none_is_told_which_years_there_are(
    browser: Browser, gemeente: str, year: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await browser.get("/financien", params={"jaar": year})
    assert "jaar: geef een getal van 2000 tot en met 2198." in unescape(answer.text)
    assert "openapi" not in answer.text


async def test_a_slash_at_the_end_leads_to_the_same_page(browser: Browser) -> None:
    answer = await browser.get("/wijkteam/?zoek=a%20b")
    assert (answer.status_code, answer.headers["location"]) == (308, "/wijkteam?zoek=a%20b")
    for elsewhere in ("//kwaad.nl/", "/%5Ckwaad.nl/"):
        there = (await browser.get(f"http://127.0.0.1:8000{elsewhere}")).headers.get("location")
        assert there in {None, "/%5Ckwaad.nl"}
    assert (await browser.get("/v1/bronnen/")).status_code == 404
