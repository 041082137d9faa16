"""What every file of `ontschot exporteer` has: its options, and where it is written."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.chain import known_link
from api.cli.desk import Desk, at_desk
from api.cli.options import DAY, choice, gemeente, settings_for
from api.cli.output import EXIT_OK, Side, print_file, say, table
from api.exports import FileForm, Wanted
from api.runtime import require_books
from domains.exports.model import ColumnKind, Table
from domains.exports.table import written
from domains.municipalities.names import by_code_or_name
from ledger import money

TEXT: Final = "tekst"
"""The form for people at a screen."""

_NUMBERS: Final = frozenset({ColumnKind.AMOUNT, ColumnKind.NUMBER, ColumnKind.QUANTITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options say; what is missing is filled in from the books and the calendar."""

    gemeente: str
    jaar: int | None
    peildatum: date | None
    bekend_tot: int | None
    formaat: str
    uitvoer: str | None
    folder: str | None

    @property
    def form(self) -> str:
        """Return the form as it is written here."""
        return self.formaat.casefold()


def options(*forms: str) -> Callable[[Any], Any]:
    """Add the options of a file; the first form is that of who names none."""
    found = (
        gemeente,
        click.option("--jaar", type=click.IntRange(2000, 2198), help="Standaard dit jaar."),
        click.option(
            "--peildatum",
            type=DAY,
            help="Geboekt tot en met deze dag (standaard alles wat bij het jaar hoort).",
        ),
        click.option(
            "--bekend-tot",
            type=click.IntRange(0),
            metavar="SCHAKEL",
            help="Bekend tot en met deze schakel; dezelfde schakel geeft altijd hetzelfde bestand.",
        ),
        click.option(
            "--formaat",
            type=choice(*forms),
            default=forms[0],
            show_default=True,
            help="Vorm van het bestand.",
        ),
        click.option(
            "--uitvoer",
            metavar="BESTAND",
            help="Schrijf naar dit bestand in plaats van naar het scherm.",
        ),
        click.option(
            "--map",
            "folder",
            metavar="MAP",
            help="Map met de eigen PostgreSQL, sleutels en controlepunten (standaard .ontschot).",
        ),
        click.help_option("-h", "--help", help="Toon deze uitleg."),
    )

    def add(command: Any) -> Any:
        for option in reversed(found):
            command = option(command)
        return command

    return add


def at_books(asked: Asked, make: Callable[[AsyncConnection, Wanted], Awaitable[None]]) -> int:
    """Do the work in the books of a municipality, as they were known at a link.

    :raises click.UsageError: a workbook is asked on the screen.
    :raises api.chain.NotKnownYet: the chain has no such link yet.
    """
    if asked.form == FileForm.XLSX and asked.uitvoer is None:
        message = "Een rekenblad past niet op het scherm; geef een bestand met --uitvoer."
        raise click.UsageError(message)
    settings = settings_for(asked.folder)
    code = by_code_or_name(asked.gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        async with db.transaction(desk.engine, code) as connection:
            known = await known_link(connection, gemeente=code, asked=asked.bekend_tot)
            wanted = Wanted(
                gemeente=code,
                year=asked.jaar or (asked.peildatum or desk.clock.today()).year,
                on=asked.peildatum,
                known_up_to=known,
            )
            await make(connection, wanted)
        return EXIT_OK

    return at_desk(settings, work)


@contextmanager
def opened(name: str | None) -> Iterator[Callable[[bytes], object]]:
    """Open where a file goes: a file that stands there only when it is whole, or the screen.

    :raises click.UsageError: the file cannot be written.
    """
    if name is None:
        yield lambda piece: print_file(piece.decode())
        return
    path = Path(name).expanduser()
    try:
        if path.exists() and not path.is_file():
            # Of a device or a pipe only the name would be left, with our file under it.
            message = f"{path} is geen gewoon bestand; kies een andere plek."
            raise click.UsageError(message)
        unfinished = path.with_name(f"{path.name}.deel")
        try:
            with unfinished.open("wb") as file:
                yield file.write
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as problem:
        message = f"Bestand {name} is niet te schrijven ({problem.strerror}); kies een andere plek."
        raise click.UsageError(message) from problem
    say(f"Geschreven: {name}")


async def write_table(
    connection: AsyncConnection, asked: Asked, wanted: Wanted, found: Table
) -> None:
    """Write a table in the form that was asked."""
    if asked.form == TEXT:
        content = f"{text_of(found)}\n".encode()
    else:
        content = await exports.written(connection, wanted, found, form=FileForm(asked.form))
    with opened(asked.uitvoer) as write:
        write(content)


def text_of(found: Table) -> str:
    """Lay a table out for people."""
    if not found.rows:
        return "Geen regels."
    return table(
        [column.name for column in found.columns],
        [
            [
                money.show(cell)
                if column.kind is ColumnKind.AMOUNT and isinstance(cell, int)
                else written(cell, column.kind)
                for cell, column in zip(row, found.columns, strict=True)
            ]
            for row in found.rows
        ],
        [Side.RIGHT if column.kind in _NUMBERS else Side.LEFT for column in found.columns],
    )
