"""Grouping loses no cent, a forecast never falls below what is certain, a variance is whole."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains import chart
from domains.figures.model import Delivered, Grouping, Holding, Used
from domains.figures.rules import (
    declared_of,
    domain_of,
    forecast_cents,
    utilisation_of,
    utilisation_table,
    variance_of,
    variance_table,
    variances_of,
)

PLACES = (
    chart.FREE,
    chart.COMPLEX_RESERVE,
    chart.DISTRICT,
    chart.FAMILY,
    chart.LAPSED,
    chart.CARRIED,
    chart.RESERVED,
    chart.SPENT,
)
MIDYEAR = date(2026, 6, 30)


def holding(code: str, cents: int, *, fund: str = "JW-2026", **where: str) -> Holding:
    where = {"taakveld": "", "programme": "", "wijk": "", **where}
    return Holding(code=code, fund=fund, amount_cents=cents, **where)


moves = st.lists(
    st.tuples(
        st.sampled_from(("JW-2026", "WMO-2026", "TEKORT-2026", "JW-2025")),
        st.sampled_from(PLACES),
        st.sampled_from(("6.751", "6.3", "6.9999")),
        st.sampled_from(("", "WK034401", "WK034402")),
        st.sampled_from(("P1", "P2")),
        st.integers(1, 10**9),
    ),
    max_size=20,
)


@given(moves, st.sampled_from(Grouping), st.integers(-10, 400))
def test_rows_add_up_to_the_whole_however_they_are_grouped(
    moved: list[tuple[str, str, str, str, str, int]], grouping: Grouping, day: int
) -> None:
    holdings, whole = [], Counter[str]()
    for fund, place, taakveld, wijk, programme, cents in moved:
        has_room = not fund.startswith("TEKORT")
        if has_room or place in {chart.RESERVED, chart.SPENT}:
            spot = {
                "wijk": wijk,
                "taakveld": taakveld if place in {chart.RESERVED, chart.SPENT} else "",
            }
            holdings.append(holding(place, cents, fund=fund, **spot))
            if fund.endswith("2026"):
                whole[place] += cents
                whole["budget"] += cents if has_room else 0
        if has_room:
            spot = {"taakveld": taakveld, "programme": programme}
            holdings.append(holding(chart.AUTHORISATION, -cents, fund=fund, **spot))
    found = utilisation_of(
        holdings,
        year=2026,
        on=date(2026, 1, 1) + timedelta(days=day),
        known_up_to=1,
        grouping=grouping,
        names={},
    )
    total = found.total.used
    assert total.budget_cents == whole["budget"]
    assert total.reserved_cents == whole[chart.RESERVED]
    assert total.spent_cents == whole[chart.SPENT]
    for part in ("budget_cents", "reserved_cents", "spent_cents"):
        assert sum(getattr(each.used, part) for each in found.rows) == getattr(total, part)
    assert len({each.code for each in found.rows}) == len(found.rows)
    assert all(each.name for each in found.rows)
    for each in (*found.rows, found.total):
        assert each.forecast_cents >= each.used.committed_cents
    assert len(utilisation_table(found).rows) == len(found.rows) + 1


@pytest.mark.parametrize(
    ("spent", "reserved", "on", "expected"),
    [
        (100_00, 0, date(2026, 12, 31), 100_00),
        (100_00, 20_00, date(2026, 12, 31), 120_00),
        (100_00, 0, date(2026, 3, 14), 500_00),
        (100_00, 450_00, date(2026, 3, 14), 550_00),
        (100_00, 0, date(2027, 2, 1), 100_00),
        (0, 100_00, date(2025, 12, 31), 100_00),
        (0, 0, date(2026, 1, 1), 0),
    ],
)
def test_a_forecast_goes_on_straight_but_never_below_what_is_certain(
    spent: int, reserved: int, on: date, expected: int
) -> None:
    used = Used(budget_cents=0, reserved_cents=reserved, spent_cents=spent)
    assert forecast_cents(used, year=2026, on=on) == expected


def test_a_source_pays_for_a_domain() -> None:
    assert domain_of("BWMO", on=MIDYEAR) == "wmo"
    assert domain_of("TEKORT", on=MIDYEAR) == "tekort"
    assert domain_of("XYZ", on=MIDYEAR) == ""


def delivered(planned_volume: int, planned: int, volume: int, cents: int) -> Delivered:
    return Delivered(
        category="45",
        product="45A04",
        unit="uur",
        provider="aanbieder",
        granted_volume_e4=planned_volume,
        granted_cents=planned,
        planned_volume_e4=planned_volume,
        planned_cents=planned,
        volume_e4=volume,
        amount_cents=cents,
        without_volume_cents=0,
    )


@pytest.mark.parametrize(
    ("found", "price", "volume"),
    [
        (delivered(10_0000, 100_00, 10_0000, 100_00), 0, 0),
        (delivered(10_0000, 100_00, 12_0000, 120_00), 0, 20_00),
        (delivered(10_0000, 100_00, 10_0000, 110_00), 10_00, 0),
        (delivered(10_0000, 100_00, 8_0000, 88_00), 8_00, -20_00),
        (delivered(0, 0, 3_0000, 40_00), 0, 40_00),
        (delivered(10_0000, 100_00, 0, 0), 0, -100_00),
    ],
)
def test_a_difference_is_price_and_volume(found: Delivered, price: int, volume: int) -> None:
    variance = variance_of(found)
    assert (variance.price_cents, variance.volume_cents) == (price, volume)


@given(*(st.integers(0, 10**12) for _ in range(4)))
def test_price_and_volume_are_the_whole_difference(
    planned_volume: int, planned: int, volume: int, cents: int
) -> None:
    variance = variance_of(delivered(planned_volume, planned, volume, cents))
    assert variance.price_cents + variance.volume_cents == variance.total_cents == cents - planned
    assert len(variance_table([variance], year=2026).rows) == 1


@pytest.mark.parametrize(
    ("granted", "product", "expected"),
    [
        ("uur", ("45", "45A04", "uur"), ("45A04", "uur", 90)),
        ("uur", ("45", "45A04", "minuut"), ("45A04", "uur", 2)),
        ("minuut", ("45", "45A04", "uur"), ("45A04", "minuut", 5_400)),
        ("uur", ("45", "45A04", "etmaal"), ("45A04", "etmaal", 90)),
        ("uur", ("45", "45A03", "uur"), ("45A03", "uur", 90)),
        ("", ("45", "45A03", "uur"), ("45A04", "", 0)),
    ],
)
def test_what_was_declared_is_held_against_what_compares(
    granted: str, product: tuple[str, str, str], expected: tuple[str, str, int]
) -> None:
    told = replace(delivered(0, 0, 90, 40_00), unit=granted)
    booked, placed = declared_of(told, product=product)
    assert (placed.product, placed.unit, placed.volume_e4) == expected
    assert (booked.unit, booked.volume_e4, booked.without_volume_cents) == (granted, 0, -40_00)
    found = variances_of((booked, placed))
    assert sum(each.delivered.amount_cents for each in found) == (40_00 if granted else 0)
