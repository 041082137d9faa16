"""The verbs about domain benefits, on the histories of the demo."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from api import db
from api.cli.desk import Desk, _with_engine
from api.runtime import database
from api.settings import settings_from
from domains.analysis_plans.queries import analysis_plans
from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres

ERMELO = ("--gemeente", "GM0233")
AS_JSON = ("--formaat", "json")
NOBODY = str(UUID(int=7))


@pytest.fixture
def report(ontschot: Program) -> Any:
    found = ontschot("domeinbaten", "rapport", *ERMELO, *AS_JSON)
    assert found.code == 0, found.err
    return found.document


def cents(amount: dict[str, str]) -> int:
    return int(amount["waarde"].replace(".", ""))


def plan_of(ontschot: Program) -> str:
    """Find the plan of the demo."""

    async def work(desk: Desk) -> str:
        async with db.transaction(desk.engine, "GM0233") as connection:
            (plan,) = await analysis_plans(connection, gemeente="GM0233")
        return str(plan.id)

    with database(settings_from({"ONTSCHOT_MAP": str(ontschot.folder)}, ontschot.folder)) as found:
        return asyncio.run(_with_engine(found, work))


def test_the_report_is_a_matrix_whose_rows_and_columns_sum(ontschot: Program, report: Any) -> None:
    cells = {
        (each["betaler"], each["ontvanger"]): cents(each["samen"]) for each in report["cellen"]
    }
    totals = {
        (each["betaler"], each["ontvanger"]): cents(each["samen"]) for each in report["totalen"]
    }
    assert totals["totaal", "totaal"] == sum(cells.values())
    for payer in {payer for payer, _ in cells}:
        mine = [amount for place, amount in cells.items() if place[0] == payer]
        assert totals[payer, "totaal"] == sum(mine)
    told = ontschot("domeinbaten", "rapport", *ERMELO)
    assert "met 95% zekerheid tussen" in told.out
    assert "Verwacht, en nergens meegeteld" in told.out
    assert ontschot("domeinbaten", "rapport", *ERMELO, *AS_JSON).document == report


def test_a_plan_is_looked_at_estimated_divided_and_booked(ontschot: Program, report: Any) -> None:
    plan = plan_of(ontschot)
    panel = ontschot("domeinbaten", "panel", *ERMELO, "--plan", plan, *AS_JSON).document
    assert (panel["maanden"], panel["gemeten"], panel["uitkomstenVooraf"]) == (36, 205, 0)
    assert "205 kregen hulp" in ontschot("domeinbaten", "panel", *ERMELO, "--plan", plan).out
    tried = ontschot("domeinbaten", "schat", *ERMELO, "--plan", plan, "--proef", *AS_JSON)
    assert tried.code == 0, tried.err
    assert tried.document["effectstudie"] is None
    assert len(tried.document["schattingen"]) == 10
    made = ontschot("domeinbaten", "schat", *ERMELO, "--plan", plan, *AS_JSON).document
    again = ontschot("domeinbaten", "schat", *ERMELO, "--plan", plan, *AS_JSON).document
    assert again["effectstudie"] == made["effectstudie"]
    assert again["gegevens"] == made["gegevens"]
    study = ("--studie", made["effectstudie"])
    divided = ontschot("domeinbaten", "toereken", *ERMELO, *study, *AS_JSON).document
    sums: dict[str, int] = {}
    for each in divided["verdelingen"]:
        sums[each["manier"]] = sums.get(each["manier"], 0) + cents(each["bedrag"])
    saved = sum(cents(each["besparing"]) for each in made["schattingen"])
    assert set(sums.values()) == {saved}
    closed = ontschot("domeinbaten", "boek", *ERMELO, *study, "--boekdatum", "2031-01-01")
    assert (closed.code, "periode-onbekend" in closed.err) == (1, True)
    on = (*study, "--boekdatum", "2025-12-31")
    assert ontschot("domeinbaten", "boek", *ERMELO, *on, "--proef").code == 0
    booked = ontschot("domeinbaten", "boek", *ERMELO, *on, *AS_JSON).document
    assert booked["regels"] > 100
    assert ontschot("domeinbaten", "boek", *ERMELO, *study, *AS_JSON).document["eerderGeboekt"]
    assert "al geboekt" in ontschot("domeinbaten", "boek", *ERMELO, *study, "--proef").err
    assert ontschot("controleer", *ERMELO).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("panel", "--plan", NOBODY), "analyseplan-onbekend"),
        (("schat", "--plan", NOBODY), "analyseplan-onbekend"),
        (("toereken", "--studie", NOBODY), "effectstudie-onbekend"),
        (("boek", "--studie", NOBODY), "effectstudie-onbekend"),
        (("rapport", "--van", "2024-02-01"), "periode-geen-kwartalen"),
        (("rapport", "--wijk", "WK999999"), "wijk-onbekend"),
        (("rapport", "--stand-per", "999999"), "stand-nog-onbekend"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    ontschot: Program, words: tuple[str, ...], code: str
) -> None:
    done = ontschot("domeinbaten", *words, *ERMELO, *AS_JSON)
    assert done.code == 1
    assert code in done.err
