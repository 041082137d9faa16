"""Deciding draws on family budgets and judging them, and booking what was granted, in one go.

Every operation takes a list and the same steps: the turns of the families, who may pay, the money
that could pay, one decision after the other on what is left, all rows in one statement, and the
entries. Nothing that money decides can refuse or delay anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.cover import cover
from domains.draws.mandates import approval_for, check_judgement, check_mandate, next_approval
from domains.draws.model import (
    Answer,
    Approval,
    Decision,
    DrawRequest,
    EarlierDraw,
    Judgement,
    MandateCheck,
    Membership,
    Occasion,
    Outcome,
    Payment,
    Stretch,
    Verdict,
)
from domains.draws.money import Money, Places, lock_money, places_of
from domains.draws.queries import Dossier, PendingDraw, dossier, standing_parts, unsettled_of
from domains.draws.recording import Book, Release
from domains.draws.refusals import NotAwaiting, UnknownDraw
from domains.draws.rules import (
    approve_afterwards,
    check_draw,
    decide_draw,
    escalate_draw,
    has_second_provider,
    lapses,
    plan_draw,
    refuse_draw,
    reject_draw,
    releases_from,
)
from domains.eligibility.catalogue import KINDS
from domains.families.model import Family
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction, refuse_repetition
from ledger.refusals import Refusal


async def request_draws(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draws: Sequence[DrawRequest],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Decide a list of draws in order and book what is granted; gives the id of each.

    A refused draw keeps its decision too and does not hurt the others.

    :raises domains.families.rules.UnknownFamilyBudget: one of the budgets does not exist.
    """
    await refuse_repetition(connection, instruction=instruction)
    case = await _open_case(
        connection,
        instruction=instruction,
        budgets=sorted({draw.family_budget for draw in draws}),
        persons=sorted({person for draw in draws for person in draw.persons}),
    )
    plans = [_plan_request(case, instruction.new_id(), draw) for draw in draws]
    money = await _lock_money(connection, case, plans)
    book = _book(case, booking_date)
    for plan in plans:
        book.add(
            plan.draw_id,
            Answer(
                occasion=Occasion.REQUEST,
                request=plan.request,
                decision=_decide(case, money, plan),
                refusal=plan.refusal.code if plan.refusal else "",
            ),
            number=1,
        )
    results = tuple(plan.draw_id for plan in plans)
    await book.write(connection, results=results)
    return results


