"""Steps on open payer items, on real books: who owes what to whom, to the cent."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import chart
from domains.draws.model import Payment
from domains.payers import queries
from domains.payers.model import PayerState
from domains.payers.refusals import (
    MoreThanStands,
    NotDeliveredYet,
    NothingInState,
    PayerFactUnknown,
    PayerMayNotPay,
    SettledSince,
    UnknownPayerItem,
    YearOfCostsClosed,
    YearStillOpen,
)
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine
from domains.pooling.operations import book_council_budget
from ledger import books
from ledger.accounts import Book
from ledger.balances import last_link
from tests.domains.payers.support import (
    accepting,
    advance,
    booked,
    claiming,
    disputing,
    netting,
    read,
    receiving,
    run_of,
    stands,
    staying,
    writing_off,
)
from tests.domains.support import DAY, NOW, YOUNGSTER, Town, draw, fund_amounts

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]


async def lasten(town: Town, *codes: str) -> dict[str, int]:
    """Say what lies on accounts of LASTEN, by code, fund and the other side; zeros left out."""
    found = {}
    for each in await town.balances(Book.LASTEN):
        account = each.account
        other = account.dimension("middel") or account.dimension("betaler") or ""
        if account.code in codes and each.balance_cents:
            found[f"{account.code} {account.colour} {other}".strip()] = each.balance_cents
    return found


async def test_an_insurer_accepts_a_part_and_the_rest_stays(town: Town) -> None:
    item = await advance(town)
    assert (await read(town, item)).part.payer == "ZVW"
    before = (await town.rooms())["WMO-2026"]
    await town.do(claiming(item))
    assert await stands(town, item) == "geclaimd ZVW € 900,00"
    await town.do(accepting(item, cents=540_00))
    assert await booked(town, item) == [
        [
            "0120 WMO-2026 debet € 540,00",
            "0150 WMO-2026 3.4.1 6.714 credit € 540,00",
        ],
        [
            "1100 WMO-2026 ZVW debet € 540,00",
            "4310 WMO-2026 3.4.1 6.714 credit € 540,00",
        ],
    ]
    entries = await town.number_of_entries()
    await town.do(disputing(item))
    assert await stands(town, item) == "aanvaard ZVW € 540,00; betwist ZVW € 360,00"
    await town.do(staying(item))
    assert await stands(town, item) == "aanvaard ZVW € 540,00; blijft ZVW € 360,00"
    assert (await read(town, item)).unsettled_cents == 0
    assert await town.number_of_entries() == entries
    assert (before, (await town.rooms())["WMO-2026"]) == ("€ 49.100,00", "€ 49.640,00")
    await town.do(receiving(item, cents=200_00))
    assert await booked(town, item) == [
        ["1000 WMO-2026 debet € 200,00", "1100 WMO-2026 ZVW credit € 200,00"]
    ]
    await town.do(receiving(item))
    assert await lasten(town, "1000", "1100") == {"1000 WMO-2026": 540_00}
    await town.assert_sound()


async def test_a_fund_of_ours_takes_over_what_was_delivered(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV", 300_00))
    assert await booked(town, item) == [
        [
            "0120 SHV-2026 E35 credit € 300,00",
            "0120 WMO-2026 debet € 300,00",
            "0150 SHV-2026 3.4.1 6.714 E35 debet € 300,00",
            "0150 WMO-2026 3.4.1 6.714 credit € 300,00",
        ],
        [
            "1110 WMO-2026 SHV-2026 debet € 300,00",
            "1230 SHV-2026 WMO-2026 E35 credit € 300,00",
            "4310 SHV-2026 3.4.1 6.714 E35 debet € 300,00",
            "4310 WMO-2026 3.4.1 6.714 credit € 300,00",
        ],
    ]
    assert await stands(town, item) == "aanvaard SHV € 300,00; geclaimd SHV € 600,00"
    await town.assert_sound()


async def test_a_fund_of_ours_takes_over_before_delivery(town: Town) -> None:
    item = await advance(town, payment=Payment.RESERVATION)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV"))
    assert await booked(town, item) == [
        [
            "0120 SHV-2026 E35 credit € 900,00",
            "0120 WMO-2026 debet € 900,00",
            "0140 SHV-2026 3.4.1 6.714 E35 debet € 900,00",
            "0140 WMO-2026 3.4.1 6.714 credit € 900,00",
        ]
    ]
    assert await stands(town, item) == "verrekend SHV € 900,00"
    assert await lasten(town, "1110", "1230") == {}
    found = await read(town, item)
    parts = await town.parts(found.advance.draw)
    assert [(each.part.fund, each.reserved_cents) for each in parts if each.reserved_cents] == [
        ("SHV-2026", 900_00)
    ]
    await town.assert_sound()


async def test_who_takes_over_pays_from_the_family_first(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    item = await advance(town, budget=budget, cents=2_800_00)
    await town.do(claiming(item, "ARM"))
    await town.do(accepting(item, "ARM"))
    parts = await town.parts((await read(town, item)).advance.draw)
    assert {
        (each.part.fund, str(each.part.place)): each.spent_cents
        for each in parts
        if each.spent_cents
    } == {("ARM-2026", "gezin"): 2_250_00, ("ARM-2026", "wijk"): 550_00}
    assert (await town.rooms(chart.FAMILY))["WMO-2026"] == "€ 2.812,50"
    await town.assert_sound()


async def test_who_says_yes_without_room_is_short(town: Town) -> None:
    item = await advance(town, cents=40_000_00)
    await town.do(claiming(item, "TOE"))
    await town.do(accepting(item, "TOE"))
    assert await lasten(town, "1110", "1230") == {
        "1110 WMO-2026 TEKORT-2026": 40_000_00,
        "1230 TEKORT-2026 WMO-2026": -40_000_00,
    }
    short = [
        each
        for each in await town.parts((await read(town, item)).advance.draw)
        if each.part.fund == "TEKORT-2026"
    ]
    assert [(each.part.rule, each.part.stands_in_for) for each in short] == [("E41", "TOE")]
    await town.assert_sound()


async def test_a_shortage_that_another_should_pay_goes_the_same_way(town: Town) -> None:
    item = await advance(town, order=["RES"])
    assert (await read(town, item)).part.fund == "TEKORT-2026"
    await town.do(claiming(item, "TOE", 200_00))
    entries = await town.number_of_entries()
    await town.do(accepting(item, "TOE"))
    assert await town.number_of_entries() == entries, "short of one fund or of another is short"
    assert await stands(town, item) == "blijft TOE € 200,00; open € 700,00"
    await town.do(claiming(item))
    await town.do(accepting(item))
    assert await booked(town, item) == [
        ["0150 TEKORT-2026 3.4.1 6.714 credit € 700,00", "0199 TEKORT-2026 debet € 700,00"],
        [
            "1100 TEKORT-2026 ZVW debet € 700,00",
            "4310 TEKORT-2026 3.4.1 6.714 credit € 700,00",
        ],
    ]
    await town.do(writing_off(item, PayerState.ACCEPTED, cents=100_00))
    assert await lasten(town, "1100") == {"1100 TEKORT-2026 ZVW": 600_00}
    await town.assert_sound()


async def test_what_the_law_closes_is_taken_over_by_nobody(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "JW"))
    with pytest.raises(PayerMayNotPay) as told:
        await town.do(accepting(item, "JW"))
    assert told.value.rule == "E12"


async def test_who_paid_provisionally_pays_for_good_when_the_facts_are_known(town: Town) -> None:
    budget = await town.open_budget(await town.register())
    (found,) = await town.draw(
        draw(
            budget,
            await town.person(budget, YOUNGSTER),
            cents=300_00,
            kind="begeleiding-bij-beperking",
            days=(date(2026, 4, 1), date(2026, 5, 1)),
        )
    )
    (part,) = await town.parts(found.id)
    assert (part.part.fund, part.part.payer, part.part.provisional) == ("JW-2026", "JW", True)
    await town.do(claiming(part.id, "JW"))
    with pytest.raises(PayerFactUnknown):
        await town.do(accepting(part.id, "JW"))
    entries = await town.number_of_entries()
    known = (("beperking", True), ("wlz-recht", False))
    await town.do(accepting(part.id, "JW", facts=known))
    assert await stands(town, part.id) == "blijft JW € 300,00"
    assert await town.number_of_entries() == entries


async def test_days_are_taken_over_at_their_share(town: Town) -> None:
    item = await advance(town, cents=930_00)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV", from_date=date(2026, 7, 11), until_date=date(2026, 7, 21)))
    assert await stands(town, item) == "aanvaard SHV € 300,00; geclaimd SHV € 630,00"
    booked_days = await town.entry((await steps(town, item))[-1].entries[0])
    assert (booked_days.performance_from, booked_days.performance_until) == (
        date(2026, 7, 11),
        date(2026, 7, 21),
    )


async def steps(town: Town, item: UUID) -> tuple[queries.Step, ...]:
    """Read what became of an item."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await queries.steps(connection, gemeente=town.gemeente, item=item)


