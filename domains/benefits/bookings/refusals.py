"""The ways in which the book of domain benefits says no."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class StudyUnknown(Refusal):
    """There is no such study in this gemeente."""

    code: ClassVar[str] = "effectstudie-onbekend"
    study: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Effectstudie {self.study} bestaat niet in uw gemeente. Controleer het nummer."


@dataclass(kw_only=True, unsafe_hash=True)
class StudySuperseded(Refusal):
    """A later study of the same plan stands."""

    code: ClassVar[str] = "effectstudie-verouderd"
    study: str
    number: int
    newest: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Effectstudie {self.study} is nummer {self.number} van haar plan en nummer"
            f" {self.newest} is de laatste. Boek de laatste studie."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class StudyOfOlderBooks(Refusal):
    """A study rests on an older state of the books than one that stands."""

    code: ClassVar[str] = "effectstudie-van-oudere-stand"
    chain_number: int
    newest: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Deze studie rust op de boeken tot schakel {self.chain_number} en er ligt al een"
            f" studie tot schakel {self.newest}. Schat opnieuw op de stand van nu."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PlanStands(Refusal):
    """The benefits of a plan would be booked back that was not withdrawn."""

    code: ClassVar[str] = "analyseplan-niet-ingetrokken"
    plan: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Analyseplan {self.plan} staat nog. Trek het eerst in; boek daarna de domeinbaten"
            " ervan terug."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class OverlappingStudies(Refusal):
    """Another plan claims savings of the same families, in the same domain and quarter."""

    code: ClassVar[str] = "domeinbaat-dubbel"
    title: str
    receiver: str
    period: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Plan '{self.title}' telt in domein {self.receiver} al gezinnen van deze studie mee"
            f" in het kwartaal vanaf {self.period}; één besparing telt één keer. Neem de"
            " interventies in één plan op, of trek het andere plan in en boek het terug."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class MeasuredAlready(Refusal):
    """A benefit is forecast where one was measured."""

    code: ClassVar[str] = "raming-na-meting"
    receiver: str
    cohort: str
    period: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van instroom {self.cohort} is in domein {self.receiver} het kwartaal vanaf"
            f" {self.period} al gemeten. Raam alleen kwartalen die nog niet gemeten zijn."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidForecast(Refusal):
    """A forecast lacks something, or looks too far ahead."""

    code: ClassVar[str] = "raming-ongeldig"
    field: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Van deze raming klopt '{self.field}' niet. Geef 1 tot 12 kwartalen vanaf de eerste"
            " dag van een kwartaal, een halfjaar van instroom zoals 2024-1, aftrek en terugloop"
            " tussen 0 en 1, graad D of E, een bron, wie betaalt, en een uitkomst van hooguit 13"
            " cijfers vóór de komma."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NothingToSign(Refusal):
    """An estimate has no measured lines that wait for a signature."""

    code: ClassVar[str] = "niets-te-bekrachtigen"
    estimate: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Schatting {self.estimate} heeft geen gemeten domeinbaten die op bekrachtiging"
            " wachten. Boek eerst de laatste studie en neem een schatting daarvan."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class GradeTooLow(Refusal):
    """An estimate is too doubtful to be signed."""

    code: ClassVar[str] = "graad-te-laag"
    estimate: str
    grade: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Schatting {self.estimate} heeft graad {self.grade}; alleen A en B worden bekrachtigd."
            " Neem de twijfel weg die bij de schatting staat, en schat opnieuw."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotAParty(Refusal):
    """A domain neither receives nor contributes to an estimate on the side that is signed for."""

    code: ClassVar[str] = "domein-geen-partij"
    estimate: str
    side: str
    domain: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Domein '{self.domain}' is bij schatting {self.estimate} geen {self.side}."
            " Teken voor het ontvangende domein of voor een domein dat bijdroeg; een controller"
            " noemt geen domein."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotBudgetHolder(Refusal):
    """Somebody signs for a budget that he does not hold."""

    code: ClassVar[str] = "niet-de-budgethouder"
    domain: str
    holder: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        held = f"{self.holder} houdt dat budget" if self.holder else "niemand is aangewezen"
        return (
            f"U houdt het budget van domein {self.domain} niet; {held}. Laat de budgethouder"
            " tekenen, of leg vast wie dat is."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class NotController(Refusal):
    """Somebody signs as controller who is none."""

    code: ClassVar[str] = "niet-de-controller"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Alleen een controller tekent voor de twijfel bij een schatting. Vraag een controller."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SamePersonSigns(Refusal):
    """One person would sign for two sides (four eyes)."""

    code: ClassVar[str] = "vier-ogen"
    estimate: str
    side: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"U tekende schatting {self.estimate} al als {self.side}. Laat een ander tekenen voor"
            " de andere kant: vier ogen."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class SignedAlready(Refusal):
    """A side of an estimate was signed for before."""

    code: ClassVar[str] = "al-getekend"
    estimate: str
    side: str
    domain: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        domain = f" {self.domain}" if self.domain else ""
        return (
            f"Voor {self.side}{domain} is schatting {self.estimate} al getekend."
            " Er is niets meer te doen."
        )
