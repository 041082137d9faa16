"""Read days, months and pseudonyms in the cells of a file; what is none goes to the faults.

An empty cell gives nothing and no fault: whoever needs it filled says so.
"""

from datetime import date
from uuid import UUID

from domains.readers.faults import Fault, UnreadableDay, UnreadablePseudonym
from domains.readers.table import Row


def pseudonym_of(row: Row, column: str, faults: list[Fault]) -> UUID | None:
    """Return the pseudonym of a person or family."""
    text = row.cells[column]
    try:
        return UUID(text) if text else None
    except ValueError:
        place = row.place(column, "is geen nummer (uuid)")
        faults.append(Fault(kind=UnreadablePseudonym, place=place))
        return None


def day_of(row: Row, column: str, faults: list[Fault], *, today: date) -> date | None:
    """Return a day that has come."""
    return _day(row, column, row.cells[column], faults, today=today, form="dag, zoals 2024-03-31")


def month_of(row: Row, column: str, faults: list[Fault], *, today: date) -> date | None:
    """Return the first day of a month that has begun."""
    text = row.cells[column]
    first = text and f"{text}-01"  # Anything longer than a month makes no day this way.
    return _day(row, column, first, faults, today=today, form="maand, zoals 2024-03")


def _day(
    row: Row, column: str, text: str, faults: list[Fault], *, today: date, form: str
) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        reason = f"is geen {form}"
    else:
        if day <= today:
            return day
        reason = "moet nog komen"
    faults.append(Fault(kind=UnreadableDay, place=row.place(column, reason)))
    return None
