"""Writes the audit log: no answer to a change or a refusal leaves before its line stands.

Lines that arrive while others are being written go together in the next database transaction.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar.types import HTTPScope, Scope
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.audit.model import NOBODY, Line
from domains.audit.operations import write
from domains.instruction import Actor
from ledger.refusals import Refusal

DONE: Final = "gedaan"
ACTION_KEY: Final = "ontschot_handeling"
"""Where a handler names an action that its method would not tell, such as signing in."""
_REFUSAL_KEY: Final = "ontschot_weigering"
OWN_LOOK_KEY: Final = "ontschot_eigen_blik"
"""Marks a request that we make ourselves: nobody sees its answer, and nobody asked it."""

_UNDONE_KEY: Final = "ontschot_ongedaan"
_LARGEST_BATCH: Final = 500
_REFUSED: Final = 400
_UNAUTHENTICATED: Final = 401
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    line: Line
    written: asyncio.Future[None]


class AuditLog:
    """Adds lines, in batches per gemeente."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: dict[str, list[_Waiting]] = {}
        self._writers: dict[str, asyncio.Task[None]] = {}

    @property
    def waiting(self) -> int:
        """Return how many lines wait for the database."""
        return sum(len(lines) for lines in self._waiting.values())

    async def write(self, gemeente: str, line: Line) -> None:
        """Add a line; comes back when the database has it.

        :raises Exception: whatever kept the database from taking it.
        """
        waiting = _Waiting(line=line, written=asyncio.get_running_loop().create_future())
        self._waiting.setdefault(gemeente, []).append(waiting)
        if gemeente not in self._writers:
            self._writers[gemeente] = asyncio.create_task(self._write_all(gemeente))
        await waiting.written

    async def _write_all(self, gemeente: str) -> None:
        try:
            while batch := self._waiting.pop(gemeente, []):
                self._waiting[gemeente] = batch[_LARGEST_BATCH:]
                await self._write_batch(gemeente, batch[:_LARGEST_BATCH])
        finally:
            del self._writers[gemeente]

    async def _write_batch(self, gemeente: str, batch: list[_Waiting]) -> None:
        problem: Exception | None = None
        try:
            async with db.transaction(self._engine, gemeente) as connection:
                await write(connection, gemeente=gemeente, lines=[each.line for each in batch])
        except Exception as error:  # noqa: BLE001  # Whoever waits hears of it, whatever it is.
            problem = error
        for each in batch:
            if each.written.done():
                continue
            if problem is None:
                each.written.set_result(None)
            else:
                each.written.set_exception(problem)


def leave_refusal(scope: Scope, refusal: Refusal) -> None:
    """Leave what refused a request; a page may tell it in an answer that looks like any other."""
    scope.setdefault("state", {})[_REFUSAL_KEY] = refusal


def refusal_in(scope: Scope) -> Refusal | None:
    """Give what refused a request, if anything did."""
    return scope.get("state", {}).get(_REFUSAL_KEY)


def mark_undone(scope: Scope) -> None:
    """Say that a request kept nothing: a dry run that was rolled back, or a form not filled in.

    Only who kept nothing says so; what a request asks for is no proof of it.
    """
    scope.setdefault("state", {})[_UNDONE_KEY] = True


def line_of(scope: HTTPScope, *, status: int, at: datetime, trace: str) -> tuple[str, Line] | None:
    """Give the line that an answer needs, and in whose log; most reads need none."""
    state = scope.get("state", {})
    if OWN_LOOK_KEY in state:
        return None  # What comes of it is told by the request for which we look.
    actor: Actor | None = scope.get("user")
    refusal = refusal_in(scope)
    refused = status >= _REFUSED or refusal is not None
    named = state.get(ACTION_KEY)
    if not refused and named is None and (scope["method"] in _READS or _UNDONE_KEY in state):
        return None
    if actor is None and not (refused and status == _UNAUTHENTICATED) and named is None:
        return None  # Nobody who could do anything, or a page that is not there.
    client = scope.get("client")
    return actor.gemeente if actor else NOBODY, Line(
        logged_at=at,
        actor=actor.subject if actor else "-",
        client=actor.client if actor else "-",
        action=str(named or f"{scope['method']} {scope.get('path_template', '') or '-'}"),
        object=_object(scope),
        result=(refusal.code if refusal else str(status)) if refused else DONE,
        origin=client[0] if client else "-",
        trace_id=UUID(trace),
    )


def _object(scope: HTTPScope) -> str:
    """Write the path with its ids, and leave out whatever else was filled in."""
    found = str(scope.get("path_template", "")) or "-"
    for name, value in scope.get("path_params", {}).items():
        if _ID.fullmatch(str(value)):
            found = re.sub(rf"\{{{name}(:\w+)?\}}", str(value), found)
    return found
