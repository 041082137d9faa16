"""From which parts a delivery is paid, what goes back first, and when help can stop."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.draws.model import Part, PartStanding, Place, StandingPart
from domains.draws.rules import releases_from
from domains.providers.model import Line, PriceSignal, Product, Unit
from domains.quantities import Rounding, read_e4
from domains.reservations import rules
from domains.reservations.model import Delivered, DeliveryPlan, NewDelivery
from ledger.refusals import Refusal

DRAW, CHILD, PARENT = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST = date(2026, 4, 1)


def day(text: str) -> date:
    """Read ``15-5`` as a day of 2026."""
    number, month = text.split("-")
    return date(2026, int(month), int(number))


def parts(table: str) -> list[StandingPart]:
    """Make parts from lines: days, fund, place, euros and perhaps the standing."""
    found = []
    for number, row in enumerate(table.strip().splitlines(), 1):
        days, fund, place, cents, *standing = row.split()
        first, until = days.split("/")
        found.append(
            standing_part(
                number,
                (day(first), day(until)),
                cents=int(cents),
                fund=fund,
                place=Place(place),
                standing=PartStanding("".join(standing) or "eigen"),
            )
        )
    return found


def standing_part(
    number: int,
    days: tuple[date, date],
    *,
    cents: int,
    fund: str = "JW",
    place: Place = Place.FAMILY,
    standing: PartStanding = PartStanding.OWN,
    person: UUID = CHILD,
) -> StandingPart:
    """Make a part that reserves an amount."""
    part = Part(
        person=person,
        fund=f"{fund}-2026",
        place=place,
        wijk="WK034401",
        gezin=UUID(int=9),
        amount_cents=cents,
        rule="E04",
        from_date=days[0],
        until_date=days[1],
        taakveld="6.751",
        category="3.4.1",
        cost_account="4210",
        standing=standing,
        provisional=False,
        to_be_shown=(),
    )
    return StandingPart(
        id=UUID(int=number),
        booking_date=date(2026, 1, 2),
        draw=DRAW,
        decision_number=1,
        part=part,
        reserved_cents=cents,
        spent_cents=0,
    )


def delivery(days: str, **more: object) -> NewDelivery:
    """Make a delivery on these days."""
    first, until = days.split("/")
    made = NewDelivery(draw=DRAW, from_date=day(first), until_date=day(until))
    return replace(made, **more)  # type: ignore[arg-type]


def plan(days: str, cents: int, of: list[StandingPart], **more: object) -> DeliveryPlan:
    """Plan a delivery of help that runs from 1 April up to 1 July."""
    asked = delivery(days, **more)
    return rules.plan_delivery(
        asked, parts=of, from_date=FIRST, until_date=date(2026, 7, 1), amount_cents=cents
    )


def written(found: DeliveryPlan) -> str:
    """Write a plan as a finance officer would: what is taken, given back and covered anew."""
    takes = [
        f"{each.part.part.fund[:-5]} {each.from_date:%-d-%-m}/{each.until_date:%-d-%-m}"
        f" {each.amount_cents}"
        for each in found.takes
    ]
    given = [f"{each.part.fund[:-5]} {cents}" for each, cents in found.released]
    lacks = [
        f"{each.from_date:%-d-%-m}/{each.until_date:%-d-%-m} {each.amount_cents}"
        for each in found.lacks
    ]
    return "; ".join(filter(None, (", ".join(takes), ", ".join(given), ", ".join(lacks))))


BIRTHDAY = """
1-4/15-5 JW  gezin 132000
15-5/1-7 WMO gezin 141000
"""

DELIVERIES = """
days       cents   plan
1-4/1-5    90000   JW 1-4/1-5 90000
1-4/2-4    132000  JW 1-4/2-4 132000
1-5/1-6    93000   JW 1-5/15-5 42000, WMO 15-5/1-6 51000
1-4/1-7    273000  JW 1-4/15-5 132000, WMO 15-5/1-7 141000
20-5/21-5  141001  WMO 20-5/21-5 141000; JW 1; 20-5/21-5 1
1-4/15-5   273000  JW 1-4/15-5 132000; WMO 141000; 1-4/15-5 141000
"""


@pytest.mark.parametrize("row", DELIVERIES.strip().splitlines()[1:])
def test_each_delivered_day_is_paid_by_the_parts_of_that_day(row: str) -> None:
    days, cents, told = row.split(maxsplit=2)
    assert written(plan(days, int(cents), parts(BIRTHDAY))) == told


def test_parts_of_the_same_days_pay_in_proportion_to_what_they_reserve() -> None:
    pooled = parts("""
        1-4/1-5 JW  gezin 30000
        1-4/1-5 ARM gezin 10000
        1-4/1-5 JW  wijk  20000
    """)
    assert written(plan("1-4/11-4", 30001, pooled)) == (
        "JW 1-4/11-4 15001, ARM 1-4/11-4 5000, JW 1-4/11-4 10000"
    )


def test_persons_share_a_delivery_unless_one_is_named() -> None:
    days = (FIRST, date(2026, 5, 1))
    both = [
        standing_part(1, days, cents=500),
        standing_part(2, days, cents=500, fund="WMO", person=PARENT),
    ]
    assert written(plan("1-4/1-5", 601, both)) == "JW 1-4/1-5 301, WMO 1-4/1-5 300"
    assert written(plan("1-4/1-5", 400, both, person=PARENT)) == "WMO 1-4/1-5 400"


REFUSED = """
days       cents   more          refusal
1-4/1-5    273001  -             meer-dan-verplicht
1-5/1-5    100     -             levering-buiten-periode
31-3/1-5   100     -             levering-buiten-periode
1-4/2-7    100     -             levering-buiten-periode
1-4/1-5    100     line          niets-verplicht
1-4/1-5    100     person        persoon-niet-in-verplichting
"""


@pytest.mark.parametrize("row", REFUSED.strip().splitlines()[1:])
def test_what_was_not_reserved_is_not_delivered(row: str) -> None:
    days, cents, more, code = row.split()
    changes: dict[str, dict[str, object]] = {
        "-": {},
        "line": {"line": 1},
        "person": {"person": PARENT},
    }
    with pytest.raises(Refusal) as found:
        plan(days, int(cents), parts(BIRTHDAY), **changes[more])
    assert found.value.code == code


def test_help_that_stopped_is_delivered_up_to_its_last_day() -> None:
    asked = delivery("1-4/16-4")
    with pytest.raises(rules.DeliveryOutsideDays):
        rules.plan_delivery(
            asked,
            parts=parts(BIRTHDAY),
            from_date=FIRST,
            until_date=day("15-4"),
            amount_cents=100,
        )


LINE = Line(
    number=1,
    product=Product(category="45", code="45A04", unit=Unit.HOUR),
    volume_e4=read_e4("3"),
    tariff_e4=read_e4("33.3350"),
    rounding=Rounding.HALF_UP,
    tariff_version=1,
    purchase_scale=None,
    signal=PriceSignal.NO_BAND,
    from_date=FIRST,
    until_date=date(2026, 5, 1),
    amount_cents=10001,
)


def test_a_line_that_is_delivered_piece_by_piece_comes_to_the_line() -> None:
    before = Delivered()
    cents = []
    for _ in range(3):
        asked = delivery("1-4/1-5", line=1, volume_e4=read_e4("1"))
        found = rules.delivered_cents(asked, lines=[LINE], before=before)
        before = Delivered(cents=before.cents + found, volume_e4=before.volume_e4 + 10_000)
        cents.append(found)
    assert cents == [3334, 3333, 3334]
    assert sum(cents) == LINE.amount_cents


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount_cents": 1}, "regel-kiezen"),
        ({"amount_cents": 1, "line": 2}, "regel-kiezen"),
        ({"line": 1}, "levering-zonder-bedrag"),
        ({"line": 1, "amount_cents": 0}, "levering-zonder-bedrag"),
        ({"line": 1, "volume_e4": 0}, "levering-zonder-bedrag"),
        ({"line": 1, "volume_e4": 1}, "levering-zonder-bedrag"),
        ({"line": 1, "volume_e4": 1, "amount_cents": 1}, "levering-zonder-bedrag"),
        ({"line": 1, "amount_cents": 1}, ""),
    ],
)
def test_a_delivery_of_a_line_has_a_volume_or_an_amount(more: dict[str, object], code: str) -> None:
    found = ""
    try:
        rules.delivered_cents(delivery("1-4/1-5", **more), lines=[LINE], before=Delivered())
    except Refusal as refusal:
        found = refusal.code
    assert found == code


@pytest.mark.parametrize("more", [{"line": 1, "amount_cents": 1}, {"volume_e4": 1}])
def test_help_without_lines_is_delivered_by_amount(more: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        rules.delivered_cents(delivery("1-4/1-5", **more), lines=[], before=Delivered())


COVER = """
1-4/1-5 JW     gezin   100
1-4/1-5 JW     wijk    100
1-4/1-5 JW     complex 100
1-4/1-5 WMO    gezin   100 voorfinanciering
1-5/1-6 WMO    wijk    100 voorfinanciering
1-4/1-5 TEKORT tekort  100 tekort
1-5/1-6 JW     gezin   100
"""

RELEASES = """
cents  given back
50     TEKORT tekort 50
150    TEKORT tekort 100, WMO wijk 50
250    TEKORT tekort 100, WMO wijk 100, WMO gezin 50
350    TEKORT tekort 100, WMO wijk 100, WMO gezin 100, JW complex 50
450    TEKORT tekort 100, WMO wijk 100, WMO gezin 100, JW complex 100, JW wijk 50
"""


@pytest.mark.parametrize("row", RELEASES.strip().splitlines()[1:])
def test_what_was_found_last_goes_back_first(row: str) -> None:
    cents, told = row.split(maxsplit=1)
    found = rules.plan_release(parts(COVER), amount_cents=int(cents))
    shown = [f"{each.part.fund[:-5]} {each.part.place} {amount}" for each, amount in found]
    assert ", ".join(shown) == told


def test_the_latest_days_go_back_first_and_without_an_amount_everything() -> None:
    found = rules.plan_release(parts(COVER), amount_cents=650)
    assert [(each.part.from_date, cents) for each, cents in found[-2:]] == [
        (day("1-5"), 100),
        (day("1-4"), 50),
    ]
    whole = rules.plan_release(parts(COVER), amount_cents=None)
    assert sum(cents for _, cents in whole) == 700


@pytest.mark.parametrize("cents", [0, -1, 701])
def test_no_more_is_released_than_is_left(cents: int) -> None:
    with pytest.raises(rules.ReleaseTooLarge):
        rules.plan_release(parts(COVER), amount_cents=cents)


def test_where_all_is_gone_nobody_is_asked_for_an_amount_that_fits() -> None:
    with pytest.raises(rules.ReleaseTooLarge) as refused:
        rules.plan_release([], amount_cents=None)
    assert "niets meer verplicht" in refused.value.message()


STOPS = """
day   delivered until  refusal
1-4   -
15-5  -
15-5  15-5
15-5  16-5             stop-voor-levering
31-3  -                stop-buiten-periode
1-7   -                stop-buiten-periode
"""


@pytest.mark.parametrize("row", STOPS.strip().splitlines()[1:])
def test_help_stops_after_what_was_delivered(row: str) -> None:
    when, until, *code = row.split()
    found = ""
    try:
        rules.check_stop(
            day(when),
            from_date=FIRST,
            until_date=day("1-7"),
            delivered_until=None if until == "-" else day(until),
        )
    except Refusal as refusal:
        found = refusal.code
    assert found == "".join(code)


amounts = st.integers(0, 10**6)


@given(
    cents=st.lists(
        st.tuples(
            st.integers(0, 60), st.integers(1, 30), amounts, st.sampled_from([CHILD, PARENT])
        ),
        min_size=1,
        max_size=6,
    ),
    share=st.fractions(0, 1),
    first=st.integers(0, 89),
    length=st.integers(1, 90),
)
def test_a_delivery_takes_its_whole_amount_and_nothing_twice(
    cents: list[tuple[int, int, int, UUID]], share: object, first: int, length: int
) -> None:
    found = [
        standing_part(
            number,
            (FIRST + timedelta(start), FIRST + timedelta(start + days)),
            cents=amount,
            person=person,
        )
        for number, (start, days, amount, person) in enumerate(cents, 1)
    ]
    whole = sum(each.reserved_cents for each in found)
    amount = int(whole * share)  # type: ignore[operator]
    asked = NewDelivery(
        draw=DRAW,
        from_date=FIRST + timedelta(first),
        until_date=FIRST + timedelta(first + length),
    )
    try:
        planned = rules.plan_delivery(
            asked,
            parts=found,
            from_date=FIRST,
            until_date=FIRST + timedelta(90),
            amount_cents=amount,
        )
    except rules.DeliveryOutsideDays:
        return
    lacking = sum(each.amount_cents for each in planned.lacks)
    assert sum(each.amount_cents for each in planned.takes) + lacking == amount
    assert sum(released for _, released in planned.released) == lacking
    used: dict[UUID, int] = {}
    for take in planned.takes:
        used[take.part.id] = used.get(take.part.id, 0) + take.amount_cents
        assert take.part.part.from_date <= take.from_date < take.until_date
        assert take.until_date <= take.part.part.until_date
    for part, released in planned.released:
        used[part.id] = used.get(part.id, 0) + released
    for part in found:
        assert 0 <= used.get(part.id, 0) <= part.reserved_cents


@given(funds=st.lists(amounts.filter(bool), min_size=1, max_size=4), length=st.integers(0, 91))
def test_what_a_stop_releases_does_not_depend_on_who_pays(funds: list[int], length: int) -> None:
    def released(*cents: int) -> int:
        days = (FIRST, FIRST + timedelta(91))
        found = [standing_part(number, days, cents=each) for number, each in enumerate(cents, 1)]
        given_back = releases_from(found, FIRST + timedelta(length), paid_outside={})
        assert all(amount <= part.reserved_cents for part, amount in given_back)
        return sum(amount for _, amount in given_back)

    assert released(*funds) == released(sum(funds))
