"""Drafting a change of the budget, making it again, and adopting it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.budget_changes.model import BudgetChange, ChangeLine
from domains.budget_changes.queries import budget_changes, budgeted_from
from domains.budget_changes.rules import (
    ChangeUnknown,
    NothingToChange,
    booking_date_of,
    check_adoption,
    check_budget,
    check_latest,
    check_lines,
    hash_of,
    lines_for,
)
from domains.budgets.mapping import Side
from domains.council.queries import council_standing
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.pooling.operations import add_funds
from domains.pooling.rules import check_room
from domains.settings.queries import settings_on
from domains.standard_entries import Heading, budget_change_moves, entry_for_moves
from ledger import balances, books
from ledger.accounts import Account, dimensions


async def draft_from_items(
    connection: AsyncConnection, *, instruction: Instruction, year: int, description: str
) -> tuple[UUID, ...]:
    """Draft the change that the items for the council ask for; gives the id of its version.

    :raises domains.budget_changes.rules.YearWithoutBudget: there is nothing to change.
    :raises domains.budget_changes.rules.NothingToChange: there are no such items.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await _budget_from(connection, gemeente, year)
    settings = await settings_on(connection, gemeente=gemeente, day=instruction.today)
    standing = await council_standing(
        connection,
        gemeente=gemeente,
        year=year,
        on=date(year, 12, 31),
        known_up_to=await balances.last_link(connection, gemeente=gemeente),
        settings=settings,
    )
    lines = lines_for(standing.items, standing.positions, settings=settings)
    if not lines:
        raise NothingToChange(year=year)
    return await _record_version(
        connection,
        instruction=instruction,
        change_id=instruction.new_id(),
        number=1,
        year=year,
        description=description,
        lines=lines,
    )


async def draft(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    year: int,
    description: str,
    lines: Sequence[ChangeLine],
) -> tuple[UUID, ...]:
    """Draft a change with lines of one's own; gives the id of its version.

    :raises domains.budget_changes.rules.YearWithoutBudget: there is nothing to change.
    :raises ledger.refusals.Refusal: one of :func:`domains.budget_changes.rules.check_lines`.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_lines(lines)
    await _budget_from(connection, instruction.gemeente, year)
    return await _record_version(
        connection,
        instruction=instruction,
        change_id=instruction.new_id(),
        number=1,
        year=year,
        description=description,
        lines=lines,
    )


async def draft_again(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    change: UUID,
    number: int,
    description: str,
    lines: Sequence[ChangeLine],
) -> tuple[UUID, ...]:
    """Make a new version in the place of version ``number``; gives the id of the new one.

    :raises ledger.refusals.Refusal: one of :func:`domains.budget_changes.rules.check_lines` and
        :func:`domains.budget_changes.rules.check_latest`.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_lines(lines)
    known = await _in_turn(connection, instruction, change)
    check_latest(known, number=number)
    return await _record_version(
        connection,
        instruction=instruction,
        change_id=change,
        number=known.number + 1,
        year=known.year,
        description=description,
        lines=lines,
    )


async def adopt(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    change: UUID,
    number: int,
    decision: str,
    decided_on: date,
) -> tuple[UUID, ...]:
    """Book what the council adopted (vaststelling); gives the id of the change.

    Lasten of each fund move between authorisation and free: more is free to spend, less is taken
    from what is free.

    :raises domains.pooling.rules.NotEnoughRoom: a fund has less free, or a programme has less
        authorised for a taakveld, than what is taken.
    :raises ledger.refusals.Refusal: one of :func:`domains.budget_changes.rules.check_latest` and
        :func:`domains.budget_changes.rules.check_adoption`.
    """
    await refuse_repetition(connection, instruction=instruction)
    known = await _in_turn(connection, instruction, change)
    check_latest(known, number=number)
    gemeente = instruction.gemeente
    check_adoption(
        known,
        decided_on=decided_on,
        budget_from=await _budget_from(connection, gemeente, known.year),
        today=instruction.today,
    )
    expenses = [line for line in known.lines if line.side is Side.EXPENSES]
    await add_funds(
        connection,
        gemeente=gemeente,
        funds={line.fund(known.year): line.source for line in expenses},
        year=known.year,
    )
    await _check_rooms(connection, gemeente, known)
    entry, accounts = entry_for_moves(
        budget_change_moves(gemeente, known.year, expenses),
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date_of(known, decided_on=decided_on),
            kind="begrotingswijziging",
            description=f"Begrotingswijziging {known.year}: {known.description}",
            document=decision.strip(),
            decision=change,
            metadata=dimensions(regels_sha256=hash_of(known.lines)),
        ),
    )
    entries = [entry] if entry.postings else []
    await connection.exec_driver_sql(
        "INSERT INTO domains.budget_change_adoption (gemeente, change_id, number, decision,"
        " decided_on, adopted_at, actor, entries) VALUES (%s, %s, %s, %s, %s, %s, %s, %s::uuid[])",
        (
            gemeente,
            change,
            number,
            decision.strip(),
            decided_on,
            instruction.at,
            instruction.actor.subject,
            [each.id for each in entries],
        ),
    )
    await record(
        connection,
        instruction=instruction,
        results=[change],
        entries=entries,
        accounts=accounts,
    )
    return (change,)


