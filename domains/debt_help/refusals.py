"""When a delivery of debt help is refused as a whole; nothing of it is kept then."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class DebtHelpUnreadable(Refusal):
    """The file is no JSON in UTF-8."""

    code: ClassVar[str] = "schuldhulpbestand-onleesbaar"
    file_name: str
    position: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        if not self.position:
            return f"{self.file_name} is leeg of begint niet als JSON. Kies het juiste bestand."
        return (
            f"{self.file_name} is geen geldige JSON in UTF-8 (bij teken {self.position}). Misschien"
            " is het bestand halverwege afgebroken; vraag het opnieuw op."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DebtHelpInvalid(Refusal):
    """Somewhere the file is not as DDAS 1.0 says; the place is told, its content is not."""

    code: ClassVar[str] = "schuldhulpbestand-ongeldig"
    file_name: str
    pointer: str
    reason: str
    number: int
    """How many such places were found, as far as was looked."""

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        more = f" Er zijn {self.number} zulke plekken." if self.number > 1 else ""
        return (
            f"{self.file_name} is geen levering volgens DDAS 1.0: op {self.pointer or '/'}"
            f" {self.reason}.{more} Laat de leverancier het bestand verbeteren."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownDebtHelpImport(Refusal):
    """There is no delivery of debt help with this number."""

    code: ClassVar[str] = "schuldhulplevering-niet-gevonden"
    delivery: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Schuldhulplevering {self.delivery} is niet bekend. Kies een nummer uit de lijst."
