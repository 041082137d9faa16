"""Asking for help on a page: one short form, the amount repeated as understood, and an answer.

The form is tried first as a dry run, so that what is confirmed is what will happen; it is booked
under the key that the form got when it was opened, so that a second click books nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.draws import changeable_draw
from api.http.family_budgets import changeable_budget
from api.http.opening import keep_opening, opened_budget
from api.http.perform import instruction_for, results_of, rolled_back
from api.http.rights import APPROVE, FAMILIES_WRITE, snapshot_for
from api.http.services import services_of
from api.web.forms import Form, form_of
from api.web.pages import WIJKTEAM, page
from api.web.visitors import Visit
from api.web.wijkteam import KIND_NAMES, people_of
from domains.draws.model import (
    DrawRequest,
    Judgement,
    Outcome,
    Payment,
    RejectionReason,
    Verdict,
)
from domains.draws.operations import judge_draws, request_draws
from domains.draws.queries import Draw, draws
from domains.draws.refusals import UnknownDraw
from domains.families.model import FamilyBudget
from domains.families.queries import family_budget
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction
from ledger.refusals import Refusal

_PAYMENTS: Final = {
    Payment.AT_ONCE: "nu, in één keer",
    Payment.RESERVATION: "verspreid, naarmate de hulp wordt geleverd",
}
_REASONS: Final = {
    RejectionReason.NEED: "dit is niet nodig",
    RejectionReason.PERSON: "niet voor deze persoon",
    RejectionReason.KIND: "een andere soort hulp past beter",
    RejectionReason.LAWFULNESS: "dit mag niet",
}
_VERDICTS: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.GRANTED: ("goed", "Ja, dit is toegekend"),
    Outcome.GRANTED_WITH_PAYER_ITEM: ("goed", "Ja, dit is toegekend"),
    Outcome.AWAITS_APPROVAL: ("let-op", "Dit wacht op akkoord"),
    Outcome.REJECTED: ("fout", "Dit is afgekeurd"),
    Outcome.REFUSED: ("fout", "Dit kan zo niet"),
    Outcome.STOPPED: ("let-op", "Deze hulp is gestopt"),
}


@get("/wijkteam/gezinsbudgetten/{id_:uuid}/hulp", visitors=FAMILIES_WRITE & WIJKTEAM.visitors)
async def ask(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show the empty form."""
    services = services_of(request)
    async with snapshot_for(request) as connection:
        budget = await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
        await keep_opening(connection, request, budget.family)
    day = min(services.clock.today(), date(budget.year, 12, 31)).isoformat()
    values = {
        "van": day,
        "tot": day,
        "sleutel": str(services.clock.new_random_id()),
        "personen": [],
    }
    return _form_page(request, budget, values=values, errors={})


