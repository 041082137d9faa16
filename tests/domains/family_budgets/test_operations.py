"""Family budgets are proposed, opened, topped up, closed and reopened, to the cent."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from domains import chart
from domains.families.model import BudgetState, StepKind
from domains.families.rules import UnknownFamilyBudget
from domains.family_budgets.operations import approve_proposal
from domains.family_budgets.rules import (
    BigFiveOpen,
    BudgetNotClosed,
    BudgetNotOpen,
    FamilyBudgetExists,
    NoProposal,
    OwnProposal,
    signals,
)
from domains.pooling.rules import NotPositive
from tests.domains.families import acts
from tests.domains.support import DAY, PARENT, STANDARD, Town, draw

CHILD = date(2016, 1, 1)


def kinds(budget: object) -> list[str]:
    """Name what became of a budget."""
    return [str(step.kind) for step in getattr(budget, "steps", ())]


async def approve(town: Town, budget: UUID, number: int, subject: str) -> None:
    """Approve a proposal by its number."""
    await town.do(
        lambda connection, instruction: approve_proposal(
            connection,
            instruction=instruction,
            family_budget=budget,
            number=number,
            booking_date=DAY,
        ),
        subject=subject,
    )


async def test_an_amount_outside_the_band_waits_for_a_colleague(town: Town) -> None:
    before = await town.rooms()
    budget = await town.open_budget(await town.register(), 30_000_01, reason="drie trajecten")
    found = await town.budget(budget)
    assert (found.state, found.amount_cents, found.room_cents) == (BudgetState.PROPOSED, 0, 0)
    assert found.proposal is not None
    assert (found.proposal.amount_cents, found.reason) == (30_000_01, "drie trajecten")
    assert await town.rooms() == before
    with pytest.raises(OwnProposal, match="Niemand keurt zijn eigen voorstel goed"):
        await approve(town, budget, 1, "medewerker")
    with pytest.raises(NoProposal):
        await approve(town, budget, 2, "collega")
    await approve(town, budget, 1, "collega")
    found = await town.budget(budget)
    assert (found.state, found.amount_cents, found.room_cents) == (
        BudgetState.OPEN,
        30_000_01,
        30_000_01,
    )
    assert [(step.kind, step.actor) for step in found.steps] == [
        (StepKind.PROPOSAL, "medewerker"),
        (StepKind.OPENING, "collega"),
    ]
    with pytest.raises(NoProposal):
        await approve(town, budget, 2, "collega")
    await town.assert_sound()


async def test_two_who_approve_at_once_open_it_once(town: Town) -> None:
    budget = await town.open_budget(await town.register(), 1_00, reason="klein")
    answers = await asyncio.gather(
        *(approve(town, budget, 1, f"collega-{number}") for number in range(5)),
        return_exceptions=True,
    )
    assert [type(each) for each in answers if each is not None] == [NoProposal] * 4
    assert (await town.budget(budget)).room_cents == 1_00
    await town.assert_sound()


async def test_a_proposal_may_be_made_again_and_help_does_not_wait_for_it(town: Town) -> None:
    family = await town.register()
    budget = await town.open_budget(family, 40_000_00, reason="veel")
    (help_,) = await town.draw(draw(budget, await town.person(budget), cents=100_00))
    assert help_.decision.outcome.startswith("toegekend")
    assert await town.open_budget(family, 35_000_00, reason="minder") == budget
    with pytest.raises(NoProposal):
        await approve(town, budget, 1, "collega")
    # Within the band nobody needs to look.
    assert await town.open_budget(family, 20_000_00) == budget
    found = await town.budget(budget)
    assert (found.amount_cents, kinds(found)) == (
        20_000_00,
        ["voorstel", "voorstel", "opening"],
    )
    with pytest.raises(FamilyBudgetExists):
        await town.open_budget(family, 35_000_00, reason="meer")
    await town.assert_sound()


async def test_a_top_up_fills_and_only_signals_above_the_band(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    found = await acts.top_up(town, budget, 2_000_00)
    assert (found.amount_cents, found.room_cents) == (20_000_00, 20_000_00)
    assert signals(found, STANDARD) == ()
    found = await acts.top_up(town, budget, 10_000_01)
    assert [each.code for each in signals(found, STANDARD)] == ["boven-bandbreedte"]
    assert found.room_cents == 30_000_01
    # More than the district has is filled as far as that goes.
    found = await acts.top_up(town, budget, 1_000_000_00)
    assert found.room_cents == 320_000_00
    assert {each.code: each.sentence for each in signals(found, STANDARD)}["minder-gevuld"] == (
        "De wijk had € 710.000,01 minder dan gevraagd; hulp gaat door."
    )
    with pytest.raises(NotPositive):
        await acts.top_up(town, budget, 0)
    await town.assert_sound()


async def test_top_ups_at_once_share_what_the_district_has(town: Town) -> None:
    first, second = [await town.open_budget(await town.register()) for _ in range(2)]
    await asyncio.gather(
        *(acts.top_up(town, budget, 150_000_00) for budget in (first, second, first))
    )
    left = [(await town.budget(budget)).room_cents for budget in (first, second)]
    assert sum(left) == 320_000_00
    await town.assert_sound()


async def test_closing_gives_back_what_is_left_and_reopening_starts_empty(town: Town) -> None:
    before = await town.rooms()
    budget = await town.open_budget(await town.register(PARENT, CHILD))
    found = await acts.close(town, budget)
    assert (found.state, found.room_cents) == (BudgetState.CLOSED, 0)
    assert (found.steps[-1].moved_cents, kinds(found)) == (-18_000_00, ["opening", "sluiting"])
    assert await town.rooms() == before
    for again in (acts.close(town, budget), acts.top_up(town, budget, 1_00)):
        with pytest.raises(BudgetNotOpen, match="is gesloten"):
            await again
    found = await acts.reopen(town, budget)
    assert (found.state, found.room_cents) == (BudgetState.OPEN, 0)
    with pytest.raises(BudgetNotClosed):
        await acts.reopen(town, budget)
    assert (await acts.top_up(town, budget, 5_00)).room_cents == 5_00
    await town.assert_sound()


async def test_closing_waits_until_the_big_five_are_arranged(town: Town) -> None:
    family = await town.register()
    budget = await town.open_budget(family)
    youngster = (await acts.family(town, family)).members[1].person
    with pytest.raises(BigFiveOpen, match="Voor 1 jongere") as caught:
        await acts.close(town, budget)
    assert caught.value.missing == "steun, wonen, school-en-werk, inkomen, welzijn"
    await acts.big_five(town, family, youngster, acts.ARRANGED[1:])
    with pytest.raises(BigFiveOpen) as caught:
        await acts.close(town, budget)
    assert caught.value.missing == "steun"
    await acts.big_five(town, family, youngster, acts.ARRANGED[:1])
    assert (await acts.close(town, budget)).state is BudgetState.CLOSED


async def test_closing_too_early_takes_a_reason_and_two(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    found = await acts.close(town, budget, "gezin is vertrokken")
    assert (found.state, found.room_cents) == (BudgetState.OPEN, 18_000_00)
    with pytest.raises(OwnProposal):
        await approve(town, budget, 2, "medewerker")
    await approve(town, budget, 2, "collega")
    found = await town.budget(budget)
    assert (found.state, found.room_cents) == (BudgetState.CLOSED, 0)
    assert found.steps[-1].reason == "gezin is vertrokken"
    await town.assert_sound()


async def test_a_proposal_to_close_falls_when_the_budget_goes_on(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    await acts.close(town, budget, "gezin is vertrokken")
    await acts.top_up(town, budget, 1_00)
    with pytest.raises(NoProposal):
        await approve(town, budget, 2, "collega")


async def test_what_comes_back_after_closing_can_be_returned(town: Town) -> None:
    before = await town.rooms()
    budget = await town.open_budget(await town.register(PARENT))
    (help_,) = await town.draw(draw(budget, await town.person(budget), cents=100_00))
    await acts.close(town, budget)
    await town.reverse(help_.entries[0])
    assert (await town.budget(budget)).room_cents == 100_00
    await town.give_back(budget)
    assert (await town.budget(budget)).state is BudgetState.CLOSED
    assert await town.rooms() == before
    await town.assert_sound()


async def test_what_is_not_there_is_refused_by_name(town: Town) -> None:
    number = UUID(int=7)
    for act in (
        acts.close(town, number),
        acts.reopen(town, number),
        acts.top_up(town, number, 1_00),
        approve(town, number, 1, "collega"),
    ):
        with pytest.raises(UnknownFamilyBudget):
            await act


async def test_after_a_move_money_comes_from_and_goes_to_the_new_district(town: Town) -> None:
    south = f"{town.wijk[:-2]}02"
    await town.add_districts(south)
    await town.fill({"JW": 1_000}, wijk=south)
    family = await town.register(PARENT, from_date=date(2025, 1, 1))
    budget = await town.open_budget(family)
    await acts.move(town, family, south, DAY)
    found = await acts.top_up(town, budget, 5_000_00)
    assert found.steps[-1].moved_cents == 1_000_00
    await acts.close(town, budget)
    standing = {
        each.account.dimension("wijk"): each.balance_cents
        for each in await town.balances("BUDGET", code=chart.DISTRICT)  # type: ignore[arg-type]
        if each.account.colour == "JW-2026"
    }
    assert standing == {town.wijk: 200_000_00 - 11_250_00, south: 11_250_00 + 1_000_00}
    await town.assert_sound()


async def test_filling_a_family_budget_locks_the_family_too(
    town: Town, locks: list[set[UUID]]
) -> None:
    family = await town.register()
    await town.open_budget(family)
    (locked,) = locks
    assert {
        chart.district(town.gemeente, "JW-2026", wijk=town.wijk).id,
        chart.family(town.gemeente, "JW-2026", gezin=str(family)).id,
    } <= locked
