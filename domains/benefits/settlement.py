"""What of a saving may be settled between two domains, by the agreement that they made.

The outcome is a proposal for a begrotingswijziging, never a transfer. A saving counts from the
first euro once it is too large to be chance; what is paid is bounded by what the payer put in and
by what the receiver would have spent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

_ONE_SIDED: Final = Fraction("1.645")
"""Standard errors that chance exceeds one time in twenty, on one side."""


class Outcome(StrEnum):
    """Why a settlement is what it is."""

    SHARED = "gedeeld"
    """The agreed share of the saving."""
    CAPPED_BY_INVESTMENT = "begrensd-door-inzet"
    """Never more than a multiple of what the payer put in."""
    CAPPED_BY_BENCHMARK = "begrensd-door-ontvanger"
    """Never more than a part of what the receiver would have spent."""
    BELOW_RATE = "onder-minimum"
    """The change is so small that it can be chance."""
    BELOW_FLOOR = "onder-drempel"
    """The amount is too small to change a budget for."""
    QUALITY = "kwaliteit-gedaald"
    """Waiting times or crisis placements rose: less care is no saving."""
    NO_SAVING = "geen-besparing"
    """Nothing was saved, and losses are not shared yet."""
    LOSS_SHARED = "verlies-gedeeld"
    """The agreed share of a loss."""
    LOSS_LIMITED = "verlies-begrensd"
    """Idem, never more than a part of what the receiver would have spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStep:
    """The least rate of saving for a class of numbers of families, linear inside the class."""

    first: int
    last: int | None
    at_first: Fraction
    at_last: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What two domains agreed on sharing savings. All rates are parts of one."""

    least_rates: tuple[RateStep, ...]
    """The least saving, as a part of the costs without help, by the number of families."""
    share: Fraction
    """What of the payer's cashable saving is shared."""
    investment_cap: Fraction
    """How many times its investment a payer can get at most."""
    benchmark_cap: Fraction
    floor_cents: int
    one_sided_years: int
    """Years in which losses are not shared."""
    loss_share: Fraction
    loss_limit: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured between one payer and one receiver, in a year of the agreement."""

    year: int
    """Counted from 1."""
    families: int
    counterfactual_cents: int
    saving_cents: int
    error_cents: int
    """The standard error of the saving."""
    payer_cents: int
    """What of the saving is attributed to the payer."""
    cashable: Fraction
    """What part of it the receiver can really spend less."""
    invested_cents: int
    quality_holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the receiver would give to the payer; below zero the payer bears a loss."""

    amount_cents: int
    outcome: Outcome


def least_rate(steps: Sequence[RateStep], families: int) -> Fraction:
    """Give the agreed least rate of saving for a number of families.

    :raises ValueError: the agreement has no class for it.
    """
    for step in steps:
        if step.first <= families and (step.last is None or families <= step.last):
            if step.last is None:
                return step.at_first
            passed = Fraction(families - step.first, step.last - step.first)
            return step.at_first + passed * (step.at_last - step.at_first)
    raise ValueError(families)


def settle(agreement: Agreement, measured: Measured) -> Settlement:
    """Say what is settled; cents are rounded towards nothing, so never more than agreed."""
    benchmark = measured.counterfactual_cents
    needed = max(
        least_rate(agreement.least_rates, measured.families) * benchmark,
        _ONE_SIDED * measured.error_cents,
    )
    if not measured.quality_holds:
        return Settlement(amount_cents=0, outcome=Outcome.QUALITY)
    if measured.saving_cents <= 0 and measured.year <= agreement.one_sided_years:
        return Settlement(amount_cents=0, outcome=Outcome.NO_SAVING)
    if measured.saving_cents == 0 or abs(measured.saving_cents) < needed:
        return Settlement(amount_cents=0, outcome=Outcome.BELOW_RATE)
    if measured.saving_cents < 0:
        return _loss(agreement, measured)
    return _gain(agreement, measured)


def _gain(agreement: Agreement, measured: Measured) -> Settlement:
    bounds = {
        Outcome.SHARED: agreement.share * measured.cashable * measured.payer_cents,
        Outcome.CAPPED_BY_INVESTMENT: agreement.investment_cap * measured.invested_cents,
        Outcome.CAPPED_BY_BENCHMARK: agreement.benchmark_cap * measured.counterfactual_cents,
    }
    outcome = min(bounds, key=bounds.__getitem__)
    amount = bounds[outcome]
    if amount <= 0:
        return Settlement(amount_cents=0, outcome=Outcome.NO_SAVING)
    if amount < agreement.floor_cents:
        return Settlement(amount_cents=0, outcome=Outcome.BELOW_FLOOR)
    return Settlement(amount_cents=int(amount), outcome=outcome)


def _loss(agreement: Agreement, measured: Measured) -> Settlement:
    shared = max(Fraction(0), -agreement.loss_share * measured.cashable * measured.payer_cents)
    limit = agreement.loss_limit * measured.counterfactual_cents
    outcome = Outcome.LOSS_SHARED if shared <= limit else Outcome.LOSS_LIMITED
    return Settlement(amount_cents=-int(min(shared, limit)), outcome=outcome)
