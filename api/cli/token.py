"""`ontschot token`: a signed token to try the API with, on the machine itself only."""

import getpass
from datetime import timedelta

import rich_click as click

from api.cli.options import as_format, choice, common, gemeente, settings_for
from api.cli.output import EXIT_OK, Format, print_json, print_text
from api.clock import SystemClock
from api.runtime import key_folder, require_books
from api.tokens import ROLES, check_development, is_name, sign_token
from domains.municipalities.names import by_code_or_name

_LONGEST_HOURS = 12


def _checked(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Refuse a name that cannot stand in the books."""
    if not is_name(name):
        raise click.BadParameter("kies een naam van zichtbare tekens, niet te lang.")
    return name


@click.command(
    options_metavar="[OPTIES]",
    help="Maak een toegangsbewijs (token) voor de API.\n\n"
    "Alleen in de omgeving ontwikkeling en op de eigen machine.",
    epilog="Voorbeeld: ontschot token --rol financieel --gemeente GM0344",
)
@click.option(
    "--rol", "roles", type=choice(*ROLES), multiple=True, required=True, help="Rol; mag vaker."
)
@gemeente
@click.option(
    "--naam",
    metavar="NAAM",
    default=getpass.getuser,
    callback=_checked,
    help="Wie handelt; zonder deze optie uw eigen naam op deze machine. Niemand keurt goed wat hij"
    " zelf vroeg: neem voor een tweede paar ogen een tweede naam.",
)
@click.option("--team", "teams", multiple=True, metavar="TEAM", help="Wijkteam; mag vaker.")
@click.option(
    "--uren",
    type=click.IntRange(1, _LONGEST_HOURS),
    metavar="GETAL",
    default=_LONGEST_HOURS,
    show_default=True,
    help="Hoe lang het geldt.",
)
@common
def command(  # noqa: D103 - its help says it.
    *,
    roles: tuple[str, ...],
    gemeente: str,
    naam: str,
    teams: tuple[str, ...],
    uren: int,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    check_development(settings)
    municipality = by_code_or_name(gemeente)
    require_books(settings)
    now = SystemClock().now()
    lifetime = timedelta(hours=uren)
    token = sign_token(
        key_folder(settings),
        roles=roles,
        gemeente=municipality.code,
        teams=teams,
        subject=naam,
        at=now,
        lifetime=lifetime,
    )
    if as_format(formaat) is Format.JSON:
        print_json(
            {
                "token": token,
                "naam": naam,
                "gemeente": municipality.code,
                "rollen": sorted(roles),
                "teams": sorted(teams),
                "geldigTot": (now + lifetime).isoformat(timespec="seconds"),
            }
        )
    else:
        print_text(token)
    return EXIT_OK
