"""Who may pay, in tables that a finance officer can read."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.eligibility.catalogue import KINDS, RULE_BASE
from domains.eligibility.model import (
    Condition,
    Facts,
    Reach,
    Rule,
    RuleOutcome,
    Segment,
    SourceVerdict,
    Standing,
)
from domains.eligibility.rules import (
    UnknownHelpKind,
    age_on,
    birthday_in,
    help_kind,
    pool_on,
    segments,
    verdicts_on,
)
from domains.sources.model import Hardness

RULES = RULE_BASE.rules
SOURCES = ("JW", "GGZ", "WMO", "TOE", "ARM", "SHV", "BUIG", "ZVW")
DAY = date(2026, 6, 1)
WORDS = {"ja": True, "nee": False, "?": None}


def facts_of(text: str) -> Facts:
    pairs = [part.split("=") for part in text.split(",") if part.strip() not in {"", "-"}]
    return tuple((fact.strip(), WORDS[value.strip()]) for fact, value in pairs)


def born(age: int) -> date:
    return date(DAY.year - age, 1, 1)


def judged(
    kind: str, age: int, facts: Facts, rules: tuple[Rule, ...] = RULES
) -> tuple[SourceVerdict, ...]:
    return verdicts_on(
        DAY,
        kind=help_kind(kind, KINDS),
        birth_date=born(age),
        facts=facts,
        sources=SOURCES,
        rules=rules,
    )


def pooled(
    verdicts: tuple[SourceVerdict, ...], facts: Facts, age: int = 40
) -> tuple[SourceVerdict, ...]:
    return pool_on(DAY, birth_date=born(age), facts=facts, verdicts=verdicts, rules=RULES)


# kind | age | facts -> what the rules say per source; sources without a rule are left out
VERDICTS = """
jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=ja | JW mag E01
jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=? | JW voorlopig E01
jeugdhulp-ambulant | 10 | - | JW voorlopig E01
jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=nee | JW voorwaarde-onvervuld E01
jeugdhulp-ambulant | 17 | beschikking-of-verwijzing=ja | JW mag E01
jeugdhulp-ambulant | 18 | beschikking-of-verwijzing=ja | -
opvoedhulp-ouder | 40 | gezin-heeft-jeugdige=ja | JW mag E02
jeugd-ggz | 17 | - | JW mag E03, GGZ mag E03
jeugd-ggz | 18 | - | JW gesloten E12, GGZ gesloten E12, ZVW extern E30
begeleiding-bij-beperking | 17 | beperking=ja,wlz-recht=nee | JW mag E04, WMO gesloten E16
begeleiding-bij-beperking | 18 | beperking=ja,wlz-recht=nee | JW gesloten E05, WMO mag E14
begeleiding-bij-beperking | 18 | beperking=ja | JW gesloten E05, WMO voorlopig E14
begeleiding-bij-beperking | 18 | wlz-recht=ja | JW gesloten E05, WMO voorwaarde-onvervuld E14
dagbesteding | 17 | beperking=ja | JW mag E04, WMO gesloten E16
dagbesteding | 18 | beperking=ja,wlz-recht=nee | JW gesloten E05, WMO mag E14
huishoudelijke-hulp | 70 | beperking=ja,wlz-recht=nee | WMO mag E14
hulpmiddel-of-aanpassing | 5 | - | WMO mag E15
ggz-behandeling-volwassene | 40 | - | JW gesloten E12, GGZ gesloten E12, ZVW extern E30
ggz-behandeling-volwassene | 40 | verwijzing=nee | JW gesloten E12, GGZ gesloten E12
schuldhulpverlening | 40 | - | JW mag E13, SHV mag E19
betalingsachterstand-in-schuldtraject | 40 | - | JW mag E13, ARM gesloten E24, SHV mag E19
bijzondere-bijstand | 17 | - | ARM gesloten E23
bijzondere-bijstand | 20 | kosten-boven-norm=ja,beroep-op-ouders=nee | ARM mag E22
bijzondere-bijstand | 20 | kosten-boven-norm=ja,beroep-op-ouders=ja | ARM voorwaarde-onvervuld E22
bijzondere-bijstand | 21 | - | ARM voorlopig E21
kindpakket | 10 | laag-inkomen=ja | ARM mag E25
kindpakket | 10 | laag-inkomen=? | ARM mag E25
kindpakket | 10 | laag-inkomen=nee | ARM voorwaarde-onvervuld E25
lokaal-team | 10 | - | TOE mag E33
maatwerk | 40 | - | -
"""


@pytest.mark.parametrize("row", VERDICTS.strip().splitlines())
def test_which_source_may_pay(row: str) -> None:
    kind, age, facts, expected = (cell.strip() for cell in row.split("|"))
    verdicts = judged(kind, int(age), facts_of(facts))
    told = [
        f"{each.source} {each.standing.value} {each.rule_id}"
        for each in verdicts
        if each.standing is not Standing.NO_RULE and each.source != "BUIG"
    ]
    assert (", ".join(told) or "-") == expected


@pytest.mark.parametrize("kind", [kind.code for kind in KINDS])
def test_the_benefits_grant_pays_none_of_this(kind: str) -> None:
    (verdict,) = [each for each in judged(kind, 40, ()) if each.source == "BUIG"]
    assert (verdict.standing, verdict.rule_id) == (Standing.CLOSED, "E27")
    assert verdict.hardness is Hardness.WET
    assert verdict.outcome is RuleOutcome.NIET
    assert "Participatiewet 69" in verdict.legal_basis


# kind | age | facts -> which sources may pay together from the pool, and by which rule
POOLS = """
maatwerk | 40 | - | JW E35, GGZ E35, WMO E35, TOE E35, ARM E35, SHV E35
maatwerk | 40 | voorliggende-voorziening-tijdig=nee | JW E35, GGZ E35, WMO E35, TOE E35, ARM E35, SHV E35
maatwerk | 40 | voorliggende-voorziening-tijdig=ja | -
betalingsachterstand-in-schuldtraject | 40 | - | JW E13, GGZ E35, WMO E35, TOE E35, SHV E19
begeleiding-bij-beperking | 18 | beperking=ja,wlz-recht=ja | GGZ E35, TOE E35, ARM E35, SHV E35
jeugd-ggz | 17 | - | JW E03, GGZ E03, WMO E35, TOE E35, ARM E35, SHV E35
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", POOLS.strip().splitlines())
def test_which_sources_pay_together(row: str) -> None:
    kind, age, text, expected = (cell.strip() for cell in row.split("|"))
    facts = facts_of(text)
    found = pooled(judged(kind, int(age), facts), facts, int(age))
    told = [f"{each.source} {each.rule_id}" for each in found if each.may_pay]
    assert (", ".join(told) or "-") == expected


