"""Importing observed costs: all of a file, once, with a report of what stayed out."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.costs.model import CostFile, LeftOut
from domains.costs.queries import import_of_file, stays_of_all
from domains.costs.rules import entries_for, sort_out
from domains.instruction import Instruction, record, refuse_repetition, take_turns


async def import_costs(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    file: CostFile,
    file_name: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Book a file of observed costs in WAARNEMING; gives the id of the import.

    The same file again gives the import that stands; nothing is booked twice, not even when two
    people import it at the same moment.

    :raises ledger.books.PeriodUnknown: the books were never open on the booking date.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"waargenomen kosten {gemeente}"])
    known = await import_of_file(connection, gemeente=gemeente, sha256=file.sha256)
    if known is not None:
        await record(connection, instruction=instruction, results=[known])
        return (known,)
    stays = await stays_of_all(
        connection, gemeente=gemeente, persons=list({line.person for line in file.lines})
    )
    found = sort_out(file, stays)
    import_id = instruction.new_id()
    entries, accounts = entries_for(
        found.booked,
        gemeente=gemeente,
        import_id=import_id,
        booking_date=booking_date,
        new_id=instruction.new_id,
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.cost_import (gemeente, import_id, file_name, file_sha256, lines,"
        " amount_cents, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            import_id,
            file_name,
            file.sha256,
            len(found.booked),
            sum(line.amount_cents for line in found.booked),
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await _keep_left_out(connection, gemeente, import_id, found.left_out)
    await record(
        connection,
        instruction=instruction,
        results=[import_id],
        entries=entries,
        accounts=accounts,
    )
    return (import_id,)


async def _keep_left_out(
    connection: AsyncConnection, gemeente: str, import_id: UUID, left_out: Sequence[LeftOut]
) -> None:
    """Keep what was not booked, so that the report can be asked for again."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.cost_import_left_out"
        " (gemeente, import_id, line_number, amount_cents, reason)"
        " SELECT %s, %s, line.* FROM unnest(%s::integer[], %s::bigint[], %s::text[]) AS line",
        (
            gemeente,
            import_id,
            [each.line_number for each in left_out],
            [each.amount_cents for each in left_out],
            [each.reason for each in left_out],
        ),
    )
