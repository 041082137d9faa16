"""Whoever forges what one municipality bears for another is found."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.neighbours.checks import SENTENCES
from tests.domains.neighbours.test_settling import help_after_a_move, start, two_towns
from tests.domains.support import Town
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

BY_HAND = {
    "another amount": ("UPDATE {} SET amount_cents = amount_cents + 1", "gemeenten-bedrag"),
    "somebody else": ("UPDATE {} SET actor = 'x'", "gemeenten-zonder-opdracht"),
    "no trace": ("DELETE FROM {}", "boeking-zonder-verrekening"),
}


async def forged(town: Town, superuser: AsyncEngine, change: str) -> set[str]:
    """Change what a municipality bears, look, and take it back."""
    async with superuser.connect() as connection, connection.begin() as attempt:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        statement = change.format("domains.neighbour_cost")
        await connection.exec_driver_sql(f"{statement} WHERE gemeente = '{town.gemeente}'")
        found = await checks.check(connection, gemeente=town.gemeente)
        await attempt.rollback()
    return {each.check for each in found.findings}


async def test_each_change_by_hand_is_found(
    engine: AsyncEngine, new_gemeente: object, database: Database
) -> None:
    assert callable(new_gemeente)
    payer, bearer = await two_towns(engine, new_gemeente, first_pays=True)
    await help_after_a_move(payer, bearer)
    await start(payer, date(2026, 6, 20), seed=2)
    superuser = db.engine_for(database.superuser_url)
    try:
        for change, kind in BY_HAND.values():
            assert await forged(bearer, superuser, change) == {kind}
    finally:
        await superuser.dispose()
    assert {kind for _, kind in BY_HAND.values()} == set(SENTENCES)
