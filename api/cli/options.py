"""The options and the kinds of values that the commands share."""

import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar
from uuid import UUID

import msgspec
import rich_click as click

from api.cli.output import Format, is_unseen
from api.clock import FIRST_DAY, LAST_DAY
from api.settings import Settings, load_settings
from domains.readers.table import LIMIT_BYTES, read_at_most
from ledger import money
from ledger.refusals import Refusal

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_AMOUNT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+,[0-9]{2}|[0-9]+(,[0-9]{2})?|[0-9]+\.[0-9]{2}")
_TWO_READINGS: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")


class Day(click.ParamType[date]):
    """A calendar day such as 2025-12-31."""

    name = "datum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day.

        :raises click.BadParameter: it is none.
        """
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is geen datum; schrijf jjjj-mm-dd, zoals 2025-12-31.", param, ctx)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail(f"'{value}' ligt buiten 1900 tot en met 2199.", param, ctx)
        return day


class Number(click.ParamType[UUID]):
    """An id (uuid)."""

    name = "nummer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """Read an id.

        :raises click.BadParameter: it is none.
        """
        try:
            return value if isinstance(value, UUID) else UUID(value)
        except ValueError:
            self.fail(f"'{value}' is geen nummer (uuid).", param, ctx)


class Cents(click.ParamType[int]):
    """An amount above zero in euros: 1250, 1250.00 or 1.250,00; becomes whole cents.

    1.250 is refused: it is a thousand to one reader and one euro and a quarter to another.
    """

    name = "bedrag"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read an amount into whole cents.

        :raises click.BadParameter: it is none.
        """
        if isinstance(value, int):
            return value
        if _TWO_READINGS.fullmatch(value) is not None:
            message = (
                f"'{value}' kan twee bedragen zijn; schrijf {value.replace('.', '')} of {value},00."
            )
            self.fail(message, param, ctx)
        if _AMOUNT.fullmatch(value) is None:
            message = (
                f"'{value}' is geen bedrag boven nul; schrijf 1250, 1250.00 of 1.250,00 (euro's,"
                " zonder minteken)."
            )
            self.fail(message, param, ctx)
        try:
            cents = money.read(_on_wire(value))
        except Refusal as refusal:
            self.fail(refusal.message(), param, ctx)
        if cents == 0:
            self.fail("een bedrag van nul valt niet te boeken; geef meer dan 0,00.", param, ctx)
        return cents


class Text(click.ParamType[str]):
    """A text of one line for the books, where it stays: with the limits that it has over HTTP."""

    name = "tekst"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a text.

        :raises click.BadParameter: it is empty, too long or not all visible.
        """
        # This drags the web in; only a command with a text waits for it.
        from api.http.wire import VerplichteTekst

        try:
            return msgspec.convert(value, VerplichteTekst)
        except msgspec.ValidationError:
            self.fail("schrijf 1 tot 500 zichtbare tekens op één regel.", param, ctx)


def _on_wire(text: str) -> str:
    """Write an amount with a point before the cents and nothing between the thousands."""
    if "," in text:
        return text.replace(".", "").replace(",", ".")
    return text if "." in text else f"{text}.00"


DAY: Final = Day()
NUMBER: Final = Number()
CENTS: Final = Cents()
TEXT: Final = Text()


def choice(*words: str) -> click.Choice[str]:
    """Give a choice from words, whatever their capitals; of an enumeration its values are meant."""
    return click.Choice([str(word) for word in words], case_sensitive=False)


def common(command: Decorated) -> Decorated:
    """Add the options that every command has: the form of the result and the data folder."""
    return _helped(_folder(_format("tekst", "json")(command)))


def common_with_csv(command: Decorated) -> Decorated:
    """Add the options that every command has; the result is a table, so CSV too."""
    return _helped(_folder(_format("tekst", "json", "csv")(command)))


def gemeente(command: Decorated) -> Decorated:
    """Add the option that says for which municipality a command works."""
    return click.option(
        "--gemeente", required=True, metavar="CODE|NAAM", help="CBS-code of naam, zoals GM0344."
    )(command)


def proef(command: Decorated) -> Decorated:
    """Add the option that shows what would happen and writes nothing."""
    return click.option("--proef", is_flag=True, help="Laat zien wat er zou gebeuren; boek niets.")(
        command
    )


def settings_for(folder: str | None) -> Settings:
    """Read the settings; a folder on the command line wins.

    :raises EnvironmentProblem: a setting is wrong.
    """
    settings = load_settings()
    if folder is None:
        return settings
    chosen = Path(folder).expanduser().absolute()
    return msgspec.structs.replace(settings, data_folder=chosen, folder_is_chosen=True)


def content_of_file(name: str) -> bytes:
    """Read a file that the user named; one that is too large is not read whole.

    :raises click.UsageError: there is no such file, or it cannot be read.
    :raises domains.readers.refusals.FileTooLarge: it is no budget or list of districts.
    """
    path = Path(name).expanduser()
    with opened(path) as file, _readable(path):
        return read_at_most(file, file_name=path.name, limit_bytes=LIMIT_BYTES)


def opened(path: Path) -> BinaryIO:
    """Open a file that the user named; one that may never end, as a pipe or a device, is refused.

    :raises click.UsageError: it cannot be opened.
    """
    with _readable(path):
        # Before it is opened: opening a pipe waits for whoever writes into it.
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            message = f"{path} is geen gewoon bestand; bewaar de inhoud eerst in een bestand."
            raise click.UsageError(message)
        # Its name will stand in the books as the document.
        if any(is_unseen(sign) for sign in path.name):
            message = (
                f"De naam van bestand {path} heeft tekens die niemand ziet; geef het een andere"
                " naam."
            )
            raise click.UsageError(message)
        return path.open("rb")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        message = (
            f"Bestand {path} is niet te lezen ({_why_unusable(problem)}); controleer de naam en"
            " de rechten."
        )
        raise click.UsageError(message) from problem


def _why_unusable(problem: OSError) -> str:
    """Say in Dutch why the operating system would not have a file."""
    match problem:
        case FileNotFoundError():
            reason = "bestaat niet"
        case IsADirectoryError():
            reason = "het is een map"
        case PermissionError():
            reason = "geen recht"
        case _:
            reason = f"fout {problem.errno} van het besturingssysteem"
    return reason


def content_of_input() -> bytes:
    """Read the standard input; what is too large is not read whole.

    :raises domains.readers.refusals.FileTooLarge: it is no journal entry.
    """
    return read_at_most(sys.stdin.buffer, file_name="standaardinvoer", limit_bytes=LIMIT_BYTES)


def as_format(text: str) -> Format:
    """Turn the word of the option into a form."""
    return Format(text.casefold())


def _format(*words: str) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--formaat",
        type=choice(*words),
        default="tekst",
        show_default=True,
        help="Vorm van het resultaat.",
    )


def _folder(command: Decorated) -> Decorated:
    return click.option(
        "--map",
        "folder",
        metavar="MAP",
        help="Map met de eigen PostgreSQL, sleutels en controlepunten (standaard .ontschot).",
    )(command)


def _helped(command: Decorated) -> Decorated:
    return click.help_option("-h", "--help", help="Toon deze uitleg.")(command)
