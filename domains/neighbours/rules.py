"""Who bears what another municipality paid, and how much of an advance can be settled now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domains import chart
from domains.days import day_text
from domains.draws.cover import nature_of
from domains.eligibility.catalogue import KINDS
from domains.eligibility.model import RuleBase, Segment, SourceVerdict
from domains.eligibility.rules import help_kind, segments
from domains.neighbours.model import Bearing, Debt, Settlement
from domains.payers.model import PayerItem, PayerState
from ledger.money import split
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class NothingOwed(Refusal):
    """A municipality would pay another what it does not owe on that day."""

    code: ClassVar[str] = "niets-verschuldigd-aan-gemeente"
    gemeente: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Aan {self.gemeente} is op {day_text(self.day)} niets verschuldigd dat nog niet is"
            " betaald. Zie de schulden aan gemeenten; kies een andere gemeente of een latere"
            " boekdatum."
        )


def settleable_cents(item: PayerItem) -> int:
    """Return what of an advance for another municipality is delivered and not claimed elsewhere."""
    waiting = item.stands(PayerState.OPEN) + item.stands(PayerState.CLAIMED, item.part.payer)
    return min(item.advance.spent_cents, waiting)


def days_of(settlement: Settlement, *, rules: RuleBase) -> tuple[Segment, ...]:
    """Judge by the rules of whoever bears it which sources may pay these days."""
    return segments(
        settlement.from_date,
        settlement.until_date,
        kind=help_kind(settlement.kind, KINDS),
        birth_date=settlement.birth_date,
        facts=settlement.facts,
        sources=rules.sources,
        rules=rules,
    )


def funds_of(judged: Sequence[Segment]) -> tuple[str, ...]:
    """Name the funds that could bear these days."""
    return tuple(
        sorted({chart.fund(each.source, day.year) for day in judged for each in _own(day)})
    )


def bear(
    settlement: Settlement, *, judged: Sequence[Segment], rooms: Mapping[str, int]
) -> tuple[Bearing, ...]:
    """Let funds bear the costs, day by day, from their free room; the rest is a shortage.

    There is no family here yet, so only the fund whose help it is can bear it, and nobody else.
    """
    left = dict(rooms)
    kind = help_kind(settlement.kind, KINDS)
    found = []
    amounts = split(settlement.amount_cents, [day.days for day in judged])
    for day, amount in zip(judged, amounts, strict=True):
        nature, rest = nature_of(day, kind), amount
        for verdict in (*_own(day), day.shortage):
            fund = chart.fund(verdict.source, day.year)
            is_last = verdict is day.shortage
            cents = rest if is_last else min(rest, max(0, left.get(fund, 0)))
            if not cents:
                continue
            left[fund] = left.get(fund, 0) - cents
            rest -= cents
            found.append(
                Bearing(
                    fund=fund,
                    rule=verdict.rule_id,
                    from_date=day.from_date,
                    until_date=day.until_date,
                    taakveld=nature.taakveld,
                    category=nature.category,
                    cost_account=nature.cost_account,
                    amount_cents=cents,
                )
            )
    return tuple(found)


def debts_to_pay(debts: Sequence[Debt], *, gemeente: str, day: date) -> tuple[Debt, ...]:
    """Give what is owed to a municipality on a day and was not paid.

    :raises NothingOwed: there is none.
    """
    open_ones = tuple(each for each in debts if each.payment is None and each.booked_on <= day)
    if not open_ones:
        raise NothingOwed(gemeente=gemeente, day=day)
    return open_ones


def _own(day: Segment) -> list[SourceVerdict]:
    """Give the sources whose own help this is, in the order of their rule."""
    if day.awaits_outside_payer:
        return []

    def turn(verdict: SourceVerdict) -> tuple[int, str]:
        rule = verdict.rule
        first = rule.sources.index(verdict.source) if rule and rule.sources_in_order else 0
        return (first, verdict.source)

    return sorted((each for each in day.verdicts if each.pays_as_own), key=turn)
