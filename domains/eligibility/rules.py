"""Which sources may pay this help for this person on these days: pure judgement, no money.

The order of weight, per source: the rules for the most specific kind of help speak first; among
those a closed door beats an open one; a catch-all speaks only where no other rule of that source
does; and where none speaks the source may still join the pool.
"""

import difflib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import ClassVar, Final

from domains.eligibility.model import (
    Condition,
    Facts,
    HelpKind,
    Reach,
    Rule,
    RuleBase,
    RuleOutcome,
    Segment,
    SourceVerdict,
    Standing,
)
from domains.sources.model import Hardness
from ledger.entries import fingerprint
from ledger.refusals import Refusal

_STRONGEST_FIRST: Final = (
    Standing.CLOSED,
    Standing.EXTERN,
    Standing.MAY,
    Standing.PROVISIONAL,
    Standing.CONDITION_NOT_MET,
)


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownHelpKind(Refusal):
    """There is no kind of help with this code."""

    code: ClassVar[str] = "soort-hulp-onbekend"
    kind: str
    nearest: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        hint = f" Bedoelt u {self.nearest}?" if self.nearest else ""
        return (
            f"De soort hulp '{self.kind}' bestaat niet.{hint} Kies een code uit de lijst van"
            " soorten hulp, of maatwerk als geen enkele soort past."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownFact(Refusal):
    """No rule asks for this condition, so nothing changes when it does."""

    code: ClassVar[str] = "feit-onbekend"
    fact: str
    nearest: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        hint = f" Bedoelt u {self.nearest}?" if self.nearest else ""
        return (
            f"Geen rechtsregel vraagt naar '{self.fact}'.{hint} Kies een voorwaarde uit de lijst"
            " van rechtsregels."
        )


def help_kind(code: str, kinds: Iterable[HelpKind]) -> HelpKind:
    """Find a kind of help by its code.

    :raises UnknownHelpKind: no kind has this code.
    """
    by_code = {kind.code: kind for kind in kinds}
    if code not in by_code:
        near = difflib.get_close_matches(code.lower(), by_code, n=2)
        raise UnknownHelpKind(kind=code[:60], nearest=" of ".join(near))
    return by_code[code]


def check_facts(names: Iterable[str], rules: Iterable[Rule]) -> None:
    """Refuse a fact that no rule asks for: it would silently leave a condition unknown.

    :raises UnknownFact: one of them, with what it looks like.
    """
    known = sorted({condition.fact for rule in rules for condition in rule.conditions})
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=2)
            raise UnknownFact(fact=name[:60], nearest=" of ".join(near))


def rule_base_of(rules: Iterable[Rule]) -> RuleBase:
    """Give rules their version: a name made from their content, so that it changes with a rule."""
    found = tuple(rules)
    content = fingerprint(*(cell for rule in found for cell in _cells(rule)))
    days = {day for rule in found for day in (rule.valid_from, rule.valid_until) if day}
    ages = {age for rule in found for age in (rule.age_from, rule.age_until) if age}
    return RuleBase(
        version=f"rechtsregels-{content.hex()[:16]}",
        rules=found,
        sources=tuple(sorted({source for rule in found for source in rule.sources})),
        days=(date.min, *sorted(days)),
        ages=(0, *sorted(ages)),
    )


def age_on(birth_date: date, day: date) -> int:
    """Return the age in whole years on a day; it goes up on the birthday itself.

    House rules: whoever was born on 29 February is a year older on 1 March in years without one;
    a child that is not born yet counts as 0, so that help before a birth has a payer too.
    """
    before = (day.month, day.day) < (birth_date.month, birth_date.day)
    return max(0, day.year - birth_date.year - int(before))


def birthday_in(birth_date: date, year: int) -> date:
    """Return the day of a year on which the age goes up, by the rule of :func:`age_on`."""
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def verdicts_on(
    day: date,
    *,
    kind: HelpKind,
    age: int,
    facts: Facts,
    sources: Sequence[str],
    rules: Iterable[Rule],
) -> tuple[SourceVerdict, ...]:
    """Judge per source whether it may pay this help on a day, one verdict per source asked.

    A condition that is unknown leaves the door open: under ``RAAD`` and ``AFSPRAAK`` with
    something to be shown, under ``WET`` provisionally. A condition that the facts contradict
    closes it. A no (``NIET``) that the facts contradict is no longer a no; one that hangs on an
    unknown fact stands only under ``WET``.
    """
    known = dict(facts)
    living = _living(rules, day=day, age=age)
    return tuple(_verdict(source, kind=kind, known=known, living=living) for source in sources)


