"""The pages together: who may visit them, how they fail, and which there are."""

from litestar import Router
from litestar.exceptions import HTTPException

from api.web import (
    begin_bestanden,
    begin_inrichten,
    controle,
    controle_bronnen,
    controle_logs,
    errors,
    financien,
    financien_afsluiten,
    financien_berichten,
    financien_betalers,
    financien_overlopend,
    financien_schuiven,
    financien_verrekeningen,
    financien_wijzigingen,
    first_steps,
    interface,
    language,
    login,
    privacy,
    start,
    wethouder,
    wethouder_wat_als,
    wijkteam,
    wijkteam_family,
    wijkteam_help,
    wijkteam_lopend,
    wijkteam_overzicht,
)
from api.web.language import speak_language
from api.web.visitors import SignInFirst, let_visitor_in
from ledger.refusals import Refusal


def pages() -> Router:
    """Give every page."""
    return Router(
        "/",
        guards=[speak_language, let_visitor_in],
        exception_handlers={
            SignInFirst: errors.signed_out,
            Refusal: errors.refused,
            HTTPException: errors.failed,
            Exception: errors.broken,
        },
        include_in_schema=False,
        route_handlers=[
            *login.HANDLERS,
            *start.HANDLERS,
            *interface.HANDLERS,
            *language.HANDLERS,
            *first_steps.HANDLERS,
            *begin_bestanden.HANDLERS,
            *begin_inrichten.HANDLERS,
            *wijkteam.HANDLERS,
            *wijkteam_help.HANDLERS,
            *wijkteam_lopend.HANDLERS,
            *wijkteam_family.HANDLERS,
            *wijkteam_overzicht.HANDLERS,
            *controle.HANDLERS,
            *controle_logs.HANDLERS,
            *controle_bronnen.HANDLERS,
            *privacy.HANDLERS,
            *wethouder.HANDLERS,
            *wethouder_wat_als.HANDLERS,
            *financien.HANDLERS,
            *financien_schuiven.HANDLERS,
            *financien_betalers.HANDLERS,
            *financien_verrekeningen.HANDLERS,
            *financien_wijzigingen.HANDLERS,
            *financien_berichten.HANDLERS,
            *financien_afsluiten.HANDLERS,
            *financien_overlopend.HANDLERS,
        ],
    )
