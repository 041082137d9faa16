"""The report of domain benefits as a table: one row per cell that may be seen."""

from collections.abc import Callable

from domains.benefits.bookings.model import State
from domains.benefits.report.model import Report
from domains.exports.model import Column, ColumnKind, Table


def as_table(report: Report, *, told: Callable[[int], int]) -> Table:
    """Give a report as a table; ``told`` rounds for who reads it."""
    scope = report.scope
    return Table(
        name=f"domeinbaten-{scope.wijk or 'gemeente'}-{scope.on.isoformat()}",
        columns=(
            Column(name="betaler"),
            Column(name="ontvanger"),
            *(
                Column(name=name, kind=ColumnKind.AMOUNT)
                for name in (
                    "gemeten",
                    "bekrachtigd",
                    "verzilverd",
                    "samen",
                    "ondergrens",
                    "bovengrens",
                )
            ),
            Column(name="graad"),
            Column(name="gezinnen", kind=ColumnKind.NUMBER),
            Column(name="omslagpunt"),
        ),
        rows=tuple(
            (
                payer,
                receiver,
                told(cell.figure.cents[State.MEASURED]),
                told(cell.figure.cents[State.SIGNED]),
                told(cell.figure.cents[State.REALISED]),
                told(cell.figure.known_cents),
                told(cell.figure.low_cents),
                told(cell.figure.high_cents),
                cell.grade,
                cell.families,
                cell.tipping_point,
            )
            for (payer, receiver), cell in report.cells.items()
        ),
    )
