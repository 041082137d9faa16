"""`ontschot importeer schuldhulp`: what other systems tell of debt help (DDAS 1.0)."""

from pathlib import Path
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once, rehearse
from api.cli.options import as_format, common, content_of_file, gemeente, proef, settings_for
from api.cli.output import EXIT_OK, Format, print_json, print_text, say
from api.cli.progress import steps
from api.messages import vault_of
from domains.debt_help.model import DebtHelpImport
from domains.debt_help.operations import import_debt_help
from domains.debt_help.queries import delivery
from domains.debt_help.reading import read_debt_help, schema_in
from domains.municipalities.names import by_code_or_name
from ledger.entries import fingerprint

_SHOWN = 20


@click.command(
    name="schuldhulp",
    options_metavar="[OPTIES]",
    help="Lees een levering van schuldhulp in (DDAS 1.0, JSON): wanneer welke hulp begon en hoe zij"
    " afliep.\n\n"
    "Een BSN wordt aan de deur een pseudoniem; wie hier in geen gezin zit wordt overgeslagen, met"
    " de plek in het bestand. Namen, adressen en schulden worden niet bewaard. Een bestand dat niet"
    " klopt wordt in zijn geheel geweigerd. Hetzelfde bestand nog eens verandert niets.",
    epilog="Voorbeeld: ontschot importeer schuldhulp levering.json --gemeente GM0344 --proef",
)
@click.argument("bestand")
@gemeente
@proef
@common
def schuldhulp(  # noqa: D103 - its help says it.
    *, bestand: str, gemeente: str, proef: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    code = by_code_or_name(gemeente).code
    content, name = content_of_file(bestand), Path(bestand).name
    schema = schema_in(settings.message_schemas)

    async def work(desk: Desk) -> int:
        with steps() as tell:
            tell(f"{name} lezen")
            file = read_debt_help(content, file_name=name, schema=schema)
            tell(f"{len(file.trajectories)} trajecten verwerken")
            vault = vault_of(settings, desk.database.key_folder)
            key = key_for("schuldhulp", code, file.sha256)
            given = instruction(desk, gemeente=code, key=key, fingerprint=fingerprint(key))

            async def take_in(connection: AsyncConnection) -> tuple[UUID, ...]:
                return await import_debt_help(
                    connection, instruction=given, vault=vault, file=file, file_name=name
                )

            async def rehearsed(connection: AsyncConnection) -> DebtHelpImport:
                (made,) = await take_in(connection)
                return await delivery(connection, gemeente=code, delivery_id=made)

            if proef:
                found = await rehearse(desk, code, rehearsed)
            else:
                (made,) = (await once(desk, code, take_in)).results
                async with db.transaction(desk.engine, code) as connection:
                    found = await delivery(connection, gemeente=code, delivery_id=made)
        if schema is None:
            say("Getoetst aan het eigen model; het schema van DDAS is er niet (berichtschemas).")
        _show(found, chosen=as_format(formaat), in_rehearsal=proef)
        return EXIT_OK

    return at_desk(settings, work)


def _show(found: DebtHelpImport, *, chosen: Format, in_rehearsal: bool) -> None:
    if chosen is Format.JSON:
        print_json(
            {
                "id": found.id,
                "proef": in_rehearsal,
                "leverancier": found.supplier,
                "van": found.from_date,
                "totEnMet": found.last_date,
                "trajecten": found.trajectories,
                "begonnenHulp": found.starts,
                "nietIngelezen": [
                    {"plek": each.pointer, "reden": each.reason.value} for each in found.left_out
                ],
            }
        )
        return
    print_text(
        f"{found.trajectories} trajecten van {found.supplier}, {found.from_date} tot en met"
        f" {found.last_date}: {found.starts} keer begon er hulp voor iemand hier,"
        f" {len(found.left_out)} overgeslagen."
    )
    for each in found.left_out[:_SHOWN]:
        say(f"Overgeslagen: {each.pointer} ({each.reason})")
    if len(found.left_out) > _SHOWN:
        say(f"… en nog {len(found.left_out) - _SHOWN}; --formaat json geeft ze alle.")
    if in_rehearsal:
        say("Proef: er is niets ingelezen.")
