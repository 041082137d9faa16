"""What may be registered of providers, and what the register says on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar, Final
from uuid import UUID

from domains.data.files import rows_of
from domains.days import day_text
from domains.eligibility.model import Nature
from domains.providers.model import (
    Band,
    Contract,
    NewBand,
    NewContract,
    NewProvider,
    NewStanding,
    NewTariff,
    PriceSignal,
    Product,
    Provider,
    ProviderStanding,
    PurchaseScale,
    Quality,
    Tariff,
)
from domains.quantities import show_e4
from ledger.refusals import Refusal

QUALITY_FACT: Final = "aanbieder-voldoet-aan-kwaliteitskader"
"""The condition of rule E40, by which youth money may not pay a provider that does not meet it."""

_SCALED: Final = tuple(
    (row["taakveld"], PurchaseScale(row["inkoopschaal"]), int(row["eerste_jaar"]), row["wordt"])
    for row in rows_of("inkoopschaal.csv")
)


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownProvider(Refusal):
    """There is no provider with this code."""

    code: ClassVar[str] = "aanbieder-onbekend"
    provider: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Aanbieder {self.provider} is niet geregistreerd. Controleer de code, of registreer"
            " de aanbieder eerst."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ProviderExists(Refusal):
    """A provider with this code or name is registered already."""

    code: ClassVar[str] = "aanbieder-bestaat-al"
    provider: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.provider}' staat al in het register, bij aanbieder {self.known}. Gebruik die,"
            " of kies een andere code of naam."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class StandingWithoutReason(Refusal):
    """A provider is barred, or fails the quality framework, and nobody says why."""

    code: ClassVar[str] = "stand-zonder-reden"
    provider: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Aanbieder {self.provider} wordt uitgesloten of voldoet niet aan het kwaliteitskader."
            " Geef de reden, zodat de aanbieder en de accountant die kennen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ContractExists(Refusal):
    """The provider has a contract with this reference already."""

    code: ClassVar[str] = "contract-bestaat-al"
    provider: str
    reference: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Aanbieder {self.provider} heeft al een contract met kenmerk {self.reference}. Kies"
            " een ander kenmerk voor het nieuwe contract."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownContract(Refusal):
    """There is no such contract."""

    code: ClassVar[str] = "contract-onbekend"
    contract: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Contract {self.contract} is niet bekend. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class ContractWithoutDays(Refusal):
    """A contract ends before it begins."""

    code: ClassVar[str] = "contract-zonder-dagen"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het contract van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))} heeft geen enkele dag. Geef een"
            " einddatum op of na de begindatum."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TariffZero(Refusal):
    """A tariff is zero."""

    code: ClassVar[str] = "tarief-nul"
    product: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het tarief van product {self.product} is nul. Geef het bedrag per eenheid; voor"
            " hulp zonder kosten is geen trekking nodig."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TariffOutsideContract(Refusal):
    """A tariff begins on a day on which its contract does not hold."""

    code: ClassVar[str] = "tarief-buiten-contract"
    from_date: date
    reference: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Op {day_text(self.from_date)} geldt contract {self.reference} niet. Kies een dag"
            " binnen het contract, of registreer een nieuw contract."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TariffInOtherContract(Refusal):
    """The provider delivers this product on these days under another contract."""

    code: ClassVar[str] = "tarief-in-ander-contract"
    product: str
    reference: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Product {self.product} heeft op deze dagen al een tarief in contract"
            f" {self.reference}. Geef het nieuwe tarief in dat contract, zodat elke dag er één"
            " heeft."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BandUpsideDown(Refusal):
    """The fair-price band of a product is empty."""

    code: ClassVar[str] = "bandbreedte-onjuist"
    product: str
    low: str
    high: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De bandbreedte van product {self.product} loopt van {self.low} tot {self.high}."
            " Geef een ondergrens boven nul en een bovengrens die niet lager is."
        )


def plain(text: str) -> str:
    """Write a code or name without differences in capitals and spaces."""
    return " ".join(text.casefold().split())


def check_provider(new: NewProvider, *, known_as: Mapping[str, str]) -> None:
    """Refuse a provider that is registered already; ``known_as`` gives codes by plain name.

    :raises ProviderExists: its code or its name leads to another provider.
    :raises StandingWithoutReason: see :func:`check_standing`.
    """
    for text in (new.code, new.name):
        if plain(text) in known_as:
            raise ProviderExists(provider=text, known=known_as[plain(text)])
    check_standing(new.standing, provider=new.code)


def check_standing(new: NewStanding, *, provider: str) -> None:
    """Refuse to shut a provider out without saying why.

    :raises StandingWithoutReason: barred or failing, and no reason.
    """
    if (new.is_barred or new.quality is Quality.FAILS) and not new.reason.strip():
        raise StandingWithoutReason(provider=provider)


def check_contract(
    new: NewContract, *, providers: Iterable[str], known: Iterable[Contract]
) -> None:
    """Refuse a contract that cannot hold, or that is there already.

    :raises UnknownProvider: nobody with this code is registered.
    :raises ContractWithoutDays: it ends before it begins.
    :raises ContractExists: the provider has one with this reference.
    """
    if new.provider not in set(providers):
        raise UnknownProvider(provider=new.provider)
    if new.until_date is not None and new.until_date <= new.from_date:
        raise ContractWithoutDays(from_date=new.from_date, until_date=new.until_date)
    if any((each.provider, each.reference) == (new.provider, new.reference) for each in known):
        raise ContractExists(provider=new.provider, reference=new.reference)


def check_tariff(
    new: NewTariff, *, contracts: Mapping[UUID, Contract], known: Iterable[Tariff]
) -> None:
    """Refuse a tariff that no line could be priced by.

    :raises UnknownContract: there is no such contract.
    :raises TariffZero: it is zero.
    :raises TariffOutsideContract: its first day lies outside the contract.
    :raises TariffInOtherContract: another contract prices this product on the same days.
    """
    contract = contracts.get(new.contract)
    if contract is None:
        raise UnknownContract(contract=new.contract)
    if new.tariff_e4 <= 0:
        raise TariffZero(product=told(new.product))
    if not contract.holds_on(new.from_date):
        raise TariffOutsideContract(from_date=new.from_date, reference=contract.reference)
    for tariff in known:
        other = contracts[tariff.contract]
        same_thing = tariff.product == new.product and other.provider == contract.provider
        if same_thing and other.id != contract.id and _overlap(other, contract):
            raise TariffInOtherContract(product=told(new.product), reference=other.reference)


def check_band(new: NewBand) -> None:
    """Refuse a band that no tariff could lie in.

    :raises BandUpsideDown: its lower end is zero or above its upper end.
    """
    if not 0 < new.low_e4 <= new.high_e4:
        raise BandUpsideDown(
            product=told(new.product), low=show_e4(new.low_e4), high=show_e4(new.high_e4)
        )


def standing_on(provider: Provider, day: date) -> ProviderStanding | None:
    """Return how a provider stands on a day; ``None`` before its first standing."""
    begun = [each for each in provider.standings if each.from_date <= day]
    return max(begun, key=lambda each: each.version) if begun else None


def barred_on(provider: Provider, from_date: date, until_date: date) -> date | None:
    """Return the first day of a period (until exclusive) on which no help may be asked of it."""
    for day in _days_of_change(provider, from_date, until_date):
        standing = standing_on(provider, day)
        if standing is not None and standing.is_barred:
            return day
    return None


def meets_quality(provider: Provider, from_date: date, until_date: date) -> bool | None:
    """Return whether a provider meets the quality framework on every day of a period.

    One day on which it does not is enough for no; one day of which nobody knows for unknown.
    """
    found = {
        standing.quality if (standing := standing_on(provider, day)) else Quality.UNKNOWN
        for day in _days_of_change(provider, from_date, until_date)
    }
    if Quality.FAILS in found:
        return False
    return None if Quality.UNKNOWN in found else True


def tariff_on(
    day: date, *, product: Product, contracts: Mapping[UUID, Contract], tariffs: Iterable[Tariff]
) -> Tariff | None:
    """Return the tariff of a product on a day, among the contracts of one provider."""
    begun = [
        each
        for each in tariffs
        if each.product == product
        and each.from_date <= day
        and each.contract in contracts
        and contracts[each.contract].holds_on(day)
    ]
    return max(begun, key=lambda each: each.version) if begun else None


def scale_on(day: date, contracts: Iterable[Contract]) -> PurchaseScale | None:
    """Return by whom the help of one provider was bought on a day.

    ``None`` where no contract holds, or where contracts of more than one scale do.
    """
    scales = {each.purchase_scale for each in contracts if each.holds_on(day)}
    return scales.pop() if len(scales) == 1 else None


def at_scale(nature: Nature, scale: PurchaseScale | None, *, year: int) -> Nature:
    """Return where an expense belongs when it was bought at a scale.

    Only youth help differs by scale (Iv3-voorschrift 2025: 6.751-6.753 and 6.761-6.763); what has
    no known scale stays on the local code.
    """
    for taakveld, at, first_year, becomes in _SCALED:
        if (taakveld, at) == (nature.taakveld, scale) and first_year <= year:
            return replace(nature, taakveld=becomes)
    return nature


def scale_of(taakveld: str) -> PurchaseScale | None:
    """Return at which scale youth help on a taakveld was bought; other help has none."""
    return next((scale for _, scale, _, becomes in _SCALED if becomes == taakveld), None)


def price_signal(
    tariff_e4: int, *, product: Product, day: date, bands: Sequence[Band]
) -> PriceSignal:
    """Tell a fair price from one that is not (reële prijs, Jeugdwet 2.12, Wmo 2015 2.6.6)."""
    begun = [each for each in bands if each.product == product and each.from_date <= day]
    if not begun:
        return PriceSignal.NO_BAND
    band = max(begun, key=lambda each: each.version)
    if tariff_e4 < band.low_e4:
        return PriceSignal.BELOW
    return PriceSignal.ABOVE if tariff_e4 > band.high_e4 else PriceSignal.FAIR


def told(product: Product) -> str:
    """Write a product as people do: ``45A04 per uur``."""
    return f"{product.category} {product.code} per {product.unit}"


def _days_of_change(provider: Provider, from_date: date, until_date: date) -> list[date]:
    """Return the first day of a period and every later one on which a standing begins."""
    begins = {each.from_date for each in provider.standings}
    return sorted({from_date, *(day for day in begins if from_date < day < until_date)})


def _overlap(one: Contract, other: Contract) -> bool:
    """Return whether two contracts hold on one day."""
    starts_before_end = one.until_date is None or other.from_date < one.until_date
    ends_after_start = other.until_date is None or one.from_date < other.until_date
    return starts_before_end and ends_after_start
