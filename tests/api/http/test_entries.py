"""The journal, plain postings with a verdict per entry, reversals, balances and statements."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import euro, make_money, make_town, plain

pytestmark = pytest.mark.postgres


async def test_a_list_gives_a_verdict_per_entry_in_order(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    closed = plain("2.00", boekdatum="2030-01-01")
    body = {"boekingen": [plain("1.00"), closed, plain("3.00")]}
    answer = await finance.post("/v1/boekingen", body, key="k")
    assert answer.status_code == 200
    results = answer.json()["resultaten"]
    assert [each["uitkomst"] for each in results] == ["geboekt", "geweigerd", "geboekt"]
    assert results[1]["weigering"]["code"] == "periode-onbekend"
    assert "Dat kan met POST /v1/boekingsperioden." in results[1]["weigering"]["detail"]
    assert results[0]["boeking"]["regels"][0]["debet"] == euro("1.00")
    again = await finance.post("/v1/boekingen", body, key="k")
    assert again.content == answer.content
    assert again.headers["idempotent-replayed"] == "true"
    account = results[0]["boeking"]["regels"][1]["rekening"]["id"]
    assert (await finance.seen(f"/v1/rekeningen/{account}/saldo"))["saldo"] == euro("-4.00")


async def test_a_whole_list_that_is_booked_answers_created(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    answer = await finance.post("/v1/boekingen", {"boekingen": [plain("1.00"), plain("2.00")]})
    assert answer.status_code == 201


async def test_a_line_with_two_sides_is_named_as_it_stands_in_the_body(
    person: Callable[..., Person], gemeente: str
) -> None:
    del gemeente
    finance = person("financieel")
    wrong = plain("1.00")
    wrong["regels"][1]["debet"] = euro("1.00")
    bodies = {"regels[1]": wrong, "boekingen[0].regels[1]": {"boekingen": [wrong]}}
    for place, body in bodies.items():
        answer = await finance.post("/v1/boekingen", body)
        assert answer.status_code == 400
        assert [each["naam"] for each in answer.json()["ongeldigeVelden"]] == [place]


async def test_many_at_once_are_all_booked_and_chained(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    answers = await asyncio.gather(
        *(finance.post("/v1/boekingen", plain("1.00")) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    account = answers[0].json()["regels"][1]["rekening"]["id"]
    assert (await finance.seen(f"/v1/rekeningen/{account}/saldo"))["saldo"] == euro("-20.00")


async def test_the_journal_comes_in_pages_that_do_not_move(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    made = [(await finance.done("/v1/boekingen", plain(f"{n}.00")))["id"] for n in range(1, 8)]
    first = await finance.get("/v1/boekingen", limit=3)
    await finance.done("/v1/boekingen", plain("99.00"))
    pages = [page async for page in follow(finance, first)]
    found = [each["id"] for page in pages for each in page["resultaten"]]
    assert [len(page["resultaten"]) for page in pages] == [3, 3, 3]
    assert found[2:] == made
    assert len({page["standPer"] for page in pages}) == 1


async def test_a_statement_shows_the_balance_after_each_line(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    days = ["2026-03-02", "2026-03-01", "2026-03-02", "2026-04-01", "2026-03-02"]
    entries = [
        await finance.done("/v1/boekingen", plain(f"{number}.00", boekdatum=day))
        for number, day in enumerate(days, 1)
    ]
    account = entries[0]["regels"][0]["rekening"]["id"]
    path = f"/v1/rekeningen/{account}/mutaties"
    whole = await finance.seen(path, peilDatum="2026-12-31")
    lines = [
        (each["boekdatum"], each["debet"]["waarde"], each["saldo"]["waarde"])
        for each in whole["resultaten"]
    ]
    assert lines == [
        ("2026-03-01", "2.00", "2.00"),
        ("2026-03-02", "1.00", "3.00"),
        ("2026-03-02", "3.00", "6.00"),
        ("2026-03-02", "5.00", "11.00"),
        ("2026-04-01", "4.00", "15.00"),
    ]
    first = await finance.get(path, peilDatum="2026-12-31", limit=2)
    pages = [page async for page in follow(finance, first)]
    assert [each for page in pages for each in page["resultaten"]] == whole["resultaten"]
    later = await finance.seen(path, van="2026-03-02", peilDatum="2026-03-31")
    assert [each["saldo"]["waarde"] for each in later["resultaten"]] == ["3.00", "6.00", "11.00"]


async def test_a_figure_is_the_same_for_ever(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    entry = await finance.done("/v1/boekingen", plain("10.00"))
    then = entry["ketennummer"]
    path = f"/v1/rekeningen/{entry['regels'][0]['rekening']['id']}/saldo"
    await finance.done("/v1/boekingen", plain("5.00", boekdatum="2026-02-01"))
    await finance.done("/v1/boekingen", plain("2.00", boekdatum="2026-06-01"))
    for on, known, balance in (
        ("2026-12-31", None, "17.00"),
        ("2026-03-31", None, "15.00"),
        ("2026-03-31", then, "10.00"),
        ("2026-02-28", None, "5.00"),
        ("2026-02-28", then, "0.00"),
    ):
        query = {"peilDatum": on} | ({} if known is None else {"standPer": known})
        assert (await finance.seen(path, **query))["saldo"] == euro(balance)


async def test_the_trial_balance_sums_to_zero_and_can_be_filtered(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    wijk = await make_money(finance, gemeente)
    found = await finance.seen("/v1/rekeningen")
    cents = [int(each["saldo"]["waarde"].replace(".", "")) for each in found["resultaten"]]
    assert sum(cents) == 0
    assert len(cents) == 6
    of_district = await finance.seen("/v1/rekeningen", wijk=wijk, middel="JW-2026")
    assert [each["saldo"] for each in of_district["resultaten"]] == [euro("20000.00")]
    free = await finance.seen("/v1/rekeningen", code="0110")
    assert [each["saldo"]["waarde"] for each in free["resultaten"]] == ["40000.00", "80000.00"]
    first = await finance.get("/v1/rekeningen", limit=4)
    pages = [page async for page in follow(finance, first)]
    assert [len(page["resultaten"]) for page in pages] == [4, 2]
    account = free["resultaten"][0]["rekening"]
    assert await finance.seen(f"/v1/rekeningen/{account['id']}") == account
    assert account["ondergrens"] == euro("0.00")


async def test_an_entry_is_reversed_once(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    entry = await finance.done("/v1/boekingen", plain("10.00"))
    path = f"/v1/boekingen/{entry['id']}/tegenboekingen"
    order = {"boekdatum": "2026-03-02", "reden": "Dubbel gefactureerd"}
    reversal = await finance.done(path, order)
    assert reversal["boektTegen"] == entry["id"]
    assert [line["credit"] for line in reversal["regels"]] == [euro("10.00"), None]
    again = await finance.post(path, order)
    assert (again.status_code, again.json()["code"]) == (409, "al-teruggeboekt")
    nobody = path.replace(entry["id"], "00000000-0000-0000-0000-000000000001")
    unknown = await finance.post(nobody, order)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "boeking-onbekend")


async def test_money_below_the_floor_does_not_leave(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    wijk = await make_money(finance, gemeente)
    (district,) = (await finance.seen("/v1/rekeningen", wijk=wijk, middel="JW-2026"))["resultaten"]
    (free,) = (await finance.seen("/v1/rekeningen", code="0110", middel="JW-2026"))["resultaten"]

    def back(value: str) -> dict[str, Any]:
        return plain(
            regels=[
                {"rekening": free["rekening"]["id"], "debet": euro(value)},
                {"rekening": district["rekening"]["id"], "credit": euro(value)},
            ]
        )

    refused = await finance.post("/v1/boekingen", back("20000.01"))
    assert (refused.status_code, refused.json()["code"]) == (409, "saldo-ontoereikend")
    assert refused.json()["feiten"]["saldo"] == euro("20000.00")
    await finance.done("/v1/boekingen", back("20000.00"))


async def test_money_of_a_district_goes_back(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    wijk = await make_money(finance, gemeente)
    order = {
        "boekdatum": "2026-02-01",
        "bedragen": [{"middel": "JW-2026", "bedrag": euro("5000.00")}],
    }
    await finance.done(f"/v1/wijkbudgetten/{wijk}/teruggaven", order)
    (found,) = (await finance.seen("/v1/wijkbudgetten"))["resultaten"]
    assert found["totaal"] == euro("25000.00")
    unknown = await finance.post("/v1/wijkbudgetten/WK999999/teruggaven", order)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "wijk-onbekend")


async def follow(who: Person, answer: Any) -> Any:
    """Walk the pages of a list by its Link header."""
    while True:
        yield answer.json()
        link = answer.headers.get("link")
        if link is None:
            return
        address = urlparse(link.partition(">")[0].lstrip("<"))
        assert link.endswith('rel="next"')
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        answer = await who.get(address.path, **query)
        assert answer.status_code == 200, answer.text


async def test_a_plain_entry_leaves_decisions_alone(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel", "budgethouder")
    await make_town(finance, finance, gemeente)
    listed = await finance.seen("/v1/rekeningen", boek="BUDGET")
    by_code = {
        each["rekening"]["code"]: each["rekening"]["id"]
        for each in listed["resultaten"]
        if each["rekening"]["middel"] == "JW-2026"
    }

    def between(debit: str, credit: str) -> dict[str, Any]:
        return plain(
            regels=[
                {"rekening": by_code[debit], "debet": euro("1.00")},
                {"rekening": by_code[credit], "credit": euro("1.00")},
            ]
        )

    for body in (between("0110", "0100"), {"boekingen": [between("0100", "0110")]}):
        answer = await finance.post("/v1/boekingen", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "rekening-niet-vrij")
        assert "begrotingswijziging" in answer.json()["detail"]
    await finance.done("/v1/boekingen", between("0110", "0120"))
