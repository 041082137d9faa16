"""The entry of each operation as a finance officer writes it, and where the money lies after it."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

import pytest

from domains import chart
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.pooling.rules import split_by_key
from tests.domains.support import DAY, PARENT, YEAR, Town, council_lines, draw, fund_amounts

Act: TypeAlias = Callable[[Town], Awaitable[UUID]]


async def council(town: Town) -> UUID:
    """Two sources, of which one in two programmes."""
    lines = [
        *council_lines({"JW": 1_000, "GGZ": 150}),
        *council_lines({"JW": 500}, programme="P2"),
    ]
    (entry,) = await town.do(
        lambda connection, instruction: pooling.book_council_budget(
            connection,
            instruction=instruction,
            year=YEAR,
            lines=lines,
            decision="raadsbesluit 2",
            booking_date=DAY,
        )
    )
    return entry


async def council_twice_on_one_account(town: Town) -> UUID:
    """Two lines of one programme and taakveld come together in one."""
    lines = council_lines({"TOE": 10}) + council_lines({"TOE": 20})
    (entry,) = await town.do(
        lambda connection, instruction: pooling.book_council_budget(
            connection,
            instruction=instruction,
            year=YEAR,
            lines=lines,
            decision="raadsbesluit 3",
            booking_date=DAY,
        )
    )
    return entry


async def shift(town: Town) -> UUID:
    """From poverty to debt relief, within one programme and taakveld."""
    return await shift_of(town, "ARM", "SHV", cents=12_345_67)


async def shift_to_a_new_fund(town: Town) -> UUID:
    """To a source that has no budget yet."""
    return await shift_of(town, "JW", "TOE", cents=1)


async def shift_of(
    town: Town,
    giver: str,
    taker: str,
    *,
    cents: int,
    programmes: tuple[str, str] = ("P1", "P1"),
    decision: str = "",
) -> UUID:
    """Shift between two sources."""
    (giving,) = council_lines({giver: 0}, programme=programmes[0])
    (taking,) = council_lines({taker: 0}, programme=programmes[1])
    (entry,) = await town.do(
        lambda connection, instruction: pooling.shift(
            connection,
            instruction=instruction,
            year=YEAR,
            from_line=with_amount(giving, cents),
            to_line=with_amount(taking, cents),
            decision=decision,
            booking_date=DAY,
        )
    )
    return entry


def with_amount(line: CouncilLine, cents: int) -> CouncilLine:
    """Give a council line another amount."""
    return CouncilLine(
        source=line.source,
        programme=line.programme,
        taakveld=line.taakveld,
        amount_cents=cents,
    )


async def reserve(town: Town) -> UUID:
    """An earmark inside two funds."""
    (entry,) = await town.reserve({"JW": 1_000, "WMO": 500})
    return entry


async def fill(town: Town) -> UUID:
    """Fill the district with two funds."""
    (entry,) = await town.fill({"JW": 1_000, "WMO": 500})
    return entry


async def empty_part_of_district(town: Town) -> UUID:
    """Give back from the district."""
    (entry,) = await town.do(
        lambda connection, instruction: pooling.return_from_district(
            connection,
            instruction=instruction,
            wijk=town.wijk,
            amounts=fund_amounts({"JW": 200_000, "ARM": 1}),
            booking_date=DAY,
        )
    )
    return entry


async def family_budget(town: Town) -> UUID:
    """Open a family's budget with the norm of its type."""
    await town.open_budget(await town.register())
    return await last_entry(town)


async def family_budget_returned(town: Town) -> UUID:
    """Close a family's budget after a draw of 1 250 euros on debt relief."""
    budget = await town.open_budget(await town.register())
    await town.draw(
        draw(
            budget,
            await town.person(budget, PARENT),
            cents=1_250_00,
            kind="betalingsachterstand-in-schuldtraject",
        )
    )
    entry, _ = await town.give_back(budget)
    return entry


async def fill_reversed(town: Town) -> UUID:
    """Take back a fill by its mirror image."""
    (entry,) = await town.reverse(await fill(town))
    return entry


async def last_entry(town: Town) -> UUID:
    """Name the entry that was booked last."""
    ((entry,),) = await town.ask(
        "SELECT entry_id FROM ledger.entry ORDER BY chain_number DESC, position DESC LIMIT 1"
    )
    assert isinstance(entry, UUID)
    return entry


