"""Studies are kept once, lines follow the newest, and only the right people sign."""

import asyncio
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from domains import chart
from domains.analysis_plans.operations import withdraw_plan
from domains.analysis_plans.rules import PlanWithdrawn
from domains.benefits.blocks import Reason
from domains.benefits.bookings import operations
from domains.benefits.bookings.model import Side, Signing
from domains.benefits.bookings.refusals import (
    GradeTooLow,
    InvalidForecast,
    MeasuredAlready,
    NotAParty,
    NotBudgetHolder,
    NotController,
    NothingToSign,
    OverlappingStudies,
    PlanStands,
    SamePersonSigns,
    SignedAlready,
    StudyOfOlderBooks,
    StudySuperseded,
    StudyUnknown,
)
from domains.benefits.bookings.rules import check_forecast
from domains.benefits.diagnostics import Grade
from domains.benefits.forecast import Deduction
from domains.benefits.policy_domains import UnknownDomain
from domains.instruction import Instruction, record
from domains.plain_entries import AccountNotFree, check_plain
from ledger.accounts import Account
from ledger.entries import Entry, Posting
from tests.domains.benefits.bookings.story import EXPECTED, GGZ, LATER, WMO, YOUTH
from tests.domains.benefits.bookings.support import (
    book,
    booked,
    entries,
    estimated,
    estimates_of,
    forecast,
    keep,
    name_holders,
    plan_of,
    refused,
    sign,
    sign_all,
    standing,
    study_of,
)
from tests.domains.support import DAY, Town

pytestmark = pytest.mark.postgres

EVERYBODY: Final = ("jeugd", "ggz", "wmo", "schulden", "armoede")
NEXT: Final = date(2025, 4, 1)


