"""A family, its members and its budget; names and numbers of persons are not known here."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyType:
    """A kind of family with the band (bandbreedte) of its fixed amount, in whole cents."""

    code: str
    name: str
    min_cents: int
    norm_cents: int
    max_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a family from a day on, up to a day (exclusive; ``None``: still)."""

    person: UUID
    birth_date: date
    from_date: date
    until_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Residence:
    """The district in which a family lives from a day on, until its next residence."""

    from_date: date
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family by its pseudonym."""

    id: UUID
    residences: tuple[Residence, ...]
    """In order of time, at least one."""
    family_type: str
    team: str
    is_complex: bool
    opened_on: date
    members: tuple[Member, ...]

    def district_on(self, day: date) -> str:
        """Return where the family lives on a day; before its first residence it lived there too."""
        lived = [each.district for each in self.residences if each.from_date <= day]
        return lived[-1] if lived else self.residences[0].district


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyBudget:
    """The budget of a family in a year: the fixed amount that was asked, and what is left."""

    id: UUID
    family: Family
    year: int
    amount_cents: int
    reason: str
    rooms: tuple[tuple[str, int], ...]
    """What is left per fund, in whole cents, by fund code."""

    @property
    def room_cents(self) -> int:
        """Return the one amount that the wijkteam sees."""
        return sum(cents for _, cents in self.rooms)
