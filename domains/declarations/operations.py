"""Taking in declarations: the message first, then its lines in chunks, each in one go.

A chunk is one request in the chain: its lines, its deliveries and its entries are written together
or not at all, so whatever breaks off, the next run goes on behind the last chunk.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.accruals.queries import accrued_of
from domains.allocations.queries import allocations
from domains.declarations import queries, rules
from domains.declarations.judging import Chunk, Known, Lines
from domains.declarations.refusals import OtherGemeente
from domains.draws.recording import Book, write_rows
from domains.instruction import Instruction, refuse_repetition, take_turns
from domains.instruction import record as record_request
from domains.messages.model import CheckedDeclaration
from domains.messages.standard import Kind
from domains.persons.operations import shelter_strangers
from domains.persons.queries import pseudonyms
from domains.persons.vault import Vault
from domains.reservations.delivering import book_deliveries
from domains.reservations.standing import open_file_for_deliveries
from ledger import balances
from ledger.balances import JournalEntry
from ledger.reading import rows

CHUNK: Final = 1_000
"""Lines that are booked together."""

_FIELDS: Final = """
    message_id uuid, number integer, attempt integer, message_law text, provider text,
    person_id uuid, reference text, previous text, allocation integer, product_category text,
    product_code text, from_date date, until_date date, volume integer, unit text,
    tariff_cents integer, amount_cents bigint, is_credit boolean, outcome text,
    return_codes text[], delivery_id uuid, entries uuid[], recorded_at timestamptz
"""

_MOVES_OF: Final = """
    SELECT move.entry_id, move.part_id, move.reserved_cents, move.spent_cents
    FROM domains.part_move AS move
    WHERE move.gemeente = %s AND move.entry_id = ANY (%s::uuid[])
