"""What can be exported, in which forms: shared by the web server and the command line."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.clock import LAST_DAY
from domains.days import calendar_day
from domains.exports import iv3, journal, lawfulness, payments, sisa, xaf
from domains.exports.iv3 import Iv3Period
from domains.exports.journal import JournalColumn
from domains.exports.model import Table
from domains.exports.queries import moment_of, scope_of
from domains.exports.table import json_rows, write_csv, write_xlsx
from domains.figures import queries as figures
from domains.figures import rules as figure_rules
from domains.figures.model import Grouping
from domains.settings.queries import settings_known


class FileForm(StrEnum):
    """In which form a file leaves."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    XML = "xml"


MEDIA_TYPES: Final = MappingProxyType(
    {
        FileForm.JSON: "application/json",
        FileForm.CSV: "text/csv",
        FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        FileForm.HTML: "text/html",
        FileForm.XML: "application/xml",
    }
)
OF_TABLES: Final = (FileForm.JSON, FileForm.CSV, FileForm.XLSX)
"""The forms that every table has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file of a year, up to a booking date, as known at a chain number.

    Without a booking date everything counts that belongs to the year, so that the same number gives
    the same file on every later day.
    """

    gemeente: str
    year: int
    on: date | None
    known_up_to: int


async def iv3_file(
    connection: AsyncConnection, wanted: Wanted, *, period: Iv3Period, form: FileForm
) -> bytes:
    """Make the Iv3 delivery of a period; JSON is the form of the delivery to CBS."""
    made = await iv3.iv3_of(
        connection,
        gemeente=wanted.gemeente,
        year=wanted.year,
        period=period,
        on=wanted.on or LAST_DAY,
        known_up_to=wanted.known_up_to,
    )
    if form is FileForm.JSON:
        settings = await settings_known(
            connection,
            gemeente=wanted.gemeente,
            day=made.scope.made_on,
            known_up_to=wanted.known_up_to,
        )
        return iv3.write_json(made, contact=settings.iv3_contact)
    return await written(connection, wanted, iv3.as_table(made), form=form)


def audit_file(connection: AsyncConnection, wanted: Wanted) -> AsyncIterator[bytes]:
    """Make the audit file (XAF) of a year, in pieces."""
    return xaf.audit_file(
        connection,
        gemeente=wanted.gemeente,
        year=wanted.year,
        on=wanted.on or LAST_DAY,
        known_up_to=wanted.known_up_to,
    )


def journal_file(
    connection: AsyncConnection,
    wanted: Wanted,
    *,
    from_date: date | None,
    columns: Sequence[JournalColumn],
) -> AsyncIterator[bytes]:
    """Make the journal for the financial package, in pieces; of the year unless told."""
    return journal.journal_file(
        connection,
        gemeente=wanted.gemeente,
        from_date=from_date or date(wanted.year, 1, 1),
        on=wanted.on or date(wanted.year, 12, 31),
        known_up_to=wanted.known_up_to,
        columns=columns,
    )


async def grants_table(connection: AsyncConnection, wanted: Wanted) -> Table:
    """Make the table for SiSa."""
    lines = await sisa.grant_lines(
        connection,
        gemeente=wanted.gemeente,
        year=wanted.year,
        on=wanted.on or LAST_DAY,
        known_up_to=wanted.known_up_to,
    )
    return sisa.as_table(lines, year=wanted.year)


async def lawfulness_table(connection: AsyncConnection, wanted: Wanted) -> Table:
    """Make the lawfulness table."""
    return lawfulness.as_table(
        await lawfulness.lawfulness(
            connection,
            gemeente=wanted.gemeente,
            year=wanted.year,
            on=wanted.on or LAST_DAY,
            known_up_to=wanted.known_up_to,
        )
    )


async def payments_table(connection: AsyncConnection, wanted: Wanted) -> Table:
    """Make the table of what has to be paid, unless told up to the day of the chain number."""
    made_at = await moment_of(connection, gemeente=wanted.gemeente, known_up_to=wanted.known_up_to)
    on = wanted.on or calendar_day(made_at)
    found = await payments.payables(
        connection, gemeente=wanted.gemeente, on=on, known_up_to=wanted.known_up_to
    )
    return payments.as_table(found, on=on)


async def utilisation_table(
    connection: AsyncConnection, wanted: Wanted, *, grouping: Grouping
) -> Table:
    """Make the table of how far budgets are used up, unless told up to the chain number's day."""
    on = await checked_day(connection, wanted)
    found = await figures.utilisation(
        connection,
        gemeente=wanted.gemeente,
        year=wanted.year,
        on=on,
        known_up_to=wanted.known_up_to,
        grouping=grouping,
    )
    return figure_rules.utilisation_table(found)


async def variance_table(connection: AsyncConnection, wanted: Wanted) -> Table:
    """Make the table of price and volume, unless told up to the day of the chain number."""
    on = await checked_day(connection, wanted)
    found = await figures.variances(
        connection,
        gemeente=wanted.gemeente,
        year=wanted.year,
        on=on,
        known_up_to=wanted.known_up_to,
    )
    return figure_rules.variance_table(found, year=wanted.year)


async def checked_day(connection: AsyncConnection, wanted: Wanted) -> date:
    """Give the booking date of figures: the day of the chain number within the year, unless told.

    Books without anything have no figures, of whatever year.

    :raises domains.exports.refusals.NoDays: the day lies before the year.
    :raises domains.exports.refusals.YearNotInBooks: of the year nothing was booked.
    """
    first, last = date(wanted.year, 1, 1), date(wanted.year, 12, 31)
    if not wanted.known_up_to:
        return wanted.on or last
    made_at = await moment_of(connection, gemeente=wanted.gemeente, known_up_to=wanted.known_up_to)
    scope = await scope_of(
        connection,
        gemeente=wanted.gemeente,
        from_date=first,
        on=wanted.on or min(max(first, calendar_day(made_at)), last),
        known_up_to=wanted.known_up_to,
    )
    return scope.on


async def written(
    connection: AsyncConnection, wanted: Wanted, table: Table, *, form: FileForm
) -> bytes:
    """Write a table in one of the forms that every table has."""
    if form is FileForm.JSON:
        return msgspec.json.format(msgspec.json.encode(in_json(wanted, table)), indent=2) + b"\n"
    if form is FileForm.CSV:
        return write_csv(table)
    made_at = await moment_of(connection, gemeente=wanted.gemeente, known_up_to=wanted.known_up_to)
    return write_xlsx([table], made_at=made_at)


def in_json(wanted: Wanted, table: Table) -> dict[str, Any]:
    """Give a table as a program reads it, with what it stands for."""
    return {
        "naam": table.name,
        "jaar": wanted.year,
        "peilDatum": wanted.on,
        "standPer": wanted.known_up_to,
        "resultaten": json_rows(table),
    }
