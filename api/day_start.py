"""The work of a day: who pays changes where it is due, and nothing waits longer than it should.

Everything goes in lists, each a database transaction of its own; what fails in one is told and
does not hold up the others. Doing it twice is doing it once.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Final, Protocol, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.clock import Clock
from api.logging import frames_of
from api.problems import told_by_database
from domains.draws.operations import escalate_draws
from domains.draws.queries import overdue_draws
from domains.events.due import MOST_DRAWS, draws_with_room, lists_of
from domains.events.execution import cover_shortages, execute_events, note_day_start
from domains.events.model import Due, Event, EventKind
from domains.events.queries import due_events
from domains.events.running import draws_after, overdue_payers
from domains.instruction import Actor, AlreadyAnsweredError, Instruction
from domains.neighbours.model import Receipt, Receivable, Settlement
from domains.neighbours.operations import (
    bear_costs,
    document_of,
    note_received,
    note_settled,
    plan_settlements,
)
from domains.neighbours.queries import (
    open_settlements,
    payers_elsewhere,
    receipts,
    receivables,
    standing_payments,
)
from domains.payers.model import Acceptance
from domains.payers.operations import accept, claim, receive
from domains.pooling.operations import reverse
from domains.rule_base.queries import rule_base
from ledger import balances
from ledger.refusals import Refusal

Work: TypeAlias = Callable[[AsyncConnection], Awaitable[tuple[UUID, ...]]]
Attempt: TypeAlias = Callable[[AsyncEngine, str, Work], Awaitable[tuple[UUID, ...]]]
"""How a piece of work is done in a transaction of its own: kept, or only tried."""
Progress: TypeAlias = Callable[[str, int, int], None]

_MOST_OVERDUE: Final = 10_000
_SEVERAL: Final = 2

log = structlog.get_logger()


class Operation(Protocol):
    """Something to do in a transaction."""

    def __call__(
        self, connection: AsyncConnection, *, instruction: Instruction
    ) -> Awaitable[tuple[UUID, ...]]:
        """Do it."""
        ...


class ForDraws(Protocol):
    """Something to do with a list of draws."""

    def __call__(
        self,
        connection: AsyncConnection,
        *,
        instruction: Instruction,
        draws: Sequence[UUID],
        booking_date: date,
    ) -> Awaitable[tuple[UUID, ...]]:
        """Do it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that was due and could not be done."""

    what: str
    code: str
    reason: str
    """Dutch, with the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStart:
    """What was done in a municipality up to a day (inclusive)."""

    gemeente: str
    up_to: date
    events: int
    """How many were due; most change nothing."""
    changing: int
    """How many of them changed who pays for some help."""
    recovered: tuple[UUID, ...]
    """Draws of which somebody else pays days from an event on."""
    covered: tuple[UUID, ...]
    """Draws that had no cover and found some."""
    escalated: tuple[UUID, ...]
    """Draws that went one level up, or were granted after the last level."""
    settled: tuple[UUID, ...]
    """Settlements with other municipalities that are booked on both sides now."""
    received: tuple[UUID, ...]
    """Settlements that the other municipality paid."""
    taken_back: tuple[UUID, ...]
    """Settlements of which the other municipality reversed its payment."""
    overdue_payers: int
    """Advances whose payer was not found before the deadline."""
    failures: tuple[Failure, ...]


