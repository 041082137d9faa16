"""Registering what is known to happen, and withdrawing it."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

import pytest

from api import db
from domains.draws.refusals import NotAMember
from domains.eligibility.rules import UnknownFact
from domains.events.model import EventKind, KnownEvent, Registered
from domains.events.operations import register_event, withdraw_event
from domains.events.queries import events_in, registered_events
from domains.events.rules import (
    EventExecuted,
    EventKnown,
    EventWithdrawn,
    MoveToOwnGemeente,
    UnknownEvent,
    check_withdrawal,
)
from domains.families.rules import NotAfter, UnknownFamily
from ledger.refusals import Refusal
from tests.domains.support import NOW, YOUNGSTER, Town

pytestmark = pytest.mark.postgres

_NOBODY = UUID(int=7)
_DAY = date(2026, 6, 1)


async def family_and_youngster(town: Town) -> tuple[UUID, UUID]:
    """Register a family and give it with its youngster."""
    family = await town.register()
    found = await town.ask(f"SELECT person_id FROM domains.member WHERE birth_date = '{YOUNGSTER}'")
    return family, found[0][0]


async def register(town: Town, event: KnownEvent, key: str | None = None) -> UUID:
    """Register an event."""
    (made,) = await town.do(
        lambda connection, instruction: register_event(
            connection, instruction=instruction, event=event
        ),
        key,
        content=repr(event),
    )
    return made


async def withdraw(town: Town, event: UUID) -> None:
    """Withdraw an event."""
    await town.do(
        lambda connection, instruction: withdraw_event(
            connection, instruction=instruction, event=event, reason="gaat niet door"
        )
    )


def move(family: UUID, person: UUID | None = None, to: str = "GM0150") -> KnownEvent:
    """Make a move on 1 June."""
    return KnownEvent(kind=EventKind.MOVE, family=family, person=person, day=_DAY, to_gemeente=to)


def indication_end(family: UUID, person: UUID, fact: str = "ciz-indicatie") -> KnownEvent:
    """Make an indication that ends on 1 June."""
    return KnownEvent(
        kind=EventKind.INDICATION_END,
        family=family,
        person=person,
        day=_DAY,
        fact=fact,
        fact_value=False,
    )


async def names_in(town: Town, from_date: date, until_date: date) -> set[str]:
    """Give the names of what was registered and falls in a period."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await events_in(
            connection, gemeente=town.gemeente, from_date=from_date, until_date=until_date
        )
    return {each.name for each in found if each.age is None and not each.rule}


async def test_what_is_registered_falls_on_its_day_until_it_is_withdrawn(town: Town) -> None:
    family, person = await family_and_youngster(town)
    moving = await register(town, move(family))
    ending = await register(town, indication_end(family, person))
    assert await names_in(town, _DAY, date(2026, 6, 2)) == {str(moving), str(ending)}
    assert await names_in(town, date(2026, 1, 1), _DAY) == set()
    await withdraw(town, moving)
    assert await names_in(town, _DAY, date(2026, 6, 2)) == {str(ending)}
    assert await register(town, move(family)) != moving
    await town.assert_sound()


async def test_the_same_key_registers_once(town: Town) -> None:
    family, _ = await family_and_youngster(town)
    first = await register(town, move(family), "sleutel-vertrek")
    assert await register(town, move(family), "sleutel-vertrek") == first
    assert await town.count("domains.known_event") == 1


async def test_what_cannot_happen_is_refused_by_name(town: Town) -> None:
    family, person = await family_and_youngster(town)
    moving = await register(town, move(family))
    cases: list[tuple[KnownEvent, type[Refusal]]] = [
        (move(_NOBODY), UnknownFamily),
        (move(family, _NOBODY), NotAMember),
        (replace(move(family), day=date(2026, 1, 2)), NotAfter),
        (move(family, to=town.gemeente), MoveToOwnGemeente),
        (indication_end(family, person, "ciz-indikatie"), UnknownFact),
        (move(family, to="GM0344"), EventKnown),
    ]
    for event, refusal in cases:
        with pytest.raises(refusal):
            await register(town, event)
    async with db.transaction(town.engine, town.gemeente) as connection:
        found = await registered_events(connection, gemeente=town.gemeente)
    assert [each.id for each in found] == [moving]


async def test_withdrawing_twice_or_nothing_is_refused(town: Town) -> None:
    family, _ = await family_and_youngster(town)
    moving = await register(town, move(family))
    with pytest.raises(UnknownEvent):
        await withdraw(town, uuid5(moving, "andere"))
    await withdraw(town, moving)
    with pytest.raises(EventWithdrawn):
        await withdraw(town, moving)


def test_what_was_executed_is_not_withdrawn() -> None:
    done = Registered(
        id=_NOBODY,
        event=move(_NOBODY),
        recorded_at=NOW,
        actor="medewerker",
        withdrawn_at=None,
        executed_at=NOW,
    )
    with pytest.raises(EventExecuted):
        check_withdrawal([done])
