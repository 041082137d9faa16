"""What a check of the books can find, each with a sentence that says what is wrong and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ledger import money

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # The chain.
        "schakel-ontbreekt": "schakel {expected} ontbreekt in de keten",
        "schakel-hash": "de hash volgt niet uit de inhoud en de vorige schakel",
        "schakel-aantal": "de schakel noemt {expected} {detail} en er staan er {found}",
        "rij-zonder-schakel": "{detail} hoort bij een schakel die niet bestaat",
        "ketenkop": "de kop van de keten is {found} in plaats van de laatste schakel {expected}",
        "controlepunt-handtekening": "de handtekening van het controlepunt klopt niet ({detail})",
        "controlepunt-keten": "de keten is anders dan toen het controlepunt werd gemaakt: {detail}",
        "controlepunt-kort": "de keten is korter dan toen het controlepunt werd gemaakt",
        "controlepunt-regel": "{detail} van het bestand met controlepunten is niet te lezen",
        # Entries and their lines.
        "boeking-hash": "de inhoud van de boeking is niet die waarover de hash is berekend",
        "boeking-regels": "de nummers van de regels zijn {found} in plaats van {expected}",
        "boeking-positie": "de boeking heeft plaats {found} in de schakel in plaats van {expected}",
        "boeking-moment": "de boeking is vastgelegd op {found}, de schakel op {expected}",
        "boeking-actor": "de boeking noemt als actor {found}, de opdracht {expected}",
        "boeking-zonder-opdracht": "de opdracht van de boeking ontbreekt",
        "prestatieperiode-ongeldig": "de prestatieperiode {found} is niet geldig",
        "regel-zonder-boeking": "{detail} hoort bij een boeking die niet bestaat",
        "regel-zonder-rekening": "{detail} noemt een rekening die niet bestaat",
        "regel-boekdatum": "{detail} heeft boekdatum {found}, de boeking {expected}",
        "meer-dan-een-boek": "de boeking heeft regels in de boeken {found}",
        "niet-in-evenwicht": "{detail} is niet in evenwicht: debet min credit is {found}",
        "periode-niet-open": "boekdatum {detail} was {found} toen de boeking werd gemaakt",
        # Requests and reversals.
        "opdracht-boekingen": "{detail} boekte volgens haar antwoord per groep {expected}"
        " boekingen en er staan er {found}",
        "opdracht-onleesbaar": "het antwoord van {detail} is niet te lezen",
        "opdracht-leeg": "{detail} boekte niets en heeft geen uitkomst",
        "tegenboeking-onbekend": "de teruggeboekte boeking {detail} bestaat niet",
        "tegenboeking-te-vroeg": "de teruggeboekte boeking {detail} staat er pas na",
        "tegenboeking-dubbel": "boeking {detail} is al eerder teruggeboekt",
        "tegenboeking-wijkt-af": "de regels zijn niet het spiegelbeeld van boeking {detail}",
        # What is derived from the entries.
        "rekening-nummer": "het nummer volgt niet uit de sleutel van de rekening: {expected}",
        "saldo": "het saldo is {found}; uit de boekingen volgt {expected}",
        "saldo-ontbreekt": "het saldo ontbreekt; uit de boekingen volgt {expected}",
        "saldo-zonder-rekening": "er is een saldo maar geen rekening",
        "ondergrens": "de ondergrens bij het saldo is {found}; die van de rekening is {expected}",
        "onder-ondergrens": "het saldo kwam op {found}, onder de ondergrens van {expected}",
        "maandtotaal": "het totaal {detail} is {found}; uit de boekingen volgt {expected}",
        "laatste-maand": "de laatste maand bij het saldo is {found}; uit de boekingen volgt"
        " {expected}",
        "dubbele-rij": "{detail} staat er {found} keer",
    }
)
"""Every kind of finding, with its sentence."""

_AMOUNTS: Final = frozenset(
    {
        "niet-in-evenwicht",
        "saldo",
        "saldo-ontbreekt",
        "ondergrens",
        "onder-ondergrens",
        "maandtotaal",
    }
)
"""The kinds whose values are whole cents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference between what stands in the books and what should.

    ``expected`` and ``found`` are texts; amounts are in whole cents.
    """

    check: str
    gemeente: str
    chain_number: int | None
    entry: UUID | None
    account: UUID | None
    message: str
    expected: str | None
    found: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check looked at and found.

    ``chain_number`` is the last link there is (0: none), ``entries`` the number of entries looked
    at. ``omitted`` tells per pass how many findings are not in the list.
    """

    gemeente: str
    chain_number: int
    entries: int
    findings: tuple[Finding, ...]
    omitted: tuple[tuple[str, int], ...] = ()

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings


def found_by(
    check: str,
    gemeente: str,
    *,
    chain_number: int | None = None,
    entry: UUID | None = None,
    account: UUID | None = None,
    detail: str | None = None,
    expected: str | None = None,
    found: str | None = None,
) -> Finding:
    """Make a finding of a kind, with its sentence; ``detail`` is only told in the sentence."""
    places = [f"Gemeente {gemeente}"]
    if chain_number is not None:
        places.append(f"schakel {chain_number}")
    if entry is not None:
        places.append(f"boeking {entry}")
    if account is not None:
        places.append(f"rekening {account}")
    sentence = SENTENCES[check].format(
        detail=detail, expected=_shown(check, expected), found=_shown(check, found)
    )
    return Finding(
        check=check,
        gemeente=gemeente,
        chain_number=chain_number,
        entry=entry,
        account=account,
        message=f"{', '.join(places)}: {sentence}.",
        expected=expected,
        found=found,
    )


def _shown(check: str, value: str | None) -> str:
    if value is None:
        return "niets"
    return money.show(int(value)) if check in _AMOUNTS else value