def test_what_is_unknown_is_named_as_to_be_shown_and_what_is_false_as_contradicted() -> None:
    facts = facts_of("beperking=?,wlz-recht=ja")
    (wmo,) = [
        each for each in judged("begeleiding-bij-beperking", 30, facts) if each.source == "WMO"
    ]
    assert wmo.to_be_shown == ("beperking",)
    assert wmo.contradicted == ("wlz-recht",)


def test_a_source_that_no_rule_speaks_of_has_no_article() -> None:
    verdict = judged("maatwerk", 40, ())[0]
    assert (verdict.outcome, verdict.rule_id, verdict.hardness) == (None, "", None)
    assert verdict.legal_basis == ""
    assert not verdict.may_pay
    assert not verdict.pays_as_own


def a_no(hardness: Hardness, conditions: tuple[Condition, ...]) -> Rule:
    """Give a rule that closes JW for the help of E01."""
    e01 = next(rule for rule in RULES if rule.rule_id == "E01")
    return replace(
        e01,
        rule_id="E99",
        conditions=conditions,
        outcome=RuleOutcome.NIET,
        hardness=hardness,
    )


# hardness of a no | the fact it asks for -> what JW may do
CONDITIONAL_NOES = """
WET      | waar     | gesloten E99
WET      | onbekend | gesloten E99
WET      | onwaar   | mag E01
RAAD     | waar     | gesloten E99
RAAD     | onbekend | mag E01
RAAD     | onwaar   | mag E01
AFSPRAAK | onbekend | mag E01
"""


