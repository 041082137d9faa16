"""What shifts on the day of an event: the help that is still to come, from payer to payer."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domains import chart
from domains.draws.model import StandingPart
from domains.eligibility.model import RuleBase
from domains.eligibility.rules import segments
from domains.events.model import Event, Shift, Upcoming
from domains.events.recover import Life, RunningDraw, payer_of, stays, undelivered_from
from ledger.money import split


def look_ahead(
    event: Event,
    draws: Sequence[tuple[RunningDraw, Mapping[UUID, Life]]],
    *,
    rules: RuleBase,
) -> Upcoming:
    """Tell of an event which draws run on after it, and which euros change payer.

    ``draws`` come with the lives of their persons on that day. Help that was covered over the day
    when it was granted has its new payer already; other help is told with whom the rules expect.
    """
    shifts: dict[tuple[str, str], int] = {}
    running = []
    for draw, lives in draws:
        to_come = [(each, undelivered_from(each, event.day)) for each in draw.parts]
        if any(cents for _, cents in to_come):
            running.append(draw.id)
        for standing, cents in to_come:
            if cents:
                for shift in _shifts(event, draw, standing, cents=cents, lives=lives, rules=rules):
                    key = (shift.from_payer, shift.to_payer)
                    shifts[key] = shifts.get(key, 0) + shift.amount_cents
    return Upcoming(
        event=event,
        draws=tuple(sorted(running)),
        shifts=tuple(
            Shift(from_payer=from_payer, to_payer=to_payer, amount_cents=cents)
            for (from_payer, to_payer), cents in sorted(shifts.items())
        ),
    )


def _shifts(
    event: Event,
    draw: RunningDraw,
    standing: StandingPart,
    *,
    cents: int,
    lives: Mapping[UUID, Life],
    rules: RuleBase,
) -> list[Shift]:
    """Give what changes payer of one part that has help to come."""
    part, life = standing.part, lives[standing.part.person]
    pieces = segments(
        max(event.day, part.from_date),
        part.until_date,
        kind=draw.kind,
        birth_date=life.birth_date,
        facts=life.facts_of(draw.facts),
        sources=rules.sources,
        rules=rules,
    )
    judged = [(piece, stays(part, piece, life=life)) for piece in pieces]
    if all(holds for _, holds in judged):
        return _planned(event, draw, standing, cents=cents)
    shifting = min(cents, draw.loose_cents(standing))
    amounts = split(shifting, [piece.days for piece in pieces])
    return [
        Shift(from_payer=part.fund, to_payer=payer_of(piece, life=life), amount_cents=amount)
        for (piece, holds), amount in zip(judged, amounts, strict=True)
        if amount and not holds
    ]


def _planned(event: Event, draw: RunningDraw, standing: StandingPart, *, cents: int) -> list[Shift]:
    """Give what changed payer when the help was granted, because the event was foreseen then."""
    part = standing.part
    if part.from_date < event.day:
        return []
    year = chart.year_of(part.fund)
    before: dict[str, int] = {}
    for other in (each.part for each in draw.parts):
        same = (other.person, other.line) == (part.person, part.line)
        if same and other.from_date < event.day <= other.until_date:
            payer = other.payer or chart.fund(chart.source_of(other.fund), year)
            before[payer] = before.get(payer, 0) + other.amount_cents
    if not sum(before.values()):
        return []
    to_payer = part.payer or part.fund
    shares = split(cents, list(before.values()))
    return [
        Shift(from_payer=payer, to_payer=to_payer, amount_cents=share)
        for payer, share in zip(before, shares, strict=True)
        if share and payer != to_payer
    ]
