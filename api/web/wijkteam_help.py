"""Asking for help on a page: one short form, the amount repeated as understood, and an answer.

The form is tried first as a dry run, so that what is confirmed is what will happen; it is booked
under the key that the form got when it was opened, so that a second click books nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.draws import changeable_draw
from api.http.family_budgets import changeable_budget
from api.http.opening import keep_opening, opened_budget
from api.http.rights import APPROVE, FAMILIES_WRITE, may_change_family, snapshot_for
from api.http.services import services_of
from api.web.acting import Done, Tried, act, act_at_once
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext, in_words, marked
from api.web.pages import WIJKTEAM, page
from api.web.visitors import Visit
from api.web.wijkteam import KIND_NAMES, people_of, runs, tell_people, with_people
from domains.draws.mandates import reaches
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
from domains.eligibility.model import Facts
from domains.families.model import FamilyBudget
from domains.families.queries import family_budget
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Actor, Instruction
from domains.providers.model import AskedLine, Product, Unit
from domains.providers.rules import QUALITY_FACT
from domains.quantities import read_e4
from ledger.refusals import Refusal

PAYMENTS: Final = {
    Payment.AT_ONCE: marked("nu, in één keer"),
    Payment.RESERVATION: marked("verspreid, naarmate de hulp wordt geleverd"),
}
FACT: Final = "feit-"
"""Before the code of a fact in the name of its field."""
_SAYS: Final = {
    Verdict.APPROVED: marked("Akkoord"),
    Verdict.REJECTED: marked("Afkeuren"),
}
_REASONS: Final = {
    RejectionReason.NEED: marked("dit is niet nodig"),
    RejectionReason.PERSON: marked("niet voor deze persoon"),
    RejectionReason.KIND: marked("een andere soort hulp past beter"),
    RejectionReason.LAWFULNESS: marked("dit mag niet"),
}
VERDICTS: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.GRANTED: ("goed", marked("Ja, dit is toegekend")),
    Outcome.GRANTED_WITH_PAYER_ITEM: ("goed", marked("Ja, dit is toegekend")),
    Outcome.AWAITS_APPROVAL: ("let-op", marked("Dit wacht op akkoord")),
    Outcome.REJECTED: ("fout", marked("Dit is afgekeurd")),
    Outcome.REFUSED: ("fout", marked("Dit kan zo niet")),
    Outcome.STOPPED: ("let-op", marked("Deze hulp is gestopt")),
}


@get("/wijkteam/gezinsbudgetten/{id_:uuid}/hulp", visitors=FAMILIES_WRITE & WIJKTEAM.visitors)
async def ask(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show the empty form."""
    services = services_of(request)
    async with snapshot_for(request) as connection:
        budget = await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
        await keep_opening(connection, request, budget.family)
    day = min(services.clock.today(), date(budget.year, 12, 31)).isoformat()
    return _form_page(request, new_form(request, van=day, tot=day), budget)


