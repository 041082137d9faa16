"""The log of processings, by the reading extension of the Logboek dataverwerkingen.

A POST, so that nothing about a person stands in an address.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import post
from msgspec import Meta

from api.http.body import decode, raw_body
from api.http.paging import read_cursor, write_cursor
from api.http.rights import PRIVACY, connection_for
from api.http.routes import open_to
from api.http.services import Asked
from api.http.wire import MOST, Antwoord, Invoer
from api.problems import InvalidField, InvalidInput
from domains.privacy.model import PURPOSES, Processing
from domains.privacy.queries import processings

_ONE_OF: Final = InvalidField(
    naam="traceId",
    bron="body",
    code="een-van",
    reden="geef een traceId, een processingActivityId of een dataSubjectId.",
)
_BY_REGISTER: Final = {each.register: each.code for each in PURPOSES.values()}


class Logboekvraag(Invoer, frozen=True, kw_only=True):
    """Which records are wanted; at least one of the first three."""

    trace_id: UUID | None = None
    processing_activity_id: Annotated[str, Meta(max_length=500)] | None = None
    data_subject_id: UUID | None = None
    cursor: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST


class Verwerking(Antwoord, frozen=True, kw_only=True):
    """One action on what is known of one person, in the words of the standard."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    status: str
    name: str
    start_time: datetime
    end_time: datetime
    resource: str
    attributes: dict[str, str]


class Verwerkingen(Antwoord, frozen=True, kw_only=True):
    """Records in order of time."""

    resultaten: list[Verwerking]
    cursor: str | None
    """Where to read on, if there is more."""


@post(
    "/processing-activities",
    opt=open_to(PRIVACY, body=Logboekvraag),
    status_code=200,
    summary="Logboek dataverwerkingen: wat er met gegevens van personen is gedaan",
)
async def read_log(request: Asked) -> Verwerkingen:
    """Give the records that fit, without who acted: the audit log tells that by the trace."""
    asked = decode(await raw_body(request), Logboekvraag)
    if (asked.trace_id, asked.processing_activity_id, asked.data_subject_id) == (None,) * 3:
        raise InvalidInput(fields=(_ONE_OF,))
    activity = asked.processing_activity_id
    after = None if asked.cursor is None else read_cursor(asked.cursor, tuple[UUID, bytes])
    async with connection_for(request) as connection:
        known = await processings(
            connection,
            gemeente=request.user.gemeente,
            trace_id=asked.trace_id,
            activity=None if activity is None else _BY_REGISTER.get(activity, activity),
            person=asked.data_subject_id,
            after=after,
            limit=asked.limit + 1,
        )
    page = known[: asked.limit]
    more = len(known) > asked.limit
    return Verwerkingen(
        resultaten=[_on_wire(each) for each in page],
        cursor=write_cursor((page[-1].trace_id, page[-1].span_id)) if more else None,
    )


def _on_wire(found: Processing) -> Verwerking:
    return Verwerking(
        trace_id=found.trace_id.hex,
        span_id=found.span_id.hex(),
        parent_span_id=None,
        status="Ok",
        name=found.name,
        start_time=found.started_at,
        end_time=found.ended_at,
        resource="ontschot",
        attributes={
            "dpl.core.processing_activity_id": PURPOSES[found.activity].register
            if found.activity in PURPOSES
            else found.activity,
            "dpl.core.data_subject_id": str(found.person),
            "dpl.core.data_subject_id_type": "pseudoniem",
        },
    )


HANDLERS: Final = (read_log,)
