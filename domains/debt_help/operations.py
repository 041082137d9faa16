"""Taking in a delivery of debt help: numbers become pseudonyms, and nothing else stays."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.debt_help import queries, rules
from domains.debt_help.model import DebtHelpFile, Trajectory
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.messages.contents import passes_eleven_check
from domains.persons.queries import pseudonyms
from domains.persons.vault import Vault


async def import_debt_help(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    vault: Vault,
    file: DebtHelpFile,
    file_name: str,
) -> tuple[UUID, ...]:
    """Take in a delivery once; gives its id, also where the same file was taken in before.

    A trajectory of another municipality, or of somebody who is in no family here, is left out and
    told by its place in the file. Who stands in the file is kept nowhere.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"schuldhulp {gemeente}"])
    mark = vault.mark(b"ddas", gemeente.encode(), file.sha256.encode())
    known = await queries.delivery_of_file(connection, gemeente=gemeente, mark=mark)
    if known is not None:
        await record(connection, instruction=instruction, results=[known])
        return (known,)
    persons = await _persons(connection, gemeente, vault, file.trajectories)
    kept, left_out = rules.sort_out(file.trajectories, gemeente=gemeente, persons=persons)
    delivery_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.help_delivery (gemeente, delivery_id, mark, file_name, supplier,"
        " from_date, until_date, trajectories, left_out, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s::date + 1, %s, %s::jsonb, %s, %s)",
        (
            gemeente,
            delivery_id,
            mark,
            file_name,
            file.supplier,
            file.from_date,
            file.last_date,
            len(file.trajectories),
            msgspec.json.encode(left_out).decode(),
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.told_help"
        " SELECT %s, %s, row_number() OVER (), told.* FROM jsonb_to_recordset(%s::jsonb) AS told"
        " (person_id uuid, kind text, form text, started_on date, ended_on date, outcome text)",
        (gemeente, delivery_id, msgspec.json.encode(kept).decode()),
    )
    await record(connection, instruction=instruction, results=[delivery_id])
    return (delivery_id,)


async def _persons(
    connection: AsyncConnection, gemeente: str, vault: Vault, trajectories: Sequence[Trajectory]
) -> dict[str, UUID]:
    """Give the pseudonym behind each number; a file may have pseudonyms itself."""
    clients = {client for each in trajectories for client in each.clients}
    bsns = [client for client in clients if passes_eleven_check(client)]
    found = await pseudonyms(connection, gemeente=gemeente, vault=vault, bsns=bsns)
    given = {
        client: person for client in clients if (person := rules.pseudonym_in(client)) is not None
    }
    members = await queries.members(connection, gemeente=gemeente, persons=list(given.values()))
    return found | {client: person for client, person in given.items() if person in members}
