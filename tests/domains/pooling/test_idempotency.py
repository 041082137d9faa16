"""Asking twice is asking once, for every operation: one after the other, or at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeAlias
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.budgets.mapping import DEFAULT_MAPPING
from domains.budgets.operations import import_budget
from domains.districts.operations import import_districts
from domains.draws.operations import request_draws
from domains.families import operations as families
from domains.families.model import FamilyType
from domains.family_budgets.operations import open_family_budget, return_family_budget
from domains.instruction import Instruction
from domains.pooling import operations as pooling
from domains.readers.model import BudgetFile, BudgetLine, District, Unit
from ledger.books import KeyReused
from tests.domains.support import DAY, PARENT, YEAR, Operation, Town, council_lines, fund_amounts
from tests.domains.support import draw as make_draw

Prepare: TypeAlias = Callable[[Town], Awaitable[Operation]]

_COUNTED = (
    "ledger.entry",
    "ledger.request",
    "domains.fund",
    "domains.budget_import",
    "domains.budget_import_line",
    "domains.district",
    "domains.family_type",
    "domains.family_type_band",
    "domains.family",
    "domains.family_district",
    "domains.member",
    "domains.family_budget",
    "domains.family_budget_step",
    "domains.draw",
)


async def council(town: Town) -> Operation:
    """A council budget."""
    return lambda connection, instruction: pooling.book_council_budget(
        connection,
        instruction=instruction,
        year=YEAR,
        lines=council_lines({"TOE": 10}),
        decision="raadsbesluit",
        booking_date=DAY,
    )


async def shift(town: Town) -> Operation:
    """A shift of all that is free, which the second one would be refused."""
    (giving,) = council_lines({"ARM": 260_000})
    (taking,) = council_lines({"TOE": 260_000})
    return lambda connection, instruction: pooling.shift(
        connection,
        instruction=instruction,
        year=YEAR,
        from_line=giving,
        to_line=taking,
        decision="",
        booking_date=DAY,
    )


async def reserve(town: Town) -> Operation:
    """A complex reserve of all that is free."""
    return lambda connection, instruction: pooling.set_complex_reserve(
        connection,
        instruction=instruction,
        amounts=fund_amounts({"JW": 750_000}),
        booking_date=DAY,
    )


async def fill(town: Town) -> Operation:
    """A district budget of all that is free."""
    return lambda connection, instruction: pooling.fill_districts(
        connection,
        instruction=instruction,
        amounts={town.wijk: fund_amounts({"JW": 750_000})},
        booking_date=DAY,
        explanation="Wijkbudget",
    )


async def give_back(town: Town) -> Operation:
    """The return of all that a district has of a fund."""
    return lambda connection, instruction: pooling.return_from_district(
        connection,
        instruction=instruction,
        wijk=town.wijk,
        amounts=fund_amounts({"JW": 200_000}),
        booking_date=DAY,
    )


async def reverse(town: Town) -> Operation:
    """A reversal, which is possible once."""
    (entry,) = await town.fill({"JW": 1})
    return lambda connection, instruction: pooling.reverse(
        connection, instruction=instruction, entry=entry, booking_date=DAY, reason="fout"
    )


async def budget_file(town: Town) -> Operation:
    """An import of a budget file."""
    file = BudgetFile(
        year=2025,
        municipality=town.gemeente,
        kind="programma",
        unit=Unit.EURO,
        lines=(
            BudgetLine(
                line_number=2,
                programme="P1",
                taakveld="6.751",
                name="Jeugdhulp",
                revenues_cents=0,
                expenses_cents=100_00,
            ),
        ),
        no_figure=(),
        sha256="ab" * 32,
    )
    return lambda connection, instruction: import_budget(
        connection,
        instruction=instruction,
        file=file,
        file_name="begroting.csv",
        mapping=DEFAULT_MAPPING,
        booking_date=DAY,
    )


async def districts(town: Town) -> Operation:
    """An import of districts."""
    found = [
        District(code=f"{town.wijk[:-2]}{number}", name="Wijk", inhabitants=1, households=1)
        for number in (13, 12)
    ]
    return lambda connection, instruction: import_districts(
        connection, instruction=instruction, districts=found
    )


async def family_types(town: Town) -> Operation:
    """A family type."""
    made = FamilyType(code="groot", name="Groot gezin", min_cents=1, norm_cents=2, max_cents=3)
    return lambda connection, instruction: families.set_family_types(
        connection, instruction=instruction, family_types=[made], from_date=DAY
    )


async def family(town: Town) -> Operation:
    """A family, of which nothing tells that it is the same one as before."""
    return lambda connection, instruction: families.register_family(
        connection,
        instruction=instruction,
        wijk=town.wijk,
        family_type="standaard",
        team="wijkteam noord",
        is_complex=False,
        birth_dates=[PARENT, date(2012, 1, 1)],
        from_date=DAY,
    )


async def family_budget(town: Town) -> Operation:
    """A family budget, which a family can have once."""
    registered = await town.register()
    return lambda connection, instruction: open_family_budget(
        connection,
        instruction=instruction,
        family=registered,
        year=YEAR,
        amount_cents=None,
        reason="",
        booking_date=DAY,
    )


async def family_budget_returned(town: Town) -> Operation:
    """The return of a family budget."""
    budget = await town.open_budget(await town.register())
    return lambda connection, instruction: return_family_budget(
        connection, instruction=instruction, family_budget=budget, booking_date=DAY
    )


async def draws(town: Town) -> Operation:
    """Two draws, of which the second one is refused as the same help."""
    budget = await town.open_budget(await town.register())
    asked = make_draw(budget, await town.person(budget), cents=100_00)
    return lambda connection, instruction: request_draws(
        connection, instruction=instruction, draws=[asked, asked], booking_date=DAY
    )


async def draws_without_money(town: Town) -> Operation:
    """A draw in a year without a budget, so that no account can be locked."""
    budget = await town.open_budget(await town.register())
    days = (date(2027, 2, 1), date(2027, 3, 1))
    asked = make_draw(budget, await town.person(budget), cents=100_00, days=days)
    return lambda connection, instruction: request_draws(
        connection, instruction=instruction, draws=[asked], booking_date=DAY
    )


OPERATIONS = pytest.mark.parametrize(
    "prepare",
    [
        council,
        shift,
        reserve,
        fill,
        give_back,
        reverse,
        budget_file,
        districts,
        family_types,
        family,
        family_budget,
        family_budget_returned,
        draws,
        draws_without_money,
    ],
)


async def counts(town: Town) -> dict[str, int]:
    """Count the rows of every table that an operation could write."""
    counted = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in _COUNTED)
    return dict(await town.ask(counted))


@OPERATIONS
async def test_the_same_key_gives_the_same_answer_and_books_once(
    town: Town, prepare: Prepare
) -> None:
    operation = await prepare(town)
    first = await town.do(operation, "een sleutel")
    after = await counts(town)
    assert await town.do(operation, "een sleutel") == first
    assert await counts(town) == after


@OPERATIONS
async def test_the_same_key_with_other_content_is_refused(town: Town, prepare: Prepare) -> None:
    operation = await prepare(town)
    await town.do(operation, "een sleutel")
    after = await counts(town)
    with pytest.raises(KeyReused):
        await town.do(operation, "een sleutel", content="iets anders")
    assert await counts(town) == after


@OPERATIONS
async def test_at_the_same_moment_all_get_the_answer_of_the_first(
    town: Town, prepare: Prepare
) -> None:
    operation = await prepare(town)
    before = await counts(town)
    answers = await asyncio.gather(*(town.do(operation, "een sleutel") for _ in range(3)))
    assert len(set(answers)) == 1
    after = await counts(town)
    assert after["ledger.request"] == before["ledger.request"] + 1
    assert written(before, after) == ROWS[prepare.__name__]


def written(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Name what was written, apart from the request itself."""
    return {
        table.partition(".")[2]: after[table] - before[table]
        for table in _COUNTED
        if table != "ledger.request" and after[table] != before[table]
    }


