"""Divides a saving over the interventions behind it, and on to whoever paid for them, to the cent.

This is where estimates become whole cents: the worth of every combination of interventions is
rounded once, and from there on everything is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from domains.benefits.methods.model import MOST_INTERVENTIONS, Method
from domains.benefits.refusals import (
    InterventionNotMeasured,
    InterventionWithoutPayer,
    TooManyInterventions,
)
from ledger.money import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What every combination of interventions saves in one receiving domain and block."""

    interventions: tuple[str, ...]
    """In the order in which they began."""
    cents: tuple[int, ...]
    """Per combination, as ``methods/model.py`` numbers them."""
    modelled: tuple[int, ...]
    """The combinations that nobody had alone, so that they follow from their parts."""

    @property
    def saving_cents(self) -> int:
        """What all of them together save: what there is to divide."""
        return self.cents[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of a saving comes to who paid for an intervention; below zero for a loss."""

    intervention: str
    payer: str
    amount_cents: int


def worth_of(
    interventions: Sequence[str],
    *,
    counterfactual_cents: int,
    ratios: Mapping[frozenset[str], float],
) -> Worth:
    """Say what every combination saves: the costs without help, less what the ratio leaves.

    ``ratios`` are those that could be estimated, so of at least 30 families with exactly that
    combination. Any other combination gets the product of the ratios of its parts.

    :raises TooManyInterventions: there are more than 20.
    :raises InterventionNotMeasured: an intervention has no ratio by itself where one is needed.
    """
    count = len(interventions)
    if count > MOST_INTERVENTIONS:
        raise TooManyInterventions(count=count, most=MOST_INTERVENTIONS)
    measured = {
        sum(1 << place for place, each in enumerate(interventions) if each in combination): ratio
        for combination, ratio in ratios.items()
        if combination and combination <= frozenset(interventions)
    }
    # The product of the parts of a combination: that of all but its last one, times the last.
    product: list[float | None] = [1.0]
    for place in range(count):
        alone = measured.get(1 << place)
        product += [
            None if alone is None or before is None else before * alone for before in product
        ]
    cents, modelled = [0], []
    for combination in range(1, 1 << count):
        ratio = measured.get(combination, product[combination])
        if ratio is None:
            missing = next(
                each
                for place, each in enumerate(interventions)
                if combination >> place & 1 and 1 << place not in measured
            )
            raise InterventionNotMeasured(intervention=missing)
        if combination not in measured:
            modelled.append(combination)
        cents.append(round(counterfactual_cents * (1 - Fraction(ratio))))
    return Worth(interventions=tuple(interventions), cents=tuple(cents), modelled=tuple(modelled))


def attribute(
    worth: Worth, *, method: Method, paid: Mapping[str, Mapping[str, int]]
) -> tuple[Share, ...]:
    """Divide a saving over interventions by a method and over payers by what they paid.

    ``paid`` gives cents per intervention and payer, from the books. The shares sum to the saving.

    :raises InterventionWithoutPayer: nobody paid for an intervention that has a share.
    :raises domains.benefits.refusals.NoProportion: the method has nothing to go by.
    """
    exact: dict[tuple[str, str], Fraction] = {}
    for intervention, share in zip(worth.interventions, method.shares(worth.cents), strict=True):
        payers = paid.get(intervention, {})
        total = sum(payers.values())
        if total <= 0 and share != 0:
            raise InterventionWithoutPayer(intervention=intervention)
        for payer, cents in sorted(payers.items()):
            if cents:
                exact[intervention, payer] = share * cents / total
    amounts = allot(worth.saving_cents, list(exact.values()))
    return tuple(
        Share(intervention=intervention, payer=payer, amount_cents=amount)
        for (intervention, payer), amount in zip(exact, amounts, strict=True)
    )


def allot(total_cents: int, exact: Sequence[Fraction]) -> tuple[int, ...]:
    """Round exact shares of a whole amount to cents, some of them perhaps below zero.

    The amounts sum to the total and each is less than a cent off. A share below zero cannot be a
    weight, so whole cents go first and only what is left of them is split.
    """
    sign = -1 if total_cents < 0 else 1
    whole = [sign * share // 1 for share in exact]
    rest = [sign * share - cents for share, cents in zip(exact, whole, strict=True)]
    left = sign * total_cents - sum(whole)
    extra = split(left, rest) if left else (0,) * len(whole)
    return tuple(sign * (cents + more) for cents, more in zip(whole, extra, strict=True))
