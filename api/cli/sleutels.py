"""`ontschot sleutels`: a new master key for the persons, and the old ones thrown away."""

from pathlib import Path
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.cli.desk import Desk, at_desk, instruction, key_for, once
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_OK, Format, print_json, print_text
from api.messages import person_key_file
from api.runtime import require_books
from domains.persons.operations import drop_master_keys, wrap_keys_anew
from domains.persons.queries import keys_left
from domains.persons.rules import KeyStillUsed
from domains.persons.vault import Vault, add_master_key, drop_older_keys, load_or_make_vault
from ledger.entries import fingerprint


@click.group(
    name="sleutels",
    options_metavar="[OPTIES]",
    subcommand_metavar="OPDRACHT",
    help="Vervang de hoofdsleutel van de personen, of gooi oude weg.",
    epilog="Voorbeeld: ontschot sleutels roteer",
)
def command() -> None:  # noqa: D103 - its help says it.
    pass


@command.command(
    options_metavar="[OPTIES]",
    help="Maak een nieuwe hoofdsleutel en verzegel er alle sleutels van gezinnen mee.\n\n"
    "De oude blijft in het bestand voor wie een reservekopie terugzet. Wat werd afgebroken wordt"
    " eerst afgemaakt. Een bericht van voor de rotatie wordt aan zijn inhoud herkend zolang de"
    " oude sleutel in het bestand staat; rond halve declaraties dus af voordat u die weggooit.",
    epilog="Voorbeeld: ontschot sleutels roteer",
)
@common
def roteer(*, formaat: str, folder: str | None) -> int:
    """Rotate the master key over all municipalities in this database."""
    settings = settings_for(folder)
    require_books(settings)

    async def work(desk: Desk) -> tuple[Vault, int]:
        file = person_key_file(settings, desk.database.key_folder)
        vault = load_or_make_vault(file)
        if not await _left(desk, vault):
            vault = add_master_key(file)
        done = 0
        for gemeente in await db.with_books(desk.engine):
            done += await _rotate(desk, gemeente, vault)
        return vault, done

    vault, done = at_desk(settings, work)
    if as_format(formaat) is Format.JSON:
        print_json({"sleutel": vault.name, "gezinnen": done, "ouder": len(vault.older)})
    else:
        print_text(f"{done} gezinnen verzegeld met hoofdsleutel {vault.name}.")
    return EXIT_OK


@command.command(
    options_metavar="[OPTIES]",
    help="Gooi de oude hoofdsleutels weg.\n\n"
    "Wie daarna een oude reservekopie van de database terugzet kan de personen daarin niet meer"
    " lezen; ook vergeten gezinnen zijn dan in geen enkele kopie nog te lezen.",
    epilog="Voorbeeld: ontschot sleutels opruim",
)
@common
def opruim(*, formaat: str, folder: str | None) -> int:
    """Leave only the newest master key in its file."""
    settings = settings_for(folder)
    require_books(settings)

    async def work(desk: Desk) -> tuple[Path, Vault]:
        file = person_key_file(settings, desk.database.key_folder)
        vault = load_or_make_vault(file)
        left = await _left(desk, vault)
        if left:
            raise KeyStillUsed(count=left)
        for gemeente in await db.with_books(desk.engine):
            async with db.transaction(desk.engine, gemeente) as connection:
                await drop_master_keys(
                    connection, gemeente=gemeente, vault=vault, at=desk.clock.now()
                )
        return file, vault

    file, vault = at_desk(settings, work)
    drop_older_keys(file, vault)
    if as_format(formaat) is Format.JSON:
        print_json({"sleutel": vault.name, "weg": len(vault.older)})
    else:
        print_text(f"{len(vault.older)} oude hoofdsleutels weggegooid; {vault.name} blijft.")
    return EXIT_OK


async def _left(desk: Desk, vault: Vault) -> int:
    """Count what older master keys wrap, over all municipalities."""
    found = 0
    for gemeente in await db.with_books(desk.engine):
        async with db.transaction(desk.engine, gemeente) as connection:
            found += await keys_left(connection, gemeente=gemeente, vault=vault)
    return found


async def _rotate(desk: Desk, gemeente: str, vault: Vault) -> int:
    key = key_for("sleutels", gemeente, vault.name, str(desk.clock.new_random_id()))
    given = instruction(desk, gemeente=gemeente, key=key, fingerprint=fingerprint(key))

    async def wrap(connection: AsyncConnection) -> tuple[UUID, ...]:
        return await wrap_keys_anew(connection, instruction=given, vault=vault)

    async with db.transaction(desk.engine, gemeente) as connection:
        if not await keys_left(connection, gemeente=gemeente, vault=vault):
            return 0
    return len((await once(desk, gemeente, wrap)).results)
