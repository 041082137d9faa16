"""`ontschot herstel`: a backup in an empty database, checked to the cent before anyone uses it."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import msgspec
import rich_click as click

from api import db, migrate
from api.cli import backup, reservekopie
from api.cli.checking import Checked, check_gemeente, print_findings
from api.cli.checking import document as check_document
from api.cli.desk import Desk, at_desk
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_FINDING, EXIT_OK, Format, print_json, print_text, say
from api.cli.progress import bar, steps
from api.keys import fingerprints
from api.postgres import EnvironmentProblem, erase, find_binaries
from api.postgres_programs import find_program
from api.runtime import checkpoint_folder, key_folder, owned, stop_on_signals
from api.settings import Settings
from ledger import checkpoints


@click.command(
    options_metavar="[OPTIES]",
    help="Zet een reservekopie terug in een lege database en reken alles na.\n\n"
    "Wat niet precies is wat het ondertekende manifest noemt, wordt geweigerd. Zet eerst de map"
    " sleutels terug uit de kluis. Exitcode 1 bij een bevinding.",
    epilog="Voorbeeld: ontschot herstel /media/kopie/2026-03-01 --map /var/lib/ontschot/nieuw",
)
@click.argument(
    "bron", metavar="MAP", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--proef",
    is_flag=True,
    help="Zet haar terug in een tijdelijke database, reken na en gooi die weer weg.",
)
@common
def command(*, bron: Path, proef: bool, formaat: str, folder: str | None) -> int:  # noqa: D103 - its help says it.
    settings = settings_for(folder)
    stop_on_signals()
    found = backup.read(bron.absolute(), checkpoints.public_keys(key_folder(settings)))
    if not found.key_is_ours:
        say(
            f"Let op: deze kopie is ondertekend met sleutel {found.signed_by}, die met haar"
            " meekwam. Vergelijk die naam met uw eigen kopie van checkpoint-….pub.pem."
        )
    _say_missing_keys(found.manifest, settings)
    with _rehearsal(settings) if proef else _real(settings) as target:
        _restore(found, target)
        checks = at_desk(target, lambda desk: _check(desk, found.manifest))
    if as_format(formaat) is Format.JSON:
        place = None if proef else target.data_folder
        print_json(
            {
                "reservekopie": reservekopie.document(found.manifest, found.folder),
                "map": None if place is None else str(place),
                "controles": [check_document(checked) for checked in checks],
            }
        )
    else:
        print_text(reservekopie.text(found.manifest))
        _print(checks)
        if proef:
            sound = all(checked.is_clean for checked in checks)
            verdict = "geslaagd" if sound else "niet geslaagd"
            say(f"Proef {verdict}; de tijdelijke database is weer weg.")
    return EXIT_OK if all(checked.is_clean for checked in checks) else EXIT_FINDING


@contextmanager
def _real(settings: Settings) -> Iterator[Settings]:
    """Restore in the database of the settings.

    :raises EnvironmentProblem: only half of its addresses are known.
    """
    if settings.migration_url is not None and settings.database_url is None:
        message = "Zet ook DATABASE_URL: daarmee wordt nagerekend wat er is teruggezet."
        raise EnvironmentProblem(message)
    yield settings


@contextmanager
def _rehearsal(settings: Settings) -> Iterator[Settings]:
    """Restore in a database of its own, with the public keys of here, that is then thrown away."""
    folder = Path(mkdtemp(prefix="ontschot-proef-"))
    folder.chmod(0o711)  # The server's own user must reach his folder in it.
    elsewhere = msgspec.structs.replace(
        settings, data_folder=folder, folder_is_chosen=True, database_url=None, migration_url=None
    )
    try:
        for key in checkpoints.public_keys(key_folder(settings)).values():
            checkpoints.keep_public_key(key_folder(elsewhere), key)
        yield elsewhere
    finally:
        erase(folder, find_binaries(settings.postgres_bin))
        shutil.rmtree(folder, ignore_errors=True)


def _restore(found: backup.Found, settings: Settings) -> None:
    """Fill the database and bring it to the shape that this version knows."""
    program = find_program("pg_restore", settings.postgres_bin)

    async def work(url: str) -> None:
        engine = db.engine_for(url)
        try:
            with steps() as tell:
                await backup.restore(engine, url, found, restore_program=program, tell=tell)
        finally:
            await engine.dispose()

    with owned(settings) as url:
        migrate.require_roles(url)
        asyncio.run(work(url))
        migrate.migrate(url)
    backup.restore_checkpoints(
        found, key_folder=key_folder(settings), checkpoint_folder=checkpoint_folder(settings)
    )


async def _check(desk: Desk, manifest: backup.Manifest) -> list[Checked]:
    checks = []
    for chain in manifest.ketens:
        with bar(chain.gemeente) as progress:
            checks.append(await check_gemeente(desk, chain.gemeente, progress=progress))
    return checks


def _say_missing_keys(manifest: backup.Manifest, settings: Settings) -> None:
    """Warn of keys that belong to the backup and are not here, before anything is done."""
    here = fingerprints(settings)
    missing = [name for name, mark in manifest.sleutels.items() if mark not in here.get(name, ())]
    if missing:
        say(
            f"Let op: hier ontbreken sleutels die bij deze kopie horen: {', '.join(missing)}. Zet"
            f" {key_folder(settings)} terug uit de kluis; zonder de sleutel “personen” zijn"
            " persoonsgegevens niet te lezen."
        )


def _print(checks: list[Checked]) -> None:
    for checked in checks:
        state = "schoon" if checked.is_clean else f"{len(checked.findings)} bevindingen"
        print_text(
            f"{checked.report.gemeente}: {state}; {checked.report.entries} boekingen in"
            f" {checked.report.chain_number} schakels, {checked.checkpoints} controlepunten"
        )
        print_findings(checked)
