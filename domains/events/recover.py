"""Who pays from a day on: which parts of a draw stay as they are, and which are covered anew.

A part stays where its fund may still pay by the same rule; all other help that is still to come is
given back to the place where the money lay and finds its cover again, in the order of a draw. Kind
of help, provider, amount and days never change. What of an advance somebody was asked to pay, or
what was settled about it, stays where it is, with its item.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from domains import chart
from domains.days import day_text
from domains.draws.cover import Need, expected_payer
from domains.draws.model import Part, PartStanding, Payment, Place, StandingPart
from domains.eligibility.model import (
    Facts,
    HelpKind,
    RuleBase,
    Segment,
    SourceVerdict,
    Standing,
)
from domains.eligibility.rules import segments
from domains.providers.rules import scale_of
from ledger.money import show, split

POOL: Final = "bundeling"
"""Stands for the funds that pay together, where nobody knows yet which of them has room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of a person on the day of an event, apart from what the draw says."""

    birth_date: date
    facts: Facts = ()
    """Conditions that got another value since the draw was asked."""
    lives_in: str = ""
    """The municipality where the person lives now; empty: here."""

    def facts_of(self, asked: Facts) -> Facts:
        """Return the facts of a draw as they are now."""
        return tuple(sorted({**dict(asked), **dict(self.facts)}.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDraw:
    """A draw with the parts that still stand."""

    id: UUID
    kind: HelpKind
    facts: Facts
    parts: tuple[StandingPart, ...]
    waiting: Mapping[UUID, int]
    """What of each advance nobody was asked to pay yet, in whole cents."""

    def loose_cents(self, standing: StandingPart) -> int:
        """Return what a part may give back of what it reserves, in whole cents."""
        if standing.part.standing is not PartStanding.ADVANCE:
            return standing.reserved_cents
        return min(standing.reserved_cents, self.waiting.get(standing.id, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a draw gives back, what it keeps under new days, and what needs cover anew."""

    released: tuple[tuple[StandingPart, int], ...]
    """Parts that give back what they reserve, in whole cents."""
    kept: tuple[Part, ...]
    """What the same funds take up again, where a part is cut at a day."""
    needs: tuple[tuple[UUID, Need], ...]
    """Each with the family on whose accounts it is to stand."""
    payment: Payment = Payment.RESERVATION
    """Whether this is about what is reserved, or about what is paid already."""

    @property
    def is_empty(self) -> bool:
        """Return whether everything stays as it is."""
        return not self.needs


def plan_recover(
    draw: RunningDraw, *, day: date, lives: Mapping[UUID, Life], rules: RuleBase
) -> Plan:
    """Plan who has to pay anew what is still to come of a draw on a day and after it.

    A part that has to give way is cut at that day, and at each day on which it may pay again. What
    of it is not loose stays on the part and counts for the earliest days.
    """
    released: list[tuple[StandingPart, int]] = []
    kept: list[Part] = []
    needs: list[tuple[UUID, Need]] = []
    for standing in draw.parts:
        part, life = standing.part, lives[standing.part.person]
        loose = draw.loose_cents(standing)
        to_come = min(loose, undelivered_from(standing, day))
        if not to_come:
            continue
        facts = life.facts_of(draw.facts)
        pieces = segments(
            max(day, part.from_date),
            part.until_date,
            kind=draw.kind,
            birth_date=life.birth_date,
            facts=facts,
            sources=rules.sources,
            rules=rules,
        )
        amounts = split(to_come, [piece.days for piece in pieces])
        judged = [
            (piece, cents, stays(part, piece, life=life))
            for piece, cents in zip(pieces, amounts, strict=True)
            if cents
        ]
        if all(holds for _, _, holds in judged):
            continue
        released.append((standing, loose))
        before = loose - to_come
        if before:
            kept.append(replace(part, until_date=day, amount_cents=before))
        kept += [
            replace(
                part,
                from_date=piece.from_date,
                until_date=piece.until_date,
                amount_cents=cents,
            )
            for piece, cents, holds in judged
            if holds
        ]
        needs += [
            (part.gezin, _need(part, piece, cents=cents, kind=draw.kind, facts=facts))
            for piece, cents, holds in judged
            if not holds
        ]
    return Plan(released=tuple(released), kept=tuple(kept), needs=tuple(needs))


