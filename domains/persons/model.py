"""What is known of a person behind a pseudonym; nothing of it shows when it is printed."""

from dataclasses import dataclass, field
from uuid import UUID

from domains.messages.model import PersonFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A pseudonym of a member of a family, with whom it stands for."""

    person: UUID
    facts: PersonFacts = field(repr=False)
