"""Importing the council's budget: real files, all or nothing, and once."""

import asyncio
from collections import Counter
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.budgets.mapping import DEFAULT_MAPPING, Mapping, MappingRow, map_budget
from domains.budgets.operations import BudgetExists, NothingMapped, import_budget
from domains.budgets.queries import BudgetImport, budget_imports
from domains.data.files import content_of
from domains.instruction import Instruction
from domains.municipalities.names import known_by_name
from domains.pooling.model import CouncilLine
from domains.readers.model import BudgetFile, BudgetLine, Unit
from domains.readers.refusals import NoFigures
from domains.readers.registry import read_budget
from domains.standard_entries import Heading, council_moves, entry_for_moves
from ledger import books
from ledger.accounts import Book
from ledger.money import MAX_CENTS, show
from tests.domains.support import Operation, Town

DAY = date(2025, 1, 1)
IV3 = "iv3_begroting_2025.csv"


def importing(
    file: BudgetFile, *, mapping: Mapping = DEFAULT_MAPPING, day: date = DAY
) -> Operation:
    """Ask to import a budget file."""
    return lambda connection, instruction: import_budget(
        connection,
        instruction=instruction,
        file=file,
        file_name="begroting.csv",
        mapping=mapping,
        booking_date=day,
    )


def file_of(
    *lines: tuple[str, str, int, int], year: int = 2025, sha256: str = "11" * 32
) -> BudgetFile:
    """Make a budget file of lines: programme, taakveld, euros of baten and of lasten."""
    return BudgetFile(
        year=year,
        municipality="GM0000",
        kind="programma",
        unit=Unit.EURO,
        lines=tuple(
            BudgetLine(
                line_number=number,
                programme=programme,
                taakveld=taakveld,
                name=taakveld,
                revenues_cents=revenues * 100,
                expenses_cents=expenses * 100,
            )
            for number, (programme, taakveld, revenues, expenses) in enumerate(lines, 2)
        ),
        no_figure=(),
        sha256=sha256,
    )


SMALL = file_of(
    ("P1", "6.751", 10, 1_000),
    ("P1", "6.3", 500, 1_000),
    ("P2", "6.751", 0, 100),
    ("P2", "6.4", 0, 50),
    ("P2", "0.4", 0, 70),
    ("P2", "6.712", 0, 0),
)


@pytest.fixture
async def empty_town(engine: AsyncEngine, gemeente: str) -> Town:
    """Give a municipality with an open year 2025 and nothing in its books."""
    made = Town(engine, gemeente)
    await made.open_year(2025)
    return made


