"""The way in of the command line: finds the verb, runs it, and turns trouble into exit codes."""

import errno
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click
import click.exceptions
import rich_click

from api.cli.output import (
    EXIT_BUG,
    EXIT_ENVIRONMENT,
    EXIT_FINDING,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    Format,
    say_problem,
    say_refusal,
)
from api.cli.usage import sentence_of, speak_dutch

VERBS: Final = {
    "demo": "Laad een demogemeente uit echte begrotingscijfers en toon haar.",
    "start": "Start de webserver op de boeken van deze map.",
    "migreer": "Breng de database in de nieuwste vorm.",
    "importeer": "Lees een begroting, wijken, waargenomen kosten of berichten van aanbieders in.",
    "boek": "Boek een eigen journaalpost.",
    "saldo": "Toon saldi en mutaties op een peildatum.",
    "domeinbaten": "Schat, verdeel, boek en toon wat hulp bespaart in andere domeinen.",
    "exporteer": "Geef een tabel voor een rekenblad of een raadsvoorstel.",
    "dagstart": "Voer uit wat vandaag moet: verjaardagen, verhuizingen, nieuwe rechtsregels.",
    "jaarafsluiting": "Sluit een jaar af, of laat zien wat er in de weg staat.",
    "uitzondering": "Open dagen van een afgesloten jaar voor een tijd, of toon wat er toen kwam.",
    "overlopend": "Toon wat na de jaarafsluiting nog niet is gedeclareerd, of laat het vrijvallen.",
    "controleer": "Reken de boeken na, cent voor cent en schakel voor schakel.",
    "checkpoint": "Leg de stand van de boeken vast in een ondertekend controlepunt.",
    "reservekopie": "Maak een ondertekende reservekopie van de boeken.",
    "herstel": "Zet een reservekopie terug in een lege database en reken haar na.",
    "sleutels": "Vervang de hoofdsleutel van de personen, of gooi oude weg.",
    "vergeet": "Vergeet wie een gezin is, door zijn sleutel te vernietigen.",
    "bewaartermijnen": "Vergeet de gezinnen waarvan de bewaartermijn voorbij is.",
    "doctor": "Kijk na of deze installatie in orde is.",
    "afmelden": "Beëindig de aanmeldingen van iemand, in welke browser ook.",
    "token": "Maak een toegangsbewijs voor de API (alleen ontwikkeling).",
}
"""Every verb with what it does; each has a file of its own here."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Verbs(rich_click.RichGroup):
    """The group of verbs; a verb is loaded only when it is used, so that help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order in which people need them."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a verb with only its short help."""
        del ctx
        return (
            rich_click.RichCommand(name=cmd_name, help=VERBS[cmd_name])
            if cmd_name in VERBS
            else None
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Load the verb that is asked for."""
        if args and args[0] in VERBS:
            found: click.Command = import_module(f"api.cli.{args[0]}").command
            return args[0], found, args[1:]
        return super().resolve_command(ctx, args)


@rich_click.group(
    cls=Verbs,
    options_metavar="[OPTIES]",
    subcommand_metavar="OPDRACHT",
    epilog="Voorbeeld: ontschot demo --gemeente Ermelo",
)
@rich_click.version_option(
    package_name="ontschot", message="ontschot %(version)s", help="Toon de versie."
)
@rich_click.help_option("-h", "--help", help="Toon deze uitleg.")
def cli() -> None:
    """Ontschot: één bedrag voor het gezin, van elke cent de bron."""


def collect_less_often() -> None:
    """Let Python look for garbage in cycles less often: a chunk of lines makes many small values.

    Of booking a long declaration it took one part in six; what is no cycle goes at once anyway, and
    memory stays as flat as it was.
    """
    gc.set_threshold(50_000, 20, 50)


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # A terminal without € must not stop a booking.
    collect_less_often()
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as problem:
        # What is still to be written has nowhere to go; Python must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(problem, BrokenPipeError):  # Then whoever read our output has enough.
            code = _failure(problem, _format_in(sys.argv[1:]))
    gc.freeze()  # msgspec 0.22 frees a type twice when the interpreter collects at its end.
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code; what is expected never shows a traceback."""
    speak_dutch()
    chosen = _format_in(arguments)
    try:
        _check_words(arguments)
        result: Any = cli.main(args=list(arguments), prog_name="ontschot", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as problem:
        problem.show()
        return EXIT_USAGE
    except click.ClickException as problem:
        say_problem(sentence_of(problem), chosen, code="gebruik-onjuist")
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        say_problem("Gestopt.", chosen, code="gestopt")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_OK
    except Exception as problem:  # noqa: BLE001 - the outermost place: all that is left is a bug.
        return _failure(problem, chosen)
    return result if isinstance(result, int) else EXIT_OK


def _check_words(arguments: Sequence[str]) -> None:
    """Refuse words in another encoding; no database and no JSON can hold them.

    :raises click.UsageError: a word is no UTF-8.
    """
    for word in arguments:
        shown = word.encode(errors="replace").decode()
        if shown != word:
            message = (
                f"'{shown}' is geen UTF-8. Zet uw terminal op UTF-8, of geef het bestand een naam"
                " zonder bijzondere letters."
            )
            raise click.UsageError(message)


def _failure(problem: Exception, chosen: Format) -> int:
    """Tell what stopped the command and give the exit code for it."""
    # These drag the database in; without trouble nobody waits for them.
    from sqlalchemy.exc import InterfaceError, OperationalError

    from api.migrate import RolesMissingError
    from api.postgres import EnvironmentProblem
    from api.problems import told_by_database
    from ledger.refusals import Refusal

    refusal = problem if isinstance(problem, Refusal) else told_by_database(problem)
    if refusal is not None:
        say_refusal(refusal, chosen)
        return EXIT_FINDING
    if isinstance(problem, EnvironmentProblem | RolesMissingError):
        say_problem(str(problem), chosen, code="omgeving")
        return EXIT_ENVIRONMENT
    if isinstance(problem, OSError) and problem.errno in _FULL:
        message = (
            "De schijf waarop de uitvoer komt is vol. Wat geboekt is, staat in de boeken; maak"
            " ruimte, en kijk na wat er staat voordat u iets opnieuw doet."
        )
        say_problem(message, chosen, code="omgeving")
        return EXIT_ENVIRONMENT
    if isinstance(problem, OperationalError | InterfaceError):
        lines = str(problem.orig).strip().splitlines() or ["onbekende oorzaak"]
        message = (
            f"De database stopte ermee ({lines[0]}); controleer PostgreSQL en probeer opnieuw."
        )
        say_problem(message, chosen, code="omgeving")
        return EXIT_ENVIRONMENT
    traceback.print_exception(problem)
    say_problem(
        "Dit is een fout in Ontschot zelf; meld haar met de regels hierboven.", chosen, code="fout"
    )
    return EXIT_BUG


def _format_in(arguments: Sequence[str]) -> Format:
    """Find the form that was asked for, also when the rest of the command line is wrong."""
    for place, word in enumerate(arguments):
        value = word.partition("=")[2] if word.startswith("--formaat=") else None
        if word == "--formaat" and place + 1 < len(arguments):
            value = arguments[place + 1]
        if value is not None and value.casefold() == Format.JSON:
            return Format.JSON
    return Format.TEXT
