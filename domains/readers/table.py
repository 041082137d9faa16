"""Turn the bytes of a CSV file into rows with line numbers, or say what is wrong with them.

This file knows separators, quotes, encodings and line ends; it knows nothing of budgets.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from domains.readers.faults import (
    CellTooLong,
    EmptyCell,
    Fault,
    ShiftedColumns,
    refuse_if_any,
)
from domains.readers.model import Place
from domains.readers.refusals import (
    BrokenQuotes,
    DuplicateColumn,
    EmptyFile,
    FileTooLarge,
    HeadingOnly,
    MissingColumns,
    NotText,
    NotUtf8,
    WrongSeparator,
)

LIMIT_BYTES: Final = 50 * 1024**2
"""The largest file that we read; the budgets of all municipalities together are 3 MB."""

HEAD_BYTES: Final = 16 * 1024
"""How much of a file a reader sees to recognise it."""

_BOM: Final = b"\xef\xbb\xbf"
_SEPARATORS: Final = {",": "een komma", "\t": "een tab", "|": "een rechte streep"}
_LONGEST_SHOWN: Final = 60
_LONGEST_CELL: Final = 1_000
_LONG: Final = "heeft meer dan 1.000 tekens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a file: its number, counted from 1, and its cells by column name."""

    line: int
    cells: dict[str, str]

    def place(self, column: str, reason: str) -> Place:
        """Return the spot of a cell of this line, with what is wrong there."""
        value = shown(self.cells.get(column, ""))
        return Place(line=self.line, column=shown(column), value=value, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file as rows; column names are in lower case with single spaces."""

    file_name: str
    heading_line: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    """Lines whose number of cells differs from the heading; they are not among the rows."""


def shown(text: str) -> str:
    """Return text of a file as it may be shown: short, and without control characters."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for letter in text[:_LONGEST_SHOWN]
    )


def read_at_most(stream: BinaryIO, *, file_name: str, limit_bytes: int) -> bytes:
    """Read a whole stream, but never more than the limit.

    :raises FileTooLarge: the stream is longer; the rest was not read.
    """
    content = stream.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise FileTooLarge(file_name=file_name, limit_bytes=limit_bytes)
    return content


def columns_of(head: bytes) -> tuple[str, ...]:
    """Return the column names in the first lines of a file, as far as they can be told.

    Any separator will do: this recognises a file, and ``table_of`` judges it.
    """
    text = head.removeprefix(_BOM).decode("utf-8", errors="replace")
    first = next((line for line in text.splitlines() if line.strip(" ;,\t")), "")
    separator = max((";", *_SEPARATORS), key=first.count)
    cells = next(csv.reader([first], delimiter=separator), [])
    return tuple(_column_name(cell) for cell in cells)


def table_of(content: bytes, *, file_name: str, separators: str) -> Table:
    """Read a file whose first filled line is its heading.

    Line ends may be of any kind, also mixed. Empty lines are skipped and counted.

    :raises FileTooLarge: more than ``LIMIT_BYTES``.
    :raises EmptyFile: nothing in it.
    :raises NotText: a spreadsheet, or something else that is no text.
    :raises NotUtf8: text in another encoding.
    :raises WrongSeparator: one column, with another separator in it.
    :raises BrokenQuotes: a quotation mark that is not closed.
    :raises CellTooLong: a cell longer than a name needs.
    :raises DuplicateColumn: two columns have the same name.
    :raises HeadingOnly: no lines under the heading.
    """
    text = _text_of(content, file_name=file_name)
    heading_text = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(separators, key=heading_text.count)
    records = _records(text, separator=separator, file_name=file_name)
    heading_line, heading = next(records, (1, []))
    if not heading:
        raise EmptyFile(file_name=file_name)
    columns = tuple(_column_name(cell) for cell in heading)
    if len(heading) == 1:
        _check_separator(heading[0], heading_line=heading_line, file_name=file_name)
    _check_names(columns, heading_line=heading_line, file_name=file_name)
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in records:
        long = [
            name for name, cell in zip(columns, cells, strict=False) if len(cell) > _LONGEST_CELL
        ]
        if long:
            faults.append(_too_long(line, long[0]))
        elif len(cells) == len(columns):
            rows.append(Row(line=line, cells=dict(zip(columns, cells, strict=True))))
        else:
            reason = f"{len(cells)} kolommen, de kopregel heeft er {len(columns)}"
            place = Place(line=line, column="", value="", reason=reason)
            faults.append(Fault(kind=ShiftedColumns, place=place))
    if not rows and not faults:
        raise HeadingOnly(file_name=file_name)
    return Table(
        file_name=file_name,
        heading_line=heading_line,
        columns=columns,
        rows=tuple(rows),
        faults=tuple(faults),
    )


