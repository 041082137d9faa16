"""Read a municipality's own budget: ``programma;taakveld;naam;baten_eur;lasten_eur``.

Columns are found by name, in any order; other columns are left alone. The unit may stand in the
heading (``lasten_eur``, ``lasten_duizend``); where it stands nowhere, amounts are euros. What the
user says goes above the heading, but then the total must be likely for the municipality.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from domains.budgets.taakvelden import in_year, why_not
from domains.municipalities.names import Municipality
from domains.readers.amounts import UnreadableError, cents, is_no_figure
from domains.readers.checks import (
    UNIT_NAMES,
    check_coding,
    check_figures,
    check_unit,
    check_year_in_name,
)
from domains.readers.faults import (
    DuplicateRow,
    Fault,
    NoFigureCode,
    UnknownTaakveld,
    UnreadableAmount,
    refuse_if_any,
)
from domains.readers.model import BudgetFile, BudgetLine, Unit
from domains.readers.refusals import DuplicateColumn, UnitContradiction, WrongYear
from domains.readers.table import (
    Row,
    Table,
    check_columns,
    columns_of,
    empty_cells,
    shown,
    table_of,
)

KIND: Final = "programma"
LAYOUT: Final = "eigen begroting (programma;taakveld;naam;baten_eur;lasten_eur)"

_NEEDED: Final = ("programma", "taakveld", "baten", "lasten")
_OTHER_NAMES: Final = {
    "taakveldcode": "taakveld",
    "omschrijving": "naam",
    "taakveldnaam": "naam",
    "begrotingsjaar": "jaar",
}
_AMOUNT_COLUMN: Final = re.compile(r"(baten|lasten)[ _(]*(.*?)[ )]*")
_UNIT_WORDS: Final = {
    "": None,
    "eur": Unit.EURO,
    "euro": Unit.EURO,
    "€": Unit.EURO,
    "duizend": Unit.THOUSAND,
    "x1000": Unit.THOUSAND,
    "x 1000": Unit.THOUSAND,
    "x 1.000": Unit.THOUSAND,
    "x € 1.000": Unit.THOUSAND,
    "duizend euro": Unit.THOUSAND,
    "keur": Unit.THOUSAND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Which column of the file holds what, and the unit that the heading names."""

    by_role: dict[str, str]
    unit: Unit | None


def recognises(head: bytes) -> bool:
    """Return whether a file that begins like this looks like a municipality's own budget."""
    names = {_OTHER_NAMES.get(name, name) for name in columns_of(head)}
    return "gemeenten" not in names and bool(names & {"programma", "taakveld"})


def read(
    content: bytes, *, file_name: str, municipality: Municipality, year: int, unit: Unit | None
) -> BudgetFile:
    """Read a municipality's own budget; all wrong spots in it are reported at once.

    :raises Refusal: one of those in ``refusals.py``.
    """
    table = table_of(content, file_name=file_name, separators=";")
    columns = _columns_of(table)
    amounts_in = unit or columns.unit or Unit.EURO
    check_year_in_name(file_name, year=year)
    _check_year_column(table, columns, year=year)
    taakveld = columns.by_role["taakveld"]
    check_coding(
        (row.cells[taakveld].partition(" ")[0] for row in table.rows if row.cells[taakveld]),
        file_name=file_name,
        year=year,
    )
    faults = list(table.faults)
    lines: list[BudgetLine] = []
    first_seen: dict[tuple[str, str, str], int] = {}
    for row in table.rows:
        faults += empty_cells(row, tuple(columns.by_role[role] for role in _NEEDED))
        line = _line_of(row, columns, year=year, unit=amounts_in, faults=faults)
        key = (line.programme, line.taakveld, line.name)
        before = first_seen.setdefault(key, row.line)
        if before != row.line:
            place = row.place(taakveld, f"van '{line.programme}' stond al op regel {before}")
            faults.append(Fault(kind=DuplicateRow, place=place))
        lines.append(line)
    refuse_if_any(faults, file_name=file_name)
    check_figures(lines, file_name=file_name, municipality=municipality)
    if unit is None or columns.unit not in {None, unit}:
        check_unit(lines, file_name=file_name, municipality=municipality, unit=amounts_in)
    return BudgetFile(
        year=year,
        municipality=municipality.code,
        kind=KIND,
        unit=amounts_in,
        lines=tuple(lines),
        no_figure=(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _columns_of(table: Table) -> _Columns:
    """Find each column by its name and agree on one unit."""
    by_role: dict[str, str] = {}
    units: dict[str, Unit] = {}
    for name in table.columns:
        role = _OTHER_NAMES.get(name, name)
        amount = _AMOUNT_COLUMN.fullmatch(name)
        if amount is not None and amount[2] in _UNIT_WORDS:
            role = amount[1]
            unit = _UNIT_WORDS[amount[2]]
            if unit is not None:
                units[name] = unit
        if role in by_role:
            raise DuplicateColumn(
                file_name=table.file_name,
                line=table.heading_line,
                column=role,
                found=f"{shown(by_role[role])}, {shown(name)}",
            )
        by_role[role] = name
    check_columns(table, needed=_NEEDED, present=frozenset(by_role))
    if len(set(units.values())) > 1:
        raise UnitContradiction(
            file_name=table.file_name,
            line=table.heading_line,
            says=" en ".join(f"'{name}' is in {UNIT_NAMES[unit]}" for name, unit in units.items()),
        )
    return _Columns(by_role=by_role, unit=next(iter(units.values()), None))


def _check_year_column(table: Table, columns: _Columns, *, year: int) -> None:
    """Refuse a file whose own column says another year."""
    column = columns.by_role.get("jaar")
    for row in table.rows:
        if column is not None and row.cells[column] != str(year):
            raise WrongYear(
                file_name=table.file_name,
                year=year,
                found=shown(row.cells[column]) or "een leeg jaar",
                where=f"regel {row.line}, kolom '{column}'",
                line=row.line,
            )


def _line_of(
    row: Row, columns: _Columns, *, year: int, unit: Unit, faults: list[Fault]
) -> BudgetLine:
    """Return a row as a budget line; what is wrong with it goes to the faults."""
    label = columns.by_role["taakveld"]
    code, _, rest = row.cells[label].partition(" ")
    known = in_year(code, year)
    if known is None and code:
        faults.append(Fault(kind=UnknownTaakveld, place=row.place(label, why_not(code, year))))
    name = row.cells[columns.by_role["naam"]] if "naam" in columns.by_role else rest.strip()
    return BudgetLine(
        line_number=row.line,
        programme=row.cells[columns.by_role["programma"]],
        taakveld=code,
        name=name or (known.name if known else ""),
        revenues_cents=_amount(row, columns.by_role["baten"], unit=unit, faults=faults),
        expenses_cents=_amount(row, columns.by_role["lasten"], unit=unit, faults=faults),
    )


def _amount(row: Row, column: str, *, unit: Unit, faults: list[Fault]) -> int:
    """Return an amount in cents; what is no amount goes to the faults and counts 0."""
    text = row.cells[column]
    if not text:
        return 0  # Reported as an empty cell already.
    if is_no_figure(text):
        faults.append(Fault(kind=NoFigureCode, place=row.place(column, "is geen bedrag")))
        return 0
    try:
        return cents(text, unit=unit)
    except UnreadableError as error:
        faults.append(Fault(kind=UnreadableAmount, place=row.place(column, str(error))))
        return 0
