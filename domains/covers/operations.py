"""Letting a colleague stand in, and ending that before its time."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.covers.model import NewCover
from domains.covers.queries import covers, leads_somebody
from domains.covers.rules import NobodyLed, UnknownCover, check_cover, check_may_give
from domains.instruction import Instruction, record, refuse_repetition, take_turns


async def give_cover(
    connection: AsyncConnection, *, instruction: Instruction, cover: NewCover
) -> tuple[UUID, ...]:
    """Let somebody stand in for a lead professional on some days; gives the cover.

    :raises domains.covers.rules.CoverNotYours: not for this actor to give.
    :raises domains.covers.rules.CoverForSelf: nobody stands in for himself.
    :raises domains.covers.rules.CoverDaysImpossible: over already, or too long.
    :raises NobodyLed: the professional leads no family of that team.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    check_cover(cover, actor=instruction.actor, today=instruction.today)
    if not await leads_somebody(
        connection, gemeente=gemeente, professional=cover.professional, team=cover.team
    ):
        raise NobodyLed(professional=cover.professional, team=cover.team)
    cover_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO access.cover (gemeente, cover_id, substitute, professional, team, from_date,"
        " until_date, reason, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            cover_id,
            cover.substitute,
            cover.professional,
            cover.team,
            cover.from_date,
            cover.until_date,
            cover.reason,
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await record(connection, instruction=instruction, results=[cover_id])
    return (cover_id,)


async def end_cover(
    connection: AsyncConnection, *, instruction: Instruction, cover: UUID
) -> tuple[UUID, ...]:
    """End a cover at once; gives it.

    :raises UnknownCover: there is none, or it is over.
    :raises domains.covers.rules.CoverNotYours: not for this actor to end.
    """
    await refuse_repetition(connection, instruction=instruction)
    await take_turns(connection, of=[str(cover)])
    gemeente = instruction.gemeente
    for found in await covers(connection, gemeente=gemeente, ids=[cover]):
        given = found.cover
        check_may_give(instruction.actor, professional=given.professional, team=given.team)
        if found.ended_at is not None or given.until_date <= instruction.today:
            break
        await connection.exec_driver_sql(
            "INSERT INTO access.cover_end (gemeente, cover_id, recorded_at, actor)"
            " VALUES (%s, %s, %s, %s)",
            (gemeente, cover, instruction.at, instruction.actor.subject),
        )
        await record(connection, instruction=instruction, results=[cover])
        return (cover,)
    raise UnknownCover(cover=cover)
