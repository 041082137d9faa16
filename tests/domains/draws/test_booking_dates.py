"""Nothing is booked before what it works on was: that day would show less than nothing."""

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError

from api import db
from api.db import Sight
from domains.draws.model import Judgement, Payment, Verdict
from domains.draws.operations import judge_draws, request_draws
from domains.draws.queries import budgets_booked_on
from domains.draws.refusals import BookedTooEarly
from domains.family_budgets.operations import return_family_budget
from domains.netting.operations import net
from domains.payers.rules import earliest_acceptance
from domains.pooling.model import FundAmount
from domains.pooling.operations import reverse
from domains.regrouping.model import Household
from domains.reservations.delivering import deliver
from domains.reservations.operations import release, stop
from domains.settings.model import LADDER, SettingName
from tests.domains.families import acts
from tests.domains.payers.support import accepting, advance, claiming, read
from tests.domains.reservations.support import APRIL_TO_JUNE, delivery
from tests.domains.support import DAY, YOUNGSTER, Operation, Town, draw

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

EARLY = date(2026, 1, 1)
TODAY = date(2026, 7, 1)


async def refused(town: Town, operation: Operation, *, since: str) -> None:
    """Ask for something on a later day, and be told which day is the first that will do."""
    with pytest.raises(BookedTooEarly, match=since):
        await town.do(operation, today=TODAY, subject="beoordelaar")


async def test_no_step_of_a_draw_is_booked_before_the_step_before(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    asked = draw(
        budget,
        await town.person(budget),
        cents=91_00,
        days=APRIL_TO_JUNE,
        payment=Payment.RESERVATION,
    )

    def asking(on: date) -> Operation:
        return lambda connection, instruction: request_draws(
            connection, instruction=instruction, draws=[asked], booking_date=on
        )

    await refused(town, asking(EARLY), since="gezinsbudget geopend")
    little = {"per_draw_cents": 0, "per_family_year_cents": 0}
    await town.decide(SettingName.MANDATES, dict.fromkeys(LADDER, little))
    (waits,) = await town.do(asking(DAY), today=TODAY)

    def judging(on: date) -> Operation:
        yes = Judgement(draw=waits, verdict=Verdict.APPROVED, reason=None, explanation="")
        return lambda connection, instruction: judge_draws(
            connection, instruction=instruction, judgements=[yes], booking_date=on
        )

    await refused(town, judging(EARLY), since="is trekking")
    await town.do(judging(date(2026, 2, 1)), today=TODAY, subject="beoordelaar")
    given = delivery(waits, 1_00, APRIL_TO_JUNE)
    for operation, since in (
        (
            lambda connection, instruction: deliver(
                connection, instruction=instruction, deliveries=[given], booking_date=DAY
            ),
            "deze hulp verleend",
        ),
        (
            lambda connection, instruction: release(
                connection,
                instruction=instruction,
                draw=waits,
                line=None,
                amount_cents=None,
                reason="",
                booking_date=DAY,
            ),
            "is trekking",
        ),
        (
            lambda connection, instruction: stop(
                connection,
                instruction=instruction,
                draw=waits,
                day=date(2026, 5, 1),
                reason="",
                booking_date=DAY,
            ),
            "is trekking",
        ),
        (
            lambda connection, instruction: return_family_budget(
                connection, instruction=instruction, family_budget=budget, booking_date=EARLY
            ),
            "gezinsbudget geopend",
        ),
    ):
        await refused(town, operation, since=since)
    await town.assert_sound()


async def test_a_team_is_told_the_first_day_of_money_that_came_from_another(town: Town) -> None:
    family = await town.register(from_date=date(2020, 1, 1))
    await town.open_budget(family)
    member = next(
        each for each in (await acts.family(town, family)).present if each.birth_date == YOUNGSTER
    )
    new = await acts.split(
        town,
        family,
        member.person,
        amounts=[FundAmount(fund="JW-2026", amount_cents=1_00)],
        household=Household(district=town.wijk, team="wijkteam zuid", professional="s.de-boer"),
    )
    budgets = [each.id for each in await acts.budgets_of(town, new)]
    days = []
    for team in ("wijkteam zuid", "wijkteam noord"):
        async with db.transaction(
            town.engine, town.gemeente, Sight(teams=frozenset({team}))
        ) as connection:
            days.append(
                await budgets_booked_on(connection, gemeente=town.gemeente, budgets=budgets)
            )
    assert days == [DAY, None]
    with pytest.raises(DBAPIError, match="niet die van deze transactie"):
        async with db.transaction(town.engine, "GM9999") as connection:
            await budgets_booked_on(connection, gemeente=town.gemeente, budgets=budgets)


async def test_nobody_accepts_before_he_was_asked(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    await refused(town, accepting(item, booking_date=EARLY), since="de claim gedaan")
    held = await read(town, item)
    assert earliest_acceptance(held, claimed_on=date(2026, 8, 5)) == date(2026, 8, 5)
    assert earliest_acceptance(held, claimed_on=date(2027, 1, 5)) == date(2026, 12, 31)


async def test_no_debt_is_cleared_before_it_was_there(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV"))
    await refused(
        town,
        lambda connection, instruction: net(
            connection,
            instruction=instruction,
            from_date=EARLY,
            until_date=TODAY,
            booking_date=EARLY,
        ),
        since="de laatste schuld",
    )


async def test_no_entry_is_reversed_before_it_was_booked(town: Town) -> None:
    (entry,) = await town.fill({"JW": 1})
    await refused(
        town,
        lambda connection, instruction: reverse(
            connection, instruction=instruction, entry=entry, booking_date=EARLY, reason="fout"
        ),
        since="de boeking zelf",
    )
