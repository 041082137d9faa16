"""Who still has to pay: advances by age, one by one, and every step that somebody can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.perform import Operation
from api.http.rights import MONEY
from api.http.services import services_of
from api.problems import NotFound
from api.web.acting import Done, Tried, act
from api.web.forms import Form, form_of, new_form
from api.web.language import gettext, marked
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from api.web.wijkteam import KIND_NAMES
from domains import chart
from domains.instruction import Instruction
from domains.payers import operations
from domains.payers import queries as payers
from domains.payers.model import Acceptance, PayerItem, PayerState, WriteOff
from domains.sources import SOURCES

_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that can be done with an advance, and in which states of it."""

    title: str
    explanation: str
    fields: tuple[str, ...]
    states: tuple[PayerState, ...]


STEPS: Final[Mapping[str, Step]] = {
    "claim": Step(
        title=marked("Vraag een betaler om te betalen"),
        explanation=marked(
            "De claim staat daarna open bij deze betaler. De hulp gaat intussen door."
        ),
        fields=("betaler", "reden"),
        states=(PayerState.OPEN, PayerState.DISPUTED),
    ),
    "aanvaarding": Step(
        title=marked("De betaler zegt ja"),
        explanation=marked("De kosten gaan van het middel dat voorschoot naar wie betaalt."),
        fields=("betaler", "document", "reden"),
        states=(PayerState.CLAIMED, PayerState.DISPUTED),
    ),
    "betwisting": Step(
        title=marked("De betaler zegt nee"),
        explanation=marked("Daarna kan een andere betaler worden gevraagd."),
        fields=("betaler", "waarom"),
        states=(PayerState.CLAIMED,),
    ),
    "ontvangst": Step(
        title=marked("Het geld is ontvangen"),
        explanation=marked(
            "Voor betalers van buiten; middelen van de gemeente vereffent u met een verrekening."
        ),
        fields=("betaler", "document"),
        states=(PayerState.ACCEPTED,),
    ),
    "afboeking": Step(
        title=marked("Geef de claim op"),
        explanation=marked(
            "De kosten blijven bij het middel dat voorschoot. Daar is een besluit voor nodig."
        ),
        fields=("stand", "betaler", "besluit", "reden"),
        states=(PayerState.CLAIMED, PayerState.DISPUTED, PayerState.ACCEPTED),
    ),
    "blijft": Step(
        title=marked("Laat het bij dit middel"),
        explanation=marked(
            "Niemand anders betaalt; het middel dat voorschoot houdt de kosten. Daar is"
            " een besluit voor nodig."
        ),
        fields=("besluit", "reden"),
        states=(PayerState.OPEN, PayerState.DISPUTED),
    ),
}
"""By the last part of the address; each is also an address of the interface."""


@get("/financien/betalers", visitors=FINANCIEN.visitors)
async def open_payers(
    request: Visit,
    *,
    stand: Annotated[PayerState | None, QueryParameter(name="stand")] = None,
    na: Annotated[UUID | None, QueryParameter(name="na")] = None,
) -> Template:
    """Show advances that wait for who pays, by age and one by one."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    only = payers.PayerFilter(state=stand)
    async with db.snapshot(services.engine, gemeente) as connection:
        figures = await payers.key_figures(connection, gemeente=gemeente, on=today)
        items = await payers.payer_items(
            connection, gemeente=gemeente, only=only, after=na, limit=_PAGE + 1
        )
    return page(
        request,
        "financien/payers.html",
        figures=figures,
        items=items[:_PAGE],
        following=items[_PAGE - 1].advance.id if len(items) > _PAGE else None,
        states=[("", gettext("alle standen")), *((str(each), str(each)) for each in PayerState)],
        chosen=str(stand or ""),
        today=today,
        kind_names=KIND_NAMES,
    )


@get("/financien/betalers/{item:uuid}", visitors=FINANCIEN.visitors)
async def payer(request: Visit, item: FromPath[UUID]) -> Template:
    """Show one advance with all that became of it, and what can be done now."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await payers.payer_item(connection, gemeente=gemeente, item=item)
        steps = await payers.steps(connection, gemeente=gemeente, item=item)
    return page(
        request,
        "financien/payer.html",
        item=found,
        steps=steps,
        possible={code: each for code, each in STEPS.items() if _standing_in(found, each)},
        kind_names=KIND_NAMES,
    )


