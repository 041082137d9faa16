"""Opening, topping up, returning, closing and reopening the budgets of families."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.queries import budgets_booked_on
from domains.draws.rules import check_booking_date
from domains.families import queries
from domains.families.model import BudgetStep, Family, FamilyBudget, StepKind
from domains.families.operations import family_in_turn
from domains.families.rules import not_arranged
from domains.family_budgets import rules
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.pooling.rules import check_amount, split_over_rooms
from domains.standard_entries import Heading, Move, entry_for_moves
from ledger import balances, books
from ledger.accounts import Account
from ledger.entries import Entry

_TITLES: Final = {
    StepKind.OPENING: "Gezinsbudget",
    StepKind.TOP_UP: "Aanvulling van gezinsbudget",
}


async def open_family_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    year: int,
    amount_cents: int | None,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Open a family's budget for a year with a fixed amount (vast bedrag); gives budget and step.

    It is filled from the district's funds in proportion to what each has there, as far as that
    goes: too little is a signal for the budget holder, never a stop. An amount outside the band
    is only proposed, with its reason; a proposal may be made again until somebody approves it.

    :raises domains.family_budgets.rules.FamilyBudgetExists: the family has one for this year.
    :raises domains.family_budgets.rules.OutsideBand: outside the band without a reason.
    """
    found = await family_in_turn(connection, instruction=instruction, family=family)
    gemeente = instruction.gemeente
    family_type = await queries.family_type(
        connection,
        gemeente=gemeente,
        code=found.family_type,
        on=rules.day_of_band(year, on=booking_date),
    )
    amount = rules.opening_amount(family_type, amount_cents=amount_cents, reason=reason)
    check_amount(amount)
    known = [
        budget
        for budget in await queries.family_budgets(
            connection, gemeente=gemeente, of_families=[family]
        )
        if budget.year == year
    ]
    rules.check_new(known, year=year)
    budget = (
        known[0]
        if known
        else await insert_family_budget(
            connection, instruction=instruction, family=found, year=year
        )
    )
    if not rules.is_within_band(family_type, amount):
        proposal = next_step(
            budget,
            StepKind.PROPOSAL,
            instruction=instruction,
            amount_cents=amount,
            reason=reason,
        )
        return await _finish(connection, instruction=instruction, budget=budget, step=proposal)
    return await _fill(
        connection,
        instruction=instruction,
        budget=budget,
        kind=StepKind.OPENING,
        amount_cents=amount,
        reason=reason,
        booking_date=booking_date,
    )


async def approve_proposal(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_budget: UUID,
    number: int,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Carry out what a colleague proposed (second pair of eyes); gives the budget and the step.

    :raises domains.family_budgets.rules.NoProposal: it does not wait, or no longer this one.
    :raises domains.family_budgets.rules.OwnProposal: he proposed it himself.
    :raises domains.family_budgets.rules.ReservationsRun: it would close while help still runs.
    """
    budget = await _budget_in_turn(connection, instruction=instruction, family_budget=family_budget)
    proposal = rules.proposal_to_approve(budget, number=number, approver=instruction.actor.subject)
    if proposal.kind is StepKind.CLOSING_PROPOSAL:
        return await _close(
            connection,
            instruction=instruction,
            budget=budget,
            reason=proposal.reason,
            booking_date=booking_date,
        )
    return await _fill(
        connection,
        instruction=instruction,
        budget=budget,
        kind=StepKind.OPENING,
        amount_cents=proposal.amount_cents,
        reason=proposal.reason,
        booking_date=booking_date,
    )


async def top_up_family_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_budget: UUID,
    amount_cents: int,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Fill a family budget further from the district, as far as that goes; gives budget and step.

    Above the band is a signal, never a stop.

    :raises domains.family_budgets.rules.BudgetNotOpen: it is proposed or closed.
    :raises domains.pooling.rules.NotPositive: nothing is asked.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the budget was.
    """
    budget = await _budget_in_turn(connection, instruction=instruction, family_budget=family_budget)
    await _check_after_opening(connection, instruction, budget, booking_date=booking_date)
    rules.check_open(budget)
    check_amount(amount_cents)
    return await _fill(
        connection,
        instruction=instruction,
        budget=budget,
        kind=StepKind.TOP_UP,
        amount_cents=amount_cents,
        reason=reason,
        booking_date=booking_date,
    )


async def return_family_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_budget: UUID,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Give all that a family budget has left back to its district; gives the entry and the step.

    Where nothing is left there is no entry, and the budget is all that it gives.

    :raises domains.draws.refusals.BookedTooEarly: it is booked before the budget was.
    """
    budget = await _budget_in_turn(connection, instruction=instruction, family_budget=family_budget)
    await _check_after_opening(connection, instruction, budget, booking_date=booking_date)
    moves = await _moves_back(
        connection, gemeente=instruction.gemeente, budget=budget, booking_date=booking_date
    )
    if not moves:
        await record(connection, instruction=instruction, results=[family_budget])
        return (family_budget,)
    entry, accounts = _entry_back(instruction, budget, moves, booking_date=booking_date)
    step = next_step(
        budget,
        StepKind.RETURN,
        instruction=instruction,
        amount_cents=-_total(moves),
        moved_cents=-_total(moves),
        entry=entry.id,
    )
    await insert_steps(connection, gemeente=instruction.gemeente, steps=[(budget, step)])
    results = (entry.id, step.id)
    await record(
        connection, instruction=instruction, results=results, entries=[entry], accounts=accounts
    )
    return results


async def close_family_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_budget: UUID,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Close a family budget and return what is left; gives the budget and the step.

    Where the big five of a youngster are not arranged it is only proposed, with its reason.

    :raises domains.family_budgets.rules.BudgetNotOpen: it is proposed or closed already.
    :raises domains.family_budgets.rules.ReservationsRun: help still runs.
    :raises domains.family_budgets.rules.BigFiveOpen: not arranged, and no reason is given.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the budget was.
    """
    budget = await _budget_in_turn(connection, instruction=instruction, family_budget=family_budget)
    await _check_after_opening(connection, instruction, budget, booking_date=booking_date)
    rules.check_open(budget)
    await _check_nothing_reserved(connection, gemeente=instruction.gemeente, budget=budget)
    answers = await queries.big_five(
        connection,
        gemeente=instruction.gemeente,
        persons=[member.person for member in budget.family.present],
    )
    missing = not_arranged(budget.family, answers, today=instruction.today)
    if not rules.may_close_alone(missing, reason=reason):
        proposal = next_step(
            budget, StepKind.CLOSING_PROPOSAL, instruction=instruction, reason=reason
        )
        return await _finish(connection, instruction=instruction, budget=budget, step=proposal)
    return await _close(
        connection,
        instruction=instruction,
        budget=budget,
        reason=reason,
        booking_date=booking_date,
    )


async def reopen_family_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_budget: UUID,
    reason: str,
) -> tuple[UUID, ...]:
    """Take a closed family budget in use again, empty until it is topped up; gives budget and step.

    :raises domains.family_budgets.rules.BudgetNotClosed: it is not closed.
    """
    budget = await _budget_in_turn(connection, instruction=instruction, family_budget=family_budget)
    rules.check_closed(budget)
    step = next_step(budget, StepKind.REOPENING, instruction=instruction, reason=reason)
    return await _finish(connection, instruction=instruction, budget=budget, step=step)


