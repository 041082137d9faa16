"""The report against both books at every link, and what is remembered of it."""

from dataclasses import replace
from datetime import date

import pytest

from api import db
from domains import chart
from domains.benefits.bookings.model import State
from domains.benefits.diagnostics import Grade
from domains.benefits.report.model import KNOWN, Report, Scope
from domains.benefits.report.operations import behind_cell, show_report, show_reports
from domains.benefits.report.queries import cell_entries
from domains.benefits.report.refusals import PeriodInverted, PeriodNotQuarters
from domains.benefits.report.rules import by_domain, without_costs
from domains.benefits.suppression import TOTAL
from domains.districts.rules import UnknownDistrict
from ledger import balances
from ledger.accounts import Book
from tests.domains.benefits.bookings import story
from tests.domains.benefits.bookings.support import (
    QUARTER,
    Found,
    booked,
    estimated,
    forecast,
    name_holders,
    plan_of,
    refused,
    sign_all,
)
from tests.domains.benefits.histories import cost, observe
from tests.domains.support import EXAMPLE_BUDGET, NOW, Town, draw

pytestmark = pytest.mark.postgres

LATER = date(2025, 4, 1)


def many(found: Found, families: int = 30, **more: object) -> Found:
    """Let a measurement be about many families."""
    return replace(found, families=families, **more)  # type: ignore[arg-type] # Named as there.


async def whole(town: Town) -> None:
    """Tell the whole story about many families."""
    youth, others = await plan_of(town, "jeugd"), await plan_of(town, "ggz", "wmo")
    await name_holders(town, "jeugd", "ggz", "wmo", "schulden", "armoede")
    await forecast(town, story.EXPECTED)
    await booked(town, youth, estimated(many(story.YOUTH)))
    measured = await booked(town, others, estimated(many(story.GGZ)), estimated(many(story.WMO)))
    restated = await booked(town, youth, estimated(many(story.LATER)), data="late facturen")
    await sign_all(town, restated, {"jeugd": ("schulden", "armoede")})
    await sign_all(town, measured, {"ggz": ("schulden", "jeugd", "armoede")})
    await story.agree(town)
    settlement, version = await story.settle(town)
    await story.adopt_draft(town, version)
    await story.realise(town, settlement)


async def last_link(town: Town) -> int:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await balances.last_link(connection, gemeente=town.gemeente)


