"""Which team a family comes to: one that helps a family already, or a new one that is said to be.

Who is in no team of that name does not see the family, so that a typing error would lose it.
"""

from typing import Final

from api import db
from api.http.services import services_of
from api.web.forms import Form
from api.web.language import gettext
from api.web.visitors import Visit
from domains.families.queries import teams

NEW: Final = "nieuw-team"
"""The field for a team that the choice does not hold."""
_LONGEST: Final = 60


async def known_teams(request: Visit) -> tuple[str, ...]:
    """List the teams that have a family, and those of the visitor himself."""
    async with db.snapshot(services_of(request).engine, request.user.gemeente) as connection:
        found = await teams(connection, gemeente=request.user.gemeente)
    return tuple(sorted({*found, *request.user.teams}))


def chosen_team(form: Form, known: tuple[str, ...]) -> str:
    """Read the team that was chosen, or the new one that was filled in."""
    new, chosen = form.text(NEW, required=False, most=_LONGEST), form.value("team").strip()
    if new and chosen not in {"", new}:
        form.errors[NEW] = gettext("Kies een team of vul een nieuw team in, niet allebei.")
    elif not new and chosen not in known:
        form.errors["team" if known else NEW] = gettext("Kies een team of vul een nieuw team in.")
    return new or chosen
