"""The lawfulness table (rechtmatigheidsverantwoording): what the college has to account for.

Lasten above what the council budgeted are unlawful, whether somebody told of them or not; what was
told in time, and what the council agreed to accept, is shown apart. Lasten count, not what is
reserved: a commitment is no last. Sources: Gemeentewet 189, 192 and 212; Kadernota rechtmatigheid
2024 of the commissie BBV, 4.2 (1A, 1B, 2, 3, 4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.budget_changes.model import ChangeLine
from domains.budget_changes.queries import budget_changes, budgeted_revenues, latest
from domains.budgets.mapping import Side
from domains.council.model import Authorised, Position, Used
from domains.council.queries import authorised_in
from domains.council.rules import positions_of, sums, unit_of
from domains.days import NETHERLANDS
from domains.exports.accounts import AccountType, only_taakveld_of, type_of
from domains.exports.model import Column, ColumnKind, Movement, Scope, Table
from domains.exports.queries import closing_movements, movements, scope_of
from domains.settings.model import Settings
from domains.settings.queries import settings_known

RESERVES: Final = "0.10"
"""The taakveld of additions to and withdrawals from reserves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """Lasten above the budget of what the council authorises as one amount, in whole cents."""

    unit: tuple[str, ...]
    """The programme, and its part or taakveld where the council authorises that finely."""
    budget_cents: int
    expenses_cents: int
    above_cents: int
    in_time_cents: int
    """Told of in a draft begrotingswijziging of the year itself."""
    accepted_cents: int
    """Of open-ended arrangements that the ordinance accepts."""

    @property
    def late_cents(self) -> int:
        """Return what nobody told the council in time."""
        return self.above_cents - self.in_time_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveMovement:
    """Additions to or withdrawals from reserves, and what the council decided, in whole cents."""

    name: str
    decided_cents: int
    moved_cents: int

    @property
    def above_cents(self) -> int:
        """Return what no decision stands behind."""
        return max(0, self.moved_cents - self.decided_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lawfulness:
    """What the college accounts for over a year."""

    scope: Scope
    year: int
    overruns: tuple[Overrun, ...]
    """Every unit, also those without an overrun."""
    reserves: tuple[ReserveMovement, ...]


async def lawfulness(
    connection: AsyncConnection, *, gemeente: str, year: int, on: date, known_up_to: int
) -> Lawfulness:
    """Make the table of a year out of the books, up to a booking date.

    :raises domains.exports.refusals.NothingKnownYet: nothing was ever booked.
    """
    scope = await scope_of(
        connection, gemeente=gemeente, from_date=date(year, 1, 1), on=on, known_up_to=known_up_to
    )
    authorised = await authorised_in(
        connection, gemeente=gemeente, year=year, on=on, known_up_to=known_up_to
    )
    revenues = await budgeted_revenues(
        connection, gemeente=gemeente, year=year, known_up_to=known_up_to
    )
    versions = await budget_changes(connection, gemeente=gemeente, known_up_to=known_up_to)
    known = await movements(connection, scope)
    moved = [each for each in known if chart.year_of(each.account.colour) == year]
    # Reserves move in the year of the booking: what was set aside of last year's funds comes back
    # in this one, by this year's decision.
    own_days = replace(scope, on=min(scope.on, date(year, 12, 31)))
    in_year = known if own_days == scope else await movements(connection, own_days)
    by_closing = await closing_movements(
        connection, own_days, codes=(chart.TO_RESERVE, chart.FROM_RESERVE)
    )
    return Lawfulness(
        scope=scope,
        year=year,
        overruns=overruns(
            authorised,
            expenses_of(moved),
            drafts=[
                line
                for each in latest(versions)
                if each.year == year
                and each.adoption is None
                and each.recorded_at.astimezone(NETHERLANDS).date() <= date(year, 12, 31)
                for line in each.lines
            ],
            settings=await settings_known(
                connection, gemeente=gemeente, day=scope.on, known_up_to=known_up_to
            ),
        ),
        reserves=(
            reserve_movement(
                "toevoeging aan reserves",
                budgeted_cents=sum(
                    each.amount_cents for each in authorised if each.taakveld == RESERVES
                ),
                moved_cents=_on_code(in_year, chart.TO_RESERVE),
                by_closing_cents=by_closing.get(chart.TO_RESERVE, 0),
            ),
            reserve_movement(
                "onttrekking aan reserves",
                budgeted_cents=sum(
                    each.amount_cents for each in revenues if each.taakveld == RESERVES
                ),
                moved_cents=-_on_code(in_year, chart.FROM_RESERVE),
                by_closing_cents=-by_closing.get(chart.FROM_RESERVE, 0),
            ),
        ),
    )


def reserve_movement(
    name: str, *, budgeted_cents: int, moved_cents: int, by_closing_cents: int
) -> ReserveMovement:
    """Hold what reserves moved against what was decided on it, in whole cents.

    A closing names the decision on what it books, which may have changed the budget too: so the
    budget stands behind what no closing booked, and neither counts on top of the other.
    """
    by_budget = min(budgeted_cents, moved_cents - by_closing_cents)
    return ReserveMovement(
        name=name,
        decided_cents=max(budgeted_cents, by_closing_cents + by_budget),
        moved_cents=moved_cents,
    )


def expenses_of(moved: Iterable[Movement]) -> tuple[Used, ...]:
    """Give the lasten per fund and taakveld; movements of reserves are judged apart."""
    return tuple(
        Used(
            fund=each.account.colour,
            taakveld=each.account.dimension("taakveld")
            or only_taakveld_of(each.account.code)
            or "",
            amount_cents=each.closing_cents,
        )
        for each in moved
        if type_of(each.account.code) is AccountType.EXPENSES
        and each.account.code != chart.TO_RESERVE
    )


def overruns(
    authorised: Sequence[Authorised],
    expenses: Sequence[Used],
    *,
    drafts: Sequence[ChangeLine],
    settings: Settings,
) -> tuple[Overrun, ...]:
    """Compare lasten with the budget, at the level on which the council authorises.

    ``drafts`` are the lines that were put before the council in the year and not adopted.
    """
    lines = [each for each in authorised if each.taakveld != RESERVES]
    units: dict[tuple[str, ...], list[Position]] = {}
    for each in positions_of(lines, expenses):
        units.setdefault(unit_of(each.programme, each.taakveld, settings), []).append(each)
    told = sums(
        [line for line in drafts if line.side is Side.EXPENSES],
        lambda line: unit_of(line.programme, line.taakveld, settings),
        lambda line: line.change_cents,
    )
    return tuple(
        _overrun(unit, found, told_cents=told.get(unit, 0), open_ended=settings.open_ended)
        for unit, found in sorted(units.items())
    )


def as_table(found: Lawfulness) -> Table:
    """Give the table: a row per unit and reserve, and the totals by the numbers of the model."""
    above = sum(each.above_cents for each in found.overruns)
    accepted = sum(each.accepted_cents for each in found.overruns)
    in_time = sum(each.in_time_cents for each in found.overruns)
    reserves = sum(each.above_cents for each in found.reserves)
    rows = [
        (
            "1A",
            " / ".join(each.unit) or "zonder programma",
            each.budget_cents,
            each.expenses_cents,
            each.above_cents,
            each.in_time_cents,
            each.late_cents,
            each.accepted_cents,
            each.above_cents - each.accepted_cents,
        )
        for each in found.overruns
    ] + [
        (
            "2",
            each.name,
            each.decided_cents,
            each.moved_cents,
            each.above_cents,
            0,
            each.above_cents,
            0,
            each.above_cents,
        )
        for each in found.reserves
    ]
    totals = [
        ("1A", "totaal lasten boven de begroting", above),
        ("1B", "totaal investeringen (niet in deze boeken)", 0),
        ("2", "totaal reserves zonder besluit", reserves),
        ("3", "totaal niet tijdig gemeld", above - in_time + reserves),
        ("4", "totaal waarvan acceptabel", accepted),
    ]
    amounts = (
        "begroot",
        "lasten",
        "afwijking",
        "tijdigGemeld",
        "nietTijdig",
        "acceptabel",
        "nietAcceptabel",
    )
    return Table(
        name=f"rechtmatigheid-{found.year}",
        columns=(
            Column(name="onderdeel"),
            Column(name="eenheid"),
            *(Column(name=name, kind=ColumnKind.AMOUNT) for name in amounts),
        ),
        rows=(
            *rows,
            *(
                (number, name, None, None, cents, None, None, None, None)
                for number, name, cents in totals
            ),
        ),
    )


def _overrun(
    unit: tuple[str, ...],
    positions: Sequence[Position],
    *,
    told_cents: int,
    open_ended: Sequence[str],
) -> Overrun:
    budget = sum(each.authorised_cents for each in positions)
    expenses = sum(each.used_cents for each in positions)
    above = max(0, expenses - budget)
    per_taakveld = sums(positions, lambda each: each.taakveld, lambda each: each.unused_cents)
    open_cents = sum(max(0, -per_taakveld.get(taakveld, 0)) for taakveld in open_ended)
    return Overrun(
        unit=unit,
        budget_cents=budget,
        expenses_cents=expenses,
        above_cents=above,
        in_time_cents=min(above, max(0, told_cents)),
        accepted_cents=min(above, open_cents),
    )


def _on_code(moved: Iterable[Movement], code: str) -> int:
    return sum(each.moved_cents for each in moved if each.account.code == code)
