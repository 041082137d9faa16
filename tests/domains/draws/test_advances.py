"""Help never waits for its payer: reservations, advances, items, and who helps several persons."""

from datetime import date
from uuid import UUID

import pytest

from api import db
from domains import chart
from domains.draws.model import Outcome, Payment
from domains.draws.queries import Draw
from domains.draws.refusals import UsedSince
from domains.settings.model import SettingName
from ledger.money import show
from tests.domains.support import PARENT, YOUNGSTER, Town, draw

JULY = (date(2026, 7, 1), date(2026, 7, 8))
AUGUST = (date(2026, 8, 1), date(2026, 8, 8))


def paid(found: Draw) -> list[str]:
    """Say who pays what from where, on what ground, and for whom it waits."""
    return [
        " ".join(
            filter(
                None,
                (
                    part.place.value,
                    part.fund,
                    show(part.amount_cents),
                    part.rule,
                    part.standing.value,
                    part.payer,
                ),
            )
        )
        for part in found.decision.parts
    ]


async def budget_of(town: Town) -> tuple[UUID, UUID]:
    budget = await town.open_budget(await town.register())
    return budget, await town.person(budget)


async def items(town: Town) -> list[tuple[object, ...]]:
    """List the open payer items with what stands open in them."""
    return list(
        await town.ask(
            "SELECT part.fund, part.payer, item.owner, item.deadline::text,"
            " sum(move.amount_cents * CASE WHEN move.to_state = 'open' THEN 1 ELSE -1 END)::bigint"
            " FROM domains.payer_item AS item JOIN domains.part AS part USING (gemeente, part_id)"
            " JOIN domains.payer_move AS move USING (gemeente, part_id)"
            " GROUP BY 1, 2, 3, 4, part.part_id ORDER BY 1, 2"
        )
    )


async def test_step_8_of_the_example_an_outside_payer_is_advanced_to_the_cent(town: Town) -> None:
    await town.decide(SettingName.ADVANCE_ORDER, ["WMO"])
    budget, parent = await budget_of(town)
    rest = (await town.budget(budget)).room_cents
    await town.draw(draw(budget, parent, cents=rest))
    before = await town.rooms(chart.DISTRICT)
    (found,) = await town.draw(
        draw(budget, parent, cents=900_00, kind="ggz-behandeling-volwassene", days=JULY)
    )
    assert found.outcome is Outcome.GRANTED_WITH_PAYER_ITEM
    assert paid(found) == ["wijk WMO-2026 € 900,00 E39 voorfinanciering ZVW"]
    assert found.decision.parts[0].taakveld == "6.714"
    assert before["WMO-2026"] == "€ 47.187,50"
    assert (await town.rooms(chart.DISTRICT))["WMO-2026"] == "€ 46.287,50"
    assert await items(town) == [("WMO-2026", "ZVW", "financieel", "2026-02-13", 900_00)]
    assert found.decision.sentence == (
        "Toegekend: € 900,00, waarvan € 900,00 uit het wijkbudget. Voor € 900,00 zoeken wij de"
        " uiteindelijke betaler (ZVW); de hulp wacht daar niet op."
    )
    await town.assert_sound()


async def test_only_a_wlz_right_that_is_shown_makes_the_care_office_the_payer(town: Town) -> None:
    await town.decide(SettingName.ADVANCE_ORDER, ["WMO"])
    budget, parent = await budget_of(town)
    shown, unknown = await town.draw(
        *(
            draw(
                budget,
                parent,
                cents=100_00,
                kind="begeleiding-bij-beperking",
                days=days,
                facts=(("beperking", True), *facts),
            )
            for days, facts in ((JULY, (("wlz-recht", True),)), (AUGUST, ()))
        )
    )
    assert paid(shown) == ["gezin WMO-2026 € 100,00 E39 voorfinanciering WLZ"]
    assert paid(unknown) == ["gezin WMO-2026 € 100,00 E14 voorfinanciering WMO"]


# order | what advances
ORDERS = [
    (["ARM", "WMO"], ["gezin ARM-2026 € 2.250,00", "wijk ARM-2026 € 37.750,00"]),
    (["SHV"], ["gezin SHV-2026 € 1.687,50", "wijk SHV-2026 € 28.312,50"]),
]


@pytest.mark.parametrize(("order", "first"), ORDERS)
async def test_advances_follow_the_order_of_the_municipality(
    town: Town, order: list[str], first: list[str]
) -> None:
    await town.decide(SettingName.ADVANCE_ORDER, order)
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(budget, parent, cents=900_000_00, kind="ggz-behandeling-volwassene", days=JULY)
    )
    told = paid(found)
    for each in first:
        assert f"{each} E39 voorfinanciering ZVW" in told
    places = {(part.place.value, part.fund) for part in found.decision.parts}
    assert places == {
        (place, f"{source}-2026") for source in order for place in ("gezin", "wijk", "vrij")
    } | {("tekort", "TEKORT-2026")}
    (short,) = [part for part in found.decision.parts if part.place.value == "tekort"]
    assert (short.standing.value, short.payer, short.rule) == ("voorfinanciering", "ZVW", "E41")
    await town.assert_sound()


