"""Reading interventions and registered plans."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.analysis_plans.model import AnalysisPlan, Intervention, PlannedAnalysis
from domains.analysis_plans.rules import UnknownAnalysisPlan
from domains.benefits.diagnostics import Assignment
from domains.benefits.policy_domains import stretches_of
from ledger.accounts import Book
from ledger.reading import rows

_SEEN: Final = """
    SELECT (
        SELECT count(*) FROM ledger.posting AS posting
        JOIN ledger.entry AS entry USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE account.gemeente = %(gemeente)s AND account.book = %(book)s
          AND account.code = %(observed)s AND left(account.colour, -5) = ANY (%(sources)s::text[])
          AND entry.chain_number <= %(after)s
          AND entry.performance_from >= %(from)s AND entry.performance_from < %(until)s
    ) + (
        SELECT count(*) FROM ledger.entry AS entry
        JOIN domains.part_move AS move USING (gemeente, entry_id)
        JOIN domains.part AS part USING (gemeente, part_id)
        WHERE entry.gemeente = %(gemeente)s AND entry.chain_number <= %(after)s
          AND move.spent_cents > 0 AND left(part.fund, -5) = ANY (%(sources)s::text[])
          AND coalesce(entry.performance_until, part.until_date) > %(from)s
          AND coalesce(entry.performance_from, part.from_date) < %(until)s)
"""


async def interventions(connection: AsyncConnection, *, gemeente: str) -> tuple[Intervention, ...]:
    """List the interventions as they stand now, by code."""
    versions = await intervention_versions(connection, gemeente=gemeente)
    last = {code: each for (code, _), each in versions.items()}
    return tuple(last.values())


async def intervention_versions(
    connection: AsyncConnection, *, gemeente: str
) -> dict[tuple[str, int], Intervention]:
    """Give every version of every intervention, by code and number."""
    return {
        (row.code, row.version): Intervention(code=row.code, name=row.name, kinds=tuple(row.kinds))
        for row in await rows(
            connection,
            "SELECT code, version, name, kinds FROM domains.intervention"
            " WHERE gemeente = %s ORDER BY code, version",
            (gemeente,),
        )
    }


async def analysis_plans(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[AnalysisPlan, ...]:
    """List registered plans, or those with these ids, the oldest first."""
    versions = await intervention_versions(connection, gemeente=gemeente)
    return tuple(
        _plan(row, versions)
        for row in await rows(
            connection,
            "SELECT plan.*, withdrawal.plan_id IS NOT NULL AS withdrawn"
            " FROM domains.analysis_plan AS plan"
            " LEFT JOIN domains.analysis_plan_withdrawal AS withdrawal USING (gemeente, plan_id)"
            " WHERE plan.gemeente = %(gemeente)s"
            " AND (%(ids)s::uuid[] IS NULL OR plan.plan_id = ANY (%(ids)s::uuid[]))"
            " ORDER BY plan.registered_after, plan.plan_id",
            {"gemeente": gemeente, "ids": None if ids is None else list(ids)},
        )
    )


async def analysis_plan(
    connection: AsyncConnection, *, gemeente: str, plan_id: UUID
) -> AnalysisPlan:
    """Give one plan.

    :raises domains.analysis_plans.rules.UnknownAnalysisPlan: there is no such plan.
    """
    for found in await analysis_plans(connection, gemeente=gemeente, ids=[plan_id]):
        return found
    raise UnknownAnalysisPlan(plan=str(plan_id))


async def seen_before(connection: AsyncConnection, *, gemeente: str, plan: AnalysisPlan) -> int:
    """Count the costs of a plan's months with help that were booked before it was registered.

    Above nought, whoever made the plan could have seen its outcome: a reason for doubt.
    """
    asked = plan.asked
    measured, stretches = stretches_of(
        asked.domains, from_date=asked.first_month, until_date=asked.until_month
    )
    found = await rows(
        connection,
        _SEEN,
        {
            "gemeente": gemeente,
            "book": str(Book.WAARNEMING),
            "observed": chart.OBSERVED,
            "sources": [each.source for each in stretches if each.domain in measured],
            "after": plan.registered_after,
            "from": asked.starts_from,
            "until": asked.until_month,
        },
    )
    return int(found[0][0])


def _plan(row: Any, versions: dict[tuple[str, int], Intervention]) -> AnalysisPlan:
    return AnalysisPlan(
        id=row.plan_id,
        asked=PlannedAnalysis(
            title=row.title,
            interventions=tuple(row.interventions),
            domains=tuple(row.domains),
            starts_from=row.starts_from,
            starts_until=row.starts_until,
            first_month=row.first_month,
            until_month=row.until_month,
            assignment=Assignment(row.assignment),
            window_months=row.window_months,
            price_base=row.price_base,
        ),
        interventions=tuple(
            versions[key] for key in zip(row.interventions, row.intervention_versions, strict=True)
        ),
        registered_at=row.registered_at,
        registered_after=row.registered_after,
        actor=row.actor,
        withdrawn=row.withdrawn,
    )
