"""Closing a year, and opening closed days for a time."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.reservations.standing import open_file
from domains.rule_base.queries import turn_of
from domains.year_end import queries, rules
from domains.year_end.booking import book_closing
from domains.year_end.model import ClosingRecord, NewClosing, Outcome
from domains.year_end.refusals import YearNeverOpened, YearSealed, YearShut
from domains.year_end.weighing import is_settled, weigh
from ledger import books

Progress: TypeAlias = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""

_STEPS: Final = 4


async def close_year(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    asked: NewClosing,
    progress: Progress,
) -> tuple[UUID, ...]:
    """Close a year: accrue or release what is undeclared, let the rest lapse or go on, shut it.

    Gives the id of the closing, also of one that was blocked: its rows say by what, and nothing was
    booked. A year that is closed stays as it is, and its latest closing is the answer.

    :raises YearNeverOpened: the books were never open in it.
    :raises YearShut: it is not closed, but its last day is, so that nothing can be booked.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente, year = instruction.gemeente, asked.year
    # With the turn of the rules, which every decision on help shares: nothing is reserved between
    # the reading of what is reserved and the closing of the days.
    await take_turns(connection, of=[f"jaarafsluiting {gemeente}", turn_of(gemeente)])
    state = await queries.year_state(connection, gemeente=gemeente, year=year, at=instruction.at)
    if not state.was_opened:
        raise YearNeverOpened(year=year)
    if (
        state.latest is not None
        and state.is_closed
        and state.is_quiet
        and await is_settled(connection, instruction, year)
    ):
        await record(connection, instruction=instruction, results=[state.latest.id])
        return (state.latest.id,)
    if not state.last_day_is_open:
        raise YearShut(year=year)
    progress("verplichtingen", 1, _STEPS)
    draws = await queries.undeclared_draws(connection, gemeente=gemeente, year=year)
    file = await open_file(connection, instruction, draws)
    progress("blokkades", 2, _STEPS)
    figures = await weigh(connection, file, asked, state=state)
    kept = ClosingRecord(
        asked=asked,
        outcome=Outcome.BLOCKED if any(row.blocks for row in figures.rows) else Outcome.CLOSED,
        rows=figures.rows,
        funds=figures.funds,
        grants=figures.grants,
        carried=figures.carried,
        accrued_draws=len({each.draw for each in figures.undeclared.accrued}),
        released_draws=len({each.draw for each, _ in figures.undeclared.released}),
    )
    progress("boekingen", 3, _STEPS)
    closing_id = await book_closing(
        connection, file, figures, kept=kept, number=len(state.closings) + 1
    )
    progress("gereed", _STEPS, _STEPS)
    return (closing_id,)


async def open_exception(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    from_date: date,
    until_date: date,
    open_until: datetime,
    reason: str,
    asked_by: str,
) -> tuple[UUID, ...]:
    """Open days (until exclusive) of a closed year up to a moment; gives the exception.

    The books close them again by themselves; closing the year does so before.

    :raises domains.year_end.refusals.YearNotClosed: not all days lie in one closed year.
    :raises domains.year_end.refusals.ExceptionTime: the time is over, or too long.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"jaarafsluiting {gemeente}"])
    rules.check_exception(
        from_date=from_date,
        until_date=until_date,
        closed_years=await queries.closed_years(connection, gemeente=gemeente),
        at=instruction.at,
        until=open_until,
    )
    exception_id = instruction.new_id()
    actor = instruction.actor.subject
    await connection.exec_driver_sql(
        "INSERT INTO domains.period_exception (gemeente, exception_id, from_date, until_date,"
        " open_until, reason, asked_by, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            exception_id,
            from_date,
            until_date,
            open_until,
            reason,
            asked_by,
            instruction.at,
            actor,
        ),
    )
    await record(connection, instruction=instruction, results=[exception_id])
    await books.open_for_a_time(
        connection,
        gemeente=gemeente,
        from_date=from_date,
        until_date=until_date,
        open_until=open_until,
        actor=actor,
        reason=reason,
        recorded_at=instruction.at,
    )
    return (exception_id,)


async def check_not_sealed(
    connection: AsyncConnection, *, gemeente: str, from_date: date, until_date: date
) -> None:
    """Refuse days (until exclusive) of a closed year, which open by exception only.

    :raises YearSealed: one of them lies in a year that was closed.
    """
    for year in sorted(await queries.closed_years(connection, gemeente=gemeente)):
        if from_date < date(year + 1, 1, 1) and until_date > date(year, 1, 1):
            raise YearSealed(year=year)
