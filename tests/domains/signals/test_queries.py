"""What waits for somebody: it comes by itself when its day is over, and goes when it is done."""

from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.draws.model import Judgement, Verdict
from domains.settings.model import SettingName, Settings
from domains.settings.rules import value_of
from domains.signals.model import Signal
from domains.signals.queries import signals
from ledger.money import show
from tests.domains.payers.support import accepting, advance, claiming, staying
from tests.domains.support import DAY, PARENT, Town, draw, example_town

pytestmark = pytest.mark.postgres


@pytest.fixture
async def town(engine: AsyncEngine, gemeente: str) -> Town:
    return await example_town(engine, gemeente)


async def waiting(town: Town, today: date = DAY) -> tuple[Signal, ...]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await signals(connection, gemeente=town.gemeente, today=today, settings=Settings())


def told(found: tuple[Signal, ...]) -> list[str]:
    return [
        " ".join(
            [each.kind, each.fund, show(each.amount_cents), each.owner, str(each.deadline)]
        ).replace("  ", " ")
        for each in found
    ]


async def test_nothing_waits_in_books_where_all_is_done(town: Town) -> None:
    budget = await town.open_budget(await town.register(PARENT))
    await town.draw(draw(budget, await town.person(budget), cents=100_00))
    assert await waiting(town, DAY + timedelta(days=400)) == ()


async def test_a_shortage_waits_for_the_budget_holder_until_it_is_gone(town: Town) -> None:
    budget = await town.open_budget(await town.register(PARENT))
    (short,) = await town.draw(
        draw(budget, await town.person(budget), cents=400_000_00), role="budgethouder"
    )
    found = await waiting(town)
    assert told(found) == ["tekort-te-dekken TEKORT-2026 € 80.000,00 budgethouder 2026-02-01"]
    assert (found[0].draw, found[0].family_budget, found[0].since) == (short.id, budget, DAY)
    await town.reverse(short.decisions[0].entries[0])
    assert await waiting(town) == ()


async def test_a_request_that_waits_too_long_is_a_signal_and_so_is_what_was_granted_after_it(
    town: Town,
) -> None:
    budget = await town.open_budget(await town.register(PARENT))
    await town.decide(SettingName.MANDATES, value_of(Settings(), SettingName.MANDATES))
    (request,) = await town.draw(
        draw(budget, await town.person(budget), cents=4_000_00), role="wijkteam"
    )
    assert await waiting(town, DAY + timedelta(days=4)) == ()
    late = DAY + timedelta(days=5)
    assert told(await waiting(town, late)) == ["akkoord-te-laat € 4.000,00 teamleider 2026-01-06"]
    await town.escalate(request.id, today=late)
    assert await waiting(town, late) == ()
    await town.escalate(request.id, today=late + timedelta(days=5))
    assert told(await waiting(town, late)) == [
        "toegekend-na-termijn € 4.000,00 budgethouder 2026-01-07"
    ]


async def test_an_approval_in_time_is_no_signal(town: Town) -> None:
    budget = await town.open_budget(await town.register(PARENT))
    await town.decide(SettingName.MANDATES, value_of(Settings(), SettingName.MANDATES))
    (request,) = await town.draw(
        draw(budget, await town.person(budget), cents=4_000_00), role="wijkteam"
    )
    await town.judge(
        Judgement(draw=request.id, verdict=Verdict.APPROVED, reason=None, explanation=""),
        role="teamleider",
    )
    assert await waiting(town, DAY + timedelta(days=100)) == ()


async def test_an_advance_is_a_signal_after_its_term(town: Town) -> None:
    budget = await town.open_budget(await town.register(PARENT))
    (advance,) = await town.draw(
        draw(budget, await town.person(budget), cents=900_00, kind="ggz-behandeling-volwassene")
    )
    assert await waiting(town, DAY + timedelta(days=42)) == ()
    late = DAY + timedelta(days=43)
    assert told(await waiting(town, late)) == [
        "betaler-te-laat WMO-2026 € 900,00 financieel 2026-02-13"
    ]
    await town.reverse(advance.decisions[0].entries[0])
    assert await waiting(town, late) == ()


async def test_an_advance_that_was_accepted_waits_for_nobody(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    await town.do(accepting(item))
    assert await waiting(town, DAY + timedelta(days=400)) == ()


async def test_an_advance_without_cover_is_short_as_soon_as_it_stays(town: Town) -> None:
    item = await advance(town, order=["RES"])
    assert await waiting(town) == ()
    await town.do(staying(item))
    assert told(await waiting(town)) == [
        "tekort-te-dekken TEKORT-2026 € 900,00 budgethouder 2026-02-01"
    ]
