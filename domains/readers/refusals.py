"""The ways in which a whole file can be wrong; ``faults.py`` has those of single spots."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.refusals import Refusal


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
        kilobytes = self.limit_bytes // 1024
        limit = f"{kilobytes} kB" if kilobytes < 1024 else f"{kilobytes // 1024} MB"  # noqa: PLR2004 - of which a MB has 1024.
        return (
            f"{self.file_name} is groter dan {limit} en is niet gelezen."
            " Zo groot is geen bestand dat hier hoort: kies het juiste bestand of splits het."
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
            f" euro. Dus: {advice}. Zet de juiste eenheid in de kopregel (lasten_eur of"
            " lasten_duizend) of geef haar op bij het inlezen: op de bladzijde bij 'Waarin staan de"
            " bedragen', op de opdrachtregel met --eenheid euro of --eenheid duizend."
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
