"""Wrong spots in a file: all of them are collected and refused at once, each with its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from domains.readers.model import Place
from ledger.refusals import Refusal

MOST_PLACES: Final = 20
"""How many wrong spots one refusal shows; it counts the others."""


@dataclass(kw_only=True, unsafe_hash=True)
class AtPlaces:
    """What refusals with a list of wrong spots share; no refusal by itself."""

    headline: ClassVar[str]
    remedy: ClassVar[str]
    file_name: str
    places: tuple[Place, ...]
    """The first wrong spots, in the order of the file."""
    count: int
    """How many spots are wrong in all."""

    def message(self) -> str:
        """Return the Dutch text for whoever asked: one line per wrong spot."""
        spots = [place.text() for place in self.places]
        if self.count > len(spots):
            spots.append(f"en nog {self.count - len(spots)}")
        if len(spots) == 1:
            return f"{self.headline} in {self.file_name}, {spots[0]}. {self.remedy}"
        listed = "\n".join(f"- {spot}" for spot in spots)
        return f"{self.headline} in {self.file_name}, {self.count} keer:\n{listed}\n{self.remedy}"

    def facts(self) -> dict[str, str | int | None]:
        """Return the facts of the first spot; ``places`` has them all."""
        first = self.places[0]
        return {
            "file_name": self.file_name,
            "line": first.line,
            "column": first.column,
            "value": first.value,
            "reason": first.reason,
            "count": self.count,
        }


@dataclass(kw_only=True, unsafe_hash=True)
class UnreadableAmount(AtPlaces, Refusal):
    """An amount or figure in a file cannot be read."""

    code: ClassVar[str] = "bedrag-onleesbaar"
    headline: ClassVar[str] = "Een getal is niet te lezen"
    remedy: ClassVar[str] = "Schrijf alleen cijfers, met hooguit twee decimalen: 1234 of 1234,50."


@dataclass(kw_only=True, unsafe_hash=True)
class NoFigureCode(AtPlaces, Refusal):
    """The CBS code for "no figure" stands in a file that is not from CBS."""

    code: ClassVar[str] = "geen-cijfer-in-eigen-bestand"
    headline: ClassVar[str] = "De CBS-code -99998 (geen cijfer) staat als bedrag"
    remedy: ClassVar[str] = "Vul het echte bedrag in, of 0 als er niets begroot is."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownTaakveld(AtPlaces, Refusal):
    """A taakveld code does not exist in the year of the budget."""

    code: ClassVar[str] = "taakveld-bestaat-niet"
    headline: ClassVar[str] = "Een taakveld hoort niet bij dit begrotingsjaar"
    remedy: ClassVar[str] = "Gebruik de Iv3-codes van het begrotingsjaar (sinds 2025: 6.711)."


@dataclass(kw_only=True, unsafe_hash=True)
class DuplicateRow(AtPlaces, Refusal):
    """The same line stands in a file twice."""

    code: ClassVar[str] = "regel-dubbel"
    headline: ClassVar[str] = "Dezelfde regel staat er meer dan eens"
    remedy: ClassVar[str] = "Haal de dubbele regel weg, of tel de bedragen op tot één regel."


@dataclass(kw_only=True, unsafe_hash=True)
class EmptyCell(AtPlaces, Refusal):
    """A cell that must be filled is empty."""

    code: ClassVar[str] = "veld-leeg"
    headline: ClassVar[str] = "Een verplicht veld is leeg"
    remedy: ClassVar[str] = "Vul het veld; schrijf 0 als het bedrag nul is. Haal totaalregels weg."


@dataclass(kw_only=True, unsafe_hash=True)
class CellTooLong(AtPlaces, Refusal):
    """A cell holds more text than a name or an amount needs."""

    code: ClassVar[str] = "veld-te-lang"
    headline: ClassVar[str] = "Een veld is te lang"
    remedy: ClassVar[str] = "Kort de tekst in, of kies het juiste bestand."


@dataclass(kw_only=True, unsafe_hash=True)
class ShiftedColumns(AtPlaces, Refusal):
    """A line has more or fewer cells than the heading."""

    code: ClassVar[str] = "kolommen-verschoven"
    headline: ClassVar[str] = "Een regel heeft een ander aantal kolommen dan de kopregel"
    remedy: ClassVar[str] = (
        "Zet tekst waarin een scheidingsteken staat tussen dubbele aanhalingstekens."
    )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidDistrictCode(AtPlaces, Refusal):
    """A district code is not one that CBS could have given."""

    code: ClassVar[str] = "wijkcode-onjuist"
    headline: ClassVar[str] = "Een code van wijk of buurt klopt niet"
    remedy: ClassVar[str] = "Gebruik CBS-codes: WK met 6 tekens of BU met 8 tekens."


@dataclass(kw_only=True, unsafe_hash=True)
class UnreadableDay(AtPlaces, Refusal):
    """A month or day in a file cannot be read, or has not come yet."""

    code: ClassVar[str] = "datum-onleesbaar"
    headline: ClassVar[str] = "Een maand of dag klopt niet"
    remedy: ClassVar[str] = "Schrijf een maand als 2024-03 en een dag als 2024-03-31."


@dataclass(kw_only=True, unsafe_hash=True)
class InvoicedBeforeHelp(AtPlaces, Refusal):
    """Costs were invoiced before the month in which the help was given."""

    code: ClassVar[str] = "factuur-voor-hulp"
    headline: ClassVar[str] = "Een factuur is ouder dan de maand van de hulp"
    remedy: ClassVar[str] = "Controleer maand en factuurdatum; een voorschot zijn nog geen kosten."


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownCode(AtPlaces, Refusal):
    """A source or kind of help in a file does not exist."""

    code: ClassVar[str] = "code-onbekend"
    headline: ClassVar[str] = "Een bron of soort hulp bestaat niet"
    remedy: ClassVar[str] = "Gebruik de codes uit de lijst; een soort hulp mag leeg blijven."


@dataclass(kw_only=True, unsafe_hash=True)
class UnreadablePseudonym(AtPlaces, Refusal):
    """A person or family in a file is not named by its pseudonym."""

    code: ClassVar[str] = "pseudoniem-onleesbaar"
    headline: ClassVar[str] = "Een persoon of gezin heeft geen pseudoniem"
    remedy: ClassVar[str] = "Gebruik het nummer dat bij het vastleggen is gegeven; geen naam."


@dataclass(kw_only=True, unsafe_hash=True)
class UnreadableSeverity(AtPlaces, Refusal):
    """A severity in a file is no number above nought."""

    code: ClassVar[str] = "zwaarte-onleesbaar"
    headline: ClassVar[str] = "Een zwaarte is niet te lezen"
    remedy: ClassVar[str] = "Schrijf 1 voor gemiddeld en 2 voor twee keer zo zwaar, zoals 1,5."


@dataclass(kw_only=True, unsafe_hash=True)
class SeveralFaults(AtPlaces, Refusal):
    """A file is wrong in more than one way."""

    code: ClassVar[str] = "bestand-onjuist"
    headline: ClassVar[str] = "Er is meer dan één soort fout"
    remedy: ClassVar[str] = "Verbeter de genoemde plaatsen en lees het bestand opnieuw in."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One wrong spot and the refusal that it would be on its own."""

    kind: Callable[..., AtPlaces]
    place: Place


def refuse_if_any(faults: list[Fault], *, file_name: str) -> None:
    """Raise all faults of a file at once, or do nothing if there are none.

    :raises AtPlaces: the refusal of the one kind of fault, or ``SeveralFaults``.
    """
    if not faults:
        return
    ordered = sorted(faults, key=lambda fault: fault.place.line)
    kinds = {fault.kind for fault in ordered}
    kind = kinds.pop() if len(kinds) == 1 else SeveralFaults
    refusal = kind(
        file_name=file_name,
        places=tuple(fault.place for fault in ordered[:MOST_PLACES]),
        count=len(ordered),
    )
    raise refusal  # type: ignore[misc]  # Each kind is a Refusal too; AtPlaces alone is not.
