"""Wrong input gets a clear no with every fault at once, and nothing is booked."""

from collections.abc import Callable
from typing import Any

import pytest

from api.http.body import canonical
from api.problems import UnreadableJson
from tests.api.http.conftest import Person
from tests.api.http.town import (
    council_budget,
    district_budget,
    euro,
    grant_without_approval,
    make_money,
    make_town,
    plain,
)

pytestmark = pytest.mark.postgres


def amount(value: Any) -> dict[str, Any]:
    """Make a budget whose amount is wrong."""
    body = council_budget(JW="1.00")
    body["regels"][0]["bedrag"] = value
    return body


WRONG_AMOUNTS = [
    1250,
    12.5,
    "1250.00",
    None,
    [],
    {"waarde": 1250, "valuta": "EUR"},
    {"waarde": 12.5},
    {"waarde": "1250"},
    {"waarde": "1250.5"},
    {"waarde": "1250.005"},
    {"waarde": "1.250,00"},
    {"waarde": "1e3"},
    {"waarde": "NaN"},
    {"waarde": " 1.00"},
    {"waarde": "1.00\n"},
    {"waarde": "\u0661.\u0660\u0660"},
    {"waarde": "99999999999999.00"},
]


@pytest.mark.parametrize("value", WRONG_AMOUNTS, ids=str)
async def test_an_amount_is_text_with_two_decimals(
    person: Callable[..., Person], value: Any
) -> None:
    answer = await person("financieel").post("/v1/begrotingen", amount(value))
    problem = answer.json()
    assert answer.status_code == 400, problem
    assert "1250.00" in str(problem)


async def test_a_body_above_the_limit_is_refused(person: Callable[..., Person]) -> None:
    body = council_budget(JW="1.00") | {"besluit": "x" * 1_500_000}
    for path in ("/v1/begrotingen", "/v1/boekingen"):  # The first takes files up to 50 MB.
        answer = await person("financieel").post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (413, "inhoud-te-groot")
        assert "hooguit 1 MB" in answer.json()["detail"]


async def test_a_hundred_faults_are_enough(person: Callable[..., Person]) -> None:
    body = council_budget(JW="1.00")
    body["regels"] = [{} for _ in range(200)]
    answer = await person("financieel").post("/v1/begrotingen", body)
    assert 100 <= len(answer.json()["ongeldigeVelden"]) <= 110


async def test_another_currency_is_refused(person: Callable[..., Person]) -> None:
    body = amount({"waarde": "1.00", "valuta": "USD"})
    answer = await person("financieel").post("/v1/begrotingen", body)
    assert answer.status_code == 400
    assert answer.json()["ongeldigeVelden"][0]["naam"] == "regels[0].bedrag.valuta"


