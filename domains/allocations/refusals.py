"""Why nothing can be allocated."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class ProviderWithoutAgb(Refusal):
    """The provider of a draw is not registered under an AGB code."""

    code: ClassVar[str] = "aanbieder-zonder-agb"
    provider: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Aanbieder '{self.provider}' staat niet onder een AGB-code van acht cijfers in het"
            " register. Registreer de aanbieder met die code; daarmee wordt het bericht"
            " geadresseerd."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PersonToName(Refusal):
    """A draw helps several people and the allocation names none of them."""

    code: ClassVar[str] = "toewijzing-zonder-persoon"
    draw: UUID
    count: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} is voor {self.count} personen en een toewijzing voor één. Noem"
            " een persoon voor wie de hulp is verleend."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AllocationNumberTaken(Refusal):
    """The number of an allocation is of another draw."""

    code: ClassVar[str] = "toewijzingnummer-bezet"
    number: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Toewijzingnummer {self.number} is van een andere trekking of persoon. Kies een ander"
            " nummer, of laat het weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class LinesToAllocate(Refusal):
    """A form of allocation does not fit a draw with, or without, lines."""

    code: ClassVar[str] = "toewijzing-past-niet"
    draw: UUID
    form: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} past niet bij een toewijzing die {self.form} is: specifiek en"
            " aspecifiek vragen regels met een product, generiek een trekking zonder regels."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownAllocation(Refusal):
    """There is no allocation by this number."""

    code: ClassVar[str] = "toewijzing-onbekend"
    number: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Toewijzing {self.number} bestaat niet. Controleer het nummer en de wet (jw, wmo)."


@dataclass(kw_only=True, unsafe_hash=True)
class PersonIncomplete(Refusal):
    """A message to a provider needs facts of a person that nobody laid down."""

    code: ClassVar[str] = "persoon-onvolledig"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van persoon {self.person} ontbreken BSN, geboortedatum, geslacht of achternaam in"
            " het personenregister. Vul die eerst aan; zonder kan geen toewijzingbericht worden"
            " gemaakt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TooLargeToAllocate(Refusal):
    """A budget or volume is larger than a message can tell."""

    code: ClassVar[str] = "toewijzing-te-groot"
    draw: UUID
    most: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} heeft een budget (in centen) of volume boven {self.most}; meer"
            " past niet in een toewijzingbericht. Verdeel de hulp over meer trekkingen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AllocationNotFollowed(Refusal):
    """The care administration changed an allocation in a way that its reservation cannot follow."""

    code: ClassVar[str] = "toewijzing-niet-gevolgd"
    number: int
    lack: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De wijziging van toewijzing {self.number} is niet geboekt: {self.lack}. Pas de"
            " verplichting aan, of laat de toewijzing verbeteren, en bied hetzelfde bestand"
            " opnieuw aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AllocationNotBooked(Refusal):
    """The care administration gave out help that cannot become a reservation yet."""

    code: ClassVar[str] = "toewijzing-niet-geboekt"
    number: int
    lack: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Toewijzing {self.number} is niet geboekt: {self.lack}. Verhelp dat, en bied hetzelfde"
            " bestand opnieuw aan."
        )
