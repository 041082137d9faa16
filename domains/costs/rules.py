"""Which observed costs can be booked, and the entries that they make."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domains import chart
from domains.costs.model import CostFile, CostLine, LeftOut
from domains.days import next_month
from ledger.accounts import Account, dimensions
from ledger.entries import Entry, Posting

KIND: Final = "waarneming"
"""The kind of the entries of observed costs."""
INVOICE_MONTH: Final = "factuurmaand"
"""Where an entry keeps the month of its invoices: the first day, as a date."""
NO_FAMILY: Final = "persoon hoorde in die maand bij geen gezin"
NOTHING: Final = "bedrag is nul"

Stays = Mapping[UUID, Sequence[tuple[date, date | None]]]
"""Per person the days from which and until which it belonged to a family (``None``: still)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The lines of a file that can be booked, and the others."""

    booked: tuple[CostLine, ...]
    left_out: tuple[LeftOut, ...]


def sort_out(file: CostFile, stays: Stays) -> Sorted:
    """Leave out what belongs to no family in its month, and what is no amount."""
    booked: list[CostLine] = []
    left_out: list[LeftOut] = []
    for line in file.lines:
        reason = _why_not(line, stays)
        if reason:
            left_out.append(
                LeftOut(line_number=line.line_number, amount_cents=line.amount_cents, reason=reason)
            )
        else:
            booked.append(line)
    return Sorted(booked=tuple(booked), left_out=tuple(left_out))


def entries_for(
    lines: Iterable[CostLine],
    *,
    gemeente: str,
    import_id: UUID,
    booking_date: date,
    new_id: Callable[[], UUID],
) -> tuple[tuple[Entry, ...], tuple[Account, ...]]:
    """Make an entry per service month, invoice month and document, and the accounts they need.

    Lines of one person, fund and kind of help in one entry add up; what adds up to nothing, such
    as an invoice with its own credit, makes no line.
    """
    accounts: dict[UUID, Account] = {}
    known: dict[tuple[str, UUID, str], tuple[UUID, UUID]] = {}
    grouped: dict[tuple[date, date, str], dict[UUID, int]] = {}
    for line in lines:
        fund = chart.fund(line.source, line.month.year)
        place = (fund, line.person, line.kind)
        if place not in known:  # The id of an account follows from a hash: once per account.
            cost = chart.observed(gemeente, fund, person=str(line.person), kind=line.kind)
            contra = chart.observed_contra(gemeente, fund)
            known[place] = cost.id, contra.id
            accounts |= {cost.id: cost, contra.id: contra}
        debit, credit = known[place]
        key = (line.month, line.invoiced_on.replace(day=1), line.document)
        amounts = grouped.setdefault(key, {})
        amounts[debit] = amounts.get(debit, 0) + line.amount_cents
        amounts[credit] = amounts.get(credit, 0) - line.amount_cents
    entries = tuple(
        Entry(
            id=new_id(),
            booking_date=booking_date,
            kind=KIND,
            description=f"Waargenomen kosten {month:%Y-%m}",
            document=document,
            performance_from=month,
            performance_until=next_month(month),
            decision=import_id,
            metadata=dimensions(**{INVOICE_MONTH: invoiced.isoformat()}),
            postings=tuple(
                Posting(account=account, amount_cents=cents)
                for account, cents in amounts.items()
                if cents
            ),
        )
        for (month, invoiced, document), amounts in grouped.items()
        if any(amounts.values())
    )
    return entries, tuple(accounts.values())


def _why_not(line: CostLine, stays: Stays) -> str:
    if not line.amount_cents:
        return NOTHING
    end = next_month(line.month)
    belongs = any(
        from_date < end and (until_date is None or until_date > line.month)
        for from_date, until_date in stays.get(line.person, ())
    )
    return "" if belongs else NO_FAMILY
