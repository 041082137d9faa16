"""Help that runs goes along with whoever changes families, to the cent and without a word."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from api import db
from domains.draws.model import Payment
from domains.draws.queries import Draw
from domains.families.model import BudgetState
from domains.family_budgets.rules import ReservationsRun
from tests.domains.families import acts
from tests.domains.regrouping.test_operations import home, persons
from tests.domains.support import PARENT, YOUNGSTER, Town, draw

DAYS = (date(2026, 4, 1), date(2026, 7, 1))


async def reserve(town: Town, budget: UUID, *people: UUID, cents: int, **said: Any) -> Draw:
    """Ask for help that is still to be delivered."""
    (found,) = await town.draw(
        draw(budget, *people, cents=cents, days=DAYS, payment=Payment.RESERVATION, **said)
    )
    assert found.outcome.is_granted
    return found


async def reserved(town: Town) -> dict[str, int]:
    """Say per family what is reserved for it."""
    found = await town.ask(
        "SELECT gezin::text, sum(reserved_cents)::bigint FROM domains.standing_part"
        " GROUP BY gezin HAVING sum(reserved_cents) > 0"
    )
    return {str(gezin): int(cents) for gezin, cents in found}


async def in_the_books(town: Town) -> dict[str, int]:
    """Say per family what the books have as reserved."""
    found: dict[str, int] = {}
    for each in await town.balances("BUDGET", code="0140"):  # type: ignore[arg-type]
        gezin = each.account.dimension("gezin") or ""
        found[gezin] = found.get(gezin, 0) + each.balance_cents
    return {gezin: cents for gezin, cents in found.items() if cents}


async def test_reservations_go_along_with_whoever_splits(town: Town) -> None:
    family = await home(town)
    budget = await town.open_budget(family)
    people = await persons(town, family)
    # Half of this is for each; and more than all there is for the youngster alone.
    await reserve(town, budget, people[PARENT], people[YOUNGSTER], cents=101_01)
    await reserve(town, budget, people[YOUNGSTER], cents=400_000_00, provider="ander")
    assert await reserved(town) == {str(family): 400_101_01}
    funds = await town.standings()
    new = await acts.split(town, family, people[YOUNGSTER])
    assert await reserved(town) == {str(family): 50_51, str(new): 400_050_50}
    assert await in_the_books(town) == await reserved(town)
    assert {fund: each.reserved_cents for fund, each in (await town.standings()).items()} == {
        fund: each.reserved_cents for fund, each in funds.items()
    }
    await town.assert_sound()


async def test_all_reservations_go_along_in_a_merge(town: Town) -> None:
    family, other = await home(town, PARENT), await home(town, YOUNGSTER)
    budget, others = await town.open_budget(family), await town.open_budget(other)
    (parent,) = (await persons(town, family)).values()
    (youngster,) = (await persons(town, other)).values()
    await reserve(town, budget, parent, cents=100_00)
    await reserve(town, others, youngster, cents=500_000_00)
    await acts.merge(town, family, other, from_date=date(2026, 1, 1))
    assert await reserved(town) == await in_the_books(town) == {str(family): 500_100_00}
    # And back again, to a family of his own.
    new = await acts.split(town, family, youngster)
    assert await reserved(town) == {str(family): 100_00, str(new): 500_000_00}
    await town.assert_sound()


async def test_an_advance_goes_along_with_its_item(town: Town) -> None:
    family = await home(town)
    budget = await town.open_budget(family)
    parent = (await persons(town, family))[PARENT]
    found = await reserve(town, budget, parent, cents=900_00, kind="ggz-behandeling-volwassene")
    assert found.outcome == "toegekend-met-openstaande-betaler"
    before = await items(town)
    new = await acts.split(town, family, parent)
    assert await reserved(town) == {str(new): 900_00}
    ((gone, nothing), (stands, payer)) = await items(town)
    assert (gone, nothing, stands, payer) == (str(family), 0, str(new), 900_00)
    assert before == [(str(family), 900_00)]
    await town.assert_sound()


async def test_what_somebody_was_asked_to_pay_stays_where_it_is(town: Town) -> None:
    family = await home(town)
    budget = await town.open_budget(family)
    parent = (await persons(town, family))[PARENT]
    await reserve(town, budget, parent, cents=900_00, kind="ggz-behandeling-volwassene")
    async with db.transaction(town.engine, town.gemeente) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO domains.payer_move SELECT gemeente, part_id, number + 1, 'open',"
            " 'geclaimd', payer, 40000, at, actor, '', '', '{}' FROM domains.payer_move"
        )
    new = await acts.split(town, family, parent)
    assert await reserved(town) == {str(family): 400_00, str(new): 500_00}
    assert await items(town) == [(str(family), 0), (str(new), 500_00)]
    await town.assert_sound()


async def items(town: Town) -> list[tuple[Any, ...]]:
    """Say per open payer item of which family it is, and what waits."""
    return list(
        await town.ask(
            "SELECT part.gezin::text, sum(CASE WHEN to_state = 'open' THEN amount_cents"
            " ELSE -amount_cents END)::bigint FROM domains.payer_move AS move"
            " JOIN domains.part AS part USING (gemeente, part_id)"
            " GROUP BY part.gezin, part.part_id ORDER BY part.part_id"
        )
    )


async def test_a_budget_stays_open_while_help_runs(town: Town) -> None:
    family = await home(town, PARENT)
    budget = await town.open_budget(family)
    (parent,) = (await persons(town, family)).values()
    care = await reserve(town, budget, parent, cents=500_000_00)
    with pytest.raises(ReservationsRun, match=r"€ 500\.000,00 aan verplichtingen") as refused:
        await acts.close(town, budget)
    assert f"bij 1 trekking: {care.id}." in refused.value.message()
    # What went to another family no longer runs here.
    other = await home(town, YOUNGSTER)
    await acts.merge(town, other, family)
    (joined,) = await acts.budgets_of(town, other)
    with pytest.raises(ReservationsRun):
        await acts.close(town, joined.id, "klaar")
    assert (await acts.budgets_of(town, family))[0].state is BudgetState.CLOSED
