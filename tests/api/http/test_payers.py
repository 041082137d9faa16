"""Open payer items over HTTP: from the draw to the payer, and between funds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.clock import FixedClock
from tests.api.http.conftest import NOW, Person
from tests.api.http.town import YEAR, council_budget, district_budget, euro

pytestmark = pytest.mark.postgres

ITEMS = "/v1/openstaande-betalers"
FIGURES = "/v1/rapporten/openstaande-betalers"


@pytest.fixture
def finance(person: Callable[..., Person]) -> Person:
    return person("financieel")


@pytest.fixture
async def item(finance: Person, person: Callable[..., Person], gemeente: str) -> dict[str, Any]:
    """Give an advance of € 900 by WMO on the insurer."""
    wijk, lead = f"WK{gemeente[2:]}01", person("budgethouder")
    await finance.done("/v1/boekingsperioden", YEAR)
    await finance.done("/v1/begrotingen", council_budget(WMO="50000.00", SHV="20000.00"))
    await finance.done("/v1/wijken", {"wijken": [{"code": wijk, "naam": "Wijk 01"}]})
    await finance.done("/v1/wijkbudgetten", district_budget(wijk, WMO="10000.00", SHV="5000.00"))
    amounts = {name: euro("9000.00") for name in ("minimum", "norm", "maximum")}
    kind = {"code": "standaard", "naam": "Standaard", **amounts}
    await finance.done("/v1/gezinstypen", {"gezinstypen": [kind]})
    family = await lead.done(
        "/v1/gezinnen",
        {
            "wijk": wijk,
            "gezinstype": "standaard",
            "team": "noord",
            "van": "2026-01-01",
            "leden": [{"geboortedatum": "1982-03-03"}],
        },
    )
    budget = await lead.done(
        "/v1/gezinsbudgetten",
        {"gezin": family["id"], "jaar": 2026, "boekdatum": "2026-01-02"},
    )
    draw = await lead.done(
        f"/v1/gezinsbudgetten/{budget['id']}/trekkingen",
        {
            "personen": [family["leden"][0]["persoon"]],
            "soort": "ggz-behandeling-volwassene",
            "van": "2026-07-01",
            "totEnMet": "2026-07-31",
            "bedrag": euro("900.00"),
            "aanbieder": "Aanbieder",
            "omschrijving": "Eerste weken",
            "reden": "Nog geen besluit van de verzekeraar",
            "boekdatum": "2026-07-01",
        },
    )
    assert draw["uitkomst"] == "toegekend-met-openstaande-betaler"
    (found,) = (await finance.seen(ITEMS))["resultaten"]
    return dict(found)


def stands(item: dict[str, Any]) -> list[str]:
    """Say what stands where."""
    return [
        " ".join(part for part in (e["toestand"], e["betaler"], e["bedrag"]["waarde"]) if part)
        for e in item["standen"]
    ]


async def test_an_advance_shows_who_paid_and_who_should(item: dict[str, Any]) -> None:
    assert stands(item) == ["open 900.00"]
    assert (item["middel"], item["verwachteBetaler"]) == ("WMO-2026", "ZVW")
    assert (item["van"], item["totEnMet"]) == ("2026-07-01", "2026-07-31")
    assert item["nogOpen"] == item["bedrag"] == euro("900.00")
    assert not item["afgesloten"]
    assert item["uiterlijk"] == "2026-10-13"


async def test_an_insurer_pays_a_part_and_the_rest_stays(
    finance: Person, item: dict[str, Any]
) -> None:
    path = f"{ITEMS}/{item['id']}"
    await finance.done(f"{path}/claims", {"betaler": "ZVW"})
    accepted = {"betaler": "ZVW", "bedrag": euro("540.00"), "boekdatum": "2026-08-01"}
    early = await finance.post(f"{path}/aanvaardingen", accepted)
    assert (early.status_code, early.json()["code"]) == (409, "boekdatum-te-vroeg")
    accepted["boekdatum"] = "2026-09-01"
    await finance.done(f"{path}/aanvaardingen", accepted)
    await finance.done(f"{path}/betwistingen", {"betaler": "ZVW", "reden": "Geen verwijzing"})
    await finance.done(f"{path}/ontvangsten", {"betaler": "ZVW", "document": "Afschrift 12"})
    found = await finance.done(f"{path}/blijft", {"besluit": "College 7"})
    assert stands(found) == ["blijft ZVW 360.00", "verrekend ZVW 540.00"]
    assert (found["nogOpen"], found["afgesloten"]) == (euro("0.00"), True)
    assert found["raadsbesluitNodig"] is False
    steps = (await finance.seen(path))["stappen"]
    assert [(each["vanToestand"], each["toestand"], each["besluit"]) for each in steps] == [
        (None, "open", ""),
        ("open", "geclaimd", ""),
        ("geclaimd", "aanvaard", ""),
        ("geclaimd", "betwist", ""),
        ("aanvaard", "verrekend", ""),
        ("betwist", "blijft", "College 7"),
    ]
    assert [len(each["boekingen"]) for each in steps] == [1, 0, 2, 0, 1, 0]


async def test_funds_settle_and_net(finance: Person, item: dict[str, Any]) -> None:
    path = f"{ITEMS}/{item['id']}"
    await finance.done(f"{path}/claims", {"betaler": "SHV"})
    days = {"betaler": "SHV", "van": "2026-07-01", "totEnMet": "2026-07-10"}
    found = await finance.done(f"{path}/aanvaardingen", days)
    assert stands(found) == ["aanvaard SHV 290.32", "geclaimd SHV 609.68"]
    period = {"van": "2026-01-01", "totEnMet": "2026-12-31"}
    tried = await finance.post("/v1/verrekeningen", period, dry_run=True)
    assert (tried.status_code, len(tried.json()["paren"])) == (200, 1)
    run = await finance.done("/v1/verrekeningen", period)
    (pair,) = run["paren"]
    assert (pair["betaler"], pair["ontvanger"]) == ("SHV-2026", "WMO-2026")
    assert pair["bedrag"] == pair["posten"][0]["bedrag"] == euro("290.32")
    assert pair["posten"][0]["openstaandeBetaler"] == item["id"]
    assert (await finance.done("/v1/verrekeningen", period))["paren"] == []
    assert await finance.seen(f"/v1/verrekeningen/{run['id']}") == run
    assert (await finance.seen("/v1/verrekeningen"))["resultaten"][0] == run
    assert stands(await finance.seen(path)) == ["geclaimd SHV 609.68", "verrekend SHV 290.32"]


async def test_a_claim_is_given_up_by_a_decision(finance: Person, item: dict[str, Any]) -> None:
    path = f"{ITEMS}/{item['id']}"
    await finance.done(f"{path}/claims", {"betaler": "ZVW"})
    given_up = {"betaler": "ZVW", "toestand": "geclaimd", "besluit": "College 8"}
    found = await finance.done(f"{path}/afboekingen", given_up)
    assert stands(found) == ["afgeboekt ZVW 900.00"]


async def test_a_repeated_step_gets_the_same_answer(finance: Person, item: dict[str, Any]) -> None:
    path = f"{ITEMS}/{item['id']}/claims"
    claim = {"betaler": "ZVW", "bedrag": euro("400.00")}
    first = await finance.post(path, claim, key="claim")
    await finance.done(path, {"betaler": "WLZ"})
    again = await finance.post(path, claim, key="claim")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert stands(again.json())[0] == stands(first.json())[0] == "geclaimd ZVW 400.00"


async def test_a_dry_run_takes_no_step(finance: Person, item: dict[str, Any]) -> None:
    path = f"{ITEMS}/{item['id']}"
    tried = await finance.post(f"{path}/claims", {"betaler": "ZVW"}, dry_run=True)
    assert (tried.status_code, stands(tried.json())) == (200, ["geclaimd ZVW 900.00"])
    assert stands(await finance.seen(path)) == ["open 900.00"]


FILTERS = [
    ({}, 1),
    ({"toestand": "geclaimd"}, 1),
    ({"toestand": "aanvaard"}, 0),
    ({"betaler": "ZVW"}, 1),
    ({"betaler": "WLZ"}, 0),
    ({"eigenaar": "financieel"}, 1),
    ({"eigenaar": "iemand"}, 0),
    ({"teLaat": "true"}, 0),
    ({"teLaat": "false"}, 1),
]


async def test_a_list_shows_what_was_asked_for(finance: Person, item: dict[str, Any]) -> None:
    await finance.done(f"{ITEMS}/{item['id']}/claims", {"betaler": "ZVW"})
    wrong = await finance.get(ITEMS, toestand="dicht")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invoer-ongeldig")
    for query, number in FILTERS:
        assert len((await finance.seen(ITEMS, **query))["resultaten"]) == number, query


async def test_a_long_list_comes_in_pages(
    finance: Person, person: Callable[..., Person], item: dict[str, Any]
) -> None:
    draw = await finance.seen(f"/v1/trekkingen/{item['trekking']}")
    again = {
        name: draw[name]
        for name in ("personen", "soort", "van", "totEnMet", "bedrag", "reden", "omschrijving")
    }
    answer = await person("budgethouder").post(
        f"/v1/gezinsbudgetten/{draw['gezinsbudget']}/trekkingen",
        again | {"aanbieder": "Een ander", "van": "2026-08-01", "totEnMet": "2026-08-31"},
        key="nog-een",
    )
    assert answer.status_code == 201, answer.text
    first = await finance.get(ITEMS, limit=1)
    assert [each["id"] for each in first.json()["resultaten"]] == [item["id"]]
    link = httpx.URL(first.headers["link"].split(">")[0].lstrip("<"))
    rest = await finance.seen(link.path, **dict(link.params))
    assert [each["van"] for each in rest["resultaten"]] == ["2026-08-01"]
    assert (await finance.get(ITEMS, cursor="x")).json()["code"] == "cursor-ongeldig"


async def test_figures_are_for_everyone(
    person: Callable[..., Person], finance: Person, item: dict[str, Any]
) -> None:
    told = await person("wethouder").seen(FIGURES, peilDatum="2026-10-14")
    assert (told["dagenGewacht"], told["aantal"], told["bedrag"]) == (0, 1, None)
    table = await finance.get(FIGURES, peilDatum="2026-10-14", formaat="csv")
    header, *ages = table.text.splitlines()
    assert header == "vanDagen;totEnMetDagen;aantal;bedrag"
    assert sum(int(line.split(";")[2]) for line in ages) == 1
    found = await finance.seen(FIGURES, peilDatum="2026-10-14")
    assert found["dagenGewacht"] == 0
    assert (found["aantal"], found["bedrag"]) == (1, euro("900.00"))
    assert (found["teLaatAantal"], found["teLaatBedrag"]) == (1, euro("900.00"))
    assert [each["aantal"] for each in found["ouderdom"]] == [0, 1, 0, 0]
    assert found["perBetaler"] == [{"betaler": "ZVW", "bedrag": euro("900.00")}]


# path below the item, body -> status, code
WRONG = [
    ("claims", {"betaler": "ZORG"}, 422, "betaler-onbekend"),
    ("claims", {"betaler": "ZVW", "bedrag": euro("900.01")}, 409, "meer-dan-openstaat"),
    ("claims", {"betaler": "ZVW", "bedrag": euro("0.00")}, 422, "bedrag-niet-positief"),
    ("claims", {}, 400, "invoer-ongeldig"),
    ("aanvaardingen", {"betaler": "ZVW"}, 409, "betaler-andere-toestand"),
    ("aanvaardingen", {"betaler": "ZVW", "van": "2026-06-30"}, 422, "dagen-buiten-post"),
    ("betwistingen", {"betaler": "ZVW", "reden": ""}, 422, "betwisting-zonder-reden"),
    ("blijft", {"besluit": ""}, 422, "besluit-ontbreekt"),
    ("afboekingen", {"betaler": "ZVW", "toestand": "open", "besluit": "x"}, 400, "invoer-ongeldig"),
    ("ontvangsten", {"betaler": "ZVW"}, 409, "betaler-andere-toestand"),
]


async def test_a_municipality_does_not_claim_from_itself(
    finance: Person, item: dict[str, Any], gemeente: str
) -> None:
    answer = await finance.post(f"{ITEMS}/{item['id']}/claims", {"betaler": gemeente})
    assert (answer.status_code, answer.json()["code"]) == (422, "betaler-eigen-gemeente")
    assert stands(await finance.seen(f"{ITEMS}/{item['id']}")) == ["open 900.00"]


async def test_days_to_net_do_not_end_before_they_begin(finance: Person) -> None:
    days = {"van": "2026-12-01", "totEnMet": "2026-01-31"}
    answer = await finance.post("/v1/verrekeningen", days)
    assert (answer.status_code, answer.json()["code"]) == (400, "invoer-ongeldig")
    assert "draai de dagen om" in answer.json()["detail"]
    assert (await finance.seen("/v1/verrekeningen"))["resultaten"] == []


@pytest.mark.parametrize(("below", "body", "status", "code"), WRONG)
async def test_a_wrong_step_is_a_clear_no(
    finance: Person, item: dict[str, Any], below: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await finance.post(f"{ITEMS}/{item['id']}/{below}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_what_is_not_there_is_not_found(finance: Person) -> None:
    nobody = "00000000-0000-4000-8000-000000000007"
    for path, code in (
        (f"{ITEMS}/{nobody}", "openstaande-betaler-niet-gevonden"),
        (f"/v1/verrekeningen/{nobody}", "verrekening-niet-gevonden"),
    ):
        answer = await finance.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_an_answer_about_a_payer_knows_the_programmes_of_its_own_moment(
    finance: Person, item: dict[str, Any], clock: FixedClock
) -> None:
    path = f"/v1/openstaande-betalers/{item['id']}"
    order = {"besluit": "College 7"}
    first = await finance.post(f"{path}/blijft", order, key="dezelfde")
    assert first.json()["raadsbesluitNodig"] is False
    clock.move_to(NOW + timedelta(hours=1))
    budget = {
        "jaar": 2026,
        "besluit": "Raadsbesluit 2",
        "boekdatum": "2026-08-01",
        "regels": [
            {"bron": "RES", "programma": "P2", "taakveld": "6.714", "bedrag": euro("100.00")}
        ],
    }
    await finance.done("/v1/begrotingen", budget)
    assert (await finance.seen(path))["raadsbesluitNodig"] is True
    again = await finance.post(f"{path}/blijft", order, key="dezelfde")
    assert again.json() == first.json()


async def test_nothing_is_claimed_from_a_gemeente_that_is_not_there(
    finance: Person, item: dict[str, Any]
) -> None:
    refused = await finance.post(f"{ITEMS}/{item['id']}/claims", {"betaler": "GM9999"})
    assert (refused.status_code, refused.json()["code"]) == (422, "gemeente-onbekend")
    await finance.done(f"{ITEMS}/{item['id']}/claims", {"betaler": "GM0150"})
