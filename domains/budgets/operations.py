"""Importing the council's budget from a file: all of it, once, with a report of what stayed out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.budgets.mapping import MappedBudget, Mapping, assumptions, map_budget
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.pooling.model import CouncilLine
from domains.pooling.operations import add_funds
from domains.readers.model import BudgetFile
from domains.standard_entries import Heading, council_moves, entry_for_moves
from ledger.reading import rows
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class BudgetExists(Refusal):
    """The year has an imported budget already."""

    code: ClassVar[str] = "begroting-bestaat-al"
    year: int
    file_name: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voor {self.year} is al een begroting ingelezen uit {self.file_name}."
            " Boek een begrotingswijziging als de raad iets heeft veranderd."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingMapped(Refusal):
    """No line of the budget has a source."""

    code: ClassVar[str] = "begroting-zonder-bron"
    file_name: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Geen enkele regel van {self.file_name} heeft een bron."
            " Controleer de toewijzing van taakvelden aan bronnen."
        )


async def import_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    file: BudgetFile,
    file_name: str,
    mapping: Mapping,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Book a budget file: one entry with every fund in it; gives the id of the import.

    The same file again gives the import that stands; nothing is booked twice, not even when
    two people import it at the same moment.

    :raises BudgetExists: the year has a budget from another file.
    :raises NothingMapped: the mapping leaves nothing to book.
    """
    await refuse_repetition(connection, instruction=instruction)
    await take_turns(connection, of=[f"begroting {instruction.gemeente} {file.year}"])
    known = await rows(
        connection,
        "SELECT import_id, file_sha256, file_name FROM domains.budget_import"
        " WHERE gemeente = %s AND year = %s",
        (instruction.gemeente, file.year),
    )
    for import_id, file_sha256, known_name in known:
        if file_sha256 != file.sha256:
            raise BudgetExists(year=file.year, file_name=known_name)
        await record(connection, instruction=instruction, results=[import_id])
        return (import_id,)
    mapped = map_budget(file, mapping)
    lines = [
        CouncilLine(
            source=line.source,
            programme=line.programme,
            taakveld=line.taakveld,
            amount_cents=line.amount_cents,
        )
        for line in mapped.lines
    ]
    if not lines:
        raise NothingMapped(file_name=file_name)
    import_id = instruction.new_id()
    await _record_import(connection, instruction, import_id, file, file_name, mapping)
    await _record_lines(connection, instruction.gemeente, import_id, mapped)
    await add_funds(
        connection,
        gemeente=instruction.gemeente,
        funds={chart.fund(line.source, file.year): line.source for line in lines},
        year=file.year,
    )
    entry, accounts = entry_for_moves(
        council_moves(instruction.gemeente, file.year, lines),
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind="begroting",
            description=f"Begroting {file.year}",
            document=f"{file_name} sha256:{file.sha256}",
        ),
    )
    await record(
        connection,
        instruction=instruction,
        results=[import_id],
        entries=[entry],
        accounts=accounts,
    )
    return (import_id,)


async def _record_import(  # noqa: PLR0917 - one private call, in the order of the table.
    connection: AsyncConnection,
    instruction: Instruction,
    import_id: UUID,
    file: BudgetFile,
    file_name: str,
    mapping: Mapping,
) -> None:
    await connection.exec_driver_sql(
        "INSERT INTO domains.budget_import (gemeente, import_id, year, kind, file_name,"
        " file_sha256, recorded_at, actor, assumptions)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            instruction.gemeente,
            import_id,
            file.year,
            file.kind,
            file_name,
            file.sha256,
            instruction.at,
            instruction.actor.subject,
            json.dumps(assumptions(mapping)),
        ),
    )


async def _record_lines(
    connection: AsyncConnection, gemeente: str, import_id: UUID, mapped: MappedBudget
) -> None:
    """Keep what became of every line, so that the report can be asked for again."""
    kept: Sequence[tuple[object, ...]] = [
        (
            line.line_number,
            line.taakveld,
            line.programme,
            line.source,
            "lasten",
            line.amount_cents,
            None,
        )
        for line in mapped.lines
    ] + [
        (
            left.line_number,
            left.taakveld,
            left.programme,
            None,
            str(left.side),
            left.amount_cents,
            str(left.reason),
        )
        for left in mapped.left_out
    ]
    await connection.exec_driver_sql(
        "INSERT INTO domains.budget_import_line (gemeente, import_id, sequence, line_number,"
        " taakveld, programme, source, side, amount_cents, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(gemeente, import_id, sequence, *row) for sequence, row in enumerate(kept, 1)],
    )
