"""A municipality changes its rules by a decision, and every version stays."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.eligibility.catalogue import RULE_BASE
from domains.eligibility.model import Rule, RuleBase, RuleOutcome
from domains.rule_base import queries
from domains.rule_base.model import Narrowing, RuleVersion
from domains.rule_base.operations import add_rule, narrow_rule
from domains.rule_base.queries import (
    held_rule_base,
    rule_base,
    rule_base_of_version,
    rule_versions,
)
from domains.rule_base.rules import RuleIsLaw
from ledger.books import KeyReused
from tests.domains.rule_base.test_rules import own_rule
from tests.domains.support import Town

KINDPAKKET = ("L01", "SHV", "kindpakket", "0-18", "-", "ja", "RAAD", "2026-01-01")


async def base_in(engine: AsyncEngine, gemeente: str) -> RuleBase:
    async with db.transaction(engine, gemeente) as connection:
        return await rule_base(connection, gemeente=gemeente)


async def versions_in(engine: AsyncEngine, gemeente: str) -> tuple[RuleVersion, ...]:
    async with db.transaction(engine, gemeente) as connection:
        found = await rule_versions(connection, gemeente=gemeente)
    return tuple(each for each in found if each.gemeente)


async def add(town: Town, rule: Rule, key: str | None = None) -> tuple[UUID, ...]:
    return await town.do(
        lambda connection, instruction: add_rule(
            connection, instruction=instruction, rule=rule, decision="raadsbesluit 12"
        ),
        key,
    )


async def narrow(town: Town, asked: Narrowing, key: str | None = None) -> tuple[UUID, ...]:
    return await town.do(
        lambda connection, instruction: narrow_rule(
            connection, instruction=instruction, narrowing=asked, decision="raadsbesluit 13"
        ),
        key,
    )


CLOSE_E25 = Narrowing(
    rule_id="E25", from_date=date(2026, 7, 1), outcome=RuleOutcome.NIET, explanation="Vervallen."
)


async def test_without_own_rules_the_table_says_what_the_program_ships(
    engine: AsyncEngine, gemeente: str
) -> None:
    assert await base_in(engine, gemeente) == RULE_BASE


async def test_an_added_rule_holds_with_its_decision(new_town: Town) -> None:
    before = await base_in(new_town.engine, new_town.gemeente)
    rule = replace(own_rule(KINDPAKKET), legal_basis=" ")
    (version_id,) = await add(new_town, rule)
    (stored,) = await versions_in(new_town.engine, new_town.gemeente)
    assert (stored.id, stored.number, stored.decision) == (version_id, 1, "raadsbesluit 12")
    assert stored.rule == replace(rule, legal_basis="raadsbesluit 12")
    assert stored.actor == "medewerker"
    after = await base_in(new_town.engine, new_town.gemeente)
    assert set(after.rules) - set(before.rules) == {stored.rule}
    assert after.version != before.version


async def test_the_same_number_again_is_a_later_version_and_the_old_one_stays(
    new_town: Town,
) -> None:
    await add(new_town, own_rule(KINDPAKKET))
    later = (*KINDPAKKET[:3], "0-12", *KINDPAKKET[4:7], "2027-01-01")
    await add(new_town, own_rule(later))
    stored = await versions_in(new_town.engine, new_town.gemeente)
    assert [(each.number, each.rule.age_until) for each in stored] == [(1, 18), (2, 12)]
    base = await base_in(new_town.engine, new_town.gemeente)
    own = [rule for rule in base.rules if rule.rule_id == "L01"]
    assert [(rule.age_until, rule.valid_until) for rule in own] == [
        (18, date(2027, 1, 1)),
        (12, None),
    ]


async def test_a_narrowing_takes_over_from_its_day(new_town: Town) -> None:
    await narrow(new_town, CLOSE_E25)
    base = await base_in(new_town.engine, new_town.gemeente)
    found = [rule for rule in base.rules if rule.rule_id == "E25"]
    assert [(rule.outcome.value, rule.valid_until, rule.explanation[:10]) for rule in found] == [
        ("TOEGESTAAN", date(2026, 7, 1), "Sport, sch"),
        ("NIET", None, "Vervallen."),
    ]


async def test_the_law_is_refused_and_nothing_is_written(new_town: Town) -> None:
    with pytest.raises(RuleIsLaw, match="regel-is-wet"):
        await narrow(new_town, replace(CLOSE_E25, rule_id="E01"))
    assert await versions_in(new_town.engine, new_town.gemeente) == ()


async def test_another_municipality_keeps_the_common_rules(
    new_town: Town, new_gemeente: Callable[[], str]
) -> None:
    await narrow(new_town, CLOSE_E25)
    assert await base_in(new_town.engine, new_gemeente()) == RULE_BASE


async def test_asking_twice_changes_a_rule_once(new_town: Town) -> None:
    asked: tuple[Callable[[str], Awaitable[tuple[UUID, ...]]], ...] = (
        lambda key: add(new_town, own_rule(KINDPAKKET), key),
        lambda key: narrow(new_town, CLOSE_E25, key),
    )
    for number, ask in enumerate(asked):
        first = await ask(f"sleutel {number}")
        assert await ask(f"sleutel {number}") == first
    stored = await versions_in(new_town.engine, new_town.gemeente)
    assert [(each.rule.rule_id, each.number) for each in stored] == [("E25", 1), ("L01", 1)]
    with pytest.raises(KeyReused):
        await new_town.do(
            lambda connection, instruction: narrow_rule(
                connection, instruction=instruction, narrowing=CLOSE_E25, decision="ander besluit"
            ),
            "sleutel 1",
            content="anders",
        )


async def test_the_rules_of_an_older_decision_can_be_read_again(new_town: Town) -> None:
    async def named(version: str) -> RuleBase | None:
        async with db.transaction(new_town.engine, new_town.gemeente) as connection:
            return await rule_base_of_version(
                connection, gemeente=new_town.gemeente, version=version
            )

    assert await named(RULE_BASE.version) == RULE_BASE
    await narrow(new_town, CLOSE_E25)
    narrower = await base_in(new_town.engine, new_town.gemeente)
    assert await named(narrower.version) == narrower
    assert await named(RULE_BASE.version) == RULE_BASE
    assert await named("rechtsregels-0000000000000000") is None


async def test_rules_do_not_change_while_somebody_decides_by_them(new_town: Town) -> None:
    gemeente = new_town.gemeente
    async with db.transaction(new_town.engine, gemeente) as deciding:
        before = await held_rule_base(deciding, gemeente=gemeente)
        async with db.transaction(new_town.engine, gemeente) as other:
            assert await held_rule_base(other, gemeente=gemeente) == before
        changing = asyncio.create_task(narrow(new_town, CLOSE_E25))
        await asyncio.wait({changing}, timeout=0.3)
        assert not changing.done()
    await changing
    assert await base_in(new_town.engine, gemeente) != before


async def test_what_was_read_is_kept_for_a_limited_number_of_contents(
    new_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MOST_KEPT", 1)
    monkeypatch.setattr(queries, "_KEPT", {})
    before = await base_in(new_town.engine, new_town.gemeente)
    await narrow(new_town, CLOSE_E25)
    assert await base_in(new_town.engine, new_town.gemeente) != before
    assert len(queries._KEPT) == 1
