"""What the closing of a year is about to do, and what stands in its way, under all locks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.model import Place, StandingPart
from domains.instruction import Instruction
from domains.reservations.standing import File
from domains.settings.queries import settings_on
from domains.standard_entries import place_account
from domains.year_end import queries, rules
from domains.year_end.model import (
    WAYS,
    CarryOver,
    FundClosing,
    GrantClosing,
    NewClosing,
    Outcome,
    Row,
    RowKind,
)
from ledger import balances, books
from ledger.accounts import Account, Book

_COSTS: Final = frozenset(chart.COSTS) - {chart.TO_RESERVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the closing does, on balances that nobody else can change any more."""

    undeclared: rules.Undeclared
    rooms: Mapping[str, tuple[tuple[Account, int], ...]]
    """Per fund what lies in each place, with what is released."""
    carried: tuple[CarryOver, ...]
    """With the amounts of this closing."""
    costs: Mapping[str, Mapping[str, int]]
    """Per grant the costs per taakveld, with what is accrued."""
    revenues: Mapping[str, Mapping[str, int]]
    """Per grant what was booked as its revenue before, per taakveld."""
    funds: tuple[FundClosing, ...]
    grants: tuple[GrantClosing, ...]
    rows: tuple[Row, ...]
    """What blocks comes first."""


async def weigh(
    connection: AsyncConnection, file: File, asked: NewClosing, *, state: queries.YearState
) -> Figures:
    """Lock every account with room in a fund of the year, and work out what the closing does."""
    instruction, year = file.case.instruction, asked.year
    gemeente = instruction.gemeente
    new = rules.new_amounts(asked.carry_overs, _carried_before(state))
    carried = tuple(
        changed(each, amount_cents=cents)
        for each, cents in new
        if cents > 0 and not rules.unlawful(each, year=year)
    )
    accounts = await queries.rooms_of(connection, gemeente=gemeente, year=year)
    receiving = [chart.free(gemeente, rules.next_fund(each.fund)).id for each in carried]
    await books.lock_accounts(
        connection, gemeente=gemeente, accounts=sorted({*accounts, *receiving})
    )
    undeclared = rules.settle_undeclared(_undeclared_parts(file, year), asked)
    rooms = await _rooms(connection, gemeente, accounts, undeclared)
    funds = await _funds(
        connection, instruction, year=year, rooms=rooms, undeclared=undeclared, carried=carried
    )
    costs, revenues, grants = await _grants(
        connection, instruction, year=year, undeclared=undeclared, carried=carried
    )
    rows = [
        *await _rows_of_time(connection, instruction, year),
        *_rows_of_choices(asked, file, undeclared, year),
        *_rows_of_carry_overs(new, funds, year),
        *await _rows_of_shortage(connection, gemeente, asked, undeclared),
        *await queries.rows_of_year(
            connection,
            gemeente=gemeente,
            year=year,
            settings=await settings_on(connection, gemeente=gemeente, day=date(year, 12, 31)),
        ),
        *(
            rules.row_of(RowKind.GRANT_NOT_RECEIVED, each.fund, amount_cents=short)
            for each in grants
            if (short := sum(costs[each.fund].values()) - each.revenue_cents) > 0
        ),
    ]
    return Figures(
        undeclared=undeclared,
        rooms=rooms,
        carried=carried,
        costs=costs,
        revenues=revenues,
        funds=funds,
        grants=grants,
        rows=tuple(sorted(rows, key=lambda row: not row.blocks)),
    )


async def is_settled(connection: AsyncConnection, instruction: Instruction, year: int) -> bool:
    """Tell whether the funds of a closed year hold nothing, and revenue of grants is their cost.

    A later booking, of whatever day, may give money back to a fund of a year that was closed.
    """
    gemeente = instruction.gemeente
    if await queries.undeclared_draws(connection, gemeente=gemeente, year=year):
        return False
    rooms = await queries.rooms_of(connection, gemeente=gemeente, year=year)
    left = await balances.current(connection, gemeente=gemeente, accounts=list(rooms))
    if any(left.values()):
        return False
    nothing = rules.Undeclared(accrued=(), released=(), left=())
    _, _, grants = await _grants(connection, instruction, year=year, undeclared=nothing, carried=())
    return not any(each.used_cents for each in grants)