def plan_shortage(
    draw: RunningDraw, *, lives: Mapping[UUID, Life], payment: Payment, year: int
) -> Plan:
    """Plan to find cover for what nobody pays of a draw, in a year or later.

    It is what is reserved, or what is paid already. An advance that was paid without cover waits
    for its payer instead.
    """
    short = [
        (standing, cents)
        for standing in draw.parts
        if standing.part.place is Place.SHORTAGE and chart.year_of(standing.part.fund) >= year
        if (cents := _short_cents(draw, standing, payment))
    ]
    return Plan(
        released=tuple(short),
        kept=(),
        needs=tuple(
            (
                standing.part.gezin,
                _need(
                    standing.part,
                    standing.part,
                    cents=cents,
                    kind=draw.kind,
                    facts=lives[standing.part.person].facts_of(draw.facts),
                ),
            )
            for standing, cents in short
        ),
        payment=payment,
    )


def _short_cents(draw: RunningDraw, standing: StandingPart, payment: Payment) -> int:
    if payment is Payment.RESERVATION:
        return draw.loose_cents(standing)
    return standing.spent_cents if standing.part.standing is PartStanding.SHORTAGE else 0


def recovered_sentence(
    given: Sequence[Part], covered: Sequence[Part], *, day: date, cause: str
) -> str:
    """Return in one Dutch line from which day on who pays instead of whom."""
    sums: dict[str, int] = {}
    for parts, sign in ((given, -1), (covered, 1)):
        for part in parts:
            payer = f"{part.fund} voor {part.payer}" if part.payer else part.fund
            sums[payer] = sums.get(payer, 0) + sign * part.amount_cents
    before = [f"{payer} {show(-cents)}" for payer, cents in sorted(sums.items()) if cents < 0]
    after = [f"{payer} {show(cents)}" for payer, cents in sorted(sums.items()) if cents > 0]
    told = f"was {', '.join(before)}; nu {', '.join(after)}" if before else "uit een andere plaats"
    return f"Opnieuw gedekt vanaf {day_text(day)} ({cause}): {told}."


def undelivered_from(standing: StandingPart, day: date) -> int:
    """Return what a part still reserves for a day and the days after it, in whole cents.

    Help is delivered in order of time: what was delivered counts for the earliest days.
    """
    part = standing.part
    if part.until_date <= day or not standing.reserved_cents:
        return 0
    if day <= part.from_date:
        return standing.reserved_cents
    days = ((day - part.from_date).days, (part.until_date - day).days)
    _, share = split(standing.reserved_cents + standing.spent_cents, days)
    return min(standing.reserved_cents, share)


def stays(part: Part, judged: Segment, *, life: Life) -> bool:
    """Return whether a part may go on paying on these days, on the ground that it pays on."""
    payer = life.lives_in or expected_payer(judged)
    if part.standing is PartStanding.SHORTAGE:
        return not payer
    if part.provisional:
        return (
            not judged.awaits_outside_payer
            and not life.lives_in
            and _pays(part, (*judged.verdicts, *judged.pool), Standing.PROVISIONAL)
        )
    if part.standing is PartStanding.ADVANCE:
        named = (
            life.lives_in == part.payer
            if life.lives_in
            else part.payer in (payer, *judged.outside_payers)
        )
        covered = part.place is Place.SHORTAGE or _pays(part, judged.advance, Standing.MAY)
        return bool(payer) and named and covered
    verdicts = judged.verdicts if part.standing is PartStanding.OWN else judged.pool
    return not payer and _pays(part, verdicts, Standing.MAY)


def payer_of(judged: Segment, *, life: Life) -> str:
    """Name who is expected to pay these days: a fund, a party outside, or the pool."""
    outside = life.lives_in or expected_payer(judged)
    own = [verdict for verdict in judged.verdicts if verdict.pays_as_own]
    if outside or not own:
        return outside or POOL
    return chart.fund(min(own, key=_turn).source, judged.year)


def _pays(part: Part, verdicts: Iterable[SourceVerdict], standing: Standing) -> bool:
    """Return whether the source of a part may pay by the rule that the part names."""
    source = chart.source_of(part.fund)
    return any(
        each.source == source and each.rule_id == part.rule and each.standing is standing
        for each in verdicts
    )


def _turn(verdict: SourceVerdict) -> tuple[int, str]:
    """Return the turn of a source under a rule that names its sources in order."""
    rule = verdict.rule
    first = rule.sources.index(verdict.source) if rule and rule.sources_in_order else 0
    return (first, verdict.source)


def _need(part: Part, days: Part | Segment, *, cents: int, kind: HelpKind, facts: Facts) -> Need:
    """Ask cover for days of a part."""
    return Need(
        person=part.person,
        line=part.line,
        kind=kind,
        from_date=days.from_date,
        until_date=days.until_date,
        amount_cents=cents,
        facts=facts,
        scale=scale_of(part.taakveld),
    )
