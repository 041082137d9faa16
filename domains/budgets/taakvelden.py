"""The taakvelden of Iv3 and the years in which each code exists.

The coding changes: 6.71a lived in 2023 and 2024 only, 6.711 began in 2025. A code without its
year says nothing.
"""

from dataclasses import dataclass
from typing import Final

from domains.data.files import rows_of

_FOREVER: Final = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Taakveld:
    """One taakveld (an Iv3 unit of a budget) and the years in which its code is used."""

    code: str
    name: str
    first_year: int
    last_year: int | None
    former_code: str
    """The code that held this subject before, or an empty text."""
    law: str
    domain: str

    def exists_in(self, year: int) -> bool:
        """Return whether this code is used in budgets of a year."""
        return self.first_year <= year <= (self.last_year or _FOREVER)


TAAKVELDEN: Final[tuple[Taakveld, ...]] = tuple(
    Taakveld(
        code=row["code"],
        name=row["naam"],
        first_year=int(row["geldig_vanaf"]),
        last_year=int(row["geldig_tot"]) if row["geldig_tot"] else None,
        former_code=row["oude_code"],
        law=row["wet"],
        domain=row["domein"],
    )
    for row in rows_of("taakvelden.csv")
)

_BY_CODE: Final[dict[str, tuple[Taakveld, ...]]] = {
    code: tuple(each for each in TAAKVELDEN if each.code == code)
    for code in dict.fromkeys(each.code for each in TAAKVELDEN)
}


def ever(code: str) -> tuple[Taakveld, ...]:
    """Return all uses of a code through the years, the oldest first; empty if there is none."""
    return _BY_CODE.get(code, ())


def in_year(code: str, year: int) -> Taakveld | None:
    """Return the taakveld that a code stands for in a year, if it stands for any."""
    return next((each for each in ever(code) if each.exists_in(year)), None)


def why_not(code: str, year: int) -> str:
    """Return a Dutch half-sentence that says why a code is not one of this year's codes."""
    uses = ever(code)
    if not uses:
        dotted = code.replace(",", ".")
        if dotted != code and ever(dotted):
            return f"bestaat niet; schrijf {dotted} met een punt"
        return "bestaat in geen enkel jaar"
    years = _years(uses)
    heirs = _heirs(uses[-1], year)
    advice = f"; gebruik in {year}: {', '.join(heirs)}" if heirs else ""
    if f"{code}0" in heirs:
        advice += f" (een rekenblad maakt van {code}0 soms {code}: zet de kolom op tekst)"
    return f"bestaat niet in {year}, wel in {years}{advice}"


def _years(uses: tuple[Taakveld, ...]) -> str:
    """Return the years of a code as people say them."""
    first, last = uses[0].first_year, uses[-1].last_year
    return f"{first}-{last}" if last else f"{first} en later"


def _heirs(former: Taakveld, year: int) -> list[str]:
    """Return the codes that hold this subject in the year: same name, else same family."""
    subject = former.former_code or former.code
    family = [
        each
        for each in TAAKVELDEN
        if each.exists_in(year)
        and (subject in (each.code, each.former_code))  # The recoding was many-to-many.
    ]
    same = [each.code for each in family if each.name == former.name]
    return same or [each.code for each in family]
