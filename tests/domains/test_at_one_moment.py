"""People who act on the same help at one moment: one answer each, and nothing half booked."""

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from domains.draws.model import Judgement, Outcome, Payment, Verdict
from domains.draws.queries import dossier
from domains.payers.model import PayerState
from domains.regrouping.operations import split_family
from domains.settings.model import SettingName
from ledger.reading import rows
from ledger.refusals import Refusal
from tests.domains.families import acts
from tests.domains.payers import support as payers
from tests.domains.regrouping.test_operations import home, persons
from tests.domains.reservations import support as reservations
from tests.domains.support import DAY, YOUNGSTER, Town, draw

MAY = (date(2026, 5, 1), date(2026, 6, 1))


async def together(*doing: Coroutine[Any, Any, Any]) -> list[str]:
    """Do things at one moment; gives the code of what was refused, and nothing for the others."""
    found = await asyncio.gather(*doing, return_exceptions=True)
    broken = [each for each in found if isinstance(each, BaseException)]
    assert all(isinstance(each, Refusal) for each in broken), broken
    return sorted(each.code for each in broken if isinstance(each, Refusal))


async def budget_of(town: Town) -> tuple[UUID, UUID]:
    budget = await town.open_budget(await town.register())
    return budget, await town.person(budget)


async def test_eight_providers_of_the_same_help_are_one_and_seven_that_wait(town: Town) -> None:
    budget, parent = await budget_of(town)
    answers = await asyncio.gather(
        *(
            town.draw(
                draw(
                    budget,
                    parent,
                    cents=10_00,
                    kind="schuldhulpverlening",
                    days=MAY,
                    provider=f"aanbieder {number}",
                )
            )
            for number in range(8)
        )
    )
    outcomes = sorted(found.outcome.value for (found,) in answers)
    assert outcomes == ["toegekend", *["wacht-op-akkoord"] * 7]
    await town.assert_sound()


async def test_a_cent_for_seven_funds_is_paid_by_one_of_them(new_town: Town) -> None:
    town = new_town
    pooled = {"JW": 10, "GGZ": 10, "WMO": 10, "TOE": 10, "ARM": 10, "SHV": 10}
    await town.authorise({**pooled, "RES": 10})
    await town.add_districts(town.wijk)
    await town.fill(pooled)
    await town.add_family_types()
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, parent, cents=1))
    assert found.outcome is Outcome.GRANTED
    assert [each.amount_cents for each in found.decision.parts] == [1]
    await town.assert_sound()


async def test_help_is_delivered_stopped_released_and_raised_at_once(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(budget, parent, cents=310_00, days=MAY, payment=Payment.RESERVATION)
    )
    await together(
        *(
            reservations.deliver(
                town, reservations.delivery(found.id, 40_00, (date(2026, 5, day), MAY[1]))
            )
            for day in range(1, 9)
        ),
        *(reservations.release(town, found.id, 50_00) for _ in range(4)),
        *(reservations.raise_(town, found.id, 10_00, MAY) for _ in range(4)),
        reservations.stop(town, found.id, date(2026, 5, 20)),
        reservations.stop(town, found.id, date(2026, 5, 31)),
    )
    await reservations.assert_nothing_lost(town, found.id)
    await town.assert_sound()


async def test_a_payer_is_found_while_the_help_is_given_back(town: Town) -> None:
    item = await payers.advance(town, cents=100_00, payment=Payment.RESERVATION)
    ((draw_id,),) = await town.ask(f"SELECT draw_id FROM domains.part WHERE part_id = '{item}'")
    await together(
        *(town.do(payers.claiming(item, "ZVW", 30_00)) for _ in range(4)),
        *(reservations.release(town, draw_id, 30_00) for _ in range(4)),
        town.do(payers.staying(item, 50_00)),
    )
    found = await payers.read(town, item)
    assert sum(each.amount_cents for each in found.standings) == 100_00
    assert all(each.amount_cents > 0 for each in found.standings)
    lapsed = sum(each.amount_cents for each in found.standings if each.state is PayerState.LAPSED)
    assert lapsed <= 100_00 - sum(each.reserved_cents for each in await town.parts(draw_id))
    await town.assert_sound()