def next_step(
    budget: FamilyBudget,
    kind: StepKind,
    *,
    instruction: Instruction,
    amount_cents: int = 0,
    moved_cents: int = 0,
    reason: str = "",
    entry: UUID | None = None,
) -> BudgetStep:
    """Make the step that follows the ones that a family budget has."""
    return BudgetStep(
        id=instruction.new_id(),
        number=len(budget.steps) + 1,
        kind=kind,
        amount_cents=amount_cents,
        moved_cents=moved_cents,
        reason=reason,
        recorded_at=instruction.at,
        actor=instruction.actor.subject,
        entry=entry,
    )


async def insert_family_budget(
    connection: AsyncConnection, *, instruction: Instruction, family: Family, year: int
) -> FamilyBudget:
    """Write a budget of which nothing became yet; its first step must follow at once."""
    budget = FamilyBudget(id=instruction.new_id(), family=family, year=year, steps=(), rooms=())
    await connection.exec_driver_sql(
        "INSERT INTO domains.family_budget (gemeente, family_budget_id, family_id, year)"
        " VALUES (%s, %s, %s, %s)",
        (instruction.gemeente, budget.id, family.id, year),
    )
    return budget


async def insert_steps(
    connection: AsyncConnection,
    *,
    gemeente: str,
    steps: Sequence[tuple[FamilyBudget, BudgetStep]],
) -> None:
    """Write what became of family budgets."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.family_budget_step (gemeente, family_budget_id, number, step_id, kind,"
        " amount_cents, moved_cents, reason, recorded_at, actor, entry_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                gemeente,
                budget.id,
                step.number,
                step.id,
                str(step.kind),
                step.amount_cents,
                step.moved_cents,
                step.reason,
                step.recorded_at,
                step.actor,
                step.entry,
            )
            for budget, step in steps
        ],
    )


async def _budget_in_turn(
    connection: AsyncConnection, *, instruction: Instruction, family_budget: UUID
) -> FamilyBudget:
    """Give a family budget when nobody else is changing or drawing on it; the first step.

    :raises domains.families.rules.UnknownFamilyBudget: there is no such budget.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    found = await queries.family_budget(
        connection, gemeente=gemeente, family_budget_id=family_budget
    )
    await take_turns(connection, of=[str(found.family.id)])
    return await queries.family_budget(
        connection, gemeente=gemeente, family_budget_id=family_budget
    )


