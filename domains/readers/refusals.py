"""The ways in which a file can be wrong: each says where, and what to do about it."""

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
class SeveralFaults(AtPlaces, Refusal):
    """A file is wrong in more than one way."""

    code: ClassVar[str] = "bestand-onjuist"
    headline: ClassVar[str] = "Er is meer dan één soort fout"
    remedy: ClassVar[str] = "Verbeter de genoemde plaatsen en lees het bestand opnieuw in."


@dataclass(kw_only=True, unsafe_hash=True)
class EmptyFile(Refusal):
    """The file is empty."""

    code: ClassVar[str] = "bestand-leeg"
    file_name: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"{self.file_name} is leeg. Kies het juiste bestand of exporteer het opnieuw."


@dataclass(kw_only=True, unsafe_hash=True)
class HeadingOnly(Refusal):
    """The file has a heading and no lines."""

    code: ClassVar[str] = "alleen-kopregel"
    file_name: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} heeft alleen een kopregel en geen regels met gegevens."
            " Exporteer het bestand opnieuw, met de gegevens erbij."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class FileTooLarge(Refusal):
    """The file is larger than we read."""

    code: ClassVar[str] = "bestand-te-groot"
    file_name: str
    limit_bytes: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} is groter dan {self.limit_bytes // 1024**2} MB en is niet gelezen."
            " Een begroting is hooguit enkele MB: kies het juiste bestand of splits het."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotText(Refusal):
    """The file is no text file."""

    code: ClassVar[str] = "bestand-geen-tekst"
    file_name: str
    looks_like: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} is {self.looks_like}, geen CSV-bestand."
            " Sla het in uw rekenprogramma op als 'CSV UTF-8' en lees dat bestand in."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotUtf8(Refusal):
    """The file holds bytes that are not UTF-8."""

    code: ClassVar[str] = "bestand-geen-utf8"
    file_name: str
    line: int
    byte: int
    """Position in the file, from 0."""
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} is geen UTF-8: regel {self.line} (byte {self.byte}) bevat"
            f" {self.found}. Sla het bestand op als 'CSV UTF-8'; bij Windows-1252 gaan letters"
            " als ë en € anders verloren."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class WrongSeparator(Refusal):
    """The columns are separated by another character than expected."""

    code: ClassVar[str] = "scheidingsteken-onjuist"
    file_name: str
    line: int
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.file_name}, regel {self.line}, zijn de kolommen gescheiden door"
            f" {self.found} in plaats van een puntkomma. Sla het bestand op met ';' als"
            " scheidingsteken."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MissingColumns(Refusal):
    """The heading lacks columns that are needed."""

    code: ClassVar[str] = "kolommen-ontbreken"
    file_name: str
    line: int
    missing: str
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.file_name}, regel {self.line}, ontbreekt in de kopregel: {self.missing}."
            f" Gevonden kolommen: {self.found}. Voeg toe wat ontbreekt; de volgorde is vrij."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DuplicateColumn(Refusal):
    """Two columns claim the same meaning."""

    code: ClassVar[str] = "kolom-dubbel"
    file_name: str
    line: int
    column: str
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.file_name}, regel {self.line}, zijn er meer kolommen voor"
            f" '{self.column}': {self.found}. Laat er één staan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BrokenQuotes(Refusal):
    """A quotation mark is opened and not closed, or stands in the wrong spot."""

    code: ClassVar[str] = "aanhalingstekens-onjuist"
    file_name: str
    line: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.file_name}, regel {self.line}, klopt een dubbel aanhalingsteken niet: het"
            " wordt niet gesloten of staat midden in een veld. Sluit het, of verdubbel een"
            " aanhalingsteken dat bij de tekst hoort."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownLayout(Refusal):
    """The heading belongs to no format that we read."""

    code: ClassVar[str] = "indeling-onbekend"
    file_name: str
    line: int
    found: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De kopregel van {self.file_name} (regel {self.line}: {self.found}) hoort bij geen"
            f" bekend bestand. Bekend zijn: {self.known}."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class WrongYear(Refusal):
    """The file is of another year than was asked for."""

    code: ClassVar[str] = "begroting-ander-jaar"
    file_name: str
    year: int
    found: str
    where: str
    line: int | None

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} hoort bij {self.found} (zie {self.where}), maar gevraagd is"
            f" begrotingsjaar {self.year}. Kies het bestand van {self.year}, of noem het jaar"
            " van dit bestand."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnitContradiction(Refusal):
    """The heading names two units of amounts."""

    code: ClassVar[str] = "eenheid-tegenstrijdig"
    file_name: str
    line: int
    says: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De eenheid van {self.file_name} is onduidelijk, regel {self.line}: {self.says}."
            " Zet alle bedragen in dezelfde eenheid en verbeter de kopregel."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnlikelyUnit(Refusal):
    """The total per inhabitant is so low or high that euros and thousands must be mixed up."""

    code: ClassVar[str] = "eenheid-onwaarschijnlijk"
    file_name: str
    municipality: str
    read_as: str
    per_inhabitant: str
    likely: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        advice = (
            f"de bedragen staan waarschijnlijk in {self.likely}"
            if self.likely
            else "controleer de bedragen en of het bestand van deze gemeente is"
        )
        return (
            f"Gelezen als {self.read_as} telt {self.file_name} op tot {self.per_inhabitant} aan"
            f" lasten per inwoner van {self.municipality}; een gemeente besteedt 2.500 tot 14.000"
            f" euro. Dus: {advice}. Zet de juiste eenheid in de kopregel (lasten_eur of lasten_duizend)"
            " of geef haar op met --eenheid euro of --eenheid duizend."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MunicipalityNotInFile(Refusal):
    """The file has no lines of the municipality that was asked for."""

    code: ClassVar[str] = "gemeente-niet-in-bestand"
    file_name: str
    municipality: str
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} heeft geen regels van {self.municipality}; wel van {self.found}."
            " Kies het bestand waarin de gemeente staat, of een andere gemeente."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoFigures(Refusal):
    """The file gives no amount at all for the municipality."""

    code: ClassVar[str] = "begroting-zonder-cijfers"
    file_name: str
    municipality: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} heeft voor {self.municipality} geen enkel bedrag: alles is 0 of"
            " 'geen cijfer'. Er is niets te boeken; gebruik de eigen begroting van de gemeente"
            " (programma;taakveld;naam;baten_eur;lasten_eur)."
        )


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
