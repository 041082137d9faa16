"""Who stands in for whom, and until when."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCover:
    """A cover to be given: the substitute sees and helps what the lead professional leads."""

    substitute: str
    """The subject by which he signs in."""
    professional: str
    team: str
    from_date: date
    until_date: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A cover that was given, and whether it ended before its time."""

    id: UUID
    cover: NewCover
    given_at: datetime
    given_by: str
    ended_at: datetime | None

    def holds_on(self, day: date) -> bool:
        """Return whether the substitute stands in on a day."""
        return self.ended_at is None and self.cover.from_date <= day < self.cover.until_date
