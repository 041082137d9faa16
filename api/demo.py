"""A demo municipality: real budget figures of CBS, and invented districts' shares and families.

Everything that is not a figure of CBS is invented here and told as an assumption. Each step has an
idempotency key of its own, so a second run does nothing twice and a broken run is finished.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db, demo_messages
from api.clock import Clock
from api.demo_benefits import Steps, load_benefits
from api.demo_council import load_change
from api.invented import FAMILIES, HELP, TYPES, YEAR, InventedFamily, InventedHelp
from domains import chart
from domains.audit import operations as audit
from domains.audit.model import Line
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
from domains.events.model import Upcoming
from domains.events.queries import events_in
from domains.events.rules import months_later
from domains.events.running import upcoming
from domains.families import operations as families
from domains.families.model import FamilyBudget
from domains.families.queries import family_budgets
from domains.family_budgets.operations import open_family_budget
from domains.instruction import Actor, AlreadyAnsweredError, Instruction
from domains.municipalities.names import Municipality
from domains.payers.model import PayerItem
from domains.payers.queries import payer_items
from domains.persons.vault import Vault
from domains.pooling import operations as pooling
from domains.pooling.model import FundAmount
from domains.pooling.rules import POOLED, split_by_key
from domains.readers.cbs_districts import one_district
from domains.readers.model import BudgetFile, District
from domains.readers.registry import read_budget, read_districts
from domains.reservations.delivering import deliver
from domains.reservations.model import NewDelivery, Reservation
from domains.reservations.queries import reservations
from domains.rule_base.queries import rule_base
from ledger import balances, books
from ledger.entries import fingerprint
from ledger.reading import rows

CLIENT: Final = "demo"

_FIRST_DAY: Final = date(YEAR, 1, 1)
_TODAY: Final = date(YEAR, 1, 2)
_LAST_DAY: Final = date(YEAR, 12, 31)
_BUDGET_FILE: Final = "iv3_begroting_2025.csv"
_DISTRICT_FILES: Final[Mapping[str, tuple[str, Key]]] = {
    "GM0233": ("buurten_ermelo_2021.csv", Key.INHABITANTS),
    "GM0363": ("wijken_amsterdam_2019.csv", Key.HOUSEHOLDS),
}
_RESERVE_PERCENT: Final = 5
_DISTRICTS_WITH_HISTORIES: Final = 3
_DISTRICT_PERCENT: Final = 60
_CHANGE_PERCENT: Final = 5

ASSUMPTIONS: Final = (
    (
        f"wijken: samen {_DISTRICT_PERCENT} % van elk te bundelen middel, verdeeld naar inwoners of"
        " huishoudens (aanname voor de demo)"
    ),
    f"complexe gezinnen: {_RESERVE_PERCENT} % van JW apart gezet (aanname voor de demo)",
    f"de demo speelt in {YEAR}: begroting, gezinsbudgetten en hulp zijn van dat jaar",
    "gezinnen, bedragen, aanbieders en de nieuwbouwwijk zijn verzonnen; niemand bestaat echt",
    (
        "kostenhistorie 2023-2025 van 300 gezinnen: gesimuleerd, elke keer dezelfde; wie hulp kreeg"
        " is geloot"
    ),
    "Diemen (GM0384) heeft één gezin, met de toewijzingen van de voorbeeldberichten van iJw 3.2",
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
    reservations: tuple[Reservation, ...]
    """Those with something left to deliver."""
    payer_items: tuple[PayerItem, ...]
    """Those that still need somebody who pays."""
    transitions: tuple[Upcoming, ...]
    """Events of the year that touch help."""
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
        found = await self.load_budget()
        await self.load_histories(found)
        return await self.load_help(found)

    async def load_budget(self) -> tuple[District, ...]:
        """Book the budget and what the districts get of it; gives the districts.

        :raises domains.readers.refusals.NoFigures: CBS gives no figures for this municipality.
        """
        file = self._budget_file()
        self._progress(f"Begroting {YEAR} van {self._municipality.name}")
        # To the end of this year: who says yes to help that waits in the demo, books it today.
        await self._open(_FIRST_DAY, date(max(self._clock.today().year, YEAR) + 1, 1, 1))
        await self._import_budget(file)
        self._progress("Wijken en wijkbudgetten")
        found = await self._import_districts()
        await self._set_reserve()
        await self._fill_districts(found)
        await self._set_family_types()
        await self._change_budget()
        return found

    async def load_histories(self, found: Sequence[District]) -> None:
        """Book three years of costs, and what help saved in them.

        Before help is asked for, because a plan is laid down before there is anything to see.
        """
        self._progress("Kostenhistorie van drie jaar, en wat hulp elders bespaarde")
        await load_benefits(
            self._steps(),
            districts=self._largest(found)[:_DISTRICTS_WITH_HISTORIES],
            booking_date=_LAST_DAY,
        )

    async def load_messages(self, vault: Vault) -> None:
        """Lay down what the sample messages of iJw are about, in the year of those samples."""
        self._progress(f"Toewijzingen in {self._municipality.name} voor de voorbeeldberichten")
        today = max(self._clock.today(), date(demo_messages.YEAR, 1, 1))
        await self._open(date(demo_messages.YEAR, 1, 1), date(today.year + 1, 1, 1))
        await demo_messages.load_messages(
            replace(
                self._steps(),
                instruction=lambda step: replace(
                    self._instruction(step), today=date(demo_messages.YEAR, 1, 2)
                ),
            ),
            vault=vault,
            municipality=self._municipality,
        )

    async def load_help(self, found: Sequence[District]) -> Summary:
        """Book the families and the help that they ask for; tells what there is."""
        self._progress("Gezinnen en trekkingen")
        by_name = await self._open_families(found)
        for help_asked in HELP:
            await self._draw(help_asked, by_name[help_asked.family])
        return await self._summary()

    def _steps(self) -> Steps:
        return Steps(
            engine=self._engine,
            gemeente=self._gemeente,
            today=self._clock.today(),
            instruction=self._instruction,
            once=self._once,
        )

    def _budget_file(self) -> BudgetFile:
        return read_budget(
            content_of(_BUDGET_FILE),
            file_name=_BUDGET_FILE,
            municipality=self._gemeente,
            year=YEAR,
            unit=None,
        )

    def _instruction(self, step: str, *, role: str = "budgethouder") -> Instruction:
        """Give each step a key of its own, and a `today` in the demo's year."""
        return Instruction(
            actor=Actor(
                subject=CLIENT,
                client=CLIENT,
                gemeente=self._gemeente,
                roles=frozenset({"beheerder", role}),
            ),
            key=f"demo-{step}",
            fingerprint=fingerprint(CLIENT, str(YEAR), step),
            at=self._clock.now(),
            today=_TODAY,
            new_id=self._clock.new_id,
            new_random_id=self._clock.new_random_id,
        )

    def _instruction_now(self, step: str, *, role: str = "budgethouder") -> Instruction:
        """Give a step the `today` of the clock: what is told of the demo's year lies behind it."""
        return replace(self._instruction(step, role=role), today=self._clock.today())

    async def _once(
        self, operation: Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]]
    ) -> tuple[UUID, ...]:
        async def told(connection: AsyncConnection) -> tuple[UUID, ...]:
            results = await operation(connection)
            await self._tell(connection)
            return results

        try:
            return await db.run(self._engine, self._gemeente, told)
        except AlreadyAnsweredError as earlier:
            return earlier.results

    async def _tell(self, connection: AsyncConnection) -> None:
        """Write in the audit log that the demo did something."""
        line = Line(
            logged_at=self._clock.now(),
            actor=CLIENT,
            client=CLIENT,
            action="ontschot demo",
            object="-",
            result="gedaan",
            origin="cli",
            trace_id=self._clock.new_random_id(),
        )
        await audit.write(connection, gemeente=self._gemeente, lines=[line])

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

    async def _open(self, from_date: date, until_date: date) -> None:
        async def operation(connection: AsyncConnection) -> None:
            known = await rows(
                connection,
                "SELECT 1 FROM ledger.period_change WHERE gemeente = %s AND from_date <= %s"
                " AND until_date > %s LIMIT 1",
                (self._gemeente, from_date, from_date),
            )
            if not known:
                await books.change_period(
                    connection,
                    gemeente=self._gemeente,
                    from_date=from_date,
                    until_date=until_date,
                    is_open=True,
                    actor=CLIENT,
                    reason=f"Boekjaar {from_date.year} van de demo geopend",
                    recorded_at=self._clock.now(),
                )
                await self._tell(connection)

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
                connection,
                instruction=self._instruction("wijken"),
                districts=(*found, _new_district(self._gemeente, found)),
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

    async def _change_budget(self) -> None:
        free_cents = (await self._free()).get(chart.fund("ARM", YEAR), 0)
        amount = _whole_euros(free_cents, _CHANGE_PERCENT)
        if amount:
            steps = replace(self._steps(), instruction=self._instruction_now)
            await load_change(steps, amount_cents=amount)

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

    def _largest(self, found: Sequence[District]) -> list[str]:
        """Give the codes of the districts, the largest first."""
        weights = key_weights(self._key(), found)
        return sorted(weights, key=lambda wijk: (-weights[wijk], wijk))

    async def _set_family_types(self) -> None:
        await self._once(
            lambda connection: families.set_family_types(
                connection,
                instruction=self._instruction("gezinstypen"),
                family_types=TYPES,
                from_date=_FIRST_DAY,
            )
        )

    async def _open_families(self, found: Sequence[District]) -> dict[str, FamilyBudget]:
        """Register the families in the largest districts and open their budgets."""
        largest = self._largest(found)
        by_name: dict[str, UUID] = {}
        for number, family in enumerate(FAMILIES):
            wijk = largest[number % len(largest)]
            if family.in_new_district:
                wijk = _new_district(self._gemeente, found).code
            by_name[family.name] = await self._open_family(family, wijk)
        async with db.transaction(self._engine, self._gemeente) as connection:
            opened = await family_budgets(
                connection, gemeente=self._gemeente, ids=list(by_name.values())
            )
        by_id = {budget.id: budget for budget in opened}
        return {name: by_id[budget_id] for name, budget_id in by_name.items()}

    async def _open_family(self, family: InventedFamily, wijk: str) -> UUID:
        (family_id,) = await self._once(
            lambda connection: families.register_family(
                connection,
                instruction=self._instruction(family.name),
                wijk=wijk,
                family_type=family.family_type,
                team=f"wijkteam {wijk}",
                is_complex=family.is_complex,
                birth_dates=self._birth_dates(family),
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

    def _birth_dates(self, family: InventedFamily) -> tuple[date, ...]:
        """Give the birth dates from old to young."""
        if not family.has_youngster:
            return family.birth_dates
        return (*family.birth_dates, months_later(self._clock.today(), 6 - 18 * 12))

    async def _draw(self, asked: InventedHelp, budget: FamilyBudget) -> None:
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
            payment=asked.payment,
            asked_lines=asked.lines,
        )
        # Asked now, so that nobody was too late before the demo was loaded.
        instruction = self._instruction_now(f"trekking-{asked.name}", role=asked.role)
        (draw_id,) = await self._once(
            lambda connection: request_draws(
                connection,
                instruction=instruction,
                draws=[request],
                booking_date=asked.from_date,
            )
        )
        if asked.delivered_until is not None:
            await self._deliver(asked, draw_id, until_date=asked.delivered_until)

    async def _deliver(self, asked: InventedHelp, draw_id: UUID, *, until_date: date) -> None:
        delivery = NewDelivery(
            draw=draw_id,
            line=1 if asked.lines else 0,
            from_date=asked.from_date,
            until_date=until_date,
            amount_cents=asked.delivered_cents,
            volume_e4=asked.delivered_e4,
        )
        await self._once(
            lambda connection: deliver(
                connection,
                instruction=self._instruction_now(f"levering-{asked.name}"),
                deliveries=[delivery],
                booking_date=until_date,
            )
        )

    async def _summary(self) -> Summary:
        gemeente = self._gemeente
        async with db.transaction(self._engine, gemeente) as connection:
            events = await events_in(
                connection, gemeente=gemeente, from_date=_TODAY, until_date=date(YEAR + 1, 1, 1)
            )
            transitions = await upcoming(
                connection,
                gemeente=gemeente,
                events=events,
                rules=await rule_base(connection, gemeente=gemeente),
            )
            return Summary(
                municipality=self._municipality,
                year=YEAR,
                funds=await standings(
                    connection,
                    gemeente=gemeente,
                    on=date(YEAR, 12, 31),
                    known_up_to=await balances.last_link(connection, gemeente=gemeente),
                ),
                districts=await districts(connection, gemeente=gemeente),
                families=await family_budgets(connection, gemeente=gemeente),
                draws=await draws(connection, gemeente=gemeente),
                reservations=tuple(
                    each
                    for each in await reservations(connection, gemeente=gemeente)
                    if each.reserved_cents
                ),
                payer_items=tuple(
                    each
                    for each in await payer_items(connection, gemeente=gemeente)
                    if each.unsettled_cents
                ),
                transitions=tuple(each for each in transitions if each.draws),
                assumptions=(*assumptions(DEFAULT_MAPPING), *ASSUMPTIONS),
            )


def _new_district(gemeente: str, known: Sequence[District]) -> District:
    """Invent a district with a code that no other has, and that gets no money."""
    codes = {each.code for each in known}
    code = next(
        code for code in (f"WK{gemeente[2:]}{n:02}" for n in range(99, 0, -1)) if code not in codes
    )
    return District(
        code=code,
        name="Nieuwbouwwijk (verzonnen, nog zonder wijkbudget)",
        inhabitants=None,
        households=None,
    )


def _whole_euros(cents: int, percent: int) -> int:
    """Give a percentage of an amount, rounded down to whole euros."""
    return max(0, cents * percent // 10_000 * 100)