@post(
    "/wijkteam/gezinsbudgetten/{id_:uuid}/hulp",
    visitors=FAMILIES_WRITE & WIJKTEAM.visitors,
    status_code=200,
)
async def answer(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Show what is wrong, or the amount as understood with its outcome, or book it."""
    form = await form_of(request)
    gemeente = request.user.gemeente
    async with snapshot_for(request) as connection:
        budget = await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
    wanted, key = _read(form, id_), form.key()
    values = {name: form.fields.get(name, "") for name in form.fields}
    values |= {"personen": [str(each) for each in form.fields.getall("personen", [])]}
    step = form.fields.get("stap")
    if form.errors or not key or step == "aanpassen":
        return _form_page(request, budget, values=values, errors=form.errors)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
        return await request_draws(
            connection, instruction=instruction, draws=[wanted], booking_date=instruction.today
        )

    if step == "bevestigen":
        instruction = instruction_for(request, key=key, content=form.content)
        (made,), _ = await results_of(request, operation, instruction)
        return Redirect(f"/wijkteam/hulp/{made}", status_code=303)

    async def tried(connection: AsyncConnection) -> Draw:
        probe = f"proef-{services_of(request).clock.new_random_id()}"
        instruction = instruction_for(request, key=probe, content=form.content)
        (made,) = await operation(connection, instruction)
        (found,) = await draws(connection, gemeente=gemeente, ids=[made])
        return found

    try:
        draw: Draw = (await rolled_back(request, tried)).content
    except Refusal as refusal:
        return _form_page(request, budget, values=values, errors={"formulier": refusal.message()})
    kind, title = _VERDICTS[draw.outcome]
    return page(
        request,
        "wijkteam/confirm.html",
        budget=budget,
        draw=draw,
        kind=kind,
        title=title,
        values=values,
        people=people_of(budget.family, services_of(request).clock.today()),
        kind_names=KIND_NAMES,
        payments=_PAYMENTS,
    )


@get("/wijkteam/hulp/{id_:uuid}", visitors=WIJKTEAM.visitors)
async def show_help(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show the answer in one sentence, with everything behind it for whoever asks why."""
    services, gemeente = services_of(request), request.user.gemeente
    async with snapshot_for(request) as connection:
        draw = await _draw(connection, request, id_)
        budget = await family_budget(
            connection, gemeente=gemeente, family_budget_id=draw.request.family_budget
        )
    kind, title = _VERDICTS[draw.outcome]
    return page(
        request,
        "wijkteam/help.html",
        draw=draw,
        budget=budget,
        kind=kind,
        title=title,
        people=people_of(budget.family, services.clock.today()),
        kind_names=KIND_NAMES,
        payments=_PAYMENTS,
        reasons=[(each.value, words) for each, words in _REASONS.items()],
        may_approve=draw.decision.approval is not None and bool(request.user.roles & APPROVE),
        key=str(services.clock.new_random_id()),
    )


@post("/wijkteam/hulp/{id_:uuid}/oordeel", visitors=APPROVE)
async def judge(request: Visit, id_: FromPath[UUID]) -> Response[None] | Redirect:
    """Say yes or no to what waits; a no never rests on money."""
    form = await form_of(request)
    says = Verdict(form.chosen("oordeel", [each.value for each in Verdict]))
    reason = form.chosen("reden", [each.value for each in RejectionReason])
    judgement = Judgement(
        draw=id_,
        verdict=says,
        reason=RejectionReason(reason) if says is Verdict.REJECTED else None,
        explanation=form.text("toelichting", required=False),
    )
    key = form.key()
    form.check()

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        found = await _draw(connection, request, id_)
        await changeable_draw(connection, request, found, roles=APPROVE)
        return await judge_draws(
            connection,
            instruction=instruction,
            judgements=[judgement],
            booking_date=instruction.today,
        )

    instruction = instruction_for(request, key=key, content=form.content)
    await results_of(request, operation, instruction)
    return Redirect(f"/wijkteam/hulp/{id_}", status_code=303)


async def _draw(connection: AsyncConnection, request: Visit, draw_id: UUID) -> Draw:
    """Give a draw that somebody may see.

    :raises UnknownDraw: there is none, or it is not for him.
    """
    for found in await draws(connection, gemeente=request.user.gemeente, ids=[draw_id]):
        try:
            await opened_budget(connection, request, found.request.family_budget)
        except UnknownFamilyBudget as error:
            raise UnknownDraw from error
        return found
    raise UnknownDraw


def _read(form: Form, budget_id: UUID) -> DrawRequest:
    """Read the form as a request for help; what is wrong stands in the form's errors."""
    from_date, last = form.day("van"), form.day("tot")
    if not form.errors and last < from_date:
        form.errors["tot"] = "De laatste dag ligt vóór de eerste."
    days = timedelta(days=0 if "tot" in form.errors else 1)
    return DrawRequest(
        family_budget=budget_id,
        persons=tuple(form.ids("personen")),
        kind=form.chosen("soort", list(KIND_NAMES)),
        from_date=from_date,
        until_date=last + days,
        amount_cents=form.cents("bedrag"),
        payment=Payment(form.chosen("betaling", [each.value for each in Payment])),
        provider=form.text("aanbieder"),
        description=form.text("omschrijving"),
        facts=(),
        reason=form.text("reden", required=False),
        urgent=form.ticked("spoed"),
    )


def _form_page(
    request: Visit,
    budget: FamilyBudget,
    *,
    values: Mapping[str, object],
    errors: Mapping[str, str],
) -> Template:
    return page(
        request,
        "wijkteam/ask.html",
        budget=budget,
        values=values,
        errors=errors,
        people=people_of(budget.family, services_of(request).clock.today()),
        kinds=[("", "Kies…"), *KIND_NAMES.items()],
        payments=[(each.value, words) for each, words in _PAYMENTS.items()],
    )


HANDLERS: Final = (ask, answer, show_help, judge)
