"""Releasing what was accrued at the end of a year and will not be declared any more."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.accruals import queries, rules
from domains.draws.case import book_of, check_after, lock_plans
from domains.draws.model import Answer, Occasion
from domains.instruction import Instruction, refuse_repetition
from domains.reservations.standing import as_it_stands, open_file, reservation_of
from ledger.money import show


async def release_accrual(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draw: UUID,
    reason: str,
    document: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Let go what of a draw was accrued and not declared (vrijval); gives the draw.

    It is booked in an open year, as the mirror image of the accrual: the cost falls in that year,
    and what its closed year did not need after all lapses. A declaration that comes later finds
    nothing accrued any more.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.reservations.rules.NothingReserved: it never reserved anything.
    :raises domains.accruals.refusals.NothingAccrued: nothing is left of it.
    :raises domains.accruals.refusals.AccrualPaidByOthers: others bear some of it by now.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the draw last changed.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    file = await open_file(connection, instruction, [draw])
    pending = reservation_of(file, draw)
    check_after(pending, booking_date, today=instruction.today)
    left = (await queries.accrued_of(connection, file)).get(draw, {})
    plan = rules.plan_release(
        draw,
        left=left,
        accrued=await queries.accrued_by_part(connection, gemeente=gemeente, draw=draw),
        parts=file.parts[draw],
    )
    released = file.releases(plan)
    await lock_plans(connection, file.case, (), releases=released)
    total = sum(left.values())
    decision = as_it_stands(
        pending, sentence=f"Vrijgevallen wat overliep: {show(total)}. {reason}", case=file.case
    )
    book = book_of(file.case, booking_date)
    book.add_unaccrued(
        draw,
        Answer(occasion=Occasion.RELEASE, request=pending.request, decision=decision, refusal=""),
        number=pending.number + 1,
        releases=released,
        document=document,
    )
    await book.write(connection, results=(draw,))
    return (draw,)
