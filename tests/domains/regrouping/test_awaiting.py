"""Help that waits for approval follows whoever changes families, and is never lost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import TypeAlias
from uuid import UUID

import pytest

from domains.draws.model import Judgement, Outcome, Payment, Verdict
from domains.draws.queries import Draw
from domains.reservations.model import Raise
from domains.reservations.operations import raise_reservation
from domains.settings.model import SettingName
from tests.domains.draws.test_approvals import LIMITS
from tests.domains.families import acts
from tests.domains.regrouping.test_operations import home, persons
from tests.domains.reservations.support import deliver, delivery
from tests.domains.support import PARENT, YOUNGSTER, Town, draw

pytestmark = pytest.mark.postgres

DAYS = (date(2026, 1, 1), date(2026, 7, 1))
Change: TypeAlias = Callable[[Town, UUID, UUID], Awaitable[UUID]]


async def split_off(town: Town, family: UUID, person: UUID) -> UUID:
    """Let the person found a family."""
    return await acts.split(town, family, person)


async def merged(town: Town, family: UUID, _person: UUID) -> UUID:
    """Let the whole family go to another one."""
    other = await home(town, date(1990, 1, 1))
    await town.open_budget(other)
    await acts.merge(town, other, family)
    return other


async def left_and_taken_in(town: Town, family: UUID, person: UUID) -> UUID:
    """Let the person leave, and come to another family, which has no budget."""
    other = await home(town, date(1990, 1, 1))
    await acts.leave(town, family, person)
    await acts.take_in(town, other, person)
    return other


async def asked(town: Town, family: UUID, *people: UUID, cents: int = 3_000_00) -> Draw:
    """Ask more than a wijkteam member may grant."""
    (budget,) = await acts.budgets_of(town, family)
    (found,) = await town.draw(
        draw(budget.id, *people, cents=cents, days=DAYS, payment=Payment.RESERVATION),
        role="wijkteam",
    )
    return found


async def approved(town: Town, waiting: Draw) -> Draw:
    """Let a team lead approve."""
    assert waiting.outcome is Outcome.AWAITS_APPROVAL
    yes = Judgement(draw=waiting.id, verdict=Verdict.APPROVED, reason=None, explanation="")
    (found,) = await town.judge(yes, role="teamleider")
    return found


@pytest.mark.parametrize("change", [split_off, merged, left_and_taken_in])
async def test_help_that_waits_is_granted_where_the_person_lives_by_then(
    town: Town, change: Change
) -> None:
    family = await home(town)
    await town.open_budget(family)
    await town.decide(SettingName.MANDATES, LIMITS)
    youngster = (await persons(town, family))[YOUNGSTER]
    waiting = await asked(town, family, youngster)
    now = await change(town, family, youngster)
    found = await approved(town, waiting)
    assert found.outcome is Outcome.GRANTED, found.decision.sentence
    assert {each.part.gezin for each in await town.parts(found.id)} == {now}
    assert found.decision.granted_cents == 3_000_00
    await town.assert_sound()


async def test_nobody_has_to_approve_for_help_to_follow(town: Town) -> None:
    family = await home(town)
    await town.open_budget(family)
    await town.decide(SettingName.MANDATES, LIMITS)
    youngster = (await persons(town, family))[YOUNGSTER]
    waiting = await asked(town, family, youngster, cents=9_000_00)
    new = await acts.split(town, family, youngster)
    await town.escalate(waiting.id, today=date(2026, 3, 1))
    (found,) = await town.draws(waiting.id)
    assert found.outcome is Outcome.GRANTED, found.decision.sentence
    assert {each.part.gezin for each in await town.parts(found.id)} == {new}


async def test_help_for_two_stays_as_long_as_one_of_them_does(town: Town) -> None:
    family = await home(town)
    await town.open_budget(family)
    await town.decide(SettingName.MANDATES, LIMITS)
    people = await persons(town, family)
    waiting = await asked(town, family, people[PARENT], people[YOUNGSTER])
    await acts.split(town, family, people[YOUNGSTER])
    found = await approved(town, waiting)
    assert found.outcome is Outcome.GRANTED, found.decision.sentence
    assert {each.part.gezin for each in await town.parts(found.id)} == {family}
    await town.assert_sound()


async def test_help_is_raised_and_delivered_where_the_person_lives_by_then(town: Town) -> None:
    family = await home(town)
    await town.open_budget(family)
    youngster = (await persons(town, family))[YOUNGSTER]
    granted = await asked(town, family, youngster)
    new = await acts.split(town, family, youngster)
    more = Raise(
        draw=granted.id,
        from_date=date(2026, 2, 1),
        until_date=date(2026, 3, 1),
        amount_cents=100_00,
        asked_lines=(),
        reason="meer",
        document="",
    )
    await town.do(
        lambda connection, instruction: raise_reservation(
            connection, instruction=instruction, asked=more, booking_date=date(2026, 1, 2)
        )
    )
    # More on these days than they reserve: it comes from others, covered anew.
    await deliver(town, delivery(granted.id, 2_000_00, (date(2026, 1, 2), date(2026, 1, 12))))
    (found,) = await town.draws(granted.id)
    assert found.decision.granted_cents == 3_100_00, found.decision.sentence
    parts = await town.parts(granted.id)
    assert {each.part.gezin for each in parts if each.reserved_cents or each.spent_cents} == {new}
    await town.assert_sound()


async def test_a_new_request_is_for_whoever_is_in_the_family(town: Town) -> None:
    family = await home(town)
    await town.open_budget(family)
    youngster = (await persons(town, family))[YOUNGSTER]
    new = await acts.split(town, family, youngster)
    (budget,) = await acts.budgets_of(town, family)
    (other,) = await acts.budgets_of(town, new)
    wrong = draw(budget.id, youngster, cents=100_00)
    refused, granted = await town.draw(wrong, replace(wrong, family_budget=other.id))
    assert (refused.refusal, granted.refusal) == ("persoon-niet-in-gezin", "")
