"""Who pays an amount of help, day by day: the order in which funds are asked, without refusals.

A draw, a raise and a re-cover all find their money here. Money only decides who pays: whatever no
fund has room for is granted all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID

from domains import chart
from domains.draws.explanation import weigh_rooms
from domains.draws.model import (
    UNKNOWN_PAYER,
    Cover,
    Part,
    PartStanding,
    Place,
    Room,
    Stretch,
)
from domains.eligibility.model import (
    Facts,
    HelpKind,
    Nature,
    RuleBase,
    Segment,
    SourceVerdict,
    Standing,
)
from domains.eligibility.rules import segments
from domains.families.model import Family
from domains.pooling.rules import POOLED
from domains.providers.model import PurchaseScale
from domains.providers.rules import at_scale
from ledger.money import split

USE_OR_RETURN: Final = ("SPUK",)
"""Sources of which the State takes back what is not used (Fvw 17a): they go first."""

_PLACES: Final = (Place.FAMILY, Place.DISTRICT, Place.COMPLEX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Help of one kind for one person on some days (until exclusive) that has to be paid."""

    person: UUID
    line: int = 0
    """The line of price and volume that it belongs to; 0: none."""
    kind: HelpKind
    from_date: date
    until_date: date
    amount_cents: int
    facts: Facts
    scale: PurchaseScale | None = None
    """By whom it was bought, which says more of where youth help belongs than rule and kind do."""


def stretches_of(
    needs: Iterable[Need], *, family: Family, sources: Iterable[str], rules: RuleBase
) -> tuple[Stretch, ...]:
    """Judge who may pay these needs, day by day, before anybody looks at money.

    A need is cut where a rule, a birthday, the year or the district of the family changes, and its
    amount is spread over its days. ``sources`` are those with a fund, besides those of the rules.
    """
    asked = sorted({*sources, *rules.sources})
    return tuple(
        stretch
        for need in needs
        for stretch in _stretches(need, family=family, sources=asked, rules=rules)
    )


def free_funds(stretches: Iterable[Stretch], *, advance_order: Sequence[str]) -> frozenset[str]:
    """Name the funds whose free room could pay these days; the rooms of these are to be given.

    They are the funds that pay in advance where another payer is expected, and those that a law
    names for this help and that are never pooled.
    """
    found = set()
    for stretch in stretches:
        segment = stretch.segment
        if expected_payer(segment):
            sources = {each.source for each in segment.advance} & set(advance_order)
        else:
            sources = {each.source for each in _own(segment)} - set(POOLED)
        found |= {chart.fund(source, segment.year) for source in sources}
    return frozenset(found)


def cover(
    stretches: Sequence[Stretch],
    *,
    gezin: UUID,
    rooms: Sequence[Room],
    advance_order: Sequence[str],
) -> Cover:
    """Find for every cent who pays it; the order of ``rooms`` does not matter.

    Each stretch of days is paid by the funds of its own year. ``advance_order`` names the sources
    that pay in advance, the first one first.
    """
    till = _Till(rooms=rooms, gezin=gezin)
    open_needs = [
        _Open(stretch=each, open_cents=each.amount_cents) for each in stretches if each.amount_cents
    ]
    for each in open_needs:
        _pay_from_own_funds(till, each)
    for each in open_needs:
        _pay_from_pool(till, each)
    for each in open_needs:
        _pay_in_advance(till, each, advance_order)
    for each in open_needs:
        _leave_as_shortage(till, each)
    parts = tuple(sorted(till.parts, key=_part_order))
    return Cover(
        parts=parts,
        weighed=weigh_rooms(rooms, stretches, parts, advance_order=advance_order),
    )


def nature_of(segment: Segment, kind: HelpKind) -> Nature:
    """Return where the expense belongs: as the law that names the help says, else as its kind.

    Whoever pays in the end, youth help stays youth help: a fund never changes the taakveld.
    """
    for verdict in sorted(segment.verdicts, key=lambda each: each.rule_id):
        if verdict.names_own_help and verdict.rule and verdict.rule.nature:
            return verdict.rule.nature
    return kind.nature_in(segment.year)


