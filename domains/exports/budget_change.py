"""A change of the budget (begrotingswijziging) as a document for the council, and as a table.

Lasten and baten stand apart and are not netted (Gemeentewet 189, 192). The page has no styles of
its own: it asks for ``document.css``, which stands beside it.
"""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Final

from domains.budget_changes.model import BudgetChange, ShownLine
from domains.budgets.mapping import Side
from domains.budgets.taakvelden import in_year
from domains.days import day_text
from domains.exports.model import Column, ColumnKind, Table
from domains.municipalities.names import name_of
from ledger import money

STYLE_NAME: Final = "document.css"
"""The name under which the page asks for its style."""

_HEADING: Final = ("Programma", "Taakveld", "Bron", "Oud", "Mutatie", "Nieuw", "Duur", "Aanleiding")
_AMOUNTS: Final = frozenset({"Oud", "Mutatie", "Nieuw"})


def style() -> bytes:
    """Return the style of the page."""
    return files("domains.exports").joinpath(STYLE_NAME).read_bytes()


def in_order(lines: Sequence[ShownLine]) -> list[ShownLine]:
    """Put lasten before baten, each by programme and taakveld; other lines keep their order."""
    return sorted(
        lines,
        key=lambda each: (
            each.line.side is not Side.EXPENSES,
            each.line.programme,
            each.line.taakveld,
        ),
    )


def as_table(change: BudgetChange, lines: Sequence[ShownLine]) -> Table:
    """Give the lines as a table, with what stood before and stands after."""
    return Table(
        name=f"begrotingswijziging-{change.year}",
        columns=(
            *(Column(name=name) for name in ("programma", "taakveld", "naam", "kant", "bron")),
            *(Column(name=name, kind=ColumnKind.AMOUNT) for name in ("oud", "mutatie", "nieuw")),
            Column(name="duur"),
            Column(name="aanleiding"),
        ),
        rows=tuple(
            (
                each.line.programme,
                each.line.taakveld,
                _name(each, change.year),
                str(each.line.side),
                each.line.source,
                each.old_cents,
                each.line.change_cents,
                each.new_cents,
                str(each.line.duration),
                str(each.line.cause),
            )
            for each in in_order(lines)
        ),
    )


def page(
    change: BudgetChange, lines: Sequence[ShownLine], *, gemeente: str, known_up_to: int
) -> bytes:
    """Write the document as HTML that prints well."""
    title = f"Begrotingswijziging {change.year}: {change.description}"
    adoption = change.adoption
    state = (
        f"vastgesteld op {day_text(adoption.decided_on)} met {adoption.decision}"
        if adoption
        else "ontwerp, nog niet vastgesteld"
    )
    facts = (
        ("Gemeente", name_of(gemeente)),
        ("Begrotingsjaar", str(change.year)),
        ("Versie", str(change.number)),
        ("Stand", state),
        ("Lasten", _signed(change.total_cents(Side.EXPENSES))),
        ("Baten", _signed(change.total_cents(Side.REVENUES))),
    )
    told = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    parts = (
        "<!DOCTYPE html>",
        '<html lang="nl"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f'<link rel="stylesheet" href="{STYLE_NAME}"></head>',
        f"<body><main><h1>{escape(title)}</h1><dl>{told}</dl>",
        *(_side(change, lines, side) for side in Side),
        (
            "</main><footer>Lasten en baten staan apart en worden niet verrekend. Opgesteld uit de"
            f" boeken, bekend tot en met schakel {known_up_to}.</footer></body></html>\n"
        ),
    )
    return "\n".join(parts).encode()


def _side(change: BudgetChange, lines: Sequence[ShownLine], side: Side) -> str:
    own = [each for each in in_order(lines) if each.line.side is side]
    if not own:
        return f"<h2>{side.value.capitalize()}</h2><p>Geen wijziging.</p>"
    heading = "".join(f'<th scope="col"{_class(name)}>{name}</th>' for name in _HEADING)
    total = _signed(change.total_cents(side))
    return "\n".join(
        (
            f'<h2>{side.value.capitalize()}</h2><div class="tabel"><table>',
            f"<thead><tr>{heading}</tr></thead><tbody>",
            *(_row(each, change.year) for each in own),
            (
                '</tbody><tfoot><tr><th scope="row" colspan="4">Totaal mutatie</th>'
                f'<td class="bedrag">{total}</td><td colspan="3"></td></tr></tfoot></table></div>'
            ),
        )
    )


def _row(each: ShownLine, year: int) -> str:
    line = each.line
    cells = (
        line.programme,
        f"{line.taakveld} {_name(each, year)}".strip(),
        line.source,
        money.show(each.old_cents),
        _signed(line.change_cents),
        money.show(each.new_cents),
        str(line.duration),
        str(line.cause),
    )
    written = "".join(
        f"<td{_class(name)}>{escape(cell)}</td>" for name, cell in zip(_HEADING, cells, strict=True)
    )
    return f"<tr>{written}</tr>"


def _class(name: str) -> str:
    return ' class="bedrag"' if name in _AMOUNTS else ""


def _signed(cents: int) -> str:
    """Write a change so that nobody has to look for its sign."""
    return money.show(cents).replace("€ ", "€ +") if cents > 0 else money.show(cents)


def _name(each: ShownLine, year: int) -> str:
    taakveld = in_year(each.line.taakveld, year)
    return taakveld.name if taakveld else ""
