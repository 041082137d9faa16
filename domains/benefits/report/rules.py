"""Makes the report from what is booked: who created what for whom, and what may be seen of it.

Every amount is a sum of booked lines, divided over the families of its block by the block's keys,
so that districts and quarters sum to the whole. An interval takes the division over payers as it
is, and uses how the estimates of one study move together; between studies nothing is known of
that, so there the standard errors are added, which is never too narrow.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from statistics import NormalDist
from typing import Final
from uuid import UUID

import numpy as np

from domains import chart
from domains.benefits.bookings.model import State
from domains.benefits.panel import Integers, Mask
from domains.benefits.policy_domains import DOMAINS
from domains.benefits.publication import Pieces, Shown, withhold
from domains.benefits.rates import FALSE_RATE, chance_of, demonstrable, shrink
from domains.benefits.report.model import (
    KNOWN,
    STATES,
    Block,
    Booked,
    Cell,
    CellEntry,
    DistrictFigure,
    DomainFigures,
    Estimated,
    Evidence,
    Figure,
    NotAttributed,
    Pile,
    Report,
    Residences,
    Scope,
    Seen,
)
from domains.benefits.report.refusals import PeriodInverted, PeriodNotQuarters
from domains.benefits.suppression import NOTHING_EARLIER, TOTAL, Place, suppress
from ledger.money import split

_Z95: Final = NormalDist().inv_cdf(0.975)
_NOT_BOOKED: Final = "nog niet geboekt"


def check_quarters(scope: Scope) -> None:
    """Refuse a period that cuts a quarter in two, or that has none.

    :raises PeriodNotQuarters: it does.
    :raises PeriodInverted: it ends before it begins.
    """
    for day in (scope.from_date, scope.until_date):
        if day is not None and (day.day != 1 or day.month % 3 != 1):
            raise PeriodNotQuarters(day=day)
    if scope.from_date and scope.until_date and scope.until_date <= scope.from_date:
        raise PeriodInverted(from_date=scope.from_date, until_date=scope.until_date)


def by_domain(per_fund: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sum amounts of funds per domain, each under the name that its source has now."""
    last = {source: each.code for each in DOMAINS for source in each.sources}
    found: dict[str, int] = {}
    for fund, cents in per_fund:
        source = chart.source_of(fund)
        domain = last.get(source, source.casefold())
        found[domain] = found.get(domain, 0) + cents
    return found


def pile_of(booked: Iterable[Booked], blocks: Mapping[UUID, Block]) -> Pile:
    """Divide everything booked over the families of its block."""
    places: dict[Place, int] = {}
    families: dict[UUID, int] = {}
    in_order = tuple(blocks.values())
    block_number = {block.id: number for number, block in enumerate(in_order)}
    columns: list[Integers] = []
    for each in booked:
        block = blocks[each.block]
        parts = np.array(_divided(each.cents, block), dtype=np.int64)
        members = [families.setdefault(family, len(families)) for family in block.families] or [-1]
        same = np.array(
            [
                places.setdefault((each.contributor, block.receiver), len(places)),
                block_number[block.id],
                STATES.index(each.state),
                block.period.toordinal(),
                each.booking_date.toordinal(),
                each.link,
            ],
            dtype=np.int64,
        )
        columns.append(
            np.concatenate([[members, parts], np.repeat(same[:, None], len(parts), axis=1)])
        )
    family, cents, cell, block_at, state, period, booking_date, link = (
        np.concatenate(columns, axis=1) if columns else np.zeros((8, 0), dtype=np.int64)
    )
    return Pile(
        cells=tuple(places),
        families=tuple(families),
        blocks=in_order,
        cell=cell,
        family=family,
        block=block_at,
        state=state,
        period=period,
        booking_date=booking_date,
        link=link,
        cents=cents,
    )


def chosen(pile: Pile, scope: Scope, *, moment: datetime, residences: Residences) -> Mask:
    """Say which pieces a scope sums, in every state; ``moment`` is when its last link was made."""
    found: Mask = (pile.link <= scope.known_up_to) & (pile.booking_date <= scope.on.toordinal())
    if scope.from_date is not None:
        found &= pile.period >= scope.from_date.toordinal()
    if scope.until_date is not None:
        found &= pile.period < scope.until_date.toordinal()
    if scope.wijk is not None:
        pairs, place = _pairs(pile.family, pile.period)
        lives = [
            family >= 0
            and _lives(residences, pile.families[family], date.fromordinal(day), moment)
            == scope.wijk
            for family, day in pairs
        ]
        found &= np.array(lives, dtype=np.bool_)[place]
    return found


