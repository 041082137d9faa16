"""Settling with another municipality in these books: a plan, and one entry on either side.

A database transaction speaks of one municipality, so the two sides are posted one after the other.
The plan comes first and the keys of both sides are made from it: a run that was broken off is
finished by the next one, and nothing is booked twice.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.neighbours import rules
from domains.neighbours.model import Bearing, Receivable, Settlement
from domains.neighbours.queries import debts, owed_per_fund
from domains.payers.queries import PayerFilter, payer_items
from domains.pooling.operations import add_funds
from domains.rule_base.queries import held_rule_base
from domains.standard_entries import Heading, Move, entry_for_moves
from ledger import balances, books
from ledger.accounts import Account, dimensions
from ledger.entries import Entry


async def plan_settlements(
    connection: AsyncConnection, *, instruction: Instruction, neighbours: Collection[str]
) -> tuple[UUID, ...]:
    """Plan to settle delivered help with these municipalities; gives the plans.

    An advance with a plan that is not settled yet gets no second one.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"verrekening met gemeenten {gemeente}"])
    planned = []
    for neighbour in sorted(neighbours):
        items = await payer_items(connection, gemeente=gemeente, only=PayerFilter(payer=neighbour))
        for item in items:
            cents = rules.settleable_cents(item)
            if item.part.payer != neighbour or not cents:
                continue
            settlement_id = instruction.new_id()
            inserted = await connection.exec_driver_sql(
                "INSERT INTO domains.neighbour_settlement (gemeente, settlement_id, item_id,"
                " to_gemeente, amount_cents, recorded_at, actor)"
                " SELECT %(gemeente)s, %(id)s, %(item)s, %(to)s, %(cents)s, %(at)s, %(actor)s"
                " WHERE NOT EXISTS (SELECT 1 FROM domains.neighbour_settlement AS planned"
                " WHERE planned.gemeente = %(gemeente)s AND planned.item_id = %(item)s"
                " AND NOT EXISTS (SELECT 1 FROM domains.neighbour_settled AS done"
                " WHERE done.gemeente = planned.gemeente"
                " AND done.settlement_id = planned.settlement_id)) RETURNING 1",
                {
                    "gemeente": gemeente,
                    "id": settlement_id,
                    "item": item.advance.id,
                    "to": neighbour,
                    "cents": cents,
                    "at": instruction.at,
                    "actor": instruction.actor.subject,
                },
            )
            if inserted.first() is not None:
                planned.append(settlement_id)
    await record(connection, instruction=instruction, results=planned or [instruction.new_id()])
    return tuple(planned)