@post(
    "/wijkteam/gezinsbudgetten/{id_:uuid}/hulp",
    visitors=FAMILIES_WRITE & WIJKTEAM.visitors,
    status_code=200,
)
async def answer(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Show what is wrong, or the amount as understood with its outcome, or book it."""
    form = await form_of(request, later=(FACT,))
    gemeente = request.user.gemeente
    async with snapshot_for(request) as connection:
        budget = await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
    wanted = _read(form, id_)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        await changeable_budget(connection, request.user, id_, roles=FAMILIES_WRITE)
        return await request_draws(
            connection, instruction=instruction, draws=[wanted], booking_date=instruction.today
        )

    async def told(connection: AsyncConnection, results: Sequence[UUID]) -> Draw:
        (found,) = await draws(connection, gemeente=gemeente, ids=results)
        return found

    async def is_as_booked(connection: AsyncConnection, results: Sequence[UUID]) -> bool:
        known = dict((await told(connection, results)).request.facts)
        said = [each for each in wanted.facts if each[0] != QUALITY_FACT]  # The register may know.
        return all(known.get(fact) == answer for fact, answer in said)

    match await act(request, form, operation, told=told, is_as_booked=is_as_booked):
        case Done(results=results):
            return Redirect(f"/wijkteam/hulp/{results[0]}", status_code=303)
        case Tried(told=draw):
            return confirm_page(request, form, draw, budget)
    return _form_page(request, form, budget)


def confirm_page(request: Visit, form: Form, draw: Draw, budget: FamilyBudget) -> Template:
    """Show what would be decided, and ask for the facts that the rules still want to see."""
    kind, title = VERDICTS[draw.outcome]
    asked = {fact for part in draw.decision.parts for fact in part.to_be_shown}
    answered = {name.removeprefix(FACT) for name in form.fields if name.startswith(FACT)}
    facts = sorted(asked | answered)
    people = people_of(budget.family, services_of(request).clock.today())
    return page(
        request,
        "wijkteam/confirm.html",
        form=form,
        budget=budget,
        draw=draw,
        kind=kind,
        title=gettext(title),
        facts=facts,
        asks_again=[f"{FACT}{each}" for each in facts],
        sentence=with_people(draw.decision.sentence, people),
        people=people,
        kind_names=KIND_NAMES,
        payments=PAYMENTS,
    )


@get("/wijkteam/hulp/{id_:uuid}", visitors=WIJKTEAM.visitors)
async def show_help(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show the answer in one sentence, with everything behind it for whoever asks why."""
    return await _help_page(request, new_form(request), id_)


async def _help_page(request: Visit, form: Form, id_: UUID) -> Template:
    """Show help, with a form for whoever may judge it.

    :raises UnknownDraw: there is none, or it is not for him.
    """
    services, gemeente = services_of(request), request.user.gemeente
    async with snapshot_for(request) as connection:
        draw = await _draw(connection, request, id_)
        budget = await family_budget(
            connection, gemeente=gemeente, family_budget_id=draw.request.family_budget
        )
    kind, title = VERDICTS[draw.outcome]
    people = people_of(budget.family, services.clock.today())
    tell_people(form, people)
    return page(
        request,
        "wijkteam/help.html",
        form=form,
        draw=draw,
        budget=budget,
        kind=kind,
        title=gettext(title),
        sentence=with_people(draw.decision.sentence, people),
        people=people,
        kind_names=KIND_NAMES,
        payments=PAYMENTS,
        says=in_words(_SAYS.items()),
        reasons=[("", gettext("Kies…")), *in_words(_REASONS.items())],
        runs=runs(draw, services.clock.today()),
        may_judge=_may_judge(request.user, draw, budget),
    )


@post("/wijkteam/hulp/{id_:uuid}/oordeel", visitors=APPROVE, status_code=200)
async def judge(request: Visit, id_: FromPath[UUID]) -> Template | Redirect:
    """Say yes or no to what waits; a no never rests on money."""
    form = await form_of(request)
    says = Verdict(form.chosen("oordeel", [each.value for each in Verdict]))
    is_no = says is Verdict.REJECTED
    reason = form.chosen("reden", [each.value for each in RejectionReason]) if is_no else None
    if "oordeel" not in form.errors and not is_no and form.value("reden"):
        form.errors["reden"] = gettext("Een reden hoort alleen bij een nee.")
    judgement = Judgement(
        draw=id_,
        verdict=says,
        reason=RejectionReason(reason) if reason else None,
        explanation=form.text("toelichting", required=is_no),
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        found = await _draw(connection, request, id_)
        await changeable_draw(connection, request, found, roles=APPROVE)
        return await judge_draws(
            connection,
            instruction=instruction,
            judgements=[judgement],
            booking_date=instruction.today,
        )

    if await act_at_once(request, form, operation):
        return Redirect(f"/wijkteam/hulp/{id_}", status_code=303)
    return await _help_page(request, form, id_)


def _may_judge(actor: Actor, draw: Draw, budget: FamilyBudget) -> bool:
    """Return whether something waits for a yes that this actor may give."""
    approval = draw.decision.approval
    return (
        approval is not None
        and reaches(actor.roles, approval.by)
        and actor.subject != draw.asked_by
        and may_change_family(actor, budget.family, roles=APPROVE)
    )


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
    from_date, until_date = form.days("van", "tot")
    lines = _products(form, from_date=from_date, until_date=until_date)
    cents = 0 if lines and not form.value("bedrag").strip() else form.cents("bedrag")
    return DrawRequest(
        family_budget=budget_id,
        persons=tuple(form.ids("personen")),
        kind=form.chosen("soort", list(KIND_NAMES)),
        from_date=from_date,
        until_date=until_date,
        amount_cents=cents,
        asked_lines=lines,
        payment=Payment(form.chosen("betaling", [each.value for each in Payment])),
        provider=form.text("aanbieder"),
        description=form.text("omschrijving"),
        facts=_facts(form),
        reason=form.text("reden", required=False),
        urgent=form.ticked("spoed"),
    )


def _facts(form: Form) -> Facts:
    """Read what is known by now; ``onbekend`` is told too, for then nobody asks again."""
    told = {name.removeprefix(FACT): name for name in form.fields if name.startswith(FACT)}
    return tuple(
        (fact, {"ja": True, "nee": False}.get(form.value(name)))
        for fact, name in sorted(told.items())
    )


def _products(form: Form, *, from_date: date, until_date: date) -> tuple[AskedLine, ...]:
    """Read what is asked in a product times a volume, if anything is."""
    if not any(form.value(each).strip() for each in ("categorie", "product", "volume")):
        return ()
    category, code = form.text("categorie"), form.text("product")
    unit = form.chosen("eenheid", [each.value for each in Unit])
    volume = form.text("volume").replace(",", ".")
    try:
        volume_e4 = read_e4(volume)
    except Refusal:
        form.errors.setdefault(
            "volume", gettext("Geef een getal, hooguit vier cijfers achter de komma.")
        )
        return ()
    return (
        AskedLine(
            product=Product(category=category, code=code, unit=Unit(unit)),
            volume_e4=volume_e4,
            from_date=from_date,
            until_date=until_date,
        ),
    )


def _form_page(request: Visit, form: Form, budget: FamilyBudget) -> Template:
    people = people_of(budget.family, services_of(request).clock.today())
    tell_people(form, people)
    return page(
        request,
        "wijkteam/ask.html",
        form=form,
        budget=budget,
        people=people,
        kinds=[("", gettext("Kies…")), *KIND_NAMES.items()],
        payments=in_words(PAYMENTS.items()),
        units=[(each.value, each.value) for each in Unit],
    )


HANDLERS: Final = (ask, answer, show_help, judge)
