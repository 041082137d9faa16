"""A municipality with open books, and short ways to ask something of it and to read its books."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.clock import SystemClock, calendar_day
from domains import chart, checks
from domains.budgets.queries import FundStanding, standings
from domains.districts.operations import import_districts
from domains.draws import operations as draws_operations
from domains.draws import queries as draws_queries
from domains.draws.model import DrawRequest, Judgement, Payment, StandingPart
from domains.families import operations as families_operations
from domains.families import queries as families_queries
from domains.families.model import FamilyBudget, FamilyType
from domains.family_budgets import operations as family_budgets
from domains.instruction import Actor, AlreadyAnsweredError, Instruction
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.readers.model import District
from domains.settings.model import SettingName
from domains.settings.operations import decide_setting
from ledger import balances, books
from ledger.accounts import Book
from ledger.balances import AccountBalance, EntryLine, JournalEntry
from ledger.checker import check
from ledger.entries import fingerprint
from ledger.money import show
from ledger.reading import rows

Operation: TypeAlias = Callable[[AsyncConnection, Instruction], Awaitable[tuple[UUID, ...]]]

NOW: Final = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
YEAR: Final = 2026
DAY: Final = date(2026, 1, 2)
LAST_DAY: Final = date(2026, 12, 31)
STANDARD: Final = FamilyType(
    code="standaard",
    name="Gezin",
    min_cents=5_000_00,
    norm_cents=18_000_00,
    max_cents=30_000_00,
)
PARENT: Final = date(1982, 3, 3)
YOUNGSTER: Final = date(2008, 5, 15)

TAAKVELDEN: Final = {
    "JW": "6.751",
    "GGZ": "6.751",
    "WMO": "6.712",
    "SHV": "6.3",
    "ARM": "6.3",
    "TOE": "6.1",
    "RES": "6.1",
    "BWMO": "6.811",
}
EXAMPLE_BUDGET: Final = {"JW": 1_000_000, "WMO": 400_000, "SHV": 200_000, "ARM": 300_000}
EXAMPLE_DISTRICT: Final = {"JW": 200_000, "WMO": 50_000, "SHV": 30_000, "ARM": 40_000}


class Town:
    """A municipality of one test: asks operations in its name and reads its books."""

    def __init__(self, engine: AsyncEngine, gemeente: str) -> None:
        self.engine = engine
        self.gemeente = gemeente
        self.wijk = f"WK{gemeente[2:]}01"
        self._numbers = count(1)
        self._clock = SystemClock()

    def instruction(
        self,
        key: str | None = None,
        *,
        content: str = "",
        client: str = "proef",
        subject: str = "medewerker",
        role: str = "budgethouder",
        today: date | None = None,
    ) -> Instruction:
        """Make an instruction; without a key one that nobody used."""
        chosen = key or f"sleutel-{next(self._numbers)}"
        return Instruction(
            actor=Actor(
                subject=subject,
                client=client,
                gemeente=self.gemeente,
                roles=frozenset({"financieel", role}),
            ),
            key=chosen,
            fingerprint=fingerprint(chosen, content),
            at=NOW,
            today=today or calendar_day(NOW),
            new_id=self._clock.new_id,
            new_random_id=self._clock.new_random_id,
        )

    async def do(
        self, operation: Operation, key: str | None = None, **said: Any
    ) -> tuple[UUID, ...]:
        """Run an operation as a client would: an answer given before is the answer."""
        instruction = self.instruction(key, **said)
        try:
            return await db.run(
                self.engine, self.gemeente, lambda connection: operation(connection, instruction)
            )
        except AlreadyAnsweredError as earlier:
            return earlier.results

    async def open_year(self, year: int = YEAR) -> None:
        """Open the booking days of a year."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            await books.change_period(
                connection,
                gemeente=self.gemeente,
                from_date=date(year, 1, 1),
                until_date=date(year + 1, 1, 1),
                is_open=True,
                actor="medewerker",
                reason="boekjaar",
                recorded_at=NOW,
            )

    async def widen_mandates(self) -> None:
        """Let a budget holder grant whatever is asked, as most tests are not about mandates."""
        wide = {"per_draw_cents": 10**12, "per_family_year_cents": 10**13}
        await self.decide(
            SettingName.MANDATES, {"wijkteam": wide, "teamleider": wide, "budgethouder": wide}
        )

    async def authorise(self, euros: Mapping[str, int], *, year: int = YEAR) -> tuple[UUID, ...]:
        """Book a council budget of one programme, in whole euros per source."""
        return await self.do(
            lambda connection, instruction: pooling.book_council_budget(
                connection,
                instruction=instruction,
                year=year,
                lines=council_lines(euros),
                decision="raadsbesluit 1",
                booking_date=DAY,
            )
        )

    async def add_districts(self, *codes: str) -> None:
        """Make districts known, by their code."""
        await self.do(
            lambda connection, instruction: import_districts(
                connection,
                instruction=instruction,
                districts=[
                    District(code=code, name=code, inhabitants=100, households=40) for code in codes
                ],
            )
        )

    async def fill(
        self, euros: Mapping[str, int], *, wijk: str | None = None, year: int = YEAR
    ) -> tuple[UUID, ...]:
        """Fill a district budget, in whole euros per source."""
        return await self.do(
            lambda connection, instruction: pooling.fill_districts(
                connection,
                instruction=instruction,
                amounts={wijk or self.wijk: fund_amounts(euros, year=year)},
                booking_date=DAY,
                explanation="Wijkbudget",
            )
        )

    async def reserve(self, euros: Mapping[str, int]) -> tuple[UUID, ...]:
        """Set money apart for the most complex families, in whole euros per source."""
        return await self.do(
            lambda connection, instruction: pooling.set_complex_reserve(
                connection,
                instruction=instruction,
                amounts=fund_amounts(euros),
                booking_date=DAY,
            )
        )

    async def add_family_types(self, *family_types: FamilyType, from_date: date = DAY) -> None:
        """Make family types known, and let their families be granted whatever is asked."""
        await self.widen_mandates()
        await self.do(
            lambda connection, instruction: families_operations.set_family_types(
                connection,
                instruction=instruction,
                family_types=family_types or (STANDARD,),
                from_date=from_date,
            )
        )

    async def register(
        self,
        *birth_dates: date,
        wijk: str | None = None,
        is_complex: bool = False,
        from_date: date = DAY,
    ) -> UUID:
        """Register a family; of a parent and a youngster unless told."""
        (family,) = await self.do(
            lambda connection, instruction: families_operations.register_family(
                connection,
                instruction=instruction,
                wijk=wijk or self.wijk,
                family_type=STANDARD.code,
                team="wijkteam noord",
                is_complex=is_complex,
                birth_dates=birth_dates or (PARENT, YOUNGSTER),
                from_date=from_date,
            )
        )
        return family

    async def open_budget(
        self, family: UUID, cents: int | None = None, *, year: int = YEAR, reason: str = ""
    ) -> UUID:
        """Open a family's budget, with the norm of its type unless told."""
        budget, _ = await self.do(
            lambda connection, instruction: family_budgets.open_family_budget(
                connection,
                instruction=instruction,
                family=family,
                year=year,
                amount_cents=cents,
                reason=reason,
                booking_date=DAY,
            )
        )
        return budget

    async def approve(self, budget: UUID, *, subject: str = "collega") -> UUID:
        """Let a colleague approve what was proposed last for a family budget."""
        found = await self.budget(budget)
        await self.do(
            lambda connection, instruction: family_budgets.approve_proposal(
                connection,
                instruction=instruction,
                family_budget=budget,
                number=len(found.steps),
                booking_date=DAY,
            ),
            subject=subject,
        )
        return budget

    async def give_back(self, budget: UUID) -> tuple[UUID, ...]:
        """Return what a family budget has left to its district."""
        return await self.do(
            lambda connection, instruction: family_budgets.return_family_budget(
                connection, instruction=instruction, family_budget=budget, booking_date=DAY
            )
        )

    async def decide(self, name: SettingName, value: object) -> tuple[UUID, ...]:
        """Let a setting have a value from today on."""
        return await self.do(
            lambda connection, instruction: decide_setting(
                connection,
                instruction=instruction,
                name=name,
                value=value,
                decision="collegebesluit 1",
                valid_from=instruction.today,
            )
        )

    async def draw(
        self,
        *draws: DrawRequest,
        key: str | None = None,
        booking_date: date = DAY,
        **said: Any,
    ) -> tuple[draws_queries.Draw, ...]:
        """Ask a list of draws and give what came of each, in the order of the list."""
        ids = await self.do(
            lambda connection, instruction: draws_operations.request_draws(
                connection, instruction=instruction, draws=draws, booking_date=booking_date
            ),
            key,
            content=repr(draws),
            **said,
        )
        return await self.draws(*ids)

    async def draws(self, *ids: UUID) -> tuple[draws_queries.Draw, ...]:
        """Read draws as they stand now, in this order."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            found = await draws_queries.draws(connection, gemeente=self.gemeente, ids=ids)
        by_id = {each.id: each for each in found}
        return tuple(by_id[each] for each in ids)

    async def judge(
        self, *judgements: Judgement, key: str | None = None, **said: Any
    ) -> tuple[draws_queries.Draw, ...]:
        """Judge draws that wait, as somebody else than who asked."""
        ids = await self.do(
            lambda connection, instruction: draws_operations.judge_draws(
                connection, instruction=instruction, judgements=judgements, booking_date=DAY
            ),
            key,
            **{"subject": "beoordelaar", "content": repr(judgements), **said},
        )
        return await self.draws(*ids)

    async def escalate(self, *draws: UUID, today: date) -> tuple[UUID, ...]:
        """Let overdue draws go one level up."""
        return await self.do(
            lambda connection, instruction: draws_operations.escalate_draws(
                connection, instruction=instruction, draws=draws, booking_date=DAY
            ),
            today=today,
        )

    async def parts(self, draw: UUID) -> tuple[StandingPart, ...]:
        """Read the parts of a draw as the books have them."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            return await draws_queries.standing_parts(
                connection, gemeente=self.gemeente, draws=[draw]
            )

    async def reverse(self, entry: UUID, *, key: str | None = None) -> tuple[UUID, ...]:
        """Reverse an entry."""
        return await self.do(
            lambda connection, instruction: pooling.reverse(
                connection,
                instruction=instruction,
                entry=entry,
                booking_date=DAY,
                reason="Verkeerd geboekt",
            ),
            key,
        )

    async def budget(self, budget: UUID) -> FamilyBudget:
        """Read a family budget."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            return await families_queries.family_budget(
                connection, gemeente=self.gemeente, family_budget_id=budget
            )

    async def person(self, budget: UUID, birth_date: date = PARENT) -> UUID:
        """Name the member who was born on a day."""
        members = (await self.budget(budget)).family.members
        return next(member.person for member in members if member.birth_date == birth_date)

    async def standings(self, *, district: str | None = None) -> dict[str, FundStanding]:
        """Say per fund where its money is."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            found = await standings(
                connection,
                gemeente=self.gemeente,
                on=date(2029, 12, 31),
                known_up_to=await balances.last_link(connection, gemeente=self.gemeente),
                district=district,
            )
        return {each.fund: each for each in found}

    async def rooms(self, code: str = chart.DISTRICT) -> dict[str, str]:
        """Say what lies per fund on the accounts of one code, as a Dutch reader writes it."""
        found: dict[str, int] = {}
        for each in await self.balances(Book.BUDGET, code=code):
            fund = each.account.colour
            found[fund] = found.get(fund, 0) + each.balance_cents
        return {fund: show(cents) for fund, cents in sorted(found.items())}

    async def balances(self, book: Book, *, code: str | None = None) -> tuple[AccountBalance, ...]:
        """Give every account of a book with its balance."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            return await balances.trial_balance(
                connection,
                gemeente=self.gemeente,
                book=book,
                on=date(2029, 12, 31),
                known_up_to=await balances.last_link(connection, gemeente=self.gemeente),
                code=code,
            )

    async def entry(self, entry: UUID) -> JournalEntry:
        """Read one entry."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            (found,) = await balances.find_entries(
                connection, gemeente=self.gemeente, entries=[entry]
            )
        return found

    async def lines(self, entry: UUID) -> list[str]:
        """Read the lines of an entry as a finance officer writes them, sorted."""
        return sorted(written(line) for line in (await self.entry(entry)).lines)

    async def number_of_entries(self) -> int:
        """Count the entries in the books."""
        return await self.count("ledger.entry")

    async def count(self, table: str) -> int:
        """Count the rows of a table that this municipality sees."""
        return int((await self.ask(f"SELECT count(*) FROM {table}"))[0][0])

    async def ask(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """Run a read as the application."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            return [tuple(row) for row in await rows(connection, statement)]

    async def assert_sound(self) -> None:
        """Check books and decisions, and that each euro of each fund is in exactly one place."""
        async with db.transaction(self.engine, self.gemeente) as connection:
            report = await check(connection, gemeente=self.gemeente, progress=None)
            decisions = await checks.check(connection, gemeente=self.gemeente)
        assert report.findings == ()
        assert [each.message for each in decisions.findings] == [], "decisions"
        costs: dict[str, int] = {}
        for each in await self.balances(Book.LASTEN):
            if each.account.code.startswith("4") and each.account.code != chart.TO_RESERVE:
                fund = each.account.colour
                costs[fund] = costs.get(fund, 0) + each.balance_cents
        for fund, standing in (await self.standings()).items():
            assert standing.authorised_cents == (
                standing.free_cents
                + standing.complex_reserve_cents
                + standing.districts_cents
                + standing.families_cents
                + standing.reserved_cents
                + standing.spent_cents
                + standing.lapsed_cents
                + standing.carried_cents
                - standing.shortage_cents
            ), fund
            assert standing.spent_cents == costs.get(fund, 0), fund


async def example_town(engine: AsyncEngine, gemeente: str) -> Town:
    """Make the municipality of the worked example, up to and including its district budget."""
    town = Town(engine, gemeente)
    await town.open_year()
    await town.authorise(EXAMPLE_BUDGET)
    await town.reserve({"JW": 50_000})
    await town.add_districts(town.wijk)
    await town.fill(EXAMPLE_DISTRICT)
    await town.add_family_types()
    return town


def council_lines(euros: Mapping[str, int], *, programme: str = "P1") -> list[CouncilLine]:
    """Make council lines of one programme from whole euros per source."""
    return [
        CouncilLine(
            source=source,
            programme=programme,
            taakveld=TAAKVELDEN.get(source, "6.3"),
            amount_cents=amount * 100,
        )
        for source, amount in euros.items()
    ]


def fund_amounts(euros: Mapping[str, int], *, year: int = YEAR) -> list[FundAmount]:
    """Make amounts of funds from whole euros per source."""
    return [
        FundAmount(fund=chart.fund(source, year), amount_cents=amount * 100)
        for source, amount in euros.items()
    ]


def draw(
    budget: UUID,
    *persons: UUID,
    cents: int,
    kind: str = "maatwerk",
    days: tuple[date, date] = (date(2026, 3, 1), date(2026, 3, 2)),
    provider: str = "aanbieder",
    description: str = "wat nodig is",
    facts: tuple[tuple[str, bool | None], ...] = (),
    reason: str = "nodig",
    payment: Payment = Payment.AT_ONCE,
    urgent: bool = False,
) -> DrawRequest:
    """Make a request for help; tailor-made help on one day in March unless told."""
    return DrawRequest(
        family_budget=budget,
        persons=persons,
        kind=kind,
        from_date=days[0],
        until_date=days[1],
        amount_cents=cents,
        provider=provider,
        description=description,
        facts=facts,
        reason=reason,
        payment=payment,
        urgent=urgent,
    )


def written(line: EntryLine) -> str:
    """Write a line: account, fund, dimensions apart from pseudonyms, debit or credit, amount."""
    account = line.account
    told = [
        value for name, value in account.dimensions if name not in {"gezin", "verplichting", "wijk"}
    ]
    side = "debet" if line.amount_cents > 0 else "credit"
    parts = [account.code, account.colour, *told, line.basis, side, show(abs(line.amount_cents))]
    return " ".join(part for part in parts if part)
