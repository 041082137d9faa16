"""One call with a list leaves the same books as the list posted one by one."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from ledger.entries import Outcome
from tests.properties.plans import RequestPlan, Writer, catalogue, request_plans
from tests.support import reading
from tests.support.databases import Database
from tests.support.making import YEAR, change_period, post, request

pytestmark = pytest.mark.postgres

SHORT = settings(
    max_examples=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
LONG = settings(SHORT, max_examples=1_000)


def prove(
    database: Database, other: Database, new_gemeente: Callable[[], str], how: settings
) -> None:
    """Post invented lists in two databases, under the same municipality code and ids."""
    with asyncio.Runner() as runner:
        together, alone = db.engine_for(database.app_url), db.engine_for(other.app_url)

        @given(plans=st.lists(request_plans, min_size=2, max_size=12))
        @how
        def compare(plans: list[RequestPlan]) -> None:
            runner.run(compare_once(together, alone, new_gemeente(), plans))

        try:
            compare()
        finally:
            runner.run(together.dispose())
            runner.run(alone.dispose())


async def compare_once(
    together: AsyncEngine, alone: AsyncEngine, gemeente: str, plans: list[RequestPlan]
) -> None:
    """Compare answers and rows of one invented list."""
    for engine in (together, alone):
        await change_period(engine, gemeente, YEAR)
        await post(engine, gemeente, request("begin", accounts=catalogue(gemeente)))
    writer = Writer(gemeente=gemeente)
    asked = [writer.request(plan) for plan in plans]

    in_one_call = await post(together, gemeente, *asked)
    one_by_one = [(await post(alone, gemeente, one))[0] for one in asked]

    assert [told(outcome) for outcome in in_one_call] == [told(outcome) for outcome in one_by_one]
    assert await rows_of(together, gemeente) == await rows_of(alone, gemeente)
    for engine in (together, alone):
        assert await reading.findings(engine, gemeente) == ()


def told(outcome: Outcome) -> tuple[object, ...]:
    """Tell an outcome without its place in the chain."""
    booked = outcome.chain_number is not None
    return booked, outcome.groups, outcome.results, outcome.replayed, outcome.refusal


async def rows_of(engine: AsyncEngine, gemeente: str) -> tuple[object, ...]:
    """Read everything that stands in the books but chain numbers and hashes."""
    async with db.transaction(engine, gemeente) as connection:
        return (
            await reading.rows(connection, reading.ENTRIES),
            await reading.rows(connection, reading.REQUESTS),
            await reading.balances(connection),
            await reading.months(connection),
        )


def test_batch_equals_sequential_row_for_row(
    database: Database, fresh_database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, fresh_database, new_gemeente, SHORT)


@pytest.mark.bewijs
def test_batch_equals_sequential_row_for_row_for_long(
    database: Database, fresh_database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, fresh_database, new_gemeente, LONG)