def _carried_before(state: queries.YearState) -> Iterable[CarryOver]:
    """Give what earlier closings of the year carried over."""
    for closing in state.closings:
        if closing.record.outcome is Outcome.CLOSED:
            yield from closing.record.carried


def _undeclared_parts(file: File, year: int) -> Mapping[UUID, Sequence[StandingPart]]:
    """Give per draw the parts that still reserve something of a fund of the year."""
    found = {
        draw: [
            each
            for each in parts
            if each.reserved_cents > 0 and chart.year_of(each.part.fund) == year
        ]
        for draw, parts in file.parts.items()
    }
    return {draw: parts for draw, parts in found.items() if parts}


async def _rooms(
    connection: AsyncConnection,
    gemeente: str,
    accounts: Mapping[UUID, Account],
    undeclared: rules.Undeclared,
) -> dict[str, tuple[tuple[Account, int], ...]]:
    """Read what lies in each place, and add what is released to where it came from."""
    known = dict(accounts)
    left = await balances.current(connection, gemeente=gemeente, accounts=list(accounts))
    for part, cents in undeclared.released:
        if part.part.place is not Place.SHORTAGE:
            account = place_account(gemeente, part.part)
            known[account.id] = account
            left[account.id] = left.get(account.id, 0) + cents
    found: dict[str, list[tuple[Account, int]]] = {}
    for account_id, account in sorted(known.items()):
        if left[account_id]:
            found.setdefault(account.colour, []).append((account, left[account_id]))
    return {fund: tuple(lying) for fund, lying in sorted(found.items())}


async def _funds(
    connection: AsyncConnection,
    instruction: Instruction,
    *,
    year: int,
    rooms: Mapping[str, tuple[tuple[Account, int], ...]],
    undeclared: rules.Undeclared,
    carried: Sequence[CarryOver],
) -> tuple[FundClosing, ...]:
    """Say what the closing does to each fund of the year."""
    gemeente = instruction.gemeente
    known = {
        (each.colour, each.code): each.balance_cents
        for each in await balances.totals(
            connection,
            gemeente=gemeente,
            book=Book.BUDGET,
            on=_ALWAYS,
            known_up_to=await balances.last_link(connection, gemeente=gemeente),
            codes=[chart.AUTHORISATION, chart.SPENT, chart.LAPSED, chart.CARRIED],
            by=[],
        )
        if chart.year_of(each.colour) == year
    }
    return tuple(
        rules.fund_closing(
            fund,
            unspent_cents=sum(cents for _, cents in rooms.get(fund, ())),
            authorised_cents=-known.get((fund, chart.AUTHORISATION), 0),
            spent_cents=known.get((fund, chart.SPENT), 0),
            settled_before_cents=sum(
                known.get((fund, code), 0) for code in (chart.LAPSED, chart.CARRIED)
            ),
            undeclared=undeclared,
            carried_cents=sum(
                each.amount_cents
                for each in carried
                if each.fund == fund and WAYS[each.way].gives_room
            ),
        )
        for fund in sorted({*rooms, *(fund for fund, _ in known)})
    )


async def _grants(
    connection: AsyncConnection,
    instruction: Instruction,
    *,
    year: int,
    undeclared: rules.Undeclared,
    carried: Sequence[CarryOver],
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]], tuple[GrantClosing, ...]]:
    """Say what the closing does to each grant, with its costs and its revenue per taakveld."""
    gemeente = instruction.gemeente
    costs: dict[str, dict[str, int]] = {}
    revenues: dict[str, dict[str, int]] = {}
    received: dict[str, int] = {}
    funds = {chart.fund(code, year): codes for code, codes in rules.LIABILITIES.items()}
    for each in await balances.totals(
        connection,
        gemeente=gemeente,
        book=Book.LASTEN,
        on=_ALWAYS,
        known_up_to=await balances.last_link(connection, gemeente=gemeente),
        codes=[*_COSTS, *(code for codes in funds.values() for code in codes)],
        by=["taakveld"],
    ):
        if each.colour not in funds:
            continue
        taakveld = each.parts[0] or ""
        if each.code in _COSTS:
            per_taakveld = costs.setdefault(each.colour, {})
            per_taakveld[taakveld] = per_taakveld.get(taakveld, 0) + each.balance_cents
        elif each.code == funds[each.colour][0]:
            received[each.colour] = received.get(each.colour, 0) - each.balance_cents
        elif each.code == funds[each.colour][1]:
            per_taakveld = revenues.setdefault(each.colour, {})
            per_taakveld[taakveld] = per_taakveld.get(taakveld, 0) - each.balance_cents
    for part in undeclared.accrued:
        if part.part.fund in funds:
            per_taakveld = costs.setdefault(part.part.fund, {})
            taakveld = part.part.taakveld
            per_taakveld[taakveld] = per_taakveld.get(taakveld, 0) + part.reserved_cents
    found = tuple(
        rules.grant_closing(
            fund,
            received_cents=received.get(fund, 0),
            cost_cents=sum(costs.setdefault(fund, {}).values()),
            revenue_cents=sum(revenues.setdefault(fund, {}).values()),
            carried_cents=sum(each.amount_cents for each in carried if each.fund == fund),
        )
        for fund in funds
        if fund in costs or fund in received or fund in revenues
    )
    return costs, revenues, found


