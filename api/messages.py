"""Taking in messages of providers: one transaction per step, in an order that survives a crash.

Both the command line and the web server come here. A declaration is read twice: first to its end,
so that a broken file books nothing at all, and then chunk by chunk while the database works on the
one before.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.clock import Clock
from api.settings import Settings
from domains.allocations.incoming import book_allocations, changed, follow_allocation
from domains.declarations import operations
from domains.declarations.judging import Lines
from domains.declarations.model import ReceivedMessage, RefusedLine
from domains.declarations.queries import messages, refused_lines, waiting_lines
from domains.instruction import Actor, AlreadyAnsweredError, Instruction
from domains.messages.model import Allocation, CheckedDeclaration, DeclaredLine, Message
from domains.messages.reading import check_declaration, declared_lines, read_message
from domains.notices.operations import addressed, take_in
from domains.persons.vault import Vault, load_or_make_vault
from ledger.entries import fingerprint
from ledger.refusals import Refusal

_KEY_FILE: Final = "personen.key"

CLIENT: Final = "berichten"
"""Under which client the steps of a message are kept: a file is one thing, whoever offers it."""

FIRST: Final = 20
"""How many refused lines are told beside the answer, which has them all."""

Tell = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What takes in messages: for whom, by which database, vault and schemas."""

    engine: AsyncEngine
    clock: Clock
    actor: Actor
    vault: Vault
    schemas: Path | None
    tell: Tell

    def instruction(self, *key: str) -> Instruction:
        """Make the instruction of one step; the same step has the same key."""
        told = " ".join(key)
        return Instruction(
            actor=replace(self.actor, client=CLIENT),
            key=told,
            fingerprint=fingerprint(told),
            at=self.clock.now(),
            today=self.clock.today(),
            new_id=self.clock.new_id,
            new_random_id=self.clock.new_random_id,
        )


def vault_of(settings: Settings, key_folder: Path) -> Vault:
    """Give the vault of an installation; its key is made where there is none.

    :raises domains.persons.vault.PersonKeyUnusable: the key cannot be used.
    """
    return load_or_make_vault(person_key_file(settings, key_folder))


def person_key_file(settings: Settings, key_folder: Path) -> Path:
    """Say where the master key of the persons lies, or would lie."""
    return settings.person_key or key_folder / _KEY_FILE


def check_notice(office: Office, file: BinaryIO, *, file_name: str) -> Message:
    """Read a message about one person and keep nothing.

    :raises Refusal: the file cannot be read, or is not for this municipality.
    """
    message = read_message(file, file_name=file_name, schemas=office.schemas)
    addressed(message, gemeente=office.actor.gemeente)
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenNotice:
    """A message about one person that was kept."""

    message: UUID
    refused: dict[int, Refusal]
    """Why a product of a 301 waits, by the number of its allocation."""


async def take_in_notice(office: Office, file: BinaryIO, *, file_name: str) -> TakenNotice:
    """Take in a message about one person.

    A 301 of the care administration is booked as far as that can be, each time that it is offered.

    :raises Refusal: the file cannot be taken in.
    """
    message = check_notice(office, file, file_name=file_name)
    file.seek(0)
    sha256 = hashlib.sha256(file.read()).hexdigest()
    mark = operations.content_mark(office.vault, sha256)
    instruction = office.instruction("bericht", mark.hex())
    results = await _once(
        office,
        lambda connection: take_in(
            connection,
            instruction=instruction,
            vault=office.vault,
            sha256=sha256,
            message=message,
        ),
    )
    refused = {}
    if isinstance(message, Allocation):
        refused = await _book_allocations(office, results[0])
    return TakenNotice(message=results[0], refused=refused)


