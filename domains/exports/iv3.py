"""Iv3 (informatie voor derden): lasten and baten by taakveld and category, for CBS.

The file has the form of the delivery to CBS: whole euros, from the first day of the year on, for
the budget, four quarters, and the annual accounts. The CSV holds the same
amounts to the cent. Only what is in these books is in it; a municipality adds the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.budget_changes.queries import budgeted_revenues
from domains.budgets.mapping import SOCIAL_DOMAIN
from domains.budgets.taakvelden import TAAKVELDEN, in_year, why_not
from domains.council.queries import authorised_in
from domains.days import NETHERLANDS
from domains.exports import accounts
from domains.exports.accounts import AccountType
from domains.exports.model import Column, ColumnKind, Movement, Scope, Table
from domains.exports.queries import movements, scope_of
from domains.exports.refusals import Iv3Incomplete
from domains.municipalities.names import name_of
from domains.settings.model import Iv3Contact
from ledger import money
from ledger.accounts import Account

_PLACES: Final = {
    code: place for place, code in enumerate(dict.fromkeys(each.code for each in TAAKVELDEN))
}
_RESULT: Final = "P114"
"""The result (saldo van rekening), which lasten and baten come to."""


class Iv3Period(StrEnum):
    """What is delivered: the budget, a quarter (from the first day of the year on), or the year."""

    BUDGET = "begroting"
    QUARTER_1 = "kwartaal1"
    QUARTER_2 = "kwartaal2"
    QUARTER_3 = "kwartaal3"
    QUARTER_4 = "kwartaal4"
    YEAR = "jaar"

    @property
    def number(self) -> int:
        """Return the number of CBS: 0 for the budget, 1-4 for a quarter, 5 for the year."""
        return list(Iv3Period).index(self)

    def last_day(self, year: int) -> date:
        """Return the last booking date that counts."""
        return {
            Iv3Period.QUARTER_1: date(year, 3, 31),
            Iv3Period.QUARTER_2: date(year, 6, 30),
            Iv3Period.QUARTER_3: date(year, 9, 30),
        }.get(self, date(year, 12, 31))


@dataclass(frozen=True, slots=True, kw_only=True)
class Iv3Cell:
    """An amount in a matrix, in whole cents: a taakveld or balance item, by category or moment."""

    row: str
    column: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetAmount:
    """What the council budgeted from a source on a taakveld, in whole cents."""

    source: str
    taakveld: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Iv3:
    """One delivery: lasten, baten and balance standings; no amount is zero."""

    scope: Scope
    year: int
    period: Iv3Period
    expenses: tuple[Iv3Cell, ...]
    revenues: tuple[Iv3Cell, ...]
    standings: tuple[Iv3Cell, ...]


async def iv3_of(
    connection: AsyncConnection,
    *,
    gemeente: str,
    year: int,
    period: Iv3Period,
    on: date,
    known_up_to: int,
) -> Iv3:
    """Make a delivery out of the books: up to the end of its period, or up to an earlier day.

    :raises domains.exports.refusals.NothingKnownYet: nothing was ever booked.
    :raises Iv3Incomplete: an amount has no place in the matrices.
    """
    scope = await scope_of(
        connection,
        gemeente=gemeente,
        from_date=date(year, 1, 1),
        on=min(on, period.last_day(year)),
        known_up_to=known_up_to,
    )
    if period is not Iv3Period.BUDGET:
        return realised(scope, year=year, period=period, moved=await movements(connection, scope))
    authorised = await authorised_in(
        connection, gemeente=gemeente, year=year, on=scope.on, known_up_to=known_up_to
    )
    revenues = await budgeted_revenues(
        connection, gemeente=gemeente, year=year, known_up_to=known_up_to
    )
    ours = {each.taakveld for each in authorised}
    return budgeted(
        scope,
        year=year,
        expenses=[
            BudgetAmount(
                source=chart.source_of(each.fund),
                taakveld=each.taakveld,
                amount_cents=each.amount_cents,
            )
            for each in authorised
        ],
        revenues=[
            BudgetAmount(source="", taakveld=each.taakveld, amount_cents=each.amount_cents)
            for each in revenues
            if each.taakveld in ours or each.taakveld.startswith(SOCIAL_DOMAIN)
        ],
    )


def realised(scope: Scope, *, year: int, period: Iv3Period, moved: Sequence[Movement]) -> Iv3:
    """Put what was booked in the matrices of a quarter or a year.

    The balance closes: the result of lasten and baten stands under P114, also that of years whose
    result nobody booked yet. What funds owe each other comes to nothing.

    :raises Iv3Incomplete: an account has no taakveld, category or balance item of this year.
    """
    by_type: dict[AccountType, list[Movement]] = {each: [] for each in AccountType}
    for each in moved:
        if each.opening_cents or each.closing_cents or each.moved_cents:
            by_type[accounts.type_of(each.account.code)].append(each)
    results = [*by_type[AccountType.EXPENSES], *by_type[AccountType.REVENUES]]
    faults: list[str] = []
    expenses, revenues = (
        _summed(
            (*_place(each.account, side, year, faults), sign * each.moved_cents)
            for each in by_type[side]
            if each.moved_cents
        )
        for side, sign in ((AccountType.EXPENSES, 1), (AccountType.REVENUES, -1))
    )
    standings = _summed(
        cell
        for each in by_type[AccountType.BALANCE]
        for cell in _standing(_balance_code(each.account, faults), each)
    )
    standings = _summed(
        (each.row, each.column, each.amount_cents)
        for each in (
            *standings,
            *(
                Iv3Cell(row=_RESULT, column=column, amount_cents=-cents)
                for movement in results
                for column, cents in _moments(movement)
            ),
        )
    )
    if faults:
        raise Iv3Incomplete(faults=tuple(dict.fromkeys(faults)))
    return Iv3(
        scope=scope,
        year=year,
        period=period,
        expenses=expenses,
        revenues=revenues,
        standings=standings,
    )


def budgeted(
    scope: Scope,
    *,
    year: int,
    expenses: Iterable[BudgetAmount],
    revenues: Iterable[BudgetAmount],
) -> Iv3:
    """Put what the council budgeted in the matrices of the budget.

    :raises Iv3Incomplete: a taakveld does not exist in this year.
    """
    faults: list[str] = []
    cells = [
        _summed(_budget_cell(each, side, year, faults) for each in amounts)
        for side, amounts in (("lasten", expenses), ("baten", revenues))
    ]
    if faults:
        raise Iv3Incomplete(faults=tuple(dict.fromkeys(faults)))
    return Iv3(
        scope=scope,
        year=year,
        period=Iv3Period.BUDGET,
        expenses=cells[0],
        revenues=cells[1],
        standings=(),
    )


def write_json(delivery: Iv3, *, contact: Iv3Contact) -> bytes:
    """Write the file for CBS: whole euros that add up to the rounded total of their matrix."""
    scope = delivery.scope
    document = {
        "metadata": {
            "overheidslaag": "Gemeente",
            "overheidsnummer": scope.gemeente.removeprefix("GM"),
            "overheidsnaam": name_of(scope.gemeente),
            "boekjaar": delivery.year,
            "periode": delivery.period.number,
            "status": "Begroting" if delivery.period is Iv3Period.BUDGET else "Realisatie",
            "datum": _midnight(scope).isoformat(timespec="seconds"),
            "details_openbaar": False,
            "financieel_pakket": "",
            "export_software": "Ontschot",
        },
        "contact": {
            "naam": contact.name,
            "telefoon": contact.telephone,
            "email": contact.email,
        },
        "data": {
            "lasten": _written(delivery.expenses, "taakveld", "categorie"),
            "balans_lasten": [],
            "baten": _written(delivery.revenues, "taakveld", "categorie"),
            "balans_baten": [],
            "balans_standen": _written(delivery.standings, "balanscode", "standper"),
            "kengetallen": [],
            "beleidsindicatoren": [],
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def as_table(delivery: Iv3) -> Table:
    """Give all cells as one table, to the cent."""
    sides: tuple[tuple[str, tuple[Iv3Cell, ...], Callable[[str], str]], ...] = (
        ("lasten", delivery.expenses, accounts.category_name),
        ("baten", delivery.revenues, accounts.category_name),
        ("balans", delivery.standings, lambda _: ""),
    )
    return Table(
        name=f"iv3-{delivery.year}-{delivery.period}",
        columns=(
            Column(name="kant"),
            Column(name="code"),
            Column(name="naam"),
            Column(name="categorie"),
            Column(name="naamCategorie"),
            Column(name="bedrag", kind=ColumnKind.AMOUNT),
        ),
        rows=tuple(
            (
                side,
                cell.row,
                _taakveld_name(cell.row, delivery.year),
                cell.column,
                name(cell.column),
                cell.amount_cents,
            )
            for side, cells, name in sides
            for cell in cells
        ),
    )


def _place(account: Account, side: AccountType, year: int, faults: list[str]) -> tuple[str, str]:
    """Give the taakveld and category of an account; what it lacks goes to the faults."""
    taakveld = account.dimension("taakveld") or accounts.only_taakveld_of(account.code) or ""
    category = account.dimension("categorie") or accounts.only_category_of(account.code) or ""
    where = f"rekening {account.code} van {account.colour}"
    if not taakveld:
        faults.append(f"{where} heeft geen taakveld")
    elif in_year(taakveld, year) is None:
        faults.append(f"{where}: taakveld {taakveld} {why_not(taakveld, year)}")
    if not category:
        faults.append(f"{where} heeft geen categorie")
    elif not accounts.is_category(category, side):
        faults.append(f"{where}: categorie {category} bestaat niet bij {side.value.lower()}")
    return taakveld, category


def _balance_code(account: Account, faults: list[str]) -> str:
    found = accounts.balance_code_of(account.code)
    if found is None:
        faults.append(f"rekening {account.code} van {account.colour} heeft geen balanscode")
    return found or ""


def _standing(code: str, each: Movement) -> list[tuple[str, str, int]]:
    """Give both standings of a balance item: debit on an asset, credit on a liability."""
    sign = 1 if code.startswith("A") else -1
    return [(code, column, sign * cents) for column, cents in _moments(each)]


def _moments(each: Movement) -> tuple[tuple[str, int], tuple[str, int]]:
    return (("1 januari", each.opening_cents), ("ultimo", each.closing_cents))


def _budget_cell(
    each: BudgetAmount, side: str, year: int, faults: list[str]
) -> tuple[str, str, int]:
    if in_year(each.taakveld, year) is None:
        faults.append(f"begroting: taakveld {each.taakveld} {why_not(each.taakveld, year)}")
    category = accounts.budget_category(side, source=each.source, taakveld=each.taakveld)
    return (each.taakveld, category, each.amount_cents)


def _summed(cells: Iterable[tuple[str, str, int]]) -> tuple[Iv3Cell, ...]:
    found: dict[tuple[str, str], int] = {}
    for row, column, cents in cells:
        found[row, column] = found.get((row, column), 0) + cents
    return tuple(
        Iv3Cell(row=row, column=column, amount_cents=cents)
        for (row, column), cents in sorted(found.items(), key=lambda pair: _in_order(pair[0]))
        if cents
    )


def _in_order(place: tuple[str, str]) -> tuple[int, str, str]:
    """Sort taakvelden as Iv3 does, where 0.61 stands before 0.7 and 0.10 after it."""
    row, column = place
    return _PLACES.get(row, 0), row, column


def _midnight(scope: Scope) -> datetime:
    """Give the beginning of the day of the chain number, as CBS writes a day."""
    return datetime.combine(scope.made_on, time.min, tzinfo=NETHERLANDS)


def _taakveld_name(code: str, year: int) -> str:
    found = in_year(code, year)
    return found.name if found else ""


def _written(cells: Sequence[Iv3Cell], row: str, column: str) -> list[dict[str, Any]]:
    euros = money.whole_euros([cell.amount_cents for cell in cells])
    return [
        {row: cell.row, column: cell.column, "bedrag": amount}
        for cell, amount in zip(cells, euros, strict=True)
        if amount
    ]
