"""Opening a family: for a purpose, seen by whoever may see it, and never without a record."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.auditing import ACTION_KEY, OWN_LOOK_KEY, refusal_in
from api.http.purposes import purpose_of
from api.http.rights import check_sees_family
from api.http.services import services_of
from api.http.trace import trace_of
from domains.families.model import Family, FamilyBudget
from domains.families.queries import family, family_budget
from domains.families.rules import UnknownFamily, UnknownFamilyBudget
from domains.instruction import Actor
from domains.privacy.model import Processing
from domains.privacy.operations import keep_processings

_SPAN_BYTES: Final = 8


async def opened_family(
    connection: AsyncConnection, request: Request[Actor, Any, State], family_id: UUID
) -> Family:
    """Give a family that the asker may see, and record why he looked.

    :raises UnknownFamily: there is none, or it is not for him.
    """
    found = await family(connection, gemeente=request.user.gemeente, family_id=family_id)
    check_sees_family(request.user, found)
    await keep_opening(connection, request, found)
    return found


async def opened_budget(
    connection: AsyncConnection, request: Request[Actor, Any, State], budget_id: UUID
) -> FamilyBudget:
    """Give a family budget that the asker may see, and record why he looked.

    :raises UnknownFamilyBudget: there is none, or it is not for him.
    """
    gemeente = request.user.gemeente
    found = await family_budget(connection, gemeente=gemeente, family_budget_id=budget_id)
    try:
        check_sees_family(request.user, found.family)
    except UnknownFamily as error:
        raise UnknownFamilyBudget(family_budget=str(budget_id)) from error
    await keep_opening(connection, request, found.family)
    return found


async def keep_opening(
    connection: AsyncConnection, request: Request[Actor, Any, State], *found: Family
) -> None:
    """Write a record per member of these families in this database transaction."""
    persons = {member.person for each in found for member in each.members}
    await keep_looks(connection, request, persons)


async def keep_looks(
    connection: AsyncConnection, request: Request[Actor, Any, State], persons: Iterable[UUID]
) -> None:
    """Write a record per person in this database transaction.

    The audit log tells, under the same trace, who looked.
    """
    if OWN_LOOK_KEY in request.scope["state"]:
        return
    purpose = purpose_of(request)
    clock = services_of(request).clock
    at = clock.now()
    await keep_processings(
        connection,
        gemeente=request.user.gemeente,
        processings=[
            Processing(
                trace_id=UUID(trace_of(request)),
                span_id=clock.new_random_id().bytes[:_SPAN_BYTES],
                name=f"{request.method} {request.scope['path_template']}",
                activity=purpose.code,
                person=person,
                started_at=at,
                ended_at=at,
            )
            for person in sorted(persons)
        ],
    )
    if refusal_in(request.scope) is None:  # What was refused is told; the trace leads to the look.
        request.scope["state"][ACTION_KEY] = f"inzage {purpose.code}"
