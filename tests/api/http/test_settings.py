"""Settings over HTTP: what holds, by which decision, and who may decide."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import euro

pytestmark = pytest.mark.postgres

ORDER = {
    "naam": "voorfinanciering",
    "waarde": ["WMO", "TOE"],
    "geldigVan": "2026-12-01",
    "besluit": "Collegebesluit 2026-12",
}


def mandates(*amounts: str) -> dict[str, Any]:
    roles = ("wijkteam", "teamleider", "budgethouder")
    return {
        role: {"perTrekking": euro(each), "perGezinJaar": euro(each)}
        for role, each in zip(roles, amounts, strict=True)
    }


@pytest.fixture
def finance(person: Callable[..., Person]) -> Person:
    return person("financieel")


async def settings(person: Person, **query: str) -> dict[str, Any]:
    found = await person.seen("/v1/instellingen", **query)
    return {each["naam"]: each for each in found["resultaten"]}


async def test_every_setting_has_a_value_before_anybody_decides(finance: Person) -> None:
    found = await settings(finance)
    assert len(found) == 11
    assert all(each["waarde"] == each["standaardwaarde"] for each in found.values())
    assert {each["besluit"] for each in found.values()} == {None}
    assert found["mandaat"]["waarde"]["wijkteam"]["perTrekking"] == euro("1000.00")
    assert found["autorisatieniveau"]["waarde"] == "programma"


async def test_a_decision_holds_from_its_first_day(finance: Person) -> None:
    made = await finance.done("/v1/instellingen", ORDER)
    assert (made["waarde"], made["versie"]) == (["WMO", "TOE"], 1)
    before = (await settings(finance, dag="2026-11-30"))["voorfinanciering"]
    assert (before["waarde"][0], before["besluit"]) == ("TOE", None)
    after = (await settings(finance, dag="2026-12-01"))["voorfinanciering"]
    assert after == made
    assert after["standaardwaarde"][0] == "TOE"


async def test_values_keep_their_shape(finance: Person) -> None:
    asked = ORDER | {"naam": "mandaat", "waarde": mandates("500.00", "5000.00", "50000.00")}
    made = await finance.done("/v1/instellingen", asked)
    assert made["waarde"] == asked["waarde"]
    parts = ORDER | {"naam": "programmaonderdelen", "waarde": {"Jeugd": ["6.751"]}}
    assert (await finance.done("/v1/instellingen", parts))["waarde"] == {"Jeugd": ["6.751"]}
    office = {"naam": "Financiën", "telefoon": "030 286 00 00", "email": "iv3@utrecht.nl"}
    asked = ORDER | {"naam": "iv3_contact", "waarde": office}
    assert (await finance.done("/v1/instellingen", asked))["waarde"] == office


async def test_a_dry_run_decides_nothing(finance: Person) -> None:
    tried = await finance.post("/v1/instellingen", ORDER, dry_run=True)
    assert (tried.status_code, tried.json()["versie"]) == (200, 1)
    assert (await settings(finance, dag="2027-01-01"))["voorfinanciering"]["versie"] == 0


# what is wrong -> status, code
WRONG = [
    ({"naam": "kleur"}, 400, "invoer-ongeldig"),
    ({"waarde": 1.5}, 400, "invoer-ongeldig"),
    ({"waarde": None}, 400, "invoer-ongeldig"),
    ({"waarde": [1]}, 400, "invoer-ongeldig"),
    ({"waarde": {"wijkteam": {"perTrekking": 5}}}, 400, "invoer-ongeldig"),
    ({"besluit": " "}, 400, "invoer-ongeldig"),
    ({"waarde": 5}, 422, "instelling-ongeldig"),
    ({"waarde": ["JW"]}, 422, "instelling-ongeldig"),
    ({"naam": "mandaat", "waarde": {"wijkteam": ["6.3"]}}, 422, "instelling-ongeldig"),
    ({"geldigVan": "2026-01-01"}, 422, "instelling-werkt-terug"),
    ({"geldigVan": "9999-01-01"}, 400, "invoer-ongeldig"),
]


@pytest.mark.parametrize(("wrong", "status", "code"), WRONG)
async def test_nonsense_is_a_clear_no(
    finance: Person, wrong: dict[str, Any], status: int, code: str
) -> None:
    answer = await finance.post("/v1/instellingen", ORDER | wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
