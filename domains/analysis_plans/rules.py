"""Which interventions and which plans can be recorded, and why others cannot."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final
from uuid import UUID

from domains.analysis_plans.model import AnalysisPlan, Intervention, PlannedAnalysis
from domains.benefits.methods.model import MOST_INTERVENTIONS
from domains.benefits.policy_domains import stretches_of
from domains.benefits.refusals import TooManyInterventions
from domains.eligibility.catalogue import KINDS
from domains.eligibility.rules import help_kind
from ledger.accounts import netstring
from ledger.refusals import Refusal

MOST_YEARS: Final = 10
"""The longest panel."""
FIRST_YEAR: Final = 2000


@dataclass(kw_only=True, unsafe_hash=True)
class KindInOtherIntervention(Refusal):
    """A kind of help belongs to another intervention already."""

    code: ClassVar[str] = "soort-hulp-elders-ingedeeld"
    kind: str
    intervention: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Soort hulp '{self.kind}' hoort al bij interventie {self.intervention}; kosten zouden"
            " dubbel tellen. Haal haar daar eerst weg."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownIntervention(Refusal):
    """There is no intervention with this code."""

    code: ClassVar[str] = "interventie-onbekend"
    intervention: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        known = self.known or "er is er nog geen vastgelegd"
        return f"Interventie '{self.intervention}' is niet bekend ({known}). Leg haar eerst vast."


@dataclass(kw_only=True, unsafe_hash=True)
class PlanMonthsInvalid(Refusal):
    """The months of a plan are no months, not in order, or too many."""

    code: ClassVar[str] = "analyseplan-maanden-ongeldig"
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De maanden van het plan kloppen niet: {self.reason}. De instroom ligt binnen de"
            f" maanden waarover gemeten wordt, en dat zijn er hooguit {MOST_YEARS * 12}."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PriceBaseOutsidePlan(Refusal):
    """Amounts would be told in prices of a year in which nothing of the plan was paid."""

    code: ClassVar[str] = "prijspeil-buiten-plan"
    year: int
    first: int
    last: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het plan meet kosten van {self.first} tot en met {self.last}, en die worden niet"
            f" omgerekend; prijspeil {self.year} kan dan niet. Kies een van die jaren."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PlansOverlap(Refusal):
    """Another plan measures the same starts of the same intervention in the same domain."""

    code: ClassVar[str] = "analyseplannen-overlappen"
    plan: str
    title: str
    interventions: str
    domains: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Plan '{self.title}' ({self.plan}) meet in dezelfde maanden van instroom al"
            f" {self.interventions} voor {self.domains}; een baat zou twee keer geboekt worden."
            " Trek dat plan eerst in, of kies andere maanden."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownAnalysisPlan(Refusal):
    """There is no analysis plan with this number."""

    code: ClassVar[str] = "analyseplan-onbekend"
    plan: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Analyseplan {self.plan} bestaat niet. Controleer het nummer en de gemeente."


@dataclass(kw_only=True, unsafe_hash=True)
class PlanWithdrawn(Refusal):
    """The plan was withdrawn."""

    code: ClassVar[str] = "analyseplan-ingetrokken"
    plan: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Analyseplan {self.plan} is ingetrokken. Registreer een nieuw plan."


def id_of(*says: str | Sequence[str]) -> UUID:
    """Make an id from what is laid down (RFC 9562, version 8: SHA-256 over netstrings).

    A list goes in as one text, its parts apart by U+001F. The answer to the request that laid it
    down holds the id, so the chain proves every word of it; see ``checks.py``.
    """
    texts = (each if isinstance(each, str) else "\x1f".join(each) for each in says)
    digest = bytearray(hashlib.sha256("".join(map(netstring, texts)).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def new_versions(
    asked: Sequence[Intervention], known: Sequence[Intervention]
) -> tuple[Intervention, ...]:
    """Give what of a list is not there yet as it is asked; refuse a kind that counts twice.

    :raises domains.eligibility.rules.UnknownHelpKind: there is no such kind of help.
    :raises KindInOtherIntervention: a kind belongs to another intervention, or to two of the list.
    """
    standing = {each.code: each for each in known}
    after = standing | {each.code: each for each in asked}
    belongs: dict[str, str] = {}
    for each in after.values():
        for kind in each.kinds:
            help_kind(kind, KINDS)
            if belongs.setdefault(kind, each.code) != each.code:
                raise KindInOtherIntervention(kind=kind, intervention=belongs[kind])
    return tuple(each for code, each in after.items() if standing.get(code) != each)


def check_plan(
    asked: PlannedAnalysis,
    *,
    known: Mapping[str, Intervention],
    standing: Sequence[AnalysisPlan],
) -> None:
    """Refuse a plan that cannot be carried out, or that measures what another one measures.

    :raises PlanMonthsInvalid: its months are not in order.
    :raises PriceBaseOutsidePlan: nothing is paid in prices of that year.
    :raises domains.benefits.refusals.TooManyInterventions: more than can be told apart.
    :raises UnknownIntervention: one of them was never recorded.
    :raises domains.benefits.policy_domains.UnknownDomain: there is no such domain.
    :raises domains.benefits.policy_domains.DomainRegrouped: a domain was split or merged halfway.
    :raises PlansOverlap: another plan measures the same starts.
    """
    _check_months(asked)
    first, last = asked.first_month.year, (asked.until_month - timedelta(days=1)).year
    if not first <= asked.price_base <= last:
        raise PriceBaseOutsidePlan(year=asked.price_base, first=first, last=last)
    if len(asked.interventions) > MOST_INTERVENTIONS:
        raise TooManyInterventions(count=len(asked.interventions), most=MOST_INTERVENTIONS)
    for code in asked.interventions:
        if code not in known:
            raise UnknownIntervention(intervention=code, known=", ".join(sorted(known)))
    measured = set(_measured(asked))
    for plan in standing:
        if plan.withdrawn or not _starts_overlap(plan.asked, asked):
            continue
        interventions = sorted(set(plan.asked.interventions) & set(asked.interventions))
        domains = sorted(measured & set(_measured(plan.asked)))
        if interventions and domains:
            raise PlansOverlap(
                plan=str(plan.id),
                title=plan.asked.title,
                interventions=", ".join(interventions),
                domains=", ".join(domains),
            )


def check_standing(plan: AnalysisPlan) -> None:
    """Refuse a plan that was withdrawn.

    :raises PlanWithdrawn: it was.
    """
    if plan.withdrawn:
        raise PlanWithdrawn(plan=str(plan.id))


def _measured(asked: PlannedAnalysis) -> tuple[str, ...]:
    measured, _ = stretches_of(
        asked.domains, from_date=asked.first_month, until_date=asked.until_month
    )
    return measured


def _starts_overlap(one: PlannedAnalysis, other: PlannedAnalysis) -> bool:
    return one.starts_from < other.starts_until and other.starts_from < one.starts_until


def _check_months(asked: PlannedAnalysis) -> None:
    days = (asked.first_month, asked.starts_from, asked.starts_until, asked.until_month)
    if any(day.day != 1 for day in days):
        raise PlanMonthsInvalid(reason="geef van elke maand de eerste dag")
    in_order = asked.first_month <= asked.starts_from < asked.starts_until <= asked.until_month
    if not in_order:
        raise PlanMonthsInvalid(reason="ze staan niet op volgorde")
    if asked.first_month.year < FIRST_YEAR:
        raise PlanMonthsInvalid(reason=f"van vóór {FIRST_YEAR} zijn er geen boeken")
    if asked.until_month > _years_later(asked.first_month, MOST_YEARS):
        raise PlanMonthsInvalid(reason="het zijn er te veel")


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + years)
