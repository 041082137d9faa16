"""Whoever forges a setting, a draft or an adoption is found.

Every situation changes rows of one municipality by hand, with the walls down, looks in that same
database transaction and rolls it back.
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.budget_changes.checks import SENTENCES
from domains.settings.model import SettingName
from domains.settings.operations import decide_setting
from tests.domains.budget_changes.test_operations import adopt_now, draft_own
from tests.domains.support import DAY, example_town
from tests.support.databases import Database

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

GEMEENTE: Final = "GM1996"


@pytest.fixture(scope="module")
async def superuser(database: Database, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Make a municipality with a setting, an adopted change and a draft."""
    app = db.engine_for(database.app_url)
    town = await example_town(app, GEMEENTE)
    await town.do(
        lambda connection, instruction: decide_setting(
            connection,
            instruction=instruction,
            name=SettingName.PAYER_DAYS,
            value=60,
            decision="collegebesluit 7",
            valid_from=DAY,
        )
    )
    table = "lasten RES Jéugd 6.751 500\nbaten RES Jeugd 0.10 500"
    await adopt_now(town, await draft_own(town, table))
    await draft_own(town, table)
    await town.assert_sound()
    await app.dispose()
    engine = db.engine_for(database.superuser_url)
    yield engine
    await engine.dispose()


def on_lines(change: str, where: str) -> str:
    """Change the booked lines of the adoption."""
    return (
        f"UPDATE ledger.posting SET {change} FROM ledger.entry, ledger.account"
        " WHERE posting.gemeente = entry.gemeente AND posting.chain_number = entry.chain_number"
        " AND posting.position = entry.position AND account.gemeente = entry.gemeente"
        " AND account.account_id = posting.account_id AND entry.kind = 'begrotingswijziging'"
        f" AND {where} AND entry.:here"
    )


# what somebody did -> the kinds of what is found
BY_HAND: Final = {
    "another value, as if decided later": (
        "UPDATE domains.setting SET recorded_at = recorded_at + interval '1 day' WHERE :here",
        "vastlegging-afwijkend",
    ),
    "a setting that nobody decided": (
        "UPDATE domains.setting SET setting_id = gen_random_uuid() WHERE :here",
        "vastlegging-zonder-opdracht",
    ),
    "a version by somebody else": (
        "UPDATE domains.budget_change SET actor = 'ander' WHERE :here",
        "vastlegging-afwijkend",
    ),
    "an adoption by somebody else": (
        "UPDATE domains.budget_change_adoption SET actor = 'ander' WHERE :here",
        "vastlegging-afwijkend",
    ),
    "the adoption is gone": (
        "DELETE FROM domains.budget_change_adoption WHERE :here",
        "wijziging-boekingen wijziging-bedrag",
    ),
    "an adoption without its entry": (
        "UPDATE domains.budget_change_adoption SET entries = '{}' WHERE :here",
        "wijziging-boekingen",
    ),
    "another decision": (
        "UPDATE domains.budget_change_adoption SET decision = 'anders' WHERE :here",
        "wijziging-afwijkend",
    ),
    "other lasten": (
        "UPDATE domains.budget_change_line SET change_cents = 1 WHERE side = 'lasten' AND :here",
        "wijziging-afwijkend wijziging-bedrag",
    ),
    "other baten": (
        "UPDATE domains.budget_change_line SET change_cents = 1 WHERE side = 'baten' AND :here",
        "wijziging-afwijkend",
    ),
    "structural instead of incidental": (
        "UPDATE domains.budget_change_line SET duration = 'structureel' WHERE :here",
        "wijziging-afwijkend",
    ),
    "more was booked": (
        on_lines("amount_cents = amount_cents + 1", "account.code = '0110'"),
        "wijziging-bedrag",
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
async def test_change_by_hand_is_found(superuser: AsyncEngine, what: str) -> None:
    statement, kinds = BY_HAND[what]
    async with superuser.connect() as connection, connection.begin() as transaction:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        changed = await connection.exec_driver_sql(
            statement.replace(":here", f"gemeente = '{GEMEENTE}'")
        )
        assert changed.rowcount
        found = await checks.check(connection, gemeente=GEMEENTE)
        await transaction.rollback()
    assert {finding.check for finding in found.findings} == {*kinds.split()}
    for finding in found.findings:
        assert finding.message.startswith(f"Gemeente {GEMEENTE}")


def test_every_kind_of_finding_is_made_by_some_situation() -> None:
    assert {kind for _, kinds in BY_HAND.values() for kind in kinds.split()} == set(SENTENCES)
