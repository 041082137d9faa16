"""Plans that are laid down before anybody looks, and files of observed costs and severities."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import YEAR, make_town

pytestmark = pytest.mark.postgres

INTERVENTIONS = {
    "interventies": [
        {"code": "schuldhulp", "naam": "Schuldhulp", "soorten": ["schuldhulpverlening"]},
        {"code": "opvoedhulp", "naam": "Opvoedhulp", "soorten": ["opvoedhulp-ouder"]},
    ]
}
PLAN = {
    "titel": "Schuldhulp en opvoedhulp",
    "interventies": ["schuldhulp", "opvoedhulp"],
    "domeinen": ["jeugd", "ggz"],
    "instroomVan": "2024-01-01",
    "instroomTotEnMet": "2024-12-31",
    "maandenVan": "2023-01-01",
    "maandenTotEnMet": "2025-12-31",
    "prijspeil": 2025,
}
HEADING = "persoon;maand;bron;hulpsoort;bedrag_eur;factuurdatum;document"


async def send(
    who: Person, path: str, content: str, *, key: str = "bestand", **fields: str
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who.token}", "Idempotency-Key": key}
    return await who.client.post(
        path, files={"bestand": ("kosten.csv", content.encode())}, data=fields, headers=headers
    )


async def test_a_plan_tells_what_stood_in_the_books_by_then(person: Callable[..., Person]) -> None:
    controller = person("controller")
    made = await controller.done("/v1/interventies", INTERVENTIONS)
    assert made["resultaten"] == sorted(
        INTERVENTIONS["interventies"], key=lambda each: str(each["code"])
    )
    plan = await controller.done("/v1/analyseplannen", PLAN)
    shown = {name: plan[name] for name in PLAN if name != "interventies"}
    assert shown == {name: value for name, value in PLAN.items() if name != "interventies"}
    assert [each["code"] for each in plan["interventies"]] == ["opvoedhulp", "schuldhulp"]
    assert plan["geregistreerdNa"] == 1
    assert (plan["toewijzing"], plan["vensterMaanden"], plan["ingetrokken"]) == (
        "gespreide-start",
        3,
        False,
    )
    assert await controller.seen(f"/v1/analyseplannen/{plan['id']}") == plan
    assert (await controller.seen("/v1/analyseplannen"))["resultaten"] == [plan]


async def test_a_plan_is_withdrawn_before_another_one_takes_its_place(
    person: Callable[..., Person],
) -> None:
    controller = person("controller")
    await controller.done("/v1/interventies", INTERVENTIONS)
    plan = await controller.done("/v1/analyseplannen", PLAN)
    second = await controller.post("/v1/analyseplannen", PLAN)
    assert (second.status_code, second.json()["code"]) == (409, "analyseplannen-overlappen")
    withdrawals = f"/v1/analyseplannen/{plan['id']}/intrekkingen"
    assert (await controller.done(withdrawals, {"reden": "Verkeerde maanden"}))["ingetrokken"]
    assert (await controller.done("/v1/analyseplannen", PLAN))["id"] != plan["id"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"interventies": ["niets"]}, 422, "interventie-onbekend"),
        ({"domeinen": ["zorg"]}, 422, "domein-onbekend"),
        ({"maandenTotEnMet": "2022-12-31"}, 422, "analyseplan-maanden-ongeldig"),
        ({"toewijzing": "keuze"}, 400, "invoer-ongeldig"),
        ({"vensterMaanden": -1}, 400, "invoer-ongeldig"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(
    person: Callable[..., Person], wrong: dict[str, Any], status: int, code: str
) -> None:
    controller = person("controller")
    await controller.done("/v1/interventies", INTERVENTIONS)
    answer = await controller.post("/v1/analyseplannen", PLAN | wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_observed_costs_are_booked_once_with_a_report_of_what_stayed_out(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    town = await make_town(finance, person("wijkteam", teams=("noord",)), gemeente)
    member = town.family["leden"][0]["persoon"]
    known = f"{member};2026-03;JW;jeugdhulp-ambulant;1250,00;2026-04-12;F1"
    before = f"{member};2024-03;JW;jeugdhulp-ambulant;99,00;2024-04-12;F2"
    content = f"{HEADING}\n{known}\n{before}"
    answer = await send(finance, "/v1/kostenhistories", content, boekdatum="2026-05-01")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["regels"], found["bedrag"]["waarde"]) == (1, "1250.00")
    assert [each["middel"] for each in found["perMiddel"]] == ["JW-2026"]
    assert [each["regel"] for each in found["weggelaten"]] == [3]
    again = await send(finance, "/v1/kostenhistories", content, key="2", boekdatum="2026-05-01")
    assert again.json() == found
    assert (await finance.seen("/v1/kostenhistories"))["resultaten"] == [found]
    assert await finance.seen(f"/v1/kostenhistories/{found['id']}") == found
    missing = await finance.get(f"/v1/kostenhistories/{town.family['id']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "kostenhistorie-niet-gevonden")


async def test_a_wrong_file_is_refused_with_the_spot(person: Callable[..., Person]) -> None:
    finance = person("financieel")
    await finance.done("/v1/boekingsperioden", YEAR)
    wrong = f"{HEADING}\nJansen;2026-03;JW;;1,00;2026-04-12;F1"
    answer = await send(finance, "/v1/kostenhistories", wrong, boekdatum="2026-05-01")
    assert (answer.status_code, answer.json()["code"]) == (422, "pseudoniem-onleesbaar")
    without = await finance.client.post(
        "/v1/kostenhistories",
        data={"boekdatum": "2026-05-01"},
        files={"ander": ("x.csv", b"x")},
        headers={"Authorization": f"Bearer {finance.token}", "Idempotency-Key": "3"},
    )
    assert without.status_code == 400
    assert [each["naam"] for each in without.json()["ongeldigeVelden"]] == ["bestand"]
    assert (await finance.post("/v1/kostenhistories", {})).status_code == 415


async def test_severities_are_recorded_from_a_file(
    person: Callable[..., Person], gemeente: str
) -> None:
    finance = person("financieel")
    town = await make_town(finance, person("wijkteam", teams=("noord",)), gemeente)
    content = f"gezin;gemeten_op;zwaarte\n{town.family['id']};2026-01-05;1,4"
    answer = await send(finance, "/v1/zwaartelijsten", content)
    assert answer.status_code == 201, answer.text
    assert answer.json()["metingen"] == 1
    nobody = await send(finance, "/v1/zwaartelijsten", content.replace("-", "0", 1), key="2")
    assert nobody.status_code == 422