def hide(
    pile: Pile, table: Mask, *, earlier: Sequence[tuple[Mask, Seen]]
) -> dict[State, frozenset[Place]]:
    """Say per state what may not be seen of a table, in view of what was seen before.

    What is hidden in one of the measured states is hidden in all of them: they are read together.
    """
    found: dict[State, frozenset[Place]] = {}
    for number, state in enumerate(STATES):
        of_state = (pile.state == number) & (pile.family >= 0)
        pieces = Pieces(
            cells=pile.cells,
            cell=pile.cell[of_state],
            family=pile.family[of_state],
            cents=pile.cents[of_state],
        )
        shown = [Shown(pieces=mask[of_state], hidden=seen.hidden[state]) for mask, seen in earlier]
        hidden = suppress(_contributions(pile, table & of_state), before=NOTHING_EARLIER).hidden
        found[state] = withhold(pieces, table=table[of_state], hidden=hidden, earlier=shown)
    together = frozenset[Place]().union(*(found[state] for state in KNOWN))
    return found | dict.fromkeys(KNOWN, together)


def report_of(
    pile: Pile,
    scope: Scope,
    table: Mask,
    *,
    hidden: Mapping[State, frozenset[Place]],
    evidence: Evidence,
    spent: Mapping[str, int],
    observed: Mapping[str, int],
) -> Report:
    """Make the report of a scope; ``spent`` and ``observed`` are costs per domain."""
    amounts = {
        state: _with_totals(pile, table & (pile.state == number))
        for number, state in enumerate(STATES)
    }
    weights = _weights(pile, table, evidence)
    secret = hidden[State.MEASURED]
    places = {place for state in KNOWN for place in amounts[state]} - secret
    figures = {place: _figure(place, amounts, weights.get(place, {}), evidence) for place in places}
    families = _families(pile, table)
    stands_out = standing_out(evidence)
    cells = {
        place: _cell(
            figures[place],
            families=families.get(place, 0),
            estimates=[evidence.estimates[each] for each in weights[place]],
            stands_out=stands_out,
        )
        for place in sorted(places)
        if TOTAL not in place and place in weights
    }
    return Report(
        scope=scope,
        cells=cells,
        totals={place: figures[place] for place in sorted(places) if TOTAL in place},
        hidden=tuple(sorted(secret)),
        expected={
            place: cents
            for place, cents in sorted(amounts[State.EXPECTED].items())
            if place not in hidden[State.EXPECTED]
        },
        expected_hidden=tuple(sorted(hidden[State.EXPECTED])),
        domains=_domains(amounts, weights, evidence, secret, spent=spent, observed=observed),
        not_attributed=_not_attributed(pile, table, scope, evidence),
        districts=tuple(
            each
            for each in district_figures(evidence)
            if scope.wijk is None or each.wijk == scope.wijk
        ),
    )


def in_district(
    entries: Sequence[CellEntry],
    blocks: Mapping[UUID, Block],
    *,
    wijk: str,
    moment: datetime,
    residences: Residences,
) -> tuple[CellEntry, ...]:
    """Give the part of entries that is of families of a district, as the report divides them."""
    found = []
    for entry in entries:
        block = blocks[entry.block]
        mine = sum(
            cents
            for family, cents in zip(block.families, _divided(entry.cents, block), strict=False)
            if _lives(residences, family, block.period, moment) == wijk
        )
        if mine:
            found.append(replace(entry, cents=mine))
    return tuple(found)


def without_costs(report: Report) -> Report:
    """Leave out what domains spent: of a district that tells of few families."""
    return replace(
        report,
        domains=tuple(
            replace(each, spent_cents=None, observed_cents=None) for each in report.domains
        ),
    )


def _divided(cents: int, block: Block) -> tuple[int, ...]:
    """Divide an amount over the families of a block; a forecast has none, and stays whole."""
    if not block.families:
        return (cents,)
    # Keys are whole cents, so those of a block that cost next to nothing may all be nought.
    return split(cents, block.keys if any(block.keys) else (1,) * len(block.keys))


def _lives(residences: Residences, family: UUID, day: date, moment: datetime) -> str | None:
    """Say where a family lived on a day, as known at a moment; before its first home, there too."""
    known = [home for home in residences.of.get(family, ()) if home[1] <= moment]
    lived = [wijk for since, _, wijk in known if since <= day]
    return lived[-1] if lived else next((wijk for _, _, wijk in known), None)