def _stretches(
    need: Need, *, family: Family, sources: Sequence[str], rules: RuleBase
) -> tuple[Stretch, ...]:
    """Cut a need where a rule, a birthday, the year or the district of the family changes."""
    birth_date = next(each.birth_date for each in family.members if each.person == need.person)
    judged = segments(
        need.from_date,
        need.until_date,
        kind=need.kind,
        birth_date=birth_date,
        facts=need.facts,
        sources=sources,
        rules=rules,
    )
    found = [piece for segment in judged for piece in _by_district(segment, family)]
    amounts = split(need.amount_cents, [piece.days for piece in found])
    return tuple(
        Stretch(
            person=need.person,
            line=need.line,
            wijk=family.district_on(piece.from_date),
            segment=piece,
            nature=at_scale(nature_of(piece, need.kind), need.scale, year=piece.year),
            amount_cents=amount,
        )
        for piece, amount in zip(found, amounts, strict=True)
    )


def _by_district(segment: Segment, family: Family) -> list[Segment]:
    """Cut days on which the family moves from one district to another."""
    cuts = [
        each.from_date
        for each, before in zip(family.residences[1:], family.residences, strict=False)
        if each.district != before.district
        and segment.from_date < each.from_date < segment.until_date
    ]
    starts = [segment.from_date, *cuts]
    return [
        replace(segment, from_date=start, until_date=end)
        for start, end in zip(starts, [*cuts, segment.until_date], strict=True)
    ]


@dataclass(slots=True, kw_only=True)
class _Open:
    """A stretch of days and what still has to be paid of it."""

    stretch: Stretch
    open_cents: int


@dataclass(slots=True, kw_only=True)
class _Till:
    """The money that lies ready, while a decision takes from it."""

    rooms: Sequence[Room]
    gezin: UUID
    free: dict[tuple[Place, str, str], int] = field(init=False)
    years: frozenset[int] = field(init=False)
    """The years that have a budget."""
    parts: list[Part] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.free = {}
        for room in self.rooms:
            key = (room.place, room.wijk, room.fund)
            self.free[key] = self.free.get(key, 0) + room.amount_cents
        self.years = frozenset(chart.year_of(room.fund) for room in self.rooms)

    def take(
        self,
        need: _Open,
        place: Place,
        payers: Iterable[SourceVerdict],
        *,
        standing: PartStanding,
        payer: str = "",
    ) -> None:
        """Let funds pay in proportion to their room in one place, in the order of their code."""
        if need.open_cents == 0:
            return
        year = need.stretch.segment.year
        wijk = need.stretch.wijk if place is Place.DISTRICT else ""
        by_key = {
            (place, wijk, chart.fund(each.source, year)): each for each in payers if each.may_pay
        }
        keys = sorted(key for key in by_key if self.free.get(key, 0) > 0)
        total = min(need.open_cents, sum(self.free[key] for key in keys))
        if total <= 0:
            return
        for key, cents in zip(keys, split(total, [self.free[key] for key in keys]), strict=True):
            if cents:
                self.free[key] -= cents
                self.book(
                    need,
                    by_key[key],
                    place,
                    amount_cents=cents,
                    standing=standing,
                    payer=payer,
                )

    def book(
        self,
        need: _Open,
        verdict: SourceVerdict,
        place: Place,
        *,
        amount_cents: int,
        standing: PartStanding,
        payer: str = "",
    ) -> None:
        """Write down that a fund pays; without a fact that the law asks for, as an advance."""
        stretch, segment = need.stretch, need.stretch.segment
        provisional = verdict.standing is Standing.PROVISIONAL
        short = standing is PartStanding.SHORTAGE
        need.open_cents -= amount_cents
        self.parts.append(
            Part(
                person=stretch.person,
                line=stretch.line,
                fund=chart.fund(verdict.source, segment.year),
                place=place,
                wijk=stretch.wijk,
                gezin=self.gezin,
                amount_cents=amount_cents,
                rule=verdict.rule_id,
                from_date=segment.from_date,
                until_date=segment.until_date,
                taakveld=stretch.nature.taakveld,
                category=stretch.nature.category,
                cost_account=stretch.nature.cost_account,
                standing=PartStanding.ADVANCE if provisional else standing,
                provisional=provisional,
                payer=payer or (verdict.source if provisional else ""),
                to_be_shown=verdict.to_be_shown,
                stands_in_for=_own_source(segment) if short else "",
                ahead=place is Place.SHORTAGE and segment.year not in self.years,
            )
        )


