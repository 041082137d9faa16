"""Draws follow the rules of their municipality, and the decision names the version."""

from dataclasses import replace
from datetime import date

from api import db
from domains.draws.model import Place
from domains.eligibility.catalogue import RULE_BASE
from domains.rule_base.queries import rule_base
from tests.domains.rule_base.test_operations import CLOSE_E25, narrow
from tests.domains.support import Town, draw

CHILD = date(2016, 1, 1)


async def test_a_narrowing_cuts_a_draw_on_its_day_and_leaves_what_was_granted(town: Town) -> None:
    budget = await town.open_budget(await town.register(CHILD))
    asked = draw(
        budget,
        await town.person(budget, CHILD),
        cents=610_00,
        kind="kindpakket",
        days=(date(2026, 6, 1), date(2026, 8, 1)),
        facts=(("laag-inkomen", True),),
    )
    (before,) = await town.draw(asked)
    assert {part.rule for part in before.decision.parts} == {"E25"}
    assert before.decision.rule_version == RULE_BASE.version

    await narrow(town, CLOSE_E25)
    (after,) = await town.draw(replace(asked, description="zwemles"))
    parts = [part for part in after.decision.parts if part.place is not Place.SHORTAGE]
    first, *others = parts
    assert (first.from_date, first.rule, first.fund) == (date(2026, 6, 1), "E25", "ARM-2026")
    assert first.amount_cents == 300_00
    assert {(part.from_date, part.rule) for part in others} == {(date(2026, 7, 1), "E35")}
    assert {part.fund for part in others} == {"JW-2026", "SHV-2026", "WMO-2026"}
    async with db.transaction(town.engine, town.gemeente) as connection:
        now = await rule_base(connection, gemeente=town.gemeente)
    assert after.decision.rule_version == now.version != before.decision.rule_version
    await town.assert_sound()


async def test_the_entries_of_a_draw_name_the_version_of_the_rules(town: Town) -> None:
    await narrow(town, CLOSE_E25)
    budget = await town.open_budget(await town.register())
    (granted,) = await town.draw(draw(budget, await town.person(budget), cents=100_00))
    for entry in granted.entries:
        assert (await town.entry(entry)).rule_version == granted.decision.rule_version