ROWS = {
    "council": {"entry": 1, "fund": 1},
    "shift": {"entry": 1, "fund": 1},
    "reserve": {"entry": 1},
    "fill": {"entry": 1},
    "give_back": {"entry": 1},
    "reverse": {"entry": 1},
    "budget_file": {"entry": 1, "fund": 2, "budget_import": 1, "budget_import_line": 2},
    "districts": {"district": 2},
    "family_types": {"family_type": 1, "family_type_band": 1},
    "family": {"family": 1, "family_district": 1, "member": 2},
    "family_budget": {"entry": 1, "family_budget": 1, "family_budget_step": 1},
    "family_budget_returned": {"entry": 1, "family_budget_step": 1},
    "draws": {"entry": 2, "draw": 2},
    "draws_without_money": {"entry": 2, "fund": 1, "draw": 1},
}
"""How many rows one request of each operation writes."""


@OPERATIONS
async def test_one_that_is_broken_off_leaves_nothing(town: Town, prepare: Prepare) -> None:
    operation = await prepare(town)
    before = await counts(town)

    class BrokenOffError(Exception):
        """The connection of the client is gone just before the commit."""

    async def broken_off(connection: AsyncConnection, instruction: Instruction) -> tuple[UUID, ...]:
        await operation(connection, instruction)
        raise BrokenOffError

    with pytest.raises(BrokenOffError):
        await town.do(broken_off, "een sleutel")
    assert await counts(town) == before
    await town.do(operation, "een sleutel")
    await town.assert_sound()
