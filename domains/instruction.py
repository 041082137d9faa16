"""Who asks for something, under which key, and when: what every operation gets to hear."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import books
from ledger.accounts import Account, netstring
from ledger.entries import Entry, PostingRequest, Refused
from ledger.reading import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or program that acts, with rights in one gemeente."""

    subject: str
    client: str
    gemeente: str
    roles: frozenset[str]
    teams: frozenset[str] = frozenset()
    families: frozenset[UUID] = frozenset()
    """Families of others, of a colleague for whom this one stands in at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One request to change something: the actor, the idempotency key, the moment and new ids.

    ``fingerprint`` is the SHA-256 of what was asked; ``today`` is the calendar day in the
    Netherlands; ``new_id`` makes ids that sort by time, ``new_random_id`` ids that tell nothing.
    """

    actor: Actor
    key: str
    fingerprint: bytes
    at: datetime
    today: date
    new_id: Callable[[], UUID]
    new_random_id: Callable[[], UUID]

    @property
    def gemeente(self) -> str:
        """Return the municipality that the actor acts in."""
        return self.actor.gemeente


class AlreadyAnsweredError(Exception):
    """The same request was answered before; its answer is rebuilt from these ids."""

    def __init__(self, results: tuple[UUID, ...]) -> None:
        super().__init__(results)
        self.results = results


async def refuse_repetition(connection: AsyncConnection, *, instruction: Instruction) -> None:
    """Look whether this key was used before; must be the first step of an operation.

    A second request with the same key waits here until the first is over, so that it gives the
    first one's answer and not a refusal of what the first one has just done.

    :raises AlreadyAnsweredError: with the same content.
    :raises ledger.books.KeyReused: with other content.
    """
    names = (instruction.gemeente, instruction.actor.client, instruction.key)
    turn = "".join(netstring(name) for name in names)
    found = await rows(
        connection,
        "SELECT fingerprint, results FROM domains.claim_key(%s, %s, %s, %s)",
        (turn, *names),
    )
    for fingerprint, results in found:
        if fingerprint != instruction.fingerprint:
            raise books.KeyReused
        raise AlreadyAnsweredError(tuple(results))


async def take_turns(connection: AsyncConnection, *, of: Sequence[str]) -> None:
    """Wait until no other database transaction is busy with one of these things.

    For what has no row to lock, or not yet; the end of the transaction lets the next one in.
    """
    await connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock(hashtextextended(thing, 0)) FROM unnest(%s::text[]) AS thing",
        (sorted(of),),
    )


async def record(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    results: Sequence[UUID],
    entries: Sequence[Entry] = (),
    accounts: Sequence[Account] = (),
) -> None:
    """Post entries as one group and remember the request with its results; the last statement.

    :raises Refusal: the books refused the group; the database transaction must roll back.
    :raises AlreadyAnsweredError: the same request was answered while this one was under way.
    """
    groups = (tuple(entries),) if entries else ()
    await record_groups(
        connection, instruction=instruction, results=results, groups=groups, accounts=accounts
    )


async def record_groups(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    results: Sequence[UUID],
    groups: Sequence[tuple[Entry, ...]],
    accounts: Sequence[Account],
) -> None:
    """Post groups of which none may be refused any more, and remember the request.

    :raises Refusal: the books refused one; the database transaction must roll back.
    :raises AlreadyAnsweredError: the same request was answered while this one was under way.
    """
    (outcome,) = await books.post(
        connection,
        gemeente=instruction.gemeente,
        recorded_at=instruction.at,
        requests=[
            PostingRequest(
                client=instruction.actor.client,
                key=instruction.key,
                actor=instruction.actor.subject,
                fingerprint=instruction.fingerprint,
                groups=tuple(groups),
                accounts=tuple(accounts),
                results=tuple(results),
            )
        ],
    )
    if outcome.refusal is not None:
        raise outcome.refusal
    if outcome.replayed:
        raise AlreadyAnsweredError(outcome.results)
    for verdict in outcome.groups:
        if isinstance(verdict, Refused):
            raise verdict.refusal
