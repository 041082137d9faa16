"""Closing a year: what blocks it, what it books, and opening it again for a time."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from api import db
from api.clock import LAST_DAY
from domains import chart
from domains.draws.model import Payment
from domains.draws.operations import request_draws
from domains.exports.lawfulness import lawfulness
from domains.pooling import operations as pooling
from domains.settings.model import SettingName
from domains.year_end import queries
from domains.year_end.model import (
    CarryOver,
    Closing,
    NewClosing,
    Outcome,
    ReservationChoice,
    RowKind,
    Treatment,
)
from domains.year_end.operations import check_not_sealed
from domains.year_end.refusals import (
    ExceptionTime,
    YearNeverOpened,
    YearNotClosed,
    YearSealed,
    YearShut,
)
from ledger import balances
from ledger.accounts import Book
from ledger.books import PeriodClosed
from ledger.money import show
from tests.domains.reservations.support import deliver, delivery
from tests.domains.support import DAY, NOW, YEAR, Town, council_lines, draw
from tests.domains.year_end.support import (
    ACCRUED,
    AFTER,
    NEXT,
    OVER,
    RELEASED,
    SPRING,
    close,
    conserved,
    exceptions,
    open_days,
    reserve_help,
)

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

WAY: Final = CarryOver(
    fund="JW-2026",
    way="reserve-voor-jaareinde",
    amount_cents=100_000_00,
    decision="raadsbesluit 2026-44",
    decided_on=date(2026, 12, 10),
    next_year_change="raadsbesluit 2026-45",
    programme="P1",
    taakveld="6.751",
)


@pytest.fixture
async def old_town(town: Town) -> Town:
    """Give the municipality of the worked example with the next year open too."""
    await town.open_year(NEXT)
    return town


def blocks(closing: Closing) -> list[str]:
    """Say what stands in the way, as somebody reads it."""
    return [f"{row.kind} {row.where}" for row in closing.record.rows if row.blocks]


async def test_an_empty_year_lapses_and_is_shut(old_town: Town) -> None:
    closing = await close(old_town)
    assert closing.record.outcome is Outcome.CLOSED
    assert {each.fund: show(each.lapsed_cents) for each in closing.record.funds} == {
        "ARM-2026": "€ 300.000,00",
        "JW-2026": "€ 1.000.000,00",
        "SHV-2026": "€ 200.000,00",
        "WMO-2026": "€ 400.000,00",
    }
    assert set((await conserved(old_town)).values()) == {0}
    for code in (chart.FREE, chart.DISTRICT, chart.COMPLEX_RESERVE, chart.FAMILY):
        assert set((await old_town.rooms(code)).values()) <= {show(0)}, code
    with pytest.raises(PeriodClosed):
        await old_town.authorise({"JW": 1})
    await old_town.assert_sound()


async def test_closing_twice_changes_nothing(old_town: Town) -> None:
    budget = await old_town.open_budget(await old_town.register())
    await reserve_help(old_town, budget, cents=900_00)
    first = await close(old_town)
    entries = await old_town.number_of_entries()
    again = await close(old_town, RELEASED)
    assert again == first
    assert await old_town.number_of_entries() == entries
    assert await old_town.count("domains.year_closing") == 1
    await old_town.assert_sound()


async def test_the_same_request_gets_the_same_answer(old_town: Town) -> None:
    first = await close(old_town, key="een")
    assert await close(old_town, key="een") == first


async def test_what_stands_in_the_way_is_told_and_nothing_is_booked(old_town: Town) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    reserved = await reserve_help(town, budget, cents=900_00)
    person = await town.person(budget)
    (short,) = await town.draw(
        draw(budget, person, cents=5_000_000_00, description="meer dan er is")
    )
    entries = await town.number_of_entries()
    closing = await close(town, NewClosing(year=YEAR), today=date(YEAR, 12, 31))
    assert closing.record.outcome is Outcome.BLOCKED
    assert {row.kind for row in closing.record.rows if row.blocks} == {
        RowKind.YEAR_NOT_OVER,
        RowKind.NOT_DECLARED,
        RowKind.SHORTAGE,
    }
    assert f"niet-gedeclareerd trekking {reserved}" in blocks(closing)
    assert all(row.remedy and row.what and row.where for row in closing.record.rows)
    assert short.outcome.is_granted
    assert await town.number_of_entries() == entries
    await town.assert_sound()


async def test_a_year_before_the_next_is_open_is_blocked(town: Town) -> None:
    closing = await close(town)
    assert blocks(closing) == ["volgend-jaar-dicht 2027"]
    await town.open_year(NEXT)
    closing = await close(town)
    assert (closing.number, closing.record.outcome) == (2, Outcome.CLOSED)


async def test_an_earlier_year_is_closed_first(old_town: Town) -> None:
    await old_town.open_year(YEAR - 1)
    assert blocks(await close(old_town)) == ["eerder-jaar-open 2025"]
    await close(old_town, replace(ACCRUED, year=YEAR - 1))
    assert blocks(await close(old_town)) == []


async def test_a_year_that_was_never_open_is_not_closed(old_town: Town) -> None:
    with pytest.raises(YearNeverOpened):
        await close(old_town, replace(ACCRUED, year=2019))


async def test_what_waits_for_approval_blocks(old_town: Town) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)
    small = {"per_draw_cents": 1_00, "per_family_year_cents": 10_00}
    await town.decide(
        SettingName.MANDATES, {"wijkteam": small, "teamleider": small, "budgethouder": small}
    )
    (waiting,) = await town.draw(
        draw(budget, person, cents=200_00, description="iets anders"), role="wijkteam"
    )
    assert blocks(await close(town)) == [f"wacht-op-akkoord trekking {waiting.id} bij budgethouder"]


async def test_undeclared_help_is_accrued_or_released_as_was_chosen(old_town: Town) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    whole = await reserve_help(town, budget, cents=900_00)
    partly = await reserve_help(town, budget, cents=500_00, description="dagbesteding")
    none = await reserve_help(town, budget, cents=300_00, description="vervoer")
    asked = NewClosing(
        year=YEAR,
        undeclared=Treatment.ACCRUE,
        choices=(
            ReservationChoice(draw=partly, treatment=Treatment.ACCRUE, amount_cents=120_01),
            ReservationChoice(draw=none, treatment=Treatment.RELEASE),
        ),
    )
    closing = await close(town, asked)
    assert blocks(closing) == []
    assert (closing.record.accrued_draws, closing.record.released_draws) == (2, 2)
    async with db.transaction(town.engine, town.gemeente) as connection:
        accrued = await queries.accrued(
            connection, gemeente=town.gemeente, draws=[whole, partly, none]
        )
    per_draw = {
        draw: sum(cents for (of_draw, _), cents in accrued.items() if of_draw == draw)
        for draw in (whole, partly, none)
    }
    assert per_draw == {whole: 900_00, partly: 120_01, none: 0}
    owed = await town.balances(Book.LASTEN, code=chart.TO_BE_INVOICED)
    assert sum(each.balance_cents for each in owed) == -1020_01
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()


async def test_a_shortage_closes_by_a_decision_of_the_council_only(old_town: Town) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    await town.draw(draw(budget, await town.person(budget), cents=5_000_000_00))
    assert [row.kind for row in (await close(town)).record.rows if row.blocks] == [RowKind.SHORTAGE]
    closing = await close(town, replace(ACCRUED, shortage_decision="raadsbesluit 2027-3"))
    assert closing.record.outcome is Outcome.CLOSED
    await town.assert_sound()


async def test_money_carried_over_is_in_the_next_year_to_the_cent(old_town: Town) -> None:
    closing = await close(old_town, replace(ACCRUED, carry_overs=(WAY,)))
    assert blocks(closing) == []
    standings = await old_town.standings()
    assert standings["JW-2026"].carried_cents == 100_000_00
    assert standings["JW-2027"].authorised_cents == standings["JW-2027"].free_cents == 100_000_00
    reserve = await old_town.balances(Book.LASTEN)
    assert {
        each.account.code: show(each.balance_cents) for each in reserve if each.balance_cents
    } == {"4910": "€ 100.000,00", "8910": "€ -100.000,00"}
    moved = {}
    for year in (YEAR, NEXT):
        async with db.transaction(old_town.engine, old_town.gemeente) as connection:
            told = await lawfulness(
                connection,
                gemeente=old_town.gemeente,
                year=year,
                on=LAST_DAY,
                known_up_to=await balances.last_link(connection, gemeente=old_town.gemeente),
            )
        moved[year] = [show(each.moved_cents) for each in told.reserves]
        assert not any(each.above_cents for each in told.reserves), "a decision is named"
    assert moved == {YEAR: ["€ 100.000,00", "€ 0,00"], NEXT: ["€ 0,00", "€ 100.000,00"]}
    assert set((await conserved(old_town)).values()) == {0}
    await old_town.assert_sound()


CARRY_OVERS: Final = """
way                    | fund      | decided on | decided | budget | euros   | why not
reserve-voor-jaareinde | JW-2026   | 2026-12-31 | ja      | ja     | 1       |
reserve-voor-jaareinde | JW-2026   | 2027-01-01 | ja      | ja     | 1       | buiten de termijn
reserve-voor-jaareinde | JW-2026   | 2026-12-31 | ja      |        | 1       | ook de begroting
reserve-voor-jaareinde | JW-2026   | 2026-12-31 |         | ja     | 1       | een besluit nodig
reserve-voor-jaareinde | SPUK-2026 | 2026-12-31 | ja      | ja     | 1       | gaat hier niet over
staand-besluit         | JW-2026   | 2020-01-01 | ja      | ja     | 1       |
staand-besluit         | JW-2026   | 2027-01-01 | ja      | ja     | 1       | buiten de termijn
besluit-nieuw-jaar     | JW-2026   | 2027-01-15 | ja      |        | 1       |
besluit-nieuw-jaar     | JW-2026   | 2026-12-31 | ja      |        | 1       | buiten de termijn
resultaatbestemming    | JW-2026   | 2027-07-15 | ja      |        | 1       |
resultaatbestemming    | JW-2026   | 2027-07-16 | ja      |        | 1       | buiten de termijn
uitkering-loopt-door   | JW-2026   | 2026-12-31 | ja      |        | 1       | voor SPUK en DER
zomaar                 | JW-2026   | 2026-12-31 | ja      |        | 1       | 'zomaar' bestaat niet
staand-besluit         | JW-2025   | 2025-12-31 | ja      | ja     | 1       | middel van 2026
staand-besluit         | JW-2026   | 2026-12-31 | ja      | ja     | 1000001 | meer overgeheveld
"""


@pytest.mark.parametrize("line", CARRY_OVERS.strip().splitlines()[1:])
async def test_money_is_carried_over_in_lawful_ways_only(old_town: Town, line: str) -> None:
    way, fund, day, decision, change, euros, why = (cell.strip() for cell in line.split("|"))
    asked = CarryOver(
        fund=fund,
        way=way,
        amount_cents=int(euros) * 100,
        decision=decision,
        decided_on=date.fromisoformat(day),
        next_year_change=change,
        programme="P1",
        taakveld="6.751",
    )
    closing = await close(old_town, replace(ACCRUED, carry_overs=(asked,)))
    found = [row.what for row in closing.record.rows if row.blocks]
    assert (why in " ".join(found)) if why else found == []


async def test_what_was_carried_over_stays_so_when_the_year_is_closed_again(old_town: Town) -> None:
    town = old_town
    await close(town, replace(ACCRUED, carry_overs=(WAY,)))
    await open_days(town)
    closing = await close(town, replace(ACCRUED, carry_overs=(WAY,)))
    assert (closing.record.carried, blocks(closing)) == ((), [])
    await open_days(town)
    less = replace(WAY, amount_cents=1)
    assert blocks(await close(town, replace(ACCRUED, carry_overs=(less,)))) == [
        "overheveling-mag-niet JW-2026 langs reserve-voor-jaareinde"
    ]
    assert (await town.standings())["JW-2027"].authorised_cents == 100_000_00
    await town.assert_sound()


async def test_a_year_is_opened_by_exception_and_closed_again(old_town: Town) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    await reserve_help(town, budget, cents=900_00)
    await close(town)
    made = await open_days(town)
    await town.authorise({"JW": 7})
    (opened,) = await exceptions(town)
    assert (opened.id, opened.asked_by, opened.actor) == (made, "controller", "medewerker")
    assert [(each.kind, each.debit_cents) for each in opened.booked] == [("begroting", 7_00)]
    closing = await close(town)
    assert (closing.number, closing.record.outcome) == (2, Outcome.CLOSED)
    assert {each.fund: each.lapsed_cents for each in closing.record.funds if each.lapsed_cents} == {
        "JW-2026": 7_00
    }
    with pytest.raises(PeriodClosed):
        await town.authorise({"JW": 7})
    (opened,) = await exceptions(town)
    assert opened.closed_at == NOW
    assert [each.kind for each in opened.booked] == ["begroting", "jaarafsluiting"]
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()


async def test_an_exception_ends_by_itself(old_town: Town) -> None:
    await close(old_town)
    await open_days(old_town, until=NOW + timedelta(microseconds=1))
    await old_town.authorise({"JW": 7})
    with pytest.raises(PeriodClosed):
        await old_town.do(
            lambda connection, instruction: pooling.book_council_budget(
                connection,
                instruction=replace(instruction, at=NOW + timedelta(microseconds=1)),
                year=YEAR,
                lines=council_lines({"JW": 7}),
                decision="te laat",
                booking_date=DAY,
            )
        )
    # What was booked by exception is still to be closed, and for that the days must be open.
    with pytest.raises(YearShut):
        await close(old_town, at=NOW + timedelta(days=1))
    await old_town.assert_sound()


EXCEPTIONS: Final = (
    ((date(YEAR, 12, 1), OVER), timedelta(0), ExceptionTime),
    ((date(YEAR, 12, 1), OVER), timedelta(days=93), ExceptionTime),
    ((date(YEAR, 12, 1), date(NEXT, 1, 2)), timedelta(days=1), YearNotClosed),
    ((date(NEXT, 1, 1), date(NEXT, 1, 2)), timedelta(days=1), YearNotClosed),
)


@pytest.mark.parametrize(("days", "time", "refusal"), EXCEPTIONS)
async def test_an_exception_is_for_days_of_a_closed_year_and_not_for_long(
    old_town: Town, days: tuple[date, date], time: timedelta, refusal: type[Exception]
) -> None:
    await close(old_town)
    with pytest.raises(refusal):
        await open_days(old_town, days, until=NOW + time)


async def test_a_closed_year_opens_in_no_other_way(old_town: Town) -> None:
    await close(old_town)
    for days in ((date(YEAR, 6, 1), date(YEAR, 6, 2)), (date(YEAR - 1, 1, 1), date(NEXT, 1, 2))):
        async with db.transaction(old_town.engine, old_town.gemeente) as connection:
            with pytest.raises(YearSealed):
                await check_not_sealed(
                    connection, gemeente=old_town.gemeente, from_date=days[0], until_date=days[1]
                )


async def test_help_in_a_closed_year_can_be_asked_only_while_its_days_are_open(
    old_town: Town,
) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    asked = draw(budget, await town.person(budget), cents=10_00)
    await close(town)
    (refused,) = await town.draw(asked, booking_date=AFTER, today=AFTER)
    assert refused.decisions[-1].answer.refusal == "periode-voor-oudste-open-jaar"
    await open_days(town, until=NOW + timedelta(days=10))
    (granted,) = await town.draw(asked, booking_date=DAY, today=DAY)
    assert granted.decision.outcome.is_granted
    (refused,) = await town.draw(
        replace(asked, description="iets anders"), booking_date=AFTER, today=AFTER
    )
    assert refused.decisions[-1].answer.refusal == "periode-voor-oudste-open-jaar"


async def test_two_who_close_at_one_moment_close_once(old_town: Town) -> None:
    budget = await old_town.open_budget(await old_town.register())
    await reserve_help(old_town, budget, cents=900_00)
    first, second = await asyncio.gather(close(old_town), close(old_town))
    assert first == second
    assert await old_town.count("domains.year_closing") == 1
    await old_town.assert_sound()


async def test_help_that_is_asked_while_a_year_is_closed_is_in_it_or_is_not(
    old_town: Town,
) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)

    async def ask(number: int) -> bool:
        payment = Payment.RESERVATION if number % 2 else Payment.AT_ONCE
        wanted = draw(budget, person, cents=10_00, description=f"hulp {number}", payment=payment)
        try:
            await town.draw(wanted)
        except PeriodClosed:
            return False
        return True

    waiting = asyncio.gather(*(ask(number) for number in range(6)))
    closing = await close(town)
    await waiting
    assert closing.record.outcome is Outcome.CLOSED
    async with db.transaction(town.engine, town.gemeente) as connection:
        left = await queries.undeclared_draws(connection, gemeente=town.gemeente, year=YEAR)
    assert left == (), "nothing reserves in a closed year"
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()


async def test_a_reservation_is_never_between_what_a_closing_read_and_what_it_shut(
    old_town: Town,
) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    asked = draw(
        budget,
        await town.person(budget),
        cents=900_00,
        days=SPRING,
        payment=Payment.RESERVATION,
    )
    async with db.transaction(town.engine, town.gemeente) as connection:
        await request_draws(
            connection, instruction=town.instruction(), draws=[asked], booking_date=DAY
        )
        closing = asyncio.create_task(close(town))
        await asyncio.sleep(0.2)
        assert not closing.done()
    found = await closing
    assert found.record.accrued_draws == 1
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()


async def test_a_fund_that_reserves_again_asks_for_its_closing_again(old_town: Town) -> None:
    town = old_town
    budget = await town.open_budget(await town.register())
    care = await reserve_help(town, budget, cents=900_00)
    (given,) = await deliver(town, delivery(care, 900_00, SPRING))
    await close(town)
    await town.do(
        lambda connection, instruction: pooling.reverse(
            connection,
            instruction=instruction,
            entry=given.entries[0],
            booking_date=AFTER,
            reason="creditnota",
        ),
        today=AFTER,
    )
    with pytest.raises(YearShut):
        await close(town)
    await open_days(town)
    again = await close(town, RELEASED)
    assert again.record.released_draws == 1
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()
