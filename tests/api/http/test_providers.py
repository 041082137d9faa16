"""The register of providers, contracts, tariffs and bands over HTTP."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import make_money

pytestmark = pytest.mark.postgres

PRODUCT = {"productcategorie": "45", "productcode": "45A04", "eenheid": "uur"}


def provider(code: str = "41000001", **more: Any) -> dict[str, Any]:
    """Make an order that registers one provider."""
    asked = {"code": code, "naam": f"Aanbieder {code}", "van": "2026-01-01"}
    return {"aanbieders": [{**asked, "kwaliteitskader": "voldoet", **more}]}


def contract(reference: str = "C1", **more: Any) -> dict[str, Any]:
    """Make an order that registers one contract."""
    asked = {"aanbieder": "41000001", "kenmerk": reference, "inkoopschaal": "regionaal"}
    return {"contracten": [{**asked, "van": "2026-01-01", "totEnMet": "2026-12-31", **more}]}


def tariff(of: str, euros: str, **more: Any) -> dict[str, Any]:
    """Make an order that lays down one tariff."""
    asked = {"contract": of, **PRODUCT, "tarief": {"waarde": euros}, "van": "2026-01-01"}
    return {"tarieven": [{**asked, **more}]}


async def test_a_provider_stands_as_its_latest_version_says(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance, team = person("financieel"), person("wijkteam", teams=("noord",))
    await make_money(finance, gemeente)
    made = await finance.done("/v1/aanbieders", provider())
    (first,) = made["resultaten"][0]["standen"]
    barred = {"van": "2026-07-01", "uitgesloten": True, "reden": "Fraudeonderzoek"}
    second = await finance.done("/v1/aanbieders/41000001/standen", barred)
    assert (first["versie"], second["versie"], second["uitgesloten"]) == (1, 2, True)
    seen = await team.seen("/v1/aanbieders/41000001")
    assert seen["standen"] == [first, second]
    assert (await team.seen("/v1/aanbieders"))["resultaten"] == [seen]
    again = await finance.post("/v1/aanbieders", provider(), key="sleutel-5")
    assert (again.status_code, again.json()) == (201, made), "as it was registered"
    taken = await finance.post("/v1/aanbieders", provider("X", naam="AANBIEDER  41000001"))
    assert (taken.status_code, taken.json()["code"]) == (409, "aanbieder-bestaat-al")
    unknown = await finance.post("/v1/aanbieders/999/standen", barred)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "aanbieder-onbekend")
    silent = await finance.post("/v1/aanbieders/41000001/standen", barred | {"reden": ""})
    assert (silent.status_code, silent.json()["code"]) == (422, "stand-zonder-reden")


async def test_a_tariff_outside_its_band_is_laid_down_with_a_signal(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    await finance.done("/v1/aanbieders", provider())
    held = (await finance.done("/v1/contracten", contract()))["resultaten"][0]
    assert (held["inkoopschaal"], held["totEnMet"]) == ("regionaal", "2026-12-31")
    first = await finance.post("/v1/tarieven", tariff(held["id"], "52.5"), key="eerste")
    assert first.json()["resultaten"][0]["signaal"] == "zonder-bandbreedte"
    band = {**PRODUCT, "ondergrens": {"waarde": "55"}, "bovengrens": {"waarde": "60"}}
    order = {"bandbreedtes": [{**band, "van": "2026-01-01", "onderzoek": "Kostprijs 2026"}]}
    (laid,) = (await finance.done("/v1/bandbreedtes", order))["resultaten"]
    assert laid["ondergrens"] == {"waarde": "55.0000", "valuta": "EUR"}
    again = await finance.post("/v1/tarieven", tariff(held["id"], "52.5"), key="eerste")
    assert again.content == first.content, "an answer does not change with a later band"
    await finance.done("/v1/tarieven", tariff(held["id"], "56.1234", van="2026-07-01"))
    found = (await finance.seen("/v1/tarieven", aanbieder="41000001"))["resultaten"]
    assert [(each["versie"], each["tarief"]["waarde"], each["signaal"]) for each in found] == [
        (1, "52.5000", "onder-bandbreedte"),
        (2, "56.1234", "binnen-bandbreedte"),
    ]
    assert (await finance.seen("/v1/tarieven", aanbieder="X"))["resultaten"] == []
    assert (await finance.seen("/v1/contracten", aanbieder="41000001"))["resultaten"] == [held]
    assert (await finance.seen("/v1/bandbreedtes"))["resultaten"] == [laid]


async def test_a_dry_run_registers_nothing(person: Callable[..., Person], gemeente: str) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    tried = await finance.post("/v1/aanbieders", provider(), dry_run=True)
    assert (tried.status_code, tried.json()["resultaten"][0]["code"]) == (200, "41000001")
    assert (await finance.seen("/v1/aanbieders"))["resultaten"] == []


async def test_ten_people_who_register_one_provider_make_one(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    await make_money(finance, gemeente)
    asked = [finance.post("/v1/aanbieders", provider(), key=f"k{each}") for each in range(10)]
    answers = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(answers) == [201] + [409] * 9
    standings = [
        finance.post("/v1/aanbieders/41000001/standen", {"van": "2026-02-01", "reden": f"{each}"})
        for each in range(5)
    ]
    versions = [answer.json()["versie"] for answer in await asyncio.gather(*standings)]
    assert sorted(versions) == [2, 3, 4, 5, 6]


BAD: dict[str, dict[str, Any]] = {
    "price with a comma": {"tarief": {"waarde": "52,50"}},
    "fifth decimal": {"tarief": {"waarde": "52.50255"}},
    "below zero": {"tarief": {"waarde": "-1.00"}},
    "a number": {"tarief": {"waarde": 52.5}},
    "unknown unit": {"eenheid": "week"},
    "long code": {"productcode": "45A045"},
    "unknown rounding": {"afronding": "omhoog"},
    "impossible day": {"van": "0001-01-01"},
}


@pytest.mark.parametrize("situation", BAD)
async def test_a_tariff_that_cannot_be_read_is_told_field_by_field(
    person: Callable[..., Person], situation: str
) -> None:
    order = tariff("00000000-0000-0000-0000-000000000001", "1.00", **BAD[situation])
    answer = await person("financieel").post("/v1/tarieven", order)
    assert (answer.status_code, answer.json()["code"]) == (400, "invoer-ongeldig")
    assert answer.json()["ongeldigeVelden"][0]["naam"].startswith("tarieven[0].")
