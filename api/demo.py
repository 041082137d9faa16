"""A demo municipality: real budget figures of CBS, and invented districts' shares and families.

Everything that is not a figure of CBS is invented here and told as an assumption. Each step has an
idempotency key of its own, so a second run does nothing twice and a broken run is finished.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.clock import Clock
from domains import chart
from domains.budgets import operations as budgets
from domains.budgets.mapping import DEFAULT_MAPPING, assumptions
from domains.budgets.queries import FundStanding, standings
from domains.data.files import content_of
from domains.districts import operations as district_operations
from domains.districts.queries import districts
from domains.districts.rules import Key, key_weights
from domains.draws.model import DrawRequest
from domains.draws.operations import request_draws
from domains.draws.queries import Draw, draws
from domains.families import operations as families
from domains.families.model import FamilyBudget, FamilyType
from domains.families.queries import family_budgets
from domains.family_budgets.operations import open_family_budget
from domains.instruction import Actor, AlreadyAnsweredError, Instruction
from domains.municipalities.names import Municipality
from domains.pooling import operations as pooling
from domains.pooling.model import FundAmount
from domains.pooling.rules import POOLED, split_by_key
from domains.readers.cbs_districts import one_district
from domains.readers.model import BudgetFile, District
from domains.readers.registry import read_budget, read_districts
from ledger import balances, books
from ledger.entries import fingerprint
from ledger.reading import rows

YEAR: Final = 2025
"""The year of the budget figures that travel with the program."""

CLIENT: Final = "demo"

_FIRST_DAY: Final = date(YEAR, 1, 1)
_TODAY: Final = date(YEAR, 1, 2)
_BUDGET_FILE: Final = "iv3_begroting_2025.csv"
_DISTRICT_FILES: Final[Mapping[str, tuple[str, Key]]] = {
    "GM0233": ("buurten_ermelo_2021.csv", Key.INHABITANTS),
    "GM0363": ("wijken_amsterdam_2019.csv", Key.HOUSEHOLDS),
}
_RESERVE_PERCENT: Final = 5
_DISTRICT_PERCENT: Final = 60

_TYPES: Final = (
    FamilyType(
        code="standaard",
        name="Gezin met vragen op meer levensgebieden",
        min_cents=500_000,
        norm_cents=1_800_000,
        max_cents=3_000_000,
    ),
    FamilyType(
        code="complex",
        name="Gezin met de meest complexe vragen",
        min_cents=1_500_000,
        norm_cents=3_500_000,
        max_cents=6_000_000,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """An invented family: birth dates from old to young."""

    name: str
    family_type: str
    is_complex: bool
    birth_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Help:
    """Invented help for a member of one of the families."""

    name: str
    family: str
    member: int
    """Place in the family by age, the oldest first."""
    kind: str
    from_date: date
    until_date: date
    amount_cents: int
    provider: str
    description: str
    facts: tuple[tuple[str, bool | None], ...] = ()


_FAMILIES: Final = (
    _Family(
        name="gezin-1",
        family_type="standaard",
        is_complex=False,
        birth_dates=(date(1982, 3, 9), date(2007, 5, 15)),
    ),
    _Family(
        name="gezin-2",
        family_type="standaard",
        is_complex=False,
        birth_dates=(date(1988, 1, 30), date(1990, 11, 20), date(2016, 2, 1), date(2019, 8, 8)),
    ),
    _Family(
        name="gezin-3",
        family_type="complex",
        is_complex=True,
        birth_dates=(date(1979, 6, 2), date(2009, 9, 30), date(2012, 12, 12)),
    ),
)

_NO_OTHER: Final = ("voorliggende-voorziening-tijdig", False)

_HELP: Final = (
    _Help(
        name="achterstand",
        family="gezin-1",
        member=0,
        kind="betalingsachterstand-in-schuldtraject",
        from_date=date(YEAR, 3, 1),
        until_date=date(YEAR, 3, 2),
        amount_cents=125_000,
        provider="Woningcorporatie (fictief)",
        description="Huurachterstand, zodat het gezin niet op straat komt",
    ),
    _Help(
        name="achttien",
        family="gezin-1",
        member=1,
        kind="begeleiding-bij-beperking",
        from_date=date(YEAR, 4, 1),
        until_date=date(YEAR, 7, 1),
        amount_cents=273_000,
        provider="Zorgaanbieder A (fictief)",
        description="Begeleiding die doorloopt na de achttiende verjaardag",
        facts=(("beperking", True), ("wlz-recht", False)),
    ),
    _Help(
        name="inrichting",
        family="gezin-1",
        member=0,
        kind="maatwerk",
        from_date=date(YEAR, 5, 1),
        until_date=date(YEAR, 5, 2),
        amount_cents=350_000,
        provider="Woningcorporatie (fictief)",
        description="Inrichting en eerste huur",
        facts=(_NO_OTHER,),
    ),
    _Help(
        name="jeugdhulp",
        family="gezin-2",
        member=2,
        kind="jeugdhulp-ambulant",
        from_date=date(YEAR, 2, 1),
        until_date=date(YEAR, 8, 1),
        amount_cents=640_000,
        provider="Zorgaanbieder B (fictief)",
        description="Ambulante jeugdhulp",
        facts=(("beschikking-of-verwijzing", True),),
    ),
    _Help(
        name="kindpakket",
        family="gezin-2",
        member=3,
        kind="kindpakket",
        from_date=date(YEAR, 9, 1),
        until_date=date(YEAR, 9, 2),
        amount_cents=30_000,
        provider="Stichting leergeld (fictief)",
        description="Zwemles en sportkleding",
        facts=(("laag-inkomen", True),),
    ),
    _Help(
        name="jeugd-ggz",
        family="gezin-3",
        member=1,
        kind="jeugd-ggz",
        from_date=date(YEAR, 1, 15),
        until_date=date(YEAR, 7, 1),
        amount_cents=1_450_000,
        provider="Zorgaanbieder C (fictief)",
        description="Behandeling in het gezin",
    ),
    _Help(
        name="woonplek",
        family="gezin-3",
        member=0,
        kind="maatwerk",
        from_date=date(YEAR, 6, 1),
        until_date=date(YEAR, 9, 1),
        amount_cents=1_200_000,
        provider="Zorgaanbieder D (fictief)",
        description="Tijdelijke woonplek en begeleiding",
        facts=(_NO_OTHER,),
    ),
)

ASSUMPTIONS: Final = (
    (
        f"wijken: samen {_DISTRICT_PERCENT} % van elk te bundelen middel, verdeeld naar inwoners of"
        " huishoudens (aanname voor de demo)"
    ),
    f"complexe gezinnen: {_RESERVE_PERCENT} % van JW apart gezet (aanname voor de demo)",
    "gezinnen, bedragen en aanbieders zijn verzonnen; niemand bestaat echt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the demo's books hold now."""

    municipality: Municipality
    year: int
    funds: tuple[FundStanding, ...]
    districts: tuple[District, ...]
    families: tuple[FamilyBudget, ...]
    draws: tuple[Draw, ...]
    assumptions: tuple[str, ...]