@get("/financien/betalers/{item:uuid}/{stap:str}", visitors=MONEY)
async def ask_step(request: Visit, item: FromPath[UUID], stap: FromPath[str]) -> Template:
    """Show the form of a step.

    :raises NotFound: there is no such step.
    """
    _step(stap)
    return await _form_page(request, new_form(request), item=item, code=stap)


@post("/financien/betalers/{item:uuid}/{stap:str}", visitors=MONEY, status_code=200)
async def take_step(
    request: Visit, item: FromPath[UUID], stap: FromPath[str]
) -> Template | Redirect:
    """Show what a step leaves, or take it.

    :raises NotFound: there is no such step.
    """
    step, form, gemeente = _step(stap), await form_of(request), request.user.gemeente
    operation = _operation(form, item=item, code=stap, step=step)

    async def told(connection: AsyncConnection, _results: Sequence[UUID]) -> PayerItem:
        return await payers.payer_item(connection, gemeente=gemeente, item=item)

    match await act(request, form, operation, told=told):
        case Done():
            return Redirect(f"/financien/betalers/{item}", status_code=303)
        case Tried(told=after):
            return page(
                request, "financien/payer_confirm.html", form=form, item=after, code=stap, step=step
            )
    return await _form_page(request, form, item=item, code=stap)


HANDLERS: Final = (open_payers, payer, ask_step, take_step)


def _step(code: str) -> Step:
    """Give a step by its code.

    :raises NotFound: there is none.
    """
    if code not in STEPS:
        raise NotFound
    return STEPS[code]


def _standing_in(item: PayerItem, step: Step) -> list[str]:
    """List the payers of what stands in the states of a step; empty where nothing does."""
    return [
        each.payer for each in item.standings if each.state in step.states and each.amount_cents > 0
    ]


async def _form_page(request: Visit, form: Form, *, item: UUID, code: str) -> Template:
    gemeente, step = request.user.gemeente, _step(code)
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await payers.payer_item(connection, gemeente=gemeente, item=item)
    if code == "claim":
        known = [
            (each.code, f"{each.name} ({each.code})")
            for each in SOURCES
            if each.code != chart.SHORTAGE_SOURCE
        ]
    else:
        known = [(each, each) for each in dict.fromkeys(filter(None, _standing_in(found, step)))]
    return page(
        request,
        "financien/payer_step.html",
        form=form,
        item=found,
        code=code,
        step=step,
        payers=[("", gettext("Kies…")), *known],
        states=[(str(each), str(each)) for each in step.states],
    )


def _operation(form: Form, *, item: UUID, code: str, step: Step) -> Operation:
    """Read the form of a step as what has to be done; what is wrong stands in its errors."""
    payer_code, cents = "", form.maybe_cents("bedrag")
    if "betaler" in step.fields:
        other = form.text("gemeente", required=False).upper() if code == "claim" else ""
        payer_code = other or form.text("betaler")
    reason = form.text("waarom") if "waarom" in step.fields else form.text("reden", required=False)
    document = form.text("document", required=False)
    decision = form.text("besluit") if "besluit" in step.fields else ""
    states = [str(each) for each in step.states]
    state = form.chosen("stand", states) if "stand" in step.fields else states[0]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        today = instruction.today
        match code:
            case "claim":
                return await operations.claim(
                    connection,
                    instruction=instruction,
                    item=item,
                    payer=payer_code,
                    amount_cents=cents,
                    reason=reason,
                    asked_on=today,
                )
            case "aanvaarding":
                return await operations.accept(
                    connection,
                    instruction=instruction,
                    item=item,
                    acceptance=Acceptance(
                        payer=payer_code, amount_cents=cents, document=document, reason=reason
                    ),
                    booking_date=today,
                )
            case "betwisting":
                return await operations.dispute(
                    connection,
                    instruction=instruction,
                    item=item,
                    payer=payer_code,
                    amount_cents=cents,
                    reason=reason,
                )
            case "ontvangst":
                return await operations.receive(
                    connection,
                    instruction=instruction,
                    item=item,
                    payer=payer_code,
                    amount_cents=cents,
                    booking_date=today,
                    document=document,
                )
            case "afboeking":
                return await operations.write_off(
                    connection,
                    instruction=instruction,
                    item=item,
                    given_up=WriteOff(
                        state=PayerState(state),
                        payer=payer_code,
                        amount_cents=cents,
                        decision=decision,
                        reason=reason,
                    ),
                    booking_date=today,
                )
        return await operations.stay(
            connection,
            instruction=instruction,
            item=item,
            amount_cents=cents,
            decision=decision,
            reason=reason,
        )

    return operation