@pytest.mark.parametrize("row", CONDITIONAL_NOES.strip().splitlines())
def test_a_no_beats_a_yes_unless_its_own_condition_fails(row: str) -> None:
    hardness, value, expected = (cell.strip() for cell in row.split("|"))
    no = a_no(Hardness(hardness), (Condition(fact="aanbieder-geweerd", value=True),))
    facts: Facts = (
        ("aanbieder-geweerd", {"waar": True, "onwaar": False, "onbekend": None}[value]),
        ("beschikking-of-verwijzing", True),
    )
    jw = judged("jeugdhulp-ambulant", 10, facts, (*RULES, no))[0]
    assert f"{jw.standing.value} {jw.rule_id}" == expected


def test_the_more_specific_kind_wins_from_a_wider_one_even_from_a_no() -> None:
    e14 = next(rule for rule in RULES if rule.rule_id == "E14")
    wide_no = replace(
        e14,
        rule_id="E98",
        kinds=("begeleiding-bij-beperking",),
        conditions=(),
        outcome=RuleOutcome.NIET,
    )
    facts = facts_of("beperking=ja,wlz-recht=nee")
    wmo = judged("dagbesteding", 30, facts, (*RULES, wide_no))[2]
    assert (wmo.rule_id, wmo.standing) == ("E14", Standing.MAY)


def test_a_catch_all_is_silent_where_a_rule_of_that_source_speaks() -> None:
    e27 = next(rule for rule in RULES if rule.rule_id == "E27")
    e26 = replace(
        e27,
        rule_id="E26",
        reach=Reach.KIND,
        kinds=("bijzondere-bijstand",),
        outcome=RuleOutcome.TOEGESTAAN,
    )
    buig = judged("bijzondere-bijstand", 30, (), (*RULES, e26))[6]
    assert (buig.source, buig.rule_id) == ("BUIG", "E26")


# born | day -> age
AGES = """
2008-05-15 | 2026-05-14 | 17
2008-05-15 | 2026-05-15 | 18
2008-05-15 | 2026-05-16 | 18
2008-02-29 | 2026-02-28 | 17
2008-02-29 | 2026-03-01 | 18
2008-02-29 | 2028-02-28 | 19
2008-02-29 | 2028-02-29 | 20
2026-01-01 | 2026-01-01 | 0
2026-09-01 | 2026-05-01 | 0
2027-01-01 | 2024-05-01 | 0
"""


@pytest.mark.parametrize("row", AGES.strip().splitlines())
def test_the_age_goes_up_on_the_birthday(row: str) -> None:
    birth_date, day, expected = (cell.strip() for cell in row.split("|"))
    assert age_on(date.fromisoformat(birth_date), date.fromisoformat(day)) == int(expected)


DAYS = st.dates(min_value=date(2015, 1, 1), max_value=date(2040, 12, 31))
BIRTH_DATES = st.dates(min_value=date(1930, 1, 1), max_value=date(2014, 12, 31))


@given(birth_date=BIRTH_DATES | st.just(date(2008, 2, 29)), year=st.integers(2015, 2040))
def test_the_birthday_is_the_first_day_of_the_new_age(birth_date: date, year: int) -> None:
    birthday = birthday_in(birth_date, year)
    assert age_on(birth_date, birthday) == year - birth_date.year
    assert age_on(birth_date, birthday - timedelta(days=1)) == year - birth_date.year - 1


def cut(
    kind: str, birth_date: str, period: str, facts: Facts, rules: tuple[Rule, ...] = RULES
) -> tuple[Segment, ...]:
    start, end = (date.fromisoformat(day) for day in period.split(".."))
    return segments(
        start,
        end,
        kind=help_kind(kind, KINDS),
        birth_date=date.fromisoformat(birth_date),
        facts=facts,
        sources=SOURCES,
        rules=rules,
    )


