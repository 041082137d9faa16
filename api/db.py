"""Database connections and the one place that commits.

A request or a command is one database transaction: it opens here, knows its gemeente, and ends
here with a commit or a rollback. It knows of which families it may see and write rows.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ledger import books
from ledger.coalescer import Post
from ledger.entries import Outcome, PostingRequest
from ledger.reading import rows

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The families whose rows a database transaction sees and writes: of teams, and these."""

    teams: frozenset[str] | None
    """``None``: those of every team."""
    families: frozenset[UUID] = frozenset()


WHOLE: Final = Sight(teams=None)
"""What the program itself sees, and whoever works for the whole municipality."""

_GEMEENTE: Final = re.compile("GM[0-9]{4}")
_DEADLOCK: Final = "40P01"
_OLD_SHAPE: Final = "0A000"
_ATTEMPTS: Final = 3


def engine_for(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Make an engine for a PostgreSQL address such as ``postgresql://user@host/name``."""
    set_json_loads(msgspec.json.decode)
    engine = create_async_engine(
        re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql+psycopg:", url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # The connection that was used last has planned most.
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # An error in a log must not show what was asked about whom.
        # In UTC whatever the server's zone, because moments are told in it on the wire.
        connect_args={"prepare_threshold": 1, "options": "-c timezone=UTC"},
    )
    listen(engine.sync_engine, "handle_error", _forget_old_shapes)
    return engine


def _forget_old_shapes(context: ExceptionContext) -> None:
    """Leave every connection that prepared its statements before a table got a column.

    PostgreSQL refuses such a statement ("cached plan must not change result type"), once for each
    connection; whoever asked may ask again, and the others never notice.
    """
    if getattr(context.original_exception, "sqlstate", None) == _OLD_SHAPE:
        context.is_disconnect = True


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, gemeente: str, sight: Sight = WHOLE
) -> AsyncIterator[AsyncConnection]:
    """Open a database transaction for one gemeente; commit at the end, roll back on any error."""
    async with engine.begin() as connection:
        await _look(connection, gemeente, sight)
        yield connection


@asynccontextmanager
async def snapshot(engine: AsyncEngine, gemeente: str) -> AsyncIterator[AsyncConnection]:
    """Open a database transaction that sees one moment and cannot write."""
    async with transaction(
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        gemeente,
    ) as connection:
        yield connection


@asynccontextmanager
async def same_moment(
    engine: AsyncEngine, gemeente: str, connection: AsyncConnection
) -> AsyncIterator[AsyncConnection]:
    """Open a database transaction that sees what the one of a snapshot sees, and cannot write."""
    moment = (await connection.exec_driver_sql("SELECT pg_export_snapshot()")).scalar_one()
    async with engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ).begin() as beside:
        # Before anything is read; SET takes no parameters, and the name is the server's own.
        await beside.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{moment}'")
        await _look(beside, gemeente, WHOLE)
        yield beside


async def _look(connection: AsyncConnection, gemeente: str, sight: Sight) -> None:
    """Let a database transaction see one gemeente, and the families in sight."""
    if _GEMEENTE.fullmatch(gemeente) is None:
        raise ValueError(gemeente)
    await connection.exec_driver_sql(
        "SELECT set_config('ontschot.gemeente', %s, true),"
        " set_config('ontschot.teams', coalesce(%s::text[]::text, '*'), true),"
        " set_config('ontschot.gezinnen', %s::uuid[]::text, true)",
        (
            gemeente,
            None if sight.teams is None else sorted(sight.teams),
            sorted(sight.families),
        ),
    )


async def see_whole(connection: AsyncConnection) -> None:
    """Let the rest of a database transaction see the families of every team."""
    await connection.exec_driver_sql("SELECT set_config('ontschot.teams', '*', true)")


@asynccontextmanager
async def posts(engine: AsyncEngine, gemeente: str) -> AsyncIterator[Post]:
    """Give what posts requests of one gemeente, each call in a transaction of its own.

    It keeps its connection between calls, since fetching one costs as much as a small post.
    """
    door = _Door(engine, gemeente)
    try:
        yield door.post
    finally:
        await door.close()


class _Door:
    """A way to the books of one gemeente, with a connection from the first post on."""

    def __init__(self, engine: AsyncEngine, gemeente: str) -> None:
        self._engine = engine
        self._gemeente = gemeente
        self._kept: AsyncConnection | None = None

    async def post(
        self, recorded_at: datetime, requests: Sequence[PostingRequest]
    ) -> tuple[Outcome, ...]:
        """Post requests; after any failure the next call has another connection.

        :raises Refusal: the call can not be kept; see :func:`ledger.books.post`.
        """
        # Not with the driver's pipeline mode: a call of a megabyte waits there for ever.
        try:
            if self._kept is None:
                self._kept = await self._engine.connect()
                driver = await books.driver_of(self._kept)
                await driver.set_autocommit(True)
                self._cursor = driver.cursor()  # Making one costs as much as reading an answer.
            return await books.post_alone(
                self._cursor, gemeente=self._gemeente, recorded_at=recorded_at, requests=requests
            )
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connection back as it was; the pool must not hand out any other.

        One that will not become what it was is thrown away, which is nobody's failure.
        """
        kept, self._kept = self._kept, None
        if kept is None:
            return
        try:
            await (await books.driver_of(kept)).set_autocommit(False)
        except psycopg.Error:
            await kept.invalidate()
        except BaseException:
            await kept.invalidate()
            raise
        finally:
            await kept.close()


async def run(
    engine: AsyncEngine,
    gemeente: str,
    operation: Callable[[AsyncConnection], Awaitable[Result]],
    sight: Sight = WHOLE,
) -> Result:
    """Run an operation in its own transaction; start it again when PostgreSQL saw a deadlock."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with transaction(engine, gemeente, sight) as connection:
                return await operation(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _DEADLOCK or attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


async def with_books(engine: AsyncEngine) -> list[str]:
    """List the municipalities that have books here, also those on no list of today."""
    async with engine.connect() as connection:
        return [row[0] for row in await rows(connection, "SELECT ledger.municipalities()")]
