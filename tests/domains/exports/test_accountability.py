"""Lawfulness, grants, payments and the document for the council, in small situations."""

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from domains import chart
from domains.budget_changes.model import BudgetChange, ChangeLine, Duration, ShownLine
from domains.budget_changes.operations import adopt, draft
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budgets.mapping import Side
from domains.council.model import Authorised, Cause, Used
from domains.exports import budget_change, lawfulness, payments, sisa
from domains.exports.lawfulness import Lawfulness, Overrun, ReserveMovement, overruns
from domains.exports.model import Movement
from domains.exports.payments import Payable
from domains.exports.table import write_csv
from domains.instruction import Instruction, record
from domains.settings.model import AuthorisationLevel, SettingName, Settings
from domains.settings.queries import settings_known
from domains.standard_entries import Heading, Move, entry_for_moves
from ledger import balances
from ledger.accounts import Account, Book, dimensions
from tests.domains.exports.test_forms import SCOPE
from tests.domains.support import DAY, Operation, draw, example_town

TAAKVELD_LEVEL = Settings(authorisation_level=AuthorisationLevel.TAAKVELD)
OPEN_END = replace(TAAKVELD_LEVEL, open_ended=("6.3",))


def line(
    cents: int, *, programme: str = "P1", taakveld: str = "6.751", side: Side = Side.EXPENSES
) -> ChangeLine:
    return ChangeLine(
        side=side,
        source="JW",
        programme=programme,
        taakveld=taakveld,
        change_cents=cents,
        duration=Duration.INCIDENTAL,
        cause=Cause.OWN,
    )


AUTHORISED = [
    Authorised(fund="JW-2026", programme="P1", taakveld="6.751", amount_cents=100),
    Authorised(fund="ARM-2026", programme="P1", taakveld="6.3", amount_cents=50),
    Authorised(fund="RES-2026", programme="P1", taakveld="0.10", amount_cents=1_000),
]


@pytest.mark.parametrize(
    ("spent", "drafts", "settings", "expected"),
    [
        # Within the programme, what one taakveld saves pays for another.
        ({"6.751": 120, "6.3": 20}, [], Settings(), [("P1", 150, 140, 0, 0, 0)]),
        ({"6.751": 120, "6.3": 40}, [], Settings(), [("P1", 150, 160, 10, 0, 0)]),
        # Authorised per taakveld, it does not.
        (
            {"6.751": 120, "6.3": 20},
            [],
            TAAKVELD_LEVEL,
            [("P1 6.3", 50, 20, 0, 0, 0), ("P1 6.751", 100, 120, 20, 0, 0)],
        ),
        # Told in time: as far as the draft goes.
        ({"6.751": 170}, [line(12)], Settings(), [("P1", 150, 170, 20, 12, 0)]),
        ({"6.751": 170}, [line(90)], Settings(), [("P1", 150, 170, 20, 20, 0)]),
        ({"6.751": 170}, [line(-9)], Settings(), [("P1", 150, 170, 20, 0, 0)]),
        ({"6.751": 170}, [line(9, side=Side.REVENUES)], Settings(), [("P1", 150, 170, 20, 0, 0)]),
        ({"6.751": 170}, [line(9, programme="P2")], Settings(), [("P1", 150, 170, 20, 0, 0)]),
        # Accepted: only of the taakvelden that the ordinance names.
        (
            {"6.751": 101, "6.3": 60},
            [],
            OPEN_END,
            [("P1 6.3", 50, 60, 10, 0, 10), ("P1 6.751", 100, 101, 1, 0, 0)],
        ),
    ],
)
def test_lasten_above_the_budget(
    spent: dict[str, int],
    drafts: list[ChangeLine],
    settings: Settings,
    expected: list[tuple[str, int, int, int, int, int]],
) -> None:
    used = [
        Used(
            fund="TEKORT-2026" if cents == 60 else "JW-2026", taakveld=taakveld, amount_cents=cents
        )
        for taakveld, cents in spent.items()
    ]
    assert [
        (
            " ".join(each.unit),
            each.budget_cents,
            each.expenses_cents,
            each.above_cents,
            each.in_time_cents,
            each.accepted_cents,
        )
        for each in overruns(AUTHORISED, used, drafts=drafts, settings=settings)
    ] == expected


