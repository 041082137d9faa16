"""A version of a rule with the decision behind it, and what a municipality can ask to change."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domains.eligibility.model import Condition, Rule, RuleOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """A rule as it was recorded, and by whom."""

    rule: Rule
    number: int
    """Counts per rule and owner; a higher one takes over from its first day."""
    id: UUID | None
    """``None`` for a rule that is the same everywhere."""
    gemeente: str
    """Whose rule it is; empty for a rule that is the same everywhere."""
    decision: str
    """The decision of council or college; empty for a rule that is the same everywhere."""
    recorded_at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """How a municipality narrows a rule that is not law, from a day on.

    What is ``None`` or empty stays as it is.
    """

    rule_id: str
    from_date: date
    until_date: date | None = None
    """Exclusive; ``None``: as long as the rule itself."""
    conditions: tuple[Condition, ...] = ()
    """Asked besides the conditions of the rule."""
    sources: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    age_from: int | None = None
    age_until: int | None = None
    outcome: RuleOutcome | None = None
    """Only ``NIET``, which closes the source."""
    explanation: str = ""
