"""A municipality whose domain benefits are booked by hand: studies without an estimation."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID, uuid5

import numpy as np

from api import db
from domains.analysis_plans.model import AnalysisPlan
from domains.benefits.attribution import Worth
from domains.benefits.blocks import Block, Reason
from domains.benefits.bookings import operations
from domains.benefits.bookings.model import ForecastOrder, Holder, Side, Signing
from domains.benefits.diagnostics import Diagnostics, Grade, Judgement
from domains.benefits.estimation import Effect
from domains.benefits.studies import Estimated, Measured, Study
from ledger import balances
from ledger.balances import JournalEntry
from tests.domains.benefits.histories import PLANNED, plan_for
from tests.domains.support import DAY, Town

QUARTER: Final = date(2025, 1, 1)
COHORT: Final = "2024-2"
BOTH: Final = ("A", "B")
PAID: Final[Mapping[str, Mapping[str, int]]] = {
    "A": {"schulden": 4_000_00},
    "B": {"jeugd": 2_250_00, "armoede": 750_00},
}
_FAMILIES: Final = UUID("6f6e7473-6368-8f74-8000-67657a696e6e")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a study found of one exposure in one domain, in the order that a person tells it."""

    domain: str
    worth: Sequence[int]
    counterfactual: int
    error: int = 100_00
    grade: Grade = Grade.B
    exposure: tuple[str, ...] = BOTH
    cohort: str = COHORT
    period: date = QUARTER
    families: int = 2
    paid: Mapping[str, Mapping[str, int]] | None = None
    reason: Reason | None = None


def block_of(found: Found) -> Block:
    """Make the one block of an estimate."""
    return Block(
        cohort=found.cohort,
        exposure=found.exposure,
        receiver=found.domain,
        period=found.period,
        counterfactual_cents=found.counterfactual,
        saving_cents=found.worth[-1],
        worth=Worth(interventions=found.exposure, cents=tuple(found.worth), modelled=()),
        paid=PAID if found.paid is None else found.paid,
        families=tuple(uuid5(_FAMILIES, str(number)) for number in range(found.families)),
        keys=(1,) * found.families,
        reason=found.reason,
    )


def estimated(*found: Found) -> Estimated:
    """Make an estimate of blocks with the same exposure and domain."""
    first = found[0]
    counterfactual = sum(each.counterfactual for each in found)
    saving = sum(each.worth[-1] for each in found)
    half = first.error / 2
    effect = Effect(
        domain=first.domain,
        treated=120,
        compared=300,
        family_months=1_000,
        actual=float(counterfactual - saving),
        counterfactual=float(counterfactual),
        influence=np.array([half, -half]),
        log_influence=np.array([0.01, -0.01]),
        families=2,
        by_family=np.ones(2),
    )
    return Estimated(
        exposure=first.exposure,
        domain=first.domain,
        reason=None,
        measured=Measured(
            effect=effect,
            diagnostics=NOTHING_FOUND,
            judgement=Judgement(grade=first.grade, doubts=()),
            by_quarter=np.zeros((2, 1)),
            without_months=0,
        ),
        actual_cents=counterfactual - saving,
        counterfactual_cents=counterfactual,
        interval_cents=(saving - first.error * 2, saving + first.error * 2),
        blocks=tuple(block_of(each) for each in found),
    )


NOTHING_FOUND: Final = Diagnostics(
    placebo=(),
    dip=(),
    window=3,
    tipping_point=0.1,
    without_cohort=(),
    trimmed_ratio=0.8,
    largest_share=0.1,
    least_complete=1.0,
    months_left_out=0,
    opinions=(),
)


def study_of(*estimates: Estimated, data: str = "eerst", chain_number: int = 1) -> Study:
    """Make a study on data of which this word is the whole content."""
    errors = [
        0.0 if each.measured is None else each.measured.effect.saving_error for each in estimates
    ]
    return Study(
        chain_number=chain_number,
        data_hash=hashlib.sha256(data.encode()).digest(),
        method="proef-1",
        families=2,
        months=36,
        first_month=date(2023, 1, 1),
        left_out={},
        estimates=estimates,
        covariance=np.diag(np.square(errors)),
    )


