"""Whoever forges an import of observed costs, a severity, an intervention or a plan is found.

Every situation changes rows of one municipality by hand, with the walls down, looks in that same
database transaction and rolls it back.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.analysis_plans.checks import SENTENCES as PLANS
from domains.analysis_plans.operations import withdraw_plan
from domains.costs.checks import SENTENCES as COSTS
from domains.severity.model import Measurement
from domains.severity.operations import record_severities
from tests.domains.benefits.histories import (
    FIRST,
    cost,
    live_here,
    observe,
    plan_for,
    settle_in,
)
from tests.domains.support import Town
from tests.support.databases import Database

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

GEMEENTE: Final = "GM1995"


@pytest.fixture(scope="module")
async def superuser(database: Database, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Make a municipality with observed costs, a severity, and a plan that was withdrawn."""
    app = db.engine_for(database.app_url)
    town = Town(app, GEMEENTE)
    await town.open_year()
    await settle_in(town)
    family, (_, child) = await live_here(town)
    await observe(town, cost(child, 0, 900))
    await town.do(
        lambda connection, instruction: record_severities(
            connection,
            instruction=instruction,
            measurements=[Measurement(family=family, measured_on=FIRST, severity=Decimal("1.5"))],
        )
    )
    plan = await plan_for(town)
    await town.do(
        lambda connection, instruction: withdraw_plan(
            connection, instruction=instruction, plan_id=plan.id, reason="anders bedacht"
        )
    )
    await town.assert_sound()
    await app.dispose()
    engine = db.engine_for(database.superuser_url)
    yield engine
    await engine.dispose()


# what somebody did -> the kinds of what is found
BY_HAND: Final = {
    "an import by somebody else": (
        "UPDATE domains.cost_import SET actor = 'ander' WHERE :here",
        "waarneming-afwijkend",
    ),
    "an import of more": (
        "UPDATE domains.cost_import SET amount_cents = amount_cents + 1 WHERE :here",
        "waarneming-bedrag",
    ),
    "an import is gone": (
        "DELETE FROM domains.cost_import WHERE :here",
        "boeking-zonder-inlezing",
    ),
    "an import that nobody asked": (
        (
            "INSERT INTO domains.cost_import SELECT gemeente, gen_random_uuid(), 'x', 'x', 0, 0,"
            " recorded_at, actor FROM domains.cost_import WHERE :here"
        ),
        "waarneming-zonder-opdracht",
    ),
    "a severity written down later": (
        (
            "UPDATE domains.family_severity SET recorded_at = recorded_at + interval '1 day'"
            " WHERE :here"
        ),
        "waarneming-afwijkend",
    ),
    "an intervention by somebody else": (
        "UPDATE domains.intervention SET actor = 'ander' WHERE code = 'A' AND :here",
        "analyseplan-afwijkend",
    ),
    "a plan as if registered earlier": (
        (
            "UPDATE domains.analysis_plan SET registered_at = registered_at - interval '1 year'"
            " WHERE :here"
        ),
        "analyseplan-afwijkend",
    ),
    "a plan as if more was known": (
        "UPDATE domains.analysis_plan SET registered_after = registered_after + 2 WHERE :here",
        "analyseplan-afwijkend analyseplan-inhoud",
    ),
    "a plan as if less was known": (
        "UPDATE domains.analysis_plan SET registered_after = 0 WHERE :here",
        "analyseplan-inhoud",
    ),
    "a plan that looks elsewhere": (
        "UPDATE domains.analysis_plan SET domains = '{wmo}' WHERE :here",
        "analyseplan-inhoud",
    ),
    "a plan with other months": (
        "UPDATE domains.analysis_plan SET starts_until = '2025-01-01' WHERE :here",
        "analyseplan-inhoud",
    ),
    "an intervention of other help": (
        "UPDATE domains.intervention SET kinds = '{dagbesteding}' WHERE code = 'B' AND :here",
        "analyseplan-inhoud",
    ),
    "a withdrawal that nobody asked": (
        "UPDATE domains.analysis_plan_withdrawal SET withdrawal_id = gen_random_uuid() WHERE :here",
        "analyseplan-zonder-opdracht",
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
    made = {kind for _, kinds in BY_HAND.values() for kind in kinds.split()}
    assert made == {*COSTS, *PLANS}