@pytest.mark.parametrize(
    ("act", "kind", "lines"),
    [
        pytest.param(
            council,
            "begroting",
            [
                "0100 GGZ-2026 P1 6.751 credit € 150,00",
                "0100 JW-2026 P1 6.751 credit € 1.000,00",
                "0100 JW-2026 P2 6.751 credit € 500,00",
                "0110 GGZ-2026 debet € 150,00",
                "0110 JW-2026 debet € 1.500,00",
            ],
            id="council budget",
        ),
        pytest.param(
            council_twice_on_one_account,
            "begroting",
            ["0100 TOE-2026 P1 6.1 credit € 30,00", "0110 TOE-2026 debet € 30,00"],
            id="council budget, two lines on one account",
        ),
        pytest.param(
            shift,
            "verschuiving",
            [
                "0100 ARM-2026 P1 6.3 debet € 12.345,67",
                "0100 SHV-2026 P1 6.3 credit € 12.345,67",
                "0110 ARM-2026 credit € 12.345,67",
                "0110 SHV-2026 debet € 12.345,67",
            ],
            id="shift",
        ),
        pytest.param(
            shift_to_a_new_fund,
            "verschuiving",
            [
                "0100 JW-2026 P1 6.751 debet € 0,01",
                "0100 TOE-2026 P1 6.1 credit € 0,01",
                "0110 JW-2026 credit € 0,01",
                "0110 TOE-2026 debet € 0,01",
            ],
            id="shift to a fund that did not exist",
        ),
        pytest.param(
            reserve,
            "complexe-gezinnen",
            [
                "0110 JW-2026 credit € 1.000,00",
                "0110 WMO-2026 credit € 500,00",
                "0125 JW-2026 debet € 1.000,00",
                "0125 WMO-2026 debet € 500,00",
            ],
            id="complex reserve",
        ),
        pytest.param(
            fill,
            "wijkbudget",
            [
                "0110 JW-2026 credit € 1.000,00",
                "0110 WMO-2026 credit € 500,00",
                "0120 JW-2026 debet € 1.000,00",
                "0120 WMO-2026 debet € 500,00",
            ],
            id="fill a district",
        ),
        pytest.param(
            empty_part_of_district,
            "wijkbudget-terug",
            [
                "0110 ARM-2026 debet € 1,00",
                "0110 JW-2026 debet € 200.000,00",
                "0120 ARM-2026 credit € 1,00",
                "0120 JW-2026 credit € 200.000,00",
            ],
            id="return from a district, of one fund all of it",
        ),
        pytest.param(
            family_budget,
            "gezinsbudget",
            [
                "0120 ARM-2026 credit € 2.250,00",
                "0120 JW-2026 credit € 11.250,00",
                "0120 SHV-2026 credit € 1.687,50",
                "0120 WMO-2026 credit € 2.812,50",
                "0130 ARM-2026 debet € 2.250,00",
                "0130 JW-2026 debet € 11.250,00",
                "0130 SHV-2026 debet € 1.687,50",
                "0130 WMO-2026 debet € 2.812,50",
            ],
            id="family budget",
        ),
        pytest.param(
            family_budget_returned,
            "gezinsbudget-terug",
            [
                "0120 ARM-2026 debet € 2.250,00",
                "0120 JW-2026 debet € 11.250,00",
                "0120 SHV-2026 debet € 437,50",
                "0120 WMO-2026 debet € 2.812,50",
                "0130 ARM-2026 credit € 2.250,00",
                "0130 JW-2026 credit € 11.250,00",
                "0130 SHV-2026 credit € 437,50",
                "0130 WMO-2026 credit € 2.812,50",
            ],
            id="family budget returned after a draw",
        ),
        pytest.param(
            fill_reversed,
            "tegenboeking",
            [
                "0110 JW-2026 debet € 1.000,00",
                "0110 WMO-2026 debet € 500,00",
                "0120 JW-2026 credit € 1.000,00",
                "0120 WMO-2026 credit € 500,00",
            ],
            id="reversal",
        ),
    ],
)
async def test_each_event_has_its_entry(town: Town, act: Act, kind: str, lines: list[str]) -> None:
    entry = await act(town)
    assert await town.lines(entry) == lines
    assert (await town.entry(entry)).kind == kind
    await town.assert_sound()


# What lies where after each event, of youth money and of debt relief: free, complex reserve,
# districts, families, spent and authorised, in whole cents.
YOUTH = (750_000_00, 50_000_00, 200_000_00, 0, 0, 1_000_000_00)
DEBTS = (170_000_00, 0, 30_000_00, 0, 0, 200_000_00)