"""


async def receive_declaration(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    vault: Vault,
    checked: CheckedDeclaration,
) -> tuple[UUID, ...]:
    """Write down that a declaration came in; gives its message. No line is looked at yet.

    :raises OtherGemeente: it is for another municipality.
    """
    await refuse_repetition(connection, instruction=instruction)
    message = await write_declaration(
        connection, instruction=instruction, vault=vault, checked=checked
    )
    await record_request(connection, instruction=instruction, results=[message])
    return (message,)


async def write_declaration(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    vault: Vault,
    checked: CheckedDeclaration,
) -> UUID:
    """Write the row of a declaration and nothing in the chain; enough for a rehearsal.

    The very same file is the message that it was before, also when the master key was rotated
    since. A second declaration by the same number, with other content, is answered as a whole
    (9333).

    :raises OtherGemeente: it is for another municipality.
    """
    gemeente, head = instruction.gemeente, checked.head
    header = head.header
    if f"GM{header.receiver}" != gemeente:
        raise OtherGemeente(found=f"GM{header.receiver}", gemeente=gemeente)
    await take_turns(connection, of=[_turn(instruction, header.sender)])
    earlier = await same_content(
        connection, gemeente=gemeente, vault=vault, provider=header.sender, sha256=checked.sha256
    )
    if earlier is not None:
        return earlier
    known = await queries.has_declaration(
        connection,
        gemeente=gemeente,
        law=header.message.law,
        provider=header.sender,
        number=head.number,
    )
    message = instruction.new_id()
    await insert_message(
        connection,
        instruction,
        {
            "message_id": message,
            "message_law": header.message.law,
            "kind": Kind.DECLARATION,
            "provider": header.sender,
            "identification": header.identification,
            "dated": header.dated,
            "basic_version": head.basic_version,
            "version": head.version,
            "declaration": head.number,
            "from_date": head.from_date,
            "until_date": head.last_date + timedelta(days=1),
            "declared_on": head.dated,
            "content_mark": content_mark(vault, checked.sha256),
            "line_count": checked.lines,
            "total_cents": head.total_cents,
            "return_codes": [rules.NUMBER_NOT_UNIQUE] if known else [],
        },
    )
    return message


async def same_content(
    connection: AsyncConnection, *, gemeente: str, vault: Vault, provider: str, sha256: str
) -> UUID | None:
    """Give the message of a provider, or to one, that this very file came in as, if it did."""
    found = await rows(
        connection,
        "SELECT message_id FROM domains.message"
        " WHERE gemeente = %s AND provider = %s AND content_mark = ANY (%s::bytea[])",
        (gemeente, provider, list(vault.marks(*_content(sha256)))),
    )
    return found[0].message_id if found else None


def content_mark(vault: Vault, sha256: str) -> bytes:
    """Return by what the same file is known again, and by nobody without the key."""
    return vault.mark(*_content(sha256))


def _content(sha256: str) -> tuple[bytes, bytes]:
    return b"bericht", bytes.fromhex(sha256)


async def insert_message(
    connection: AsyncConnection, instruction: Instruction, told: dict[str, Any]
) -> None:
    """Write the row of a message that came in."""
    row = {
        "gemeente": instruction.gemeente,
        **told,
        "received_on": instruction.today,
        "recorded_at": instruction.at,
        "actor": instruction.actor.subject,
    }
    places = ", ".join(f"%({column})s" for column in row)
    await connection.exec_driver_sql(
        f"INSERT INTO domains.message ({', '.join(row)}) VALUES ({places})", row
    )


async def process_lines(
    connection: AsyncConnection, *, instruction: Instruction, vault: Vault, asked: Lines
) -> tuple[UUID, ...]:
    """Judge lines in order and book those that are granted; gives message and deliveries."""
    await refuse_repetition(connection, instruction=instruction)
    book, results = await _judge(connection, instruction, vault=vault, asked=asked)
    await book.write(connection, results=results)
    return results


async def rehearse_lines(
    connection: AsyncConnection, *, instruction: Instruction, vault: Vault, asked: Lines
) -> None:
    """Judge lines and write what the next ones are held against, but nothing in the chain.

    For a database transaction that is taken back: so a rehearsal of many chunks fits in one.
    """
    book, _ = await _judge(connection, instruction, vault=vault, asked=asked)
    await write_rows(connection, gemeente=instruction.gemeente, found=book.rows)


async def _judge(
    connection: AsyncConnection, instruction: Instruction, *, vault: Vault, asked: Lines
) -> tuple[Book, tuple[UUID, ...]]:
    """Judge lines and write their rows; the moves of parts and the entries wait in the book."""
    await take_turns(connection, of=[_turn(instruction, asked.message.provider)])
    known = await _known(connection, instruction, vault=vault, asked=asked)
    chunk = Chunk(known=known, asked=asked)
    for line in asked.lines:
        chunk.judge(line)
    booking = await book_deliveries(
        connection, known.file, chunk.planned, booking_date=asked.booking_date
    )
    chunk.settle(booking)
    await connection.exec_driver_sql(
        "INSERT INTO domains.declared_line SELECT %s, given.*"
        f" FROM json_to_recordset(%s::json) AS given ({_FIELDS})",
        (instruction.gemeente, msgspec.json.encode(chunk.rows()).decode()),
    )
    return booking.book, (asked.message.id, *(each.id for each in chunk.planned))


async def _known(
    connection: AsyncConnection, instruction: Instruction, *, vault: Vault, asked: Lines
) -> Known:
    """Read what lines are held against, under the turns of the families that they are about."""
    gemeente, message, lines = instruction.gemeente, asked.message, asked.lines
    bsns = {line.bsn for line in lines}
    persons = await pseudonyms(connection, gemeente=gemeente, vault=vault, bsns=bsns)
    strangers = await shelter_strangers(
        connection, instruction=instruction, vault=vault, bsns=bsns - persons.keys()
    )
    numbers = {line.allocation for line in lines}
    found = {
        each.number: each
        for each in await allocations(
            connection, gemeente=gemeente, law=message.law, numbers=numbers
        )
    }
    earlier = await queries.earlier_lines(
        connection,
        gemeente=gemeente,
        law=message.law,
        provider=message.provider,
        references=[name for line in lines for name in (line.reference, line.previous) if name],
    )
    taken_back = [
        entry
        for line in lines
        if line.is_credit and line.previous in earlier
        for entry in earlier[line.previous].entries
    ]
    draws = sorted({each.draw for each in found.values()})
    file = await open_file_for_deliveries(connection, instruction, draws)
    moves: dict[UUID, list[Any]] = {}
    entries: dict[UUID, JournalEntry] = {}
    if taken_back:
        for move in await rows(connection, _MOVES_OF, (gemeente, taken_back)):
            moves.setdefault(move.entry_id, []).append(move)
        entries = {
            each.id: each
            for each in await balances.find_entries(
                connection, gemeente=gemeente, entries=taken_back
            )
        }
    return Known(
        instruction=instruction,
        file=file,
        persons=persons | strangers,
        allocations=found,
        used=await queries.used_of(connection, gemeente=gemeente, law=message.law, numbers=numbers),
        earlier=earlier,
        entries=entries,
        moves=moves,
        accrued=await accrued_of(connection, file),
    )


def _turn(instruction: Instruction, provider: str) -> str:
    return f"declaraties {instruction.gemeente} {provider}"
