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
    rule_base_of,
    segments,
    verdicts_on,
)
from domains.sources import SOURCES as FUND_SOURCES
from domains.sources.model import Hardness

RULES = RULE_BASE.rules
SOURCES = ("JW", "GGZ", "WMO", "TOE", "ARM", "SHV", "BUIG", "ZVW")
ALL_SOURCES = tuple(source.code for source in FUND_SOURCES)
DAY = date(2026, 6, 1)
WORDS = {"ja": True, "nee": False, "?": None}


def facts_of(text: str) -> Facts:
    pairs = [part.split("=") for part in text.split(",") if part.strip() not in {"", "-"}]
    return tuple((fact.strip(), WORDS[value.strip()]) for fact, value in pairs)


def judged(
    kind: str, age: int, facts: Facts, rules: tuple[Rule, ...] = RULES
) -> tuple[SourceVerdict, ...]:
    return verdicts_on(
        DAY,
        kind=help_kind(kind, KINDS),
        age=age,
        facts=facts,
        sources=SOURCES,
        rules=rules,
    )


def pooled(
    verdicts: tuple[SourceVerdict, ...], facts: Facts, age: int = 40
) -> tuple[SourceVerdict, ...]:
    return pool_on(DAY, age=age, facts=facts, verdicts=verdicts, rules=RULES)


