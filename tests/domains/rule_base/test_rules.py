"""What a municipality may change in the rules, in tables that a council clerk can read."""

from dataclasses import replace
from datetime import date

import pytest

from domains.eligibility.catalogue import KINDS, RULE_VERSIONS, conditions_of
from domains.eligibility.model import Condition, Reach, Rule, RuleOutcome, Standing
from domains.eligibility.rules import help_kind, rule_base_of, segments
from domains.rule_base.model import Narrowing
from domains.rule_base.rules import UnlawfulLine, check_addition, in_force, narrowed
from domains.sources.model import Hardness
from ledger.refusals import Refusal

TODAY = date(2026, 3, 1)
COMMON = in_force(RULE_VERSIONS, ())
OUTCOMES = {"ja": RuleOutcome.TOEGESTAAN, "nee": RuleOutcome.NIET, "extern": RuleOutcome.EXTERN}


def period(text: str) -> tuple[date, date | None]:
    start, _, end = text.partition("..")
    return date.fromisoformat(start), date.fromisoformat(end) if end else None


def ages(text: str) -> tuple[int, int | None]:
    start, _, end = text.partition("-")
    return int(start), int(end) if end else None


def own_rule(cells: tuple[str, ...]) -> Rule:
    """Make a rule from: number, source, kinds, ages, conditions, outcome, hardness, days."""
    number, sources, kinds, years, conditions, outcome, hardness, days = cells
    age_from, age_until = ages(years)
    valid_from, valid_until = period(days)
    return Rule(
        rule_id=number,
        sources=tuple(sources.split()) if sources != "-" else (),
        sources_in_order=False,
        reach=Reach.KIND,
        kinds=tuple(kinds.split()) if kinds != "-" else (),
        person="iedereen",
        age_from=age_from,
        age_until=age_until,
        conditions=conditions_of(conditions.replace("-", "") if conditions == "-" else conditions),
        outcome=OUTCOMES[outcome],
        hardness=Hardness(hardness),
        legal_basis="verordening",
        explanation="Uitleg.",
        nature=None,
        valid_from=valid_from,
        valid_until=valid_until,
    )


