"""The worked family, line by line: from forecast to what its domains settle."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from api import db
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
from domains.budgets.mapping import Side
from ledger.balances import JournalEntry
from tests.domains.benefits.bookings.support import (
    COHORT,
    PAID,
    QUARTER,
    Found,
    booked,
    entries,
    estimated,
    forecast,
    name_holders,
    plan_of,
    sign_all,
    standing,
)
from tests.domains.support import DAY, YEAR, Town

pytestmark = pytest.mark.postgres

STATES: Final = {
    "FORECAST": "verwacht",
    "MEASURED": "gemeten",
    "VALIDATED": "bekrachtigd",
    "SETTLED": "verzilverd",
}
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


@pytest.fixture
def example(testdata: Path) -> dict[str, Any]:
    """Read the worked example."""
    path = testdata / "attribution" / "benefit_ledger_example.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def told(entry: dict[str, Any]) -> tuple[str, frozenset[tuple[str, str, int]]]:
    return STATES[entry["state"]], frozenset(
        (line["account"], line["domain"].lower(), int(Decimal(line["amount"]) * 100))
        for line in entry["lines"]
    )


def written(entry: JournalEntry) -> tuple[str, frozenset[tuple[str, str, int]]]:
    return entry.lines[0].account.colour.partition("/")[2], frozenset(
        (
            "CONTRIB" if line.account.code == "9900" else "RECV",
            line.account.dimension("domein") or "",
            line.amount_cents,
        )
        for line in entry.lines
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


async def test_the_worked_family_is_reproduced_line_by_line(
    town: Town, example: dict[str, Any]
) -> None:
    youth, others = await plan_of(town, "jeugd"), await plan_of(town, "ggz", "wmo")
    await name_holders(town, "jeugd", "ggz", "wmo", "schulden", "armoede")
    await forecast(town, EXPECTED)
    assert await standing(town) == {
        "verwacht betaler schulden": -5_140_80,
        "verwacht ontvanger jeugd": 5_140_80,
    }
    await booked(town, youth, estimated(YOUTH))
    measured = await booked(town, others, estimated(GGZ), estimated(WMO))
    restated = await booked(town, youth, estimated(LATER), data="late facturen")
    await sign_all(town, restated, {"jeugd": ("schulden", "armoede")})
    await sign_all(town, measured, {"ggz": ("schulden", "jeugd", "armoede"), "wmo": ("schulden",)})
    await agree(town)
    settlement, version = await settle(town)
    async with db.transaction(town.engine, town.gemeente) as connection:
        (draft,) = await budget_changes(connection, gemeente=town.gemeente)
    assert [(line.side, line.source, line.change_cents) for line in draft.lines] == [
        (Side.EXPENSES, "JW", 1_068_60),
        (Side.REVENUES, "SHV", 1_068_60),
    ]
    assert draft.year == YEAR
    await adopt_draft(town, version)
    await realise(town, settlement)

    found = await entries(town)
    by_id = {each.id: each for each in found}
    wanted = {each["id"]: each for each in example["entries"] if each["book"] == "BATEN"}
    assert Counter(
        (written(each), written(by_id[each.reverses]) if each.reverses else None) for each in found
    ) == Counter(
        (told(each), told(wanted[each["reverses"]]) if each["reverses"] else None)
        for each in wanted.values()
    )
    kinds = {"RECV": "ontvanger", "CONTRIB": "betaler"}
    assert await standing(town) == {
        f"{STATES[state]} {kinds[account]} {domain.lower()}": int(Decimal(amount) * 100)
        for name, amount in example["balances"].items()
        for book, state, account, domain in [name.split("|")]
        if book == "BATEN" and Decimal(amount) != 0
    }
    await town.assert_sound()
