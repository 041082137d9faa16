"""Keeping a record of every action on what is known of a person."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.privacy.model import Processing


async def keep_processings(
    connection: AsyncConnection, *, gemeente: str, processings: Sequence[Processing]
) -> None:
    """Write records in the database transaction in which the data is read, so that none lacks."""
    await connection.exec_driver_sql(
        "INSERT INTO access.processing (gemeente, trace_id, span_id, name, activity, person_id,"
        " started_at, ended_at)"
        " SELECT %s, each.* FROM unnest(%s::uuid[], %s::bytea[], %s::text[], %s::text[],"
        " %s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS each",
        (
            gemeente,
            [each.trace_id for each in processings],
            [each.span_id for each in processings],
            [each.name for each in processings],
            [each.activity for each in processings],
            [each.person for each in processings],
            [each.started_at for each in processings],
            [each.ended_at for each in processings],
        ),
    )
