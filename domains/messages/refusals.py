"""Why a file is no message that we can read; each says where, and what to do."""

from dataclasses import dataclass
from typing import ClassVar

from domains.messages.standard import VERSION
from ledger.money import show
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class MessageTooLarge(Refusal):
    """The file is larger than any message."""

    code: ClassVar[str] = "bericht-te-groot"
    file_name: str
    limit_bytes: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} is groter dan {self.limit_bytes // 1024**2} MB en is niet gelezen."
            " Kies het juiste bestand, of vraag de aanbieder de declaratie te splitsen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MessageUnreadable(Refusal):
    """The file is no well-formed XML, or ends in the middle."""

    code: ClassVar[str] = "bericht-onleesbaar"
    file_name: str
    line: int
    column: int
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name}, regel {self.line}, teken {self.column}: {self.reason}."
            " Vraag het bestand opnieuw op; er is niets geboekt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class EncodingNotUtf8(Refusal):
    """The file is written in another encoding than the standard prescribes."""

    code: ClassVar[str] = "bericht-codering"
    file_name: str
    encoding: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} is geschreven in {self.encoding}; een bericht is UTF-8."
            " Vraag de aanbieder het bericht opnieuw te maken; er is niets geboekt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class DoctypeForbidden(Refusal):
    """The file has a document type declaration, in which entities and references can hide."""

    code: ClassVar[str] = "bericht-met-doctype"
    file_name: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} bevat een DOCTYPE. Die hoort niet in een bericht en kan entiteiten"
            " of verwijzingen naar buiten bevatten; het bestand is niet gelezen. Vraag de"
            " aanbieder om het kale bericht."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NoMessage(Refusal):
    """The file is XML and no message that we know, or one of another version."""

    code: ClassVar[str] = "bericht-onbekend"
    file_name: str
    found: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} is geen bericht van iJw of iWmo {VERSION} dat hier gelezen wordt"
            f" (gevonden: {self.found}). Stuur het kale bericht, zonder envelop, in versie"
            f" {VERSION}."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class OtherKindOfMessage(Refusal):
    """The file is a message, of another kind than was asked for."""

    code: ClassVar[str] = "bericht-ander-soort"
    file_name: str
    found: str
    wanted: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"{self.file_name} is een {self.found}; hier past alleen {self.wanted}."


@dataclass(kw_only=True, unsafe_hash=True)
class MessageInvalid(Refusal):
    """An element of a message is missing, does not belong there, or holds something else."""

    code: ClassVar[str] = "bericht-ongeldig"
    file_name: str
    line: int
    element: str
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name}, regel {self.line}, {self.element}: {self.reason}. Het bericht is"
            " niet verwerkt en er is niets geboekt; vraag de aanbieder het te verbeteren."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TotalDiffers(Refusal):
    """A declaration says another total than its lines come to."""

    code: ClassVar[str] = "declaratietotaal-wijkt-af"
    file_name: str
    told_cents: int
    found_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name} noemt als TotaalIngediendBedrag {show(self.told_cents)}; de"
            f" prestaties zijn samen {show(self.found_cents)}. Er is niets geboekt; vraag de"
            " aanbieder om een declaratie die klopt."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SchemaUnusable(Refusal):
    """A schema file that the installation names cannot be read."""

    code: ClassVar[str] = "berichtschema-onleesbaar"
    file_name: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het berichtschema {self.file_name} uit de map van de instelling berichtschemas is"
            " niet te lezen. Zet de ongewijzigde XSD's van de standaard in die map."
        )
