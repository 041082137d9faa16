"""From what was signed to what the council adopted: settling, realising, and settling anew."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from uuid import UUID

import pytest

from api import db
from domains.benefits.agreements import operations
from domains.benefits.agreements.model import (
    AgreementOrder,
    BudgetPlace,
    Cashable,
    CashableClass,
    KeptSettlement,
)
from domains.benefits.agreements.queries import agreements, cashable_on, settlements
from domains.benefits.agreements.refusals import (
    AgreementUnknown,
    CashableUnknown,
    NoAgreement,
    NothingSigned,
    NotSignedAnymore,
    SettlementChanged,
    SettlementNotAdopted,
    SettlementOpen,
    SettlementSuperseded,
    SettlementUnknown,
)
from domains.budget_changes.operations import draft_again
from domains.budget_changes.queries import budget_changes
from domains.sources import UnknownSource
from tests.domains.benefits.bookings import story
from tests.domains.benefits.bookings.support import (
    booked,
    estimated,
    name_holders,
    plan_of,
    sign_all,
    standing,
)
from tests.domains.support import Town

pytestmark = pytest.mark.postgres


async def record(town: Town, order: AgreementOrder, agreement: UUID | None = None) -> UUID:
    found, _ = await town.do(
        lambda connection, instruction: operations.record_agreement(
            connection, instruction=instruction, order=order, agreement=agreement
        )
    )
    return found


async def test_a_later_version_of_an_agreement_takes_the_place_of_an_earlier_one(
    new_town: Town,
) -> None:
    known = await record(new_town, story.ORDER)
    changed = replace(
        story.ORDER, terms=replace(story.ORDER.terms, share=Fraction(1, 3)), decision="afspraak 2"
    )
    assert await record(new_town, changed, known) == known
    with pytest.raises(AgreementUnknown):
        await record(new_town, changed, new_town.instruction().new_id())
    nowhere = BudgetPlace(source="XX", programme="P1", taakveld="6.3")
    with pytest.raises(UnknownSource):
        await record(new_town, replace(story.ORDER, contributor="armoede", revenues=nowhere))
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        (found,) = await agreements(connection, gemeente=new_town.gemeente)
    assert (found.id, found.number, found.order) == (known, 2, changed)
    await new_town.assert_sound()


async def test_what_is_cashable_is_kept_as_it_was_said(new_town: Town) -> None:
    await story.agree(new_town)
    async with db.transaction(new_town.engine, new_town.gemeente) as connection:
        found = await cashable_on(
            connection, gemeente=new_town.gemeente, domain="jeugd", day=date(2026, 1, 1)
        )
        assert (found.kind, found.part) == (CashableClass.DIRECT, Fraction(3, 5))
        with pytest.raises(CashableUnknown):
            await cashable_on(
                connection, gemeente=new_town.gemeente, domain="jeugd", day=date(2024, 1, 1)
            )


async def test_nobody_settles_without_an_agreement_or_before_anything_is_signed(
    town: Town,
) -> None:
    with pytest.raises(NoAgreement, match="buiten de gemeente"):
        await story.settle(town, replace(story.SETTLE, receiver="zvw"))
    await story.agree(town)
    with pytest.raises(NothingSigned):
        await story.settle(town)


async def test_an_outside_receiver_with_an_agreement_gives_baten_and_lasten_to_the_contributor(
    town: Town,
) -> None:
    own = BudgetPlace(source="SHV", programme="P1", taakveld="6.3")
    await record(town, replace(story.ORDER, receiver="zvw", expenses=own, revenues=own))
    await record_same_for(town, "zvw")
    plan = await plan_of(town, "zvw")
    await name_holders(town, "zvw", "schulden", "armoede", "jeugd")
    study = await booked(town, plan, estimated(replace(story.LATER, domain="zvw")))
    await sign_all(town, study, {"zvw": ("schulden", "armoede", "jeugd")})
    _, version = await story.settle(town, replace(story.SETTLE, receiver="zvw"))
    async with db.transaction(town.engine, town.gemeente) as connection:
        (draft,) = await budget_changes(connection, gemeente=town.gemeente)
    assert draft.version_id == version
    assert [(line.source, line.change_cents) for line in draft.lines] == [
        ("SHV", 1_068_60),
        ("SHV", 1_068_60),
    ]


async def record_same_for(town: Town, domain: str) -> None:
    """Let another domain be as cashable as youth help."""
    await town.do(
        lambda connection, instruction: operations.record_cashable(
            connection,
            instruction=instruction,
            cashables=[
                Cashable(
                    domain=domain,
                    kind=CashableClass.DIRECT,
                    part=Fraction("0.60"),
                    step_cents=0,
                    from_date=date(2025, 1, 1),
                    decision="collegebesluit",
                )
            ],
        )
    )


async def test_a_saving_that_may_be_chance_gives_no_draft_and_says_why(town: Town) -> None:
    await name_holders(town, "jeugd", "schulden", "armoede")
    plan = await plan_of(town, "jeugd")
    study = await booked(town, plan, estimated(replace(story.LATER, error=4_000_00)))
    await sign_all(town, study, {"jeugd": ("schulden", "armoede")})
    await story.agree(town)
    (settlement,) = await story.settle(town)
    (found,) = await kept(town, settlement)
    assert (found.amount_cents, found.change_id, found.parts) == (0, None, ())
    assert await town.ask("SELECT outcome FROM domains.benefit_settlement") == [("onder-minimum",)]
    with pytest.raises(SettlementSuperseded):
        await story.realise(town, settlement)
    assert len(await story.settle(town)) == 1
    await town.assert_sound()


async def kept(town: Town, *ids: UUID) -> tuple[KeptSettlement, ...]:
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await settlements(connection, gemeente=town.gemeente, ids=ids)


async def test_nothing_is_realised_before_the_council_adopted_exactly_that(town: Town) -> None:
    await story.signed(town)
    settlement, version = await story.settle(town)
    before = await standing(town)
    with pytest.raises(SettlementUnknown):
        await story.realise(town, version)
    with pytest.raises(SettlementNotAdopted):
        await story.realise(town, settlement)
    again, later = await story.settle(town)
    with pytest.raises(SettlementSuperseded):
        await story.realise(town, settlement)
    async with db.transaction(town.engine, town.gemeente) as connection:
        versions = await budget_changes(connection, gemeente=town.gemeente)
    (draft,) = [each for each in versions if each.version_id == later]
    lines = [replace(line, change_cents=1_000_00) for line in draft.lines]
    (changed,) = await town.do(
        lambda connection, instruction: draft_again(
            connection,
            instruction=instruction,
            change=draft.id,
            number=1,
            description="minder",
            lines=lines,
        )
    )
    await story.adopt_draft(town, changed)
    with pytest.raises(SettlementChanged):
        await story.realise(town, again)
    assert await standing(town) == before


async def test_an_adopted_settlement_is_realised_once_and_before_any_other(town: Town) -> None:
    await story.signed(town)
    settlement, version = await story.settle(town)
    await story.adopt_draft(town, version)
    with pytest.raises(SettlementOpen):
        await story.settle(town)
    await story.realise(town, settlement)
    with pytest.raises(SettlementSuperseded):
        await story.realise(town, settlement)
    (nothing,) = await story.settle(town)
    (found,) = await kept(town, nothing)
    assert found.amount_cents == 0, "what was settled before counts in"


async def test_what_was_realised_stays_when_late_invoices_come_and_is_corrected_by_the_next(
    town: Town,
) -> None:
    await story.told(town)
    plan = await story.youth_plan(town)
    lower = replace(story.LATER, worth=(0, 3_800_00, 2_000_00, 5_000_00))
    study = await booked(town, plan, estimated(lower), data="nog latere facturen")
    found = await standing(town)
    # Shapley gives schulden 3 400, of which 1 068.60 was realised; all of it sums to 5 000.
    assert found["verzilverd betaler schulden"] == -1_068_60
    assert found["gemeten betaler schulden"] == -(3_400_00 - 1_068_60)
    assert found["gemeten ontvanger jeugd"] + found["verzilverd ontvanger jeugd"] == 5_000_00
    await town.assert_sound()
    await sign_all(town, study, {"jeugd": ("schulden", "armoede")})
    settlement, version = await story.settle(town)
    (next_one,) = await kept(town, settlement)
    assert next_one.amount_cents == 1_020_00 - 1_068_60
    await story.adopt_draft(town, version)
    await story.realise(town, settlement)
    found = await standing(town)
    assert found["verzilverd betaler schulden"] == -1_020_00
    assert found["bekrachtigd betaler schulden"] == -(270_00 - 60_00 + 3_400_00 - 1_020_00)
    await booked(town, plan, estimated(story.LATER), data="en nog een keer")
    found = await standing(town)
    assert found["verzilverd betaler schulden"] == -1_020_00
    assert found["gemeten betaler schulden"] == -(3_562_00 - 1_020_00)
    await town.assert_sound()


async def test_what_was_restated_since_is_realised_only_after_it_is_signed_anew(
    town: Town,
) -> None:
    await story.signed(town)
    settlement, version = await story.settle(town)
    await story.adopt_draft(town, version)
    plan = await story.youth_plan(town)
    study = await booked(town, plan, estimated(story.YOUTH), data="nog latere facturen")
    with pytest.raises(NotSignedAnymore):
        await story.realise(town, settlement)
    await sign_all(town, study, {"jeugd": ("schulden", "armoede")})
    await story.realise(town, settlement)
    assert (await standing(town))["verzilverd betaler schulden"] == -1_068_60
    await town.assert_sound()
