"""Short ways to let something become of a family or its budget."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from api import db
from domains.families import operations, queries
from domains.families.model import BigFiveAnswer, BigFivePart, BigFiveState, Family, FamilyBudget
from domains.family_budgets import operations as budgets
from domains.pooling.model import FundAmount
from domains.regrouping.model import Household
from domains.regrouping.operations import merge_families, split_family
from tests.domains.support import DAY, Town

SAME = Household()
ARRANGED = tuple(
    BigFiveAnswer(part=part, state=BigFiveState.ARRANGED, reason="") for part in BigFivePart
)


async def family(town: Town, family_id: UUID) -> Family:
    """Read a family."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.family(connection, gemeente=town.gemeente, family_id=family_id)


async def budgets_of(town: Town, *families: UUID) -> tuple[FamilyBudget, ...]:
    """Read the budgets of families, by year."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.family_budgets(
            connection, gemeente=town.gemeente, of_families=families
        )


async def add(town: Town, family_id: UUID, birth_date: date, from_date: date = DAY) -> UUID:
    """Add somebody new to a family."""
    (person,) = await town.do(
        lambda connection, instruction: operations.add_member(
            connection,
            instruction=instruction,
            family=family_id,
            birth_date=birth_date,
            from_date=from_date,
        )
    )
    return person


async def take_in(town: Town, family_id: UUID, person: UUID, from_date: date = DAY) -> None:
    """Let somebody join who left a family before."""
    await town.do(
        lambda connection, instruction: operations.take_in(
            connection,
            instruction=instruction,
            family=family_id,
            person=person,
            from_date=from_date,
        )
    )


async def leave(town: Town, family_id: UUID, person: UUID, from_date: date = DAY) -> None:
    """Let a member leave."""
    await town.do(
        lambda connection, instruction: operations.let_leave(
            connection,
            instruction=instruction,
            family=family_id,
            person=person,
            from_date=from_date,
        )
    )


async def hand_over(
    town: Town,
    family_id: UUID,
    professional: str,
    from_date: date = DAY,
    *,
    team: str = "wijkteam noord",
) -> None:
    """Let somebody lead the help to a family."""
    await town.do(
        lambda connection, instruction: operations.hand_over(
            connection,
            instruction=instruction,
            family=family_id,
            professional=professional,
            team=team,
            from_date=from_date,
        )
    )


async def move(town: Town, family_id: UUID, wijk: str, from_date: date) -> None:
    """Let a family move within the municipality."""
    await town.do(
        lambda connection, instruction: operations.move_family(
            connection,
            instruction=instruction,
            family=family_id,
            wijk=wijk,
            from_date=from_date,
        )
    )


async def big_five(
    town: Town, family_id: UUID, person: UUID, answers: Sequence[BigFiveAnswer] = ARRANGED
) -> None:
    """Record the big five of a youngster."""
    await town.do(
        lambda connection, instruction: operations.record_big_five(
            connection, instruction=instruction, family=family_id, person=person, answers=answers
        )
    )


async def top_up(town: Town, budget: UUID, cents: int) -> FamilyBudget:
    """Fill a family budget further."""
    await town.do(
        lambda connection, instruction: budgets.top_up_family_budget(
            connection,
            instruction=instruction,
            family_budget=budget,
            amount_cents=cents,
            reason="meer nodig",
            booking_date=DAY,
        )
    )
    return await town.budget(budget)


async def close(town: Town, budget: UUID, reason: str = "") -> FamilyBudget:
    """Close a family budget, or propose it."""
    await town.do(
        lambda connection, instruction: budgets.close_family_budget(
            connection,
            instruction=instruction,
            family_budget=budget,
            reason=reason,
            booking_date=DAY,
        )
    )
    return await town.budget(budget)


async def reopen(town: Town, budget: UUID) -> FamilyBudget:
    """Take a closed family budget in use again."""
    await town.do(
        lambda connection, instruction: budgets.reopen_family_budget(
            connection, instruction=instruction, family_budget=budget, reason="terug bij af"
        )
    )
    return await town.budget(budget)


async def split(
    town: Town,
    family_id: UUID,
    *persons: UUID,
    amounts: Sequence[FundAmount] | None = None,
    household: Household = SAME,
    from_date: date = DAY,
) -> UUID:
    """Let members form a family of their own."""
    new, *_ = await town.do(
        lambda connection, instruction: split_family(
            connection,
            instruction=instruction,
            family=family_id,
            persons=persons,
            household=household,
            amounts=amounts,
            from_date=from_date,
            booking_date=DAY,
        )
    )
    return new


async def merge(town: Town, family_id: UUID, other: UUID, from_date: date = DAY) -> None:
    """Let another family come to a family."""
    await town.do(
        lambda connection, instruction: merge_families(
            connection,
            instruction=instruction,
            family=family_id,
            other=other,
            from_date=from_date,
            booking_date=DAY,
        )
    )
