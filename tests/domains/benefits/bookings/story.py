"""The worked family: what was expected, measured, restated, signed, agreed and settled of it."""

from datetime import date
from fractions import Fraction
from typing import Final
from uuid import UUID

from api import db
from domains.analysis_plans.model import AnalysisPlan
from domains.analysis_plans.queries import analysis_plans
from domains.benefits.agreements import operations as agreements
from domains.benefits.agreements.model import (
    AgreementOrder,
    BudgetPlace,
    Cashable,
    CashableClass,
    SettlementOrder,
)
from domains.benefits.bookings.model import ForecastOrder
from domains.benefits.diagnostics import Grade
from domains.benefits.forecast import Deduction
from domains.benefits.settlement import Agreement, RateStep
from domains.budget_changes.operations import adopt
from domains.budget_changes.queries import budget_changes
from tests.domains.benefits.bookings.support import (
    COHORT,
    PAID,
    QUARTER,
    Found,
    booked,
    estimated,
    forecast,
    name_holders,
    plan_of,
    sign_all,
)
from tests.domains.support import DAY, Town

EXPECTED: Final = ForecastOrder(
    intervention="A",
    receiver="jeugd",
    cohort=COHORT,
    from_quarter=QUARTER,
    quarters=1,
    quantity=Fraction(1),
    price_cents=28_000_00,
    effect=Fraction("0.30"),
    deductions=(
        Deduction(reason="zou ook zonder hulp", part=Fraction("0.20")),
        Deduction(reason="andere oorzaken", part=Fraction("0.10")),
        Deduction(reason="optimisme", part=Fraction("0.15")),
    ),
    drop_off=Fraction("0.30"),
    paid=PAID["A"],
    grade=Grade.D,
    source="Kosten van het gezin over de twaalf maanden ervoor",
)
YOUTH: Final = Found(
    domain="jeugd", worth=(0, 4_110_00, 2_192_00, 5_480_00), counterfactual=27_400_00
)
GGZ: Final = Found(domain="ggz", worth=(0, 300_00, 120_00, 360_00), counterfactual=1_200_00)
WMO: Final = Found(domain="wmo", worth=(0, -60_00, 0, -60_00), counterfactual=900_00)
LATER: Final = Found(
    domain="jeugd", worth=(0, 3_973_00, 2_055_00, 5_206_00), counterfactual=27_400_00
)
ORDER: Final = AgreementOrder(
    receiver="jeugd",
    contributor="schulden",
    from_date=date(2025, 1, 1),
    until_date=date(2028, 1, 1),
    terms=Agreement(
        least_rates=(
            RateStep(first=1, last=None, at_first=Fraction(1, 50), at_last=Fraction(1, 50)),
        ),
        share=Fraction(1, 2),
        investment_cap=Fraction(1),
        benchmark_cap=Fraction(1, 10),
        floor_cents=1_000_00,
        one_sided_years=2,
        loss_share=Fraction(3, 10),
        loss_limit=Fraction(1, 20),
    ),
    expenses=BudgetPlace(source="JW", programme="P1", taakveld="6.751"),
    revenues=BudgetPlace(source="SHV", programme="P1", taakveld="6.3"),
    decision="afspraak 2025-1",
)
SETTLE: Final = SettlementOrder(
    receiver="jeugd", contributor="schulden", on=QUARTER, quality_holds=True
)


async def agree(town: Town, order: AgreementOrder = ORDER) -> UUID:
    """Record the agreement of the example, and what is cashable of youth help."""
    agreement, _ = await town.do(
        lambda connection, instruction: agreements.record_agreement(
            connection, instruction=instruction, order=order, agreement=None
        )
    )
    await town.do(
        lambda connection, instruction: agreements.record_cashable(
            connection,
            instruction=instruction,
            cashables=[
                Cashable(
                    domain="jeugd",
                    kind=CashableClass.DIRECT,
                    part=Fraction("0.60"),
                    step_cents=0,
                    from_date=date(2025, 1, 1),
                    decision="collegebesluit",
                )
            ],
        )
    )
    return agreement


async def settle(town: Town, order: SettlementOrder = SETTLE) -> tuple[UUID, ...]:
    """Settle."""
    return await town.do(
        lambda connection, instruction: agreements.settle(
            connection, instruction=instruction, order=order
        )
    )


async def adopt_draft(town: Town, version: UUID) -> None:
    """Let the council adopt the change that a settlement drafted."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        versions = await budget_changes(connection, gemeente=town.gemeente)
    (draft,) = [each for each in versions if each.version_id == version]
    await town.do(
        lambda connection, instruction: adopt(
            connection,
            instruction=instruction,
            change=draft.id,
            number=draft.number,
            decision="raadsbesluit 9",
            decided_on=DAY,
        )
    )


async def realise(town: Town, settlement: UUID) -> None:
    """Realise a settlement."""
    await town.do(
        lambda connection, instruction: agreements.realise(
            connection, instruction=instruction, asked=[settlement]
        )
    )


async def signed(town: Town) -> None:
    """Tell the story up to where everything is signed and agreed, and nothing is settled."""
    youth, others = await plan_of(town, "jeugd"), await plan_of(town, "ggz", "wmo")
    await name_holders(town, "jeugd", "ggz", "wmo", "schulden", "armoede")
    await forecast(town, EXPECTED)
    await booked(town, youth, estimated(YOUTH))
    measured = await booked(town, others, estimated(GGZ), estimated(WMO))
    restated = await booked(town, youth, estimated(LATER), data="late facturen")
    await sign_all(town, restated, {"jeugd": ("schulden", "armoede")})
    await sign_all(town, measured, {"ggz": ("schulden", "jeugd", "armoede"), "wmo": ("schulden",)})
    await agree(town)


async def told(town: Town) -> None:
    """Tell the whole story."""
    await signed(town)
    settlement, version = await settle(town)
    await adopt_draft(town, version)
    await realise(town, settlement)


async def youth_plan(town: Town) -> AnalysisPlan:
    """Give the plan about youth help."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        plans = await analysis_plans(connection, gemeente=town.gemeente)
    return next(each for each in plans if each.asked.domains == ("jeugd",))
