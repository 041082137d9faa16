"""A maker of declarations: valid ones from values, broken ones by one change to a valid one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from domains.messages.model import DeclaredLine
from domains.messages.standard import Kind, Law, MessageType
from domains.messages.writing import document, line_fields

TOM: Final = "999900006"
ANNA: Final = "999900018"
"""Numbers that begin with 9999 are nobody's and pass the 11-check."""

_MONTHS: Final = (
    (date(2026, 4, 1), date(2026, 4, 30)),
    (date(2026, 3, 1), date(2026, 3, 31)),
    (date(2026, 2, 1), date(2026, 2, 28)),
)

PROVIDER: Final = "65656055"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a provider declares for a month."""

    lines: tuple[DeclaredLine, ...]
    law: Law = Law.YOUTH
    gemeente: str = "0344"
    provider: str = PROVIDER
    identification: str = "765432198"
    number: str = "DN001"
    from_date: date = date(2026, 4, 1)
    last_date: date = date(2026, 4, 30)
    dated: date = date(2026, 5, 6)
    total_cents: int | None = None
    """Without: what the lines come to."""

    def xml(self) -> bytes:
        """Write it as a 323."""
        total = self.total_cents
        if total is None:
            total = sum(line.amount_cents for line in self.lines)
        message = MessageType(law=self.law, kind=Kind.DECLARATION)
        return document(
            message,
            {
                "Header": {
                    "Afzender": self.provider,
                    "Ontvanger": self.gemeente,
                    "BerichtIdentificatie": {
                        "Identificatie": self.identification,
                        "Dagtekening": self.dated,
                    },
                    "XsdVersie": {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"},
                },
                "Declaratie": {
                    "DeclaratieNummer": self.number,
                    "DeclaratiePeriode": {
                        "Begindatum": self.from_date,
                        "Einddatum": self.last_date,
                    },
                    "DeclaratieDagtekening": self.dated,
                    "TotaalIngediendBedrag": {
                        "TotaalBedrag": abs(total),
                        "DebetCredit": "C" if total < 0 else "D",
                    },
                    "Clienten": {"Client": list(_clients(self.lines))},
                },
            },
        )


def declared(place: int = 1, **said: Any) -> DeclaredLine:
    """Make a line of four hours at € 12,50, other than in what is said.

    The first is of April 2026, the next of March and the third of February, and so on again:
    one allocation has one line per product and month.
    """
    from_date, last_date = _MONTHS[(place - 1) % len(_MONTHS)]
    told: dict[str, Any] = {
        "place": place,
        "row": 0,
        "bsn": TOM,
        "reference": f"RN{place:06d}",
        "previous": "",
        "allocation": 10072,
        "category": "45",
        "code": "45A03",
        "from_date": from_date,
        "last_date": last_date,
        "volume": 4,
        "unit": "04",
        "tariff_cents": 12_50,
        "amount_cents": 50_00,
        "is_credit": False,
    }
    return DeclaredLine(**(told | said))


def credit(line: DeclaredLine, **said: Any) -> DeclaredLine:
    """Take a line back: the same, with a reference of its own."""
    told = {
        name: getattr(line, name) for name in DeclaredLine.__slots__ if name != "__weakref__"
    } | {
        "reference": f"C{line.reference}"[:20],
        "previous": line.reference,
        "amount_cents": -line.amount_cents,
        "is_credit": True,
    }
    return DeclaredLine(**(told | said))


def _clients(lines: Sequence[DeclaredLine]) -> Iterable[dict[str, Any]]:
    for bsn, own in groupby(lines, key=lambda line: line.bsn):
        yield {"Bsn": bsn, "Prestaties": {"Prestatie": [line_fields(line) for line in own]}}
