"""The law of a year end: per fund, authorised is spent, lapsed and carried over, to the cent."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import db
from domains import chart
from domains.draws.model import Payment
from domains.year_end.model import CarryOver, Closing, NewClosing, Outcome, Treatment
from ledger.refusals import Refusal
from tests.domains.support import PARENT, YEAR, YOUNGSTER, Town, draw
from tests.domains.year_end.support import NEXT, close, conserved, open_days
from tests.properties.test_pooling import SHORT, Pool, Step, steps
from tests.support import databases
from tests.support.databases import Database

pytestmark = [
    pytest.mark.postgres,
    # One server will do: the laws of the kernel are held against both.
    pytest.mark.parametrize("server", [databases.PACKAGED], indirect=True, scope="session"),
]

_ROOMS: Final = (chart.FREE, chart.DISTRICT, chart.COMPLEX_RESERVE, chart.FAMILY)

treatments = st.sampled_from(list(Treatment))


class LastYear(Pool):
    """A municipality of which a year is over: help in it was reserved, and not all declared."""

    async def begin(self) -> None:
        """Open the next year too."""
        await super().begin()
        await self.town.open_year(NEXT)

    async def draw(self, chosen: Sequence[int]) -> None:
        """Reserve help for days of the year."""
        first, second, third, fourth, fifth, sixth = chosen
        budget = self.budgets[first % len(self.budgets)]
        person = await self.town.person(budget, (PARENT, YOUNGSTER)[second % 2])
        start = date(YEAR, 1, 2) + timedelta(days=fourth * 7)
        (found,) = await self.town.draw(
            draw(
                budget,
                person,
                cents=(third * sixth) ** 2 + 1,
                days=(start, start + timedelta(days=fifth + 1)),
                description=f"{first} {second}",
                payment=(Payment.RESERVATION, Payment.AT_ONCE)[sixth % 2],
            )
        )
        if found.decision.outcome.is_granted:
            self.draws.append(found.entries)

    async def close(self, treatment: Treatment, share: int) -> Closing:
        """Close the year, and carry over a share of what would lapse of one fund."""
        asked = NewClosing(year=YEAR, undeclared=treatment, shortage_decision="raadsbesluit")
        (fund,) = (
            each for each in (await self.town.standings()).values() if each.fund == f"JW-{YEAR}"
        )
        cents = fund.carried_cents + fund.free_cents * share // 100
        carried = CarryOver(
            fund=fund.fund,
            way="staand-besluit",
            amount_cents=cents,
            decision="verordening",
            decided_on=date(YEAR, 1, 1),
            next_year_change="raadsbesluit",
            programme="P1",
            taakveld="6.751",
        )
        if cents:
            asked = replace(asked, carry_overs=(carried,))
        return await close(self.town, asked)

    async def assert_closed(self, closing: Closing) -> None:
        """Check that nothing is left, nothing got lost, and closing again changes nothing."""
        assert [row for row in closing.record.rows if row.blocks] == []
        assert closing.record.outcome is Outcome.CLOSED
        assert set((await conserved(self.town)).values()) == {0}
        for code in _ROOMS:
            for fund, room in (await self.town.rooms(code)).items():
                assert chart.year_of(fund) != YEAR or room == "€ 0,00"
        standings = await self.town.standings()
        carried = standings[f"JW-{YEAR}"].carried_cents
        assert standings[f"JW-{NEXT}"].authorised_cents == carried if carried else True
        entries = await self.town.number_of_entries()
        again = await close(self.town, closing.record.asked)
        assert (again, await self.town.number_of_entries()) == (closing, entries)
        await self.town.assert_sound()


def prove(database: Database, new_gemeente: Callable[[], str], how: settings) -> None:
    """Close, open and close again whatever a year may look like."""
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        async def live(
            asked: Sequence[Step], later: Sequence[Step], treatment: Treatment, share: int
        ) -> None:
            year = LastYear(Town(engine, new_gemeente()))
            await year.begin()
            for what, chosen in asked:
                with suppress(Refusal):
                    await year.step(what, chosen)
            await year.assert_closed(await year.close(treatment, share))
            await open_days(year.town)
            for what, chosen in later:
                with suppress(Refusal):
                    await year.step(what, chosen)
            await year.assert_closed(await year.close(treatment, share))

        @how
        @given(steps, steps, treatments, st.integers(0, 100))
        def a_year_is_conserved(
            asked: Sequence[Step], later: Sequence[Step], treatment: Treatment, share: int
        ) -> None:
            runner.run(live(asked, later, treatment, share))

        try:
            a_year_is_conserved()
        finally:
            runner.run(engine.dispose())


def test_a_year_end_loses_no_cent(database: Database, new_gemeente: Callable[[], str]) -> None:
    prove(database, new_gemeente, settings(SHORT, max_examples=5))


@pytest.mark.bewijs
def test_a_year_end_loses_no_cent_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, settings(SHORT, max_examples=60))
