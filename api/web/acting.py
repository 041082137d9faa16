"""An action on a page: first tried, so that its consequence is shown, and then done once.

A form is filled in, tried in a transaction that is undone, shown with what it would do, and
carried out under the key that it got when it was opened; a second click does nothing twice. Who
goes back in his browser and sends it again is shown what was booked.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.auditing import leave_refusal, mark_undone
from api.http.perform import Operation, instruction_for, results_of, try_out
from api.http.rights import connection_for
from api.problems import FormAlreadySent
from api.web.forms import Form
from api.web.visitors import Visit
from domains.instruction import AlreadyAnsweredError, refuse_repetition
from ledger.books import KeyReused
from ledger.refusals import Refusal

Told = TypeVar("Told")
AsBooked: TypeAlias = Callable[[AsyncConnection, Sequence[UUID]], Awaitable[bool]]

STEP: Final = "stap"
"""The name of the button: what somebody wants with the form."""
CONFIRM: Final = "bevestigen"
CHANGE: Final = "aanpassen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It was carried out, now or before; the ids of the results."""

    results: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried(Generic[Told]):
    """It can be carried out; what it would do."""

    told: Told


async def act(
    request: Visit,
    form: Form,
    operation: Operation,
    *,
    told: Callable[[AsyncConnection, Sequence[UUID]], Awaitable[Told]],
    is_as_booked: AsBooked | None = None,
) -> Done | Tried[Told] | None:
    """Carry out a form, or try it; ``None``: something in it is wrong and its errors say what.

    ``told`` reads what the operation did, in the transaction that is then undone. Of a form that
    was carried out before, ``is_as_booked`` says whether what its confirmation fills in is so too.

    :raises FormAlreadySent: it was carried out before, with something else in it.
    """
    key = form.key()
    step = form.value(STEP)
    if form.errors or not key or step == CHANGE:
        mark_undone(request.scope)
        return None
    try:
        if step == CONFIRM:
            results = await carried_out(
                request, form, operation, key=key, is_as_booked=is_as_booked
            )
            return Done(results=results)
        earlier = await _results_before(request, form, key=key)
        if earlier is not None:
            return Done(results=earlier)
        tried = await try_out(request, operation, told, content=await form.content())
        return Tried(told=tried.content)
    except FormAlreadySent:
        raise
    except Refusal as refusal:
        show_refusal(request, form, refusal)
        return None


def show_refusal(request: Visit, form: Form, refusal: Refusal, *, field: str = "formulier") -> None:
    """Show a refusal in its form, and leave it for the audit log."""
    form.errors[field] = refusal.message()
    leave_refusal(request.scope, refusal)


async def act_at_once(request: Visit, form: Form, operation: Operation) -> Done | None:
    """Carry out a form whose consequence stands on it; ``None``: its errors say what is wrong.

    :raises FormAlreadySent: it was carried out before, with something else in it.
    """
    key = form.key()
    if form.errors or not key:
        mark_undone(request.scope)
        return None
    try:
        return Done(results=await carried_out(request, form, operation, key=key))
    except FormAlreadySent:
        raise
    except Refusal as refusal:
        show_refusal(request, form, refusal)
        return None


async def carried_out(
    request: Visit,
    form: Form,
    operation: Operation,
    *,
    key: str,
    is_as_booked: AsBooked | None = None,
) -> Sequence[UUID]:
    """Do what a form asks, under its key.

    :raises FormAlreadySent: it was carried out before, with something else in it.
    :raises Refusal: whatever the operation refuses.
    """
    instruction = instruction_for(request, key=key, content=await form.content())
    try:
        results, is_repeated = await results_of(request, operation, instruction)
    except KeyReused as error:
        raise FormAlreadySent from error
    if is_repeated and is_as_booked is not None:
        async with connection_for(request) as connection:
            if not await is_as_booked(connection, results):
                raise FormAlreadySent
    return results


async def _results_before(request: Visit, form: Form, *, key: str) -> Sequence[UUID] | None:
    """Give the results of a form that was carried out before; ``None``: it was not.

    :raises FormAlreadySent: it was, with something else in it.
    """
    instruction = instruction_for(request, key=key, content=await form.content())
    try:
        async with connection_for(request) as connection:
            await refuse_repetition(connection, instruction=instruction)
    except AlreadyAnsweredError as answered:
        return answered.results
    except KeyReused as error:
        raise FormAlreadySent from error
    return None
