"""The fund sources (bronnen): where social-domain money comes from and how tied it is.

``SOURCES`` holds them all in the order in which people name them; ``source`` finds one by code.
"""

import difflib
from dataclasses import dataclass
from typing import ClassVar, Final

from domains.data.files import rows_of
from domains.sources.model import FundSource, Hardness
from ledger.refusals import Refusal

SOURCES: Final[tuple[FundSource, ...]] = tuple(
    FundSource(
        code=row["bron"],
        name=row["naam"],
        origin=row["herkomst"],
        hardness=Hardness(row["hardheid"]),
        legal_basis=row["grondslag"],
        closed_for_shift=row["gesloten_voor_verschuiving"] == "ja",
        external=row["extern"] == "ja",
    )
    for row in rows_of("bronnen.csv")
)

_BY_CODE: Final = {each.code: each for each in SOURCES}


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownSource(Refusal):
    """There is no fund source with this code."""

    code: ClassVar[str] = "bron-onbekend"
    source: str
    nearest: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        hint = f" Bedoelt u {self.nearest}?" if self.nearest else ""
        known = ", ".join(_BY_CODE)
        return f"De bron '{self.source}' bestaat niet.{hint} Kies een van: {known}."


def source(code: str) -> FundSource:
    """Find a fund source by its code.

    :raises UnknownSource: no source has this code.
    """
    found = _BY_CODE.get(code)
    if found is None:
        near = difflib.get_close_matches(code.upper(), _BY_CODE, n=2)
        raise UnknownSource(source=code[:40], nearest=" of ".join(near))
    return found
