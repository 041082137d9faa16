"""The one way in which a request changes something.

The operation runs in a transaction of its own and is committed before an answer exists. The
answer is then read back by the ids that the operation gave, as the books stood at its own link of
the chain; so a repeated request gets the same answer.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.auditing import mark_undone
from api.http.entity_tags import Condition, OvertakenError, condition_of
from api.http.rights import sight_of
from api.http.services import Asked, services_of
from api.problems import KeyMissing, TryAgain
from domains.instruction import AlreadyAnsweredError, Instruction, refuse_repetition
from ledger import balances
from ledger.entries import fingerprint
from ledger.reading import rows

Body = TypeVar("Body")

Operation: TypeAlias = Callable[[AsyncConnection, Instruction], Awaitable[Sequence[UUID]]]
"""Does what was asked, for whoever asks it, and gives the ids of the results."""

KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_REPLAYED: Final = {"Idempotent-Replayed": "true"}
_LOOKS: Final = 5
"""How often something is looked at again because others were booking; after that it is too busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Generic[Body]):
    """An answer, and the address of what was made."""

    body: Body
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[Body]):
    """What to do and how to answer; both get a connection that knows the gemeente.

    ``operation`` gives result ids; ``answer`` is built from those ids and a chain number.
    """

    operation: Operation
    answer: Callable[[AsyncConnection, Sequence[UUID], int], Awaitable[Given[Body]]]


class _RollBack(Exception):
    """Carries the answer of a dry run out of the transaction that must not be kept."""

    def __init__(self, body: object) -> None:
        super().__init__()
        self.body = body


async def perform(request: Asked, task: Task[Body], *, content: str) -> Response[Body]:
    """Do a task once for its idempotency key and answer it; ``content`` is what was asked.

    :raises KeyMissing: the request has no usable key.
    :raises ledger.books.KeyReused: the key was used for other content.
    :raises Refusal: whatever the operation refuses.
    """
    services = services_of(request)
    instruction = instruction_for(request, key=key_of(request), content=content)
    gemeente = instruction.gemeente
    results, replayed = await results_of(request, task.operation, instruction)
    # What he has just done may be that a family is with others now: he still gets his answer.
    async with db.transaction(services.engine, gemeente) as connection:
        number = await _link_of(connection, instruction)
        given = await task.answer(connection, results, number)
    headers = dict(_REPLAYED) if replayed else {}
    if given.location:
        headers["Location"] = given.location
    return Response(given.body, status_code=201, headers=headers)


async def preview(request: Asked, task: Task[Body], *, content: str) -> Response[Body]:
    """Do a task and answer it as if it were kept, and keep nothing (dry run).

    :raises Refusal: whatever the operation refuses.
    """
    condition = await condition_of(request)
    if condition is not None:
        condition.check()

    async def read(connection: AsyncConnection, results: Sequence[UUID]) -> Body:
        await db.see_whole(connection)  # As in the transaction of an answer that is kept.
        number = await balances.last_link(connection, gemeente=request.user.gemeente)
        return (await task.answer(connection, results, number)).body

    return await try_out(request, task.operation, read, content=content)


async def try_out(
    request: Asked,
    operation: Operation,
    read: Callable[[AsyncConnection, Sequence[UUID]], Awaitable[object]],
    *,
    content: str,
) -> Response[Any]:
    """Do an operation, answer with what ``read`` finds of it, and keep nothing.

    :raises Refusal: whatever the operation refuses.
    """
    instruction = instruction_for(request, key=trial_key(request), content=content)

    async def attempt(connection: AsyncConnection) -> object:
        try:
            results = await operation(connection, instruction)
        except AlreadyAnsweredError as answered:  # Under a new key too: the same study stands.
            results = answered.results
        return await read(connection, results)

    return await rolled_back(request, attempt)


def trial_key(request: Asked) -> str:
    """Make a key that nobody used, for what is only tried."""
    return f"proef-{services_of(request).clock.new_random_id()}"


async def rolled_back(
    request: Asked, attempt: Callable[[AsyncConnection], Awaitable[object]]
) -> Response[Any]:
    """Answer with what an attempt gives, in a transaction that is undone."""

    async def tried(connection: AsyncConnection) -> None:
        raise _RollBack(await attempt(connection))

    try:
        await db.run(services_of(request).engine, request.user.gemeente, tried, sight_of(request))
    except _RollBack as undone:
        mark_undone(request.scope)
        return Response(undone.body, status_code=200)
    raise AssertionError("unreachable")


async def carry_out(
    request: Asked, task: Task[Body], *, content: str, dry_run: bool
) -> Response[Body]:
    """Do a task, or only try it, as the request asked."""
    way = preview if dry_run else perform
    return await way(request, task, content=content)


def instruction_for(request: Asked, *, key: str, content: str) -> Instruction:
    """Say who asks what, under which key, and when."""
    clock = services_of(request).clock
    return Instruction(
        actor=request.user,
        key=key,
        fingerprint=fingerprint(request.method, request.url.path, content),
        at=clock.now(),
        today=clock.today(),
        new_id=clock.new_id,
        new_random_id=clock.new_random_id,
    )


def key_of(request: Asked) -> str:
    """Give the idempotency key of a request.

    :raises KeyMissing: there is none, or not a usable one.
    """
    key: str = request.headers.get("idempotency-key", "")
    if KEY.fullmatch(key) is None:
        raise KeyMissing
    return key


async def results_of(
    request: Asked, operation: Operation, instruction: Instruction
) -> tuple[Sequence[UUID], bool]:
    """Run the operation; give its result ids and whether they are of an earlier request.

    The key comes before everything else: what a request has done may be the reason why whoever
    repeats it has no right to it any more. Equal requests at one moment take turns by their key.

    :raises Changed: what is to be changed is not any more as its caller saw it.
    :raises TryAgain: others book so much that nobody can say whether it is.
    :raises Refusal: whatever the operation refuses.
    """
    gemeente = instruction.gemeente
    for _ in range(_LOOKS):
        condition = await condition_of(request)

        async def once(
            connection: AsyncConnection, seen: Condition | None = condition
        ) -> Sequence[UUID]:
            await refuse_repetition(connection, instruction=instruction)
            if seen is None:
                return await operation(connection, instruction)
            seen.check()
            results = await operation(connection, instruction)
            await seen.check_alone(connection, gemeente=gemeente)
            return results

        try:
            engine = services_of(request).engine
            return await db.run(engine, gemeente, once, sight_of(request)), False
        except AlreadyAnsweredError as answered:
            return answered.results, True
        except OvertakenError:
            continue
    raise TryAgain


async def _link_of(connection: AsyncConnection, instruction: Instruction) -> int:
    """Give the link of the chain that holds a request; the last one if it had nothing to do."""
    found = await rows(
        connection,
        "SELECT chain_number FROM ledger.request WHERE gemeente = %s AND client = %s AND key = %s",
        (instruction.gemeente, instruction.actor.client, instruction.key),
    )
    if not found:
        return await balances.last_link(connection, gemeente=instruction.gemeente)
    return int(found[0][0])
