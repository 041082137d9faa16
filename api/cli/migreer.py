"""`ontschot migreer`: the database in the newest shape, or the SQL that somebody else must run."""

import rich_click as click

from api import migrate
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_ENVIRONMENT, EXIT_OK, Format, print_json, print_text, say
from api.runtime import migrate_database, stop_on_signals


@click.command(
    options_metavar="[OPTIES]",
    help="Breng de database in de nieuwste vorm.\n\n"
    "Zonder ONTSCHOT_MIGRATIE_URL is dat de eigen PostgreSQL. Ontbreken de databaserollen, dan"
    " staat op de uitvoer de SQL die een databasebeheerder één keer uitvoert.",
    epilog="Voorbeeld: ontschot migreer",
)
@common
def command(*, formaat: str, folder: str | None) -> int:  # noqa: D103 - its help says it.
    settings = settings_for(folder)
    stop_on_signals()
    try:
        done = migrate_database(settings)
    except migrate.RolesMissingError:
        if as_format(formaat) is Format.JSON:
            print_json({"gelukt": False, "sql": list(migrate.ROLE_SQL)})
        else:
            print_text("\n".join(migrate.ROLE_SQL))
        say("De databaserollen ontbreken; laat een databasebeheerder deze SQL uitvoeren.")
        return EXIT_ENVIRONMENT
    if as_format(formaat) is Format.JSON:
        print_json({"gelukt": True, "van": done.before, "naar": done.after})
    elif done.before == done.after:
        print_text(f"De database stond al op {done.after}.")
    else:
        print_text(f"De database ging van {done.before or 'leeg'} naar {done.after}.")
    return EXIT_OK
