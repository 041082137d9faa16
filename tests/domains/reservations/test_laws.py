"""Whatever is delivered, released, raised and stopped, in whatever order: nothing is lost."""

import random
from datetime import date, timedelta

import pytest

from domains.draws.model import Outcome
from ledger.refusals import Refusal
from tests.domains.reservations.support import (
    APRIL_TO_JUNE,
    assert_nothing_lost,
    deliver,
    delivery,
    raise_,
    release,
    reserved_care,
    stop,
    totals,
)
from tests.domains.support import Town

pytestmark = pytest.mark.postgres

STEPS = 12


@pytest.mark.parametrize("seed", range(4))
async def test_granted_is_delivered_and_released_and_reserved_at_every_moment(
    town: Town, seed: int
) -> None:
    chosen = random.Random(seed)
    _, care = await reserved_care(town)
    for step in range(STEPS):
        days = some_days(chosen)
        cents = chosen.randint(1, 80_000)
        turn = chosen.random() if step < STEPS - 1 else 1
        try:
            if turn < 0.6:
                asked = [delivery(care.id, cents, days), delivery(care.id, cents // 2 + 1, days)]
                for found in await deliver(town, *asked[: chosen.randint(1, 2)]):
                    if found.entries and chosen.random() < 0.2:
                        await town.reverse(found.entries[0])
            elif turn < 0.75:
                await release(town, care.id, cents)
            elif turn < 0.95:
                await raise_(town, care.id, cents, days)
            else:
                await stop(town, care.id, days[0])
        except Refusal:
            pass
        await assert_nothing_lost(town, care.id)
        assert min((await totals(town, care.id)).values()) >= 0
    (standing,) = await town.draws(care.id)
    assert standing.outcome in {Outcome.GRANTED, Outcome.STOPPED}
    await town.assert_sound()


def some_days(chosen: random.Random) -> tuple[date, date]:
    """Choose days in or just after the help."""
    first = APRIL_TO_JUNE[0] + timedelta(chosen.randint(0, 85))
    return first, first + timedelta(chosen.randint(1, 40))
