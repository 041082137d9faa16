"""Deciding another value for a setting."""

import json
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.settings.model import SettingName, Value
from domains.settings.rules import check_start, checked_value


async def decide_setting(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    name: SettingName,
    value: Value,
    decision: str,
    valid_from: date,
) -> tuple[UUID, ...]:
    """Let a setting have a value from a day on, by a decision; gives the id of this version.

    What was decided before by an older value stays as it was decided.

    :raises domains.settings.rules.InvalidSetting: the setting can not have this value.
    :raises domains.settings.rules.SettingWorksBack: it would hold for days that are over.
    """
    await refuse_repetition(connection, instruction=instruction)
    kept = checked_value(name, value)
    check_start(name, valid_from=valid_from, today=instruction.today)
    await take_turns(connection, of=[f"instellingen {instruction.gemeente}"])
    setting_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.setting (gemeente, name, number, setting_id, value, decision,"
        " valid_from, recorded_at, actor)"
        " SELECT %(gemeente)s, %(name)s, coalesce(max(number), 0) + 1, %(setting_id)s,"
        " %(value)s::jsonb, %(decision)s, %(valid_from)s, %(recorded_at)s, %(actor)s"
        " FROM domains.setting WHERE gemeente = %(gemeente)s AND name = %(name)s",
        {
            "gemeente": instruction.gemeente,
            "name": name.value,
            "setting_id": setting_id,
            "value": json.dumps(kept),
            "decision": decision.strip(),
            "valid_from": valid_from,
            "recorded_at": instruction.at,
            "actor": instruction.actor.subject,
        },
    )
    await record(connection, instruction=instruction, results=[setting_id])
    return (setting_id,)
