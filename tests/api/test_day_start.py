"""The work of a day: once, in order of time, and what fails in one event hurts no other."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from api.clock import SystemClock
from api.day_start import Morning
from domains.draws.model import Outcome
from domains.events.model import EventKind, Shift
from tests.domains.events.support import (
    BIRTHDAY,
    END,
    FIRST,
    Household,
    coming,
    fact_ends,
    guidance,
    household,
    move,
    register,
    start,
)
from tests.domains.rule_base.test_operations import CLOSE_E25, narrow
from tests.domains.support import Town, example_town
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

_ENDS = date(2026, 4, 11)


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give the municipality of the worked example."""
    return await example_town(engine, gemeente)


async def reserved(town: Town, draw: UUID) -> list[tuple[str, date, date, int]]:
    """List who reserves which days of a draw."""
    return [
        (
            each.part.payer or each.part.fund,
            each.part.from_date,
            each.part.until_date,
            each.reserved_cents,
        )
        for each in await town.parts(draw)
        if each.reserved_cents
    ]


async def home_with_help(town: Town) -> tuple[Household, UUID]:
    """Make a family with help that runs over the eighteenth birthday."""
    home = await household(town)
    made = await guidance(town, home)
    return home, made.id


async def test_running_it_again_does_nothing(town: Town) -> None:
    home, made = await home_with_help(town)
    await register(town, fact_ends(home, "beperking", day=_ENDS))
    first = await start(town, _ENDS, seed=1)
    assert (first.events, first.changing, first.recovered, first.failures) == (1, 1, (made,), ())
    stands = await reserved(town, made)
    again = await start(town, _ENDS, seed=2)
    assert (again.events, again.recovered) == (0, ())
    next_day = await start(town, date(2026, 4, 12), seed=3)
    assert (next_day.events, next_day.recovered) == (0, ())
    assert await reserved(town, made) == stands
    await town.assert_sound()


async def test_an_event_without_help_changes_nothing_and_is_told_so(town: Town) -> None:
    await household(town)
    done = await start(town, BIRTHDAY, seed=1)
    assert (done.events, done.changing, done.recovered) == (1, 0, ())


async def test_late_events_run_in_order_on_the_facts_of_their_own_day(town: Town) -> None:
    await town.authorise({"TOE": 10_000})
    home, made = await home_with_help(town)
    await register(town, move(home, day=date(2026, 6, 1)))
    await register(town, fact_ends(home, "beperking", day=_ENDS, value=None))
    done = await start(town, date(2026, 6, 20), seed=1)
    assert (done.events, done.recovered, done.failures) == (3, (made,), ())
    other = Town(town.engine, town.gemeente)
    late = await reserved(other, made)
    # Until the condition was unknown the Jeugdwet paid for good, then for as long as it is unknown;
    # from the birthday the Wmo, from the move the other municipality.
    assert [each[:3] for each in late] == [
        ("JW-2026", FIRST, _ENDS),
        ("JW", _ENDS, BIRTHDAY),
        ("WMO", BIRTHDAY, date(2026, 6, 1)),
        ("GM0150", date(2026, 6, 1), END),
    ]
    assert sum(each[3] for each in late) == 273_000
    await town.assert_sound()


async def test_what_is_registered_late_about_days_that_are_over_is_still_done(town: Town) -> None:
    home, made = await home_with_help(town)
    before = datetime(2026, 1, 1, 5, tzinfo=UTC)  # What the town registers comes after it.
    assert (await start(town, date(2026, 5, 1), seed=1, at=before)).failures == ()
    await register(town, fact_ends(home, "beperking", day=_ENDS))
    done = await start(town, date(2026, 5, 2), seed=2)
    assert (done.events, done.recovered) == (1, (made,))
    assert [each[1] for each in await reserved(town, made)][:2] == [FIRST, _ENDS]


