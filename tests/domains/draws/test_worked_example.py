"""The worked example, to the cent, on real books: from council to payer."""

from datetime import date
from uuid import UUID

from domains import chart
from domains.draws.model import Outcome
from domains.settings.model import SettingName
from ledger.accounts import Book
from ledger.money import show
from tests.domains.payers.support import (
    accepting,
    booked,
    claiming,
    disputing,
    read,
    stands,
    staying,
)
from tests.domains.support import YOUNGSTER, Town, draw


async def test_help_for_one_family_from_council_to_provider(town: Town) -> None:
    # Steps 1 and 2: the council, the complex reserve and the district.
    assert await town.rooms(chart.FREE) == {
        "ARM-2026": "€ 260.000,00",
        "JW-2026": "€ 750.000,00",
        "SHV-2026": "€ 170.000,00",
        "WMO-2026": "€ 350.000,00",
    }
    assert await town.rooms(chart.COMPLEX_RESERVE) == {"JW-2026": "€ 50.000,00"}

    # Step 3: the fixed amount, in proportion to what each fund has in the district.
    budget = await town.open_budget(await town.register())
    assert await town.rooms(chart.FAMILY) == {
        "ARM-2026": "€ 2.250,00",
        "JW-2026": "€ 11.250,00",
        "SHV-2026": "€ 1.687,50",
        "WMO-2026": "€ 2.812,50",
    }
    assert (await town.budget(budget)).room_cents == 18_000_00
    parent = await town.person(budget)
    youngster = await town.person(budget, YOUNGSTER)

    # Step 4, draw A: debt relief pays all, poverty money may not.
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=1_250_00,
            kind="betalingsachterstand-in-schuldtraject",
            days=(date(2026, 3, 1), date(2026, 3, 2)),
        ),
        booking_date=date(2026, 3, 1),
    )
    assert found.decision.outcome is Outcome.GRANTED
    assert [await told(town, entry) for entry in found.entries] == [
        [
            "2026-03-01 tot 2026-03-02",
            "0130 SHV-2026 E19 credit € 1.250,00",
            "0150 SHV-2026 3.8 6.3 E19 debet € 1.250,00",
        ],
        [
            "2026-03-01 tot 2026-03-02",
            "1200 SHV-2026 E19 credit € 1.250,00",
            "4410 SHV-2026 3.8 6.3 E19 debet € 1.250,00",
        ],
    ]
    assert (await town.rooms(chart.FAMILY))["SHV-2026"] == "€ 437,50"
    (poverty,) = [
        each for each in found.decision.weighed if (each.fund, each.place) == ("ARM-2026", "gezin")
    ]
    assert (poverty.eligible, poverty.rule, poverty.taken_cents) == (False, "E24", 0)

    # Step 5, draw B: youth money up to the 18th birthday, then Wmo; 30 euros a day.
    (found,) = await town.draw(
        draw(
            budget,
            youngster,
            cents=2_730_00,
            kind="begeleiding-bij-beperking",
            days=(date(2026, 4, 1), date(2026, 7, 1)),
            facts=(("beperking", True), ("wlz-recht", False)),
        ),
        booking_date=date(2026, 4, 1),
    )
    assert [await told(town, entry) for entry in found.entries] == [
        [
            "2026-04-01 tot 2026-05-15",
            "0130 JW-2026 E04 credit € 1.320,00",
            "0150 JW-2026 3.4.1 6.751 E04 debet € 1.320,00",
        ],
        [
            "2026-04-01 tot 2026-05-15",
            "1200 JW-2026 E04 credit € 1.320,00",
            "4210 JW-2026 3.4.1 6.751 E04 debet € 1.320,00",
        ],
        [
            "2026-05-15 tot 2026-07-01",
            "0130 WMO-2026 E14 credit € 1.410,00",
            "0150 WMO-2026 3.4.1 6.712 E14 debet € 1.410,00",
        ],
        [
            "2026-05-15 tot 2026-07-01",
            "1200 WMO-2026 E14 credit € 1.410,00",
            "4310 WMO-2026 3.4.1 6.712 E14 debet € 1.410,00",
        ],
    ]

    # Step 6, draw C: tailor-made help, all funds together by their room.
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=3_500_00,
            days=(date(2026, 5, 1), date(2026, 5, 2)),
            provider="woningcorporatie",
            description="inrichting en eerste huur",
        ),
        booking_date=date(2026, 5, 1),
    )
    assert [await told(town, entry) for entry in found.entries] == [
        [
            "2026-05-01 tot 2026-05-02",
            "0130 ARM-2026 E35 credit € 561,70",
            "0130 JW-2026 E35 credit € 2.478,96",
            "0130 SHV-2026 E35 credit € 109,22",
            "0130 WMO-2026 E35 credit € 350,12",
            "0150 ARM-2026 4.1.1 6.3 E35 debet € 561,70",
            "0150 JW-2026 4.1.1 6.3 E35 debet € 2.478,96",
            "0150 SHV-2026 4.1.1 6.3 E35 debet € 109,22",
            "0150 WMO-2026 4.1.1 6.3 E35 debet € 350,12",
        ],
        [
            "2026-05-01 tot 2026-05-02",
            "1200 ARM-2026 E35 credit € 561,70",
            "1200 JW-2026 E35 credit € 2.478,96",
            "1200 SHV-2026 E35 credit € 109,22",
            "1200 WMO-2026 E35 credit € 350,12",
            "4610 ARM-2026 4.1.1 6.3 E35 debet € 561,70",
            "4610 JW-2026 4.1.1 6.3 E35 debet € 2.478,96",
            "4610 SHV-2026 4.1.1 6.3 E35 debet € 109,22",
            "4610 WMO-2026 4.1.1 6.3 E35 debet € 350,12",
        ],
    ]
    assert await town.rooms(chart.FAMILY) == {
        "ARM-2026": "€ 1.688,30",
        "JW-2026": "€ 7.451,04",
        "SHV-2026": "€ 328,28",
        "WMO-2026": "€ 1.052,38",
    }
    assert await town.rooms(chart.DISTRICT) == {
        "ARM-2026": "€ 37.750,00",
        "JW-2026": "€ 188.750,00",
        "SHV-2026": "€ 28.312,50",
        "WMO-2026": "€ 47.187,50",
    }

    # Step 7, draw D: all that the family has, and the district for the rest.
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=12_000_00,
            days=(date(2026, 6, 1), date(2026, 9, 1)),
            provider="andere leverancier",
            description="tijdelijke woonplek en begeleiding",
        ),
        booking_date=date(2026, 6, 1),
    )
    assert found.decision.outcome is Outcome.GRANTED
    assert {
        (part.place.value, part.fund): show(part.amount_cents) for part in found.decision.parts
    } == {
        ("gezin", "ARM-2026"): "€ 1.688,30",
        ("gezin", "JW-2026"): "€ 7.451,04",
        ("gezin", "SHV-2026"): "€ 328,28",
        ("gezin", "WMO-2026"): "€ 1.052,38",
        ("wijk", "ARM-2026"): "€ 185,00",
        ("wijk", "JW-2026"): "€ 925,00",
        ("wijk", "SHV-2026"): "€ 138,75",
        ("wijk", "WMO-2026"): "€ 231,25",
    }
    assert (await town.budget(budget)).room_cents == 0
    assert (await town.rooms(chart.DISTRICT))["WMO-2026"] == "€ 46.956,25"

    # What each law paid in the end, and to which taakveld and category it went.
    assert {
        (each.account.code, each.account.colour): show(each.balance_cents)
        for each in await town.balances(Book.LASTEN)
    } == {
        ("1200", "ARM-2026"): "€ -2.435,00",
        ("1200", "JW-2026"): "€ -12.175,00",
        ("1200", "SHV-2026"): "€ -1.826,25",
        ("1200", "WMO-2026"): "€ -3.043,75",
        ("4210", "JW-2026"): "€ 1.320,00",
        ("4310", "WMO-2026"): "€ 1.410,00",
        ("4410", "SHV-2026"): "€ 1.250,00",
        ("4610", "ARM-2026"): "€ 2.435,00",
        ("4610", "JW-2026"): "€ 10.855,00",
        ("4610", "SHV-2026"): "€ 576,25",
        ("4610", "WMO-2026"): "€ 1.633,75",
    }
    await town.assert_sound()

    # Step 8, draw E: nobody knows yet whether the insurer pays, so the named fund pays in advance.
    await town.decide(SettingName.ADVANCE_ORDER, ["WMO"])
    (found,) = await town.draw(
        draw(
            budget,
            parent,
            cents=900_00,
            kind="ggz-behandeling-volwassene",
            days=(date(2026, 7, 1), date(2026, 8, 1)),
        ),
        booking_date=date(2026, 7, 1),
    )
    assert found.decision.outcome is Outcome.GRANTED_WITH_PAYER_ITEM
    (part,) = await town.parts(found.id)
    assert (part.part.fund, part.part.payer, part.part.taakveld) == ("WMO-2026", "ZVW", "6.714")
    assert (await town.rooms(chart.DISTRICT))["WMO-2026"] == "€ 46.056,25"

    # Later the insurer accepts a part; the rest stays with the fund that paid it, by a decision.
    later = date(2026, 9, 1)
    await town.do(claiming(part.id))
    await town.do(accepting(part.id, cents=540_00, booking_date=later))
    assert await booked(town, part.id) == [
        [
            "0120 WMO-2026 debet € 540,00",
            "0150 WMO-2026 3.4.1 6.714 credit € 540,00",
        ],
        [
            "1100 WMO-2026 ZVW debet € 540,00",
            "4310 WMO-2026 3.4.1 6.714 credit € 540,00",
        ],
    ]
    assert (await town.rooms(chart.DISTRICT))["WMO-2026"] == "€ 46.596,25"
    await town.do(disputing(part.id))
    entries = await town.number_of_entries()
    await town.do(staying(part.id))
    assert await town.number_of_entries() == entries
    assert await stands(town, part.id) == "aanvaard ZVW € 540,00; blijft ZVW € 360,00"
    assert (await read(town, part.id)).unsettled_cents == 0
    await town.assert_sound()


async def told(town: Town, entry_id: UUID) -> list[str]:
    """Tell an entry: its performance days (the second one exclusive), then its lines."""
    entry = await town.entry(entry_id)
    return [
        f"{entry.performance_from} tot {entry.performance_until}",
        *await town.lines(entry_id),
    ]
