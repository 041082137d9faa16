"""When a netting run is refused."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownNettingRun(Refusal):
    """There is no netting run with this number."""

    code: ClassVar[str] = "verrekening-niet-gevonden"
    run: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Verrekening {self.run} is niet bekend. Kies een nummer uit de lijst."
