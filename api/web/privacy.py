"""The privacy officer's view of the log of processings: who looked at whom, and why.

What is searched for travels in the body of a form, so that nothing about a person stands in an
address.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.opening import keep_looks
from api.http.rights import connection_for
from api.web.forms import Form, form_of
from api.web.language import gettext
from api.web.pages import PRIVACY_LOG, page
from api.web.visitors import Visit
from domains.families.queries import family, named_by
from domains.families.rules import UnknownFamily
from domains.privacy.model import PURPOSES, Look
from domains.privacy.queries import looks_at, processings

_MOST: Final = 500


@get("/privacy", visitors=PRIVACY_LOG.visitors)
async def ask(request: Visit) -> Template:
    """Ask whose log, and show for what families may be opened."""
    return _shown(request, Form.of(nummer=""), looks=None)


@post("/privacy", visitors=PRIVACY_LOG.visitors, status_code=200)
async def answer(request: Visit) -> Template:
    """Show every look at a family, at a person, or under one trace."""
    form = await form_of(request)
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        number = await _number(connection, gemeente, form)
        if number is None:
            return _shown(request, form, looks=None)
        found = await _family(connection, gemeente, number)
        persons = await _persons(connection, gemeente, number) if found is None else found
        looks = await looks_at(connection, gemeente=gemeente, persons=persons)
        if found is not None or looks:  # A number of nobody is no look at anybody.
            await keep_looks(connection, request, persons)  # The next answer tells of this one.
    return _shown(request, form, looks=looks[::-1], of_family=None if found is None else number)


HANDLERS: Final = (ask, answer)


async def _family(
    connection: AsyncConnection, gemeente: str, number: UUID
) -> Sequence[UUID] | None:
    """Give the members of a family; ``None``: the number is none of a family."""
    try:
        found = await family(connection, gemeente=gemeente, family_id=number)
    except UnknownFamily:
        return None
    return sorted({each.person for each in found.members})


async def _persons(connection: AsyncConnection, gemeente: str, number: UUID) -> Sequence[UUID]:
    """Say whom a number is about: everybody under a trace, or one person."""
    traced = await processings(
        connection,
        gemeente=gemeente,
        trace_id=number,
        activity=None,
        person=None,
        after=None,
        limit=_MOST,
    )
    return sorted({each.person for each in traced}) or [number]


async def _number(connection: AsyncConnection, gemeente: str, form: Form) -> UUID | None:
    """Read a whole number, or the last six signs by which pages name a family or a person."""
    said = form.text("nummer").strip()
    try:
        return UUID(said)
    except ValueError:
        found = await named_by(connection, gemeente=gemeente, last=said)
    if len(found) == 1:
        return found[0]
    form.errors.setdefault(
        "nummer",
        gettext("Neem het hele nummer over, of de zes tekens waarmee een bladzijde het noemt.")
        if not found
        else gettext("Meer gezinnen of personen eindigen zo. Neem het hele nummer over."),
    )
    return None


def _shown(
    request: Visit, form: Form, *, looks: Sequence[Look] | None, of_family: UUID | None = None
) -> Template:
    return page(
        request,
        "privacy.html",
        form=form,
        family=of_family,
        looks=None if looks is None else looks[:_MOST],
        omitted=max(0, len(looks or ()) - _MOST),
        purposes=PURPOSES,
    )
