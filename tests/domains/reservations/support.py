"""Short ways to deliver, release, raise and stop, and to read what became of a reservation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from api import db
from domains.draws.model import Occasion, Payment
from domains.draws.queries import Draw
from domains.providers.model import AskedLine, Product, Unit
from domains.quantities import read_e4
from domains.reservations import delivering, operations, queries
from domains.reservations.model import Delivery, NewDelivery, Raise
from tests.domains.support import DAY, YOUNGSTER, Town, draw

APRIL_TO_JUNE = (date(2026, 4, 1), date(2026, 7, 1))
CARE = {
    "kind": "begeleiding-bij-beperking",
    "facts": (("beperking", True), ("wlz-recht", False)),
    "days": APRIL_TO_JUNE,
    "payment": Payment.RESERVATION,
}
"""Help to the youngster that crosses the eighteenth birthday on 15 May: first JW, then WMO."""


async def reserved_care(town: Town, cents: int = 273_000, **more: Any) -> tuple[UUID, Draw]:
    """Give the family budget and a reservation of € 30,00 a day over the eighteenth birthday."""
    budget = await town.open_budget(await town.register())
    youngster = await town.person(budget, YOUNGSTER)
    (found,) = await town.draw(draw(budget, youngster, cents=cents, **{**CARE, **more}))
    return budget, found


async def reserved_lines(town: Town, volume: str = "10") -> Draw:
    """Give a reservation of hours at € 33,335 in June, asked as one line with its own tariff."""
    budget = await town.open_budget(await town.register())
    line = AskedLine(
        product=Product(category="45", code="45A04", unit=Unit.HOUR),
        volume_e4=read_e4(volume),
        from_date=date(2026, 6, 1),
        until_date=date(2026, 7, 1),
        tariff_e4=read_e4("33.335"),
    )
    asked = draw(
        budget,
        await town.person(budget),
        cents=0,
        days=(line.from_date, line.until_date),
        payment=Payment.RESERVATION,
    )
    (found,) = await town.draw(replace(asked, asked_lines=(line,)))
    return found


async def deliver(
    town: Town,
    *deliveries: NewDelivery,
    key: str | None = None,
    booking_date: date = DAY,
    **said: Any,
) -> Sequence[Delivery]:
    """Book deliveries once they are over; gives what became of each, in the order of the list."""
    ids = await town.do(
        lambda connection, instruction: delivering.deliver(
            connection, instruction=instruction, deliveries=deliveries, booking_date=booking_date
        ),
        key,
        content=repr(deliveries),
        **{"today": max(each.until_date for each in deliveries), **said},
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await queries.deliveries(connection, gemeente=town.gemeente, ids=ids)
    by_id = {each.id: each for each in found}
    return [by_id[each] for each in ids]


def delivery(of: UUID, cents: int | None, days: tuple[date, date], **more: Any) -> NewDelivery:
    """Make a delivery of an amount on some days."""
    return NewDelivery(draw=of, from_date=days[0], until_date=days[1], amount_cents=cents, **more)


async def resume(town: Town, of: UUID, *deliveries: UUID) -> Sequence[Delivery]:
    """Take up deliveries again and give what became of each."""
    ids = await town.do(
        lambda connection, instruction: delivering.resume(
            connection,
            instruction=instruction,
            draw=of,
            deliveries=deliveries,
            booking_date=DAY,
        ),
        today=date(2028, 1, 1),
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.deliveries(connection, gemeente=town.gemeente, ids=ids)


async def release(
    town: Town, of: UUID, cents: int | None = None, *, line: int | None = None
) -> Draw:
    """Release an amount of a reservation, or all of it."""
    ids = await town.do(
        lambda connection, instruction: operations.release(
            connection,
            instruction=instruction,
            draw=of,
            line=line,
            amount_cents=cents,
            reason="minder nodig",
            booking_date=DAY,
        )
    )
    (found,) = await town.draws(*ids)
    return found


async def stop(town: Town, of: UUID, day: date, **said: Any) -> Draw:
    """Stop a reservation from a day on."""
    ids = await town.do(
        lambda connection, instruction: operations.stop(
            connection,
            instruction=instruction,
            draw=of,
            day=day,
            reason="verhuisd",
            booking_date=DAY,
        ),
        **said,
    )
    (found,) = await town.draws(*ids)
    return found


async def raise_(
    town: Town,
    of: UUID,
    cents: int = 0,
    days: tuple[date, date] = APRIL_TO_JUNE,
    *,
    lines: Sequence[AskedLine] = (),
    **said: Any,
) -> Draw:
    """Ask for more of a reservation."""
    asked = Raise(
        draw=of,
        from_date=days[0],
        until_date=days[1],
        amount_cents=cents,
        asked_lines=tuple(lines),
        reason="meer nodig",
    )
    ids = await town.do(
        lambda connection, instruction: operations.raise_reservation(
            connection, instruction=instruction, asked=asked, booking_date=DAY
        ),
        **said,
    )
    (found,) = await town.draws(*ids)
    return found


async def totals(town: Town, of: UUID) -> dict[str, int]:
    """Say what the parts of a reservation were granted, delivered, released and reserve now."""
    found = await town.ask(
        "SELECT move.kind, sum(reserved_cents), sum(spent_cents)"
        " FROM domains.part_move AS move JOIN domains.part AS part USING (gemeente, part_id)"
        f" WHERE part.draw_id = '{of}' GROUP BY move.kind"
    )
    moved = {str(kind): (int(reserved), int(spent)) for kind, reserved, spent in found}
    return {
        "granted": moved.get("toegekend", (0, 0))[0],
        "delivered": sum(spent for _, spent in moved.values()),
        "released": -moved.get("vrijgevallen", (0, 0))[0],
        "recovered": moved.get("herdekt", (0, 0))[0],
        "reserved": sum(reserved for reserved, _ in moved.values()),
    }


async def assert_nothing_lost(town: Town, of: UUID) -> None:
    """Check that what was granted was delivered, released or is still reserved."""
    found = await totals(town, of)
    assert found["granted"] == found["delivered"] + found["released"] + found["reserved"], found
    assert found["recovered"] == 0
    (standing,) = await town.draws(of)
    granted = [
        each.answer.decision.granted_cents
        for each in standing.decisions
        if each.answer.occasion not in {Occasion.RELEASE, Occasion.STOP}
    ]
    assert found["granted"] == max(granted)
