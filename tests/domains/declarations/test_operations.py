"""Declarations as they are booked and answered, against the real books."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from api import db
from domains.allocations.model import AllocationForm
from domains.declarations.queries import latest_messages, messages
from domains.declarations.refusals import OtherGemeente
from domains.messages.refusals import MessageInvalid, MessageUnreadable
from domains.messages.schema import load_schema, schema_file
from domains.messages.standard import Kind, Law, MessageType
from domains.persons.operations import wrap_keys_anew
from domains.persons.rules import MasterKeyReplaced
from domains.reservations import delivering
from domains.reservations.model import NewDelivery
from domains.settings.model import SettingName
from ledger.accounts import Book
from tests.domains.declarations.support import (
    APRIL,
    HOURS,
    RECEIVED,
    ClockAt,
    Desk,
    make_desk,
    of,
)
from tests.domains.support import DAY, Town
from tests.domains.year_end.support import ACCRUED, NEXT, close
from tests.support.messages import ANNA, PROVIDER, credit, declared


@pytest.fixture
async def desk(town: Town) -> Desk:
    return await make_desk(town)


async def test_granted_lines_are_booked_and_are_not_in_the_answer(desk: Desk) -> None:
    allocation = await desk.care()
    answer = await desk.declare(of(allocation, 1), of(allocation, 2))
    assert (answer.codes, answer.declaration_codes) == ({}, ["8001"])
    assert answer.granted_cents == await desk.spent() == 100_00
    # Another provider may use the same numbers, and a payment names no more than a document.
    documents = await desk.town.ask(
        "SELECT DISTINCT document FROM ledger.entry WHERE kind = 'levering' ORDER BY document"
    )
    assert documents == [(f"{PROVIDER} DN001 RN00000{place}",) for place in (1, 2)]
    await desk.town.assert_sound()


async def test_the_sample_is_answered_by_a_message_that_fits_its_schema(
    town: Town, testdata: Path
) -> None:
    schemas = testdata / "ijw_iwmo"
    desk = await make_desk(town, schemas=schemas)
    await desk.care(number=10072)
    line = replace(HOURS, code="45A04")
    await desk.care(number=10073, product=line, tariff="15.00", volume="30")
    await desk.care(number=10074, person=desk.anna, kind="jeugdhulp-ambulant")
    own = f"Ontvanger>{town.gemeente[2:]}".encode()
    content = (schemas / "voorbeeld_JW323.xml").read_bytes().replace(b"Ontvanger>0384", own)
    answer = await desk.send(content)
    assert [answer.granted_cents, await desk.spent()] == [340_00, 340_00]
    assert answer.codes == {"RN004": ["8021"]}
    file = schema_file(schemas, MessageType(law=Law.YOUTH, kind=Kind.ANSWER))
    assert file is not None
    load_schema(file).assertValid(etree.fromstring(answer.xml))


async def test_a_refused_line_is_answered_with_its_code_and_its_person(desk: Desk) -> None:
    allocation = await desk.care()
    answer = await desk.declare(of(allocation, 1), of(allocation, 2, tariff_cents=13_00))
    assert (answer.codes, answer.bsns) == ({"RN000002": ["0611"]}, ["999900006"])
    assert answer.declaration_codes == ["0200"]
    assert answer.granted_cents == await desk.spent() == 50_00


async def test_unknown_people_and_allocations_are_answered(desk: Desk) -> None:
    allocation = await desk.care()
    stranger = "999990019"
    answer = await desk.declare(
        of(allocation, 1, bsn=stranger),
        of(allocation, 2, bsn=ANNA),
        declared(3, allocation=4711),
    )
    assert answer.codes == {"RN000001": ["8187"], "RN000002": ["8187"], "RN000003": ["9338"]}
    assert answer.bsns == [stranger, ANNA, "999900006"]
    assert await desk.spent() == 0
    found = await desk.town.ask("SELECT * FROM domains.declared_line, domains.message")
    assert stranger not in repr(found)


async def test_the_same_file_again_books_nothing_and_has_the_same_answer(desk: Desk) -> None:
    allocation = await desk.care()
    content = desk.declaration(of(allocation, 1), of(allocation, 2, tariff_cents=1)).xml()
    first = await desk.send(content)
    entries = await desk.town.number_of_entries()
    second = await desk.send(content)
    assert (second.xml, await desk.town.number_of_entries()) == (first.xml, entries)


async def test_a_new_master_key_makes_nobody_a_stranger_and_no_file_a_new_one(desk: Desk) -> None:
    allocation = await desk.care()
    content = desk.declaration(of(allocation, 1)).xml()
    first = await desk.send(content)
    old = desk.office.vault
    new = replace(old, master=bytes(32), older=(old.master,))
    await desk.town.do(
        lambda connection, instruction: wrap_keys_anew(
            connection, instruction=instruction, vault=new
        )
    )
    with pytest.raises(MasterKeyReplaced):
        await desk.declare(of(allocation, 2))
    desk.office = replace(desk.office, vault=new)
    second = await desk.send(content)
    assert (second.message.id, second.xml) == (first.message.id, first.xml)
    assert (await desk.declare(of(allocation, 3))).granted_cents == 50_00


async def test_messages_come_in_pages_each_with_its_own_figures(desk: Desk) -> None:
    allocation = await desk.care()
    for place in (1, 2, 3):
        await desk.declare(of(allocation, place))
    async with db.transaction(desk.town.engine, desk.town.gemeente) as connection:
        told: dict[str, Any] = {"connection": connection, "gemeente": desk.town.gemeente}
        first = await messages(**told, limit=2)
        rest = await messages(**told, after=first[-1].id, limit=2)
        latest, count = await latest_messages(**told, limit=2)
    assert [(each.declaration, each.done) for each in (*first, *rest)] == [
        ("DN001", 1),
        ("DN002", 1),
        ("DN003", 1),
    ]
    assert ([each.declaration for each in latest], count) == (["DN003", "DN002"], 3)


async def test_another_file_with_the_same_number_is_refused_as_a_whole(desk: Desk) -> None:
    allocation = await desk.care()
    first = desk.declaration(of(allocation, 1))
    await desk.send(first.xml())
    again = replace(first, lines=(of(allocation, 2),))
    answer = await desk.send(again.xml())
    assert (answer.declaration_codes, answer.granted_cents) == (["9333"], 0)
    assert await desk.spent() == 50_00


async def test_a_reference_counts_once_per_provider(desk: Desk) -> None:
    allocation = await desk.care()
    twice = await desk.declare(of(allocation, 1), of(allocation, 2, reference="RN000001"))
    assert twice.codes == {"RN000001": ["8021"]}
    later = await desk.declare(of(allocation, 1))
    assert later.codes == {"RN000001": ["8021"]}
    assert await desk.spent() == 50_00


async def test_what_does_not_fit_any_more_is_refused_and_a_smaller_line_is_not(desk: Desk) -> None:
    allocation = await desk.budgeted(100_00)
    assert allocation.form is AllocationForm.GENERIC
    answer = await desk.declare(
        of(allocation, 1, volume=6, amount_cents=75_00),
        of(allocation, 2, volume=6, amount_cents=75_00),
        of(allocation, 3, volume=2, amount_cents=25_00),
    )
    assert answer.codes == {"RN000002": ["9369"]}
    assert answer.granted_cents == await desk.spent() == 100_00
    await desk.town.assert_sound()


async def test_a_line_may_wait_for_a_raise(desk: Desk) -> None:
    await desk.town.decide(SettingName.OVER_DELIVERY, "wacht-op-verhoging")
    allocation = await desk.care(volume="4")
    await desk.town.do(
        lambda connection, instruction: delivering.deliver(
            connection,
            instruction=instruction,
            deliveries=[
                NewDelivery(
                    draw=allocation.draw,
                    line=1,
                    from_date=APRIL[0],
                    until_date=APRIL[1],
                    amount_cents=10_00,
                )
            ],
            booking_date=DAY,
        ),
        today=APRIL[1],
    )
    content = desk.declaration(of(allocation, 1)).xml()
    waiting = await desk.send(content)
    assert (waiting.message.waiting, waiting.xml, await desk.spent()) == (1, b"", 10_00)
    (delivered,) = await desk.town.ask(
        "SELECT unnest(entries) FROM domains.delivery WHERE outcome = 'geleverd' LIMIT 1"
    )
    await desk.town.reverse(delivered[0])
    told = await desk.rehearse(content)
    assert (told.waiting, told.granted_cents, await desk.spent()) == (0, 50_00, 0)
    desk.office = replace(desk.office, clock=ClockAt(RECEIVED + timedelta(hours=1)))
    answer = await desk.send(content)
    assert (answer.message.waiting, answer.codes) == (0, {})
    assert answer.granted_cents == await desk.spent() == 50_00
    credited = await desk.declare(credit(of(allocation, 1)))
    assert (credited.codes, await desk.spent()) == ({}, 0)


async def test_a_corrected_line_fits_where_nothing_but_what_it_corrects_was_left(
    desk: Desk,
) -> None:
    allocation = await desk.budgeted(50_00)
    line = of(allocation, 1)
    await desk.declare(line)
    corrected = of(allocation, 2, volume=3, tariff_cents=15_00, amount_cents=45_00)
    answer = await desk.declare(credit(line), corrected)
    assert (answer.codes, await desk.spent()) == ({}, 45_00)
    await desk.town.assert_sound()


async def test_a_credit_takes_back_all_that_its_line_booked(desk: Desk) -> None:
    allocation = await desk.care()
    line = of(allocation, 1)
    await desk.declare(line)
    answer = await desk.declare(
        credit(line), of(allocation, 2, volume=2, amount_cents=25_00), total_cents=-25_00
    )
    assert answer.codes == {}
    assert answer.granted_cents == -25_00
    assert await desk.spent() == 25_00
    await desk.town.assert_sound()


async def test_a_credit_without_a_granted_debit_is_refused(desk: Desk) -> None:
    allocation = await desk.care()
    granted, refused = of(allocation, 1), of(allocation, 2, tariff_cents=1)
    await desk.declare(granted, refused)
    new = of(allocation, 3)
    answer = await desk.declare(
        new,
        credit(new),
        credit(refused),
        credit(of(allocation, 9)),
        credit(granted, volume=3, reference="C-other"),
        credit(granted),
        credit(granted, reference="C-again"),
    )
    assert answer.codes == {
        "CRN000003": ["8017"],  # It was not granted yet when this was sent.
        "CRN000002": ["8017"],
        "CRN000009": ["8017"],
        "C-other": ["8017"],
        "C-again": ["9390"],
    }
    assert await desk.spent() == 50_00
    await desk.town.assert_sound()


async def test_what_was_accrued_is_declared_from_the_accrual_and_costs_once(desk: Desk) -> None:
    allocation = await desk.care(volume="12")
    line = of(allocation, 1)
    await desk.declare(line)
    assert (await accrued(desk), await desk.spent(), await costs(desk)) == (0, 50_00, 50_00)
    await desk.town.open_year(NEXT)
    closing = await close(desk.town, ACCRUED)
    assert [row for row in closing.record.rows if row.blocks] == []
    desk.booking_date = date(NEXT, 2, 1)
    assert (await accrued(desk), await desk.spent(), await costs(desk)) == (100_00, 50_00, 150_00)
    later = of(allocation, 2, volume=7, amount_cents=87_50)
    await desk.declare(later)
    assert (await accrued(desk), await desk.spent(), await costs(desk)) == (12_50, 137_50, 150_00)
    answer = await desk.declare(of(allocation, 3, volume=1, amount_cents=12_50), of(allocation, 4))
    assert answer.codes == {"RN000004": ["9389", "9322"]}
    assert (await accrued(desk), await desk.spent(), await costs(desk)) == (0, 150_00, 150_00)
    await desk.declare(credit(later), replace(later, place=5, reference="RN000005"))
    assert (await accrued(desk), await desk.spent(), await costs(desk)) == (0, 150_00, 150_00)
    await desk.declare(credit(replace(later, reference="RN000005")))
    assert (await accrued(desk), await desk.spent(), await costs(desk)) == (87_50, 62_50, 150_00)
    await desk.town.assert_sound()


async def test_a_broken_file_books_nothing(desk: Desk) -> None:
    allocation = await desk.care()
    content = desk.declaration(*(of(allocation, place) for place in range(1, 20))).xml()
    with pytest.raises(MessageUnreadable):
        await desk.send(content[: len(content) // 2])
    with pytest.raises(MessageInvalid):
        await desk.send(content[:-900] + content[-900:].replace(b"Volume>4", b"Volume>-4"))
    other = desk.declaration(of(allocation, 1), gemeente="9999")
    with pytest.raises(OtherGemeente):
        await desk.send(other.xml())
    assert await desk.town.count("domains.message") == 0
    assert await desk.spent() == 0


async def test_a_declaration_goes_on_behind_the_last_chunk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domains.declarations.operations.CHUNK", 3)
    allocation = await desk.budgeted(500_00)
    lines = [of(allocation, place, code=f"45A{place:02d}") for place in range(1, 11)]
    content = desk.declaration(*lines).xml()
    told: list[int] = []

    def stop_halfway(_what: str, done: int, _total: int) -> None:
        told.append(done)
        if done == 6:
            raise KeyboardInterrupt

    broken = replace(desk.office, tell=stop_halfway)
    desk.office, whole = broken, desk.office
    with pytest.raises(KeyboardInterrupt):
        await desk.send(content)
    assert await desk.spent() == 300_00
    desk.office = whole
    answer = await desk.send(content)
    assert told == [0, 3, 6]
    assert answer.granted_cents == await desk.spent() == 500_00
    await desk.town.assert_sound()


async def test_a_rehearsal_tells_what_would_be_and_keeps_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domains.declarations.operations.CHUNK", 2)
    allocation = await desk.budgeted(100_00)
    lines = [of(allocation, place, amount_cents=40_00, tariff_cents=10_00) for place in (1, 2, 3)]
    content = desk.declaration(*lines).xml()
    told = await desk.rehearse(content)
    assert (told.done, told.refused, told.granted_cents) == (3, 1, 80_00)
    assert await desk.town.count("domains.message") == 0
    assert await desk.spent() == 0
    assert (await desk.send(content)).granted_cents == 80_00


async def test_an_allocation_changes_with_its_draw_and_keeps_its_number(desk: Desk) -> None:
    allocation = await desk.care(number=300201)
    assert (allocation.number, allocation.version, allocation.volume) == (300201, 1, 100)
    removed = await desk.allocate(allocation.draw, number=300201, change_reason="13")
    assert removed.version == 2
    answer = await desk.declare(of(allocation, 1))
    assert answer.codes == {"RN000001": ["9384"]}


_LINES = st.lists(
    st.tuples(
        st.sampled_from(["good", "tariff", "stranger", "late", "credit", "budget"]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=12,
)


@given(wanted=_LINES)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_what_is_granted_is_what_is_booked_is_what_is_answered(
    desk: Desk, wanted: list[tuple[str, int]]
) -> None:
    before, numbers = await desk.spent(), await desk.town.count("domains.declared_line")
    hours = await desk.care(volume="40", number=20_000 + numbers)
    budget = await desk.budgeted(150_00, number=50_000 + numbers)
    old = of(hours, 1, reference=f"OLD{numbers}")
    await desk.declare(old)
    lines = []
    for place, (kind, volume) in enumerate(wanted, 1):
        line = of(
            hours,
            place,
            reference=f"R{numbers}-{place}",
            volume=volume,
            amount_cents=volume * 12_50,
        )
        lines.append(
            {
                "good": line,
                "tariff": replace(line, tariff_cents=1),
                "stranger": replace(line, bsn="999990019"),
                "late": replace(line, last_date=date(2026, 5, 1)),
                "credit": replace(credit(old), reference=line.reference, place=place),
                "budget": replace(line, allocation=budget.number),
            }[kind]
        )
    answer = await desk.declare(*lines)
    granted = sum(line.amount_cents for line in lines if line.reference not in answer.codes)
    assert answer.granted_cents == granted
    assert await desk.spent() == before + 50_00 + granted
    await desk.town.assert_sound()


async def accrued(desk: Desk) -> int:
    """Give what was delivered and not declared yet."""
    return -sum(each.balance_cents for each in await desk.town.balances(Book.LASTEN, code="1210"))


async def costs(desk: Desk) -> int:
    """Give what help cost so far."""
    found = await desk.town.balances(Book.LASTEN)
    return sum(each.balance_cents for each in found if each.account.code.startswith("4"))
