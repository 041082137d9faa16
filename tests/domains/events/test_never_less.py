"""The law of growing up: whatever happens in a life, no help loses a cent of its cover."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import db
from domains.draws.model import Outcome
from domains.events.model import KnownEvent
from tests.domains.events.support import (
    DISABLED,
    fact_ends,
    guidance,
    household,
    move,
    register,
    start,
)
from tests.domains.support import Town, draw, example_town
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

_FIRST: Final = date(2026, 3, 1)
_FACTS: Final = ("beperking", "wlz-recht")

kinds = st.sampled_from(
    ["begeleiding-bij-beperking", "jeugd-ggz", "pleegzorg", "maatwerk", "jeugdhulp-ambulant"]
)
changes = st.lists(
    st.tuples(
        st.sampled_from(["vertrek", *_FACTS]),
        st.integers(0, 200),
        st.sampled_from([True, False, None]),
    ),
    max_size=3,
    unique_by=lambda change: (change[0], change[1]),
)


def day(number: int) -> date:
    """Count days from the first of March."""
    return _FIRST + timedelta(days=number)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    kind=kinds,
    born=st.integers(-40, 240),
    first=st.integers(0, 150),
    length=st.integers(1, 200),
    cents=st.integers(1, 40_000_00),
    happens=changes,
    mornings=st.lists(st.integers(0, 300), min_size=1, max_size=3).map(sorted),
)
def test_the_covered_amount_never_drops(
    database: Database,
    new_gemeente: Callable[[], str],
    kind: str,
    born: int,
    first: int,
    length: int,
    cents: int,
    happens: list[tuple[str, int, bool | None]],
    mornings: list[int],
) -> None:
    async def live() -> None:
        engine = db.engine_for(database.app_url)
        try:
            town = await example_town(engine, new_gemeente())
            home = await household(town, day(born).replace(year=2008))
            days = (day(first), day(first + length))
            made = await guidance(town, home, cents=cents, days=days, kind=kind)
            for what, number, value in happens:
                event: KnownEvent = (
                    move(home, day=day(number))
                    if what == "vertrek"
                    else fact_ends(home, what, day=day(number), value=value)
                )
                await register(town, event)
            for number, morning in enumerate(mornings, 1):
                done = await start(town, day(morning), seed=number)
                assert done.failures == ()
                parts = [each for each in await town.parts(made.id) if each.reserved_cents]
                assert sum(each.reserved_cents for each in parts) == cents
                if cents >= length:  # Of less than a cent a day there are days without a part.
                    assert min(each.part.from_date for each in parts) == days[0]
                    assert max(each.part.until_date for each in parts) == days[1]
                (after,) = await town.draws(made.id)
                assert after.request == made.request
                assert after.decision.granted_cents == cents
                assert after.outcome in {Outcome.GRANTED, Outcome.GRANTED_WITH_PAYER_ITEM}
            await town.assert_sound()
        finally:
            await engine.dispose()

    asyncio.run(live())


async def test_draws_that_race_with_the_start_of_a_day_leave_the_books_sound(
    town: Town,
) -> None:
    homes = [await household(town) for _ in range(4)]
    made = [await guidance(town, home, facts=DISABLED) for home in homes]
    for home in homes:
        await register(town, fact_ends(home, "beperking", day=date(2026, 4, 11)))

    async def draw_on() -> None:
        for home in homes:
            await town.draw(draw(home.budget, home.parent, cents=30_000_00))

    (done, _) = await asyncio.gather(start(town, date(2026, 4, 11), seed=1), draw_on())
    assert sorted(done.recovered) == sorted(each.id for each in made)
    assert done.failures == ()
    for each in made:
        assert sum(part.reserved_cents for part in await town.parts(each.id)) == 273_000
    await town.assert_sound()
