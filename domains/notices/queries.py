"""Reading what providers told and asked."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.messages.standard import Kind, Law
from domains.notices.model import Notice, NoticeKind
from ledger.reading import rows

_NOTICES: Final = """
    SELECT notice.gemeente, notice.notice_id, notice.message_id, notice.kind, notice.person_id,
           notice.allocation, coalesce(notice.draw_id, (
               SELECT given.draw_id FROM domains.allocation AS given
               WHERE given.gemeente = notice.gemeente AND notice.kind = 'toewijzing'
                 AND given.message_law = message.message_law AND given.number = notice.allocation
                 AND given.provider = message.provider
               ORDER BY given.version DESC LIMIT 1)) AS draw_id,
           notice.provider_reference, notice.from_date, notice.until_date, notice.reason,
           message.message_law, message.kind AS message_kind, message.provider,
           EXISTS (SELECT 1 FROM domains.notice_reply AS reply
                   WHERE reply.gemeente = notice.gemeente
                     AND reply.message_id = notice.message_id
                     AND reply.answer = '1') AS is_replied
    FROM domains.provider_notice AS notice
    JOIN domains.message AS message USING (gemeente, message_id)
    WHERE gemeente = %(gemeente)s
      AND (%(ids)s::uuid[] IS NULL OR notice.notice_id = ANY (%(ids)s::uuid[]))
      AND (%(message)s::uuid IS NULL OR notice.message_id = %(message)s)
      AND (%(draw)s::uuid IS NULL OR notice.draw_id = %(draw)s)
    ORDER BY notice.notice_id
"""


async def notices(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    message: UUID | None = None,
    draw: UUID | None = None,
) -> tuple[Notice, ...]:
    """List notices in order of arrival: those named, of one message, of one draw, or all."""
    found = await rows(
        connection,
        _NOTICES,
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "message": message,
            "draw": draw,
        },
    )
    return tuple(
        Notice(
            id=row.notice_id,
            message=row.message_id,
            law=Law(row.message_law),
            message_kind=Kind(row.message_kind),
            provider=row.provider,
            kind=NoticeKind(row.kind),
            person=row.person_id,
            allocation=row.allocation,
            draw=row.draw_id,
            provider_reference=row.provider_reference,
            from_date=row.from_date,
            until_date=row.until_date,
            reason=row.reason,
            is_replied=row.is_replied,
        )
        for row in found
    )