def _contributions(pile: Pile, table: Mask) -> dict[Place, dict[UUID, int]]:
    found: dict[Place, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for cell, family, cents in _summed(pile.cell[table], pile.family[table], pile.cents[table]):
        found[pile.cells[cell]][pile.families[family]] += cents
    return found


def _families(pile: Pile, table: Mask) -> dict[Place, int]:
    """Count per cell the families with something of it, in whatever measured state."""
    known = table & (pile.state != STATES.index(State.EXPECTED))
    found: dict[Place, int] = defaultdict(int)
    for cell, _, _ in _summed(pile.cell[known], pile.family[known], pile.cents[known]):
        found[pile.cells[cell]] += 1
    return found


def _summed(first: Integers, second: Integers, cents: Integers) -> list[tuple[int, int, int]]:
    """Sum cents per pair of numbers; what sums to nothing is left out."""
    pairs, place = _pairs(first, second)
    sums = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(sums, place, cents)
    return [
        (one, other, total)
        for (one, other), total in zip(pairs, sums.tolist(), strict=True)
        if total
    ]


def _pairs(first: Integers, second: Integers) -> tuple[list[tuple[int, int]], Integers]:
    """List the pairs of numbers that occur, and which of them stands at each place."""
    least = int(second.min(initial=0))
    width = int(second.max(initial=0)) - least + 1
    codes, place = np.unique(first * width + (second - least), return_inverse=True)
    ones, others = np.divmod(codes, width)
    return list(zip(ones.tolist(), (others + least).tolist(), strict=True)), place


def _with_totals(pile: Pile, table: Mask) -> dict[Place, int]:
    """Sum a table per cell, row, column and over everything."""
    sums = np.zeros(len(pile.cells), dtype=np.int64)
    np.add.at(sums, pile.cell[table], pile.cents[table])
    used = np.bincount(pile.cell[table], minlength=len(pile.cells)) > 0
    found: dict[Place, int] = defaultdict(int)
    for number in np.flatnonzero(used).tolist():
        row, column = pile.cells[number]
        for place in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            found[place] += int(sums[number])
    return dict(found)


def _weights(pile: Pile, table: Mask, evidence: Evidence) -> dict[Place, dict[UUID, float]]:
    """Give per cell and total which part of each estimate's saving it is."""
    known = table & (pile.state != STATES.index(State.EXPECTED))
    found: dict[Place, dict[UUID, float]] = defaultdict(lambda: defaultdict(float))
    for cell, block, cents in _summed(pile.cell[known], pile.block[known], pile.cents[known]):
        row, column = pile.cells[cell]
        estimate = evidence.estimates[pile.blocks[block].estimate]
        if estimate.saving_cents:
            part = cents / estimate.saving_cents
            for place in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
                found[place][estimate.id] += part
    return found


def _figure(
    place: Place,
    amounts: Mapping[State, Mapping[Place, int]],
    weights: Mapping[UUID, float],
    evidence: Evidence,
) -> Figure:
    cents = {state: amounts[state].get(place, 0) for state in KNOWN}
    known, reach = sum(cents.values()), round(_Z95 * _error(weights, evidence))
    return Figure(cents=cents, low_cents=known - reach, high_cents=known + reach)


def _error(weights: Mapping[UUID, float], evidence: Evidence) -> float:
    """Give the standard error of a weighted sum of estimates.

    A weight above one (a payer who gets more than the whole, beside one with a loss) counts as one.
    """
    by_study: dict[UUID | None, list[Estimated]] = defaultdict(list)
    for estimate in weights:
        found = evidence.estimates[estimate]
        by_study[found.study].append(found)
    error = 0.0
    for study, estimates in by_study.items():
        parts = np.array([np.clip(weights[each.id], -1, 1) for each in estimates])
        at = [each.number - 1 for each in estimates]
        if study is not None and study in evidence.covariances:
            covariance = evidence.covariances[study][np.ix_(at, at)]
            error += float(np.sqrt(max(0.0, parts @ covariance @ parts)))
        else:
            error += float(np.abs(parts) @ [each.error_cents or 0 for each in estimates])
    return error


def _cell(
    figure: Figure, *, families: int, estimates: Sequence[Estimated], stands_out: Collection[UUID]
) -> Cell:
    return Cell(
        figure=figure,
        grade=max(each.grade for each in estimates),
        families=families,
        tipping_point=in_words(
            [each.tipping_point for each in estimates if each.tipping_point is not None],
            saved=figure.known_cents > 0,
        ),
        is_demonstrable=all(each.id in stands_out for each in estimates),
    )


def standing_out(evidence: Evidence) -> frozenset[UUID]:
    """Name the estimates of standing studies that are more than chance, seen all together."""
    measured = [
        each
        for each in evidence.estimates.values()
        if each.is_current and each.saving_cents is not None and each.error_cents is not None
    ]
    chances = [chance_of(each.saving_cents or 0, each.error_cents or 0) for each in measured]
    found = demonstrable(chances, false_rate=FALSE_RATE)
    return frozenset(each.id for each, stands in zip(measured, found, strict=True) if stands)


def district_figures(evidence: Evidence) -> tuple[DistrictFigure, ...]:
    """Draw what was found per district to what districts share, and say what stands out."""
    pairs = [
        (estimate, rate)
        for estimate in evidence.estimates.values()
        if estimate.is_current
        for rate in estimate.districts
    ]
    stands = demonstrable(
        [chance_of(rate.log_ratio, rate.log_error) for _, rate in pairs], false_rate=FALSE_RATE
    )
    label = {
        (estimate.id, rate.wijk): found
        for (estimate, rate), found in zip(pairs, stands, strict=True)
    }
    figures = []
    for estimate in dict.fromkeys(estimate for estimate, _ in pairs):
        drawn = shrink(
            np.array([each.log_ratio for each in estimate.districts]),
            np.array([each.log_error for each in estimate.districts]),
        )
        for rate, middle, error in zip(
            estimate.districts, drawn.rates.tolist(), drawn.errors.tolist(), strict=True
        ):
            figures.append(
                DistrictFigure(
                    wijk=rate.wijk,
                    domain=estimate.domain,
                    exposure=estimate.exposure,
                    families=rate.families,
                    ratio=float(np.exp(middle)),
                    ratio_low=float(np.exp(middle - _Z95 * error)),
                    ratio_high=float(np.exp(middle + _Z95 * error)),
                    is_demonstrable=label[estimate.id, rate.wijk],
                )
            )
    return tuple(sorted(figures, key=lambda each: (each.wijk, each.domain, each.exposure)))


def in_words(tipping_points: Sequence[float], *, saved: bool) -> str:
    """Say what change by itself would leave nothing of a saving, or of extra costs."""
    if not tipping_points:
        return ""
    percent = f"{100 * min(tipping_points):.1f}".replace(".", ",")
    moved, found = ("gedaald", "besparing") if saved else ("gestegen", "kostenstijging")
    return (
        f"Waren de kosten van deze gezinnen vanzelf al {percent}% per jaar {moved}, dan was er van"
        f" deze {found} niets over."
    )


def _domains(
    amounts: Mapping[State, Mapping[Place, int]],
    weights: Mapping[Place, Mapping[UUID, float]],
    evidence: Evidence,
    hidden: frozenset[Place],
    *,
    spent: Mapping[str, int],
    observed: Mapping[str, int],
) -> tuple[DomainFigures, ...]:
    """Give the figures per domain, from what may be seen only."""
    known: dict[Place, int] = defaultdict(int)
    for state in KNOWN:
        for place, cents in amounts[state].items():
            known[place] += cents
    names = {name for place in known for name in place} - {TOTAL}

    def seen(*places: Place) -> list[int] | None:
        return None if hidden & {*places} else [known.get(place, 0) for place in places]

    found = []
    for domain in sorted({*names, *spent, *observed}):
        own = seen((domain, domain))
        row = seen((domain, TOTAL), (domain, domain))
        column = seen((TOTAL, domain), (domain, domain))
        elsewhere = None if row is None else row[0] - row[1]
        all_, for_itself = (weights.get((domain, name), {}) for name in (TOTAL, domain))
        for_others = {each: part - for_itself.get(each, 0.0) for each, part in all_.items()}
        reach = round(_Z95 * _error(for_others, evidence))
        found.append(
            DomainFigures(
                domain=domain,
                spent_cents=spent.get(domain, 0),
                observed_cents=observed.get(domain, 0),
                created_elsewhere_cents=elsewhere,
                elsewhere_low_cents=None if elsewhere is None else elsewhere - reach,
                elsewhere_high_cents=None if elsewhere is None else elsewhere + reach,
                received_cents=None if column is None else column[0] - column[1],
                own_cents=None if own is None else own[0],
            )
        )
    return tuple(found)


def _not_attributed(
    pile: Pile, table: Mask, scope: Scope, evidence: Evidence
) -> tuple[NotAttributed, ...]:
    """List what was measured and is in no cell; of a part of the whole only what has no number."""
    whole = scope.wijk is None and scope.from_date is None and scope.until_date is None
    known = table & (pile.state != STATES.index(State.EXPECTED))
    booked: dict[UUID, int] = defaultdict(int)
    for block, _, cents in _summed(pile.block[known], pile.state[known], pile.cents[known]):
        booked[pile.blocks[block].estimate] += cents
    found = []
    for each in evidence.estimates.values():
        left = None if each.saving_cents is None else each.saving_cents - booked[each.id]
        if not each.is_current or left == 0 or (left is not None and not whole):
            continue
        found.append(
            NotAttributed(
                estimate=each.id,
                domain=each.domain,
                exposure=each.exposure,
                cents=left,
                reason=each.refusal_text or _why_left(each, booked=each.id in booked),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.domain, each.exposure)))


def _why_left(estimate: Estimated, *, booked: bool) -> str:
    if estimate.grade in {"D", "E"}:
        return f"graad {estimate.grade}: {'; '.join(estimate.doubts)}"
    return "afronding, of deel zonder betaler" if booked else _NOT_BOOKED
