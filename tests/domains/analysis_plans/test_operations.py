"""Plans are laid down beforehand: what they say never changes, and no two measure the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from api import db
from domains.analysis_plans.model import Intervention, PlannedAnalysis
from domains.analysis_plans.operations import (
    record_interventions,
    register_plan,
    withdraw_plan,
)
from domains.analysis_plans.queries import (
    analysis_plan,
    analysis_plans,
    interventions,
    seen_before,
)
from domains.analysis_plans.rules import (
    KindInOtherIntervention,
    PlanMonthsInvalid,
    PlansOverlap,
    PlanWithdrawn,
    PriceBaseOutsidePlan,
    UnknownAnalysisPlan,
    UnknownIntervention,
)
from domains.benefits.policy_domains import UnknownDomain
from domains.benefits.refusals import TooManyInterventions
from domains.eligibility.rules import UnknownHelpKind
from ledger.refusals import Refusal
from tests.domains.benefits.histories import (
    INTERVENTIONS,
    PLANNED,
    cost,
    live_here,
    observe,
    plan_for,
    settle_in,
)
from tests.domains.support import Town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

DEBTS = INTERVENTIONS[0]


async def record(town: Town, *given: Intervention) -> None:
    """Record interventions."""
    await town.do(
        lambda connection, instruction: record_interventions(
            connection, instruction=instruction, interventions=given
        )
    )


async def register(town: Town, planned: PlannedAnalysis) -> UUID:
    """Register a plan."""
    (plan,) = await town.do(
        lambda connection, instruction: register_plan(
            connection, instruction=instruction, asked=planned
        )
    )
    return plan


async def withdraw(town: Town, plan: UUID) -> None:
    """Withdraw a plan."""
    await town.do(
        lambda connection, instruction: withdraw_plan(
            connection, instruction=instruction, plan_id=plan, reason="anders bedacht"
        )
    )


async def seen(town: Town, plan: UUID) -> int:
    """Count what could be seen before a plan was registered."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await seen_before(
            connection,
            gemeente=town.gemeente,
            plan=await analysis_plan(connection, gemeente=town.gemeente, plan_id=plan),
        )