# number | source | kinds | ages | conditions | outcome | hardness | days -> refused as
ADDITIONS = """
L01 | SHV  | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | -
L01 | SHV  | kindpakket | 0-18 | - | ja | AFSPRAAK | 2026-01-01..2027-01-01 | -
L01 | SHV  | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01..2026-01-01 | regel-geldt-nooit
L01 | SHV  | kindpakket | 18-18 | - | ja | RAAD | 2026-01-01 | regel-geldt-nooit
L01 | -    | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | regel-geldt-nooit
E25 | SHV  | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | regel-nummer-ongeldig
L1  | SHV  | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | regel-nummer-ongeldig
L01 | SHV  | kindpakket | 0-18 | - | ja | WET | 2026-01-01 | regel-niet-gemeentelijk
L01 | SHV  | kindpakket | 0-18 | - | extern | RAAD | 2026-01-01 | regel-niet-gemeentelijk
L01 | SHW  | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | bron-onbekend
L01 | ZVW  | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | bron-niet-gemeentelijk
L01 | TEKORT | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | bron-niet-gemeentelijk
L01 | SHV  | kindpaket | 0-18 | - | ja | RAAD | 2026-01-01 | soort-hulp-onbekend
L01 | SHV  | - | 0-18 | - | ja | RAAD | 2026-01-01 | regel-zonder-soort-hulp
L01 | TOE  | - | 0 | - | nee | RAAD | 2026-01-01 | -
L01 | JW   | begeleiding-bij-beperking | 18-23 | - | ja | RAAD | 2026-01-01 | regel-verruimt-wet
L01 | JW   | dagbesteding | 18-23 | - | ja | RAAD | 2026-01-01 | regel-verruimt-wet
L01 | JW   | begeleiding-bij-beperking | 17-19 | - | ja | RAAD | 2026-01-01 | regel-verruimt-wet
L01 | JW   | begeleiding-bij-beperking | 18-23 | - | ja | RAAD | 2022-01-01..2023-01-01 | -
L01 | WMO  | begeleiding-bij-beperking | 0-18 | - | ja | AFSPRAAK | 2026-01-01 | regel-verruimt-wet
L01 | BUIG | kindpakket | 0-18 | - | ja | RAAD | 2026-01-01 | regel-verruimt-wet
L01 | BUIG | kindpakket | 0-18 | - | nee | RAAD | 2026-01-01 | -
L01 | SPUK | kindpakket | 0-18 | binnen-doel-regeling=waar | ja | RAAD | 2026-01-01 | -
L01 | SPUK | kindpakket | 0-18 | binnen-doel-regeling=onwaar | ja | RAAD | 2026-01-01 | regel-verruimt-wet
L01 | WMO  | huishoudelijke-hulp | 18 | - | ja | RAAD | 2026-01-01 | regel-verruimt-wet
L01 | WMO  | huishoudelijke-hulp | 18 | beperking=waar;wlz-recht=onwaar | ja | RAAD | 2026-01-01 | -
L01 | WMO  | huishoudelijke-hulp | 0-18 | - | ja | RAAD | 2026-01-01 | -
L01 | WMO  | hulpmiddel-of-aanpassing | 0 | - | nee | RAAD | 2026-01-01 | regel-beperkt-wet
L01 | JW   | - | 0-18 | - | nee | RAAD | 2026-01-01 | regel-beperkt-wet
L01 | ARM  | kindpakket | 0-18 | - | nee | RAAD | 2026-01-01 | -
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", ADDITIONS.strip().splitlines())
def test_a_municipality_adds_rules_and_never_touches_the_law(row: str) -> None:
    *cells, expected = (cell.strip() for cell in row.split("|"))
    rule = own_rule(tuple(cells))
    if expected == "-":
        check_addition(rule, decision="raadsbesluit 12", common=COMMON, kinds=KINDS)
        return
    with pytest.raises(Refusal) as found:
        check_addition(rule, decision="raadsbesluit 12", common=COMMON, kinds=KINDS)
    assert found.value.code == expected
    assert found.value.message().endswith(".")


@pytest.mark.parametrize("name", ["", "Laag inkomen", "a;b", "a=b", "a\n", "-a", "a" * 61])
def test_a_condition_has_a_name_that_can_be_filled_in(name: str) -> None:
    odd = Condition(fact=name, value=True)
    rule = own_rule(("L01", "SHV", "kindpakket", "0-18", "-", "ja", "RAAD", "2026-01-01"))
    with pytest.raises(Refusal, match="voorwaarde-naam-ongeldig"):
        check_addition(replace(rule, conditions=(odd,)), decision="b", common=COMMON, kinds=KINDS)
    asked = replace(narrowing("E25", "2026-07-01", "leeftijd 4-18"), conditions=(odd,))
    with pytest.raises(Refusal, match="voorwaarde-naam-ongeldig"):
        narrowed(asked, decision="b", today=TODAY, rules=COMMON, kinds=KINDS)


def test_an_own_rule_needs_a_decision() -> None:
    rule = own_rule(("L01", "SHV", "kindpakket", "0-18", "-", "ja", "RAAD", "2026-01-01"))
    with pytest.raises(Refusal, match="regel-zonder-besluit"):
        check_addition(rule, decision=" ", common=COMMON, kinds=KINDS)


def narrowing(number: str, days: str, changes: str) -> Narrowing:
    """Make a narrowing from its number, days and changes."""
    from_date, until_date = period(days)
    made = Narrowing(rule_id=number, from_date=from_date, until_date=until_date)
    for change in changes.split(","):
        name, _, value = change.strip().partition(" ")
        if name == "leeftijd":
            age_from, age_until = ages(value)
            made = replace(made, age_from=age_from, age_until=age_until)
        elif name == "bronnen":
            made = replace(made, sources=tuple(value.split()))
        elif name == "soorten":
            made = replace(made, kinds=tuple(value.split()))
        elif name == "voorwaarde":
            made = replace(made, conditions=conditions_of(value))
        elif name == "uitkomst":
            made = replace(made, outcome=OUTCOMES[value])
        elif name == "uitleg":
            made = replace(made, explanation=value)
    return made


# rule | from the day, until | what changes -> refused as, or the narrower rule
NARROWINGS = """
E25 | 2026-07-01 | leeftijd 4-18 | ARM kindpakket 4-18 laag-inkomen TOEGESTAAN 2026-07-01 -
E25 | 2026-07-01 | leeftijd 4-12 | ARM kindpakket 4-12 laag-inkomen TOEGESTAAN 2026-07-01 -
E25 | 2026-07-01 | voorwaarde in-natura=waar | ARM kindpakket 0-18 laag-inkomen,in-natura TOEGESTAAN 2026-07-01 -
E25 | 2026-07-01..2027-01-01 | uitkomst nee | ARM kindpakket 0-18 laag-inkomen NIET 2026-07-01 2027-01-01
E35 | 2026-07-01 | bronnen WMO TOE | WMO+TOE - 0- voorliggende-voorziening-tijdig TOEGESTAAN_MITS 2026-07-01 -
E13 | 2026-07-01 | soorten schuldhulpverlening | JW schuldhulpverlening 18- - ALLEEN_ONTSCHOT 2026-07-01 -
E13 | 2026-07-01 | leeftijd 21- | JW betalingsachterstand-in-schuldtraject+schuldhulpverlening 21- - ALLEEN_ONTSCHOT 2026-07-01 -
E13 | 2026-07-01 | leeftijd 18-27 | JW betalingsachterstand-in-schuldtraject+schuldhulpverlening 18-27 - ALLEEN_ONTSCHOT 2026-07-01 -
E09 | 2026-07-01 | leeftijd 18-20 | JW gezinshuis 18-20 bestuurlijke-afspraak TOEGESTAAN_MITS 2026-07-01 -
E25 | 2026-07-01 | leeftijd 0-21 | regel-niet-enger
E25 | 2026-07-01 | leeftijd 18-21 | regel-niet-enger
E13 | 2026-07-01 | leeftijd 16- | regel-niet-enger
E25 | 2026-07-01 | leeftijd 0-0 | regel-niet-enger
E25 | 2026-07-01 | leeftijd 12-6 | regel-geldt-nooit
E25 | 2026-07-01 | bronnen ARM SHV | regel-niet-enger
E25 | 2026-07-01 | soorten kindpakket maatwerk | regel-niet-enger
E25 | 2026-07-01 | soorten kindpaket | soort-hulp-onbekend
E25 | 2026-07-01 | uitkomst ja | regel-niet-enger
E25 | 2026-07-01 | uitleg anders gezegd | regel-niet-enger
E25 | 2026-07-01 | voorwaarde laag-inkomen=waar | regel-niet-enger
E25 | 2026-07-01..2026-07-01 | leeftijd 4-18 | regel-geldt-nooit
E25 | 2026-02-28 | leeftijd 4-18 | regel-werkt-terug
E25 | 2026-03-01 | leeftijd 4-18 | ARM kindpakket 4-18 laag-inkomen TOEGESTAAN 2026-03-01 -
E05 | 2026-07-01 | leeftijd 21- | regel-is-wet
E14 | 2026-07-01 | voorwaarde inwoner=waar | regel-is-wet
E40 | 2026-07-01 | bronnen JW | regel-niet-te-beperken
E41 | 2026-07-01 | leeftijd 18- | regel-niet-te-beperken
E99 | 2026-07-01 | leeftijd 18- | regel-onbekend
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", NARROWINGS.strip().splitlines())
def test_a_municipality_narrows_what_is_not_law(row: str) -> None:
    number, days, changes, expected = (cell.strip() for cell in row.split("|"))
    asked = narrowing(number, days, changes)
    if expected.startswith(("regel", "soort-")):
        with pytest.raises(Refusal) as found:
            narrowed(asked, decision="besluit 7", today=TODAY, rules=COMMON, kinds=KINDS)
        assert found.value.code == expected
        assert found.value.message().endswith(".")
        return
    rule = narrowed(asked, decision="besluit 7", today=TODAY, rules=COMMON, kinds=KINDS)
    assert rule.legal_basis.endswith("; besluit 7")
    assert rule.rule_id == number
    assert told(rule) == expected


