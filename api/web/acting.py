"""An action on a page: first tried, so that its consequence is shown, and then done once.

A form is filled in, tried in a transaction that is undone, shown with what it would do, and
carried out under the key that it got when it was opened; a second click does nothing twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.auditing import leave_refusal, mark_undone
from api.http.perform import Operation, instruction_for, results_of, try_out
from api.web.forms import Form
from api.web.visitors import Visit
from ledger.refusals import Refusal

Told = TypeVar("Told")

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
) -> Done | Tried[Told] | None:
    """Carry out a form, or try it; ``None``: something in it is wrong and its errors say what.

    ``told`` reads what the operation did, in the transaction that is then undone.
    """
    key = form.key()
    step = form.value(STEP)
    if form.errors or not key or step == CHANGE:
        mark_undone(request.scope)
        return None
    try:
        if step == CONFIRM:
            return Done(results=await carried_out(request, form, operation, key=key))
        tried = await try_out(request, operation, told, content=form.content)
        return Tried(told=tried.content)
    except Refusal as refusal:
        show_refusal(request, form, refusal)
        return None


def show_refusal(request: Visit, form: Form, refusal: Refusal, *, field: str = "formulier") -> None:
    """Show a refusal in its form, and leave it for the audit log."""
    form.errors[field] = refusal.message()
    leave_refusal(request.scope, refusal)


async def carried_out(
    request: Visit, form: Form, operation: Operation, *, key: str
) -> Sequence[UUID]:
    """Do at once what a form asks, under its key.

    :raises Refusal: whatever the operation refuses.
    """
    instruction = instruction_for(request, key=key, content=form.content)
    results, _ = await results_of(request, operation, instruction)
    return results
