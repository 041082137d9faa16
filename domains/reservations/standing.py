"""Reservations as they stand while an operation works on them, under the turns of families."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.case import Case, open_case
from domains.draws.model import Decision, Payment, StandingPart
from domains.draws.queries import PendingDraw, standing_parts, unsettled_of
from domains.draws.recording import Release
from domains.draws.refusals import UnknownDraw
from domains.draws.rules import lapses
from domains.instruction import Instruction
from domains.providers.model import Line
from domains.reservations import queries, rules
from domains.reservations.model import Delivered, DeliveryPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Reservations as they stand under the turns of their families, less what is used now."""

    case: Case
    parts: dict[UUID, list[StandingPart]]
    """Per draw."""
    lines: dict[UUID, tuple[Line, ...]]
    delivered: dict[tuple[UUID, int], Delivered]
    unsettled: dict[UUID, dict[tuple[str, str], int]]
    """What of each advance stands in which state, for which payer."""
    numbers: dict[UUID, int] = field(default_factory=dict)
    """The latest decision on each draw, as far as this operation got."""

    def releases(self, plan: Sequence[tuple[StandingPart, int]]) -> tuple[Release, ...]:
        """Say what parts give back, with what of it waits for a payer no more."""
        found = []
        for part, cents in plan:
            standing = self.unsettled.get(part.id, {})
            lapsed = lapses(standing, cents)
            for lapse in lapsed:
                standing[lapse.state, lapse.payer] -= lapse.amount_cents
            found.append(Release(part=part, amount_cents=cents, lapsed=lapsed))
        return tuple(found)

    def next_number(self, pending: PendingDraw) -> int:
        """Give the number of the next decision on a draw."""
        self.numbers[pending.id] = self.numbers.get(pending.id, pending.number) + 1
        return self.numbers[pending.id]

    def use(self, plan: DeliveryPlan) -> None:
        """Take what a delivery uses from what the next one can count on."""
        used: dict[UUID, int] = {}
        takes = [(each.part, each.amount_cents) for each in plan.takes]
        for part, cents in (*takes, *plan.released):
            used[part.id] = used.get(part.id, 0) + cents
        # Looking at every draw of a long list for each delivery would take the square of it.
        for draw in {part.draw for part, _ in (*takes, *plan.released)}:
            self.parts[draw] = [
                replace(each, reserved_cents=each.reserved_cents - used.get(each.id, 0))
                for each in self.parts[draw]
            ]


async def open_file(
    connection: AsyncConnection, instruction: Instruction, draws: Sequence[UUID]
) -> File:
    """Take the turns of the families and read how their reservations stand.

    :raises UnknownDraw: one of the draws does not exist.
    """
    case = await open_case(connection, instruction=instruction, draws=draws)
    if set(draws) - case.dossier.draws.keys():
        raise UnknownDraw
    gemeente = instruction.gemeente
    parts: dict[UUID, list[StandingPart]] = {draw: [] for draw in draws}
    for part in await standing_parts(connection, gemeente=gemeente, draws=draws):
        parts[part.draw].append(part)
    return File(
        case=case,
        parts=parts,
        lines=await queries.draw_lines(connection, gemeente=gemeente, draws=draws),
        delivered=await queries.delivered(connection, gemeente=gemeente, draws=draws),
        unsettled=await unsettled_of(connection, gemeente=gemeente, draws=draws),
    )


def reservation_of(file: File, draw: UUID) -> PendingDraw:
    """Find a draw that reserved something.

    :raises NothingReserved: it was paid at once, waits, or was never granted.
    """
    pending = file.case.dossier.draws[draw]
    if pending.request.payment is Payment.AT_ONCE or not file.parts[draw]:
        raise rules.NothingReserved(draw=draw)
    return pending


def as_it_stands(pending: PendingDraw, *, sentence: str, case: Case) -> Decision:
    """Let a draw stand as it does, with a sentence about what happened now."""
    return replace(
        pending.decision,
        parts=(),
        weighed=(),
        sentence=sentence.strip(),
        rule_version=case.rule_version,
    )
