"""What a decision tells people: every room that was weighed, why it paid or not, and one line."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from domains import chart
from domains.draws.model import Part, Place, Room, Weighed
from domains.eligibility.model import Segment, SourceVerdict, Standing
from ledger.money import show

_ORDER: Final = tuple(Place)
_TOLD: Final = {
    Place.FAMILY: "uit het gezinsbudget",
    Place.DISTRICT: "uit het wijkbudget",
    Place.COMPLEX: "uit de reserve voor de meest complexe gezinnen",
    Place.SHORTAGE: "nog zonder dekking (open post voor de budgethouder)",
}


def weigh_rooms(
    rooms: Iterable[Room], stretches: Sequence[Segment], parts: Iterable[Part]
) -> tuple[Weighed, ...]:
    """List every room of the right year for every stretch of days, also those that paid nothing."""
    held: dict[tuple[int, str, str], int] = {}
    for room in rooms:
        key = (_ORDER.index(room.place), room.fund, room.source)
        held[key] = held.get(key, 0) + room.amount_cents
    taken = {(part.from_date, part.place, part.fund): part.amount_cents for part in parts}
    return tuple(
        _weigh(segment, place=_ORDER[index], source=source, room_cents=cents, taken=taken)
        for segment in stretches
        for (index, fund, source), cents in sorted(held.items())
        if fund == chart.fund(source, segment.year)
    )


def sentence_of(amount_cents: int, parts: Sequence[Part]) -> str:
    """Return in one Dutch line what was granted and where it comes from."""
    told = []
    for place, words in _TOLD.items():
        cents = sum(part.amount_cents for part in parts if part.place is place)
        if cents:
            told.append(f"{show(cents)} {words}")
    listed = f"{', '.join(told[:-1])} en {told[-1]}" if len(told) > 1 else told[0]
    return f"Toegekend: {show(amount_cents)}, waarvan {listed}."


def _weigh(
    segment: Segment,
    *,
    place: Place,
    source: str,
    room_cents: int,
    taken: dict[tuple[date, Place, str], int],
) -> Weighed:
    """Say what became of one room."""
    fund = chart.fund(source, segment.year)
    verdict = next(each for each in segment.pool if each.source == source)
    cents = taken.get((segment.from_date, place, fund), 0)
    return Weighed(
        fund=fund,
        source=source,
        place=place,
        from_date=segment.from_date,
        until_date=segment.until_date,
        room_cents=room_cents,
        eligible=verdict.may_pay and not segment.awaits_outside_payer,
        rule=verdict.rule_id,
        legal_basis=verdict.legal_basis,
        taken_cents=cents,
        reason=_reason(segment, verdict, room_cents=room_cents, taken_cents=cents),
    )


def _reason(segment: Segment, verdict: SourceVerdict, *, room_cents: int, taken_cents: int) -> str:
    """Return in Dutch why a fund pays, or why not."""
    explanation = verdict.rule.explanation if verdict.rule else ""
    if verdict.standing is Standing.CLOSED:
        return f"Mag niet betalen. {explanation}"
    if verdict.standing is Standing.CONDITION_NOT_MET:
        return f"Voorwaarde niet vervuld: {', '.join(verdict.contradicted)}. {explanation}"
    if verdict.standing is Standing.NO_RULE:
        return "Geen regel opent dit middel voor deze hulp."
    if segment.awaits_outside_payer:
        return f"Een andere partij hoort te betalen: {', '.join(segment.outside_payers)}."
    if taken_cents:
        return f"Betaalt. {explanation}"
    return f"Mag betalen, maar {'was niet nodig' if room_cents > 0 else 'heeft geen ruimte'}."
