"""`ontschot exporteer`: what leaves for others, as a file or a table that a spreadsheet reads."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cli import exports, open_payers
from api.cli.files import TEXT, Asked, at_books, opened, options, text_of, write_table
from api.cli.options import NUMBER
from api.cli.output import print_text
from api.exports import FileForm, Wanted
from domains.budget_changes.model import BudgetChange, ShownLine
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budget_changes.rules import ChangeUnknown
from domains.exports import budget_change
from domains.exports.table import json_rows


@click.group(
    options_metavar="[OPTIES]",
    subcommand_metavar="WAT",
    help="Geef een bestand voor CBS, accountant, raad of financieel pakket.",
    epilog="Voorbeeld: ontschot exporteer iv3 --gemeente GM0344 --jaar 2025",
)
@click.help_option("-h", "--help", help="Toon deze uitleg.")
def command() -> None:  # noqa: D103 - its help says it.
    pass


@command.command(
    name="begrotingswijziging",
    options_metavar="[OPTIES]",
    help="Geef een begrotingswijziging met oud, mutatie en nieuw; lasten en baten apart.\n\n"
    "Van een vastgestelde wijziging is oud wat er stond vóór de vaststelling, van een ontwerp wat"
    " er nu staat. HTML is een stuk voor de raad dat goed afdrukt; met --uitvoer komt de stijl"
    " ernaast te staan.",
    epilog="Voorbeeld: ontschot exporteer begrotingswijziging"
    " 019a7f00-0000-7000-8000-000000000004 --gemeente GM0344 --formaat csv",
)
@click.argument("nummer", type=NUMBER)
@options(TEXT, "json", "csv", "xlsx", "html")
def begrotingswijziging(*, nummer: UUID, **said: Any) -> int:  # noqa: D103 - its help says it.
    asked = Asked(**said)

    async def work(connection: AsyncConnection, wanted: Wanted) -> None:
        gemeente, known_up_to = wanted.gemeente, wanted.known_up_to
        found = latest(
            await budget_changes(
                connection, gemeente=gemeente, change=nummer, known_up_to=known_up_to
            )
        )
        if not found:
            raise ChangeUnknown(change=str(nummer))
        lines = await lines_with_old(
            connection, gemeente=gemeente, change=found[0], known_up_to=known_up_to
        )
        await _show(connection, asked, wanted, (found[0], lines))

    return at_books(asked, work)


for each in (*exports.COMMANDS, open_payers.command):
    command.add_command(each)


async def _show(
    connection: AsyncConnection,
    asked: Asked,
    wanted: Wanted,
    shown: tuple[BudgetChange, Sequence[ShownLine]],
) -> None:
    change, lines = shown
    table = budget_change.as_table(change, lines)
    if asked.form == FileForm.HTML:
        _write_page(asked, wanted, shown)
    elif asked.form == FileForm.JSON:
        document = {
            "id": change.id,
            "jaar": change.year,
            "versie": change.number,
            "omschrijving": change.description,
            "besluit": change.adoption.decision if change.adoption else None,
            "standPer": wanted.known_up_to,
            "regels": json_rows(table),
        }
        with opened(asked.uitvoer) as write:
            write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    elif asked.form == TEXT and asked.uitvoer is None:
        adoption = change.adoption
        state = f"vastgesteld met {adoption.decision}" if adoption else "ontwerp"
        title = f"{change.description} ({change.year}, versie {change.number}, {state})"
        print_text(f"{title}\n\n{text_of(table)}")
    else:
        await write_table(connection, asked, replace(wanted, year=change.year), table)


def _write_page(
    asked: Asked, wanted: Wanted, shown: tuple[BudgetChange, Sequence[ShownLine]]
) -> None:
    """Write the document, and beside a file the style that it asks for."""
    with opened(asked.uitvoer) as write:
        write(budget_change.page(*shown, gemeente=wanted.gemeente, known_up_to=wanted.known_up_to))
    if asked.uitvoer is not None:
        beside = Path(asked.uitvoer).expanduser().with_name(budget_change.STYLE_NAME)
        with opened(str(beside)) as write:
            write(budget_change.style())
