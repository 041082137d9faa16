"""An example of the body of each order that people and programs give most, for the description.

The tests keep every one of them an order that its address reads.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_FAMILY: Final = "018f6a1e-7b1c-4c5e-9a51-3d6f0c2b9e10"
_PERSON: Final = "5c0a7d6e-2f43-4b8f-8f0e-7c1d9b3a4e21"


def _euro(value: str) -> dict[str, str]:
    return {"waarde": value, "valuta": "EUR"}


def _of(source: str, amount: str) -> dict[str, Any]:
    return {"bron": source, "programma": "P6", "taakveld": "6.3", "bedrag": _euro(amount)}


def _account(code: str, **side: dict[str, str]) -> dict[str, Any]:
    return {"rekening": {"boek": "LASTEN", "middel": "JW-2026", "code": code}, **side}


EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "postBoekingsperioden": {
            "van": "2026-01-01",
            "totEnMet": "2026-12-31",
            "open": True,
            "reden": "Boekjaar 2026",
        },
        "postBegrotingen": {
            "jaar": 2026,
            "besluit": "Raadsbesluit 2025-114",
            "boekdatum": "2026-01-02",
            "regels": [_of("JW", "4000000.00"), _of("WMO", "3000000.00")],
        },
        "postVerschuivingen": {
            "jaar": 2026,
            "boekdatum": "2026-02-01",
            "besluit": "Collegebesluit 2026-018",
            "van": _of("WMO", "25000.00"),
            "naar": _of("JW", "25000.00"),
        },
        "postWijken": {
            "wijken": [
                {"code": "WK034401", "naam": "West", "inwoners": 28000, "huishoudens": 13500}
            ]
        },
        "postWijkbudgetten": {
            "boekdatum": "2026-01-02",
            "toelichting": "Verdeling 2026",
            "wijken": [
                {
                    "wijk": "WK034401",
                    "bedragen": [{"middel": "JW-2026", "bedrag": _euro("400000.00")}],
                }
            ],
        },
        "postGezinstypen": {
            "gezinstypen": [
                {
                    "code": "standaard",
                    "naam": "Gezin met kinderen",
                    "minimum": _euro("1000.00"),
                    "norm": _euro("9000.00"),
                    "maximum": _euro("20000.00"),
                }
            ]
        },
        "postGezinnen": {
            "wijk": "WK034401",
            "gezinstype": "standaard",
            "team": "west",
            "van": "2026-01-05",
            "leden": [{"geboortedatum": "1985-04-12"}, {"geboortedatum": "2012-09-03"}],
        },
        "postGezinsbudgetten": {"gezin": _FAMILY, "jaar": 2026, "boekdatum": "2026-01-05"},
        "postGezinsbudgettenIdAanvullingen": {
            "bedrag": _euro("1500.00"),
            "reden": "Tweede kind heeft ook hulp nodig",
        },
        "postGezinsbudgettenIdTrekkingen": {
            "personen": [_PERSON],
            "soort": "maatwerk",
            "van": "2026-03-01",
            "totEnMet": "2026-03-01",
            "bedrag": _euro("250.00"),
            "aanbieder": "Fietsenmaker",
            "omschrijving": "Fiets om naar de hulp te gaan",
            "reden": "Geen voorliggende voorziening op tijd",
        },
        "postTrekkingenIdBeoordelingen": {"oordeel": "akkoord", "toelichting": "Passend"},
        "postBoekingen": {
            "boekdatum": "2026-03-01",
            "omschrijving": "Factuur 2026-0311",
            "soort": "factuur",
            "regels": [
                _account("4210", debet=_euro("100.00")),
                _account("1200", credit=_euro("100.00")),
            ],
        },
        "postBoekingenIdTegenboekingen": {
            "boekdatum": "2026-03-02",
            "reden": "Factuur was dubbel",
        },
    }
)
"""By the name of the operation."""
