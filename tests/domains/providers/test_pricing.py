"""What a line of price times quantity comes to, and by which version of a tariff."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.providers.model import (
    AskedLine,
    Band,
    Contract,
    PriceSignal,
    Product,
    PurchaseScale,
    Register,
    Tariff,
    Unit,
)
from domains.providers.pricing import price_lines, total_of
from domains.quantities import MOST_E4, Rounding, line_cents, read_e4, show_e4
from ledger.refusals import Refusal

HELP = Product(category="45", code="45A04", unit=Unit.HOUR)
FIRST, LAST = date(2026, 1, 1), date(2027, 1, 1)


def tariff(version: int, euros: str, month: int) -> Tariff:
    """Make a version of the tariff from the first day of a month on."""
    return Tariff(
        id=UUID(int=version),
        contract=UUID(int=1),
        product=HELP,
        version=version,
        tariff_e4=read_e4(euros),
        rounding=Rounding.HALF_EVEN,
        from_date=date(2026, month, 1),
    )


CONTRACT = Contract(
    id=UUID(int=1),
    provider="A",
    reference="C1",
    purchase_scale=PurchaseScale.REGIONAL,
    from_date=FIRST,
    until_date=LAST,
)
BAND = Band(
    id=UUID(int=1),
    product=HELP,
    version=1,
    low_e4=read_e4("51"),
    high_e4=read_e4("60"),
    from_date=FIRST,
    study="Kostprijsonderzoek",
)
REGISTER = Register(
    contracts=(CONTRACT,),
    tariffs=(tariff(1, "50", 1), tariff(2, "52.5025", 7), tariff(3, "52.5025", 9)),
    bands=(BAND,),
)


def asked(
    volume: str = "100", days: tuple[date, date] = (FIRST, LAST), **more: object
) -> AskedLine:
    """Ask for hours of help."""
    line = AskedLine(product=HELP, volume_e4=read_e4(volume), from_date=days[0], until_date=days[1])
    return replace(line, **more)  # type: ignore[arg-type]


def priced(*lines: AskedLine, register: Register = REGISTER) -> list[str]:
    """Price lines and write what came of them: days, volume, tariff, version and cents."""
    found = price_lines(lines, from_date=FIRST, until_date=LAST, register=register, first_number=1)
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    return [
        f"{line.from_date:%d-%m}/{line.until_date:%d-%m} {show_e4(line.volume_e4)} x"
        f" {show_e4(line.tariff_e4)} v{line.tariff_version} = {line.amount_cents}"
        for line in found
    ]


def test_a_line_is_cut_where_another_tariff_begins() -> None:
    days = date(2026, 6, 21), date(2026, 7, 11)
    assert priced(asked("20", days)) == [
        "21-06/01-07 10 x 50 v1 = 50000",
        "01-07/11-07 10 x 52,5025 v2 = 52502",
    ]


def test_a_version_with_the_same_tariff_is_a_version_all_the_same() -> None:
    days = date(2026, 8, 31), date(2026, 9, 2)
    assert priced(asked("2", days)) == [
        "31-08/01-09 1 x 52,5025 v2 = 5250",
        "01-09/02-09 1 x 52,5025 v3 = 5250",
    ]


def test_a_line_may_bring_its_own_tariff_and_rounding() -> None:
    own = asked("10", tariff_e4=read_e4("52.5025"))
    assert priced(own) == ["01-01/01-01 10 x 52,5025 v0 = 52503"]
    even = asked("10", tariff_e4=read_e4("52.5025"), rounding=Rounding.HALF_EVEN)
    assert priced(even, register=Register()) == ["01-01/01-01 10 x 52,5025 v0 = 52502"]


def test_a_line_tells_its_scale_and_whether_its_price_is_fair() -> None:
    first, second, _ = price_lines(
        [asked()], from_date=FIRST, until_date=LAST, register=REGISTER, first_number=4
    )
    assert (first.number, first.signal) == (4, PriceSignal.BELOW)
    assert (second.purchase_scale, second.signal) == (PurchaseScale.REGIONAL, PriceSignal.FAIR)
    (own,) = price_lines(
        [asked(tariff_e4=read_e4("61"))],
        from_date=FIRST,
        until_date=LAST,
        register=REGISTER,
        first_number=1,
    )
    assert (own.purchase_scale, own.signal) == (PurchaseScale.REGIONAL, PriceSignal.ABOVE)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (asked(), ""),
        (asked(days=(FIRST, FIRST)), "regel-buiten-periode"),
        (asked(days=(date(2025, 12, 31), LAST)), "regel-buiten-periode"),
        (asked(days=(FIRST, date(2027, 1, 2))), "regel-buiten-periode"),
        (asked("0"), "volume-nul"),
        (asked(tariff_e4=0), "tarief-nul"),
        (asked(product=replace(HELP, unit=Unit.MINUTE)), "tarief-onbekend"),
        (asked("0.0001"), "regelbedrag-nul"),
        (asked("0.0001", tariff_e4=1), "regelbedrag-nul"),
        (asked("100000", tariff_e4=read_e4("99999999.9999")), ""),
        (asked("100000", tariff_e4=read_e4("100000000")), "regels-te-groot"),
        (asked("999999999.9999", tariff_e4=MOST_E4), "regels-te-groot"),
    ],
)
def test_what_has_no_price_is_refused(line: AskedLine, code: str) -> None:
    found = ""
    try:
        priced(line)
    except Refusal as refusal:
        found = refusal.code
    assert found == code


def test_a_tariff_of_zero_is_not_sent_on_to_a_draw_of_nothing() -> None:
    with pytest.raises(Refusal) as refused:
        priced(asked(tariff_e4=0))
    assert "geen trekking nodig" in refused.value.message()


def test_a_day_without_a_tariff_is_named() -> None:
    until_july = replace(CONTRACT, until_date=date(2026, 7, 1))
    with pytest.raises(Refusal) as found:
        priced(asked(), register=replace(REGISTER, contracts=(until_july,)))
    assert found.value.facts()["day"] == "2026-07-01"


def test_an_amount_beside_the_lines_has_to_be_theirs() -> None:
    lines = price_lines(
        [asked()], from_date=FIRST, until_date=LAST, register=REGISTER, first_number=1
    )
    total = sum(line.amount_cents for line in lines)
    assert (total_of(lines, amount_cents=0), total_of(lines, amount_cents=total)) == (total, total)
    with pytest.raises(Refusal) as found:
        total_of(lines, amount_cents=total - 1)
    assert found.value.code == "bedrag-wijkt-af-van-regels"


@given(
    volume=st.integers(10**8, 10**10),
    start=st.integers(0, 364),
    length=st.integers(1, 365),
    changes=st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 12)), max_size=5),
)
def test_no_unit_of_a_line_is_lost_or_doubled(
    volume: int, start: int, length: int, changes: list[tuple[int, int]]
) -> None:
    tariffs = [tariff(1, "1", 1)]
    for number, (tariff_e4, month) in enumerate(changes, 2):
        tariffs.append(replace(tariff(number, "1", month), tariff_e4=tariff_e4))
    first = FIRST + timedelta(start)
    days = first, min(first + timedelta(length), LAST)
    found = price_lines(
        [asked(days=days, volume_e4=volume)],
        from_date=FIRST,
        until_date=LAST,
        register=replace(REGISTER, tariffs=tuple(tariffs)),
        first_number=1,
    )
    assert sum(line.volume_e4 for line in found) == volume
    assert (found[0].from_date, found[-1].until_date) == days
    assert [line.until_date for line in found[:-1]] == [line.from_date for line in found[1:]]
    for line in found:
        assert line.amount_cents == line_cents(
            tariff_e4=line.tariff_e4, volume_e4=line.volume_e4, rounding=line.rounding
        )
