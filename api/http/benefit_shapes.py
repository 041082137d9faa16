"""How an estimate of a domain benefit is told, wherever it appears."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.http.wire import Antwoord, Bedrag, amount
from domains.benefits.report.model import EstimateReport
from domains.benefits.report.rules import in_words


class Diagnose(Antwoord, frozen=True, kw_only=True):
    """Something that was looked at to doubt an estimate."""

    naam: str
    uitkomst: str


class Schatting(Antwoord, frozen=True, kw_only=True):
    """An estimate: what some help changed in the costs of a domain, and how sure that is.

    Without a number ``melding`` says why.
    """

    id: UUID
    interventies: list[str]
    domein: str
    gezinnen_met_hulp: int
    vergelijkingsgezinnen: int
    gezinsmaanden: int
    werkelijk: Bedrag | None
    zonder_hulp: Bedrag | None
    besparing: Bedrag | None
    standaardfout: Bedrag | None
    ondergrens: Bedrag | None
    bovengrens: Bedrag | None
    verhouding: str | None
    """Costs with help as a part of what they would have been, with its interval."""
    verhouding_van: str | None
    verhouding_tot: str | None
    graad: str
    twijfel: list[str]
    omslagpunt: str
    diagnoses: list[Diagnose]
    code: str
    melding: str


def estimate_on_wire(found: EstimateReport) -> Schatting:
    """Tell an estimate."""
    point = found.diagnostics.get("omslagpunt")
    return Schatting(
        id=found.id,
        interventies=list(found.exposure),
        domein=found.domain,
        gezinnen_met_hulp=found.treated,
        vergelijkingsgezinnen=found.compared,
        gezinsmaanden=found.family_months,
        werkelijk=_maybe(found.actual_cents),
        zonder_hulp=_maybe(found.counterfactual_cents),
        besparing=_maybe(found.saving_cents),
        standaardfout=_maybe(found.error_cents),
        ondergrens=_maybe(found.low_cents),
        bovengrens=_maybe(found.high_cents),
        verhouding=_text(found.ratio),
        verhouding_van=_text(found.ratio_low),
        verhouding_tot=_text(found.ratio_high),
        graad=found.grade,
        twijfel=list(found.doubts),
        omslagpunt=in_words([] if point is None else [point], saved=(found.saving_cents or 0) > 0),
        diagnoses=_diagnoses(found.diagnostics),
        code=found.refusal,
        melding=found.refusal_text,
    )


def _diagnoses(found: Mapping[str, Any]) -> list[Diagnose]:
    return [Diagnose(naam=name, uitkomst=_outcome(value)) for name, value in found.items()]


def _outcome(value: Any) -> str:
    """Write a number, a list or named numbers as text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_outcome(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "; ".join(_outcome(each) for each in value) or "niet te bepalen"
    if value is None:
        return "niet te bepalen"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _text(ratio: float | None) -> str | None:
    return None if ratio is None else f"{ratio:.4f}"


def _maybe(cents: int | None) -> Bedrag | None:
    return None if cents is None else amount(cents)
