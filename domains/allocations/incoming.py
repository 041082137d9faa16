"""Booking allocations that the care administration gave out itself and told in a 301.

A new one becomes a draw that reserves on the family budget of its person, decided by the same
steps as any other draw that counts at once, and an allocation by the number and the terms of the
message. A next
version of a known one follows once its reservation was adjusted. What cannot be booked waits: the
same file, offered again, tries it again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.allocations import rules
from domains.allocations.model import REMOVED, Adjustment, Allocation
from domains.allocations.operations import numbering, write_allocations
from domains.allocations.queries import allocations
from domains.allocations.refusals import (
    AllocationNotBooked,
    AllocationNotFollowed,
    AllocationNumberTaken,
)
from domains.draws.case import Case, Plan, book_of, decide, lock_plans, open_case, plan_request
from domains.draws.model import Answer, DrawRequest, Occasion, Payment
from domains.draws.queries import paid_outside
from domains.draws.recording import write_rows
from domains.draws.rules import releases_from
from domains.instruction import Instruction, record, record_groups, refuse_repetition, take_turns
from domains.messages.model import AllocatedProduct
from domains.messages.standard import Law
from domains.persons.queries import registered_since
from domains.providers.model import Register
from domains.providers.queries import registers
from domains.reservations.model import Raise, Reservation
from domains.reservations.operations import raise_reservation, release, stop
from domains.reservations.queries import delivered_until, reservations
from domains.reservations.rules import check_stop
from domains.reservations.standing import open_file
from ledger.reading import rows
from ledger.refusals import Refusal

_CHANGED: Final = "Gewijzigd in de zorgadministratie"
_NO_AMOUNT: Final = "zij noemt geen budget, en het contract geen tarief"

_WAITING: Final = """
    -- Ids rise with time: a version that was made later than the notice is what it asked for.
    SELECT notice.notice_id, notice.person_id, notice.wanted, message.message_law,
           message.provider, message.identification, newer.allocated_on AS newer_of
    FROM domains.provider_notice AS notice
    JOIN domains.message AS message USING (gemeente, message_id)
    CROSS JOIN LATERAL (
        SELECT max(other.wanted ->> 'allocated_on') AS allocated_on
        FROM domains.provider_notice AS other
        JOIN domains.message AS told USING (gemeente, message_id)
        WHERE other.gemeente = notice.gemeente AND other.allocation = notice.allocation
          AND other.kind = notice.kind AND told.message_law = message.message_law
          AND told.provider = message.provider
          AND (other.wanted ->> 'allocated_on', other.wanted ->> 'allocated_time')
              > (notice.wanted ->> 'allocated_on', notice.wanted ->> 'allocated_time')
    ) AS newer
    WHERE gemeente = %s AND message_id = %s AND notice.kind = 'toewijzing' AND NOT EXISTS (
        SELECT 1 FROM domains.allocation AS given
        WHERE given.gemeente = notice.gemeente AND given.message_law = message.message_law
          AND given.number = notice.allocation AND given.allocation_id > notice.notice_id)
    ORDER BY notice.notice_id
"""

_BUDGETS: Final = """
    SELECT budget.family_budget_id, budget.year, first.day
    FROM domains.member AS member JOIN domains.family_budget AS budget USING (gemeente, family_id)
    CROSS JOIN LATERAL (
        SELECT greatest(%(from)s::date, make_date(budget.year, 1, 1)) AS day) AS first
    WHERE gemeente = %(gemeente)s AND member.person_id = %(person)s
      AND budget.year >= greatest(extract(year FROM %(from)s::date),
                                  domains.oldest_open_year(%(gemeente)s, %(today)s::date))
      AND coalesce(first.day <= %(last)s::date, true)
      AND member.from_date <= first.day AND coalesce(first.day < member.until_date, true)
    ORDER BY budget.year
