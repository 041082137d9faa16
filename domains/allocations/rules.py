"""What an allocation says of a draw that reserves, and the message that tells it."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domains.allocations.model import (
    IN_ALL,
    UNIT_CODES,
    Allocation,
    AllocationForm,
    NewAllocation,
)
from domains.allocations.refusals import (
    LinesToAllocate,
    PersonIncomplete,
    PersonToName,
    TooLargeToAllocate,
)
from domains.messages import model as messages
from domains.messages.standard import Kind, MessageType
from domains.providers.model import Line
from domains.quantities import ONE, Rounding

MOST: Final = 99_999_999
"""The largest budget (in cents) or volume that a 301 can tell."""

_AGB: Final = re.compile("[0-9]{8}")


def is_agb(code: str) -> bool:
    """Return whether a code can address a message to a provider."""
    return _AGB.fullmatch(code) is not None


def person_of(asked: NewAllocation, persons: Sequence[UUID]) -> UUID:
    """Say whom an allocation is for.

    :raises PersonToName: several people are helped, or another one is named.
    """
    if asked.person is None and len(persons) == 1:
        return persons[0]
    if asked.person is None or asked.person not in persons:
        raise PersonToName(draw=asked.draw, count=len(persons))
    return asked.person


def terms_of(
    asked: NewAllocation,
    *,
    lines: Sequence[Line],
    from_date: date,
    until_date: date,
    granted_cents: int,
) -> tuple[dict[str, Any], ...]:
    """Say what is allocated: per line of the draw, or its amount as a budget; by column.

    :raises LinesToAllocate: the form does not fit.
    :raises TooLargeToAllocate: a message has no room for the budget or the volume.
    """
    form = asked.form or (AllocationForm.SPECIFIC if lines else AllocationForm.GENERIC)
    if (form is AllocationForm.GENERIC) is bool(lines):
        raise LinesToAllocate(draw=asked.draw, form=form)
    if lines:
        found = tuple(_line_terms(line, form, until_date) for line in lines)
    else:
        days = {"from_date": from_date, "until_date": until_date}
        found = ({**_NOTHING, **days, "budget_cents": granted_cents},)
    if any(max(each["budget_cents"] or 0, each["volume"] or 0) > MOST for each in found):
        raise TooLargeToAllocate(draw=asked.draw, most=MOST)
    return found


_NOTHING: Final[dict[str, Any]] = {
    "line": 0,
    "product_category": "",
    "product_code": "",
    "unit": "",
    "volume": None,
    "frequency": "",
    "budget_cents": None,
    "tariff_e4": None,
    "rounding": Rounding.HALF_UP,
}


def _line_terms(line: Line, form: AllocationForm, until_date: date) -> dict[str, Any]:
    told = {
        **_NOTHING,
        "line": line.number,
        "product_category": line.product.category,
        "from_date": line.from_date,
        # A line that was not reached before the help stopped keeps its first day.
        "until_date": max(min(line.until_date, until_date), line.from_date + timedelta(days=1)),
    }
    if form is AllocationForm.ASPECIFIC:
        return told | {"budget_cents": line.amount_cents}
    return told | {
        "product_code": line.product.code,
        "unit": UNIT_CODES[line.product.unit],
        # A volume in a message is whole; what is left of a unit may be delivered too.
        "volume": -(-line.volume_e4 // ONE),
        "frequency": IN_ALL,
        "tariff_e4": line.tariff_e4,
        "rounding": line.rounding,
    }


def message_of(
    found: Sequence[Allocation],
    *,
    gemeente: str,
    person: messages.PersonFacts | None,
    at: datetime,
) -> messages.Allocation:
    """Put allocations of one person to one provider into a 301; ``at`` is local time.

    :raises PersonIncomplete: the message needs more of the person than is known.
    """
    first = found[0]
    if person is None or not (person.birth_date and person.sex and person.surname):
        raise PersonIncomplete(person=first.person)
    return messages.Allocation(
        header=messages.Header(
            message=MessageType(law=first.law, kind=Kind.ALLOCATION),
            sender=gemeente.removeprefix("GM"),
            receiver=first.provider,
            identification=f"{first.number}V{first.version % 100}",
            dated=at.date(),
        ),
        person=person,
        products=tuple(_product(each, at) for each in found),
    )


def _product(each: Allocation, at: datetime) -> messages.AllocatedProduct:
    return messages.AllocatedProduct(
        number=each.number,
        provider_reference=each.provider_reference,
        category=each.category,
        code=each.code,
        allocated_on=at.date(),
        allocated_time=at.time().replace(microsecond=0, tzinfo=None),
        from_date=each.from_date,
        last_date=each.until_date - timedelta(days=1),
        change_reason=each.change_reason,
        extent=messages.Extent(volume=each.volume, unit=each.unit, frequency=each.frequency)
        if each.volume is not None
        else None,
        budget_cents=each.budget_cents,
    )
