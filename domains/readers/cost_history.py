"""Read what families cost outside a family budget, one line per line of an invoice.

``persoon;maand;bron;hulpsoort;bedrag_eur;factuurdatum;document``, as the care administration
exports it. Columns are found by name, in any order; amounts are euros.
"""

import hashlib
from datetime import date
from typing import Final

from domains import chart
from domains.costs.model import CostFile, CostLine
from domains.eligibility.catalogue import KINDS
from domains.readers.amounts import UnreadableError, cents
from domains.readers.faults import (
    Fault,
    InvoicedBeforeHelp,
    UnknownCode,
    UnreadableAmount,
    refuse_if_any,
)
from domains.readers.model import Unit
from domains.readers.table import Row, check_columns, empty_cells, table_of
from domains.readers.values import day_of, month_of, pseudonym_of
from domains.sources import SOURCES

_FILLED: Final = ("persoon", "maand", "bron", "bedrag_eur", "factuurdatum")
_NEEDED: Final = (*_FILLED, "hulpsoort", "document")
_SOURCES: Final = frozenset(each.code for each in SOURCES) - {chart.SHORTAGE_SOURCE}
_KINDS: Final = frozenset(each.code for each in KINDS) | {""}


def read_costs(content: bytes, *, file_name: str, today: date) -> CostFile:
    """Read observed costs; all wrong spots in the file are reported at once.

    :raises Refusal: one of those in ``refusals.py`` and ``faults.py``.
    """
    table = table_of(content, file_name=file_name, separators=";,")
    check_columns(table, needed=_NEEDED, present=frozenset(table.columns))
    faults = list(table.faults)
    lines: list[CostLine] = []
    for row in table.rows:
        wrong = empty_cells(row, _FILLED)
        line = _line_of(row, wrong, today=today)
        if line is not None:
            lines.append(line)
        faults += wrong
    refuse_if_any(faults, file_name=file_name)
    return CostFile(lines=tuple(lines), sha256=hashlib.sha256(content).hexdigest())


def _line_of(row: Row, wrong: list[Fault], *, today: date) -> CostLine | None:
    """Return a row as a line of costs; what is wrong with it goes to the faults."""
    person = pseudonym_of(row, "persoon", wrong)
    month = month_of(row, "maand", wrong, today=today)
    invoiced_on = day_of(row, "factuurdatum", wrong, today=today)
    if month is not None and invoiced_on is not None and invoiced_on < month:
        place = row.place("factuurdatum", "ligt voor de maand")
        wrong.append(Fault(kind=InvoicedBeforeHelp, place=place))
    amount = _amount(row, wrong)
    source, kind = row.cells["bron"], row.cells["hulpsoort"]
    if source and source not in _SOURCES:
        wrong.append(Fault(kind=UnknownCode, place=row.place("bron", "is geen bron")))
    if kind not in _KINDS:
        place = row.place("hulpsoort", "is geen soort hulp")
        wrong.append(Fault(kind=UnknownCode, place=place))
    if wrong or person is None or month is None or invoiced_on is None:
        return None
    return CostLine(
        line_number=row.line,
        person=person,
        month=month,
        source=source,
        kind=kind,
        amount_cents=amount,
        invoiced_on=invoiced_on,
        document=row.cells["document"],
    )


def _amount(row: Row, wrong: list[Fault]) -> int:
    """Return an amount in cents; what is no amount goes to the faults and counts 0."""
    text = row.cells["bedrag_eur"]
    if not text:
        return 0  # Reported as an empty cell already.
    try:
        return cents(text, unit=Unit.EURO)
    except UnreadableError as error:
        wrong.append(Fault(kind=UnreadableAmount, place=row.place("bedrag_eur", str(error))))
        return 0