async def imports(town: Town, *ids: UUID) -> tuple[BudgetImport, ...]:
    """Read the imports of a municipality."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await budget_imports(connection, gemeente=town.gemeente, ids=ids)


async def test_a_budget_is_one_entry_with_every_fund_in_it(empty_town: Town) -> None:
    (import_id,) = await empty_town.do(importing(SMALL))
    ((entry,),) = await empty_town.ask("SELECT entry_id FROM ledger.entry")
    assert await empty_town.lines(entry) == [
        "0100 ARM-2025 P1 6.3 credit € 160,00",
        "0100 BUIG-2025 P1 6.3 credit € 780,00",
        "0100 GGZ-2025 P1 6.751 credit € 150,00",
        "0100 GGZ-2025 P2 6.751 credit € 15,00",
        "0100 JW-2025 P1 6.751 credit € 850,00",
        "0100 JW-2025 P2 6.751 credit € 85,00",
        "0100 SHV-2025 P1 6.3 credit € 60,00",
        "0110 ARM-2025 debet € 160,00",
        "0110 BUIG-2025 debet € 780,00",
        "0110 GGZ-2025 debet € 165,00",
        "0110 JW-2025 debet € 935,00",
        "0110 SHV-2025 debet € 60,00",
    ]
    found = await empty_town.entry(entry)
    assert found.document == f"begroting.csv sha256:{'11' * 32}"
    assert (found.kind, found.description) == ("begroting", "Begroting 2025")
    (known,) = await imports(empty_town, import_id)
    assert (known.year, known.kind, known.file_name) == (2025, "programma", "begroting.csv")
    assert "taakveld 6.751" in " ".join(known.assumptions)
    await empty_town.assert_sound()


async def test_the_report_tells_every_euro_of_the_file(empty_town: Town) -> None:
    (import_id,) = await empty_town.do(importing(SMALL))
    (known,) = await imports(empty_town, import_id)
    assert [
        (line.line_number, line.taakveld, line.side, line.source or line.reason)
        for line in known.lines
        if line.side == "baten" or line.source is None
    ] == [
        (2, "6.751", "baten", "baten; alleen lasten worden geautoriseerd"),
        (3, "6.3", "baten", "baten; alleen lasten worden geautoriseerd"),
        (5, "6.4", "lasten", "taakveld heeft geen bron in de toewijzing"),
        (6, "0.4", "lasten", "niet sociaal domein"),
        (7, "6.712", "lasten", "nul"),
    ]
    for side, cents in (
        ("lasten", SMALL.expenses_cents),
        ("baten", SMALL.revenues_cents),
    ):
        assert sum(line.amount_cents for line in known.lines if line.side == side) == cents


async def test_the_same_file_again_is_the_same_import(empty_town: Town) -> None:
    first = await empty_town.do(importing(SMALL), "eerste")
    assert await empty_town.do(importing(SMALL), "eerste") == first
    assert await empty_town.do(importing(SMALL), "andere sleutel") == first
    # Also under the second key, which was answered by now.
    assert await empty_town.do(importing(SMALL), "andere sleutel") == first
    assert await empty_town.number_of_entries() == 1
    assert len(await imports(empty_town)) == 1


@pytest.mark.parametrize("keys", [("een", "een", "een"), ("een", "twee", "drie")])
async def test_the_same_file_at_the_same_moment_is_imported_once(
    empty_town: Town, keys: tuple[str, ...]
) -> None:
    answers = await asyncio.gather(*(empty_town.do(importing(SMALL), key) for key in keys))
    assert len(set(answers)) == 1
    assert await empty_town.number_of_entries() == 1
    assert await empty_town.count("domains.budget_import") == 1
    assert await empty_town.count("ledger.request") == len(set(keys))
    await empty_town.assert_sound()


async def test_two_files_for_one_year_at_the_same_moment_give_one_budget(
    empty_town: Town,
) -> None:
    answers = await asyncio.gather(
        *(
            empty_town.do(importing(file_of(("P1", "6.751", 0, 1), sha256=f"{number:064x}")))
            for number in range(3)
        ),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {tuple: 1, BudgetExists: 2}
    assert await empty_town.number_of_entries() == 1


async def test_another_file_for_the_year_is_refused(empty_town: Town) -> None:
    await empty_town.do(importing(SMALL))
    with pytest.raises(BudgetExists) as caught:
        await empty_town.do(importing(file_of(("P1", "6.751", 0, 1), sha256="22" * 32)))
    assert "Voor 2025 is al een begroting ingelezen uit begroting.csv" in caught.value.message()
    # Another year is welcome, into the same books.
    await empty_town.open_year(2026)
    await empty_town.do(
        importing(
            file_of(("P1", "6.751", 0, 100), year=2026, sha256="33" * 32), day=date(2026, 1, 1)
        )
    )
    assert [known.year for known in await imports(empty_town)] == [2025, 2026]
    assert (await empty_town.standings())["JW-2026"].free_cents == 85_00


@pytest.mark.parametrize(
    ("file", "day", "refusal", "sentence"),
    [
        (
            file_of(("P1", "0.4", 0, 10)),
            DAY,
            NothingMapped,
            "Geen enkele regel van begroting.csv heeft een bron",
        ),
        (SMALL, date(2024, 12, 31), books.PeriodUnknown, "nooit is geopend"),
        (
            file_of(("P1", "6.712", 0, 10), ("P1", "6.1", 0, MAX_CENTS)),
            DAY,
            books.AmountTooLarge,
            "heeft een regel boven",
        ),
    ],
)
async def test_a_budget_that_cannot_be_booked_leaves_nothing(
    empty_town: Town, file: BudgetFile, day: date, refusal: type[Exception], sentence: str
) -> None:
    with pytest.raises(refusal, match=sentence):
        await empty_town.do(importing(file, day=day), "een sleutel")
    for table in ("fund", "budget_import", "budget_import_line"):
        assert await empty_town.count(f"domains.{table}") == 0
    # The same key serves the file once it is right.
    await empty_town.do(importing(SMALL), "een sleutel", content="verbeterd")


async def test_a_budget_broken_off_in_the_middle_leaves_nothing(empty_town: Town) -> None:
    class BrokenOffError(Exception):
        """The ids ran out halfway."""

    ids = iter([UUID(int=1)])

    def few_ids() -> UUID:
        for found in ids:
            return found
        raise BrokenOffError

    whole = empty_town.instruction()
    instruction = Instruction(
        actor=whole.actor,
        key=whole.key,
        fingerprint=whole.fingerprint,
        at=whole.at,
        today=whole.today,
        new_id=few_ids,
        new_random_id=whole.new_random_id,
    )
    with pytest.raises(BrokenOffError):
        await db.run(
            empty_town.engine,
            empty_town.gemeente,
            lambda connection: importing(SMALL)(connection, instruction),
        )
    assert await empty_town.count("domains.budget_import_line") == 0
    assert await empty_town.number_of_entries() == 0


async def test_a_mapping_of_the_municipality_itself_counts(empty_town: Town) -> None:
    own = Mapping(
        rows=tuple(
            MappingRow(taakveld=row.taakveld, source_code="RES", share=row.share)
            for row in DEFAULT_MAPPING.rows
            if row.taakveld == "6.1"
        )
    )
    await empty_town.do(importing(file_of(("P1", "6.1", 0, 3)), mapping=own))
    assert {fund: each.free_cents for fund, each in (await empty_town.standings()).items()} == {
        "RES-2025": 3_00
    }


@pytest.mark.parametrize("code", ["GM0344", "GM0014", "GM0096", "GM1980"])
async def test_real_budgets_stand_in_the_books_to_the_cent(
    fresh_engine: AsyncEngine, code: str
) -> None:
    town = Town(fresh_engine, code)
    await town.open_year(2025)
    file = read_budget(content_of(IV3), file_name=IV3, municipality=code, year=2025, unit=None)
    mapped = map_budget(file, DEFAULT_MAPPING)
    (import_id,) = await town.do(importing(file))
    standings = await town.standings()
    assert {fund.removesuffix("-2025"): each.free_cents for fund, each in standings.items()} == {
        **mapped.totals_by_source()
    }
    assert {fund: each.authorised_cents for fund, each in standings.items()} == {
        fund: each.free_cents for fund, each in standings.items()
    }
    (known,) = await imports(town, import_id)
    assert (
        sum(line.amount_cents for line in known.lines if line.side == "lasten")
        == file.expenses_cents
    )
    assert (
        sum(line.amount_cents for line in known.lines if line.side == "baten")
        == file.revenues_cents
    )
    await town.assert_sound()


async def test_the_real_budget_of_wassenaar_stands_in_the_books(
    fresh_engine: AsyncEngine, testdata: Path
) -> None:
    name = "wassenaar_begroting_2026_taakveld_programma.csv"
    file = read_budget(
        (testdata / "iv3" / name).read_bytes(),
        file_name=name,
        municipality="GM0629",
        year=2026,
        unit=None,
    )
    town = Town(fresh_engine, "GM0629")
    await town.open_year(2026)
    await town.do(importing(file, day=date(2026, 1, 1)))
    assert {
        fund: show(each.authorised_cents) for fund, each in (await town.standings()).items()
    } == {
        "ARM-2026": "€ 1.631.199,20",
        "BUIG-2026": "€ 7.952.096,10",
        "GGZ-2026": "€ 722.278,65",
        "JW-2026": "€ 6.957.049,35",
        "SHV-2026": "€ 611.699,70",
        "TOE-2026": "€ 8.586.610,00",
        "WMO-2026": "€ 5.258.605,00",
    }
    programmes = {
        each.account.dimension("programma")
        for each in await town.balances(Book.BUDGET, code="0100")
    }
    assert programmes <= {"P1", "P2", "P3", "P4", "P5"}
    await town.assert_sound()


def test_the_entry_of_every_municipality_balances_per_fund() -> None:
    heading, *lines = content_of(IV3).decode().splitlines(keepends=True)
    parts: dict[str, list[str]] = {}
    for line in lines:
        whose = known_by_name(line.partition(";")[0].strip('"'))
        if whose is not None:
            parts.setdefault(whose.code, [heading]).append(line)
    without_figures = 0
    assert len(parts) == 342
    for code, found in parts.items():
        try:
            file = read_budget(
                "".join(found).encode(),
                file_name=IV3,
                municipality=code,
                year=2025,
                unit=Unit.THOUSAND,
            )
        except NoFigures:
            without_figures += 1
            continue
        mapped = map_budget(file, DEFAULT_MAPPING)
        moves = council_moves(
            code,
            2025,
            [
                CouncilLine(
                    source=each.source,
                    programme=each.programme,
                    taakveld=each.taakveld,
                    amount_cents=each.amount_cents,
                )
                for each in mapped.lines
            ],
        )
        entry, accounts = entry_for_moves(
            moves,
            heading=Heading(
                id=UUID(int=1), booking_date=DAY, kind="begroting", description="Begroting 2025"
            ),
        )
        colours = {account.id: account.colour for account in accounts}
        sums: Counter[str] = Counter()
        debits: Counter[str] = Counter()
        for posting in entry.postings:
            sums[colours[posting.account]] += posting.amount_cents
            debits[colours[posting.account]] += max(0, posting.amount_cents)
        assert not any(sums.values())
        assert {fund.removesuffix("-2025"): cents for fund, cents in debits.items()} == (
            mapped.totals_by_source()
        )
    assert without_figures == 4