async def shown(
    town: Town,
    *,
    known_up_to: int | None = None,
    wijk: str | None = None,
    quarters: tuple[date | None, date | None] = (None, None),
    keep: bool = True,
) -> Report:
    link = await last_link(town) if known_up_to is None else known_up_to
    scope = Scope(
        wijk=wijk,
        from_date=quarters[0],
        until_date=quarters[1],
        on=date(2029, 12, 31),
        known_up_to=link,
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        trying = await connection.begin_nested()
        found = await show_report(
            connection,
            gemeente=town.gemeente,
            scope=scope,
            report_id=town.instruction().new_random_id(),
            at=NOW,
            actor="toets",
        )
        await (trying.commit() if keep else trying.rollback())
    return found


async def accounts(town: Town, link: int) -> dict[tuple[str, str, str], int]:
    """Sum the book per side, state and domain, as it stood at a link."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await balances.trial_balance(
            connection,
            gemeente=town.gemeente,
            book=Book.DOMEINBATEN,
            on=date(2029, 12, 31),
            known_up_to=link,
        )
    sums: dict[tuple[str, str, str], int] = {}
    for each in found:
        state = each.account.colour.partition("/")[2]
        domain = each.account.dimension("domein") or ""
        side = "betaler" if each.account.code == chart.CONTRIBUTED else "ontvanger"
        sign = -1 if side == "betaler" else 1
        key = (side, state, domain)
        sums[key] = sums.get(key, 0) + sign * each.balance_cents
    return {key: cents for key, cents in sums.items() if cents}


async def costs(town: Town, link: int) -> dict[str, int]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await balances.totals(
            connection,
            gemeente=town.gemeente,
            book=Book.LASTEN,
            on=date(2029, 12, 31),
            known_up_to=link,
            codes=chart.COSTS,
            by=(),
        )
    per_fund: dict[str, int] = {}
    for each in found:
        per_fund[each.colour] = per_fund.get(each.colour, 0) + each.balance_cents
    return {domain: cents for domain, cents in by_domain(per_fund.items()).items() if cents}


def told(report: Report) -> dict[tuple[str, str, str], int]:
    """Sum a report in the same way, from its totals."""
    sums = {}
    for (row, column), figure in report.totals.items():
        for state in KNOWN:
            if row != TOTAL and column == TOTAL:
                sums["betaler", str(state), row] = figure.cents[state]
            if row == TOTAL and column != TOTAL:
                sums["ontvanger", str(state), column] = figure.cents[state]
    for (row, column), cents in report.expected.items():
        if row != TOTAL and column == TOTAL:
            sums["betaler", str(State.EXPECTED), row] = cents
        if row == TOTAL and column != TOTAL:
            sums["ontvanger", str(State.EXPECTED), column] = cents
    return {key: cents for key, cents in sums.items() if cents}


async def test_every_figure_reconciles_to_both_books_at_every_link(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    await town.draw(draw(budget, await town.person(budget), cents=100_00))
    await whole(town)
    last, states = await last_link(town), set[str]()
    for link in range(1, last + 1):
        report = await shown(town, known_up_to=link, keep=False)
        assert report.hidden == ()
        books = await accounts(town, link)
        assert told(report) == books
        states |= {state for _, state, _ in books}
        for state in KNOWN:
            cells = sum(cell.figure.cents[state] for cell in report.cells.values())
            total = report.totals.get((TOTAL, TOTAL))
            assert cells == (0 if total is None else total.cents[state])
        spent = {each.domain: each.spent_cents for each in report.domains if each.spent_cents}
        assert spent == await costs(town, link)
        assert sum(each.net_cents or 0 for each in report.domains) == 0
    assert states == {str(state) for state in State}
    assert await costs(town, last)


async def test_behind_a_cell_stand_exactly_its_entries(new_town: Town) -> None:
    await new_town.authorise(EXAMPLE_BUDGET)
    await whole(new_town)
    report = await shown(new_town)
    assert len(report.cells) == 7
    for (contributor, receiver), cell in report.cells.items():
        async with db.transaction(new_town.engine, new_town.gemeente) as connection:
            entries = await cell_entries(
                connection,
                gemeente=new_town.gemeente,
                scope=report.scope,
                contributor=contributor,
                receiver=receiver,
            )
        for state in KNOWN:
            booked_so = sum(each.cents for each in entries if each.state is state)
            assert booked_so == cell.figure.cents[state]


async def test_behind_a_cell_of_a_district_stands_its_part_beside_what_was_spent_there(
    town: Town,
) -> None:
    other = town.wijk[:-2] + "02"
    await town.add_districts(other)
    families = [await town.register(wijk=wijk) for wijk in (town.wijk, other) * 12]
    budget = await town.open_budget(families[0])
    parent = await town.person(budget)
    await town.draw(draw(budget, parent, cents=100_00))
    await observe(town, cost(parent, 36, 70_00), at=NOW)
    plan = await plan_of(town, "jeugd")
    found = estimated(many(story.YOUTH, 24))
    blocks = tuple(replace(each, families=tuple(families)) for each in found.blocks)
    await booked(town, plan, replace(found, blocks=blocks))
    reports = {wijk: await shown(town, wijk=wijk) for wijk in (town.wijk, other, None)}
    sums = {wijk: await behind(town, report) for wijk, report in reports.items()}
    assert len(sums[None]) == 3
    for wijk, report in reports.items():
        assert sums[wijk] == {each: cell.figure.known_cents for each, cell in report.cells.items()}
    for place, cents in sums[None].items():
        assert sums[town.wijk][place] + sums[other][place] == cents
        assert sums[town.wijk][place] > 0 < sums[other][place]
    spent = {
        wijk: (
            sum(each.spent_cents or 0 for each in report.domains),
            sum(each.observed_cents or 0 for each in report.domains),
        )
        for wijk, report in reports.items()
    }
    assert spent == {town.wijk: (100_00, 70_00), other: (0, 0), None: (100_00, 70_00)}
    assert {each.spent_cents for each in without_costs(reports[other]).domains} == {None}


async def behind(town: Town, report: Report) -> dict[tuple[str, str], int]:
    """Sum what stands behind each cell of a report."""
    found = {}
    async with db.transaction(town.engine, town.gemeente) as connection:
        for place in report.cells:
            entries = await behind_cell(
                connection,
                gemeente=town.gemeente,
                scope=report.scope,
                at=NOW,
                contributor=place[0],
                receiver=place[1],
            )
            found[place] = sum(each.cents for each in entries)
    return found


async def test_a_report_is_remembered_once_and_the_same_again_is_the_same(new_town: Town) -> None:
    await new_town.authorise(EXAMPLE_BUDGET)
    await whole(new_town)
    first = await shown(new_town)
    assert await shown(new_town) == first
    counted = await new_town.ask("SELECT count(*) FROM domains.benefit_report")
    assert counted == [(1,)]
    quarter = await shown(new_town, quarters=(QUARTER, LATER))
    assert quarter.cells.keys() == first.cells.keys()
    assert await new_town.ask("SELECT count(*) FROM domains.benefit_report") == [(1,)]


async def test_two_reports_that_differ_by_a_quarter_of_few_families_hide_the_difference(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    await booked(new_town, plan, estimated(many(story.YOUTH)))
    first = await shown(new_town)
    assert first.hidden == ()
    longer = estimated(many(story.YOUTH), many(story.YOUTH, 3, period=LATER))
    await booked(new_town, plan, longer, data="een kwartaal later")
    second = await shown(new_town)
    assert ("schulden", "jeugd") not in second.cells
    assert (TOTAL, TOTAL) not in second.totals


async def test_reports_together_are_those_that_were_asked_for_one_by_one(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    story_so_far = estimated(many(story.YOUTH), many(story.YOUTH, 3, period=LATER))
    await booked(new_town, plan, story_so_far)
    link = await last_link(new_town)
    scopes = [
        Scope(wijk=None, from_date=first, until_date=until, on=date(2029, 12, 31), known_up_to=link)
        for first, until in ((QUARTER, LATER), (LATER, None), (None, None))
    ]
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        trying = await connection.begin_nested()
        together = await show_reports(
            connection,
            gemeente=new_town.gemeente,
            scopes={new_town.instruction().new_random_id(): each for each in scopes},
            at=NOW,
            actor="toets",
        )
        await trying.rollback()
    alone = [await shown(new_town, quarters=(each.from_date, each.until_date)) for each in scopes]
    assert list(together) == alone
    assert any(each.hidden for each in alone), "what was shown first counts for what comes after"


async def test_a_quarter_of_few_families_is_hidden_by_itself(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    both = estimated(many(story.YOUTH), many(story.YOUTH, 3, period=LATER))
    await booked(new_town, plan, both)
    report = await shown(new_town, quarters=(LATER, date(2025, 7, 1)))
    assert report.cells == {}
    assert ("schulden", "jeugd") in report.hidden
    assert {each.received_cents for each in report.domains} <= {None, 0}


@pytest.mark.parametrize("quarters", [(date(2025, 2, 1), None), (None, date(2025, 3, 31))])
async def test_a_period_is_made_of_whole_quarters(
    new_town: Town, quarters: tuple[date | None, date | None]
) -> None:
    with pytest.raises(PeriodNotQuarters):
        await shown(new_town, quarters=quarters)


@pytest.mark.parametrize("until", [date(2025, 4, 1), date(2024, 1, 1)])
async def test_a_period_that_ends_before_it_begins_is_refused(new_town: Town, until: date) -> None:
    with pytest.raises(PeriodInverted):
        await shown(new_town, quarters=(date(2025, 4, 1), until))


async def test_a_district_that_nobody_has_is_refused(new_town: Town) -> None:
    with pytest.raises(UnknownDistrict):
        await shown(new_town, wijk="WK999999")


async def test_what_has_no_number_or_too_much_doubt_is_told_with_its_reason(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd", "ggz")
    await booked(
        new_town,
        plan,
        estimated(many(story.YOUTH, grade=Grade.D)),
        refused("ggz"),
    )
    report = await shown(new_town)
    reasons = {each.domain: (each.cents, each.reason) for each in report.not_attributed}
    assert reasons["ggz"] == (None, "Er zijn er te weinig.")
    assert reasons["jeugd"][0] == 5_480_00
    assert reasons["jeugd"][1].startswith("graad D")
    assert report.cells == {}
    assert report.expected[TOTAL, "jeugd"] == 5_480_00