# kind | born | period, until exclusive -> days of each segment
SEGMENTS = """
begeleiding-bij-beperking | 2008-05-15 | 2026-04-01..2026-07-01 | 2026-04-01 44, 2026-05-15 47
begeleiding-bij-beperking | 2008-05-15 | 2026-05-15..2026-07-01 | 2026-05-15 47
begeleiding-bij-beperking | 2008-05-15 | 2026-04-01..2026-05-15 | 2026-04-01 44
begeleiding-bij-beperking | 2008-02-29 | 2026-02-01..2026-04-01 | 2026-02-01 28, 2026-03-01 31
begeleiding-bij-beperking | 1982-05-15 | 2026-04-01..2026-07-01 | 2026-04-01 91
bijzondere-bijstand | 2005-06-01 | 2026-01-01..2027-01-01 | 2026-01-01 151, 2026-06-01 214
maatwerk | 1982-05-15 | 2026-12-30..2027-01-02 | 2026-12-30 2, 2027-01-01 1
maatwerk | 1982-05-15 | 2026-12-31..2027-01-01 | 2026-12-31 1
maatwerk | 1982-05-15 | 2026-03-01..2026-03-02 | 2026-03-01 1
"""


@pytest.mark.parametrize("row", SEGMENTS.strip().splitlines())
def test_a_period_is_cut_where_the_payer_changes_and_nowhere_else(row: str) -> None:
    kind, birth_date, period, expected = (cell.strip() for cell in row.split("|"))
    found = cut(kind, birth_date, period, ())
    assert ", ".join(f"{each.from_date} {each.days}" for each in found) == expected


def test_a_period_is_cut_where_a_rule_changes() -> None:
    ends = tuple(
        replace(rule, valid_until=date(2026, 6, 1)) if rule.rule_id == "E24" else rule
        for rule in RULES
    )
    found = cut(
        "betalingsachterstand-in-schuldtraject", "1982-01-01", "2026-05-01..2026-07-01", (), ends
    )
    arm = [(each.days, each.verdicts[4].standing) for each in found]
    assert arm == [(31, Standing.CLOSED), (30, Standing.NO_RULE)]


def test_a_new_version_of_a_rule_cuts_too_because_each_day_names_its_own_rule() -> None:
    old = next(rule for rule in RULES if rule.rule_id == "E35")
    change = date(2026, 6, 1)
    others = (rule for rule in RULES if rule is not old)
    versions = (*others, replace(old, valid_until=change), replace(old, valid_from=change))
    found = cut("maatwerk", "1982-01-01", "2026-05-01..2026-07-01", (), versions)
    assert [each.days for each in found] == [31, 30]


def test_a_rule_base_without_a_rule_for_shortage_is_a_bug() -> None:
    without = tuple(rule for rule in RULES if rule.reach is not Reach.SHORTAGE)
    with pytest.raises(LookupError, match="2026-05-01"):
        cut("maatwerk", "1982-01-01", "2026-05-01..2026-07-01", (), without)


@given(
    kind=st.sampled_from([kind.code for kind in KINDS]),
    birth_date=BIRTH_DATES | st.just(date(2008, 2, 29)),
    start=st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31)),
    days=st.integers(1, 900),
)
def test_segments_cover_each_day_once_with_the_verdicts_of_that_day(
    kind: str, birth_date: date, start: date, days: int
) -> None:
    until = start + timedelta(days=days)
    found = cut(kind, str(birth_date), f"{start}..{until}", ())
    assert found[0].from_date == start
    assert found[-1].until_date == until
    assert [each.until_date for each in found[:-1]] == [each.from_date for each in found[1:]]
    for each in found:
        last = each.until_date - timedelta(days=1)
        assert each.from_date.year == last.year == each.year
        for day in (each.from_date, last):
            assert each.verdicts == verdicts_on(
                day,
                kind=help_kind(kind, KINDS),
                birth_date=birth_date,
                facts=(),
                sources=SOURCES,
                rules=RULES,
            )


# asked -> what the refusal suggests
UNKNOWN_KINDS = [("Maatwerk", "Bedoelt u maatwerk"), ("jeugdggz", "jeugd-ggz"), ("xyzzy", "Kies")]


@pytest.mark.parametrize(("asked", "hint"), UNKNOWN_KINDS)
def test_an_unknown_kind_of_help_is_refused_with_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(UnknownHelpKind) as caught:
        help_kind(asked, KINDS)
    assert caught.value.code == "soort-hulp-onbekend"
    assert hint in caught.value.message()
