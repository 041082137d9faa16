"""Products, tariffs and volumes on the wire: numbers with four decimals as text."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from api.http.wire import END, Antwoord, Bedrag, Invoer, amount, day_after, last_day
from api.problems import InvalidField, InvalidInput
from domains.providers.model import AskedLine, Line, Product, Unit
from domains.quantities import Rounding, read_e4, write_e4

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


class NieuweRegel(Invoer, frozen=True, kw_only=True):
    """How much of a product is asked, on which days, if need be at a tariff of its own."""

    productcategorie: Productcategorie
    productcode: Productcode
    eenheid: Eenheid
    volume: Volume
    van: date | None = None
    """Without a day: the first day of the help."""
    tot_en_met: date | None = None
    """Without a day: the last day of the help."""
    tarief: Tariefbedrag | None = None
    """Without: the tariff of the contract with the provider, day by day."""
    afronding: Afronding | None = None


class Regel(Antwoord, frozen=True, kw_only=True):
    """A priced line (P x Q), and what its tariff is in the light of the fair-price band."""

    nummer: int
    productcategorie: str
    productcode: str
    eenheid: str
    volume: str
    tarief: Tariefbedrag
    tariefversie: int
    """The version in the register; 0: a tariff of its own."""
    afronding: str
    inkoopschaal: str | None
    signaal: str
    van: date
    tot_en_met: date
    bedrag: Bedrag


_NO_AMOUNT: Final = "ontbreekt; geef een bedrag, of ten minste één regel met product en volume."


def check_amount_or_lines(given: Bedrag | None, lines: Sequence[NieuweRegel]) -> None:
    """Refuse help of which nobody can say what it costs.

    :raises InvalidInput: it has no amount, and no lines that give one.
    """
    if given is None and not lines:
        missing = InvalidField(naam="bedrag", bron="body", code="verplicht", reden=_NO_AMOUNT)
        raise InvalidInput(fields=(missing,))


def product_of(category: str, code: str, unit: str) -> Product:
    """Read a product from the wire."""
    return Product(category=category, code=code, unit=Unit(unit))


def asked_line(asked: NieuweRegel, *, from_date: date, until_date: date) -> AskedLine:
    """Read a line from the wire; the days are those of the help where it names none."""
    return AskedLine(
        product=product_of(asked.productcategorie, asked.productcode, asked.eenheid),
        volume_e4=read_e4(asked.volume),
        from_date=asked.van or from_date,
        until_date=day_after(asked.tot_en_met) if asked.tot_en_met else until_date,
        tariff_e4=asked.tarief.e4 if asked.tarief else None,
        rounding=Rounding(asked.afronding) if asked.afronding else None,
    )


def line_on_wire(line: Line) -> Regel:
    """Write a priced line for the wire."""
    return Regel(
        nummer=line.number,
        productcategorie=line.product.category,
        productcode=line.product.code,
        eenheid=str(line.product.unit),
        volume=write_e4(line.volume_e4),
        tarief=tariff_amount(line.tariff_e4),
        tariefversie=line.tariff_version,
        afronding=str(line.rounding),
        inkoopschaal=None if line.purchase_scale is None else str(line.purchase_scale),
        signaal=str(line.signal),
        van=line.from_date,
        tot_en_met=last_day(line.until_date),
        bedrag=amount(line.amount_cents),
    )


def tariff_amount(tariff_e4: int) -> Tariefbedrag:
    """Write a tariff for the wire."""
    return Tariefbedrag(waarde=write_e4(tariff_e4))
