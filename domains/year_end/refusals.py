"""When the closing of a year, or opening its days again, is refused."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class YearNeverOpened(Refusal):
    """The books were never open in this year."""

    code: ClassVar[str] = "boekjaar-nooit-geopend"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boekjaar {self.year} is nooit geopend, dus er valt niets af te sluiten."
            " Controleer het jaar."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearShut(Refusal):
    """The last day of the year is closed, so that the closing has no day to book on."""

    code: ClassVar[str] = "boekjaar-dicht"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"31 december {self.year} is dicht, en op die dag boekt de jaarafsluiting. Open de dag;"
            " in een afgesloten jaar met een uitzondering."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearSealed(Refusal):
    """The days lie in a year that was closed."""

    code: ClassVar[str] = "boekjaar-afgesloten"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Boekjaar {self.year} is afgesloten; zijn dagen gaan alleen voor een tijd open, met"
            " een reden. Vraag een uitzondering."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearNotClosed(Refusal):
    """An exception is asked for days that do not all lie in one closed year."""

    code: ClassVar[str] = "boekjaar-niet-afgesloten"
    year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Een uitzondering geldt voor dagen van één afgesloten jaar; dat is {self.year} niet."
            " Kies dagen van een afgesloten jaar, of open een boekingsperiode."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ExceptionTime(Refusal):
    """An exception lasts no time at all, or too long."""

    code: ClassVar[str] = "uitzondering-duur"
    most_days: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Een uitzondering eindigt later dan nu en duurt ten hoogste"
            f" {self.most_days} dagen. Kies een moment daarbinnen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownClosing(Refusal):
    """There is no closing with this number."""

    code: ClassVar[str] = "jaarafsluiting-niet-gevonden"
    closing: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Jaarafsluiting {self.closing} is niet bekend. Kies een nummer uit de lijst."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownException(Refusal):
    """There is no exception with this number."""

    code: ClassVar[str] = "uitzondering-niet-gevonden"
    exception: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Uitzondering {self.exception} is niet bekend. Kies een nummer uit de lijst."
