"""The audit log (auditregels): who did or was refused what, the last line first."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Response, get

from api import db
from api.http.paging import first_of, read_cursor
from api.http.rights import READ_LOG
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import MOST, Antwoord, Cursor, Limit
from domains.audit.model import NumberedLine
from domains.audit.queries import lines


class Auditregel(Antwoord, frozen=True, kw_only=True):
    """One change or refusal (BIO2 8.15.01); ``hash`` is over this line and all before it."""

    nummer: int
    vastgelegd_op: datetime
    actor: str
    programma: str
    handeling: str
    object: str
    resultaat: str
    herkomst: str
    kenmerk: UUID
    hash: str


class Auditregels(Antwoord, frozen=True, kw_only=True):
    """A page of the audit log."""

    resultaten: list[Auditregel]


@get("/auditregels", opt=open_to(READ_LOG), summary="Wie wat deed of wat geweigerd werd")
async def list_lines(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Auditregels]:
    """List the audit log of the gemeente; what is added meanwhile moves no page."""
    gemeente = request.user.gemeente
    before = None if cursor is None else read_cursor(cursor, int)
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await lines(connection, gemeente=gemeente, before=before, limit=limit + 1)
    page, headers = first_of(request, found, key=lambda each: each.number, limit=limit)
    return Response(Auditregels(resultaten=[_on_wire(each) for each in page]), headers=headers)


def _on_wire(found: NumberedLine) -> Auditregel:
    line = found.line
    return Auditregel(
        nummer=found.number,
        vastgelegd_op=line.logged_at,
        actor=line.actor,
        programma=line.client,
        handeling=line.action,
        object=line.object,
        resultaat=line.result,
        herkomst=line.origin,
        kenmerk=line.trace_id,
        hash=found.hash.hex(),
    )


HANDLERS: Final = (list_lines,)
