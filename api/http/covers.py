"""Cover (vervangingen): for some days somebody helps the families that a colleague leads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.body import canonical, decode, raw_body
from api.http.effect_studies import Leeg
from api.http.paging import first_of, read_cursor
from api.http.perform import Given, Task, carry_out
from api.http.rights import COVER_READ, COVER_WRITE, connection_for, teams_seen
from api.http.routes import open_to
from api.http.services import Asked
from api.http.wire import (
    MOST,
    Antwoord,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    VerplichteTekst,
    day_after,
    last_day,
)
from domains.covers.model import Cover, NewCover
from domains.covers.operations import end_cover, give_cover
from domains.covers.queries import covers
from domains.instruction import Instruction


class NieuweVervanging(Invoer, frozen=True, kw_only=True):
    """Who stands in for which lead professional; from today unless told."""

    vervanger: VerplichteTekst
    """The subject by which he signs in."""
    regisseur: Code
    team: Code
    van: date | None = None
    tot_en_met: date
    reden: VerplichteTekst


class Vervanging(Antwoord, frozen=True, kw_only=True):
    """A cover, and whether it ended before its time."""

    id: UUID
    vervanger: str
    regisseur: str
    team: str
    van: date
    tot_en_met: date
    reden: str
    gegeven_op: datetime
    gegeven_door: str
    beeindigd_op: datetime | None


class Vervangingen(Antwoord, frozen=True, kw_only=True):
    """Covers in the order in which they were given."""

    resultaten: list[Vervanging]


@get("/vervangingen", opt=open_to(COVER_READ), summary="Wie een collega vervangt, en tot wanneer")
async def list_covers(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Vervangingen]:
    """List the covers in the teams of the asker; of all teams for whoever sees all."""
    teams = None if "privacy" in request.user.roles else teams_seen(request.user)
    async with connection_for(request) as connection:
        known = await covers(
            connection,
            gemeente=request.user.gemeente,
            teams=teams,
            after=None if cursor is None else read_cursor(cursor, UUID),
            limit=limit + 1,
        )
    page, headers = first_of(request, known, key=lambda each: each.id, limit=limit)
    found = [_on_wire(each) for each in page]
    return Response(Vervangingen(resultaten=found), headers=headers)


@post(
    "/vervangingen",
    opt=open_to(COVER_WRITE, body=NieuweVervanging, key=True),
    summary="Laat iemand een collega vervangen",
)
async def add_cover(request: Asked, *, proef: DryRun = False) -> Response[Vervanging]:
    """Let somebody see and help the families that a colleague leads."""
    content = await raw_body(request)
    asked = decode(content, NieuweVervanging)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await give_cover(
            connection,
            instruction=instruction,
            cover=NewCover(
                substitute=asked.vervanger,
                professional=asked.regisseur,
                team=asked.team,
                from_date=asked.van or instruction.today,
                until_date=day_after(asked.tot_en_met),
                reason=asked.reden,
            ),
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Vervanging]:
        (found,) = await covers(connection, gemeente=request.user.gemeente, ids=results)
        # As it was given: a repeated request gets the same answer, also when it ended since.
        return Given(body=_on_wire(replace(found, ended_at=None)))

    task = Task(operation=operation, answer=answer)
    return await carry_out(request, task, content=canonical(content), dry_run=proef)


@post(
    "/vervangingen/{id_:uuid}/beeindigingen",
    opt=open_to(COVER_WRITE, body=Leeg, key=True),
    summary="Beëindig een vervanging",
)
async def finish(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Vervanging]:
    """End a cover before its time."""
    content = await raw_body(request)
    decode(content, Leeg)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await end_cover(connection, instruction=instruction, cover=id_)

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Vervanging]:
        (found,) = await covers(connection, gemeente=request.user.gemeente, ids=results)
        return Given(body=_on_wire(found))

    task = Task(operation=operation, answer=answer)
    return await carry_out(request, task, content=canonical(content), dry_run=proef)


def _on_wire(found: Cover) -> Vervanging:
    return Vervanging(
        id=found.id,
        vervanger=found.cover.substitute,
        regisseur=found.cover.professional,
        team=found.cover.team,
        van=found.cover.from_date,
        tot_en_met=last_day(found.cover.until_date),
        reden=found.cover.reason,
        gegeven_op=found.given_at,
        gegeven_door=found.given_by,
        beeindigd_op=found.ended_at,
    )


HANDLERS: Final = (list_covers, add_cover, finish)
