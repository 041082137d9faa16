"""What may be booked as a domain benefit, what may be signed, and which lines that gives."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from domains import chart
from domains.analysis_plans.rules import PlanWithdrawn
from domains.benefits.attribution import Worth
from domains.benefits.blocks import Block, next_quarter, quarter_of
from domains.benefits.bookings.model import (
    ForecastOrder,
    Holder,
    KeptEstimate,
    KeptStudy,
    Side,
    Signature,
    Signing,
    State,
)
from domains.benefits.bookings.refusals import (
    GradeTooLow,
    InvalidForecast,
    NotAParty,
    NotBudgetHolder,
    NotController,
    SamePersonSigns,
    SignedAlready,
    StudySuperseded,
)
from domains.benefits.diagnostics import Grade
from domains.benefits.forecast import expected_benefit, over_years
from domains.benefits.policy_domains import check_codes
from domains.instruction import Actor
from ledger.accounts import Account
from ledger.balances import JournalEntry
from ledger.money import split

SIGNABLE: Final = frozenset({Grade.A, Grade.B})
MOST_QUARTERS: Final = 12
"""Three years: further ahead nothing is expected, it is measured again."""
MOST_CENTS: Final = 10**15 - 1
"""The most that a forecast expects in a year: the largest amount that the wire can tell."""

Amounts = dict[Account, int]
"""Whole cents per account, debit above zero; sums to zero."""


def state_of(grade: Grade) -> State:
    """Say in which state an estimate is booked: with several doubts it is an expectation."""
    return State.MEASURED if grade in {Grade.A, Grade.B, Grade.C} else State.EXPECTED


def check_bookable(study: KeptStudy) -> None:
    """Refuse a study that is not the last word.

    :raises PlanWithdrawn: its plan was withdrawn.
    :raises StudySuperseded: a later study of the plan stands.
    """
    if study.withdrawn:
        raise PlanWithdrawn(plan=str(study.plan_id))
    if study.number != study.newest:
        raise StudySuperseded(study=str(study.id), number=study.number, newest=study.newest)


def amounts_of(
    gemeente: str,
    shares: Mapping[str, int],
    *,
    estimate: KeptEstimate,
    state: State,
    realised: Mapping[str, int],
) -> Amounts:
    """Give what a block brings on each account: the receiver's debit, each payer's credit.

    What was realised of the same families, domain and quarter stays where it is and counts in.
    """
    found: Amounts = {}
    for payer in sorted({*shares, *realised}):
        cents = shares.get(payer, 0) - realised.get(payer, 0)
        if cents:
            account = chart.contributed(gemeente, estimate.id, state=state, domain=payer)
            found[account] = -cents
    received = -sum(found.values())
    if received:
        account = chart.benefit(gemeente, estimate.id, state=state, domain=estimate.domain)
        found = {account: received, **found}
    return found


def moved(gemeente: str, entry: JournalEntry, *, estimate: KeptEstimate, to: State) -> Amounts:
    """Give the same amounts in another state, from the lines as they were booked."""
    found: Amounts = {}
    for line in entry.lines:
        domain = line.account.dimension("domein") or ""
        place = chart.contributed if line.account.code == chart.CONTRIBUTED else chart.benefit
        found[place(gemeente, estimate.id, state=to, domain=domain)] = line.amount_cents
    return found


def contributors_of(entries: Sequence[JournalEntry]) -> frozenset[str]:
    """Name the domains to which entries credit something."""
    return frozenset(
        line.account.dimension("domein") or ""
        for entry in entries
        for line in entry.lines
        if line.account.code == chart.CONTRIBUTED
    )


def check_signing(
    signing: Signing,
    *,
    estimate: KeptEstimate,
    contributors: Collection[str],
    holders: Mapping[str, Holder],
    signed: Sequence[Signature],
    actor: Actor,
) -> None:
    """Refuse a signature that is not this person's to give.

    :raises GradeTooLow: the estimate is an indication or an expectation.
    :raises NotAParty: the domain is not on that side.
    :raises NotController: he is no controller.
    :raises NotBudgetHolder: somebody else holds the budget, or nobody was named.
    :raises SignedAlready: that side was signed for.
    :raises SamePersonSigns: he signed for another side.
    """
    name = str(estimate.id)
    if estimate.grade not in SIGNABLE:
        raise GradeTooLow(estimate=name, grade=estimate.grade)
    parties = {
        Side.RECEIVER: {estimate.domain},
        Side.CONTRIBUTOR: set(contributors),
        Side.CONTROLLER: {""},
    }
    if signing.domain not in parties[signing.side]:
        raise NotAParty(estimate=name, side=signing.side, domain=signing.domain)
    if signing.side is Side.CONTROLLER:
        if "controller" not in actor.roles:
            raise NotController
    else:
        holder = holders.get(signing.domain)
        if holder is None or holder.subject != actor.subject:
            raise NotBudgetHolder(domain=signing.domain, holder=holder.subject if holder else "")
    for each in signed:
        if (each.side, each.domain) == (signing.side, signing.domain):
            raise SignedAlready(estimate=name, side=signing.side, domain=signing.domain)
    for each in signed:
        if each.actor == actor.subject and each.side is not signing.side:
            raise SamePersonSigns(estimate=name, side=each.side)


def still_to_sign(
    estimate: KeptEstimate, *, contributors: Collection[str], signed: Sequence[Signature]
) -> tuple[Signing, ...]:
    """List who has to sign yet; a domain that helped itself signs once, as the receiver."""
    sides = [
        (Side.RECEIVER, estimate.domain),
        *((Side.CONTRIBUTOR, domain) for domain in sorted({*contributors} - {estimate.domain})),
        (Side.CONTROLLER, ""),
    ]
    done = {(each.side, each.domain) for each in signed}
    return tuple(
        Signing(estimate_id=estimate.id, side=side, domain=domain)
        for side, domain in sides
        if (side, domain) not in done
    )


def check_forecast(order: ForecastOrder) -> None:
    """Refuse a forecast that is not one.

    :raises InvalidForecast: naming what is wrong.
    :raises domains.benefits.policy_domains.UnknownDomain: the receiver or a payer is no domain.
    """
    half_year = order.cohort.partition("-")
    checks = (
        ("interventie", bool(order.intervention)),
        ("ontvanger", bool(order.receiver)),
        ("instroom", half_year[0].isdecimal() and half_year[2] in {"1", "2"}),
        ("vanafKwartaal", order.from_quarter == quarter_of(order.from_quarter)),
        ("kwartalen", 1 <= order.quarters <= MOST_QUARTERS),
        ("aantal", order.quantity > 0),
        ("aftrek", all(0 <= each.part <= 1 for each in order.deductions)),
        ("terugloop", 0 <= order.drop_off <= 1),
        ("betalers", any(cents > 0 for cents in order.paid.values())),
        ("betalers", all(cents >= 0 for cents in order.paid.values())),
        ("graad", order.grade in {Grade.D, Grade.E}),
        ("bron", bool(order.source.strip())),
        ("bedrag", 0 < abs(expected_cents(order)) <= MOST_CENTS),
    )
    for field, holds in checks:
        if not holds:
            raise InvalidForecast(field=field)
    check_codes([order.receiver, *order.paid])


def expected_cents(order: ForecastOrder) -> int:
    """Give what is expected in the first year, in cents."""
    return expected_benefit(
        quantity=order.quantity,
        price_cents=order.price_cents,
        effect=order.effect,
        deductions=order.deductions,
    )


def forecast_blocks(order: ForecastOrder) -> tuple[Block, ...]:
    """Give a block per quarter of a forecast; quarters that would have nothing are left out."""
    years = -(-order.quarters // 4)
    quarters: list[int] = []
    for year, cents in enumerate(
        over_years(expected_cents(order), years=years, drop_off=order.drop_off)
    ):
        quarters += split(cents, [1] * min(4, order.quarters - 4 * year))
    blocks, period = [], order.from_quarter
    for cents in quarters:
        blocks.append(
            Block(
                cohort=order.cohort,
                exposure=(order.intervention,),
                receiver=order.receiver,
                period=period,
                counterfactual_cents=0,
                saving_cents=cents,
                worth=Worth(interventions=(order.intervention,), cents=(0, cents), modelled=()),
                paid={order.intervention: dict(order.paid)},
                families=(),
                keys=(),
                reason=None,
            )
        )
        period = next_quarter(period)
    return tuple(block for block in blocks if block.saving_cents)


def terms_of(order: ForecastOrder) -> dict[str, object]:
    """Write what a forecast follows from, as it is kept beside it; fractions as text."""
    return {
        "aantal": str(order.quantity),
        "prijsCenten": order.price_cents,
        "effect": str(order.effect),
        "aftrek": [{"reden": each.reason, "deel": str(each.part)} for each in order.deductions],
        "terugloop": str(order.drop_off),
        "vanafKwartaal": order.from_quarter.isoformat(),
        "kwartalen": order.quarters,
        "bron": order.source.strip(),
    }
