"""Deciding draws on family budgets and judging them, and booking what was granted, in one go.

Every operation takes a list and the same steps: the turns of the families, who may pay, the money
that could pay, one decision after the other on what is left, all rows in one statement, and the
entries. Nothing that money decides can refuse or delay anything.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.case import (
    Case,
    book_of,
    check_after,
    decide,
    lock_plans,
    open_case,
    plan_again,
    plan_request,
)
from domains.draws.mandates import check_judgement, next_approval
from domains.draws.model import (
    Answer,
    Approval,
    DrawRequest,
    Judgement,
    Occasion,
    Outcome,
    Payment,
    Verdict,
)
from domains.draws.queries import (
    PendingDraw,
    budgets_booked_on,
    paid_outside,
    standing_parts,
    unsettled_of,
)
from domains.draws.recording import Release
from domains.draws.refusals import NotAwaiting, UnknownDraw
from domains.draws.rules import (
    approve_afterwards,
    check_booking_date,
    escalate_draw,
    lapses,
    reject_draw,
    releases_from,
)
from domains.eligibility.rules import check_facts
from domains.instruction import Instruction, refuse_repetition


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
    :raises domains.eligibility.rules.UnknownFact: a fact is told that no rule asks for.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before one of the budgets.
    """
    await refuse_repetition(connection, instruction=instruction)
    case = await open_case(
        connection,
        instruction=instruction,
        budgets=sorted({draw.family_budget for draw in draws}),
        persons=sorted({person for draw in draws for person in draw.persons}),
        providers=[draw.provider for draw in draws],
    )
    check_facts({name for draw in draws for name, _ in draw.facts}, case.dossier.rules.rules)
    if booking_date < instruction.today:
        check_booking_date(
            booking_date,
            earliest=await budgets_booked_on(
                connection, gemeente=instruction.gemeente, budgets=sorted(case.dossier.budgets)
            ),
            since="toen is het gezinsbudget geopend",
            today=instruction.today,
        )
    plans = [plan_request(case, instruction.new_id(), draw) for draw in draws]
    money = await lock_plans(connection, case, plans)
    book = book_of(case, booking_date)
    for plan in plans:
        book.add(
            plan.draw_id,
            Answer(
                occasion=Occasion.REQUEST,
                request=plan.request,
                decision=decide(case, money, plan),
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
    :raises domains.draws.refusals.BookedTooEarly: it is booked before the draw was.
    """
    await refuse_repetition(connection, instruction=instruction)
    wanted = {judgement.draw: judgement for judgement in judgements}
    case = await open_case(connection, instruction=instruction, draws=sorted(wanted))
    pending = [_awaiting(case, draw_id) for draw_id in wanted]
    for each, approval in pending:
        check_judgement(
            wanted[each.id],
            asked_by=each.asked_by,
            needed=approval.by,
            subject=instruction.actor.subject,
            roles=instruction.actor.roles,
        )
        check_after(each, booking_date, today=instruction.today)
    plans = [
        plan_again(case, each)
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
    money = await lock_plans(connection, case, plans, releases=releases)
    by_draw = {plan.draw_id: plan for plan in plans}
    book = book_of(case, booking_date)
    for each, _ in pending:
        given_back = [release for release in releases if release.part.draw == each.id]
        plan = by_draw.get(each.id)
        judgement = wanted[each.id]
        if plan is not None:
            decision = decide(case, money, plan)
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
                raised=each.raised if each.decision.stands_as else None,
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
    case = await open_case(connection, instruction=instruction, draws=sorted(draws))
    settings, today = case.dossier.settings, instruction.today
    overdue = [
        (each, next_approval(each.decision, settings=settings, today=today))
        for _, each in sorted(case.dossier.draws.items())
        if each.decision.approval and each.decision.approval.before <= today
    ]
    plans = {
        each.id: plan_again(case, each)
        for each, above in overdue
        if above is None and each.decision.outcome is Outcome.AWAITS_APPROVAL
    }
    money = await lock_plans(connection, case, tuple(plans.values()))
    book = book_of(case, booking_date)
    for each, above in overdue:
        plan = plans.get(each.id)
        decision = (
            decide(case, money, plan)
            if plan
            else escalate_draw(each.decision, approval=above, rule_version=case.rule_version)
        )
        book.add(
            each.id,
            Answer(
                occasion=Occasion.DEADLINE,
                request=each.request,
                raised=each.raised if each.decision.stands_as else None,
                decision=decision,
                refusal=plan.refusal.code if plan and plan.refusal else "",
            ),
            number=each.number + 1,
        )
    results = tuple(each.id for each, _ in overdue)
    await book.write(connection, results=results or (instruction.new_id(),))
    return results


def _awaiting(case: Case, draw_id: UUID) -> tuple[PendingDraw, Approval]:
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
    connection: AsyncConnection, case: Case, draws: Sequence[UUID]
) -> tuple[Release, ...]:
    """Say what rejected draws give back: all that they reserve from today on."""
    if not draws:
        return ()
    gemeente = case.instruction.gemeente
    parts = await standing_parts(connection, gemeente=gemeente, draws=draws)
    unsettled = await unsettled_of(connection, gemeente=gemeente, draws=draws)
    gone = await paid_outside(connection, gemeente=gemeente, draws=draws)
    return tuple(
        Release(part=part, amount_cents=cents, lapsed=lapses(unsettled.get(part.id, {}), cents))
        for part, cents in releases_from(parts, case.instruction.today, paid_outside=gone)
    )


def _stands_until(pending: PendingDraw, today: date) -> date:
    """Return up to which day rejected help stands: what was given before is not undone."""
    if not pending.decision.outcome.is_granted:
        return pending.request.from_date
    if pending.request.payment is Payment.AT_ONCE:
        return pending.request.until_date
    return min(today, pending.request.until_date)
