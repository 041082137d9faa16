"""What the wijkteam records about a family: who leads its help, and the big five."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.families import changeable_family
from api.http.opening import keep_opening
from api.http.rights import snapshot_for
from api.http.services import services_of
from api.web.acting import Done, act, act_at_once
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext, in_words, marked
from api.web.pages import WIJKTEAM, page
from api.web.teams import chosen_team, known_teams
from api.web.visitors import Visit
from api.web.wijkteam import people_of, tell_people
from domains.families import operations
from domains.families.model import BigFiveAnswer, BigFivePart, BigFiveState, Family
from domains.families.queries import big_five
from domains.families.rules import UnknownFamily
from domains.instruction import Instruction

PARTS: Final = {
    BigFivePart.SUPPORT: marked("Steun: iemand die blijft"),
    BigFivePart.HOME: marked("Wonen"),
    BigFivePart.SCHOOL_AND_WORK: marked("School en werk"),
    BigFivePart.INCOME: marked("Inkomen"),
    BigFivePart.WELLBEING: marked("Welzijn"),
}
STATES: Final = {
    BigFiveState.ARRANGED: marked("geregeld"),
    BigFiveState.NOT_ARRANGED: marked("nog niet geregeld"),
    BigFiveState.NOT_APPLICABLE: marked("niet van toepassing"),
}


@get("/wijkteam/gezinnen/{id_:uuid}/overdracht", visitors=WIJKTEAM.visitors)
async def ask_handover(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show the form to hand over the lead."""
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
        await keep_opening(connection, request, found)
    known = await known_teams(request)
    return _handover_page(request, new_form(request, team=found.team), found, known)


@post("/wijkteam/gezinnen/{id_:uuid}/overdracht", visitors=WIJKTEAM.visitors, status_code=200)
async def hand_over(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Show who would lead the help from today, or let him."""
    form, known = await form_of(request), await known_teams(request)
    name, team = form.text("naam"), chosen_team(form, known)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await operations.hand_over(
            connection,
            instruction=instruction,
            family=id_,
            professional=name,
            team=team,
            from_date=instruction.today,
        )

    async def told(_connection: AsyncConnection, _results: Sequence[UUID]) -> None:
        return None

    tried = await act(request, form, operation, told=told)
    if isinstance(tried, Done):
        return Redirect("/wijkteam", status_code=303)
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
    if tried is None:
        return _handover_page(request, form, found, known)
    return page(
        request,
        "wijkteam/handover_confirm.html",
        form=form,
        family=found,
        name=name,
        team=team,
        is_new=team not in known,
    )


def _handover_page(request: Visit, form: Form, found: Family, known: Sequence[str]) -> Template:
    teams = [(each, each) for each in known]
    return page(request, "wijkteam/handover.html", form=form, family=found, teams=teams)


@get("/wijkteam/gezinnen/{id_:uuid}/grote-vijf/{person:uuid}", visitors=WIJKTEAM.visitors)
async def ask_big_five(request: Visit, id_: FromPath[UUID], person: FromPath[UUID]) -> Template:
    """Show how far the big five of a youngster are, to be changed."""
    gemeente = request.user.gemeente
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
        await keep_opening(connection, request, found)
        known = (await big_five(connection, gemeente=gemeente, persons=[person])).get(person, ())
    values = {each.part.value: each.state.value for each in known}
    reasons = {_reason(each.part): each.reason for each in known}
    return _big_five_page(request, new_form(request, **values, **reasons), found, person)


@post(
    "/wijkteam/gezinnen/{id_:uuid}/grote-vijf/{person:uuid}",
    visitors=WIJKTEAM.visitors,
    status_code=200,
)
async def record_big_five(
    request: Visit, id_: FromPath[UUID], person: FromPath[UUID]
) -> Template | Redirect:
    """Record how far they are; what was left open stays open."""
    form = await form_of(request)
    answers = _big_five_in(form)
    if not answers:
        form.errors["formulier"] = gettext("U koos nog niets; er is niets veranderd.")

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await operations.record_big_five(
            connection, instruction=instruction, family=id_, person=person, answers=answers
        )

    if await act_at_once(request, form, operation):
        return Redirect(f"/wijkteam/gezinnen/{id_}", status_code=303)
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
    return _big_five_page(request, form, found, person)


def _big_five_in(form: Form) -> Sequence[BigFiveAnswer]:
    """Read the parts of which something was filled in; a reason alone says nothing yet."""
    answers = []
    for part in BigFivePart:
        reason = form.text(_reason(part), required=False)
        if not form.value(part) and not reason:
            continue
        state = BigFiveState(form.chosen(part, [each.value for each in BigFiveState]))
        if state is BigFiveState.NOT_APPLICABLE and not reason:
            form.errors[_reason(part)] = gettext("Zeg waarom dit niet van toepassing is.")
        answers.append(BigFiveAnswer(part=part, state=state, reason=reason))
    return answers


def _big_five_page(request: Visit, form: Form, found: Family, person: UUID) -> Template:
    """Show the big five of a member.

    :raises UnknownFamily: he is none.
    """
    people = people_of(found, services_of(request).clock.today())
    if person not in people:
        raise UnknownFamily(family=str(found.id))
    tell_people(form, people)
    return page(
        request,
        "wijkteam/big_five.html",
        form=form,
        family=found,
        told=people[person],
        parts_of_five=in_words(PARTS.items()),
        states=[("", gettext("nog niet vastgelegd")), *in_words(STATES.items())],
    )


def _reason(part: BigFivePart) -> str:
    return f"{part.value}-reden"


HANDLERS: Final = (ask_handover, hand_over, ask_big_five, record_big_five)
