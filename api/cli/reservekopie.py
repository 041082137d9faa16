"""`ontschot reservekopie`: the books, the checkpoints and a signed manifest in a new folder."""

import asyncio
from pathlib import Path

import rich_click as click

from api import db
from api.cli import backup
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_OK, Format, Value, print_json, print_text, say
from api.cli.progress import steps
from api.clock import SystemClock
from api.keys import fingerprints
from api.postgres import EnvironmentProblem
from api.postgres_programs import find_program
from api.runtime import checkpoint_folder, key_folder, owned, require_books, stop_on_signals
from api.sealing import seal_of
from api.settings import Settings


@click.command(
    options_metavar="[OPTIES]",
    help="Maak een reservekopie van de boeken in een nieuwe map.\n\n"
    "Daarin staan de hele database, de controlepunten en een ondertekend manifest, alles van één"
    " moment; er kan intussen gewoon worden geboekt. Geheime sleutels gaan niet mee: bewaar de map"
    " sleutels apart, in een kluis. Zonder hen zijn persoonsgegevens niet te lezen.",
    epilog="Voorbeeld: ontschot reservekopie /media/kopie/2026-03-01",
)
@click.argument("doel", metavar="NIEUWE_MAP", type=click.Path(path_type=Path))
@click.option("--proef", is_flag=True, help="Laat zien wat er in zou komen; schrijf niets.")
@common
def command(*, doel: Path, proef: bool, formaat: str, folder: str | None) -> int:  # noqa: D103 - its help says it.
    settings = settings_for(folder)
    require_books(settings)
    target = doel.expanduser().absolute()
    if target.exists():
        message = f"{target} bestaat al; noem een nieuwe map, zodat geen kopie wordt overschreven."
        raise EnvironmentProblem(message)
    program = find_program("pg_dump", settings.postgres_bin)
    clock = SystemClock()
    stop_on_signals()

    async def work(url: str) -> backup.Manifest:
        engine = db.engine_for(url)
        try:
            if proef:
                return await backup.look(engine, at=clock.now(), keys=_newest(settings))
            seal = seal_of(key_folder(settings), checkpoint_folder(settings))
            with steps() as tell:
                return await backup.make(
                    engine,
                    url,
                    target,
                    dump=program,
                    seal=seal,
                    at=clock.now(),
                    keys=_newest(settings),
                    tell=tell,
                )
        finally:
            await engine.dispose()

    with owned(settings) as url:
        made = asyncio.run(work(url))
    if as_format(formaat) is Format.JSON:
        print_json(document(made, None if proef else target))
    else:
        print_text(text(made))
        say("Proef: niets geschreven." if proef else f"Bewaard in {target}.")
    return EXIT_OK


def _newest(settings: Settings) -> dict[str, str]:
    """Name the keys that seal and sign today."""
    return {name: marks[0] for name, marks in fingerprints(settings).items()}


def document(manifest: backup.Manifest, folder: Path | None) -> dict[str, Value]:
    """Give a backup in the form that it has on the wire."""
    return {
        "map": None if folder is None else str(folder),
        "gemaaktOp": manifest.gemaakt_op.isoformat().replace("+00:00", "Z"),
        "versie": manifest.versie,
        "migratie": manifest.migratie,
        "ketens": [
            {"gemeente": chain.gemeente, "schakel": chain.schakel, "logregel": chain.logregel}
            for chain in manifest.ketens
        ],
        "sleutels": manifest.sleutels,
        "bytes": sum(part.bytes for part in manifest.bestanden),
    }


def text(manifest: backup.Manifest) -> str:
    """Tell people what a backup holds."""
    lines = [
        f"{chain.gemeente}: tot en met schakel {chain.schakel} en logregel {chain.logregel}"
        for chain in manifest.ketens
    ]
    keys = "; ".join(f"{name} {mark}" for name, mark in manifest.sleutels.items())
    title = (
        f"Reservekopie van {manifest.gemaakt_op:%Y-%m-%d %H:%M} UTC, Ontschot {manifest.versie},"
        f" vorm {manifest.migratie}"
    )
    beside = f"Sleutels die erbij horen en er niet in zitten: {keys or 'geen'}"
    return "\n".join([title, *lines, beside])
