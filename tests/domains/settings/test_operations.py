"""Deciding a setting: from its first day on, never back, and never changed afterwards."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.settings.model import SettingName, Settings
from domains.settings.operations import decide_setting
from domains.settings.queries import setting_versions, settings_on
from domains.settings.rules import InvalidSetting, SettingWorksBack
from tests.domains.support import DAY, Town

pytestmark = pytest.mark.postgres

MARCH = date(2026, 3, 1)
JUNE = date(2026, 6, 1)


@pytest.fixture
def town(engine: AsyncEngine, gemeente: str) -> Town:
    return Town(engine, gemeente)


async def decide(
    town: Town, value: Any, *, valid_from: date = DAY, name: str = "betalertermijn"
) -> None:
    await town.do(
        lambda connection, instruction: decide_setting(
            connection,
            instruction=instruction,
            name=SettingName(name),
            value=value,
            decision=" collegebesluit 7 ",
            valid_from=valid_from,
        )
    )


async def holds(town: Town, day: date) -> Settings:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await settings_on(connection, gemeente=town.gemeente, day=day)


async def test_nothing_decided_is_what_the_program_ships(town: Town) -> None:
    assert await holds(town, DAY) == Settings()


async def test_a_later_version_takes_over_from_its_first_day(town: Town) -> None:
    await decide(town, 60, valid_from=MARCH)
    await decide(town, 90, valid_from=JUNE)
    await decide(town, 30, valid_from=MARCH + timedelta(days=9))
    # day -> days in which a payer has to be found
    days = {
        DAY: 42,
        MARCH: 60,
        MARCH + timedelta(days=8): 60,
        MARCH + timedelta(days=9): 30,
        JUNE: 30,
    }
    assert {day: (await holds(town, day)).payer_days for day in days} == days
    async with db.transaction(town.engine, town.gemeente) as connection:
        versions = await setting_versions(connection, gemeente=town.gemeente)
    assert [(each.number, each.value) for each in versions] == [(1, 60), (2, 90), (3, 30)]
    assert {each.decision for each in versions} == {"collegebesluit 7"}


async def test_settings_do_not_touch_each_other(town: Town) -> None:
    await decide(town, ["WMO"], name="voorfinanciering")
    await decide(town, 7, name="akkoordtermijn")
    found = await holds(town, DAY)
    assert (found.advance_order, found.approval_days) == (("WMO",), 7)
    assert found.mandates == Settings().mandates


async def test_a_setting_never_works_back_and_never_has_nonsense(town: Town) -> None:
    with pytest.raises(SettingWorksBack):
        await decide(town, 60, valid_from=DAY - timedelta(days=1))
    with pytest.raises(InvalidSetting):
        await decide(town, 0)
    assert await town.count("domains.setting") == 0


async def test_the_same_request_decides_once(town: Town) -> None:
    made = [
        await town.do(
            lambda connection, instruction: decide_setting(
                connection,
                instruction=instruction,
                name=SettingName.PAYER_DAYS,
                value=60,
                decision="collegebesluit 7",
                valid_from=DAY,
            ),
            "sleutel",
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert await town.count("domains.setting") == 1
    await town.assert_sound()


async def test_what_was_decided_is_never_changed(town: Town) -> None:
    await decide(town, 60)
    for statement in (
        "UPDATE domains.setting SET value = '1'",
        "DELETE FROM domains.setting",
        (
            "INSERT INTO domains.setting SELECT 'GM0001', name, number, setting_id, value,"
            " decision, valid_from, recorded_at, actor FROM domains.setting"
        ),
    ):
        with pytest.raises(DBAPIError):
            await town.ask(statement)
