"""Reading decided draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.model import Decision, DrawRequest, EarlierDraw, Outcome
from ledger.reading import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A request that was decided, with its decision and the entries that came of it."""

    id: UUID
    request: DrawRequest
    decision: Decision
    refusal: str
    """The code of the refusal; empty where help was granted."""
    entries: tuple[UUID, ...]
    is_reversed: bool
    """All entries are reversed: the help no longer stands."""


async def draws(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    family_budget: UUID | None = None,
) -> tuple[Draw, ...]:
    """List draws: those with these ids, of one family budget, or all; in order of decision."""
    found = await rows(
        connection,
        "SELECT draw_id, record, refusal, entries,"
        " domains.is_reversed(gemeente, entries) AS is_reversed"
        " FROM domains.draw WHERE gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR draw_id = ANY (%(ids)s::uuid[]))"
        " AND (%(budget)s::uuid IS NULL OR family_budget_id = %(budget)s)"
        " ORDER BY draw_id",
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "budget": family_budget,
        },
    )
    return tuple(
        Draw(
            id=row.draw_id,
            request=msgspec.convert(row.record["request"], DrawRequest),
            decision=msgspec.convert(row.record["decision"], Decision),
            refusal=row.refusal,
            entries=tuple(row.entries),
            is_reversed=row.is_reversed,
        )
        for row in found
    )


async def earlier_draws(
    connection: AsyncConnection, *, gemeente: str, persons: Sequence[UUID]
) -> tuple[EarlierDraw, ...]:
    """List the help that was granted to these persons before and still stands."""
    found = await rows(
        connection,
        "SELECT person_id, kind, provider, description, from_date, until_date FROM domains.draw"
        " WHERE gemeente = %s AND person_id = ANY (%s::uuid[]) AND outcome <> %s"
        " AND NOT domains.is_reversed(gemeente, entries)",
        (gemeente, list(persons), str(Outcome.REFUSED)),
    )
    return tuple(
        EarlierDraw(
            person=row.person_id,
            kind=row.kind,
            provider=row.provider,
            description=row.description,
            from_date=row.from_date,
            until_date=row.until_date,
        )
        for row in found
    )
