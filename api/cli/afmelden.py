"""`ontschot afmelden`: ends the sessions of somebody, or of everybody, without waiting for them."""

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, tell
from api.cli.options import as_format, common, gemeente, settings_for
from api.cli.output import EXIT_OK, Format, print_json, print_text
from api.runtime import require_books
from api.web.sessions import end_all
from domains.municipalities.names import by_code_or_name


@click.command(
    options_metavar="[OPTIES]",
    help="Beëindig de aanmeldingen van iemand op de pagina's, in welke browser ook.\n\n"
    "Bijvoorbeeld na diefstal van een laptop, of als iemands rol is veranderd: rollen en teams"
    " gelden vanaf de volgende aanmelding. Een token van een programma geldt tot het verloopt.",
    epilog="Voorbeeld: ontschot afmelden --gemeente GM0344 --wie f3b2c1",
)
@gemeente
@click.option(
    "--wie",
    metavar="NAAM",
    help="Hoe de aanmelddienst iemand noemt (sub); zonder deze optie iedereen.",
)
@common
def command(  # noqa: D103 - its help says it.
    *, gemeente: str, wie: str | None, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        async def operation(connection: AsyncConnection) -> int:
            ended = await end_all(connection, gemeente=code, subject=wie)
            await tell(connection, desk, gemeente=code)
            return ended

        ended = await db.run(desk.engine, code, operation)
        if as_format(formaat) is Format.JSON:
            print_json({"gemeente": code, "wie": wie, "beeindigd": ended})
        else:
            print_text(f"Aanmeldingen beëindigd: {ended}.")
        return EXIT_OK

    return at_desk(settings, work)
