"""Whatever steps people take, in whatever order: nothing is lost, and nobody owes half."""

from random import Random
from uuid import UUID

import pytest

from domains.draws.model import Payment
from domains.payers.model import PayerState
from ledger.refusals import Refusal
from tests.domains.payers.support import (
    Step,
    accepting,
    advance,
    claiming,
    disputing,
    netting,
    read,
    receiving,
    staying,
    writing_off,
)
from tests.domains.support import Town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

PAYERS = ("ZVW", "SHV", "WMO")
STEPS = 40


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_order_of_steps_leaves_sound_books(town: Town, seed: int) -> None:
    chance = Random(seed)
    items = [
        await advance(town),
        await advance(town, cents=777_77, payment=Payment.RESERVATION),
        await advance(town, cents=1_00, order=["SHV"]),
    ]
    held = {item: (await read(town, item)).unsettled_cents for item in items}
    entries: list[UUID] = []
    taken = 0
    for _ in range(STEPS):
        item = chance.choice(items)
        payer = chance.choice(PAYERS)
        cents = chance.choice([None, 1, chance.randint(1, 90_00)])
        steps: list[Step] = [
            claiming(item, payer, cents or 100_00),
            accepting(item, payer, cents),
            disputing(item, payer, cents),
            staying(item, cents),
            receiving(item, payer, cents),
            writing_off(item, chance.choice(tuple(PayerState)), payer, cents),
            netting(),
        ]
        before = await town.number_of_entries()
        try:
            if entries and chance.random() < 0.1:
                await town.reverse(chance.choice(entries))
            else:
                await town.do(chance.choices(steps, [6, 5, 2, 1, 2, 1, 1])[0])
            taken += 1
        except Refusal:
            assert await town.number_of_entries() == before
        entries = [
            row[0]
            for row in await town.ask(
                "SELECT entry_id FROM ledger.entry WHERE starts_with(kind, 'betaler-')"
                " OR kind = 'verrekening' ORDER BY entry_id"
            )
        ]
    for item in items:
        found = await read(town, item)
        assert all(each.amount_cents > 0 for each in found.standings)
        assert sum(each.amount_cents for each in found.standings) == held[item]
    assert taken > STEPS // 4
    await town.assert_sound()
