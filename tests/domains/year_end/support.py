"""A municipality of which a year is over, and short ways to close it and open it again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from api import db
from domains import chart
from domains.draws.model import Payment
from domains.year_end import operations, queries
from domains.year_end.model import Closing, NewClosing, PeriodException, Treatment
from tests.domains.support import NOW, YEAR, Town, draw

NEXT: Final = YEAR + 1
AFTER: Final = date(NEXT, 2, 1)
"""A day on which the year is over."""
OVER: Final = date(NEXT, 1, 1)
SPRING: Final = (date(YEAR, 4, 1), date(YEAR, 7, 1))
ACCRUED: Final = NewClosing(year=YEAR, undeclared=Treatment.ACCRUE)
RELEASED: Final = NewClosing(year=YEAR, undeclared=Treatment.RELEASE)


def silent(_what: str, _done: int, _total: int) -> None:
    """Hear of progress and say nothing."""


async def close(
    town: Town,
    asked: NewClosing = ACCRUED,
    *,
    today: date = AFTER,
    at: datetime = NOW,
    **said: Any,
) -> Closing:
    """Close a year and give what came of it."""
    (closing_id, *_) = await town.do(
        lambda connection, instruction: operations.close_year(
            connection, instruction=replace(instruction, at=at), asked=asked, progress=silent
        ),
        content=repr(asked),
        today=today,
        **said,
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.closing(connection, gemeente=town.gemeente, closing_id=closing_id)


async def open_days(
    town: Town,
    days: tuple[date, date] = (date(YEAR, 1, 1), OVER),
    *,
    until: datetime = NOW + timedelta(days=1),
    reason: str = "een late declaratie",
) -> UUID:
    """Open days of a closed year for a time."""
    (made,) = await town.do(
        lambda connection, instruction: operations.open_exception(
            connection,
            instruction=instruction,
            from_date=days[0],
            until_date=days[1],
            open_until=until,
            reason=reason,
            asked_by="controller",
        )
    )
    return made


async def exceptions(town: Town) -> Sequence[PeriodException]:
    """List the exceptions with what was booked under them."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.exceptions(connection, gemeente=town.gemeente)


async def reserve_help(
    town: Town, budget: UUID, *, cents: int, description: str = "begeleiding"
) -> UUID:
    """Reserve help for days in spring."""
    person = await town.person(budget)
    (asked,) = await town.draw(
        draw(
            budget,
            person,
            cents=cents,
            days=SPRING,
            description=description,
            payment=Payment.RESERVATION,
        )
    )
    return asked.id


async def conserved(town: Town) -> dict[str, int]:
    """Say per fund of the year what was authorised, less where it went: always zero."""
    found = {}
    for fund, each in (await town.standings()).items():
        if chart.year_of(fund) == YEAR and chart.source_of(fund) != chart.SHORTAGE_SOURCE:
            found[fund] = (
                each.authorised_cents - each.spent_cents - each.lapsed_cents - each.carried_cents
            )
    return found