async def test_help_is_delivered_while_whoever_gets_it_goes_from_family_to_family(
    town: Town,
) -> None:
    family, other = [await home(town) for _ in range(2)]
    youngster = (await persons(town, family))[YOUNGSTER]
    (found,) = await town.draw(
        draw(
            await town.open_budget(family),
            youngster,
            cents=310_00,
            days=MAY,
            payment=Payment.RESERVATION,
        )
    )
    new = await acts.split(town, family, youngster)
    await together(
        *(reservations.release(town, found.id, 10_00) for _ in range(3)),
        acts.merge(town, other, new),
        *(reservations.release(town, found.id, 10_00) for _ in range(3)),
    )
    assert sum(each.reserved_cents for each in await town.parts(found.id)) == 250_00
    await town.assert_sound()


async def test_who_works_on_help_has_the_turn_of_the_family_that_it_went_to(town: Town) -> None:
    family = await home(town)
    youngster = (await persons(town, family))[YOUNGSTER]
    (found,) = await town.draw(
        draw(
            await town.open_budget(family),
            youngster,
            cents=310_00,
            days=MAY,
            payment=Payment.RESERVATION,
        )
    )
    new = await acts.split(town, family, youngster)
    async with (
        db.transaction(town.engine, town.gemeente) as working,
        db.transaction(town.engine, town.gemeente) as waiting,
    ):
        await dossier(working, gemeente=town.gemeente, today=DAY, draws=[found.id])
        for turn in (family, new):
            ((is_free,),) = await rows(
                waiting,
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
                (str(turn),),
            )
            assert not is_free


async def test_help_that_moves_while_somebody_waits_for_it_brings_its_turn(town: Town) -> None:
    family = await home(town)
    youngster = (await persons(town, family))[YOUNGSTER]
    (found,) = await town.draw(
        draw(
            await town.open_budget(family),
            youngster,
            cents=310_00,
            days=MAY,
            payment=Payment.RESERVATION,
        )
    )

    async def turns_of_help(working: AsyncConnection) -> None:
        await dossier(working, gemeente=town.gemeente, today=DAY, draws=[found.id])

    async with db.transaction(town.engine, town.gemeente) as working:
        async with db.transaction(town.engine, town.gemeente) as moving:
            new, *_ = await split_family(
                moving,
                instruction=town.instruction(),
                family=family,
                persons=[youngster],
                household=acts.SAME,
                amounts=None,
                from_date=DAY,
                booking_date=DAY,
            )
            ((worker,),) = await rows(working, "SELECT pg_backend_pid()")
            waits = asyncio.create_task(turns_of_help(working))
            blocked = "SELECT FROM pg_locks WHERE pid = %s AND NOT granted"
            while not (waits.done() or await rows(moving, blocked, (worker,))):
                pass
        await waits
        async with db.transaction(town.engine, town.gemeente) as other:
            ((is_free,),) = await rows(
                other, "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (str(new),)
            )
            assert not is_free


async def test_eight_who_approve_at_once_grant_once(town: Town) -> None:
    await town.decide(
        SettingName.MANDATES,
        {
            "wijkteam": {"per_draw_cents": 1, "per_family_year_cents": 1},
            "teamleider": {"per_draw_cents": 2, "per_family_year_cents": 2},
            "budgethouder": {"per_draw_cents": 10**9, "per_family_year_cents": 10**9},
        },
    )
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, parent, cents=500_00), role="wijkteam")
    yes = Judgement(draw=found.id, verdict=Verdict.APPROVED, reason=None, explanation="")
    refused = await together(*(town.judge(yes, subject=f"collega {each}") for each in range(8)))
    assert refused == ["trekking-wacht-niet"] * 7
    (granted,) = await town.draws(found.id)
    assert granted.outcome is Outcome.GRANTED
    assert len(granted.decisions) == 2
    await town.assert_sound()
