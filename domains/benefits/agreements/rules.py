"""What an agreement may say, and what it gives over one of its years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from uuid import UUID

import numpy as np

from domains import chart
from domains.benefits.agreements.model import (
    AgreementOrder,
    BudgetPlace,
    Cashable,
    CashableClass,
    KeptAgreement,
    KeptSettlement,
    SettlementOrder,
    StandingShare,
)
from domains.benefits.agreements.refusals import (
    InvalidAgreement,
    InvalidCashable,
    NoAgreement,
    NothingSigned,
    OverlappingAgreements,
    SettlementChanged,
    SettlementNotAdopted,
    SettlementSuperseded,
)
from domains.benefits.bookings.model import Key, State
from domains.benefits.bookings.rules import Amounts
from domains.benefits.panel import Floats
from domains.benefits.settlement import Agreement, Measured, Outcome, RateStep, Settlement, settle
from domains.budget_changes.model import BudgetChange, ChangeLine, Duration
from domains.budgets.mapping import Side
from domains.council.model import Cause
from ledger.money import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year of an agreement, counted from its first day."""

    number: int
    from_date: date
    until_date: date


def check_agreement(order: AgreementOrder) -> None:
    """Refuse an agreement that cannot be kept.

    :raises InvalidAgreement: naming what is wrong.
    """
    terms = order.terms
    parts = {
        "deel": terms.share,
        "begrenzingOntvanger": terms.benchmark_cap,
        "deelVerlies": terms.loss_share,
        "begrenzingVerlies": terms.loss_limit,
    }
    checks = (
        ("ontvanger", bool(order.receiver)),
        ("betaler", bool(order.contributor) and order.contributor != order.receiver),
        ("totEnMet", order.from_date < order.until_date),
        *((field, 0 <= part <= 1) for field, part in parts.items()),
        ("begrenzingInzet", terms.investment_cap >= 0),
        ("drempel", terms.floor_cents >= 0),
        ("jarenZonderVerlies", terms.one_sided_years >= 0),
        ("minima", _covers_all(terms.least_rates)),
        ("besluit", bool(order.decision.strip())),
    )
    for field, holds in checks:
        if not holds:
            raise InvalidAgreement(field=field)


def _covers_all(steps: Sequence[RateStep]) -> bool:
    """Say whether every number of families has one least rate."""
    expected: int | None = 1
    for step in steps:
        if step.first != expected or not all(
            0 <= rate <= 1 for rate in (step.at_first, step.at_last)
        ):
            return False
        if step.last is not None and step.last <= step.first:
            return False
        expected = None if step.last is None else step.last + 1
    return bool(steps) and expected is None


def check_apart(
    order: AgreementOrder, others: Sequence[KeptAgreement], *, own: UUID | None
) -> None:
    """Refuse a second agreement between the same domains on a day.

    :raises OverlappingAgreements: another one holds then.
    """
    for each in others:
        same = (each.order.receiver, each.order.contributor) == (order.receiver, order.contributor)
        overlap = (
            each.order.from_date < order.until_date and order.from_date < each.order.until_date
        )
        if same and overlap and each.id != own:
            raise OverlappingAgreements(agreement=str(each.id))


def check_cashable(cashable: Cashable) -> None:
    """Refuse what contradicts itself.

    :raises InvalidCashable: naming what is wrong.
    """
    steps = cashable.kind is CashableClass.STEPS
    none = cashable.kind is CashableClass.CAPACITY
    checks = (
        ("domein", bool(cashable.domain)),
        ("deel", 0 <= cashable.part <= 1 and none == (cashable.part == 0)),
        ("stap", cashable.step_cents > 0 if steps else cashable.step_cents == 0),
        ("besluit", bool(cashable.decision.strip())),
    )
    for field, holds in checks:
        if not holds:
            raise InvalidCashable(field=field)


def agreement_for(
    order: SettlementOrder, agreements: Sequence[KeptAgreement]
) -> tuple[KeptAgreement, Year]:
    """Find the agreement of two domains on a day, with the year of it.

    :raises NoAgreement: they have none.
    """
    for each in agreements:
        known = each.order
        if (known.receiver, known.contributor) == (order.receiver, order.contributor) and (
            known.from_date <= order.on < known.until_date
        ):
            return each, _year(known, order.on)
    raise NoAgreement(receiver=order.receiver, contributor=order.contributor, on=order.on)


def _year(order: AgreementOrder, day: date) -> Year:
    """Give the year of an agreement that a day lies in."""
    first = order.from_date
    passed = day.year - first.year - ((day.month, day.day) < (first.month, first.day))
    return Year(
        number=passed + 1,
        from_date=_years_later(first, passed),
        until_date=min(_years_later(first, passed + 1), order.until_date),
    )


