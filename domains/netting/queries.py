"""Reading what funds owe each other, and what was cleared."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.netting.model import Netting, NettingRun, Owed
from domains.netting.rules import UnknownNettingRun
from ledger.reading import rows

_OWED: Final = """
    SELECT entry.entry_id, entry.booking_date, account.colour AS creditor,
           account.dimensions ->> 'middel' AS debtor, posting.amount_cents, step.part_id,
           step.family_id, netted.run_id, netted.entry_id AS netting
    FROM ledger.entry AS entry
    JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
    JOIN ledger.account AS account USING (gemeente, account_id)
    LEFT JOIN LATERAL (
        SELECT move.part_id, budget.family_id FROM domains.payer_move AS move
        JOIN domains.part AS part USING (gemeente, part_id)
        JOIN domains.draw AS draw USING (gemeente, draw_id)
        JOIN domains.family_budget AS budget USING (gemeente, family_budget_id)
        WHERE move.gemeente = entry.gemeente AND move.entries @> ARRAY[entry.entry_id] LIMIT 1
    ) AS step ON true
    LEFT JOIN domains.netting_item AS netted
        ON netted.gemeente = entry.gemeente AND netted.settled = entry.entry_id
    WHERE account.gemeente = %(gemeente)s AND account.book = 'LASTEN'
      AND account.code = %(due_from)s AND entry.kind <> 'verrekening'
"""


async def owed_between_funds(
    connection: AsyncConnection, *, gemeente: str, from_date: date, until_date: date
) -> tuple[Owed, ...]:
    """List what funds owe each other by entries of a period (until exclusive), and not cleared."""
    found = await rows(
        connection,
        f"{_OWED} AND entry.booking_date >= %(from_date)s AND entry.booking_date < %(until_date)s"
        " AND entry.reverses IS NULL"
        " AND NOT domains.is_reversed(entry.gemeente, ARRAY[entry.entry_id])"
        " AND NOT EXISTS (SELECT 1 FROM domains.netting_item AS known"
        " WHERE known.gemeente = entry.gemeente AND known.settled = entry.entry_id"
        " AND NOT domains.is_reversed(known.gemeente, ARRAY[known.entry_id]))"
        " ORDER BY entry.chain_number, entry.position",
        {
            "gemeente": gemeente,
            "due_from": chart.DUE_FROM,
            "from_date": from_date,
            "until_date": until_date,
        },
    )
    return tuple({row.entry_id: _owed(row) for row in found}.values())


async def netting_runs(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[NettingRun, ...]:
    """List netting runs, or those with these ids, the oldest first."""
    known = {
        "gemeente": gemeente,
        "ids": None if ids is None else list(ids),
        "due_from": chart.DUE_FROM,
        "after": after,
        "limit": limit,
    }
    found = await rows(
        connection,
        "SELECT run_id, from_date, until_date FROM domains.netting_run"
        " WHERE gemeente = %(gemeente)s AND (%(ids)s::uuid[] IS NULL OR run_id = ANY (%(ids)s))"
        " AND (%(after)s::uuid IS NULL OR run_id > %(after)s)"
        " ORDER BY run_id LIMIT %(limit)s",
        known,
    )
    cleared: dict[UUID, dict[UUID, list[Owed]]] = {row.run_id: {} for row in found}
    for row in await rows(
        connection,
        f"{_OWED} AND netted.run_id = ANY (%(runs)s::uuid[])"
        " ORDER BY netted.entry_id, entry.chain_number, entry.position",
        {**known, "runs": list(cleared)},
    ):
        cleared[row.run_id].setdefault(row.netting, []).append(_owed(row))
    return tuple(
        NettingRun(
            id=row.run_id,
            from_date=row.from_date,
            until_date=row.until_date,
            nettings=tuple(
                Netting(entry=entry, owed=tuple(owed))
                for entry, owed in cleared[row.run_id].items()
            ),
        )
        for row in found
    )


async def netting_run(connection: AsyncConnection, *, gemeente: str, run: UUID) -> NettingRun:
    """Give one netting run.

    :raises UnknownNettingRun: there is no such run.
    """
    for found in await netting_runs(connection, gemeente=gemeente, ids=[run]):
        return found
    raise UnknownNettingRun(run=str(run))


def _owed(row: Any) -> Owed:
    return Owed(
        entry=row.entry_id,
        booking_date=row.booking_date,
        creditor=row.creditor,
        debtor=row.debtor,
        amount_cents=row.amount_cents,
        item=row.part_id,
        family=row.family_id,
    )