def told(rule: Rule) -> str:
    """Write a rule as in the table."""
    return " ".join(
        (
            "+".join(rule.sources),
            "+".join(rule.kinds) or "-",
            f"{rule.age_from}-{rule.age_until or ''}",
            ",".join(each.fact for each in rule.conditions) or "-",
            rule.outcome.value,
            f"{rule.valid_from}",
            f"{rule.valid_until or '-'}",
        )
    )


def test_a_narrower_rule_needs_a_decision() -> None:
    asked = narrowing("E25", "2026-07-01", "leeftijd 4-18")
    with pytest.raises(Refusal, match="regel-zonder-besluit"):
        narrowed(asked, decision="", today=TODAY, rules=COMMON, kinds=KINDS)


def test_a_narrowing_ends_with_the_version_that_it_narrows() -> None:
    (rule,) = [rule for rule in COMMON if rule.rule_id == "E25"]
    ends = (replace(rule, valid_until=date(2027, 1, 1)),)
    asked = narrowing("E25", "2026-07-01", "leeftijd 4-18")
    made = narrowed(asked, decision="b", today=TODAY, rules=ends, kinds=KINDS)
    assert made.valid_until == date(2027, 1, 1)
    later = narrowing("E25", "2026-07-01..2027-07-01", "leeftijd 4-18")
    with pytest.raises(Refusal, match="einddatum"):
        narrowed(later, decision="b", today=TODAY, rules=ends, kinds=KINDS)


