"""Laws of amounts and of splitting them."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from ledger import money

cents = st.integers(-money.MAX_CENTS, money.MAX_CENTS)
weights = st.lists(
    st.one_of(st.integers(0, 10**12), st.fractions(0, 1_000, max_denominator=997)),
    min_size=1,
    max_size=12,
).filter(lambda found: any(weight > 0 for weight in found))


@given(total=cents, over=weights)
def test_parts_add_up_and_each_is_less_than_a_cent_off(
    total: int, over: list[int | Fraction]
) -> None:
    parts = money.split(total, over)
    whole = sum(Fraction(weight) for weight in over)
    assert sum(parts) == total
    for part, weight in zip(parts, over, strict=True):
        assert abs(part - total * Fraction(weight) / whole) < 1
        assert weight > 0 or part == 0


@given(total=cents, over=weights)
def test_negative_total_gives_the_negated_parts(total: int, over: list[int | Fraction]) -> None:
    assert money.split(-total, over) == tuple(-part for part in money.split(total, over))


@given(total=cents, over=weights, data=st.data())
def test_order_of_the_weights_moves_at_most_a_cent(
    total: int, over: list[int | Fraction], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(over))))
    parts = money.split(total, over)
    shuffled = money.split(total, [over[place] for place in order])
    by_place = dict(zip(order, shuffled, strict=True))
    for place, part in enumerate(parts):
        assert abs(part - by_place[place]) <= 1
    for weight in {*over}:
        places = [place for place, one in enumerate(over) if one == weight]
        alike = [parts[place] for place in places]
        assert alike == sorted(alike, key=abs, reverse=True), "a tie goes to the earlier"


@given(total=cents, over=weights, factor=st.fractions(Fraction(1, 1_000), 1_000))
def test_only_the_proportion_of_the_weights_counts(
    total: int, over: list[int | Fraction], factor: Fraction
) -> None:
    assert money.split(total, over) == money.split(total, [weight * factor for weight in over])


@given(total=cents, over=weights)
def test_heavier_weight_never_gets_less(total: int, over: list[int | Fraction]) -> None:
    parts = money.split(total, over)
    by_weight = sorted(zip(over, (abs(part) for part in parts), strict=True))
    for (lighter, less), (heavier, more) in pairwise(by_weight):
        assert less <= more or lighter == heavier


@given(total=st.integers(0, money.MAX_CENTS), more=st.integers(0, 10_000), weight=weights)
def test_two_parts_never_shrink_when_the_total_grows(
    total: int, more: int, weight: list[int | Fraction]
) -> None:
    over = weight[:2]
    assume(any(one > 0 for one in over))
    before, after = money.split(total, over), money.split(total + more, over)
    assert all(old <= new for old, new in zip(before, after, strict=True))


@given(amount=cents)
def test_what_was_written_is_read_back(amount: int) -> None:
    assert money.read(money.write(amount)) == amount
    assert money.to_cents(money.to_money(amount)) == amount


@given(amount=cents)
def test_what_is_shown_has_every_digit(amount: int) -> None:
    shown = money.show(amount)
    assert shown.startswith("€ ")
    assert int(shown.removeprefix("€ ").replace(".", "").replace(",", "")) == amount


@given(text=st.text(max_size=20))
def test_text_is_read_only_when_it_is_exactly_what_would_be_written(text: str) -> None:
    try:
        amount = money.read(text)
    except money.InvalidAmount:
        return
    assert money.write(amount) in {text, text.removeprefix("-")}


@given(st.lists(st.integers(-(10**15), 10**15), max_size=12))
def test_whole_euros_add_up_to_the_rounded_total(cents: list[int]) -> None:
    euros = money.whole_euros(cents)
    assert sum(euros) == (sum(cents) + 50) // 100
    assert all(abs(100 * euro - each) < 100 for euro, each in zip(euros, cents, strict=True))
