"""Allocations of the care administration (301): reserved, adjusted, or waiting in sight."""

import io
from dataclasses import replace
from datetime import date, time
from typing import Any, Final
from uuid import UUID

import pytest

from api import db
from api.messages import check_notice, take_in_notice
from domains.allocations.model import REMOVED, Allocation
from domains.allocations.queries import allocations
from domains.allocations.rules import kind_of, volume_per_month
from domains.data.files import rows_of
from domains.declarations.refusals import OtherGemeente
from domains.eligibility.catalogue import KINDS
from domains.figures.model import Delivered
from domains.figures.queries import variances
from domains.messages import model, writing
from domains.messages.refusals import MessageInvalid
from domains.messages.standard import Kind, Law, MessageType
from domains.persons.model import NewPerson
from domains.persons.operations import register_persons
from domains.providers.model import NewContract, NewTariff, PurchaseScale
from domains.providers.operations import register_contracts, set_tariffs
from domains.quantities import Rounding, read_e4
from domains.reservations.model import Raise, Reservation
from domains.reservations.operations import raise_reservation, stop
from domains.reservations.queries import reservations
from domains.settings.model import Settings
from domains.signals.queries import signals
from ledger import balances
from tests.domains.declarations.support import HOURS, RECEIVED, VAULT, Desk, facts, make_desk, of
from tests.domains.support import DAY, YOUNGSTER, Town
from tests.support.messages import ANNA, PROVIDER, TOM, credit

pytestmark = pytest.mark.postgres

RESIDENT: Final = "999900031"


@pytest.fixture
async def desk(town: Town) -> Desk:
    made = await make_desk(town)
    actor = replace(made.office.actor, roles=frozenset({"budgethouder"}))
    made.office = replace(made.office, actor=actor)
    # What a 301 gives out is granted on the day on which it comes in; care cannot be booked before.
    made.booking_date = RECEIVED.date()
    return made


def given(number: int, **said: Any) -> model.AllocatedProduct:
    """Give out help for March up to and including June."""
    told: dict[str, Any] = {
        "number": number,
        "allocated_on": date(2026, 2, 20),
        "allocated_time": time(12),
        "from_date": date(2026, 3, 1),
        "last_date": date(2026, 6, 30),
    }
    return model.AllocatedProduct(**(told | said))


async def send(
    desk: Desk, *products: model.AllocatedProduct, bsn: str = TOM, sender: str = "", id_: str = "1"
) -> bytes:
    """Let the care administration tell what it gave out; gives the file."""
    content = writing.allocation(
        model.Allocation(
            header=model.Header(
                message=MessageType(law=Law.YOUTH, kind=Kind.ALLOCATION),
                sender=sender or desk.town.gemeente.removeprefix("GM"),
                receiver=PROVIDER,
                identification=id_,
                dated=date(2026, 2, 20),
            ),
            person=facts(bsn, YOUNGSTER, "Wit"),
            products=products,
        )
    )
    await offer(desk, content)
    return content


async def offer(desk: Desk, content: bytes) -> None:
    await why_waiting(desk, content)


async def why_waiting(desk: Desk, content: bytes) -> dict[int, str]:
    """Offer a file; gives per number by which code it waits."""
    taken = await take_in_notice(desk.office, io.BytesIO(content), file_name="JW301.xml")
    return {number: refusal.code for number, refusal in taken.refused.items()}


async def known(desk: Desk) -> dict[int, Allocation]:
    async with db.transaction(desk.town.engine, desk.town.gemeente) as connection:
        found = await allocations(connection, gemeente=desk.town.gemeente)
    return {each.number: each for each in found}


async def reservation(desk: Desk, draw: UUID) -> Reservation:
    async with db.transaction(desk.town.engine, desk.town.gemeente) as connection:
        (found,) = await reservations(connection, gemeente=desk.town.gemeente, ids=[draw])
    return found


async def reserved(desk: Desk, draw: UUID) -> int:
    return (await reservation(desk, draw)).reserved_cents


async def resident(desk: Desk) -> UUID:
    """Let somebody be known who has lived here for long."""
    born = date(2012, 5, 1)
    family = await desk.town.register(born, from_date=date(2020, 1, 1))
    person = await desk.town.person(await desk.town.open_budget(family), born)
    known_as = NewPerson(person=person, facts=facts(RESIDENT, born, "Vos"))
    await desk.town.do(
        lambda connection, instruction: register_persons(
            connection, instruction=instruction, vault=VAULT, persons=[known_as]
        )
    )
    return person


