"""The main job over HTTP: from the council's budget to help, to the cent."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.http.conftest import Person


def euro(value: str) -> dict[str, str]:
    return {"waarde": value, "valuta": "EUR"}


async def test_from_council_to_help(person: Callable[..., Person], gemeente: str) -> None:
    finance, holder = person("financieel"), person("budgethouder")
    team = person("teamleider", teams=("noord",))
    wijk = f"WK{gemeente[2:]}01"
    await finance.done(
        "/v1/boekingsperioden",
        {"van": "2026-01-01", "totEnMet": "2026-12-31", "open": True, "reden": "Boekjaar 2026"},
    )
    await finance.done(
        "/v1/begrotingen",
        {
            "jaar": 2026,
            "besluit": "Raadsbesluit 2025-11-06",
            "boekdatum": "2026-01-02",
            "regels": [
                {"bron": bron, "programma": "P1", "taakveld": taakveld, "bedrag": euro(bedrag)}
                for bron, taakveld, bedrag in (
                    ("JW", "6.751", "1000000.00"),
                    ("WMO", "6.712", "400000.00"),
                    ("SHV", "6.3", "200000.00"),
                    ("ARM", "6.3", "300000.00"),
                )
            ],
        },
    )
    await finance.done(
        "/v1/complexreserves",
        {
            "boekdatum": "2026-01-02",
            "bedragen": [{"middel": "JW-2026", "bedrag": euro("50000.00")}],
        },
    )
    await finance.done("/v1/wijken", {"wijken": [{"code": wijk, "naam": "Wijk 01"}]})
    await finance.done(
        "/v1/wijkbudgetten",
        {
            "boekdatum": "2026-01-02",
            "toelichting": "Eerste vulling",
            "wijken": [
                {
                    "wijk": wijk,
                    "bedragen": [
                        {"middel": "JW-2026", "bedrag": euro("200000.00")},
                        {"middel": "WMO-2026", "bedrag": euro("50000.00")},
                        {"middel": "SHV-2026", "bedrag": euro("30000.00")},
                        {"middel": "ARM-2026", "bedrag": euro("40000.00")},
                    ],
                }
            ],
        },
    )
    budgets = await finance.seen("/v1/wijkbudgetten")
    assert budgets["resultaten"][0]["totaal"] == euro("320000.00")
    await finance.done(
        "/v1/gezinstypen",
        {
            "gezinstypen": [
                {
                    "code": "standaard",
                    "naam": "Standaard",
                    "minimum": euro("5000.00"),
                    "norm": euro("18000.00"),
                    "maximum": euro("30000.00"),
                }
            ]
        },
    )
    family = await team.done(
        "/v1/gezinnen",
        {
            "wijk": wijk,
            "gezinstype": "standaard",
            "team": "noord",
            "van": "2026-01-01",
            "leden": [{"geboortedatum": "1982-03-03"}, {"geboortedatum": "2008-05-15"}],
        },
    )
    parent, youngster = [each["persoon"] for each in family["leden"]]
    budget = await team.done(
        "/v1/gezinsbudgetten",
        {"gezin": family["id"], "jaar": 2026, "boekdatum": "2026-01-05"},
    )
    assert rooms(budget) == {
        "ARM-2026": "2250.00",
        "JW-2026": "11250.00",
        "SHV-2026": "1687.50",
        "WMO-2026": "2812.50",
    }
    draws = f"/v1/gezinsbudgetten/{budget['id']}/trekkingen"
    draw_a = await team.done(
        draws,
        draw(
            parent,
            "betalingsachterstand-in-schuldtraject",
            ("2026-03-01", "2026-03-01"),
            "1250.00",
        ),
    )
    assert parts(draw_a) == [("SHV-2026", "1250.00")]
    draw_b = await team.done(
        draws,
        draw(
            youngster,
            "begeleiding-bij-beperking",
            ("2026-04-01", "2026-06-30"),
            "2730.00",
            feiten={"beperking": True, "wlz-recht": False},
        ),
    )
    assert parts(draw_b) == [("JW-2026", "1320.00"), ("WMO-2026", "1410.00")]
    draw_c = await holder.done(
        draws, draw(parent, "maatwerk", ("2026-05-01", "2026-05-01"), "3500.00")
    )
    assert sorted(parts(draw_c)) == [
        ("ARM-2026", "561.70"),
        ("JW-2026", "2478.96"),
        ("SHV-2026", "109.22"),
        ("WMO-2026", "350.12"),
    ]
    left = await team.seen(f"/v1/gezinsbudgetten/{budget['id']}")
    assert left["ruimte"] == euro("10520.00")
    funds = {each["middel"]: each for each in (await finance.seen("/v1/middelen"))["resultaten"]}
    assert funds["JW-2026"]["vrij"] == euro("750000.00")
    assert funds["JW-2026"]["complexeGezinnen"] == euro("50000.00")
    assert funds["JW-2026"]["besteed"] == euro("3798.96")


def draw(person: str, kind: str, days: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return {
        "personen": [person],
        "soort": kind,
        "van": days[0],
        "totEnMet": days[1],
        "bedrag": euro(amount),
        "aanbieder": "Aanbieder",
        "omschrijving": "Hulp",
        "reden": "Geen voorliggende voorziening op tijd",
        "boekdatum": "2026-03-01",
        **more,
    }


def rooms(budget: dict[str, Any]) -> dict[str, str]:
    return {each["middel"]: each["bedrag"]["waarde"] for each in budget["middelen"]}


def parts(draw: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["middel"], each["bedrag"]["waarde"]) for each in draw["delen"]]


pytestmark = pytest.mark.postgres