def refused(domain: str) -> Estimated:
    """Make an estimate without a number."""
    return Estimated(
        exposure=BOTH,
        domain=domain,
        reason=Reason(code="te-weinig-gezinnen-met-hulp", words="Er zijn er te weinig."),
        measured=None,
        actual_cents=0,
        counterfactual_cents=0,
        interval_cents=(0, 0),
        blocks=(),
    )


async def plan_of(town: Town, *domains: str) -> AnalysisPlan:
    """Register a plan that measures some domains."""
    return await plan_for(town, replace(PLANNED, domains=domains))


async def keep(town: Town, plan: AnalysisPlan, study: Study, **said: str) -> UUID:
    """Keep a study."""
    (found,) = await town.do(
        lambda connection, instruction: operations.record_study(
            connection, instruction=instruction, plan_id=plan.id, study=study
        ),
        **said,
    )
    return found


async def book(town: Town, study_id: UUID, **said: str) -> None:
    """Book a study."""
    await town.do(
        lambda connection, instruction: operations.book_study(
            connection, instruction=instruction, study_id=study_id
        ),
        **said,
    )


async def booked(
    town: Town, plan: AnalysisPlan, *estimates: Estimated, data: str = "eerst"
) -> UUID:
    """Keep a study and book it."""
    study_id = await keep(town, plan, study_of(*estimates, data=data))
    await book(town, study_id)
    return study_id


async def forecast(town: Town, *orders: ForecastOrder) -> tuple[UUID, ...]:
    """Book forecasts."""
    return await town.do(
        lambda connection, instruction: operations.book_forecasts(
            connection, instruction=instruction, forecasts=orders
        )
    )


async def sign(town: Town, subject: str, *signings: Signing, role: str = "budgethouder") -> None:
    """Let somebody sign."""
    await town.do(
        lambda connection, instruction: operations.sign(
            connection, instruction=instruction, signings=signings
        ),
        subject=subject,
        role=role,
    )


async def name_holders(town: Town, *domains: str) -> None:
    """Let ``houder-X`` hold the budget of each domain X."""
    await town.do(
        lambda connection, instruction: operations.name_holders(
            connection,
            instruction=instruction,
            holders=[
                Holder(
                    domain=each, subject=f"houder-{each}", from_date=DAY, decision="collegebesluit"
                )
                for each in domains
            ],
        )
    )


async def estimates_of(town: Town, study: UUID) -> dict[str, UUID]:
    """Name the estimates of a study by their domain."""
    found = await town.ask(
        f"SELECT domain, estimate_id FROM domains.benefit_estimate WHERE study_id = '{study}'"
    )
    return {row[0]: row[1] for row in found}


async def sign_all(town: Town, study: UUID, contributors: Mapping[str, Sequence[str]]) -> None:
    """Let everybody sign for the estimates of some domains of a study."""
    ids = await estimates_of(town, study)
    for domain, payers in contributors.items():
        estimate = ids[domain]
        for payer in sorted({*payers} - {domain}):
            await sign(
                town,
                f"houder-{payer}",
                Signing(estimate_id=estimate, side=Side.CONTRIBUTOR, domain=payer),
            )
        await sign(
            town,
            f"houder-{domain}",
            Signing(estimate_id=estimate, side=Side.RECEIVER, domain=domain),
        )
        await sign(
            town,
            "controller",
            Signing(estimate_id=estimate, side=Side.CONTROLLER),
            role="controller",
        )


async def entries(town: Town) -> tuple[JournalEntry, ...]:
    """Give all entries in the book of domain benefits, in the order of the chain."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await town.ask("SELECT DISTINCT entry_id FROM domains.benefit_posting")
        return await balances.find_entries(
            connection, gemeente=town.gemeente, entries=[row[0] for row in found]
        )


async def standing(town: Town) -> dict[str, int]:
    """Say what stands: per state, side and domain, in cents; a contribution is told as a credit."""
    found = await town.ask(
        "SELECT state, side, domain, sum(amount_cents)::bigint FROM domains.benefit_posting"
        " GROUP BY 1, 2, 3 HAVING sum(amount_cents) <> 0 ORDER BY 1, 2, 3"
    )
    return {f"{state} {side} {domain}": cents for state, side, domain, cents in found}
