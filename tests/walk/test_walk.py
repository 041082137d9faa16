"""The walk of one euro: its figures to the cent, and the page that tells it."""

from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.http.body import decode
from api.http.budgets import NieuweBegroting
from api.http.districts import NieuweWijken, NieuwWijkbudget
from api.http.draws import NieuweTrekking
from api.http.families import NieuwGezin
from api.http.family_budgets import NieuwGezinsbudget
from api.http.funds import NieuweReserve
from api.http.municipal_settings import NieuweInstelling
from api.http.periods import NieuwePeriode
from api.http.registers import NieuweGezinstypen
from domains.budgets.queries import FundStanding
from ledger.money import show
from tests.walk.page import page_of
from tests.walk.steps import Step, Walk, Walker

SHAPES: Final[dict[str, type[Any]]] = {
    "begrotingen": NieuweBegroting,
    "boekingsperioden": NieuwePeriode,
    "complexreserves": NieuweReserve,
    "gezinnen": NieuwGezin,
    "gezinsbudgetten": NieuwGezinsbudget,
    "gezinstypen": NieuweGezinstypen,
    "instellingen": NieuweInstelling,
    "trekkingen": NieuweTrekking,
    "wijkbudgetten": NieuwWijkbudget,
    "wijken": NieuweWijken,
}
PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "walk_of_one_euro.md"

FIGURES: Final = """
step fund    free         complex     district     family      spent
1    JW      950.000,00   50.000,00   0,00         0,00        0,00
1    WMO     400.000,00   0,00        0,00         0,00        0,00
1    SHV     200.000,00   0,00        0,00         0,00        0,00
1    ARM     300.000,00   0,00        0,00         0,00        0,00
2    JW      750.000,00   50.000,00   200.000,00   0,00        0,00
2    WMO     350.000,00   0,00        50.000,00    0,00        0,00
2    SHV     170.000,00   0,00        30.000,00    0,00        0,00
2    ARM     260.000,00   0,00        40.000,00    0,00        0,00
3    JW      750.000,00   50.000,00   188.750,00   11.250,00   0,00
3    WMO     350.000,00   0,00        47.187,50    2.812,50    0,00
3    SHV     170.000,00   0,00        28.312,50    1.687,50    0,00
3    ARM     260.000,00   0,00        37.750,00    2.250,00    0,00
4    JW      750.000,00   50.000,00   188.750,00   11.250,00   0,00
4    WMO     350.000,00   0,00        47.187,50    2.812,50    0,00
4    SHV     170.000,00   0,00        28.312,50    437,50      1.250,00
4    ARM     260.000,00   0,00        37.750,00    2.250,00    0,00
5    JW      750.000,00   50.000,00   188.750,00   9.930,00    1.320,00
5    WMO     350.000,00   0,00        47.187,50    1.402,50    1.410,00
5    SHV     170.000,00   0,00        28.312,50    437,50      1.250,00
5    ARM     260.000,00   0,00        37.750,00    2.250,00    0,00
6    JW      750.000,00   50.000,00   188.750,00   7.451,04    3.798,96
6    WMO     350.000,00   0,00        47.187,50    1.052,38    1.760,12
6    SHV     170.000,00   0,00        28.312,50    328,28      1.359,22
6    ARM     260.000,00   0,00        37.750,00    1.688,30    561,70
7    JW      750.000,00   50.000,00   187.825,00   0,00        12.175,00
7    WMO     350.000,00   0,00        46.956,25    0,00        3.043,75
7    SHV     170.000,00   0,00        28.173,75    0,00        1.826,25
7    ARM     260.000,00   0,00        37.565,00    0,00        2.435,00
8    JW      750.000,00   50.000,00   187.825,00   0,00        12.175,00
8    WMO     350.000,00   0,00        46.056,25    0,00        3.943,75
8    SHV     170.000,00   0,00        28.173,75    0,00        1.826,25
8    ARM     260.000,00   0,00        37.565,00    0,00        2.435,00
"""

PAYERS: Final = """
step fund   days  amount    rule
4    SHV    1     1.250,00  E19
5    JW     44    1.320,00  E04
5    WMO    47    1.410,00  E14
6    ARM    1     561,70    E35
6    JW     1     2.478,96  E35
6    SHV    1     109,22    E35
6    WMO    1     350,12    E35
7    ARM    92    962,91    E35
7    JW     92    4.249,64  E35
7    SHV    92    187,23    E35
7    WMO    92    600,22    E35
7    ARM    92    725,39    E35
7    JW     92    3.201,40  E35
7    SHV    92    141,05    E35
7    WMO    92    452,16    E35
7    ARM    92    185,00    E35
7    JW     92    925,00    E35
7    SHV    92    138,75    E35
7    WMO    92    231,25    E35
8    WMO    21    900,00    E39
"""


@pytest.fixture
async def walk(fresh_engine: AsyncEngine) -> Walk:
    return await Walker(fresh_engine).walk()


def rows_of(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()[1:]]


def figures(number: int, standing: FundStanding) -> list[str]:
    amounts = (
        standing.free_cents,
        standing.complex_reserve_cents,
        standing.districts_cents,
        standing.families_cents,
        standing.spent_cents,
    )
    return [
        str(number),
        standing.fund.partition("-")[0],
        *(show(cents).removeprefix("€ ") for cents in amounts),
    ]


def payers(number: int, step: Step) -> list[list[str]]:
    parts = () if step.draw is None else step.draw.decision.parts
    return [
        [
            str(number),
            part.fund.partition("-")[0],
            str((part.until_date - part.from_date).days),
            show(part.amount_cents).removeprefix("€ "),
            part.rule,
        ]
        for part in parts
    ]


async def test_every_figure_of_the_worked_example_is_right_to_the_cent(walk: Walk) -> None:
    found = [
        figures(number, standing)
        for number, step in enumerate(walk.steps, 1)
        for standing in step.standings
    ]
    assert sorted(found) == sorted(rows_of(FIGURES))


async def test_the_right_funds_pay_for_each_draw(walk: Walk) -> None:
    found = [row for number, step in enumerate(walk.steps, 1) for row in payers(number, step)]
    assert sorted(found) == sorted(rows_of(PAYERS))


async def test_no_euro_is_lost_or_made_and_the_books_check_out(walk: Walk) -> None:
    for step in walk.steps:
        for fund in step.standings:
            places = (
                fund.free_cents,
                fund.complex_reserve_cents,
                fund.districts_cents,
                fund.families_cents,
                fund.reserved_cents,
                fund.spent_cents,
            )
            assert sum(places) == fund.authorised_cents
    assert walk.report.findings == ()


async def test_every_call_is_what_the_api_takes(walk: Walk) -> None:
    calls = [call for step in walk.steps for call in step.calls]
    seen = set()
    for call in calls:
        address = call.path.rpartition("/")[2]
        decode(call.body.encode(), SHAPES[address])
        seen.add(address)
    assert seen == SHAPES.keys()


async def test_the_page_is_what_the_books_say(walk: Walk) -> None:
    assert PAGE.read_text(encoding="utf-8") == page_of(walk), "run `make wandeling`"
