"""Forged declarations: whatever is changed by hand is found."""

import psycopg
import pytest

from api import db
from domains import checks
from tests.domains.declarations.support import Desk, make_desk, of
from tests.domains.support import Town
from tests.support.messages import credit


@pytest.fixture
async def desk(town: Town) -> Desk:
    made = await make_desk(town)
    line = of(await made.care(number=300201), 1)
    await made.declare(line, of(await made.budgeted(60_00), 2, amount_cents=60_00, volume=3))
    await made.declare(credit(line))
    return made


async def found_in(town: Town) -> set[str]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        report = await checks.check(connection, gemeente=town.gemeente)
    return {each.check for each in report.findings}


FORGED = {
    "UPDATE domains.declared_line SET amount_cents = amount_cents + 1 WHERE NOT is_credit": (
        "prestatie-bedrag"
    ),
    "UPDATE domains.declared_line SET entries = '{}' WHERE NOT is_credit": "prestatie-bedrag",
    "UPDATE domains.message SET actor = 'iemand'": "bericht-zonder-opdracht",
    "UPDATE domains.allocation SET actor = 'iemand'": "bericht-zonder-opdracht",
}


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_forged_declaration_is_found(desk: Desk, superuser_url: str, forgery: str) -> None:
    assert await found_in(desk.town) == set()
    where = " AND " if "WHERE" in forgery else " WHERE "
    with psycopg.connect(superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"{forgery}{where}gemeente = '{desk.town.gemeente}'".encode())
    assert FORGED[forgery] in await found_in(desk.town)
