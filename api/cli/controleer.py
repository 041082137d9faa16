"""`ontschot controleer`: whether the books are right, and still the books of before."""

from collections.abc import Sequence
from typing import Final

import rich_click as click

from api import db
from api.cli.checking import (
    Checked,
    check_gemeente,
    document,
    has_checkpoints,
    per_second,
    print_findings,
)
from api.cli.desk import Desk, at_desk
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_FINDING, EXIT_OK, Format, print_json, print_text, say
from api.cli.progress import bar
from api.runtime import require_books
from domains.municipalities.names import MUNICIPALITIES, by_code_or_name
from ledger import balances

_ALL: Final = ("all", "alle")


@click.command(
    options_metavar="[OPTIES]",
    help="Reken de boeken na, cent voor cent en schakel voor schakel.\n\n"
    "Leidt alles wat is afgeleid opnieuw af uit de boekingen, volgt de keten en vergelijkt haar"
    " met de controlepunten. Exitcode 1 bij een bevinding.",
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
@common
def command(  # noqa: D103 - its help says it.
    *, gemeente: str, onafhankelijk: bool, formaat: str, folder: str | None
) -> int:
    settings = settings_for(folder)
    asked = None if gemeente.casefold() in _ALL else by_code_or_name(gemeente).code
    require_books(settings)

    async def work(desk: Desk) -> int:
        codes = [asked] if asked is not None else await _with_books(desk)
        checks = []
        for code in codes:
            with bar(code) as progress:
                checks.append(
                    await check_gemeente(desk, code, progress=progress, independently=onafhankelijk)
                )
        if as_format(formaat) is Format.JSON:
            print_json({"controles": [document(checked) for checked in checks]})
        else:
            _print(checks)
        return EXIT_OK if all(checked.is_clean for checked in checks) else EXIT_FINDING

    return at_desk(settings, work)


async def _with_books(desk: Desk) -> list[str]:
    """List the municipalities that have books here, or had when a checkpoint was made."""
    found = []
    for municipality in MUNICIPALITIES:
        code = municipality.code
        async with db.transaction(desk.engine, code) as connection:
            number = await balances.last_link(connection, gemeente=code)
        if number or has_checkpoints(desk.database.checkpoint_folder, code):
            found.append(code)
    return found


def _print(checks: Sequence[Checked]) -> None:
    if not checks:
        say("Er zijn nog geen boeken; er is niets na te rekenen.")
    for checked in checks:
        report = checked.report
        state = "schoon" if checked.is_clean else f"{len(checked.findings)} bevindingen"
        print_text(
            f"{report.gemeente}: {state}; {report.entries} boekingen in {report.chain_number}"
            f" schakels, {checked.checkpoints} controlepunten;"
            f" {checked.seconds:.1f} s, {per_second(checked)} boekingen/s"
        )
        print_findings(checked)
