"""Figures out of real books, as they stood on a date and at a chain number."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.figures import queries
from domains.figures.model import Grouping, Utilisation, Variance
from domains.quantities import read_e4
from ledger import balances
from tests.domains.reservations.support import deliver, delivery, reserved_care, reserved_lines
from tests.domains.support import Town, draw, example_town

pytestmark = pytest.mark.postgres

YEAR_END = date(2026, 12, 31)


async def number_of(town: Town) -> int:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await balances.last_link(connection, gemeente=town.gemeente)


async def used(
    town: Town, grouping: Grouping, *, on: date = YEAR_END, number: int | None = None
) -> Utilisation:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.utilisation(
            connection,
            gemeente=town.gemeente,
            year=2026,
            on=on,
            known_up_to=number or await balances.last_link(connection, gemeente=town.gemeente),
            grouping=grouping,
        )


async def differences(
    town: Town, *, on: date = YEAR_END, number: int | None = None
) -> list[Variance]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await queries.variances(
            connection,
            gemeente=town.gemeente,
            year=2026,
            on=on,
            known_up_to=number or await balances.last_link(connection, gemeente=town.gemeente),
        )
    return list(found)


def told(found: Utilisation) -> dict[str, tuple[int, int, int]]:
    return {
        each.code: (
            each.used.budget_cents // 100,
            each.used.reserved_cents // 100,
            each.used.spent_cents // 100,
        )
        for each in found.rows
    }


async def test_a_town_is_used_up_alike_however_it_is_grouped(
    engine: AsyncEngine, gemeente: str
) -> None:
    town = await example_town(engine, gemeente)
    budget, _ = await reserved_care(town)
    await town.draw(
        draw(budget, await town.person(budget), cents=1_250_00, description="inrichting")
    )
    number = await number_of(town)
    domains = await used(town, Grouping.DOMAIN)
    assert {code: budget for code, (budget, _, _) in told(domains).items()} == {
        "jeugd": 1_000_000,
        "wmo": 400_000,
        "schulden": 200_000,
        "armoede": 300_000,
    }
    funds = await used(town, Grouping.FUND)
    assert told(funds)["WMO-2026"][1] == 1_410, "from the eighteenth birthday on"
    districts = await used(town, Grouping.DISTRICT)
    assert told(districts) == {
        "": (1_580_000, 0, 0),
        town.wijk: (320_000, 2_730, 1_250),
    }
    programmes = await used(town, Grouping.PROGRAMME)
    assert told(programmes) == {"P1": (1_900_000, 2_730, 1_250)}
    totals = {each.total.used for each in (domains, funds, districts, programmes)}
    assert len(totals) == 1
    await town.draw(draw(budget, await town.person(budget), cents=100, description="later"))
    assert await used(town, Grouping.FUND, number=number) == funds
    assert (await used(town, Grouping.FUND, on=date(2026, 1, 1))).rows == ()


async def test_help_without_cover_is_committed_and_has_no_budget(
    engine: AsyncEngine, gemeente: str
) -> None:
    town = await example_town(engine, gemeente)
    budget = await town.open_budget(await town.register())
    await town.draw(draw(budget, await town.person(budget), cents=400_000_00))
    for grouping in Grouping:
        found = await used(town, grouping)
        assert found.total.used.budget_cents == 1_900_000_00
        assert found.total.used.spent_cents == 400_000_00
    assert told(await used(town, Grouping.DOMAIN))["tekort"][0] == 0


async def test_what_was_delivered_is_held_against_what_was_granted_for_those_days(
    engine: AsyncEngine, gemeente: str
) -> None:
    town = await example_town(engine, gemeente)
    found = await reserved_lines(town)
    hours = delivery(
        found.id, None, (date(2026, 6, 1), date(2026, 6, 16)), line=1, volume_e4=read_e4("6")
    )
    (booked,) = await deliver(town, hours)
    number = await number_of(town)
    (half,) = await differences(town, on=date(2026, 6, 15))
    assert half.delivered.planned_volume_e4 == read_e4("5")
    assert (half.price_cents, half.volume_cents, half.total_cents) == (0, 33_33, 33_33)
    (whole,) = await differences(town)
    assert whole.delivered.volume_e4 == read_e4("6")
    assert whole.volume_cents == -133_34
    await town.reverse(booked.entries[0])
    (undone,) = await differences(town)
    assert undone.delivered.volume_e4 == 0
    assert await differences(town, number=number) == [whole]
    assert await differences(town, on=date(2025, 12, 31)) == []