def version(days: str, *, age_until: int) -> Rule:
    (rule,) = [rule for rule in COMMON if rule.rule_id == "E25"]
    valid_from, valid_until = period(days)
    return replace(rule, valid_from=valid_from, valid_until=valid_until, age_until=age_until)


# versions as recorded (days and age until): the common ones | its own ones -> what holds when
FORCE = """
2023-01-01.. 18 | - | 2023-01-01.. 18
2023-01-01.. 18, 2027-01-01.. 19 | - | 2023-01-01..2027-01-01 18, 2027-01-01.. 19
2023-01-01.. 18, 2023-01-01.. 19 | - | 2023-01-01.. 19
2023-01-01..2026-01-01 18, 2027-01-01.. 19 | - | 2023-01-01..2026-01-01 18, 2027-01-01.. 19
2023-01-01.. 18, 2026-01-01..2026-01-01 18 | - | 2023-01-01..2026-01-01 18
2023-01-01.. 18 | 2026-07-01.. 12 | 2023-01-01..2026-07-01 18, 2026-07-01.. 12
2023-01-01.. 18 | 2026-07-01..2027-01-01 12 | 2023-01-01..2026-07-01 18, 2026-07-01..2027-01-01 12, 2027-01-01.. 18
2023-01-01.. 18 | 2026-07-01.. 12, 2027-01-01.. 6 | 2023-01-01..2026-07-01 18, 2026-07-01..2027-01-01 12, 2027-01-01.. 6
2023-01-01.. 18, 2027-01-01.. 19 | 2026-07-01.. 12 | 2023-01-01..2026-07-01 18, 2026-07-01.. 12
2023-01-01.. 18 | 2022-01-01.. 12 | 2022-01-01.. 12
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", FORCE.strip().splitlines())
def test_which_version_holds_when(row: str) -> None:
    common, own, expected = (cell.strip() for cell in row.split("|"))
    found = in_force(versions_of(common), versions_of(own))
    assert found == tuple(versions_of(expected))


def versions_of(text: str) -> list[Rule]:
    """Make versions of rule E25 from their days and the age until which they hold."""
    if text == "-":
        return []
    pairs = [part.split() for part in text.split(",")]
    return [version(days, age_until=int(age)) for days, age in pairs]


def test_the_version_of_a_rule_base_changes_with_any_rule_and_with_nothing_else() -> None:
    assert in_force(RULE_VERSIONS, ()) == tuple(
        sorted(RULE_VERSIONS, key=lambda rule: (rule.rule_id, rule.valid_from))
    )
    shipped = rule_base_of(COMMON).version
    assert rule_base_of(tuple(COMMON)).version == shipped
    changed = [replace(rule, explanation=f"{rule.explanation} Zo.") for rule in COMMON]
    assert rule_base_of((changed[0], *COMMON[1:])).version != shipped


def test_a_period_is_cut_on_the_day_on_which_a_narrowing_begins() -> None:
    own = versions_of("2026-07-01.. 12")
    found = segments(
        date(2026, 6, 1),
        date(2026, 8, 1),
        kind=help_kind("kindpakket", KINDS),
        birth_date=date(2012, 1, 1),
        facts=(("laag-inkomen", True),),
        sources=("ARM",),
        rules=rule_base_of(in_force(RULE_VERSIONS, own)),
    )
    assert [(each.from_date, each.verdicts[0].standing) for each in found] == [
        (date(2026, 6, 1), Standing.MAY),
        (date(2026, 7, 1), Standing.NO_RULE),
    ]


def test_what_the_database_refuses_is_told_in_its_own_words() -> None:
    told = UnlawfulLine(found="regel E05 laat JW niet betalen").message()
    assert told.startswith("Er is niets geboekt: regel E05 laat JW niet betalen.")
