"""What the wijkteam records about a family: who leads its help, and the big five."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.auditing import mark_undone
from api.http.families import changeable_family
from api.http.opening import keep_opening
from api.http.rights import snapshot_for
from api.http.services import services_of
from api.problems import FormAlreadySent
from api.web.acting import carried_out, show_refusal
from api.web.forms import form_of
from api.web.language import in_words, marked
from api.web.pages import WIJKTEAM, page
from api.web.visitors import Visit
from api.web.wijkteam import people_of
from domains.families import operations
from domains.families.model import BigFiveAnswer, BigFivePart, BigFiveState
from domains.families.queries import big_five
from domains.families.rules import UnknownFamily
from domains.instruction import Instruction
from ledger.refusals import Refusal

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
    services = services_of(request)
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
        await keep_opening(connection, request, found)
    key = str(services.clock.new_random_id())
    values = {"naam": "", "team": found.team, "sleutel": key}
    return page(request, "wijkteam/handover.html", family=found, values=values, errors={})


@post("/wijkteam/gezinnen/{id_:uuid}/overdracht", visitors=WIJKTEAM.visitors, status_code=200)
async def hand_over(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Let somebody else lead the help from today."""
    form = await form_of(request)
    name, team, key = form.text("naam"), form.text("team"), form.key()

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

    if not form.errors:
        try:
            await carried_out(request, form, operation, key=key)
        except FormAlreadySent:
            raise
        except Refusal as refusal:
            show_refusal(request, form, refusal)
        else:
            return Redirect("/wijkteam", status_code=303)
    else:
        mark_undone(request.scope)
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
    values = {"naam": name, "team": team, "sleutel": key}
    return page(request, "wijkteam/handover.html", family=found, values=values, errors=form.errors)


@get("/wijkteam/gezinnen/{id_:uuid}/grote-vijf/{person:uuid}", visitors=WIJKTEAM.visitors)
async def ask_big_five(request: Visit, id_: FromPath[UUID], person: FromPath[UUID]) -> Template:
    """Show how far the big five of a youngster are, to be changed."""
    services, gemeente = services_of(request), request.user.gemeente
    async with snapshot_for(request) as connection:
        found = await changeable_family(connection, request.user, id_)
        await keep_opening(connection, request, found)
        known = (await big_five(connection, gemeente=gemeente, persons=[person])).get(person, ())
    people = people_of(found, services.clock.today())
    if person not in people:
        raise UnknownFamily(family=str(id_))
    return page(
        request,
        "wijkteam/big_five.html",
        family=found,
        told=people[person],
        known={each.part: each for each in known},
        parts_of_five=dict(in_words(PARTS.items())),
        states=in_words(STATES.items()),
        key=str(services.clock.new_random_id()),
    )


@post("/wijkteam/gezinnen/{id_:uuid}/grote-vijf/{person:uuid}", visitors=WIJKTEAM.visitors)
async def record_big_five(request: Visit, id_: FromPath[UUID], person: FromPath[UUID]) -> Redirect:
    """Record how far they are; what was left open stays open."""
    form = await form_of(request)
    answers = [
        BigFiveAnswer(
            part=part,
            state=BigFiveState(form.chosen(part.value, [each.value for each in BigFiveState])),
            reason=form.text(f"{part.value}-reden", required=False),
        )
        for part in BigFivePart
        if form.fields.get(part.value)
    ]
    key = form.key()
    form.check()

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_family(connection, request.user, id_)
        return await operations.record_big_five(
            connection, instruction=instruction, family=id_, person=person, answers=answers
        )

    await carried_out(request, form, operation, key=key)
    return Redirect(f"/wijkteam/gezinnen/{id_}", status_code=303)


HANDLERS: Final = (ask_handover, hand_over, ask_big_five, record_big_five)
