"""Read the budget of one municipality from a CBS Iv3 file that holds all of them.

The file has names, not codes, and one line per municipality and taakveld. Amounts are thousands
of euros, unless the user says otherwise and the total agrees. ``-99998``, a point or an empty cell
means that CBS has no figure. The file knows no programmes: the first digit of the taakveld
(hoofdtaakveld) stands in for one, as ``H6``. Lines of other municipalities are skipped unread.
"""

import hashlib
from typing import Final

from domains.budgets.taakvelden import in_year, why_not
from domains.municipalities.names import TOTAL_NAMES, Municipality, folded, known_by_name
from domains.readers.amounts import UnreadableError, cents, is_no_figure
from domains.readers.checks import check_coding, check_figures, check_unit, check_year_in_name
from domains.readers.faults import (
    DuplicateRow,
    Fault,
    UnknownTaakveld,
    UnreadableAmount,
    refuse_if_any,
)
from domains.readers.model import BudgetFile, BudgetLine, NoFigure, Unit
from domains.readers.refusals import MunicipalityNotInFile
from domains.readers.table import Row, Table, check_columns, columns_of, shown, table_of

KIND: Final = "iv3"
LAYOUT: Final = "CBS Iv3 (Gemeenten;Taakveld;Baten;Lasten)"

_NEEDED: Final = ("gemeenten", "taakveld", "baten", "lasten")
_NAMES_SHOWN: Final = 3


def recognises(head: bytes) -> bool:
    """Return whether a file that begins like this has the layout of CBS Iv3."""
    return "gemeenten" in columns_of(head)


def read(
    content: bytes, *, file_name: str, municipality: Municipality, year: int, unit: Unit | None
) -> BudgetFile:
    """Read the budget of one municipality; all wrong spots in it are reported at once.

    :raises Refusal: one of those in ``refusals.py``.
    """
    table = table_of(content, file_name=file_name, separators=";")
    check_columns(table, needed=_NEEDED, present=frozenset(table.columns))
    amounts_in = unit or Unit.THOUSAND
    check_year_in_name(file_name, year=year)
    rows = _rows_of(table, municipality)
    check_coding(
        (_code_and_name(row)[0] for row in rows if row.cells["taakveld"]),
        file_name=file_name,
        year=year,
    )
    faults = list(table.faults)
    no_figure: list[NoFigure] = []
    lines: list[BudgetLine] = []
    first_seen: dict[str, int] = {}
    for row in rows:
        code, name = _code_and_name(row)
        faults += _faults_of(row, code=code, year=year, first_seen=first_seen)
        lines.append(
            BudgetLine(
                line_number=row.line,
                programme=f"H{code.partition('.')[0]}",
                taakveld=code,
                name=name,
                revenues_cents=_amount(
                    row, "baten", unit=amounts_in, faults=faults, no_figure=no_figure
                ),
                expenses_cents=_amount(
                    row, "lasten", unit=amounts_in, faults=faults, no_figure=no_figure
                ),
            )
        )
    refuse_if_any(faults, file_name=file_name)
    check_figures(lines, file_name=file_name, municipality=municipality)
    if unit is not Unit.THOUSAND:
        check_unit(lines, file_name=file_name, municipality=municipality, unit=amounts_in)
    return BudgetFile(
        year=year,
        municipality=municipality.code,
        kind=KIND,
        unit=amounts_in,
        lines=tuple(lines),
        no_figure=tuple(no_figure),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _rows_of(table: Table, municipality: Municipality) -> list[Row]:
    """Return the rows of the municipality, under whatever name the file gives it."""
    names = dict.fromkeys(row.cells["gemeenten"] for row in table.rows)
    wanted = {
        name for name in names if name == municipality.code or known_by_name(name) == municipality
    }
    if not wanted:
        refuse_if_any(list(table.faults), file_name=table.file_name)
        there = [shown(name) for name in names if folded(name) not in TOTAL_NAMES]
        more = len(there) - _NAMES_SHOWN
        found = ", ".join(there[:_NAMES_SHOWN]) + (f" en nog {more}" if more > 0 else "")
        raise MunicipalityNotInFile(
            file_name=table.file_name,
            municipality=f"{municipality.name} ({municipality.code})",
            found=found or "geen enkele gemeente (alleen het landelijk totaal)",
        )
    return [row for row in table.rows if row.cells["gemeenten"] in wanted]


def _code_and_name(row: Row) -> tuple[str, str]:
    """Split a label such as ``6.3 Inkomensregelingen`` in its code and its name."""
    code, _, name = row.cells["taakveld"].partition(" ")
    return code, name.strip()


def _faults_of(row: Row, *, code: str, year: int, first_seen: dict[str, int]) -> list[Fault]:
    """Return what is wrong with the taakveld of a row."""
    if in_year(code, year) is None:
        return [Fault(kind=UnknownTaakveld, place=row.place("taakveld", why_not(code, year)))]
    before = first_seen.setdefault(code, row.line)
    if before != row.line:
        place = row.place("taakveld", f"stond al op regel {before}")
        return [Fault(kind=DuplicateRow, place=place)]
    return []


def _amount(
    row: Row, column: str, *, unit: Unit, faults: list[Fault], no_figure: list[NoFigure]
) -> int:
    """Return an amount in cents; what is no amount goes to one of the two lists and counts 0."""
    text = row.cells[column]
    if text in {"", "."} or is_no_figure(text):
        no_figure.append(
            NoFigure(line_number=row.line, taakveld=_code_and_name(row)[0], column=column)
        )
        return 0
    try:
        return cents(text, unit=unit)
    except UnreadableError as error:
        faults.append(Fault(kind=UnreadableAmount, place=row.place(column, str(error))))
        return 0
