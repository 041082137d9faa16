"""A whole year of a municipality: lived, closed, opened by exception, closed again, and clean."""

from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.model import Payment
from domains.instruction import Instruction, record
from domains.pooling import operations as pooling
from domains.reservations.model import DeliveryOutcome
from domains.standard_entries import Heading, Move, entry_for_moves
from domains.year_end.model import CarryOver, Closing, Outcome, RowKind
from domains.year_end.refusals import YearShut
from domains.year_entries import grant_used_moves
from ledger.accounts import Book
from ledger.books import PeriodClosed
from ledger.money import show
from tests.domains.payers.support import accepting, advance, claiming, netting
from tests.domains.reservations.support import deliver, delivery, reserved_care
from tests.domains.support import DAY, YEAR, Town, council_lines, draw
from tests.domains.year_end.support import (
    ACCRUED,
    AFTER,
    NEXT,
    SPRING,
    close,
    conserved,
    exceptions,
    open_days,
    reserve_help,
)

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

GRANT: Final = CarryOver(
    fund="SPUK-2026",
    way="uitkering-loopt-door",
    amount_cents=400_00,
    decision="beschikking SZW 2026-7",
    decided_on=date(2026, 3, 1),
    programme="P1",
    taakveld="6.3",
)


@pytest.fixture
async def lived(town: Town) -> Town:
    """Give the worked example's municipality with the next year open and a grant of € 1.000,00."""
    await town.open_year(NEXT)
    await town.authorise({"SPUK": 1_000})
    return town


async def receive(town: Town, fund: str, cents: int) -> None:
    """Book that a grant was received in advance."""
    moves = [
        Move(
            debit=chart.payments(town.gemeente, fund),
            credit=chart.grant_liability(town.gemeente, fund, code=chart.GRANT_LIABILITY),
            amount_cents=cents,
        )
    ]

    async def booked(connection: AsyncConnection, instruction: Instruction) -> tuple[UUID, ...]:
        entry, accounts = entry_for_moves(
            moves,
            heading=Heading(
                id=instruction.new_id(), booking_date=DAY, kind="memoriaal", description="SPUK"
            ),
        )
        await record(
            connection,
            instruction=instruction,
            results=[entry.id],
            entries=[entry],
            accounts=accounts,
        )
        return (entry.id,)

    await town.do(booked)


async def use_grant(town: Town, cents: int) -> UUID:
    """Let the grant pay help within its purpose."""
    budget = await town.open_budget(await town.register())
    (found,) = await town.draw(
        draw(
            budget,
            await town.person(budget),
            cents=cents,
            kind="schuldhulpverlening",
            facts=(("binnen-doel-regeling", True),),
        )
    )
    assert [part.fund for part in found.decision.parts] == ["SPUK-2026"]
    return found.id


async def lasten(town: Town, *codes: str) -> dict[str, str]:
    """Say what stands on accounts of the book LASTEN, by code and fund."""
    found: dict[str, int] = {}
    for each in await town.balances(Book.LASTEN):
        if each.account.code in codes and each.balance_cents:
            key = f"{each.account.code} {each.account.colour}"
            found[key] = found.get(key, 0) + each.balance_cents
    return {key: show(cents) for key, cents in sorted(found.items())}


def kinds(closing: Closing, *, blocks: bool) -> set[RowKind]:
    return {row.kind for row in closing.record.rows if row.blocks is blocks}


async def test_an_unspent_grant_is_a_liability_and_goes_on_only_as_its_giver_says(
    lived: Town,
) -> None:
    await receive(lived, "SPUK-2026", 900_00)
    await use_grant(lived, 300_00)
    closing = await close(lived, replace(ACCRUED, carry_overs=(GRANT,)))
    assert closing.record.outcome is Outcome.CLOSED
    (grant,) = closing.record.grants
    assert (grant.used_cents, grant.carried_cents, grant.owed_cents) == (300_00, 400_00, 200_00)
    assert await lasten(lived, "1300", "8110") == {
        "1300 SPUK-2026": "€ -200,00",
        "1300 SPUK-2027": "€ -400,00",
        "8110 SPUK-2026": "€ -300,00",
    }
    standings = await lived.standings()
    assert standings["SPUK-2026"].lapsed_cents == 300_00
    assert standings["SPUK-2027"].free_cents == 400_00
    await lived.assert_sound()
    await open_days(lived)
    again = await close(lived, replace(ACCRUED, carry_overs=(GRANT,)))
    assert [(each.used_cents, each.carried_cents) for each in again.record.grants] == [(0, 0)]
    await lived.assert_sound()


async def test_what_was_taken_back_of_a_grant_is_owed_again(lived: Town) -> None:
    await receive(lived, "SPUK-2026", 900_00)
    await use_grant(lived, 300_00)
    wrong = await use_grant(lived, 200_00)
    await close(lived)
    await open_days(lived)
    (made,) = await lived.draws(wrong)
    await lived.reverse(made.decisions[-1].entries[0])
    again = await close(lived)
    assert [each.used_cents for each in again.record.grants] == [-200_00]
    assert await lasten(lived, "1300", "8110") == {
        "1300 SPUK-2026": "€ -600,00",
        "8110 SPUK-2026": "€ -300,00",
    }
    assert set((await conserved(lived)).values()) == {0}
    await lived.assert_sound()


