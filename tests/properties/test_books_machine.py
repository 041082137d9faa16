"""Every command of the kernel, in invented orders, answers what a plain model answers."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import balances, books
from ledger.entries import Outcome, PostingRequest
from tests.properties.plans import DAYS, RequestPlan, Writer, calls, catalogue, request_plans
from tests.support import reading
from tests.support.databases import Database
from tests.support.making import NOW, account, change_period, request
from tests.support.model import Model

pytestmark = pytest.mark.postgres

Result = TypeVar("Result")

SHORT = settings(
    max_examples=20,
    stateful_step_count=12,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
LONG = settings(SHORT, max_examples=400, stateful_step_count=40)


class BooksMachine(RuleBasedStateMachine):
    """One municipality in the real books and in the model."""

    def __init__(self, runner: asyncio.Runner, engine: AsyncEngine, gemeente: str) -> None:
        super().__init__()
        self.runner = runner
        self.engine = engine
        self.gemeente = gemeente
        self.model = Model()
        self.writer = Writer(gemeente=gemeente)

    @initialize(opened=st.booleans())
    def start(self, opened: bool) -> None:  # noqa: FBT001 - Hypothesis passes what it invents.
        """Begin with an open quarter and all accounts, or with nothing at all."""
        if opened:
            self.change_period(1, 90, is_open=True)
            self._post([request("begin", accounts=catalogue(self.gemeente))])

    @rule(plans=calls)
    def post(self, plans: list[RequestPlan]) -> None:
        """Post a list of requests, some of them for the second time."""
        self._post([self.writer.request(plan) for plan in plans])

    @rule(plan=request_plans, number=st.integers(20, 60))
    def post_in_bulk(self, plan: RequestPlan, number: int) -> None:
        """Post one plan under many keys at once."""
        self._post(
            [
                self.writer.request(
                    RequestPlan(
                        key=1_000 + len(self.writer.requests) + place,
                        content=0,
                        groups=plan.groups,
                        opens=plan.opens,
                    )
                )
                for place in range(number)
            ]
        )

    @rule()
    def repeat_everything(self) -> None:
        """Ask all that was ever asked once more, in one call."""
        if self.writer.requests:
            self._post(self.writer.requests)

    @rule(first=st.integers(0, len(DAYS) - 1), days=st.integers(1, 60), is_open=st.booleans())
    def change_period(self, first: int, days: int, is_open: bool) -> None:  # noqa: FBT001
        """Open or close days."""
        from_date = DAYS[first]
        until_date = from_date + timedelta(days=days)
        number = self.runner.run(
            change_period(self.engine, self.gemeente, (from_date, until_date), is_open=is_open)
        )
        assert number == self.model.change_period(from_date, until_date, is_open=is_open)

    @rule(places=st.lists(st.integers(0, 8)), plan=request_plans)
    def decide_under_locks(self, places: list[int], plan: RequestPlan) -> None:
        """Lock accounts, read their balances, and post in the same transaction."""
        wanted = [catalogue(self.gemeente)[place].id for place in places]
        self._post([self.writer.request(plan)], locking=wanted)

    @rule(code=st.sampled_from(("0110", "0111")), floor=st.sampled_from((-1, 0, None)))
    def open_with_another_floor(self, code: str, floor: int | None) -> None:
        """Ask for an account with a floor that it may not have."""
        self._post(
            [request("ondergrens", accounts=(account(self.gemeente, code, floor_cents=floor),))]
        )

    @rule(day=st.integers(0, len(DAYS) - 1), back=st.integers(0, 3))
    def read_balances_on_a_date(self, day: int, back: int) -> None:
        """Read the balance of every account on a date, as known at some link."""
        on, known = DAYS[day], max(0, self.model.chain_number - back)
        places = sorted(self.model.accounts)

        async def read(connection: AsyncConnection) -> dict[UUID, int]:
            return await balances.balances(
                connection,
                gemeente=self.gemeente,
                accounts=places,
                on=on,
                known_up_to=known,
            )

        found = self.runner.run(db.run(self.engine, self.gemeente, read))
        assert found == {
            place: self.model.balance_on(place, on, known_up_to=known) for place in places
        }

    @invariant()
    def stored_sums_are_those_of_the_model(self) -> None:
        """Balances, month totals and the length of the chain are the same."""

        async def read(connection: AsyncConnection) -> None:
            assert await reading.balances(connection) == self.model.balances
            assert await reading.months(connection) == dict(self.model.months)
            number = await reading.chain_number(connection, self.gemeente)
            assert number == self.model.chain_number

        self.runner.run(db.run(self.engine, self.gemeente, read))

    def teardown(self) -> None:
        """Compare every line that was booked, and let the checker look."""
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        async with db.transaction(self.engine, self.gemeente) as connection:
            found = await reading.rows(connection, reading.ENTRIES)
            for place in self.model.accounts:
                read = await self._statement(connection, place)
                assert [
                    (line.entry, line.amount_cents, line.balance_cents) for line in read
                ] == self.model.statement(place)
        assert [(row[0], *row[9:]) for row in found] == [
            (entry.id, line, one.account, entry.booking_date, one.amount_cents, one.basis)
            for entry in self.model.entries.values()
            for line, one in enumerate(entry.postings, 1)
        ]
        assert await reading.findings(self.engine, self.gemeente) == ()

    async def _statement(
        self, connection: AsyncConnection, place: UUID
    ) -> list[balances.StatementLine]:
        """Read the whole statement of an account, a few lines at a time."""
        read: list[balances.StatementLine] = []
        while page := await balances.statement(
            connection,
            gemeente=self.gemeente,
            account=place,
            from_date=DAYS[0],
            on=DAYS[-1],
            known_up_to=self.model.chain_number,
            limit=7,
            after=read[-1] if read else None,
        ):
            read += page
        return read

    def _post(self, requests: list[PostingRequest], locking: Sequence[UUID] = ()) -> None:
        existing = len({*locking} & self.model.accounts.keys())

        async def posting(connection: AsyncConnection) -> tuple[Outcome, ...]:
            if locking:
                locked = await books.lock_accounts(
                    connection, gemeente=self.gemeente, accounts=locking
                )
                assert locked == existing
            return await books.post(
                connection, gemeente=self.gemeente, recorded_at=NOW, requests=requests
            )

        try:
            expected = self.model.post(requests)
        except books.FloorDiffers:
            with pytest.raises(books.FloorDiffers):
                self.runner.run(db.run(self.engine, self.gemeente, posting))
            return
        assert self.runner.run(db.run(self.engine, self.gemeente, posting)) == expected


def prove(database: Database, new_gemeente: Callable[[], str], how: settings) -> None:
    """Run the machine; one event loop and its connections serve all examples."""
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        class InNewBooks(BooksMachine):
            def __init__(self) -> None:
                super().__init__(runner, engine, new_gemeente())

        try:
            run_state_machine_as_test(InNewBooks, settings=how)
        finally:
            runner.run(engine.dispose())


def test_books_answer_what_the_model_answers(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, SHORT)


@pytest.mark.bewijs
def test_books_answer_what_the_model_answers_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, LONG)
