"""Reads what the report is made of: the book of benefits, its estimates, homes and costs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.benefits.agreements.queries import covariances
from domains.benefits.bookings.model import State
from domains.benefits.report.model import (
    Block,
    Booked,
    CellEntry,
    Estimated,
    EstimateReport,
    Evidence,
    LineReport,
    Residences,
    Scope,
    Seen,
    StudyReport,
)
from domains.benefits.studies import DistrictRate
from domains.benefits.suppression import Place
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_MOMENT: Final = """
    SELECT recorded_at FROM ledger.link WHERE gemeente = %s AND chain_number <= %s
    ORDER BY chain_number DESC LIMIT 1
"""

_BOOKED: Final = """
    SELECT posting.block_id, posting.state, posting.domain, posting.chain_number,
           posting.booking_date, -sum(posting.amount_cents) AS cents
    FROM domains.benefit_posting AS posting
    WHERE posting.gemeente = %(gemeente)s AND posting.side = 'betaler'
      AND posting.chain_number <= %(known_up_to)s
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(posting.amount_cents) <> 0
    ORDER BY 4, 1, 2, 3, 5
"""

_BLOCKS: Final = """
    SELECT block_id, estimate_id, receiver, period, families, keys FROM domains.benefit_block
    WHERE gemeente = %s AND block_id = ANY (%s::uuid[])
"""

_ESTIMATES: Final = """
    SELECT estimate.estimate_id, estimate.study_id, estimate.number, estimate.exposure,
           estimate.domain, estimate.saving_cents, estimate.error_cents, estimate.grade,
           estimate.doubts, estimate.diagnostics ->> 'omslagpunt' AS tipping_point,
           estimate.refusal_text, estimate.diagnostics -> 'wijken' AS districts,
           study.study_id IS NOT NULL AND withdrawal.plan_id IS NULL AND NOT EXISTS (
               SELECT 1 FROM domains.benefit_study AS later
               WHERE later.gemeente = study.gemeente AND later.plan_id = study.plan_id
                 AND later.number > study.number AND later.made_at <= %(moment)s) AS is_current
    FROM domains.benefit_estimate AS estimate
    LEFT JOIN domains.benefit_study AS study USING (gemeente, study_id)
    LEFT JOIN domains.analysis_plan_withdrawal AS withdrawal
      ON withdrawal.gemeente = study.gemeente AND withdrawal.plan_id = study.plan_id
     AND withdrawal.withdrawn_at <= %(moment)s
    WHERE estimate.gemeente = %(gemeente)s AND estimate.recorded_at <= %(moment)s
    ORDER BY estimate.domain, estimate.exposure, estimate.estimate_id
"""

_RESIDENCES: Final = """
    SELECT family_id, from_date, recorded_at, district FROM domains.family_district
    WHERE gemeente = %s AND family_id = ANY (%s::uuid[]) ORDER BY family_id, from_date
"""

_OBSERVED: Final = """
    SELECT account.colour, date_trunc('quarter', entry.performance_from)::date AS quarter,
           sum(posting.amount_cents) AS cents
    FROM ledger.account
    JOIN ledger.posting USING (gemeente, account_id)
    JOIN ledger.entry ON entry.gemeente = posting.gemeente
        AND entry.chain_number = posting.chain_number AND entry.position = posting.position
    WHERE account.gemeente = %(gemeente)s AND account.book = 'WAARNEMING'
      AND account.code = %(code)s
      AND posting.chain_number <= %(known_up_to)s AND posting.booking_date <= %(on)s
      AND entry.performance_from IS NOT NULL
      -- Where the family lived to which the person belonged first in that month; before its
      -- first home, there too.
      AND (%(wijk)s::text IS NULL OR %(wijk)s = (
          SELECT lived.district
          FROM domains.member AS member
          JOIN domains.family_district AS lived USING (gemeente, family_id)
          WHERE member.gemeente = account.gemeente
            AND member.person_id = (account.dimensions ->> 'persoon')::uuid
            AND member.from_date < entry.performance_until AND member.recorded_at <= %(moment)s
            AND (member.until_date IS NULL OR member.ended_at > %(moment)s
                 OR member.until_date > entry.performance_from)
            AND lived.recorded_at <= %(moment)s
          ORDER BY member.from_date, lived.from_date > entry.performance_from,
                   abs(entry.performance_from - lived.from_date)
          LIMIT 1))
    GROUP BY 1, 2