def test_the_table_counts_by_the_numbers_of_the_model() -> None:
    found = Lawfulness(
        scope=SCOPE,
        year=2026,
        overruns=(
            Overrun(
                unit=("P1",),
                budget_cents=100_00,
                expenses_cents=130_00,
                above_cents=30_00,
                in_time_cents=10_00,
                accepted_cents=5_00,
            ),
        ),
        reserves=(
            ReserveMovement(name="toevoeging aan reserves", decided_cents=1, moved_cents=2_01),
        ),
    )
    assert write_csv(lawfulness.as_table(found)).decode().splitlines() == [
        ";".join(column.name for column in lawfulness.as_table(found).columns),
        "1A;P1;100,00;130,00;30,00;10,00;20,00;5,00;25,00",
        "2;toevoeging aan reserves;0,01;2,01;2,00;0,00;2,00;0,00;2,00",
        "1A;totaal lasten boven de begroting;;;30,00;;;;",
        "1B;totaal investeringen (niet in deze boeken);;;0,00;;;;",
        "2;totaal reserves zonder besluit;;;2,00;;;;",
        "3;totaal niet tijdig gemeld;;;22,00;;;;",
        "4;totaal waarvan acceptabel;;;5,00;;;;",
    ]


def on_account(code: str, fund: str, cents: int, **named: str) -> Movement:
    account = Account(
        gemeente="GM0344",
        book=Book.LASTEN,
        code=code,
        colour=fund,
        dimensions=dimensions(**named),
    )
    return Movement(account=account, opening_cents=0, closing_cents=cents)


def test_grants_are_told_per_indicator() -> None:
    lines = sisa.lines_of(
        [
            on_account("4530", "BUIG-2026", 500, taakveld="6.3"),
            on_account("4530", "BUIG-2026", 7, taakveld="6.3", indicator="G2/09"),
            on_account("4210", "BUIG-2026", 30, taakveld="6.751"),
            on_account("4530", "BUIG-2025", 999, taakveld="6.3"),
            on_account("4620", "SPUK-2026", 40, taakveld="6.1"),
            on_account("8110", "SPUK-2026", -40, taakveld="6.1"),
            on_account("1300", "SPUK-2026", -60),
            on_account("1200", "SPUK-2026", -40),
            on_account("4210", "JW-2026", 999, taakveld="6.751"),
        ],
        year=2026,
    )
    assert {
        (each.code, each.indicator, each.fund, each.taakveld): (
            each.spent_cents,
            each.revenue_cents,
            each.unspent_cents,
        )
        for each in lines
    } == {
        ("G2", "G2/01", "BUIG-2026", "6.3"): (500, 0, 0),
        ("G2", "G2/09", "BUIG-2026", "6.3"): (7, 0, 0),
        ("G2", "", "BUIG-2026", "6.751"): (30, 0, 0),
        ("", "", "SPUK-2026", ""): (0, 0, 60),
        ("", "", "SPUK-2026", "6.1"): (40, 40, 0),
    }


