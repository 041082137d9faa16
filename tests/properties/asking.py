"""Invents what families ask, and asks it of a municipality that has its own money."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, groupby
from typing import Final, TypeAlias
from uuid import UUID

from hypothesis import strategies as st

from api import db
from api.clock import FixedClock
from api.day_start import Morning
from domains.draws.model import (
    DrawRequest,
    Judgement,
    Payment,
    Place,
    RejectionReason,
    StandingPart,
    Verdict,
)
from domains.draws.queries import Draw, draws, standing_parts
from domains.eligibility.catalogue import KINDS, RULE_BASE
from domains.eligibility.model import Facts
from domains.instruction import Actor
from domains.settings.model import SettingName
from ledger.refusals import Refusal
from tests.domains.reservations import support as reservations
from tests.domains.support import LAST_DAY, PARENT, YOUNGSTER, Town, draw

MANDATES: Final = {
    "wijkteam": {"per_draw_cents": 1_000_00, "per_family_year_cents": 1_500_00},
    "teamleider": {"per_draw_cents": 3_000_00, "per_family_year_cents": 4_000_00},
    "budgethouder": {"per_draw_cents": 25_000_00, "per_family_year_cents": 40_000_00},
}
FAMILIES: Final = 2
SOURCES: Final = ("JW", "GGZ", "WMO", "SHV", "ARM", "TOE", "RES", "BWMO", "SPUK")
FACTS: Final = tuple(sorted({each.fact for rule in RULE_BASE.rules for each in rule.conditions}))

Seen: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What lies ready of a source, in whole euros, and how much of it a family gets."""

    council: tuple[int, ...]
    """Per source of :data:`SOURCES`."""
    districts: int
    """How many percent of it goes to the districts."""
    family_cents: int
    """Outside the band of the family type it is only proposed, so the family has nothing."""
    next_year: bool
    """Whether the next year has a budget too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request for help, in numbers that fit every municipality."""

    family: int
    persons: int
    kind: int
    start: int
    """In days after 2 January."""
    days: int
    cents: int
    facts: Facts
    number: int
    is_reserved: bool
    is_urgent: bool
    role: str


