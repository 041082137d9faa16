"""The ageing of open items as a table: how long amounts wait for a payer already."""

from collections.abc import Collection
from datetime import date

from domains.exports.model import Column, ColumnKind, Table
from domains.payers.queries import KeyFigures


def ageing_table(figures: KeyFigures, *, on: date, hidden: Collection[object]) -> Table:
    """Give open items by age on a day; ``hidden`` are first days of age whose amount stays out."""
    return Table(
        name=f"ouderdom-{on}",
        columns=(
            Column(name="vanDagen", kind=ColumnKind.NUMBER),
            Column(name="totEnMetDagen", kind=ColumnKind.NUMBER),
            Column(name="aantal", kind=ColumnKind.NUMBER),
            Column(name="bedrag", kind=ColumnKind.AMOUNT),
        ),
        rows=tuple(
            (
                each.from_days,
                each.until_days,
                each.items,
                None if each.from_days in hidden else each.amount_cents,
            )
            for each in figures.ages
        ),
    )
