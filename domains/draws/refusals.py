"""Every no to a draw or a judgement on one: what happened, where, and what to do."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final
from uuid import UUID

from domains.days import day_text
from ledger.money import show
from ledger.refusals import Refusal

LONGEST_YEARS: Final = 10
"""How long one draw may last; longer help is asked for again, with the facts of then."""


@dataclass(kw_only=True, unsafe_hash=True)
class AmountNotPositive(Refusal):
    """A draw asks for nothing, or for less than nothing."""

    code: ClassVar[str] = "trekking-niet-positief"
    amount_cents: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het bedrag van de trekking is {show(self.amount_cents)}. Vraag een bedrag boven"
            " nul; geld terugboeken gaat met een tegenboeking."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NobodyHelped(Refusal):
    """A draw names no person, or one person twice."""

    code: ClassVar[str] = "personen-ongeldig"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Noem elke persoon die de hulp krijgt, één keer, en ten minste één."


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodEmpty(Refusal):
    """The days of a draw end before they begin."""

    code: ClassVar[str] = "periode-leeg"
    from_date: date
    until_date: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De periode van {day_text(self.from_date)} t/m"
            f" {day_text(self.until_date - timedelta(days=1))} heeft geen enkele dag. Geef een"
            " einddatum op of na de begindatum."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PeriodTooLong(Refusal):
    """The days of a draw go on for longer than anybody can decide at once."""

    code: ClassVar[str] = "periode-te-lang"
    from_date: date
    latest_end: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp die op {day_text(self.from_date)} begint, duurt langer dan"
            f" {LONGEST_YEARS} jaar."
            f" Kies een einddatum tot en met {day_text(self.latest_end)}; daarna vraagt u de hulp"
            " opnieuw aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class CashPgb(Refusal):
    """A personal budget would be paid out as cash."""

    code: ClassVar[str] = "pgb-niet-in-geld"
    kind: str
    rule: str = "E37"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Een pgb gaat niet als geld uit het gezinsbudget (Jeugdwet 8.1.8; Wmo 2015 2.6.2)."
            " Regel het trekkingsrecht bij de SVB, of vraag de hulp zelf aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAMember(Refusal):
    """The person does not belong to the family on a day of the draw."""

    code: ClassVar[str] = "persoon-niet-in-gezin"
    person: UUID
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Persoon {self.person} hoort op {day_text(self.day)} niet bij dit gezin. Kies een"
            " gezinslid, pas de dagen aan, of voeg de persoon eerst aan het gezin toe."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BeforeOpenYears(Refusal):
    """All days of a draw lie before the oldest year that is still open."""

    code: ClassVar[str] = "periode-voor-oudste-open-jaar"
    until_date: date
    oldest_open_year: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp eindigt vóór {day_text(self.until_date)}, en het oudste open jaar is"
            f" {self.oldest_open_year}. Kies dagen in een open jaar, of vraag de financiële"
            " administratie hoe deze kosten in een open jaar komen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TooFarAhead(Refusal):
    """A draw starts further ahead than anybody can plan."""

    code: ClassVar[str] = "periode-te-ver-vooruit"
    from_date: date
    latest_start: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De hulp begint op {day_text(self.from_date)}; dat is meer dan twee jaar"
            f" vooruit. Vraag hulp aan die uiterlijk op {day_text(self.latest_start)} begint."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SameHelpTwice(Refusal):
    """The same help for the same person on the same days was granted before, or waits for that."""

    code: ClassVar[str] = "hulp-dubbel"
    kind: str
    person: UUID
    from_date: date
    until_date: date
    rule: str = "E36"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        last = self.until_date - timedelta(days=1)
        return (
            f"Deze hulp ({self.kind}) is voor persoon {self.person} al toegekend, of wacht op"
            f" akkoord, van {day_text(self.from_date)} t/m {day_text(last)}."
            " Kies andere dagen, of vraag een verhoging van die hulp."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SecondProviderWithoutReason(Refusal):
    """Another provider would give the same help on the same days, and nobody says why."""

    code: ClassVar[str] = "tweede-aanbieder-zonder-reden"
    kind: str
    person: UUID
    provider: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Deze hulp ({self.kind}) wordt op deze dagen al aan persoon {self.person} gegeven door"
            f" {self.provider}. Geef de reden waarom een tweede aanbieder nodig is, of pas de"
            " dagen aan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class ProviderBarred(Refusal):
    """The provider is barred on a day of the help."""

    code: ClassVar[str] = "aanbieder-uitgesloten"
    provider: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Aanbieder {self.provider} is op {day_text(self.day)} uitgesloten. Kies een andere"
            " aanbieder, of dagen waarop zij is toegelaten; de reden staat in het register."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BookedTooEarly(Refusal):
    """Something would be booked on a day on which what it works on was not in the books yet."""

    code: ClassVar[str] = "boekdatum-te-vroeg"
    booking_date: date
    earliest: date
    since: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De boekdatum {day_text(self.booking_date)} ligt vóór {day_text(self.earliest)}:"
            f" {self.since}. Kies {day_text(self.earliest)} of een latere dag, of laat de"
            " boekdatum weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownDraw(Refusal):
    """There is no such draw for this actor."""

    code: ClassVar[str] = "trekking-niet-gevonden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return "Deze trekking is niet bekend. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class NotAwaiting(Refusal):
    """A draw waits for nobody's approval, or not any more."""

    code: ClassVar[str] = "trekking-wacht-niet"
    draw: str
    outcome: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} wacht niet op akkoord: de uitkomst is {self.outcome}."
            " Bekijk de trekking; wie anders besloot, staat erbij."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class OwnDraw(Refusal):
    """Somebody judges a draw that he asked for himself."""

    code: ClassVar[str] = "eigen-trekking"
    draw: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"U vroeg trekking {self.draw} zelf aan; een ander beoordeelt haar. Vraag een collega"
            " met hetzelfde of een hoger mandaat."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class AboveOwnLevel(Refusal):
    """A draw waits for a level above that of whoever judges."""

    code: ClassVar[str] = "mandaat-te-laag"
    draw: str
    needed: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} wacht op akkoord van een {self.needed}."
            f" Leg haar voor aan een {self.needed}."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RejectionWithoutReason(Refusal):
    """A draw is rejected without a reason that counts, or approved with one."""

    code: ClassVar[str] = "afkeurreden-ongeldig"
    draw: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Geef bij het afkeuren van trekking {self.draw} een reden: nut, persoon, soort of"
            " rechtmatigheid, met een toelichting, en bij een akkoord geen reden. Dat er geen geld"
            " is, is geen reden: dan blijft de hulp staan en zoekt de gemeente dekking."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UsedSince(Refusal):
    """A grant is reversed although its money was delivered, released or settled since."""

    code: ClassVar[str] = "trekking-sindsdien-gebruikt"
    draw: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Trekking {self.draw} is sinds deze boeking gebruikt: er is geleverd, vrijgevallen of"
            " verrekend. Boek eerst terug wat daarna kwam, het laatste eerst."
        )
