"""The pages of the wijkteam: a family needs help today, and one amount says what there is.

Nobody is asked here who pays; that comes with the answer, for whoever wants to know why.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.opening import opened_family
from api.http.rights import APPROVE, sees_family, snapshot_for
from api.http.services import services_of
from api.web.forms import Form
from api.web.language import gettext
from api.web.pages import WIJKTEAM, page, short
from api.web.visitors import Visit
from domains.districts.queries import districts
from domains.draws.model import Payment
from domains.draws.queries import Draw, awaiting_draws, draws
from domains.eligibility.catalogue import KINDS
from domains.events.model import Event
from domains.events.queries import events_in
from domains.families.model import BigFiveAnswer, BigFivePart, BudgetState, Family, FamilyBudget
from domains.families.queries import big_five, families, family_budgets, family_types
from domains.instruction import Actor
from ledger.balances import open_years

OfYear: TypeAlias = Annotated[int | None, QueryParameter(name="jaar", ge=2000, le=2198)]

KIND_NAMES: Final[Mapping[str, str]] = {each.code: each.name for each in KINDS}
_PERSON: Final = re.compile(
    r"\b(?P<word>[Pp]ersoon) (?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
_PER_PAGE: Final = 24
_AHEAD: Final = timedelta(days=365)
_SOON: Final = timedelta(days=92)
_YOUNGSTER: Final = range(16, 24)
"""Ages, in whole years, at which the big five are recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCard:
    """A family in the list, with its budget of this year if it has one."""

    family: Family
    kind: str
    district: str
    budget: FamilyBudget | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Something to reckon with, in plain words."""

    day: date
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Youngster:
    """A young person who must be able to stand alone soon."""

    person: UUID
    told: str
    answers: Sequence[BigFiveAnswer]

    @property
    def open_parts(self) -> int:
        """Return how many of the big five nobody recorded."""
        return len(BigFivePart) - len(self.answers)


@get("/wijkteam", visitors=WIJKTEAM.visitors)
async def my_families(request: Visit) -> Template:
    """Show the families that somebody may see, those with a budget first."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    wanted = request.query_params.get("zoek", "").strip().upper()
    async with snapshot_for(request) as connection:
        found = await families(connection, gemeente=gemeente)
        budgets = await family_budgets(connection, gemeente=gemeente)
        kinds = await family_types(connection, gemeente=gemeente, on=today)
        places = await districts(connection, gemeente=gemeente)
        waiting = await waiting_draws(connection, request.user)
    helped = {each.family.id for each in budgets if each.state is BudgetState.OPEN}
    known = sorted(
        (each for each in found if wanted in short(each.id)), key=lambda each: each.id not in helped
    )
    last = max(1, -(-len(known) // _PER_PAGE))
    number = min(_page_number(request), last)
    shown = known[(number - 1) * _PER_PAGE : number * _PER_PAGE]
    kind_names = {each.code: each.name for each in kinds}
    district_names = {each.code: each.name for each in places}
    cards = [
        FamilyCard(
            family=each,
            kind=kind_names[each.family_type],
            district=district_names[each.district_on(today)],
            budget=_budget_of(each.id, budgets, today.year),
        )
        for each in shown
    ]
    return page(
        request,
        "wijkteam/families.html",
        cards=cards,
        count=len(known),
        wanted=wanted,
        number=number,
        last=last,
        waiting=len(waiting),
    )


@get("/wijkteam/gezinnen/{id_:uuid}", visitors=WIJKTEAM.visitors)
async def show_family(request: Visit, id_: FromPath[UUID], *, jaar: OfYear = None) -> Template:
    """Show a family: what can still be spent (this year unless told), what runs and is coming."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    async with snapshot_for(request) as connection:
        found = await opened_family(connection, request, id_)
        budgets = await family_budgets(connection, gemeente=gemeente, of_families=[id_])
        asked = [
            draw
            for budget in budgets
            for draw in await draws(connection, gemeente=gemeente, family_budget=budget.id)
        ]
        events = await events_in(
            connection, gemeente=gemeente, from_date=today, until_date=today + _AHEAD
        )
        persons = [each.person for each in found.present]
        answers = await big_five(connection, gemeente=gemeente, persons=persons)
        places = await districts(connection, gemeente=gemeente)
        years = await open_years(connection, gemeente=gemeente, at=services.clock.now())
    told = people_of(found, today)
    running = [each for each in asked if runs(each, today)]
    return page(
        request,
        "wijkteam/family.html",
        family=found,
        district=next(each.name for each in places if each.code == found.district_on(today)),
        budget=_budget_of(id_, budgets, jaar or today.year),
        budgets=budgets,
        following=next(iter(years_to_open(years, budgets)), None),
        people=told,
        running=running,
        waiting=[each for each in asked if each.decision.approval is not None],
        earlier=[each for each in asked if each not in running],
        coming=_coming(events, running, family_id=id_, people=told, today=today),
        youngsters=[
            Youngster(
                person=each.person, told=told[each.person], answers=answers.get(each.person, ())
            )
            for each in found.present
            if age_on(each.birth_date, today) in _YOUNGSTER
        ],
        kind_names=KIND_NAMES,
    )


@get("/wijkteam/akkoord", visitors=WIJKTEAM.visitors)
async def waiting_approvals(request: Visit) -> Template:
    """Show what waits for a yes, also what was granted with urgency."""
    async with snapshot_for(request) as connection:
        waiting = await waiting_draws(connection, request.user)
    return page(
        request,
        "wijkteam/approvals.html",
        waiting=waiting,
        may_approve=bool(request.user.roles & APPROVE),
        kind_names=KIND_NAMES,
    )


async def waiting_draws(connection: AsyncConnection, actor: Actor) -> list[Draw]:
    """List the draws that wait for somebody's yes, of families that an actor may see."""
    waiting = await awaiting_draws(connection, gemeente=actor.gemeente)
    budgets = await family_budgets(
        connection,
        gemeente=actor.gemeente,
        ids=[each.request.family_budget for each in waiting],
    )
    seen = {each.id for each in budgets if sees_family(actor, each.family)}
    return [each for each in waiting if each.request.family_budget in seen]


def people_of(found: Family, today: date) -> dict[UUID, str]:
    """Say of each member who it is, without a name: the age, and the birth date."""
    return {
        each.person: gettext(
            "%(age)s jaar (geboren %(day)s-%(month)s-%(year)s)",
            age=age_on(each.birth_date, today),
            day=each.birth_date.day,
            month=each.birth_date.month,
            year=each.birth_date.year,
        )
        for each in found.present
    }


def with_people(sentence: str, people: Mapping[UUID, str]) -> str:
    """Say in a decision who is meant instead of a number, and keep each amount on one line."""

    def said(found: re.Match[str]) -> str:
        told = people.get(UUID(found["id"]))
        who = (
            gettext("iemand van %(who)s", who=told)
            if told
            else gettext("iemand die nu niet bij het gezin hoort")
        )
        return who if found["word"] == "persoon" else who[:1].upper() + who[1:]

    return _PERSON.sub(said, sentence).replace("€ ", "€\N{NO-BREAK SPACE}")


def tell_people(form: Form, people: Mapping[UUID, str]) -> None:
    """Say in the errors of a form who is meant instead of a number."""
    for name, sentence in form.errors.items():
        form.errors[name] = with_people(sentence, people)


def age_on(birth_date: date, day: date) -> int:
    """Give an age in whole years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def years_to_open(years: Sequence[int], budgets: Sequence[FamilyBudget]) -> list[int]:
    """List the open years, latest first, in which a family can still be given a budget."""
    taken = {each.year for each in budgets if each.state is not BudgetState.PROPOSED}
    return sorted(set(years) - taken, reverse=True)


def _budget_of(family_id: UUID, budgets: Sequence[FamilyBudget], year: int) -> FamilyBudget | None:
    """Give the budget of a family that is in use: of a year, otherwise the newest."""
    own = [each for each in budgets if each.family.id == family_id]
    open_ = [each for each in own if each.state is BudgetState.OPEN]
    return max(open_, key=lambda each: (each.year == year, each.year), default=None)


def runs(draw: Draw, today: date) -> bool:
    """Return whether help goes on today or later."""
    stands = draw.decision.granted_cents > 0 and not draw.is_reversed
    return stands and draw.until_date > today and draw.request.payment is Payment.RESERVATION


def _coming(
    events: Sequence[Event],
    running: Sequence[Draw],
    *,
    family_id: UUID,
    people: Mapping[UUID, str],
    today: date,
) -> list[Coming]:
    """List birthdays, moves, and help that ends within three months, in order of day."""
    found = [
        Coming(day=each.day, sentence=_told(each, people))
        for each in events
        if each.family == family_id
    ]
    found += [
        Coming(
            day=each.until_date - timedelta(days=1),
            sentence=gettext(
                "%(kind)s van %(provider)s eindigt.",
                kind=KIND_NAMES.get(each.request.kind, each.request.kind),
                provider=each.request.provider,
            ),
        )
        for each in running
        if each.until_date <= today + _SOON
    ]
    return sorted(found, key=lambda each: each.day)


def _told(event: Event, people: Mapping[UUID, str]) -> str:
    """Say in plain words what happens to whom."""
    somebody = gettext("iemand") if event.person else gettext("het gezin")
    who = people.get(event.person, somebody) if event.person else somebody
    if event.age:
        return gettext("%(who)s wordt %(age)s jaar; de hulp loopt door.", who=who, age=event.age)
    return gettext("%(who)s: %(event)s; de hulp loopt door.", who=who, event=event.told)


def _page_number(request: Visit) -> int:
    asked = request.query_params.get("pagina", "1")
    return int(asked) if re.fullmatch("[1-9][0-9]{0,5}", asked) else 1


HANDLERS: Final = (my_families, show_family, waiting_approvals)
