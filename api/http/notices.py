"""What providers told and asked, by message and by reservation."""

from datetime import date
from typing import Final
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api import db
from api.http.rights import BOOKS
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import Antwoord, last_day
from domains.notices.model import Notice, NoticeKind
from domains.notices.queries import notices


class Melding(Antwoord, frozen=True, kw_only=True):
    """One product that a provider told or asked about."""

    id: UUID
    bericht: UUID
    soort: NoticeKind
    aanbieder: str
    persoon: UUID
    toewijzing_nummer: int | None
    verplichting: UUID | None
    """None: no allocation of this provider has that number."""
    referentie_aanbieder: str
    van: date
    tot_en_met: date | None
    reden: str
    beantwoord: bool


class Meldingen(Antwoord, frozen=True, kw_only=True):
    """Notices in order of arrival."""

    resultaten: list[Melding]


@get(
    "/berichten/{id_:uuid}/meldingen",
    opt=open_to(BOOKS),
    summary="Wat een aanbieder in een bericht meldt of vraagt",
)
async def list_of_message(request: Asked, id_: FromPath[UUID]) -> Meldingen:
    """List what a message tells or asks."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await notices(connection, gemeente=gemeente, message=id_)
    return Meldingen(resultaten=[_notice(each) for each in found])


@get(
    "/verplichtingen/{id_:uuid}/meldingen",
    opt=open_to(BOOKS),
    summary="Start, stop en verzoeken bij een verplichting",
)
async def list_of_reservation(request: Asked, id_: FromPath[UUID]) -> Meldingen:
    """List what a provider told or asked about a reservation."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await notices(connection, gemeente=gemeente, draw=id_)
    return Meldingen(resultaten=[_notice(each) for each in found])


HANDLERS: Final = (list_of_message, list_of_reservation)


def _notice(each: Notice) -> Melding:
    return Melding(
        id=each.id,
        bericht=each.message,
        soort=each.kind,
        aanbieder=each.provider,
        persoon=each.person,
        toewijzing_nummer=each.allocation,
        verplichting=each.draw,
        referentie_aanbieder=each.provider_reference,
        van=each.from_date,
        tot_en_met=None if each.until_date is None else last_day(each.until_date),
        reden=each.reason,
        beantwoord=each.is_replied,
    )
