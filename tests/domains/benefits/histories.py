"""A simulated municipality written into real books, through the operations that people use."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import numpy as np

from api import db
from domains.analysis_plans.model import AnalysisPlan, Intervention, PlannedAnalysis
from domains.analysis_plans.operations import record_interventions, register_plan
from domains.analysis_plans.queries import analysis_plan
from domains.benefits.diagnostics import Assignment
from domains.benefits.histories import FrozenPanel, read_panel
from domains.benefits.panel import Floats
from domains.costs.model import CostFile, CostLine
from domains.costs.operations import import_costs
from domains.severity.model import Measurement
from domains.severity.operations import record_severities
from ledger.balances import last_link
from tests.benefits.simulator import MONTHS, Municipality
from tests.domains.families import acts
from tests.domains.support import DAY, NOW, PARENT, Town

FIRST: Final = date(2023, 1, 1)
SOURCES: Final[Mapping[str, str]] = {
    "schulden": "SHV",
    "jeugd": "JW",
    "ggz": "GGZ",
    "wmo": "WMO",
    "armoede": "ARM",
}
INTERVENTIONS: Final = (
    Intervention(code="A", name="Schuldhulp", kinds=("schuldhulpverlening",)),
    Intervention(code="B", name="Opvoedhulp", kinds=("opvoedhulp-ouder",)),
)
PLANNED: Final = PlannedAnalysis(
    title="Schuldhulp en opvoedhulp 2024-2025",
    interventions=("A", "B"),
    domains=("jeugd",),
    starts_from=date(2024, 1, 1),
    starts_until=date(2025, 7, 1),
    first_month=FIRST,
    until_month=date(2026, 1, 1),
    assignment=Assignment.STAGGERED,
    window_months=3,
    price_base=2025,
)
CHILD: Final = date(2015, 1, 1)
_FILES = iter(range(1, 1_000_000))


def month(number: int) -> date:
    """Give the first day of a month of the panel."""
    return date(FIRST.year + number // 12, number % 12 + 1, 1)


def cost(
    person: UUID,
    number: int,
    cents: int,
    *,
    source: str = "JW",
    kind: str = "",
    invoiced: int | None = None,
    document: str = "",
) -> CostLine:
    """Make a line of costs, invoiced in the month itself unless told."""
    return CostLine(
        line_number=0,
        person=person,
        month=month(number),
        source=source,
        kind=kind,
        amount_cents=cents,
        invoiced_on=month(number if invoiced is None else invoiced),
        document=document,
    )


def cost_file(*lines: CostLine, sha256: str = "") -> CostFile:
    """Make a file of lines, with a hash of its own unless told."""
    return CostFile(
        lines=tuple(replace(line, line_number=row) for row, line in enumerate(lines, 2)),
        sha256=sha256 or f"{next(_FILES):064x}",
    )


async def observe(town: Town, *lines: CostLine, at: datetime = NOW) -> UUID:
    """Import observed costs at a moment; gives the import."""
    file = cost_file(*lines)
    (found,) = await town.do(
        lambda connection, instruction: import_costs(
            connection,
            instruction=replace(instruction, at=at),
            file=file,
            file_name="kosten.csv",
            booking_date=DAY,
        )
    )
    return found


async def plan_for(town: Town, planned: PlannedAnalysis = PLANNED) -> AnalysisPlan:
    """Record the interventions and register a plan."""
    await town.do(
        lambda connection, instruction: record_interventions(
            connection, instruction=instruction, interventions=INTERVENTIONS
        )
    )
    (plan,) = await town.do(
        lambda connection, instruction: register_plan(
            connection, instruction=instruction, asked=planned
        )
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await analysis_plan(connection, gemeente=town.gemeente, plan_id=plan)


async def panel_of(town: Town, plan: AnalysisPlan, chain_number: int | None = None) -> FrozenPanel:
    """Read the panel of a plan, as the books stand now unless told."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        known = chain_number or await last_link(connection, gemeente=town.gemeente)
        return await read_panel(connection, gemeente=town.gemeente, plan=plan, chain_number=known)


async def settle_in(town: Town) -> None:
    """Make the district and the family type known that histories need."""
    await town.add_districts(town.wijk)
    await town.add_family_types()


async def live_here(town: Town, *births: date) -> tuple[UUID, tuple[UUID, ...]]:
    """Register a family from the first month on; a parent and a child unless told."""
    family = await town.register(*(births or (PARENT, CHILD)), from_date=FIRST)
    return family, await members_of(town, family)


