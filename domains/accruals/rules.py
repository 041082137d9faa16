"""From which parts an accrual that nobody will declare is released."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domains.accruals.refusals import AccrualPaidByOthers, NothingAccrued
from domains.draws.model import StandingPart
from ledger.money import split


def plan_release(
    draw: UUID,
    *,
    left: Mapping[str, int],
    accrued: Mapping[UUID, int],
    parts: Sequence[StandingPart],
) -> tuple[tuple[StandingPart, int], ...]:
    """Divide what is ``left`` of each fund over its parts, in proportion to what they accrued.

    :raises NothingAccrued: nothing is left.
    :raises AccrualPaidByOthers: the parts spent less by now than is left.
    """
    if not left:
        raise NothingAccrued(draw=draw)
    found: list[tuple[StandingPart, int]] = []
    for fund, cents in sorted(left.items()):
        own = [each for each in parts if each.part.fund == fund and accrued.get(each.id, 0) > 0]
        weights = [min(accrued[each.id], each.spent_cents) for each in own]
        if sum(weights) < cents:
            raise AccrualPaidByOthers(
                draw=draw, fund=fund, accrued_cents=cents, spent_cents=sum(weights)
            )
        shares = split(cents, weights)
        found += [(each, share) for each, share in zip(own, shares, strict=True) if share]
    return tuple(found)
