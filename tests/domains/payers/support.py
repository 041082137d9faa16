"""Short ways to take steps on an open payer item and to read what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from domains.draws.model import Payment
from domains.instruction import Instruction
from domains.netting.operations import net
from domains.netting.queries import netting_run
from domains.payers import operations, queries
from domains.payers.model import Acceptance, PayerItem, PayerState, WriteOff
from domains.settings.model import SettingName
from ledger.money import show
from tests.domains.support import DAY, Town, draw

Step: TypeAlias = Callable[[AsyncConnection, Instruction], Awaitable[tuple[UUID, ...]]]
Days: TypeAlias = tuple[date, date]

JULY: Days = (date(2026, 7, 1), date(2026, 8, 1))


async def advance(
    town: Town,
    *,
    cents: int = 900_00,
    budget: UUID | None = None,
    payment: Payment = Payment.AT_ONCE,
    kind: str = "ggz-behandeling-volwassene",
    days: Days = JULY,
    order: Sequence[str] = ("WMO",),
    **said: Any,
) -> UUID:
    """Draw help that another should pay and WMO pays in advance; gives the item."""
    await town.decide(SettingName.ADVANCE_ORDER, list(order))
    chosen = budget or await town.open_budget(await town.register())
    if budget is None:
        await town.give_back(chosen)
    (found,) = await town.draw(
        draw(
            chosen,
            await town.person(chosen),
            cents=cents,
            kind=kind,
            days=days,
            payment=payment,
            **said,
        )
    )
    (part,) = await town.parts(found.id)
    return part.id


def claiming(item: UUID, payer: str = "ZVW", cents: int | None = None) -> Step:
    """Ask a payer."""
    return lambda connection, instruction: operations.claim(
        connection,
        instruction=instruction,
        item=item,
        payer=payer,
        amount_cents=cents,
        reason="",
        asked_on=DAY,
    )


def accepting(
    item: UUID,
    payer: str = "ZVW",
    cents: int | None = None,
    *,
    booking_date: date = DAY,
    **said: Any,
) -> Step:
    """Let a payer accept."""
    return lambda connection, instruction: operations.accept(
        connection,
        instruction=instruction,
        item=item,
        acceptance=Acceptance(payer=payer, amount_cents=cents, **said),
        booking_date=booking_date,
    )


def disputing(item: UUID, payer: str = "ZVW", cents: int | None = None) -> Step:
    """Let a payer say no."""
    return lambda connection, instruction: operations.dispute(
        connection,
        instruction=instruction,
        item=item,
        payer=payer,
        amount_cents=cents,
        reason="niet verzekerd",
    )


def staying(item: UUID, cents: int | None = None) -> Step:
    """Let an advance stay with its fund."""
    return lambda connection, instruction: operations.stay(
        connection,
        instruction=instruction,
        item=item,
        amount_cents=cents,
        decision="collegebesluit 7",
        reason="",
    )


def receiving(
    item: UUID, payer: str = "ZVW", cents: int | None = None, *, booking_date: date = DAY
) -> Step:
    """Let an outside payer pay."""
    return lambda connection, instruction: operations.receive(
        connection,
        instruction=instruction,
        item=item,
        payer=payer,
        amount_cents=cents,
        booking_date=booking_date,
        document="",
    )


def writing_off(
    item: UUID,
    state: PayerState,
    payer: str = "ZVW",
    cents: int | None = None,
    *,
    booking_date: date = DAY,
) -> Step:
    """Give up a claim."""
    return lambda connection, instruction: operations.write_off(
        connection,
        instruction=instruction,
        item=item,
        given_up=WriteOff(
            state=state, payer=payer, amount_cents=cents, decision="collegebesluit 8"
        ),
        booking_date=booking_date,
    )


def netting(from_date: date = DAY, until_date: date = date(2027, 1, 1)) -> Step:
    """Clear what funds owe each other over some days."""
    return lambda connection, instruction: net(
        connection,
        instruction=instruction,
        from_date=from_date,
        until_date=until_date,
        booking_date=DAY,
    )


async def read(town: Town, item: UUID) -> PayerItem:
    """Read an item."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.payer_item(connection, gemeente=town.gemeente, item=item)


async def stands(town: Town, item: UUID) -> str:
    """Say what stands where, such as ``aanvaard ZVW € 540,00; betwist ZVW € 360,00``."""
    found = await read(town, item)
    return "; ".join(
        " ".join(part for part in (each.state, each.payer, show(each.amount_cents)) if part)
        for each in found.standings
    )


async def booked(town: Town, item: UUID) -> list[list[str]]:
    """Write the lines of the entries of the latest step on an item."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await queries.steps(connection, gemeente=town.gemeente, item=item)
    return [await town.lines(entry) for entry in found[-1].entries]


async def run_of(town: Town, run: UUID) -> list[str]:
    """Say who paid whom how much in a netting run."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await netting_run(connection, gemeente=town.gemeente, run=run)
    return [
        f"{each.payer} aan {each.receiver} {show(each.amount_cents)} ({len(each.owed)})"
        for each in found.nettings
    ]
