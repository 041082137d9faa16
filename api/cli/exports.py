"""The files of `ontschot exporteer` that follow from a year of the books."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any, Final

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import exports
from api.cli.files import TEXT, Asked, at_books, opened, options, write_table
from api.cli.options import DAY, choice
from api.exports import FileForm, Wanted
from domains.exports.iv3 import Iv3Period
from domains.exports.journal import DEFAULT_COLUMNS, journal_columns
from domains.exports.model import Table
from domains.figures.model import Grouping


@click.command(
    name="iv3",
    options_metavar="[OPTIES]",
    help="Geef Iv3: lasten en baten per taakveld en categorie, en balansstanden.\n\n"
    "JSON heeft de vorm van de levering aan het CBS, in hele euro's; CSV en XLSX zijn tot op de"
    " cent. Een kwartaal telt vanaf 1 januari.",
    epilog="Voorbeeld: ontschot exporteer iv3 --gemeente GM0344 --jaar 2025 --periode jaar",
)
@options("json", "csv", "xlsx")
@click.option(
    "--periode",
    type=choice(*Iv3Period),
    default=str(Iv3Period.YEAR),
    show_default=True,
    help="Welke levering.",
)
def iv3(*, periode: str, **said: Any) -> int:  # noqa: D103 - its help says it.
    asked = Asked(**said)

    async def pieces(connection: AsyncConnection, wanted: Wanted) -> AsyncIterator[bytes]:
        period = Iv3Period(periode.casefold())
        yield await exports.iv3_file(connection, wanted, period=period, form=FileForm(asked.form))

    return _write(asked, pieces)


@click.command(
    name="xaf",
    options_metavar="[OPTIES]",
    help="Geef de auditfile van een jaar (XAF 3.2), zoals accountants die lezen.",
    epilog="Voorbeeld: ontschot exporteer xaf --gemeente GM0344 --jaar 2025 --uitvoer 2025.xaf",
)
@options("xml")
def xaf(**said: Any) -> int:  # noqa: D103 - its help says it.
    return _write(Asked(**said), exports.audit_file)


@click.command(
    name="journaal",
    options_metavar="[OPTIES]",
    help="Geef de journaalregels voor het financiële pakket.\n\n"
    "Met --kolommen kiest u de velden en hun namen: boekdatum,Kpl=kostenplaats,debet,credit."
    " De kostenplaats is de bron van het geld.",
    epilog="Voorbeeld: ontschot exporteer journaal --gemeente GM0344 --vanaf 2025-04-01"
    " --peildatum 2025-04-30",
)
@options("csv")
@click.option("--vanaf", type=DAY, help="Eerste boekdatum (standaard 1 januari).")
@click.option(
    "--kolommen",
    metavar="VELDEN",
    default=DEFAULT_COLUMNS,
    help="Velden met komma's ertussen, of Naam=veld.",
)
def journaal(*, vanaf: date | None, kolommen: str, **said: Any) -> int:  # noqa: D103 - Idem.
    columns = journal_columns(kolommen)
    return _write(
        Asked(**said),
        lambda connection, wanted: exports.journal_file(
            connection, wanted, from_date=vanaf, columns=columns
        ),
    )


@click.command(
    name="uitputting",
    options_metavar="[OPTIES]",
    help="Geef hoe ver budgetten zijn uitgeput, met een prognose tot en met 31 december.\n\n"
    "Zonder --peildatum tot en met de dag van de schakel, of het einde van het jaar.",
    epilog="Voorbeeld: ontschot exporteer uitputting --gemeente GM0344 --jaar 2025 --per wijk"
    " --peildatum 2025-06-30",
)
@options(TEXT, "json", "csv", "xlsx")
@click.option(
    "--per",
    type=choice(*Grouping),
    default=str(Grouping.DOMAIN),
    show_default=True,
    help="Waarvan elke regel er één is.",
)
def uitputting(*, per: str, **said: Any) -> int:  # noqa: D103 - its help says it.
    grouping = Grouping(per.casefold())
    return _table(
        Asked(**said),
        lambda connection, wanted: exports.utilisation_table(connection, wanted, grouping=grouping),
    )


def _table_command(
    name: str,
    make: Callable[[AsyncConnection, Wanted], Awaitable[Table]],
    *,
    told: str,
    example: str,
) -> click.Command:
    """Make the command of a table that needs no options of its own."""

    @click.command(
        name=name,
        options_metavar="[OPTIES]",
        help=told,
        epilog=f"Voorbeeld: ontschot exporteer {name} --gemeente GM0344 {example}",
    )
    @options(TEXT, "json", "csv", "xlsx")
    def command(**said: Any) -> int:
        return _table(Asked(**said), make)

    made: click.Command = command
    return made


COMMANDS: Final = (
    iv3,
    xaf,
    journaal,
    _table_command(
        "sisa",
        exports.grants_table,
        told="Geef de besteding per specifieke uitkering en indicator (SiSa).",
        example="--jaar 2025 --formaat csv",
    ),
    _table_command(
        "rechtmatigheid",
        exports.lawfulness_table,
        told="Geef de tabel voor de rechtmatigheidsverantwoording.\n\n"
        "Lasten boven de begroting, op het niveau waarop de raad autoriseert, tijdig gemeld of niet"
        " en acceptabel of niet.",
        example="--jaar 2025",
    ),
    _table_command(
        "betaalbestand",
        exports.payments_table,
        told="Geef de goedgekeurde declaraties en facturen die nog te betalen zijn.\n\n"
        "Betaald? Boek dat (soort betaling, 1200 aan 1900) met hetzelfde middel en document als de"
        " regel: dan staat zij er niet meer op. Zonder --peildatum tot en met de dag van de"
        " schakel.",
        example="--formaat csv",
    ),
    uitputting,
    _table_command(
        "prijs-en-volume",
        exports.variance_table,
        told="Geef prijs- en volumeverschillen van wat is geleverd, per product en aanbieder.",
        example="--jaar 2025",
    ),
)


def _write(asked: Asked, make: Callable[[AsyncConnection, Wanted], AsyncIterator[bytes]]) -> int:
    """Write a file piece by piece, so that the books of a large city need no memory."""

    async def work(connection: AsyncConnection, wanted: Wanted) -> None:
        with opened(asked.uitvoer) as write:
            async for piece in make(connection, wanted):
                write(piece)

    return at_books(asked, work)


def _table(asked: Asked, make: Callable[[AsyncConnection, Wanted], Awaitable[Table]]) -> int:
    async def work(connection: AsyncConnection, wanted: Wanted) -> None:
        await write_table(connection, asked, wanted, await make(connection, wanted))

    return at_books(asked, work)
