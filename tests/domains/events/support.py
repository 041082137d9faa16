"""A family with help that runs over a birthday, and short ways to ask about events."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from api import db
from api.clock import FixedClock
from api.day_start import DayStart, Morning
from domains.draws.model import Payment
from domains.draws.queries import Draw
from domains.events.model import Event, EventKind, KnownEvent, Upcoming
from domains.events.operations import register_event
from domains.events.queries import events_in
from domains.events.running import upcoming
from domains.instruction import Actor
from domains.rule_base.queries import rule_base
from tests.domains.support import PARENT, YOUNGSTER, Town, draw

FIRST: Final = date(2026, 4, 1)
BIRTHDAY: Final = date(2026, 5, 15)
END: Final = date(2026, 7, 1)
DISABLED: Final = (("beperking", True), ("wlz-recht", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A family with its budget, its parent and its youngster."""

    family: UUID
    budget: UUID
    parent: UUID
    youngster: UUID


async def household(town: Town, born: date = YOUNGSTER) -> Household:
    """Register a family with a budget."""
    family = await town.register(PARENT, born)
    members = dict(
        await town.ask(
            f"SELECT birth_date, person_id FROM domains.member WHERE family_id = '{family}'"
        )
    )
    return Household(
        family=family,
        budget=await town.open_budget(family),
        parent=members[PARENT],
        youngster=members[born],
    )


async def guidance(
    town: Town,
    home: Household,
    *,
    cents: int = 273_000,
    days: tuple[date, date] = (FIRST, END),
    facts: tuple[tuple[str, bool | None], ...] = DISABLED,
    provider: str = "aanbieder",
    kind: str = "begeleiding-bij-beperking",
) -> Draw:
    """Reserve guidance for the youngster, over the eighteenth birthday unless told."""
    (made,) = await town.draw(
        draw(
            home.budget,
            home.youngster,
            cents=cents,
            kind=kind,
            days=days,
            facts=facts,
            provider=provider,
            payment=Payment.RESERVATION,
        )
    )
    return made


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


def move(
    home: Household, *, day: date, person: UUID | None = None, to: str = "GM0150"
) -> KnownEvent:
    """Make a move to another municipality."""
    return KnownEvent(
        kind=EventKind.MOVE, family=home.family, person=person, day=day, to_gemeente=to
    )


def fact_ends(home: Household, fact: str, *, day: date, value: bool | None = False) -> KnownEvent:
    """Make a condition that changes for the youngster."""
    return KnownEvent(
        kind=EventKind.INDICATION_END,
        family=home.family,
        person=home.youngster,
        day=day,
        fact=fact,
        fact_value=value,
    )


def morning(town: Town, up_to: date, *, seed: int, at: datetime | None) -> Morning:
    """Make a run up to a day; on that day unless told."""
    moment = at or datetime(up_to.year, up_to.month, up_to.day, 5, tzinfo=UTC)
    return Morning(
        engine=town.engine,
        clock=FixedClock(moment, seed=seed),
        actor=Actor(
            subject="dagstart",
            client="dagstart",
            gemeente=town.gemeente,
            roles=frozenset({"beheerder"}),
        ),
        up_to=up_to,
        attempt=db.run,
        progress=lambda _what, _done, _total: None,
    )


async def start(town: Town, up_to: date, *, seed: int, at: datetime | None = None) -> DayStart:
    """Do the work of a day."""
    return await morning(town, up_to, seed=seed, at=at).work()


async def events_of(town: Town, from_date: date, until_date: date) -> tuple[Event, ...]:
    """List the events of a period."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await events_in(
            connection, gemeente=town.gemeente, from_date=from_date, until_date=until_date
        )


async def coming(
    town: Town, from_date: date, until_date: date, families: frozenset[UUID] | None = None
) -> tuple[Upcoming, ...]:
    """List what is coming, with what shifts."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        return await upcoming(
            connection,
            gemeente=town.gemeente,
            events=await events_in(
                connection, gemeente=town.gemeente, from_date=from_date, until_date=until_date
            ),
            rules=await rule_base(connection, gemeente=town.gemeente),
            families=families,
        )
