"""A guided start: what a new municipality does first, in order, and what is done already."""

from dataclasses import dataclass
from typing import Final

from litestar import get
from litestar.response import Template

from api import db
from api.http.periods import periods
from api.http.rights import FAMILIES_WRITE, MONEY
from api.http.services import services_of
from api.web.language import gettext
from api.web.pages import page
from api.web.visitors import Visit
from domains.budgets.queries import standings
from domains.districts.queries import districts
from domains.families.queries import families, family_budgets, family_types
from ledger.balances import last_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do, why, whether it is done, and where; no path: who does it instead."""

    title: str
    why: str
    is_done: bool
    path: str = ""
    by: str = ""


@get("/begin", visitors=MONEY)
async def start(request: Visit) -> Template:
    """Show every step with how far the municipality is."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    async with db.snapshot(services.engine, gemeente) as connection:
        known = await periods(connection, gemeente)
        money = await standings(
            connection,
            gemeente=gemeente,
            on=today,
            known_up_to=await last_link(connection, gemeente=gemeente),
        )
        places = await districts(connection, gemeente=gemeente)
        kinds = await family_types(connection, gemeente=gemeente, on=today)
        helped = await families(connection, gemeente=gemeente, limit=1)
        budgets = await family_budgets(connection, gemeente=gemeente, limit=1)
    year = today.year
    steps = (
        Step(
            title=gettext("Open het boekjaar"),
            why=gettext("Op dagen die niemand opende, kan niets worden geboekt."),
            is_done=any(each.open for each in known),
            path=f"/financien/afsluiten/dagen?wat=open&van={year}-01-01&tot={year}-12-31",
        ),
        Step(
            title=gettext("Lees de begroting in"),
            why=gettext("Dat is wat de raad toestond, per bron, programma en taakveld."),
            is_done=any(each.authorised_cents for each in money),
            path="/begin/begroting",
        ),
        Step(
            title=gettext("Maak de wijken bekend"),
            why=gettext("Geld gaat naar wijken, en gezinnen wonen er. Eén wijk mag ook."),
            is_done=bool(places),
            path="/begin/wijken",
        ),
        Step(
            title=gettext("Vul de wijkbudgetten"),
            why=gettext("Uit wat vrij is, met een verdeelsleutel."),
            is_done=any(each.districts_cents or each.families_cents for each in money),
            path="/begin/wijkgeld",
        ),
        Step(
            title=gettext("Leg een gezinstype met zijn band vast"),
            why=gettext("De norm van een type is wat een gezin krijgt als niemand anders vraagt."),
            is_done=bool(kinds),
            path="/begin/gezinstype",
        ),
        Step(
            title=gettext("Registreer het eerste gezin"),
            why=gettext("Vanaf nu werkt het wijkteam met zijn eigen gezinnen."),
            is_done=bool(helped),
            path="/begin/gezin" if request.user.roles & FAMILIES_WRITE else "",
            by=gettext("Het wijkteam doet dit bij zijn gezinnen, of de beheerder hier."),
        ),
        Step(
            title=gettext("Open het eerste gezinsbudget"),
            why=gettext("Daarna kan er hulp worden gevraagd."),
            is_done=bool(budgets),
            by=gettext("Het wijkteam doet dit op de bladzijde van het gezin."),
        ),
    )
    return page(
        request,
        "first_steps.html",
        steps=steps,
        following=next((each for each in steps if not each.is_done), None),
        done=sum(each.is_done for each in steps),
    )


HANDLERS: Final = (start,)
