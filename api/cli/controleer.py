"""`ontschot controleer`: whether the books are right, and still the books of before."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import rich_click as click

from api import db
from api.cli.checking import (
    Checked,
    check_gemeente,
    document,
    per_second,
    print_findings,
)
from api.cli.desk import ALL, Desk, at_desk
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_FINDING, EXIT_OK, Format, print_json, print_text, say
from api.cli.progress import bar
from api.runtime import require_books
from domains.audit.model import NOBODY
from domains.audit.queries import head as head_of_log
from domains.municipalities.names import by_code_or_name
from ledger import checkpoints

_GEMEENTE: Final = re.compile("GM[0-9]{4}")


@click.command(
    options_metavar="[OPTIES]",
    help="Reken de boeken na, cent voor cent en schakel voor schakel.\n\n"
    "Leidt alles wat is afgeleid opnieuw af uit de boekingen, volgt de keten en het auditlog,"
    " vergelijkt ze met de controlepunten en de trekkingen en ingelezen begrotingen met hun"
    " boekingen. Exitcode 1 bij een bevinding.",
    epilog="Voorbeeld: ontschot controleer --gemeente GM0344 --onafhankelijk",
)
@click.option(
    "--gemeente",
    default="alle",
    show_default=True,
    metavar="CODE|NAAM|alle",
    help="Welke boeken worden nagerekend.",
)
@click.option(
    "--onafhankelijk", is_flag=True, help="Reken na in Python, los van de database (langzamer)."
)
@click.option(
    "--vanaf",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="BESTAND",
    help="Bestand met controlepunten dat elders werd bewaard, met de publieke sleutel ernaast:"
    " bewijst dat van alles ervoor niets is veranderd. Vraagt om één gemeente.",
)
@common
def command(  # noqa: D103 - its help says it.
    *, gemeente: str, onafhankelijk: bool, vanaf: Path | None, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    asked = None if gemeente.casefold() in ALL else by_code_or_name(gemeente).code
    if vanaf is not None and asked is None:
        raise click.UsageError("Noem bij --vanaf ook --gemeente.")
    require_books(settings)

    async def work(desk: Desk) -> int:
        codes = [asked] if asked is not None else await _with_books(desk)
        checks = []
        for code in codes:
            with bar(code) as progress:
                checks.append(
                    await check_gemeente(
                        desk, code, progress=progress, independently=onafhankelijk, since=vanaf
                    )
                )
        if as_format(formaat) is Format.JSON:
            print_json({"controles": [document(checked) for checked in checks]})
        else:
            _print(checks)
        if any(not checked.checkpoints for checked in checks) and checkpoints.public_keys(
            desk.database.key_folder
        ):
            _say_without(checks, desk.database.checkpoint_folder)
        return EXIT_OK if all(checked.is_clean for checked in checks) else EXIT_FINDING

    return at_desk(settings, work)


async def _with_books(desk: Desk) -> list[str]:
    """List the municipalities that have books here, or had when a checkpoint was made."""
    found = await db.with_books(desk.engine)
    signed = {file.stem for file in desk.database.checkpoint_folder.glob("*.jsonl")}
    async with db.transaction(desk.engine, NOBODY) as connection:
        unknown = await head_of_log(connection, gemeente=NOBODY)
    nobody = set() if unknown is None else {NOBODY}
    return sorted({*found} | nobody | {code for code in signed if _GEMEENTE.fullmatch(code)})


def _say_without(checks: Sequence[Checked], folder: Path) -> None:
    """Warn that nothing signed was seen, though somebody once made a key to sign with."""
    codes = ", ".join(checked.report.gemeente for checked in checks if not checked.checkpoints)
    say(
        f"Let op: er is een sleutel voor controlepunten, maar in {folder} staan er geen van"
        f" {codes}. Zijn ze er wel geweest, zet ze dan terug uit de kopie: zonder hen blijkt niet"
        " of de keten is ingekort of herschreven."
    )


def _print(checks: Sequence[Checked]) -> None:
    if not checks:
        say("Er zijn nog geen boeken; er is niets na te rekenen.")
    for checked in checks:
        report = checked.report
        state = "schoon" if checked.is_clean else f"{len(checked.findings)} bevindingen"
        signed = (
            "1 controlepunt"
            if checked.checkpoints == 1
            else f"{checked.checkpoints} controlepunten"
        )
        print_text(
            f"{report.gemeente}: {state}; {report.entries} boekingen in {report.chain_number}"
            f" schakels, {signed};"
            f" {checked.seconds:.1f} s, {per_second(checked)} boekingen/s"
        )
        print_findings(checked)
