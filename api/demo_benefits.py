"""The domain benefits of the demo: invented histories, a plan, a study, and what it brings to book.

Every step is what a municipality does: families, severities and files of costs come in, a plan is
laid down before anybody can look, the effect is estimated, booked, and signed where it may be.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.invented_histories import (
    FIRST_MONTH,
    FIRST_START,
    KINDS,
    LAST_START,
    MONTHS,
    PAID,
    SOURCES,
    cost_file,
    world,
)
from domains.analysis_plans.model import Intervention, PlannedAnalysis
from domains.analysis_plans.operations import record_interventions, register_plan
from domains.analysis_plans.queries import analysis_plan, seen_before
from domains.benefits.bookings.model import ForecastOrder, Holder, Side, Signing
from domains.benefits.bookings.operations import (
    book_forecasts,
    book_study,
    name_holders,
    record_study,
    sign,
)
from domains.benefits.bookings.queries import kept_estimates
from domains.benefits.bookings.rules import SIGNABLE
from domains.benefits.diagnostics import Assignment, Grade
from domains.benefits.forecast import Deduction
from domains.benefits.histories import read_panel
from domains.benefits.studies import make_study
from domains.costs.operations import import_costs
from domains.events.rules import months_later
from domains.families.model import NewFamily
from domains.families.operations import register_families
from domains.families.queries import families as families_of
from domains.instruction import Instruction, refuse_repetition
from domains.readers.cost_history import read_costs
from domains.severity.model import Measurement
from domains.severity.operations import record_severities
from ledger import balances

_FILE: Final = "waargenomen_kosten_2023_2025.csv"
_TEAM: Final = "zorgadministratie"
"""A team of their own, after every wijkteam, which has only the families that it helps."""
_LAST_STEP: Final = "histories-raming"
_NAMES: Final = {"schuldhulp": "Schuldhulpverlening", "opvoedhulp": "Opvoedhulp aan ouders"}

FORECAST: Final = ForecastOrder(
    intervention="schuldhulp",
    receiver="zvw",
    cohort="2024-1",
    from_quarter=date(2025, 1, 1),
    quarters=4,
    quantity=Fraction(50),
    price_cents=240_000,
    effect=Fraction(3, 10),
    deductions=(
        Deduction(reason="zonder hulp ook gebeurd", part=Fraction(1, 5)),
        Deduction(reason="andere oorzaken", part=Fraction(1, 10)),
        Deduction(reason="optimisme", part=Fraction(15, 100)),
    ),
    drop_off=Fraction(3, 10),
    paid={"schulden": 4, "armoede": 1},
    grade=Grade.E,
    source="prijs en effect verzonnen voor de demo",
)
"""What the health insurer may save; it is not measured, because it keeps its costs to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How the demo does a step: who asks, under which key, and once."""

    engine: AsyncEngine
    gemeente: str
    today: date
    instruction: Callable[[str], Instruction]
    once: Callable[
        [Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]]], Awaitable[tuple[UUID, ...]]
    ]


async def load_benefits(steps: Steps, *, districts: Sequence[str], booking_date: date) -> None:
    """Load the histories into some districts, and estimate and book what help saved."""
    if await steps.once(lambda connection: _look(connection, steps.instruction(_LAST_STEP))):
        return
    households = world().households
    families = await steps.once(
        lambda connection: register_families(
            connection,
            instruction=steps.instruction("histories-gezinnen"),
            families=[
                NewFamily(
                    wijk=districts[each.district % len(districts)],
                    family_type="standaard",
                    team=_TEAM,
                    is_complex=False,
                    birth_dates=each.birth_dates,
                )
                for each in households
            ],
            from_date=FIRST_MONTH,
        )
    )
    await steps.once(
        lambda connection: record_severities(
            connection,
            instruction=steps.instruction("histories-zwaarte"),
            measurements=[
                Measurement(
                    family=family, measured_on=FIRST_MONTH, severity=Decimal(str(each.severity))
                )
                for family, each in zip(families, households, strict=True)
            ],
        )
    )
    plan = await _plan(steps)
    await _costs(steps, families, booking_date=booking_date)
    study = await _study(steps, plan)
    await steps.once(
        lambda connection: book_study(
            connection, instruction=steps.instruction("histories-boeking"), study_id=study
        )
    )
    await _sign(steps, study)
    await steps.once(
        lambda connection: book_forecasts(
            connection, instruction=steps.instruction(_LAST_STEP), forecasts=[FORECAST]
        )
    )


async def _look(connection: AsyncConnection, instruction: Instruction) -> tuple[UUID, ...]:
    """Look whether a step was done; gives nothing where it was not."""
    await refuse_repetition(connection, instruction=instruction)
    return ()


async def _plan(steps: Steps) -> UUID:
    """Lay down what is looked at, before the costs come in."""
    await steps.once(
        lambda connection: record_interventions(
            connection,
            instruction=steps.instruction("histories-interventies"),
            interventions=[
                Intervention(code=code, name=_NAMES[code], kinds=(kind,))
                for code, kind in KINDS.items()
            ],
        )
    )
    asked = PlannedAnalysis(
        title="Schuldhulp en opvoedhulp, instroom 2024 na loting",
        interventions=tuple(KINDS),
        domains=tuple(SOURCES),
        starts_from=months_later(FIRST_MONTH, FIRST_START),
        starts_until=months_later(FIRST_MONTH, LAST_START),
        first_month=FIRST_MONTH,
        until_month=months_later(FIRST_MONTH, MONTHS),
        assignment=Assignment.RANDOM,
        window_months=3,
        price_base=FIRST_MONTH.year,
    )
    (plan,) = await steps.once(
        lambda connection: register_plan(
            connection, instruction=steps.instruction("histories-plan"), asked=asked
        )
    )
    return plan


async def _costs(steps: Steps, families: Sequence[UUID], *, booking_date: date) -> None:
    """Read the file of the care administration, about the persons as they are known here."""
    async with db.transaction(steps.engine, steps.gemeente) as connection:
        found = await families_of(connection, gemeente=steps.gemeente, ids=families)
    by_age = {
        family.id: [
            member.person for member in sorted(family.members, key=lambda each: each.birth_date)
        ]
        for family in found
    }
    file = read_costs(
        cost_file([by_age[family] for family in families]),
        file_name=_FILE,
        today=steps.today,
    )
    await steps.once(
        lambda connection: import_costs(
            connection,
            instruction=steps.instruction("histories-kosten"),
            file=file,
            file_name=_FILE,
            booking_date=booking_date,
        )
    )


async def _study(steps: Steps, plan_id: UUID) -> UUID:
    gemeente = steps.gemeente
    async with db.transaction(steps.engine, gemeente) as connection:
        plan = await analysis_plan(connection, gemeente=gemeente, plan_id=plan_id)
        number = await balances.last_link(connection, gemeente=gemeente)
        frozen = await read_panel(connection, gemeente=gemeente, plan=plan, chain_number=number)
        seen = await seen_before(connection, gemeente=gemeente, plan=plan)
    study = make_study(frozen, plan, seen_before=seen, run=map)
    (study_id,) = await steps.once(
        lambda connection: record_study(
            connection,
            instruction=steps.instruction("histories-studie"),
            plan_id=plan_id,
            study=study,
        )
    )
    return study_id


async def _sign(steps: Steps, study: UUID) -> None:
    """Let everybody sign for what is sure enough, each for the budget that he holds."""
    await steps.once(
        lambda connection: name_holders(
            connection,
            instruction=steps.instruction("histories-budgethouders"),
            holders=[
                Holder(
                    domain=domain,
                    subject=_holder(domain),
                    from_date=FIRST_MONTH,
                    decision="verzonnen voor de demo",
                )
                for domain in SOURCES
            ],
        )
    )
    async with db.transaction(steps.engine, steps.gemeente) as connection:
        estimates = await kept_estimates(connection, gemeente=steps.gemeente, study=study)
    sure = [each for each in estimates.values() if each.grade in SIGNABLE]
    domain_of = {source: domain for domain, source in SOURCES.items()}
    for domain in SOURCES:
        mine = [
            Signing(
                estimate_id=each.id,
                side=Side.RECEIVER if each.domain == domain else Side.CONTRIBUTOR,
                domain=domain,
            )
            for each in sure
            if domain == each.domain
            or domain in {domain_of[source] for code in each.exposure for source in PAID[code]}
        ]
        await _signed(steps, mine, by=_holder(domain))
    everything = [Signing(estimate_id=each.id, side=Side.CONTROLLER) for each in sure]
    await _signed(steps, everything, by="controller (verzonnen)")


async def _signed(steps: Steps, signings: Sequence[Signing], *, by: str) -> None:
    if not signings:
        return
    asked = steps.instruction(f"histories-tekent-{by}")
    actor = replace(asked.actor, subject=by, roles=frozenset({"budgethouder", "controller"}))
    await steps.once(
        lambda connection: sign(
            connection, instruction=replace(asked, actor=actor), signings=signings
        )
    )


def _holder(domain: str) -> str:
    return f"budgethouder {domain} (verzonnen)"