async def test_every_fault_of_a_body_comes_at_once(person: Callable[..., Person]) -> None:
    body = {
        "jaar": "2026",
        "boekdatum": "2026-02-30",
        "regels": [{"bron": "", "programma": "P1", "bedrag": {"waarde": 5}, "taakveld": "x" * 61}],
        "extra": 1,
    }
    answer = await person("financieel").post("/v1/begrotingen", body)
    problem = answer.json()
    assert answer.status_code == 400
    found = {(each["naam"], each["code"]) for each in problem["ongeldigeVelden"]}
    assert found == {
        ("jaar", "soort"),
        ("boekdatum", "vorm"),
        ("regels[0].bron", "te-kort"),
        ("regels[0].bedrag.waarde", "bedrag-ongeldig"),
        ("regels[0].taakveld", "te-lang"),
        ("extra", "onbekend"),
        ("besluit", "verplicht"),
    }
    assert all(each["bron"] == "body" for each in problem["ongeldigeVelden"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "json-onleesbaar"),
        (b"{", "json-onleesbaar"),
        (b'{"jaar": 2026', "json-onleesbaar"),
        (b"\xff\xfe", "json-onleesbaar"),
        (b'{"besluit": "\xff"}', "json-onleesbaar"),
        (b"[" * 5000, "json-onleesbaar"),
        (b"null", "invoer-ongeldig"),
        (b"[]", "invoer-ongeldig"),
        (b'"tekst"', "invoer-ongeldig"),
        (b"1e999", "json-onleesbaar"),
    ],
)
async def test_a_body_that_is_no_object_is_refused(
    person: Callable[..., Person], content: bytes, code: str
) -> None:
    finance = person("financieel")
    for path in ("/v1/begrotingen", "/v1/boekingen", "/v1/wijken"):
        answer = await finance.client.post(
            path,
            content=content,
            headers={
                "Authorization": f"Bearer {finance.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": "k",
            },
        )
        assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b'{"jaar": 2026,\n "besluit" "x"}', 2, 12),
        (b'{"jaar": 2026', 1, 14),
        ('{\n"é": "'.encode() + b'\xff"}', 2, 7),
        (b"[" * 100_000, None, None),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_the_place(
    content: bytes, line: int | None, column: int | None
) -> None:
    with pytest.raises(UnreadableJson) as refused:
        canonical(content)
    assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize(
    "day", ["0001-01-01", "9999-12-31", "2026-02-30", "20260301", "2026-03-01T00:00:00Z", 20260301]
)
async def test_a_day_is_a_day_of_our_time(person: Callable[..., Person], day: Any) -> None:
    finance = person("financieel")
    for path, body in (
        ("/v1/boekingen", plain(boekdatum=day)),
        ("/v1/boekingen", plain(prestatieVan="2026-01-01", prestatieTotEnMet=day)),
        (
            "/v1/boekingsperioden",
            {"van": day, "totEnMet": day, "open": True, "reden": "x"},
        ),
    ):
        assert (await finance.post(path, body)).status_code == 400


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/middelen", {"peilDatum": "gisteren"}),
        ("/v1/middelen", {"peilDatum": "0001-01-01"}),
        ("/v1/middelen", {"peilDatum": "9999-12-31"}),
        ("/v1/middelen", {"peildatum": "2026-01-01"}),
        ("/v1/middelen", {"peil_datum": "2026-01-01"}),
        ("/v1/middelen", {"standPer": "-1"}),
        ("/v1/middelen", {"standPer": "999999"}),
        ("/v1/middelen", {"standPer": "1e3"}),
        ("/v1/middelen", {"standPer": "9" * 30}),
        ("/v1/boekingen", {"limit": "0"}),
        ("/v1/boekingen", {"limit": "101"}),
        ("/v1/boekingen", {"cursor": "onzin"}),
        ("/v1/boekingen", {"cursor": "é"}),
        ("/v1/boekingen", {"cursor": "e30"}),
        ("/v1/bronnen", {"cursor": "Ik5JRVQi"}),
        ("/v1/rekeningen", {"boek": "KAS"}),
        ("/v1/rekeningen", {"wijk": "x" * 61}),
        ("/v1/openstaande-betalers", {"betaler": "a\0b"}),
        ("/v1/contracten", {"aanbieder": "\0"}),
        ("/v1/aanbieders/%00", {}),
        ("/v1/rapporten/domeinbaten/cellen/JW/%00", {}),
    ],
)
async def test_a_query_key_is_known_and_right(
    person: Callable[..., Person], path: str, query: dict[str, str]
) -> None:
    answer = await person("financieel").get(path, **query)
    assert answer.status_code == 400, answer.text


