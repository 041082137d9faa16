"""Whatever happens in whatever order, the book of domain benefits stays in balance.

After every step, at every link of the chain: what payers brought about is what receivers got, in
each state; nothing is expected and measured at once; and what was realised is never claimed again.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains.benefits.diagnostics import Grade
from ledger.refusals import Refusal
from tests.domains.benefits.bookings import story
from tests.domains.benefits.bookings.support import (
    Found,
    booked,
    estimated,
    forecast,
    name_holders,
    plan_of,
    sign_all,
)
from tests.domains.support import Town, example_town
from tests.support.databases import Database

pytestmark = pytest.mark.postgres

QUARTERS: Final = (date(2025, 1, 1), date(2025, 4, 1))
CENTS: Final = some.integers(-9_999_99, 99_999_99)


@some.composite
def measurements(draw: some.DrawFn) -> tuple[Grade, tuple[Found, ...]]:
    """Give a study of one domain: a grade, and two quarters with a worth of their own."""
    return draw(some.sampled_from(Grade)), tuple(
        Found(
            domain="jeugd",
            worth=(0, *draw(some.tuples(CENTS, CENTS, CENTS))),
            counterfactual=200_000_00,
            period=quarter,
        )
        for quarter in QUARTERS
    )


STEPS: Final = some.lists(
    some.one_of(
        measurements(), some.sampled_from(["raam", "teken", "verreken", "stel vast", "verzilver"])
    ),
    min_size=4,
    max_size=9,
)


WHOLE: Final = (
    "raam",
    (Grade.B, (replace(story.LATER, period=QUARTERS[0]), replace(story.YOUTH, period=QUARTERS[1]))),
    "teken",
    "verreken",
    "stel vast",
    "verzilver",
)


class Book:
    """A municipality in which one plan is studied again and again."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.study: UUID | None = None
        self.settled: tuple[UUID, ...] = ()
        self.number = 0

    async def step(self, what: object) -> None:
        """Take a step; a refusal is an answer too."""
        if isinstance(what, tuple):
            grade, found = what
            self.number += 1
            plan = await story.youth_plan(self.town)
            self.study = await booked(
                self.town,
                plan,
                estimated(*(replace(each, grade=grade) for each in found)),
                data=str(self.number),
            )
        elif what == "raam":
            await forecast(self.town, replace(story.EXPECTED, quarters=3))
        elif what == "teken" and self.study is not None:
            payers = ("schulden", "armoede", "jeugd")
            await sign_all(self.town, self.study, {"jeugd": payers})
        elif what == "verreken":
            self.settled = await story.settle(self.town)
        elif what == "stel vast" and len(self.settled) > 1:
            await story.adopt_draft(self.town, self.settled[1])
        elif what == "verzilver" and self.settled:
            await story.realise(self.town, self.settled[0])


async def check(town: Town) -> None:
    """Hold the laws of the book against all that was ever booked."""
    assert not await town.ask(
        "SELECT state, estimate_id, known.chain_number FROM domains.benefit_posting AS said"
        " JOIN (SELECT DISTINCT chain_number FROM domains.benefit_posting) AS known"
        " ON said.chain_number <= known.chain_number"
        " GROUP BY 1, 2, 3 HAVING sum(amount_cents) <> 0"
    ), "payers and receivers differ somewhere in the chain"
    assert not await town.ask(
        "SELECT 1 FROM domains.benefit_line AS one JOIN domains.benefit_line AS other"
        " USING (gemeente, cohort, receiver, period)"
        " WHERE one.ended_by IS NULL AND other.ended_by IS NULL"
        " AND one.exposure && other.exposure AND one.state = 'verwacht'"
        " AND other.state IN ('gemeten', 'bekrachtigd')"
    ), "expected and measured at once"
    newest = await town.ask(
        "SELECT block.cohort, block.period, estimate.saving_cents, block.saving_cents,"
        " (SELECT coalesce(sum(said.amount_cents), 0) FROM domains.benefit_posting AS said"
        "  JOIN domains.benefit_block AS their ON their.block_id = said.block_id"
        "  JOIN domains.benefit_estimate AS theirs ON theirs.estimate_id = their.estimate_id"
        "  WHERE said.side = 'ontvanger' AND theirs.origin = 'meting'"
        "  AND (their.cohort, their.period) = (block.cohort, block.period))"
        " FROM domains.benefit_block AS block JOIN domains.benefit_estimate AS estimate"
        " USING (gemeente, estimate_id)"
        " JOIN domains.benefit_study AS study USING (gemeente, study_id)"
        " WHERE study.number = (SELECT max(number) FROM domains.benefit_study)"
    )
    for _, _, _, saving, standing in newest:
        assert standing == saving, "all that stands of a block is what its newest estimate says"
    await town.assert_sound()


async def live(engine: AsyncEngine, gemeente: str, steps: Sequence[object]) -> None:
    """Take steps in a municipality of their own."""
    town = await example_town(engine, gemeente)
    await plan_of(town, "jeugd")
    await name_holders(town, "jeugd", "schulden", "armoede")
    await story.agree(town)
    book = Book(town)
    for each in steps:
        # A refusal is an answer too: nothing was booked, and the laws hold.
        with suppress(Refusal):
            await book.step(each)
    await check(town)


def test_the_book_stays_in_balance_whatever_happens(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        @settings(
            max_examples=6,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        )
        @given(steps=STEPS)
        @example(steps=[*WHOLE, *WHOLE])
        def lives(steps: Sequence[object]) -> None:
            runner.run(live(engine, new_gemeente(), steps))

        try:
            lives()
        finally:
            runner.run(engine.dispose())