async def _fill(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    budget: FamilyBudget,
    kind: StepKind,
    amount_cents: int,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Take an amount from the district, as far as that goes, and note the step."""
    gemeente, gezin = instruction.gemeente, str(budget.family.id)
    wijk = budget.family.district_on(booking_date)
    funds = await queries.funds(connection, gemeente=gemeente, year=budget.year)
    givers = {fund: chart.district(gemeente, fund, wijk=wijk) for fund in funds}
    receivers = {fund: chart.family(gemeente, fund, gezin=gezin) for fund in funds}
    ids = [account.id for account in givers.values()]
    # Those that receive too, in one call, as when money goes back.
    await books.lock_accounts(
        connection,
        gemeente=gemeente,
        accounts=[*ids, *(account.id for account in receivers.values())],
    )
    rooms = await balances.current(connection, gemeente=gemeente, accounts=ids)
    parts = split_over_rooms(
        amount_cents, {fund: rooms[account.id] for fund, account in givers.items()}
    )
    step = next_step(
        budget, kind, instruction=instruction, amount_cents=amount_cents, reason=reason
    )
    if not parts:
        return await _finish(connection, instruction=instruction, budget=budget, step=step)
    entry, accounts = entry_for_moves(
        [
            Move(debit=receivers[fund], credit=givers[fund], amount_cents=part)
            for fund, part in parts.items()
        ],
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind="gezinsbudget",
            description=f"{_TITLES[kind]} {gezin}",
        ),
    )
    return await _finish(
        connection,
        instruction=instruction,
        budget=budget,
        step=replace(step, moved_cents=sum(parts.values()), entry=entry.id),
        entries=[entry],
        accounts=accounts,
    )


async def _close(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    budget: FamilyBudget,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Return what is left and note that the budget is closed."""
    gemeente = instruction.gemeente
    await _check_nothing_reserved(connection, gemeente=gemeente, budget=budget)
    moves = await _moves_back(
        connection, gemeente=gemeente, budget=budget, booking_date=booking_date
    )
    step = next_step(budget, StepKind.CLOSING, instruction=instruction, reason=reason)
    if not moves:
        return await _finish(connection, instruction=instruction, budget=budget, step=step)
    entry, accounts = _entry_back(instruction, budget, moves, booking_date=booking_date)
    given = -_total(moves)
    return await _finish(
        connection,
        instruction=instruction,
        budget=budget,
        step=replace(step, amount_cents=given, moved_cents=given, entry=entry.id),
        entries=[entry],
        accounts=accounts,
    )


async def _finish(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    budget: FamilyBudget,
    step: BudgetStep,
    entries: Sequence[Entry] = (),
    accounts: Sequence[Account] = (),
) -> tuple[UUID, ...]:
    await insert_steps(connection, gemeente=instruction.gemeente, steps=[(budget, step)])
    results = (budget.id, step.id)
    await record(
        connection, instruction=instruction, results=results, entries=entries, accounts=accounts
    )
    return results


async def _check_after_opening(
    connection: AsyncConnection,
    instruction: Instruction,
    budget: FamilyBudget,
    *,
    booking_date: date,
) -> None:
    """Refuse to book on a family budget before it had its first money."""
    if booking_date < instruction.today:
        check_booking_date(
            booking_date,
            earliest=await budgets_booked_on(
                connection, gemeente=instruction.gemeente, budgets=[budget.id]
            ),
            since="toen is het gezinsbudget geopend",
            today=instruction.today,
        )


async def _check_nothing_reserved(
    connection: AsyncConnection, *, gemeente: str, budget: FamilyBudget
) -> None:
    rules.check_nothing_reserved(
        await queries.reserved_per_draw(connection, gemeente=gemeente, budget=budget)
    )


async def _moves_back(
    connection: AsyncConnection, *, gemeente: str, budget: FamilyBudget, booking_date: date
) -> tuple[Move, ...]:
    """Give what is left per fund as moves to the district where the family lives."""
    gezin, wijk = str(budget.family.id), budget.family.district_on(booking_date)
    funds = await queries.funds(connection, gemeente=gemeente, year=budget.year)
    accounts = {fund: chart.family(gemeente, fund, gezin=gezin) for fund in funds}
    receivers = {fund: chart.district(gemeente, fund, wijk=wijk) for fund in funds}
    ids = [account.id for account in accounts.values()]
    # Those that receive too, in one call: a draw locks both, and order prevents a deadlock.
    await books.lock_accounts(
        connection,
        gemeente=gemeente,
        accounts=[*ids, *(account.id for account in receivers.values())],
    )
    rooms = await balances.current(connection, gemeente=gemeente, accounts=ids)
    return tuple(
        Move(debit=receivers[fund], credit=account, amount_cents=rooms[account.id])
        for fund, account in accounts.items()
        if rooms[account.id]
    )


def _entry_back(
    instruction: Instruction, budget: FamilyBudget, moves: Sequence[Move], *, booking_date: date
) -> tuple[Entry, tuple[Account, ...]]:
    return entry_for_moves(
        moves,
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind="gezinsbudget-terug",
            description=f"Terug uit gezinsbudget {budget.family.id}",
        ),
    )


def _total(moves: Sequence[Move]) -> int:
    return sum(move.amount_cents for move in moves)