def payable(cents: int, *, draw: int | None = None, document: str = "F1") -> Payable:
    return Payable(
        provider="aanbieder" if draw else "",
        document=document,
        draw=UUID(int=draw) if draw else None,
        fund="JW-2026",
        amount_cents=cents,
        since=DAY,
        performance_from=None,
        performance_until=None,
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([payable(100, draw=1)], [(1, 100)]),
        ([payable(-100), payable(100, draw=1)], []),
        ([payable(-60), payable(100, draw=1)], [(1, 40)]),
        ([payable(-150), payable(100, draw=1), payable(80, draw=2)], [(2, 30)]),
        ([payable(-150), payable(100, draw=1)], [(None, -50)]),
        ([payable(-60, document="F2"), payable(100, draw=1)], [(1, 100), (None, -60)]),
        ([payable(-20, draw=3), payable(100, draw=1)], [(3, -20), (1, 100)]),
        ([payable(-60), payable(40), payable(100, draw=1)], [(1, 80)]),
    ],
)
def test_what_was_paid_has_not_to_be_paid_again(
    found: list[Payable], expected: list[tuple[int | None, int]]
) -> None:
    left = payments.unpaid(found)
    assert [(each.draw and each.draw.int, each.amount_cents) for each in left] == expected
    assert sum(each.amount_cents for each in left) == sum(each.amount_cents for each in found)


@pytest.mark.parametrize(
    ("budgeted", "moved", "by_closing", "above"),
    [
        (0, 100, 100, 0),
        (100, 100, 100, 0),
        (100, 150, 50, 0),
        (100, 160, 50, 10),
        (0, 100, 0, 100),
        (100, 0, 0, 0),
    ],
)
def test_the_budget_stands_behind_what_no_closing_moved_of_reserves(
    budgeted: int, moved: int, by_closing: int, above: int
) -> None:
    found = lawfulness.reserve_movement(
        "toevoeging", budgeted_cents=budgeted, moved_cents=moved, by_closing_cents=by_closing
    )
    assert (found.above_cents, found.decided_cents >= budgeted) == (above, True)


@pytest.mark.postgres
async def test_what_was_granted_at_once_is_paid_to_its_provider(
    engine: AsyncEngine, gemeente: str
) -> None:
    town = await example_town(engine, gemeente)
    budget = await town.open_budget(await town.register(), 18_000_00)
    person = await town.person(budget)
    (kept,) = await town.draw(draw(budget, person, cents=70_00, provider="tandarts"))
    (undone,) = await town.draw(draw(budget, person, cents=5_00, description="toch niet"))
    await town.reverse(undone.entries[0])
    async with db.transaction(engine, gemeente) as connection:
        found = await payments.payables(
            connection,
            gemeente=gemeente,
            on=date(2026, 12, 31),
            known_up_to=await balances.last_link(connection, gemeente=gemeente),
        )
    assert {(each.provider, each.draw) for each in found} == {("tandarts", kept.id)}
    assert sum(each.amount_cents for each in found) == 70_00
    assert {each.document for each in found} == {str(kept.id)}, "by which its payment is known"
    moves = [
        Move(
            debit=chart.creditors(gemeente, each.fund),
            credit=chart.payments(gemeente, each.fund),
            amount_cents=each.amount_cents,
        )
        for each in found
    ]

    async def pay(connection: AsyncConnection, instruction: Instruction) -> tuple[UUID, ...]:
        paid, accounts = entry_for_moves(
            moves,
            heading=Heading(
                id=instruction.new_id(),
                booking_date=DAY,
                kind="betaling",
                description="Betaald",
                document=str(kept.id),
            ),
        )
        await record(
            connection,
            instruction=instruction,
            results=[paid.id],
            entries=[paid],
            accounts=accounts,
        )
        return (paid.id,)

    await town.do(pay)
    async with db.transaction(engine, gemeente) as connection:
        left = await payments.payables(
            connection,
            gemeente=gemeente,
            on=date(2026, 12, 31),
            known_up_to=await balances.last_link(connection, gemeente=gemeente),
        )
    assert left == ()


