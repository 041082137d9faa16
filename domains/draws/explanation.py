"""What a decision tells people: every room that was weighed, why it paid or not, and one line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from domains import chart
from domains.days import day_text
from domains.draws.model import (
    Approval,
    ApprovalReason,
    MandateCheck,
    Part,
    PartStanding,
    Place,
    Room,
    Stretch,
    Weighed,
)
from domains.eligibility.model import SourceVerdict, Standing
from domains.pooling.rules import POOLED
from domains.settings.model import LADDER
from ledger.money import show

_ORDER: Final = tuple(Place)
_TOLD: Final = {
    Place.FAMILY: "uit het gezinsbudget",
    Place.DISTRICT: "uit het wijkbudget",
    Place.COMPLEX: "uit de reserve voor de meest complexe gezinnen",
    Place.FREE: "uit de vrije ruimte",
    Place.SHORTAGE: "nog zonder dekking (open post voor de budgethouder)",
}


def weigh_rooms(
    rooms: Iterable[Room],
    stretches: Sequence[Stretch],
    parts: Iterable[Part],
    *,
    advance_order: Sequence[str],
) -> tuple[Weighed, ...]:
    """List every room of the right year for every stretch of days, also those that paid nothing."""
    held: dict[tuple[int, str, str, str], int] = {}
    for room in rooms:
        key = (_ORDER.index(room.place), room.fund, room.source, room.wijk)
        held[key] = held.get(key, 0) + room.amount_cents
    taken: dict[tuple[UUID, int, date, Place, str], int] = {}
    for part in parts:
        place = (part.person, part.line, part.from_date, part.place, part.fund)
        taken[place] = taken.get(place, 0) + part.amount_cents
    known = sorted(held.items())
    return tuple(
        weighed
        for stretch in stretches
        for weighed in _weigh_stretch(stretch, known, taken, advance_order)
    )


def sentence_of(amount_cents: int, parts: Sequence[Part]) -> str:
    """Return in one Dutch line what was granted and where it comes from."""
    told = []
    for place, words in _TOLD.items():
        cents = sum(part.amount_cents for part in parts if part.place is place)
        if cents:
            told.append(f"{show(cents)} {words}")
    listed = f"{', '.join(told[:-1])} en {told[-1]}" if len(told) > 1 else told[0]
    waiting = sum(part.amount_cents for part in parts if part.standing is PartStanding.ADVANCE)
    payers = sorted({part.payer for part in parts if part.payer})
    awaited = (
        f" Voor {show(waiting)} zoeken wij de uiteindelijke betaler ({', '.join(payers)});"
        " de hulp wacht daar niet op."
        if waiting
        else ""
    )
    return f"Toegekend: {show(amount_cents)}, waarvan {listed}.{awaited}"


def _weigh_stretch(
    stretch: Stretch,
    known: Sequence[tuple[tuple[int, str, str, str], int]],
    taken: Mapping[tuple[UUID, int, date, Place, str], int],
    advance_order: Sequence[str],
) -> Iterable[Weighed]:
    """Say of every room that could be looked at for these days what became of it."""
    segment = stretch.segment
    outside = segment.outside_payers
    awaits_other = bool(outside) or segment.nobody_may_pay
    pool = {verdict.source: verdict for verdict in segment.pool}
    advance = {
        verdict.source: verdict for verdict in segment.advance if verdict.source in advance_order
    }
    for (index, fund, source, wijk), cents in known:
        place = _ORDER[index]
        in_advance = awaits_other and place is not Place.COMPLEX and source in advance
        of_free_room = in_advance or source not in POOLED
        if chart.year_of(fund) != segment.year or wijk not in {"", stretch.wijk}:
            continue
        if place is Place.FREE and not of_free_room:
            continue
        verdict = advance[source] if in_advance else pool[source]
        paid = taken.get((stretch.person, stretch.line, segment.from_date, place, fund), 0)
        yield Weighed(
            fund=fund,
            source=source,
            place=place,
            person=stretch.person,
            from_date=segment.from_date,
            until_date=segment.until_date,
            room_cents=cents,
            eligible=in_advance or (verdict.may_pay and not outside),
            rule=verdict.rule_id,
            legal_basis=verdict.legal_basis,
            taken_cents=paid,
            reason=_reason(
                verdict,
                outside=() if in_advance else outside,
                room_cents=cents,
                taken_cents=paid,
                in_advance=in_advance,
            ),
        )


def _reason(
    verdict: SourceVerdict,
    *,
    outside: Sequence[str],
    room_cents: int,
    taken_cents: int,
    in_advance: bool,
) -> str:
    """Return in Dutch why a fund pays, or why not; ``outside`` are who should pay instead."""
    explanation = verdict.rule.explanation if verdict.rule else ""
    if verdict.standing is Standing.CLOSED:
        return f"Mag niet betalen. {explanation}"
    if verdict.standing is Standing.CONDITION_NOT_MET:
        return f"Voorwaarde niet vervuld: {', '.join(verdict.contradicted)}. {explanation}"
    if verdict.standing is Standing.NO_RULE:
        return "Geen regel opent dit middel voor deze hulp."
    if outside:
        return f"Een andere partij hoort te betalen: {', '.join(outside)}."
    if taken_cents:
        return f"{'Schiet voor' if in_advance else 'Betaalt'}. {explanation}"
    what = "voorschieten" if in_advance else "betalen"
    return f"Mag {what}, maar {'was niet nodig' if room_cents > 0 else 'heeft geen ruimte'}."


def told_limit(approval: Approval, mandate: MandateCheck | None) -> str:
    """Tell above which amount nothing is granted before somebody approved it."""
    if mandate is None or approval.reason is not ApprovalReason.ABOVE_LIMIT:
        return ""
    return f" Boven {show(mandate.unapproved_cents)} wordt zonder akkoord niets verleend."


def told_term(approval: Approval) -> str:
    """Tell what happens if nobody answers."""
    if approval.by == LADDER[-1] and approval.reason is ApprovalReason.ABOVE_LIMIT:
        return f"Zonder antwoord vóór {day_text(approval.before)} wordt het opnieuw gevraagd."
    return f"Zonder antwoord gaat de vraag op {day_text(approval.before)} een stap omhoog."
