"""What a rule says, and what it comes to for one source on one day.

A rule is a row of data: which source, which help, whose age, on which conditions, with which
outcome, by which article, and from when until when.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from domains.sources.model import Hardness

Facts: TypeAlias = tuple[tuple[str, bool | None], ...]
"""What is known about a case: the name of a condition and true, false, or ``None`` (unknown)."""


class RuleOutcome(StrEnum):
    """What a rule says when it applies; the values are those of the rule base."""

    TOEGESTAAN = "TOEGESTAAN"
    """The source may pay."""
    TOEGESTAAN_MITS = "TOEGESTAAN_MITS"
    """The source may pay on conditions."""
    ALLEEN_ONTSCHOT = "ALLEEN_ONTSCHOT"
    """The source may pay only as part of the pool."""
    NIET = "NIET"
    """The source may not pay."""
    EXTERN = "EXTERN"
    """A party outside the municipality has to pay."""


class Reach(StrEnum):
    """For which help a rule speaks."""

    KIND = "soort"
    """For the kinds of help that it names."""
    REST = "rest"
    """For all help of its source that no other rule of that source speaks of (catch-all)."""
    ALWAYS = "altijd"
    """For all help of its source, whatever other rules of that source say."""
    POOL = "bundeling"
    """For help paid together from the pool, where no rule of the source speaks of that help."""
    SHORTAGE = "tekort"
    """For help that was granted and that no fund has room for."""
    ADVANCE = "voorfinanciering"
    """For help paid now by a fund that may not be the final payer."""
    TOP_UP = "aanvulling"
    """For filling a district or family budget; it speaks of no help."""
    REFUSAL = "weigering"
    """For a request that is refused for what it is, before anybody asks who pays."""


class Standing(StrEnum):
    """What the rules come to for one source, with the facts of the case."""

    CLOSED = "gesloten"
    EXTERN = "extern"
    MAY = "mag"
    PROVISIONAL = "voorlopig"
    """May pay, but a fact that the law asks for is still unknown: the cover may change."""
    CONDITION_NOT_MET = "voorwaarde-onvervuld"
    NO_RULE = "geen-regel"


class SameBy(StrEnum):
    """By what two requests of one kind for one person are the same help."""

    KIND = "soort"
    """By the kind: the same care twice on one day is the same care."""
    DESCRIPTION = "omschrijving"
    """By supplier and description: two bills of one kind are two things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A fact that a rule asks for, and the value it should have."""

    fact: str
    value: bool
    shown: bool = False
    """It has to be shown first: as long as nobody knows, it is not so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """Where an expense belongs by what it is, whoever pays it (Iv3)."""

    taakveld: str
    category: str
    cost_account: str
    """The account of the book ``LASTEN``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpKind:
    """A kind of help (soort hulp) that a draw can ask for."""

    code: str
    name: str
    wider: tuple[str, ...]
    """The kinds that this one is part of, the nearest first."""
    natures: tuple[tuple[int, Nature], ...]
    """Where the expense belongs, from which year on, the oldest first: Iv3 changes its codes."""
    same_by: SameBy
    refused_as_cash_pgb: bool

    @property
    def nature(self) -> Nature:
        """Return where the expense belongs by the newest codes."""
        return self.natures[-1][1]

    def nature_in(self, year: int) -> Nature:
        """Return where the expense belongs in a year; before the first year as in that year."""
        known = [nature for first_year, nature in self.natures if first_year <= year]
        return known[-1] if known else self.natures[0][1]

    @property
    def lineage(self) -> tuple[str, ...]:
        """Return this kind and the wider ones, the most specific first."""
        return (self.code, *self.wider)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of an eligibility rule (recht op bron)."""

    rule_id: str
    sources: tuple[str, ...]
    sources_in_order: bool
    """The first source pays, and only what it cannot pay goes to the next."""
    reach: Reach
    kinds: tuple[str, ...]
    person: str
    """Whom the rule is written for, in Dutch; the test is the age and the conditions."""
    age_from: int
    age_until: int | None
    """In whole years, exclusive; ``None``: no upper limit."""
    conditions: tuple[Condition, ...]
    outcome: RuleOutcome
    hardness: Hardness
    legal_basis: str
    explanation: str
    """Dutch, for whoever asks why."""
    nature: Nature | None
    """``None``: as the kind of help says."""
    valid_from: date
    valid_until: date | None

    def valid_on(self, day: date) -> bool:
        """Return whether this version of the rule holds on a day of performance."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def covers(self, age: int) -> bool:
        """Return whether somebody of this age falls under the rule."""
        return self.age_from <= age and (self.age_until is None or age < self.age_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBase:
    """All rules of one version; the version names exactly this content, so it alone is compared."""

    version: str
    rules: tuple[Rule, ...] = field(compare=False)
    sources: tuple[str, ...] = field(compare=False)
    """Every source that a rule speaks of, by code."""
    days: tuple[date, ...] = field(compare=False)
    """The days on which a rule begins or ends, the earliest first, after the first day of all."""
    ages: tuple[int, ...] = field(compare=False)
    """The ages, in whole years, at which a rule begins or ends to cover somebody, after 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVerdict:
    """What the rules come to for one source on one day, and which rule says so."""

    source: str
    standing: Standing
    rule: Rule | None = None
    to_be_shown: tuple[str, ...] = ()
    """Conditions that are still unknown and must be shown later."""
    contradicted: tuple[str, ...] = ()
    """Conditions that the facts contradict."""

    @property
    def may_pay(self) -> bool:
        """Return whether the source may pay, alone or from the pool."""
        return self.standing in {Standing.MAY, Standing.PROVISIONAL}

    @property
    def pays_as_own(self) -> bool:
        """Return whether this is help of the source itself, not only of the pool."""
        return self.may_pay and self.names_own_help

    @property
    def names_own_help(self) -> bool:
        """Return whether the rule says that this help belongs to the source."""
        rule = self.rule
        return rule is not None and rule.reach is Reach.KIND and rule.outcome in _OWN

    @property
    def outcome(self) -> RuleOutcome | None:
        """Return what the rule says, or nothing where no rule speaks."""
        return self.rule.outcome if self.rule else None

    @property
    def rule_id(self) -> str:
        """Return the name of the rule, or an empty text."""
        return self.rule.rule_id if self.rule else ""

    @property
    def hardness(self) -> Hardness | None:
        """Return who closed or opened the source, or nothing where no rule speaks."""
        return self.rule.hardness if self.rule else None

    @property
    def legal_basis(self) -> str:
        """Return the article, or an empty text."""
        return self.rule.legal_basis if self.rule else ""


