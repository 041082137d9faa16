"""Reading kept studies with their estimates and blocks, and the lines of the book."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.attribution import Worth
from domains.benefits.blocks import Block, Reason
from domains.benefits.bookings.model import (
    Holder,
    KeptBlock,
    KeptEstimate,
    KeptStudy,
    Key,
    Line,
    Side,
    Signature,
    State,
)
from domains.benefits.bookings.refusals import StudyUnknown
from domains.benefits.diagnostics import Grade
from ledger.reading import rows

_STUDIES: Final = """
    SELECT study.study_id, study.plan_id, study.number, study.chain_number, study.data_hash,
           study.method,
           (SELECT max(later.number) FROM domains.benefit_study AS later
            WHERE later.gemeente = study.gemeente AND later.plan_id = study.plan_id) AS newest,
           EXISTS (SELECT 1 FROM domains.analysis_plan_withdrawal AS withdrawal
                   WHERE withdrawal.gemeente = study.gemeente
                     AND withdrawal.plan_id = study.plan_id) AS withdrawn,
           EXISTS (SELECT 1 FROM domains.benefit_estimate AS estimate
                   JOIN domains.benefit_block AS block USING (gemeente, estimate_id)
                   JOIN domains.benefit_line AS line USING (gemeente, block_id)
                   WHERE estimate.gemeente = study.gemeente
                     AND estimate.study_id = study.study_id) AS is_booked
    FROM domains.benefit_study AS study
    WHERE study.gemeente = %(gemeente)s
      AND (study.study_id = %(study)s OR study.plan_id = %(plan)s)
    ORDER BY study.number DESC LIMIT 1
"""

SEAL: Final = """
    encode(sha256(convert_to(jsonb_build_array(
        to_jsonb(block), to_jsonb(estimate) - 'recorded_at')::text, 'UTF8')), 'hex')"""
"""The hash of a block with its estimate, which every entry of the book carries."""

_LINES: Final = """
    SELECT line.*, block.estimate_id
    FROM domains.benefit_line AS line
    JOIN domains.benefit_block AS block USING (gemeente, block_id)
    JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)
    WHERE line.gemeente = %(gemeente)s AND line.ended_by IS NULL AND {which}
    ORDER BY line.line_id
"""

_OVERLAP: Final = """
    WITH claimed AS (
        SELECT block.receiver, block.period, study.plan_id, unnest(block.families) AS family
        FROM domains.benefit_line AS line
        JOIN domains.benefit_block AS block USING (gemeente, block_id)
        JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)
        JOIN domains.benefit_study AS study USING (gemeente, study_id)
        WHERE line.gemeente = %(gemeente)s AND line.ended_by IS NULL
          AND study.plan_id <> %(plan)s
    ), asked AS (
        SELECT block.receiver, block.period, unnest(block.families) AS family
        FROM domains.benefit_block AS block
        JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)
        WHERE block.gemeente = %(gemeente)s AND estimate.study_id = %(study)s
    )
    SELECT plan.title, claimed.receiver, claimed.period
    FROM claimed JOIN asked USING (receiver, period, family)
    JOIN domains.analysis_plan AS plan
      ON plan.gemeente = %(gemeente)s AND plan.plan_id = claimed.plan_id
    ORDER BY 1, 2, 3 LIMIT 1
