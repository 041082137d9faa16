"""How a draw is decided: refused only for what it is, granted whatever the budgets hold.

The steps stand in the order in which they are taken. Money only decides who pays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from typing import ClassVar, Final
from uuid import UUID

from domains import chart
from domains.draws.explanation import sentence_of, weigh_rooms
from domains.draws.model import (
    Decision,
    DrawRequest,
    EarlierDraw,
    Membership,
    Outcome,
    Part,
    Place,
    Room,
)
from domains.eligibility.model import (
    HelpKind,
    Nature,
    RuleBase,
    Segment,
    SourceVerdict,
    Standing,
)
from domains.eligibility.rules import help_kind, segments
from ledger.money import show, split
from ledger.refusals import Refusal

YEARS_AHEAD: Final = 2
"""How far ahead of the day of asking help may start: 24 months."""

LONGEST_YEARS: Final = 10
"""How long one draw may last; longer help is asked for again, with the facts of then."""

_PLACES: Final = (Place.FAMILY, Place.DISTRICT, Place.COMPLEX)


@dataclass(kw_only=True, unsafe_hash=True)
class AmountNotPositive(Refusal):
    """A draw asks for nothing, or for less than nothing."""

    code: ClassVar[str] = "trekking-niet-positief"
    amount_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het bedrag van de trekking is {show(self.amount_cents)}. Vraag een bedrag boven"
            " nul; geld terugboeken gaat met een tegenboeking."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodEmpty(Refusal):
    """The days of a draw end before they begin."""

    code: ClassVar[str] = "periode-leeg"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De periode van {_day(self.from_date)} tot {_day(self.until_date)} heeft geen enkele"
            " dag. Geef een einddatum na de begindatum; de einddatum zelf telt niet mee."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodTooLong(Refusal):
    """The days of a draw go on for longer than anybody can decide at once."""

    code: ClassVar[str] = "periode-te-lang"
    from_date: date
    latest_end: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp die op {_day(self.from_date)} begint, duurt langer dan {LONGEST_YEARS} jaar."
            f" Kies een einddatum tot en met {_day(self.latest_end)}; daarna vraagt u de hulp"
            " opnieuw aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class CashPgb(Refusal):
    """A personal budget would be paid out as cash."""

    code: ClassVar[str] = "pgb-niet-in-geld"
    kind: str
    rule: str = "E37"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Een pgb gaat niet als geld uit het gezinsbudget (Jeugdwet 8.1.8; Wmo 2015 2.6.2)."
            " Regel het trekkingsrecht bij de SVB, of vraag de hulp zelf aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAMember(Refusal):
    """The person does not belong to the family on a day of the draw."""

    code: ClassVar[str] = "persoon-niet-in-gezin"
    person: UUID
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De persoon hoort op {_day(self.day)} niet bij dit gezin. Kies een gezinslid, pas de"
            " dagen aan, of voeg de persoon eerst aan het gezin toe."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BeforeOpenYears(Refusal):
    """All days of a draw lie before the oldest year that is still open."""

    code: ClassVar[str] = "periode-voor-oudste-open-jaar"
    until_date: date
    oldest_open_year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp eindigt vóór {_day(self.until_date)}, en het oudste open jaar is"
            f" {self.oldest_open_year}. Kies dagen in een open jaar, of vraag de financiële"
            " administratie hoe deze kosten in een open jaar komen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TooFarAhead(Refusal):
    """A draw starts further ahead than anybody can plan."""

    code: ClassVar[str] = "periode-te-ver-vooruit"
    from_date: date
    latest_start: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp begint op {_day(self.from_date)}; dat is meer dan twee jaar"
            f" vooruit. Vraag hulp aan die uiterlijk op {_day(self.latest_start)} begint."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SameHelpTwice(Refusal):
    """The same help for the same person on the same days was granted before."""

    code: ClassVar[str] = "hulp-dubbel"
    kind: str
    from_date: date
    until_date: date
    rule: str = "E36"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Deze hulp ({self.kind}) is voor deze persoon al toegekend van"
            f" {_day(self.from_date)} t/m {_day(self.until_date - timedelta(days=1))}."
            " Kies dagen waarop zij nog niet is toegekend."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SecondProviderWithoutReason(Refusal):
    """Another provider would give the same help on the same days, and nobody says why."""

    code: ClassVar[str] = "tweede-aanbieder-zonder-reden"
    kind: str
    provider: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Deze hulp ({self.kind}) wordt op deze dagen al gegeven door {self.provider}. Geef de"
            " reden waarom een tweede aanbieder nodig is, of pas de dagen aan."
        )


def check_draw(
    request: DrawRequest,
    *,
    kinds: Sequence[HelpKind],
    members: Sequence[Membership],
    earlier: Sequence[EarlierDraw],
    oldest_open_year: int,
    asked_on: date,
) -> None:
    """Refuse a request for what it is (step 1); no budget is looked at here.

    ``earlier`` are the draws of this family that were granted and still stand.

    :raises AmountNotPositive: zero or less is asked.
    :raises PeriodEmpty: there is no day in it.
    :raises PeriodTooLong: it lasts longer than ten years.
    :raises UnknownHelpKind: no kind of help has this code.
    :raises CashPgb: a personal budget as cash (E37).
    :raises NotAMember: the person is not in the family on one of the days.
    :raises BeforeOpenYears: all days lie before the oldest open year.
    :raises TooFarAhead: it starts more than two years after the day of asking.
    :raises SameHelpTwice: the same help, person and day (E36).
    :raises SecondProviderWithoutReason: the same, by another provider, without a reason.
    """
    if request.amount_cents <= 0:
        raise AmountNotPositive(amount_cents=request.amount_cents)
    check_period(request.from_date, request.until_date)
    kind = help_kind(request.kind, kinds)
    if kind.refused_as_cash_pgb:
        raise CashPgb(kind=kind.name)
    outside = _first_day_outside(request, members)
    if outside is not None:
        raise NotAMember(person=request.person, day=outside)
    if request.until_date <= date(oldest_open_year, 1, 1):
        raise BeforeOpenYears(until_date=request.until_date, oldest_open_year=oldest_open_year)
    latest_start = _same_day_later(asked_on, YEARS_AHEAD)
    if request.from_date > latest_start:
        raise TooFarAhead(from_date=request.from_date, latest_start=latest_start)
    _check_not_twice(request, kind=kind, earlier=earlier)


def check_period(from_date: date, until_date: date) -> None:
    """Refuse days (until exclusive) that nobody can decide about.

    :raises PeriodEmpty: there is no day in it.
    :raises PeriodTooLong: it lasts longer than ten years.
    """
    if until_date <= from_date:
        raise PeriodEmpty(from_date=from_date, until_date=until_date)
    latest_end = _same_day_later(from_date, LONGEST_YEARS)
    if until_date > latest_end:
        raise PeriodTooLong(from_date=from_date, latest_end=latest_end)


def decide_draw(
    request: DrawRequest,
    *,
    birth_date: date,
    rooms: Sequence[Room],
    rules: RuleBase,
    kinds: Sequence[HelpKind],
) -> Decision:
    """Decide who pays a request that passed :func:`check_draw`; it is always granted.

    The amount is spread over the days, and each stretch of days is paid by the funds of its own
    year. The order of ``rooms`` does not matter.
    """
    kind = help_kind(request.kind, kinds)
    of_rules = {source for rule in rules.rules for source in rule.sources}
    stretches = segments(
        request.from_date,
        request.until_date,
        kind=kind,
        birth_date=birth_date,
        facts=request.facts,
        sources=sorted(of_rules | {room.source for room in rooms}),
        rules=rules.rules,
    )
    amounts = split(request.amount_cents, [segment.days for segment in stretches])
    needs = [
        _Need(segment=segment, nature=nature_of(segment, kind), open_cents=amount)
        for segment, amount in zip(stretches, amounts, strict=True)
    ]
    till = _Till(rooms)
    for pay in (_pay_from_own_funds, _pay_from_pool, _leave_as_shortage):
        for need in needs:
            pay(till, need)
    parts = tuple(sorted(till.parts, key=_part_order))
    return Decision(
        outcome=Outcome.GRANTED,
        parts=parts,
        weighed=weigh_rooms(rooms, stretches, parts),
        sentence=sentence_of(request.amount_cents, parts),
        rule_version=rules.version,
    )


def nature_of(segment: Segment, kind: HelpKind) -> Nature:
    """Return where the expense belongs: as the law that names the help says, else as its kind.

    Whoever pays in the end, youth help stays youth help: a fund never changes the taakveld.
    """
    for verdict in sorted(segment.verdicts, key=lambda each: each.rule_id):
        if verdict.names_own_help and verdict.rule and verdict.rule.nature:
            return verdict.rule.nature
    return kind.nature_in(segment.year)


@dataclass(slots=True, kw_only=True)
class _Need:
    """A stretch of days and what still has to be paid of it."""

    segment: Segment
    nature: Nature
    open_cents: int


@dataclass(slots=True)
class _Till:
    """The money that lies ready, while a decision takes from it."""

    rooms: Sequence[Room]
    free: dict[tuple[Place, str], int] = field(init=False)
    parts: list[Part] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.free = {}
        for room in self.rooms:
            key = (room.place, room.fund)
            self.free[key] = self.free.get(key, 0) + room.amount_cents

    def take(self, need: _Need, place: Place, payers: Iterable[SourceVerdict]) -> None:
        """Let funds pay in proportion to their room in one place, in the order of their code."""
        year = need.segment.year
        by_key = {(place, chart.fund(each.source, year)): each for each in payers if each.may_pay}
        keys = sorted(key for key in by_key if self.free.get(key, 0) > 0)
        total = min(need.open_cents, sum(self.free[key] for key in keys))
        if total <= 0:
            return
        for key, cents in zip(keys, split(total, [self.free[key] for key in keys]), strict=True):
            if cents:
                self.free[key] -= cents
                self.book(need, by_key[key], place=place, amount_cents=cents)

    def book(self, need: _Need, verdict: SourceVerdict, *, place: Place, amount_cents: int) -> None:
        """Write down that a fund pays."""
        need.open_cents -= amount_cents
        self.parts.append(
            Part(
                fund=chart.fund(verdict.source, need.segment.year),
                place=place,
                amount_cents=amount_cents,
                rule=verdict.rule_id,
                from_date=need.segment.from_date,
                until_date=need.segment.until_date,
                taakveld=need.nature.taakveld,
                category=need.nature.category,
                cost_account=need.nature.cost_account,
                provisional=verdict.standing is Standing.PROVISIONAL,
                to_be_shown=verdict.to_be_shown,
                stands_in_for=_own_source(need.segment) if place is Place.SHORTAGE else "",
            )
        )


def _pay_from_own_funds(till: _Till, need: _Need) -> None:
    """Step 2: help that a law names is paid by its own fund, wherever that has room.

    Tailor-made help (maatwerk) has no fund of its own, so it goes to the pool at once. Days that
    an outside payer should pay skip this step and the next.
    """
    if need.segment.awaits_outside_payer:
        return
    own = [verdict for verdict in need.segment.verdicts if verdict.pays_as_own]
    for rank in sorted({_rank(verdict) for verdict in own}):
        for place in _PLACES:
            till.take(need, place, [verdict for verdict in own if _rank(verdict) == rank])


def _pay_from_pool(till: _Till, need: _Need) -> None:
    """Step 3: what is left is paid together, in the family, then the district, then the reserve."""
    if need.segment.awaits_outside_payer:
        return
    for place in _PLACES:
        till.take(need, place, need.segment.pool)


def _leave_as_shortage(till: _Till, need: _Need) -> None:
    """Step 4: what no fund has room for is granted all the same and looks for cover later."""
    if need.open_cents > 0:
        till.book(need, need.segment.shortage, place=Place.SHORTAGE, amount_cents=need.open_cents)


def _first_day_outside(request: DrawRequest, members: Iterable[Membership]) -> date | None:
    """Return the first day on which the person is not in the family, if there is one."""
    day = request.from_date
    own = [each for each in members if each.person == request.person]
    for each in sorted(own, key=lambda membership: membership.from_date):
        if each.from_date <= day:
            day = max(day, each.until_date or request.until_date)
    return day if day < request.until_date else None


def _check_not_twice(
    request: DrawRequest, *, kind: HelpKind, earlier: Iterable[EarlierDraw]
) -> None:
    """Refuse help that somebody already gets; a second provider needs a reason."""
    for draw in earlier:
        same = draw.person == request.person and draw.is_same_thing(request, kind.same_by)
        if not (same and draw.overlaps(request)):
            continue
        if draw.has_same_provider(request):
            raise SameHelpTwice(
                kind=kind.name, from_date=draw.from_date, until_date=draw.until_date
            )
        if not request.reason.strip():
            raise SecondProviderWithoutReason(kind=kind.name, provider=draw.provider)


def _same_day_later(day: date, years: int) -> date:
    """Return the same day of a later year; 29 February becomes 28 February where it is missing."""
    if day.year + years > MAXYEAR:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _rank(verdict: SourceVerdict) -> int:
    """Return the turn of a source under a rule that names its sources in order."""
    rule = verdict.rule
    return rule.sources.index(verdict.source) if rule and rule.sources_in_order else 0


def _own_source(segment: Segment) -> str:
    """Return the source whose help this is, or an empty text where no law names it."""
    own = [verdict for verdict in segment.verdicts if verdict.pays_as_own]
    return min(own, key=lambda verdict: (_rank(verdict), verdict.source)).source if own else ""


def _part_order(part: Part) -> tuple[date, int, str]:
    """Return the order in which parts are listed: by days, then by place, then by fund."""
    return (part.from_date, tuple(Place).index(part.place), part.fund)


def _day(day: date) -> str:
    """Return a day as a Dutch reader writes it in figures."""
    return f"{day.day}-{day.month}-{day.year}"