@pytest.mark.postgres
async def test_a_document_stays_the_same_after_the_council_decided(
    engine: AsyncEngine, gemeente: str
) -> None:
    town = await example_town(engine, gemeente)
    await town.do(
        lambda connection, instruction: draft(
            connection,
            instruction=instruction,
            year=2026,
            description="Najaarswijziging",
            lines=[line(500_00), line(500_00, taakveld="0.10", side=Side.REVENUES)],
        )
    )

    async def document(number: int) -> bytes:
        async with db.transaction(engine, gemeente) as connection:
            (change,) = latest(
                await budget_changes(connection, gemeente=gemeente, known_up_to=number)
            )
            lines = await lines_with_old(
                connection, gemeente=gemeente, change=change, known_up_to=number
            )
        return budget_change.page(change, lines, gemeente=gemeente, known_up_to=number)

    async def last() -> tuple[int, UUID]:
        async with db.transaction(engine, gemeente) as connection:
            changes = await budget_changes(connection, gemeente=gemeente)
            return await balances.last_link(connection, gemeente=gemeente), changes[0].id

    number, change = await last()
    before = await document(number)
    await town.decide(SettingName.OPEN_ENDED, ["6.3"])
    await town.do(
        lambda connection, instruction: adopt(
            connection,
            instruction=instruction,
            change=change,
            number=1,
            decision="raadsbesluit 2",
            decided_on=DAY,
        )
    )
    assert await document(number) == before
    assert b"ontwerp, nog niet vastgesteld" in before
    later, _ = await last()
    after = await document(later)
    assert b"raadsbesluit 2" in after
    assert before.count("€ 1.000.000,00".encode()) == after.count("€ 1.000.000,00".encode()) == 1
    async with db.transaction(engine, gemeente) as connection:
        for asked, expected in ((number, ()), (later, ("6.3",))):
            known = await settings_known(connection, gemeente=gemeente, day=DAY, known_up_to=asked)
            assert known.open_ended == expected


def drafting(year: int, cents: int) -> Operation:
    return lambda connection, instruction: draft(
        connection,
        instruction=instruction,
        year=year,
        description=f"Wijziging {year}",
        lines=[line(cents)],
    )


@pytest.mark.postgres
async def test_only_a_draft_of_the_year_itself_was_told_in_time(
    engine: AsyncEngine, gemeente: str
) -> None:
    town = await example_town(engine, gemeente)
    budget = await town.open_budget(await town.register(), 18_000_00)
    await town.draw(draw(budget, await town.person(budget), cents=2_000_000_00))
    await town.authorise({"RES": 10_000}, year=2027)
    await town.do(drafting(2027, 90_000_00))
    await town.do(drafting(2026, 30_000_00))
    async with db.transaction(engine, gemeente) as connection:
        found = await lawfulness.lawfulness(
            connection,
            gemeente=gemeente,
            year=2026,
            on=date(2026, 12, 31),
            known_up_to=await balances.last_link(connection, gemeente=gemeente),
        )
    (overrun,) = found.overruns
    assert (overrun.above_cents, overrun.in_time_cents) == (100_000_00, 30_000_00)
    assert overrun.late_cents == 70_000_00


class Tags(HTMLParser):
    """Remember the tags that are open, and refuse to close another."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


def test_the_document_is_whole_and_runs_nothing() -> None:
    change = BudgetChange(
        id=UUID(int=1),
        version_id=UUID(int=2),
        number=1,
        year=2026,
        description="<script>alert(1)</script>",
        recorded_at=datetime(2026, 6, 1, tzinfo=UTC),
        actor="medewerker",
        lines=(line(1_250_00, programme="<b>P1"),),
        adoption=None,
    )
    written = budget_change.page(
        change,
        [ShownLine(line=each, old_cents=0) for each in change.lines],
        gemeente="GM0344",
        known_up_to=3,
    ).decode()
    tags = Tags()
    tags.feed(written)
    assert tags.open == []
    assert {tag for tag, _ in tags.seen}.isdisjoint({"script", "style", "b"})
    assert not any("style" in attributes for _, attributes in tags.seen)
    assert "€ +1.250,00" in written


def test_the_style_prints_on_paper() -> None:
    assert b"@media print" in budget_change.style()
