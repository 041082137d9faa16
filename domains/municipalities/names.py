"""Find a municipality by its CBS code or by a name that people and files use.

CBS writes some names in two ways ("Beek" in the budget files, "Beek (L.)" in the code list), so
names go through a table of aliases. Inhabitants are those of the Iv3 file of 2025.
"""

import difflib
from dataclasses import dataclass
from typing import ClassVar, Final

from domains.data.files import rows_of
from ledger.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """A municipality (gemeente) by its CBS code, such as ``GM0344``."""

    code: str
    name: str
    province: str
    inhabitants: int


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownMunicipality(Refusal):
    """There is no municipality with this code or name."""

    code: ClassVar[str] = "gemeente-onbekend"
    municipality: str
    nearest: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        hint = (
            f"Bedoelt u {self.nearest}?"
            if self.nearest
            else "Geef een CBS-code zoals GM0344, of de naam zoals het CBS die schrijft."
        )
        return f"De gemeente '{self.municipality}' is niet bekend (indeling 2026). {hint}"


@dataclass(kw_only=True, unsafe_hash=True)
class TotalIsNoMunicipality(Refusal):
    """The name stands for the total of the country, not for a municipality."""

    code: ClassVar[str] = "gemeente-is-landelijk-totaal"
    municipality: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.municipality}' is in dit bestand het totaal van alle gemeenten, geen gemeente."
            " Noem één gemeente, met naam of CBS-code (bijvoorbeeld GM0344)."
        )


MUNICIPALITIES: Final[tuple[Municipality, ...]] = tuple(
    Municipality(
        code=row["code"],
        name=row["naam"],
        province=row["provincie"],
        inhabitants=int(row["inwoners"]),
    )
    for row in rows_of("gemeenten.csv")
)

ALIASES: Final = {
    "Beek": "GM0888",
    "Hengelo": "GM0164",
    "Laren": "GM0417",
    "Middelburg": "GM0687",
    "Nuenen": "GM0820",
    "Rijswijk": "GM0603",
    "Stein": "GM0971",
    "Den Haag": "GM0518",
    "Den Bosch": "GM0796",
    "Fryske Marren": "GM1940",
}
"""Names in use for a municipality whose official name is written otherwise, to its code."""

TOTAL_NAMES: Final = frozenset({"nederland"})
"""Names that files use for the sum of all municipalities, in lower case."""


def folded(name: str) -> str:
    """Return a name as it is compared: without case and superfluous spaces."""
    return " ".join(name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).casefold()


_BY_CODE: Final = {each.code: each for each in MUNICIPALITIES}
_BY_NAME: Final = {folded(each.name): each for each in MUNICIPALITIES} | {
    folded(alias): _BY_CODE[code] for alias, code in ALIASES.items()
}


def municipality(code: str) -> Municipality:
    """Find a municipality by its CBS code.

    :raises UnknownMunicipality: no municipality has this code.
    """
    found = _BY_CODE.get(code.strip())
    if found is None:
        raise UnknownMunicipality(municipality=code.strip()[:60], nearest=_nearest(code))
    return found


def name_of(code: str) -> str:
    """Name a municipality in a document; the code itself where no list has it."""
    found = _BY_CODE.get(code)
    return found.name if found else code


def by_code_or_name(text: str) -> Municipality:
    """Find a municipality by whichever of the two a person typed.

    :raises TotalIsNoMunicipality: the name stands for the whole country.
    :raises UnknownMunicipality: no municipality has this code or name.
    """
    return _BY_CODE.get(text.strip().upper()) or by_name(text)


def by_name(name: str) -> Municipality:
    """Find a municipality by its name or an alias, whatever the capitals.

    :raises TotalIsNoMunicipality: the name stands for the whole country.
    :raises UnknownMunicipality: no municipality has this name.
    """
    key = folded(name)
    if key in TOTAL_NAMES:
        raise TotalIsNoMunicipality(municipality=" ".join(name.split()))
    found = _BY_NAME.get(key)
    if found is None:
        raise UnknownMunicipality(municipality=name.strip()[:60], nearest=_nearest(name))
    return found


def known_by_name(name: str) -> Municipality | None:
    """Return the municipality that a name in a file stands for, if it stands for any."""
    return _BY_NAME.get(folded(name))


def _nearest(asked: str) -> str:
    """Return up to three likely municipalities, as text with their codes."""
    key = folded(asked)
    near = [each for name, each in _BY_NAME.items() if key and name.startswith(f"{key} ")]
    near += [_BY_NAME[name] for name in difflib.get_close_matches(key, _BY_NAME, n=3, cutoff=0.7)]
    near += [_BY_CODE[code] for code in difflib.get_close_matches(asked.upper(), _BY_CODE, n=2)]
    names = dict.fromkeys(f"{each.name} ({each.code})" for each in near)
    return " of ".join(list(names)[:3])