async def _book_allocations(office: Office, message: UUID) -> dict[int, Refusal]:
    """Let reservations follow the allocations that a 301 changes, and book what it gives out.

    Gives by number why a product waits.
    """
    gemeente = office.actor.gemeente
    refused: dict[int, Refusal] = {}

    def step() -> Instruction:
        # A product that could not be booked is tried again each time that its file is offered.
        return office.instruction("toewijzingen", str(office.clock.new_random_id()))

    async with db.transaction(office.engine, gemeente) as connection:
        numbers = await changed(connection, gemeente=gemeente, message=message)
    for number in numbers:
        follow = partial(follow_allocation, message=message, number=number)
        # One that cannot follow waits, and does not hurt the others.
        try:
            done = None
            while done := await db.run(
                office.engine, gemeente, partial(follow, instruction=step(), after=done)
            ):
                pass
        except Refusal as refusal:
            refused[number] = refusal
    book = partial(book_allocations, instruction=step(), message=message)
    await _once(office, partial(book, tell=refused.__setitem__))
    return refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A declaration that was read to its end and written down; its lines may be still to do."""

    checked: CheckedDeclaration
    message: ReceivedMessage


async def take_in_declaration(
    office: Office, file: BinaryIO, *, file_name: str, booking_date: date | None
) -> ReceivedMessage:
    """Take in a declaration, or go on with one that was broken off; gives how it stands.

    :raises Refusal: the file cannot be taken in; nothing was booked of it.
    """
    received = await receive(office, file, file_name=file_name)
    await process(office, file, received, file_name=file_name, booking_date=booking_date)
    return await find(office, received.message.id)


async def receive(office: Office, file: BinaryIO, *, file_name: str) -> Received:
    """Read a declaration to its end and write down that it came in; no line is looked at.

    :raises Refusal: the file cannot be taken in; nothing was booked of it.
    """
    checked = await _checked(office, file, file_name=file_name)
    mark = operations.content_mark(office.vault, checked.sha256).hex()
    instruction = office.instruction("bericht", mark)
    (message_id, *_) = await _once(
        office,
        lambda connection: operations.receive_declaration(
            connection, instruction=instruction, vault=office.vault, checked=checked
        ),
    )
    return Received(checked=checked, message=await find(office, message_id))


async def process(
    office: Office,
    file: BinaryIO,
    received: Received,
    *,
    file_name: str,
    booking_date: date | None,
) -> None:
    """Judge and book the lines that are still to do, chunk by chunk."""
    checked, message = received.checked, received.message
    if message.is_answered:
        return
    on = booking_date or office.clock.today()
    gemeente = office.actor.gemeente
    async with db.transaction(office.engine, gemeente) as connection:
        again = await waiting_lines(connection, gemeente=gemeente, message=message.id)
    office.tell("regels", message.done, checked.lines)
    todo = Lines(message=message, head=checked.head, lines=(), booking_date=on, attempts=again)
    async for asked in _left_to_do(file, todo, file_name=file_name):
        await _process(office, asked)
        if not asked.attempts:
            office.tell("regels", asked.lines[-1].place, checked.lines)


async def rehearse_declaration(
    office: Office,
    file: BinaryIO,
    *,
    file_name: str,
    booking_date: date | None,
    hear: Callable[[Sequence[RefusedLine]], None] | None = None,
) -> ReceivedMessage:
    """Do all that taking in a declaration does, and take it back; gives how it would stand.

    ``hear`` is told the first lines that would be refused.

    :raises Refusal: the file cannot be taken in.
    """
    checked = await _checked(office, file, file_name=file_name)
    on = booking_date or office.clock.today()
    instruction = office.instruction("proef", str(office.clock.new_random_id()))
    gemeente = instruction.gemeente
    async with db.transaction(office.engine, gemeente) as connection:
        rehearsal = await connection.begin_nested()
        message_id = await operations.write_declaration(
            connection, instruction=instruction, vault=office.vault, checked=checked
        )
        (message,) = await messages(connection, gemeente=gemeente, ids=[message_id])
        if not message.codes:
            again = await waiting_lines(connection, gemeente=gemeente, message=message_id)
            todo = Lines(
                message=message, head=checked.head, lines=(), booking_date=on, attempts=again
            )
            async for asked in _left_to_do(file, todo, file_name=file_name):
                await operations.rehearse_lines(
                    connection, instruction=instruction, vault=office.vault, asked=asked
                )
                if not asked.attempts:
                    office.tell("regels", asked.lines[-1].place, checked.lines)
            (message,) = await messages(connection, gemeente=gemeente, ids=[message_id])
        if hear is not None:
            hear(await _first_refused(connection, gemeente=gemeente, message=message_id))
        await rehearsal.rollback()
    return message


async def first_refused(office: Office, message: UUID) -> tuple[RefusedLine, ...]:
    """Give the first lines of a declaration that were refused."""
    gemeente = office.actor.gemeente
    async with db.transaction(office.engine, gemeente) as connection:
        return await _first_refused(connection, gemeente=gemeente, message=message)


async def _first_refused(
    connection: AsyncConnection, *, gemeente: str, message: UUID
) -> tuple[RefusedLine, ...]:
    return await refused_lines(connection, gemeente=gemeente, message=message, after=0, limit=FIRST)


async def find(office: Office, message: UUID) -> ReceivedMessage:
    """Give a message as it stands."""
    gemeente = office.actor.gemeente
    async with db.transaction(office.engine, gemeente) as connection:
        (found,) = await messages(connection, gemeente=gemeente, ids=[message])
    return found


async def _checked(office: Office, file: BinaryIO, *, file_name: str) -> CheckedDeclaration:
    """Read a file to its end beside the event loop."""
    return await asyncio.to_thread(
        check_declaration, file, file_name=file_name, schemas=office.schemas
    )


async def _once(
    office: Office, operation: Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]]
) -> tuple[UUID, ...]:
    try:
        return await db.run(office.engine, office.actor.gemeente, operation)
    except AlreadyAnsweredError as earlier:
        return earlier.results


async def _process(office: Office, asked: Lines) -> None:
    first = asked.lines[0].place
    instruction = office.instruction(
        "regels", str(asked.message.id), str(first), str(asked.attempts.get(first, 0))
    )
    await _once(
        office,
        lambda connection: operations.process_lines(
            connection, instruction=instruction, vault=office.vault, asked=asked
        ),
    )


async def _left_to_do(file: BinaryIO, todo: Lines, *, file_name: str) -> AsyncIterator[Lines]:
    """Give chunks of what is to be judged: lines without an outcome, and then those that waited.

    ``todo`` says how, and with its attempts which lines waited when the work began.
    """
    async for lines in _chunks(file, file_name=file_name, after=todo.message.done):
        yield replace(todo, lines=lines, attempts={})
    if not todo.attempts:
        return
    async for lines in _chunks(file, file_name=file_name, after=0):
        waited = [line for line in lines if line.place in todo.attempts]
        if waited:
            attempts = {line.place: todo.attempts[line.place] for line in waited}
            yield replace(todo, lines=waited, attempts=attempts)


async def _chunks(
    file: BinaryIO, *, file_name: str, after: int
) -> AsyncIterator[list[DeclaredLine]]:
    """Read lines behind a place in chunks, each while the one before is being booked."""
    lines = (line for line in declared_lines(file, file_name=file_name) if line.place > after)
    loop = asyncio.get_running_loop()
    # One thread reads all of it: a parser of lxml lives and ends in the thread that made it.
    with ThreadPoolExecutor(max_workers=1) as reader:
        reading = loop.run_in_executor(reader, _take, lines)
        try:
            while found := await reading:
                reading = loop.run_in_executor(reader, _take, lines)
                yield found
        finally:
            await asyncio.gather(reading, return_exceptions=True)
            await loop.run_in_executor(reader, lines.close)


def _take(lines: Iterator[DeclaredLine]) -> list[DeclaredLine]:
    return list(islice(lines, operations.CHUNK))