# kind | age | facts -> what the rules say per source; sources without a rule are left out
VERDICTS = """
jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=ja | JW mag E01
jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=? | JW voorlopig E01
jeugdhulp-ambulant | 10 | - | JW voorlopig E01
jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=nee | JW voorwaarde-onvervuld E01
jeugdhulp-ambulant | 17 | beschikking-of-verwijzing=ja | JW mag E01
jeugdhulp-ambulant | 18 | beschikking-of-verwijzing=ja | JW voorlopig E06
jeugdhulp-ambulant | 23 | beschikking-of-verwijzing=ja | -
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


@pytest.mark.parametrize("kind", [k.code for k in KINDS if k.code != "algemene-bijstand"])
def test_the_benefits_grant_pays_none_of_this(kind: str) -> None:
    (verdict,) = [each for each in judged(kind, 40, ()) if each.source == "BUIG"]
    assert (verdict.standing, verdict.rule_id) == (Standing.CLOSED, "E27")
    assert verdict.hardness is Hardness.WET
    assert verdict.outcome is RuleOutcome.NIET
    assert "Participatiewet 69" in verdict.legal_basis


# rule | source | kind | age | facts -> what that source may do
PER_RULE = """
E01 | JW   | jeugdhulp-ambulant | 17 | beschikking-of-verwijzing=ja | mag E01
E01 | JW   | jeugdhulp-ambulant | 17 | beschikking-of-verwijzing=nee | voorwaarde-onvervuld E01
E01 | JW   | crisishulp-jeugd | 17 | beschikking-of-verwijzing=ja | mag E01
E01 | JW   | pleegzorg | 17 | beschikking-of-verwijzing=ja | mag E01
E02 | JW   | opvoedhulp-ouder | 40 | gezin-heeft-jeugdige=ja | mag E02
E02 | JW   | opvoedhulp-ouder | 40 | gezin-heeft-jeugdige=nee | voorwaarde-onvervuld E02
E03 | GGZ  | jeugd-ggz | 17 | - | mag E03
E03 | GGZ  | jeugd-ggz | 18 | - | gesloten E12
E04 | JW   | begeleiding-bij-beperking | 17 | beperking=ja | mag E04
E04 | JW   | begeleiding-bij-beperking | 17 | beperking=nee | voorwaarde-onvervuld E04
E05 | JW   | begeleiding-bij-beperking | 17 | beperking=ja | mag E04
E05 | JW   | begeleiding-bij-beperking | 18 | beperking=ja | gesloten E05
E06 | JW   | jeugdhulp-ambulant | 18 | voortzetting-van-voor-18=ja,ander-wettelijk-recht=nee | mag E06
E06 | JW   | jeugdhulp-ambulant | 18 | voortzetting-van-voor-18=ja | voorlopig E06
E06 | JW   | jeugdhulp-ambulant | 22 | voortzetting-van-voor-18=nee | voorwaarde-onvervuld E06
E06 | JW   | jeugdhulp-verblijf | 23 | voortzetting-van-voor-18=ja | geen-regel
E07 | JW   | pleegzorg | 20 | pleegzorg-van-voor-18=ja | mag E07
E07 | JW   | pleegzorg | 20 | pleegzorg-van-voor-18=nee | voorwaarde-onvervuld E07
E08 | JW   | pleegzorg | 21 | voortzetting-van-voor-18=ja,ander-wettelijk-recht=nee | mag E08
E08 | JW   | pleegzorg | 22 | ander-wettelijk-recht=ja | voorwaarde-onvervuld E08
E09 | JW   | gezinshuis | 20 | bestuurlijke-afspraak=ja | mag E09
E09 | JW   | gezinshuis | 20 | bestuurlijke-afspraak=nee,voortzetting-van-voor-18=nee | voorwaarde-onvervuld E06
E09 | JW   | gezinshuis | 20 | bestuurlijke-afspraak=nee,voortzetting-van-voor-18=ja,ander-wettelijk-recht=nee | mag E06
E10 | JW   | jeugdreclassering | 22 | strafrechtelijke-beslissing=ja | mag E10
E10 | JW   | jeugdreclassering | 23 | strafrechtelijke-beslissing=ja | geen-regel
E11 | JW   | jeugdbescherming | 17 | rechterlijke-beslissing=ja | mag E11
E11 | JW   | jeugdbescherming | 17 | rechterlijke-beslissing=nee | voorwaarde-onvervuld E11
E12 | GGZ  | jeugd-ggz | 17 | - | mag E03
E12 | GGZ  | ggz-behandeling-volwassene | 18 | - | gesloten E12
E13 | JW   | schuldhulpverlening | 40 | - | mag E13
E13 | JW   | schuldhulpverlening | 17 | - | geen-regel
E14 | WMO  | begeleiding-bij-beperking | 18 | beperking=ja,wlz-recht=nee | mag E14
E14 | WMO  | begeleiding-bij-beperking | 18 | beperking=ja,wlz-recht=ja | voorwaarde-onvervuld E14
E15 | WMO  | hulpmiddel-of-aanpassing | 5 | - | mag E15
E15 | WMO  | schuldhulpverlening | 40 | - | geen-regel
E16 | WMO  | begeleiding-bij-beperking | 18 | beperking=ja,wlz-recht=nee | mag E14
E16 | WMO  | begeleiding-bij-beperking | 17 | beperking=ja,wlz-recht=nee | gesloten E16
E17 | BWMO | beschermd-wonen | 18 | - | mag E17
E17 | BWMO | beschermd-wonen | 17 | - | geen-regel
E18 | BWMO | opvang | 3 | thuissituatie-verlaten=ja | mag E18
E18 | BWMO | opvang | 40 | thuissituatie-verlaten=nee | voorwaarde-onvervuld E18
E19 | SHV  | schuldhulpverlening | 18 | - | mag E19
E19 | SHV  | schuldhulpverlening | 17 | - | geen-regel
E20 | SHV  | schuldhulpverlening-niet-inwoner | 40 | bijzondere-omstandigheden=ja | mag E20
E20 | SHV  | schuldhulpverlening-niet-inwoner | 40 | bijzondere-omstandigheden=nee | voorwaarde-onvervuld E20
E21 | ARM  | bijzondere-bijstand | 21 | bijzondere-omstandigheden=ja,draagkracht=nee,rechtmatig-verblijf=ja | mag E21
E21 | ARM  | bijzondere-bijstand | 21 | draagkracht=ja | voorwaarde-onvervuld E21
E22 | ARM  | bijzondere-bijstand | 20 | kosten-boven-norm=ja,beroep-op-ouders=nee | mag E22
E22 | ARM  | bijzondere-bijstand | 20 | beroep-op-ouders=ja | voorwaarde-onvervuld E22
E23 | ARM  | bijzondere-bijstand | 18 | kosten-boven-norm=ja,beroep-op-ouders=nee | mag E22
E23 | ARM  | bijzondere-bijstand | 17 | - | gesloten E23
E24 | SHV  | betalingsachterstand-in-schuldtraject | 40 | - | mag E19
E24 | ARM  | betalingsachterstand-in-schuldtraject | 40 | - | gesloten E24
E25 | ARM  | kindpakket | 10 | laag-inkomen=ja | mag E25
E25 | ARM  | kindpakket | 10 | laag-inkomen=nee | voorwaarde-onvervuld E25
E26 | BUIG | algemene-bijstand | 18 | - | mag E26
E26 | BUIG | algemene-bijstand | 17 | - | gesloten E27
E27 | BUIG | algemene-bijstand | 40 | - | mag E26
E27 | BUIG | maatwerk | 40 | - | gesloten E27
E28 | SPUK | kindpakket | 10 | binnen-doel-regeling=ja | mag E29
E28 | SPUK | kindpakket | 10 | binnen-doel-regeling=nee | gesloten E28
E28 | SPUK | kindpakket | 10 | - | gesloten E28
E29 | SPUK | schuldhulpverlening | 40 | binnen-doel-regeling=ja | mag E29
E29 | SPUK | schuldhulpverlening | 40 | binnen-doel-regeling=nee | gesloten E28
E30 | ZVW  | ggz-behandeling-volwassene | 18 | verwijzing=ja | extern E30
E30 | ZVW  | ggz-behandeling-volwassene | 18 | verwijzing=nee | geen-regel
E31 | WLZ  | zorg-met-permanent-toezicht | 5 | ciz-indicatie=ja | extern E31
E31 | WLZ  | zorg-met-permanent-toezicht | 5 | ciz-indicatie=nee | geen-regel
E32 | WLZ  | voltooien-behandeling-met-verblijf | 18 | behandeling-met-verblijf-van-voor-18=ja | extern E32
E32 | WLZ  | voltooien-behandeling-met-verblijf | 17 | behandeling-met-verblijf-van-voor-18=ja | geen-regel
E33 | TOE  | lokaal-team | 3 | - | mag E33
E33 | TOE  | schuldhulpverlening | 40 | - | geen-regel
E38 | DER  | maatwerk | 40 | binnen-doel-gever=ja | mag E38
E38 | DER  | maatwerk | 40 | binnen-doel-gever=nee | voorwaarde-onvervuld E38
E40 | JW   | jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=ja,aanbieder-voldoet-aan-kwaliteitskader=ja | mag E01
E40 | JW   | jeugdhulp-ambulant | 10 | beschikking-of-verwijzing=ja,aanbieder-voldoet-aan-kwaliteitskader=nee | gesloten E40
E40 | WMO  | hulpmiddel-of-aanpassing | 10 | aanbieder-voldoet-aan-kwaliteitskader=nee | mag E15
E42 | ZVW  | verpleging-en-verzorging | 18 | indicatie-wijkverpleging=ja | extern E42
E42 | ZVW  | verpleging-en-verzorging | 17 | indicatie-wijkverpleging=ja | geen-regel
E43 | WLZ  | begeleiding-bij-beperking | 30 | wlz-recht=ja | extern E43
E43 | WLZ  | dagbesteding | 12 | wlz-recht=ja | extern E43
E43 | WLZ  | begeleiding-bij-beperking | 30 | wlz-recht=nee | geen-regel
E43 | WLZ  | begeleiding-bij-beperking | 30 | | geen-regel
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", PER_RULE.strip().splitlines())
def test_what_each_rule_allows_and_refuses(row: str) -> None:
    _, source, kind, age, facts, expected = (cell.strip() for cell in row.split("|"))
    (verdict,) = verdicts_on(
        DAY,
        kind=help_kind(kind, KINDS),
        age=int(age),
        facts=facts_of(facts),
        sources=(source,),
        rules=RULES,
    )
    assert f"{verdict.standing.value} {verdict.rule_id}".strip() == expected


