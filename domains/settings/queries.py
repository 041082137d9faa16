"""Reading the settings of a municipality, as they hold on a day."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.settings.model import SettingName, Settings, SettingVersion
from domains.settings.rules import settings_of
from ledger.reading import rows


async def settings_on(connection: AsyncConnection, *, gemeente: str, day: date) -> Settings:
    """Give every setting as it holds on a day, in one statement.

    Whoever reads more in one statement calls ``domains.settings_on`` there, and gives what it
    answers to :func:`domains.settings.rules.settings_of`.
    """
    ((values,),) = await rows(connection, "SELECT domains.settings_on(%s, %s)", (gemeente, day))
    return settings_of(values)


async def settings_known(
    connection: AsyncConnection, *, gemeente: str, day: date, known_up_to: int
) -> Settings:
    """Give every setting as it holds on a day, by what was decided at a chain number."""
    ((values,),) = await rows(
        connection,
        "SELECT coalesce(jsonb_object_agg(holds.name, holds.value), '{}') FROM ("
        " SELECT DISTINCT ON (setting.name) setting.name, setting.value FROM domains.setting"
        " WHERE setting.gemeente = %(gemeente)s AND setting.valid_from <= %(day)s"
        " AND domains.is_known(%(gemeente)s, setting.setting_id, setting.recorded_at,"
        "  %(known_up_to)s)"
        " ORDER BY setting.name, setting.number DESC) AS holds",
        {"gemeente": gemeente, "day": day, "known_up_to": known_up_to},
    )
    return settings_of(values)


async def setting_versions(
    connection: AsyncConnection, *, gemeente: str
) -> tuple[SettingVersion, ...]:
    """List every value that was ever decided, by name and number."""
    found = await rows(
        connection,
        "SELECT setting_id, name, number, value, decision, valid_from, recorded_at, actor"
        " FROM domains.setting WHERE gemeente = %s ORDER BY name, number",
        (gemeente,),
    )
    return tuple(
        SettingVersion(
            id=row.setting_id,
            name=SettingName(row.name),
            number=row.number,
            value=row.value,
            decision=row.decision,
            valid_from=row.valid_from,
            recorded_at=row.recorded_at,
            actor=row.actor,
        )
        for row in found
    )
