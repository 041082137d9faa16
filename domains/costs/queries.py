"""Reading imports of observed costs, and on which days persons belonged to a family."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.costs.model import CostImport, LeftOut
from domains.costs.rules import KIND, Stays
from ledger.reading import rows

_BY_FUND: Final = """
    SELECT entry.decision, account.colour, sum(posting.amount_cents)::bigint
    FROM ledger.entry AS entry
    JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
    JOIN ledger.account AS account USING (gemeente, account_id)
    WHERE entry.gemeente = %(gemeente)s AND entry.kind = %(kind)s
      AND entry.decision = ANY (%(imports)s::uuid[]) AND account.code = %(observed)s
    GROUP BY 1, 2 ORDER BY 1, 2
"""


async def stays_of_all(
    connection: AsyncConnection, *, gemeente: str, persons: Sequence[UUID]
) -> Stays:
    """Give per person the days on which it belonged to a family; nobody where it never did."""
    stays: dict[UUID, list[tuple[date, date | None]]] = {}
    for person, from_date, until_date in await rows(
        connection,
        "SELECT person_id, from_date, until_date FROM domains.member"
        " WHERE gemeente = %s AND person_id = ANY (%s::uuid[])",
        (gemeente, list(persons)),
    ):
        stays.setdefault(person, []).append((from_date, until_date))
    return stays


async def import_of_file(connection: AsyncConnection, *, gemeente: str, sha256: str) -> UUID | None:
    """Find the import of a file, whatever it was called; nothing if it was never imported."""
    found = await rows(
        connection,
        "SELECT import_id FROM domains.cost_import WHERE gemeente = %s AND file_sha256 = %s",
        (gemeente, sha256),
    )
    return found[0][0] if found else None


async def cost_imports(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[CostImport, ...]:
    """List imports of observed costs, or those with these ids, the oldest first."""
    found = await rows(
        connection,
        "SELECT import_id, file_name, file_sha256, lines, amount_cents, recorded_at, actor"
        " FROM domains.cost_import WHERE gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR import_id = ANY (%(ids)s::uuid[]))"
        " ORDER BY recorded_at, import_id",
        {"gemeente": gemeente, "ids": None if ids is None else list(ids)},
    )
    imports = [row.import_id for row in found]
    left_out: dict[UUID, list[LeftOut]] = {each: [] for each in imports}
    for import_id, line_number, amount_cents, reason in await rows(
        connection,
        "SELECT import_id, line_number, amount_cents, reason FROM domains.cost_import_left_out"
        " WHERE gemeente = %s AND import_id = ANY (%s::uuid[]) ORDER BY import_id, line_number",
        (gemeente, imports),
    ):
        left_out[import_id].append(
            LeftOut(line_number=line_number, amount_cents=amount_cents, reason=reason)
        )
    by_fund: dict[UUID, list[tuple[str, int]]] = {each: [] for each in imports}
    for import_id, fund, cents in await rows(
        connection,
        _BY_FUND,
        {"gemeente": gemeente, "kind": KIND, "imports": imports, "observed": chart.OBSERVED},
    ):
        by_fund[import_id].append((fund, cents))
    return tuple(
        CostImport(
            id=row.import_id,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
            recorded_at=row.recorded_at,
            actor=row.actor,
            lines=row.lines,
            amount_cents=row.amount_cents,
            by_fund=tuple(by_fund[row.import_id]),
            left_out=tuple(left_out[row.import_id]),
        )
        for row in found
    )
