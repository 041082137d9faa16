"""Registering and withdrawing what is known to happen."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.events import rules
from domains.events.model import KnownEvent
from domains.events.queries import registered_events
from domains.families.queries import family
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.rule_base.queries import rule_base


async def register_event(
    connection: AsyncConnection, *, instruction: Instruction, event: KnownEvent
) -> tuple[UUID, ...]:
    """Register a move or a condition that changes; gives its id. Nothing is booked until its day.

    :raises domains.families.rules.UnknownFamily: there is no such family.
    :raises Refusal: see :func:`domains.events.rules.check_known_event`.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[str(event.family)])
    found = await family(connection, gemeente=gemeente, family_id=event.family)
    rules.check_known_event(
        event,
        gemeente=gemeente,
        family=found,
        rules=(await rule_base(connection, gemeente=gemeente)).rules,
        registered=await registered_events(connection, gemeente=gemeente, family=event.family),
    )
    event_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.known_event (gemeente, event_id, kind, family_id, person_id, day,"
        " to_gemeente, fact, fact_value, reason, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            event_id,
            str(event.kind),
            event.family,
            event.person,
            event.day,
            event.to_gemeente,
            event.fact,
            event.fact_value,
            event.reason,
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await record(connection, instruction=instruction, results=[event_id])
    return (event_id,)


async def withdraw_event(
    connection: AsyncConnection, *, instruction: Instruction, event: UUID, reason: str
) -> tuple[UUID, ...]:
    """Withdraw an event that will not happen after all; gives its id.

    :raises Refusal: see :func:`domains.events.rules.check_withdrawal`.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    # The turn of the events themselves, so that none is executed while it is withdrawn.
    await take_turns(connection, of=[turn_of(gemeente)])
    rules.check_withdrawal(await registered_events(connection, gemeente=gemeente, ids=[event]))
    await connection.exec_driver_sql(
        "INSERT INTO domains.withdrawn_event (gemeente, event_id, reason, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s)",
        (gemeente, event, reason, instruction.at, instruction.actor.subject),
    )
    await record(connection, instruction=instruction, results=[event])
    return (event,)


def turn_of(gemeente: str) -> str:
    """Name what executing and withdrawing the events of a municipality wait for."""
    return f"gebeurtenissen {gemeente}"
