"""Files over HTTP: in the form that the client takes, the same for the same chain number."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from lxml import etree

from api.tokens import ROLES
from tests.api.http.conftest import Person
from tests.api.http.town import Town, euro, make_town, plain
from tests.support.iv3 import SCHEMA

pytestmark = pytest.mark.postgres

BOOKS = {"auditor", "beheerder", "budgethouder", "controller", "financieel"}
TABLES = (
    "/v1/exports/sisa",
    "/v1/exports/rechtmatigheid",
    "/v1/exports/betaalbestand",
    "/v1/rapporten/uitputting",
    "/v1/rapporten/prijs-en-volume",
)
FILES = ("/v1/exports/iv3", "/v1/exports/xaf", "/v1/exports/journaal", *TABLES)
YEAR = {"jaar": 2026}


@pytest.fixture
def finance(person: Callable[..., Person]) -> Person:
    return person("financieel", "budgethouder")


@pytest.fixture
async def town(finance: Person, gemeente: str) -> Town:
    town = await make_town(finance, finance, gemeente)
    await finance.done(town.draws, town.draw("5.00"))
    return town


def of_year(path: str) -> dict[str, Any]:
    return {} if path.endswith("betaalbestand") else YEAR


async def made(finance: Person) -> dict[str, bytes]:
    """Make every file as it stands at the chain number of now."""
    seen = await finance.seen("/v1/exports/sisa", **YEAR)
    number = seen["standPer"]
    found = {}
    for path in FILES:
        more = {"peilDatum": "2026-12-31"} if path.startswith("/v1/rapporten") else {}
        answer = await finance.get(path, standPer=number, **of_year(path), **more)
        assert answer.status_code == 200, answer.text
        found[f"{path}?standPer={number}"] = answer.content
    return found


async def test_the_same_number_gives_the_same_bytes_after_later_bookings(
    finance: Person, town: Town
) -> None:
    before = await made(finance)
    await finance.done(town.draws, town.draw("7.00", omschrijving="meer"))
    entry = plain("40.00", prestatieVan="2026-02-01", prestatieTotEnMet="2026-02-28")
    await finance.done("/v1/boekingen", {"boekingen": [entry]})
    for address, content in before.items():
        path, _, number = address.partition("?standPer=")
        more = {"peilDatum": "2026-12-31"} if path.startswith("/v1/rapporten") else {}
        again = await finance.get(path, standPer=number, **of_year(path), **more)
        assert again.content == content, path
        now = await finance.get(path, **of_year(path), **more)
        if path not in {"/v1/rapporten/prijs-en-volume", "/v1/exports/sisa"}:
            assert now.content != content, path


async def test_the_audit_file_follows_the_schema(
    finance: Person, town: Town, testdata: Path
) -> None:
    answer = await finance.get("/v1/exports/xaf", **YEAR)
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.headers["content-disposition"].startswith('attachment; filename="xaf-GM')
    schema = etree.XMLSchema(etree.parse(testdata / "xaf" / "XmlAuditfileFinancieel3.2.xsd"))
    schema.assertValid(etree.fromstring(answer.content))
    assert town.budget["id"].replace("-", "") in answer.text


@pytest.mark.parametrize("path", TABLES)
async def test_a_table_comes_as_json_csv_and_workbook(
    finance: Person, town: Town, path: str
) -> None:
    assert town.budget
    assert isinstance((await finance.seen(path, **of_year(path)))["resultaten"], list)
    table = await finance.get(path, **of_year(path), formaat="csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert ";" in table.text.splitlines()[0]
    workbook = await finance.get(path, **of_year(path), formaat="xlsx")
    assert workbook.headers["content-disposition"].endswith('.xlsx"')
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(workbook.content)).namelist()


@pytest.mark.parametrize(
    ("accept", "path", "kind"),
    [
        ("text/csv", "/v1/exports/iv3", "text/csv"),
        ("text/*", "/v1/exports/iv3", "text/csv"),
        ("application/json", "/v1/exports/iv3", "application/json"),
        ("text/csv;q=0.9, */*", "/v1/exports/iv3", "text/csv"),
        ("*/*", "/v1/exports/iv3", "application/json"),
        ("*/*", "/v1/exports/xaf", "application/xml"),
        ("text/html", "/v1/exports/iv3", ""),
        ("application/json", "/v1/exports/journaal", ""),
    ],
)
async def test_the_client_says_which_form_it_takes(
    finance: Person, town: Town, accept: str, path: str, kind: str
) -> None:
    assert town.budget
    answer = await finance.client.get(
        path,
        params=YEAR,
        headers={"Authorization": f"Bearer {finance.token}", "Accept": accept},
    )
    assert answer.status_code == (200 if kind else 406)
    assert answer.headers["content-type"].startswith(kind or "application/problem+json")


async def test_a_form_that_a_file_does_not_have_is_refused(finance: Person) -> None:
    answer = await finance.get("/v1/exports/xaf", **YEAR, formaat="csv")
    assert answer.status_code == 400
    assert answer.json()["ongeldigeVelden"][0]["naam"] == "formaat"
    assert (await finance.get("/v1/exports/iv3", **YEAR, formaat="pdf")).status_code == 400
    columns = await finance.get("/v1/exports/journaal", **YEAR, kolommen="boekdatm")
    assert columns.json()["code"] == "kolom-onbekend"
    assert "boekdatum" in columns.json()["detail"]


@pytest.mark.parametrize("path", [path for path in FILES if "exports" in path])
async def test_books_without_anything_give_no_file(finance: Person, path: str) -> None:
    answer = await finance.get(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "boeken-leeg")


async def test_a_year_of_which_nothing_was_booked_gives_no_empty_file(
    finance: Person, town: Town
) -> None:
    assert town.budget
    for path in filter(of_year, FILES):
        never = await finance.get(path, jaar=2031, peilDatum="2031-12-31")
        assert (never.status_code, never.json()["code"]) == (409, "jaar-niet-in-boeken"), path
        assert "er is geld van 2026" in never.json()["detail"]
        early = await finance.get(path, **YEAR, peilDatum="2025-12-31")
        assert (early.status_code, early.json()["code"]) == (400, "dagen-omgekeerd"), path
        assert "Kies een peildatum vanaf 2026-01-01" in early.json()["detail"]


async def test_days_outside_the_year_give_no_empty_journal(finance: Person, town: Town) -> None:
    assert town.budget
    late = await finance.get("/v1/exports/journaal", **YEAR, van="2027-02-01")
    assert (late.status_code, late.json()["code"]) == (400, "dagen-omgekeerd")
    early = await finance.get("/v1/exports/journaal", **YEAR, van="2024-02-01")
    assert (early.status_code, early.json()["code"]) == (409, "jaar-niet-in-boeken")


@pytest.mark.parametrize("role", ROLES)
async def test_files_are_for_who_may_read_the_books(
    person: Callable[..., Person], role: str
) -> None:
    who = person(role, teams=("noord",))
    refused = {path for path in FILES if (await who.get(path)).status_code == 403}
    assert refused == ({*FILES} - {"/v1/rapporten/uitputting"} if role not in BOOKS else set())
    districts = await who.get("/v1/rapporten/uitputting", per="wijk")
    assert (districts.status_code == 403) == (role not in BOOKS)


async def test_iv3_is_refused_by_name_when_an_amount_has_no_place(
    finance: Person, town: Town
) -> None:
    assert town.budget
    entry = plain("40.00")
    entry["regels"][0]["rekening"]["taakveld"] = "6.71a"
    await finance.done("/v1/boekingen", {"boekingen": [entry]})
    answer = await finance.get("/v1/exports/iv3", **YEAR)
    assert answer.status_code == 409
    assert "6.71a bestaat niet in 2026" in answer.json()["detail"]


async def test_iv3_names_the_office_that_cbs_asks(finance: Person, town: Town) -> None:
    assert town.budget
    before = (await finance.seen("/v1/exports/iv3", **YEAR, periode="kwartaal1"))["contact"]
    assert set(before.values()) == {""}
    office = {"naam": "Financiën", "telefoon": "030 286 00 00", "email": "iv3@utrecht.nl"}
    await finance.done(
        "/v1/instellingen",
        {
            "naam": "iv3_contact",
            "waarde": office,
            "geldigVan": "2026-09-01",
            "besluit": "Collegebesluit 2026-7",
        },
    )
    made = await finance.seen("/v1/exports/iv3", **YEAR, periode="begroting")
    assert (made["contact"], made["metadata"]["periode"]) == (office, 0)
    assert list(SCHEMA.iter_errors(made)) == []
    wrong = await finance.get("/v1/exports/iv3", **YEAR, periode="5")
    assert wrong.json()["ongeldigeVelden"][0]["naam"] == "periode"


async def test_utilisation_tells_what_is_left(finance: Person, town: Town) -> None:
    assert town.budget
    found = await finance.seen("/v1/rapporten/uitputting", **YEAR, per="middel")
    total = found["totaal"]
    assert total["besteed"] == euro("5.00")
    assert found["methode"].startswith("Prognose")
    assert sum(float(each["begroot"]["waarde"]) for each in found["resultaten"]) == float(
        total["begroot"]["waarde"]
    )


async def test_a_change_of_the_budget_is_a_document(
    finance: Person, town: Town, client: httpx.AsyncClient
) -> None:
    assert town.budget
    draft = await finance.done(
        "/v1/begrotingswijzigingen",
        {
            "jaar": 2026,
            "omschrijving": "Najaarswijziging",
            "regels": [
                {
                    "kant": "lasten",
                    "bron": "JW",
                    "programma": "P1",
                    "taakveld": "6.751",
                    "mutatie": euro("100.00"),
                    "duur": "incidenteel",
                }
            ],
        },
    )
    path = f"/v1/exports/begrotingswijzigingen/{draft['id']}"
    page = await finance.get(path, formaat="html")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] == "default-src 'none'; style-src 'self'"
    assert "Najaarswijziging" in page.text
    style = await client.get("/v1/exports/begrotingswijzigingen/document.css")
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")
    assert "€" not in (await finance.get(path, formaat="csv")).text
    assert (await finance.seen(path))["resultaten"][0]["nieuw"] == euro("100.00")
    earlier = await finance.get(path, standPer=1)
    assert (earlier.status_code, earlier.json()["code"]) == (404, "begrotingswijziging-onbekend")
    nobody = await finance.get(f"/v1/exports/begrotingswijzigingen/{UUID(int=7)}")
    assert nobody.status_code == 404