async def _rows_of_time(
    connection: AsyncConnection, instruction: Instruction, year: int
) -> Iterable[Row]:
    """Tell whether it is too early, also because of the years before and after."""
    gemeente, at = instruction.gemeente, instruction.at
    found = []
    if instruction.today.year <= year:
        found.append(rules.row_of(RowKind.YEAR_NOT_OVER, str(year)))
    earlier = await queries.year_state(connection, gemeente=gemeente, year=year - 1, at=at)
    if earlier.was_opened and not earlier.is_closed:
        found.append(rules.row_of(RowKind.EARLIER_YEAR_OPEN, str(year - 1)))
    first_day = date(year + 1, 1, 1)
    if not await balances.is_open(connection, gemeente=gemeente, day=first_day, at=at):
        found.append(rules.row_of(RowKind.NEXT_YEAR_CLOSED, str(year + 1)))
    return found


def _rows_of_choices(
    asked: NewClosing, file: File, undeclared: rules.Undeclared, year: int
) -> Iterable[Row]:
    """Tell of which reservations nobody said what becomes of them, and of choices without one."""
    left: dict[UUID, int] = {}
    for each in undeclared.left:
        left[each.draw] = left.get(each.draw, 0) + each.reserved_cents
    known = _undeclared_parts(file, year)
    unknown = [
        rules.row_of(
            RowKind.CHOICE_UNUSED, f"trekking {choice.draw}", amount_cents=choice.amount_cents
        )
        for choice in asked.choices
        if choice.draw not in known
    ]
    return (
        *rules.shortened(
            [
                rules.row_of(RowKind.NOT_DECLARED, f"trekking {draw}", amount_cents=cents)
                for draw, cents in sorted(left.items())
            ]
        ),
        *unknown,
    )


def _rows_of_carry_overs(
    new: Sequence[tuple[CarryOver, int]], funds: Sequence[FundClosing], year: int
) -> Iterable[Row]:
    """Tell which carry-overs may not be, or are more than there is."""
    for each, cents in new:
        why = rules.unlawful(each, year=year)
        if not why and cents < 0:
            why = "er is al meer overgeheveld; dat gaat alleen terug met een begrotingswijziging"
        if why:
            yield rules.row_of(
                RowKind.CARRY_OVER_UNLAWFUL,
                f"{each.fund} langs {each.way}",
                amount_cents=each.amount_cents,
                why=why,
            )
    for fund in funds:
        if fund.lapsed_cents < 0:
            yield rules.row_of(
                RowKind.CARRY_OVER_TOO_LARGE, fund.fund, amount_cents=-fund.lapsed_cents
            )


async def _rows_of_shortage(
    connection: AsyncConnection, gemeente: str, asked: NewClosing, undeclared: rules.Undeclared
) -> Iterable[Row]:
    """Tell which help has no cover, unless the council decided on it."""
    if asked.shortage_decision:
        return ()
    released = {part.id: cents for part, cents in undeclared.released}
    short: dict[str, int] = {}
    for part, source, taakveld, cents in await queries.shortages_of(
        connection, gemeente=gemeente, year=asked.year
    ):
        place = f"{source or 'geen bron'}, taakveld {taakveld}"
        short[place] = short.get(place, 0) + cents - released.get(part, 0)
    return [
        rules.row_of(RowKind.SHORTAGE, place, amount_cents=cents)
        for place, cents in sorted(short.items())
        if cents
    ]


_ALWAYS: Final = date(9998, 12, 31)
"""Every booking date: what a fund has counts whenever it was booked."""