moneys = st.builds(
    Money,
    council=st.tuples(*(st.sampled_from((0, 1, 30, 500, 90_000)) for _ in SOURCES)),
    districts=st.sampled_from((0, 3, 50, 100)),
    family_cents=st.sampled_from((1, 333_33, 18_000_00)),
    next_year=st.booleans(),
)
askings = st.builds(
    Asking,
    family=st.integers(0, FAMILIES - 1),
    persons=st.integers(0, 2),
    kind=st.integers(0, len(KINDS) - 1),
    start=st.sampled_from((0, 40, 100, 130, 250, 360, 800)),
    days=st.sampled_from((0, 1, 7, 45, 200)),
    cents=st.sampled_from((0, 1, 7_77, 99_999, 2_500_00, 30_000_00)),
    facts=st.dictionaries(
        st.sampled_from(FACTS), st.sampled_from((True, False, None)), max_size=4
    ).map(lambda found: tuple(sorted(found.items()))),
    number=st.integers(0, 2),
    is_reserved=st.sampled_from((True, True, False)),
    is_urgent=st.sampled_from((False, False, True)),
    role=st.sampled_from(("wijkteam", "teamleider", "budgethouder")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Something that is done with help that was granted."""

    what: str
    number: int
    """Which draw."""
    cents: int
    start: int
    """In days after the first day of the help."""
    days: int


uses = st.builds(
    Use,
    what=st.sampled_from(("deliver", "deliver", "release", "raise", "stop")),
    number=st.integers(0, 5),
    cents=st.sampled_from((1, 5_00, 200_00, 2_500_00)),
    start=st.sampled_from((0, 1, 10, 44)),
    days=st.sampled_from((1, 7, 60)),
)


class Families:
    """Families of one municipality, in the order in which they were registered."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.families: list[UUID] = []
        self.budgets: list[UUID] = []
        self.members: list[tuple[UUID, UUID]] = []
        self.draws: list[UUID] = []
        self.mornings = 0

    async def begin(self, money: Money, *, own_districts: bool = False) -> None:
        """Open the books, divide the money and register families.

        Only the second one is marked complex. ``own_districts``: each family has its own district.
        """
        town = self.town
        await town.open_year()
        council = dict(zip(SOURCES, money.council, strict=True))
        if any(council.values()):
            await town.authorise({source: euros for source, euros in council.items() if euros})
            if money.next_year:
                await town.open_year(2027)
                await town.authorise(
                    {source: euros for source, euros in council.items() if euros}, year=2027
                )
        wijken = [f"{town.wijk[:-2]}0{number + 1}" for number in range(FAMILIES)]
        await town.add_districts(*wijken)
        await town.add_family_types()
        await town.decide(SettingName.MANDATES, MANDATES)
        parts = len(wijken) if own_districts else 1
        for wijk in wijken[:parts]:
            filling = {
                source: euros * money.districts // 100 // parts
                for source, euros in council.items()
                if source in {"JW", "GGZ", "WMO", "SHV", "ARM", "TOE"}
            }
            if any(filling.values()):
                await town.fill(
                    {each: euros for each, euros in filling.items() if euros}, wijk=wijk
                )
        for number in range(FAMILIES):
            family = await town.register(
                wijk=wijken[number % parts],
                is_complex=number == 1 and not own_districts,
                from_date=date(2025, 12, 1),
            )
            budget = await town.open_budget(family, money.family_cents, reason="past zo")
            self.families.append(family)
            self.budgets.append(budget)
        members = await town.ask("SELECT family_id, birth_date, person_id FROM domains.member")
        born = {(family, born_on): person for family, born_on, person in members}
        self.members = [(born[each, PARENT], born[each, YOUNGSTER]) for each in self.families]

    def request(self, asking: Asking) -> DrawRequest:
        """Write a request for a family of this municipality."""
        place = asking.family % len(self.budgets)
        parent, youngster = self.members[place]
        persons = ((parent,), (youngster,), (parent, youngster))[asking.persons]
        start = date(2026, 1, 2) + timedelta(days=asking.start)
        return draw(
            self.budgets[place],
            *persons,
            cents=asking.cents,
            kind=KINDS[asking.kind].code,
            days=(start, start + timedelta(days=asking.days)),
            description=f"hulp {asking.number}",
            facts=asking.facts,
            payment=Payment.RESERVATION if asking.is_reserved else Payment.AT_ONCE,
            urgent=asking.is_urgent,
        )

    async def ask(self, askings: Sequence[Asking]) -> None:
        """Ask in this order, all that follow each other under one role in one list."""
        for role, together in groupby(askings, key=lambda asking: asking.role):
            found = await self.town.draw(*map(self.request, together), role=role)
            self.draws += [each.id for each in found]

    async def judge(self, verdicts: Sequence[bool]) -> None:
        """Say yes or no to every draw that waits; the verdicts go round."""
        waiting = [
            each
            for each in await self.town.draws(*self.draws)
            if each.decision.approval is not None
        ]
        if waiting:
            await self.town.judge(
                *(
                    judgement(each.id, is_yes=is_yes)
                    for each, is_yes in zip(waiting, cycle(verdicts), strict=False)
                )
            )

    async def start_day(self, day: date) -> None:
        """Do the work of a day; nothing in it may fail."""
        self.mornings += 1
        done = await Morning(
            engine=self.town.engine,
            clock=FixedClock(
                datetime(day.year, day.month, day.day, 5, tzinfo=UTC), seed=self.mornings
            ),
            actor=Actor(
                subject="dagstart",
                client="dagstart",
                gemeente=self.town.gemeente,
                roles=frozenset({"beheerder"}),
            ),
            up_to=day,
            attempt=db.run,
            progress=lambda _what, _done, _total: None,
        ).work()
        assert done.failures == ()

    async def use(self, uses: Sequence[Use]) -> list[str]:
        """Deliver, release, raise and stop; gives what came of each, apart from money."""
        return [await self._use(each) for each in uses]

    async def _use(self, use: Use) -> str:
        (found,) = await self.town.draws(self.draws[use.number % len(self.draws)])
        start = found.request.from_date + timedelta(days=use.start)
        days = (start, start + timedelta(days=use.days))
        try:
            if use.what == "deliver":
                (made,) = await reservations.deliver(
                    self.town,
                    reservations.delivery(found.id, use.cents, days),
                    booking_date=LAST_DAY,
                )
                return f"{made.outcome} {made.refusal}"
            if use.what == "release":
                await reservations.release(self.town, found.id, use.cents)
            elif use.what == "raise":
                await reservations.raise_(self.town, found.id, use.cents, days, role="wijkteam")
            else:
                await reservations.stop(self.town, found.id, start)
        except Refusal as refusal:
            return refusal.code
        return "gedaan"

    async def read(self) -> list[tuple[Draw, list[StandingPart]]]:
        """Read every draw with its parts, in the order of asking."""
        async with db.transaction(self.town.engine, self.town.gemeente) as connection:
            found = await draws(connection, gemeente=self.town.gemeente, ids=self.draws)
            parts = await standing_parts(connection, gemeente=self.town.gemeente, draws=self.draws)
        by_id = {each.id: each for each in found}
        return [
            (by_id[draw_id], [each for each in parts if each.draw == draw_id])
            for draw_id in self.draws
        ]


def covered(read: Iterable[tuple[Draw, list[StandingPart]]]) -> dict[tuple[int, int], int]:
    """Give what is spent or reserved per draw and person helped."""
    found: dict[tuple[int, int], int] = {}
    for number, (each, parts) in enumerate(read):
        for part in parts:
            key = (number, each.request.persons.index(part.part.person))
            found[key] = found.get(key, 0) + part.reserved_cents + part.spent_cents
    return found


def split_of(parts: Iterable[StandingPart]) -> Counter[tuple[str, Place]]:
    """Give what each fund pays from each place."""
    found = Counter[tuple[str, Place]]()
    for each in parts:
        found[each.part.fund, each.part.place] += each.reserved_cents + each.spent_cents
    return +found


def noticed(found: Draw, parts: Iterable[StandingPart]) -> Seen:
    """Tell what somebody who is helped notices: all but who pays and for whom it waits.

    The taakveld and the category belong to the help, whoever pays it. Persons who are helped
    together are taken together: what is released is what was covered last, whoever it stood for.
    """
    covered = Counter[tuple[str, str, str]]()
    for each in parts:
        nature = (each.part.taakveld, each.part.category)
        covered[*nature, "reserved"] += each.reserved_cents
        covered[*nature, "spent"] += each.spent_cents
    decision = found.decision
    return (
        "toegekend" if decision.outcome.is_granted else decision.outcome.value,
        found.refusal,
        found.request.from_date,
        decision.until_date,
        decision.granted_cents,
        (decision.approval.by, decision.approval.before) if decision.approval else None,
        +covered,
    )


def as_one_help(parts: Iterable[StandingPart]) -> list[StandingPart]:
    """Forget the nature of what was covered.

    Released is what was covered last, and who paid first decides which part of help with two
    natures that is: before or after an eighteenth birthday, say.
    """
    return [replace(each, part=replace(each.part, taakveld="", category="")) for each in parts]


def judgement(draw_id: UUID, *, is_yes: bool) -> Judgement:
    """Say yes or no to a draw."""
    if is_yes:
        return Judgement(draw=draw_id, verdict=Verdict.APPROVED, reason=None, explanation="")
    return Judgement(
        draw=draw_id,
        verdict=Verdict.REJECTED,
        reason=RejectionReason.NEED,
        explanation="er is al genoeg hulp",
    )
