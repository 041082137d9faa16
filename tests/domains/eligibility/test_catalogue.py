"""The shipped rules and kinds of help are complete and point at things that exist."""

from collections import Counter
from datetime import date

import pytest

from domains.budgets.taakvelden import in_year
from domains.eligibility.catalogue import KINDS, RULE_BASE
from domains.eligibility.model import HelpKind, Nature, Reach, Rule, RuleOutcome
from domains.sources import SOURCES
from domains.sources.model import Hardness

RULES = RULE_BASE.rules
BY_CODE = {kind.code: kind for kind in KINDS}
FIRST_DAY = {Reach.POOL: date(2015, 1, 1), Reach.SHORTAGE: date(1900, 1, 1)}


def test_the_rules_of_the_first_version_are_there_once() -> None:
    asked = "E01 E02 E03 E04 E05 E12 E13 E14 E15 E16 E19 E21 E22 E23 E24 E25 E27 E30 E33 E35 E41"
    assert [rule.rule_id for rule in RULES] == asked.split()


def test_the_version_names_the_content() -> None:
    name, _, content = RULE_BASE.version.partition("-")
    assert name == "rechtsregels"
    assert len(content) == 16


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_a_rule_points_at_sources_and_kinds_that_exist(rule: Rule) -> None:
    assert set(rule.sources) <= {source.code for source in SOURCES}
    assert set(rule.kinds) <= set(BY_CODE)
    assert bool(rule.kinds) is (rule.reach is Reach.KIND)
    assert rule.legal_basis
    assert rule.explanation.endswith(".")
    assert rule.age_until is None or rule.age_from < rule.age_until
    assert rule.valid_until is None or rule.valid_from < rule.valid_until


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_only_an_outside_source_pays_from_outside(rule: Rule) -> None:
    external = {source.code for source in SOURCES if source.external}
    assert (rule.outcome is RuleOutcome.EXTERN) is bool(external & set(rule.sources))


@pytest.mark.parametrize(
    "nature",
    [kind.nature for kind in KINDS] + [rule.nature for rule in RULES if rule.nature],
    ids=lambda nature: f"{nature.taakveld}/{nature.cost_account}",
)
def test_an_expense_belongs_on_a_taakveld_of_now(nature: Nature) -> None:
    assert in_year(nature.taakveld, 2025)
    assert in_year(nature.taakveld, 2026)
    assert nature.category in {"1.1", "3.4.1", "3.8", "4.1.1"}
    assert nature.cost_account.startswith("4")


def test_a_rule_and_its_kind_agree_on_the_nature_but_for_help_that_grows_up() -> None:
    apart = {
        rule.rule_id
        for rule in RULES
        for code in rule.kinds
        if rule.nature and rule.nature != BY_CODE[code].nature
    }
    assert apart == {"E04"}, "begeleiding is youth help until 18 and Wmo after that"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_of_help_is_told_apart_and_named(kind: HelpKind) -> None:
    assert Counter(each.code for each in KINDS)[kind.code] == 1
    assert kind.name
    assert set(kind.wider) <= set(BY_CODE)
    assert kind.code not in kind.wider


def test_the_pool_and_the_shortage_have_a_rule_on_every_day_for_every_age() -> None:
    for reach in (Reach.POOL, Reach.SHORTAGE):
        (rule,) = [rule for rule in RULES if rule.reach is reach]
        assert rule.valid_from <= FIRST_DAY[reach]
        assert rule.valid_until is None
        assert (rule.age_from, rule.age_until) == (0, None)


def test_the_pool_rule_is_the_councils_and_no_outside_source_is_in_it() -> None:
    (pool,) = [rule for rule in RULES if rule.reach is Reach.POOL]
    assert pool.hardness is Hardness.RAAD
    assert set(pool.sources) == {"JW", "GGZ", "WMO", "TOE", "ARM", "SHV", "RES"}
