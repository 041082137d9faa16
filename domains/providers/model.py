"""A provider with its standings, its contracts, and what a unit of a product costs."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domains.quantities import Rounding


class Quality(StrEnum):
    """Whether a provider meets the quality framework (kwaliteitskader) of the municipality."""

    MEETS = "voldoet"
    FAILS = "voldoet-niet"
    UNKNOWN = "onbekend"


class PurchaseScale(StrEnum):
    """By whom help was bought (inkoopschaal); no message of iJw tells it, so the contract does."""

    LOCAL = "lokaal"
    """By one municipality, or by some of a region."""
    REGIONAL = "regionaal"
    """By a whole region, or by more than one."""
    NATIONAL = "landelijk"
    """By all municipalities together (landelijk transitiearrangement)."""


class Unit(StrEnum):
    """In what a product is counted; the units of iJw and iWmo 3.2."""

    MINUTE = "minuut"
    HOUR = "uur"
    DAY_AND_NIGHT = "etmaal"
    PART_OF_DAY = "dagdeel"
    PIECE = "stuk"
    """A piece of output (82)."""
    EURO = "euro"
    PIECE_OF_EFFORT = "stuk-inspanning"
    """A piece of effort (84)."""


class PriceSignal(StrEnum):
    """What a tariff is in the light of the fair-price band (reële prijs); it never stops help."""

    FAIR = "binnen-bandbreedte"
    BELOW = "onder-bandbreedte"
    ABOVE = "boven-bandbreedte"
    NO_BAND = "zonder-bandbreedte"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStanding:
    """How a provider stands from a day on; a later version takes over from its first day."""

    id: UUID
    version: int
    from_date: date
    quality: Quality
    is_barred: bool
    """No new help is asked of it (uitgesloten)."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who delivers help, by the code or the name that a draw gives."""

    id: UUID
    code: str
    name: str
    standings: tuple[ProviderStanding, ...]
    """By version; the first is that of the registration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed with a provider: by whom help is bought, and for which days."""

    id: UUID
    provider: str
    """The code of the provider."""
    reference: str
    purchase_scale: PurchaseScale
    from_date: date
    until_date: date | None
    """Exclusive; ``None``: no end was agreed."""

    def holds_on(self, day: date) -> bool:
        """Return whether the contract holds on a day."""
        return self.from_date <= day and (self.until_date is None or day < self.until_date)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Product:
    """What is bought, by the codes of iJw or iWmo."""

    category: str
    code: str
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a unit of a product costs under a contract from a day on, in ten-thousandths of a euro.

    A later version takes over from its first day.
    """

    id: UUID
    contract: UUID
    product: Product
    version: int
    tariff_e4: int
    rounding: Rounding
    """How a line at this tariff becomes whole cents."""
    from_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Between which tariffs a product has a fair price from a day on, by a cost study.

    A later version takes over from its first day.
    """

    id: UUID
    product: Product
    version: int
    low_e4: int
    high_e4: int
    from_date: date
    study: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStanding:
    """How a provider is to stand from a day on."""

    from_date: date
    quality: Quality
    is_barred: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProvider:
    """A provider to register, with how it stands at first."""

    code: str
    name: str
    standing: NewStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """A contract to register with a provider that is known."""

    provider: str
    reference: str
    purchase_scale: PurchaseScale
    from_date: date
    until_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTariff:
    """A tariff to lay down under a contract."""

    contract: UUID
    product: Product
    tariff_e4: int
    rounding: Rounding
    from_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBand:
    """A fair-price band to lay down for a product."""

    product: Product
    low_e4: int
    high_e4: int
    from_date: date
    study: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What is registered about the provider that a draw names."""

    provider: Provider | None = None
    """``None``: nobody by this code or name is registered."""
    contracts: tuple[Contract, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """A product that is asked for: how much of it, on which days."""

    product: Product
    volume_e4: int
    from_date: date
    until_date: date
    """Exclusive."""
    tariff_e4: int | None = None
    """``None``: as the contract with the provider says."""
    rounding: Rounding | None = None
    """``None``: as the contract says, and without one half a cent becomes a cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of price times quantity (P x Q), priced by one version of a tariff."""

    number: int
    """From 1, within the draw."""
    product: Product
    volume_e4: int
    tariff_e4: int
    rounding: Rounding
    tariff_version: int
    """The version in the register; 0: a tariff of its own."""
    purchase_scale: PurchaseScale | None
    signal: PriceSignal
    from_date: date
    until_date: date
    """Exclusive."""
    amount_cents: int
