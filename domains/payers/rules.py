"""Which step an open payer item may take, for how much, and what a fund that accepts takes over.

Every rule gives the changes to write down; what stands in a state is what went in less what went
out, so an item never settles more than it holds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from domains import chart
from domains.draws.model import Part, PartStanding, Place
from domains.eligibility.model import Segment, SourceVerdict, Standing
from domains.payers.model import Change, PayerItem, PayerState, Portion, Share, WriteOff
from domains.payers.refusals import (
    DaysOutsideItem,
    DisputeWithoutReason,
    MoreThanStands,
    NotAcceptedByThen,
    NotDeliveredYet,
    NothingInState,
    OwnGemeentePays,
    PayerDecisionMissing,
    PayerFactUnknown,
    PayerMayNotPay,
    UnknownPayer,
    YearOfCostsClosed,
    YearStillOpen,
)
from domains.pooling.rules import check_amount
from domains.sources import SOURCES
from ledger.accounts import Account
from ledger.money import show, split

_GEMEENTE: Final = re.compile(r"GM[0-9]{4}")
_BY_CODE: Final = {source.code: source for source in SOURCES}
_PLACES: Final = (Place.FAMILY, Place.DISTRICT, Place.FREE)
"""Where a fund that accepts finds its money, in this order; at last it is a shortage."""

_Bucket = tuple[PayerState, str]


def is_gemeente(payer: str) -> bool:
    """Return whether a payer is named by the code of a municipality."""
    return _GEMEENTE.fullmatch(payer) is not None


def is_outside(payer: str) -> bool:
    """Return whether a payer stands outside our books: an insurer or another municipality.

    :raises UnknownPayer: no source and no municipality has this code.
    """
    source = _BY_CODE.get(payer)
    if source is not None and source.code != chart.SHORTAGE_SOURCE:
        return source.external
    if is_gemeente(payer):
        return True
    raise UnknownPayer(
        payer=payer[:60],
        known=", ".join(sorted(_BY_CODE.keys() - {chart.SHORTAGE_SOURCE})),
    )


def check_other(payer: str, *, gemeente: str) -> None:
    """Refuse to ask a municipality to pay itself.

    :raises OwnGemeentePays: the payer is the municipality whose books these are.
    """
    if payer == gemeente:
        raise OwnGemeentePays(gemeente=gemeente)


def decide_claim(item: PayerItem, *, payer: str, amount_cents: int | None) -> tuple[Change, ...]:
    """Ask a payer; takes what is open first, then what others have disputed.

    ``amount_cents`` is ``None`` for all that stands there; so it is below.

    :raises UnknownPayer: nobody has this code.
    :raises NothingInState: nothing is open or disputed by another.
    :raises MoreThanStands: less is.
    """
    is_outside(payer)
    disputed = [bucket for bucket in _buckets(item, PayerState.DISPUTED) if bucket[1] != payer]
    taken = _take(item, [(PayerState.OPEN, ""), *disputed], amount_cents)
    changes = []
    for (state, other), cents in taken:
        if state is PayerState.DISPUTED:
            changes.append(_change(state, PayerState.OPEN, other, cents))
        changes.append(_change(PayerState.OPEN, PayerState.CLAIMED, payer, cents))
    return tuple(changes)


def accepted_cents(
    item: PayerItem,
    *,
    payer: str,
    amount_cents: int | None,
    from_date: date,
    until_date: date,
) -> int | None:
    """Return how much a payer accepts: the amount that it names, else the share of its days.

    :raises DaysOutsideItem: the days (until exclusive) are not days of the item.
    """
    claimed = item.stands(PayerState.CLAIMED, payer) + item.stands(PayerState.DISPUTED, payer)
    of_days = amount_of_days(item, from_date=from_date, until_date=until_date, total_cents=claimed)
    return of_days if amount_cents is None and claimed else amount_cents


def decide_acceptance(
    item: PayerItem, *, payer: str, amount_cents: int | None
) -> tuple[Change, ...]:
    """Let a payer accept what was claimed from it, also what it disputed before.

    What a fund accepts that advanced it itself, stays with it.

    :raises NothingInState: nothing was claimed from this payer.
    :raises MoreThanStands: less was.
    """
    known = [(PayerState.CLAIMED, payer), (PayerState.DISPUTED, payer)]
    to_state = PayerState.STAYS if chart.source_of(item.part.fund) == payer else PayerState.ACCEPTED
    return tuple(
        _change(state, to_state, payer, cents)
        for (state, _), cents in _take(item, known, amount_cents)
    )


def decide_dispute(
    item: PayerItem, *, payer: str, amount_cents: int | None, reason: str
) -> tuple[Change, ...]:
    """Let a payer say no, for a reason.

    :raises DisputeWithoutReason: no reason is given.
    :raises NothingInState: nothing was claimed from this payer.
    :raises MoreThanStands: less was.
    """
    if not reason.strip():
        raise DisputeWithoutReason(payer=payer)
    return tuple(
        _change(state, PayerState.DISPUTED, payer, cents)
        for (state, _), cents in _take(item, [(PayerState.CLAIMED, payer)], amount_cents)
    )


def decide_stay(item: PayerItem, *, amount_cents: int | None, decision: str) -> tuple[Change, ...]:
    """Let an advance stay for good with the fund that paid it; nothing is booked.

    :raises PayerDecisionMissing: no decision is named.
    :raises NothingInState: nothing is open or disputed.
    :raises MoreThanStands: less is.
    """
    if not decision.strip():
        raise PayerDecisionMissing(needed="laten blijven")
    known = [(PayerState.OPEN, ""), *_buckets(item, PayerState.DISPUTED)]
    return tuple(
        _change(state, PayerState.STAYS, payer or item.part.payer, cents)
        for (state, payer), cents in _take(item, known, amount_cents)
    )


def decide_write_off(item: PayerItem, given_up: WriteOff) -> tuple[Change, ...]:
    """Give up a claim that was sent, disputed, or accepted and never paid.

    :raises PayerDecisionMissing: no decision is named.
    :raises NothingInState: nothing of this payer is in that state.
    :raises MoreThanStands: less is.
    """
    if not given_up.decision.strip():
        raise PayerDecisionMissing(needed="afboeken")
    state, payer = given_up.state, given_up.payer
    if state not in {PayerState.CLAIMED, PayerState.DISPUTED, PayerState.ACCEPTED}:
        raise NothingInState(needed=f"{state} dat is af te boeken", found=_told(item))
    if state is PayerState.ACCEPTED and not is_outside(payer):
        raise NothingInState(needed="aanvaard door een ander dan de gemeente", found=_told(item))
    return tuple(
        _change(state, PayerState.WRITTEN_OFF, payer, cents)
        for _, cents in _take(item, [(state, payer)], given_up.amount_cents)
    )


def decide_receipt(item: PayerItem, *, payer: str, amount_cents: int | None) -> tuple[Change, ...]:
    """Let a payer pay what it accepted.

    :raises NothingInState: this payer accepted nothing that is not paid yet.
    :raises MoreThanStands: less is.
    """
    return tuple(
        _change(PayerState.ACCEPTED, PayerState.SETTLED, payer, cents)
        for _, cents in _take(item, [(PayerState.ACCEPTED, payer)], amount_cents)
    )


def amount_of_days(item: PayerItem, *, from_date: date, until_date: date, total_cents: int) -> int:
    """Return which part of an amount belongs to some of the days of an item.

    :raises DaysOutsideItem: the days (until exclusive) are not days of the item.
    """
    if not item.part.from_date <= from_date < until_date <= item.part.until_date:
        raise DaysOutsideItem(from_date=item.part.from_date, until_date=item.part.until_date)
    days = (
        (from_date - item.part.from_date).days,
        (until_date - from_date).days,
        (item.part.until_date - until_date).days,
    )
    return split(total_cents, days)[1]


def check_delivered(
    item: PayerItem, *, payer: str, amount_cents: int, accepted_late_cents: int
) -> None:
    """Refuse that an outside payer accepts more than was delivered.

    What was accepted after the year was closed is still among the costs of the advance.

    :raises NotDeliveredYet: less was.
    """
    delivered_cents = item.advance.spent_cents - accepted_late_cents
    if delivered_cents < amount_cents:
        raise NotDeliveredYet(payer=payer, spent_cents=delivered_cents, amount_cents=amount_cents)


def check_accepted_by_then(
    taken: Sequence[tuple[Account, int]],
    *,
    owed_by_then: Mapping[Account, int],
    payer: str,
    day: date,
) -> None:
    """Refuse to book on a day that a claim was paid, or given up, that was not there yet.

    :raises NotAcceptedByThen: less was owed on that day.
    """
    for account, cents in taken:
        if owed_by_then.get(account, 0) < cents:
            raise NotAcceptedByThen(payer=payer, day=day)


def earliest_acceptance(item: PayerItem, *, claimed_on: date | None) -> date:
    """Return the first day on which an acceptance can be booked: that of the claim.

    What is claimed after the end of a year may be booked on the last day of the year of the help,
    but never before the advance itself.
    """
    booked_on = item.advance.booking_date
    end_of_year = date((item.part.until_date - timedelta(days=1)).year, 12, 31)
    return max(booked_on, min(claimed_on or booked_on, end_of_year))


def check_may_pay(segments: Sequence[Segment], *, payer: str) -> None:
    """Refuse that a source of ours pays for good what the rules keep from it.

    :raises PayerMayNotPay: the rules do not let it pay on one of the days.
    :raises PayerFactUnknown: it may pay only if a fact is so that nobody has told.
    """
    for segment in segments:
        _verdict_of(segment, payer)


def portions_of(
    item: PayerItem,
    *,
    payer: str,
    amount_cents: int,
    segments: Sequence[Segment],
) -> tuple[Portion, ...]:
    """Cut what a fund of ours accepts by day: what was delivered first, the rest before delivery.

    ``segments`` are the days that it accepts, with the verdicts of the rules on them.

    :raises PayerMayNotPay: the rules do not let it pay on one of the days.
    :raises PayerFactUnknown: it may pay only if a fact is so that nobody has told.
    :raises NotDeliveredYet: it accepts some of the days before all was delivered.
    """
    verdicts = [_verdict_of(segment, payer) for segment in segments]
    spent = min(amount_cents, item.advance.spent_cents)
    reserved = amount_cents - spent
    weights = [segment.days for segment in segments]
    if reserved and sum(weights) < (item.part.until_date - item.part.from_date).days:
        raise NotDeliveredYet(
            payer=payer, spent_cents=item.advance.spent_cents, amount_cents=amount_cents
        )
    return tuple(
        Portion(
            from_date=segment.from_date,
            until_date=segment.until_date,
            source=payer,
            rule=verdict.rule_id,
            standing=PartStanding.OWN if verdict.pays_as_own else PartStanding.POOL,
            spent_cents=spent_cents,
            reserved_cents=reserved_cents,
        )
        for segment, verdict, spent_cents, reserved_cents in zip(
            segments, verdicts, split(spent, weights), split(reserved, weights), strict=True
        )
        if spent_cents or reserved_cents
    )


def pay_portions(
    item: PayerItem,
    *,
    portions: Sequence[Portion],
    rooms: Mapping[tuple[str, Place], int],
    shortage_rule: str,
) -> tuple[Share, ...]:
    """Let the source that takes over pay from the family, the district and its free room.

    What it has no room for is a shortage. ``rooms`` are per fund and place, in whole cents.
    """
    left = dict(rooms)
    shares: list[Share] = []
    for portion in portions:
        fund = chart.fund(portion.source, portion.from_date.year)
        spent, reserved = portion.spent_cents, portion.reserved_cents
        for place in _PLACES:
            pays_spent = min(spent, left.get((fund, place), 0))
            pays_reserved = min(reserved, left.get((fund, place), 0) - pays_spent)
            if pays_spent or pays_reserved:
                left[fund, place] -= pays_spent + pays_reserved
                spent -= pays_spent
                reserved -= pays_reserved
                part = _part_of(item.part, portion, fund=fund, place=place)
                shares.append(_share(part, spent_cents=pays_spent, reserved_cents=pays_reserved))
        if spent or reserved:
            part = _shortage_of(item.part, portion, rule=shortage_rule)
            shares.append(_share(part, spent_cents=spent, reserved_cents=reserved))
    return tuple(shares)


def spread(
    changes: Sequence[Change], pieces: Sequence[tuple[PayerState, int]]
) -> tuple[tuple[Change, ...], ...]:
    """Cut changes so that each piece has its own, in its own state; the sums are the same."""
    left = [(each.from_state, each.payer, each.amount_cents) for each in reversed(changes)]
    found = []
    for to_state, amount_cents in pieces:
        needed, own = amount_cents, []
        while needed:
            from_state, payer, cents = left.pop()
            taken = min(needed, cents)
            own.append(_change(from_state, to_state, payer, taken))
            needed -= taken
            if cents > taken:
                left.append((from_state, payer, cents - taken))
        found.append(tuple(own))
    return tuple(found)


def check_year(fund: str, *, booking_date: date, is_open: bool) -> bool:
    """Return whether the costs of a fund still come down: its own year is open.

    If not, an outside payer's money is revenue of the year of booking.

    :raises YearStillOpen: it is booked later while the fund's own year ``is_open``.
    """
    year = chart.year_of(fund)
    if booking_date.year > year and is_open:
        raise YearStillOpen(year=year)
    return booking_date.year <= year


def check_same_year(fund: str, *, booking_date: date, is_open: bool) -> None:
    """Refuse what can only be settled in the year of the costs.

    :raises YearStillOpen: see :func:`check_year`.
    :raises YearOfCostsClosed: it is closed.
    """
    if not check_year(fund, booking_date=booking_date, is_open=is_open):
        raise YearOfCostsClosed(year=chart.year_of(fund))


def _part_of(advance: Part, portion: Portion, *, fund: str, place: Place) -> Part:
    """Give the part of an advance that another fund takes over."""
    return replace(
        advance,
        fund=fund,
        place=place,
        rule=portion.rule,
        from_date=portion.from_date,
        until_date=portion.until_date,
        standing=portion.standing,
        provisional=False,
        payer="",
        to_be_shown=(),
        stands_in_for="",
    )


def _shortage_of(advance: Part, portion: Portion, *, rule: str) -> Part:
    """Give the part of an advance that has to be taken over and that no fund has room for."""
    fund = chart.fund(chart.SHORTAGE_SOURCE, portion.from_date.year)
    part = _part_of(advance, portion, fund=fund, place=Place.SHORTAGE)
    return replace(part, rule=rule, standing=PartStanding.SHORTAGE, stands_in_for=portion.source)


def _share(part: Part, *, spent_cents: int, reserved_cents: int) -> Share:
    return Share(
        part=replace(part, amount_cents=spent_cents + reserved_cents),
        spent_cents=spent_cents,
        reserved_cents=reserved_cents,
    )


def _verdict_of(segment: Segment, payer: str) -> SourceVerdict:
    """Return by which rule a fund may pay some days, alone or from the pool."""
    own = [each for each in (*segment.verdicts, *segment.pool) if each.source == payer]
    for verdict in own:
        if verdict.standing is Standing.MAY:
            return verdict
    for verdict in own:
        if verdict.standing is Standing.PROVISIONAL:
            raise PayerFactUnknown(
                payer=payer, fact=", ".join(verdict.to_be_shown), rule=verdict.rule_id
            )
    raise PayerMayNotPay(
        payer=payer,
        day=segment.from_date,
        rule=own[0].rule_id if own else "",
        legal_basis=own[0].legal_basis if own else "",
    )


def _buckets(item: PayerItem, state: PayerState) -> list[_Bucket]:
    """Return where amounts stand in a state, in the order of the payer."""
    return sorted((each.state, each.payer) for each in item.standings if each.state is state)


def _take(
    item: PayerItem, buckets: Sequence[_Bucket], amount_cents: int | None
) -> tuple[tuple[_Bucket, int], ...]:
    """Take an amount from what stands, bucket after bucket."""
    if amount_cents is not None:
        check_amount(amount_cents)
    standing = [(bucket, item.stands(*bucket)) for bucket in buckets]
    total = sum(cents for _, cents in standing)
    needed = " of ".join(dict.fromkeys(_named(*bucket) for bucket in buckets))
    if total == 0:
        raise NothingInState(needed=needed, found=_told(item))
    left = total if amount_cents is None else amount_cents
    if left > total:
        raise MoreThanStands(needed=needed, room_cents=total, amount_cents=left)
    taken = []
    for bucket, cents in standing:
        part = min(left, cents)
        if part:
            taken.append((bucket, part))
            left -= part
    return tuple(taken)


def _told(item: PayerItem) -> str:
    """Say in Dutch what stands where."""
    told = [
        f"{show(each.amount_cents)} {_named(each.state, each.payer)}"
        for each in sorted(item.standings, key=lambda each: (each.state, each.payer))
        if each.amount_cents
    ]
    return ", ".join(told) or "niets"


def _named(state: PayerState, payer: str) -> str:
    """Say in Dutch in which state something stands, and by or from whom."""
    words = {
        PayerState.CLAIMED: f"geclaimd bij {payer}",
        PayerState.ACCEPTED: f"aanvaard door {payer}",
        PayerState.DISPUTED: f"betwist door {payer}",
        PayerState.SETTLED: f"verrekend met {payer}",
    }
    return words.get(state, str(state))


def _change(from_state: PayerState, to_state: PayerState, payer: str, amount_cents: int) -> Change:
    return Change(from_state=from_state, to_state=to_state, payer=payer, amount_cents=amount_cents)