async def waiting(desk: Desk) -> list[str]:
    async with db.transaction(desk.town.engine, desk.town.gemeente) as connection:
        found = await signals(
            connection, gemeente=desk.town.gemeente, today=DAY, settings=Settings()
        )
    return [each.kind for each in found if each.message]


async def planned(desk: Desk, on: date) -> Delivered:
    """Give what the figures hold against what was granted as a budget without a product."""
    gemeente = desk.town.gemeente
    async with db.transaction(desk.town.engine, gemeente) as connection:
        number = await balances.last_link(connection, gemeente=gemeente)
        found = await variances(
            connection, gemeente=gemeente, year=on.year, on=on, known_up_to=number
        )
    (of_it,) = (each.delivered for each in found if not each.delivered.category)
    return of_it


async def test_each_kind_of_allocation_reserves_and_can_be_declared(desk: Desk) -> None:
    (contract,) = await desk.town.do(
        lambda connection, instruction: register_contracts(
            connection,
            instruction=instruction,
            contracts=[
                NewContract(
                    provider=PROVIDER,
                    reference="C1",
                    purchase_scale=PurchaseScale.LOCAL,
                    from_date=date(2026, 1, 1),
                    until_date=None,
                )
            ],
        )
    )
    await desk.town.do(
        lambda connection, instruction: set_tariffs(
            connection,
            instruction=instruction,
            tariffs=[
                NewTariff(
                    contract=contract,
                    product=HOURS,
                    tariff_e4=read_e4("12.50"),
                    rounding=Rounding.HALF_UP,
                    from_date=date(2026, 1, 1),
                )
            ],
        )
    )
    four_a_month = model.Extent(volume=4, unit="04", frequency="4")
    await send(
        desk,
        given(301, budget_cents=900_00),
        given(302, category="45", budget_cents=700_00),
        given(303, category="45", code="45A03", extent=four_a_month),
    )
    found = await known(desk)
    assert {number: await reserved(desk, each.draw) for number, each in found.items()} == {
        301: 900_00,
        302: 700_00,
        303: 4 * 4 * 12_50,
    }
    assert await waiting(desk) == []
    answer = await desk.declare(
        of(found[301], 1),
        of(found[302], 2, code="45A01"),
        of(found[303], 4),
        of(found[303], 5, volume=5, amount_cents=62_50),
    )
    assert (answer.codes, answer.granted_cents) == ({"RN000005": ["9321"]}, 150_00)
    await desk.town.assert_sound()


async def test_a_next_version_makes_its_reservation_follow(desk: Desk) -> None:
    await send(desk, given(301, budget_cents=900_00))
    (first,) = (await known(desk)).values()
    steps = {
        "less": (given(301, budget_cents=600_00), 600_00),
        "more": (given(301, budget_cents=1_000_00), 1_000_00),
        "removed": (given(301, budget_cents=1_000_00, change_reason=REMOVED), 0),
    }
    for place, (product, cents) in enumerate(steps.values(), 2):
        content = await send(desk, product, id_=str(place))
        await offer(desk, content)  # Once more does nothing more.
        (latest,) = (await known(desk)).values()
        assert (latest.version, latest.draw) == (place, first.draw)
        assert await reserved(desk, first.draw) == cents
    assert (await desk.declare(of(first))).codes == {"RN000001": ["9384"]}
    await desk.town.assert_sound()


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ({"budget_cents": 1_220_00, "last_date": date(2026, 4, 30)}, True),
        ({"budget_cents": 1_500_00, "last_date": date(2026, 4, 30)}, True),
        ({"budget_cents": 610_00, "last_date": date(2026, 4, 30)}, True),
        ({"budget_cents": 100_00, "last_date": date(2026, 4, 30)}, True),
        ({"budget_cents": 1_500_00, "last_date": date(2026, 8, 31)}, True),
        ({"budget_cents": 1_220_00, "last_date": date(2026, 8, 31)}, False),
        ({"budget_cents": 900_00, "last_date": date(2026, 8, 31)}, False),
        ({"budget_cents": 1_220_00, "from_date": date(2026, 4, 1)}, False),
        ({"budget_cents": 900_00, "from_date": date(2026, 4, 1)}, False),
    ],
    ids=str,
)
async def test_a_version_is_recorded_only_when_its_reservation_is_as_it_says(
    desk: Desk, said: dict[str, Any], *, follows: bool
) -> None:
    await send(desk, given(301, budget_cents=1_220_00))
    (first,) = (await known(desk)).values()
    content = await send(desk, given(301, **said), id_="2")
    await offer(desk, content)  # Once more does nothing more.
    (latest,) = (await known(desk)).values()
    standing = await reservation(desk, first.draw)
    assert latest.version == (2 if follows else 1)
    assert (standing.until_date, standing.reserved_cents) == (
        latest.until_date,
        latest.budget_cents,
    )
    assert await waiting(desk) == ([] if follows else ["toewijzing-niet-geboekt"])
    await desk.town.assert_sound()


