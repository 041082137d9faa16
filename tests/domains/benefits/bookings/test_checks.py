"""Whoever forges a study, a line, a signature or a settlement is found.

Every situation changes rows of one municipality by hand, with the walls down, looks in that same
database transaction and rolls it back.
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.benefits.bookings.checks import SENTENCES
from tests.domains.benefits.bookings import story
from tests.domains.support import example_town
from tests.support.databases import Database

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

GEMEENTE: Final = "GM1994"


@pytest.fixture(scope="module")
async def superuser(database: Database, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Make a municipality in which the whole story of the worked family was told."""
    app = db.engine_for(database.app_url)
    town = await example_town(app, GEMEENTE)
    await story.told(town)
    await town.assert_sound()
    await app.dispose()
    engine = db.engine_for(database.superuser_url)
    yield engine
    await engine.dispose()


def forged(table: str, change: str, where: str = "true") -> str:
    """Change rows of a table of ours."""
    return f"UPDATE domains.{table} SET {change} WHERE :here AND {where}"


LIVE: Final = "ended_by IS NULL AND state = 'bekrachtigd' AND receiver = 'jeugd'"
ITS_BLOCK: Final = f"block_id = (SELECT block_id FROM domains.benefit_line WHERE :here AND {LIVE})"

# what somebody did -> the kinds of what is found
BY_HAND: Final = {
    "a study by somebody else": (
        forged("benefit_study", "actor = 'ander'"),
        "domeinbaat-zonder-opdracht",
    ),
    "a forecast made later": (
        forged("benefit_estimate", "recorded_at = recorded_at + interval '1 day'"),
        "domeinbaat-zonder-opdracht",
    ),
    "an agreement that nobody asked": (
        forged("benefit_agreement", "version_id = gen_random_uuid()"),
        "domeinbaat-inhoud domeinbaat-zonder-opdracht",
    ),
    "another budget holder": (
        forged("benefit_holder", "subject = 'ander'"),
        "domeinbaat-inhoud",
    ),
    "something else is cashable": (
        forged("benefit_cashable", "recorded_at = recorded_at + interval '1 day'"),
        "domeinbaat-zonder-opdracht",
    ),
    "a settlement made earlier": (
        forged("benefit_settlement", "made_at = made_at - interval '1 day'"),
        "domeinbaat-zonder-opdracht",
    ),
    "a larger share in an agreement": (
        forged("benefit_agreement", 'terms = terms || \'{"deel": "1"}\''),
        "domeinbaat-inhoud",
    ),
    "more is cashable": (
        forged("benefit_cashable", "part = '1'"),
        "domeinbaat-inhoud",
    ),
    "another reason for what is settled": (
        forged("benefit_settlement", "outcome = 'begrensd-door-inzet'"),
        "domeinbaat-inhoud",
    ),
    "realised by somebody else": (
        forged("benefit_realisation", "actor = 'ander'"),
        "domeinbaat-zonder-opdracht",
    ),
    "a better grade": (
        forged("benefit_estimate", "grade = 'A'", "study_id IS NOT NULL"),
        "domeinbaat-afwijkend",
    ),
    "a narrower interval": (
        forged("benefit_estimate", "low_cents = low_cents + 1", "study_id IS NOT NULL"),
        "domeinbaat-afwijkend",
    ),
    "a signed estimate of a low grade": (
        forged("benefit_estimate", "grade = 'C'", "study_id IS NOT NULL"),
        "domeinbaat-afwijkend",
    ),
    "a larger saving of the whole": (
        forged(
            "benefit_estimate",
            "saving_cents = saving_cents + 1, actual_cents = actual_cents - 1",
            "study_id IS NOT NULL",
        ),
        "domeinbaat-afwijkend schatting-blokken",
    ),
    "another worth of one intervention": (
        forged("benefit_block", "worth[2] = worth[2] + 10000", ITS_BLOCK),
        "domeinbaat-afwijkend domeinbaat-bedrag",
    ),
    "another payer": (
        forged("benefit_block", 'paid = \'{"A": {"wmo": 1}, "B": {"wmo": 1}}\'', ITS_BLOCK),
        "domeinbaat-afwijkend domeinbaat-bedrag",
    ),
    "an intervention that nobody paid": (
        forged("benefit_block", "paid = '{}'", ITS_BLOCK),
        "domeinbaat-afwijkend domeinbaat-bedrag",
    ),
    "other keys of families": (
        forged("benefit_block", "keys[1] = keys[1] + 1", ITS_BLOCK),
        "domeinbaat-afwijkend",
    ),
    "a line about another quarter": (
        forged("benefit_line", "period = '2026-01-01'", LIVE),
        "domeinbaat-afwijkend",
    ),
    "a line that stands no more, they say": (
        forged("benefit_line", "ended_by = gen_random_uuid()", LIVE),
        "domeinbaat-afwijkend",
    ),
    "a line that still stands, they say": (
        forged("benefit_line", "ended_by = NULL", "state = 'verwacht'"),
        "domeinbaat-afwijkend",
    ),
    "a line further than it is": (
        forged("benefit_line", "state = 'gemeten'", LIVE),
        "domeinbaat-afwijkend",
    ),
    "an entry without its line": (
        f"DELETE FROM domains.benefit_line WHERE :here AND {LIVE}",
        "domeinbaat-zonder-regel",
    ),
    "a signature that was never given": (
        forged("benefit_signature", "signature_id = gen_random_uuid()"),
        "domeinbaat-inhoud domeinbaat-zonder-opdracht",
    ),
    "no controller signed": (
        "DELETE FROM domains.benefit_signature WHERE :here AND side = 'controller'",
        "domeinbaat-niet-getekend",
    ),
    "one person signed for both": (
        forged("benefit_signature", "actor = 'controller'"),
        "domeinbaat-inhoud domeinbaat-niet-getekend domeinbaat-zonder-opdracht",
    ),
    "another part of a settlement": (
        forged("benefit_settlement_part", "amount_cents = amount_cents + 1"),
        "batenverrekening-delen domeinbaat-bedrag",
    ),
    "more was booked": (
        (
            "UPDATE ledger.posting SET amount_cents = amount_cents + 1 FROM ledger.entry,"
            " ledger.account WHERE posting.gemeente = entry.gemeente"
            " AND posting.chain_number = entry.chain_number"
            " AND posting.position = entry.position AND account.gemeente = entry.gemeente"
            " AND account.account_id = posting.account_id AND entry.:here"
            " AND account.code = '9300' AND entry.reverses IS NULL"
        ),
        "domeinbaat-bedrag",
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
    assert {each.check for each in found.findings} == {*kinds.split()}


def test_every_kind_of_finding_is_made_by_some_situation() -> None:
    assert {kind for _, kinds in BY_HAND.values() for kind in kinds.split()} == set(SENTENCES)