async def add_version(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    change_id: UUID,
    number: int,
    year: int,
    description: str,
    lines: Sequence[ChangeLine],
) -> UUID:
    """Add a version of a change to a request that names its id among its results."""
    gemeente = instruction.gemeente
    version_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.budget_change (gemeente, change_id, number, version_id, year,"
        " description, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            change_id,
            number,
            version_id,
            year,
            description,
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.budget_change_line (gemeente, change_id, number, sequence, side,"
        " source, programme, taakveld, change_cents, duration, cause)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                gemeente,
                change_id,
                number,
                sequence,
                line.side.value,
                line.source,
                line.programme,
                line.taakveld,
                line.change_cents,
                line.duration.value,
                line.cause.value,
            )
            for sequence, line in enumerate(lines, 1)
        ],
    )
    return version_id


async def _budget_from(connection: AsyncConnection, gemeente: str, year: int) -> date:
    """Give the day from which the budget of a year stands.

    :raises domains.budget_changes.rules.YearWithoutBudget: there is none.
    """
    return check_budget(year, budget_from=await budgeted_from(connection, gemeente, year=year))


async def _in_turn(
    connection: AsyncConnection, instruction: Instruction, change: UUID
) -> BudgetChange:
    """Give the last version of a change, and keep others off it until this is over.

    :raises ChangeUnknown: there is no such change.
    """
    await take_turns(connection, of=[f"begrotingswijziging {change}"])
    versions = await budget_changes(connection, gemeente=instruction.gemeente, change=change)
    if not versions:
        raise ChangeUnknown(change=str(change))
    return versions[-1]


async def _check_rooms(connection: AsyncConnection, gemeente: str, change: BudgetChange) -> None:
    """Refuse to take more than is free in a fund, or than is authorised for a taakveld."""
    net: dict[Account, int] = {}
    for move in budget_change_moves(gemeente, change.year, change.lines):
        net[move.debit] = net.get(move.debit, 0) + move.amount_cents
        net[move.credit] = net.get(move.credit, 0) - move.amount_cents
    ids = sorted(account.id for account in net)
    await books.lock_accounts(connection, gemeente=gemeente, accounts=ids)
    stands = await balances.current(connection, gemeente=gemeente, accounts=ids)
    for account, cents in net.items():
        if account.code == chart.FREE and cents < 0:
            check_room(
                fund=account.colour,
                place="de vrije ruimte",
                room_cents=stands[account.id],
                amount_cents=-cents,
            )
        if account.code == chart.AUTHORISATION and cents > 0:
            programme, taakveld = account.dimension("programma"), account.dimension("taakveld")
            check_room(
                fund=account.colour,
                place=f"programma {programme}, taakveld {taakveld},",
                room_cents=-stands[account.id],
                amount_cents=cents,
            )


async def _record_version(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    change_id: UUID,
    number: int,
    year: int,
    description: str,
    lines: Sequence[ChangeLine],
) -> tuple[UUID, ...]:
    version_id = await add_version(
        connection,
        instruction=instruction,
        change_id=change_id,
        number=number,
        year=year,
        description=description,
        lines=lines,
    )
    await record(connection, instruction=instruction, results=[version_id])
    return (version_id,)
