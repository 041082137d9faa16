"""Closing a year over HTTP: the preview, the closing, its seal, and days that open for a time."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.http.conftest import NOW, Person
from tests.api.http.town import YEAR, council_budget, euro

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

OLD = {"van": "2025-01-01", "totEnMet": "2025-12-31", "open": True, "reden": "Boekjaar 2025"}
CLOSE = {"jaar": 2025}
CARRY = {
    "middel": "JW-2025",
    "weg": "staand-besluit",
    "bedrag": euro("250.00"),
    "programma": "P1",
    "taakveld": "6.3",
    "besluit": "Financiële verordening",
    "beslotenOp": "2024-11-01",
    "wijzigingNieuwJaar": "Raadsbesluit 2026-1",
}
EXCEPTION = {
    "van": "2025-12-01",
    "totEnMet": "2025-12-31",
    "openTot": (NOW + timedelta(days=2)).isoformat(),
    "reden": "Een late factuur",
    "opVerzoekVan": "De controller",
}


@pytest.fixture
async def finance(person: Callable[..., Person]) -> Person:
    """Give somebody of finance, where two years are open and the first has a budget."""
    made = person("financieel")
    await made.done("/v1/boekingsperioden", OLD)
    await made.done("/v1/boekingsperioden", YEAR)
    budget = council_budget(JW="1000.00") | {"jaar": 2025, "boekdatum": "2025-01-02"}
    await made.done("/v1/begrotingen", budget)
    return made


async def test_a_preview_is_the_closing_and_keeps_nothing(
    finance: Person, gemeente: str, key_folder: Path
) -> None:
    asked = CLOSE | {"overhevelingen": [CARRY]}
    tried = (await finance.post("/v1/jaarafsluitingen", asked, dry_run=True)).json()
    assert (await finance.seen("/v1/jaarafsluitingen"))["resultaten"] == []
    assert not (key_folder / "checkpoints" / f"{gemeente}.jsonl").exists()
    done = await finance.done("/v1/jaarafsluitingen", asked)
    differing = {"id", "boekingen", "vastgelegdOp"}
    assert {name: done[name] for name in done if name not in differing} == {
        name: tried[name] for name in tried if name not in differing
    }
    (fund,) = [each for each in done["middelen"] if each["middel"] == "JW-2025"]
    assert (fund["overgeheveld"], fund["vrijgevallen"]) == (euro("250.00"), euro("750.00"))
    assert done["overgeheveld"] == [CARRY]
    assert (key_folder / "checkpoints" / f"{gemeente}.jsonl").read_text().count("\n") == 1
    assert await finance.seen(f"/v1/jaarafsluitingen/{done['id']}") == done
    (standing,) = [
        each
        for each in (await finance.seen("/v1/middelen"))["resultaten"]
        if each["middel"] == "JW-2025"
    ]
    assert (standing["vrij"], standing["vrijgevallen"], standing["overgeheveld"]) == (
        euro("0.00"),
        euro("750.00"),
        euro("250.00"),
    )


async def test_a_year_that_is_not_over_is_blocked_with_rows(finance: Person) -> None:
    made = await finance.done("/v1/jaarafsluitingen", {"jaar": 2026})
    assert made["uitkomst"] == "geblokkeerd"
    rows = {each["soort"]: each for each in made["regels"]}
    assert rows["jaar-niet-voorbij"]["remedie"].startswith("Sluit af na 31 december")
    assert made["boekingen"] == []


async def test_a_closed_year_opens_by_exception_only(finance: Person) -> None:
    await finance.done("/v1/jaarafsluitingen", CLOSE)
    refused = await finance.post("/v1/boekingsperioden", OLD)
    assert (refused.status_code, refused.json()["code"]) == (409, "boekjaar-afgesloten")
    made = await finance.done("/v1/uitzonderingen", EXCEPTION)
    budget = council_budget(JW="7.00") | {"jaar": 2025, "boekdatum": "2025-12-02"}
    await finance.done("/v1/begrotingen", budget)
    shown: dict[str, Any] = await finance.seen(f"/v1/uitzonderingen/{made['id']}")
    assert [(each["soort"], each["debet"]) for each in shown["boekingen"]] == [
        ("begroting", euro("7.00"))
    ]
    assert (shown["reden"], shown["opVerzoekVan"]) == ("Een late factuur", "De controller")
    again = await finance.done("/v1/jaarafsluitingen", CLOSE)
    assert (again["nummer"], again["uitkomst"]) == (2, "afgesloten")
    (listed,) = (await finance.seen("/v1/uitzonderingen"))["resultaten"]
    assert [each["soort"] for each in listed["boekingen"]] == ["begroting", "jaarafsluiting"]


async def test_only_finance_closes_and_whoever_reads_books_sees_it(
    finance: Person, person: Callable[..., Person]
) -> None:
    made = await finance.done("/v1/jaarafsluitingen", CLOSE)
    controller = person("controller")
    assert (await controller.post("/v1/jaarafsluitingen", CLOSE)).status_code == 403
    assert (await controller.post("/v1/uitzonderingen", EXCEPTION)).status_code == 403
    assert await controller.seen(f"/v1/jaarafsluitingen/{made['id']}") == made
    assert (await person("wijkteam").get("/v1/jaarafsluitingen")).status_code == 403
