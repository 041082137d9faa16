"""Which messages of iJw and iWmo 3.2 we know: their codes, names and schema files.

A message is the payload alone; the envelope (StUF, VSP) is left to whoever transports it. Codes are
those of the code list COD002 of the standard (Vektis).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "3.2"


class Law(StrEnum):
    """The law under which a message is sent; the value stands on the wire."""

    YOUTH = "jw"
    SUPPORT = "wmo"


class Kind(StrEnum):
    """What a message is for; the value is its number in the standard."""

    ALLOCATION = "301"
    """Toewijzing: gemeente to provider."""
    START = "305"
    STOP = "307"
    REQUEST = "315"
    """Verzoek om toewijzing."""
    CHANGE_REQUEST = "317"
    """Verzoek om wijziging."""
    REPLY = "319"
    """Antwoord on a request: gemeente to provider."""
    DECLARATION = "323"
    ANSWER = "325"
    """Declaratie-antwoord: gemeente to provider."""


_CODES: Final = {
    Law.YOUTH: {
        Kind.ALLOCATION: "436",
        Kind.START: "438",
        Kind.STOP: "440",
        Kind.REQUEST: "446",
        Kind.CHANGE_REQUEST: "486",
        Kind.REPLY: "488",
        Kind.DECLARATION: "490",
        Kind.ANSWER: "491",
    },
    Law.SUPPORT: {
        Kind.ALLOCATION: "414",
        Kind.START: "418",
        Kind.STOP: "420",
        Kind.REQUEST: "444",
        Kind.CHANGE_REQUEST: "480",
        Kind.REPLY: "482",
        Kind.DECLARATION: "484",
        Kind.ANSWER: "485",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """One message of one of the two standards."""

    law: Law
    kind: Kind

    @property
    def code(self) -> str:
        """Return the code in the header (BerichtCode)."""
        return _CODES[self.law][self.kind]

    @property
    def name(self) -> str:
        """Return how people call it: ``JW323``."""
        return f"{self.law.upper()}{self.kind}"

    @property
    def prefix(self) -> str:
        """Return the prefix of its own elements: ``jw323``."""
        return self.name.lower()

    @property
    def namespace(self) -> str:
        """Return the namespace of its own elements."""
        return f"{self._base}/{self.prefix}/schema"

    @property
    def basic_prefix(self) -> str:
        """Return the prefix of the elements that all messages share: ``ijw``."""
        return f"i{self.law}"

    @property
    def basic_namespace(self) -> str:
        """Return the namespace of the elements that all messages share."""
        return f"{self._base}/basisschema/schema"

    @property
    def _base(self) -> str:
        return f"http://www.istandaarden.nl/{self.basic_prefix}/{VERSION.replace('.', '_')}"


TYPES: Final = {
    each.namespace: each
    for each in (MessageType(law=law, kind=kind) for law in Law for kind in Kind)
}
"""Every message that we know, by the namespace of its root."""