async def test_a_rule_that_starts_lets_others_pay_from_its_first_day(town: Town) -> None:
    born = date(2016, 1, 1)
    home = await household(town, born)
    made = await guidance(
        town,
        home,
        kind="kindpakket",
        cents=610_00,
        days=(date(2026, 6, 1), date(2026, 8, 1)),
        facts=(("laag-inkomen", True),),
    )
    await narrow(town, CLOSE_E25)
    (event,) = [
        each
        for each in await coming(town, date(2026, 6, 1), date(2026, 8, 1))
        if each.event.kind is EventKind.RULE
    ]
    assert (event.event.rule, event.event.day) == ("E25", date(2026, 7, 1))
    assert event.draws == (made.id,)
    assert event.shifts == (
        Shift(from_payer="ARM-2026", to_payer="bundeling", amount_cents=310_00),
    )
    assert (await start(town, date(2026, 6, 30), seed=1)).recovered == ()
    done = await start(town, date(2026, 7, 1), seed=2)
    assert (done.recovered, done.failures) == ((made.id,), ())
    first, *others = await reserved(town, made.id)
    assert first == ("ARM-2026", date(2026, 6, 1), date(2026, 7, 1), 300_00)
    assert {each[0] for each in others} == {"JW-2026", "SHV-2026", "WMO-2026"}
    assert sum(each[3] for each in others) == 310_00
    (after,) = await town.draws(made.id)
    assert "(regel E25)" in after.decision.sentence
    await town.assert_sound()


async def test_two_runs_at_once_do_each_event_once(town: Town) -> None:
    draws = []
    for _ in range(6):
        home, made = await home_with_help(town)
        await register(town, fact_ends(home, "beperking", day=_ENDS))
        draws.append(made)
    both = await asyncio.gather(start(town, _ENDS, seed=1), start(town, _ENDS, seed=2))
    assert sorted(draw for each in both for draw in each.recovered) == sorted(draws)
    assert await town.count("domains.executed_event") == 6
    await town.assert_sound()


async def test_an_event_that_fails_is_told_and_hurts_no_other(
    town: Town, database: Database
) -> None:
    sound, made = await home_with_help(town)
    broken, lost = await home_with_help(town)
    for home in (sound, broken):
        await register(town, fact_ends(home, "beperking", day=_ENDS))
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE domains.draw SET kind = 'hulp-van-vroeger' WHERE draw_id = %s", (lost,)
        )
    done = await start(town, _ENDS, seed=1)
    assert done.recovered == (made,)
    (failure,) = done.failures
    assert failure.code == "soort-hulp-onbekend"
    assert str(lost) in failure.what
    # It stays due, and the run is not noted as done.
    again = await start(town, date(2026, 4, 12), seed=2)
    assert (again.events, len(again.failures)) == (1, 1)
    assert await town.count("domains.day_start") == 0


def test_what_nobody_expected_is_logged_with_its_place_and_not_its_words() -> None:
    none: Any = None
    morning = Morning(
        engine=none, clock=SystemClock(), actor=none, up_to=_ENDS, attempt=none, progress=none
    )
    with capture_logs() as log:
        morning._fail("hulp", ValueError("999900006"))
    assert (log[0]["event"], log[0]["soort"]) == ("day_start_failed", "ValueError")
    assert "999900006" not in str(log)


async def test_a_shortage_gets_cover_after_a_budget_was_booked(town: Town) -> None:
    home = await household(town)
    days = (date(2027, 3, 1), date(2027, 3, 31))
    made = await guidance(town, home, days=days, cents=30_000)
    assert (await start(town, date(2026, 3, 1), seed=1)).covered == ()
    await town.authorise({"WMO": 1_000}, year=2027)
    await town.fill({"WMO": 1_000}, year=2027)
    assert (await start(town, date(2026, 3, 2), seed=2)).covered == (made.id,)
    assert (await start(town, date(2026, 3, 3), seed=3)).covered == ()
    assert [each[0] for each in await reserved(town, made.id)] == ["WMO-2027"]
    (after,) = await town.draws(made.id)
    assert after.outcome is Outcome.GRANTED
    await town.assert_sound()