async def test_control_characters_stay_out_of_the_books(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    for text in ("a\x00b", "a\nb", "\x1b[31m"):
        answer = await finance.post("/v1/boekingen", plain(omschrijving=text))
        assert answer.status_code == 400
        assert [each["naam"] for each in answer.json()["ongeldigeVelden"]] == ["omschrijving"]


def lines(*sides: tuple[str, str | None, str | None]) -> list[dict[str, Any]]:
    """Make lines from code, debit and credit."""
    return [
        {
            "rekening": {"boek": "LASTEN", "middel": "JW-2026", "code": code},
            "debet": None if debit is None else euro(debit),
            "credit": None if credit is None else euro(credit),
        }
        for code, debit, credit in sides
    ]


REFUSED_ENTRIES: dict[str, tuple[dict[str, Any], int, str]] = {
    # What is wrong: what it changes in a good entry, the status and the code.
    "one line": ({"regels": lines(("4210", "1.00", None))}, 400, "invoer-ongeldig"),
    "both sides on a line": (
        {"regels": lines(("4210", "1.00", "1.00"), ("1200", None, "1.00"))},
        400,
        "invoer-ongeldig",
    ),
    "no side on a line": (
        {"regels": lines(("4210", None, None), ("1200", None, "1.00"))},
        400,
        "invoer-ongeldig",
    ),
    "a negative side": (
        {"regels": lines(("4210", "-1.00", None), ("1200", None, "-1.00"))},
        400,
        "invoer-ongeldig",
    ),
    "nought on a line": (
        {"regels": lines(("4210", "0.00", None), ("1200", None, "0.00"))},
        422,
        "bedrag-nul",
    ),
    "not in balance": (
        {"regels": lines(("4210", "1.00", None), ("1200", None, "1.01"))},
        422,
        "niet-in-evenwicht",
    ),
    "a year that was never opened": ({"boekdatum": "2031-01-01"}, 409, "periode-onbekend"),
    "a performance period turned round": (
        {"prestatieVan": "2026-03-02", "prestatieTotEnMet": "2026-03-01"},
        422,
        "prestatieperiode-ongeldig",
    ),
    "half a performance period": (
        {"prestatieVan": "2026-03-02"},
        422,
        "prestatieperiode-ongeldig",
    ),
    "an unknown account": (
        {
            "regels": [
                {"rekening": "00000000-0000-0000-0000-000000000001", "debet": euro("1.00")},
                *lines(("1200", None, "1.00")),
            ]
        },
        422,
        "rekening-onbekend",
    ),
    "a fund of an unknown source": (
        {
            "regels": [
                {
                    "rekening": {"boek": "LASTEN", "middel": "XYZ-2026", "code": "4210"},
                    "debet": euro("1.00"),
                },
                *lines(("1200", None, "1.00")),
            ]
        },
        422,
        "bron-onbekend",
    ),
    "an amount that no municipality has": (
        {"regels": lines(("4210", "9999999999999.99", None), ("1200", None, "9999999999999.99"))},
        201,
        "",
    ),
    "an account in the budget by its key": (
        {
            "regels": [
                {
                    "rekening": {"boek": "BUDGET", "middel": "JW-2026", "code": "0130"},
                    "debet": euro("1.00"),
                },
                *lines(("1200", None, "1.00")),
            ]
        },
        422,
        "rekening-niet-vrij-te-openen",
    ),
}


@pytest.mark.parametrize("what", REFUSED_ENTRIES)
async def test_each_wrong_entry_has_its_own_answer(
    person: Callable[..., Person], gemeente: str, what: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    change, status, code = REFUSED_ENTRIES[what]
    answer = await finance.post("/v1/boekingen", plain(**change))
    assert (answer.status_code, answer.json().get("code", "")) == (status, code), answer.text


async def test_a_closed_period_takes_no_entries(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    closing = {"van": "2026-01-01", "totEnMet": "2026-03-31", "open": False, "reden": "Kwartaal 1"}
    await finance.done("/v1/boekingsperioden", closing)
    answer = await finance.post("/v1/boekingen", plain())
    assert (answer.status_code, answer.json()["code"]) == (409, "periode-gesloten")
    assert answer.json()["feiten"]["boekdatum"] == "2026-03-01"
    later = plain(boekdatum="2026-04-01", prestatieVan="2026-01-01", prestatieTotEnMet="2026-01-31")
    found = await finance.done("/v1/boekingen", later)
    assert (found["prestatieVan"], found["prestatieTotEnMet"]) == ("2026-01-01", "2026-01-31")


async def test_budgets_say_no_in_words(person: Callable[..., Person], gemeente: str) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    town = await make_town(finance, holder, gemeente)
    shift = {
        "jaar": 2026,
        "boekdatum": "2026-02-01",
        "van": {"bron": "JW", "programma": "P1", "taakveld": "6.3", "bedrag": euro("1.00")},
        "naar": {"bron": "ARM", "programma": "P1", "taakveld": "6.3", "bedrag": euro("1.00")},
    }
    buig = shift["van"] | {"bron": "BUIG"}  # type: ignore[operator]
    far = shift["naar"] | {"programma": "P2"}  # type: ignore[operator]
    reserve = {
        "boekdatum": "2026-02-01",
        "bedragen": [{"middel": "JW-2026", "bedrag": euro("80000.01")}],
    }
    key = {"boekdatum": "2026-02-01", "toelichting": "x", "verdeelsleutel": "inwoners"}
    cases: list[tuple[Person, str, dict[str, Any], int, str]] = [
        (finance, "/v1/verschuivingen", shift | {"van": buig}, 422, "middel-niet-te-vers"),
        (finance, "/v1/verschuivingen", shift | {"naar": far}, 422, "raadsbesluit-nodig"),
        (finance, "/v1/begrotingen", council_budget(XX="1.00"), 422, "bron-onbekend"),
        (finance, "/v1/begrotingen", council_budget(JW="0.00"), 422, "bedrag-niet-positief"),
        (finance, "/v1/begrotingen", council_budget(JW="-1.00"), 422, "bedrag-niet-positief"),
        (finance, "/v1/complexreserves", reserve, 409, "te-weinig-ruimte"),
        (
            finance,
            "/v1/wijkbudgetten",
            district_budget(town.wijk, JW="80000.01"),
            409,
            "te-weinig-ruimte",
        ),
        (finance, "/v1/wijkbudgetten", district_budget("WK999999", JW="1.00"), 422, "wijk-onbek"),
        (finance, "/v1/wijkbudgetten", district_budget(town.wijk, BUIG="1.00"), 422, "middel-niet"),
        (finance, "/v1/wijkbudgetten", key, 400, "invoer-ongeldig"),
        (
            finance,
            "/v1/wijkbudgetten",
            key | {"middel": "JW-2026", "bedrag": euro("5.00")},
            422,
            "sleutel-zonder-cijfers",
        ),
        (
            finance,
            "/v1/wijken",
            {"wijken": [{"code": "WK036300", "naam": "Elders"}]},
            422,
            "wijk-van-andere-gemeente",
        ),
        (
            holder,
            "/v1/gezinsbudgetten",
            {"gezin": town.family["id"], "jaar": 2026, "bedrag": euro("999999.00")},
            422,
            "buiten-bandbreedte",
        ),
        (
            holder,
            "/v1/gezinnen",
            {
                "wijk": town.wijk,
                "gezinstype": "onbekend",
                "team": "noord",
                "leden": [{"geboortedatum": "1982-03-03"}],
            },
            422,
            "gezinstype-onbekend",
        ),
        (
            holder,
            "/v1/gezinnen",
            {
                "wijk": town.wijk,
                "gezinstype": "standaard",
                "team": "noord",
                "leden": [{"geboortedatum": "2199-03-03"}],
            },
            422,
            "geboortedatum-onmogelijk",
        ),
    ]
    for who, path, body, status, code in cases:
        answer = await who.post(path, body)
        problem = answer.json()
        assert (answer.status_code, problem["code"][: len(code)]) == (status, code), problem
        assert problem["detail"].endswith((".", "?"))


async def test_a_draw_is_refused_only_for_what_it_is(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, team = person("financieel"), person("wijkteam", teams=("noord",))
    town = await make_town(finance, team, gemeente)
    await grant_without_approval(finance, 1_000_000)
    much = await team.done(town.draws, town.draw("1000000.00", spoed=True))
    assert much["uitkomst"] == "toegekend"
    assert sum(1 for part in much["delen"] if part["plaats"] == "tekort") == 1
    for change, code in (
        ({"soort": "bestaat-niet"}, "soort-hulp-onbekend"),
        ({"bedrag": euro("0.00")}, "trekking-niet-positief"),
        ({"van": "2026-06-01", "totEnMet": "2026-05-01"}, "periode-leeg"),
        ({"personen": ["00000000-0000-0000-0000-000000000001"]}, "persoon-niet-in-gezin"),
        ({"van": "2031-06-01", "totEnMet": "2031-06-01"}, "periode-te-ver-vooruit"),
        ({}, "hulp-dubbel"),
    ):
        refused = await team.done(town.draws, town.draw("1000000.00", **change))
        assert refused["uitkomst"] == "geweigerd"
        assert refused["weigering"] == code
        assert refused["delen"] == []
        assert refused["zin"]


ILL_TEXTS = [
    "a\x00b",
    "a\nb",
    "klaar\n",
    "a\x7fb",
    "a\x85b",
    "a\u202eb",
    "a\u2066b",
    "   ",
    "\u00a0",
]


@pytest.mark.parametrize("text", ILL_TEXTS, ids=ascii)
async def test_a_text_is_readable(person: Callable[..., Person], text: str) -> None:
    finance = person("financieel")
    bodies = {
        "/v1/boekingen": plain(omschrijving=text),
        "/v1/begrotingen": council_budget(JW="1.00") | {"besluit": text},
        "/v1/wijken": {"wijken": [{"code": "WK990001", "naam": text}]},
    }
    for path, body in bodies.items():
        answer = await finance.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invoer-ongeldig"), path
    for name in ("code", "middel", "wijk", "gezin", "taakveld"):
        answer = await finance.get("/v1/rekeningen", **{name: text})
        assert (answer.status_code, answer.json()["code"]) == (400, "invoer-ongeldig"), name


async def test_a_code_does_not_end_in_a_newline(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    for path, body in {
        "/v1/wijken": {"wijken": [{"code": "WK990001\n", "naam": "Wijk"}]},
        "/v1/boekingen": plain(regels=lines(("4210\n", "1.00", None), ("1200", None, "1.00"))),
        "/v1/complexreserves": {
            "boekdatum": "2026-01-02",
            "bedragen": [{"middel": "JW-2026\n", "bedrag": euro("1.00")}],
        },
    }.items():
        answer = await finance.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invoer-ongeldig"), path


async def test_a_budget_by_hand_fits_its_year(person: Callable[..., Person]) -> None:
    body = council_budget(JW="1.00", WMO="1.00") | {"boekdatum": "2027-01-02"}
    body["regels"][0]["taakveld"] = "9.99"
    body["regels"][1]["taakveld"] = "6.72"
    line = body["regels"][0]
    answer = await person("financieel").post("/v1/begrotingen", body)
    fields = {each["naam"]: each["code"] for each in answer.json()["ongeldigeVelden"]}
    assert answer.status_code == 400
    assert fields == {
        "regels[0].taakveld": "taakveld-bestaat-niet",
        "regels[1].taakveld": "taakveld-bestaat-niet",
        "boekdatum": "ander-jaar",
    }
    shifted = {"jaar": 2026, "boekdatum": "2026-01-02", "van": line, "naar": line}
    answer = await person("financieel").post("/v1/verschuivingen", shifted)
    assert "taakveld-bestaat-niet" in answer.text
