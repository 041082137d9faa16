"""Why a whole message is not taken in, though it can be read."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class OtherGemeente(Refusal):
    """A message is for another municipality."""

    code: ClassVar[str] = "bericht-andere-gemeente"
    found: str
    gemeente: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Dit bericht is voor gemeente {self.found}, niet voor {self.gemeente}. Verwerk het bij"
            " die gemeente, of stuur het terug naar de aanbieder."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownMessage(Refusal):
    """There is no such message."""

    code: ClassVar[str] = "bericht-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Dit bericht is niet bekend. Controleer het nummer, of bied het bestand aan."


@dataclass(kw_only=True, unsafe_hash=True)
class NotAnsweredYet(Refusal):
    """An answer is asked of a message of which lines are still to be done."""

    code: ClassVar[str] = "bericht-nog-niet-beantwoord"
    message_id: UUID
    done: int
    count: int
    waiting: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Bericht {self.message_id} heeft nog geen antwoord: {self.done} van {self.count}"
            f" regels zijn beoordeeld en {self.waiting} daarvan wachten op een verhoging of een"
            " verrekening. Bied hetzelfde bestand opnieuw aan om verder te gaan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingToAnswer(Refusal):
    """An answer is asked of a message that has none."""

    code: ClassVar[str] = "bericht-zonder-antwoord"
    kind: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Bij deze {self.kind} is geen antwoordbericht. Dat is er bij een declaratie (323), en"
            " bij een verzoek (315, 317) waarop met een 319 is geantwoord; een toewijzing is zelf"
            " het antwoord."
        )
