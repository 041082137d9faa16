"""Splitting and merging families: persons and money move, and no cent is lost or doubled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.districts.queries import district
from domains.draws.model import StandingPart
from domains.draws.recording import write_rows
from domains.families import queries
from domains.families.model import (
    BudgetState,
    BudgetStep,
    Family,
    FamilyBudget,
    Member,
    StepKind,
)
from domains.families.operations import (
    end_lead,
    end_stays,
    family_in_turn,
    insert_family,
    insert_lead,
    insert_stays,
)
from domains.family_budgets.operations import insert_family_budget, insert_steps, next_step
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.pooling.model import FundAmount
from domains.regrouping import rules
from domains.regrouping.model import Household
from domains.regrouping.queries import running_parts, waiting
from domains.regrouping.relocation import Relocation
from domains.standard_entries import Heading, Move, entry_for_moves, reserved_account
from ledger import books
from ledger.accounts import Account
from ledger.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transfer:
    """What goes from one family budget to another, per fund in whole cents."""

    giver: FamilyBudget
    receiver: FamilyBudget
    shares: Mapping[str, int]

    @property
    def total_cents(self) -> int:
        return sum(self.shares.values())


async def split_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    persons: Sequence[UUID],
    household: Household,
    amounts: Sequence[FundAmount] | None,
    from_date: date,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Let members form a family of their own from a day on; gives it, and the steps of the budgets.

    Of each open budget the new family gets a share: by the number of members, or ``amounts`` per
    fund. It gets a budget for each of those years, also where no money goes along.

    :raises domains.families.rules.NotPresent: somebody is not a member.
    :raises domains.regrouping.rules.NobodyStays: nobody is left.
    :raises domains.pooling.rules.NotEnoughRoom: the family has less of a fund.
    """
    found = await family_in_turn(connection, instruction=instruction, family=family)
    moving = rules.members_who_split(found, persons, day=from_date, today=instruction.today)
    gemeente = instruction.gemeente
    budgets, running = await _locked(
        connection,
        gemeente=gemeente,
        families=[family],
        of=family,
        persons=[member.person for member in moving],
    )
    open_ones = [budget for budget in budgets if budget.state is BudgetState.OPEN]
    rooms = {fund: cents for budget in open_ones for fund, cents in budget.rooms}
    shares = (
        rules.shares_by_heads(rooms, moving=len(moving), staying=len(found.present) - len(moving))
        if amounts is None
        else rules.shares_by_hand(rooms, amounts)
    )
    new = await _found_family(
        connection,
        instruction=instruction,
        old=found,
        household=household,
        moving=moving,
        from_date=from_date,
    )
    transfers = [
        _Transfer(
            giver=budget,
            receiver=await insert_family_budget(
                connection, instruction=instruction, family=new, year=budget.year
            ),
            shares={
                fund: cents
                for fund, cents in shares.items()
                if cents and chart.year_of(fund) == budget.year
            },
        )
        for budget in open_ones
    ]
    return await _transfer(
        connection,
        transfers,
        instruction=instruction,
        kind=StepKind.SPLIT,
        description=f"Splitsing van gezin {family} naar gezin {new.id}",
        booking_date=booking_date,
        running=running,
        result=new.id,
    )