def check_columns(table: Table, *, needed: tuple[str, ...], present: frozenset[str]) -> None:
    """Refuse a table that lacks a needed column, naming all that are missing at once.

    :raises MissingColumns: one or more are not there.
    """
    missing = [name for name in needed if name not in present]
    if missing:
        raise MissingColumns(
            file_name=table.file_name,
            line=table.heading_line,
            missing=", ".join(missing),
            found=", ".join(shown(name) or "(leeg)" for name in table.columns),
        )


def empty_cells(row: Row, columns: tuple[str, ...]) -> list[Fault]:
    """Return a fault for each of these cells that is empty."""
    return [
        Fault(kind=EmptyCell, place=row.place(column, "is leeg"))
        for column in columns
        if not row.cells[column]
    ]


def _text_of(content: bytes, *, file_name: str) -> str:
    """Return the text of a file, without its byte order mark."""
    if len(content) > LIMIT_BYTES:
        raise FileTooLarge(file_name=file_name, limit_bytes=LIMIT_BYTES)
    if not content.removeprefix(_BOM).strip():
        raise EmptyFile(file_name=file_name)
    looks_like = _other_kind(content)
    if looks_like:
        raise NotText(file_name=file_name, looks_like=looks_like)
    try:
        return content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start + (len(_BOM) if content.startswith(_BOM) else 0)
        before = content[:start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        byte = content[start : start + 1]
        guess = byte.decode("cp1252", errors="ignore")
        found = f"het byte 0x{byte.hex().upper()}" + (f" (in Windows-1252: {guess})" * bool(guess))
        raise NotUtf8(
            file_name=file_name, line=before.count(b"\n") + 1, byte=start, found=found
        ) from error


def _other_kind(content: bytes) -> str:
    """Return what a file is that is no text, in Dutch, or nothing for a text."""
    if content.startswith(b"PK\x03\x04"):
        return "een Excel- of zip-bestand"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "een oud Excel-bestand"
    if content.startswith(b"%PDF"):
        return "een PDF"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "een tekst in UTF-16"
    return "een binair bestand" if b"\x00" in content else ""


def _records(text: str, *, separator: str, file_name: str) -> Iterator[tuple[int, list[str]]]:
    """Give each filled line with its number and its cells without spaces around them."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True
    )
    while True:
        before = reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # The library stops at a field that is far too long, and has no word for which.
            if "field limit" in str(error) and reader.line_num <= before + 1:
                refuse_if_any([_too_long(before + 1, "")], file_name=file_name)
            raise BrokenQuotes(file_name=file_name, line=before + 1) from error
        if cells is None:
            return
        if reader.line_num > before + 1:  # A quote that ran on swallowed whole lines.
            raise BrokenQuotes(file_name=file_name, line=before + 1)
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield reader.line_num, stripped


def _too_long(line: int, column: str) -> Fault:
    place = Place(line=line, column=shown(column), value="", reason=_LONG)
    return Fault(kind=CellTooLong, place=place)


def _check_separator(heading: str, *, heading_line: int, file_name: str) -> None:
    """Refuse a heading in one piece that another separator would cut."""
    found = max(_SEPARATORS, key=heading.count)
    if found in heading:
        raise WrongSeparator(file_name=file_name, line=heading_line, found=_SEPARATORS[found])


def _check_names(columns: tuple[str, ...], *, heading_line: int, file_name: str) -> None:
    """Refuse a heading with the same name twice."""
    for name in columns:
        if name and columns.count(name) > 1:
            raise DuplicateColumn(
                file_name=file_name,
                line=heading_line,
                column=shown(name),
                found=", ".join(map(shown, columns)),
            )


def _column_name(cell: str) -> str:
    """Return a column name as it is compared."""
    return " ".join(cell.split()).casefold()
