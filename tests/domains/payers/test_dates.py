"""On which day a claim is accepted and paid, and what was delivered by then."""

from datetime import date

import pytest

from api import db
from domains.draws.model import Payment
from domains.payers.model import PayerState
from domains.payers.refusals import NotAcceptedByThen, NotDeliveredYet
from domains.reservations.queries import reservations
from tests.domains.payers.support import (
    JULY,
    accepting,
    advance,
    claiming,
    read,
    receiving,
    stands,
    writing_off,
)
from tests.domains.payers.test_operations import NEXT_YEAR, close, lasten
from tests.domains.reservations.support import deliver, delivery, stop
from tests.domains.support import Town

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


async def test_after_the_year_no_more_is_accepted_than_was_delivered(town: Town) -> None:
    item = await advance(town, payment=Payment.RESERVATION)
    care = (await read(town, item)).advance.draw
    await deliver(town, delivery(care, 500_00, JULY))
    await town.do(claiming(item))
    await town.do(accepting(item, cents=100_00))
    await town.open_year(2027)
    await close(town, 2026)
    await town.do(accepting(item, cents=300_00, booking_date=NEXT_YEAR))
    with pytest.raises(NotDeliveredYet, match="€ 100,00"):
        await town.do(accepting(item, cents=100_01, booking_date=NEXT_YEAR))
    await town.do(accepting(item, cents=100_00, booking_date=NEXT_YEAR))
    assert await lasten(town, "1100") == {"1100 WMO-2026 ZVW": 100_00, "1100 WMO-2027 ZVW": 400_00}
    await town.assert_sound()


async def test_nobody_pays_before_he_accepted(town: Town) -> None:
    item = await advance(town)
    await town.do(claiming(item))
    await town.do(accepting(item, cents=300_00, booking_date=MAY, debtor="aanbieder A"))
    await town.do(accepting(item, cents=300_00, booking_date=JUNE, debtor="aanbieder B"))
    with pytest.raises(NotAcceptedByThen):
        await town.do(receiving(item, cents=400_00, booking_date=MAY))
    with pytest.raises(NotAcceptedByThen):
        await town.do(writing_off(item, PayerState.ACCEPTED, booking_date=MAY))
    await town.do(receiving(item, cents=300_00, booking_date=MAY))
    await town.do(receiving(item, booking_date=JUNE))
    assert await stands(town, item) == "geclaimd ZVW € 300,00; verrekend ZVW € 600,00"
    assert await lasten(town, "1100") == {}
    await town.assert_sound()


async def test_what_was_delivered_stays_delivered_whoever_pays(town: Town) -> None:
    item = await advance(town, payment=Payment.RESERVATION)
    care = (await read(town, item)).advance.draw
    await deliver(town, delivery(care, 500_00, JULY))
    for payer, cents in (("ZVW", 200_00), ("SHV", 100_00)):
        await town.do(claiming(item, payer, cents))
        await town.do(accepting(item, payer))
    async with db.transaction(town.engine, town.gemeente) as connection:
        (found,) = await reservations(connection, gemeente=town.gemeente, ids=[care])
    assert (found.delivered_cents, found.reserved_cents) == (500_00, 400_00)


async def test_a_stop_after_an_outside_payer_accepted_leaves_nothing_reserved(town: Town) -> None:
    item = await advance(town, payment=Payment.RESERVATION, cents=310_00)
    care = (await read(town, item)).advance.draw
    tenth = date(2026, 7, 11)
    await deliver(town, delivery(care, 100_00, (JULY[0], tenth)))
    await town.do(claiming(item, cents=100_00))
    await town.do(accepting(item, cents=100_00))
    await stop(town, care, tenth)
    assert (await read(town, item)).advance.reserved_cents == 0
    await town.assert_sound()
