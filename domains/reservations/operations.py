"""Releasing, raising and stopping help that was granted as a reservation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.days import day_text
from domains.draws.case import book_of, check_after, decide, lock_plans, plan_request
from domains.draws.model import Answer, Occasion, Outcome, StandsAs
from domains.draws.queries import PendingDraw, paid_outside
from domains.draws.recording import Release
from domains.draws.rules import releases_from
from domains.instruction import Instruction, refuse_repetition
from domains.reservations import queries, rules
from domains.reservations.model import Raise
from domains.reservations.standing import (
    File,
    as_it_stands,
    open_file,
    reservation_of,
)
from ledger.money import show


async def release(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draw: UUID,
    line: int | None,
    amount_cents: int | None,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Give back what a reservation no longer needs (vrijval); gives the draw.

    Without an amount all that is left, of one line or of the whole. The help itself goes on.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.reservations.rules.NothingReserved: it never reserved anything.
    :raises domains.reservations.rules.ReleaseTooLarge: less is left.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the draw was.
    """
    await refuse_repetition(connection, instruction=instruction)
    file = await open_file(connection, instruction, [draw])
    pending = reservation_of(file, draw)
    check_after(pending, booking_date, today=instruction.today)
    own = [each for each in file.parts[draw] if line in {None, each.part.line}]
    given_back = file.releases(rules.plan_release(own, amount_cents=amount_cents))
    total = sum(each.amount_cents for each in given_back)
    decision = as_it_stands(
        pending, sentence=f"Vrijgevallen: {show(total)}. {reason}", case=file.case
    )
    return await _write_release(
        connection,
        file,
        pending=pending,
        answer=Answer(
            occasion=Occasion.RELEASE,
            request=pending.request,
            decision=decision,
            refusal="",
        ),
        given_back=given_back,
        booking_date=booking_date,
    )


async def stop(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draw: UUID,
    day: date,
    reason: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """End help: ``day`` is its first day without. What is reserved for later is released.

    Gives the draw. A raise that waits for approval ends with it.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.reservations.rules.NothingReserved: it never reserved anything.
    :raises domains.reservations.rules.StopOutsideDays: help does not run up to that day.
    :raises domains.reservations.rules.StopBeforeDelivered: it was delivered on later days.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the draw was.
    """
    await refuse_repetition(connection, instruction=instruction)
    file = await open_file(connection, instruction, [draw])
    pending = reservation_of(file, draw)
    check_after(pending, booking_date, today=instruction.today)
    gemeente = instruction.gemeente
    rules.check_stop(
        day,
        from_date=pending.request.from_date,
        until_date=pending.decision.until_date,
        delivered_until=await queries.delivered_until(connection, gemeente=gemeente, draw=draw),
    )
    gone = await paid_outside(connection, gemeente=gemeente, draws=[draw])
    given_back = file.releases(releases_from(file.parts[draw], day, paid_outside=gone))
    total = sum(each.amount_cents for each in given_back)
    sentence = f"Gestopt op {day_text(day)}; {show(total)} valt vrij. Reden: {reason}"
    decision = replace(
        as_it_stands(pending, sentence=sentence, case=file.case),
        outcome=Outcome.STOPPED,
        until_date=day,
        approval=None,
        stands_as=None,
    )
    return await _write_release(
        connection,
        file,
        pending=pending,
        answer=Answer(
            occasion=Occasion.STOP, request=pending.request, decision=decision, refusal=""
        ),
        given_back=given_back,
        booking_date=booking_date,
    )


async def raise_reservation(
    connection: AsyncConnection, *, instruction: Instruction, asked: Raise, booking_date: date
) -> tuple[UUID, ...]:
    """Decide on more of the same help (verhoging) by the same steps as a draw; gives the draw.

    It is held against the mandate together with what it raises. While it waits for approval, the
    draw itself goes on as it was.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.reservations.rules.NothingReserved: it never reserved anything.
    :raises domains.reservations.rules.RaiseAwaits: the draw waits for approval.
    :raises domains.reservations.rules.RaiseOutsideDays: the help ended before, or begins later.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the draw was.
    """
    await refuse_repetition(connection, instruction=instruction)
    file = await open_file(connection, instruction, [asked.draw])
    pending = reservation_of(file, asked.draw)
    check_after(pending, booking_date, today=instruction.today)
    rules.check_raise(asked, pending.request, pending.decision)
    request = replace(
        pending.request,
        from_date=asked.from_date,
        until_date=asked.until_date,
        amount_cents=asked.amount_cents,
        asked_lines=asked.asked_lines,
        lines=(),
        first_line=len(file.lines.get(asked.draw, ())) + 1,
        reason=asked.reason,
        document=asked.document,
        urgent=False,
    )
    stands_as = StandsAs(
        outcome=pending.decision.outcome,
        until_date=pending.decision.until_date,
        granted_cents=pending.decision.granted_cents,
    )
    plan = plan_request(
        file.case,
        asked.draw,
        request,
        stands_as=stands_as,
        released_cents=pending.released_cents,
    )
    money = await lock_plans(connection, file.case, [plan])
    book = book_of(file.case, booking_date)
    book.add(
        asked.draw,
        Answer(
            occasion=Occasion.RAISE,
            request=pending.request,
            raised=plan.request,
            decision=decide(file.case, money, plan),
            refusal=plan.refusal.code if plan.refusal else "",
        ),
        number=pending.number + 1,
    )
    await book.write(connection, results=(asked.draw,))
    return (asked.draw,)


async def _write_release(
    connection: AsyncConnection,
    file: File,
    *,
    pending: PendingDraw,
    answer: Answer,
    given_back: Sequence[Release],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Write a decision that gives money back, and nothing else."""
    await lock_plans(connection, file.case, (), releases=given_back)
    book = book_of(file.case, booking_date)
    book.add(pending.id, answer, number=pending.number + 1, releases=given_back)
    await book.write(connection, results=(pending.id,))
    return (pending.id,)
