"""Reading changes of the budget, and what stood before them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.budget_changes.model import (
    Adoption,
    BudgetChange,
    ChangeLine,
    Duration,
    ShownLine,
)
from domains.budget_changes.rules import shown_lines
from domains.budgets.mapping import Side
from domains.council.model import Cause
from domains.council.queries import authorised_in
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_VERSIONS: Final = """
    SELECT version.change_id, version.version_id, version.number, version.year,
           version.description, version.recorded_at, version.actor,
           adoption.number AS adopted_number, adoption.decision, adoption.decided_on,
           adoption.adopted_at, adoption.actor AS adopted_by, adoption.entries
    FROM domains.budget_change AS version
    LEFT JOIN domains.budget_change_adoption AS adoption
        ON adoption.gemeente = version.gemeente AND adoption.change_id = version.change_id
       AND (%(known_up_to)s::bigint IS NULL OR domains.is_known(
           adoption.gemeente, adoption.change_id, adoption.adopted_at, %(known_up_to)s))
    WHERE version.gemeente = %(gemeente)s
      AND (%(known_up_to)s::bigint IS NULL OR domains.is_known(
          version.gemeente, version.version_id, version.recorded_at, %(known_up_to)s))
      AND (%(change_id)s::uuid IS NULL OR version.change_id = %(change_id)s)
      AND (%(version_id)s::uuid IS NULL OR version.version_id = %(version_id)s)
    ORDER BY version.change_id, version.number
"""

_LINES: Final = """
    SELECT change_id, number, side, source, programme, taakveld, change_cents, duration, cause
    FROM domains.budget_change_line
    WHERE gemeente = %(gemeente)s
      AND (%(change_id)s::uuid IS NULL OR change_id = %(change_id)s)
      AND (%(version_id)s::uuid IS NULL OR (change_id, number) = (
          SELECT version.change_id, version.number FROM domains.budget_change AS version
          WHERE version.gemeente = %(gemeente)s AND version.version_id = %(version_id)s))
    ORDER BY change_id, number, sequence
"""

_REVENUES: Final = """
    WITH import AS MATERIALIZED (
        SELECT known.import_id FROM domains.budget_import AS known
        WHERE known.gemeente = %(gemeente)s AND known.year = %(year)s
          AND domains.is_known(known.gemeente, known.import_id, known.recorded_at, %(known_up_to)s)
    ), adopted AS MATERIALIZED (
        SELECT known.change_id, known.number FROM domains.budget_change_adoption AS known
        JOIN domains.budget_change AS version USING (gemeente, change_id, number)
        WHERE known.gemeente = %(gemeente)s AND version.year = %(year)s
          AND domains.is_known(known.gemeente, known.change_id, known.adopted_at, %(known_up_to)s)
    )
    SELECT programme, taakveld, sum(amount_cents)::bigint AS amount_cents FROM (
        SELECT coalesce(line.programme, ''), line.taakveld, line.amount_cents
        FROM domains.budget_import_line AS line JOIN import USING (import_id)
        WHERE line.gemeente = %(gemeente)s AND line.side = 'baten'
        UNION ALL
        SELECT line.programme, line.taakveld, line.change_cents
        FROM domains.budget_change_line AS line JOIN adopted USING (change_id, number)
        WHERE line.gemeente = %(gemeente)s AND line.side = 'baten'
    ) AS told (programme, taakveld, amount_cents)
    GROUP BY programme, taakveld ORDER BY taakveld, programme