async def merge_families(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    other: UUID,
    from_date: date,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Let all members and all money of another family go to a family; gives it and the steps.

    The budgets of the other family are closed, and nobody leads its help any more.

    :raises domains.regrouping.rules.SameFamily: both are one.
    :raises domains.families.rules.UnknownFamily: there is no such family.
    """
    await refuse_repetition(connection, instruction=instruction)
    rules.check_other(family, other)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[str(family), str(other)])
    staying = await queries.family(connection, gemeente=gemeente, family_id=family)
    going = await queries.family(connection, gemeente=gemeente, family_id=other)
    rules.check_members_move(going.present, day=from_date, today=instruction.today)
    await _change_family(
        connection, instruction=instruction, members=going.present, to=family, from_date=from_date
    )
    await end_lead(connection, instruction=instruction, family=going, until_date=from_date)
    budgets, running = await _locked(
        connection, gemeente=gemeente, families=[family, other], of=other, persons=None
    )
    receivers = {budget.year: budget for budget in budgets if budget.family.id == family}
    transfers = [
        _Transfer(
            giver=budget,
            receiver=receivers.get(budget.year)
            or await insert_family_budget(
                connection, instruction=instruction, family=staying, year=budget.year
            ),
            shares=dict(budget.rooms),
        )
        for budget in budgets
        if budget.family.id == other and (budget.state is not BudgetState.CLOSED or budget.rooms)
    ]
    return await _transfer(
        connection,
        transfers,
        instruction=instruction,
        kind=StepKind.MERGE,
        description=f"Samenvoeging van gezin {other} met gezin {family}",
        booking_date=booking_date,
        running=running,
        result=family,
    )


async def _found_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    old: Family,
    household: Household,
    moving: Sequence[Member],
    from_date: date,
) -> Family:
    """Write the new family with its members, its home and who leads its help."""
    gemeente = instruction.gemeente
    if household.district is not None:
        await district(connection, gemeente=gemeente, code=household.district)
    if household.family_type is not None:
        await queries.family_type(
            connection, gemeente=gemeente, code=household.family_type, on=from_date
        )
    family_id = instruction.new_random_id()
    await insert_family(
        connection,
        instruction=instruction,
        family_id=family_id,
        wijk=household.district or old.district_on(from_date),
        family_type=household.family_type or old.family_type,
        team=household.team or old.team,
        is_complex=old.is_complex,
        from_date=from_date,
    )
    await _change_family(
        connection, instruction=instruction, members=moving, to=family_id, from_date=from_date
    )
    lead = rules.lead_after_split(old, household, day=from_date)
    if lead is not None:
        await insert_lead(connection, instruction=instruction, family_id=family_id, lead=lead)
    return await queries.family(connection, gemeente=gemeente, family_id=family_id)


async def _change_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    members: Sequence[Member],
    to: UUID,
    from_date: date,
) -> None:
    """Let persons belong to another family from a day on."""
    if not members:
        return
    await end_stays(
        connection,
        instruction=instruction,
        persons=[member.person for member in members],
        until_date=from_date,
    )
    await insert_stays(
        connection,
        instruction=instruction,
        family_id=to,
        members=[replace(member, from_date=from_date) for member in members],
    )


async def _locked(
    connection: AsyncConnection,
    *,
    gemeente: str,
    families: Sequence[UUID],
    of: UUID,
    persons: Sequence[UUID] | None,
) -> tuple[tuple[FamilyBudget, ...], tuple[StandingPart, ...]]:
    """Give the budgets of families, and what runs for persons of one, under the locks of both."""
    known = await queries.family_budgets(connection, gemeente=gemeente, of_families=families)
    running = await running_parts(connection, gemeente=gemeente, family=of, persons=persons)
    accounts = [
        chart.family(gemeente, fund, gezin=str(budget.family.id)).id
        for budget in known
        for fund in await queries.funds(connection, gemeente=gemeente, year=budget.year)
    ]
    accounts += [reserved_account(gemeente, each.part, draw_id=each.draw).id for each in running]
    await books.lock_accounts(connection, gemeente=gemeente, accounts=accounts)
    return (
        await queries.family_budgets(connection, gemeente=gemeente, of_families=families),
        await running_parts(connection, gemeente=gemeente, family=of, persons=persons),
    )


async def _transfer(
    connection: AsyncConnection,
    transfers: Sequence[_Transfer],
    *,
    instruction: Instruction,
    kind: StepKind,
    description: str,
    booking_date: date,
    running: Sequence[StandingPart],
    result: UUID,
) -> tuple[UUID, ...]:
    """Book what goes from budget to budget and note it with both; a merged one is closed.

    What runs goes along to the family that is the ``result``.
    """
    entries: list[Entry] = []
    accounts: dict[UUID, Account] = {}
    steps: list[tuple[FamilyBudget, BudgetStep]] = []
    for transfer in transfers:
        entry_id = None
        if transfer.total_cents:
            entry, opened = entry_for_moves(
                _moves(instruction.gemeente, transfer),
                heading=Heading(
                    id=instruction.new_id(),
                    booking_date=booking_date,
                    kind="gezinswijziging",
                    description=description,
                ),
            )
            entries.append(entry)
            accounts.update({account.id: account for account in opened})
            entry_id = entry.id
        for budget, cents in (
            (transfer.giver, -transfer.total_cents),
            (transfer.receiver, transfer.total_cents),
        ):
            step = next_step(
                budget,
                kind,
                instruction=instruction,
                amount_cents=cents,
                moved_cents=cents,
                reason=description,
                entry=entry_id,
            )
            steps.append((budget, step))
            if kind is StepKind.MERGE and budget is transfer.giver:
                merged = replace(budget, steps=(*budget.steps, step))
                closing = next_step(
                    merged, StepKind.CLOSING, instruction=instruction, reason=description
                )
                steps.append((merged, closing))
    if steps:
        await insert_steps(connection, gemeente=instruction.gemeente, steps=steps)
    relocation = Relocation(instruction=instruction, booking_date=booking_date)
    relocation.add(
        running,
        waiting=await waiting(connection, gemeente=instruction.gemeente, parts=running),
        to=result,
        description=description,
    )
    await write_rows(connection, gemeente=instruction.gemeente, found=relocation.rows)
    results = (result, *(step.id for _, step in steps))
    await record(
        connection,
        instruction=instruction,
        results=results,
        entries=[*entries, *relocation.entries],
        accounts=tuple((accounts | relocation.accounts).values()),
    )
    return results


def _moves(gemeente: str, transfer: _Transfer) -> tuple[Move, ...]:
    giver, receiver = str(transfer.giver.family.id), str(transfer.receiver.family.id)
    return tuple(
        Move(
            debit=chart.family(gemeente, fund, gezin=receiver),
            credit=chart.family(gemeente, fund, gezin=giver),
            amount_cents=cents,
        )
        for fund, cents in sorted(transfer.shares.items())
    )