def _pay_from_own_funds(till: _Till, need: _Open) -> None:
    """Step 2: help that a law names is paid by its own fund, wherever that has room.

    Tailor-made help (maatwerk) has no fund of its own, so it goes to the pool at once. Days that
    an outside payer should pay skip this step and the next. A fund that is never pooled has room
    nowhere but in its free room.
    """
    segment = need.stretch.segment
    if segment.awaits_outside_payer:
        return
    own = _own(segment)
    for rank in sorted({_rank(verdict) for verdict in own}):
        turn = [verdict for verdict in own if _rank(verdict) == rank]
        for place in _PLACES:
            till.take(need, place, turn, standing=PartStanding.OWN)
        unpooled = [verdict for verdict in turn if verdict.source not in POOLED]
        till.take(need, Place.FREE, unpooled, standing=PartStanding.OWN)


def _pay_from_pool(till: _Till, need: _Open) -> None:
    """Step 3: what is left is paid together, in the family, then the district, then the reserve."""
    segment = need.stretch.segment
    if segment.awaits_outside_payer:
        return
    for place in _PLACES:
        till.take(need, place, segment.pool, standing=PartStanding.POOL)


def _pay_in_advance(till: _Till, need: _Open, order: Sequence[str]) -> None:
    """Step 4, where another payer is expected: the named funds pay now, one after the other.

    What none of them has room for is an advance too, without cover.
    """
    segment = need.stretch.segment
    payer = expected_payer(segment)
    if not payer or need.open_cents == 0:
        return
    by_source = {verdict.source: verdict for verdict in segment.advance}
    for verdict in [by_source[source] for source in order if source in by_source]:
        for place in (Place.FAMILY, Place.DISTRICT, Place.FREE):
            till.take(need, place, [verdict], standing=PartStanding.ADVANCE, payer=payer)
    if need.open_cents:
        till.book(
            need,
            segment.shortage,
            Place.SHORTAGE,
            amount_cents=need.open_cents,
            standing=PartStanding.ADVANCE,
            payer=payer,
        )


def _leave_as_shortage(till: _Till, need: _Open) -> None:
    """Step 4, otherwise: what no fund has room for is granted all the same."""
    if need.open_cents:
        till.book(
            need,
            need.stretch.segment.shortage,
            Place.SHORTAGE,
            amount_cents=need.open_cents,
            standing=PartStanding.SHORTAGE,
        )


def expected_payer(segment: Segment) -> str:
    """Return who should pay in the end where that is not a fund of ours; empty: one of ours.

    Where every door of ours is closed the payer is another too, but nobody knows who.
    """
    if segment.awaits_outside_payer:
        return segment.outside_payers[0]
    return UNKNOWN_PAYER if segment.nobody_may_pay else ""


def _own(segment: Segment) -> list[SourceVerdict]:
    """Return the sources whose own help this is, and grants for this very help."""
    return [each for each in segment.verdicts if each.pays_as_own or _uses_or_returns(each)]


def _uses_or_returns(verdict: SourceVerdict) -> bool:
    """Return whether this is a grant for this very help, which goes back if it is not used."""
    return verdict.source in USE_OR_RETURN and verdict.standing is Standing.MAY


def _rank(verdict: SourceVerdict) -> int:
    """Return the turn of a source: grants to use or return first, then in the order of the rule."""
    if verdict.source in USE_OR_RETURN:
        return -1
    rule = verdict.rule
    return rule.sources.index(verdict.source) if rule and rule.sources_in_order else 0


def _own_source(segment: Segment) -> str:
    """Return the source whose help this is, or an empty text where no law names it."""
    own = [verdict for verdict in segment.verdicts if verdict.pays_as_own]
    return min(own, key=lambda verdict: (_rank(verdict), verdict.source)).source if own else ""


def _part_order(part: Part) -> tuple[date, str, int, int, str, str]:
    """Return the order in which parts are listed: by days, person, line, place and fund."""
    place = tuple(Place).index(part.place)
    return (part.from_date, str(part.person), part.line, place, part.fund, part.standing.value)
