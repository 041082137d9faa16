"""How results leave the command line: text for people, JSON and CSV for programs."""

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from domains.exports.table import csv_rows
from ledger import money
from ledger.refusals import Refusal

Value: TypeAlias = "str | int | bool | date | UUID | Mapping[str, Value] | Sequence[Value] | None"
"""What may stand in a result: anything that JSON has a form for."""


class Format(StrEnum):
    """In which form a result is printed."""

    TEXT = "tekst"
    JSON = "json"
    CSV = "csv"


class Side(StrEnum):
    """To which side a column of a table is aligned."""

    LEFT = "links"
    RIGHT = "rechts"


EXIT_OK: Final = 0
EXIT_FINDING: Final = 1
EXIT_USAGE: Final = 2
EXIT_ENVIRONMENT: Final = 3
EXIT_INTERRUPTED: Final = 130
EXIT_BUG: Final = 70

DESCRIPTION_AT: Final = "/v1/openapi.json"
"""Where programs find the description of all that the web server can do."""


def amount(cents: int) -> dict[str, Value]:
    """Give an amount in the form that it has on the wire."""
    return {"waarde": money.write(cents), "valuta": "EUR"}


def in_cell(cents: int) -> str:
    """Write an amount as a Dutch spreadsheet reads it: ``-1250,00``."""
    return money.write(cents).replace(".", ",")


def print_text(text: str) -> None:
    """Print a result for people; control characters in it cannot steer the terminal."""
    print(_harmless(text))  # noqa: T201 - this is where results are printed.


def print_json(value: Value) -> None:
    """Print a result as one JSON document."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())  # noqa: T201 - Idem.


def print_file(text: str) -> None:
    """Print a piece of a file as it is."""
    print(text, end="")  # noqa: T201 - Idem.


def print_csv(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table as CSV with semicolons, as Dutch spreadsheets expect."""
    print_file(csv_rows([heading, *rows]))


def say(message: str) -> None:
    """Tell the user something that is no result."""
    print(_harmless(message), file=sys.stderr, flush=True)  # noqa: T201 - Idem.


def say_refusal(refusal: Refusal, chosen: Format) -> None:
    """Tell why something was not done: a sentence with its code, or a JSON object."""
    if chosen is Format.JSON:
        # This drags the law in; without a refusal nobody waits for it.
        from api.problems import facts_of, places_of

        document = {
            "code": refusal.code,
            "melding": refusal.message(),
            "feiten": facts_of(refusal),
            "plaatsen": places_of(refusal),
        }
        say(msgspec.json.encode(document).decode())
    else:
        say(f"Niet gedaan: {refusal.message()} [{refusal.code}]")


def say_problem(message: str, chosen: Format, *, code: str) -> None:
    """Tell why the command could not start or go on."""
    if chosen is Format.JSON:
        say(msgspec.json.encode({"code": code, "melding": message}).decode())
    else:
        say(message)


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], sides: Sequence[Side] = ()) -> str:
    """Lay out a table for people; columns without a side are aligned left."""
    cells = [[_one_line(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heading))]
    aligned = [*sides, *([Side.LEFT] * (len(heading) - len(sides)))]
    lines = [_line(row, widths, aligned) for row in cells]
    rule = _line(["─" * width for width in widths], widths, aligned)
    return "\n".join([lines[0], rule, *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int], sides: Sequence[Side]) -> str:
    placed = (
        cell.rjust(width) if side is Side.RIGHT else cell.ljust(width)
        for cell, width, side in zip(cells, widths, sides, strict=True)
    )
    return "  ".join(placed).rstrip()


def _one_line(text: str) -> str:
    return _harmless(" ".join(text.split()))


def _harmless(text: str) -> str:
    return "".join("�" if is_unseen(sign) and sign != "\n" else sign for sign in text)


def is_unseen(sign: str) -> bool:
    """Tell whether nobody sees a sign, as those that steer a terminal (Unicode's Cc and Cf)."""
    return unicodedata.category(sign) in {"Cc", "Cf"}
