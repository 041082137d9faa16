"""The ways in which a saving cannot be settled between two domains."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class NoAgreement(Refusal):
    """Two domains have no agreement on a day, so nothing can be settled between them."""

    code: ClassVar[str] = "geen-baatafspraak"
    receiver: str
    contributor: str
    on: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Op {self.on} hebben {self.receiver} (ontvanger) en {self.contributor} (betaler) geen"
            " baatafspraak; dat geldt ook voor wie buiten de gemeente ontvangt. Leg de afspraak"
            " vast voordat u verrekent."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidAgreement(Refusal):
    """An agreement lacks something or contradicts itself."""

    code: ClassVar[str] = "baatafspraak-ongeldig"
    field: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van deze baatafspraak klopt '{self.field}' niet. Geef twee verschillende domeinen,"
            " een eerste en een latere laatste dag, delen van 0 tot 1, bedragen vanaf nul, een"
            " besluit, en minima die bij 1 gezin beginnen, op elkaar aansluiten en doorlopen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class OverlappingAgreements(Refusal):
    """Two domains would have two agreements on the same day."""

    code: ClassVar[str] = "baatafspraak-overlapt"
    agreement: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Baatafspraak {self.agreement} geldt al in deze dagen tussen deze domeinen."
            " Leg een nieuwe versie van die afspraak vast, of kies andere dagen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AgreementUnknown(Refusal):
    """There is no such agreement in this gemeente."""

    code: ClassVar[str] = "baatafspraak-onbekend"
    agreement: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Baatafspraak {self.agreement} bestaat niet in uw gemeente. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidCashable(Refusal):
    """What is said of the cashable part of a domain contradicts itself."""

    code: ClassVar[str] = "verzilverbaarheid-ongeldig"
    field: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van deze verzilverbaarheid klopt '{self.field}' niet. Geef klasse C0 met deel 0, C1"
            " met een stap in euro's, of C2; een deel van 0 tot 1, en een besluit."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class CashableUnknown(Refusal):
    """Nobody said what part of a saving a domain can really spend less."""

    code: ClassVar[str] = "verzilverbaarheid-onbekend"
    domain: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van domein {self.domain} is niet vastgelegd welk deel van een besparing verzilverbaar"
            " is. Leg de klasse (C0, C1 of C2) vast en verreken daarna."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingSigned(Refusal):
    """Nothing between two domains was signed in a year of their agreement."""

    code: ClassVar[str] = "niets-bekrachtigd"
    receiver: str
    contributor: str
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In jaar {self.year} van de afspraak is tussen {self.receiver} en {self.contributor}"
            " niets bekrachtigd. Laat beide budgethouders en de controller eerst tekenen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SettlementUnknown(Refusal):
    """There is no such settlement in this gemeente."""

    code: ClassVar[str] = "batenverrekening-onbekend"
    settlement: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Verrekening {self.settlement} bestaat niet in uw gemeente. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class SettlementOpen(Refusal):
    """The council adopted an earlier settlement of the same year that is not realised yet."""

    code: ClassVar[str] = "batenverrekening-nog-te-verzilveren"
    settlement: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van verrekening {self.settlement} is de begrotingswijziging al vastgesteld."
            " Verzilver die eerst en verreken dan opnieuw."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SettlementSuperseded(Refusal):
    """A later settlement of the same year stands, or there is nothing to realise."""

    code: ClassVar[str] = "batenverrekening-verouderd"
    settlement: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Verrekening {self.settlement} is al verzilverd, heeft geen bedrag, of er is een"
            " latere van hetzelfde jaar. Verzilver de laatste."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SettlementNotAdopted(Refusal):
    """The council did not adopt the change of the budget that a settlement drafted."""

    code: ClassVar[str] = "batenverrekening-niet-vastgesteld"
    settlement: str
    change: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Begrotingswijziging {self.change} van verrekening {self.settlement} is niet"
            " vastgesteld. Verzilver na het besluit van de raad."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SettlementChanged(Refusal):
    """The council adopted something else than a settlement drafted."""

    code: ClassVar[str] = "batenverrekening-anders-vastgesteld"
    settlement: str
    change: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Begrotingswijziging {self.change} is met andere regels vastgesteld dan verrekening"
            f" {self.settlement} voorstelde. Corrigeer dat met een nieuwe begrotingswijziging en"
            " verreken opnieuw."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotSignedAnymore(Refusal):
    """A line of a settlement was restated and is not signed anew."""

    code: ClassVar[str] = "niet-meer-bekrachtigd"
    settlement: str
    period: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Verrekening {self.settlement} rust op het kwartaal vanaf {self.period}, dat sindsdien"
            " is herzien. Laat de nieuwe schatting tekenen en verzilver dan."
        )