"""

_ASKED_BEFORE: Final = """
    SELECT draw.draw_id, draw.granted_cents > 0 AND NOT draw.is_reversed AS is_granted,
           draw.approval_by <> '' AS awaits
    FROM domains.standing_draw AS draw
    WHERE draw.gemeente = %s AND draw.persons = ARRAY[%s::uuid]
      AND draw.request ->> 'document' = %s AND draw.outcome NOT IN ('geweigerd', 'afgekeurd')
    ORDER BY draw.draw_id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A product of a 301 that was not booked yet."""

    person: UUID
    law: Law
    provider: str
    identification: str
    told: AllocatedProduct
    newer_of: date | None
    """The day of a later decision under the same number, which came in already."""

    @property
    def document(self) -> str:
        """Return by what its draw is known again."""
        return f"301 {self.identification}, toewijzing {self.told.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reserving:
    """From which family budget an allocation reserves, and for which of its days."""

    budget: UUID
    from_date: date
    """The later of its own and the first day of the oldest open year that has a budget."""
    until_date: date
    """Exclusive; without an end, where the budgets of the family end."""


async def changed(connection: AsyncConnection, *, gemeente: str, message: UUID) -> tuple[int, ...]:
    """Say which products of a 301 that wait are a next version of a known allocation."""
    waiting = await _waiting(connection, gemeente=gemeente, message=message)
    return tuple(await _known(connection, gemeente=gemeente, waiting=waiting))


async def follow_allocation(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    message: UUID,
    number: int,
    after: Adjustment | None,
) -> Adjustment | None:
    """Bring a reservation one step nearer to the next version of its allocation, or record that.

    The books take one request per database transaction, so each step is one, seen from how the
    reservation then stands: what broke off goes on when the same file is offered again. Gives what
    it was about, to be told as ``after`` of the next step; ``None``: the version is recorded.

    :raises Refusal: it cannot follow, or a raise was not granted (yet); this step changed nothing.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    found = await _changed(connection, gemeente=gemeente, message=message, number=number)
    if found is None:
        return None
    draw = found[1].draw
    file = await open_file(connection, instruction, [draw])
    await take_turns(connection, of=[numbering(gemeente)])
    # Only now, under the turns: somebody may have recorded it meanwhile.
    found = await _changed(connection, gemeente=gemeente, message=message, number=number)
    if found is None:
        return None
    each, earlier, register = found
    standing = await _standing(connection, gemeente, draw)
    terms = rules.incoming_terms(each.law, each.told, register, on=standing.from_date)
    if not _is_same(each, earlier):
        raise AllocationNumberTaken(number=number)
    if each.newer_of is not None:
        lack = f"een toewijzing van {each.newer_of:%d-%m-%Y} met dit nummer kwam al binnen"
        raise AllocationNotFollowed(number=number, lack=lack)
    if terms is None:
        raise AllocationNotFollowed(number=number, lack=_NO_AMOUNT)
    removed = terms["change_reason"] == REMOVED
    ends_on = terms["until_date"] or max(
        standing.until_date, date(standing.from_date.year + 1, 1, 1)
    )
    days: dict[str, Any] = {"from_date": standing.from_date, "until_date": ends_on}
    shared = await allocations(connection, gemeente=gemeente, draw=draw)
    if len(shared) > 1 and rules.changes(earlier, terms, **days) and not (removed and earlier.line):
        lack = "haar verplichting is ook die van andere toewijzingen"
        raise AllocationNotFollowed(number=number, lack=lack)
    gone = await paid_outside(connection, gemeente=gemeente, draws=[draw])
    behind = releases_from(file.parts[draw], ends_on, paid_outside=gone)
    own = [part for part in file.parts[draw] if earlier.line in {0, part.part.line}]
    wanted = rules.adjustment_of(
        earlier,
        terms,
        standing=standing,
        ends_on=ends_on,
        reserved_cents=sum(part.reserved_cents for part in own),
        behind_cents=sum(cents for _, cents in behind),
    )
    if wanted == after:
        lack = "de verhoging is niet toegekend, of wacht nog op akkoord"
        raise AllocationNotFollowed(number=number, lack=lack)
    if wanted.stops_on is not None:
        # Before a raise for it is booked.
        check_stop(
            wanted.stops_on,
            from_date=standing.from_date,
            until_date=standing.until_date,
            delivered_until=await delivered_until(connection, gemeente=gemeente, draw=draw),
        )
    told: dict[str, Any] = {"instruction": instruction, "booking_date": instruction.today}
    if wanted.more_cents:
        more = Raise(
            draw=draw,
            **days,
            amount_cents=wanted.more_cents,
            reason=_CHANGED,
        )
        await raise_reservation(connection, asked=more, **told)
    elif wanted.stops_on is not None:
        await stop(connection, draw=draw, day=wanted.stops_on, reason=_CHANGED, **told)
    elif wanted.less_cents:
        told |= {"line": earlier.line or None, "amount_cents": wanted.less_cents}
        await release(connection, draw=draw, reason=_CHANGED, **told)
    else:
        version = _version(instruction, each, terms, draw=draw, after=earlier)
        await write_allocations(connection, gemeente=gemeente, told=[version])
        await record(connection, instruction=instruction, results=(version["allocation_id"],))
        return None
    return wanted