"""

_SEEN: Final = """
    SELECT wijk, from_date, until_date, on_date, known_up_to, moment, hidden
    FROM domains.benefit_report WHERE gemeente = %s ORDER BY shown_at, report_id
"""


_STUDIES: Final = """
    SELECT * FROM domains.benefit_study
    WHERE gemeente = %(gemeente)s AND (%(ids)s::uuid[] IS NULL OR study_id = ANY (%(ids)s::uuid[]))
    ORDER BY made_at, study_id
"""

_LINES: Final = """
    SELECT line.*, block.estimate_id,
           array_agg(said.domain ORDER BY said.domain) AS contributors,
           array_agg(-said.amount_cents ORDER BY said.domain) AS amounts
    FROM domains.benefit_line AS line
    JOIN domains.benefit_block AS block USING (gemeente, block_id)
    JOIN domains.benefit_posting AS said USING (gemeente, entry_id)
    WHERE line.gemeente = %(gemeente)s AND said.side = 'betaler'
      AND (%(estimates)s::uuid[] IS NULL OR block.estimate_id = ANY (%(estimates)s::uuid[]))
      AND (%(state)s::text IS NULL OR line.state = %(state)s AND line.ended_by IS NULL)
    GROUP BY line.gemeente, line.line_id, block.estimate_id
    ORDER BY line.line_id
"""


_CELL: Final = """
    SELECT said.entry_id, said.block_id, said.chain_number, said.booking_date, said.state,
           said.estimate_id, said.period, -said.amount_cents AS cents
    FROM domains.benefit_posting AS said
    JOIN domains.benefit_block AS block USING (gemeente, block_id)
    WHERE said.gemeente = %(gemeente)s AND said.side = 'betaler'
      AND said.domain = %(contributor)s AND block.receiver = %(receiver)s
      AND said.chain_number <= %(known_up_to)s AND said.booking_date <= %(on)s
      AND said.period >= coalesce(%(from_date)s, '-infinity'::date)
      AND said.period < coalesce(%(until_date)s, 'infinity'::date)
    ORDER BY said.chain_number, said.entry_id