def pool_on(
    day: date,
    *,
    age: int,
    facts: Facts,
    verdicts: Sequence[SourceVerdict],
    rules: Iterable[Rule],
) -> tuple[SourceVerdict, ...]:
    """Judge the same sources for paying together from the pool on a day, one verdict each.

    A source of which a rule speaks for this help follows that rule; the others follow the rule of
    the pool. So a door that the law closed stays closed in the pool too.
    """
    known = dict(facts)
    pooling = [rule for rule in _living(rules, day=day, age=age) if rule.reach is Reach.POOL]
    return tuple(
        _strongest(verdict.source, [r for r in pooling if verdict.source in r.sources], known)
        if verdict.standing is Standing.NO_RULE
        else verdict
        for verdict in verdicts
    )


def segments(
    from_date: date,
    until_date: date,
    *,
    kind: HelpKind,
    birth_date: date,
    facts: Facts,
    sources: Iterable[str],
    rules: RuleBase,
) -> tuple[Segment, ...]:
    """Cut a period (until exclusive) where a birthday, a rule or the year changes who may pay.

    Days that follow each other in one year with the same verdicts stay together, so that a
    birthday that changes nothing gives no extra line.
    """
    asked = tuple(sources)
    found: list[Segment] = []
    for start, end in _pieces(from_date, until_date, birth_date=birth_date, rules=rules):
        age = age_on(birth_date, start)
        judged = _judged(
            rules,
            day=rules.days[bisect_right(rules.days, start) - 1],
            age=rules.ages[bisect_right(rules.ages, age) - 1],
            kind=kind,
            facts=facts,
            sources=asked,
        )
        if found and found[-1].year == start.year and _alike(found[-1], judged):
            found[-1] = replace(found[-1], until_date=end)
        else:
            found.append(replace(judged, from_date=start, until_date=end))
    return tuple(found)


# Until the next rule begins or ends, equal cases are judged alike: every fact that counts is a key.
@lru_cache(maxsize=2_000)
def _judged(
    rules: RuleBase,
    *,
    day: date,
    age: int,
    kind: HelpKind,
    facts: Facts,
    sources: tuple[str, ...],
) -> Segment:
    """Judge a day and an age on which rules begin or end; it holds up to the next of both."""
    verdicts = verdicts_on(day, kind=kind, age=age, facts=facts, sources=sources, rules=rules.rules)
    return Segment(
        from_date=day,
        until_date=date.max,
        verdicts=verdicts,
        pool=pool_on(day, age=age, facts=facts, verdicts=verdicts, rules=rules.rules),
        advance=_advance_on(day, age=age, facts=facts, verdicts=verdicts, rules=rules.rules),
        shortage=_shortage_on(day, age=age, rules=rules.rules),
    )


def _cells(rule: Rule) -> tuple[str, ...]:
    """Write down everything that a rule says, always in the same words."""
    nature = rule.nature
    return (
        rule.rule_id,
        (">" if rule.sources_in_order else "+").join(rule.sources),
        rule.reach.value,
        " ".join(rule.kinds),
        rule.person,
        f"{rule.age_from}-{rule.age_until or ''}",
        ";".join(f"{each.fact}={each.value}" for each in rule.conditions),
        rule.outcome.value,
        rule.hardness.value,
        rule.legal_basis,
        rule.explanation,
        f"{nature.taakveld} {nature.category} {nature.cost_account}" if nature else "",
        f"{rule.valid_from}/{rule.valid_until or ''}",
    )


def _living(rules: Iterable[Rule], *, day: date, age: int) -> list[Rule]:
    """Return the rules that hold on a day for somebody of that age."""
    return [rule for rule in rules if rule.valid_on(day) and rule.covers(age)]


def _verdict(
    source: str, *, kind: HelpKind, known: dict[str, bool | None], living: Sequence[Rule]
) -> SourceVerdict:
    """Judge one source: the most specific kind that any of its rules speaks of decides."""
    of_source = [rule for rule in living if source in rule.sources]
    always = _strongest(source, [r for r in of_source if r.reach is Reach.ALWAYS], known)
    if always.standing is Standing.CLOSED:
        return always
    for code in kind.lineage:
        named = [rule for rule in of_source if rule.reach is Reach.KIND and code in rule.kinds]
        verdict = _strongest(source, named, known)
        if verdict.standing is not Standing.NO_RULE:
            return verdict
    return _strongest(source, [rule for rule in of_source if rule.reach is Reach.REST], known)


