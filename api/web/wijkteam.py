"""The pages of the wijkteam: a family needs help today, and one amount says what there is.

Nobody is asked here who pays; that comes with the answer, for whoever wants to know why.
"""

from dataclasses import dataclass
from typing import Final

from litestar import get
from litestar.response import Template

from api import db
from api.http.rights import teams_seen
from api.http.services import services_of
from api.web.pages import WIJKTEAM, page
from api.web.visitors import Visit
from domains.districts.queries import districts
from domains.families.model import BudgetState, Family, FamilyBudget
from domains.families.queries import families, family_budgets, family_types


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCard:
    """A family in the list, with its budget of this year if it has one."""

    family: Family
    kind: str
    district: str
    budget: FamilyBudget | None


@get("/wijkteam", visitors=WIJKTEAM.visitors)
async def my_families(request: Visit) -> Template:
    """Show the families that somebody may see, with what each can still spend."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    teams = teams_seen(request.user)
    async with db.snapshot(services.engine, gemeente) as connection:
        known = await families(connection, gemeente=gemeente, teams=teams)
        budgets = await family_budgets(connection, gemeente=gemeente, teams=teams)
        kinds = await family_types(connection, gemeente=gemeente, on=today)
        places = await districts(connection, gemeente=gemeente)
    kind_names = {each.code: each.name for each in kinds}
    district_names = {each.code: each.name for each in places}
    of_family = {
        each.family.id: each
        for each in budgets
        if each.year == today.year and each.state is BudgetState.OPEN
    }
    cards = [
        FamilyCard(
            family=each,
            kind=kind_names[each.family_type],
            district=district_names[each.district_on(today)],
            budget=of_family.get(each.id),
        )
        for each in known
    ]
    return page(request, "wijkteam/families.html", cards=cards, year=today.year)


HANDLERS: Final = (my_families,)