"""

_ADOPTED: Final = """
    SELECT min(chain_number) FROM domains.answered
    WHERE gemeente = %(gemeente)s AND recorded_at = %(at)s AND result = %(change_id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetedRevenue:
    """Baten that the council budgeted for a programme and taakveld, in whole cents."""

    programme: str
    taakveld: str
    amount_cents: int


async def budgeted_revenues(
    connection: AsyncConnection, *, gemeente: str, year: int, known_up_to: int
) -> tuple[BudgetedRevenue, ...]:
    """List the baten of a budget with its changes, as they were known at a chain number."""
    found = await rows(
        connection,
        _REVENUES,
        {"gemeente": gemeente, "year": year, "known_up_to": known_up_to},
    )
    return tuple(
        BudgetedRevenue(
            programme=row.programme, taakveld=row.taakveld, amount_cents=row.amount_cents
        )
        for row in found
    )


async def budget_changes(
    connection: AsyncConnection,
    *,
    gemeente: str,
    change: UUID | None = None,
    version: UUID | None = None,
    known_up_to: int | None = None,
) -> tuple[BudgetChange, ...]:
    """List every version of every change of a budget, or of one, or one version; oldest first.

    With ``known_up_to`` as it was at that chain number.
    """
    asked = {
        "gemeente": gemeente,
        "change_id": change,
        "version_id": version,
        "known_up_to": known_up_to,
    }
    lines: dict[tuple[UUID, int], list[ChangeLine]] = {}
    for row in await rows(connection, _LINES, asked):
        lines.setdefault((row.change_id, row.number), []).append(
            ChangeLine(
                side=Side(row.side),
                source=row.source,
                programme=row.programme,
                taakveld=row.taakveld,
                change_cents=row.change_cents,
                duration=Duration(row.duration),
                cause=Cause(row.cause),
            )
        )
    return tuple(
        BudgetChange(
            id=row.change_id,
            version_id=row.version_id,
            number=row.number,
            year=row.year,
            description=row.description,
            recorded_at=row.recorded_at,
            actor=row.actor,
            lines=tuple(lines.get((row.change_id, row.number), ())),
            adoption=_adoption(row),
        )
        for row in await rows(connection, _VERSIONS, asked)
    )


def latest(versions: Sequence[BudgetChange]) -> tuple[BudgetChange, ...]:
    """Keep of each change the version that counts: the adopted one, else the last."""
    found: dict[UUID, BudgetChange] = {}
    for each in versions:
        if each.adoption is None or each.adoption.number == each.number:
            found[each.id] = each
    return tuple(found.values())


async def lines_with_old(
    connection: AsyncConnection,
    *,
    gemeente: str,
    change: BudgetChange,
    known_up_to: int | None = None,
) -> tuple[ShownLine, ...]:
    """Give the lines of a change with what stood before: before its adoption, else at the number.

    Without a number as it stands now.
    """
    if change.adoption is not None:
        ((adopted,),) = await rows(
            connection,
            _ADOPTED,
            {"gemeente": gemeente, "change_id": change.id, "at": change.adoption.adopted_at},
        )
        number = adopted - 1
    elif known_up_to is None:
        number = await balances.last_link(connection, gemeente=gemeente)
    else:
        number = known_up_to
    return await lines_as_of(connection, gemeente=gemeente, change=change, known_up_to=number)


async def lines_as_of(
    connection: AsyncConnection, *, gemeente: str, change: BudgetChange, known_up_to: int
) -> tuple[ShownLine, ...]:
    """Give the lines of a change with what stood up to a link of the chain."""
    authorised = await authorised_in(
        connection,
        gemeente=gemeente,
        year=change.year,
        on=date(change.year, 12, 31),
        known_up_to=known_up_to,
    )
    stood = await budgeted_revenues(
        connection, gemeente=gemeente, year=change.year, known_up_to=known_up_to
    )
    revenues = {(each.programme, each.taakveld): each.amount_cents for each in stood}
    return shown_lines(change, authorised=authorised, revenues=revenues)


def _adoption(row: Any) -> Adoption | None:
    if row.adopted_number is None:
        return None
    return Adoption(
        number=row.adopted_number,
        decision=row.decision,
        decided_on=row.decided_on,
        adopted_at=row.adopted_at,
        actor=row.adopted_by,
        entries=tuple(row.entries),
    )


async def budgeted_from(connection: AsyncConnection, gemeente: str, *, year: int) -> date | None:
    """Give the day on which the first budget of a year was booked; ``None``: there is none."""
    ((day,),) = await rows(
        connection,
        "SELECT min(entry.booking_date) FROM ledger.entry AS entry"
        " JOIN ledger.posting AS posting USING (gemeente, chain_number, position)"
        " JOIN ledger.account AS account USING (gemeente, account_id)"
        " WHERE gemeente = %s AND account.book = %s AND account.code = %s"
        " AND right(account.colour, 5) = %s",
        (gemeente, str(Book.BUDGET), chart.AUTHORISATION, f"-{year}"),
    )
    return day if day is None or isinstance(day, date) else None
