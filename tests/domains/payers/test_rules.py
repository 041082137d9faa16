"""Which step an open payer item may take, and what a fund that accepts takes over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final, TypeAlias
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.draws.model import Part, PartStanding, Place, StandingPart
from domains.eligibility.model import Segment, SourceVerdict
from domains.eligibility.model import Standing as Verdict
from domains.payers import rules
from domains.payers.model import Change, PayerItem, PayerState, Portion, Standing, WriteOff
from domains.payers.refusals import (
    DaysOutsideItem,
    DisputeWithoutReason,
    MoreThanStands,
    NotDeliveredYet,
    NothingInState,
    PayerDecisionMissing,
    PayerFactUnknown,
    PayerMayNotPay,
    UnknownPayer,
    YearOfCostsClosed,
    YearStillOpen,
)
from domains.pooling.rules import NotPositive
from ledger.refusals import Refusal

Steps: TypeAlias = str
"""Steps separated by semicolons, as people write them; amounts are euros."""

STATES: Final = {state.value: state for state in PayerState}
JUNE: Final = (date(2026, 6, 1), date(2026, 7, 1))


def item(
    standings: str = "open 900",
    *,
    spent: int = 900_00,
    reserved: int = 0,
    fund: str = "WMO-2026",
) -> PayerItem:
    """Make an advance on ZVW for June from what stands, such as ``open 300; betwist ZVW 600``."""
    part = Part(
        person=UUID(int=3),
        fund=fund,
        place=Place.DISTRICT,
        wijk="WK034401",
        gezin=UUID(int=4),
        amount_cents=spent + reserved,
        rule="E39",
        from_date=JUNE[0],
        until_date=JUNE[1],
        taakveld="6.714",
        category="3.4.1",
        cost_account="4310",
        standing=PartStanding.ADVANCE,
        provisional=True,
        payer="ZVW",
        to_be_shown=("verwijzing",),
    )
    return PayerItem(
        advance=StandingPart(
            id=UUID(int=1),
            booking_date=date(2026, 1, 2),
            draw=UUID(int=2),
            decision_number=1,
            part=part,
            reserved_cents=reserved,
            spent_cents=spent,
        ),
        family=UUID(int=4),
        kind="ggz-behandeling-volwassene",
        owner="financieel",
        deadline=date(2026, 9, 1),
        opened_at=datetime(2026, 6, 1, tzinfo=UTC),
        standings=tuple(standing(each) for each in standings.split("; ") if each),
    )


def standing(text: str) -> Standing:
    """Read what stands in a state, such as ``geclaimd ZVW 300``."""
    state, *payer, euros = text.split()
    return Standing(state=STATES[state], payer="".join(payer), amount_cents=int(euros) * 100)


def written(changes: tuple[Change, ...]) -> str:
    """Write changes as people read them."""
    return "; ".join(
        f"{each.from_state}>{each.to_state} {each.payer} {each.amount_cents // 100}"
        for each in changes
    )


def after(before: PayerItem, changes: tuple[Change, ...]) -> PayerItem:
    """Give the item as it stands when the changes are written down."""
    held: dict[tuple[PayerState, str], int] = {
        (each.state, each.payer): each.amount_cents for each in before.standings
    }
    for each in changes:
        for state, sign in ((each.from_state, -1), (each.to_state, 1)):
            key = (state, "" if state is PayerState.OPEN else each.payer)
            held[key] = held.get(key, 0) + sign * each.amount_cents
    return replace(
        before,
        standings=tuple(
            Standing(state=state, payer=payer, amount_cents=cents)
            for (state, payer), cents in held.items()
        ),
    )


def step(before: PayerItem, text: str) -> tuple[Change, ...]:
    """Take a step such as ``claim ZVW 300``; ``*`` is all that stands there."""
    verb, *words = text.split()
    euros = words.pop()
    cents = None if euros == "*" else int(euros) * 100
    payer = words[0] if words else ""
    if verb.startswith("boek-"):
        given_up = WriteOff(
            state=STATES[verb[5:-3]], payer=payer, amount_cents=cents, decision="B-1"
        )
        return rules.decide_write_off(before, given_up)
    if verb == "betwist":
        return rules.decide_dispute(before, payer=payer, amount_cents=cents, reason="onverzekerd")
    if verb == "blijft":
        return rules.decide_stay(before, amount_cents=cents, decision="B-1")
    decide = {
        "claim": rules.decide_claim,
        "aanvaard": rules.decide_acceptance,
        "ontvang": rules.decide_receipt,
    }[verb]
    return decide(before, payer=payer, amount_cents=cents)


@pytest.mark.parametrize(
    ("standings", "asked", "changes"),
    [
        ("open 900", "claim ZVW *", "open>geclaimd ZVW 900"),
        ("open 900", "claim ZVW 540", "open>geclaimd ZVW 540"),
        ("open 900", "claim GM0344 *", "open>geclaimd GM0344 900"),
        ("open 900", "claim SHV *", "open>geclaimd SHV 900"),
        # What another payer disputed may be claimed from the next one; what is open goes first.
        (
            "open 100; betwist ZVW 800",
            "claim WLZ 300",
            "open>geclaimd WLZ 100; betwist>open ZVW 200; open>geclaimd WLZ 200",
        ),
        ("geclaimd ZVW 900", "aanvaard ZVW 540", "geclaimd>aanvaard ZVW 540"),
        # A payer may come back on its no.
        (
            "geclaimd ZVW 100; betwist ZVW 800",
            "aanvaard ZVW *",
            "geclaimd>aanvaard ZVW 100; betwist>aanvaard ZVW 800",
        ),
        # What the fund that advanced accepts itself stays with it.
        ("geclaimd WMO 900", "aanvaard WMO *", "geclaimd>blijft WMO 900"),
        ("geclaimd ZVW 900", "betwist ZVW 360", "geclaimd>betwist ZVW 360"),
        (
            "open 100; betwist ZVW 200; betwist WLZ 300",
            "blijft *",
            "open>blijft ZVW 100; betwist>blijft WLZ 300; betwist>blijft ZVW 200",
        ),
        ("geclaimd ZVW 900", "boek-geclaimd-af ZVW *", "geclaimd>afgeboekt ZVW 900"),
        ("betwist ZVW 900", "boek-betwist-af ZVW 1", "betwist>afgeboekt ZVW 1"),
        ("aanvaard ZVW 900", "boek-aanvaard-af ZVW *", "aanvaard>afgeboekt ZVW 900"),
        ("aanvaard ZVW 900", "ontvang ZVW 500", "aanvaard>verrekend ZVW 500"),
    ],
)
def test_a_step_changes_what_stands(standings: str, asked: str, changes: str) -> None:
    assert written(step(item(standings), asked)) == changes


@pytest.mark.parametrize(
    ("standings", "asked", "refusal"),
    [
        ("open 900", "claim ZORG *", UnknownPayer),
        ("open 900", "claim TEKORT *", UnknownPayer),
        ("open 900", "claim onbekend *", UnknownPayer),
        ("open 900", "claim ZVW 0", NotPositive),
        ("open 900", "claim ZVW 901", MoreThanStands),
        ("geclaimd ZVW 900", "claim ZVW *", NothingInState),
        # Who said no is not asked the same again.
        ("betwist ZVW 900", "claim ZVW *", NothingInState),
        ("open 900", "aanvaard ZVW *", NothingInState),
        ("geclaimd ZVW 900", "aanvaard WLZ *", NothingInState),
        ("geclaimd ZVW 900", "aanvaard ZVW 901", MoreThanStands),
        ("aanvaard ZVW 900", "betwist ZVW *", NothingInState),
        ("geclaimd ZVW 900", "blijft *", NothingInState),
        ("open 900", "boek-open-af ZVW *", NothingInState),
        ("vervallen 900", "boek-vervallen-af ZVW *", NothingInState),
        ("geclaimd ZVW 900", "boek-betwist-af ZVW *", NothingInState),
        ("geclaimd ZVW 900", "ontvang ZVW *", NothingInState),
        ("", "claim ZVW *", NothingInState),
    ],
)
def test_a_step_is_refused(standings: str, asked: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as told:
        step(item(standings), asked)
    assert told.value.message().endswith((".", "toe."))


def test_a_dispute_needs_a_reason() -> None:
    with pytest.raises(DisputeWithoutReason):
        rules.decide_dispute(item("geclaimd ZVW 9"), payer="ZVW", amount_cents=None, reason=" ")


@pytest.mark.parametrize(
    "giving_up",
    [
        lambda one: rules.decide_stay(one, amount_cents=None, decision=" "),
        lambda one: rules.decide_write_off(
            one, WriteOff(state=PayerState.CLAIMED, payer="ZVW", decision="")
        ),
    ],
)
def test_giving_up_needs_a_decision(giving_up: Callable[[PayerItem], object]) -> None:
    with pytest.raises(PayerDecisionMissing):
        giving_up(item("geclaimd ZVW 9; open 9"))


VERBS = ("claim", "aanvaard", "betwist", "ontvang", "blijft", "boek-betwist-af", "boek-aanvaard-af")
steps = st.tuples(
    st.sampled_from(VERBS),
    st.sampled_from(("ZVW", "WLZ", "WMO", "SHV")),
    st.one_of(st.just("*"), st.integers(1, 1000).map(str)),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=20))
def test_an_item_never_settles_more_than_it_holds(asked: list[tuple[str, str, str]]) -> None:
    held = item("open 900")
    for each in asked:
        try:
            held = after(held, step(held, " ".join(each)))
        except Refusal:
            continue
        assert all(one.amount_cents >= 0 for one in held.standings)
        assert sum(one.amount_cents for one in held.standings) == 900_00
        assert held.unsettled_cents <= 900_00


@pytest.mark.parametrize(
    ("days", "cents"),
    [
        (JUNE, 900_00),
        ((date(2026, 6, 1), date(2026, 6, 2)), 30_00),
        ((date(2026, 6, 11), date(2026, 6, 21)), 300_00),
    ],
)
def test_days_have_their_share_of_an_amount(days: tuple[date, date], cents: int) -> None:
    found = rules.amount_of_days(item(), from_date=days[0], until_date=days[1], total_cents=900_00)
    assert found == cents


@pytest.mark.parametrize(
    "days",
    [
        (date(2026, 5, 31), date(2026, 6, 2)),
        (date(2026, 6, 30), date(2026, 7, 2)),
        (date(2026, 6, 2), date(2026, 6, 2)),
    ],
)
def test_days_outside_an_item_are_refused(days: tuple[date, date]) -> None:
    with pytest.raises(DaysOutsideItem):
        rules.amount_of_days(item(), from_date=days[0], until_date=days[1], total_cents=1)


def test_an_outside_payer_accepts_only_what_was_delivered() -> None:
    half = item("geclaimd ZVW 900", spent=450_00, reserved=450_00)
    # delivered so far | accepted after the year | accepted now
    for late, most in ((0, 450_00), (100_00, 350_00)):
        rules.check_delivered(half, payer="ZVW", amount_cents=most, accepted_late_cents=late)
        with pytest.raises(NotDeliveredYet):
            rules.check_delivered(
                half, payer="ZVW", amount_cents=most + 1, accepted_late_cents=late
            )


def segment(
    from_date: date, until_date: date, standing: Verdict = Verdict.MAY, *, source: str = "SHV"
) -> Segment:
    """Make days on which a source may pay, or not."""
    verdict = SourceVerdict(source=source, standing=standing, to_be_shown=("beperking",))
    shortage = SourceVerdict(source="TEKORT", standing=Verdict.MAY)
    return Segment(
        from_date=from_date,
        until_date=until_date,
        verdicts=(verdict,),
        pool=(verdict,),
        advance=(),
        shortage=shortage,
    )


def test_a_fund_takes_over_by_day_what_was_delivered_and_what_was_not() -> None:
    middle = date(2026, 6, 11)
    found = rules.portions_of(
        item("geclaimd SHV 900", spent=600_00, reserved=300_00),
        payer="SHV",
        amount_cents=900_00,
        segments=[segment(JUNE[0], middle), segment(middle, JUNE[1])],
    )
    assert [(each.spent_cents, each.reserved_cents) for each in found] == [
        (200_00, 100_00),
        (400_00, 200_00),
    ]


def test_some_of_the_days_are_taken_over_only_after_delivery() -> None:
    some = [segment(JUNE[0], date(2026, 6, 11))]
    claimed = item("geclaimd SHV 900", spent=600_00, reserved=300_00)
    rules.portions_of(claimed, payer="SHV", amount_cents=600_00, segments=some)
    with pytest.raises(NotDeliveredYet):
        rules.portions_of(claimed, payer="SHV", amount_cents=600_01, segments=some)


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [
        (Verdict.CLOSED, PayerMayNotPay),
        (Verdict.NO_RULE, PayerMayNotPay),
        (Verdict.CONDITION_NOT_MET, PayerMayNotPay),
        (Verdict.PROVISIONAL, PayerFactUnknown),
    ],
)
@pytest.mark.parametrize("source", ["SHV", "ARM"])
def test_no_fund_takes_over_what_the_rules_keep_from_it(
    standing: Verdict, source: str, refusal: type[Refusal]
) -> None:
    days = [segment(*JUNE, standing, source=source)]
    with pytest.raises(refusal if source == "SHV" else PayerMayNotPay):
        rules.portions_of(item(), payer="SHV", amount_cents=1, segments=days)


def portion(spent: int, reserved: int = 0) -> Portion:
    """Make a portion of June that SHV takes over."""
    return Portion(
        from_date=JUNE[0],
        until_date=JUNE[1],
        source="SHV",
        rule="E19",
        standing=PartStanding.OWN,
        spent_cents=spent,
        reserved_cents=reserved,
    )


@pytest.mark.parametrize(
    ("rooms", "shares"),
    [
        # One room suffices.
        ({Place.FAMILY: 900}, "SHV-2026 gezin E19 eigen 600+300"),
        # The family first, then the district, then what is free, and at last a shortage.
        (
            {Place.FREE: 100, Place.DISTRICT: 200},
            (
                "SHV-2026 wijk E19 eigen 200+0; SHV-2026 vrij E19 eigen 100+0;"
                " TEKORT-2026 tekort E41 tekort 300+300"
            ),
        ),
        (
            {Place.FAMILY: 700, Place.DISTRICT: 50},
            (
                "SHV-2026 gezin E19 eigen 600+100; SHV-2026 wijk E19 eigen 0+50;"
                " TEKORT-2026 tekort E41 tekort 0+150"
            ),
        ),
        ({}, "TEKORT-2026 tekort E41 tekort 600+300"),
    ],
)
def test_a_fund_pays_where_it_has_room(rooms: dict[Place, int], shares: str) -> None:
    found = rules.pay_portions(
        item(),
        portions=[portion(600, 300)],
        rooms={("SHV-2026", place): cents for place, cents in rooms.items()},
        shortage_rule="E41",
    )
    told = [
        f"{part.fund} {part.place} {part.rule} {part.standing}"
        f" {each.spent_cents}+{each.reserved_cents}"
        for each in found
        for part in (each.part,)
    ]
    assert "; ".join(told) == shares
    for each in found:
        assert each.part.payer == ""
        assert not each.part.provisional
        assert each.part.to_be_shown == ()
        assert each.part.stands_in_for == ("SHV" if each.part.place is Place.SHORTAGE else "")
        assert each.part.amount_cents == each.spent_cents + each.reserved_cents


money = st.integers(0, 10_000)
rooms_of_shv = st.dictionaries(
    st.sampled_from([Place.FAMILY, Place.DISTRICT, Place.FREE]), money
).map(lambda rooms: {("SHV-2026", place): cents for place, cents in rooms.items()})


@settings(deadline=None)
@given(st.lists(st.tuples(money, money), max_size=4), rooms_of_shv)
def test_a_fund_pays_all_of_it_and_nowhere_more_than_there_is(
    amounts: list[tuple[int, int]], rooms: dict[tuple[str, Place], int]
) -> None:
    found = rules.pay_portions(
        item(),
        portions=[portion(*each) for each in amounts],
        rooms=rooms,
        shortage_rule="E41",
    )
    assert sum(each.spent_cents for each in found) == sum(spent for spent, _ in amounts)
    assert sum(each.reserved_cents for each in found) == sum(kept for _, kept in amounts)
    for key, cents in rooms.items():
        taken = [each for each in found if (each.part.fund, each.part.place) == key]
        assert sum(each.spent_cents + each.reserved_cents for each in taken) <= cents


cuts = st.lists(st.integers(1, 1000), min_size=1, max_size=6)


@settings(deadline=None)
@given(cuts, st.data())
def test_changes_are_cut_without_losing_a_cent(parts: list[int], data: st.DataObject) -> None:
    total = sum(parts)
    first = data.draw(st.integers(0, total))
    changes = [
        Change(from_state=state, to_state=PayerState.ACCEPTED, payer="SHV", amount_cents=cents)
        for state, cents in (
            (PayerState.CLAIMED, first),
            (PayerState.DISPUTED, total - first),
        )
        if cents
    ]
    pieces = [(PayerState.ACCEPTED if each % 2 else PayerState.SETTLED, each) for each in parts]
    found = rules.spread(changes, pieces)
    assert [sum(each.amount_cents for each in own) for own in found] == parts
    assert all(each.amount_cents > 0 for own in found for each in own)
    for (to_state, _), own in zip(pieces, found, strict=True):
        assert {each.to_state for each in own} == {to_state}
    for change in changes:
        of_state = [e for own in found for e in own if e.from_state is change.from_state]
        assert sum(each.amount_cents for each in of_state) == change.amount_cents


@pytest.mark.parametrize(
    ("booked", "is_open", "comes_down"),
    [
        (date(2026, 12, 31), True, True),
        (date(2026, 12, 31), False, True),
        (date(2027, 1, 1), False, False),
    ],
)
def test_costs_come_down_in_their_own_year_only(
    booked: date, *, is_open: bool, comes_down: bool
) -> None:
    assert rules.check_year("WMO-2026", booking_date=booked, is_open=is_open) is comes_down


def test_an_open_year_is_used_and_a_closed_one_left_alone() -> None:
    next_year = date(2027, 1, 1)
    with pytest.raises(YearStillOpen):
        rules.check_year("WMO-2026", booking_date=next_year, is_open=True)
    with pytest.raises(YearOfCostsClosed):
        rules.check_same_year("WMO-2026", booking_date=next_year, is_open=False)
    rules.check_same_year("WMO-2027", booking_date=next_year, is_open=False)
