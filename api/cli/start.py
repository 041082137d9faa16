"""`ontschot start`: the web server on the books of this folder or database."""

import rich_click as click

from api.bearer import check_identity
from api.cli.desk import Desk, at_desk
from api.cli.options import common, settings_for
from api.cli.output import DESCRIPTION_AT, EXIT_OK
from api.runtime import address_of, reserved_port


@click.command(
    options_metavar="[OPTIES]",
    help="Start de webserver op de boeken van deze map.\n\n"
    "Zonder DATABASE_URL start de eigen PostgreSQL mee; Ctrl-C stopt beide.",
    epilog="Voorbeeld: ontschot start --poort 8080",
)
@click.option(
    "--poort", type=click.IntRange(1, 65535), metavar="GETAL", help="Poort van de webserver."
)
@common
def command(*, poort: int | None, formaat: str, folder: str | None) -> int:  # noqa: D103 - Idem.
    del formaat  # A server has no result; the option is there because every command has it.
    settings = settings_for(folder)
    check_identity(settings)
    port = poort or settings.port
    with reserved_port(settings.host, port) as held:

        async def work(desk: Desk) -> int:
            # The web is heavy; a port that is taken is told first.
            from api.cli.serving import serve

            address = address_of(settings.host, port)
            told = f"Open {address}/ (stoppen: Ctrl-C). Voor programma's: {address}{DESCRIPTION_AT}"
            await serve(desk, settings, held, told=told)
            return EXIT_OK

        return at_desk(settings, work)
