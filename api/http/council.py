"""What only the council can make right (raadsbesluiten nodig): told from the books, never kept."""

from datetime import date
from typing import Annotated, Final, TypeAlias

from litestar import get
from litestar.params import QueryParameter

from api import db
from api.http.rights import EVERYONE
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import Antwoord, Bedrag, KnownUpTo, OnDate, amount, as_of
from domains.council.model import OWNER, CouncilItem
from domains.council.queries import council_standing
from domains.settings.queries import settings_on

OfYear: TypeAlias = Annotated[
    int | None,
    QueryParameter(
        name="jaar", ge=2000, le=2199, description="Het begrotingsjaar; standaard dat van vandaag."
    ),
]


class Besluitpost(Antwoord, frozen=True, kw_only=True):
    """Something that needs a decision of the council."""

    aanleiding: str
    middel: str
    in_plaats_van: str | None
    """On a shortage: the source whose help it is."""
    programma: str
    taakveld: str
    bedrag: Bedrag
    eigenaar: str
    uiterlijk: date
    """The last day on which it can be made right."""
    te_laat: bool


class Besluitposten(Antwoord, frozen=True, kw_only=True):
    """Everything that needs a decision of the council for a year, as the books stood on a date."""

    jaar: int
    peil_datum: date
    stand_per: int
    autorisatieniveau: str
    resultaten: list[Besluitpost]


@get(
    "/raadsbesluiten-nodig",
    opt=open_to(EVERYONE),
    summary="Waarvoor de raad de begroting moet wijzigen",
)
async def list_items(
    request: Asked,
    *,
    jaar: OfYear = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
) -> Besluitposten:
    """List what is spent outside a programme, above what was authorised, or without any cover."""
    services, gemeente = services_of(request), request.user.gemeente
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection,
            services=services,
            gemeente=gemeente,
            on=peil_datum,
            known_up_to=stand_per,
        )
        year = moment.on.year if jaar is None else jaar
        settings = await settings_on(connection, gemeente=gemeente, day=moment.on)
        standing = await council_standing(
            connection,
            gemeente=gemeente,
            year=year,
            on=moment.on,
            known_up_to=moment.known_up_to,
            settings=settings,
        )
    return Besluitposten(
        jaar=year,
        peil_datum=moment.on,
        stand_per=moment.known_up_to,
        autorisatieniveau=settings.authorisation_level,
        resultaten=[_item(each, moment.on) for each in standing.items],
    )


HANDLERS: Final = (list_items,)


def _item(item: CouncilItem, on: date) -> Besluitpost:
    return Besluitpost(
        aanleiding=item.cause,
        middel=item.fund,
        in_plaats_van=item.stands_in_for or None,
        programma=item.programme,
        taakveld=item.taakveld,
        bedrag=amount(item.amount_cents),
        eigenaar=OWNER,
        uiterlijk=item.deadline,
        te_laat=item.deadline < on,
    )
