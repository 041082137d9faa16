"""The walk of one euro: its figures to the cent, and the page that tells it."""

from pathlib import Path
from typing import Any, Final

import pytest

from api import db
from api.http.body import decode
from api.http.budgets import NieuweBegroting
from api.http.districts import NieuweWijken, NieuwWijkbudget
from api.http.draws import NieuweTrekking
from api.http.families import NieuwGezin
from api.http.family_budgets import NieuwGezinsbudget
from api.http.funds import NieuweReserve
from api.http.municipal_settings import NieuweInstelling
from api.http.payer_shapes import Blijvend, NieuweAanvaarding, NieuweBetwisting, NieuweClaim
from api.http.periods import NieuwePeriode
from api.http.registers import NieuweGezinstypen
from domains.budgets.queries import FundStanding
from ledger.money import show
from tests.support import databases
from tests.support.databases import Servers
from tests.walk.page import page_of
from tests.walk.steps import Step, Walk, Walker

SHAPES: Final[dict[str, type[Any]]] = {
    "aanvaardingen": NieuweAanvaarding,
    "begrotingen": NieuweBegroting,
    "betwistingen": NieuweBetwisting,
    "blijft": Blijvend,
    "boekingsperioden": NieuwePeriode,
    "claims": NieuweClaim,
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
9    JW      750.000,00   50.000,00   187.825,00   0,00        12.175,00
9    WMO     350.000,00   0,00        46.596,25    0,00        3.403,75
9    SHV     170.000,00   0,00        28.173,75    0,00        1.826,25
9    ARM     260.000,00   0,00        37.565,00    0,00        2.435,00
"""

PAYERS: Final = """
step place  fund   days  amount    rule
4    gezin  SHV    1     1.250,00  E19
5    gezin  JW     44    1.320,00  E04
5    gezin  WMO    47    1.410,00  E14
6    gezin  ARM    1     561,70    E35
6    gezin  JW     1     2.478,96  E35
6    gezin  SHV    1     109,22    E35
6    gezin  WMO    1     350,12    E35
7    gezin  ARM    92    1.688,30  E35
7    gezin  JW     92    7.451,04  E35
7    gezin  SHV    92    328,28    E35
7    gezin  WMO    92    1.052,38  E35
7    wijk   ARM    92    185,00    E35
7    wijk   JW     92    925,00    E35
7    wijk   SHV    92    138,75    E35
7    wijk   WMO    92    231,25    E35
8    wijk   WMO    21    900,00    E39
"""


@pytest.fixture(scope="module")
async def walk(servers: Servers, server: str, anyio_backend: str) -> Walk:
    """Walk once, in books of its own; the tests only look at what was seen on the way."""
    made = servers.fresh(server)
    engine = db.engine_for(made.app_url)
    try:
        return await Walker(engine).walk()
    finally:
        await engine.dispose()
        databases.drop(servers.server(server), made)


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
    """Say who pays what in a step, whoever of the family is helped by it."""
    paid: dict[tuple[str, ...], int] = {}
    for part in () if step.draw is None else step.draw.decision.parts:
        source = part.fund.partition("-")[0]
        days = str((part.until_date - part.from_date).days)
        key = (str(part.place), source, days, part.rule)
        paid[key] = paid.get(key, 0) + part.amount_cents
    return [
        [str(number), place, source, days, show(cents).removeprefix("€ "), rule]
        for (place, source, days, rule), cents in paid.items()
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


async def test_the_open_payer_item_is_closed_in_two_parts(walk: Walk) -> None:
    item = walk.steps[-1].item
    assert item is not None
    assert item.unsettled_cents == 0
    assert {(str(each.state), each.payer, show(each.amount_cents)) for each in item.standings} == {
        ("aanvaard", "ZVW", "€ 540,00"),
        ("blijft", "ZVW", "€ 360,00"),
    }


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
    assert walk.decisions.findings == ()


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
