"""The demo's domain benefits: real operations, and intervals that contain what was invented."""

from datetime import date

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.clock import SystemClock
from api.demo import Demo
from api.invented_histories import FIRST_MONTH, HELPED, PAID, SOURCES, invent, world
from domains import checks
from domains.benefits.estimation import estimate
from domains.benefits.panel import NEVER, Panel, admit
from domains.benefits.report.model import Report, Scope
from domains.benefits.report.operations import show_report
from domains.benefits.suppression import TOTAL, Place
from domains.municipalities.names import by_code_or_name
from ledger import balances, checker
from ledger.reading import rows

pytestmark = pytest.mark.postgres

TOWN = by_code_or_name("Ermelo")
SHARE = 0.9
"""Of so many cells at least the interval contains the truth, of intervals that aim at 95%."""


async def shown(engine: AsyncEngine) -> Report:
    clock = SystemClock()

    async def show(connection: AsyncConnection) -> Report:
        last = await balances.last_link(connection, gemeente=TOWN.code)
        return await show_report(
            connection,
            gemeente=TOWN.code,
            scope=Scope(
                wijk=None,
                from_date=None,
                until_date=None,
                on=date(2026, 12, 31),
                known_up_to=last,
            ),
            report_id=clock.new_random_id(),
            at=clock.now(),
            actor="toets",
        )

    return await db.run(engine, TOWN.code, show)


async def truth(engine: AsyncEngine) -> dict[Place, float]:
    """Give what was really saved per contributor and receiver, of what is booked as measured."""
    async with db.transaction(engine, TOWN.code) as connection:
        booked = await rows(
            connection,
            "SELECT exposure[1], receiver, period FROM domains.benefit_line"
            " WHERE gemeente = %s AND state = 'gemeten' GROUP BY 1, 2, 3",
            (TOWN.code,),
        )
    invented = world()
    month = np.arange(invented.cents.shape[1])
    start = np.array([each.start for each in invented.households])[:, None]
    saved = invented.without_help - invented.with_help
    domain_of = {source: domain for domain, source in SOURCES.items()}
    found: dict[Place, float] = {}
    for code, receiver, period in booked:
        first = (period.year - FIRST_MONTH.year) * 12 + period.month - FIRST_MONTH.month
        mine = np.array([each.help == code for each in invented.households])[:, None]
        cells = mine & (month >= start) & (month >= first) & (month < first + 3)
        cents = float(saved[:, :, list(SOURCES).index(receiver)][cells].sum())
        for source, paid in PAID[code].items():
            place = (domain_of[source], receiver)
            found[place] = found.get(place, 0.0) + cents * paid / sum(PAID[code].values())
    return found


async def test_the_matrix_of_the_demo_contains_the_truth_and_its_books_are_clean(
    fresh_engine: AsyncEngine,
) -> None:
    demo = Demo(fresh_engine, SystemClock(), TOWN, lambda _step: None)
    await demo.load()
    report = await shown(fresh_engine)
    true = await truth(fresh_engine)
    assert len(report.cells) >= 12
    assert report.hidden == ()
    inside = [
        cell.figure.low_cents <= true[place] <= cell.figure.high_cents
        for place, cell in report.cells.items()
    ]
    assert np.mean(inside) >= SHARE
    total = report.totals[TOTAL, TOTAL]
    assert total.low_cents <= sum(true.values()) <= total.high_cents
    assert total.low_cents > 0
    assert {cell.grade for cell in report.cells.values()} <= {"A", "B", "C"}
    assert {("schulden", "zvw"), ("armoede", "zvw")} <= set(report.expected)
    assert not {column for _, column in report.cells} & {"zvw"}
    again = Demo(fresh_engine, SystemClock(), TOWN, lambda _step: None)
    await again.load()
    assert await shown(fresh_engine) == report
    async with db.transaction(fresh_engine, TOWN.code) as connection:
        booked = await checker.check(connection, gemeente=TOWN.code, progress=None)
        assert booked.is_clean
        decisions = await checks.check(connection, gemeente=TOWN.code)
    assert not decisions.findings


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
