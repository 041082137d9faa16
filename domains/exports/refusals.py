"""Why something cannot leave: each says what is wrong in the books and how to mend it."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledger.refusals import Refusal

_MOST_TOLD = 5


@dataclass(kw_only=True, unsafe_hash=True)
class Iv3Incomplete(Refusal):
    """An amount in the books has no place in the Iv3 matrix."""

    code: ClassVar[str] = "iv3-onvolledig"
    faults: tuple[str, ...]

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        told = "; ".join(self.faults[:_MOST_TOLD])
        more = len(self.faults) - _MOST_TOLD
        return (
            f"Niet elk bedrag past in Iv3: {told}"
            + (f"; en nog {more}" if more > 0 else "")
            + ". Boek het over naar een rekening met een taakveld en categorie van dat jaar."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownJournalColumn(Refusal):
    """A column of the journal is asked that does not exist."""

    code: ClassVar[str] = "kolom-onbekend"
    column: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De kolom '{self.column}' bestaat niet. Schrijf veld of Naam=veld, met komma's"
            f" ertussen, zoals: {self.known}."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class JournalColumnTwice(Refusal):
    """Two columns of the journal would have the same name."""

    code: ClassVar[str] = "kolomnaam-dubbel"
    column: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De kolom '{self.column}' is twee keer gevraagd. Laat er één weg, of geef elke kolom"
            " een eigen naam, zoals Naam=veld."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class YearNotInBooks(Refusal):
    """A file is asked of a year of which nothing was booked."""

    code: ClassVar[str] = "jaar-niet-in-boeken"
    year: int
    years: tuple[int, ...]

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        known = ", ".join(map(str, self.years))
        return (
            f"Over {self.year} is niets geboekt"
            + (f"; er is geld van {known}. Noem een van die jaren, of boek" if known else ". Boek")
            + " eerst de begroting van dat jaar."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoDays(Refusal):
    """The last day that counts lies before the first one."""

    code: ClassVar[str] = "dagen-omgekeerd"
    from_date: date
    on: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Tussen de eerste dag {self.from_date} en de peildatum {self.on} ligt geen dag. Kies"
            f" een peildatum vanaf {self.from_date}, of noem het jaar van deze dag."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingKnownYet(Refusal):
    """The chain has no link yet, so nothing can be exported as known up to it."""

    code: ClassVar[str] = "boeken-leeg"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Er staat nog niets in de boeken. Open een boekjaar en boek de begroting."