async def standing(town: Town) -> Sequence[Intervention]:
    """List the interventions as they stand."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await interventions(connection, gemeente=town.gemeente)


async def test_a_plan_keeps_the_interventions_of_when_it_was_registered(new_town: Town) -> None:
    await record(new_town, *INTERVENTIONS)
    before = await register(new_town, PLANNED)
    wider = replace(DEBTS, kinds=(*DEBTS.kinds, "betalingsachterstand-in-schuldtraject"))
    await record(new_town, wider, INTERVENTIONS[1])
    assert await new_town.count("domains.intervention") == 3, "what stands so already stays"
    await record(new_town, wider)
    assert await new_town.count("domains.intervention") == 3
    await withdraw(new_town, before)
    after = await register(new_town, PLANNED)
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        first, second = await analysis_plans(connection, gemeente=new_town.gemeente)
    assert (first.id, first.withdrawn, first.interventions) == (before, True, INTERVENTIONS)
    assert (second.id, second.withdrawn) == (after, False)
    assert second.interventions[0].kinds == tuple(sorted(wider.kinds))
    assert second.asked == PLANNED
    assert second.registered_after > first.registered_after
    assert await standing(new_town) == (second.interventions[0], INTERVENTIONS[1])
    await new_town.assert_sound()


async def test_a_kind_of_help_belongs_to_one_intervention(new_town: Town) -> None:
    await record(new_town, *INTERVENTIONS)
    with pytest.raises(KindInOtherIntervention, match="interventie A"):
        await record(new_town, Intervention(code="C", name="C", kinds=DEBTS.kinds))
    with pytest.raises(UnknownHelpKind):
        await record(new_town, Intervention(code="C", name="C", kinds=("schuldhulp",)))
    # It may go over from one to another, in one list.
    other = Intervention(code="A", name="Huishouden", kinds=("huishoudelijke-hulp",))
    await record(new_town, other, Intervention(code="C", name="C", kinds=DEBTS.kinds))
    assert [each.code for each in await standing(new_town)] == ["A", "B", "C"]


MANY = tuple(f"I{number}" for number in range(21))

# what is wrong with a plan -> what it says, and the refusal
WRONG: dict[str, tuple[dict[str, Any], type[Refusal]]] = {
    "in the middle of a month": ({"first_month": date(2023, 1, 2)}, PlanMonthsInvalid),
    "starts before its months": ({"starts_from": date(2022, 12, 1)}, PlanMonthsInvalid),
    "no starts": ({"starts_until": PLANNED.starts_from}, PlanMonthsInvalid),
    "starts after its months": ({"until_month": date(2025, 6, 1)}, PlanMonthsInvalid),
    "eleven years": ({"until_month": date(2034, 1, 1)}, PlanMonthsInvalid),
    "before there were books": (
        {"first_month": date(1999, 12, 1), "until_month": date(2009, 12, 1)}
        | {"starts_from": date(2001, 1, 1), "starts_until": date(2002, 1, 1), "price_base": 2001},
        PlanMonthsInvalid,
    ),
    "prices from before": ({"price_base": 2022}, PriceBaseOutsidePlan),
    "prices from after": ({"price_base": 2026}, PriceBaseOutsidePlan),
    "too many interventions": ({"interventions": MANY}, TooManyInterventions),
    "an unknown intervention": ({"interventions": ("A", "Z")}, UnknownIntervention),
    "an unknown domain": ({"domains": ("zorg",)}, UnknownDomain),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_plan_that_cannot_be_carried_out_is_refused(new_town: Town, what: str) -> None:
    said, refusal = WRONG[what]
    await record(new_town, *INTERVENTIONS)
    with pytest.raises(refusal):
        await register(new_town, replace(PLANNED, **said))
    assert await new_town.count("domains.analysis_plan") == 0


# what another plan is about -> what it says, and whether it measures the same
OTHERS: dict[str, tuple[dict[str, Any], bool]] = {
    "the same": ({}, True),
    "one intervention and a part of the starts": (
        {"interventions": ("A",), "starts_from": date(2025, 6, 1)},
        True,
    ),
    "later starts": (
        {"starts_from": date(2025, 7, 1), "starts_until": date(2026, 1, 1)},
        False,
    ),
    "another domain": ({"domains": ("wmo",)}, False),
    "another intervention": ({"interventions": ("C",)}, False),
}


@pytest.mark.parametrize("what", OTHERS)
async def test_two_plans_never_measure_the_same(new_town: Town, what: str) -> None:
    said, overlaps = OTHERS[what]
    await record(
        new_town,
        *INTERVENTIONS,
        Intervention(code="C", name="Hulp in huis", kinds=("huishoudelijke-hulp",)),
    )
    plan = await register(new_town, PLANNED)
    other = replace(PLANNED, title="Ander plan", **said)
    if overlaps:
        with pytest.raises(PlansOverlap, match="Trek dat plan eerst in") as caught:
            await register(new_town, other)
        assert caught.value.plan == str(plan)
        await withdraw(new_town, plan)
    await register(new_town, other)


async def test_a_plan_is_withdrawn_once(new_town: Town) -> None:
    plan = await plan_for(new_town)
    await withdraw(new_town, plan.id)
    with pytest.raises(PlanWithdrawn):
        await withdraw(new_town, plan.id)
    with pytest.raises(UnknownAnalysisPlan):
        await withdraw(new_town, new_town.instruction().new_id())


async def test_a_plan_after_its_data_is_told_from_one_before(new_town: Town) -> None:
    await settle_in(new_town)
    _, (_, child) = await live_here(new_town)
    await observe(new_town, cost(child, 11, 100), cost(child, 12, 100, source="WMO"))
    before = await plan_for(new_town)
    await observe(new_town, cost(child, 12, 100), cost(child, 20, 100))
    assert await seen(new_town, before.id) == 0, "months without help, and another domain"
    await withdraw(new_town, before.id)
    after = await register(new_town, PLANNED)
    assert await seen(new_town, after) == 2
