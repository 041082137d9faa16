"""Whoever forges what one municipality bears for another is found."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.neighbours.checks import SENTENCES
from tests.domains.neighbours.test_settling import help_after_a_move, pay, start, two_towns
from tests.domains.support import Town
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

COST, PAYMENT = "domains.neighbour_cost", "domains.neighbour_payment"
BY_HAND = {
    "another amount": (
        f"UPDATE {COST} SET amount_cents = amount_cents + 1",
        {"gemeenten-bedrag", "gemeenten-betaald"},
    ),
    "somebody else": (f"UPDATE {COST} SET actor = 'x'", {"gemeenten-zonder-opdracht"}),
    "no trace": (f"DELETE FROM {COST}", {"boeking-zonder-verrekening"}),
    "another paid": (f"UPDATE {PAYMENT} SET actor = 'x'", {"gemeenten-zonder-opdracht"}),
    "no trace of a payment": (f"DELETE FROM {PAYMENT}", {"boeking-zonder-verrekening"}),
}


async def forged(town: Town, superuser: AsyncEngine, change: str) -> set[str]:
    """Change what a municipality bears, look, and take it back."""
    async with superuser.connect() as connection, connection.begin() as attempt:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql(f"{change} WHERE gemeente = '{town.gemeente}'")
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
    await pay(bearer, payer, date(2026, 6, 25))
    superuser = db.engine_for(database.superuser_url)
    try:
        for change, kinds in BY_HAND.values():
            assert await forged(bearer, superuser, change) == kinds
    finally:
        await superuser.dispose()
    assert {kind for _, kinds in BY_HAND.values() for kind in kinds} == set(SENTENCES)
