"""A new municipality begins in the browser: files are tried first, and booked by the same ways."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.clock import FixedClock
from api.tokens import ROLES
from api.web import begin_bestanden
from api.web.begin_inrichten import ROLE_WORDS
from api.web.pages import amount
from api.web.uploads import LARGEST
from domains.readers import registry
from tests.api.http.conftest import Person
from tests.api.http.test_budget_file import fresh_utrecht
from tests.api.web.conftest import HERE, Browser, filled

__all__ = ["fresh_utrecht"]

pytestmark = pytest.mark.postgres

BUDGET = (
    "programma;taakveld;naam;baten_eur;lasten_eur\n"
    "P6;6.3;Inkomen;100;200000\nP6;6.711;Hulp bij het huishouden;0;50000\nP1;0.1;Bestuur;0;7000\n"
)


@pytest.fixture(autouse=True)
def _known_town(monkeypatch: pytest.MonkeyPatch, fresh_utrecht: str) -> None:
    """Let the pages know the municipality of the tests too."""
    known = vars(registry)["municipality_of"]  # As the other fixture left it.
    monkeypatch.setattr(begin_bestanden, "municipality_of", known)


async def sent(
    browser: Browser, path: str, content: bytes | str, *, name: str = "bestand.csv", **fields: str
) -> httpx.Response:
    """Fill in a form of a page with a file."""
    opened = await browser.get(path)
    assert 'enctype="multipart/form-data"' in opened.text
    return await browser.post(
        path,
        data={**filled(opened), **fields},
        files={"bestand": (name, content, "text/csv")},
        headers={"Origin": HERE},
    )


async def confirmed(browser: Browser, shown: httpx.Response) -> httpx.Response:
    """Confirm what a page shows, with all that its form carries."""
    answer = await browser.confirm(shown)
    assert answer.status_code == 303, answer.text
    return answer


async def test_a_new_municipality_begins_in_the_browser(
    browser: Browser, gemeente: str, person: Callable[..., Person]
) -> None:
    clerk = person("financieel")
    await browser.sign_in("financieel", gemeente)
    page = (await browser.get("/begin")).text
    assert "0 van de 7 stappen zijn gedaan" in page
    assert "Nu eerst: Open het boekjaar" in page

    days = re.search(r'href="(/financien/afsluiten/dagen[^"]*)"', page)
    assert days is not None
    opened = await browser.fill_in(days[1].replace("&amp;", "&"), wat="open", reden="eerste jaar")
    await confirmed(browser, opened)

    tried = await sent(browser, "/begin/begroting", BUDGET, jaar="2026", eenheid="euro")
    assert amount(250_000_00) in tried.text, re.findall(r"fout\W[^<]*", tried.text)
    assert "Wat buiten blijft, en waarom" in tried.text
    assert "Taakvelden veranderen met de jaren" not in tried.text
    assert (await clerk.seen("/v1/begrotingen"))["resultaten"] == [], "and nothing is booked"
    booked = await confirmed(browser, tried)
    (known,) = (await clerk.seen("/v1/begrotingen"))["resultaten"]
    assert booked.headers["location"] == f"/controle/begrotingen/{known['id']}"
    assert known["toegewezen"]["waarde"] == "250000.00"
    kept = await browser.get(booked.headers["location"])
    assert "Verder met de volgende stap" in kept.text
    again = await confirmed(
        browser, await sent(browser, "/begin/begroting", BUDGET, jaar="2026", eenheid="euro")
    )
    assert again.headers["location"] == booked.headers["location"], "the same file is booked once"

    whole = await browser.fill_in("/begin/wijken", hoe="een")
    assert f"WK{gemeente[2:]}00" in whole.text
    await confirmed(browser, whole)
    (fund,) = re.findall(r'<option value="(WMO-\d+)"', (await browser.get("/begin/wijkgeld")).text)
    money = {"middel": fund, "bedrag": "10.000", "sleutel-wijk": "inwoners"}
    shown = await browser.fill_in("/begin/wijkgeld", **money, boekdatum="2026-02-03")
    assert "Boekdatum: 3 februari 2026." in shown.text
    await confirmed(browser, shown)
    (district,) = (await clerk.seen("/v1/wijkbudgetten"))["resultaten"]
    assert district["totaal"]["waarde"] == "10000.00"

    band = {"minimum": "1.000", "norm": "2.000", "maximum": "4.000"}
    await confirmed(browser, await browser.fill_in("/begin/gezinstype", **band))
    page = (await browser.get("/begin")).text
    assert "5 van de 7 stappen zijn gedaan" in page
    assert "Nu eerst: Registreer het eerste gezin" in page
    assert 'href="/begin/gezin"' not in page, "that is for who helps families"

    await browser.sign_in("beheerder", gemeente)
    assert (await browser.get("/")).headers["location"] == "/begin"
    family = {"wijk": f"WK{gemeente[2:]}00", "type": "standaard", "nieuw-team": "noord"}
    born = {"geboren-1": "1985-03-02", "geboren-2": "11-04-2012"}
    shown = await browser.fill_in("/begin/gezin", **family, **born)
    assert "11 april 2012" in shown.text
    (place,) = (await clerk.seen("/v1/wijken"))["resultaten"]
    assert f"Woont in {place['naam']}; gezinstype Standaard." in shown.text
    await confirmed(browser, shown)
    assert "6 van de 7 stappen zijn gedaan" in (await browser.get("/begin")).text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "leeg"),
        (b"\xff\xfe\x00geen tekst", "UTF-8"),
        (b"a;b;c\n1;2;3\n", "kolommen"),
        (b"programma;taakveld;naam;baten_eur;lasten_eur\nP6;6.3;x;0;veel\n", "regel 2"),
        (
            b"programma;taakveld;naam;baten_eur;lasten_eur\nP6;6.3;x;0;7\n",
            "Waarin staan de bedragen",
        ),
        (b"x" * (8 * 1024**2 + 1), "8 MB"),
    ],
    ids=["empty", "no text", "other columns", "no amount", "unlikely unit", "too large"],
)
async def test_a_file_that_is_none_is_refused_at_its_field(
    browser: Browser, gemeente: str, content: bytes, code: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await sent(browser, "/begin/begroting", content, name="<b>x.csv", jaar="2026")
    assert answer.status_code == 200
    assert 'id="bestand-fout"' in answer.text, answer.text
    assert "<b>x" not in answer.text
    assert 'value="bevestigen"' not in answer.text


async def test_a_mapping_has_a_limit_of_its_own(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("financieel", gemeente)
    opened = await browser.get("/begin/begroting")
    row = b"6.3;WMO;1\n"
    answer = await browser.post(
        "/begin/begroting",
        data={**filled(opened), "jaar": "2026"},
        files={
            "bestand": ("begroting.csv", BUDGET.encode(), "text/csv"),
            "toewijzing": ("eigen.csv", b"taakveld;bron;aandeel\n" + row * 30_000, "text/csv"),
        },
        headers={"Origin": HERE},
    )
    assert 'id="toewijzing-fout"' in answer.text
    assert "groter dan 256 kB" in answer.text


async def test_a_form_too_large_to_read_says_how_large_a_file_may_be(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    answer = await sent(browser, "/begin/begroting", b"x" * (LARGEST + 1), jaar="2026")
    assert (answer.status_code, "groter dan 8 MB" in answer.text) == (413, True)


async def test_a_budget_of_an_earlier_year_says_what_to_do_with_old_taakvelden(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    old = BUDGET.replace("6.711", "6.71a")
    never = await sent(browser, "/begin/begroting", old, jaar="2024", eenheid="euro")
    assert "Open het boekjaar 2024 eerst." in never.text
    year = "/financien/afsluiten/dagen?van=2024-01-01&tot=2024-12-31"
    await confirmed(browser, await browser.fill_in(year, wat="open", reden="eerder jaar"))
    tried = await sent(browser, "/begin/begroting", old, jaar="2024", eenheid="euro")
    assert "Taakvelden veranderen met de jaren" in tried.text


async def test_a_carried_file_that_somebody_made_himself_is_no_file(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    fields = filled(await browser.get("/begin/begroting"))
    for packed in ("geen base64 é", "eJw", "e30="):
        carried = {"bestand-naam": "x.csv", "bestand-inhoud": packed, "stap": "bevestigen"}
        answer = await browser.send_form("/begin/begroting", **{**fields, **carried})
        assert answer.status_code == 200
        assert "Kies een bestand." in answer.text


async def test_a_file_can_be_looked_at_again_before_it_is_booked(
    browser: Browser, gemeente: str
) -> None:
    await browser.sign_in("financieel", gemeente)
    tried = await sent(browser, "/begin/begroting", "geen;begroting\n1;2\n", jaar="2026")
    assert "Gekozen is bestand.csv" in tried.text, "the form keeps the file that it was given"


async def test_a_family_type_that_takes_the_place_of_another_says_so(
    browser: Browser, gemeente: str, clock: FixedClock
) -> None:
    await browser.sign_in("financieel", gemeente)
    band = {"minimum": "1.000", "norm": "2.000", "maximum": "4.000"}
    first = await browser.fill_in("/begin/gezinstype", **band)
    assert "in zijn plaats" not in first.text
    await confirmed(browser, first)
    again = await browser.get("/begin/gezinstype")
    assert 'value="standaard"' not in again.text, "that code is taken"

    clock.move_to(clock.now() + timedelta(days=1))
    await browser.sign_in("financieel", gemeente)
    other = {"code": "standaard", "naam": "Ruim", **band, "norm": "3.000"}
    shown = await browser.fill_in("/begin/gezinstype", **other)
    for told in ("in zijn plaats", "Standaard", amount(2_000_00), amount(3_000_00)):
        assert told in shown.text


async def test_what_nobody_can_read_is_told_at_its_field(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("financieel", gemeente)
    band = {"minimum": "1.000", "norm": "2.000", "maximum": "4.000"}
    for name in ("a\x00b", "a\nb", "\u202etxet"):
        shown = await browser.fill_in("/begin/gezinstype", naam=name, **band)
        assert (shown.status_code, 'id="naam-fout"' in shown.text) == (200, True), repr(name)


@pytest.mark.parametrize(
    ("field", "value"), [("nieuw-team", "t" * 61), ("geboren-1", ""), ("geboren-2", "31-02-2000")]
)
async def test_what_no_family_can_have_is_told_at_its_field(
    browser: Browser, gemeente: str, field: str, value: str
) -> None:
    await browser.sign_in("beheerder", gemeente)
    family = {"wijk": "WK034400", "type": "x", "nieuw-team": "noord", "geboren-1": "1985-03-02"}
    shown = await browser.fill_in("/begin/gezin", **{**family, field: value})
    assert f'id="{field}-fout"' in shown.text


async def test_who_may_not_move_money_does_not_begin(browser: Browser, gemeente: str) -> None:
    await browser.sign_in("wijkteamlid", gemeente)
    for path in ("/begin", "/begin/begroting", "/begin/wijken", "/begin/gebruikers"):
        assert (await browser.get(path)).status_code == 403
    assert (await browser.get("/begin/gezin")).status_code == 200


def test_every_role_is_told_in_words() -> None:
    told: dict[str, Any] = dict(ROLE_WORDS)
    assert set(told) == set(ROLES)