def _years_later(day: date, years: int) -> date:
    """Give the same day some years later; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def measured_of(
    shares: Sequence[StandingShare],
    *,
    order: SettlementOrder,
    year: Year,
    cashable: Cashable,
    covariances: Mapping[UUID, Floats],
) -> Measured:
    """Sum up what was signed between two domains in a year of their agreement.

    :raises NothingSigned: there is nothing.
    """
    if not shares:
        raise NothingSigned(
            receiver=order.receiver, contributor=order.contributor, year=year.number
        )
    payer = sum(each.signed_cents + each.realised_cents for each in shares)
    latest: dict[tuple[str, tuple[str, ...]], StandingShare] = {}
    for each in sorted(shares, key=lambda one: one.key.period):
        latest[each.key.cohort, each.key.exposure] = each
    return Measured(
        year=year.number,
        families=len({family for each in shares for family in each.families}),
        counterfactual_cents=sum(each.counterfactual_cents for each in shares),
        saving_cents=sum(each.saving_cents for each in shares),
        error_cents=_error(shares, covariances),
        payer_cents=payer,
        cashable=_cashable_part(cashable, payer),
        invested_cents=sum(each.paid_cents for each in latest.values()),
        quality_holds=order.quality_holds,
    )


def _cashable_part(cashable: Cashable, payer_cents: int) -> Fraction:
    """Say which part of a saving the receiver can really spend less."""
    if cashable.kind is not CashableClass.STEPS or payer_cents <= 0:
        return cashable.part
    steps = int(cashable.part * payer_cents) // cashable.step_cents
    return Fraction(steps * cashable.step_cents, payer_cents)


def _error(shares: Sequence[StandingShare], covariances: Mapping[UUID, Floats]) -> int:
    """Give the standard error of savings that are parts of estimates.

    Parts of one estimate share its ratio and so its error; estimates of one study move together as
    their families do; what different studies say is taken to err all in one direction.
    """
    parts: dict[UUID, dict[int, float]] = {}
    for each in shares:
        of_study = parts.setdefault(each.study_id, {})
        place = each.estimate_number - 1
        part = each.counterfactual_cents / each.estimate_cents
        of_study[place] = of_study.get(place, 0.0) + part
    total = 0.0
    for study, found in parts.items():
        weights = np.zeros(len(covariances[study]))
        weights[list(found)] = list(found.values())
        variance = float(weights @ covariances[study] @ weights)
        total += variance**0.5 if variance > 0 else 0.0
    return round(total)


def settled(
    agreement: Agreement, measured: Measured, *, before_cents: int, this_year_cents: int
) -> Settlement:
    """Say what is settled now: what the agreement gives, less what it gave for this year already.

    What earlier years gave counts for what a payer can get of its investment at most.
    """
    found = settle(agreement, measured)
    room = int(agreement.investment_cap * measured.invested_cents) - before_cents
    if found.amount_cents > max(0, room):
        found = Settlement(amount_cents=max(0, room), outcome=Outcome.CAPPED_BY_INVESTMENT)
    return replace(found, amount_cents=found.amount_cents - this_year_cents)


def parts_of(amount_cents: int, shares: Sequence[StandingShare]) -> tuple[tuple[Key, int], ...]:
    """Say of which lines a settlement is made up: in proportion to what stands of each.

    Less than was settled before comes off what was realised; a loss follows the losses.
    """
    if not amount_cents:
        return ()
    candidates: list[list[int]] = [
        [each.signed_cents for each in shares],
        [-each.signed_cents for each in shares],
    ]
    if amount_cents < 0:
        candidates = [[each.realised_cents for each in shares], *candidates[::-1]]
    weights = next(
        ([max(0, each) for each in found] for found in candidates if max(found) > 0),
        [1] * len(shares),
    )
    return tuple(
        (share.key, cents)
        for share, cents in zip(shares, split(amount_cents, weights), strict=True)
        if cents
    )


def change_lines(order: AgreementOrder, amount_cents: int) -> tuple[ChangeLine, ...]:
    """Give the lines of the budget change: lasten of the receiver, baten of the contributor."""
    return (
        _line(Side.EXPENSES, order.expenses, amount_cents),
        _line(Side.REVENUES, order.revenues, amount_cents),
    )


def _line(side: Side, place: BudgetPlace, cents: int) -> ChangeLine:
    return ChangeLine(
        side=side,
        source=place.source,
        programme=place.programme,
        taakveld=place.taakveld,
        change_cents=cents,
        duration=Duration.INCIDENTAL,
        cause=Cause.OWN,
    )


def check_realisable(settlement: KeptSettlement, versions: Sequence[BudgetChange]) -> BudgetChange:
    """Give the change that the council adopted, as it was drafted.

    :raises SettlementSuperseded: it is not the last word, or it settles nothing.
    :raises SettlementNotAdopted: the council did not decide yet.
    :raises SettlementChanged: the council decided something else.
    """
    name = str(settlement.id)
    if settlement.change_id is None or settlement.is_realised:
        raise SettlementSuperseded(settlement=name)
    if settlement.number != settlement.newest:
        raise SettlementSuperseded(settlement=name)
    change = str(settlement.change_id)
    adopted = [
        each
        for each in versions
        if each.adoption is not None and each.adoption.number == each.number
    ]
    if not adopted:
        raise SettlementNotAdopted(settlement=name, change=change)
    if adopted[0].lines != versions[0].lines:
        raise SettlementChanged(settlement=name, change=change)
    return adopted[0]


def realised_amounts(
    gemeente: str, estimate: UUID, settlement: KeptSettlement, *, cents: int
) -> tuple[Amounts, Amounts]:
    """Give what leaves the signed state, and what stands realised instead."""

    def of(state: State, amount: int) -> Amounts:
        return {
            chart.benefit(gemeente, estimate, state=state, domain=settlement.receiver): amount,
            chart.contributed(
                gemeente, estimate, state=state, domain=settlement.contributor
            ): -amount,
        }

    return of(State.SIGNED, -cents), of(State.REALISED, cents)
