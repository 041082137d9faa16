"""A notice of a provider as it is kept, and what was replied to a request."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domains.messages.standard import Kind, Law


class NoticeKind(StrEnum):
    """What a provider tells or asks; the value stands on the wire."""

    ALLOCATION = "toewijzing"
    """Of the care administration: what was given out."""
    START = "start"
    STOP = "stop"
    REQUEST = "verzoek"
    CHANGE_REQUEST = "verzoek-wijziging"


class ReplyAnswer(StrEnum):
    """What a 319 says; the value is its code in the standard."""

    REFUSED = "1"
    BEING_LOOKED_INTO = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One product of a message; a 317 that changes nothing has one too."""

    id: UUID
    message: UUID
    law: Law
    message_kind: Kind
    provider: str
    kind: NoticeKind
    person: UUID
    allocation: int | None
    draw: UUID | None
    """The draw behind the allocation; ``None``: there is none that we know."""
    provider_reference: str
    from_date: date
    until_date: date | None
    """Exclusive."""
    reason: str
    """Why help ended, or why a change is asked, by its code in the standard."""
    is_replied: bool
    """A no was sent; a request that is granted is answered by an allocation."""