async def book_allocations(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    message: UUID,
    tell: Callable[[int, Refusal], None],
) -> tuple[UUID, ...]:
    """Book what a 301 gives out anew as far as that can be; gives draws and allocations.

    ``tell`` hears by number why a product waits.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    waiting = await _waiting(connection, gemeente=gemeente, message=message)
    register = await _register(connection, gemeente=gemeente, waiting=waiting)
    reserving = {
        each.told.number: await _reserving(connection, instruction, each) for each in waiting
    }
    case = await open_case(
        connection,
        instruction=instruction,
        budgets=sorted({found.budget for found in reserving.values() if found}),
        persons=sorted({each.person for each in waiting}),
        providers=[each.provider for each in waiting],
    )
    await take_turns(connection, of=[numbering(gemeente)])
    # Only now, under the turns: somebody may have booked them meanwhile.
    waiting = await _waiting(connection, gemeente=gemeente, message=message)
    known = await _known(connection, gemeente=gemeente, waiting=waiting)
    given: list[dict[str, Any]] = []
    plans: list[tuple[Plan, dict[str, Any]]] = []
    for each in waiting:
        number = each.told.number
        days = reserving[number]
        on = days.from_date if days else each.told.from_date
        terms = rules.incoming_terms(each.law, each.told, register, on=on)
        if number in known:
            continue
        if terms is None:
            tell(number, AllocationNotBooked(number=number, lack=_NO_AMOUNT))
            continue
        asked = await rows(connection, _ASKED_BEFORE, (gemeente, each.person, each.document))
        if asked and asked[0].is_granted:
            given.append(_version(instruction, each, terms, draw=asked[0].draw_id, after=None))
            continue
        kind = rules.kind_of(each.law, each.told.category)
        if asked or days is None or kind is None:
            lack = (
                "zij wacht nog op akkoord"
                if asked
                else "deze persoon heeft dan geen gezinsbudget"
                if days is None
                else f"bij productcategorie {each.told.category} is geen soort hulp bekend"
            )
            tell(number, AllocationNotBooked(number=number, lack=lack))
            continue
        plan = _plan(case, each, terms, days=days, kind=kind)
        plans.append((plan, _version(instruction, each, terms, draw=plan.draw_id, after=None)))
    money = await lock_plans(connection, case, [plan for plan, _ in plans])
    book = book_of(case, instruction.today)
    for plan, own in plans:
        decision = decide(case, money, plan)
        book.add(
            plan.draw_id,
            Answer(
                occasion=Occasion.REQUEST,
                request=plan.request,
                decision=decision,
                refusal=plan.refusal.code if plan.refusal else "",
            ),
            number=1,
        )
        if decision.outcome.is_granted:
            given.append(own)
            continue
        lack = decision.sentence.rstrip(".")
        number = own["number"]
        tell(number, plan.refusal or AllocationNotBooked(number=number, lack=lack))
    results = (
        *(plan.draw_id for plan, _ in plans),
        *(each["allocation_id"] for each in given),
    )
    if results:
        await write_rows(connection, gemeente=gemeente, found=book.rows)
        await write_allocations(connection, gemeente=gemeente, told=given)
        await record_groups(
            connection,
            instruction=instruction,
            results=results,
            groups=book.groups,
            accounts=tuple(book.accounts.values()),
        )
    return results


def _plan(
    case: Case, each: _Waiting, terms: Mapping[str, Any], *, days: _Reserving, kind: str
) -> Plan:
    told = each.told
    return plan_request(
        case,
        case.instruction.new_id(),
        DrawRequest(
            family_budget=days.budget,
            persons=(each.person,),
            kind=kind,
            from_date=days.from_date,
            until_date=days.until_date,
            amount_cents=rules.allocated_cents(
                terms, from_date=days.from_date, until_date=days.until_date
            ),
            payment=Payment.RESERVATION,
            provider=each.provider,
            description=f"Toewijzing {told.number} {told.category} {told.code}".strip(),
            facts=(),
            reason="Toegewezen in de zorgadministratie",
            document=each.document,
            allocation=f"{each.law} {told.number}",
            # The provider has it already: it counts at once, and who should have approved it
            # judges afterwards.
            urgent=True,
        ),
    )


def _version(
    instruction: Instruction,
    each: _Waiting,
    terms: Mapping[str, Any],
    *,
    draw: UUID,
    after: Allocation | None,
) -> dict[str, Any]:
    return {
        **terms,
        "version": after.version + 1 if after else 1,
        "line": after.line if after else 0,
        "allocation_id": instruction.new_id(),
        "draw_id": draw,
        "person_id": each.person,
        "provider": each.provider,
        "recorded_at": instruction.at,
        "actor": instruction.actor.subject,
    }


def _is_same(each: _Waiting, earlier: Allocation) -> bool:
    """Return whether a number is still of the same person and provider."""
    return (each.person, each.provider) == (earlier.person, earlier.provider)


async def _changed(
    connection: AsyncConnection, *, gemeente: str, message: UUID, number: int
) -> tuple[_Waiting, Allocation, Register] | None:
    """Give a product that waits, what is known under its number, and of its provider."""
    waiting = await _waiting(connection, gemeente=gemeente, message=message)
    known = await _known(connection, gemeente=gemeente, waiting=waiting)
    register = await _register(connection, gemeente=gemeente, waiting=waiting)
    for each in waiting:
        if each.told.number == number and number in known:
            return each, known[number], register
    return None


async def _standing(connection: AsyncConnection, gemeente: str, draw: UUID) -> Reservation:
    (found,) = await reservations(connection, gemeente=gemeente, ids=[draw])
    return found


async def _waiting(
    connection: AsyncConnection, *, gemeente: str, message: UUID
) -> tuple[_Waiting, ...]:
    found = await rows(connection, _WAITING, (gemeente, message))
    persons = await registered_since(
        connection, gemeente=gemeente, strangers={row.person_id for row in found}
    )
    return tuple(
        _Waiting(
            person=persons.get(row.person_id, row.person_id),
            law=Law(row.message_law),
            provider=row.provider,
            identification=row.identification,
            told=msgspec.convert(row.wanted, AllocatedProduct),
            newer_of=row.newer_of and date.fromisoformat(row.newer_of),
        )
        for row in found
    )


async def _known(
    connection: AsyncConnection, *, gemeente: str, waiting: Collection[_Waiting]
) -> dict[int, Allocation]:
    return {
        each.number: each
        for law in {each.law for each in waiting}
        for each in await allocations(
            connection,
            gemeente=gemeente,
            law=law,
            numbers=[each.told.number for each in waiting],
        )
    }


async def _register(
    connection: AsyncConnection, *, gemeente: str, waiting: Collection[_Waiting]
) -> Register:
    """Give what is registered of the one provider to whom a message is addressed."""
    found = await registers(
        connection, gemeente=gemeente, names={each.provider for each in waiting}
    )
    return next(iter(found.values()), Register())


async def _reserving(
    connection: AsyncConnection, instruction: Instruction, each: _Waiting
) -> _Reserving | None:
    """Say what a person's help reserves from; ``None``: there is no budget on any of its days."""
    last = each.told.last_date
    found = await rows(
        connection,
        _BUDGETS,
        {
            "gemeente": instruction.gemeente,
            "person": each.person,
            "from": each.told.from_date,
            "last": last,
            "today": instruction.today,
        },
    )
    if not found:
        return None
    return _Reserving(
        budget=found[0].family_budget_id,
        from_date=found[0].day,
        until_date=last + timedelta(days=1) if last else date(found[-1].year + 1, 1, 1),
    )
