"""How a change to an open payer item is refused; none of it touches the help itself."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from domains.days import day_text
from ledger.money import show
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownPayerItem(Refusal):
    """There is no open payer item with this number."""

    code: ClassVar[str] = "openstaande-betaler-niet-gevonden"
    item: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Openstaande betaler {self.item} is niet bekend. Kies een nummer uit de lijst van"
            " openstaande betalers."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownPayer(Refusal):
    """Nobody with this code can pay."""

    code: ClassVar[str] = "betaler-onbekend"
    payer: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.payer}' is geen betaler. Kies een bron ({self.known}) of de CBS-code van een"
            " andere gemeente, zoals GM0344."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class OwnGemeentePays(Refusal):
    """A municipality would claim from itself."""

    code: ClassVar[str] = "betaler-eigen-gemeente"
    gemeente: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.gemeente} is uw eigen gemeente. Kies het middel dat gaat betalen, zoals JW, of"
            " de CBS-code van een andere gemeente."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingInState(Refusal):
    """Nothing of the item is in the state that this step starts from."""

    code: ClassVar[str] = "betaler-andere-toestand"
    needed: str
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van deze openstaande betaler staat niets {self.needed}; er staat: {self.found}."
            " Lees de post opnieuw; misschien was een collega u voor."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MoreThanStands(Refusal):
    """More is asked than stands in that state."""

    code: ClassVar[str] = "meer-dan-openstaat"
    needed: str
    room_cents: int
    amount_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van deze openstaande betaler staat {show(self.room_cents)} {self.needed}, minder dan"
            f" {show(self.amount_cents)}. Verlaag het bedrag, of laat het weg: dan geldt alles wat"
            " er staat."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DisputeWithoutReason(Refusal):
    """A payer says no and nobody says why."""

    code: ClassVar[str] = "betwisting-zonder-reden"
    payer: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Geef de reden waarom {self.payer} niet betaalt; een volgende betaler vraagt erom."


@dataclass(kw_only=True, unsafe_hash=True)
class PayerDecisionMissing(Refusal):
    """Giving up a claim rests on a decision, and none is named."""

    code: ClassVar[str] = "besluit-ontbreekt"
    needed: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Een voorfinanciering {self.needed} kan alleen met een besluit. Noem het"
            " kenmerk daarvan in 'besluit'."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DaysOutsideItem(Refusal):
    """The days that a payer accepts are not those of the item."""

    code: ClassVar[str] = "dagen-buiten-post"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Deze openstaande betaler gaat over hulp van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))}. Kies dagen daarbinnen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAcceptedByThen(Refusal):
    """A claim would be paid or given up on a day on which it was not there yet."""

    code: ClassVar[str] = "betaler-later-aanvaard"
    payer: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Op {day_text(self.day)} had {self.payer} dit nog niet aanvaard. Kies een boekdatum op"
            " of na die van de aanvaarding."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotDeliveredYet(Refusal):
    """A payer accepts help that was not delivered yet, in a way that only delivered help allows."""

    code: ClassVar[str] = "nog-niet-geleverd"
    payer: str
    spent_cents: int
    amount_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van {show(self.amount_cents)} is {show(self.spent_cents)} geleverd. {self.payer} kan"
            " alleen geleverde hulp aanvaarden, een eigen middel ook al zijn dagen tegelijk. Leg"
            " vast wat geleverd is; de hulp gaat intussen door."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PayerMayNotPay(Refusal):
    """The law or the council does not let this fund pay on one of the days."""

    code: ClassVar[str] = "betaler-mag-niet"
    payer: str
    day: date
    rule: str
    legal_basis: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        because = f" (regel {self.rule}: {self.legal_basis})" if self.rule else ""
        return (
            f"{self.payer} mag de hulp van {day_text(self.day)} niet betalen{because}. Kies andere"
            " dagen of een andere betaler."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PayerFactUnknown(Refusal):
    """A fund accepts while a fact that the law asks for is still unknown."""

    code: ClassVar[str] = "feit-nog-onbekend"
    payer: str
    fact: str
    rule: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.payer} betaalt voorgoed als vaststaat: {self.fact} (regel {self.rule}). Geef"
            " het mee in 'feiten'."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearStillOpen(Refusal):
    """An acceptance is booked in a later year while that of the costs is still open."""

    code: ClassVar[str] = "jaar-nog-open"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De kosten zijn van {self.year} en dat jaar is nog open. Boek op uiterlijk 31-12-"
            f"{self.year}; dan komt de ruimte terug."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearOfCostsClosed(Refusal):
    """Funds would settle, or a claim would be given up, over a year that is closed."""

    code: ClassVar[str] = "jaar-van-de-kosten-gesloten"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De kosten zijn van {self.year} en dat jaar is gesloten; tussen eigen middelen schuift"
            " dan niets meer. Laat de voorfinanciering met een besluit blijven waar zij is."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SettledSince(Refusal):
    """An entry is reversed although an open payer item went on from there since."""

    code: ClassVar[str] = "betaler-sindsdien-verder"
    item: str
    state: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Wat bij openstaande betaler {self.item} {self.state} was, is sinds deze boeking"
            " verder gegaan. Boek eerst terug wat daarna kwam, het laatste eerst."
        )