"""


async def cell_entries(
    connection: AsyncConnection, *, gemeente: str, scope: Scope, contributor: str, receiver: str
) -> tuple[CellEntry, ...]:
    """Give every entry that a cell of the report of a whole municipality is the sum of."""
    found = await rows(
        connection,
        _CELL,
        {
            "gemeente": gemeente,
            "contributor": contributor,
            "receiver": receiver,
            "known_up_to": scope.known_up_to,
            "on": scope.on,
            "from_date": scope.from_date,
            "until_date": scope.until_date,
        },
    )
    return tuple(
        CellEntry(
            entry=row.entry_id,
            block=row.block_id,
            link=row.chain_number,
            booking_date=row.booking_date,
            state=State(row.state),
            estimate=row.estimate_id,
            period=row.period,
            cents=row.cents,
        )
        for row in found
    )


async def study_reports(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[StudyReport, ...]:
    """Give studies with their estimates, the oldest first."""
    asked = {"gemeente": gemeente, "ids": None if ids is None else list(ids)}
    found = await rows(connection, _STUDIES, asked)
    estimates: dict[UUID, list[EstimateReport]] = {row.study_id: [] for row in found}
    for row in await rows(
        connection,
        "SELECT * FROM domains.benefit_estimate WHERE gemeente = %s"
        " AND study_id = ANY (%s::uuid[]) ORDER BY study_id, number",
        (gemeente, list(estimates)),
    ):
        estimates[row.study_id].append(_estimate(row))
    return tuple(
        StudyReport(
            id=row.study_id,
            plan_id=row.plan_id,
            number=row.number,
            chain_number=row.chain_number,
            data_hash=bytes(row.data_hash),
            method=row.method,
            families=row.families,
            months=row.months,
            first_month=row.first_month,
            left_out=row.left_out,
            made_at=row.made_at,
            actor=row.actor,
            supersedes=row.supersedes,
            estimates=tuple(estimates[row.study_id]),
        )
        for row in found
    )


async def estimate_reports(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID]
) -> tuple[EstimateReport, ...]:
    """Give estimates, measured or expected, by their ids."""
    found = await rows(
        connection,
        "SELECT * FROM domains.benefit_estimate"
        " WHERE gemeente = %s AND estimate_id = ANY (%s::uuid[]) ORDER BY domain, exposure, number",
        (gemeente, list(ids)),
    )
    return tuple(_estimate(row) for row in found)


async def line_reports(
    connection: AsyncConnection,
    *,
    gemeente: str,
    estimates: Sequence[UUID] | None = None,
    state: State | None = None,
) -> tuple[LineReport, ...]:
    """Give lines of the book with who contributed: all of some estimates, or those of a state."""
    found = await rows(
        connection,
        _LINES,
        {
            "gemeente": gemeente,
            "estimates": None if estimates is None else list(estimates),
            "state": None if state is None else state.value,
        },
    )
    return tuple(
        LineReport(
            id=row.line_id,
            estimate=row.estimate_id,
            state=State(row.state),
            cohort=row.cohort,
            exposure=tuple(row.exposure),
            receiver=row.receiver,
            period=row.period,
            entry=row.entry_id,
            ended_by=row.ended_by,
            contributions=tuple(zip(row.contributors, row.amounts, strict=True)),
        )
        for row in found
    )


async def moment_of(
    connection: AsyncConnection, *, gemeente: str, known_up_to: int
) -> datetime | None:
    """Give when a link of the chain was made; nothing before the first one."""
    found = await rows(connection, _MOMENT, (gemeente, known_up_to))
    return found[0][0] if found else None


async def booked(
    connection: AsyncConnection, *, gemeente: str, known_up_to: int
) -> tuple[Booked, ...]:
    """Give what each domain contributed to each block, per link of the chain."""
    found = await rows(connection, _BOOKED, {"gemeente": gemeente, "known_up_to": known_up_to})
    return tuple(
        Booked(
            block=row.block_id,
            state=State(row.state),
            contributor=row.domain,
            link=row.chain_number,
            booking_date=row.booking_date,
            cents=int(row.cents),
        )
        for row in found
    )


async def blocks(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID]
) -> dict[UUID, Block]:
    """Give blocks by their ids."""
    found = await rows(connection, _BLOCKS, (gemeente, list(ids)))
    return {
        row.block_id: Block(
            id=row.block_id,
            estimate=row.estimate_id,
            receiver=row.receiver,
            period=row.period,
            families=tuple(row.families),
            keys=tuple(row.keys),
        )
        for row in found
    }


async def evidence(connection: AsyncConnection, *, gemeente: str, moment: datetime) -> Evidence:
    """Give every estimate that was known at a moment."""
    found = await rows(connection, _ESTIMATES, {"gemeente": gemeente, "moment": moment})
    studies = list({row.study_id for row in found if row.study_id is not None})
    return Evidence(
        estimates={
            row.estimate_id: Estimated(
                id=row.estimate_id,
                study=row.study_id,
                number=row.number,
                exposure=tuple(row.exposure),
                domain=row.domain,
                saving_cents=row.saving_cents,
                error_cents=row.error_cents,
                grade=row.grade,
                doubts=tuple(row.doubts),
                tipping_point=None if row.tipping_point is None else float(row.tipping_point),
                refusal_text=row.refusal_text,
                is_current=row.is_current,
                districts=tuple(
                    DistrictRate(
                        wijk=each["wijk"],
                        families=each["gezinnen"],
                        log_ratio=each["logverhouding"],
                        log_error=each["fout"],
                    )
                    for each in row.districts or ()
                ),
            )
            for row in found
        },
        covariances=await covariances(connection, gemeente=gemeente, studies=studies),
    )


async def residences(
    connection: AsyncConnection, *, gemeente: str, families: Sequence[UUID]
) -> Residences:
    """Give where families lived, and since when that is known."""
    found = await rows(connection, _RESIDENCES, (gemeente, list(families)))
    homes: dict[UUID, list[Any]] = {}
    for row in found:
        homes.setdefault(row.family_id, []).append((row.from_date, row.recorded_at, row.district))
    return Residences(of={family: tuple(known) for family, known in homes.items()})


async def spent(connection: AsyncConnection, *, gemeente: str, scope: Scope) -> dict[str, int]:
    """Give the costs that the money books have in a period, per fund.

    Of a district these are what its draws spent; the books of costs themselves know no district.
    """
    day = timedelta(days=1)
    last = scope.on if scope.until_date is None else min(scope.on, scope.until_date - day)
    found = await _costs(connection, gemeente, scope, on=last)
    if scope.from_date is not None and scope.from_date <= last:
        earlier = await _costs(connection, gemeente, scope, on=scope.from_date - day)
        found = {fund: cents - earlier.get(fund, 0) for fund, cents in found.items()}
    return found


async def observed(
    connection: AsyncConnection, *, gemeente: str, scope: Scope, moment: datetime
) -> dict[tuple[str, date], int]:
    """Give the observed costs per fund and quarter, of who lived in the district of a scope.

    They are of all quarters, whatever the period of the scope, so that one look serves them all.
    """
    found = await rows(
        connection,
        _OBSERVED,
        {
            "gemeente": gemeente,
            "code": chart.OBSERVED,
            "known_up_to": scope.known_up_to,
            "on": scope.on,
            "wijk": scope.wijk,
            "moment": moment,
        },
    )
    return {(row.colour, row.quarter): int(row.cents) for row in found}


async def _costs(
    connection: AsyncConnection, gemeente: str, scope: Scope, *, on: date
) -> dict[str, int]:
    """Give the costs of the money books up to a day, per fund."""
    of_district = scope.wijk is not None
    per_fund: dict[str, int] = {}
    for total in await balances.totals(
        connection,
        gemeente=gemeente,
        book=Book.BUDGET if of_district else Book.LASTEN,
        on=on,
        known_up_to=scope.known_up_to,
        codes=(chart.SPENT,) if of_district else chart.COSTS,
        by=("wijk",) if of_district else (),
    ):
        if of_district and total.parts[0] != scope.wijk:
            continue
        per_fund[total.colour] = per_fund.get(total.colour, 0) + total.balance_cents
    return per_fund


async def seen(connection: AsyncConnection, *, gemeente: str) -> tuple[Seen, ...]:
    """List the reports that were shown, the oldest first."""
    found = await rows(connection, _SEEN, (gemeente,))
    return tuple(
        Seen(
            scope=Scope(
                wijk=row.wijk,
                from_date=row.from_date,
                until_date=row.until_date,
                on=row.on_date,
                known_up_to=row.known_up_to,
            ),
            moment=row.moment,
            hidden={State(state): _places(places) for state, places in row.hidden.items()},
        )
        for row in found
    )


def _places(found: Sequence[Sequence[str]]) -> frozenset[Place]:
    return frozenset((row, column) for row, column in found)


def _estimate(row: Any) -> EstimateReport:
    return EstimateReport(
        id=row.estimate_id,
        exposure=tuple(row.exposure),
        domain=row.domain,
        treated=row.treated,
        compared=row.compared,
        family_months=row.family_months,
        actual_cents=row.actual_cents,
        counterfactual_cents=row.counterfactual_cents,
        saving_cents=row.saving_cents,
        error_cents=row.error_cents,
        low_cents=row.low_cents,
        high_cents=row.high_cents,
        ratio=row.ratio,
        ratio_low=row.ratio_low,
        ratio_high=row.ratio_high,
        grade=row.grade,
        doubts=tuple(row.doubts),
        diagnostics=row.diagnostics,
        refusal=row.refusal,
        refusal_text=row.refusal_text,
    )
