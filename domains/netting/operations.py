"""Clearing what funds owe each other, so that each pair has one payment per period."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.rules import check_booking_date
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.netting.model import Owed
from domains.netting.queries import owed_between_funds
from domains.payer_entries import netting_moves
from domains.standard_entries import Heading, entry_for_moves
from ledger.accounts import Account
from ledger.entries import Entry


async def net(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    from_date: date,
    until_date: date,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Clear what funds owe each other by entries of a period (until exclusive); gives the run.

    One entry per pair of funds, for the difference. What was cleared before is left alone, so a
    second run over the same days clears nothing.

    :raises domains.draws.refusals.BookedTooEarly: it is booked before one of them was.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"verrekeningen {gemeente}"])
    found = await owed_between_funds(
        connection, gemeente=gemeente, from_date=from_date, until_date=until_date
    )
    families = {str(each.family) for each in found if each.family}
    await take_turns(connection, of=sorted(families))
    owed = [
        each
        for each in await owed_between_funds(
            connection, gemeente=gemeente, from_date=from_date, until_date=until_date
        )
        if each.family is None or str(each.family) in families
    ]
    check_booking_date(
        booking_date,
        earliest=max((each.booking_date for each in owed), default=None),
        since="toen is de laatste schuld uit deze periode geboekt",
        today=instruction.today,
    )
    run_id = instruction.new_id()
    entries, accounts = _netting_entries(instruction, owed, booking_date=booking_date)
    await _write_run(
        connection,
        instruction,
        run_id=run_id,
        days=(from_date, until_date),
        cleared={entry.id: of_pair for of_pair, entry in entries},
    )
    await record(
        connection,
        instruction=instruction,
        results=[run_id],
        entries=[entry for _, entry in entries],
        accounts=accounts,
    )
    return (run_id,)


def _netting_entries(
    instruction: Instruction, owed: Sequence[Owed], *, booking_date: date
) -> tuple[list[tuple[list[Owed], Entry]], tuple[Account, ...]]:
    """Make one entry per pair of funds that owe each other something."""
    pairs: dict[tuple[str, ...], list[Owed]] = {}
    for each in owed:
        pairs.setdefault(tuple(sorted((each.creditor, each.debtor))), []).append(each)
    entries = []
    accounts: dict[UUID, Account] = {}
    for (one, other), of_pair in sorted(pairs.items()):
        sums: dict[tuple[str, str], int] = {}
        for each in of_pair:
            key = (each.creditor, each.debtor)
            sums[key] = sums.get(key, 0) + each.amount_cents
        entry, needed = entry_for_moves(
            netting_moves(instruction.gemeente, sums),
            heading=Heading(
                id=instruction.new_id(),
                booking_date=booking_date,
                kind="verrekening",
                description=f"Verrekening tussen {one} en {other}",
            ),
        )
        entries.append((of_pair, entry))
        accounts.update({account.id: account for account in needed})
    return entries, tuple(accounts.values())


async def _write_run(
    connection: AsyncConnection,
    instruction: Instruction,
    *,
    run_id: UUID,
    days: tuple[date, date],
    cleared: Mapping[UUID, Sequence[Owed]],
) -> None:
    """Write the run, what it cleared, and that the payers of those items have paid."""
    gemeente = instruction.gemeente
    await connection.exec_driver_sql(
        "INSERT INTO domains.netting_run"
        " (gemeente, run_id, from_date, until_date, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (gemeente, run_id, *days, instruction.at, instruction.actor.subject),
    )
    settled = [(entry, each.entry) for entry, of_pair in cleared.items() for each in of_pair]
    await connection.exec_driver_sql(
        "INSERT INTO domains.netting_item (gemeente, run_id, settled, entry_id)"
        " SELECT %s, %s, cleared.settled, cleared.entry"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS cleared (entry, settled)",
        (gemeente, run_id, [each[0] for each in settled], [each[1] for each in settled]),
    )
    await connection.exec_driver_sql(
        "SELECT domains.settle_netted(%s, %s, %s, %s)",
        (gemeente, run_id, instruction.at, instruction.actor.subject),
    )
