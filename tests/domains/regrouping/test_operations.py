"""Families split and merge: every cent and every person is in one place before and after."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import db
from domains import chart
from domains.districts.rules import UnknownDistrict
from domains.families.model import BudgetState
from domains.families.rules import (
    DayInFuture,
    NotAfter,
    NotPresent,
    UnknownFamily,
    UnknownFamilyType,
)
from domains.pooling.model import FundAmount
from domains.pooling.rules import NotEnoughRoom, NotPositive
from domains.regrouping.model import Household
from domains.regrouping.rules import NobodyStays, SameFamily
from ledger.refusals import Refusal
from tests.domains.families import acts
from tests.domains.support import DAY, PARENT, YOUNGSTER, Town, draw
from tests.support.databases import Database

BORN: Final = date(2020, 1, 1)
CHILD: Final = date(2012, 4, 4)


async def home(town: Town, *born: date, wijk: str | None = None) -> UUID:
    """Register a family that exists for years."""
    return await town.register(*(born or (PARENT, YOUNGSTER, CHILD)), from_date=BORN, wijk=wijk)


async def persons(town: Town, family: UUID) -> dict[date, UUID]:
    """Give the members who are present, by birth date."""
    present = (await acts.family(town, family)).present
    return {member.birth_date: member.person for member in present}


async def test_a_split_takes_a_share_by_the_number_of_members(town: Town) -> None:
    family = await home(town)
    budget = await town.open_budget(family)
    await acts.hand_over(town, family, "m.jansen")
    people = await persons(town, family)
    before = await town.rooms(chart.FAMILY)
    new = await acts.split(town, family, people[CHILD])
    assert await town.rooms(chart.FAMILY) == before
    (old_budget,) = await acts.budgets_of(town, family)
    (new_budget,) = await acts.budgets_of(town, new)
    assert new_budget.rooms == (
        ("ARM-2026", 750_00),
        ("JW-2026", 3_750_00),
        ("SHV-2026", 562_50),
        ("WMO-2026", 937_50),
    )
    assert (old_budget.id, old_budget.room_cents) == (budget, 12_000_00)
    # What was asked is not doubled either.
    assert old_budget.amount_cents + new_budget.amount_cents == 18_000_00
    assert new_budget.state is BudgetState.OPEN
    split = await acts.family(town, new)
    assert [(each.person, each.from_date) for each in split.present] == [(people[CHILD], DAY)]
    assert split.lead is not None
    assert (split.lead.professional, split.team) == ("m.jansen", "wijkteam noord")
    assert people[CHILD] not in (await persons(town, family)).values()
    await town.assert_sound()


async def test_a_split_by_hand_takes_what_is_named(town: Town) -> None:
    south = f"{town.wijk[:-2]}02"
    await town.add_districts(south)
    family = await home(town)
    await town.open_budget(family)
    await town.open_budget(family, year=2027)
    people = await persons(town, family)
    new = await acts.split(
        town,
        family,
        people[YOUNGSTER],
        people[CHILD],
        amounts=[FundAmount(fund="JW-2026", amount_cents=1_00)] * 2,
        household=Household(district=south, team="wijkteam zuid", professional="s.de-boer"),
    )
    this_year, next_year = await acts.budgets_of(town, new)
    assert (this_year.rooms, next_year.rooms) == ((("JW-2026", 2_00),), ())
    found = await acts.family(town, new)
    assert (found.district_on(DAY), found.team) == (south, "wijkteam zuid")
    await town.assert_sound()


async def test_help_goes_on_after_a_split(town: Town) -> None:
    family = await home(town)
    budget = await town.open_budget(family)
    people = await persons(town, family)
    new = await acts.split(town, family, people[YOUNGSTER])
    (new_budget,) = await acts.budgets_of(town, new)
    for paying, person in ((budget, people[PARENT]), (new_budget.id, people[YOUNGSTER])):
        (found,) = await town.draw(draw(paying, person, cents=100_00))
        assert found.decision.outcome.startswith("toegekend")
    (refused,) = await town.draw(draw(budget, people[YOUNGSTER], cents=100_00, provider="ander"))
    assert refused.refusal == "persoon-niet-in-gezin"
    await town.assert_sound()


async def test_what_can_not_be_split(town: Town) -> None:
    family, other = await home(town), await home(town, PARENT)
    await town.open_budget(family)
    people = await persons(town, family)
    (stranger,) = (await persons(town, other)).values()
    child = people[CHILD]
    with pytest.raises(NotPresent):
        await acts.split(town, family, stranger)
    with pytest.raises(NobodyStays):
        await acts.split(town, family, *people.values())
    with pytest.raises(DayInFuture):
        await acts.split(town, family, child, from_date=date(2026, 1, 3))
    with pytest.raises(NotAfter):
        await acts.split(town, family, child, from_date=BORN)
    with pytest.raises(UnknownFamily):
        await acts.split(town, UUID(int=7), child)
    with pytest.raises(UnknownDistrict):
        await acts.split(town, family, child, household=Household(district="WK999999"))
    with pytest.raises(UnknownFamilyType):
        await acts.split(town, family, child, household=Household(family_type="x"))
    for fund, cents, refusal in (
        ("JW-2026", 11_250_01, NotEnoughRoom),
        ("JW-2027", 1, NotEnoughRoom),
        ("JW-2026", 0, NotPositive),
        ("JW-2026", -1, NotPositive),
    ):
        with pytest.raises(refusal):
            await acts.split(
                town, family, child, amounts=[FundAmount(fund=fund, amount_cents=cents)]
            )
    assert await town.count("domains.family") == 2
    await town.assert_sound()


async def test_two_who_split_at_once_do_it_once(town: Town) -> None:
    family = await home(town)
    await town.open_budget(family)
    child = (await persons(town, family))[CHILD]
    answers = await asyncio.gather(
        *(acts.split(town, family, child) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["NotPresent"] * 3 + ["UUID"]
    await town.assert_sound()


async def test_a_merge_brings_all_members_and_all_money(town: Town) -> None:
    family, other = await home(town, PARENT), await home(town, date(1980, 1, 1), CHILD)
    budget = await town.open_budget(family)
    await town.open_budget(other, 10_000_00)
    await town.open_budget(other, year=2027)
    await acts.hand_over(town, other, "m.jansen")
    before = await town.rooms(chart.FAMILY)
    await acts.merge(town, family, other)
    assert await town.rooms(chart.FAMILY) == before
    assert (await persons(town, family)).keys() == {PARENT, date(1980, 1, 1), CHILD}
    gone = await acts.family(town, other)
    assert (gone.present, gone.lead) == ((), None)
    this_year, next_year = await acts.budgets_of(town, family)
    assert (this_year.id, this_year.room_cents, next_year.room_cents) == (budget, 28_000_00, 0)
    assert [each.state for each in await acts.budgets_of(town, other)] == [BudgetState.CLOSED] * 2
    total = sum(each.amount_cents for each in await acts.budgets_of(town, family, other))
    assert total == 28_000_00 + 18_000_00
    await town.assert_sound()


async def test_what_can_not_be_merged(town: Town) -> None:
    family, other = await home(town), await town.register(PARENT)
    with pytest.raises(SameFamily):
        await acts.merge(town, family, family)
    with pytest.raises(UnknownFamily):
        await acts.merge(town, family, UUID(int=7))
    with pytest.raises(NotAfter):
        await acts.merge(town, family, other, from_date=DAY)
    with pytest.raises(DayInFuture):
        await acts.merge(town, family, other, from_date=date(2026, 1, 3))
    assert len(await persons(town, other)) == 1


async def test_merging_to_and_fro_at_once_never_deadlocks(town: Town) -> None:
    first, second = await home(town, PARENT), await home(town, CHILD)
    await town.open_budget(first)
    await town.open_budget(second)
    before = await town.rooms(chart.FAMILY)
    await asyncio.gather(
        acts.merge(town, first, second),
        acts.merge(town, second, first),
        return_exceptions=True,
    )
    assert await town.rooms(chart.FAMILY) == before
    assert len(await persons(town, first)) + len(await persons(town, second)) == 2
    await town.assert_sound()


async def live(town: Town, steps: Sequence[tuple[str, int, int]]) -> None:
    """Let families split, merge, top up, draw, close and reopen in an invented order."""
    await town.open_year()
    await town.authorise({"JW": 1_000, "WMO": 333, "ARM": 7})
    await town.add_districts(town.wijk)
    await town.add_family_types()
    await town.fill({"JW": 900, "WMO": 333, "ARM": 7})
    families = [await home(town), await home(town, PARENT, CHILD)]
    for family in families:
        await town.open_budget(family, 500_00, reason="past zo")
        await town.approve((await acts.budgets_of(town, family))[0].id)
    people = {each for family in families for each in (await persons(town, family)).values()}
    whole = (await town.standings())["JW-2026"].authorised_cents
    for what, first, second in steps:
        family, other = families[first % len(families)], families[second % len(families)]
        budgets = await acts.budgets_of(town, family)
        present = sorted((await persons(town, family)).values())
        held = await town.rooms(chart.FAMILY)
        with suppress(Refusal):
            if what == "split":
                day = date(2025, 1, 1 + len(families))
                families.append(
                    await acts.split(town, family, *present[: 1 + second % 2], from_date=day)
                )
            elif what == "merge":
                await acts.merge(town, family, other, from_date=DAY)
            elif not budgets:
                await town.open_budget(family, reason="nieuw gezin")
            elif what == "top up":
                await acts.top_up(town, budgets[0].id, 1 + second * 7_77)
            elif what == "draw" and present:
                await town.draw(
                    draw(budgets[0].id, present[0], cents=1 + second * 3_33, provider=str(second))
                )
            elif what == "close":
                await acts.close(town, budgets[0].id, "klaar")
                await town.approve(budgets[0].id)
            else:
                await acts.reopen(town, budgets[0].id)
        if what in {"split", "merge"}:
            assert await town.rooms(chart.FAMILY) == held
    found = [member for family in families for member in (await acts.family(town, family)).present]
    assert sorted(member.person for member in found) == sorted(people)
    assert (await town.standings())["JW-2026"].authorised_cents == whole
    await town.assert_sound()


def test_no_cent_and_nobody_is_lost_or_doubled(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    acted = ("split", "split", "merge", "top up", "draw", "close", "reopen")
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        @settings(
            max_examples=6,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        )
        @given(
            st.lists(
                st.tuples(st.sampled_from(acted), st.integers(0, 9), st.integers(0, 9)),
                min_size=3,
                max_size=8,
            )
        )
        def lives(steps: Sequence[tuple[str, int, int]]) -> None:
            runner.run(live(Town(engine, new_gemeente()), steps))

        try:
            lives()
        finally:
            runner.run(engine.dispose())
