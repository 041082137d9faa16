"""Read the districts (wijken) of a municipality from the district files of CBS.

CBS publishes them in several layouts: with padded codes and households, or per neighbourhood
(buurt) with inhabitants; separated by semicolons, commas or tabs. Columns are found by name. A
file of buurten is added up to wijken, and a wijk without a name of its own is called after its
largest buurt. A figure that CBS does not give for a buurt counts as nothing in the sum; a wijk
where no buurt has one has no figure either.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domains.municipalities.names import Municipality
from domains.readers.amounts import UnreadableError, whole_number
from domains.readers.faults import (
    DuplicateRow,
    Fault,
    InvalidDistrictCode,
    UnreadableAmount,
    refuse_if_any,
)
from domains.readers.model import District
from domains.readers.refusals import MunicipalityNotInFile
from domains.readers.table import Row, Table, check_columns, columns_of, table_of

LAYOUT: Final = "CBS wijken en buurten (wijkcode;wijknaam;inwoners;huishoudens)"

_ROLES: Final[dict[str, tuple[str, ...]]] = {
    "code": (
        "buurtcode",
        "regiocode (gemeente, wijk, buurt) (code)",
        "gwb_code",
        "codering_3",
        "wijkcode",
    ),
    "naam": ("buurtnaam", "wijken en buurten", "regio", "wijknaam", "naam"),
    "inwoners": ("inwoners_m_plus_v", "aantal inwoners (aantal)", "a_inw", "inwoners"),
    "huishoudens": ("particuliere huishoudens (aantal)", "a_hh", "huishoudens"),
}
"""Column names per meaning, the most detailed first."""

_CODE: Final = re.compile(r"GM[0-9]{4}|WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4}")
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Area:
    """One line of the file that belongs to the municipality: a wijk or a buurt."""

    code: str
    name: str
    inhabitants: int | None
    households: int | None

    @property
    def district(self) -> str:
        """The code of the wijk that this area is or lies in."""
        return f"WK{self.code[2:8]}"


def recognises(head: bytes) -> bool:
    """Return whether a file that begins like this has districts in it."""
    return bool(set(columns_of(head)) & set(_ROLES["code"]))


def read(content: bytes, *, file_name: str, municipality: Municipality) -> tuple[District, ...]:
    """Read the districts of one municipality, in the order of their codes.

    :raises Refusal: one of those in ``refusals.py``.
    """
    table = table_of(content, file_name=file_name, separators=";,\t")
    roles = _roles_of(table)
    faults = list(table.faults)
    areas: list[_Area] = []
    others: dict[str, None] = {}
    first_seen: dict[str, int] = {}
    for row in table.rows:
        code = row.cells[roles["code"]]
        if _CODE.fullmatch(code) is None:
            place = row.place(roles["code"], "is geen code van wijk of buurt")
            faults.append(Fault(kind=InvalidDistrictCode, place=place))
        elif code[2:6] != municipality.code[2:]:
            others[f"GM{code[2:6]}"] = None
        elif first_seen.setdefault(code, row.line) != row.line:
            place = row.place(roles["code"], f"stond al op regel {first_seen[code]}")
            faults.append(Fault(kind=DuplicateRow, place=place))
        else:
            areas.append(_area_of(row, roles, faults=faults))
    refuse_if_any(faults, file_name=file_name)
    districts = _districts_of(areas)
    if not districts:
        raise MunicipalityNotInFile(
            file_name=file_name,
            municipality=f"{municipality.name} ({municipality.code})",
            found=", ".join(list(others)[:_SHOWN]) or "geen enkele wijk",
        )
    return districts


def one_district(municipality: Municipality) -> tuple[District, ...]:
    """Return the whole municipality as its only district, and say so in its name.

    For a municipality whose districts were not given; the code ends in ``00``.
    """
    return (
        District(
            code=f"WK{municipality.code[2:]}00",
            name=f"{municipality.name} (hele gemeente, geen wijkbestand ingelezen)",
            inhabitants=municipality.inhabitants,
            households=None,
        ),
    )


def _roles_of(table: Table) -> dict[str, str]:
    """Return which column of the file has which meaning."""
    roles = {
        role: next(name for name in names if name in table.columns)
        for role, names in _ROLES.items()
        if set(names) & set(table.columns)
    }
    needed = ("code", "naam")
    figures = ("inwoners",) if not {"inwoners", "huishoudens"} & set(roles) else ()
    check_columns(table, needed=needed + figures, present=frozenset(roles))
    return roles


def _area_of(row: Row, roles: dict[str, str], *, faults: list[Fault]) -> _Area:
    """Return a row as an area; figures that cannot be read go to the faults."""
    figures: dict[str, int | None] = {"inwoners": None, "huishoudens": None}
    for role in figures:
        column = roles.get(role, "")
        try:
            figures[role] = whole_number(row.cells.get(column, ""))
        except UnreadableError as error:
            faults.append(Fault(kind=UnreadableAmount, place=row.place(column, str(error))))
    return _Area(
        code=row.cells[roles["code"]],
        name=row.cells[roles["naam"]],
        inhabitants=figures["inwoners"],
        households=figures["huishoudens"],
    )


def _districts_of(areas: list[_Area]) -> tuple[District, ...]:
    """Return the wijken: as the file gives them, or else added up from their buurten."""
    districts = {
        area.code: District(
            code=area.code,
            name=area.name,
            inhabitants=area.inhabitants,
            households=area.households,
        )
        for area in areas
        if area.code.startswith("WK")
    }
    buurten = [area for area in areas if area.code.startswith("BU")]
    for code in {area.district for area in buurten} - set(districts):
        parts = [area for area in buurten if area.district == code]
        largest = max(parts, key=lambda area: (area.inhabitants or area.households or 0, area.code))
        districts[code] = District(
            code=code,
            name=largest.name if len(parts) == 1 else f"{largest.name} e.o.",
            inhabitants=_sum_of_known(area.inhabitants for area in parts),
            households=_sum_of_known(area.households for area in parts),
        )
    return tuple(districts[code] for code in sorted(districts))


def _sum_of_known(figures: Iterable[int | None]) -> int | None:
    """Return the sum of the figures that are given, or ``None`` if none is."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None