_OWN = frozenset({RuleOutcome.TOEGESTAAN, RuleOutcome.TOEGESTAAN_MITS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Days on which the same rules give the same verdicts; never longer than a calendar year."""

    from_date: date
    until_date: date
    """Exclusive."""
    verdicts: tuple[SourceVerdict, ...]
    """One per source that was asked, by the rules for this help."""
    pool: tuple[SourceVerdict, ...]
    """The same sources, judged for paying together from the pool."""
    advance: tuple[SourceVerdict, ...]
    """The sources that may pay now for a final payer who is another or not known yet."""
    shortage: SourceVerdict
    """By which rule help is granted that no fund has room for."""

    @property
    def days(self) -> int:
        """Return the number of days."""
        return (self.until_date - self.from_date).days

    @property
    def year(self) -> int:
        """Return the calendar year, which is the year of the funds that may pay."""
        return self.from_date.year

    @property
    def awaits_outside_payer(self) -> bool:
        """Return whether a party outside the municipality has to pay these days."""
        return bool(self.outside_payers)

    @property
    def nobody_may_pay(self) -> bool:
        """Return whether no source of the municipality may pay these days, whatever it has.

        A catch-all of a grant or a donor speaks of no help, so it does not count.
        """
        return not any(
            verdict.may_pay and verdict.rule and verdict.rule.reach is not Reach.REST
            for verdict in (*self.verdicts, *self.pool)
        )

    @property
    def outside_payers(self) -> tuple[str, ...]:
        """Return the sources outside the municipality that have to pay these days."""
        return tuple(
            verdict.source for verdict in self.verdicts if verdict.standing is Standing.EXTERN
        )
