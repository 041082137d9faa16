"""Which districts a municipality may have, and by which key money is divided over them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from domains.readers.model import District
from ledger.refusals import Refusal


class Key(StrEnum):
    """By what figure of the districts an amount is divided (verdeelsleutel)."""

    INHABITANTS = "inwoners"
    HOUSEHOLDS = "huishoudens"


@dataclass(kw_only=True, unsafe_hash=True)
class DistrictElsewhere(Refusal):
    """A district code belongs to another municipality."""

    code: ClassVar[str] = "wijk-van-andere-gemeente"
    district: str
    gemeente: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Wijk {self.district} hoort niet bij {self.gemeente}: na WK moet"
            f" {self.gemeente[2:]} staan, en dan twee cijfers. Kies het bestand van deze gemeente."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DistrictTwice(Refusal):
    """A list gives one district two contents."""

    code: ClassVar[str] = "wijk-dubbel"
    district: str
    first: str
    second: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Wijk {self.district} staat twee keer in de lijst: als {self.first} en als"
            f" {self.second}. Laat er één staan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownDistrict(Refusal):
    """There is no such district in this municipality."""

    code: ClassVar[str] = "wijk-onbekend"
    district: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Wijk {self.district} is niet bekend. Importeer eerst de wijken, of kies een andere."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class KeyWithoutFigures(Refusal):
    """A district lacks the figure that the key needs."""

    code: ClassVar[str] = "sleutel-zonder-cijfers"
    key: str
    district: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Wijk {self.district} heeft geen cijfer voor sleutel '{self.key}'."
            " Importeer een bestand met dat cijfer, of kies een andere sleutel."
        )


def check_districts(gemeente: str, districts: Sequence[District]) -> None:
    """Refuse districts of another municipality, and two of one code that differ.

    :raises DistrictElsewhere: the code is not ``WK``, the four digits of the municipality and two
        digits more.
    :raises DistrictTwice: nobody can tell which of the two is meant.
    """
    seen: dict[str, District] = {}
    for district in districts:
        if re.fullmatch(rf"WK{gemeente[2:]}[0-9]{{2}}", district.code) is None:
            raise DistrictElsewhere(district=district.code, gemeente=gemeente)
        first = seen.setdefault(district.code, district)
        if first != district:
            raise DistrictTwice(
                district=district.code, first=_content(first), second=_content(district)
            )


def _content(district: District) -> str:
    """Say what a row gives of a district."""
    figures = [
        f"{'geen' if figure is None else figure} {name}"
        for name, figure in (
            ("inwoners", district.inhabitants),
            ("huishoudens", district.households),
        )
    ]
    return f"{district.name!r} ({', '.join(figures)})"


def key_weights(key: Key, districts: Sequence[District]) -> dict[str, int]:
    """Give the weight of each district under a key.

    :raises KeyWithoutFigures: a district has no such figure.
    """
    weights: dict[str, int] = {}
    for district in districts:
        figure = district.inhabitants if key is Key.INHABITANTS else district.households
        if figure is None:
            raise KeyWithoutFigures(key=key, district=district.code)
        weights[district.code] = figure
    return weights