"""


async def kept_study(connection: AsyncConnection, *, gemeente: str, study: UUID) -> KeptStudy:
    """Give a study as it was kept.

    :raises StudyUnknown: there is no such study.
    """
    found = await rows(connection, _STUDIES, {"gemeente": gemeente, "study": study, "plan": None})
    if not found:
        raise StudyUnknown(study=str(study))
    return _study(found[0])


async def newest_study(
    connection: AsyncConnection, *, gemeente: str, plan: UUID
) -> KeptStudy | None:
    """Give the newest study of a plan, or nothing."""
    found = await rows(connection, _STUDIES, {"gemeente": gemeente, "study": None, "plan": plan})
    return _study(found[0]) if found else None


async def kept_estimates(
    connection: AsyncConnection,
    *,
    gemeente: str,
    study: UUID | None = None,
    ids: Sequence[UUID] = (),
) -> dict[UUID, KeptEstimate]:
    """Give the estimates with a number of a study, or those with these ids."""
    found = await rows(
        connection,
        "SELECT * FROM domains.benefit_estimate WHERE gemeente = %s AND refusal = ''"
        " AND (study_id = %s OR estimate_id = ANY (%s::uuid[])) ORDER BY study_id, number",
        (gemeente, study, list(ids)),
    )
    return {
        row.estimate_id: KeptEstimate(
            id=row.estimate_id,
            study_id=row.study_id,
            number=row.number,
            exposure=tuple(row.exposure),
            domain=row.domain,
            grade=Grade(row.grade),
            counterfactual_cents=row.counterfactual_cents or 0,
            saving_cents=row.saving_cents,
        )
        for row in found
    }


async def kept_blocks(
    connection: AsyncConnection, *, gemeente: str, estimates: Sequence[UUID]
) -> tuple[KeptBlock, ...]:
    """Give the blocks of estimates, by receiver, exposure, cohort and quarter."""
    found = await rows(
        connection,
        "SELECT * FROM domains.benefit_block"
        " WHERE gemeente = %s AND estimate_id = ANY (%s::uuid[])"
        " ORDER BY receiver, exposure, cohort, period",
        (gemeente, list(estimates)),
    )
    return tuple(
        KeptBlock(id=row.block_id, estimate_id=row.estimate_id, block=_block(row)) for row in found
    )


async def lines_of_plan(
    connection: AsyncConnection, *, gemeente: str, plan: UUID
) -> tuple[Line, ...]:
    """Give the lines that stand of all studies of a plan."""
    which = (
        "estimate.study_id IN (SELECT study_id FROM domains.benefit_study"
        " WHERE gemeente = %(gemeente)s AND plan_id = %(plan)s)"
    )
    return await _lines(connection, which, {"gemeente": gemeente, "plan": plan})


async def lines_of_estimates(
    connection: AsyncConnection, *, gemeente: str, estimates: Sequence[UUID], state: State
) -> tuple[Line, ...]:
    """Give the lines of estimates that stand in a state."""
    return await _lines(
        connection,
        "estimate.estimate_id = ANY (%(estimates)s::uuid[]) AND line.state = %(state)s",
        {"gemeente": gemeente, "estimates": list(estimates), "state": state.value},
    )


async def lines_beside(
    connection: AsyncConnection, *, gemeente: str, keys: Sequence[Key], states: Sequence[State]
) -> tuple[Line, ...]:
    """Give lines that stand with a cohort, receiver, quarter and an intervention in common."""
    which = """line.state = ANY (%(states)s::text[]) AND EXISTS (
        SELECT 1 FROM unnest(%(cohorts)s::text[], %(receivers)s::text[], %(periods)s::date[],
            %(exposures)s::text[]) AS asked (cohort, receiver, period, exposure)
        WHERE asked.cohort = line.cohort AND asked.receiver = line.receiver
          AND asked.period = line.period AND asked.exposure::text[] && line.exposure)"""
    return await _lines(
        connection,
        which,
        {
            "gemeente": gemeente,
            "states": [each.value for each in states],
            "cohorts": [each.cohort for each in keys],
            "receivers": [each.receiver for each in keys],
            "periods": [each.period for each in keys],
            "exposures": [_array(each.exposure) for each in keys],
        },
    )


async def realised_of(
    connection: AsyncConnection, *, gemeente: str, receivers: Sequence[str]
) -> dict[Key, dict[str, int]]:
    """Give what was realised per line, per contributing domain, in cents."""
    found = await rows(
        connection,
        "SELECT line.cohort, line.exposure, line.receiver, line.period, said.domain,"
        " -sum(said.amount_cents)::bigint AS cents"
        " FROM domains.benefit_line AS line"
        " JOIN domains.benefit_posting AS said USING (gemeente, entry_id)"
        " WHERE gemeente = %s AND line.state = 'verzilverd' AND line.ended_by IS NULL"
        " AND line.receiver = ANY (%s::text[]) AND said.side = 'betaler'"
        " GROUP BY line.cohort, line.exposure, line.receiver, line.period, said.domain",
        (gemeente, list(receivers)),
    )
    realised: dict[Key, dict[str, int]] = {}
    for row in found:
        realised.setdefault(_key(row), {})[row.domain] = row.cents
    return realised


async def other_claim(
    connection: AsyncConnection, *, gemeente: str, study: KeptStudy
) -> tuple[str, str, date] | None:
    """Name a plan, domain and quarter in which another plan counts the same families."""
    asked = {"gemeente": gemeente, "study": study.id, "plan": study.plan_id}
    found = await rows(connection, _OVERLAP, asked)
    return (found[0][0], found[0][1], found[0][2]) if found else None


async def seals(
    connection: AsyncConnection, *, gemeente: str, blocks: Sequence[UUID]
) -> dict[UUID, str]:
    """Give the hash of each block with its estimate."""
    found = await rows(
        connection,
        f"SELECT block.block_id, {SEAL} FROM domains.benefit_block AS block"
        " JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)"
        " WHERE block.gemeente = %s AND block.block_id = ANY (%s::uuid[])",
        (gemeente, list(blocks)),
    )
    return {row[0]: row[1] for row in found}


async def signatures(
    connection: AsyncConnection, *, gemeente: str, estimates: Sequence[UUID]
) -> tuple[Signature, ...]:
    """Give the signatures under estimates, the oldest first."""
    found = await rows(
        connection,
        "SELECT estimate_id, side, domain, actor, signed_at FROM domains.benefit_signature"
        " WHERE gemeente = %s AND estimate_id = ANY (%s::uuid[]) ORDER BY signed_at, side, domain",
        (gemeente, list(estimates)),
    )
    return tuple(
        Signature(
            estimate_id=row.estimate_id,
            side=Side(row.side),
            domain=row.domain,
            actor=row.actor,
            signed_at=row.signed_at,
        )
        for row in found
    )


async def holders_on(connection: AsyncConnection, *, gemeente: str, day: date) -> dict[str, Holder]:
    """Give per domain who holds its budget on a day."""
    found = await rows(
        connection,
        "SELECT DISTINCT ON (domain) domain, subject, from_date, decision"
        " FROM domains.benefit_holder WHERE gemeente = %s AND from_date <= %s"
        " ORDER BY domain, number DESC",
        (gemeente, day),
    )
    return {
        row.domain: Holder(
            domain=row.domain,
            subject=row.subject,
            from_date=row.from_date,
            decision=row.decision,
        )
        for row in found
    }


async def _lines(
    connection: AsyncConnection, which: str, asked: dict[str, Any]
) -> tuple[Line, ...]:
    return tuple(
        Line(
            id=row.line_id,
            block_id=row.block_id,
            estimate_id=row.estimate_id,
            state=State(row.state),
            key=_key(row),
            entry_id=row.entry_id,
            settlement_id=row.settlement_id,
            taken_by=row.taken_by,
        )
        for row in await rows(connection, _LINES.format(which=which), asked)
    )


def _study(row: Any) -> KeptStudy:
    return KeptStudy(
        id=row.study_id,
        plan_id=row.plan_id,
        number=row.number,
        chain_number=row.chain_number,
        data_hash=bytes(row.data_hash),
        method=row.method,
        newest=row.newest,
        withdrawn=row.withdrawn,
        is_booked=row.is_booked,
    )


def _block(row: Any) -> Block:
    worth = None
    if row.worth:
        worth = Worth(
            interventions=tuple(row.interventions),
            cents=tuple(row.worth),
            modelled=tuple(row.modelled),
        )
    return Block(
        cohort=row.cohort,
        exposure=tuple(row.exposure),
        receiver=row.receiver,
        period=row.period,
        counterfactual_cents=row.counterfactual_cents,
        saving_cents=row.saving_cents,
        worth=worth,
        paid=row.paid,
        families=tuple(row.families),
        keys=tuple(row.keys),
        reason=Reason(code=row.refusal, words=row.refusal_text) if row.refusal else None,
    )


def _key(row: Any) -> Key:
    return Key(
        cohort=row.cohort,
        exposure=tuple(row.exposure),
        receiver=row.receiver,
        period=row.period,
    )


def _array(texts: Sequence[str]) -> str:
    """Write texts as PostgreSQL writes an array of them."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in texts)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
