"""Reading interventions and registered plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.analysis_plans.model import AnalysisPlan, Intervention


async def interventions(connection: AsyncConnection, *, gemeente: str) -> tuple[Intervention, ...]:
    """List the interventions as they stand now, by code."""
    raise NotImplementedError


async def analysis_plans(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[AnalysisPlan, ...]:
    """List registered plans, or those with these ids, the oldest first."""
    raise NotImplementedError


async def analysis_plan(
    connection: AsyncConnection, *, gemeente: str, plan_id: UUID
) -> AnalysisPlan:
    """Give one plan.

    :raises domains.analysis_plans.rules.UnknownAnalysisPlan: there is no such plan.
    """
    raise NotImplementedError


async def seen_before(connection: AsyncConnection, *, gemeente: str, plan: AnalysisPlan) -> int:
    """Count the costs of a plan's months with help that were booked before it was registered.

    Above nought, whoever made the plan could have seen its outcome: a reason for doubt.
    """
    raise NotImplementedError
