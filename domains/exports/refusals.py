"""Why something cannot leave: each says what is wrong in the books and how to mend it."""

from dataclasses import dataclass
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
class NothingKnownYet(Refusal):
    """The chain has no link yet, so nothing can be exported as known up to it."""

    code: ClassVar[str] = "boeken-leeg"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Er staat nog niets in de boeken. Open een boekjaar en boek de begroting."
