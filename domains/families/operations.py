"""Registering families, opening and returning their budgets."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.districts.queries import district
from domains.families import queries, rules
from domains.families.model import FamilyType
from domains.instruction import Instruction, record, refuse_repetition
from domains.pooling.rules import check_amount, split_over_rooms
from domains.standard_entries import Heading, Move, entry_for_moves
from ledger import balances, books


async def set_family_types(
    connection: AsyncConnection, *, instruction: Instruction, family_types: Sequence[FamilyType]
) -> tuple[UUID, ...]:
    """Add family types with their band; one that is known already stays as it is."""
    await refuse_repetition(connection, instruction=instruction)
    for family_type in family_types:
        await connection.exec_driver_sql(
            "INSERT INTO domains.family_type"
            " (gemeente, family_type, name, min_cents, norm_cents, max_cents)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                instruction.gemeente,
                family_type.code,
                family_type.name,
                family_type.min_cents,
                family_type.norm_cents,
                family_type.max_cents,
            ),
        )
    result = instruction.new_id()
    await record(connection, instruction=instruction, results=[result])
    return (result,)


async def register_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    wijk: str,
    family_type: str,
    team: str,
    is_complex: bool,
    birth_dates: Sequence[date],
    from_date: date,
) -> tuple[UUID, ...]:
    """Register a family by the birth dates of its members; gives its pseudonym.

    They are members from ``from_date`` on, or from their birth.
    """
    await refuse_repetition(connection, instruction=instruction)
    rules.check_members(birth_dates, today=instruction.today)
    gemeente = instruction.gemeente
    await district(connection, gemeente=gemeente, code=wijk)
    await queries.family_type(connection, gemeente=gemeente, code=family_type)
    family_id = instruction.new_random_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.family"
        " (gemeente, family_id, family_type, team, is_complex, opened_on)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (gemeente, family_id, family_type, team, is_complex, from_date),
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.family_district"
        " (gemeente, family_id, from_date, district, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (gemeente, family_id, from_date, wijk, instruction.at, instruction.actor.subject),
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.member (gemeente, family_id, person_id, birth_date, from_date)"
        " VALUES (%s, %s, %s, %s, %s)",
        [
            (
                gemeente,
                family_id,
                instruction.new_random_id(),
                birth_date,
                max(birth_date, from_date),
            )
            for birth_date in birth_dates
        ],
    )
    await record(connection, instruction=instruction, results=[family_id])
    return (family_id,)


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
    """Open a family's budget for a year with a fixed amount (vast bedrag); gives its id.

    It is filled from the district's funds in proportion to what each has there, as far as that
    goes: too little is a signal for the budget holder, never a stop.

    :raises domains.families.rules.FamilyBudgetExists: the family has one for this year.
    :raises domains.families.rules.OutsideBand: outside the band without a reason.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    found = await queries.family(connection, gemeente=gemeente, family_id=family)
    family_type = await queries.family_type(connection, gemeente=gemeente, code=found.family_type)
    amount = rules.opening_amount(family_type, amount_cents=amount_cents, reason=reason)
    check_amount(amount)
    budget_id = instruction.new_id()
    inserted = await connection.exec_driver_sql(
        "INSERT INTO domains.family_budget"
        " (gemeente, family_budget_id, family_id, year, amount_cents, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (gemeente, family_id, year) DO NOTHING RETURNING 1",
        (gemeente, budget_id, family, year, amount, reason),
    )
    if inserted.first() is None:
        raise rules.FamilyBudgetExists(year=year)
    await _fill(
        connection,
        instruction=instruction,
        result=budget_id,
        wijk=found.district_on(booking_date),
        gezin=str(family),
        year=year,
        amount_cents=amount,
        booking_date=booking_date,
    )
    return (budget_id,)


async def return_family_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_budget: UUID,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Give all that a family budget has left back to its district; gives the entry."""
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    budget = await queries.family_budget(
        connection, gemeente=gemeente, family_budget_id=family_budget
    )
    gezin = str(budget.family.id)
    funds = await queries.funds(connection, gemeente=gemeente, year=budget.year)
    accounts = {fund: chart.family(gemeente, fund, gezin=gezin) for fund in funds}
    wijk = budget.family.district_on(booking_date)
    receivers = {fund: chart.district(gemeente, fund, wijk=wijk) for fund in funds}
    ids = [account.id for account in accounts.values()]
    # Those that receive too, in one call: a draw locks both, and order prevents a deadlock.
    await books.lock_accounts(
        connection,
        gemeente=gemeente,
        accounts=[*ids, *(account.id for account in receivers.values())],
    )
    rooms = await balances.current(connection, gemeente=gemeente, accounts=ids)
    moves = [
        Move(
            debit=receivers[fund],
            credit=account,
            amount_cents=rooms[account.id],
        )
        for fund, account in accounts.items()
        if rooms[account.id]
    ]
    if not moves:
        await record(connection, instruction=instruction, results=[family_budget])
        return (family_budget,)
    entry, opened = entry_for_moves(
        moves,
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind="gezinsbudget-terug",
            description=f"Terug uit gezinsbudget {gezin}",
        ),
    )
    await record(
        connection, instruction=instruction, results=[entry.id], entries=[entry], accounts=opened
    )
    return (entry.id,)


async def _fill(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    result: UUID,
    wijk: str,
    gezin: str,
    year: int,
    amount_cents: int,
    booking_date: date,
) -> None:
    gemeente = instruction.gemeente
    funds = await queries.funds(connection, gemeente=gemeente, year=year)
    givers = {fund: chart.district(gemeente, fund, wijk=wijk) for fund in funds}
    ids = [account.id for account in givers.values()]
    await books.lock_accounts(connection, gemeente=gemeente, accounts=ids)
    rooms = await balances.current(connection, gemeente=gemeente, accounts=ids)
    parts = split_over_rooms(
        amount_cents, {fund: rooms[account.id] for fund, account in givers.items()}
    )
    if not parts:
        await record(connection, instruction=instruction, results=[result])
        return
    entry, accounts = entry_for_moves(
        [
            Move(
                debit=chart.family(gemeente, fund, gezin=gezin),
                credit=givers[fund],
                amount_cents=part,
            )
            for fund, part in parts.items()
        ],
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind="gezinsbudget",
            description=f"Gezinsbudget {gezin}",
        ),
    )
    await record(
        connection, instruction=instruction, results=[result], entries=[entry], accounts=accounts
    )
