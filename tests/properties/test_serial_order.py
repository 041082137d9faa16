"""What many callers were answered at once, they could have been answered one after the other."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from ledger import books
from ledger.coalescer import Coalescer
from ledger.entries import Outcome, PostingRequest
from tests.properties.plans import WRONG, EntryPlan, Move, RequestPlan, Writer, catalogue
from tests.support import reading
from tests.support.making import NOW, YEAR, change_period, entry, post, request
from tests.support.model import Model

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

FEBRUARY = (date(2026, 2, 1), date(2026, 3, 1))
IN_ORDER = """
    SELECT chain_number, request_number, client, key, NULL AS is_open FROM ledger.request
    UNION ALL
    SELECT chain_number, 0, '', '', is_open FROM ledger.period_change
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request and its answer; the chain stood at ``low`` before it and at ``high`` after it."""

    request: PostingRequest
    outcome: Outcome
    low: int
    high: int


@dataclass(slots=True, kw_only=True)
class Callers:
    """Eight callers of one municipality and all that they were answered."""

    engine: AsyncEngine
    gemeente: str
    rng: random.Random
    writer: Writer
    history: list[Answered] = field(default_factory=list)

    async def directly(self, number: int) -> None:
        """Post lists, each in its own transaction."""
        for _ in range(number):
            asked = [self.writer.request(invented(self.rng)) for _ in range(self.rng.randint(1, 4))]
            low = await self._chain_number()

            # Not db.run: in the one order that every writer follows there are no deadlocks.
            async with db.transaction(self.engine, self.gemeente) as connection:
                if len(asked) % 2:
                    await books.lock_accounts(
                        connection, gemeente=self.gemeente, accounts=self._rooms(asked)
                    )
                outcomes = await books.post(
                    connection, gemeente=self.gemeente, recorded_at=NOW, requests=asked
                )
            self._remember(asked, outcomes, low, await self._chain_number())

    async def together(self, number: int, coalescer: Coalescer) -> None:
        """Post one request at a time, sharing commits with other callers."""
        for _ in range(number):
            asked = self.writer.request(invented(self.rng))
            low = await self._chain_number()
            outcome = await coalescer.post(self.gemeente, asked)
            self._remember([asked], [outcome], low, await self._chain_number())

    async def closing_and_opening(self, number: int) -> None:
        """Close and open February while the others post."""
        for turn in range(number):
            await asyncio.sleep(0.02)
            await change_period(self.engine, self.gemeente, FEBRUARY, is_open=turn % 3 > 0)

    def _rooms(self, asked: Sequence[PostingRequest]) -> list[UUID]:
        """List the accounts with a floor that requests touch, as a decision does."""
        floored = {one.id for one in catalogue(self.gemeente) if one.floor_cents is not None}
        lines = [
            line
            for one in asked
            for group in one.groups
            for entry in group
            for line in entry.postings
        ]
        return sorted({line.account for line in lines} & floored)

    def _remember(
        self,
        asked: Sequence[PostingRequest],
        outcomes: Sequence[Outcome],
        low: int,
        high: int,
    ) -> None:
        self.history += [
            Answered(request=one, outcome=outcome, low=low, high=high)
            for one, outcome in zip(asked, outcomes, strict=True)
        ]

    async def _chain_number(self) -> int:
        async with db.transaction(self.engine, self.gemeente) as connection:
            return await reading.chain_number(connection, self.gemeente)


def invented(rng: random.Random) -> RequestPlan:
    """Invent a request; most are sound, many want the same few rooms."""
    return RequestPlan(
        key=rng.randrange(200),
        content=int(rng.random() < 0.1),
        groups=tuple(
            tuple(an_entry(rng) for _ in range(rng.choice((1, 1, 1, 2))))
            for _ in range(rng.choice((1, 1, 2)))
        ),
        has_results=rng.random() < 0.1,
        again=rng.randrange(12) if rng.random() < 0.2 else None,
    )


def an_entry(rng: random.Random) -> EntryPlan:
    """Invent an entry that fills a room or takes from it, or reverses a recent one."""
    move = Move(
        colour=rng.randrange(2),
        giver=rng.choice((0, 0, 1, 2)),
        taker=rng.choice((0, 1, 2)),
        cents=rng.choice((100, 200, 500)),
    )
    return EntryPlan(
        moves=(move,),
        day=rng.choice((1, 3, 4, 5)),
        wrong=rng.choice(WRONG) if rng.random() < 0.05 else None,
        reverses=rng.randrange(10) if rng.random() < 0.15 else None,
        mirrored=rng.random() < 0.9,
    )


async def prove(engine: AsyncEngine, gemeente: str, *, seed: int, number: int) -> None:
    """Let eight callers post and look for the order that explains every answer."""
    callers = Callers(
        engine=engine,
        gemeente=gemeente,
        rng=random.Random(seed),
        writer=Writer(gemeente=gemeente),
    )
    begin = await begun(engine, gemeente)
    coalescers = [Coalescer(partial(db.posts, engine), lambda: NOW) for _ in range(2)]
    async with asyncio.TaskGroup() as tasks:
        for caller in range(4):
            tasks.create_task(callers.directly(number))
            tasks.create_task(callers.together(2 * number, coalescers[caller % 2]))
        tasks.create_task(callers.closing_and_opening(number))
    for coalescer in coalescers:
        await coalescer.aclose()
    await explain(engine, gemeente, begin, callers.history)


async def begun(engine: AsyncEngine, gemeente: str) -> PostingRequest:
    """Open the year and all accounts, and put € 10,00 in each room of youth money."""
    source, first, second, *_ = catalogue(gemeente)[1:]
    fill = entry((source, -2_000), (first, 1_000), (second, 1_000))
    begin = request("begin", (fill,), accounts=catalogue(gemeente))
    await change_period(engine, gemeente, YEAR)
    await post(engine, gemeente, begin)
    return begin


async def explain(
    engine: AsyncEngine, gemeente: str, begin: PostingRequest, history: Sequence[Answered]
) -> None:
    """Play what was booked in the order of the chain, and find a moment for all other answers."""
    first_answers: dict[tuple[str, str], tuple[PostingRequest, Outcome | None]] = {
        (begin.client, begin.key): (begin, None)
    }
    unexplained: list[Answered] = []
    for one in history:
        if one.outcome.chain_number is None or one.outcome.replayed:
            unexplained.append(one)
        else:
            key = (one.request.client, one.request.key)
            assert key not in first_answers, "one key was booked twice"
            first_answers[key] = (one.request, one.outcome)
    async with db.transaction(engine, gemeente) as connection:
        in_order = (await connection.exec_driver_sql(IN_ORDER)).all()
        stored = await reading.balances(connection)

    model = Model()
    for row in in_order:
        model.chain_number = row.chain_number - 1
        unexplained = [one for one in unexplained if not explained(model, one)]
        if row.is_open is not None:
            first, last = YEAR if row.chain_number == 1 else FEBRUARY
            model.change_period(first, last, is_open=row.is_open)
        else:
            asked, answer = first_answers.pop((row.client, row.key))
            (outcome,) = model.post([asked])
            assert answer in {None, outcome}, asked
    unexplained = [one for one in unexplained if not explained(model, one)]

    assert unexplained == []
    assert {kind(one.outcome) for one in history} >= {"booked", "refused", "replayed"}
    assert first_answers == {}, "what was answered stands in the books"
    assert stored == model.balances
    assert await reading.findings(engine, gemeente) == ()


def kind(outcome: Outcome) -> str:
    """Tell what kind of answer it is, to see that callers were answered in every way."""
    if outcome.replayed:
        return "replayed"
    return "refused" if outcome.chain_number is None else "booked"


def explained(model: Model, one: Answered) -> bool:
    """Tell whether an answer is right at this moment, and this moment lay within the call."""
    if not one.low <= model.chain_number <= one.high:
        return False
    return model.would_answer(one.request) == one.outcome


@pytest.mark.parametrize("seed", [1, 2])
async def test_answers_to_many_callers_have_a_serial_order(
    engine: AsyncEngine, gemeente: str, seed: int
) -> None:
    await prove(engine, gemeente, seed=seed, number=8)


@pytest.mark.bewijs
@pytest.mark.parametrize("seed", range(100, 200))
async def test_answers_to_many_callers_have_a_serial_order_for_long(
    engine: AsyncEngine, gemeente: str, seed: int
) -> None:
    await prove(engine, gemeente, seed=seed, number=25)
