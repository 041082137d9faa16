"""How a draw is decided: refused only for what it is, granted whatever the budgets hold.

The steps stand in the order in which they are taken. Money only decides who pays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import MAXYEAR, date
from typing import Final
from uuid import UUID

from domains.draws.cover import Need, stretches_of
from domains.draws.explanation import sentence_of, told_limit, told_term
from domains.draws.mandates import grants_at_once
from domains.draws.model import (
    Approval,
    Cover,
    Decision,
    DrawRequest,
    EarlierDraw,
    Judgement,
    Lapse,
    MandateCheck,
    Membership,
    Outcome,
    Part,
    PartStanding,
    StandingPart,
    StandsAs,
    Stretch,
)
from domains.draws.refusals import (
    LONGEST_YEARS,
    AmountNotPositive,
    BeforeOpenYears,
    BookedTooEarly,
    CashPgb,
    NobodyHelped,
    NotAMember,
    PeriodEmpty,
    PeriodTooLong,
    ProviderBarred,
    SameHelpTwice,
    SecondProviderWithoutReason,
    TooFarAhead,
)
from domains.eligibility.catalogue import KINDS
from domains.eligibility.model import HelpKind, RuleBase, SameBy
from domains.eligibility.rules import help_kind
from domains.families.model import Family
from domains.providers.model import PurchaseScale, Register
from domains.providers.pricing import price_lines, total_of
from domains.providers.rules import QUALITY_FACT, barred_on, meets_quality, scale_on
from ledger.entries import fingerprint
from ledger.money import show, split
from ledger.refusals import Refusal

YEARS_AHEAD: Final = 2
"""How far ahead of the day of asking help may start: 24 months."""
_SAME_BY_DESCRIPTION: Final = frozenset(
    kind.code for kind in KINDS if kind.same_by is SameBy.DESCRIPTION
)


def check_draw(
    request: DrawRequest,
    *,
    kinds: Sequence[HelpKind],
    members: Sequence[Membership],
    earlier: Sequence[EarlierDraw],
    oldest_open_year: int,
    asked_on: date,
) -> None:
    """Refuse a request for what it is (step 1); no budget is looked at here.

    ``earlier`` are the draws for these persons that were granted and still stand, or that wait.

    :raises AmountNotPositive: zero or less is asked.
    :raises NobodyHelped: no person is named, or one twice.
    :raises PeriodEmpty: there is no day in it.
    :raises PeriodTooLong: it lasts longer than ten years.
    :raises UnknownHelpKind: no kind of help has this code.
    :raises CashPgb: a personal budget as cash (E37).
    :raises NotAMember: a person is not in the family on one of the days.
    :raises BeforeOpenYears: all days lie before the oldest open year.
    :raises TooFarAhead: it starts more than two years after the day of asking.
    :raises SameHelpTwice: the same help, person and day (E36).
    :raises SecondProviderWithoutReason: the same, by another provider, without a reason.
    """
    if request.amount_cents <= 0:
        raise AmountNotPositive(amount_cents=request.amount_cents)
    if not request.persons or len(set(request.persons)) < len(request.persons):
        raise NobodyHelped
    check_period(request.from_date, request.until_date)
    kind = help_kind(request.kind, kinds)
    if kind.refused_as_cash_pgb:
        raise CashPgb(kind=kind.name)
    for person in request.persons:
        outside = _first_day_outside(request, person, members)
        if outside is not None:
            raise NotAMember(person=person, day=outside)
    if request.until_date <= date(oldest_open_year, 1, 1):
        raise BeforeOpenYears(until_date=request.until_date, oldest_open_year=oldest_open_year)
    latest_start = _same_day_later(asked_on, YEARS_AHEAD)
    if request.from_date > latest_start:
        raise TooFarAhead(from_date=request.from_date, latest_start=latest_start)
    _check_not_twice(request, kind=kind, earlier=earlier)


def check_booking_date(
    booking_date: date, *, earliest: date | None, since: str, today: date
) -> None:
    """Refuse to book before what is worked on was in the books; ``since`` says in Dutch what.

    Each of its days would show less than nothing. Today always will do: nobody waits for a budget
    of next year.

    :raises BookedTooEarly: it lies before the day on which that was booked.
    """
    if earliest is not None and booking_date < min(earliest, today):
        raise BookedTooEarly(booking_date=booking_date, earliest=min(earliest, today), since=since)


def check_period(from_date: date, until_date: date) -> None:
    """Refuse days (until exclusive) that nobody can decide about.

    :raises PeriodEmpty: there is no day in it.
    :raises PeriodTooLong: it lasts longer than ten years.
    """
    if until_date <= from_date:
        raise PeriodEmpty(from_date=from_date, until_date=until_date)
    latest_end = _same_day_later(from_date, LONGEST_YEARS)
    if until_date > latest_end:
        raise PeriodTooLong(from_date=from_date, latest_end=latest_end)


def know_provider(request: DrawRequest, register: Register) -> DrawRequest:
    """Complete a request with what is registered about its provider, and price its lines.

    The register decides whether the provider meets the quality framework, wherever it knows. Lines
    that were priced before keep their price.

    :raises ProviderBarred: the provider is barred on one of the days.
    :raises Refusal: a line cannot be priced; see :func:`domains.providers.pricing.price_lines`.
    """
    days = request.from_date, request.until_date
    provider = register.provider
    facts = dict(request.facts)
    if provider is not None:
        barred = barred_on(provider, *days)
        if barred is not None:
            raise ProviderBarred(provider=provider.name, day=barred)
        meets = meets_quality(provider, *days)
        if meets is not None:
            facts[QUALITY_FACT] = meets
    lines = request.lines
    amount = request.amount_cents
    if request.asked_lines and not lines:
        lines = price_lines(
            request.asked_lines,
            from_date=request.from_date,
            until_date=request.until_date,
            register=register,
            first_number=request.first_line,
        )
        amount = total_of(lines, amount_cents=amount)
    return replace(
        request,
        provider=provider.name if provider else request.provider,
        facts=tuple(sorted(facts.items())),
        lines=lines,
        amount_cents=amount,
        purchase_scale=scale_on(request.from_date, register.contracts),
    )


def plan_draw(
    request: DrawRequest,
    *,
    family: Family,
    sources: Iterable[str],
    rules: RuleBase,
    kinds: Sequence[HelpKind],
) -> tuple[Stretch, ...]:
    """Judge who may pay a request that passed :func:`check_draw` (step 2), without any money.

    The amount is shared equally by the persons, each with his own age on each day.
    """
    persons = request.persons
    return stretches_of(
        [
            Need(
                person=person,
                line=line,
                kind=help_kind(request.kind, kinds),
                from_date=from_date,
                until_date=until_date,
                amount_cents=share,
                facts=request.facts,
                scale=scale,
            )
            for line, from_date, until_date, amount, scale in _pieces(request)
            for person, share in zip(persons, split(amount, [1] * len(persons)), strict=True)
            if share
        ],
        family=family,
        sources=sources,
        rules=rules,
    )


def decide_draw(
    request: DrawRequest,
    *,
    found: Cover,
    mandate: MandateCheck | None,
    approval: Approval | None,
    rule_version: str,
    stands_as: StandsAs | None = None,
) -> Decision:
    """Grant a request with the cover that was found, or let it wait for whoever has to approve.

    Urgent help is granted at once and approved afterwards. ``stands_as`` is how the draw stands
    that this request raises.
    """
    if approval is not None and not grants_at_once(request, approval):
        return Decision(
            outcome=Outcome.AWAITS_APPROVAL,
            parts=(),
            weighed=found.weighed,
            sentence=f"Wacht op akkoord van een {approval.by}.{told_limit(approval, mandate)}"
            f" {told_term(approval)} Er is nog niets geboekt.",
            rule_version=rule_version,
            until_date=stands_as.until_date if stands_as else request.until_date,
            granted_cents=stands_as.granted_cents if stands_as else 0,
            mandate=mandate,
            approval=approval,
            stands_as=stands_as,
        )
    afterwards = ""
    if approval is not None:
        afterwards = f" Met spoed verleend; een {approval.by} beoordeelt het achteraf."
    before = stands_as or StandsAs(
        outcome=Outcome.GRANTED, until_date=request.until_date, granted_cents=0
    )
    return Decision(
        outcome=outcome_of(found.parts, before=before.outcome),
        parts=found.parts,
        weighed=found.weighed,
        sentence=f"{sentence_of(request.amount_cents, found.parts)}{afterwards}",
        rule_version=rule_version,
        until_date=max(before.until_date, request.until_date),
        granted_cents=before.granted_cents + request.amount_cents,
        mandate=mandate,
        approval=approval,
    )


def escalate_draw(decision: Decision, *, approval: Approval | None, rule_version: str) -> Decision:
    """Let a draw wait for the next level; granted help waits for nobody after the last one."""
    if approval is None:
        told = "Niemand beoordeelde de hulp op tijd. Zij blijft staan, als signaal."
    elif decision.outcome is Outcome.AWAITS_APPROVAL:
        told = (
            f"De termijn is om: wacht nu op akkoord van een {approval.by}."
            f"{told_limit(approval, decision.mandate)} {told_term(approval)}"
        )
    else:
        told = f"De termijn is om: een {approval.by} beoordeelt de hulp achteraf."
    return replace(
        decision,
        parts=(),
        weighed=(),
        sentence=told,
        rule_version=rule_version,
        approval=approval,
    )


def approve_afterwards(decision: Decision, *, rule_version: str) -> Decision:
    """Let urgent help stand as it was granted."""
    return replace(
        decision,
        parts=(),
        weighed=(),
        sentence="Akkoord achteraf: de hulp staat zoals zij met spoed is verleend.",
        rule_version=rule_version,
        approval=None,
    )


def reject_draw(
    request: DrawRequest,
    decision: Decision,
    *,
    judgement: Judgement,
    released_cents: int,
    stands_until: date,
    rule_version: str,
) -> Decision:
    """Say no to a draw on another ground than money; what was delivered of it stays."""
    reason = judgement.reason.value if judgement.reason else ""
    kept = decision.granted_cents - released_cents
    why = judgement.explanation.strip()
    stop = "" if why.endswith((".", "!", "?")) else "."
    told = f"{stop} {show(kept)} blijft staan en {show(released_cents)} valt vrij." if kept else ""
    if decision.stands_as is not None:
        return _as_before(
            decision.stands_as,
            sentence=f"Verhoging afgekeurd op {reason}: {why}",
            rule_version=rule_version,
        )
    return replace(
        decision,
        outcome=Outcome.REJECTED,
        parts=(),
        weighed=(),
        sentence=f"Afgekeurd op {reason}: {why}{told}",
        rule_version=rule_version,
        until_date=max(request.from_date, stands_until),
        approval=None,
    )


def releases_from(
    parts: Iterable[StandingPart], day: date, *, paid_outside: Mapping[UUID, int]
) -> tuple[tuple[StandingPart, int], ...]:
    """Say what is released of each part that still reserves when help stops from a day on.

    What lies on both sides of the day keeps what falls on the days before it; what was delivered
    counts for the earliest days, also where a payer outside the books took over its costs
    (``paid_outside``, in whole cents per part). All that pays the same days is cut as one and then
    shared, so that no cent depends on who pays.
    """
    by_days: dict[tuple[UUID, int, date, date], list[StandingPart]] = {}
    for each in parts:
        part = each.part
        same = (part.person, part.line, part.from_date, part.until_date)
        by_days.setdefault(same, []).append(each)
    found = []
    for (_, _, from_date, until_date), together in by_days.items():
        before = max(0, (min(day, until_date) - from_date).days)
        after = (until_date - from_date).days - before
        whole = sum(
            each.reserved_cents + each.spent_cents + paid_outside.get(each.id, 0)
            for each in together
        )
        reserved = [each.reserved_cents for each in together]
        amount = min(sum(reserved), split(whole, [before, after])[1])
        if amount:
            shares = zip(together, split(amount, reserved), strict=True)
            found += [(each, cents) for each, cents in shares if cents]
    return tuple(found)


def lapses(standing: Mapping[tuple[str, str], int], amount_cents: int) -> tuple[Lapse, ...]:
    """Say of which states an advance lets go an amount: what nobody was asked for goes first.

    ``standing`` is what stands in each state for each payer, in whole cents.
    """
    found, left = [], amount_cents
    for state in ("open", "betwist", "geclaimd"):
        for (known, payer), cents in sorted(standing.items()):
            taken = min(left, cents) if known == state else 0
            if taken > 0:
                found.append(Lapse(state=state, payer=payer, amount_cents=taken))
                left -= taken
    return tuple(found)


def refuse_draw(
    request: DrawRequest,
    refusal: Refusal,
    *,
    rule_version: str,
    stands_as: StandsAs | None = None,
) -> Decision:
    """Write down a refusal as a decision: nothing is booked, and only what stood before stands."""
    if stands_as is not None:
        told = f"Verhoging geweigerd: {refusal.message()}"
        return _as_before(stands_as, sentence=told, rule_version=rule_version)
    return Decision(
        outcome=Outcome.REFUSED,
        parts=(),
        weighed=(),
        sentence=refusal.message(),
        rule_version=rule_version,
        until_date=request.from_date,
        granted_cents=0,
    )


def outcome_of(parts: Iterable[Part], *, before: Outcome = Outcome.GRANTED) -> Outcome:
    """Return how a granted draw stands: with an open payer item where a part is an advance."""
    advanced = any(part.standing is PartStanding.ADVANCE for part in parts)
    return Outcome.GRANTED_WITH_PAYER_ITEM if advanced else before


def _as_before(stands_as: StandsAs, *, sentence: str, rule_version: str) -> Decision:
    """Let a draw stand as it did before somebody asked for a raise."""
    return Decision(
        outcome=stands_as.outcome,
        parts=(),
        weighed=(),
        sentence=sentence,
        rule_version=rule_version,
        until_date=stands_as.until_date,
        granted_cents=stands_as.granted_cents,
    )


def has_second_provider(
    request: DrawRequest, *, kinds: Sequence[HelpKind], earlier: Iterable[EarlierDraw]
) -> bool:
    """Return whether another provider gives the same help to the same person on a same day."""
    if help_kind(request.kind, kinds).same_by is not SameBy.KIND:
        return False
    key = help_key(request)
    return any(each.meets(request) and each.help_key != key for each in earlier)


def help_key(request: DrawRequest) -> str:
    """Name the help, so that the same help on the same days is known and forbidden (E36).

    The provider is part of it, and where that tells two things apart the description, however both
    are spaced or capitalised. It is a hash, because an index holds no texts of any length.
    """
    parts = [request.kind, request.provider]
    if request.kind in _SAME_BY_DESCRIPTION:
        parts.append(request.description)
    if request.allocation:  # Two numbers are two decisions of whoever gave the help out.
        parts.append(request.allocation)
    return fingerprint(*(" ".join(part.casefold().split()) for part in parts)).hex()


def as_earlier(request: DrawRequest) -> EarlierDraw:
    """Give what later requests have to know of a request."""
    return EarlierDraw(
        persons=request.persons,
        kind=request.kind,
        provider=request.provider,
        help_key=help_key(request),
        from_date=request.from_date,
        until_date=request.until_date,
    )


def _pieces(
    request: DrawRequest,
) -> list[tuple[int, date, date, int, PurchaseScale | None]]:
    """List what has to be paid: each line with its days, amount and scale, or the whole as one."""
    if not request.lines:
        whole = (request.from_date, request.until_date, request.amount_cents)
        return [(0, *whole, request.purchase_scale)]
    return [
        (line.number, line.from_date, line.until_date, line.amount_cents, line.purchase_scale)
        for line in request.lines
    ]


def _first_day_outside(
    request: DrawRequest, person: UUID, members: Iterable[Membership]
) -> date | None:
    """Return the first day on which a person is not in the family, if there is one."""
    day = request.from_date
    own = [each for each in members if each.person == person]
    for each in sorted(own, key=lambda membership: membership.from_date):
        if each.from_date <= day:
            day = max(day, each.until_date or request.until_date)
    return day if day < request.until_date else None


def _check_not_twice(
    request: DrawRequest, *, kind: HelpKind, earlier: Iterable[EarlierDraw]
) -> None:
    """Refuse help that somebody already gets; a second provider needs a reason."""
    key = help_key(request)
    for draw in earlier:
        if not draw.meets(request):
            continue
        person = next(each for each in request.persons if each in draw.persons)
        if draw.help_key == key:
            raise SameHelpTwice(
                kind=kind.name,
                person=person,
                from_date=draw.from_date,
                until_date=draw.until_date,
            )
        if kind.same_by is SameBy.KIND and not request.reason.strip():
            raise SecondProviderWithoutReason(kind=kind.name, person=person, provider=draw.provider)


def _same_day_later(day: date, years: int) -> date:
    """Return the same day of a later year; 29 February becomes 28 February where it is missing."""
    if day.year + years > MAXYEAR:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
