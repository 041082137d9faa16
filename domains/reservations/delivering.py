"""Booking what providers delivered, also where it comes from other days of the reservation."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.case import Plan, book_of, lock_plans, plan_of
from domains.draws.cover import Need, cover, stretches_of
from domains.draws.model import Answer, Occasion
from domains.draws.money import Money
from domains.draws.recording import Book, MoveKind, Release
from domains.draws.rules import check_booking_date, outcome_of
from domains.eligibility.catalogue import KINDS
from domains.eligibility.rules import help_kind
from domains.instruction import Instruction, refuse_repetition
from domains.reservations import queries, rules
from domains.reservations.model import Delivered, DeliveryOutcome, DeliveryPlan, NewDelivery, Take
from domains.reservations.standing import (
    File,
    as_it_stands,
    open_file,
    terms_of,
    with_case_of,
)
from domains.settings.model import OverDelivery
from domains.standard_entries import (
    Heading,
    Move,
    cost_move,
    deliver_move,
    entry_for_moves,
)
from ledger.accounts import dimensions
from ledger.entries import Entry
from ledger.money import show
from ledger.refusals import Refusal

_NOTHING: Final = DeliveryPlan(takes=(), released=(), lacks=())

_FIELDS: Final = """
    delivery_id uuid, draw_id uuid, line integer, person_id uuid, from_date date, until_date date,
    volume_e4 bigint, asked_cents bigint, amount_cents bigint, document text, resumes uuid,
    outcome text, refusal text, sentence text, recorded_at timestamptz, actor text, entries uuid[]
"""


async def deliver(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    deliveries: Sequence[NewDelivery],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Book a list of deliveries in order; gives the id of each.

    A delivery that cannot be booked is kept with its reason and does not hurt the others. What the
    delivered days lack comes from other days of the reservation, covered anew for these days.

    :raises domains.draws.refusals.UnknownDraw: one of the reservations does not exist.
    :raises domains.draws.refusals.BookedTooEarly: before the help of one of them was granted.
    """
    await refuse_repetition(connection, instruction=instruction)
    file = await open_file(connection, instruction, sorted({each.draw for each in deliveries}))
    return await _deliver(connection, file, deliveries, booking_date=booking_date)