async def bear_costs(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    settlement: Settlement,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Bear the costs that another municipality paid for somebody who lives here now.

    The fund whose help it is pays from its free room, the rest is a shortage; what is owed stands
    on an account with the other municipality. Gives the settlement.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    judged = rules.days_of(settlement, rules=await held_rule_base(connection, gemeente=gemeente))
    free = {fund: chart.free(gemeente, fund) for fund in rules.funds_of(judged)}
    ids = [account.id for account in free.values()]
    await books.lock_accounts(connection, gemeente=gemeente, accounts=sorted(ids))
    left = await balances.current(connection, gemeente=gemeente, accounts=ids)
    borne = rules.bear(
        settlement,
        judged=judged,
        rooms={fund: left[account.id] for fund, account in free.items()},
    )
    for fund in sorted({each.fund for each in borne}):
        source = chart.source_of(fund)
        await add_funds(
            connection, gemeente=gemeente, funds={fund: source}, year=chart.year_of(fund)
        )
    entries, accounts = _entries(settlement, borne, instruction, booking_date)
    await connection.exec_driver_sql(
        "INSERT INTO domains.neighbour_cost (gemeente, settlement_id, from_gemeente, amount_cents,"
        " entries, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            settlement.id,
            settlement.gemeente,
            settlement.amount_cents,
            [entry.id for entry in entries],
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await record(
        connection,
        instruction=instruction,
        results=[settlement.id],
        entries=entries,
        accounts=tuple(accounts.values()),
    )
    return (settlement.id,)


async def note_settled(
    connection: AsyncConnection, *, instruction: Instruction, settlement: Settlement
) -> tuple[UUID, ...]:
    """Write down that both sides are booked; gives the settlement."""
    await refuse_repetition(connection, instruction=instruction)
    await connection.exec_driver_sql(
        "INSERT INTO domains.neighbour_settled (gemeente, settlement_id, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s)",
        (instruction.gemeente, settlement.id, instruction.at, instruction.actor.subject),
    )
    await record(connection, instruction=instruction, results=[settlement.id])
    return (settlement.id,)


async def pay_debts(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    other: str,
    booking_date: date,
    document: str,
) -> tuple[UUID, ...]:
    """Pay another municipality all that it is owed on a day; gives the payment.

    The other side books what arrived on the first start of its day after that.

    :raises domains.neighbours.rules.NothingOwed: nothing is owed, or all was paid.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"schulden aan gemeenten {gemeente}"])
    known = await debts(connection, gemeente=gemeente, other=other)
    paid = rules.debts_to_pay(known, gemeente=other, day=booking_date)
    owed = await owed_per_fund(
        connection, gemeente=gemeente, settlements=[each.settlement for each in paid]
    )
    entry, accounts = entry_for_moves(
        [
            Move(
                debit=chart.owed_to_gemeente(gemeente, fund, other=other),
                credit=chart.payments(gemeente, fund),
                amount_cents=cents,
            )
            for fund, cents in owed.items()
        ],
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind="betaling-aan-gemeente",
            description=f"Betaling aan {other} van hulp na verhuizing",
            document=document,
        ),
    )
    payment = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.neighbour_payment (gemeente, payment_id, settlement_id, entry_id,"
        " booking_date, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (
                gemeente,
                payment,
                each.settlement,
                entry.id,
                booking_date,
                instruction.at,
                instruction.actor.subject,
            )
            for each in paid
        ],
    )
    await record(
        connection,
        instruction=instruction,
        results=[payment],
        entries=[entry],
        accounts=accounts,
    )
    return (payment,)


async def note_received(
    connection: AsyncConnection, *, instruction: Instruction, waiting: Receivable
) -> tuple[UUID, ...]:
    """Write down by which entry a payment arrived on this side: the last; gives the settlement."""
    await refuse_repetition(connection, instruction=instruction)
    await connection.exec_driver_sql(
        "INSERT INTO domains.neighbour_received (gemeente, settlement_id, entry_id, recorded_at,"
        " actor) SELECT gemeente, %s, entries[1], %s, %s FROM domains.payer_move"
        " WHERE gemeente = %s AND part_id = %s AND from_state = 'aanvaard'"
        " AND to_state = 'verrekend' ORDER BY number DESC LIMIT 1",
        (
            waiting.settlement,
            instruction.at,
            instruction.actor.subject,
            instruction.gemeente,
            waiting.item,
        ),
    )
    await record(connection, instruction=instruction, results=[waiting.settlement])
    return (waiting.settlement,)


def document_of(settlement: Settlement) -> str:
    """Name the settlement in the entries of both sides."""
    return f"verrekening {settlement.gemeente}-{settlement.to_gemeente} {settlement.id}"


def _entries(
    settlement: Settlement,
    borne: tuple[Bearing, ...],
    instruction: Instruction,
    booking_date: date,
) -> tuple[tuple[Entry, ...], dict[UUID, Account]]:
    """Book per stretch of days: spent from the free room (BUDGET), cost against debt (LASTEN)."""
    entries: list[Entry] = []
    accounts: dict[UUID, Account] = {}
    by_days: dict[tuple[date, date], list[Bearing]] = {}
    for each in borne:
        by_days.setdefault((each.from_date, each.until_date), []).append(each)
    for days, found in sorted(by_days.items()):
        budget = [_budget_move(instruction.gemeente, settlement, each) for each in found]
        costs = [_cost_move(instruction.gemeente, settlement, each) for each in found]
        for moves in (budget, costs):
            entry, needed = entry_for_moves(
                moves,
                heading=Heading(
                    id=instruction.new_id(),
                    booking_date=booking_date,
                    kind="kosten-van-gemeente",
                    description=f"Hulp na verhuizing, betaald door {settlement.gemeente}",
                    document=document_of(settlement),
                    performance_from=days[0],
                    performance_until=days[1],
                    metadata=dimensions(verrekening=str(settlement.id)),
                ),
            )
            entries.append(entry)
            accounts.update({account.id: account for account in needed})
    return tuple(entries), accounts


def _budget_move(gemeente: str, settlement: Settlement, borne: Bearing) -> Move:
    is_short = chart.source_of(borne.fund) == chart.SHORTAGE_SOURCE
    return Move(
        debit=chart.borne(
            gemeente,
            borne.fund,
            taakveld=borne.taakveld,
            category=borne.category,
            other=settlement.gemeente,
        ),
        credit=(chart.shortage if is_short else chart.free)(gemeente, borne.fund),
        amount_cents=borne.amount_cents,
        basis=borne.rule,
    )


def _cost_move(gemeente: str, settlement: Settlement, borne: Bearing) -> Move:
    return Move(
        debit=chart.cost(
            gemeente,
            borne.fund,
            code=borne.cost_account,
            taakveld=borne.taakveld,
            category=borne.category,
        ),
        credit=chart.owed_to_gemeente(gemeente, borne.fund, other=settlement.gemeente),
        amount_cents=borne.amount_cents,
        basis=borne.rule,
    )
