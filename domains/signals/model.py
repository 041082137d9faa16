"""What a signal is: something that waits for somebody, with the last day on which it is in time."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class SignalKind(StrEnum):
    """What waits."""

    SHORTAGE = "tekort-te-dekken"
    """Help was granted and no fund covers it yet."""
    GRANTED_AFTER_DEADLINE = "toegekend-na-termijn"
    """Help was granted because nobody judged it in time; somebody should still look."""
    APPROVAL_OVERDUE = "akkoord-te-laat"
    """A request waits longer for approval than was agreed."""
    PAYER_OVERDUE = "betaler-te-laat"
    """An advance waits longer for its final payer than was agreed."""
    PROVIDER_ASKS = "verzoek-aanbieder"
    """A provider asked for help or for a change (315, 317) and was given nothing nor refused."""
    NOT_BOOKED = "toewijzing-niet-geboekt"
    """The care administration gave out help (301) that is not in the books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that waits, about one draw or one message, in whole cents."""

    kind: SignalKind
    draw: UUID | None
    family_budget: UUID | None
    message: UUID | None
    fund: str
    """The fund that lacks cover or pays in advance; empty where it is about no fund."""
    amount_cents: int
    owner: str
    """The role that has to act."""
    since: date
    deadline: date