async def test_outside_payers_accept_delivered_help_only(town: Town) -> None:
    item = await advance(town, payment=Payment.RESERVATION)
    await town.do(claiming(item))
    with pytest.raises(NotDeliveredYet):
        await town.do(accepting(item))


async def test_a_netting_run_pays_one_amount_per_pair_and_only_once(town: Town) -> None:
    first = await advance(town)
    second = await advance(town, cents=100_00)
    third = await advance(town, cents=50_00)
    for item, payer in ((first, "SHV"), (second, "SHV"), (third, "ARM")):
        await town.do(claiming(item, payer))
        await town.do(accepting(item, payer))
    # And one the other way round.
    back = await advance(town, cents=400_00, order=["SHV"])
    await town.do(claiming(back, "WMO"))
    await town.do(accepting(back, "WMO"))
    (run,) = await town.do(netting())
    assert await run_of(town, run) == [
        "ARM-2026 aan WMO-2026 € 50,00 (1)",
        "SHV-2026 aan WMO-2026 € 600,00 (3)",
    ]
    assert await lasten(town, "1000", "1110", "1230") == {
        "1000 ARM-2026": -50_00,
        "1000 SHV-2026": -600_00,
        "1000 WMO-2026": 650_00,
    }
    for item in (first, second, third, back):
        assert "aanvaard" not in await stands(town, item)
    entries = await town.number_of_entries()
    (again,) = await town.do(netting())
    assert await run_of(town, again) == []
    assert await town.number_of_entries() == entries
    await town.assert_sound()


