"""Executing what is due: who pays changes on the day itself, and nothing else does."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from domains.draws.model import Outcome, PartStanding, Place
from domains.events.execution import cover_shortages, execute_events
from domains.events.model import Due, Event, EventKind
from tests.domains.events.support import (
    BIRTHDAY,
    END,
    FIRST,
    Household,
    events_of,
    fact_ends,
    guidance,
    household,
    move,
    register,
)
from tests.domains.payers.support import claiming, stands
from tests.domains.support import DAY, Town, draw

pytestmark = pytest.mark.postgres


async def execute(
    town: Town, events: Sequence[Event], draws: Sequence[UUID], key: str | None = None
) -> tuple[UUID, ...]:
    """Execute events of one day for these draws."""
    return await town.do(
        lambda connection, instruction: execute_events(
            connection,
            instruction=instruction,
            due=[Due(event=each, draws=tuple(draws), is_last=True) for each in events],
            booking_date=DAY,
        ),
        key,
    )


async def standing(town: Town, draw: UUID) -> list[tuple[str, str, date, date, int]]:
    """List who reserves which days of a draw: fund, ground, days and cents."""
    return [
        (
            each.part.fund,
            each.part.payer or each.part.standing.value,
            each.part.from_date,
            each.part.until_date,
            each.reserved_cents,
        )
        for each in await town.parts(draw)
        if each.reserved_cents
    ]


async def one(town: Town, home: Household, kind: EventKind) -> Event:
    """Give the one event of a kind."""
    found = await events_of(town, date(2026, 1, 2), date(2027, 1, 1))
    (event,) = [each for each in found if each.kind is kind and each.family == home.family]
    return event


async def test_a_birthday_that_was_foreseen_changes_nothing_and_is_executed_once(
    town: Town,
) -> None:
    home = await household(town)
    made = await guidance(town, home)
    before = await standing(town, made.id)
    birthday = await one(town, home, EventKind.BIRTHDAY)
    assert await execute(town, [birthday], [made.id]) == ()
    assert await standing(town, made.id) == before
    assert await town.count("domains.executed_event") == 1
    assert await events_of(town, date(2026, 1, 2), date(2027, 1, 1)) == ()
    assert await execute(town, [birthday], [made.id]) == ()
    assert await town.count("domains.executed_event") == 1


async def test_a_condition_that_ends_is_paid_by_others_from_that_day_on(town: Town) -> None:
    home = await household(town)
    made = await guidance(town, home, days=(FIRST, BIRTHDAY), cents=44_000)
    ends = date(2026, 4, 11)
    await register(town, fact_ends(home, "beperking", day=ends))
    event = await one(town, home, EventKind.INDICATION_END)
    assert await execute(town, [event], [made.id]) == (made.id,)
    found = await standing(town, made.id)
    assert found[0] == ("JW-2026", "eigen", FIRST, ends, 10_000)
    assert {each[1] for each in found[1:]} == {"bundeling"}
    assert {(each[2], each[3]) for each in found[1:]} == {(ends, BIRTHDAY)}
    assert sum(each[4] for each in found) == 44_000
    (after,) = await town.draws(made.id)
    assert after.outcome is Outcome.GRANTED
    assert after.request == made.request
    assert after.decision.until_date == made.decision.until_date
    await town.assert_sound()


async def test_who_moves_away_is_paid_in_advance_for_the_new_municipality(town: Town) -> None:
    await town.authorise({"TOE": 10_000})
    home = await household(town)
    made = await guidance(town, home)
    await register(town, move(home, day=date(2026, 6, 1)))
    event = await one(town, home, EventKind.MOVE)
    assert await execute(town, [event], [made.id]) == (made.id,)
    assert await standing(town, made.id) == [
        ("JW-2026", "eigen", FIRST, BIRTHDAY, 132_000),
        ("WMO-2026", "eigen", BIRTHDAY, date(2026, 6, 1), 51_000),
        ("TOE-2026", "GM0150", date(2026, 6, 1), END, 90_000),
    ]
    (after,) = await town.draws(made.id)
    assert after.outcome is Outcome.GRANTED_WITH_PAYER_ITEM
    assert after.decision.sentence == (
        "Opnieuw gedekt vanaf 1-6-2026 (vertrek naar GM0150): was WMO-2026 € 900,00; nu TOE-2026"
        " voor GM0150 € 900,00."
    )
    assert await execute(town, [event], [made.id]) == ()
    await town.assert_sound()


async def test_what_a_municipality_was_asked_to_pay_stays_when_somebody_moves_on(
    town: Town,
) -> None:
    await town.authorise({"TOE": 10_000})
    home = await household(town)
    made = await guidance(town, home)

    async def moves(to: str, day: date) -> tuple[UUID, ...]:
        await register(town, move(home, day=day, to=to))
        event = await one(town, home, EventKind.MOVE)
        assert await execute(town, [event], [made.id]) == (made.id,)
        return await execute(town, [event], [made.id])

    assert await moves("GM0150", BIRTHDAY) == ()
    (advance,) = [each for each in await town.parts(made.id) if each.part.payer]
    await town.do(claiming(advance.id, "GM0150", 121_000))
    assert await moves("GM0363", date(2026, 6, 1)) == ()
    assert await standing(town, made.id) == [
        ("JW-2026", "eigen", FIRST, BIRTHDAY, 132_000),
        ("TOE-2026", "GM0150", BIRTHDAY, END, 121_000),
        ("TOE-2026", "GM0363", date(2026, 6, 1), END, 20_000),
    ]
    assert await stands(town, advance.id) == "geclaimd GM0150 € 1.210,00; vervallen GM0150 € 200,00"
    await town.assert_sound()


async def test_help_without_cover_finds_it_when_there_is_room(town: Town) -> None:
    home = await household(town)
    made = await guidance(town, home, days=(date(2027, 3, 1), date(2027, 3, 31)), cents=30_000)
    assert [each[:2] for each in await standing(town, made.id)] == [("TEKORT-2027", "tekort")]

    async def again() -> tuple[UUID, ...]:
        return await town.do(
            lambda connection, instruction: cover_shortages(
                connection, instruction=instruction, draws=[made.id], booking_date=DAY
            )
        )

    assert await again() == ()
    await town.authorise({"WMO": 1_000}, year=2027)
    await town.fill({"WMO": 1_000}, year=2027)
    assert await again() == (made.id,)
    assert [(each[0], each[1], each[4]) for each in await standing(town, made.id)] == [
        ("WMO-2027", PartStanding.OWN.value, 30_000)
    ]
    assert await again() == ()
    await town.assert_sound()


async def test_what_was_paid_without_cover_gets_it_with_its_costs(town: Town) -> None:
    home = await household(town)
    wanted = draw(home.budget, home.parent, cents=600_000_00, days=(FIRST, END))
    (made,) = await town.draw(wanted)
    short = [each for each in await town.parts(made.id) if each.part.place is Place.SHORTAGE]
    (before,) = [each.spent_cents for each in short]
    await town.fill({"ARM": 1_000})
    changed = await town.do(
        lambda connection, instruction: cover_shortages(
            connection, instruction=instruction, draws=[made.id], booking_date=DAY
        )
    )
    assert changed == (made.id,)
    parts = [each for each in await town.parts(made.id) if each.spent_cents]
    assert sum(each.spent_cents for each in parts) == 600_000_00
    (after,) = [each.spent_cents for each in parts if each.part.place is Place.SHORTAGE]
    assert before - after == 1_000_00
    await town.assert_sound()
