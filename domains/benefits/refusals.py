"""The ways in which a domain benefit cannot be estimated or attributed."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class TooFewTreated(Refusal):
    """Too few families with help can be followed before and after it began."""

    code: ClassVar[str] = "te-weinig-gezinnen-met-hulp"
    count: int
    least: int
    without_months: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Er zijn {self.count} gezinnen met hulp te volgen en er zijn er {self.least} nodig;"
            f" {self.without_months} vielen af door te weinig maanden vóór de hulp. Voeg jaren of"
            " wijken samen, of wacht."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TooFewCompared(Refusal):
    """Too few families without help, or not yet with help, to compare with."""

    code: ClassVar[str] = "te-weinig-vergelijking"
    count: int
    least: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Er zijn {self.count} gezinnen om mee te vergelijken en er zijn er {self.least}"
            " nodig. Neem gezinnen op die de hulp niet of later krijgen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoCostsBefore(Refusal):
    """Nobody had costs in this domain before the help: there is nothing to compare with."""

    code: ClassVar[str] = "geen-kosten-vooraf"
    domain: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In domein {self.domain} staan geen kosten van vóór de hulp; een verandering is dan"
            " niet te schatten. Kies een ander domein of controleer of de kosten geboekt zijn."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoCostsAfter(Refusal):
    """All costs were gone after the help, or below zero: that is no saving but missing data."""

    code: ClassVar[str] = "geen-kosten-achteraf"
    domain: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In domein {self.domain} staan na de hulp samen geen kosten meer, of minder dan nul."
            " Dat is eerder een gat in de gegevens dan een besparing: controleer of facturen en"
            " creditnota's compleet zijn."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotComparable(Refusal):
    """The families with help are in a state that no family without help was ever in."""

    code: ClassVar[str] = "gezinnen-niet-vergelijkbaar"
    domain: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In domein {self.domain} hebben de gezinnen met hulp leeftijden of een zwaarte die"
            " in de vergelijkingsgroep niet voorkomen. Verbreed die groep."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TooManyInterventions(Refusal):
    """More interventions at once than can be told apart."""

    code: ClassVar[str] = "te-veel-interventies"
    count: int
    most: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.count} soorten hulp tegelijk zijn niet uit elkaar te houden; hooguit"
            f" {self.most} kan. Voeg soorten die op elkaar lijken samen tot één."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InterventionNotMeasured(Refusal):
    """The effect of an intervention by itself is not known."""

    code: ClassVar[str] = "hulp-niet-gemeten"
    intervention: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van {self.intervention} alleen is geen effect gemeten, dus is een combinatie"
            " ermee niet te verdelen. Meet eerst gezinnen die alleen deze hulp kregen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InterventionWithoutPayer(Refusal):
    """Nobody paid for an intervention that has a share in a saving."""

    code: ClassVar[str] = "hulp-zonder-betaler"
    intervention: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voor {self.intervention} staan geen kosten in de boeken, dus is niet te zeggen aan"
            " wie haar besparing toekomt. Boek eerst de kosten van de hulp."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoProportion(Refusal):
    """The effects of the interventions by themselves sum to nothing, or have mixed signs."""

    code: ClassVar[str] = "verhouding-onbepaald"
    total_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "De afzonderlijke effecten zijn niet alle van één kant of samen nul; naar rato is"
            " hier niet te verdelen. Gebruik de verdeling volgens Shapley."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoDiscountRate(Refusal):
    """No discount rate is laid down for this year."""

    code: ClassVar[str] = "discontovoet-onbekend"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Voor {self.year} is geen discontovoet vastgelegd."
            " Reken met een later jaar of vul de tabel aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoSecondOpinion(Refusal):
    """The library for the second opinion is not installed."""

    code: ClassVar[str] = "tweede-oordeel-niet-aanwezig"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Het tweede oordeel vraagt een pakket dat hier niet staat; zonder dat oordeel wordt"
            " de graad lager. Installeer ontschot met 'toets' (make toets) en schat opnieuw."
        )
