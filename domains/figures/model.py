"""Nouns of the figures: a row of utilisation (uitputting), and a variance of price and volume."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Grouping(StrEnum):
    """What the rows of a utilisation are about."""

    DOMAIN = "domein"
    DISTRICT = "wijk"
    PROGRAMME = "programma"
    FUND = "middel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was budgeted, is reserved and was spent, in whole cents."""

    budget_cents: int
    reserved_cents: int
    spent_cents: int

    @property
    def committed_cents(self) -> int:
        """Return what is certain: spent and reserved."""
        return self.spent_cents + self.reserved_cents

    @property
    def left_cents(self) -> int:
        """Return what is left of the budget; below zero where more is committed."""
        return self.budget_cents - self.committed_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilisationRow:
    """How far one domain, district, programme or fund is used up."""

    code: str
    """Empty for what belongs to none, such as money that no district got yet."""
    name: str
    used: Used
    forecast_cents: int
    """What will be spent by the end of the year, if it goes on like this."""

    @property
    def expected_left_cents(self) -> int:
        """Return what the forecast leaves of the budget."""
        return self.used.budget_cents - self.forecast_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilisation:
    """How far the budgets of a year were used up on a date, and all of it together."""

    year: int
    on: date
    known_up_to: int
    grouping: Grouping
    rows: tuple[UtilisationRow, ...]
    total: UtilisationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What lies on an account of the book BUDGET: its code, its fund and where it belongs."""

    code: str
    fund: str
    taakveld: str
    programme: str
    wijk: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was granted and what was delivered of a product by a provider over the same days."""

    category: str
    product: str
    unit: str
    """Empty where only a budget was granted."""
    provider: str
    granted_volume_e4: int
    granted_cents: int
    """All that was granted; together they make the granted price."""
    planned_volume_e4: int
    planned_cents: int
    """What of that falls on the days that are compared."""
    volume_e4: int
    amount_cents: int
    """What was delivered by volume, or of a budget without one."""
    without_volume_cents: int
    """What was delivered as an amount: it has no price and no volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """Why the costs of a product differ from what was granted, in whole cents."""

    delivered: Delivered
    price_cents: int
    """What the delivered volume cost more than at the granted price."""
    volume_cents: int
    """What more volume than granted costs at the granted price."""

    @property
    def total_cents(self) -> int:
        """Return the whole difference; price and volume are all of it."""
        return self.delivered.amount_cents - self.delivered.planned_cents