class Demo:
    """Loads the demo of one municipality; told what it does by `progress`."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        municipality: Municipality,
        progress: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._municipality = municipality
        self._gemeente = municipality.code
        self._progress = progress

    async def load(self) -> Summary:
        """Book everything that was not booked yet, and tell what there is.

        :raises domains.readers.refusals.NoFigures: CBS gives no figures for this municipality.
        """
        file = self._budget_file()
        self._progress(f"Begroting {YEAR} van {self._municipality.name}")
        await self._open_year()
        await self._import_budget(file)
        self._progress("Wijken en wijkbudgetten")
        found = await self._import_districts()
        await self._set_reserve()
        await self._fill_districts(found)
        self._progress("Gezinnen en trekkingen")
        by_name = await self._open_families(found)
        for help_asked in _HELP:
            await self._draw(help_asked, by_name[help_asked.family])
        return await self._summary()

    def _budget_file(self) -> BudgetFile:
        return read_budget(
            content_of(_BUDGET_FILE),
            file_name=_BUDGET_FILE,
            municipality=self._gemeente,
            year=YEAR,
            unit=None,
        )

    def _instruction(self, step: str) -> Instruction:
        """Give each step a key of its own; `today` lies in the demo's year."""
        return Instruction(
            actor=Actor(
                subject=CLIENT,
                client=CLIENT,
                gemeente=self._gemeente,
                roles=frozenset({"beheerder", "budgethouder"}),
            ),
            key=f"demo-{step}",
            fingerprint=fingerprint(CLIENT, str(YEAR), step),
            at=self._clock.now(),
            today=_TODAY,
            new_id=self._clock.new_id,
            new_random_id=self._clock.new_random_id,
        )

    async def _once(
        self, operation: Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]]
    ) -> tuple[UUID, ...]:
        try:
            return await db.run(self._engine, self._gemeente, operation)
        except AlreadyAnsweredError as earlier:
            return earlier.results

    async def would_mix(self) -> bool:
        """Tell whether somebody else keeps books of this municipality here."""
        async with db.transaction(self._engine, self._gemeente) as connection:
            found = await rows(
                connection,
                "SELECT coalesce(bool_and(client <> %s), false) FROM ledger.request"
                " WHERE gemeente = %s",
                (CLIENT, self._gemeente),
            )
        return bool(found[0][0])

    async def _open_year(self) -> None:
        async def operation(connection: AsyncConnection) -> None:
            known = await rows(
                connection,
                "SELECT 1 FROM ledger.period_change WHERE gemeente = %s AND from_date <= %s"
                " AND until_date > %s LIMIT 1",
                (self._gemeente, _FIRST_DAY, _FIRST_DAY),
            )
            if not known:
                await books.change_period(
                    connection,
                    gemeente=self._gemeente,
                    from_date=_FIRST_DAY,
                    until_date=date(YEAR + 1, 1, 1),
                    is_open=True,
                    actor=CLIENT,
                    reason=f"Boekjaar {YEAR} van de demo geopend",
                    recorded_at=self._clock.now(),
                )

        await db.run(self._engine, self._gemeente, operation)

    async def _import_budget(self, file: BudgetFile) -> None:
        await self._once(
            lambda connection: budgets.import_budget(
                connection,
                instruction=self._instruction("begroting"),
                file=file,
                file_name=_BUDGET_FILE,
                mapping=DEFAULT_MAPPING,
                booking_date=_FIRST_DAY,
            )
        )

    async def _import_districts(self) -> tuple[District, ...]:
        named = _DISTRICT_FILES.get(self._gemeente)
        found = (
            one_district(self._municipality)
            if named is None
            else read_districts(
                content_of(named[0]), file_name=named[0], municipality=self._gemeente
            )
        )
        await self._once(
            lambda connection: district_operations.import_districts(
                connection, instruction=self._instruction("wijken"), districts=found
            )
        )
        return found

    async def _free(self) -> dict[str, int]:
        """Read the free room of each fund that may be pooled."""
        async with db.transaction(self._engine, self._gemeente) as connection:
            found = await standings(
                connection,
                gemeente=self._gemeente,
                on=date(YEAR, 12, 31),
                known_up_to=await balances.last_link(connection, gemeente=self._gemeente),
            )
        return {
            standing.fund: standing.free_cents
            for standing in found
            if chart.source_of(standing.fund) in POOLED
        }

    async def _set_reserve(self) -> None:
        youth = chart.fund("JW", YEAR)
        amount = _whole_euros((await self._free()).get(youth, 0), _RESERVE_PERCENT)
        if amount:
            await self._once(
                lambda connection: pooling.set_complex_reserve(
                    connection,
                    instruction=self._instruction("complexe-gezinnen"),
                    amounts=[FundAmount(fund=youth, amount_cents=amount)],
                    booking_date=_FIRST_DAY,
                )
            )

    async def _fill_districts(self, found: Sequence[District]) -> None:
        weights = key_weights(self._key(), found)
        amounts: dict[str, list[FundAmount]] = {}
        for fund, free_cents in (await self._free()).items():
            whole = _whole_euros(free_cents, _DISTRICT_PERCENT)
            if whole:
                for wijk, cents in split_by_key(whole, weights).items():
                    amounts.setdefault(wijk, []).append(FundAmount(fund=fund, amount_cents=cents))
        await self._once(
            lambda connection: pooling.fill_districts(
                connection,
                instruction=self._instruction("wijkbudgetten"),
                amounts=amounts,
                booking_date=_FIRST_DAY,
                explanation=f"Wijkbudgetten naar {self._key()}",
            )
        )

    def _key(self) -> Key:
        named = _DISTRICT_FILES.get(self._gemeente)
        return Key.INHABITANTS if named is None else named[1]

    async def _open_families(self, found: Sequence[District]) -> dict[str, FamilyBudget]:
        """Register the families in the largest districts and open their budgets."""
        await self._once(
            lambda connection: families.set_family_types(
                connection,
                instruction=self._instruction("gezinstypen"),
                family_types=_TYPES,
                from_date=_FIRST_DAY,
            )
        )
        weights = key_weights(self._key(), found)
        largest = sorted(weights, key=lambda wijk: (-weights[wijk], wijk))
        by_name: dict[str, UUID] = {}
        for number, family in enumerate(_FAMILIES):
            by_name[family.name] = await self._open_family(family, largest[number % len(largest)])
        async with db.transaction(self._engine, self._gemeente) as connection:
            opened = await family_budgets(
                connection, gemeente=self._gemeente, ids=list(by_name.values())
            )
        by_id = {budget.id: budget for budget in opened}
        return {name: by_id[budget_id] for name, budget_id in by_name.items()}

    async def _open_family(self, family: _Family, wijk: str) -> UUID:
        (family_id,) = await self._once(
            lambda connection: families.register_family(
                connection,
                instruction=self._instruction(family.name),
                wijk=wijk,
                family_type=family.family_type,
                team=f"wijkteam {wijk}",
                is_complex=family.is_complex,
                birth_dates=family.birth_dates,
                from_date=_FIRST_DAY,
            )
        )
        budget_id, _ = await self._once(
            lambda connection: open_family_budget(
                connection,
                instruction=self._instruction(f"{family.name}-budget"),
                family=family_id,
                year=YEAR,
                amount_cents=None,
                reason="",
                booking_date=_TODAY,
            )
        )
        return budget_id

    async def _draw(self, asked: _Help, budget: FamilyBudget) -> None:
        members = sorted(budget.family.members, key=lambda member: member.birth_date)
        request = DrawRequest(
            family_budget=budget.id,
            persons=(members[asked.member].person,),
            kind=asked.kind,
            from_date=asked.from_date,
            until_date=asked.until_date,
            amount_cents=asked.amount_cents,
            provider=asked.provider,
            description=asked.description,
            facts=asked.facts,
            reason="demo",
        )
        await self._once(
            lambda connection: request_draws(
                connection,
                instruction=self._instruction(f"trekking-{asked.name}"),
                draws=[request],
                booking_date=asked.from_date,
            )
        )

    async def _summary(self) -> Summary:
        async with db.transaction(self._engine, self._gemeente) as connection:
            return Summary(
                municipality=self._municipality,
                year=YEAR,
                funds=await standings(
                    connection,
                    gemeente=self._gemeente,
                    on=date(YEAR, 12, 31),
                    known_up_to=await balances.last_link(connection, gemeente=self._gemeente),
                ),
                districts=await districts(connection, gemeente=self._gemeente),
                families=await family_budgets(connection, gemeente=self._gemeente),
                draws=await draws(connection, gemeente=self._gemeente),
                assumptions=(*assumptions(DEFAULT_MAPPING), *ASSUMPTIONS),
            )


def _whole_euros(cents: int, percent: int) -> int:
    """Give a percentage of an amount, rounded down to whole euros."""
    return max(0, cents * percent // 10_000 * 100)