@dataclass(slots=True, kw_only=True)
class Morning:
    """One run in one municipality; ``attempt`` says whether the work is kept."""

    engine: AsyncEngine
    clock: Clock
    actor: Actor
    up_to: date
    attempt: Attempt
    progress: Progress
    started_at: datetime = field(init=False)
    _run: UUID = field(init=False)
    _pieces: int = field(init=False, default=0)
    _failures: list[Failure] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.started_at = self.clock.now()
        self._run = self.clock.new_id()

    async def work(self) -> DayStart:
        """Do all that is due, in order of time."""
        lists = await self._due()
        recovered: list[UUID] = []
        changing: set[tuple[EventKind, str]] = set()
        for number, listed in enumerate(lists, 1):
            self.progress("gebeurtenissen", number, len(lists))
            changed = await self._execute(listed)
            recovered += changed
            changing |= {_name(due) for due in listed if not set(changed).isdisjoint(due.draws)}
        covered = await self._cover()
        escalated = await self._escalate()
        settled = await self._settle()
        taken_back = await self._take_back()
        received = await self._receive()
        if not self._failures:
            done = await self._try(partial(note_day_start, up_to=self.up_to))
            if not isinstance(done, tuple):
                self._fail("de dagstart", done)
        return DayStart(
            gemeente=self.actor.gemeente,
            up_to=self.up_to,
            events=len({_name(due) for listed in lists for due in listed}),
            changing=len(changing),
            recovered=tuple(dict.fromkeys(recovered)),
            covered=tuple(covered),
            escalated=tuple(escalated),
            settled=tuple(settled),
            received=tuple(received),
            taken_back=tuple(taken_back),
            overdue_payers=await self._overdue_payers(),
            failures=tuple(self._failures),
        )

    async def _due(self) -> list[tuple[Due, ...]]:
        """Read what is due, cut into lists."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            events = await due_events(connection, gemeente=gemeente, up_to=self.up_to)
            draws = await draws_after(
                connection,
                gemeente=gemeente,
                events=events,
                rules=(await rule_base(connection, gemeente=gemeente)).rules,
            )
        found: list[tuple[Event, Sequence[UUID]]] = list(zip(events, draws, strict=True))
        return lists_of(found)

    async def _execute(self, due: Sequence[Due]) -> tuple[UUID, ...]:
        """Execute a list; where that fails, piece by piece, so that only the cause is left."""
        operation = partial(execute_events, due=due, booking_date=self.up_to)
        done = await self._try(operation)
        if isinstance(done, tuple):
            return done
        smaller = _smaller(due)
        if not smaller:
            self._fail(_named(due[0]), done)
            return ()
        known = len(self._failures)
        changed = [draw for each in smaller for draw in await self._execute(each)]
        if len(due) == 1 and due[0].is_last and len(self._failures) == known:
            changed += await self._execute([Due(event=due[0].event, draws=(), is_last=True)])
        return tuple(changed)

    async def _cover(self) -> list[UUID]:
        """Find cover for help that has none, where money may lie ready."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            short = await draws_with_room(connection, gemeente=gemeente, year=self.up_to.year)
        covered: list[UUID] = []
        for at in range(0, len(short), MOST_DRAWS):
            self.progress("tekorten", at, len(short))
            covered += await self._for_draws(cover_shortages, short[at : at + MOST_DRAWS])
        return covered

    async def _escalate(self) -> list[UUID]:
        """Let draws go up whose approver had his time."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            overdue = await overdue_draws(
                connection, gemeente=gemeente, today=self.up_to, limit=_MOST_OVERDUE
            )
        gone: list[UUID] = []
        for at in range(0, len(overdue), MOST_DRAWS):
            self.progress("akkoorden", at, len(overdue))
            gone += await self._for_draws(escalate_draws, overdue[at : at + MOST_DRAWS])
        return gone

    async def _settle(self) -> list[UUID]:
        """Let other municipalities in these books bear what was paid for who lives there now."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            waiting = await payers_elsewhere(connection, gemeente=gemeente)
        here = [each for each in waiting if await self._keeps_books(each)]
        planned = await self._try(partial(plan_settlements, neighbours=here)) if here else ()
        if not isinstance(planned, tuple):
            self._fail("de verrekening met andere gemeenten", planned)
        async with db.transaction(self.engine, gemeente) as connection:
            plans = await open_settlements(connection, gemeente=gemeente)
        return [each.id for each in plans if await self._settle_one(each)]

    async def _settle_one(self, plan: Settlement) -> bool:
        """Book both sides, in the order of the municipalities, and then that it is done.

        The keys are made from the plan, so a run that was broken off is finished by the next.
        """
        neighbour = replace(self.actor, gemeente=plan.to_gemeente)
        claimed = partial(
            claim,
            item=plan.item,
            payer=plan.to_gemeente,
            amount_cents=plan.amount_cents - plan.claimed_cents,
            reason=document_of(plan),
            asked_on=self.up_to,
        )
        accepted = partial(
            accept,
            item=plan.item,
            acceptance=Acceptance(
                payer=plan.to_gemeente,
                amount_cents=plan.amount_cents,
                document=document_of(plan),
            ),
            booking_date=self.up_to,
        )
        borne = partial(bear_costs, settlement=plan, booking_date=self.up_to)
        steps: list[tuple[Actor, str, Operation]] = [(neighbour, "gedragen", borne)]
        if not plan.is_accepted:
            steps.append((self.actor, "aanvaard", accepted))
        steps.sort(key=lambda step: step[0].gemeente)
        if not plan.is_accepted and plan.claimed_cents < plan.amount_cents:
            steps.insert(0, (self.actor, "gevorderd", claimed))
        steps.append((self.actor, "verrekend", partial(note_settled, settlement=plan)))
        for actor, name, operation in steps:
            key = f"{document_of(plan)} {name}"
            done = await self._try(operation, actor=actor, key=key)
            if not isinstance(done, tuple):
                self._fail(document_of(plan), done)
                return False
        return True

    async def _receive(self) -> list[UUID]:
        """Book what other municipalities in these books paid of what they owe."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            waiting = await receivables(connection, gemeente=gemeente)
        paid = await self._paid(waiting)
        return [
            each.settlement
            for each in waiting
            if each.settlement in paid and await self._receive_one(each, paid[each.settlement])
        ]

    async def _take_back(self) -> list[UUID]:
        """Reverse what arrived where the other municipality reversed its payment."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            known = await receipts(connection, gemeente=gemeente)
        paid = await self._paid(known)
        taken_back = []
        for each in known:
            if each.settlement in paid:
                continue
            back = partial(
                reverse,
                entry=each.entry,
                booking_date=self.up_to,
                reason=f"{each.to_gemeente} boekte haar betaling terug",
            )
            what = f"verrekening {each.settlement} ontvangst {each.entry} terug"
            done = await self._try(back, key=what)
            if isinstance(done, tuple):
                taken_back.append(each.settlement)
            else:
                self._fail(what, done)
        return taken_back

    async def _paid(self, known: Sequence[Receivable | Receipt]) -> dict[UUID, UUID]:
        """Ask the other municipalities which payments stand, per settlement."""
        paid: dict[UUID, UUID] = {}
        for other in sorted({each.to_gemeente for each in known}):
            async with db.transaction(self.engine, other) as connection:
                paid |= await standing_payments(
                    connection,
                    gemeente=other,
                    settlements=[each.settlement for each in known if each.to_gemeente == other],
                    up_to=self.up_to,
                )
        return paid

    async def _receive_one(self, waiting: Receivable, payment: UUID) -> bool:
        """Book one payment that arrived, and then that it did."""
        arrived = partial(
            receive,
            item=waiting.item,
            payer=waiting.to_gemeente,
            amount_cents=waiting.amount_cents,
            booking_date=self.up_to,
            document=f"verrekening {waiting.settlement}",
        )
        noted = partial(note_received, waiting=waiting)
        steps: list[tuple[str, Operation]] = [("ontvangen", arrived), ("voldaan", noted)]
        for name, operation in steps:
            what = f"verrekening {waiting.settlement} betaling {payment} {name}"
            done = await self._try(operation, key=what)
            if not isinstance(done, tuple):
                self._fail(what, done)
                return False
        return True

    async def _keeps_books(self, gemeente: str) -> bool:
        """Tell whether another municipality has books here that are open today."""
        async with db.transaction(self.engine, gemeente) as connection:
            return await balances.is_open(
                connection, gemeente=gemeente, day=self.up_to, at=self.started_at
            )

    async def _overdue_payers(self) -> int:
        """Count the advances whose deadline has passed."""
        gemeente = self.actor.gemeente
        async with db.transaction(self.engine, gemeente) as connection:
            return await overdue_payers(connection, gemeente=gemeente, today=self.up_to)

    async def _for_draws(self, operation: ForDraws, draws: Sequence[UUID]) -> tuple[UUID, ...]:
        """Do something with a list of draws; where that fails, with each of them."""
        done = await self._try(partial(operation, draws=draws, booking_date=self.up_to))
        if isinstance(done, tuple):
            return done
        if len(draws) == 1:
            self._fail(f"trekking {draws[0]}", done)
            return ()
        return tuple([each for draw in draws for each in await self._for_draws(operation, [draw])])

    async def _try(
        self, operation: Operation, *, actor: Actor | None = None, key: str = ""
    ) -> tuple[UUID, ...] | Exception:
        """Do one piece of work in a transaction of its own; gives what stopped it.

        Without a key it gets one of this run; with one, what was done by an earlier run is done.
        """
        self._pieces += 1
        acting = actor or self.actor
        chosen = key or f"dagstart {self._run} {self._pieces}"
        instruction = Instruction(
            actor=acting,
            key=chosen,
            fingerprint=hashlib.sha256(chosen.encode()).digest(),
            at=self.started_at,
            today=self.up_to,
            new_id=self.clock.new_id,
            new_random_id=self.clock.new_random_id,
        )
        try:
            return await self.attempt(
                self.engine,
                acting.gemeente,
                lambda connection: operation(connection, instruction=instruction),
            )
        except AlreadyAnsweredError as earlier:
            return earlier.results
        except (OperationalError, InterfaceError):
            raise  # The database is gone: nothing else will work either.
        except Exception as problem:  # noqa: BLE001 - one event must not hold up all the others.
            return problem

    def _fail(self, what: str, problem: Exception) -> None:
        refusal = problem if isinstance(problem, Refusal) else told_by_database(problem)
        if refusal is not None:
            self._failures.append(Failure(what=what, code=refusal.code, reason=refusal.message()))
            return
        # Not what it says: that may be about somebody.
        log.error(
            "day_start_failed",
            what=what,
            soort=type(problem).__name__,
            oorzaak=type(problem.__cause__).__name__ if problem.__cause__ else None,
            plaats=frames_of(problem),
        )
        self._failures.append(
            Failure(
                what=what,
                code="fout",
                reason="Dit is een fout in Ontschot zelf; meld haar met de regels in het log. De"
                " hulp loopt door zoals zij was gedekt.",
            )
        )


def _smaller(due: Sequence[Due]) -> list[list[Due]]:
    """Cut a list into its events, and one event into its draws."""
    if len(due) > 1:
        return [[each] for each in due]
    (event,) = due
    if len(event.draws) < _SEVERAL:
        return []
    return [[Due(event=event.event, draws=(draw,), is_last=False)] for draw in event.draws]


def _name(due: Due) -> tuple[EventKind, str]:
    return (due.event.kind, due.event.name)


def _named(due: Due) -> str:
    """Name an event with the draws that it concerns."""
    event = due.event
    who = f" van persoon {event.person}" if event.person else ""
    which = f" (trekking {', '.join(map(str, due.draws))})" if due.draws else ""
    return f"{event.told}{who} op {event.day}{which}"
