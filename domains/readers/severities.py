"""Read how heavy the problems of families were: ``gezin;gemeten_op;zwaarte``.

Columns are found by name, in any order; other columns are left alone.
"""

import hashlib
import re
from datetime import date
from decimal import Decimal
from typing import Final

from domains.readers.faults import Fault, UnreadableSeverity, refuse_if_any
from domains.readers.table import Row, check_columns, empty_cells, table_of
from domains.readers.values import day_of, pseudonym_of
from domains.severity.model import Measurement, SeverityFile

_NEEDED: Final = ("gezin", "gemeten_op", "zwaarte")
_SEVERITY: Final = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,4})?")


def read_severities(content: bytes, *, file_name: str, today: date) -> SeverityFile:
    """Read measured severities; all wrong spots in the file are reported at once.

    :raises Refusal: one of those in ``refusals.py`` and ``faults.py``.
    """
    table = table_of(content, file_name=file_name, separators=";,")
    check_columns(table, needed=_NEEDED, present=frozenset(table.columns))
    faults = list(table.faults)
    measurements: list[Measurement] = []
    for row in table.rows:
        wrong = empty_cells(row, _NEEDED)
        family = pseudonym_of(row, "gezin", wrong)
        measured_on = day_of(row, "gemeten_op", wrong, today=today)
        severity = _severity(row, wrong)
        if family is not None and measured_on is not None and severity is not None:
            measurements.append(
                Measurement(family=family, measured_on=measured_on, severity=severity)
            )
        faults += wrong
    refuse_if_any(faults, file_name=file_name)
    return SeverityFile(
        measurements=tuple(measurements), sha256=hashlib.sha256(content).hexdigest()
    )


def _severity(row: Row, wrong: list[Fault]) -> Decimal | None:
    """Return a severity; what is none goes to the faults."""
    text = row.cells["zwaarte"]
    if _SEVERITY.fullmatch(text):
        severity = Decimal(text.replace(",", "."))
        if severity > 0:
            return severity
    if text:
        place = row.place("zwaarte", "is geen getal boven 0")
        wrong.append(Fault(kind=UnreadableSeverity, place=place))
    return None
