"""Whether the program lives, and whether it can do its work."""

from typing import Literal

from litestar import Request, Response, get
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncConnection

from api import migrate
from api.http.services import services_of
from api.http.wire import Antwoord
from ledger.reading import rows


class Gezondheid(Antwoord, frozen=True, kw_only=True):
    """How the program is doing."""

    status: Literal["leeft", "gereed", "niet-gereed"]
    reden: str | None = None


@get("/gezondheid/leeft", include_in_schema=False)
async def lives() -> Gezondheid:
    """Answer as long as the program runs; asks nothing of the database."""
    return Gezondheid(status="leeft")


@get("/gezondheid/gereed", include_in_schema=False)
async def is_ready(request: Request[None, None, State]) -> Response[Gezondheid]:
    """Answer whether the database is there and has the shape that this version needs."""
    try:
        async with services_of(request).engine.connect() as connection:
            reason = await _why_not(connection)
    except Exception:  # noqa: BLE001  # Whatever it is, we are not ready.
        reason = "de database is niet bereikbaar"
    if reason is None:
        return Response(Gezondheid(status="gereed"), status_code=200)
    return Response(Gezondheid(status="niet-gereed", reden=reason), status_code=503)


async def _why_not(connection: AsyncConnection) -> str | None:
    """Say what is wrong with the database, if anything is."""
    found = await rows(
        connection,
        "SELECT to_regclass('domains.draw') IS NOT NULL,"
        " has_table_privilege(to_regclass('public.alembic_version'), 'SELECT')",
    )
    has_tables, may_read_version = found[0]
    if not has_tables:
        return "de database heeft nog geen tabellen; draai ontschot migreer"
    if not may_read_version:
        return "de toepassing mag de vorm van de database niet lezen; draai ontschot migreer"
    version = await rows(connection, "SELECT version_num FROM public.alembic_version")
    if not all(migrate.can_serve(row[0]) for row in version) or not version:
        return "de database heeft een andere vorm dan deze versie; draai ontschot migreer"
    return None
