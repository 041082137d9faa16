"""The family's own statement: what was arranged and what it cost, to read together or take home.

No fund and no payer is in it, and no name but that of who leads the help.
"""

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Template

from api.http.opening import keep_opening
from api.http.rights import PRIVACY, check_sees_family, snapshot_for
from api.http.services import services_of
from api.web.language import marked
from api.web.pages import WIJKTEAM, page, short
from api.web.pdf import pdf_answer
from api.web.visitors import Visit
from api.web.wijkteam import KIND_NAMES, OfYear, people_of
from domains.draws.model import Outcome
from domains.draws.queries import draws
from domains.families.queries import family, family_budgets
from domains.privacy.model import PURPOSES
from domains.privacy.queries import looks_at, spent_on

_VISITORS: Final = WIJKTEAM.visitors | PRIVACY
_LOOKS: Final = 21
"""The last twenty looks are told; the officer for data protection gives all."""
_SAID: Final = {
    Outcome.GRANTED: marked("toegekend"),
    Outcome.GRANTED_WITH_PAYER_ITEM: marked("toegekend"),
    Outcome.AWAITS_APPROVAL: marked("wordt nog beslist"),
    Outcome.REJECTED: marked("niet toegekend"),
    Outcome.REFUSED: marked("niet toegekend"),
    Outcome.STOPPED: marked("gestopt"),
}
"""What the family is told; who pays is for those who keep the books."""


@get("/wijkteam/gezinnen/{id_:uuid}/overzicht", visitors=_VISITORS)
async def statement(request: Visit, id_: FromPath[UUID], *, jaar: OfYear = None) -> Template:
    """Show the statement of a year; unless told of the last one that the family has a budget in."""
    return await _statement(request, id_, jaar)


@get("/wijkteam/gezinnen/{id_:uuid}/overzicht/pdf", visitors=_VISITORS)
async def statement_file(
    request: Visit, id_: FromPath[UUID], *, jaar: OfYear = None
) -> Response[bytes]:
    """Give the same as a document."""
    shown = await _statement(request, id_, jaar)
    return await pdf_answer(request, shown, name=f"overzicht-{short(id_)}")


HANDLERS: Final = (statement, statement_file)


async def _statement(request: Visit, id_: UUID, year: int | None) -> Template:
    """Make the statement.

    :raises domains.families.rules.UnknownFamily: there is no such family for this visitor.
    """
    gemeente, today = request.user.gemeente, services_of(request).clock.today()
    async with snapshot_for(request) as connection:
        found = await family(connection, gemeente=gemeente, family_id=id_)
        if not request.user.roles & PRIVACY:
            check_sees_family(request.user, found)
        budgets = await family_budgets(connection, gemeente=gemeente, of_families=[id_])
        years = sorted({each.year for each in budgets}, reverse=True)
        wanted = year or next(iter(years), today.year)
        own = [each for each in budgets if each.year == wanted]
        asked = [
            draw
            for budget in own
            for draw in await draws(connection, gemeente=gemeente, family_budget=budget.id)
        ]
        looks = await looks_at(
            connection,
            gemeente=gemeente,
            persons=sorted({each.person for each in found.members}),
        )
        spent = {
            each.draw: each.spent_cents
            for each in await spent_on(connection, gemeente=gemeente, family=id_)
        }
        await keep_opening(connection, request, found)  # The next statement tells of this one.
    shown = sorted(
        (each for each in asked if not each.is_reversed), key=lambda each: each.request.from_date
    )
    return page(
        request,
        "wijkteam/statement.html",
        family=found,
        year=wanted,
        years=[(str(each), str(each)) for each in years],
        today=today,
        amount_cents=sum(each.amount_cents for each in own),
        room_cents=sum(each.room_cents for each in own),
        granted_cents=sum(each.decision.granted_cents for each in shown),
        draws=shown,
        spent=spent,
        spent_cents=sum(spent.get(each.id, 0) for each in shown),
        said=_SAID,
        kind_names=KIND_NAMES,
        people=people_of(found, today),
        looks=looks[:-_LOOKS:-1],
        purposes=PURPOSES,
    )