@pytest.mark.parametrize(
    ("act", "youth", "debts"),
    [
        pytest.param(
            council,
            (751_500_00, 50_000_00, 200_000_00, 0, 0, 1_001_500_00),
            DEBTS,
            id="council budget",
        ),
        pytest.param(
            shift,
            YOUTH,
            (182_345_67, 0, 30_000_00, 0, 0, 212_345_67),
            id="shift from poverty to debt relief",
        ),
        pytest.param(
            shift_to_a_new_fund,
            (749_999_99, 50_000_00, 200_000_00, 0, 0, 999_999_99),
            DEBTS,
            id="shift of a cent",
        ),
        pytest.param(
            reserve,
            (749_000_00, 51_000_00, 200_000_00, 0, 0, 1_000_000_00),
            DEBTS,
            id="complex reserve",
        ),
        pytest.param(
            fill,
            (749_000_00, 50_000_00, 201_000_00, 0, 0, 1_000_000_00),
            DEBTS,
            id="fill a district",
        ),
        pytest.param(
            empty_part_of_district,
            (950_000_00, 50_000_00, 0, 0, 0, 1_000_000_00),
            DEBTS,
            id="return from a district",
        ),
        pytest.param(
            family_budget,
            (750_000_00, 50_000_00, 188_750_00, 11_250_00, 0, 1_000_000_00),
            (170_000_00, 0, 28_312_50, 1_687_50, 0, 200_000_00),
            id="family budget",
        ),
        pytest.param(
            family_budget_returned,
            YOUTH,
            (170_000_00, 0, 28_750_00, 0, 1_250_00, 200_000_00),
            id="family budget returned after a draw",
        ),
        pytest.param(fill_reversed, YOUTH, DEBTS, id="reversal"),
    ],
)
async def test_each_euro_is_in_one_place_after_each_event(
    town: Town, act: Act, youth: tuple[int, ...], debts: tuple[int, ...]
) -> None:
    await act(town)
    standings = await town.standings()
    assert [
        (
            standings[fund].free_cents,
            standings[fund].complex_reserve_cents,
            standings[fund].districts_cents,
            standings[fund].families_cents,
            standings[fund].spent_cents,
            standings[fund].authorised_cents,
        )
        for fund in ("JW-2026", "SHV-2026")
    ] == [youth, debts]


async def test_a_standing_of_one_district_shows_its_money_only(town: Town) -> None:
    other = f"{town.wijk[:-2]}02"
    await town.add_districts(other)
    await town.fill({"JW": 5}, wijk=other)
    assert (await town.standings(district=other))["JW-2026"].districts_cents == 5_00
    assert (await town.standings(district=town.wijk))["JW-2026"].districts_cents == 200_000_00


async def test_a_fund_exists_from_the_first_money_on(town: Town) -> None:
    funds = "SELECT fund FROM domains.fund ORDER BY fund"
    known = [("ARM-2026",), ("JW-2026",), ("SHV-2026",), ("WMO-2026",)]
    assert await town.ask(funds) == known
    await shift_to_a_new_fund(town)
    assert await town.ask(funds) == [*known[:3], ("TOE-2026",), known[3]]


async def test_a_shift_to_another_programme_carries_its_decision(town: Town) -> None:
    entry = await shift_of(
        town, "ARM", "SHV", cents=100, programmes=("P1", "P2"), decision="raadsbesluit 9"
    )
    assert (await town.entry(entry)).document == "raadsbesluit 9"
    assert await town.lines(entry) == [
        "0100 ARM-2026 P1 6.3 debet € 1,00",
        "0100 SHV-2026 P2 6.3 credit € 1,00",
        "0110 ARM-2026 credit € 1,00",
        "0110 SHV-2026 debet € 1,00",
    ]


async def test_districts_filled_by_a_key_get_the_whole_amount(town: Town) -> None:
    weights = {f"{town.wijk[:-2]}{number:02d}": number % 4 for number in range(1, 12)}
    await town.add_districts(*weights)
    parts = split_by_key(1_000_01, weights)
    (entry,) = await town.do(
        lambda connection, instruction: pooling.fill_districts(
            connection,
            instruction=instruction,
            amounts={
                wijk: [FundAmount(fund="JW-2026", amount_cents=cents)]
                for wijk, cents in parts.items()
            },
            booking_date=DAY,
            explanation="Naar inwoners",
        )
    )
    assert sum(parts.values()) == 1_000_01
    found = await town.entry(entry)
    assert sum(line.amount_cents for line in found.lines if line.amount_cents > 0) == 1_000_01
    assert (await town.rooms(chart.DISTRICT))["JW-2026"] == "€ 201.000,01"
    await town.assert_sound()


async def test_a_shift_locks_the_fund_that_receives_too(town: Town, locks: list[set[UUID]]) -> None:
    await shift(town)
    (locked,) = locks
    assert {chart.free(town.gemeente, fund).id for fund in ("ARM-2026", "SHV-2026")} <= locked