async def members_of(town: Town, family: UUID) -> tuple[UUID, ...]:
    """Name the members of a family, the oldest first."""
    found = await town.ask(
        f"SELECT person_id FROM domains.member WHERE family_id = '{family}' ORDER BY birth_date"
    )
    return tuple(row[0] for row in found)


@dataclass(frozen=True, kw_only=True)
class Written:
    """Which family of the books is which one of the simulation."""

    families: tuple[UUID, ...]

    def places(self, panel: FrozenPanel) -> list[int]:
        """Give for each family of the simulation its place in a panel."""
        return [panel.families.index(each) for each in self.families]


async def write(town: Town, made: Municipality, *, seed: int) -> Written:
    """Write a simulated municipality into the books: families, severities, help and costs.

    Every cell is cut over the members and over invoices, some too high and credited later.
    """
    families: list[UUID] = []
    lines: list[CostLine] = []
    measured: list[Measurement] = []
    chance = np.random.default_rng(seed)
    panel = made.panel
    for place in range(len(panel.start)):
        births = children(panel.adult_share[place])
        family = await town.register(PARENT, *births, from_date=FIRST)
        persons = await members_of(town, family)
        families.append(family)
        gone = int(panel.present[place].sum())
        if gone < MONTHS:
            for person in persons:
                await acts.leave(town, family, person, month(gone))
        if panel.start[place] < MONTHS:
            lines += help_lines(made, place, persons[0])
        if np.isfinite(panel.severity[place]):
            measured.append(
                Measurement(
                    family=family,
                    measured_on=FIRST,
                    severity=Decimal(f"{np.exp(panel.severity[place]):.4f}"),
                )
            )
        for number, domain in np.argwhere(panel.cents[place]):
            cents = int(panel.cents[place, number, domain])
            source = SOURCES[panel.domains[domain]]
            lines += (
                cut(cents, int(number), source=source, persons=persons, chance=chance)
                if (panel.completeness == 1).all()
                else cut_late(
                    cents, int(number), panel.completeness, source=source, person=persons[0]
                )
            )
    await town.do(
        lambda connection, instruction: record_severities(
            connection, instruction=instruction, measurements=measured
        )
    )
    await observe(town, *lines)
    return Written(families=tuple(families))


def children(adult_share: Sequence[float]) -> list[date]:
    """Find birth dates of one to three children that give these parts grown up."""
    count = next(
        count
        for count in (1, 2, 3)
        if all(abs(each * count - round(each * count)) < 1e-9 for each in adult_share)
    )
    grown = [each * count for each in adult_share]
    births = [date(2004, 7, 1)] * round(grown[0])
    for number in range(1, len(grown)):
        turned = month(number)
        births += [turned.replace(year=turned.year - 18)] * round(grown[number] - grown[number - 1])
    return births + [CHILD] * (count - len(births))


def help_lines(made: Municipality, place: int, person: UUID) -> Iterator[CostLine]:
    """Give what the interventions of a family cost: debt help by two payers, in its first month."""
    start = int(made.panel.start[place])
    if "A" in made.exposure[place]:
        kind = "schuldhulpverlening"
        yield cost(person, start, 300_000, source="SHV", kind=kind)
        yield cost(person, start, 100_000, source="ARM", kind=kind)
    if "B" in made.exposure[place]:
        yield cost(person, start, 250_000, source="JW", kind="opvoedhulp-ouder")


def cut(
    cents: int, number: int, *, source: str, persons: Sequence[UUID], chance: np.random.Generator
) -> Iterator[CostLine]:
    """Cut a cell over two members and, for one cell in ten, an invoice with a later credit."""
    first, last = persons[0], persons[-1]
    part = int(chance.integers(0, cents + 1))
    wrong = int(chance.integers(0, 50_000)) if chance.random() < 0.1 else 0
    yield cost(first, number, part + wrong, source=source, document="F1")
    yield cost(last, number, cents - part, source=source, kind="dagbesteding")
    yield cost(first, number, -wrong, source=source, document="C1")


def cut_late(
    cents: int, number: int, completeness: Floats, *, source: str, person: UUID
) -> Iterator[CostLine]:
    """Cut a cell over invoices that come in as late as in the last months of the simulation."""
    known = np.flip(completeness[-5:])  # Of a month of that age: what part of it is in.
    age = min(MONTHS - 1 - number, 4)
    so_far = [round(cents * float(part / known[age])) for part in known[: age + 1]]
    for lag, due in enumerate(np.diff([0, *so_far])):
        yield cost(
            person, number, int(due), source=source, invoiced=number + lag, document=f"F{lag}"
        )
