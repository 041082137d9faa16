"""Reservations as they stand while an operation works on them, under the turns of families."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.case import Case, open_case
from domains.draws.model import Decision, Payment, StandingPart
from domains.draws.queries import Dossier, PendingDraw, standing_parts, unsettled_of
from domains.draws.recording import Release
from domains.draws.refusals import UnknownDraw
from domains.draws.rules import lapses
from domains.instruction import Instruction
from domains.providers.model import Line
from domains.reservations import queries, rules
from domains.reservations.model import Delivered, DeliveryPlan
from domains.rule_base.queries import rule_base_of_content, turn_of
from domains.settings.rules import settings_of
from ledger.reading import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a delivery is held against of its draw."""

    draw: UUID
    payment: Payment
    from_date: date
    until_date: date
    """The help stands up to this day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Reservations as they stand under the turns of their families, less what is used now."""

    case: Case
    """Of a file for deliveries alone it knows no draws, until one of them needs other days."""
    terms: dict[UUID, Terms]
    """Per draw."""
    parts: dict[UUID, list[StandingPart]]
    """Per draw."""
    lines: dict[UUID, tuple[Line, ...]]
    delivered: dict[tuple[UUID, int], Delivered] = field(default_factory=dict)
    """By volume; of a file for deliveries alone, which are amounts, it is not known."""
    unsettled: dict[UUID, dict[tuple[str, str], int]] = field(default_factory=dict)
    """What of each advance stands in which state, for which payer; known with the case."""
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
        takes = [(each.part, each.amount_cents) for each in plan.takes]
        for part, cents in (*takes, *plan.released):
            self.parts[part.draw] = [
                replace(each, reserved_cents=each.reserved_cents - cents)
                if each.id == part.id
                else each
                for each in self.parts[part.draw]
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
    terms = {
        draw: Terms(
            draw=draw,
            payment=pending.request.payment,
            from_date=pending.request.from_date,
            until_date=pending.decision.until_date,
        )
        for draw, pending in case.dossier.draws.items()
    }
    gemeente = instruction.gemeente
    return replace(
        await _file(connection, case, terms=terms, draws=draws),
        delivered=await queries.delivered(connection, gemeente=gemeente, draws=draws),
        unsettled=await unsettled_of(connection, gemeente=gemeente, draws=draws),
    )


async def open_file_for_deliveries(
    connection: AsyncConnection, instruction: Instruction, draws: Sequence[UUID]
) -> File:
    """Take the turns of the families and read no more than a long list of amounts needs.

    :raises UnknownDraw: one of the draws does not exist.
    """
    gemeente = instruction.gemeente
    ((told,),) = await rows(
        connection,
        "SELECT domains.delivery_dossier(%s, %s, %s::uuid[], %s)",
        (gemeente, turn_of(gemeente), list(draws), instruction.today),
    )
    terms = {each.draw: each for each in msgspec.convert(told["draws"], tuple[Terms, ...])}
    if set(draws) - terms.keys():
        raise UnknownDraw
    case = Case(
        instruction=instruction,
        dossier=Dossier(
            rules=await rule_base_of_content(connection, gemeente=gemeente, content=told["rules"]),
            settings=settings_of(told["settings"]),
            oldest_open_year=None,
            funds=(),
            budgets={},
            families={},
            earlier=(),
            draws={},
        ),
        earlier={},
        granted={},
        registers={},
    )
    return await _file(connection, case, terms=terms, draws=draws)


async def with_case_of(connection: AsyncConnection, file: File, draws: Sequence[UUID]) -> File:
    """Give a file that knows all about these draws, under the turns that it has already."""
    if file.case.dossier.draws.keys() >= set(draws):
        return file
    instruction = file.case.instruction
    case = await open_case(connection, instruction=instruction, draws=draws)
    unsettled = await unsettled_of(connection, gemeente=instruction.gemeente, draws=draws)
    return replace(file, case=case, unsettled=unsettled)


async def _file(
    connection: AsyncConnection, case: Case, *, terms: dict[UUID, Terms], draws: Sequence[UUID]
) -> File:
    gemeente = case.instruction.gemeente
    parts: dict[UUID, list[StandingPart]] = {draw: [] for draw in draws}
    for part in await standing_parts(connection, gemeente=gemeente, draws=draws):
        parts[part.draw].append(part)
    return File(
        case=case,
        terms=terms,
        parts=parts,
        lines=await queries.draw_lines(connection, gemeente=gemeente, draws=draws),
    )


def reservation_of(file: File, draw: UUID) -> PendingDraw:
    """Find a draw that reserved something.

    :raises NothingReserved: it was paid at once, waits, or was never granted.
    """
    terms_of(file, draw)
    return file.case.dossier.draws[draw]


def terms_of(file: File, draw: UUID) -> Terms:
    """Give what deliveries of a draw are held against.

    :raises NothingReserved: it was paid at once, waits, or was never granted.
    """
    terms = file.terms[draw]
    if terms.payment is Payment.AT_ONCE or not file.parts[draw]:
        raise rules.NothingReserved(draw=draw)
    return terms


def as_it_stands(pending: PendingDraw, *, sentence: str, case: Case) -> Decision:
    """Let a draw stand as it does, with a sentence about what happened now."""
    return replace(
        pending.decision,
        parts=(),
        weighed=(),
        sentence=sentence.strip(),
        rule_version=case.rule_version,
    )