async def test_nobody_may_pay_so_the_payer_is_unknown(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=10_00,
            facts=(("voorliggende-voorziening-tijdig", True),),
        )
    )
    assert paid(found) == ["gezin WMO-2026 € 10,00 E39 voorfinanciering onbekend"]
    assert found.outcome is Outcome.GRANTED_WITH_PAYER_ITEM


async def test_a_fact_that_the_law_asks_for_makes_the_own_fund_pay_in_advance(town: Town) -> None:
    budget, _ = await budget_of(town)
    youngster = await town.person(budget, YOUNGSTER)
    (found,) = await town.draw(draw(budget, youngster, cents=10_00, kind="jeugdhulp-ambulant"))
    assert paid(found) == ["gezin JW-2026 € 10,00 E01 voorfinanciering JW"]
    assert found.decision.parts[0].to_be_shown == ("beschikking-of-verwijzing",)
    assert await items(town) == [("JW-2026", "JW", "financieel", "2026-02-13", 10_00)]


async def test_an_advance_that_is_reversed_waits_for_nobody(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(budget, parent, cents=90_00, kind="ggz-behandeling-volwassene", days=JULY)
    )
    reversal, *_ = await town.reverse(found.entries[0])
    assert [each[-1] for each in await items(town)] == [0]
    await town.assert_sound()
    await town.reverse(reversal)
    assert [each[-1] for each in await items(town)] == [90_00]
    await town.assert_sound()


async def test_a_reservation_costs_nothing_until_it_is_delivered(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, parent, cents=320_010_00, payment=Payment.RESERVATION))
    assert len(found.entries) == 1
    standings = await town.standings()
    assert sum(each.reserved_cents for each in standings.values()) == 320_010_00
    assert sum(each.spent_cents for each in standings.values()) == 0
    assert standings["TEKORT-2026"].shortage_cents == 10_00
    assert {(each.reserved_cents, each.spent_cents) for each in await town.parts(found.id)} == {
        (part.amount_cents, 0) for part in found.decision.parts
    }
    await town.assert_sound()
    await town.reverse(found.entries[0])
    assert {each.reserved_cents for each in await town.parts(found.id)} == {0}
    assert (await town.budget(budget)).room_cents == 18_000_00
    await town.assert_sound()


async def test_a_grant_that_was_used_since_is_not_reversed(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, parent, cents=10_00, payment=Payment.RESERVATION))
    # As if somebody had released it meanwhile.
    async with db.transaction(town.engine, town.gemeente) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO domains.part_move SELECT gemeente, part_id, gen_random_uuid(),"
            " 'vrijgevallen', -reserved_cents, 0 FROM domains.standing_part"
        )
    with pytest.raises(UsedSince):
        await town.reverse(found.entries[0])


async def test_several_persons_share_one_draw_each_by_his_own_age(town: Town) -> None:
    budget, parent = await budget_of(town)
    youngster = await town.person(budget, YOUNGSTER)
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            youngster,
            cents=30_01,
            kind="begeleiding-bij-beperking",
            days=(date(2026, 5, 14), date(2026, 5, 16)),
            facts=(("beperking", True), ("wlz-recht", False)),
        )
    )
    per_person = {
        person: sum(part.amount_cents for part in found.decision.parts if part.person == person)
        for person in (parent, youngster)
    }
    assert sorted(per_person.values()) == [15_00, 15_01]
    assert {part.fund for part in found.decision.parts if part.person == parent} == {"WMO-2026"}
    assert {part.fund for part in found.decision.parts if part.person == youngster} == {
        "JW-2026",
        "WMO-2026",
    }
    # The same help for one of them is the same help.
    (again,) = await town.draw(
        draw(
            budget,
            await town.person(budget, PARENT),
            cents=1_00,
            kind="begeleiding-bij-beperking",
            days=(date(2026, 5, 15), date(2026, 5, 20)),
        )
    )
    assert again.refusal == "hulp-dubbel"
    await town.assert_sound()


@pytest.mark.parametrize("number", [0, 2])
async def test_a_draw_helps_each_person_once(town: Town, number: int) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(draw(budget, *[parent] * number, cents=10_00))
    assert found.refusal == "personen-ongeldig"
    await town.assert_sound()


async def test_days_without_a_budget_are_reserved_ahead(town: Town) -> None:
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=10_00,
            days=(date(2027, 1, 1), date(2027, 1, 2)),
            payment=Payment.RESERVATION,
        )
    )
    (part,) = found.decision.parts
    assert (part.fund, part.place.value, part.ahead) == ("TEKORT-2027", "tekort", True)
    (standing,) = await town.parts(found.id)
    assert standing.part == part


async def test_a_grant_of_the_state_for_this_help_goes_first(town: Town) -> None:
    await town.authorise({"SPUK": 100})
    budget, parent = await budget_of(town)
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=150_00,
            kind="schuldhulpverlening",
            facts=(("binnen-doel-regeling", True),),
        )
    )
    assert paid(found) == ["gezin SHV-2026 € 50,00 E19 eigen", "vrij SPUK-2026 € 100,00 E29 eigen"]
    assert (await town.standings())["SPUK-2026"].free_cents == 0
    await town.assert_sound()
