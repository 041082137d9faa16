"""What is known of a person behind a pseudonym; nothing of it shows when it is printed."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domains.messages.model import PersonFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A pseudonym of a member of a family, with whom it stands for."""

    person: UUID
    facts: PersonFacts = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What keeps a family from being forgotten."""

    has_key: bool
    helped_until: date | None
    """The day after the last day of help that runs; ``None``: none runs."""
    is_awaited: bool
    """Whether money is still reserved, or a draw or a payer is waited for."""
