"""The law of the pool: whatever is asked in whatever order, each euro is in exactly one place."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Final, TypeAlias
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import db
from domains.draws.model import Place
from domains.eligibility.catalogue import KINDS
from domains.pooling import operations as pooling
from domains.pooling.rules import POOLED
from ledger.refusals import Refusal
from tests.domains.support import (
    DAY,
    PARENT,
    YEAR,
    YOUNGSTER,
    Operation,
    Town,
    council_lines,
    draw,
    fund_amounts,
)
from tests.support import databases
from tests.support.databases import Database

pytestmark = [
    pytest.mark.postgres,
    # One server will do: the laws of the kernel are held against both.
    pytest.mark.parametrize("server", [databases.PACKAGED], indirect=True, scope="session"),
]

Step: TypeAlias = tuple[str, tuple[int, ...]]

SHORT = settings(
    max_examples=20,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
LONG = settings(SHORT, max_examples=200)

_SOURCES: Final = ("JW", "WMO", "SHV", "ARM", "GGZ", "BUIG")
_MOVES: Final = ("authorise", "shift", "reserve", "fill", "return")
_STEPS: Final = (
    *_MOVES,
    *("family", "budget", "give back"),
    *("draw", "draw", "draw"),
    *("reverse", "reverse draw"),
)

steps = st.lists(
    st.tuples(st.sampled_from(_STEPS), st.tuples(*(st.integers(0, 40) for _ in range(6)))),
    min_size=4,
    max_size=14,
)


class Pool:
    """A municipality that somebody asks anything of, and what is known about its families."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.districts = (town.wijk, f"{town.wijk[:-2]}02")
        self.families: list[UUID] = []
        self.budgets: list[UUID] = []
        self.entries: list[UUID] = []
        self.draws: list[tuple[UUID, ...]] = []

    async def begin(self) -> None:
        """Give the municipality some money, two districts and a family."""
        await self.town.open_year()
        await self.town.authorise({"JW": 1_000, "WMO": 400, "ARM": 300})
        await self.town.add_districts(*self.districts)
        await self.town.add_family_types()
        await self.town.fill({"JW": 300, "WMO": 100, "ARM": 50})
        await self.step("family", (0,) * 6)
        await self.step("budget", (0, 3, 0, 0, 0, 0))

    async def step(self, what: str, chosen: Sequence[int]) -> None:
        """Ask one thing; a refusal is an answer, a broken promise is not."""
        if what in _MOVES:
            self.entries += await self.move(what, chosen)
        elif what.startswith("reverse"):
            await self.reverse(what, chosen[0])
        elif what == "draw":
            await self.draw(chosen)
        else:
            await self.household(what, chosen)

    async def move(self, what: str, chosen: Sequence[int]) -> tuple[UUID, ...]:
        """Move money between the council, the funds and the districts."""
        first, second, third, *_ = chosen
        source, other = _SOURCES[first % 6], _SOURCES[second % 6]
        wijk = self.districts[first % 2]
        if what == "authorise":
            return await self.town.authorise({source: second, other: third + 1})
        if what == "shift":
            return await self.town.do(shift(source, other, third * 7))
        if what == "reserve":
            return await self.town.reserve({source: second})
        if what == "fill":
            return await self.town.fill({source: second, other: third}, wijk=wijk)
        return await self.town.do(returning(wijk, source, second))

    async def household(self, what: str, chosen: Sequence[int]) -> None:
        """Register a family, open its budget or give it back."""
        first, second, third, *_ = chosen
        if what == "family":
            wijk = self.districts[first % 2]
            self.families.append(await self.town.register(wijk=wijk, is_complex=second % 2 == 1))
        elif what == "budget":
            family = self.families[first % len(self.families)]
            year = YEAR + (third % 4 == 3)
            self.budgets.append(
                await self.town.open_budget(family, second * 33_33 + 1, year=year, reason="past zo")
            )
        else:
            await self.town.give_back(self.budgets[first % len(self.budgets)])

    async def reverse(self, what: str, number: int) -> None:
        """Reverse a move, or all entries of a draw."""
        if what == "reverse draw" and self.draws:
            entries = self.draws[number % len(self.draws)]
            self.entries += await self.town.reverse(entries[number % len(entries)])
        elif what == "reverse" and self.entries:
            await self.town.reverse(self.entries[number % len(self.entries)])

    async def draw(self, chosen: Sequence[int]) -> None:
        """Ask for two things in one list, on days that may cross a birthday or a year end."""
        first, second, third, fourth, fifth, sixth = chosen
        budget = self.budgets[first % len(self.budgets)]
        person = await self.town.person(budget, (PARENT, YOUNGSTER)[second % 2])
        start = date(2026, 1, 2) + timedelta(days=fourth * 10)
        asked = [
            draw(
                budget,
                person,
                cents=(third * sixth) ** 2 + number,
                kind=KINDS[(second + number) % len(KINDS)].code,
                days=(start, start + timedelta(days=fifth * 3)),
                facts=(("beperking", first % 3 == 1), ("voorliggende-voorziening-tijdig", False)),
            )
            for number in range(2)
        ]
        before = await self.town.standings()
        found = await self.town.draw(*asked)
        after = await self.town.standings()
        granted = [each for each in found if each.decision.outcome.is_granted]
        self.draws += [each.entries for each in granted]
        asked_cents = sum(each.request.amount_cents for each in granted)
        assert asked_cents == sum(
            part.amount_cents for each in granted for part in each.decision.parts
        )
        assert asked_cents == sum(each.spent_cents for each in after.values()) - sum(
            each.spent_cents for each in before.values()
        )
        # Help takes from what is free only as an advance or for a fund that is never pooled, and
        # never makes authorisation.
        of_free = Counter[str]()
        for part in (part for each in granted for part in each.decision.parts):
            if part.place is Place.FREE:
                assert part.payer or part.fund.partition("-")[0] not in POOLED
                of_free[part.fund] += part.amount_cents
        for fund, standing in before.items():
            assert after[fund].free_cents == standing.free_cents - of_free[fund]
            assert after[fund].authorised_cents == standing.authorised_cents


def shift(giver: str, taker: str, euros: int) -> Operation:
    """Ask to shift between two sources."""
    (giving,), (taking,) = council_lines({giver: euros}), council_lines({taker: euros})
    return lambda connection, instruction: pooling.shift(
        connection,
        instruction=instruction,
        year=YEAR,
        from_line=giving,
        to_line=taking,
        decision="",
        booking_date=DAY,
    )


def returning(wijk: str, source: str, euros: int) -> Operation:
    """Ask to give money of a district back."""
    return lambda connection, instruction: pooling.return_from_district(
        connection,
        instruction=instruction,
        wijk=wijk,
        amounts=fund_amounts({source: euros}),
        booking_date=DAY,
    )


def prove(database: Database, new_gemeente: Callable[[], str], how: settings) -> None:
    """Ask invented things of new municipalities, and check all their books after each."""
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        async def live(asked: Sequence[Step]) -> None:
            pool = Pool(Town(engine, new_gemeente()))
            await pool.begin()
            for what, chosen in asked:
                with suppress(Refusal):
                    await pool.step(what, chosen)
            await pool.town.assert_sound()

        @how
        @given(steps)
        def each_euro_is_in_one_place(asked: Sequence[Step]) -> None:
            runner.run(live(asked))

        try:
            each_euro_is_in_one_place()
        finally:
            runner.run(engine.dispose())


def test_each_euro_is_in_one_place_whatever_is_asked(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, SHORT)


@pytest.mark.bewijs
def test_each_euro_is_in_one_place_whatever_is_asked_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, LONG)
