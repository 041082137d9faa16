"""Who may grant how much by himself, and who has to approve what is more.

A mandate limits who decides, never whether there is money: an approver judges need, person, kind
and lawfulness only.
"""

from datetime import date, timedelta

from domains.draws.model import (
    Approval,
    ApprovalReason,
    Decision,
    DrawRequest,
    Judgement,
    MandateCheck,
    RejectionReason,
    Verdict,
)
from domains.draws.refusals import AboveOwnLevel, OwnDraw, RejectionWithoutReason
from domains.settings.model import LADDER, Settings


def check_mandate(
    *,
    roles: frozenset[str],
    asked_cents: int,
    granted_before_cents: int,
    settings: Settings,
) -> MandateCheck:
    """Hold what is asked against the widest mandate that somebody's roles give."""
    role = next((each for each in reversed(LADDER) if each in roles), "")
    mandate = settings.mandate_of(role)
    return MandateCheck(
        role=role,
        per_draw_cents=mandate.per_draw_cents if mandate else 0,
        per_family_year_cents=mandate.per_family_year_cents if mandate else 0,
        granted_before_cents=granted_before_cents,
        asked_cents=asked_cents,
        unapproved_cents=settings.unapproved_cents,
    )


def approval_for(
    mandate: MandateCheck,
    *,
    urgent: bool,
    second_provider: bool,
    settings: Settings,
    today: date,
) -> Approval | None:
    """Say who has to approve: the first level above with a mandate for it, else the last level.

    Urgent help is approved afterwards, unless it is more than anybody grants alone.
    """
    if mandate.is_enough and not second_provider:
        return None
    reason = ApprovalReason.SECOND_PROVIDER if mandate.is_enough else ApprovalReason.ABOVE_MANDATE
    if urgent and not mandate.is_plausible:
        reason = ApprovalReason.ABOVE_LIMIT
    above = LADDER[LADDER.index(mandate.role) + 1 :] if mandate.role else LADDER
    enough = [
        role
        for role in above
        if check_mandate(
            roles=frozenset({role}),
            asked_cents=mandate.asked_cents,
            granted_before_cents=mandate.granted_before_cents,
            settings=settings,
        ).is_enough
    ]
    return _by(enough[0] if enough else LADDER[-1], reason, settings=settings, today=today)


def grants_at_once(request: DrawRequest, approval: Approval) -> bool:
    """Return whether help that somebody has to approve is granted before he did."""
    return request.urgent and approval.reason is not ApprovalReason.ABOVE_LIMIT


def next_approval(decision: Decision, *, settings: Settings, today: date) -> Approval | None:
    """Say who approves after a term is over; nobody after the last level, or where nobody has to.

    What nobody granted yet and is more than anybody grants alone goes on to wait there.
    """
    approval, mandate = decision.approval, decision.mandate
    if approval is None:
        return None
    if approval.by == LADDER[-1]:
        if decision.outcome.is_granted or mandate is None or mandate.is_plausible:
            return None
        return _by(LADDER[-1], ApprovalReason.ABOVE_LIMIT, settings=settings, today=today)
    above = LADDER[LADDER.index(approval.by) + 1]
    return _by(above, approval.reason, settings=settings, today=today)


def reaches(roles: frozenset[str], needed: str) -> bool:
    """Return whether one of somebody's roles is the level that has to approve, or above it."""
    return bool(roles.intersection(LADDER[LADDER.index(needed) :]))


def check_judgement(
    judgement: Judgement, *, asked_by: str, needed: str, subject: str, roles: frozenset[str]
) -> None:
    """Refuse a judgement by the wrong person, or a no without a reason that counts.

    :raises OwnDraw: he asked for it himself.
    :raises AboveOwnLevel: it waits for a higher level.
    :raises RejectionWithoutReason: a no without a reason and an explanation, or a yes with one.
    """
    if subject == asked_by:
        raise OwnDraw(draw=str(judgement.draw))
    if not reaches(roles, needed):
        raise AboveOwnLevel(draw=str(judgement.draw), needed=needed)
    if judgement.verdict is Verdict.APPROVED:
        is_right = judgement.reason is None
    else:
        is_right = isinstance(judgement.reason, RejectionReason) and bool(
            judgement.explanation.strip()
        )
    if not is_right:
        raise RejectionWithoutReason(draw=str(judgement.draw))


def _by(role: str, reason: ApprovalReason, *, settings: Settings, today: date) -> Approval:
    return Approval(by=role, before=today + timedelta(days=settings.approval_days), reason=reason)
