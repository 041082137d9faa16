"""Keeping open payer items in step with the help: what is released or reversed needs no payer."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.instruction import Instruction
from domains.payers.refusals import SettledSince
from ledger.reading import rows

_MOVED_ON: Final = """
    SELECT step.part_id, step.to_state FROM (
        SELECT part_id, to_state, payer, sum(amount_cents) AS cents FROM domains.payer_move
        WHERE gemeente = %(gemeente)s AND entries && %(entries)s::uuid[] AND from_state <> ''
        GROUP BY part_id, to_state, payer
    ) AS step
    LEFT JOIN domains.payer_standing AS standing
      ON standing.gemeente = %(gemeente)s AND standing.part_id = step.part_id
     AND standing.state = step.to_state AND standing.payer IN ('', step.payer)
    WHERE coalesce(standing.amount_cents, 0) < step.cents
    ORDER BY step.part_id LIMIT 1
"""


async def follow_parts(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    entries: Sequence[UUID],
    reason: str,
) -> None:
    """Let items follow what entries did to their parts: release, stop, re-cover, reversal, raise.

    Call it after the moves of the parts are written. What an item loses lapses: what is open
    first, then what is disputed, then what is claimed. Moves that name the entries already are
    left alone.
    """
    await connection.exec_driver_sql(
        "SELECT domains.follow_parts(%s, %s::uuid[], %s, %s, %s)",
        (
            instruction.gemeente,
            list(entries),
            instruction.at,
            instruction.actor.subject,
            reason,
        ),
    )


async def take_back_steps(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    entries: Sequence[UUID],
    reversals: Sequence[UUID],
    reason: str,
) -> None:
    """Take back the steps of items that reversed entries stand for, such as an acceptance.

    Call it before :func:`follow_parts` with the reversals.

    :raises domains.payers.refusals.SettledSince: an item went on from there since.
    """
    moved_on = await rows(
        connection, _MOVED_ON, {"gemeente": instruction.gemeente, "entries": list(entries)}
    )
    for item, state in moved_on:
        raise SettledSince(item=str(item), state=state)
    await connection.exec_driver_sql(
        "SELECT domains.take_back_steps(%s, %s::uuid[], %s::uuid[], %s, %s, %s)",
        (
            instruction.gemeente,
            list(entries),
            list(reversals),
            instruction.at,
            instruction.actor.subject,
            reason,
        ),
    )
