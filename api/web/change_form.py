"""The lines of a budget change as rows of a form."""

import re
from collections.abc import Sequence
from typing import Final

from api.http.budgets import taakveld_faults
from api.web.forms import Form
from api.web.language import gettext, marked
from domains.budget_changes.model import ChangeLine, Duration
from domains.budgets.mapping import Side
from domains.council.model import Cause
from domains.sources import SOURCES
from ledger.money import show

COLUMNS: Final = ("kant", "bron", "programma", "taakveld", "mutatie", "duur", "aanleiding")
MORE: Final = "meer-regels"
"""The button that gives more empty rows."""
_SPARE: Final = 3
_MOST: Final = 200

SIDES: Final = [(each.value, each.value) for each in Side]
DURATIONS: Final = [(each.value, each.value) for each in reversed(Duration)]
BUDGET_SOURCES: Final = [
    (each.code, f"{each.name} ({each.code})") for each in SOURCES if not each.external
]
CAUSES: Final = {
    Cause.OUTSIDE_PROGRAMME: marked(
        "buiten programma: hier heeft de raad niets uit dit middel gegeven"
    ),
    Cause.ABOVE_AUTHORISATION: marked("boven autorisatie: er is meer gebruikt dan de raad gaf"),
    Cause.SHORTAGE: marked("tekort: hulp is verleend en geen middel dekt die"),
    Cause.OWN: marked("eigen voorstel"),
}


def field(row: int, column: str) -> str:
    """Name the field of a row, counted from 1."""
    return f"regel-{row}-{column}"


def row_count(form: Form) -> int:
    """Say how many rows a form shows: those with something in them, and some empty ones."""
    asked = form.value("aantal")
    shown = int(asked) if re.fullmatch("[0-9]{1,3}", asked) else 0
    more = _SPARE if form.value("stap") == MORE else 0
    return max(_SPARE, min(shown, _MOST)) + more


def filled_from(lines: Sequence[ChangeLine]) -> dict[str, str]:
    """Give the fields of a form that begins with these lines."""
    values = {"aantal": str(len(lines) + 1)}
    for number, line in enumerate(lines, 1):
        told = (
            line.side.value,
            line.source,
            line.programme,
            line.taakveld,
            written(line.change_cents),
            line.duration.value,
            line.cause.value,
        )
        values |= {field(number, column): each for column, each in zip(COLUMNS, told, strict=True)}
    return values


def written(cents: int) -> str:
    """Write whole cents as a field for amounts reads them: ``-1.250,00``."""
    return show(cents).removeprefix("€").strip()


def lines_of(form: Form, *, year: int) -> tuple[ChangeLine, ...]:
    """Read the rows that have something in them; what is wrong stands in the form's errors."""
    found = []
    for row in range(1, row_count(form) + 1):
        if not any(form.value(field(row, each)).strip() for each in COLUMNS[2:5]):
            continue
        side = form.chosen(field(row, "kant"), [each.value for each in Side])
        duration = form.chosen(field(row, "duur"), [each.value for each in Duration])
        cause = form.value(field(row, "aanleiding")) or Cause.OWN.value
        line = ChangeLine(
            side=Side(side),
            source=form.chosen(field(row, "bron"), [code for code, _ in BUDGET_SOURCES]),
            programme=form.text(field(row, "programma")),
            taakveld=form.text(field(row, "taakveld")),
            change_cents=form.change_cents(field(row, "mutatie")),
            duration=Duration(duration),
            cause=Cause(cause) if cause in set(Cause) else Cause.OWN,
        )
        for fault in taakveld_faults({field(row, "taakveld"): line.taakveld}, year=year):
            form.errors.setdefault(fault.naam, fault.reden)
        found.append(line)
    if not found:
        form.errors["formulier"] = gettext("Vul ten minste één regel in.")
    return tuple(found)
