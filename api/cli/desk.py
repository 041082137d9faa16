"""The desk at which a command does its work: a database, a clock, and who asks."""

import getpass
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

import click
import uvloop
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.cli.output import say
from api.clock import Clock, SystemClock
from api.runtime import Database, database, stop_on_signals
from api.settings import Settings
from domains.audit import operations as audit
from domains.audit.model import Line
from domains.instruction import Actor, AlreadyAnsweredError, Instruction
from ledger.refusals import Refusal

Result = TypeVar("Result")

CLIENT = "cli"

ALL: Final = ("alle", "all")
"""What stands for every municipality that has books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a command works with."""

    database: Database
    engine: AsyncEngine
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The ids that an operation gave; ``replayed`` when it was done before."""

    results: tuple[UUID, ...]
    replayed: bool


def at_desk(settings: Settings, work: Callable[[Desk], Awaitable[Result]]) -> Result:
    """Start what is needed, do the work, and leave nothing running."""
    stop_on_signals()
    with database(settings) as found:
        if found.note is not None:
            say(found.note)
        return uvloop.run(_with_engine(found, work))


async def _with_engine(found: Database, work: Callable[[Desk], Awaitable[Result]]) -> Result:
    engine = db.engine_for(found.app_url)
    try:
        return await work(Desk(database=found, engine=engine, clock=SystemClock()))
    finally:
        await engine.dispose()


def instruction(
    desk: Desk, *, gemeente: str, key: str, fingerprint: bytes, today: date | None = None
) -> Instruction:
    """Make the instruction of whoever is logged in on this machine."""
    return Instruction(
        actor=actor_of(gemeente),
        key=key,
        fingerprint=fingerprint,
        at=desk.clock.now(),
        today=today or desk.clock.today(),
        new_id=desk.clock.new_id,
        new_random_id=desk.clock.new_random_id,
    )


def actor_of(gemeente: str) -> Actor:
    """Give whoever is logged in on this machine, as he acts in a municipality."""
    return Actor(
        subject=f"{CLIENT}:{getpass.getuser()}",
        client=CLIENT,
        gemeente=gemeente,
        roles=frozenset({"beheerder", "financieel"}),
    )


def key_for(*parts: str) -> str:
    """Make an idempotency key from what is asked, so that asking twice is doing it once."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


async def once(
    desk: Desk,
    gemeente: str,
    operation: Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]],
) -> Done:
    """Run an operation in its own database transaction; an earlier answer is an answer too.

    The line in the audit log is of the same transaction.
    """

    async def told(connection: AsyncConnection) -> tuple[UUID, ...]:
        results = await operation(connection)
        await tell(connection, desk, gemeente=gemeente)
        return results

    try:
        return Done(results=await db.run(desk.engine, gemeente, told), replayed=False)
    except AlreadyAnsweredError as earlier:
        return Done(results=earlier.results, replayed=True)
    except Refusal as refused:
        async with db.transaction(desk.engine, gemeente) as connection:
            await tell(connection, desk, gemeente=gemeente, result=refused.code)
        raise


async def tell(
    connection: AsyncConnection, desk: Desk, *, gemeente: str, result: str = "gedaan"
) -> None:
    """Say in the audit log which command did something, and for whom; the last statement."""
    actor = actor_of(gemeente)
    context = click.get_current_context(silent=True)
    verb = context.info_name if context is not None else None
    line = Line(
        logged_at=desk.clock.now(),
        actor=actor.subject,
        client=actor.client,
        action=f"ontschot {verb or '-'}",
        object="-",
        result=result,
        origin=CLIENT,
        trace_id=desk.clock.new_random_id(),
    )
    await audit.write(connection, gemeente=gemeente, lines=[line])


async def rehearse(
    desk: Desk, gemeente: str, operation: Callable[[AsyncConnection], Awaitable[Result]]
) -> Result:
    """Run an operation and take all it wrote back."""
    async with db.transaction(desk.engine, gemeente) as connection:
        rehearsal = await connection.begin_nested()
        result = await operation(connection)
        await rehearsal.rollback()
        return result
