"""What waits for the budget holder, over HTTP."""

from collections.abc import Callable

import pytest

from tests.api.http.conftest import Person
from tests.api.http.town import euro, grant_without_approval, make_town

pytestmark = pytest.mark.postgres


async def test_a_shortage_waits_for_the_budget_holder(
    person: Callable[..., Person], gemeente: str
) -> None:
    holder = person("financieel", "budgethouder")
    town = await make_town(holder, holder, gemeente)
    assert (await holder.seen("/v1/signalen"))["resultaten"] == []
    await grant_without_approval(holder, 31_000)
    draw = await holder.done(town.draws, town.draw("31000.00", spoed=True))
    found = (await holder.seen("/v1/signalen", eigenaar="budgethouder"))["resultaten"]
    (short,) = [each for each in found if each["soort"] == "tekort-te-dekken"]
    assert (short["trekking"], short["middel"], short["bedrag"]) == (
        draw["id"],
        "TEKORT-2026",
        euro("1000.00"),
    )
    assert (short["uiterlijk"], short["teLaat"]) == ("2026-05-31", True)
    nobody = await holder.seen("/v1/signalen", eigenaar="wethouder")
    assert nobody["resultaten"] == []
