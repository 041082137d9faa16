"""The calendar: which day is a birthday, and which events fall in a period."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.eligibility.rules import age_on, birthday_in
from domains.events.model import AGES, Event, EventKind
from domains.events.queries import events_in
from domains.events.rules import months_later
from domains.events.running import Biography, Change
from ledger.reading import rows
from tests.domains.support import PARENT, Town


async def birthdays(
    town: Town, from_date: date, until_date: date
) -> list[tuple[date, int | None, UUID | None]]:
    """List the birthdays of a period."""
    found = await in_period(town, from_date, until_date)
    return [(each.day, each.age, each.person) for each in found if each.age is not None]


async def in_period(town: Town, from_date: date, until_date: date) -> tuple[Event, ...]:
    """List the events of a period."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await events_in(
            connection, gemeente=town.gemeente, from_date=from_date, until_date=until_date
        )


async def person_born(town: Town, family: UUID, born: date) -> UUID:
    """Give the member of a family with this birth date."""
    found = await town.ask(
        f"SELECT person_id FROM domains.member WHERE family_id = '{family}'"
        f" AND birth_date = '{born}'"
    )
    person: UUID = found[0][0]
    return person


def days_of(years: Iterable[int]) -> list[date]:
    """List every day of some years."""
    return [
        date(year, 1, 1) + timedelta(days=number)
        for year in years
        for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]


@pytest.mark.postgres
async def test_the_database_knows_every_birthday_as_the_rules_know_it(
    engine: AsyncEngine, gemeente: str
) -> None:
    # Four years hold every place of a leap day, and 2079 + 21 is a century without one.
    born = days_of([2004, 2005, 2006, 2007, 2079])
    async with db.transaction(engine, gemeente) as connection:
        for age in AGES:
            found = await rows(
                connection,
                "SELECT born, domains.birthday(born, %s) FROM unnest(%s::date[]) AS born",
                (age, born),
            )
            assert {each[0]: each[1] for each in found} == {
                day: birthday_in(day, day.year + age) for day in born
            }


def test_on_a_birthday_somebody_is_a_year_older_than_the_day_before() -> None:
    for born in days_of([2004, 2007]):
        for age in AGES:
            birthday = birthday_in(born, born.year + age)
            assert age_on(born, birthday) == age
            assert age_on(born, birthday - timedelta(days=1)) == age - 1


# The period is 1 March 2026 up to and including 31 December 2026.
@pytest.mark.parametrize(
    ("born", "day"),
    [
        pytest.param(date(2008, 3, 1), date(2026, 3, 1), id="on the first day"),
        pytest.param(date(2008, 2, 29), date(2026, 3, 1), id="29 February, in a common year"),
        pytest.param(date(2008, 2, 28), None, id="the day before"),
        pytest.param(
            date(2008, 12, 31), date(2026, 12, 31), id="on the last day, also of the year"
        ),
        pytest.param(date(2009, 1, 1), None, id="the day after, first of the year"),
        pytest.param(date(2005, 5, 15), date(2026, 5, 15), id="21"),
        pytest.param(date(2003, 5, 15), date(2026, 5, 15), id="23"),
        pytest.param(date(2007, 5, 15), None, id="19 is no event"),
        pytest.param(date(2010, 5, 15), None, id="16 is no event"),
    ],
)
@pytest.mark.postgres
async def test_a_birthday_falls_in_a_period_or_not(
    town: Town, born: date, day: date | None
) -> None:
    family = await town.register(PARENT, born)
    person = await person_born(town, family, born)
    expected = [] if day is None else [(day, day.year - born.year, person)]
    assert await birthdays(town, date(2026, 3, 1), date(2027, 1, 1)) == expected


@pytest.mark.postgres
async def test_periods_that_follow_each_other_hold_each_birthday_once(town: Town) -> None:
    for born in (date(2008, 2, 29), date(2008, 3, 1), date(2005, 3, 1), date(2003, 2, 28)):
        await town.register(PARENT, born)
    whole = await birthdays(town, date(2026, 2, 27), date(2026, 3, 5))
    apart = [
        each
        for number in range(6)
        for each in await birthdays(
            town,
            date(2026, 2, 27) + timedelta(days=number),
            date(2026, 2, 28) + timedelta(days=number),
        )
    ]
    assert apart == whole
    assert [day for day, _, _ in whole] == [date(2026, 2, 28), *[date(2026, 3, 1)] * 3]


@pytest.mark.postgres
async def test_who_was_registered_after_a_birthday_has_grown_up_elsewhere(town: Town) -> None:
    await town.register(PARENT, date(2008, 1, 1), from_date=date(2026, 1, 2))
    assert await birthdays(town, date(2026, 1, 1), date(2026, 12, 31)) == []


@pytest.mark.postgres
async def test_a_rule_starts_and_ends_on_its_days(town: Town) -> None:
    found = await in_period(town, date(2025, 1, 1), date(2025, 1, 2))
    names = {each.name for each in found if each.kind is EventKind.RULE}
    # Youth help for a disability moved to another taakveld with Iv3 of 2025.
    assert "E04 2 begin" in names
    assert "E04 1 einde" not in names
    assert await in_period(town, date(2025, 1, 2), date(2025, 1, 3)) == ()


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 22), 3, date(2027, 2, 22)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 29), 3, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_whoever_asks_just_after_midnight_knows_what_holds_from_that_day() -> None:
    ended = Change(
        day=date(2026, 6, 1),
        recorded_at=datetime(2026, 5, 1, tzinfo=UTC),
        to_gemeente="",
        fact="ciz-indicatie",
        fact_value=False,
    )
    life = Biography(birth_date=date(1990, 1, 1), changes=(ended,))
    # In the Netherlands it is 1 June from ten at night (UTC) on.
    for asked_at, told in (
        (datetime(2026, 5, 31, 21, 59, tzinfo=UTC), (("ciz-indicatie", False),)),
        (datetime(2026, 5, 31, 22, 0, tzinfo=UTC), ()),
    ):
        assert life.life_on(date(2026, 7, 1), asked_at=asked_at).facts == told
