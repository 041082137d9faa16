"""Reading what runs for persons who change families."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.model import StandingPart
from domains.draws.queries import part_of
from domains.regrouping.model import Waiting
from ledger.reading import rows


async def running_parts(
    connection: AsyncConnection, *, gemeente: str, family: UUID, persons: Sequence[UUID] | None
) -> tuple[StandingPart, ...]:
    """List what is reserved on a family's accounts for persons, or for all; by draw and day.

    Whoever it is for is, or was, in the family; parts are found by person.
    """
    found = await rows(
        connection,
        "SELECT * FROM domains.standing_part"
        " WHERE gemeente = %(gemeente)s AND gezin = %(family)s AND reserved_cents > 0"
        " AND person_id = ANY (coalesce(%(persons)s::uuid[], ARRAY(SELECT member.person_id"
        " FROM domains.member AS member"
        " WHERE member.gemeente = %(gemeente)s AND member.family_id = %(family)s)))"
        " ORDER BY draw_id, from_date, until_date, part_id",
        {
            "gemeente": gemeente,
            "family": family,
            "persons": None if persons is None else list(persons),
        },
    )
    return tuple(part_of(row) for row in found)


async def waiting(
    connection: AsyncConnection, *, gemeente: str, parts: Sequence[StandingPart]
) -> dict[UUID, tuple[Waiting, ...]]:
    """Say per advance what nobody was asked to pay yet."""
    found: dict[UUID, list[Waiting]] = {}
    for row in await rows(
        connection,
        "SELECT standing.part_id, part.payer, item.owner, item.deadline, item.opened_at,"
        " standing.amount_cents AS cents FROM domains.payer_standing AS standing"
        " JOIN domains.payer_item AS item USING (gemeente, part_id)"
        " JOIN domains.part AS part USING (gemeente, part_id)"
        " WHERE gemeente = %s AND part_id = ANY (%s::uuid[]) AND standing.state = 'open'"
        " ORDER BY standing.part_id",
        (gemeente, [part.id for part in parts]),
    ):
        found.setdefault(row.part_id, []).append(
            Waiting(
                payer=row.payer,
                amount_cents=row.cents,
                owner=row.owner,
                deadline=row.deadline,
                opened_at=row.opened_at,
            )
        )
    return {part: tuple(each) for part, each in found.items()}
