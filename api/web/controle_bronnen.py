"""Source documents for the controller: the decision on help, and the file of a budget."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from api import db
from api.http.opening import opened_budget
from api.http.rights import BIRTH_DATES, snapshot_for
from api.http.services import services_of
from api.problems import NotFound
from api.web.language import gettext, marked
from api.web.pages import CONTROLE, page
from api.web.visitors import Visit
from api.web.wijkteam import KIND_NAMES
from domains.budgets.queries import budget_imports
from domains.draws.queries import draws
from domains.draws.refusals import UnknownDraw
from domains.origins.model import Origin, OriginKind

_PAGES: Final[Mapping[OriginKind, Callable[[UUID], tuple[str, str]]]] = {
    OriginKind.DRAW: lambda id_: (
        marked("De aanvraag en haar besluiten"),
        f"/controle/aanvragen/{id_}",
    ),
    OriginKind.BUDGET_FILE: lambda id_: (
        marked("Het bestand van de begroting"),
        f"/controle/begrotingen/{id_}",
    ),
    OriginKind.BUDGET_CHANGE: lambda id_: (
        marked("De begrotingswijziging"),
        f"/financien/wijzigingen/{id_}",
    ),
    OriginKind.MESSAGE: lambda id_: (marked("De declaratie"), f"/financien/berichten/{id_}"),
    OriginKind.PAYER_ITEM: lambda id_: (
        marked("De openstaande betaler"),
        f"/financien/betalers/{id_}",
    ),
    OriginKind.NETTING: lambda _: (marked("De verrekening"), "/financien/verrekeningen"),
    OriginKind.YEAR_CLOSING: lambda id_: (
        marked("De jaarafsluiting"),
        f"/financien/afsluiten/{id_}",
    ),
}


def page_of(origin: Origin) -> tuple[str, str]:
    """Give what a source document is called and where it is shown."""
    called, path = _PAGES[origin.kind](origin.id)
    return gettext(called), path


@get("/controle/aanvragen/{id_:uuid}", visitors=CONTROLE.visitors)
async def show_draw(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show what was asked, every decision on it, who pays it by which rule, and its entries.

    :raises UnknownDraw: there is no such request.
    """
    gemeente = request.user.gemeente
    async with snapshot_for(request) as connection:
        found = await draws(connection, gemeente=gemeente, ids=[id_])
        if not found:
            raise UnknownDraw
        await opened_budget(connection, request, found[0].request.family_budget)
    return page(
        request,
        "controle/draw.html",
        draw=found[0],
        kind_names=KIND_NAMES,
        # What was written about a family is for who may know its birth dates too.
        reads_words=bool(request.user.roles & BIRTH_DATES),
    )


@get("/controle/begrotingen/{id_:uuid}", visitors=CONTROLE.visitors)
async def show_budget_file(request: Visit, id_: FromPath[UUID]) -> Template:
    """Show which file a budget came from, and what became of each of its lines.

    :raises NotFound: there is no such file.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        known = await budget_imports(connection, gemeente=gemeente)
    for found in known:
        if found.id == id_:
            return page(request, "controle/budget_file.html", file=found)
    raise NotFound


HANDLERS: Final = (show_draw, show_budget_file)
