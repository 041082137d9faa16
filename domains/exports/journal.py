"""The journal for the financial package: every line of the book LASTEN, in columns of choice."""

import difflib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.exports import queries
from domains.exports.model import Cell, ColumnKind, LedgerLine
from domains.exports.refusals import JournalColumnTwice, UnknownJournalColumn
from domains.exports.table import csv_rows, written


def _last_day(line: LedgerLine) -> date | None:
    until = line.performance_until
    return None if until is None else until - timedelta(days=1)


_FIELDS: Final[Mapping[str, tuple[ColumnKind, Callable[[LedgerLine], Cell]]]] = MappingProxyType(
    {
        "boekdatum": (ColumnKind.DAY, lambda line: line.booking_date),
        "periode": (ColumnKind.NUMBER, lambda line: line.booking_date.month),
        "boekstuk": (ColumnKind.TEXT, lambda line: line.voucher),
        "regel": (ColumnKind.NUMBER, lambda line: line.line),
        "soort": (ColumnKind.TEXT, lambda line: line.kind),
        "omschrijving": (ColumnKind.TEXT, lambda line: line.told),
        "document": (ColumnKind.TEXT, lambda line: line.document),
        "rekening": (ColumnKind.TEXT, lambda line: line.code),
        "naam": (ColumnKind.TEXT, lambda line: chart.name_of(line.code)),
        "taakveld": (ColumnKind.TEXT, lambda line: line.taakveld),
        "categorie": (ColumnKind.TEXT, lambda line: line.category),
        "kostenplaats": (ColumnKind.TEXT, lambda line: chart.source_of(line.fund)),
        "middel": (ColumnKind.TEXT, lambda line: line.fund),
        "debet": (ColumnKind.AMOUNT, lambda line: max(line.amount_cents, 0)),
        "credit": (ColumnKind.AMOUNT, lambda line: max(-line.amount_cents, 0)),
        "bedrag": (ColumnKind.AMOUNT, lambda line: line.amount_cents),
        "prestatieVan": (ColumnKind.DAY, lambda line: line.performance_from),
        "prestatieTotEnMet": (ColumnKind.DAY, _last_day),
        "gezinsbudget": (ColumnKind.TEXT, lambda line: line.envelope),
        "grond": (ColumnKind.TEXT, lambda line: line.basis),
        "boeking": (ColumnKind.TEXT, lambda line: line.entry),
    }
)
DEFAULT_COLUMNS: Final = (
    "boekdatum,boekstuk,regel,omschrijving,document,rekening,taakveld,categorie,kostenplaats,"
    "middel,debet,credit"
)
"""The columns of who asks for none; the cost centre (kostenplaats) is the source of the money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalColumn:
    """A column by the name that the financial package wants, and the field that fills it."""

    name: str
    field: str


def journal_columns(text: str) -> tuple[JournalColumn, ...]:
    """Read which columns are asked: fields with commas between, or ``Naam=veld``.

    :raises UnknownJournalColumn: there is no such field.
    :raises JournalColumnTwice: two columns have the same name.
    """
    found: list[JournalColumn] = []
    for asked in text.split(","):
        name, given, field = (part.strip() for part in asked.partition("="))
        known = field if given else name
        if known not in _FIELDS or not name:
            near = difflib.get_close_matches(known, _FIELDS, n=3)
            said = known if name and known else asked.strip()
            raise UnknownJournalColumn(column=said[:60], known=", ".join(near or _FIELDS))
        if any(each.name == name for each in found):
            raise JournalColumnTwice(column=name[:60])
        found.append(JournalColumn(name=name, field=known))
    return tuple(found)


async def journal_file(
    connection: AsyncConnection,
    *,
    gemeente: str,
    from_date: date,
    on: date,
    known_up_to: int,
    columns: Sequence[JournalColumn],
) -> AsyncIterator[bytes]:
    """Write the lines that were booked on these days as CSV, in pieces.

    :raises domains.exports.refusals.NothingKnownYet: nothing was ever booked.
    """
    scope = await queries.scope_of(
        connection, gemeente=gemeente, from_date=from_date, on=on, known_up_to=known_up_to
    )
    yield csv_rows([[column.name for column in columns]]).encode()
    async for lines in queries.ledger_lines(connection, scope):
        yield journal_rows(lines, columns).encode()


def journal_rows(lines: Sequence[LedgerLine], columns: Sequence[JournalColumn]) -> str:
    """Write lines of the books as CSV rows."""
    fields = [_FIELDS[column.field] for column in columns]
    return csv_rows([written(read(line), kind) for kind, read in fields] for line in lines)
