"""What waits for somebody (signalen): told from draws, parts and items; nothing of it is kept."""

from datetime import date
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get
from litestar.params import QueryParameter

from api import db
from api.http.paging import first_of, read_cursor
from api.http.rights import BOOKS
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import MOST, Antwoord, Bedrag, Cursor, Limit, amount
from domains.settings.queries import settings_on
from domains.signals.model import Signal
from domains.signals.queries import place_of, signals

OfOwner: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="eigenaar", description="Alleen wat op deze rol wacht, zoals budgethouder."
    ),
]


class Signaal(Antwoord, frozen=True, kw_only=True):
    """Something that waits, about one draw or one message."""

    soort: str
    trekking: UUID | None
    gezinsbudget: UUID | None
    bericht: UUID | None
    middel: str | None
    bedrag: Bedrag
    eigenaar: str
    sinds: date
    uiterlijk: date
    te_laat: bool


class Signalen(Antwoord, frozen=True, kw_only=True):
    """A page of what waits, the most urgent first."""

    resultaten: list[Signaal]


@get("/signalen", opt=open_to(BOOKS), summary="Wat op iemand wacht, het dringendste eerst")
async def list_signals(
    request: Asked, *, eigenaar: OfOwner = None, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Signalen]:
    """List shortages, help granted after its term, overdue approvals and payers, and messages."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    async with db.transaction(services.engine, gemeente) as connection:
        settings = await settings_on(connection, gemeente=gemeente, day=today)
        found = await signals(
            connection,
            gemeente=gemeente,
            today=today,
            settings=settings,
            owner=eigenaar,
            after=None if cursor is None else read_cursor(cursor, list[str]),
            limit=limit + 1,
        )
    page, headers = first_of(request, found, key=place_of, limit=limit)
    return Response(Signalen(resultaten=[_signal(each, today) for each in page]), headers=headers)


HANDLERS: Final = (list_signals,)


def _signal(signal: Signal, today: date) -> Signaal:
    return Signaal(
        soort=signal.kind,
        trekking=signal.draw,
        gezinsbudget=signal.family_budget,
        bericht=signal.message,
        middel=signal.fund or None,
        bedrag=amount(signal.amount_cents),
        eigenaar=signal.owner,
        sinds=signal.since,
        uiterlijk=signal.deadline,
        te_laat=signal.deadline < today,
    )
