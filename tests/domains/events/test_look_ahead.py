"""The list of what is coming: which help runs on, and which euros change payer."""

from datetime import date

import pytest

from domains.events.model import EventKind, Shift
from tests.domains.events.support import (
    BIRTHDAY,
    END,
    FIRST,
    coming,
    fact_ends,
    guidance,
    household,
    move,
    register,
)
from tests.domains.support import Town

pytestmark = pytest.mark.postgres

_LONG_AGO, _LATER = date(2026, 1, 2), date(2027, 1, 1)


async def test_a_birthday_shows_the_euros_that_go_from_one_law_to_the_other(town: Town) -> None:
    home = await household(town)
    made = await guidance(town, home)
    (event,) = await coming(town, _LONG_AGO, _LATER)
    assert (event.event.kind, event.event.age, event.event.day) == (
        EventKind.BIRTHDAY,
        18,
        BIRTHDAY,
    )
    assert event.draws == (made.id,)
    assert event.shifts == (Shift(from_payer="JW-2026", to_payer="WMO-2026", amount_cents=141_000),)


async def test_help_that_is_over_by_then_is_not_told(town: Town) -> None:
    home = await household(town)
    await guidance(town, home, days=(FIRST, BIRTHDAY))
    (event,) = await coming(town, _LONG_AGO, _LATER)
    assert (event.draws, event.shifts) == ((), ())


async def test_help_that_starts_after_the_birthday_shifts_nothing(town: Town) -> None:
    home = await household(town)
    made = await guidance(town, home, days=(date(2026, 6, 1), END))
    (event,) = await coming(town, _LONG_AGO, _LATER)
    assert (event.draws, event.shifts) == ((made.id,), ())


async def test_a_condition_that_ends_shows_who_is_expected_to_pay(town: Town) -> None:
    home = await household(town)
    await guidance(town, home, days=(FIRST, BIRTHDAY), cents=44_000)
    await register(town, fact_ends(home, "beperking", day=date(2026, 4, 11)))
    ended = [
        each
        for each in await coming(town, _LONG_AGO, _LATER)
        if each.event.kind is EventKind.INDICATION_END
    ]
    assert [each.shifts for each in ended] == [
        (Shift(from_payer="JW-2026", to_payer="bundeling", amount_cents=34_000),)
    ]


async def test_a_move_shows_what_the_other_municipality_has_to_pay(town: Town) -> None:
    home = await household(town)
    await guidance(town, home)
    await register(town, move(home, day=date(2026, 6, 1)))
    moved = [
        each for each in await coming(town, _LONG_AGO, _LATER) if each.event.kind is EventKind.MOVE
    ]
    assert [each.shifts for each in moved] == [
        (Shift(from_payer="WMO-2026", to_payer="GM0150", amount_cents=90_000),)
    ]


async def test_a_team_counts_the_help_of_its_own_families(town: Town) -> None:
    home, other = await household(town), await household(town)
    for each in (home, other):
        await guidance(town, each)
    found = await coming(town, _LONG_AGO, _LATER, families=frozenset({home.family}))
    assert sorted(len(each.draws) for each in found) == [0, 1]
