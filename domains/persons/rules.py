"""When a family may be forgotten, and an old master key thrown away."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from domains.persons.model import Hold
from domains.privacy.model import GROUNDS, Retention
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class StillHelped(Refusal):
    """Help to the family runs, or something of it waits for somebody."""

    code: ClassVar[str] = "gezin-nog-in-hulp"
    family: UUID
    until_date: date | None

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        why = (
            "er staat nog geld vast of er wacht nog een trekking of betaler"
            if self.until_date is None
            else f"er loopt hulp tot {self.until_date:%d-%m-%Y}"
        )
        return (
            f"Gezin {self.family} kan nog niet worden vergeten: {why}. Rond dat eerst af, want"
            " berichten daarover hebben de gegevens nog nodig."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NobodyKnown(Refusal):
    """Nothing is sealed for the family, or not any more."""

    code: ClassVar[str] = "gezin-al-vergeten"
    family: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van gezin {self.family} is niet vastgelegd wie het zijn, of het is al vergeten. Er is"
            " niets te vernietigen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class KeyStillUsed(Refusal):
    """An older master key still wraps keys of families."""

    code: ClassVar[str] = "sleutel-nog-in-gebruik"
    count: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Met een oudere hoofdsleutel zijn nog {self.count} gezinnen verzegeld. Draai eerst"
            " `ontschot sleutels roteer`."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MasterKeyDropped(Refusal):
    """The master key of this vault was thrown away while its program ran."""

    code: ClassVar[str] = "hoofdsleutel-vervangen"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "De hoofdsleutel is vervangen en weggegooid terwijl dit liep. Er is niets mee"
            " verzegeld; doe het opnieuw, dan geldt de nieuwe."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MasterKeyReplaced(Refusal):
    """Persons are marked by a newer master key than those of this vault."""

    code: ClassVar[str] = "hoofdsleutel-vernieuwd"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "De hoofdsleutel van de personen is vernieuwd terwijl dit liep, dus niemand zou worden"
            " herkend. Bied het bestand opnieuw aan; wat al is verwerkt blijft staan. Komt dit"
            " terug, zet dan het nieuwe sleutelbestand ook hier neer."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TermRuns(Refusal):
    """The law still keeps who a family is, and nobody of it asked to be forgotten."""

    code: ClassVar[str] = "bewaartermijn-loopt"
    family: UUID
    from_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De bewaartermijn van gezin {self.family} loopt nog: vergeten mag vanaf"
            f" {self.from_date:%d-%m-%Y}. Vroegen zij er zelf om, noem dan de grond van dat"
            f" verzoek: {', '.join(GROUNDS)}."
        )


def check_term(retention: Retention, *, today: date, ground: str | None) -> None:
    """Refuse to forget a family before its term is over, unless it asked for that itself.

    :raises TermRuns: the term is not over, and there is no ground.
    """
    if ground not in GROUNDS and today < retention.ends_on:
        raise TermRuns(family=retention.family, from_date=retention.ends_on)


def decision_of(reason: str, ground: str | None) -> str:
    """Return on what it rests that a family was forgotten, as it is kept."""
    return reason if ground is None else f"{reason} ({GROUNDS[ground]})"


def check_forgettable(hold: Hold, *, family: UUID) -> None:
    """Refuse to forget a family whose persons are still needed, or not known.

    :raises StillHelped: help runs, money is reserved, or something waits for somebody.
    :raises NobodyKnown: there is no key to destroy.
    """
    if hold.helped_until is not None or hold.is_awaited:
        raise StillHelped(family=family, until_date=hold.helped_until)
    if not hold.has_key:
        raise NobodyKnown(family=family)