async def test_the_same_data_again_changes_nothing_and_gives_the_study_that_stands(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    first = await keep(new_town, plan, study_of(estimated(YOUTH)))
    await book(new_town, first)
    before = await entries(new_town)
    assert await keep(new_town, plan, study_of(estimated(YOUTH))) == first
    await book(new_town, first)
    assert await entries(new_town) == before
    assert await new_town.ask("SELECT count(*) FROM domains.benefit_study") == [(1,)]
    await new_town.assert_sound()


async def test_data_that_comes_back_to_what_it_was_is_a_study_again(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    first = await booked(new_town, plan, estimated(YOUTH), data="een")
    second = await booked(new_town, plan, estimated(LATER), data="twee")
    third = await booked(new_town, plan, estimated(YOUTH), data="een")
    assert len({first, second, third}) == 3
    assert (await standing(new_town))["gemeten ontvanger jeugd"] == YOUTH.worth[-1]
    assert await new_town.ask(
        "SELECT number, supersedes FROM domains.benefit_study ORDER BY number"
    ) == [(1, None), (2, first), (3, second)]


async def test_what_has_no_number_is_kept_with_its_words_and_the_rest_stands(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd", "ggz")
    await booked(new_town, plan, estimated(YOUTH), refused("ggz"))
    assert await new_town.ask(
        "SELECT domain, refusal, refusal_text, saving_cents FROM domains.benefit_estimate"
        " WHERE refusal <> ''"
    ) == [("ggz", "te-weinig-gezinnen-met-hulp", "Er zijn er te weinig.", None)]
    assert (await standing(new_town))["gemeten ontvanger jeugd"] == YOUTH.worth[-1]
    await new_town.assert_sound()


async def test_a_saving_that_nobody_can_be_credited_for_is_kept_and_not_booked(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    reason = Reason(code="hulp-zonder-betaler", words="Niemand betaalde.")
    await booked(
        new_town,
        plan,
        estimated(YOUTH, replace(YOUTH, period=NEXT, reason=reason, paid={})),
    )
    assert (await standing(new_town))["gemeten ontvanger jeugd"] == YOUTH.worth[-1]
    assert await new_town.ask(
        "SELECT saving_cents FROM domains.benefit_block WHERE refusal <> ''"
    ) == [(YOUTH.worth[-1],)]
    await new_town.assert_sound()


async def test_a_number_that_is_none_is_left_out_of_what_was_looked_at(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    found = estimated(YOUTH)
    assert found.measured is not None
    odd = replace(
        found.measured.diagnostics, trimmed_ratio=float("nan"), without_cohort=(float("inf"), 0.5)
    )
    measured = replace(found.measured, diagnostics=odd)
    await booked(new_town, plan, replace(found, measured=measured))
    assert await new_town.ask(
        "SELECT diagnostics -> 'zonderDuurste', diagnostics -> 'zonderCohort'"
        " FROM domains.benefit_estimate"
    ) == [(None, [None, 0.5])]


async def test_several_doubts_make_it_an_expectation_and_less_doubt_a_measurement(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    await booked(new_town, plan, estimated(replace(YOUTH, grade=Grade.D)), data="een")
    assert {each.partition(" ")[0] for each in await standing(new_town)} == {"verwacht"}
    await booked(new_town, plan, estimated(replace(LATER, grade=Grade.C)), data="twee")
    assert {each.partition(" ")[0] for each in await standing(new_town)} == {"gemeten"}
    await new_town.assert_sound()


async def test_late_invoices_after_signing_bring_it_back_to_measured_to_be_signed_again(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    await name_holders(new_town, *EVERYBODY)
    first = await booked(new_town, plan, estimated(YOUTH), data="een")
    await sign_all(new_town, first, {"jeugd": ("schulden", "armoede")})
    assert (await standing(new_town))["bekrachtigd ontvanger jeugd"] == YOUTH.worth[-1]
    second = await booked(new_town, plan, estimated(LATER), data="twee")
    assert await standing(new_town) == {
        "gemeten betaler armoede": -411_00,
        "gemeten betaler jeugd": -1_233_00,
        "gemeten betaler schulden": -3_562_00,
        "gemeten ontvanger jeugd": 5_206_00,
    }
    await sign_all(new_town, second, {"jeugd": ("schulden", "armoede")})
    assert (await standing(new_town))["bekrachtigd ontvanger jeugd"] == LATER.worth[-1]
    await new_town.assert_sound()


async def test_a_reversal_mirrors_the_stored_lines_even_where_the_estimate_would_say_otherwise(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    await booked(new_town, plan, estimated(YOUTH), data="een")
    (before,) = await entries(new_town)
    await booked(new_town, plan, refused("jeugd"), data="twee")
    reversal = (await entries(new_town))[-1]
    assert reversal.reverses == before.id
    assert [(line.account, line.amount_cents) for line in reversal.lines] == [
        (line.account, -line.amount_cents) for line in before.lines
    ]
    assert await standing(new_town) == {}


async def test_only_the_newest_study_on_the_newest_books_of_a_plan_that_stands_is_booked(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    first = await keep(new_town, plan, study_of(estimated(YOUTH), data="een", chain_number=5))
    with pytest.raises(StudyOfOlderBooks):
        await keep(new_town, plan, study_of(estimated(LATER), data="twee", chain_number=4))
    second = await keep(new_town, plan, study_of(estimated(LATER), data="twee", chain_number=6))
    with pytest.raises(StudySuperseded):
        await book(new_town, first)
    with pytest.raises(StudyUnknown):
        await book(new_town, plan.id)
    await book(new_town, second)
    with pytest.raises(PlanStands):
        await take_back(new_town, plan.id)
    await new_town.do(
        lambda connection, instruction: withdraw_plan(
            connection, instruction=instruction, plan_id=plan.id, reason="verkeerde groep"
        )
    )
    third = await keep(new_town, plan, study_of(estimated(YOUTH), data="drie", chain_number=7))
    with pytest.raises(PlanWithdrawn):
        await book(new_town, third)
    await take_back(new_town, plan.id)
    assert await standing(new_town) == {}
    await new_town.assert_sound()


async def take_back(town: Town, plan_id: UUID) -> None:
    await town.do(
        lambda connection, instruction: operations.take_back_plan(
            connection, instruction=instruction, plan_id=plan_id
        )
    )


async def test_two_plans_never_claim_the_same_families_in_a_domain_and_quarter(
    new_town: Town,
) -> None:
    first = await plan_of(new_town, "jeugd")
    await booked(new_town, first, estimated(YOUTH))
    # Plans that overlap are refused when they are registered, unless their starts lie apart; a
    # family that both count all the same is counted by one.
    other = await plan_of(new_town, "ggz")
    study = await keep(new_town, other, study_of(estimated(replace(YOUTH, exposure=("A", "C")))))
    with pytest.raises(OverlappingStudies, match="één besparing telt één keer"):
        await book(new_town, study)


async def test_a_forecast_takes_the_place_of_one_before_it_and_gives_way_to_a_measurement(
    new_town: Town,
) -> None:
    year = replace(EXPECTED, quarters=6)
    await forecast(new_town, year)
    lines = await new_town.ask("SELECT count(*) FROM domains.benefit_line WHERE ended_by IS NULL")
    assert lines == [(6,)]
    assert (await standing(new_town))["verwacht ontvanger jeugd"] == 5_140_80 + 3_598_56
    await forecast(new_town, replace(year, quantity=Fraction(2)))
    assert (await standing(new_town))["verwacht ontvanger jeugd"] == 2 * (5_140_80 + 3_598_56)
    plan = await plan_of(new_town, "jeugd")
    await booked(new_town, plan, estimated(YOUTH))
    # One quarter was measured: only what was expected of that quarter is released.
    left = await standing(new_town)
    assert left["verwacht ontvanger jeugd"] == 2 * (5_140_80 - 1_285_20 + 3_598_56)
    assert left["gemeten ontvanger jeugd"] == YOUTH.worth[-1]
    with pytest.raises(MeasuredAlready):
        await forecast(new_town, EXPECTED)
    await new_town.assert_sound()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"intervention": ""}, "interventie"),
        ({"receiver": ""}, "ontvanger"),
        ({"cohort": "2024-3"}, "instroom"),
        ({"from_quarter": date(2025, 2, 1)}, "vanafKwartaal"),
        ({"quarters": 13}, "kwartalen"),
        ({"quantity": Fraction(0)}, "aantal"),
        ({"deductions": (Deduction(reason="meer", part=Fraction(2)),)}, "aftrek"),
        ({"drop_off": Fraction(-1)}, "terugloop"),
        ({"paid": {}}, "betalers"),
        ({"paid": {"schulden": 5, "jeugd": -1}}, "betalers"),
        ({"grade": Grade.C}, "graad"),
        ({"source": " "}, "bron"),
        ({"effect": Fraction(0)}, "bedrag"),
        ({"price_cents": 10**15, "quantity": Fraction(10**9)}, "bedrag"),
        ({"price_cents": -(10**15), "quantity": Fraction(10**9)}, "bedrag"),
    ],
)
def test_a_forecast_that_is_none_is_refused(wrong: dict[str, object], field: str) -> None:
    check_forecast(EXPECTED)
    with pytest.raises(InvalidForecast) as refusal:
        check_forecast(replace(EXPECTED, **wrong))  # type: ignore[arg-type]  # A table.
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "wrong", [{"receiver": "totaal"}, {"receiver": "jeugd+zzz"}, {"paid": {"nergens": 5}}]
)
def test_a_forecast_is_between_domains_that_there_are(wrong: dict[str, object]) -> None:
    with pytest.raises(UnknownDomain):
        check_forecast(replace(EXPECTED, **wrong))  # type: ignore[arg-type]  # A table.


WRONG_PEOPLE: Final = (
    ("houder-jeugd", "budgethouder", Side.RECEIVER, "ggz", NotAParty),
    ("houder-wmo", "budgethouder", Side.CONTRIBUTOR, "wmo", NotAParty),
    ("controller", "controller", Side.CONTROLLER, "jeugd", NotAParty),
    ("controller", "budgethouder", Side.CONTROLLER, "", NotController),
    ("houder-ggz", "budgethouder", Side.RECEIVER, "jeugd", NotBudgetHolder),
    ("houder-armoede", "budgethouder", Side.CONTRIBUTOR, "armoede", SignedAlready),
    ("houder-armoede", "controller", Side.CONTROLLER, "", SamePersonSigns),
)


async def test_only_the_right_people_sign_and_nobody_for_two_sides(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    await name_holders(new_town, *EVERYBODY)
    study = await booked(new_town, plan, estimated(YOUTH))
    estimate = (await estimates_of(new_town, study))["jeugd"]
    poverty = Signing(estimate_id=estimate, side=Side.CONTRIBUTOR, domain="armoede")
    await sign(new_town, "houder-armoede", poverty)
    for subject, role, side, domain, refusal in WRONG_PEOPLE:
        asked = Signing(estimate_id=estimate, side=side, domain=domain)
        with pytest.raises(refusal):
            await sign(new_town, subject, asked, role=role)
    assert {each.partition(" ")[0] for each in await standing(new_town)} == {"gemeten"}


async def test_what_is_doubtful_or_no_longer_stands_is_not_signed(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    await name_holders(new_town, *EVERYBODY)
    first = await booked(new_town, plan, estimated(replace(YOUTH, grade=Grade.C)), data="een")
    estimate = (await estimates_of(new_town, first))["jeugd"]
    signing = Signing(estimate_id=estimate, side=Side.RECEIVER, domain="jeugd")
    with pytest.raises(GradeTooLow):
        await sign(new_town, "houder-jeugd", signing)
    await booked(new_town, plan, estimated(LATER), data="twee")
    with pytest.raises(NothingToSign):
        await sign(new_town, "houder-jeugd", signing)


async def test_a_domain_that_helped_itself_signs_once_beside_the_controller(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    await name_holders(new_town, "jeugd")
    own = replace(YOUTH, exposure=("B",), worth=(0, 100_00), paid={"B": {"jeugd": 5_00}})
    study = await booked(new_town, plan, estimated(own))
    await sign_all(new_town, study, {"jeugd": ("jeugd",)})
    assert await standing(new_town) == {
        "bekrachtigd betaler jeugd": -100_00,
        "bekrachtigd ontvanger jeugd": 100_00,
    }


async def test_the_database_keeps_out_a_benefit_without_an_estimate(new_town: Town) -> None:
    stray = chart.benefit(
        new_town.gemeente, new_town.instruction().new_id(), state="gemeten", domain="jeugd"
    )
    with pytest.raises(DBAPIError, match="benefit_has_estimate"):
        await post(new_town, stray)
    plan = await plan_of(new_town, "jeugd")
    study = await booked(new_town, plan, estimated(YOUTH))
    estimate = (await estimates_of(new_town, study))["jeugd"]
    known = chart.benefit(new_town.gemeente, estimate, state="gemeten", domain="jeugd")
    with pytest.raises(DBAPIError, match="benefit_has_estimate"):
        await post(new_town, replace(known, colour=f"{estimate}/bekrachtigd"))
    with pytest.raises(AccountNotFree):
        async with db.transaction(new_town.engine, new_town.gemeente) as connection:
            await check_plain(connection, gemeente=new_town.gemeente, accounts=[known.id])
    (entry,) = await entries(new_town)
    with pytest.raises(AccountNotFree):
        await new_town.reverse(entry.id)


async def post(town: Town, account: Account) -> None:
    """Try to book on an account of the book of domain benefits without any decision."""
    other = replace(account, code=chart.CONTRIBUTED)

    async def book_it(connection: AsyncConnection, instruction: Instruction) -> tuple[UUID, ...]:
        entry = Entry(
            id=instruction.new_id(),
            booking_date=DAY,
            kind="memoriaal",
            description="zomaar",
            postings=(
                Posting(account=account.id, amount_cents=1),
                Posting(account=other.id, amount_cents=-1),
            ),
        )
        await record(
            connection,
            instruction=instruction,
            results=[entry.id],
            entries=[entry],
            accounts=[account, other],
        )
        return (entry.id,)

    await town.do(book_it)


async def test_a_line_stands_once_whoever_comes_first(new_town: Town) -> None:
    plan = await plan_of(new_town, "jeugd")
    study = await keep(new_town, plan, study_of(estimated(YOUTH)))
    await asyncio.gather(*(book(new_town, study) for _ in range(6)))
    assert len(await entries(new_town)) == 1
    columns = "gemeente, gen_random_uuid(), block_id, state, cohort, exposure, receiver, period"
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        with pytest.raises(DBAPIError, match="uq_benefit_line_live"):
            await connection.exec_driver_sql(
                f"INSERT INTO domains.benefit_line SELECT {columns}, gen_random_uuid()"
                " FROM domains.benefit_line"
            )
    for change in ("ended_by = NULL", "ended_by = gen_random_uuid()"):
        async with db.transaction(new_town.engine, new_town.gemeente) as connection:
            statement = f"UPDATE domains.benefit_line SET {change}"
            if change.endswith("()"):
                await connection.exec_driver_sql(statement)
            with pytest.raises(DBAPIError, match="benefit_line_end"):
                await connection.exec_driver_sql(statement)
            await connection.rollback()


async def test_costs_that_rose_are_booked_too(new_town: Town) -> None:
    plan = await plan_of(new_town, "ggz", "wmo")
    await booked(new_town, plan, estimated(GGZ), estimated(WMO))
    found = await standing(new_town)
    assert found["gemeten ontvanger wmo"] == -60_00
    assert found["gemeten betaler schulden"] == -270_00 + 60_00


async def test_nobody_holds_a_budget_before_the_day_on_which_that_was_decided(
    new_town: Town,
) -> None:
    plan = await plan_of(new_town, "jeugd")
    study = await booked(new_town, plan, estimated(YOUTH))
    estimate = (await estimates_of(new_town, study))["jeugd"]
    with pytest.raises(NotBudgetHolder, match="niemand is aangewezen"):
        await sign(
            new_town,
            "houder-jeugd",
            Signing(estimate_id=estimate, side=Side.RECEIVER, domain="jeugd"),
        )