def test_every_rule_that_speaks_of_help_has_a_row_that_allows_and_one_that_refuses() -> None:
    elsewhere = {
        "E34": "fills budgets; tests of pooling",
        "E35": "the pool; the table POOLS",
        "E36": "the same help twice; tests of draws",
        "E37": "a pgb in cash; tests of draws",
        "E39": "an order of advances; the test of the advance",
        "E41": "a shortage; tests of draws",
    }
    told: dict[str, set[bool]] = {}
    for row in PER_RULE.strip().splitlines():
        cells = [cell.strip() for cell in row.split("|")]
        opens = cells[-1].startswith(("mag", "voorlopig", "extern"))
        told.setdefault(cells[0], set()).add(opens)
    assert {rule.rule_id for rule in RULES} - told.keys() == elsewhere.keys()
    assert all(seen == {True, False} for seen in told.values())


def test_rules_about_advances_and_filling_budgets_open_no_source_for_help() -> None:
    for rule_id in ("E34", "E36", "E37", "E39"):
        (rule,) = [rule for rule in RULES if rule.rule_id == rule_id]
        for kind in KINDS:
            verdicts = verdicts_on(
                DAY, kind=kind, age=40, facts=(), sources=ALL_SOURCES, rules=(rule,)
            )
            assert {each.standing for each in verdicts} == {Standing.NO_RULE}
    (advance,) = [rule for rule in RULES if rule.rule_id == "E39"]
    assert advance.sources == ("TOE", "WMO", "ARM", "SHV", "RES")
    assert advance.sources_in_order


# kind | age | facts -> which sources may pay together from the pool, and by which rule
POOLS = """
maatwerk | 40 | - | JW E35, GGZ E35, WMO E35, TOE E35, ARM E35, SHV E35
maatwerk | 40 | voorliggende-voorziening-tijdig=nee | JW E35, GGZ E35, WMO E35, TOE E35, ARM E35, SHV E35
maatwerk | 40 | voorliggende-voorziening-tijdig=ja | -
maatwerk | 40 | aanbieder-voldoet-aan-kwaliteitskader=nee | WMO E35, TOE E35, ARM E35, SHV E35
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
        rules=rule_base_of(rules),
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
    with pytest.raises(LookupError, match="no rule for a shortage"):
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
                age=age_on(birth_date, day),
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
