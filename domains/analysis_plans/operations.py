"""Recording interventions, and registering and withdrawing plans."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.analysis_plans import queries
from domains.analysis_plans.model import Intervention, PlannedAnalysis
from domains.analysis_plans.rules import check_plan, check_standing, id_of, new_versions
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from ledger import balances


async def record_interventions(
    connection: AsyncConnection, *, instruction: Instruction, interventions: Sequence[Intervention]
) -> tuple[UUID, ...]:
    """Record interventions, or new versions of them; what stands so already stays as it is.

    Gives the ids of the new versions, or one id of the answer where nothing is new. A plan keeps
    to the versions of when it was registered.

    :raises domains.eligibility.rules.UnknownHelpKind: there is no such kind of help.
    :raises domains.analysis_plans.rules.KindInOtherIntervention: a kind would count twice.
    """
    await _in_turn(connection, instruction)
    gemeente = instruction.gemeente
    versions = await queries.intervention_versions(connection, gemeente=gemeente)
    numbers = dict(versions.keys())
    known = [versions[key] for key in numbers.items()]
    wanted = [replace(each, kinds=tuple(sorted({*each.kinds}))) for each in interventions]
    new = {
        id_of(gemeente, each.code, str(numbers.get(each.code, 0) + 1), each.name, each.kinds): each
        for each in new_versions(wanted, known)
    }
    if new:
        await connection.exec_driver_sql(
            "INSERT INTO domains.intervention (gemeente, code, version, intervention_id, name,"
            " kinds, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    gemeente,
                    each.code,
                    numbers.get(each.code, 0) + 1,
                    intervention_id,
                    each.name,
                    list(each.kinds),
                    instruction.at,
                    instruction.actor.subject,
                )
                for intervention_id, each in new.items()
            ],
        )
    results = tuple(new) or (instruction.new_id(),)
    await record(connection, instruction=instruction, results=results)
    return results


async def register_plan(
    connection: AsyncConnection, *, instruction: Instruction, asked: PlannedAnalysis
) -> tuple[UUID, ...]:
    """Register what will be estimated, before it is; gives the id of the plan.

    The chain tells what stood in the books by then, so nobody can claim that a plan came first.

    :raises ledger.refusals.Refusal: one of :func:`domains.analysis_plans.rules.check_plan`.
    """
    await _in_turn(connection, instruction)
    gemeente = instruction.gemeente
    versions = await queries.intervention_versions(connection, gemeente=gemeente)
    numbers = dict(versions.keys())
    codes = sorted(set(asked.interventions))
    wanted = replace(asked, interventions=tuple(codes), domains=tuple(dict.fromkeys(asked.domains)))
    check_plan(
        wanted,
        known={code: versions[code, number] for code, number in numbers.items()},
        standing=await queries.analysis_plans(connection, gemeente=gemeente),
    )
    registered_after = await balances.last_link(connection, gemeente=gemeente)
    plan_id = id_of(
        gemeente,
        wanted.title,
        codes,
        [str(numbers[code]) for code in codes],
        wanted.domains,
        *(
            day.isoformat()
            for day in (
                wanted.starts_from,
                wanted.starts_until,
                wanted.first_month,
                wanted.until_month,
            )
        ),
        wanted.assignment.value,
        str(wanted.window_months),
        str(wanted.price_base),
        str(registered_after),
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.analysis_plan (gemeente, plan_id, title, interventions,"
        " intervention_versions, domains, starts_from, starts_until, first_month, until_month,"
        " assignment, window_months, price_base, registered_at, registered_after, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            plan_id,
            wanted.title,
            codes,
            [numbers[code] for code in codes],
            list(wanted.domains),
            wanted.starts_from,
            wanted.starts_until,
            wanted.first_month,
            wanted.until_month,
            wanted.assignment.value,
            wanted.window_months,
            wanted.price_base,
            instruction.at,
            registered_after,
            instruction.actor.subject,
        ),
    )
    await record(connection, instruction=instruction, results=[plan_id])
    return (plan_id,)


async def withdraw_plan(
    connection: AsyncConnection, *, instruction: Instruction, plan_id: UUID, reason: str
) -> tuple[UUID, ...]:
    """Withdraw a plan, so that another may take its place; gives the id of the withdrawal.

    :raises domains.analysis_plans.rules.UnknownAnalysisPlan: there is no such plan.
    :raises domains.analysis_plans.rules.PlanWithdrawn: it was withdrawn before.
    """
    await _in_turn(connection, instruction)
    gemeente = instruction.gemeente
    check_standing(await queries.analysis_plan(connection, gemeente=gemeente, plan_id=plan_id))
    withdrawal_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.analysis_plan_withdrawal (gemeente, plan_id, withdrawal_id, reason,"
        " withdrawn_at, actor) VALUES (%s, %s, %s, %s, %s, %s)",
        (gemeente, plan_id, withdrawal_id, reason, instruction.at, instruction.actor.subject),
    )
    await record(connection, instruction=instruction, results=[withdrawal_id])
    return (withdrawal_id,)


async def _in_turn(connection: AsyncConnection, instruction: Instruction) -> None:
    """Keep others from plans and interventions until this is over."""
    await refuse_repetition(connection, instruction=instruction)
    await take_turns(connection, of=[f"analyseplannen {instruction.gemeente}"])