async def test_an_earlier_decision_that_comes_in_later_changes_nothing(desk: Desk) -> None:
    await send(desk, given(301, budget_cents=900_00))
    (first,) = (await known(desk)).values()
    earlier = given(301, budget_cents=400_00, allocated_on=date(2026, 2, 19))
    content = await send(desk, earlier, id_="2")
    assert await why_waiting(desk, content) == {301: "toewijzing-niet-gevolgd"}
    (latest,) = (await known(desk)).values()
    assert (latest.version, await reserved(desk, first.draw)) == (1, 900_00)
    await desk.town.assert_sound()


async def test_stopped_help_is_not_extended_and_says_what_to_do(desk: Desk) -> None:
    await send(desk, given(301, budget_cents=1_220_00))
    (first,) = (await known(desk)).values()
    await send(desk, given(301, budget_cents=610_00, last_date=date(2026, 4, 30)), id_="2")
    content = await send(desk, given(301, budget_cents=1_220_00), id_="3")
    taken = await take_in_notice(desk.office, io.BytesIO(content), file_name="JW301.xml")
    assert "onder een nieuw nummer" in taken.refused[301].message()
    (latest,) = (await known(desk)).values()
    assert (latest.version, await reserved(desk, first.draw)) == (2, 610_00)
    after = given(302, budget_cents=610_00, from_date=date(2026, 5, 1))
    await send(desk, after, id_="4")
    assert await reserved(desk, (await known(desk))[302].draw) == 610_00
    await desk.town.assert_sound()


async def test_less_than_was_delivered_already_waits_in_sight(desk: Desk) -> None:
    await send(desk, given(301, budget_cents=100_00))
    (first,) = (await known(desk)).values()
    assert (await desk.declare(of(first))).granted_cents == 50_00
    await send(desk, given(301, budget_cents=20_00), id_="2")
    (latest,) = (await known(desk)).values()
    assert (latest.version, await reserved(desk, first.draw)) == (1, 50_00)
    assert await waiting(desk) == ["toewijzing-niet-geboekt"]


async def test_what_cannot_be_booked_waits_in_sight_and_follows_when_offered_again(
    desk: Desk,
) -> None:
    nobody = await send(desk, given(301, budget_cents=900_00), bsn="999900031")
    no_amount = given(302, category="45")
    no_kind = given(303, category="49", budget_cents=100_00)
    unable = await send(desk, no_amount, no_kind, id_="2")
    assert (await known(desk), await waiting(desk)) == ({}, ["toewijzing-niet-geboekt"] * 2)
    await offer(desk, nobody)
    assert (await known(desk), await waiting(desk)) == ({}, ["toewijzing-niet-geboekt"] * 2)
    unbooked = "toewijzing-niet-geboekt"
    assert await why_waiting(desk, unable) == {302: unbooked, 303: unbooked}
    with pytest.raises(OtherGemeente):
        check_notice(
            replace(desk.office, actor=replace(desk.office.actor, gemeente="GM9999")),
            io.BytesIO(nobody),
            file_name="JW301.xml",
        )
    with pytest.raises(OtherGemeente):
        await send(desk, given(304, budget_cents=1_00), sender="9999", id_="3")


