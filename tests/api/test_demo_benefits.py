"""The demo's domain benefits: real operations, and intervals that contain what was invented."""

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import SystemClock
from api.demo import Demo
from api.invented import FAMILIES
from api.invented_histories import HELPED, HOUSEHOLDS, SOURCES, invent
from domains import checks
from domains.benefits.estimation import estimate
from domains.benefits.panel import NEVER, Panel, admit
from domains.benefits.suppression import TOTAL
from domains.municipalities.names import by_code_or_name
from ledger import checker
from ledger.reading import rows
from tests.benefits.demo_truth import SHARE, in_words, inside, shown, truth

pytestmark = pytest.mark.postgres

TOWN = by_code_or_name("Ermelo")


async def test_the_matrix_of_the_demo_contains_the_truth_and_its_books_are_clean(
    fresh_engine: AsyncEngine,
) -> None:
    clock = SystemClock()
    demo = Demo(fresh_engine, clock, TOWN, lambda _step: None)
    await demo.load()
    report = await shown(fresh_engine, clock, gemeente=TOWN.code)
    true = await truth(fresh_engine, gemeente=TOWN.code)
    assert len(report.cells) >= 12
    assert report.hidden == ()
    assert np.mean([*inside(report, true).values()]) >= SHARE, in_words(report, true)
    total = report.totals[TOTAL, TOTAL]
    assert total.low_cents <= sum(true.values()) <= total.high_cents
    assert total.low_cents > 0
    assert {cell.grade for cell in report.cells.values()} <= {"A", "C"}
    assert total.headline_cents > 0, "everybody signed for what chance decided"
    assert total.headline_cents < total.known_cents, "what leaves doubt nobody can sign for"
    teams = await families_of(fresh_engine)
    *wijkteams, others = sorted(teams)
    assert teams[others] == HOUSEHOLDS
    assert wijkteams, "whoever signs in without choosing is of the first team"
    assert sum(teams[each] for each in wijkteams) == len(FAMILIES)
    assert {("schulden", "zvw"), ("armoede", "zvw")} <= set(report.expected)
    assert not {column for _, column in report.cells} & {"zvw"}
    again = Demo(fresh_engine, clock, TOWN, lambda _step: None)
    await again.load()
    assert await shown(fresh_engine, clock, gemeente=TOWN.code) == report
    async with db.transaction(fresh_engine, TOWN.code) as connection:
        booked = await checker.check(connection, gemeente=TOWN.code, progress=None)
        assert booked.is_clean
        decisions = await checks.check(connection, gemeente=TOWN.code)
    assert not decisions.findings


async def families_of(engine: AsyncEngine) -> dict[str, int]:
    """Count families by team."""
    async with db.transaction(engine, TOWN.code) as connection:
        found = await rows(
            connection,
            "SELECT team, count(*) AS count FROM domains.family WHERE gemeente = %s GROUP BY team",
            (TOWN.code,),
        )
    return {row.team: row.count for row in found}


def test_over_many_invented_worlds_intervals_contain_the_truth_as_often_as_they_say() -> None:
    inside = [found for seed in range(12) for found in _intervals(seed)]
    assert 0.88 <= np.mean(inside) <= 0.995


def _intervals(seed: int) -> list[bool]:
    """Say per help and domain whether the interval contains the truth, without a database."""
    invented = invent(seed)
    count, months, domains = invented.cents.shape
    panel = Panel(
        domains=tuple(SOURCES),
        cents=invented.cents,
        present=np.ones((count, months), dtype=np.bool_),
        start=np.array([each.start if each.help else NEVER for each in invented.households]),
        adult_share=np.zeros((count, months)),
        severity=np.log([each.severity for each in invented.households]),
        completeness=np.ones(months),
    )
    admission = admit(panel, window=3)
    found = []
    for code in HELPED:
        mine = np.array([each.help == code for each in invented.households])
        cells = admission.measured & mine[:, None]
        estimated = estimate(panel, admission=admission, of=cells)
        for domain in range(domains):
            saved = (invented.without_help - invented.with_help)[:, :, domain][cells].sum()
            low, high = estimated.effects[domain].saving_interval
            found.append(bool(low <= saved <= high))
    return found
