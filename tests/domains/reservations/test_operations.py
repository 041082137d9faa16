"""Deliveries, releases, raises and stops in the books."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domains.draws.model import Judgement, Outcome, Payment, RejectionReason, Verdict
from domains.draws.refusals import SameHelpTwice, UnknownDraw
from domains.eligibility.model import RuleOutcome
from domains.reservations import rules
from domains.reservations.model import DeliveryOutcome
from domains.rule_base.model import Narrowing
from domains.settings.model import SettingName, Settings
from domains.settings.rules import value_of
from ledger.accounts import Book
from ledger.books import KeyReused
from tests.domains.reservations.support import (
    APRIL_TO_JUNE,
    assert_nothing_lost,
    deliver,
    delivery,
    raise_,
    release,
    reserved_care,
    resume,
    stop,
    totals,
)
from tests.domains.rule_base.test_operations import narrow
from tests.domains.support import Town, draw, written

pytestmark = pytest.mark.postgres

APRIL = (date(2026, 4, 1), date(2026, 5, 1))
MAY = (date(2026, 5, 1), date(2026, 6, 1))
JUNE = (date(2026, 6, 1), date(2026, 7, 1))


async def test_each_month_is_paid_by_the_fund_of_its_days(town: Town) -> None:
    _, care = await reserved_care(town)
    assert await town.rooms("0140") == {"JW-2026": "€ 1.320,00", "WMO-2026": "€ 1.410,00"}
    found = await deliver(
        town,
        delivery(care.id, 90_000, APRIL, document="F1"),
        delivery(care.id, 93_000, MAY),
        delivery(care.id, 90_000, JUNE),
    )
    assert [each.outcome for each in found] == [DeliveryOutcome.DELIVERED] * 3
    assert [len(each.entries) for each in found] == [2, 4, 2]
    budget, cost = [await town.entry(entry) for entry in found[0].entries]
    assert (budget.kind, budget.document, budget.decision) == ("levering", "F1", care.id)
    assert (budget.performance_from, budget.performance_until) == APRIL
    assert sorted(map(written, budget.lines)) == [
        "0140 JW-2026 3.4.1 6.751 E04 credit € 900,00",
        "0150 JW-2026 3.4.1 6.751 E04 debet € 900,00",
    ]
    assert sorted(map(written, cost.lines)) == [
        "1200 JW-2026 E04 credit € 900,00",
        "4210 JW-2026 3.4.1 6.751 E04 debet € 900,00",
    ]
    assert await town.rooms("0140") == {"JW-2026": "€ 0,00", "WMO-2026": "€ 0,00"}
    assert await town.rooms("0150") == {"JW-2026": "€ 1.320,00", "WMO-2026": "€ 1.410,00"}
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_days_that_lack_get_what_other_days_have_covered_anew(town: Town) -> None:
    budget, care = await reserved_care(town)
    rooms = dict((await town.budget(budget)).rooms)
    (found,) = await deliver(town, delivery(care.id, 150_000, JUNE))
    assert found.outcome is DeliveryOutcome.DELIVERED
    assert "€ 90,00 voor deze dagen opnieuw gedekt" in found.sentence
    assert await town.rooms("0150") == {"WMO-2026": "€ 1.500,00"}
    assert await town.rooms("0140") == {"JW-2026": "€ 1.230,00", "WMO-2026": "€ 0,00"}
    left = dict((await town.budget(budget)).rooms)
    assert left["JW-2026"] - rooms["JW-2026"] == 9_000
    assert rooms["WMO-2026"] - left["WMO-2026"] == 9_000
    (standing,) = await town.draws(care.id)
    assert standing.latest.answer.occasion == "herdekking"
    assert standing.outcome is Outcome.GRANTED
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_more_than_is_left_is_refused_with_the_remedy_and_hurts_no_other(town: Town) -> None:
    _, care = await reserved_care(town)
    too_much, fits = await deliver(
        town, delivery(care.id, 273_001, JUNE), delivery(care.id, 273_000, APRIL)
    )
    assert (too_much.outcome, too_much.refusal) == (DeliveryOutcome.REFUSED, "meer-dan-verplicht")
    assert "verhoging" in too_much.sentence
    assert too_much.entries == ()
    assert fits.outcome is DeliveryOutcome.DELIVERED
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_delivery_that_is_asked_twice_is_booked_once(town: Town) -> None:
    _, care = await reserved_care(town)
    once = await deliver(town, delivery(care.id, 100, APRIL), key="levering")
    again = await deliver(town, delivery(care.id, 100, APRIL), key="levering")
    assert once == again
    with pytest.raises(KeyReused):
        await deliver(town, delivery(care.id, 101, APRIL), key="levering")
    assert (await totals(town, care.id))["delivered"] == 100


async def test_people_who_deliver_at_one_moment_never_deliver_too_much(town: Town) -> None:
    _, care = await reserved_care(town)
    told = delivery(care.id, 60_000, MAY, is_another=True)
    lists = [deliver(town, told) for _ in range(8)]
    found = [outcome for (outcome,) in await asyncio.gather(*lists)]
    outcomes = sorted(each.outcome for each in found)
    assert outcomes == [DeliveryOutcome.DELIVERED] * 4 + [DeliveryOutcome.REFUSED] * 4
    assert (await totals(town, care.id))["reserved"] == 33_000
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_reversed_delivery_is_reserved_again(town: Town) -> None:
    _, care = await reserved_care(town)
    (found,) = await deliver(town, delivery(care.id, 90_000, APRIL))
    await town.reverse(found.entries[0])
    assert (await totals(town, care.id))["reserved"] == 273_000
    assert await town.rooms("0150") == {"JW-2026": "€ 0,00"}
    (again,) = await deliver(town, delivery(care.id, 273_000, APRIL))
    assert again.outcome is DeliveryOutcome.DELIVERED
    await town.assert_sound()


async def test_a_reversed_cover_leaves_what_was_covered_for_another_delivery(town: Town) -> None:
    _, care = await reserved_care(town)
    _, last = await deliver(town, *(delivery(care.id, cents, JUNE) for cents in (150_000, 50_000)))
    (standing,) = await town.draws(care.id)
    _, first, second = standing.decisions
    await town.reverse(last.entries[0])
    undone = {(await town.entry(each)).reverses for each in await town.reverse(second.entries[0])}
    assert undone == set(second.entries)
    assert {(await town.entry(each)).reversed_by for each in first.entries} == {None}
    assert (await totals(town, care.id))["delivered"] == 150_000
    await town.assert_sound()


async def test_a_reversed_delivery_leaves_the_others_of_its_list(town: Town) -> None:
    _, care = await reserved_care(town)
    first, second = await deliver(
        town, delivery(care.id, 90_000, APRIL), delivery(care.id, 150_000, JUNE)
    )
    await town.reverse(second.entries[0])
    assert await town.rooms("0150") == {"JW-2026": "€ 900,00", "WMO-2026": "€ 0,00"}
    assert (await totals(town, care.id))["reserved"] == 183_000
    (again,) = await deliver(town, delivery(care.id, 150_000, JUNE))
    assert (first.outcome, again.outcome) == (DeliveryOutcome.DELIVERED,) * 2
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_release_goes_back_to_where_the_money_lay(town: Town) -> None:
    budget, care = await reserved_care(town)
    before = dict((await town.budget(budget)).rooms)
    found = await release(town, care.id, 150_000)
    assert found.decision.sentence == "Vrijgevallen: € 1.500,00. minder nodig"
    assert (found.outcome, found.decision.until_date) == (Outcome.GRANTED, APRIL_TO_JUNE[1])
    after = dict((await town.budget(budget)).rooms)
    assert after["WMO-2026"] - before["WMO-2026"] == 141_000
    assert after["JW-2026"] - before["JW-2026"] == 9_000
    with pytest.raises(rules.ReleaseTooLarge):
        await release(town, care.id, 123_001)
    await release(town, care.id)
    with pytest.raises(rules.ReleaseTooLarge):
        await release(town, care.id)
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_an_advance_that_is_released_waits_for_no_payer(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    (care,) = await town.draw(
        draw(
            budget,
            await town.person(budget),
            cents=90_000,
            kind="ggz-behandeling-volwassene",
            facts=(("verwijzing", True),),
            days=JUNE,
            payment=Payment.RESERVATION,
        )
    )
    assert care.outcome is Outcome.GRANTED_WITH_PAYER_ITEM
    await release(town, care.id, 30_000)
    await stop(town, care.id, date(2026, 6, 16))
    lapsed = await town.ask(
        "SELECT sum(amount_cents) FROM domains.payer_move WHERE to_state = 'vervallen'"
    )
    assert lapsed[0][0] == 60_000
    assert (await totals(town, care.id))["reserved"] == 30_000
    await town.assert_sound()


async def test_stopped_help_ends_and_gives_back_what_is_not_needed(town: Town) -> None:
    budget, care = await reserved_care(town)
    await deliver(town, delivery(care.id, 90_000, APRIL))
    with pytest.raises(rules.StopBeforeDelivered):
        await stop(town, care.id, date(2026, 4, 30))
    found = await stop(town, care.id, date(2026, 5, 8))
    assert (found.outcome, found.decision.until_date) == (Outcome.STOPPED, date(2026, 5, 8))
    assert (await totals(town, care.id))["released"] == 141_000 + 21_000
    late, fits = await deliver(
        town,
        delivery(care.id, 100, MAY),
        delivery(care.id, 21_000, (date(2026, 5, 1), date(2026, 5, 8))),
    )
    assert (late.refusal, fits.refusal) == ("levering-buiten-periode", "")
    with pytest.raises(rules.StopOutsideDays):
        await stop(town, care.id, date(2026, 5, 8))
    youngster = care.request.persons[0]
    (again,) = await town.draw(
        draw(
            budget,
            youngster,
            cents=100,
            kind="begeleiding-bij-beperking",
            facts=care.request.facts,
            days=JUNE,
        )
    )
    assert again.outcome is Outcome.GRANTED, "the help ended, so it may be asked again"
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_raise_is_decided_by_the_steps_of_a_draw(town: Town) -> None:
    _, care = await reserved_care(town)
    days = (date(2026, 6, 1), date(2026, 7, 11))
    found = await raise_(town, care.id, 120_000, days)
    assert found.outcome is Outcome.GRANTED
    assert found.decision.granted_cents == 393_000
    assert found.until_date == found.decision.until_date == days[1]
    assert {part.fund for part in found.decision.parts} == {"WMO-2026"}
    (later,) = await deliver(town, delivery(care.id, 30_000, (date(2026, 7, 1), days[1])))
    assert later.outcome is DeliveryOutcome.DELIVERED
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_help_goes_on_although_it_was_asked_again_in_vain_for_some_of_its_days(
    town: Town,
) -> None:
    _, care = await reserved_care(town)
    asked = replace(care.request, from_date=MAY[0], until_date=MAY[1])
    (refused,) = await town.draw(asked)
    assert refused.refusal == "hulp-dubbel"
    assert "vraag een verhoging" in refused.decision.sentence
    assert (await release(town, care.id, 1)).outcome is Outcome.GRANTED
    raised = await raise_(town, care.id, 10_000, JUNE)
    assert raised.decision.granted_cents == 283_000
    stopped = await stop(town, care.id, JUNE[0])
    assert (stopped.outcome, stopped.until_date) == (Outcome.STOPPED, JUNE[0])
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_raised_help_does_not_stand_again_beside_help_on_the_days_it_was_raised_for(
    town: Town,
) -> None:
    _, care = await reserved_care(town)
    july = (date(2026, 7, 1), date(2026, 7, 11))
    raised = await raise_(town, care.id, 30_000, july)
    (first, *_) = await town.reverse(care.entries[0])
    await town.reverse(raised.latest.entries[0])
    asked = replace(care.request, from_date=july[0], until_date=july[1], amount_cents=30_000)
    (again,) = await town.draw(asked)
    assert again.outcome is Outcome.GRANTED
    with pytest.raises(SameHelpTwice):
        await town.reverse(first)


async def test_a_raise_is_held_against_the_mandate_with_what_it_raises(town: Town) -> None:
    await narrow_mandates(town)
    _, care = await reserved_care(town, 90_000)
    waits = await raise_(town, care.id, 20_000, role="wijkteam")
    assert waits.outcome is Outcome.AWAITS_APPROVAL
    assert waits.decision.granted_cents == 90_000
    (delivered,) = await deliver(town, delivery(care.id, 90_000, APRIL))
    assert delivered.outcome is DeliveryOutcome.DELIVERED, "the help goes on meanwhile"
    with pytest.raises(rules.RaiseAwaits):
        await raise_(town, care.id, 100)
    (granted,) = await town.judge(approval(care.id))
    assert granted.outcome is Outcome.GRANTED
    assert granted.decision.granted_cents == 110_000
    assert (await totals(town, care.id))["reserved"] == 20_000
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_raise_still_waits_when_a_delivery_is_covered_anew_by_an_advance(
    town: Town,
) -> None:
    await narrow_mandates(town)
    budget = await town.open_budget(await town.register())
    (care,) = await town.draw(
        draw(
            budget,
            await town.person(budget),
            cents=90_000,
            kind="ggz-behandeling-volwassene",
            facts=(("verwijzing", True),),
            days=(date(2026, 12, 1), date(2027, 2, 1)),
            payment=Payment.RESERVATION,
        )
    )
    waits = await raise_(
        town, care.id, 20_000, (date(2026, 12, 1), date(2027, 2, 1)), role="wijkteam"
    )
    assert waits.outcome is Outcome.AWAITS_APPROVAL
    december = (date(2026, 12, 1), date(2027, 1, 1))
    (found,) = await deliver(town, delivery(care.id, 80_000, december))
    assert "opnieuw gedekt" in found.sentence
    (still,) = await town.draws(care.id)
    assert still.outcome is Outcome.AWAITS_APPROVAL
    (granted,) = await town.judge(approval(care.id))
    assert granted.decision.granted_cents == 110_000
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_rejected_raise_leaves_the_help_as_it_was(town: Town) -> None:
    await narrow_mandates(town)
    _, care = await reserved_care(town, 90_000)
    await raise_(town, care.id, 20_000, (APRIL[0], date(2026, 8, 1)), role="wijkteam")
    (found,) = await town.judge(
        replace(
            approval(care.id),
            verdict=Verdict.REJECTED,
            reason=RejectionReason.NEED,
            explanation="Niet meer nodig",
        )
    )
    assert (found.outcome, found.decision.granted_cents) == (Outcome.GRANTED, 90_000)
    assert found.decision.until_date == APRIL_TO_JUNE[1]
    assert (await totals(town, care.id))["reserved"] == 90_000
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_raise_that_may_not_be_is_kept_and_changes_nothing(town: Town) -> None:
    _, care = await reserved_care(town, 90_000)
    found = await raise_(town, care.id, 100, (APRIL[0], date(2037, 1, 1)))
    assert (found.refusal, found.latest.answer.refusal) == ("", "periode-te-lang")
    assert found.decision.sentence.startswith("Verhoging geweigerd: ")
    assert found.until_date == APRIL_TO_JUNE[1]
    assert (found.outcome, found.decision.granted_cents) == (Outcome.GRANTED, 90_000)
    await stop(town, care.id, date(2026, 5, 1))
    (stopped,) = await town.draws(care.id)
    assert stopped.until_date == date(2026, 5, 1)
    with pytest.raises(rules.RaiseOutsideDays):
        await raise_(town, care.id, 100, APRIL)
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_raise_that_waits_goes_up_and_is_granted_in_the_end(town: Town) -> None:
    await narrow_mandates(town)
    _, care = await reserved_care(town, 90_000)
    found = await raise_(town, care.id, 20_000, role="wijkteam")
    assert found.outcome is Outcome.AWAITS_APPROVAL
    day = found.decision.approval.before if found.decision.approval else date.max
    for _ in range(3):
        await town.escalate(care.id, today=day)
        (found,) = await town.draws(care.id)
        if found.decision.approval is None:
            break
        day = found.decision.approval.before
    assert (found.outcome, found.decision.granted_cents) == (Outcome.GRANTED, 110_000)
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_delivery_waits_for_a_raise_where_the_municipality_says_so(town: Town) -> None:
    await town.decide(SettingName.OVER_DELIVERY, "wacht-op-verhoging")
    _, care = await reserved_care(town, 90_000)
    (waits,) = await deliver(town, delivery(care.id, 100_000, APRIL))
    assert (waits.outcome, waits.entries) == (DeliveryOutcome.AWAITS_RAISE, ())
    (still,) = await resume(town, care.id, waits.id)
    assert still.outcome is DeliveryOutcome.AWAITS_RAISE
    await raise_(town, care.id, 10_000)
    with pytest.raises(rules.NotAwaitingRaise):
        await resume(town, care.id, waits.id)
    found = await asyncio.gather(
        *(resume(town, care.id, still.id) for _ in range(4)), return_exceptions=True
    )
    booked = [each for each in found if not isinstance(each, BaseException)]
    assert [each.outcome for (each,) in booked] == [DeliveryOutcome.DELIVERED]
    refused = [type(each) for each in found if isinstance(each, BaseException)]
    assert refused == [rules.NotAwaitingRaise] * 3
    assert await totals(town, care.id) == {
        "granted": 100_000,
        "delivered": 100_000,
        "released": 0,
        "recovered": 0,
        "reserved": 0,
    }
    await town.assert_sound()


async def test_only_a_reservation_is_delivered_released_raised_or_stopped(town: Town) -> None:
    budget, _ = await reserved_care(town)
    (paid,) = await town.draw(draw(budget, await town.person(budget), cents=100))
    (found,) = await deliver(town, delivery(paid.id, 100, (date(2026, 3, 1), date(2026, 3, 2))))
    assert found.refusal == "niets-verplicht"
    for refused in (
        release(town, paid.id),
        stop(town, paid.id, date(2026, 3, 1)),
        raise_(town, paid.id, 100, (date(2026, 3, 1), date(2026, 3, 2))),
    ):
        with pytest.raises(rules.NothingReserved):
            await refused
    unknown = await town.person(budget)
    with pytest.raises(UnknownDraw):
        await deliver(town, delivery(unknown, 100, APRIL))
    with pytest.raises(UnknownDraw):
        await release(town, unknown)


async def test_help_that_nobody_pays_yet_is_delivered_all_the_same(town: Town) -> None:
    _, care = await reserved_care(town)
    huge = await raise_(town, care.id, 100_000_000)
    assert "zonder dekking" in huge.decision.sentence or huge.outcome is Outcome.AWAITS_APPROVAL
    if huge.outcome is Outcome.AWAITS_APPROVAL:
        await town.judge(approval(care.id))
    reserved = (await totals(town, care.id))["reserved"]
    (found,) = await deliver(town, delivery(care.id, reserved, APRIL_TO_JUNE))
    assert found.outcome is DeliveryOutcome.DELIVERED
    costs = sum(
        each.balance_cents
        for each in await town.balances(Book.LASTEN)
        if each.account.code.startswith("4")
    )
    assert costs == reserved
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_a_year_that_ends_within_a_delivery_divides_it(town: Town) -> None:
    await town.open_year(2027)
    days = (date(2026, 12, 1), date(2027, 2, 1))
    _, care = await reserved_care(town, 62_00, days=days)
    (found,) = await deliver(town, delivery(care.id, 62_00, days))
    spent = await town.rooms("0150")
    assert sum(1 for fund in spent if fund.endswith("2027")) == 1
    assert len(found.entries) == 4
    ends = [(await town.entry(entry)).performance_until for entry in found.entries]
    assert ends == [date(2027, 1, 1)] * 2 + [days[1]] * 2
    assert days[1] - days[0] == timedelta(days=62)
    await town.assert_sound()


async def narrow_mandates(town: Town) -> None:
    """Let each level grant no more than the program ships with."""
    await town.decide(SettingName.MANDATES, value_of(Settings(), SettingName.MANDATES))


def approval(of: object) -> Judgement:
    """Approve a draw that waits."""
    return Judgement(
        draw=of,  # type: ignore[arg-type]  # An id of a draw.
        verdict=Verdict.APPROVED,
        reason=None,
        explanation="",
    )


async def test_what_is_delivered_after_its_rule_was_narrowed_is_covered_anew(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    days = (date(2026, 6, 1), date(2026, 8, 1))
    (care,) = await town.draw(
        draw(
            budget,
            await town.person(budget),
            cents=61_000,
            days=days,
            payment=Payment.RESERVATION,
        )
    )
    await narrow(
        town,
        Narrowing(
            rule_id="E35",
            from_date=date(2026, 7, 1),
            outcome=RuleOutcome.NIET,
            explanation="Vervallen.",
        ),
    )
    (found,) = await deliver(town, delivery(care.id, 61_000, days))
    assert (found.outcome, found.sentence) == (
        DeliveryOutcome.DELIVERED,
        "Geleverd: € 610,00. Daarvan is € 610,00 voor deze dagen opnieuw gedekt.",
    )
    await assert_nothing_lost(town, care.id)
    await town.assert_sound()


async def test_the_same_delivery_is_booked_once_unless_it_is_said_to_be_another(
    town: Town,
) -> None:
    _, care = await reserved_care(town)
    told = delivery(care.id, 1_00, APRIL, document="F1")
    made, twin = await deliver(town, told, told)
    again, other = await deliver(town, replace(told, document="F2"), replace(told, is_another=True))
    assert [each.refusal for each in (made, twin, again, other)] == [
        *("", "al-geleverd", "al-geleverd", "")
    ]
    assert str(made.id) in again.sentence
    for each in (made, other):
        await town.reverse(each.entries[0])
    assert [each.refusal for each in await deliver(town, told)] == [""]


async def test_nothing_is_delivered_on_days_to_come(town: Town) -> None:
    _, care = await reserved_care(town)
    last = APRIL[1] - timedelta(days=1)
    told = delivery(care.id, 1_00, APRIL)
    (early,) = await deliver(town, told, today=last - timedelta(days=1))
    assert (early.refusal, early.entries) == ("levering-vooruit", ())
    (in_time,) = await deliver(town, told, today=last)
    assert in_time.outcome is DeliveryOutcome.DELIVERED
