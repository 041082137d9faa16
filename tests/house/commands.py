"""Writes ``docs/opdrachten.md``, the reference of the command line, from the commands themselves.

``python -m tests.house.commands --schrijf`` writes the file; without the option it is printed.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Final

import click

from api.cli.main import VERBS
from tests.house.sources import ROOT

FILE: Final = ROOT / "docs" / "opdrachten.md"

_HEAD: Final = """\
# Opdrachten

Resultaten staan op de standaarduitvoer, mededelingen op de foutuitvoer. Exitcodes: 0 goed,
1 bevinding of weigering, 2 verkeerd gebruik, 3 omgeving. Elke opdracht kent `--help`. Deze
bladzijde is gemaakt uit de opdrachten (`python -m tests.house.commands --schrijf`).
"""
_COMMON: Final = frozenset({"--help"})


def text() -> str:
    """Write the whole document."""
    parts = [_HEAD]
    for verb in VERBS:
        command: click.Command = import_module(f"api.cli.{verb}").command
        parts += [_section(path, each) for path, each in _walk(f"ontschot {verb}", command)]
    return "\n".join(parts)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Give a command, or the commands under a group of them."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _walk(f"{path} {name}", each)
    else:
        yield path, command


def _section(path: str, command: click.Command) -> str:
    described = " ".join((command.help or "").replace("\b", "").split())
    arguments = [
        each.make_metavar(click.Context(command))
        for each in command.params
        if isinstance(each, click.Argument)
    ]
    lines = [f"## {' '.join([path, *arguments])}", "", described, ""]
    options = [each for each in command.params if isinstance(each, click.Option)]
    rows = [_row(command, each) for each in options if not _COMMON & set(each.opts)]
    if rows:
        lines += ["| optie | betekenis |", "|---|---|", *rows, ""]
    if command.epilog:
        lines += [f"    {command.epilog.removeprefix('Voorbeeld: ')}", ""]
    return "\n".join(lines)


def _row(command: click.Command, option: click.Option) -> str:
    names = ", ".join(option.opts)
    value = "" if option.is_flag else f" {_value(command, option)}"
    needed = " Verplicht." if option.required else ""
    shown = f"{names}{value}".replace("|", " of ")
    return f"| `{shown}` | {(option.help or '').replace('|', 'of')}{needed} |"


def _value(command: click.Command, option: click.Option) -> str:
    if option.metavar is None and isinstance(option.type, click.types.IntParamType):
        return "GETAL"
    if option.metavar is None and option.type is click.STRING:
        return "TEKST"
    return option.make_metavar(click.Context(command))


if __name__ == "__main__":
    if "--schrijf" in sys.argv[1:]:
        FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
