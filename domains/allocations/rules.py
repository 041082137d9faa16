"""What an allocation says of a draw that reserves, and the message that tells it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domains.allocations.model import (
    IN_ALL,
    REMOVED,
    UNIT_CODES,
    UNITS,
    Adjustment,
    Allocation,
    AllocationForm,
    NewAllocation,
)
from domains.allocations.refusals import (
    AllocationNotFollowed,
    LinesToAllocate,
    PersonIncomplete,
    PersonToName,
    TooLargeToAllocate,
)
from domains.data.files import rows_of
from domains.draws.model import Outcome
from domains.messages import model as messages
from domains.messages.standard import Kind, Law, MessageType
from domains.providers.model import Line, Product, Register
from domains.providers.rules import tariff_on
from domains.quantities import ONE, Rounding, line_cents
from domains.reservations.model import Reservation

MOST: Final = 99_999_999
"""The largest budget (in cents) or volume that a 301 can tell."""

_KINDS: Final = {
    (row["wet"], row["categorie"]): row["soort"]
    for row in rows_of("soort_per_productcategorie.csv")
}
_WHATEVER_IS_NEEDED: Final = "maatwerk"
"""The kind of help of a budget for which no product was named."""

_MONTHLY: Final = "4"
_WEEK: Final = 7

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
        # Help that was stopped before it began keeps its first day.
        last = max(until_date, from_date + timedelta(days=1))
        days = {"from_date": from_date, "until_date": last}
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


def kind_of(law: Law, category: str) -> str | None:
    """Say which kind of help a product category is; ``None``: the data file names none."""
    return _KINDS.get((law, category)) if category else _WHATEVER_IS_NEEDED


def volume_per_month(frequency: str, volume: int, from_date: date, until_date: date) -> int:
    """Return how much days (until exclusive) of one calendar month may have of a volume.

    A volume that holds for all days together is not divided over months.
    """
    days = max((until_date - from_date).days, 0)
    return volume * {"1": days, "2": -(-days // _WEEK), "4": 1, IN_ALL: 1}[frequency]


def incoming_terms(
    law: Law, told: messages.AllocatedProduct, register: Register, *, on: date
) -> dict[str, Any] | None:
    """Say what a 301 of the care administration allocates, by column; at the tariff of a day.

    ``None`` where no amount follows from it: no budget, and no volume of a
    product that the contract with the provider has a tariff for.
    """
    terms = {
        **_NOTHING,
        "message_law": law,
        "number": told.number,
        "product_category": told.category,
        "product_code": told.code,
        "budget_cents": told.budget_cents,
        "from_date": told.from_date,
        "until_date": told.last_date + timedelta(days=1) if told.last_date else None,
        "change_reason": told.change_reason,
        "provider_reference": told.provider_reference,
    }
    if told.extent is None:
        return None if told.budget_cents is None else terms
    extent = told.extent
    terms |= {"unit": extent.unit, "volume": extent.volume, "frequency": extent.frequency}
    tariff = tariff_on(
        on,
        product=Product(category=told.category, code=told.code, unit=UNITS[extent.unit]),
        contracts={each.id: each for each in register.contracts},
        tariffs=register.tariffs,
    )
    if tariff is None:
        return None if told.budget_cents is None else terms
    return terms | {"tariff_e4": tariff.tariff_e4, "rounding": tariff.rounding}


def allocated_cents(terms: Mapping[str, Any], *, from_date: date, until_date: date) -> int:
    """Return what days of an allocation come to: its whole budget, or its volume at its tariff.

    How much of a budget was delivered on days before these, nobody tells us.
    """
    if terms["budget_cents"] is not None:
        return int(terms["budget_cents"])
    volume, frequency = terms["volume"], terms["frequency"]
    if frequency == _MONTHLY:
        months = 12 * (until_date.year - from_date.year) + until_date.month - from_date.month
        volume *= max(months + (until_date.day > 1), 0)
    else:
        volume = volume_per_month(frequency, volume, from_date, until_date)
    return line_cents(
        tariff_e4=terms["tariff_e4"], volume_e4=volume * ONE, rounding=terms["rounding"]
    )


def adjustment_of(
    earlier: Allocation,
    terms: Mapping[str, Any],
    *,
    standing: Reservation,
    ends_on: date,
    reserved_cents: int,
    behind_cents: int,
) -> Adjustment:
    """Say what a next version of an allocation asks of the reservation behind it.

    Of what that holds ``reserved_cents`` are of this allocation and were not delivered yet;
    stopping at ``ends_on``, where by the next version it ends, would release ``behind_cents``.

    :raises AllocationNotFollowed: no step makes the reservation what the version says.
    """
    if terms["change_reason"] == REMOVED:
        return Adjustment(less_cents=reserved_cents)
    if not changes(earlier, terms, from_date=standing.from_date, until_date=ends_on):
        return Adjustment()
    if terms["from_date"] != earlier.from_date:
        raise AllocationNotFollowed(number=earlier.number, lack="zij begint op een andere dag")
    if ends_on <= standing.from_date:
        # None of its days are reserved any more, whatever it says of money.
        if standing.delivered_cents:
            lack = (
                f"zij eindigt voor {standing.from_date:%d-%m-%Y}, waarop haar verplichting begint,"
                " en daarvan is al geleverd"
            )
            raise AllocationNotFollowed(number=earlier.number, lack=lack)
        return Adjustment(less_cents=reserved_cents)
    total = allocated_cents(terms, from_date=standing.from_date, until_date=ends_on)
    if standing.outcome == Outcome.STOPPED and ends_on > standing.until_date:
        lack = (
            "de hulp eronder is gestopt, en wat gestopt is loopt niet verder; laat de"
            " zorgadministratie de volgende dagen toewijzen onder een nieuw nummer"
        )
        raise AllocationNotFollowed(number=earlier.number, lack=lack)
    stops = ends_on < standing.until_date
    lapses = behind_cents if stops else 0
    more = total - standing.reserved_cents - standing.delivered_cents + lapses
    if ends_on > standing.until_date and more <= 0:
        lack = "zij loopt langer door zonder dat er geld bij komt"
        raise AllocationNotFollowed(number=earlier.number, lack=lack)
    if reserved_cents - lapses + more < 0:
        lack = "er is al meer geleverd dan zij toestaat"
        raise AllocationNotFollowed(number=earlier.number, lack=lack)
    if more > 0 and earlier.line:
        lack = "er komt geld bij op een regel met een tarief"
        raise AllocationNotFollowed(number=earlier.number, lack=lack)
    return Adjustment(
        more_cents=max(more, 0),
        stops_on=ends_on if stops else None,
        less_cents=max(-more, 0),
    )


def changes(
    earlier: Allocation, terms: Mapping[str, Any], *, from_date: date, until_date: date
) -> bool:
    """Return whether a next version says other days, or another amount for the days reserved."""
    before = {
        "budget_cents": earlier.budget_cents,
        "volume": earlier.volume,
        "frequency": earlier.frequency,
        "tariff_e4": earlier.tariff_e4,
        "rounding": earlier.rounding,
    }
    days = {"from_date": from_date, "until_date": until_date}
    return (earlier.from_date, earlier.until_date, allocated_cents(before, **days)) != (
        terms["from_date"],
        terms["until_date"],
        allocated_cents(terms, **days),
    )


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
        last_date=each.until_date - timedelta(days=1) if each.until_date else None,
        change_reason=each.change_reason,
        extent=messages.Extent(volume=each.volume, unit=each.unit, frequency=each.frequency)
        if each.volume is not None
        else None,
        budget_cents=each.budget_cents,
    )