def _strongest(
    source: str, candidates: Iterable[Rule], known: dict[str, bool | None]
) -> SourceVerdict:
    """Judge rules of equal specificity and return the one that weighs most."""
    judged = [_judge(source, rule, known) for rule in candidates]
    standing = [verdict for verdict in judged if verdict.standing is not Standing.NO_RULE]
    if not standing:
        return SourceVerdict(source=source, standing=Standing.NO_RULE)
    return min(
        standing,
        key=lambda verdict: (_STRONGEST_FIRST.index(verdict.standing), verdict.rule_id),
    )


def _judge(source: str, rule: Rule, known: dict[str, bool | None]) -> SourceVerdict:
    """Hold one rule against the facts."""
    missing = [known.get(each.fact) is None for each in rule.conditions]
    unknown = _named(rule.conditions, missing)
    contradicted = _named(
        rule.conditions,
        [
            known.get(each.fact) is (not each.value) or (each.shown and is_missing)
            for each, is_missing in zip(rule.conditions, missing, strict=True)
        ],
    )
    return SourceVerdict(
        source=source,
        standing=_standing(rule, unknown=unknown, contradicted=contradicted),
        rule=rule,
        to_be_shown=unknown,
        contradicted=contradicted,
    )


def _named(conditions: Sequence[Condition], chosen: Sequence[bool]) -> tuple[str, ...]:
    """Return the facts of the chosen conditions."""
    return tuple(each.fact for each, is_chosen in zip(conditions, chosen, strict=True) if is_chosen)


def _standing(rule: Rule, *, unknown: tuple[str, ...], contradicted: tuple[str, ...]) -> Standing:
    """Return what a rule comes to with these conditions unknown or contradicted."""
    by_law = rule.hardness is Hardness.WET
    if rule.outcome is RuleOutcome.NIET:
        stands = not contradicted and (by_law or not unknown)
        return Standing.CLOSED if stands else Standing.NO_RULE
    if rule.outcome is RuleOutcome.EXTERN:
        return Standing.NO_RULE if contradicted else Standing.EXTERN
    if contradicted:
        return Standing.CONDITION_NOT_MET
    return Standing.PROVISIONAL if unknown and by_law else Standing.MAY


def _pieces(
    from_date: date, until_date: date, *, birth_date: date, rules: RuleBase
) -> list[tuple[date, date]]:
    """Cut a period at every day on which a verdict could change."""
    cuts = {from_date, *rules.days}
    for year in range(from_date.year, until_date.year + 1):
        cuts |= {date(year, 1, 1), birthday_in(birth_date, year)}
    starts = sorted(cut for cut in cuts if from_date <= cut < until_date)
    return list(zip(starts, [*starts[1:], until_date], strict=True))


def _advance_on(
    day: date,
    *,
    age: int,
    facts: Facts,
    verdicts: Iterable[SourceVerdict],
    rules: Iterable[Rule],
) -> tuple[SourceVerdict, ...]:
    """Return the sources that may pay in advance; a door that is closed for this help stays closed.

    The rule names its sources in the order of the program; a municipality chooses its own order.
    """
    known = dict(facts)
    closed = {verdict.source for verdict in verdicts if verdict.standing is Standing.CLOSED}
    found = [
        _judge(source, rule, known)
        for rule in _living(rules, day=day, age=age)
        if rule.reach is Reach.ADVANCE
        for source in rule.sources
        if source not in closed
    ]
    return tuple(verdict for verdict in found if verdict.may_pay)


def _shortage_on(day: date, *, age: int, rules: Iterable[Rule]) -> SourceVerdict:
    """Return the rule by which help is granted without cover; a rule base always has one."""
    for rule in _living(rules, day=day, age=age):
        if rule.reach is Reach.SHORTAGE:
            return SourceVerdict(source=rule.sources[0], standing=Standing.MAY, rule=rule)
    raise LookupError(f"the rule base has no rule for a shortage from {day} on")


def _alike(one: Segment, other: Segment) -> bool:
    """Return whether two segments are paid alike."""
    return (one.verdicts, one.pool, one.advance, one.shortage) == (
        other.verdicts,
        other.pool,
        other.advance,
        other.shortage,
    )
