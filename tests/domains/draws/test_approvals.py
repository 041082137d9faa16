"""A mandate limits who decides; approval, escalation and urgency never let money say no."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from api import db
from domains import chart
from domains.draws.model import Judgement, Outcome, Payment, RejectionReason, Verdict
from domains.draws.queries import Draw, overdue_draws
from domains.draws.refusals import (
    AboveOwnLevel,
    NotAwaiting,
    OwnDraw,
    RejectionWithoutReason,
    UnknownDraw,
)
from domains.settings.model import SettingName
from ledger.money import show
from ledger.refusals import Refusal
from tests.domains.reservations.support import raise_, release
from tests.domains.support import DAY, Town, draw

LIMITS = {
    "wijkteam": {"per_draw_cents": 1_000_00, "per_family_year_cents": 1_500_00},
    "teamleider": {"per_draw_cents": 5_000_00, "per_family_year_cents": 8_000_00},
    "budgethouder": {"per_draw_cents": 25_000_00, "per_family_year_cents": 100_000_00},
}
MARCH = (date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
async def town(town: Town) -> Town:
    await town.decide(SettingName.MANDATES, LIMITS)
    return town


async def asked(town: Town, cents: int, role: str = "wijkteam", **more: object) -> Draw:
    """Ask help for a new family, as somebody of a role."""
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)
    (found,) = await town.draw(
        draw(budget, person, cents=cents, days=MARCH, **more),  # type: ignore[arg-type] # Free words.
        role=role,
    )
    return found


def yes(found: Draw) -> Judgement:
    return Judgement(draw=found.id, verdict=Verdict.APPROVED, reason=None, explanation="")


def no(found: Draw) -> Judgement:
    return Judgement(
        draw=found.id,
        verdict=Verdict.REJECTED,
        reason=RejectionReason.NEED,
        explanation="Er is al genoeg hulp.",
    )


# role of the asker | amount -> outcome | who approves
LEVELS = [
    ("wijkteam", 1_000_00, Outcome.GRANTED, ""),
    ("wijkteam", 1_000_01, Outcome.AWAITS_APPROVAL, "teamleider"),
    ("wijkteam", 5_000_01, Outcome.AWAITS_APPROVAL, "budgethouder"),
    ("wijkteam", 900_000_00, Outcome.AWAITS_APPROVAL, "budgethouder"),
    ("teamleider", 5_000_00, Outcome.GRANTED, ""),
    ("teamleider", 5_000_01, Outcome.AWAITS_APPROVAL, "budgethouder"),
    ("budgethouder", 25_000_00, Outcome.GRANTED, ""),
    ("budgethouder", 25_000_01, Outcome.AWAITS_APPROVAL, "budgethouder"),
    ("controller", 1, Outcome.AWAITS_APPROVAL, "wijkteam"),
]


@pytest.mark.parametrize(("role", "cents", "outcome", "by"), LEVELS)
async def test_who_may_grant_how_much(
    town: Town, role: str, cents: int, outcome: Outcome, by: str
) -> None:
    found = await asked(town, cents, role)
    assert found.outcome is outcome
    approval = found.decision.approval
    assert (approval.by if approval else "") == by
    assert found.decision.mandate is not None
    assert found.decision.mandate.asked_cents == cents
    assert bool(found.entries) == (outcome is Outcome.GRANTED)
    await town.assert_sound()


async def test_what_a_family_was_granted_before_counts_in_the_year(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)
    found = await town.draw(
        *(draw(budget, person, cents=600_00, description=f"hulp {number}") for number in range(4)),
        role="wijkteam",
    )
    assert [each.outcome for each in found] == [
        Outcome.GRANTED,
        Outcome.GRANTED,
        Outcome.AWAITS_APPROVAL,
        Outcome.AWAITS_APPROVAL,
    ]
    (later,) = await town.draw(
        draw(budget, person, cents=300_00, description="nog iets"), role="wijkteam"
    )
    assert later.outcome is Outcome.GRANTED
    mandate = later.decision.mandate
    assert mandate is not None
    assert mandate.granted_before_cents == 1_200_00


async def test_what_was_given_back_counts_in_the_year_no_more(town: Town) -> None:
    found = await asked(town, 900_00, payment=Payment.RESERVATION)
    await release(town, found.id, 500_00)
    # With the 400 that it kept, this is 950; with what it was granted first, more than a draw may.
    raised = await raise_(town, found.id, 550_00, MARCH, role="wijkteam")
    assert raised.outcome is Outcome.GRANTED
    await release(town, found.id, 450_00)
    budget, (person,) = found.request.family_budget, found.request.persons
    (more,) = await town.draw(
        draw(budget, person, cents=1_000_00, description="meer"), role="wijkteam"
    )
    assert more.outcome is Outcome.GRANTED
    assert more.decision.mandate is not None
    assert more.decision.mandate.granted_before_cents == 500_00
    (last,) = await town.draw(draw(budget, person, cents=1, description="nog"), role="wijkteam")
    assert last.outcome is Outcome.AWAITS_APPROVAL
    await town.assert_sound()


@pytest.mark.parametrize(("role", "cents", "outcome", "by"), LEVELS)
async def test_whether_a_draw_waits_does_not_depend_on_money(
    new_town: Town, role: str, cents: int, outcome: Outcome, by: str
) -> None:
    await new_town.add_districts(new_town.wijk)
    await new_town.add_family_types()
    await new_town.decide(SettingName.MANDATES, LIMITS)
    found = await asked(new_town, cents, role)
    assert found.outcome is outcome
    assert found.decision.until_date == MARCH[1]
    approval = found.decision.approval
    assert (approval.by if approval else "") == by


async def test_approval_covers_the_draw_on_what_lies_there_by_then(town: Town) -> None:
    waiting = await asked(town, 3_000_00)
    assert await town.count("domains.part") == 0
    assert waiting.decision.granted_cents == 0
    budget, (person,) = waiting.request.family_budget, waiting.request.persons
    await town.draw(draw(budget, person, cents=17_000_00, description="ander"))
    (found,) = await town.judge(yes(waiting), role="teamleider")
    assert found.outcome is Outcome.GRANTED
    assert [each.answer.occasion for each in found.decisions] == ["aanvraag", "beoordeling"]
    assert found.decision.granted_cents == 3_000_00
    assert {part.place.value for part in found.decision.parts} == {"gezin", "wijk"}
    assert (await town.budget(budget)).room_cents == 0
    assert found.latest.decided_by == "beoordelaar"
    await town.assert_sound()


async def test_a_draw_that_waits_is_granted_once_when_two_say_yes(town: Town) -> None:
    waiting = await asked(town, 3_000_00)
    (first,) = await town.judge(yes(waiting), key="ja", role="teamleider")
    (again,) = await town.judge(yes(waiting), key="ja", role="teamleider")
    assert again == first
    with pytest.raises(NotAwaiting):
        await town.judge(yes(waiting), role="teamleider")
    assert len((await town.draws(waiting.id))[0].decisions) == 2


def by(subject: str, role: str) -> dict[str, str]:
    return {"subject": subject, "role": role}


REFUSED: list[tuple[Callable[[Draw], Judgement], dict[str, str], type[Refusal]]] = [
    (yes, by("medewerker", "budgethouder"), OwnDraw),
    (no, by("medewerker", "budgethouder"), OwnDraw),
    (yes, by("ander", "wijkteam"), AboveOwnLevel),
    (yes, by("ander", "controller"), AboveOwnLevel),
    (
        lambda found: Judgement(
            draw=found.id, verdict=Verdict.REJECTED, reason=None, explanation="geen geld"
        ),
        by("ander", "budgethouder"),
        RejectionWithoutReason,
    ),
    (
        lambda found: Judgement(
            draw=found.id,
            verdict=Verdict.REJECTED,
            reason=RejectionReason.KIND,
            explanation=" ",
        ),
        by("ander", "budgethouder"),
        RejectionWithoutReason,
    ),
    (
        lambda _: Judgement(
            draw=UUID(int=7), verdict=Verdict.APPROVED, reason=None, explanation=""
        ),
        by("ander", "budgethouder"),
        UnknownDraw,
    ),
]


@pytest.mark.parametrize(("judgement", "who", "refusal"), REFUSED)
async def test_a_judgement_is_refused(
    town: Town,
    judgement: Callable[[Draw], Judgement],
    who: dict[str, str],
    refusal: type[Refusal],
) -> None:
    waiting = await asked(town, 3_000_00)
    with pytest.raises(refusal):
        await town.judge(judgement(waiting), **who)
    assert len((await town.draws(waiting.id))[0].decisions) == 1


async def test_rejected_help_books_nothing_and_may_be_asked_for_again(town: Town) -> None:
    waiting = await asked(town, 3_000_00)
    (same,) = await town.draw(waiting.request)
    assert same.refusal == "hulp-dubbel"  # What waits counts as help that is coming.
    (found,) = await town.judge(no(waiting), role="teamleider")
    assert found.outcome is Outcome.REJECTED
    assert found.entries == ()
    assert found.decision.sentence == "Afgekeurd op nut: Er is al genoeg hulp."
    (again,) = await town.draw(waiting.request)
    assert again.refusal == ""
    await town.assert_sound()


async def test_a_second_provider_waits_for_a_second_pair_of_eyes(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)
    kind = "schuldhulpverlening"
    found = await town.draw(
        draw(budget, person, cents=10_00, kind=kind, provider="een"),
        draw(budget, person, cents=10_00, kind=kind, provider="twee", reason="wachtlijst"),
        role="wijkteam",
    )
    assert [each.outcome for each in found] == [Outcome.GRANTED, Outcome.AWAITS_APPROVAL]
    approval = found[1].decision.approval
    assert approval is not None
    assert (approval.by, approval.reason.value) == ("teamleider", "tweede-aanbieder")
    (granted,) = await town.judge(yes(found[1]), role="teamleider")
    assert granted.outcome is Outcome.GRANTED
    await town.assert_sound()


async def test_what_nobody_judges_goes_up_and_is_granted_in_the_end(town: Town) -> None:
    waiting = await asked(town, 3_000_00)
    found = waiting
    told = []
    for days in (5, 10, 15, 20):
        today = date(2026, 1, 2) + timedelta(days=days)
        async with db.transaction(town.engine, town.gemeente) as connection:
            early = await overdue_draws(
                connection, gemeente=town.gemeente, today=today - timedelta(1), limit=10
            )
            due = await overdue_draws(connection, gemeente=town.gemeente, today=today, limit=10)
        assert early == ()
        await town.escalate(*due, today=today)
        (found,) = await town.draws(waiting.id)
        approval = found.decision.approval
        told.append((len(due), found.outcome.value, approval.by if approval else ""))
    assert told == [
        (1, "wacht-op-akkoord", "budgethouder"),
        (1, "toegekend", ""),
        (0, "toegekend", ""),
        (0, "toegekend", ""),
    ]
    assert [each.answer.occasion for each in found.decisions] == ["aanvraag", "verloop", "verloop"]
    # Somebody who did not see it in time finds it settled.
    assert await town.escalate(waiting.id, today=date(2026, 12, 1)) == ()
    await town.assert_sound()


async def test_urgent_help_is_granted_at_once_and_stands_when_it_is_approved(town: Town) -> None:
    found = await asked(town, 3_000_00, urgent=True, payment=Payment.RESERVATION)
    assert found.outcome is Outcome.GRANTED
    assert found.decision.approval is not None
    assert show(sum(part.reserved_cents for part in await town.parts(found.id))) == "€ 3.000,00"
    (stands,) = await town.judge(yes(found), role="teamleider")
    assert (stands.outcome, stands.decision.approval) == (Outcome.GRANTED, None)
    assert len(stands.entries) == len(found.entries)
    with pytest.raises(NotAwaiting):
        await town.judge(no(found), role="budgethouder")
    await town.assert_sound()


async def test_urgent_help_that_is_rejected_keeps_the_days_before(town: Town) -> None:
    before = await town.rooms(chart.FAMILY)
    found = await asked(town, 3_100_00, urgent=True, payment=Payment.RESERVATION)
    tenth = MARCH[0] + timedelta(days=10)
    verdict = replace(no(found), explanation="Er is al genoeg hulp")
    (rejected,) = await town.judge(verdict, role="teamleider", today=tenth)
    assert rejected.outcome is Outcome.REJECTED
    assert rejected.decision.until_date == tenth
    assert rejected.decision.granted_cents == 3_100_00
    parts = await town.parts(found.id)
    assert show(sum(part.reserved_cents for part in parts)) == "€ 1.000,00"
    assert rejected.decision.sentence == (
        "Afgekeurd op nut: Er is al genoeg hulp. € 1.000,00 blijft staan en € 2.100,00 valt vrij."
    )
    assert (await town.budget(found.request.family_budget)).room_cents == 17_000_00
    assert before == {}
    # The days that stand are help that was given; the others may be asked for again.
    again, other = await town.draw(
        draw(
            found.request.family_budget,
            *found.request.persons,
            cents=1_00,
            days=(tenth - timedelta(1), tenth),
        ),
        draw(
            found.request.family_budget,
            *found.request.persons,
            cents=1_00,
            days=(tenth, MARCH[1]),
        ),
    )
    assert [again.refusal, other.refusal] == ["hulp-dubbel", ""]
    await town.assert_sound()


async def test_urgent_help_that_was_paid_stays_when_it_is_rejected(town: Town) -> None:
    found = await asked(town, 3_000_00, urgent=True)
    (rejected,) = await town.judge(no(found), role="teamleider", today=DAY)
    assert rejected.outcome is Outcome.REJECTED
    assert show(sum(part.spent_cents for part in await town.parts(found.id))) == "€ 3.000,00"
    assert rejected.decision.until_date == MARCH[1]
    await town.assert_sound()


async def test_a_slip_of_the_pen_is_granted_by_no_haste_and_no_delay(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    person = await town.person(budget)
    most, slip = await town.draw(
        *(
            draw(budget, person, cents=cents, description=str(cents), urgent=True)
            for cents in (25_000_00, 25_000_01)
        ),
        role="wijkteam",
    )
    assert (most.outcome, slip.outcome) == (Outcome.GRANTED, Outcome.AWAITS_APPROVAL)
    assert "Boven € 25.000,00 wordt zonder akkoord niets verleend." in slip.decision.sentence
    for month in (2, 3):
        await town.escalate(slip.id, today=date(2026, month, 1))
        (slip,) = await town.draws(slip.id)
        approval = slip.decision.approval
        assert approval is not None
        assert (slip.entries, approval.by, approval.reason) == ((), "budgethouder", "boven-grens")
        assert approval.before > date(2026, month, 1)
    (granted,) = await town.judge(yes(slip), role="budgethouder")
    assert granted.outcome is Outcome.GRANTED
    await town.assert_sound()
