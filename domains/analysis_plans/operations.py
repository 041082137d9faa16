"""Recording interventions and severities, and registering and withdrawing plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.analysis_plans.model import Intervention, PlannedAnalysis
from domains.instruction import Instruction


async def record_interventions(
    connection: AsyncConnection, *, instruction: Instruction, interventions: Sequence[Intervention]
) -> tuple[UUID, ...]:
    """Record interventions, or new versions of them; what stands so already stays as it is."""
    raise NotImplementedError


async def register_plan(
    connection: AsyncConnection, *, instruction: Instruction, asked: PlannedAnalysis
) -> tuple[UUID, ...]:
    """Register what will be estimated, before it is; gives the id of the plan."""
    raise NotImplementedError


async def withdraw_plan(
    connection: AsyncConnection, *, instruction: Instruction, plan_id: UUID, reason: str
) -> tuple[UUID, ...]:
    """Withdraw a plan, so that another may take its place; gives its id."""
    raise NotImplementedError