async def test_what_a_later_year_takes_back_of_a_grant_asks_for_the_closing_again(
    lived: Town,
) -> None:
    await receive(lived, "SPUK-2026", 900_00)
    wrong = await use_grant(lived, 200_00)
    await close(lived)
    (made,) = await lived.draws(wrong)
    await lived.do(
        lambda connection, instruction: pooling.reverse(
            connection,
            instruction=instruction,
            entry=made.decisions[-1].entries[0],
            booking_date=AFTER,
            reason="creditnota",
        ),
        today=AFTER,
    )
    with pytest.raises(YearShut):
        await close(lived)
    await open_days(lived)
    again = await close(lived)
    assert [each.used_cents for each in again.record.grants] == [-200_00]
    assert set((await conserved(lived)).values()) == {0}
    await lived.assert_sound()


def test_a_taakveld_where_more_was_taken_back_than_cost_earns_nothing() -> None:
    (move,) = grant_used_moves(
        "GM0344",
        "SPUK-2026",
        liability=chart.GRANT_LIABILITY,
        revenue=chart.GRANT_REVENUE,
        costs={"6.3": 100_00, "6.2": -20_00},
        revenues={},
        amount_cents=80_00,
    )
    assert (move.credit.dimension("taakveld"), move.amount_cents) == ("6.3", 80_00)


async def test_a_grant_that_was_not_received_is_told(lived: Town) -> None:
    await receive(lived, "SPUK-2026", 100_00)
    await use_grant(lived, 300_00)
    closing = await close(lived)
    assert [
        (row.kind, row.where, row.amount_cents) for row in closing.record.rows if not row.blocks
    ] == [(RowKind.GRANT_NOT_RECEIVED, "SPUK-2026", 200_00)]
    assert await lasten(lived, "1300", "8110") == {"8110 SPUK-2026": "€ -100,00"}


async def test_help_that_runs_on_without_a_budget_blocks_until_there_is_one(lived: Town) -> None:
    budget = await lived.open_budget(await lived.register())
    (found,) = await lived.draw(
        draw(
            budget,
            await lived.person(budget),
            cents=900_00,
            days=(date(YEAR, 12, 1), date(NEXT, 3, 1)),
            payment=Payment.RESERVATION,
        )
    )
    closing = await close(lived)
    assert [(row.kind, row.where) for row in closing.record.rows if row.blocks] == [
        (RowKind.RUNS_ON, f"trekking {found.id}")
    ]


async def test_funds_that_owe_each_other_are_netted_first(lived: Town) -> None:
    item = await advance(lived)
    await lived.do(claiming(item, "SHV"))
    await lived.do(accepting(item, "SHV", 300_00))
    closing = await close(lived)
    assert kinds(closing, blocks=True) == {RowKind.NOT_NETTED}
    assert kinds(closing, blocks=False) == {RowKind.PAYER_OPEN}
    await lived.do(netting())
    assert kinds(await close(lived), blocks=True) == set()


async def test_a_whole_year_is_closed_opened_and_closed_again(lived: Town) -> None:
    town = lived
    await receive(town, "SPUK-2026", 1_000_00)
    await use_grant(town, 250_00)
    _, care = await reserved_care(town)
    await deliver(town, delivery(care.id, 900_00, (date(YEAR, 4, 1), date(YEAR, 5, 1))))
    item = await advance(town)
    await town.do(claiming(item))
    await town.do(accepting(item, cents=540_00))
    other = await advance(town, kind="ggz-behandeling-volwassene")
    await town.do(claiming(other, "SHV"))
    await town.do(accepting(other, "SHV", 300_00))
    await town.do(netting())
    budget = await town.open_budget(await town.register())
    late = await reserve_help(town, budget, cents=1_234_56)
    first = await close(town, replace(ACCRUED, carry_overs=(GRANT,)))
    assert kinds(first, blocks=True) == set()
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()
    (refused,) = await deliver(town, delivery(late, 1_00, SPRING))
    assert refused.outcome is DeliveryOutcome.REFUSED, "it was accrued, and waits for a declaration"
    with pytest.raises(PeriodClosed):
        await town.authorise({"WMO": 12})
    await open_days(town, reason="de accountant vond een fout")
    await town.do(
        lambda connection, instruction: pooling.book_council_budget(
            connection,
            instruction=instruction,
            year=YEAR,
            lines=council_lines({"WMO": 12}),
            decision="raadsbesluit 9",
            booking_date=date(YEAR, 12, 31),
        )
    )
    second = await close(town, replace(ACCRUED, carry_overs=(GRANT,)))
    assert (second.number, second.record.outcome) == (2, Outcome.CLOSED)
    assert {each.fund: each.lapsed_cents for each in second.record.funds if each.lapsed_cents} == {
        "WMO-2026": 12_00
    }
    for each in (*first.record.funds, *second.record.funds):
        settled = each.settled_before_cents + each.carried_cents + each.lapsed_cents
        assert each.authorised_cents == each.spent_cents + settled, each.fund
    (opened,) = await exceptions(town)
    assert [each.kind for each in opened.booked] == ["begroting", "jaarafsluiting"]
    assert opened.reason == "de accountant vond een fout"
    assert set((await conserved(town)).values()) == {0}
    await town.assert_sound()
