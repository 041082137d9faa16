"""The smaller addresses: registers, periods, shifts, keys, and what they answer."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.test_entries import follow
from tests.api.http.town import district_budget, euro, make_money, make_town, plain

pytestmark = pytest.mark.postgres


async def test_sources_and_taakvelden_are_those_of_the_rule_base(
    person: Callable[..., Person],
) -> None:
    alderman = person("wethouder")
    sources = (await alderman.seen("/v1/bronnen"))["resultaten"]
    assert sources[0]["code"] == "JW"
    assert {"hardheid", "grondslag", "geslotenVoorVerschuiving"} <= sources[0].keys()
    first = await alderman.get("/v1/taakvelden", limit=50)
    pages = [page async for page in follow(alderman, first)]
    codes = [each["code"] for page in pages for each in page["resultaten"]]
    assert "6.711" in codes


async def test_periods_are_listed_in_order(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    year = {"van": "2026-01-01", "totEnMet": "2026-12-31", "open": True, "reden": "Boekjaar"}
    quarter = {"van": "2026-01-01", "totEnMet": "2026-03-31", "open": False, "reden": "Kwartaal"}
    made = [await finance.done("/v1/boekingsperioden", each) for each in (year, quarter)]
    found = (await finance.seen("/v1/boekingsperioden"))["resultaten"]
    assert found == made
    assert [(each["van"], each["totEnMet"], each["open"]) for each in found] == [
        ("2026-01-01", "2026-12-31", True),
        ("2026-01-01", "2026-03-31", False),
    ]
    turned = await finance.post("/v1/boekingsperioden", year | {"van": "2027-01-01"})
    assert turned.json()["ongeldigeVelden"][0]["naam"] == "totEnMet"


async def test_a_shift_moves_what_is_free(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    line = {"programma": "P1", "taakveld": "6.3", "bedrag": euro("250.00")}
    shift = {
        "jaar": 2026,
        "boekdatum": "2026-02-01",
        "van": {"bron": "JW", **line},
        "naar": {"bron": "WMO", **line},
        "besluit": "College 2026-02-01",
    }
    entry = await finance.done("/v1/verschuivingen", shift)
    assert (entry["soort"], entry["document"]) == ("verschuiving", "College 2026-02-01")
    funds = {each["middel"]: each for each in (await finance.seen("/v1/middelen"))["resultaten"]}
    assert funds["JW-2026"]["geautoriseerd"] == euro("99750.00")
    assert funds["WMO-2026"]["vrij"] == euro("250.00")
    uneven = shift | {"naar": {"bron": "WMO", **line, "bedrag": euro("250.01")}}
    answer = await finance.post("/v1/verschuivingen", uneven)
    assert answer.json()["ongeldigeVelden"][0]["naam"] == "naar.bedrag"


async def test_a_key_divides_to_the_cent(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    codes = [f"WK{gemeente[2:]}{number:02d}" for number in (11, 12, 13)]
    people = [{"code": f"WK{gemeente[2:]}01", "naam": "Bestaat al", "inwoners": 5}] + [
        {"code": code, "naam": code, "inwoners": 1, "huishoudens": number}
        for number, code in enumerate(codes)
    ]
    await finance.done("/v1/wijken", {"wijken": people})
    order = {
        "boekdatum": "2026-02-01",
        "toelichting": "Naar huishoudens",
        "verdeelsleutel": "huishoudens",
        "middel": "ARM-2026",
        "bedrag": euro("100.00"),
    }
    lacking = await finance.post("/v1/wijkbudgetten", order)
    assert (lacking.status_code, lacking.json()["code"]) == (422, "sleutel-zonder-cijfers")
    by_hand = district_budget(codes[0], ARM="1.00")
    by_hand["wijken"] += district_budget(codes[1], ARM="2.00", JW="3.00")["wijken"]
    await finance.done("/v1/wijkbudgetten", by_hand)
    both = await finance.post("/v1/wijkbudgetten", order | {"wijken": by_hand["wijken"]})
    named = [each["naam"] for each in both.json()["ongeldigeVelden"]]
    assert named == ["verdeelsleutel", "middel", "bedrag"]
    first = await finance.get("/v1/wijkbudgetten", limit=1)
    await finance.done("/v1/wijkbudgetten", district_budget(codes[2], ARM="9.00"))
    pages = [page async for page in follow(finance, first)]
    totals = {
        each["wijk"]: each["totaal"]["waarde"] for page in pages for each in page["resultaten"]
    }
    assert totals == {
        f"WK{gemeente[2:]}01": "30000.00",
        codes[0]: "1.00",
        codes[1]: "5.00",
    }


async def test_a_key_over_districts_with_figures(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    codes = [f"WK{gemeente[2:]}{number:02d}" for number in (11, 12, 13)]
    people = [{"code": code, "naam": code, "inwoners": 1} for code in codes]
    await finance.done("/v1/wijken", {"wijken": people})
    assert [each["code"] for each in (await finance.seen("/v1/wijken"))["resultaten"]] == codes
    await finance.done(
        "/v1/boekingsperioden",
        {"van": "2026-01-01", "totEnMet": "2026-12-31", "open": True, "reden": "Boekjaar"},
    )
    budget = {
        "jaar": 2026,
        "besluit": "Raad",
        "boekdatum": "2026-01-02",
        "regels": [{"bron": "ARM", "programma": "P1", "taakveld": "6.3", "bedrag": euro("100.00")}],
    }
    await finance.done("/v1/begrotingen", budget)
    order = {
        "boekdatum": "2026-02-01",
        "toelichting": "Naar inwoners",
        "verdeelsleutel": "inwoners",
        "middel": "ARM-2026",
        "bedrag": euro("100.00"),
    }
    first = await finance.post("/v1/wijkbudgetten", order, key="verdeling")
    found = (await finance.seen("/v1/wijkbudgetten"))["resultaten"]
    assert [each["totaal"]["waarde"] for each in found] == ["33.34", "33.33", "33.33"]
    without_figure = {"code": f"WK{gemeente[2:]}14", "naam": "Nieuw"}
    await finance.done("/v1/wijken", {"wijken": [without_figure]})
    again = await finance.post("/v1/wijkbudgetten", order, key="verdeling")
    assert (again.status_code, again.content) == (201, first.content)


async def test_money_set_apart_can_be_seen(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    order = {
        "boekdatum": "2026-02-01",
        "bedragen": [{"middel": "JW-2026", "bedrag": euro("500.00")}],
    }
    await finance.done("/v1/complexreserves", order)
    found = await finance.seen("/v1/complexreserves")
    assert found["resultaten"] == [{"middel": "JW-2026", "bedrag": euro("500.00")}]
    assert (await finance.seen("/v1/complexreserves", peilDatum="2026-01-31"))["resultaten"] == []


async def test_a_family_budget_can_be_seen_as_it_was(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, team = person("financieel"), person("wijkteam", teams=("noord",))
    town = await make_town(finance, team, gemeente)
    await team.done(town.draws, town.draw("1000.00"))
    path = f"/v1/gezinsbudgetten/{town.budget['id']}"
    assert (await team.seen(path))["ruimte"] == euro("8000.00")
    then = await team.seen(path, standPer=town.budget["standPer"])
    assert then["ruimte"] == euro("9000.00")
    before = await team.seen(path, peilDatum="2026-04-30")
    assert before["ruimte"] == euro("9000.00")
    (listed,) = (await team.seen("/v1/gezinsbudgetten"))["resultaten"]
    assert listed == await team.seen(path)
    (family,) = (await team.seen("/v1/gezinnen"))["resultaten"]
    assert family == town.family
    kinds = (await team.seen("/v1/gezinstypen"))["resultaten"]
    assert [each["norm"] for each in kinds] == [euro("9000.00")]


async def test_what_is_not_there_says_so(person: Callable[..., Person]) -> None:
    nobody = "00000000-0000-0000-0000-000000000001"
    for path, code in (
        (f"/v1/begrotingen/{nobody}", "begroting-niet-gevonden"),
        (f"/v1/boekingen/{nobody}", "boeking-niet-gevonden"),
        (f"/v1/rekeningen/{nobody}", "rekening-niet-gevonden"),
        (f"/v1/trekkingen/{nobody}", "trekking-niet-gevonden"),
        (f"/v1/gezinnen/{nobody}", "gezin-onbekend"),
        (f"/v1/gezinsbudgetten/{nobody}", "gezinsbudget-onbekend"),
    ):
        answer = await person("budgethouder").get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_band_goes_up(person: Callable[..., Person]) -> None:
    kind = {"code": "x", "naam": "X", "minimum": euro("3.00"), "norm": euro("2.00")}
    body = {"gezinstypen": [kind | {"maximum": euro("1.00")}]}
    answer = await person("financieel").post("/v1/gezinstypen", body)
    assert answer.json()["ongeldigeVelden"][0]["code"] == "bandbreedte"


async def test_a_trial_balance_of_more_pages_stands_for_one_moment(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    await finance.done("/v1/boekingen", plain("1.00"))
    first = await finance.get("/v1/rekeningen", boek="LASTEN", limit=1)
    await finance.done("/v1/boekingen", plain("5.00"))
    pages = [page async for page in follow(finance, first)]
    balances = [each["saldo"]["waarde"] for page in pages for each in page["resultaten"]]
    assert sorted(balances) == ["-1.00", "1.00"]