async def test_running_help_reserves_for_the_open_years_and_keeps_that_it_has_no_end(
    desk: Desk,
) -> None:
    await resident(desk)
    content = await send(
        desk,
        given(301, budget_cents=900_00, from_date=date(2024, 5, 1), last_date=None),
        given(302, category="45", budget_cents=700_00, from_date=date(2025, 7, 1)),
        given(303, category="43", budget_cents=800_00, from_date=date(2024, 5, 1), last_date=None),
        bsn=RESIDENT,
    )
    found = await known(desk)
    days = {}
    for number, each in found.items():
        standing = await reservation(desk, each.draw)
        days[number] = (standing.from_date, standing.until_date, standing.reserved_cents)
    assert days == {
        301: (date(2026, 1, 1), date(2027, 1, 1), 900_00),
        302: (date(2026, 1, 1), date(2026, 7, 1), 700_00),
        303: (date(2026, 1, 1), date(2027, 1, 1), 800_00),
    }
    assert (found[301].from_date, found[301].until_date) == (date(2024, 5, 1), None)
    assert await why_waiting(desk, content) == {}
    january: dict[str, Any] = {"from_date": date(2027, 1, 1), "last_date": date(2027, 1, 31)}
    declared = desk.declaration(of(found[301], 1, bsn=RESIDENT, **january), **january).xml()
    answer = await desk.send(declared)
    assert (answer.message.waiting, answer.message.refused) == (1, 0)
    more = Raise(
        draw=found[301].draw,
        from_date=date(2027, 1, 1),
        until_date=date(2028, 1, 1),
        amount_cents=600_00,
        reason="een nieuw jaar",
    )
    await desk.town.do(
        lambda connection, instruction: raise_reservation(
            connection, instruction=instruction, asked=more, booking_date=desk.booking_date
        ),
        today=desk.booking_date,
    )
    assert (await desk.send(declared)).granted_cents == 50_00
    years = [await planned(desk, date(year, 12, 31)) for year in (2026, 2027)]
    assert [each.planned_cents for each in years] == [900_00, 600_00]
    assert [each.amount_cents for each in years] == [0, 50_00]
    shorter = given(303, category="43", budget_cents=500_00, from_date=date(2024, 5, 1))
    content = await send(desk, shorter, bsn=RESIDENT, id_="2")
    assert await why_waiting(desk, content) == {}
    standing = await reservation(desk, found[303].draw)
    assert (standing.until_date, standing.reserved_cents) == (date(2026, 7, 1), 500_00)
    await desk.town.assert_sound()


async def test_help_of_which_no_day_is_left_was_planned_for_nothing(desk: Desk) -> None:
    await resident(desk)
    running: dict[str, Any] = {"budget_cents": 900_00, "from_date": date(2024, 5, 1)}
    await send(desk, given(301, **running, last_date=None), bsn=RESIDENT)
    january: dict[str, Any] = {"from_date": date(2026, 1, 1), "last_date": date(2026, 1, 31)}
    line = of((await known(desk))[301], bsn=RESIDENT, **january)
    assert (await desk.declare(line, **january)).granted_cents == 50_00
    gone = given(301, **running, last_date=date(2025, 12, 31), change_reason=REMOVED)
    content = await send(desk, gone, bsn=RESIDENT, id_="2")
    assert await why_waiting(desk, content) == {}
    found = await planned(desk, date(2026, 12, 31))
    assert (found.planned_cents, found.amount_cents) == (0, 50_00)


async def test_help_that_was_stopped_on_its_first_day_was_planned_for_nothing(desk: Desk) -> None:
    await resident(desk)
    running = given(301, budget_cents=900_00, from_date=date(2024, 5, 1), last_date=None)
    await send(desk, running, bsn=RESIDENT)
    (care,) = (await known(desk)).values()
    january: dict[str, Any] = {"from_date": date(2026, 1, 1), "last_date": date(2026, 1, 31)}
    line = of(care, bsn=RESIDENT, **january)
    await desk.declare(line, **january)
    before = desk.booking_date
    desk.booking_date = date(2026, 6, 1)
    await desk.declare(credit(line), **january)
    await desk.town.do(
        lambda connection, instruction: stop(
            connection,
            instruction=instruction,
            draw=care.draw,
            day=january["from_date"],
            reason="niet begonnen",
            booking_date=desk.booking_date,
        ),
        today=desk.booking_date,
    )
    found = await planned(desk, before)
    assert (found.planned_cents, found.amount_cents) == (0, 50_00)
    told = await desk.allocate(care.draw)
    assert (told.from_date, told.until_date) == (date(2026, 1, 1), date(2026, 1, 2))


