"""Whoever forges a delivery or a line of a draw is found."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.reservations.checks import SENTENCES
from tests.domains.reservations.support import deliver, delivery, reserved_lines
from tests.domains.support import Town

pytestmark = pytest.mark.postgres

BY_HAND = {
    "another amount": ("domains.delivery SET amount_cents = 1", "levering-bedrag"),
    "another document": ("domains.delivery SET document = 'x'", "levering-afwijkend"),
    "another actor": ("domains.delivery SET actor = 'x'", "levering-afwijkend"),
    "another moment": (
        "domains.delivery SET recorded_at = recorded_at + interval '1 s'",
        "levering-afwijkend",
    ),
    "an entry is left out": ("domains.delivery SET entries = entries[1:1]", "levering-boekingen"),
    "it never happened": (
        "domains.delivery SET outcome = 'geweigerd', refusal = 'x', entries = '{}'",
        "levering-bedrag levering-boekingen",
    ),
    "another number": (
        "domains.delivery SET delivery_id = overlay(delivery_id::text placing 'f' from 1)::uuid",
        "boeking-zonder-levering levering-bedrag levering-boekingen levering-zonder-opdracht",
    ),
    "another tariff": ("domains.draw_line SET tariff_e4 = tariff_e4 + 1", "regel-afwijkend"),
    "another volume": ("domains.draw_line SET volume_e4 = 1", "regel-afwijkend"),
    "another signal": ("domains.draw_line SET signal = 'x'", "regel-afwijkend"),
    "another decision": ("domains.draw_line SET line = line + 1", "regel-afwijkend"),
}


@pytest.fixture
async def hand(superuser_url: str, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine that no wall stops."""
    made = db.engine_for(superuser_url)
    yield made
    await made.dispose()


async def test_a_forged_delivery_or_line_is_found(town: Town, hand: AsyncEngine) -> None:
    draw = await reserved_lines(town)
    (found,) = await deliver(
        town,
        delivery(
            draw.id,
            None,
            (draw.request.from_date, draw.request.until_date),
            line=1,
            volume_e4=10_000,
            document="F1",
        ),
    )
    assert found.refusal == ""
    await town.assert_sound()
    for what, (change, kinds) in BY_HAND.items():
        async with hand.connect() as connection, connection.begin() as transaction:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            answer = await connection.exec_driver_sql(
                f"UPDATE {change} WHERE gemeente = '{town.gemeente}'"
            )
            assert answer.rowcount == 1, what
            told = await checks.check(connection, gemeente=town.gemeente)
            await transaction.rollback()
        assert {each.check for each in told.findings} == {*kinds.split()}, what


def test_every_kind_of_finding_is_made_by_some_situation() -> None:
    assert {kind for _, kinds in BY_HAND.values() for kind in kinds.split()} == set(SENTENCES)
