"""`ontschot exporteer`: what leaves for others, as a table that a spreadsheet reads."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import rich_click as click

from api import db
from api.cli import open_payers
from api.cli.desk import Desk, at_desk
from api.cli.options import NUMBER, as_format, common_with_csv, gemeente, settings_for
from api.cli.output import (
    EXIT_OK,
    Format,
    Side,
    amount,
    in_cell,
    print_csv,
    print_json,
    print_text,
    table,
)
from api.runtime import require_books
from domains.budget_changes.model import BudgetChange, ShownLine
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budget_changes.rules import ChangeUnknown
from domains.budgets.taakvelden import in_year
from domains.municipalities.names import by_code_or_name
from ledger import money

_HEADING: Final = (
    "programma",
    "taakveld",
    "naam",
    "kant",
    "bron",
    "oud",
    "mutatie",
    "nieuw",
    "duur",
    "aanleiding",
)
_SIDES: Final = (*[Side.LEFT] * 5, *[Side.RIGHT] * 3)


@click.group(
    options_metavar="[OPTIES]",
    subcommand_metavar="WAT",
    help="Geef een tabel voor een rekenblad of een raadsvoorstel.",
    epilog="Voorbeeld: ontschot exporteer begrotingswijziging NUMMER --gemeente GM0344",
)
@click.help_option("-h", "--help", help="Toon deze uitleg.")
def command() -> None:  # noqa: D103 - its help says it.
    pass


@command.command(
    name="begrotingswijziging",
    options_metavar="[OPTIES]",
    help="Geef een begrotingswijziging met oud, mutatie en nieuw; lasten en baten apart.\n\n"
    "Van een vastgestelde wijziging is oud wat er stond vóór de vaststelling, van een ontwerp wat"
    " er nu staat.",
    epilog="Voorbeeld: ontschot exporteer begrotingswijziging"
    " 019a7f00-0000-7000-8000-000000000004 --gemeente GM0344 --formaat csv",
)
@click.argument("nummer", type=NUMBER)
@gemeente
@common_with_csv
def begrotingswijziging(  # noqa: D103 - its help says it.
    *, nummer: UUID, gemeente: str, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)

    async def work(desk: Desk) -> int:
        async with db.transaction(desk.engine, municipality.code) as connection:
            found = latest(
                await budget_changes(connection, gemeente=municipality.code, change=nummer)
            )
            if not found:
                raise ChangeUnknown(change=str(nummer))
            lines = await lines_with_old(connection, gemeente=municipality.code, change=found[0])
        _show(found[0], sorted(lines, key=_apart), as_format(formaat))
        return EXIT_OK

    return at_desk(settings, work)


command.add_command(open_payers.command)


def _show(change: BudgetChange, lines: list[ShownLine], chosen: Format) -> None:
    written = money.show if chosen is Format.TEXT else in_cell
    rows = [_row(change, each, written=written) for each in lines]
    if chosen is Format.CSV:
        print_csv(_HEADING, rows)
    elif chosen is Format.JSON:
        print_json(
            {
                "id": change.id,
                "jaar": change.year,
                "versie": change.number,
                "omschrijving": change.description,
                "besluit": change.adoption.decision if change.adoption else None,
                "regels": [
                    {
                        **dict(zip(_HEADING, row, strict=True)),
                        "oud": amount(each.old_cents),
                        "mutatie": amount(each.line.change_cents),
                        "nieuw": amount(each.new_cents),
                    }
                    for row, each in zip(rows, lines, strict=True)
                ],
            }
        )
    else:
        adoption = change.adoption
        state = f"vastgesteld met {adoption.decision}" if adoption else "ontwerp"
        title = f"{change.description} ({change.year}, versie {change.number}, {state})"
        print_text(f"{title}\n\n{table(_HEADING, rows, _SIDES)}")


def _apart(each: ShownLine) -> tuple[str, str, str]:
    """Put lasten before baten, each by programme and taakveld; other lines keep their order."""
    return ("" if each.line.side == "lasten" else "b", each.line.programme, each.line.taakveld)


def _row(
    change: BudgetChange, each: ShownLine, *, written: Callable[[int], str]
) -> tuple[str, ...]:
    line = each.line
    taakveld = in_year(line.taakveld, change.year)
    return (
        line.programme,
        line.taakveld,
        taakveld.name if taakveld else "",
        line.side,
        line.source,
        written(each.old_cents),
        written(line.change_cents),
        written(each.new_cents),
        line.duration,
        line.cause,
    )
