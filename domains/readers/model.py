"""What comes out of a file: budget lines and districts, and the places where a file is wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """In what an amount in a file is counted."""

    EURO = "euro"
    THOUSAND = "duizend"

    @property
    def cents(self) -> int:
        """How many cents one unit is worth."""
        return 100 if self is Unit.EURO else 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One spot in a file that is wrong; lines count from 1, the heading included."""

    line: int
    column: str
    value: str
    reason: str
    """Dutch, what is wrong with the value."""

    def text(self) -> str:
        """Return the spot as one Dutch line."""
        where = f"regel {self.line}" if self.line else "het bestand"
        column = f", kolom '{self.column}'" if self.column else ""
        value = f" '{self.value}'" if self.value else ""
        return f"{where}{column}:{value} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One line of a budget: what a programme receives and spends on one taakveld."""

    line_number: int
    programme: str
    taakveld: str
    name: str
    revenues_cents: int
    expenses_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFigure:
    """An amount that the publisher does not give: reported, never booked."""

    line_number: int
    taakveld: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFile:
    """A budget as read: of one municipality and one year, all amounts in whole cents."""

    year: int
    municipality: str
    """CBS code, such as ``GM0344``."""
    kind: str
    """``iv3`` or ``programma``."""
    unit: Unit
    lines: tuple[BudgetLine, ...]
    no_figure: tuple[NoFigure, ...]
    sha256: str
    """Of the file's bytes, in hexadecimal."""

    @property
    def expenses_cents(self) -> int:
        """The sum of all lasten."""
        return sum(line.expenses_cents for line in self.lines)

    @property
    def revenues_cents(self) -> int:
        """The sum of all baten."""
        return sum(line.revenues_cents for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district (wijk) with the figures that a key for filling may use."""

    code: str
    """CBS code, such as ``WK034401``."""
    name: str
    inhabitants: int | None
    """``None``: the file gives no figure."""
    households: int | None
    """``None``: the file gives no figure."""
