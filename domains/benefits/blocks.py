"""Blocks: the parts of an estimate that are booked in one go, and who gets what of each.

A block is one receiving domain, in one quarter, of the families that began in one half-year with
exactly one set of interventions. All is whole cents here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domains.benefits.attribution import Share, Worth, attribute
from domains.benefits.methods.shapley import SHAPLEY

MONTHS_A_QUARTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why there is no number, or nobody to give it to: the code of a refusal and its words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of an estimate, with all that its division follows from."""

    cohort: str
    """The half-year in which help began, such as ``2024-1``."""
    exposure: tuple[str, ...]
    """The exact set of interventions, sorted."""
    receiver: str
    period: date
    """The first day of the quarter."""
    counterfactual_cents: int
    saving_cents: int
    worth: Worth | None
    """What each combination of interventions saves; nothing where that is not known."""
    paid: Mapping[str, Mapping[str, int]]
    """Cents per intervention and paying domain, up to the end of the quarter."""
    families: tuple[UUID, ...]
    keys: tuple[int, ...]
    """Per family its costs without help: the key to allot by."""
    reason: Reason | None
    """Why nobody can be said to have brought this saving about; nothing where that is known."""


def next_quarter(period: date) -> date:
    """Give the first day after a quarter."""
    month = period.month + MONTHS_A_QUARTER
    return date(period.year + month // 13, (month - 1) % 12 + 1, 1)


def quarter_of(day: date) -> date:
    """Give the first day of the quarter that a day lies in."""
    return date(day.year, (day.month - 1) // MONTHS_A_QUARTER * MONTHS_A_QUARTER + 1, 1)


def divided(worth: Worth, paid: Mapping[str, Mapping[str, int]]) -> tuple[Share, ...]:
    """Divide the saving of a block over interventions and payers, as the book does: by Shapley.

    :raises domains.benefits.refusals.InterventionWithoutPayer: nobody paid for an intervention
        that has a share.
    """
    return attribute(worth, method=SHAPLEY, paid=paid)


def by_payer(shares: tuple[Share, ...]) -> dict[str, int]:
    """Sum shares per payer, in the order of their codes; they sum to the saving."""
    totals: dict[str, int] = {}
    for share in sorted(shares, key=lambda each: each.payer):
        totals[share.payer] = totals.get(share.payer, 0) + share.amount_cents
    return totals
