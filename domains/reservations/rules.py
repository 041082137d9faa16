"""From which parts a delivery is paid, what a release gives back, and when help can stop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import ClassVar, Final
from uuid import UUID

from domains.chart import source_of
from domains.days import day_text
from domains.draws.model import Decision, DrawRequest, PartStanding, Place, StandingPart
from domains.eligibility.model import Rule, RuleOutcome
from domains.providers.model import Line
from domains.quantities import line_cents, show_e4
from domains.reservations.model import Delivered, DeliveryPlan, Lack, NewDelivery, Raise, Take
from ledger.money import show, split
from ledger.refusals import Refusal

_LAST_OUT_FIRST: Final = (
    Place.SHORTAGE,
    Place.FREE,
    Place.COMPLEX,
    Place.DISTRICT,
    Place.FAMILY,
)
"""The places in reverse order of cover: what a draw found last goes back first."""


@dataclass(kw_only=True, unsafe_hash=True)
class NothingReserved(Refusal):
    """A draw reserves nothing: it was paid at once, waits, or was never granted."""

    code: ClassVar[str] = "niets-verplicht"
    draw: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} heeft geen verplichting: zij is ineens betaald, wacht nog op"
            " akkoord of is niet toegekend. Kies een toegekende trekking met betaling"
            " 'verplichting'."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LineNeeded(Refusal):
    """A delivery names no line of the reservation, or one that is not there."""

    code: ClassVar[str] = "regel-kiezen"
    line: int
    count: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        if self.count == 0:
            return "Deze verplichting heeft geen regels. Laat de regel weg en geef een bedrag."
        return (
            f"Regel {self.line} bestaat niet: deze verplichting heeft regel 1 tot en met"
            f" {self.count}. Noem de regel waarvan is geleverd."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AmountOrVolume(Refusal):
    """A delivery has no amount and no volume, or both, or one that is zero."""

    code: ClassVar[str] = "levering-zonder-bedrag"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Geef van een levering een bedrag boven nul, of een volume boven nul van een regel met"
            " een tarief; niet allebei."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DeliveryOutsideDays(Refusal):
    """Help was delivered on days for which it was not granted."""

    code: ClassVar[str] = "levering-buiten-periode"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp is verleend van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))}; er is op andere dagen geleverd, of"
            " op geen enkele. Pas de dagen aan, of vraag een verhoging voor de andere dagen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotHelped(Refusal):
    """A delivery names a person for whom nothing was reserved."""

    code: ClassVar[str] = "persoon-niet-in-verplichting"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Voor deze persoon is niets verplicht. Noem iemand voor wie de hulp is verleend, of"
            " laat de persoon weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MoreThanReserved(Refusal):
    """More was delivered than the reservation has left."""

    code: ClassVar[str] = "meer-dan-verplicht"
    amount_cents: int
    room_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Er is {show(self.amount_cents)} geleverd en er is nog {show(self.room_cents)}"
            " verplicht. Vraag eerst een verhoging van de verplichting, of verbeter de levering."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DeliveredAlready(Refusal):
    """A delivery equals an earlier one, and nobody says that it is another."""

    code: ClassVar[str] = "al-geleverd"
    delivery: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Dezelfde dagen en hoeveelheid staan al in levering {self.delivery}. Is dit een andere"
            " levering, meld haar dan opnieuw met 'andereLevering': true; anders hoeft u niets te"
            " doen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DeliveredAhead(Refusal):
    """A delivery is told of days that are still to come."""

    code: ClassVar[str] = "levering-vooruit"
    last_day: date
    today: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De levering loopt tot en met {day_text(self.last_day)} en het is vandaag"
            f" {day_text(self.today)}. Meld wat tot en met vandaag is geleverd, en de rest daarna."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ReleaseTooLarge(Refusal):
    """More would be released than is still reserved, or nothing."""

    code: ClassVar[str] = "vrijval-te-groot"
    amount_cents: int
    room_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        if not self.room_cents:
            return "Er is niets meer verplicht; er valt niets vrij. Controleer de regel."
        return (
            f"{show(self.amount_cents)} kan niet vrijvallen: er is nog {show(self.room_cents)}"
            " verplicht. Geef een bedrag boven nul dat daarbinnen past."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class StopBeforeDelivered(Refusal):
    """Help would stop before days on which it was delivered."""

    code: ClassVar[str] = "stop-voor-levering"
    day: date
    delivered_on: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Stoppen op {day_text(self.day)} kan niet: er is geleverd tot en met"
            f" {day_text(self.delivered_on)}. Kies een latere dag, of boek eerst die levering"
            " terug."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class StopOutsideDays(Refusal):
    """Help would stop on a day on which it does not run."""

    code: ClassVar[str] = "stop-buiten-periode"
    day: date
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp loopt van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))} en kan niet stoppen op"
            f" {day_text(self.day)}. Kies een dag in die periode; het is de eerste dag zonder hulp."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAwaitingRaise(Refusal):
    """A delivery is taken up again that does not wait, or not any more."""

    code: ClassVar[str] = "levering-wacht-niet"
    delivery: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Levering {self.delivery} wacht niet op een verhoging: zij is er niet, is al geboekt"
            " of is geweigerd. Bekijk de leveringen van de verplichting."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RaiseAwaits(Refusal):
    """A draw is to be raised while somebody still has to approve it, or an earlier raise."""

    code: ClassVar[str] = "verhoging-wacht"
    draw: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} wacht op een akkoord. Laat die eerst beoordelen, of vraag de"
            " extra hulp als eigen trekking aan; met spoed wordt zij meteen verleend."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RaiseOutsideDays(Refusal):
    """A raise is asked for help that does not run on these days."""

    code: ClassVar[str] = "verhoging-buiten-periode"
    from_date: date
    until_date: date
    outcome: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp is {self.outcome} en loopt van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))}. Een verhoging begint op een dag in"
            " die periode of sluit erop aan; vraag andere hulp als nieuwe trekking aan."
        )


def check_new(asked: NewDelivery, *, told: Mapping[NewDelivery, UUID], today: date) -> None:
    """Refuse days to come, and what was told before under another key.

    ``told`` are the deliveries that count or wait for a raise, see :func:`essence`.

    :raises DeliveredAhead: its last day is after today.
    :raises DeliveredAlready: it equals an earlier one, and nobody says that it is another.
    """
    last_day = asked.until_date - timedelta(days=1)
    if last_day > today:
        raise DeliveredAhead(last_day=last_day, today=today)
    known = told.get(essence(asked))
    if known is not None and asked.resumes is None and not asked.is_another:
        raise DeliveredAlready(delivery=known)


def essence(asked: NewDelivery) -> NewDelivery:
    """Give what two deliveries that are one and the same have in common."""
    return replace(asked, document="", resumes=None, is_another=False)


def delivered_cents(asked: NewDelivery, *, lines: Sequence[Line], before: Delivered) -> int:
    """Return what a delivery comes to, in whole cents.

    A volume costs what all volume of the line up to now comes to, less what was delivered before:
    so the parts of a line that is delivered piece by piece come to the line itself, to the cent.

    :raises LineNeeded: the reservation has lines and none of them is named, or it has none.
    :raises AmountOrVolume: neither, both, or not above zero.
    """
    by_number = {line.number: line for line in lines}
    if (asked.line == 0) != (not lines) or (asked.line and asked.line not in by_number):
        raise LineNeeded(line=asked.line, count=max(by_number, default=0))
    amount = asked.amount_cents
    if (amount is None) == (asked.volume_e4 is None) or not (amount or asked.volume_e4 or 0) > 0:
        raise AmountOrVolume
    if amount is None:
        if asked.line == 0:
            raise AmountOrVolume
        line = by_number[asked.line]
        volume = (asked.volume_e4 or 0) + before.volume_e4
        amount = (
            line_cents(tariff_e4=line.tariff_e4, volume_e4=volume, rounding=line.rounding)
            - before.cents
        )
        if amount <= 0:
            raise AmountOrVolume
    return amount


def plan_delivery(
    asked: NewDelivery,
    *,
    parts: Sequence[StandingPart],
    from_date: date,
    until_date: date,
    amount_cents: int,
) -> DeliveryPlan:
    """Say from which parts a delivery is paid; ``parts`` are those of its reservation.

    Help runs from ``from_date`` up to ``until_date``. The amount is spread over the delivered days
    and the persons; each day is paid by the parts of that day in proportion to what they still
    reserve, and what they lack comes from other days of the line, the latest first.

    :raises NothingReserved: nothing was ever reserved.
    :raises NotHelped: nothing was reserved for this person.
    :raises DeliveryOutsideDays: help does not run on all of these days.
    :raises MoreThanReserved: less is left.
    """
    own = [each for each in parts if each.part.line == asked.line]
    if not own:
        raise NothingReserved(draw=asked.draw)
    if asked.person is not None:
        own = [each for each in own if each.part.person == asked.person]
        if not own:
            raise NotHelped(person=asked.person)
    first, last = _days(own, from_date, until_date)
    if not first <= asked.from_date < asked.until_date <= last:
        raise DeliveryOutsideDays(from_date=first, until_date=last)
    left = {each.id: each.reserved_cents for each in own}
    if amount_cents > sum(left.values()):
        raise MoreThanReserved(amount_cents=amount_cents, room_cents=sum(left.values()))
    cells = _cells(own, asked.from_date, asked.until_date)
    takes: list[Take] = []
    lacks: list[Lack] = []
    shares = split(amount_cents, [(end - start).days for _, start, end in cells])
    for (person, start, end), cents in zip(cells, shares, strict=True):
        here = [
            each
            for each in own
            if each.part.person == person
            and each.part.from_date <= start
            and end <= each.part.until_date
        ]
        taken = _take(here, left, cents)
        takes += [
            Take(part=part, from_date=start, until_date=end, amount_cents=amount)
            for part, amount in taken
        ]
        missing = cents - sum(amount for _, amount in taken)
        if missing:
            lacks.append(Lack(person=person, from_date=start, until_date=end, amount_cents=missing))
    if not lacks:
        return DeliveryPlan(takes=tuple(takes), released=(), lacks=())
    later_first = sorted(own, key=lambda each: (each.part.from_date, each.id), reverse=True)
    return DeliveryPlan(
        takes=tuple(takes),
        released=_drain(later_first, left, sum(lack.amount_cents for lack in lacks)),
        lacks=tuple(lacks),
    )


def without_lapsed_rules(plan: DeliveryPlan, *, known: Sequence[Rule]) -> DeliveryPlan:
    """Cover anew what a part would pay by a rule that no longer lets it on the delivered days.

    The rules may have changed since the part was made, before the start of the day covered it.
    """
    lapsed = [take for take in plan.takes if not any(_lets_pay(rule, take) for rule in known)]
    if not lapsed:
        return plan
    released = dict.fromkeys((part for part, _ in plan.released), 0)
    given_back = [*plan.released, *((take.part, take.amount_cents) for take in lapsed)]
    for part, cents in given_back:
        released[part] = released.get(part, 0) + cents
    lacks: dict[tuple[UUID, date, date], int] = {}
    for each in (*plan.lacks, *map(_lack_of, lapsed)):
        cell = (each.person, each.from_date, each.until_date)
        lacks[cell] = lacks.get(cell, 0) + each.amount_cents
    return DeliveryPlan(
        takes=tuple(take for take in plan.takes if take not in lapsed),
        released=tuple(released.items()),
        lacks=tuple(
            Lack(person=person, from_date=start, until_date=end, amount_cents=cents)
            for (person, start, end), cents in lacks.items()
        ),
    )


def plan_release(
    parts: Iterable[StandingPart], *, amount_cents: int | None
) -> tuple[tuple[StandingPart, int], ...]:
    """Say what each part gives back, in reverse order of cover; without an amount everything.

    Shortage first, then advances and the complex reserve, then the district, then the family; of
    each the latest days first.

    :raises ReleaseTooLarge: less is left, or nothing is asked.
    """
    running = [each for each in parts if each.reserved_cents]
    room = sum(each.reserved_cents for each in running)
    wanted = room if amount_cents is None else amount_cents
    if not 0 < wanted <= room:
        raise ReleaseTooLarge(amount_cents=wanted, room_cents=room)
    found: list[tuple[StandingPart, int]] = []
    left = {each.id: each.reserved_cents for each in running}
    in_order = sorted(running, key=_turn)
    for _, turn in groupby(in_order, key=_turn):
        taken = _take(list(turn), left, wanted)
        wanted -= sum(amount for _, amount in taken)
        found += taken
    return tuple(found)


def check_stop(
    day: date, *, from_date: date, until_date: date, delivered_until: date | None
) -> None:
    """Refuse to stop help (until exclusive) on a day on which it cannot stop any more.

    :raises StopOutsideDays: help does not run on the day before, or has no such day.
    :raises StopBeforeDelivered: there were deliveries on that day or after it.
    """
    if not from_date <= day < until_date:
        raise StopOutsideDays(day=day, from_date=from_date, until_date=until_date)
    if delivered_until is not None and day < delivered_until:
        raise StopBeforeDelivered(day=day, delivered_on=delivered_until - timedelta(days=1))


def check_raise(asked: Raise, request: DrawRequest, decision: Decision) -> None:
    """Refuse to raise help that does not run, or that somebody is still deciding on.

    :raises RaiseAwaits: it waits for approval.
    :raises RaiseOutsideDays: it ended, or these days do not belong to it.
    """
    if decision.approval is not None:
        raise RaiseAwaits(draw=asked.draw)
    runs = decision.outcome.is_granted and request.from_date <= asked.from_date
    if not runs or asked.from_date > decision.until_date:
        raise RaiseOutsideDays(
            from_date=request.from_date,
            until_date=decision.until_date,
            outcome=decision.outcome.value,
        )


def told(asked: NewDelivery, *, amount_cents: int, lacks: Sequence[Lack]) -> str:
    """Return in one Dutch line what was delivered."""
    volume = "" if asked.volume_e4 is None else f" (volume {show_e4(asked.volume_e4)})"
    moved = sum(lack.amount_cents for lack in lacks)
    more = f" Daarvan is {show(moved)} voor deze dagen opnieuw gedekt." if moved else ""
    return f"Geleverd: {show(amount_cents)}{volume}.{more}"


def _lets_pay(rule: Rule, take: Take) -> bool:
    """Tell whether this is the rule of a part and lets its fund pay on all these days."""
    return (
        rule.rule_id == take.part.part.rule
        and source_of(take.part.part.fund) in rule.sources
        and rule.outcome is not RuleOutcome.NIET
        and rule.valid_on(take.from_date)
        and rule.valid_on(take.until_date - timedelta(days=1))
    )


def _lack_of(take: Take) -> Lack:
    return Lack(
        person=take.part.part.person,
        from_date=take.from_date,
        until_date=take.until_date,
        amount_cents=take.amount_cents,
    )


def _days(parts: Sequence[StandingPart], from_date: date, until_date: date) -> tuple[date, date]:
    """Return the days that these parts reserve for, as far as the help runs."""
    first = min(each.part.from_date for each in parts)
    last = max(each.part.until_date for each in parts)
    return max(first, from_date), min(last, until_date)


def _cells(
    parts: Sequence[StandingPart], from_date: date, until_date: date
) -> list[tuple[UUID, date, date]]:
    """Cut delivered days per person wherever one of his parts begins or ends."""
    cells = []
    for person in sorted({each.part.person for each in parts}):
        edges = {
            edge
            for each in parts
            if each.part.person == person
            for edge in (each.part.from_date, each.part.until_date)
        }
        cuts = sorted(edge for edge in edges if from_date < edge < until_date)
        cells += [
            (person, start, end)
            for start, end in zip([from_date, *cuts], [*cuts, until_date], strict=True)
        ]
    return cells


def _take(
    parts: Sequence[StandingPart], left: dict[UUID, int], amount_cents: int
) -> list[tuple[StandingPart, int]]:
    """Take an amount from parts in proportion to what they have left, as far as that goes."""
    total = min(amount_cents, sum(left[each.id] for each in parts))
    if total <= 0:
        return []
    amounts = split(total, [left[each.id] for each in parts])
    for each, amount in zip(parts, amounts, strict=True):
        left[each.id] -= amount
    return [(each, amount) for each, amount in zip(parts, amounts, strict=True) if amount]


def _drain(
    parts: Sequence[StandingPart], left: dict[UUID, int], amount_cents: int
) -> tuple[tuple[StandingPart, int], ...]:
    """Take an amount from parts one after the other."""
    found = []
    for each in parts:
        taken = min(amount_cents, left[each.id])
        if taken:
            left[each.id] -= taken
            amount_cents -= taken
            found.append((each, taken))
    return tuple(found)


def _turn(standing: StandingPart) -> tuple[int, int]:
    """Return when a part gives back: what was found last first, of that the latest days first."""
    part = standing.part
    turn = _LAST_OUT_FIRST.index(part.place)
    if part.standing is PartStanding.ADVANCE:
        turn = min(turn, _LAST_OUT_FIRST.index(Place.FREE))
    return (turn, -part.from_date.toordinal())