async def test_a_run_clears_its_own_days_only(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV", booking_date=date(2026, 2, 1)))
    (january,) = await town.do(netting(date(2026, 1, 1), date(2026, 2, 1)))
    assert await run_of(town, january) == []
    (february,) = await town.do(netting(date(2026, 2, 1), date(2026, 3, 1)))
    assert await run_of(town, february) == ["SHV-2026 aan WMO-2026 € 900,00 (1)"]


async def test_a_reversed_acceptance_is_a_claim_again(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    await town.do(accepting(item, cents=540_00))
    accepted = (await steps(town, item))[-1].entries
    (*reversals,) = await town.reverse(accepted[0])
    assert await stands(town, item) == "geclaimd ZVW € 900,00"
    assert await lasten(town, "1100") == {}
    await town.assert_sound()
    # And what was reversed by mistake is accepted again.
    await town.reverse(reversals[0])
    assert await stands(town, item) == "aanvaard ZVW € 540,00; geclaimd ZVW € 360,00"
    await town.assert_sound()


async def test_what_went_on_is_reversed_from_the_end(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV"))
    accepted = (await steps(town, item))[-1].entries
    await town.do(netting())
    netted = (await steps(town, item))[-1].entries
    with pytest.raises(SettledSince):
        await town.reverse(accepted[0])
    await town.reverse(netted[0])
    assert await stands(town, item) == "aanvaard SHV € 900,00"
    (run,) = await town.do(netting())
    assert await run_of(town, run) == ["SHV-2026 aan WMO-2026 € 900,00 (1)"]
    assert await stands(town, item) == "verrekend SHV € 900,00"
    await town.assert_sound()


async def test_reversed_help_waits_for_nobody(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, cents=600_00))
    found = await read(town, item)
    (granted,) = await town.draws(found.advance.draw)
    (first, *_) = await town.reverse(granted.entries[0])
    assert await stands(town, item) == "vervallen ZVW € 900,00"
    await town.assert_sound()
    await town.reverse(first)
    assert await stands(town, item) == "geclaimd ZVW € 600,00; open € 300,00"
    await town.assert_sound()


@pytest.mark.parametrize(("programme", "needed"), [("P1", False), ("P2", True)])
async def test_what_stays_with_a_fund_of_another_programme_needs_the_council(
    town: Town, programme: str, *, needed: bool
) -> None:
    lines = [CouncilLine(source="RES", programme=programme, taakveld="6.714", amount_cents=100_00)]
    await town.do(
        lambda connection, instruction: book_council_budget(
            connection,
            instruction=instruction,
            year=2026,
            lines=lines,
            decision="raadsbesluit 2",
            booking_date=DAY,
        )
    )
    item = await advance(town)
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await queries.stays_outside_programme(
            connection,
            gemeente=town.gemeente,
            items=[await read(town, item)],
            known_up_to=await last_link(connection, gemeente=town.gemeente),
        )
    assert found == frozenset()
    await town.do(staying(item, 1))
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await queries.stays_outside_programme(
            connection,
            gemeente=town.gemeente,
            items=[await read(town, item)],
            known_up_to=await last_link(connection, gemeente=town.gemeente),
        )
    assert found == (frozenset({item}) if needed else frozenset())


async def test_giving_up_a_claim_that_was_accepted_costs_room_again(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    await town.do(accepting(item))
    await town.do(writing_off(item, PayerState.ACCEPTED, cents=100_00))
    assert await booked(town, item) == [
        ["0120 WMO-2026 credit € 100,00", "0150 WMO-2026 3.4.1 6.714 debet € 100,00"],
        ["1100 WMO-2026 ZVW credit € 100,00", "4310 WMO-2026 3.4.1 6.714 debet € 100,00"],
    ]
    assert await lasten(town, "1100") == {"1100 WMO-2026 ZVW": 800_00}
    await town.do(receiving(item))
    assert await stands(town, item) == "afgeboekt ZVW € 100,00; verrekend ZVW € 800,00"
    await town.assert_sound()


async def test_claims_that_are_given_up_together_share_the_room_that_is_left(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    for debtor in ("aanbieder A", "aanbieder B"):
        await town.do(accepting(item, cents=300_00, debtor=debtor))
    # The district keeps 400, so that the second claim finds only 100 there.
    await town.do(
        lambda connection, instruction: pooling.return_from_district(
            connection,
            instruction=instruction,
            wijk=town.wijk,
            amounts=fund_amounts({"WMO": 49_300}),
            booking_date=DAY,
        )
    )
    await town.do(writing_off(item, PayerState.ACCEPTED))
    assert (await town.rooms())["WMO-2026"] == "€ 0,00"
    assert await lasten(town, "1100") == {}
    assert await stands(town, item) == "afgeboekt ZVW € 600,00; geclaimd ZVW € 300,00"
    await town.assert_sound()


async def test_who_takes_over_locks_the_place_of_the_advance_too(
    town: Town, locks: list[set[UUID]]
) -> None:
    item = await advance(town)
    await town.do(claiming(item, "SHV"))
    locks.clear()
    await town.do(accepting(item, "SHV"))
    (locked,) = locks
    assert {
        chart.district(town.gemeente, fund, wijk=town.wijk).id for fund in ("WMO-2026", "SHV-2026")
    } <= locked


async def test_giving_up_a_claim_that_nobody_accepted_books_nothing(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    entries = await town.number_of_entries()
    await town.do(writing_off(item, PayerState.CLAIMED))
    assert await stands(town, item) == "afgeboekt ZVW € 900,00"
    assert await town.number_of_entries() == entries
    await town.assert_sound()


NEXT_YEAR = date(2027, 2, 1)


async def close(town: Town, year: int) -> None:
    """Close the booking days of a year."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        await books.change_period(
            connection,
            gemeente=town.gemeente,
            from_date=date(year, 1, 1),
            until_date=date(year + 1, 1, 1),
            is_open=False,
            actor="medewerker",
            reason="jaarafsluiting",
            recorded_at=NOW,
        )


async def test_after_the_year_an_outside_payer_gives_revenue_and_no_room(town: Town) -> None:
    item = await advance(town)
    for payer, cents in (("ZVW", 600_00), ("SHV", 300_00)):
        await town.do(claiming(item, payer, cents))
    await town.open_year(2027)
    with pytest.raises(YearStillOpen):
        await town.do(accepting(item, booking_date=NEXT_YEAR))
    await close(town, 2026)
    await town.do(accepting(item, booking_date=NEXT_YEAR))
    assert await booked(town, item) == [
        ["1100 WMO-2027 ZVW debet € 600,00", "8300 WMO-2027 4.5.8 6.714 credit € 600,00"]
    ]
    with pytest.raises(YearOfCostsClosed):
        await town.do(accepting(item, "SHV", booking_date=NEXT_YEAR))
    await town.do(receiving(item, cents=200_00, booking_date=NEXT_YEAR))
    await town.do(writing_off(item, PayerState.ACCEPTED, booking_date=NEXT_YEAR))
    assert await lasten(town, "1000", "1100", "8300") == {
        "1000 WMO-2027": 200_00,
        "8300 WMO-2027": -200_00,
    }
    assert (await town.rooms())["WMO-2026"] == "€ 49.100,00"
    await town.assert_sound()


async def test_two_people_settle_an_item_at_once_and_one_wins(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    outcomes = await asyncio.gather(
        *(town.do(accepting(item, cents=600_00)) for _ in range(4)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(refused) == 3
    assert all(isinstance(each, MoreThanStands) for each in refused)
    assert await stands(town, item) == "aanvaard ZVW € 600,00; geclaimd ZVW € 300,00"
    await town.assert_sound()


async def test_two_netting_runs_at_once_clear_everything_once(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "SHV"))
    await town.do(accepting(item, "SHV"))
    runs = await asyncio.gather(*(town.do(netting()) for _ in range(3)))
    found = [line for (run,) in runs for line in await run_of(town, run)]
    assert found == ["SHV-2026 aan WMO-2026 € 900,00 (1)"]
    await town.assert_sound()


async def test_a_step_that_is_repeated_is_taken_once(town: Town) -> None:
    item = await advance(town)
    first = await town.do(claiming(item, cents=100_00), "sleutel")
    assert await town.do(claiming(item, cents=100_00), "sleutel") == first
    assert await stands(town, item) == "geclaimd ZVW € 100,00; open € 800,00"


async def test_an_unknown_item_is_refused(town: Town) -> None:
    with pytest.raises(UnknownPayerItem):
        await town.do(claiming(UUID(int=7)))


async def test_a_refused_step_leaves_nothing_behind(town: Town) -> None:
    item = await advance(town)
    with pytest.raises(NothingInState):
        await town.do(accepting(item))
    assert await stands(town, item) == "open € 900,00"


async def test_key_figures_tell_age_and_that_nobody_waited(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item, "WLZ", 300_00))
    other = await advance(town, cents=50_00)
    await town.do(claiming(other))
    await town.do(disputing(other))
    await town.do(staying(other))
    async with db.transaction(town.engine, town.gemeente) as connection:
        later = {
            days: await queries.key_figures(
                connection, gemeente=town.gemeente, on=DAY.fromordinal(DAY.toordinal() + days)
            )
            for days in (0, 30, 31, 90, 91)
        }
    for days, place in ((0, 0), (30, 0), (31, 1), (90, 2), (91, 3)):
        found = later[days]
        assert [each.items for each in found.ages] == [int(each == place) for each in range(4)]
        assert found.ages[place].amount_cents == found.amount_cents == 900_00
        assert (found.items, found.days_waited) == (1, 0)
        assert found.per_payer == (("WLZ", 300_00), ("ZVW", 600_00))
    assert (later[30].overdue_items, later[91].overdue_items) == (0, 1)


async def test_help_that_begins_later_than_asked_would_be_seen(
    town: Town, superuser_url: str
) -> None:
    item = await advance(town)
    superuser: AsyncEngine = db.engine_for(superuser_url)
    async with superuser.connect() as connection, connection.begin() as transaction:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql(
            "UPDATE domains.part SET from_date = from_date + 5 WHERE part_id = %s", (item,)
        )
        found = await queries.key_figures(connection, gemeente=town.gemeente, on=DAY)
        await transaction.rollback()
    await superuser.dispose()
    assert found.days_waited == 5
