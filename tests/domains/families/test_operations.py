"""Family budgets: filled in proportion, as far as the money goes, and given back to the cent."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from api import db
from domains import chart
from domains.districts.rules import UnknownDistrict
from domains.families import queries
from domains.families.model import FamilyType
from domains.families.operations import register_family
from domains.families.rules import (
    BornInFuture,
    FamilyTypeFixed,
    NoMembers,
    UnknownFamily,
    UnknownFamilyBudget,
    UnknownFamilyType,
)
from domains.family_budgets.rules import FamilyBudgetExists, OutsideBand
from domains.pooling.rules import NotPositive
from tests.domains.support import DAY, PARENT, STANDARD, YOUNGSTER, Town, draw


# What the district has in euros, what is asked in cents, and what the family gets in cents.
@pytest.mark.parametrize(
    ("district", "asked", "filled"),
    [
        pytest.param(
            {"JW": 200_000, "WMO": 50_000, "SHV": 30_000, "ARM": 40_000},
            18_000_00,
            {"ARM": 2_250_00, "JW": 11_250_00, "SHV": 1_687_50, "WMO": 2_812_50},
            id="in proportion",
        ),
        pytest.param(
            {"JW": 10_000, "WMO": 10_000, "SHV": 10_000},
            10_000_00,
            {"JW": 3_333_34, "SHV": 3_333_33, "WMO": 3_333_33},
            id="the odd cent to the first fund",
        ),
        pytest.param(
            {"JW": 4_000, "WMO": 1_000},
            18_000_00,
            {"JW": 4_000_00, "WMO": 1_000_00},
            id="too little is all there is",
        ),
        pytest.param({}, 18_000_00, {}, id="nothing is an empty budget, never a stop"),
    ],
)
async def test_a_family_budget_is_filled_from_its_district(
    new_town: Town, district: dict[str, int], asked: int, filled: dict[str, int]
) -> None:
    await new_town.add_districts(new_town.wijk)
    await new_town.add_family_types()
    if district:
        await new_town.authorise(district)
        await new_town.fill(district)
    budget = await new_town.budget(await new_town.open_budget(await new_town.register(), asked))
    assert {chart.source_of(fund): cents for fund, cents in budget.rooms} == filled
    assert budget.amount_cents == asked
    assert budget.room_cents == sum(filled.values())
    standings = await new_town.standings()
    for source, euros in district.items():
        fund = standings[f"{source}-2026"]
        assert fund.districts_cents == euros * 100 - filled[source]
    await new_town.assert_sound()


async def test_another_district_and_another_year_give_nothing(town: Town) -> None:
    other = f"{town.wijk[:-2]}02"
    await town.add_districts(other)
    family = await town.register(wijk=other)
    assert (await town.budget(await town.open_budget(family))).rooms == ()
    ours = await town.register()
    assert (await town.budget(await town.open_budget(ours, year=2027))).rooms == ()


@pytest.mark.parametrize(
    ("cents", "reason", "refusal"),
    [
        (4_999_99, "", OutsideBand),
        (30_000_01, " ", OutsideBand),
        (0, "een reden", NotPositive),
        (-1, "een reden", NotPositive),
    ],
)
async def test_a_budget_outside_the_band_needs_a_reason(
    town: Town, cents: int, reason: str, refusal: type[Exception]
) -> None:
    family = await town.register()
    with pytest.raises(refusal):
        await town.open_budget(family, cents, reason=reason)
    assert await town.count("domains.family_budget") == 0


async def test_a_family_has_one_budget_a_year(town: Town) -> None:
    family = await town.register()
    await town.open_budget(family)
    with pytest.raises(FamilyBudgetExists, match="heeft al een gezinsbudget voor 2026"):
        await town.open_budget(family)
    await town.open_budget(family, year=2027)


async def test_families_that_open_at_once_share_what_there_is(new_town: Town) -> None:
    """Whoever comes too late gets less, or nothing, and is never refused."""
    await new_town.authorise({"JW": 40_000, "ARM": 10_000})
    await new_town.add_districts(new_town.wijk)
    await new_town.fill({"JW": 40_000, "ARM": 10_000})
    await new_town.add_family_types()
    families = [await new_town.register() for _ in range(6)]
    budgets = await asyncio.gather(*(new_town.open_budget(family) for family in families))
    rooms = [(await new_town.budget(each)).room_cents for each in budgets]
    assert sorted(rooms) == [0, 0, 0, 14_000_00, 18_000_00, 18_000_00]
    await new_town.assert_sound()


async def test_what_is_not_known_is_refused_by_name(town: Town) -> None:
    number = UUID(int=7)
    with pytest.raises(UnknownFamily, match=f"Gezin {number} is niet bekend"):
        await town.open_budget(number)
    with pytest.raises(UnknownFamilyBudget, match=f"Gezinsbudget {number} is niet bekend"):
        await town.give_back(number)
    with pytest.raises(UnknownDistrict):
        await town.register(wijk=f"{town.wijk[:-2]}99")
    with pytest.raises(BornInFuture):
        await town.register(date(2026, 1, 3))
    with pytest.raises(UnknownFamilyType) as caught:
        await town.do(
            lambda connection, instruction: register_family(
                connection,
                instruction=instruction,
                wijk=town.wijk,
                family_type="groot",
                team="wijkteam noord",
                is_complex=False,
                birth_dates=[PARENT],
                from_date=DAY,
            )
        )
    assert caught.value.message() == "Gezinstype 'groot' bestaat niet. Kies een van: standaard."
    with pytest.raises(NoMembers, match="Een gezin heeft ten minste één lid"):
        await town.do(
            lambda connection, instruction: register_family(
                connection,
                instruction=instruction,
                wijk=town.wijk,
                family_type="standaard",
                team="wijkteam noord",
                is_complex=False,
                birth_dates=[],
                from_date=DAY,
            )
        )
    assert await town.count("domains.family") == 0


async def test_what_is_left_goes_back_to_the_district(town: Town) -> None:
    before = await town.rooms(chart.DISTRICT)
    budget = await town.open_budget(await town.register())
    await town.give_back(budget)
    assert await town.rooms(chart.DISTRICT) == before
    assert (await town.budget(budget)).room_cents == 0
    # Nothing is left to give back, and that is no mistake.
    assert await town.give_back(budget) == (budget,)
    await town.assert_sound()


async def test_after_a_return_help_is_paid_by_the_district(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    await town.give_back(budget)
    (found,) = await town.draw(draw(budget, await town.person(budget), cents=320_00))
    assert {(part.place.value, part.fund): part.amount_cents for part in found.decision.parts} == {
        ("wijk", "ARM-2026"): 40_00,
        ("wijk", "JW-2026"): 200_00,
        ("wijk", "SHV-2026"): 30_00,
        ("wijk", "WMO-2026"): 50_00,
    }


async def test_a_family_is_known_by_pseudonyms(town: Town) -> None:
    born = date(2026, 1, 1)
    family_id = await town.register(PARENT, YOUNGSTER, born, from_date=date(2020, 1, 1))
    async with db.transaction(town.engine, town.gemeente) as connection:
        family = await queries.family(connection, gemeente=town.gemeente, family_id=family_id)
    assert [(member.birth_date, member.from_date) for member in family.members] == [
        (PARENT, date(2020, 1, 1)),
        (YOUNGSTER, date(2020, 1, 1)),
        # From birth on, not earlier.
        (born, born),
    ]
    assert {member.until_date for member in family.members} == {None}
    persons = {member.person for member in family.members}
    assert len(persons | {family_id}) == 4
    # Version 4: an id tells nothing about who, or when.
    assert {each.version for each in persons | {family_id}} == {4}
    # Both registrations are families of their own, whatever the birth dates.
    assert await town.register() != family_id


async def test_a_person_is_in_one_family_at_a_time(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)
    other = await town.register()
    add = (
        "INSERT INTO domains.member"
        " (gemeente, family_id, person_id, birth_date, from_date, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, now())"
    )
    with pytest.raises(IntegrityError, match="ex_member_one_family"):
        async with db.transaction(town.engine, town.gemeente) as connection:
            await connection.exec_driver_sql(
                add, (town.gemeente, other, person, PARENT, date(2026, 6, 1))
            )
    # Before the first family it may have been another.
    async with db.transaction(town.engine, town.gemeente) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO domains.member"
            " (gemeente, family_id, person_id, birth_date, from_date, until_date, recorded_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, now())",
            (town.gemeente, other, person, PARENT, date(2025, 1, 1), DAY),
        )


async def test_a_family_type_changes_from_a_day_on_and_never_before(town: Town) -> None:
    dearer = FamilyType(
        code="standaard", name="Gezin", min_cents=1, norm_cents=20_000_00, max_cents=30_000_00
    )
    # What stands so already may be said again.
    await town.add_family_types(STANDARD, from_date=date(2026, 2, 1))
    assert await town.count("domains.family_type_band") == 1
    with pytest.raises(FamilyTypeFixed, match="vanaf 02-01-2026"):
        await town.add_family_types(dearer)
    with pytest.raises(FamilyTypeFixed):
        await town.add_family_types(dearer, from_date=date(2025, 1, 1))
    await town.add_family_types(dearer, from_date=date(2027, 1, 1))
    norms = {}
    for day in (date(2020, 1, 1), DAY, date(2026, 12, 31), date(2027, 1, 1)):
        async with db.transaction(town.engine, town.gemeente) as connection:
            (found,) = await queries.family_types(connection, gemeente=town.gemeente, on=day)
        norms[day.year, day.month] = found.norm_cents
    assert norms == {
        # Before its first day a type is as it began.
        (2020, 1): 18_000_00,
        (2026, 1): 18_000_00,
        (2026, 12): 18_000_00,
        (2027, 1): 20_000_00,
    }
    # The band of the budget's year counts, also when it is opened before that year.
    family = await town.register()
    assert (await town.budget(await town.open_budget(family))).amount_cents == 18_000_00
    next_year = await town.budget(await town.open_budget(family, year=2027))
    assert next_year.amount_cents == 20_000_00


async def test_no_birth_date_reaches_the_books_or_an_error(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    await town.draw(draw(budget, await town.person(budget), cents=100_00))
    for born in (PARENT, YOUNGSTER):
        assert (
            await town.ask(
                f"SELECT 1 FROM ledger.entry WHERE strpos(entry::text, '{born.isoformat()}') > 0"
            )
            == []
        )
        assert (
            await town.ask(
                "SELECT 1 FROM ledger.account"
                f" WHERE strpos(account::text, '{born.isoformat()}') > 0"
            )
            == []
        )
        assert (
            await town.ask(
                f"SELECT 1 FROM domains.draw WHERE strpos(draw::text, '{born.isoformat()}') > 0"
            )
            == []
        )
