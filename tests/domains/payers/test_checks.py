"""Whoever forges who pays in the end is found."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import checks
from domains.payers.checks import SENTENCES
from tests.domains.payers.support import accepting, advance, claiming, netting
from tests.domains.support import example_town
from tests.support.databases import Database

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

GEMEENTE: Final = "GM1993"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forger:
    """The superuser without triggers; what he does is looked at and undone."""

    engine: AsyncEngine

    async def found_after(self, statement: str) -> Sequence[str]:
        """Change something and name the kinds of what is found."""
        async with self.engine.connect() as connection, connection.begin() as transaction:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            answer = await connection.exec_driver_sql(
                re.sub(r":here", f"gemeente = '{GEMEENTE}'", statement)
            )
            assert answer.rowcount
            found = await checks.check(connection, gemeente=GEMEENTE)
            await transaction.rollback()
        assert all(each.message.startswith(f"Gemeente {GEMEENTE}") for each in found.findings)
        return sorted({each.check for each in found.findings})


@pytest.fixture(scope="module")
async def forger(database: Database, anyio_backend: str) -> AsyncIterator[Forger]:
    app = db.engine_for(database.app_url)
    town = await example_town(app, GEMEENTE)
    for payer in ("ZVW", "SHV"):
        item = await advance(town)
        await town.do(claiming(item, payer))
        await town.do(accepting(item, payer, 540_00))
    await town.assert_sound()
    await town.do(netting())
    await town.assert_sound()
    engine = db.engine_for(database.superuser_url)
    yield Forger(engine=engine)
    await engine.dispose()
    await app.dispose()


COPY: Final = (
    "INSERT INTO domains.payer_move SELECT gemeente, part_id, 99, {states}, payer,"
    " {amount}, at, {actor}, reason, decision_ref, {entries} FROM domains.payer_move"
    " WHERE :here AND number = 2"
)


def copied(
    states: str,
    *,
    amount: str = "amount_cents",
    actor: str = "actor",
    entries: str = "'{}'::uuid[]",
) -> str:
    """Add a step beside the second step of each item, by a form."""
    return COPY.format(states=states, amount=amount, actor=actor, entries=entries)


BY_HAND: Final = {
    "more left a state than came in": (copied("'betwist', 'blijft'"), "betaler-onder-nul"),
    "more waits than was granted": (copied("'', 'open'"), "betaler-boven-dekking"),
    "nobody asked for a step": (
        copied("'geclaimd', 'betwist'", amount="1", actor="'x'"),
        "betaler-zonder-opdracht",
    ),
    "more was accepted than is claimed": (
        copied("'geclaimd', 'aanvaard'", amount="1"),
        "betaler-bedrag",
    ),
    "a claim is higher": (
        (
            "UPDATE ledger.posting AS line SET amount_cents = amount_cents + 1"
            " FROM ledger.account AS account WHERE line.:here AND account.:here"
            " AND account.account_id = line.account_id AND account.code = '1100'"
        ),
        "betaler-bedrag",
    ),
    "one side of a debt is higher": (
        (
            "UPDATE ledger.balance AS held SET balance_cents = balance_cents + 1"
            " FROM ledger.account AS account WHERE held.:here AND account.:here"
            " AND account.account_id = held.account_id AND account.code = '1110'"
        ),
        "middelen-uit-evenwicht",
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
async def test_change_by_hand_is_found(forger: Forger, what: str) -> None:
    statement, kinds = BY_HAND[what]
    assert await forger.found_after(statement) == kinds.split()


def test_every_kind_of_finding_is_made_by_some_situation() -> None:
    made = {kind for _, kinds in BY_HAND.values() for kind in kinds.split()}
    assert made == set(SENTENCES)
