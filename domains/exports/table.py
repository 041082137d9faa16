"""Writing a table for spreadsheets and programs: CSV, XLSX, and JSON rows.

A spreadsheet may run a cell that begins like a formula (CSV injection, OWASP); such a cell gets an
apostrophe before it in CSV and is written as plain text in XLSX.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domains.days import NETHERLANDS
from domains.exports.model import Cell, Column, ColumnKind, Table
from domains.quantities import write_e4
from ledger import money

_FORMULA: Final = re.compile(r"[=+@\t\r]|-(?![0-9]+([.,][0-9]+)?\Z)")
_SHEET_NAME: Final = 31
_WIDTH: Final = 18
_DECIMALS: Final = {ColumnKind.AMOUNT: -2, ColumnKind.QUANTITY: -4}


def harmless(cell: str) -> str:
    """Keep a spreadsheet from running what somebody typed as a description.

    A lone carriage return would begin a new row in some readers, and so becomes a space.
    """
    return (f"'{cell}" if _FORMULA.match(cell) else cell).replace("\r", " ")


def csv_rows(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as CSV with semicolons, as Dutch spreadsheets expect."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def written(cell: Cell, kind: ColumnKind) -> str:
    """Write a cell as text: amounts as a Dutch spreadsheet reads them, days as in ISO 8601."""
    if cell is None:
        return ""
    if kind is ColumnKind.AMOUNT and isinstance(cell, int):
        return money.write(cell).replace(".", ",")
    if kind is ColumnKind.QUANTITY and isinstance(cell, int):
        return write_e4(cell).replace(".", ",")
    return str(cell)


def write_csv(table: Table) -> bytes:
    """Write a table as CSV in UTF-8: first the names of the columns, then the rows."""
    rows = [
        [written(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    return csv_rows([[column.name for column in table.columns], *rows]).encode()


def write_xlsx(tables: Sequence[Table], *, made_at: datetime) -> bytes:
    """Write tables as sheets of one workbook; the same tables and moment give the same bytes."""
    import xlsxwriter  # type: ignore[import-untyped] # The library has no types.

    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": made_at.astimezone(NETHERLANDS).replace(tzinfo=None)})
    heading = book.add_format({"bold": True})
    forms = {
        ColumnKind.AMOUNT: book.add_format({"num_format": "#,##0.00"}),
        ColumnKind.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for table in tables:
        sheet = book.add_worksheet(table.name[:_SHEET_NAME])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.columns) - 1, _WIDTH)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.name, heading)
        for number, row in enumerate(table.rows, 1):
            for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                value, form = _in_sheet(cell, column), forms.get(column.kind)
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, place, value, form)
                elif value is not None:
                    sheet.write_number(number, place, value, form)
    book.close()
    return content.getvalue()


def json_rows(table: Table) -> list[dict[str, Any]]:
    """Give the rows as objects by column name; an amount is a text in euros with a currency."""
    return [
        {
            column.name: _in_json(cell, column)
            for cell, column in zip(row, table.columns, strict=True)
        }
        for row in table.rows
    ]


def _in_json(cell: Cell, column: Column) -> Any:
    if column.kind is ColumnKind.AMOUNT and isinstance(cell, int):
        return {"waarde": money.write(cell), "valuta": "EUR"}
    if column.kind is ColumnKind.QUANTITY and isinstance(cell, int):
        return write_e4(cell)
    return cell


def _in_sheet(cell: Cell, column: Column) -> str | Decimal | date | None:
    """Give a cell as a spreadsheet keeps it: euros with decimals, all else as it is."""
    if isinstance(cell, int):
        return Decimal(cell).scaleb(_DECIMALS.get(column.kind, 0))
    return str(cell) if isinstance(cell, UUID) else cell