async def resume(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draw: UUID,
    deliveries: Sequence[UUID],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Take up deliveries of a draw that waited for a raise; gives the new delivery of each.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.reservations.rules.NotAwaitingRaise: one of them waits no more.
    """
    await refuse_repetition(connection, instruction=instruction)
    file = await open_file(connection, instruction, [draw])
    # Only now, under the turn of the family: somebody may have taken them up meanwhile.
    found = await queries.waiting(connection, gemeente=instruction.gemeente, draw=draw)
    waiting = {each.id: each for each in found}
    for delivery in deliveries:
        if delivery not in waiting:
            raise rules.NotAwaitingRaise(delivery=delivery)
    again = [replace(waiting[each].asked, resumes=each) for each in dict.fromkeys(deliveries)]
    return await _deliver(connection, file, again, booking_date=booking_date)


async def write_deliveries(
    connection: AsyncConnection, *, gemeente: str, told: Sequence[dict[str, Any]]
) -> None:
    """Write deliveries as they are kept, in one statement."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.delivery SELECT %s, given.*"
        f" FROM json_to_recordset(%s::json) AS given ({_FIELDS})",
        (gemeente, msgspec.json.encode(told).decode()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A delivery before anything was booked: from which parts it is paid, or why not."""

    id: UUID
    asked: NewDelivery
    amount_cents: int = 0
    plan: DeliveryPlan = _NOTHING
    outcome: DeliveryOutcome = DeliveryOutcome.DELIVERED
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What deliveries book, and the entries of each."""

    book: Book
    entries: dict[UUID, tuple[UUID, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paying:
    """How parts pay: a part of a long list pays many deliveries, from the same accounts."""

    gemeente: str
    book: Book
    known: dict[UUID, tuple[Move, Move]] = field(default_factory=dict)

    def moves(self, take: Take) -> tuple[Move, Move]:
        """Give what a take moves in BUDGET and in LASTEN."""
        part = take.part
        found = self.known.get(part.id)
        if found is None:
            found = (
                deliver_move(self.gemeente, part.part, draw_id=part.draw),
                cost_move(self.gemeente, part.part),
            )
            self.known[part.id] = found
            # What is reserved stands on an account that was opened when it was granted.
            opened = (found[0].debit, found[1].debit, found[1].credit)
            self.book.accounts.update({account.id: account for account in opened})
        spending, costing = found
        return spending.of(take.amount_cents), costing.of(take.amount_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recover:
    """What a delivery moves from other days to its own, before anybody looked at money."""

    planned: Planned
    plan: Plan
    releases: tuple[Release, ...]


async def book_deliveries(
    connection: AsyncConnection,
    file: File,
    planned: Sequence[Planned],
    *,
    booking_date: date,
) -> Booking:
    """Cover anew what the days of deliveries lack, and book them.

    Their rows are written; all else waits in the book for whoever called.

    :raises domains.draws.refusals.BookedTooEarly: before the help of one of them was granted.
    """
    instruction = file.case.instruction
    plans = [each.plan for each in planned]
    used = [take.part for plan in plans for take in plan.takes]
    used += [part for plan in plans for part, _ in plan.released]
    check_booking_date(
        booking_date,
        earliest=max((part.booking_date for part in used), default=None),
        since="toen is deze hulp verleend",
        today=instruction.today,
    )
    lacking = sorted({each.asked.draw for each in planned if each.plan.lacks})
    file = await with_case_of(connection, file, lacking)
    recovers = [_plan_recover(file, each) for each in planned if each.plan.lacks]
    money = Money(gemeente=instruction.gemeente)
    if recovers:
        money = await lock_plans(
            connection,
            file.case,
            [each.plan for each in recovers],
            releases=[release for each in recovers for release in each.releases],
        )
    book = book_of(file.case, booking_date)
    covered = {each.planned.id: _recover(file, money, book, each) for each in recovers}
    paying = _Paying(gemeente=instruction.gemeente, book=book)
    entries = {
        each.id: _book_delivery(file, paying, each, (*each.plan.takes, *covered.get(each.id, ())))
        for each in planned
    }
    told = [_row(instruction, each, entries[each.id]) for each in planned]
    await write_deliveries(connection, gemeente=instruction.gemeente, told=told)
    return Booking(book=book, entries=entries)


async def _deliver(
    connection: AsyncConnection,
    file: File,
    deliveries: Sequence[NewDelivery],
    *,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Plan deliveries in order and book them."""
    instruction = file.case.instruction
    told = await queries.told_before(
        connection, gemeente=instruction.gemeente, draws=list(file.terms)
    )
    planned = []
    for asked in deliveries:
        try:
            rules.check_new(asked, told=told, today=instruction.today)
        except Refusal as refusal:
            planned.append(_refused(file, asked, refusal))
            continue
        planned.append(plan_delivery(file, asked))
        if planned[-1].outcome is not DeliveryOutcome.REFUSED:
            told[rules.essence(asked)] = planned[-1].id
    booking = await book_deliveries(connection, file, planned, booking_date=booking_date)
    results = tuple(each.id for each in planned)
    await booking.book.write(connection, results=results)
    return results


def plan_delivery(file: File, asked: NewDelivery) -> Planned:
    """Plan one delivery on what the ones before it left."""
    delivery_id = file.case.instruction.new_id()
    amount = 0
    try:
        terms = terms_of(file, asked.draw)
        before = file.delivered.get((asked.draw, asked.line), Delivered())
        amount = rules.delivered_cents(asked, lines=file.lines.get(asked.draw, ()), before=before)
        plan = rules.plan_delivery(
            asked,
            parts=file.parts[asked.draw],
            from_date=terms.from_date,
            until_date=terms.until_date,
            amount_cents=amount,
        )
        plan = rules.without_lapsed_rules(plan, known=file.case.dossier.rules.rules)
    except rules.MoreThanReserved as refusal:
        waits = file.case.dossier.settings.over_delivery is OverDelivery.WAIT_FOR_RAISE
        return Planned(
            id=delivery_id,
            asked=asked,
            amount_cents=amount,
            outcome=DeliveryOutcome.AWAITS_RAISE if waits else DeliveryOutcome.REFUSED,
            refusal=refusal,
        )
    except Refusal as refusal:
        return replace(_refused(file, asked, refusal), amount_cents=amount)
    file.use(plan)
    if asked.volume_e4 is not None:
        file.delivered[asked.draw, asked.line] = Delivered(
            cents=before.cents + amount, volume_e4=before.volume_e4 + asked.volume_e4
        )
    return Planned(id=delivery_id, asked=asked, amount_cents=amount, plan=plan)


def _refused(file: File, asked: NewDelivery, refusal: Refusal) -> Planned:
    """Keep a delivery that is not booked, with its reason."""
    return Planned(
        id=file.case.instruction.new_id(),
        asked=asked,
        outcome=DeliveryOutcome.REFUSED,
        refusal=refusal,
    )


def _plan_recover(file: File, planned: Planned) -> _Recover:
    """Judge who may pay what the delivered days lack."""
    case, pending = file.case, file.case.dossier.draws[planned.asked.draw]
    family = case.home_of(pending.request)
    line = next(
        (each for each in file.lines.get(pending.id, ()) if each.number == planned.asked.line), None
    )
    stretches = stretches_of(
        [
            Need(
                person=lack.person,
                line=planned.asked.line,
                kind=help_kind(pending.request.kind, KINDS),
                from_date=lack.from_date,
                until_date=lack.until_date,
                amount_cents=lack.amount_cents,
                facts=pending.request.facts,
                scale=line.purchase_scale if line else pending.request.purchase_scale,
            )
            for lack in planned.plan.lacks
        ],
        family=family,
        sources={chart.source_of(fund) for fund in case.dossier.funds},
        rules=case.dossier.rules,
    )
    return _Recover(
        planned=planned,
        plan=plan_of(case, pending.id, pending.request, stretches, family=family),
        releases=file.releases(planned.plan.released),
    )


def _recover(file: File, money: Money, book: Book, wanted: _Recover) -> tuple[Take, ...]:
    """Give back what other days reserve and cover the delivered days with it; gives the takes."""
    case, pending = file.case, file.case.dossier.draws[wanted.plan.draw_id]
    for each in wanted.releases:
        money.give_back(replace(each.part.part, amount_cents=each.amount_cents))
    found = cover(
        wanted.plan.stretches,
        gezin=wanted.plan.family.id,
        rooms=money.rooms(wanted.plan.places),
        advance_order=case.dossier.settings.advance_order,
    )
    moved = sum(each.amount_cents for each in wanted.releases)
    before = pending.decision.outcome
    decision = replace(
        as_it_stands(
            pending,
            sentence=f"{show(moved)} van de verplichting is opnieuw gedekt voor geleverde dagen.",
            case=case,
        ),
        # Help that was stopped, or whose raise waits for approval, stays so.
        outcome=outcome_of(found.parts, before=before) if before.is_granted else before,
        parts=found.parts,
        weighed=found.weighed,
    )
    money.take(decision.parts)
    made = book.add(
        pending.id,
        Answer(
            occasion=Occasion.RECOVER,
            request=pending.request,
            decision=decision,
            refusal="",
        ),
        number=file.next_number(pending),
        releases=wanted.releases,
    )
    return tuple(
        Take(
            part=each,
            from_date=each.part.from_date,
            until_date=each.part.until_date,
            amount_cents=each.reserved_cents,
        )
        for each in made
    )


def _book_delivery(
    file: File, paying: _Paying, planned: Planned, takes: Sequence[Take]
) -> tuple[UUID, ...]:
    """Book a delivery: reserved becomes spent (BUDGET), and a cost that is owed (LASTEN)."""
    instruction, asked, book = file.case.instruction, planned.asked, paying.book
    metadata = dimensions(levering=str(planned.id))
    entries: list[Entry] = []
    by_days: dict[tuple[date, date], list[Take]] = {}
    for take in takes:
        by_days.setdefault((take.from_date, take.until_date), []).append(take)
    for days, found in sorted(by_days.items()):
        moves = [paying.moves(take) for take in found]
        for of_book in zip(*moves, strict=True):
            entry, _ = entry_for_moves(
                of_book,
                heading=Heading(
                    id=instruction.new_id(),
                    booking_date=book.booking_date,
                    kind="levering",
                    description="Levering van een verplichting",
                    document=asked.document,
                    performance_from=days[0],
                    performance_until=days[1],
                    decision=asked.draw,
                    rule_version=file.case.rule_version,
                    metadata=metadata,
                ),
            )
            entries.append(entry)
        book.rows["moves"] += [
            {
                "part_id": take.part.id,
                "entry_id": entries[-2].id,
                "kind": MoveKind.DELIVERED,
                "reserved_cents": -take.amount_cents,
                "spent_cents": take.amount_cents,
            }
            for take in found
        ]
    if entries:
        book.groups.append(tuple(entries))
    return tuple(entry.id for entry in entries)


def _row(instruction: Instruction, planned: Planned, entries: Sequence[UUID]) -> dict[str, Any]:
    """Write a delivery as the row that is kept of it."""
    asked, refusal = planned.asked, planned.refusal
    return {
        "delivery_id": planned.id,
        "draw_id": asked.draw,
        "line": asked.line,
        "person_id": asked.person,
        "from_date": asked.from_date,
        "until_date": asked.until_date,
        "volume_e4": asked.volume_e4,
        "asked_cents": asked.amount_cents,
        "amount_cents": planned.amount_cents,
        "document": asked.document,
        "resumes": asked.resumes,
        "outcome": planned.outcome,
        "refusal": refusal.code if refusal else "",
        "sentence": refusal.message()
        if refusal
        else rules.told(asked, amount_cents=planned.amount_cents, lacks=planned.plan.lacks),
        "recorded_at": instruction.at,
        "actor": instruction.actor.subject,
        "entries": entries,
    }
