"""Amounts: read, written, shown and split, without ever losing or making a cent."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest
from moneyed import EUR, USD, Money

from ledger import money
from ledger.money import InvalidAmount, NothingToSplitOver

READ: Final = """
on the wire        | cents
0.00               | 0
0.01               | 1
-0.01              | -1
1.00               | 100
1250.00            | 125000
-1250.50           | -125050
9999999999999.99   | 999999999999999
"""

REFUSED: Final[tuple[object, ...]] = (
    "",
    "1",
    "1.0",
    "1.000",
    "12.345",
    "1,00",
    "1.250,00",
    "1 250.00",
    "€ 1.00",
    "+1.00",
    "--1.00",
    "1e3",
    "1.00 ",
    " 1.00",
    "1.00\n",
    "NaN",
    "Infinity",
    "10000000000000000.00",
    "\u0661.\u0660\u0660",  # One and zeros in Arabic digits, which are digits to a regex.
    1,
    1.0,
    0.1 + 0.2,
    Decimal("1.00"),
    True,
    None,
)

SHOWN: Final = """
cents      | shown
0          | € 0,00
5          | € 0,05
-5         | € -0,05
100        | € 1,00
-1250      | € -12,50
125000     | € 1.250,00
123456789  | € 1.234.567,89
"""

SPLIT: Final = """
total   | weights        | parts
0       | 1 2            | 0 0
100     | 1              | 100
100     | 1 1            | 50 50
101     | 1 1            | 51 50
100     | 1 1 1          | 34 33 33
-100    | 1 1 1          | -34 -33 -33
1       | 1 1 1          | 1 0 0
2       | 1 2 3          | 0 1 1
100     | 0 1            | 0 100
1000000 | 1/3 2/3        | 333333 666667
350000  | 993000 140250 43750 225000 | 247896 35012 10922 56170
"""


def rows(table: str) -> list[list[str]]:
    """Read a table: a heading, then a case a line."""
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


@pytest.mark.parametrize(("text", "cents"), rows(READ))
def test_amount_on_the_wire_is_whole_cents(text: str, cents: str) -> None:
    assert money.read(text) == int(cents)
    assert money.write(int(cents)) == text


@pytest.mark.parametrize("text", REFUSED, ids=repr)
def test_anything_else_is_no_amount(text: object) -> None:
    with pytest.raises(InvalidAmount) as refused:
        money.read(text)
    assert refused.value.value == str(text)[:40]
    assert refused.value.code == "bedrag-ongeldig"


@pytest.mark.parametrize(("cents", "shown"), rows(SHOWN))
def test_amount_is_shown_as_dutch_readers_expect(cents: str, shown: str) -> None:
    assert money.show(int(cents)) == shown


@pytest.mark.parametrize(("total", "weights", "parts"), rows(SPLIT))
def test_split_gives_the_largest_remainders_the_last_cents(
    total: str, weights: str, parts: str
) -> None:
    shares = money.split(int(total), [Fraction(weight) for weight in weights.split()])
    assert shares == tuple(int(part) for part in parts.split())


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1], [-1]])
def test_split_without_a_weight_to_follow_is_refused(weights: list[int]) -> None:
    with pytest.raises(NothingToSplitOver, match="verdeling-zonder-gewicht: € 1,00"):
        money.split(100, weights)


def test_money_goes_to_cents_and_back() -> None:
    assert money.to_money(-125_050) == Money(Decimal("-1250.50"), EUR)
    assert money.to_cents(Money(Decimal("-1250.50"), EUR)) == -125_050
    assert money.to_cents(Money(Decimal("1.1000"), EUR)) == 110


@pytest.mark.parametrize(
    "amount",
    [
        Money(Decimal("1.001"), EUR),
        Money(Decimal("1.00"), USD),
        Money(Decimal("NaN"), EUR),
        Money(Decimal("Infinity"), EUR),
        Money(Decimal("10000000000000.01"), EUR),
    ],
    ids=str,
)
def test_money_that_is_no_whole_number_of_euro_cents_is_refused(amount: Money) -> None:
    with pytest.raises(InvalidAmount):
        money.to_cents(amount)
