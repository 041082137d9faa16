"""What a municipality may change in the rules, and which rules then hold on which day.

A rule that is law (``WET``) can be neither loosened nor narrowed; the others can be narrowed, and
rules of one's own can be added, by a decision.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import ClassVar, Final

from domains import chart
from domains.eligibility.model import Condition, HelpKind, Reach, Rule, RuleOutcome
from domains.eligibility.rules import help_kind
from domains.rule_base.model import Narrowing
from domains.sources import source
from domains.sources.model import Hardness
from ledger.refusals import Refusal

_OWN_NUMBER: Final = re.compile(r"L[0-9]{2,4}")
_FACT_NAME: Final = re.compile(r"(?=.{1,60}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_CLOSED: Final = frozenset({RuleOutcome.NIET, RuleOutcome.EXTERN})


@dataclass(kw_only=True, unsafe_hash=True)
class RuleWithoutDecision(Refusal):
    """A municipality changes its rules and names no decision."""

    code: ClassVar[str] = "regel-zonder-besluit"
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voor regel {self.rule} is geen besluit genoemd. Geef de verwijzing naar het besluit"
            " van raad of college waarmee deze regel geldt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RuleNeverApplies(Refusal):
    """A rule would hold on no day, for nobody, or for no source."""

    code: ClassVar[str] = "regel-geldt-nooit"
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} zou nooit gelden. Noem ten minste één bron, een einddatum na de"
            " begindatum en een leeftijd 'tot' boven de leeftijd 'vanaf'; wat na 'tot' staat telt"
            " zelf niet mee."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidRuleNumber(Refusal):
    """A rule of a municipality has a number that could be that of a common rule."""

    code: ClassVar[str] = "regel-nummer-ongeldig"
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.rule}' kan geen nummer van een eigen regel zijn. Kies een L met twee tot vier"
            " cijfers, zoals L01. Een bestaande regel (E..) kunt u alleen beperken."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LawIsNotLocal(Refusal):
    """A municipality would write law, or bind a party outside itself."""

    code: ClassVar[str] = "regel-niet-gemeentelijk"
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} kan geen wet zijn en geen andere partij laten betalen. Kies de"
            " hardheid RAAD of AFSPRAAK, en een uitkomst over de eigen middelen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SourceNotLocal(Refusal):
    """A municipality makes a rule for money that is not its own."""

    code: ClassVar[str] = "bron-niet-gemeentelijk"
    rule: str
    source: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} gaat over {self.source}, en dat is geen eigen geld van de"
            " gemeente. Kies een bron waarvoor de raad een budget vaststelt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RuleWithoutKind(Refusal):
    """A rule of a municipality opens a source and does not say for which help."""

    code: ClassVar[str] = "regel-zonder-soort-hulp"
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} opent een bron zonder te zeggen voor welke hulp. Noem ten minste"
            " één soort hulp; alleen een regel met de uitkomst NIET mag over alle hulp gaan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidFactName(Refusal):
    """A condition of a rule has a name that nobody can fill in."""

    code: ClassVar[str] = "voorwaarde-naam-ongeldig"
    rule: str
    fact: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.fact}' kan geen voorwaarde van regel {self.rule} zijn. Gebruik hooguit 60"
            " kleine letters en cijfers met streepjes ertussen, zoals laag-inkomen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LoosensLaw(Refusal):
    """A rule of a municipality would open what the law closes, or drop a condition of the law."""

    code: ClassVar[str] = "regel-verruimt-wet"
    rule: str
    law: str
    legal_basis: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} zou regel {self.law} verruimen, en dat is wet"
            f" ({self.legal_basis}). Een gemeente kan de wet niet verruimen: betaal deze hulp uit"
            " een ander middel, of neem de voorwaarden van de wet over."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NarrowsLaw(Refusal):
    """A rule of a municipality would close what the law opens."""

    code: ClassVar[str] = "regel-beperkt-wet"
    rule: str
    law: str
    legal_basis: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} zou sluiten wat regel {self.law} opent, en dat is wet"
            f" ({self.legal_basis}). Een gemeente kan hulp waar de wet recht op geeft niet"
            " uitsluiten; kies een andere soort hulp of andere leeftijden."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownRule(Refusal):
    """No rule with this number holds on that day."""

    code: ClassVar[str] = "regel-onbekend"
    rule: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} geldt niet op {self.day}. Kies een regel uit de lijst van"
            " rechtsregels, en een begindatum waarop die geldt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RuleIsLaw(Refusal):
    """A municipality would narrow a rule that is law."""

    code: ClassVar[str] = "regel-is-wet"
    rule: str
    legal_basis: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} is wet ({self.legal_basis}). Een gemeente kan alleen regels met de"
            " hardheid RAAD of AFSPRAAK beperken."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RuleNotToNarrow(Refusal):
    """A rule closes already, or keeps help from being refused, so that narrowing makes no sense."""

    code: ClassVar[str] = "regel-niet-te-beperken"
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} is niet te beperken: hij sluit al iets uit, of hij zorgt dat hulp"
            " niet op geld wacht. Voeg een eigen regel toe als u iets anders bedoelt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RuleWorksBack(Refusal):
    """A narrower rule would hold before the day on which it is made."""

    code: ClassVar[str] = "regel-werkt-terug"
    rule: str
    from_date: date
    today: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} kan niet vanaf {self.from_date} enger worden: dat is voor vandaag"
            f" ({self.today}), en verleende hulp blijft rechtmatig. Kies een latere begindatum."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotNarrower(Refusal):
    """What is called a narrowing leaves a rule as it is, or widens it."""

    code: ClassVar[str] = "regel-niet-enger"
    rule: str
    part: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Regel {self.rule} wordt hiermee niet enger ({self.part}). Kies minder bronnen,"
            " soorten hulp of leeftijden, vraag een voorwaarde meer, of kies de uitkomst NIET."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnlawfulLine(Refusal):
    """A line of an entry rests on a rule that does not let its fund pay on those days.

    The database says so, in its own words; whoever decides by the rules never gets this answer.
    """

    code: ClassVar[str] = "regel-past-niet"
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Er is niets geboekt: {self.found}. Kies een regel van de bron van het middel, die op"
            " die dagen geldt en het niet verbiedt."
        )


def in_force(common: Iterable[Rule], own: Iterable[Rule]) -> tuple[Rule, ...]:
    """Give the rules with the days on which they hold in a municipality.

    Both are in the order in which they were recorded: a later version takes over from its first
    day for good. On the days of an own version the common rule with that number is silent.
    """
    ours = _successive(own)
    found = list(ours)
    for rule in _successive(common):
        pieces = [rule]
        for other in ours:
            if other.rule_id == rule.rule_id:
                pieces = list(chain.from_iterable(_outside(piece, other) for piece in pieces))
        found += pieces
    return tuple(sorted(found, key=lambda rule: (rule.rule_id, rule.valid_from)))


def check_addition(
    rule: Rule, *, decision: str, common: Sequence[Rule], kinds: Sequence[HelpKind]
) -> None:
    """Refuse a rule of one's own that a municipality may not make.

    :raises RuleWithoutDecision: no decision is named.
    :raises RuleNeverApplies: it holds on no day, for nobody or for no source.
    :raises InvalidRuleNumber: the number is not one for own rules.
    :raises LawIsNotLocal: it would be law, or bind an outside payer.
    :raises domains.sources.UnknownSource: there is no such source.
    :raises SourceNotLocal: the source is an outside payer or the shortage.
    :raises domains.eligibility.rules.UnknownHelpKind: there is no such kind of help.
    :raises RuleWithoutKind: it opens a source for no kind in particular.
    :raises InvalidFactName: a condition has an impossible name.
    :raises LoosensLaw: the law closes this source for this help, or asks more.
    :raises NarrowsLaw: the law opens this source for this help.
    """
    if not decision.strip():
        raise RuleWithoutDecision(rule=rule.rule_id[:20])
    if not _applies(rule):
        raise RuleNeverApplies(rule=rule.rule_id[:20])
    if _OWN_NUMBER.fullmatch(rule.rule_id) is None:
        raise InvalidRuleNumber(rule=rule.rule_id[:20])
    if rule.hardness is Hardness.WET or rule.outcome is RuleOutcome.EXTERN:
        raise LawIsNotLocal(rule=rule.rule_id)
    for code in rule.sources:
        if source(code).external or code == chart.SHORTAGE_SOURCE:
            raise SourceNotLocal(rule=rule.rule_id, source=code)
    lineages = [help_kind(code, kinds).lineage for code in rule.kinds]
    if not lineages and rule.outcome is not RuleOutcome.NIET:
        raise RuleWithoutKind(rule=rule.rule_id)
    _check_fact_names(rule.rule_id, rule.conditions)
    for law in common:
        if law.hardness is Hardness.WET and _meet(rule, law) and _speaks(law, lineages):
            _check_law_stands(rule, law)


def narrowed(
    narrowing: Narrowing,
    *,
    decision: str,
    today: date,
    rules: Sequence[Rule],
    kinds: Sequence[HelpKind],
) -> Rule:
    """Give the narrower version of a rule; ``rules`` are those in force in the municipality.

    It ends with the version that it narrows, so that a later change of that rule still counts.

    :raises RuleWithoutDecision: no decision is named.
    :raises UnknownRule: no rule with this number holds on the first day.
    :raises RuleIsLaw: the rule is law.
    :raises RuleNotToNarrow: it closes something, or it is the rule of the shortage.
    :raises RuleWorksBack: the first day lies before today.
    :raises InvalidFactName: a condition has an impossible name.
    :raises NotNarrower: a part is wider than it was, or nothing is narrower.
    :raises RuleNeverApplies: it holds on no day, for nobody or for no source.
    :raises domains.eligibility.rules.UnknownHelpKind: there is no such kind of help.
    """
    number = narrowing.rule_id[:20]
    if not decision.strip():
        raise RuleWithoutDecision(rule=number)
    rule = _version_on(narrowing.from_date, number, rules)
    if rule.hardness is Hardness.WET:
        raise RuleIsLaw(rule=number, legal_basis=rule.legal_basis)
    if rule.outcome in _CLOSED or rule.reach is Reach.SHORTAGE:
        raise RuleNotToNarrow(rule=number)
    if narrowing.from_date < today:
        raise RuleWorksBack(rule=number, from_date=narrowing.from_date, today=today)
    _check_fact_names(number, narrowing.conditions)
    part = _wider_part(narrowing, rule, kinds)
    if part:
        raise NotNarrower(rule=number, part=part)
    made = replace(
        rule,
        sources=narrowing.sources or rule.sources,
        kinds=narrowing.kinds or rule.kinds,
        age_from=rule.age_from if narrowing.age_from is None else narrowing.age_from,
        age_until=rule.age_until if narrowing.age_until is None else narrowing.age_until,
        conditions=(
            *rule.conditions,
            *(each for each in narrowing.conditions if each not in rule.conditions),
        ),
        outcome=narrowing.outcome or rule.outcome,
        legal_basis=f"{rule.legal_basis}; {decision.strip()}",
        explanation=narrowing.explanation.strip() or rule.explanation,
        valid_from=narrowing.from_date,
        valid_until=narrowing.until_date or rule.valid_until,
    )
    if not _applies(made):
        raise RuleNeverApplies(rule=number)
    if _content(made) == _content(rule):
        raise NotNarrower(rule=number, part="niets verandert")
    return made


def _successive(rules: Iterable[Rule]) -> list[Rule]:
    """Let a later version of a rule take over from its first day."""
    found: list[Rule] = []
    for rule in rules:
        found = [
            _until(earlier, rule.valid_from) if earlier.rule_id == rule.rule_id else earlier
            for earlier in found
        ]
        found.append(rule)
    return [rule for rule in found if _has_days(rule)]


def _outside(rule: Rule, other: Rule) -> list[Rule]:
    """Give what is left of a rule outside the days of another version."""
    pieces = [_until(rule, other.valid_from)]
    if other.valid_until is not None:
        pieces.append(replace(rule, valid_from=max(rule.valid_from, other.valid_until)))
    return [piece for piece in pieces if _has_days(piece)]


def _until(rule: Rule, day: date) -> Rule:
    """Let a rule end on a day, if it does not end before."""
    return replace(rule, valid_until=min(rule.valid_until or day, day))


def _has_days(rule: Rule) -> bool:
    """Return whether a version holds on any day."""
    return rule.valid_until is None or rule.valid_from < rule.valid_until


def _applies(rule: Rule) -> bool:
    """Return whether a rule speaks of any source, age and day."""
    has_ages = rule.age_until is None or rule.age_from < rule.age_until
    return bool(rule.sources) and rule.age_from >= 0 and has_ages and _has_days(rule)


def _version_on(day: date, rule_id: str, rules: Iterable[Rule]) -> Rule:
    """Find the version of a rule that holds on a day."""
    for rule in rules:
        if rule.rule_id == rule_id and rule.valid_on(day):
            return rule
    raise UnknownRule(rule=rule_id, day=day)


def _meet(one: Rule, other: Rule) -> bool:
    """Return whether two rules speak of the same source, age and day."""
    return (
        bool(set(one.sources) & set(other.sources))
        and one.age_from < (other.age_until or one.age_from + 1)
        and other.age_from < (one.age_until or other.age_from + 1)
        and one.valid_from < (other.valid_until or date.max)
        and other.valid_from < (one.valid_until or date.max)
    )


def _speaks(law: Rule, lineages: Sequence[tuple[str, ...]]) -> bool:
    """Return whether a rule speaks of one of these kinds, or of all help."""
    if law.reach is Reach.KIND:
        told = set(law.kinds)
        return not lineages or any(told & set(lineage) for lineage in lineages)
    return law.reach is Reach.REST


def _check_fact_names(rule_id: str, conditions: Iterable[Condition]) -> None:
    """Refuse a condition whose name cannot be written down with its value."""
    for each in conditions:
        if _FACT_NAME.fullmatch(each.fact) is None:
            raise InvalidFactName(rule=rule_id, fact=each.fact[:60])


def _check_law_stands(rule: Rule, law: Rule) -> None:
    """Refuse a rule that opens or closes more than a law that speaks of the same."""
    asked = set(rule.conditions)
    if rule.outcome is RuleOutcome.NIET:
        if law.outcome is not RuleOutcome.NIET:
            raise NarrowsLaw(rule=rule.rule_id, law=law.rule_id, legal_basis=law.legal_basis)
        return
    if law.outcome is RuleOutcome.NIET:
        excluded = {Condition(fact=each.fact, value=not each.value) for each in law.conditions}
        loosens = not asked & excluded
    else:
        loosens = not set(law.conditions) <= asked
    if loosens:
        raise LoosensLaw(rule=rule.rule_id, law=law.rule_id, legal_basis=law.legal_basis)


def _wider_part(narrowing: Narrowing, rule: Rule, kinds: Sequence[HelpKind]) -> str:
    """Name in Dutch the first part of a narrowing that is wider than the rule, if there is one."""
    for code in narrowing.kinds or ():
        help_kind(code, kinds)
    oldest = rule.age_until or 1_000
    checks = (
        ("bronnen", set(narrowing.sources or rule.sources) <= set(rule.sources)),
        ("soorten hulp", set(narrowing.kinds or rule.kinds) <= set(rule.kinds)),
        ("leeftijd vanaf", rule.age_from <= _or(narrowing.age_from, rule.age_from) < oldest),
        ("leeftijd tot", rule.age_from < _or(narrowing.age_until, oldest) <= oldest),
        ("uitkomst", narrowing.outcome in {None, RuleOutcome.NIET}),
        (
            "einddatum",
            rule.valid_until is None
            or narrowing.until_date is None
            or narrowing.until_date <= rule.valid_until,
        ),
    )
    return next((name for name, narrow_enough in checks if not narrow_enough), "")


def _or(value: int | None, otherwise: int) -> int:
    """Return a number, or the one that stands where none was given."""
    return otherwise if value is None else value


def _content(rule: Rule) -> Rule:
    """Return what a rule opens or closes, without the words around it and its days."""
    return replace(
        rule,
        legal_basis="",
        explanation="",
        valid_from=date.min,
        valid_until=None,
    )