async def judge_draws(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    judgements: Sequence[Judgement],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Approve or reject draws that wait; what is approved is covered now, on fresh balances.

    Gives the ids of the draws. Urgent help that was granted before stands when it is approved;
    when it is rejected, what was delivered stays and the rest is released.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.draws.refusals.NotAwaiting: it waits for nobody, or not any more.
    :raises domains.draws.refusals.OwnDraw: the approver asked for it himself.
    :raises domains.draws.refusals.AboveOwnLevel: it waits for a higher level.
    :raises domains.draws.refusals.RejectionWithoutReason: a no needs a reason that counts.
    """
    await refuse_repetition(connection, instruction=instruction)
    wanted = {judgement.draw: judgement for judgement in judgements}
    case = await _open_case(connection, instruction=instruction, draws=sorted(wanted))
    pending = [_awaiting(case, draw_id) for draw_id in wanted]
    for each, approval in pending:
        check_judgement(
            wanted[each.id],
            asked_by=each.asked_by,
            needed=approval.by,
            subject=instruction.actor.subject,
            roles=instruction.actor.roles,
        )
    plans = [
        _plan_again(case, each)
        for each, _ in pending
        if wanted[each.id].verdict is Verdict.APPROVED
        and each.decision.outcome is Outcome.AWAITS_APPROVAL
    ]
    rejected = [
        each.id
        for each, _ in pending
        if wanted[each.id].verdict is Verdict.REJECTED and each.decision.outcome.is_granted
    ]
    releases = await _releases(connection, case, rejected)
    money = await _lock_money(connection, case, plans, releases=releases)
    by_draw = {plan.draw_id: plan for plan in plans}
    book = _book(case, booking_date)
    for each, _ in pending:
        given_back = [release for release in releases if release.part.draw == each.id]
        plan = by_draw.get(each.id)
        judgement = wanted[each.id]
        if plan is not None:
            decision = _decide(case, money, plan)
        elif judgement.verdict is Verdict.APPROVED:
            decision = approve_afterwards(each.decision, rule_version=case.rule_version)
        else:
            decision = reject_draw(
                each.request,
                each.decision,
                judgement=judgement,
                released_cents=sum(release.amount_cents for release in given_back),
                stands_until=_stands_until(each, instruction.today),
                rule_version=case.rule_version,
            )
        book.add(
            each.id,
            Answer(
                occasion=Occasion.JUDGEMENT,
                request=each.request,
                decision=decision,
                refusal=plan.refusal.code if plan and plan.refusal else "",
                judgement=judgement,
            ),
            number=each.number + 1,
            releases=given_back,
        )
    await book.write(connection, results=tuple(wanted))
    return tuple(wanted)


async def escalate_draws(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draws: Sequence[UUID],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Let overdue draws go one level up; after the last level they are granted.

    Gives the ids of those that were overdue indeed; somebody may have judged the others by now.
    """
    await refuse_repetition(connection, instruction=instruction)
    case = await _open_case(connection, instruction=instruction, draws=sorted(draws))
    settings, today = case.dossier.settings, instruction.today
    overdue = [
        (each, next_approval(each.decision.approval, settings=settings, today=today))
        for _, each in sorted(case.dossier.draws.items())
        if each.decision.approval and each.decision.approval.before <= today
    ]
    plans = {
        each.id: _plan_again(case, each)
        for each, above in overdue
        if above is None and each.decision.outcome is Outcome.AWAITS_APPROVAL
    }
    money = await _lock_money(connection, case, tuple(plans.values()))
    book = _book(case, booking_date)
    for each, above in overdue:
        plan = plans.get(each.id)
        decision = (
            _decide(case, money, plan)
            if plan
            else escalate_draw(each.decision, approval=above, rule_version=case.rule_version)
        )
        book.add(
            each.id,
            Answer(
                occasion=Occasion.DEADLINE,
                request=each.request,
                decision=decision,
                refusal=plan.refusal.code if plan and plan.refusal else "",
            ),
            number=each.number + 1,
        )
    results = tuple(each.id for each, _ in overdue)
    await book.write(connection, results=results or (instruction.new_id(),))
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What one operation works with: who acts, and the dossier as it lies under the turns."""

    instruction: Instruction
    dossier: Dossier
    earlier: dict[UUID, list[tuple[UUID, EarlierDraw]]]
    """Per person, with the id of the draw; grows with each draw of the list."""
    granted: dict[UUID, int]
    """Per family budget; grows too."""

    @property
    def rule_version(self) -> str:
        return self.dossier.rules.version

    def earlier_of(self, request: DrawRequest, draw_id: UUID) -> list[EarlierDraw]:
        """Give the help for these persons that stands or waits, apart from this draw itself."""
        return [
            each
            for person in request.persons
            for known, each in self.earlier.get(person, ())
            if known != draw_id
        ]

    def know(self, draw_id: UUID, earlier: EarlierDraw) -> None:
        """Let the next draws of the list know of help."""
        for person in earlier.persons:
            self.earlier.setdefault(person, []).append((draw_id, earlier))

    def family_of(self, draw: DrawRequest) -> Family:
        return self.dossier.families[self.dossier.budgets[draw.family_budget].family]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A draw before anybody looked at money: refused, or who may pay and who has to approve."""

    draw_id: UUID
    request: DrawRequest
    refusal: Refusal | None = None
    stretches: tuple[Stretch, ...] = ()
    places: Places = ()
    mandate: MandateCheck | None = None
    approval: Approval | None = None


async def _open_case(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    budgets: Sequence[UUID] = (),
    draws: Sequence[UUID] = (),
    persons: Sequence[UUID] = (),
) -> _Case:
    """Take the turns of the families and read what a decision needs.

    :raises UnknownFamilyBudget: one of the budgets does not exist.
    """
    found = await dossier(
        connection,
        gemeente=instruction.gemeente,
        today=instruction.today,
        budgets=budgets,
        draws=draws,
        persons=persons,
    )
    for budget_id in budgets:
        if budget_id not in found.budgets:
            raise UnknownFamilyBudget(family_budget=str(budget_id))
    case = _Case(
        instruction=instruction,
        dossier=found,
        earlier={},
        granted={budget: known.granted_cents for budget, known in found.budgets.items()},
    )
    for draw_id, each in found.earlier:
        case.know(draw_id, each)
    return case


def _plan_request(case: _Case, draw_id: UUID, request: DrawRequest) -> _Plan:
    """Judge a new request, and let the next one in the list know of it."""
    plan = _plan(case, draw_id, request)
    if plan.refusal is not None:
        return plan
    instruction, settings = case.instruction, case.dossier.settings
    mandate = check_mandate(
        roles=instruction.actor.roles,
        asked_cents=request.amount_cents,
        granted_before_cents=case.granted[request.family_budget],
        settings=settings,
    )
    earlier = case.earlier_of(request, draw_id)
    approval = approval_for(
        mandate,
        second_provider=has_second_provider(request, kinds=KINDS, earlier=earlier),
        settings=settings,
        today=instruction.today,
    )
    case.know(draw_id, _as_earlier(request))
    if approval is None or request.urgent:
        case.granted[request.family_budget] += request.amount_cents
    return _Plan(
        draw_id=draw_id,
        request=request,
        stretches=plan.stretches,
        places=plan.places,
        mandate=mandate,
        approval=approval,
    )


def _plan_again(case: _Case, pending: PendingDraw) -> _Plan:
    """Judge a request once more at the moment at which it is granted."""
    return _plan(case, pending.id, pending.request)


def _plan(case: _Case, draw_id: UUID, request: DrawRequest) -> _Plan:
    family = case.family_of(request)
    today = case.instruction.today
    try:
        check_draw(
            request,
            kinds=KINDS,
            members=[
                Membership(person=each.person, from_date=each.from_date, until_date=each.until_date)
                for each in family.members
            ],
            earlier=case.earlier_of(request, draw_id),
            oldest_open_year=case.dossier.oldest_open_year or today.year,
            asked_on=today,
        )
    except Refusal as refusal:
        return _Plan(draw_id=draw_id, request=request, refusal=refusal)
    stretches = plan_draw(
        request,
        family=family,
        sources={chart.source_of(fund) for fund in case.dossier.funds},
        rules=case.dossier.rules,
        kinds=KINDS,
    )
    return _Plan(
        draw_id=draw_id,
        request=request,
        stretches=stretches,
        places=places_of(
            case.instruction.gemeente,
            family=family,
            stretches=stretches,
            funds=case.dossier.funds,
            advance_order=case.dossier.settings.advance_order,
        ),
    )


async def _lock_money(
    connection: AsyncConnection,
    case: _Case,
    plans: Sequence[_Plan],
    *,
    releases: Sequence[Release] = (),
) -> Money:
    """Lock all accounts that could pay, or get money back, and read what they have.

    Draws of one family took turns before, also where there is no money to lock: the same help is
    then seen, and refused, by whoever asks second.
    """
    return await lock_money(
        connection,
        gemeente=case.instruction.gemeente,
        places=[plan.places for plan in plans],
        parts=[release.part.part for release in releases],
    )


def _decide(case: _Case, money: Money, plan: _Plan) -> Decision:
    """Decide a planned draw on the money that is left, and take what it uses."""
    if plan.refusal is not None:
        return refuse_draw(plan.request, plan.refusal, rule_version=case.rule_version)
    found = cover(
        plan.stretches,
        gezin=case.family_of(plan.request).id,
        rooms=money.rooms(plan.places),
        advance_order=case.dossier.settings.advance_order,
    )
    decision = decide_draw(
        plan.request,
        found=found,
        mandate=plan.mandate,
        approval=plan.approval,
        rule_version=case.rule_version,
    )
    money.take(decision.parts)
    return decision


def _awaiting(case: _Case, draw_id: UUID) -> tuple[PendingDraw, Approval]:
    """Find a draw that waits for somebody.

    :raises UnknownDraw: there is no such draw.
    :raises NotAwaiting: it waits for nobody.
    """
    found = case.dossier.draws.get(draw_id)
    if found is None:
        raise UnknownDraw
    if found.decision.approval is None:
        raise NotAwaiting(draw=str(draw_id), outcome=found.decision.outcome.value)
    return found, found.decision.approval


async def _releases(
    connection: AsyncConnection, case: _Case, draws: Sequence[UUID]
) -> tuple[Release, ...]:
    """Say what rejected draws give back: all that they reserve from today on."""
    if not draws:
        return ()
    gemeente = case.instruction.gemeente
    parts = await standing_parts(connection, gemeente=gemeente, draws=draws)
    unsettled = await unsettled_of(connection, gemeente=gemeente, draws=draws)
    return tuple(
        Release(part=part, amount_cents=cents, lapsed=lapses(unsettled.get(part.id, {}), cents))
        for part, cents in releases_from(parts, case.instruction.today)
    )


def _stands_until(pending: PendingDraw, today: date) -> date:
    """Return up to which day rejected help stands: what was given before is not undone."""
    if not pending.decision.outcome.is_granted:
        return pending.request.from_date
    if pending.request.payment is Payment.AT_ONCE:
        return pending.request.until_date
    return min(today, pending.request.until_date)


def _book(case: _Case, booking_date: date) -> Book:
    return Book(
        instruction=case.instruction,
        booking_date=booking_date,
        payer_days=case.dossier.settings.payer_days,
    )


def _as_earlier(draw: DrawRequest) -> EarlierDraw:
    return EarlierDraw(
        persons=draw.persons,
        kind=draw.kind,
        provider=draw.provider,
        description=draw.description,
        from_date=draw.from_date,
        until_date=draw.until_date,
    )
