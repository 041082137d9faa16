"""What is known about a family that comes of a split."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Where the new family lives, its type and who helps it; ``None``: as the old family."""

    district: str | None = None
    family_type: str | None = None
    team: str | None = None
    professional: str | None = None
