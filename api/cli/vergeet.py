"""`ontschot vergeet`: forget who a family is, by a decision."""

from functools import partial
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cli.desk import Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import TEXT, as_format, choice, common, gemeente, proef, settings_for
from api.cli.output import EXIT_OK, Format, print_json, print_text, say
from api.messages import vault_of
from api.runtime import require_books
from domains.municipalities.names import by_code_or_name
from domains.persons.operations import forget_family
from domains.privacy.model import GROUNDS
from ledger.entries import fingerprint


@click.command(
    options_metavar="[OPTIES]",
    help="Vergeet wie een gezin is: zijn sleutel en alles wat zij verzegelde gaan weg.\n\n"
    "Bedragen, besluiten en de keten blijven, onder pseudoniemen. Zolang er hulp loopt of iets op"
    " iemand wacht kan het niet; voor de bewaartermijn voorbij is alleen op verzoek. Dit is niet"
    " terug te draaien, ook niet met een reservekopie van de database zodra de hoofdsleutel daarna"
    " is geroteerd en opgeruimd.",
    epilog="Voorbeeld: ontschot vergeet 3fd42359-92ed-4f45-9a1a-fe878b33e968 --gemeente GM0344"
    " --besluit 'B&W 2026-114' --proef",
)
@click.argument("gezin", type=click.UUID)
@click.option(
    "--besluit", required=True, type=TEXT, metavar="TEKST", help="Het besluit waarop dit rust."
)
@click.option("--grond", type=choice(*GROUNDS), help="Het verzoek, als de termijn nog loopt.")
@gemeente
@proef
@common
def command(
    *,
    gezin: UUID,
    besluit: str,
    grond: str | None,
    gemeente: str,
    proef: bool,
    formaat: str,
    folder: str | None,
) -> int:
    """Forget one family, or see whether that could be done."""
    settings = settings_for(folder)
    require_books(settings)
    code = by_code_or_name(gemeente).code

    async def work(desk: Desk) -> None:
        key = key_for("vergeet", code, str(gezin), besluit, grond or "")
        given = instruction(desk, gemeente=code, key=key, fingerprint=fingerprint(key))
        vault = partial(vault_of, settings, desk.database.key_folder)

        async def forget(connection: AsyncConnection) -> tuple[UUID, ...]:
            return await forget_family(
                connection,
                instruction=given,
                vault=vault,
                family=gezin,
                reason=besluit,
                ground=grond,
            )

        if proef:
            await rehearse(desk, code, forget)
        else:
            await once(desk, code, forget)

    at_desk(settings, work)
    if as_format(formaat) is Format.JSON:
        print_json({"gezin": gezin, "besluit": besluit, "proef": proef})
        return EXIT_OK
    print_text(f"Gezin {gezin} {'kan worden vergeten' if proef else 'is vergeten'} ({besluit}).")
    if proef:
        say("Proef: er is niets vernietigd.")
    return EXIT_OK
