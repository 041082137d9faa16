"""P x Q is exact until the one rounding that its line names."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.quantities import (
    MOST_E4,
    InvalidQuantity,
    Rounding,
    line_cents,
    read_e4,
    show_e4,
    write_e4,
)

AMOUNTS = """
tariff    volume   rounding        euro cents
52.5025   10       half-omhoog     52503
52.5025   10       half-naar-even  52502
52.5025   10       naar-beneden    52502
52.5035   10       half-naar-even  52504
0.9945    60       half-omhoog     5967
0.0001    49       half-omhoog     0
0.0001    50       half-omhoog     1
0.0001    50       half-naar-even  0
0.0001    150      half-naar-even  2
0.0001    99       naar-beneden    0
85        0.5      half-omhoog     4250
1         1234.56  half-omhoog     123456
"""


@pytest.mark.parametrize("row", AMOUNTS.strip().splitlines()[1:])
def test_a_line_is_rounded_once_by_its_own_rule(row: str) -> None:
    tariff, volume, rule, cents = row.split()
    found = line_cents(
        tariff_e4=read_e4(tariff), volume_e4=read_e4(volume), rounding=Rounding(rule)
    )
    assert found == int(cents)


E4 = st.integers(0, 10**10)


@given(tariff=E4, volume=E4, rounding=st.sampled_from(Rounding))
def test_rounding_moves_a_line_less_than_a_cent(
    tariff: int, volume: int, rounding: Rounding
) -> None:
    exact = Fraction(tariff * volume, 10**6)
    off = line_cents(tariff_e4=tariff, volume_e4=volume, rounding=rounding) - exact
    assert abs(off) <= Fraction(1, 2) if rounding is not Rounding.DOWN else -1 < off <= 0


@given(value=st.integers(0, MOST_E4))
def test_what_is_written_is_read_back(value: int) -> None:
    assert read_e4(write_e4(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1,5",
        "1.23456",
        "1e3",
        ".5",
        "5.",
        " 1",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "1000000000",
        "1\n",
    ],
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity) as found:
        read_e4(text)
    assert found.value.code == "hoeveelheid-ongeldig"


def test_a_quantity_is_shown_as_a_dutch_reader_writes_it() -> None:
    assert [show_e4(value) for value in (12_505_025, 130_000, 5_000)] == ["1.250,5025", "13", "0,5"]
