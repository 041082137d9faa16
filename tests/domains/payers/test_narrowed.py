"""What was advanced lawfully can be settled, whatever the rule says about those days since."""

from datetime import date

import pytest

from domains.draws.model import Payment
from domains.eligibility.model import RuleOutcome
from domains.payers.model import PayerState
from domains.rule_base.model import Narrowing
from tests.domains.families import acts
from tests.domains.payers.support import (
    Step,
    accepting,
    advance,
    claiming,
    disputing,
    receiving,
    stands,
    staying,
    writing_off,
)
from tests.domains.regrouping.test_operations import home
from tests.domains.rule_base.test_operations import narrow
from tests.domains.support import PARENT, Town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

NO_MORE_ADVANCES = Narrowing(
    rule_id="E39", from_date=date(2026, 7, 1), outcome=RuleOutcome.NIET, explanation="Vervallen."
)


async def settle(town: Town, *steps: Step) -> None:
    """Take steps one after the other."""
    for step in steps:
        await town.do(step)


async def test_another_pays_after_the_rule_of_the_advance_was_narrowed(town: Town) -> None:
    item = await advance(town)
    await narrow(town, NO_MORE_ADVANCES)
    await settle(
        town,
        claiming(item, cents=500_00),
        accepting(item, cents=400_00),
        receiving(item, cents=150_00),
        # What the insurer accepted and does not pay is cost again of the fund that advanced.
        writing_off(item, PayerState.ACCEPTED, cents=50_00),
        disputing(item, cents=100_00),
        claiming(item, "SHV"),
        accepting(item, "SHV", 300_00),
        disputing(item, "SHV"),
        staying(item),
    )
    assert await stands(town, item) == (
        "aanvaard SHV € 300,00; aanvaard ZVW € 200,00; afgeboekt ZVW € 50,00;"
        " blijft SHV € 200,00; verrekend ZVW € 150,00"
    )
    await town.assert_sound()


async def test_a_reservation_goes_along_after_its_rule_was_narrowed(town: Town) -> None:
    family = await home(town)
    budget = await town.open_budget(family)
    item = await advance(town, budget=budget, payment=Payment.RESERVATION)
    await narrow(town, NO_MORE_ADVANCES)
    await acts.split(town, family, await town.person(budget, PARENT))
    assert await stands(town, item) == "vervallen ZVW € 900,00"
    await town.assert_sound()
