"""Members join and leave, one professional leads, families move, youngsters get their big five."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from api import db
from domains.districts.rules import UnknownDistrict
from domains.families import queries
from domains.families.model import BigFiveAnswer, BigFivePart, BigFiveState
from domains.families.rules import (
    BornInFuture,
    DayInFuture,
    NotAfter,
    NotPresent,
    NoYoungster,
    PersonElsewhere,
    ReasonMissing,
    UnknownFamily,
    UnknownPerson,
    not_arranged,
)
from ledger.refusals import Refusal
from tests.domains.families import acts
from tests.domains.support import DAY, PARENT, YOUNGSTER, Town, draw

LONG_AGO = date(2025, 6, 1)
EARLIER = date(2025, 12, 1)


async def test_somebody_joins_from_birth_and_leaves_under_one_pseudonym(town: Town) -> None:
    family = await town.register(from_date=LONG_AGO)
    baby = await acts.add(town, family, date(2025, 12, 24), from_date=EARLIER)
    found = await acts.family(town, family)
    (stay,) = [member for member in found.members if member.person == baby]
    assert (stay.from_date, stay.until_date) == (date(2025, 12, 24), None)
    await acts.leave(town, family, baby, from_date=DAY)
    other = await town.register()
    await acts.take_in(town, other, baby, from_date=DAY)
    assert baby not in {member.person for member in (await acts.family(town, family)).present}
    (stay,) = [each for each in (await acts.family(town, other)).present if each.person == baby]
    assert (stay.birth_date, stay.from_date) == (date(2025, 12, 24), DAY)


async def test_nobody_is_in_two_families(town: Town) -> None:
    family, other = await town.register(from_date=LONG_AGO), await town.register()
    person = (await acts.family(town, family)).members[0].person
    with pytest.raises(PersonElsewhere, match="hoort nog bij een gezin"):
        await acts.take_in(town, other, person)
    await acts.leave(town, family, person, from_date=DAY)
    with pytest.raises(PersonElsewhere):
        await acts.take_in(town, other, person, from_date=EARLIER)
    # Two families that take him in at one moment: one does.
    third = await town.register()
    answers = await asyncio.gather(
        acts.take_in(town, other, person),
        acts.take_in(town, third, person),
        return_exceptions=True,
    )
    assert [type(each) for each in answers if each is not None] == [PersonElsewhere]


@pytest.mark.parametrize(
    ("person", "day", "refusal"),
    [
        (None, DAY, NotPresent),
        (0, LONG_AGO, NotAfter),
        (0, DAY + timedelta(days=1), DayInFuture),
    ],
)
async def test_who_can_not_leave(
    town: Town, person: int | None, day: date, refusal: type[Refusal]
) -> None:
    family = await town.register(from_date=LONG_AGO)
    members = (await acts.family(town, family)).members
    with pytest.raises(refusal):
        await acts.leave(
            town, family, UUID(int=7) if person is None else members[person].person, from_date=day
        )


async def test_what_can_not_be_added(town: Town) -> None:
    family = await town.register()
    with pytest.raises(UnknownPerson):
        await acts.take_in(town, family, UUID(int=7))
    with pytest.raises(UnknownFamily):
        await acts.add(town, UUID(int=7), PARENT)
    with pytest.raises(BornInFuture):
        await acts.add(town, family, date(1800, 1, 1))
    with pytest.raises(DayInFuture):
        await acts.add(town, family, PARENT, from_date=date(2026, 1, 3))
    assert len((await acts.family(town, family)).members) == 2


async def test_one_professional_leads_at_a_time(town: Town) -> None:
    family = await town.register(from_date=LONG_AGO)
    assert (await acts.family(town, family)).lead is None
    await acts.hand_over(town, family, "m.jansen", LONG_AGO)
    await acts.hand_over(town, family, "s.de-boer", EARLIER, team="wijkteam zuid")
    found = await acts.family(town, family)
    assert [(each.professional, each.from_date, each.until_date) for each in found.leads] == [
        ("m.jansen", LONG_AGO, EARLIER),
        ("s.de-boer", EARLIER, None),
    ]
    # Whoever leads brings the team that sees the family.
    assert found.team == "wijkteam zuid"
    for day, refusal in (
        (EARLIER, NotAfter),
        (LONG_AGO, NotAfter),
        (date(2026, 1, 3), DayInFuture),
    ):
        with pytest.raises(refusal):
            await acts.hand_over(town, family, "a.yilmaz", day)


async def test_two_handovers_at_once_are_one(town: Town) -> None:
    family = await town.register(from_date=LONG_AGO)
    await acts.hand_over(town, family, "m.jansen", EARLIER)
    names = [f"collega-{number}" for number in range(6)]
    answers = await asyncio.gather(
        *(acts.hand_over(town, family, name) for name in names), return_exceptions=True
    )
    assert [type(each) for each in answers if each is not None] == [NotAfter] * 5
    found = await acts.family(town, family)
    assert [each.until_date for each in found.leads] == [DAY, None]


LEAD = (
    "INSERT INTO domains.lead_professional"
    " (gemeente, family_id, from_date, until_date, professional, team, recorded_at, actor)"
    " VALUES (%s, %s, %s, %s, 'x', 'y', now(), 'z')"
)


@pytest.mark.parametrize(
    ("from_date", "until_date"),
    [(date(2026, 6, 1), None), (LONG_AGO, None), (LONG_AGO, date(2025, 12, 2))],
)
async def test_the_database_forbids_two_who_lead(
    town: Town, from_date: date, until_date: date | None
) -> None:
    family = await town.register(from_date=LONG_AGO)
    await acts.hand_over(town, family, "m.jansen", EARLIER)
    with pytest.raises(IntegrityError, match="ex_lead_professional_one_at_a_time"):
        async with db.transaction(town.engine, town.gemeente) as connection:
            await connection.exec_driver_sql(LEAD, (town.gemeente, family, from_date, until_date))


@pytest.mark.parametrize("table", ["member", "lead_professional"])
async def test_an_end_stands_once_it_is_filled_in(town: Town, table: str) -> None:
    family = await town.register(from_date=LONG_AGO)
    await acts.hand_over(town, family, "m.jansen", LONG_AGO)
    change = f"UPDATE domains.{table} SET until_date = "
    async with db.transaction(town.engine, town.gemeente) as connection:
        await connection.exec_driver_sql(f"{change}'2026-01-02'")
    for end in ("'2026-01-03'", "NULL"):
        with pytest.raises(IntegrityError, match="end_stands"):
            async with db.transaction(town.engine, town.gemeente) as connection:
                await connection.exec_driver_sql(change + end)
    for statement in (
        f"DELETE FROM domains.{table}",
        f"UPDATE domains.{table} SET from_date = '2024-01-01'",
    ):
        with pytest.raises(DBAPIError):
            async with db.transaction(town.engine, town.gemeente) as connection:
                await connection.exec_driver_sql(statement)


async def test_a_family_lives_in_two_districts_one_after_the_other(town: Town) -> None:
    north, south = town.wijk, f"{town.wijk[:-2]}02"
    await town.add_districts(south)
    await town.authorise({"ARM": 500})
    await town.fill({"ARM": 500}, wijk=south)
    family = await town.register(from_date=LONG_AGO)
    budget = await town.open_budget(family)
    before = await town.rooms()
    await acts.move(town, family, south, date(2026, 7, 1))
    found = await acts.family(town, family)
    assert [
        found.district_on(day)
        for day in (date(2020, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1))
    ] == [north, north, south, south]
    # The money of the family goes along; that of the districts stays.
    assert (await town.budget(budget)).room_cents == 18_000_00
    assert await town.rooms() == before
    with pytest.raises(NotAfter):
        await acts.move(town, family, north, date(2026, 7, 1))
    with pytest.raises(UnknownDistrict):
        await acts.move(town, family, f"{town.wijk[:-2]}99", date(2026, 8, 1))
    await town.draw(draw(budget, await town.person(budget), cents=100_00))
    await town.assert_sound()


def part(which: BigFivePart, state: BigFiveState, reason: str = "") -> BigFiveAnswer:
    """Say how far one of the big five is."""
    return BigFiveAnswer(part=which, state=state, reason=reason)


async def lacking(town: Town, family: UUID) -> list[str]:
    """List what is not arranged for the youngsters of a family."""
    found = await acts.family(town, family)
    async with db.transaction(town.engine, town.gemeente) as connection:
        answers = await queries.big_five(
            connection,
            gemeente=town.gemeente,
            persons=[member.person for member in found.members],
        )
    return [str(each) for _, each in not_arranged(found, answers, today=DAY)]


async def test_the_last_word_on_each_of_the_big_five_counts(town: Town) -> None:
    family = await town.register()
    youngster = next(
        member.person
        for member in (await acts.family(town, family)).members
        if member.birth_date == YOUNGSTER
    )
    assert await lacking(town, family) == ["steun", "wonen", "school-en-werk", "inkomen", "welzijn"]
    await acts.big_five(
        town,
        family,
        youngster,
        [
            part(BigFivePart.HOME, BigFiveState.ARRANGED),
            part(BigFivePart.INCOME, BigFiveState.NOT_APPLICABLE, "zit op school"),
            part(BigFivePart.SUPPORT, BigFiveState.NOT_ARRANGED),
        ],
    )
    assert await lacking(town, family) == ["steun", "school-en-werk", "welzijn"]
    await acts.big_five(town, family, youngster)
    assert await lacking(town, family) == []
    await acts.big_five(
        town, family, youngster, [part(BigFivePart.HOME, BigFiveState.NOT_ARRANGED)]
    )
    assert await lacking(town, family) == ["wonen"]
    # What is recorded goes along with the youngster.
    await acts.big_five(town, family, youngster)
    assert await town.count("domains.big_five") == 3 + 5 + 1 + 5


async def test_the_big_five_are_for_youngsters_of_the_family(town: Town) -> None:
    family, other = await town.register(), await town.register()
    parent, youngster = (member.person for member in (await acts.family(town, family)).members)
    with pytest.raises(NoYoungster, match="geen jongere van 16 tot en met 23 jaar"):
        await acts.big_five(town, family, parent)
    with pytest.raises(NotPresent):
        await acts.big_five(town, other, youngster)
    with pytest.raises(ReasonMissing, match="'inkomen'"):
        await acts.big_five(
            town,
            family,
            youngster,
            [part(BigFivePart.INCOME, BigFiveState.NOT_APPLICABLE, " ")],
        )
    assert await town.count("domains.big_five") == 0
