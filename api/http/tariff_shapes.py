"""Products, tariffs and volumes on the wire: numbers with four decimals as text."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from api.http.wire import END
from domains.quantities import read_e4, write_e4

_FORM: Final = r"^[0-9]{1,9}(\.[0-9]{1,4})?" + END

Eenheid: TypeAlias = Literal[
    "minuut", "uur", "etmaal", "dagdeel", "stuk", "euro", "stuk-inspanning"
]
Afronding: TypeAlias = Literal["half-omhoog", "half-naar-even", "naar-beneden"]
Productcategorie: TypeAlias = Annotated[
    str, Meta(pattern="^[0-9]{2}" + END, examples=["45"], description="Van iJw of iWmo.")
]
Productcode: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Z0-9]{1,5}" + END, examples=["45A04"], description="Van iJw of iWmo.")
]
Volume: TypeAlias = Annotated[
    str,
    Meta(pattern=_FORM, examples=["12.5"], description="Aantal eenheden, hooguit vier decimalen."),
]


class Tariefbedrag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit costs: euros as text with at most four decimals."""

    waarde: Annotated[str, Meta(pattern=_FORM, examples=["52.5025"])]
    valuta: Literal["EUR"] = "EUR"

    @property
    def e4(self) -> int:
        """Return the tariff in ten-thousandths of a euro."""
        return read_e4(self.waarde)


def tariff_amount(tariff_e4: int) -> Tariefbedrag:
    """Write a tariff for the wire."""
    return Tariefbedrag(waarde=write_e4(tariff_e4))
