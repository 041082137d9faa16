"""What the library behind the command line says in English, said in Dutch."""

import click.exceptions
import rich_click
from rich_click import rich_click as look


class DutchFormatter(rich_click.RichHelpFormatter):
    """Lays out help pages with a Dutch word before the usage."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is used."""
        del prefix
        super().write_usage(prog, args, "Gebruik:")


def speak_dutch() -> None:
    """Let the help pages speak Dutch."""
    rich_click.RichContext.formatter_class = DutchFormatter
    look.OPTIONS_PANEL_TITLE = "Opties"
    look.COMMANDS_PANEL_TITLE = "Opdrachten"
    look.ARGUMENTS_PANEL_TITLE = "Bestanden en woorden"
    look.DEFAULT_STRING = "(standaard: {})"
    look.REQUIRED_LONG_STRING = "(verplicht)"
    look.RANGE_STRING = "({})"


def sentence_of(problem: click.ClickException) -> str:
    """Say in a Dutch sentence what is wrong with a command line, and where help is."""
    help_at = ""
    if isinstance(problem, click.UsageError) and problem.ctx is not None:
        help_at = f" Uitleg: {problem.ctx.command_path} --help"
    return f"{_what_is_wrong(problem)}{help_at}"


def _what_is_wrong(problem: click.ClickException) -> str:
    match problem:
        case click.exceptions.NoSuchCommand():
            hint = _hint(problem.possibilities)
            sentence = f"De opdracht '{problem.command_name}' bestaat niet.{hint}"
        case click.NoSuchOption():
            hint = _hint(problem.possibilities)
            sentence = f"De optie {problem.option_name} bestaat niet.{hint}"
        case click.BadOptionUsage():
            sentence = f"De optie {problem.option_name} heeft een waarde nodig, of juist geen."
        case click.MissingParameter():
            sentence = f"{_name_of(problem.param)} ontbreekt."
        case click.BadParameter():
            sentence = f"{_name_of(problem.param)}: {_why_bad(problem)}"
        case _ if problem.message.startswith("Got unexpected extra argument"):
            sentence = "Er staan te veel woorden op de opdrachtregel."
        case _ if problem.message.startswith("Missing command"):
            sentence = "Noem een opdracht."
        case _:
            sentence = problem.message
    return sentence


def _hint(possibilities: "list[str] | None") -> str:
    return f" Bedoelt u {possibilities[0]}?" if possibilities else ""


def _name_of(parameter: click.Parameter | None) -> str:
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return "Een waarde" if parameter is None else parameter.human_readable_name


def _why_bad(problem: click.BadParameter) -> str:
    kind = problem.param.type if problem.param is not None else None
    if isinstance(kind, click.Choice):
        return f"kies uit {', '.join(map(str, kind.choices))}."
    if isinstance(kind, click.IntRange):
        until = "" if kind.max is None else f" tot en met {kind.max}"
        return f"geef een geheel getal vanaf {kind.min}{until}."
    if kind is click.UUID:
        return "geef een nummer als 3fd42359-92ed-4f45-9a1a-fe878b33e968."
    return "geef een geheel getal." if kind is click.INT else problem.message
