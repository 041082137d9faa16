"""Who pays from a day on: what stays, what is cut, and what needs cover anew."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.draws.model import (
    UNKNOWN_PAYER,
    Part,
    PartStanding,
    Payment,
    Place,
    StandingPart,
)
from domains.eligibility.catalogue import KINDS, RULE_BASE
from domains.eligibility.model import Facts
from domains.eligibility.rules import help_kind
from domains.events.recover import (
    Life,
    Plan,
    RunningDraw,
    plan_recover,
    plan_shortage,
    undelivered_from,
)

_PERSON, _FAMILY, _DRAW = UUID(int=1), UUID(int=2), UUID(int=3)
_BORN = date(2008, 5, 15)
_FIRST, _BIRTHDAY, _END = date(2026, 4, 1), date(2026, 5, 15), date(2026, 7, 1)
_DISABLED: Facts = (("beperking", True), ("wlz-recht", False))


def standing(
    reserved: int,
    *,
    fund: str = "JW-2026",
    rule: str = "E04",
    days: tuple[date, date] = (_FIRST, _END),
    ground: PartStanding = PartStanding.OWN,
    place: Place = Place.FAMILY,
    payer: str = "",
    spent: int = 0,
    provisional: bool = False,
    number: int = 10,
) -> StandingPart:
    """Make a part that still stands; by the Jeugdwet, over the eighteenth birthday unless told."""
    return StandingPart(
        id=UUID(int=number),
        booking_date=date(2026, 1, 2),
        draw=_DRAW,
        decision_number=1,
        part=Part(
            person=_PERSON,
            fund=fund,
            place=place,
            wijk="WK034401",
            gezin=_FAMILY,
            amount_cents=reserved + spent,
            rule=rule,
            from_date=days[0],
            until_date=days[1],
            taakveld="6.751",
            category="3.4.1",
            cost_account="4210",
            standing=ground,
            provisional=provisional,
            payer=payer,
            to_be_shown=(),
        ),
        reserved_cents=reserved,
        spent_cents=spent,
    )


def planned(
    *parts: StandingPart,
    day: date = _BIRTHDAY,
    kind: str = "begeleiding-bij-beperking",
    asked: Facts = _DISABLED,
    life: Life | None = None,
    waiting: int | None = None,
) -> Plan:
    """Plan from a day on; on the eighteenth birthday unless told. All waits for a payer still."""
    draw = RunningDraw(
        id=_DRAW,
        kind=help_kind(kind, KINDS),
        facts=asked,
        parts=parts,
        waiting={each.id: each.part.amount_cents if waiting is None else waiting for each in parts},
    )
    return plan_recover(
        draw, day=day, lives={_PERSON: life or Life(birth_date=_BORN)}, rules=RULE_BASE
    )


def told(plan: Plan) -> list[tuple[str, date, date, int]]:
    """Tell what is kept by whom, and what needs cover, in order of days."""
    kept = [(part.fund, part.from_date, part.until_date, part.amount_cents) for part in plan.kept]
    asked = [("?", each.from_date, each.until_date, each.amount_cents) for _, each in plan.needs]
    return sorted([*kept, *asked], key=lambda each: each[1])


def test_help_that_was_covered_over_the_birthday_stays_as_it_is() -> None:
    plan = planned(
        standing(132_000, days=(_FIRST, _BIRTHDAY)),
        standing(141_000, fund="WMO-2026", rule="E14", days=(_BIRTHDAY, _END), number=11),
    )
    assert plan.is_empty
    assert (plan.released, plan.kept) == ((), ())


def test_a_fund_that_may_not_pay_after_the_birthday_is_cut_there_to_the_cent() -> None:
    plan = planned(standing(273_000))
    assert told(plan) == [
        ("JW-2026", _FIRST, _BIRTHDAY, 132_000),
        ("?", _BIRTHDAY, _END, 141_000),
    ]
    assert [(each.id, cents) for each, cents in plan.released] == [(UUID(int=10), 273_000)]


# What was delivered counts for the earliest days; 91 days of 30,00, of which 47 from the birthday.
@pytest.mark.parametrize(
    ("spent", "before", "after"),
    [
        pytest.param(0, 132_000, 141_000, id="nothing delivered"),
        pytest.param(60_000, 72_000, 141_000, id="a part of the days before"),
        pytest.param(132_000, 0, 141_000, id="all days before"),
        pytest.param(200_000, 0, 73_000, id="also days after it: those are left alone"),
        pytest.param(273_000, 0, 0, id="everything"),
    ],
)
def test_only_what_is_still_to_come_is_covered_anew(spent: int, before: int, after: int) -> None:
    plan = planned(standing(273_000 - spent, spent=spent))
    assert sum(part.amount_cents for part in plan.kept) == before
    assert sum(each.amount_cents for _, each in plan.needs) == after


# The part, what changed, and whether it stays.
@pytest.mark.parametrize(
    ("part", "life", "day", "stays_put"),
    [
        pytest.param(standing(100), Life(birth_date=_BORN), _FIRST, False, id="law closes at 18"),
        pytest.param(
            standing(100, fund="WMO-2026", rule="E14", days=(_BIRTHDAY, _END)),
            Life(birth_date=_BORN, facts=(("beperking", False),)),
            date(2026, 6, 1),
            False,
            id="a condition no longer holds",
        ),
        pytest.param(
            standing(
                100,
                fund="WMO-2026",
                rule="E14",
                days=(_BIRTHDAY, _END),
                ground=PartStanding.ADVANCE,
                payer="WMO",
                provisional=True,
            ),
            Life(birth_date=_BORN, facts=(("beperking", None),)),
            date(2026, 6, 1),
            True,
            id="provisional stays as long as the fact is unknown",
        ),
        pytest.param(
            standing(
                100,
                fund="WMO-2026",
                rule="E14",
                days=(_BIRTHDAY, _END),
                ground=PartStanding.ADVANCE,
                payer="WMO",
                provisional=True,
            ),
            Life(birth_date=_BORN),
            date(2026, 6, 1),
            False,
            id="provisional no more once the fact is known",
        ),
        pytest.param(
            standing(100, days=(_FIRST, _BIRTHDAY)),
            Life(birth_date=_BORN, lives_in="GM0150"),
            _FIRST,
            False,
            id="who moved away is paid by the other municipality",
        ),
        pytest.param(
            standing(
                100,
                fund="TOE-2026",
                rule="E39",
                days=(_FIRST, _BIRTHDAY),
                ground=PartStanding.ADVANCE,
                payer="GM0150",
            ),
            Life(birth_date=_BORN, lives_in="GM0150"),
            _FIRST,
            True,
            id="and is in advance already",
        ),
        pytest.param(
            standing(
                100,
                fund="TOE-2026",
                rule="E39",
                days=(_FIRST, _BIRTHDAY),
                ground=PartStanding.ADVANCE,
                payer=UNKNOWN_PAYER,
            ),
            Life(birth_date=_BORN),
            _FIRST,
            False,
            id="an advance that nobody has to wait for any more",
        ),
        pytest.param(
            standing(
                100,
                fund="TEKORT-2026",
                rule="E41",
                days=(_FIRST, _BIRTHDAY),
                ground=PartStanding.SHORTAGE,
                place=Place.SHORTAGE,
            ),
            Life(birth_date=_BORN),
            _FIRST,
            True,
            id="a shortage is not looked at because of an event",
        ),
    ],
)
def test_a_part_stays_or_gives_way(
    part: StandingPart, life: Life, day: date, *, stays_put: bool
) -> None:
    assert planned(part, life=life, day=day).is_empty is stays_put


def test_an_outside_payer_of_eighteen_and_older_takes_over_from_youth_care() -> None:
    part = standing(273_000, fund="GGZ-2026", rule="E03")
    plan = planned(part, kind="jeugd-ggz", asked=(("verwijzing", True),))
    assert told(plan)[1][0] == "?"
    assert plan.needs[0][1].from_date == _BIRTHDAY


def test_a_shortage_asks_cover_for_all_that_it_has_to_come() -> None:
    short = standing(
        500,
        fund="TEKORT-2026",
        rule="E41",
        days=(_FIRST, _BIRTHDAY),
        ground=PartStanding.SHORTAGE,
        place=Place.SHORTAGE,
    )
    draw = RunningDraw(
        id=_DRAW,
        kind=help_kind("begeleiding-bij-beperking", KINDS),
        facts=_DISABLED,
        parts=(short, standing(700)),
        waiting={},
    )
    lives = {_PERSON: Life(birth_date=_BORN)}
    plan = plan_shortage(draw, lives=lives, payment=Payment.RESERVATION, year=2026)
    assert [(each.id, cents) for each, cents in plan.released] == [(short.id, 500)]
    assert [each.amount_cents for _, each in plan.needs] == [500]
    assert plan_shortage(draw, lives=lives, payment=Payment.AT_ONCE, year=2026).is_empty
    assert plan_shortage(draw, lives=lives, payment=Payment.RESERVATION, year=2027).is_empty


def test_a_shortage_keeps_what_somebody_was_asked_to_pay() -> None:
    short = standing(
        500,
        fund="TEKORT-2026",
        rule="E41",
        ground=PartStanding.ADVANCE,
        payer="ZVW",
        place=Place.SHORTAGE,
    )
    draw = RunningDraw(
        id=_DRAW,
        kind=help_kind("begeleiding-bij-beperking", KINDS),
        facts=_DISABLED,
        parts=(short,),
        waiting={short.id: 120},
    )
    plan = plan_shortage(
        draw, lives={_PERSON: Life(birth_date=_BORN)}, payment=Payment.RESERVATION, year=2026
    )
    assert plan.released == ((short, 120),)
    assert [each.amount_cents for _, each in plan.needs] == [120]


# An advance that nobody has to wait for any more; 132,000 of it is for the days before.
@pytest.mark.parametrize(
    ("waiting", "given_back", "before", "after"),
    [
        pytest.param(273_000, 273_000, 132_000, 141_000, id="nobody was asked"),
        pytest.param(200_000, 200_000, 59_000, 141_000, id="asked for some of the days before"),
        pytest.param(100_000, 100_000, 0, 100_000, id="asked for more than the days before"),
        pytest.param(0, 0, 0, 0, id="asked for everything"),
    ],
)
def test_what_somebody_was_asked_to_pay_stays(
    waiting: int, given_back: int, before: int, after: int
) -> None:
    advance = standing(
        273_000, fund="TOE-2026", rule="E39", ground=PartStanding.ADVANCE, payer=UNKNOWN_PAYER
    )
    plan = planned(advance, waiting=waiting)
    assert sum(cents for _, cents in plan.released) == given_back
    assert sum(part.amount_cents for part in plan.kept) == before
    assert sum(each.amount_cents for _, each in plan.needs) == after


@given(
    reserved=st.integers(min_value=1, max_value=10**9),
    spent=st.integers(min_value=0, max_value=10**9),
    start=st.integers(min_value=0, max_value=400),
    length=st.integers(min_value=1, max_value=700),
    day=st.integers(min_value=0, max_value=1200),
)
def test_no_cent_is_lost_or_doubled_by_a_cut(
    reserved: int, spent: int, start: int, length: int, day: int
) -> None:
    first = date.fromordinal(_FIRST.toordinal() - 200 + start)
    days = (first, date.fromordinal(first.toordinal() + length))
    part = standing(reserved, spent=spent, days=days)
    chosen = date.fromordinal(_FIRST.toordinal() - 200 + day)
    assert 0 <= undelivered_from(part, chosen) <= reserved
    plan = planned(part, day=chosen)
    if plan.is_empty:
        return
    kept = sum(each.amount_cents for each in plan.kept)
    asked = sum(each.amount_cents for _, each in plan.needs)
    assert kept + asked == reserved
    assert [cents for _, cents in plan.released] == [reserved]
    assert all(part.from_date < part.until_date for part in plan.kept)
    assert all(each.from_date < each.until_date for _, each in plan.needs)
    for _, need in plan.needs:
        assert need.from_date >= chosen


def test_a_part_that_keeps_nothing_before_the_day_leaves_no_empty_part() -> None:
    plan = planned(standing(10), day=_BIRTHDAY)
    for part in plan.kept:
        assert part.amount_cents > 0
    delivered = standing(141_000, spent=132_000)
    assert [part.amount_cents for part in planned(delivered).kept] == []
