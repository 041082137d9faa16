"""The shipped rules and kinds of help are complete and point at things that exist."""

from collections import Counter
from datetime import date, timedelta
from itertools import groupby, pairwise

import pytest

from domains.budgets.taakvelden import in_year
from domains.eligibility.catalogue import KINDS, RULE_BASE
from domains.eligibility.model import HelpKind, Nature, Reach, Rule, RuleOutcome
from domains.sources import SOURCES
from domains.sources.model import FundSource, Hardness

RULES = RULE_BASE.rules
BY_CODE = {kind.code: kind for kind in KINDS}
FIRST_DAY = {Reach.POOL: date(2015, 1, 1), Reach.SHORTAGE: date(1900, 1, 1)}


def test_every_rule_is_there_and_its_versions_follow_each_other() -> None:
    assert list(dict.fromkeys(rule.rule_id for rule in RULES)) == [
        f"E{number:02d}" for number in range(1, 44)
    ]
    for rule_id, versions in groupby(RULES, key=lambda rule: rule.rule_id):
        for older, newer in pairwise(versions):
            assert older.valid_until == newer.valid_from, rule_id


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.code)
def test_a_source_has_rules_of_its_own_or_belongs_to_another_payer(source: FundSource) -> None:
    speaking = {
        rule.rule_id
        for rule in RULES
        if source.code in rule.sources and rule.reach is not Reach.REFUSAL
    }
    assert bool(speaking) is (source.code != "OND"), "no rule of OND is known yet"


def test_the_version_names_the_content() -> None:
    name, _, content = RULE_BASE.version.partition("-")
    assert name == "rechtsregels"
    assert len(content) == 16


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_a_rule_points_at_sources_and_kinds_that_exist(rule: Rule) -> None:
    assert set(rule.sources) <= {source.code for source in SOURCES}
    assert set(rule.kinds) <= set(BY_CODE)
    assert bool(rule.kinds) is (rule.reach is Reach.KIND or rule.rule_id == "E37")
    assert rule.legal_basis
    assert rule.explanation.endswith(".")
    assert rule.age_until is None or rule.age_from < rule.age_until
    assert rule.valid_until is None or rule.valid_from < rule.valid_until


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_only_an_outside_source_pays_from_outside(rule: Rule) -> None:
    external = {source.code for source in SOURCES if source.external}
    paid_outside = bool(external & set(rule.sources)) and rule.reach is not Reach.REFUSAL
    assert (rule.outcome is RuleOutcome.EXTERN) is paid_outside


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_an_expense_belongs_on_a_taakveld_of_its_year(kind: HelpKind, year: int) -> None:
    _check_nature(kind.nature_in(year), year)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.nature], ids=str)
def test_a_rule_names_a_taakveld_of_its_days(rule: Rule) -> None:
    assert rule.nature
    _check_nature(rule.nature, rule.valid_from.year)
    last = date(2026, 1, 1) if rule.valid_until is None else rule.valid_until - timedelta(days=1)
    _check_nature(rule.nature, last.year)


def _check_nature(nature: Nature, year: int) -> None:
    assert in_year(nature.taakveld, year)
    assert nature.category in {"1.1", "3.4.1", "3.8", "4.1.1"}
    assert nature.cost_account.startswith("4")


# kind | taakveld in 2022 (as in 2023) | in 2024 | from 2025
TAAKVELDEN = """
begeleiding-bij-beperking | 6.71b | 6.71b | 6.712
pleegzorg | 6.73a | 6.73a | 6.761
lokaal-team | 6.2 | 6.2 | 6.23
schuldhulpverlening | 6.3 | 6.3 | 6.3
"""


@pytest.mark.parametrize("row", TAAKVELDEN.strip().splitlines())
def test_the_taakveld_follows_the_codes_of_the_year(row: str) -> None:
    code, *expected = (cell.strip() for cell in row.split("|"))
    kind = BY_CODE[code]
    assert [kind.nature_in(year).taakveld for year in (2022, 2024, 2025)] == expected
    assert kind.nature is kind.nature_in(2030)


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
