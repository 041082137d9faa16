"""Reading who stands in for whom."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.covers.model import Cover, NewCover
from ledger.reading import rows


async def covers(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    teams: Collection[str] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Cover, ...]:
    """List covers in the order in which they were given: all, these, or those of teams."""
    found = await rows(
        connection,
        "SELECT given.*, ended.recorded_at AS ended_at FROM access.cover AS given"
        " LEFT JOIN access.cover_end AS ended USING (gemeente, cover_id)"
        " WHERE given.gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR given.cover_id = ANY (%(ids)s::uuid[]))"
        " AND (%(teams)s::text[] IS NULL OR given.team = ANY (%(teams)s::text[]))"
        " AND (%(after)s::uuid IS NULL OR given.cover_id > %(after)s)"
        " ORDER BY given.cover_id LIMIT %(limit)s",
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "teams": None if teams is None else list(teams),
            "after": after,
            "limit": limit,
        },
    )
    return tuple(
        Cover(
            id=row.cover_id,
            cover=NewCover(
                substitute=row.substitute,
                professional=row.professional,
                team=row.team,
                from_date=row.from_date,
                until_date=row.until_date,
                reason=row.reason,
            ),
            given_at=row.recorded_at,
            given_by=row.actor,
            ended_at=row.ended_at,
        )
        for row in found
    )


async def covered_families(
    connection: AsyncConnection, *, gemeente: str, substitute: str, on: date
) -> frozenset[UUID]:
    """Give the families of others that somebody helps on a day, because he stands in."""
    found = await rows(
        connection,
        "SELECT lead.family_id FROM access.cover AS given"
        " JOIN domains.lead_professional AS lead ON lead.gemeente = given.gemeente"
        " AND lead.professional = given.professional AND lead.team = given.team"
        " AND lead.until_date IS NULL AND lead.from_date <= %(on)s"
        " WHERE given.gemeente = %(gemeente)s AND given.substitute = %(substitute)s"
        " AND given.from_date <= %(on)s AND given.until_date > %(on)s"
        " AND NOT EXISTS (SELECT 1 FROM access.cover_end AS ended"
        " WHERE ended.gemeente = given.gemeente AND ended.cover_id = given.cover_id)",
        {"gemeente": gemeente, "substitute": substitute, "on": on},
    )
    return frozenset(row.family_id for row in found)


async def leads_somebody(
    connection: AsyncConnection, *, gemeente: str, professional: str, team: str
) -> bool:
    """Tell whether a professional leads the help to a family of a team."""
    found = await rows(
        connection,
        "SELECT 1 FROM domains.lead_professional WHERE gemeente = %s AND professional = %s"
        " AND team = %s AND until_date IS NULL LIMIT 1",
        (gemeente, professional, team),
    )
    return bool(found)
