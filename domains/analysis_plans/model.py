"""What was given to families, and the plan by which its effect will be estimated."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domains.benefits.diagnostics import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Kinds of help that are looked at as one; a later version takes an earlier one's place."""

    code: str
    name: str
    kinds: tuple[str, ...]
    """Codes of kinds of help (soorten hulp), sorted; a kind belongs to one intervention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAnalysis:
    """What somebody wants to estimate: said before the estimation, never changed after it.

    All days are first days of a month, and every last one is exclusive.
    """

    title: str
    interventions: tuple[str, ...]
    domains: tuple[str, ...]
    """The receiving domains; parts of a domain that was split halfway are all named."""
    starts_from: date
    """The first month in which help may begin that is measured."""
    starts_until: date
    first_month: date
    until_month: date
    assignment: Assignment
    window_months: int
    """Months just before the help that count for nothing."""
    price_base: int
    """The year whose prices the amounts are told in; recorded, and nothing is converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisPlan:
    """A plan that was registered."""

    id: UUID
    """Made from all that the plan says, so that the chain, which holds it, proves the plan."""
    asked: PlannedAnalysis
    interventions: tuple[Intervention, ...]
    """As they stood when the plan was registered, in the order of their codes."""
    registered_at: datetime
    registered_after: int
    """The last link of the chain at that moment."""
    actor: str
    withdrawn: bool