@pytest.mark.parametrize("is_delivered", [False, True], ids=["reserved", "delivered"])
async def test_running_help_that_ended_before_it_was_reserved_gives_everything_back(
    desk: Desk, *, is_delivered: bool
) -> None:
    await resident(desk)
    running: dict[str, Any] = {"budget_cents": 900_00, "from_date": date(2024, 5, 1)}
    await send(desk, given(301, **running, last_date=None), bsn=RESIDENT)
    (care,) = (await known(desk)).values()
    if is_delivered:
        january: dict[str, Any] = {"from_date": date(2026, 1, 1), "last_date": date(2026, 1, 31)}
        await desk.declare(of(care, bsn=RESIDENT, **january), **january)
    ended = given(301, **running, last_date=date(2025, 12, 31))
    content = await send(desk, ended, bsn=RESIDENT, id_="2")
    taken = await take_in_notice(desk.office, io.BytesIO(content), file_name="JW301.xml")
    (latest,) = (await known(desk)).values()
    if is_delivered:
        assert "voor 01-01-2026" in taken.refused[301].message()
        assert (latest.version, await reserved(desk, care.draw)) == (1, 850_00)
    else:
        assert taken.refused == {}
        assert (latest.version, await reserved(desk, care.draw)) == (2, 0)
    await desk.town.assert_sound()


async def test_help_of_a_stranger_is_booked_once_it_is_known_who_that_is(desk: Desk) -> None:
    content = await send(desk, given(301, budget_cents=900_00), bsn=RESIDENT)
    person = await resident(desk)
    assert await why_waiting(desk, content) == {}
    (booked,) = (await known(desk)).values()
    assert (booked.person, await waiting(desk)) == (person, [])


async def test_one_number_for_two_products_is_refused_as_the_file_is_read(desk: Desk) -> None:
    with pytest.raises(MessageInvalid):
        await send(desk, given(301, budget_cents=1_00), given(301, budget_cents=2_00))
    assert await desk.town.count("domains.message") == 0


async def test_a_number_of_another_person_waits_with_that_reason(desk: Desk) -> None:
    await send(desk, given(301, budget_cents=900_00))
    content = await send(desk, given(301, budget_cents=900_00), bsn=ANNA, id_="2")
    assert await why_waiting(desk, content) == {301: "toewijzingnummer-bezet"}


async def test_a_request_waits_in_sight_until_it_is_answered(desk: Desk) -> None:
    care = await desk.care()
    wanted = model.Request(
        header=model.Header(
            message=MessageType(law=Law.YOUTH, kind=Kind.REQUEST),
            sender=PROVIDER,
            receiver=desk.town.gemeente.removeprefix("GM"),
            identification="9",
            dated=date(2026, 2, 20),
        ),
        person=facts(TOM, YOUNGSTER, "Wit"),
        products=(
            model.WantedProduct(
                provider_reference="REF9",
                category="45",
                from_date=date(2026, 3, 1),
                last_date=None,
                extent=None,
                budget_cents=100_00,
            ),
        ),
    )
    await offer(desk, request_xml(wanted))
    assert await waiting(desk) == ["verzoek-aanbieder"]
    await desk.allocate(care.draw, number=care.number, provider_reference="REF9")
    assert await waiting(desk) == []


def request_xml(asked: model.Request) -> bytes:
    (product,) = asked.products
    header, person = asked.header, asked.person
    return writing.document(
        header.message,
        {
            "Header": {
                "Afzender": header.sender,
                "Ontvanger": header.receiver,
                "BerichtIdentificatie": {
                    "Identificatie": header.identification,
                    "Dagtekening": header.dated,
                },
                "XsdVersie": {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"},
            },
            "Client": {
                "Bsn": person.bsn,
                "Geboortedatum": {"Datum": person.birth_date},
                "Geslacht": person.sex,
                "Naam": {"Geslachtsnaam": {"Achternaam": person.surname}},
                "AangevraagdeProducten": {
                    "AangevraagdProduct": [
                        {
                            "ReferentieAanbieder": product.provider_reference,
                            "Product": {"Categorie": product.category},
                            "ToewijzingIngangsdatum": product.from_date,
                            "Verwijzer": {"Type": "01"},
                            "Budget": product.budget_cents,
                        }
                    ]
                },
            },
        },
    )


def test_every_kind_of_help_that_a_category_is_exists() -> None:
    kinds = {each.code for each in KINDS}
    assert {row["soort"] for row in rows_of("soort_per_productcategorie.csv")} <= kinds
    assert (kind_of(Law.YOUTH, ""), kind_of(Law.SUPPORT, "01")) == (
        "maatwerk",
        "huishoudelijke-hulp",
    )
    assert kind_of(Law.YOUTH, "49") is None


@pytest.mark.parametrize(("frequency", "times"), [("1", 30), ("2", 5), ("4", 1), ("6", 1)], ids=str)
def test_a_volume_holds_per_day_per_week_per_month_or_in_all(frequency: str, times: int) -> None:
    whole = volume_per_month(frequency, 3, date(2026, 4, 1), date(2026, 5, 1))
    assert whole == 3 * times
