"""Reading deliveries of debt help, and what help they told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.debt_help.model import DebtHelpImport, LeftOut, Reason
from domains.debt_help.refusals import UnknownDebtHelpImport
from ledger.reading import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpStart:
    """Help of a kind that began for a person on a day, by the latest word on it."""

    person: UUID
    kind: str
    form: str
    started_on: date
    ended_on: date | None
    outcome: str
    source: str


async def delivery_of_file(
    connection: AsyncConnection, *, gemeente: str, mark: bytes
) -> UUID | None:
    """Find the delivery of a file, whatever it was called; nothing if it was never taken in."""
    found = await rows(
        connection,
        "SELECT delivery_id FROM domains.help_delivery WHERE gemeente = %s AND mark = %s",
        (gemeente, mark),
    )
    return found[0][0] if found else None


async def members(
    connection: AsyncConnection, *, gemeente: str, persons: Sequence[UUID]
) -> frozenset[UUID]:
    """Say which pseudonyms are of members of families, now or before."""
    found = await rows(
        connection,
        "SELECT DISTINCT person_id FROM domains.member"
        " WHERE gemeente = %s AND person_id = ANY (%s::uuid[])",
        (gemeente, list(persons)),
    )
    return frozenset(row[0] for row in found)


async def deliveries(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[DebtHelpImport, ...]:
    """List deliveries, or those with these ids, the oldest first."""
    found = await rows(
        connection,
        "SELECT delivery.*, (SELECT count(*) FROM domains.told_help AS told"
        " WHERE told.gemeente = delivery.gemeente AND told.delivery_id = delivery.delivery_id)"
        " AS starts FROM domains.help_delivery AS delivery WHERE gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR delivery_id = ANY (%(ids)s::uuid[]))"
        " ORDER BY recorded_at, delivery_id",
        {"gemeente": gemeente, "ids": None if ids is None else list(ids)},
    )
    return tuple(_delivery(row) for row in found)


async def delivery(
    connection: AsyncConnection, *, gemeente: str, delivery_id: UUID
) -> DebtHelpImport:
    """Give one delivery.

    :raises UnknownDebtHelpImport: there is no such delivery.
    """
    for found in await deliveries(connection, gemeente=gemeente, ids=[delivery_id]):
        return found
    raise UnknownDebtHelpImport(delivery=str(delivery_id))


async def help_starts(
    connection: AsyncConnection, *, gemeente: str, persons: Sequence[UUID] | None = None
) -> tuple[HelpStart, ...]:
    """List help that began, of these persons or of all, the earliest first."""
    found = await rows(
        connection,
        "SELECT person_id, kind, form, started_on, ended_on, outcome, source"
        " FROM domains.help_start WHERE gemeente = %(gemeente)s"
        " AND (%(persons)s::uuid[] IS NULL OR person_id = ANY (%(persons)s::uuid[]))"
        " ORDER BY started_on, person_id, form",
        {"gemeente": gemeente, "persons": None if persons is None else list(persons)},
    )
    return tuple(
        HelpStart(
            person=row.person_id,
            kind=row.kind,
            form=row.form,
            started_on=row.started_on,
            ended_on=row.ended_on,
            outcome=row.outcome,
            source=row.source,
        )
        for row in found
    )


def _delivery(row: Any) -> DebtHelpImport:
    return DebtHelpImport(
        id=row.delivery_id,
        file_name=row.file_name,
        supplier=row.supplier,
        from_date=row.from_date,
        last_date=row.until_date - timedelta(days=1),
        trajectories=row.trajectories,
        starts=row.starts,
        left_out=tuple(
            LeftOut(pointer=each["pointer"], reason=Reason(each["reason"])) for each in row.left_out
        ),
        recorded_at=row.recorded_at,
        actor=row.actor,
    )
