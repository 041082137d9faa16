"""Judging declared lines one after the other, and planning what each books; no database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from domains import chart
from domains.allocations.model import Allocation
from domains.declarations import rules
from domains.declarations.model import (
    EarlierLine,
    LineOutcome,
    ReceivedMessage,
    Used,
)
from domains.draws.model import StandingPart
from domains.draws.recording import MoveKind
from domains.instruction import Instruction
from domains.messages.model import DeclarationHead, DeclaredLine
from domains.reservations.delivering import Booking, Planned, plan_delivery
from domains.reservations.model import DeliveryOutcome, NewDelivery
from domains.reservations.rules import (
    DeliveryOutsideDays,
    MoreThanReserved,
    NotHelped,
)
from domains.reservations.standing import File
from domains.settings.model import OverDelivery
from domains.standard_entries import (
    Heading,
    entry_for_moves,
    entry_for_reversal,
)
from domains.year_entries import invoiced_move
from ledger.accounts import dimensions
from ledger.balances import JournalEntry
from ledger.entries import Entry

NOT_JUDGED: Final = "0233"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines of a declaration that are judged together."""

    message: ReceivedMessage
    head: DeclarationHead
    lines: Sequence[DeclaredLine]
    booking_date: date
    attempts: Mapping[int, int] = field(default_factory=dict)
    """How often each line that waited was looked at before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a chunk of lines is held against, read under the turns of its families."""

    instruction: Instruction
    file: File
    persons: dict[str, UUID]
    allocations: dict[int, Allocation]
    used: dict[int, Used]
    earlier: dict[str, EarlierLine]
    entries: dict[UUID, JournalEntry]
    """Those of the lines that a credit names."""
    moves: dict[UUID, list[Any]]
    """What each of these entries did to which part."""
    accrued: dict[UUID, dict[str, int]]
    """What of each draw was accrued at the end of a year and not declared yet, per fund."""


@dataclass(slots=True, kw_only=True)
class _Judged:
    """A line with what became of it."""

    line: DeclaredLine
    person: UUID
    codes: tuple[str, ...] = ()
    outcome: LineOutcome = LineOutcome.GRANTED
    delivery: UUID | None = None
    entries: list[UUID] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Lines that are judged one after the other, each on what those before it left."""

    known: Known
    asked: Lines
    judged: list[_Judged] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    groups: list[tuple[Entry, ...]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    credited: set[str] = field(default_factory=set)
    accounts: dict[UUID, Any] = field(default_factory=dict)

    def judge(self, line: DeclaredLine) -> None:
        """Judge a line and plan what it books."""
        known = self.known
        person = known.persons[line.bsn]
        allocation = known.allocations.get(line.allocation)
        if allocation is not None and allocation.provider != self.asked.message.provider:
            allocation = None
        earlier = known.earlier.get(line.previous) if line.is_credit else None
        if earlier is not None and line.previous in self.credited:
            earlier = replace(earlier, is_credited=True)
        owner = (earlier and earlier.person) if line.is_credit else allocation and allocation.person
        judged = _Judged(line=line, person=person)
        self.judged.append(judged)
        judged.codes = rules.codes_of(
            rules.Situation(
                line=line,
                head=self.asked.head,
                reference_known=self._is_known(line),
                allocation=allocation,
                is_its_person=owner == person,
                used=known.used.get(line.allocation, Used()),
                earlier=earlier,
                in_this_declaration=earlier is not None
                and earlier.message == self.asked.message.id,
            )
        )
        self.references.add(line.reference)
        if judged.codes:
            judged.outcome = LineOutcome.REFUSED
        elif earlier is not None:
            self._take_back(judged, earlier)
        elif allocation is not None:
            self._deliver(judged, allocation)
        if judged.outcome is LineOutcome.GRANTED:
            sign = -1 if line.is_credit else 1
            known.used.setdefault(line.allocation, Used()).add(
                category=line.category,
                code=line.code,
                month=rules.month_of(line.from_date),
                volume=sign * line.volume,
                cents=line.amount_cents,
                lines=sign,
            )

    def settle(self, booking: Booking) -> None:
        """Give lines the entries of their deliveries, and the book what else they book."""
        for judged in self.judged:
            if judged.delivery is not None:
                judged.entries += booking.entries[judged.delivery]
        # What is taken back comes first: what is delivered may need it. Nothing that was delivered
        # here is taken back here, because a credit names a line of an earlier declaration.
        booking.book.groups[:0] = self.groups
        booking.book.rows["moves"] += self.moves
        booking.book.accounts.update(self.accounts)

    def rows(self) -> list[dict[str, Any]]:
        """Write the lines as the rows that are kept of them."""
        return [
            {
                "message_id": self.asked.message.id,
                "number": each.line.place,
                "attempt": self.asked.attempts.get(each.line.place, 0) + 1,
                "message_law": self.asked.message.law,
                "provider": self.asked.message.provider,
                "person_id": each.person,
                "reference": each.line.reference,
                "previous": each.line.previous,
                "allocation": each.line.allocation,
                "product_category": each.line.category,
                "product_code": each.line.code,
                "from_date": each.line.from_date,
                "until_date": each.line.last_date + timedelta(days=1),
                "volume": each.line.volume,
                "unit": each.line.unit,
                "tariff_cents": each.line.tariff_cents,
                "amount_cents": each.line.amount_cents,
                "is_credit": each.line.is_credit,
                "outcome": each.outcome,
                "return_codes": each.codes,
                "delivery_id": each.delivery,
                "entries": each.entries,
                "recorded_at": self.known.instruction.at,
            }
            for each in self.judged
        ]

    def _is_known(self, line: DeclaredLine) -> bool:
        earlier = self.known.earlier.get(line.reference)
        itself = (self.asked.message.id, line.place)
        return line.reference in self.references or (
            earlier is not None and (earlier.message, earlier.place) != itself
        )

    def _deliver(self, judged: _Judged, allocation: Allocation) -> None:
        """Take what was accrued, and deliver the rest: the first that does not fit is refused."""
        line, known = judged.line, self.known
        until_date = line.last_date + timedelta(days=1)
        left = known.accrued.get(allocation.draw, {})
        before = dict(left)
        accrued = rules.take_accrued(left, year=line.from_date.year, amount_cents=line.amount_cents)
        rest = line.amount_cents - sum(accrued.values())
        if rest > 0:
            planned = plan_delivery(
                known.file,
                NewDelivery(
                    draw=allocation.draw,
                    line=allocation.line,
                    person=judged.person,
                    from_date=line.from_date,
                    until_date=until_date,
                    amount_cents=rest,
                    document=self._document(line),
                ),
            )
            if planned.outcome is not DeliveryOutcome.DELIVERED:
                left.update(before)
                self._does_not_fit(judged, planned, allocation)
                return
            judged.delivery = planned.id
            self.planned.append(planned)
        if accrued:
            self._declare_accrued(judged, allocation, accrued)

    def _document(self, line: DeclaredLine) -> str:
        """Say of which line an entry is; a payment names it too, so it is of one provider only."""
        message = self.asked.message
        return f"{message.provider} {message.declaration} {line.reference}"

    def _does_not_fit(self, judged: _Judged, planned: Planned, allocation: Allocation) -> None:
        refusal = planned.refusal
        if (
            isinstance(refusal, DeliveryOutsideDays)
            and allocation.until_date is None
            and judged.line.last_date >= refusal.until_date
        ):
            # It was allocated, and only its reservation has not reached these days yet.
            judged.outcome, judged.codes = LineOutcome.WAITS, (NOT_JUDGED,)
            return
        waits = (
            isinstance(refusal, MoreThanReserved)
            and self.known.file.case.dossier.settings.over_delivery is OverDelivery.WAIT_FOR_RAISE
        )
        judged.outcome = LineOutcome.WAITS if waits else LineOutcome.REFUSED
        judged.codes = (_CODE_OF.get(type(refusal), rules.ABOVE_BUDGET),)

    def _declare_accrued(
        self, judged: _Judged, allocation: Allocation, accrued: Mapping[str, int]
    ) -> None:
        """Book what was accrued as owed to the provider: accrual against creditor."""
        instruction, line = self.known.instruction, judged.line
        entry, accounts = entry_for_moves(
            [
                invoiced_move(
                    instruction.gemeente, fund, draw_id=allocation.draw, amount_cents=cents
                )
                for fund, cents in accrued.items()
            ],
            heading=Heading(
                id=instruction.new_id(),
                booking_date=self.asked.booking_date,
                kind="declaratie",
                description="Declaratie van wat al geleverd was",
                document=self._document(line),
                performance_from=line.from_date,
                performance_until=line.last_date + timedelta(days=1),
                decision=allocation.draw,
                rule_version=self.known.file.case.rule_version,
                metadata=dimensions(bericht=str(self.asked.message.id)),
            ),
        )
        self.accounts.update({account.id: account for account in accounts})
        self.groups.append((entry,))
        judged.entries.append(entry.id)

    def _take_back(self, judged: _Judged, earlier: EarlierLine) -> None:
        """Book the mirror image of all that a line booked, and let its parts reserve again."""
        known, instruction = self.known, self.known.instruction
        entries = [known.entries[each] for each in earlier.entries]
        entries = [each for each in entries if each.reversed_by is None]
        moves = [move for each in entries for move in known.moves.get(each.id, ())]
        if not _give_back(known.file, moves):
            # Somebody else bears it by now; that has to be undone before this can be.
            judged.outcome, judged.codes = LineOutcome.WAITS, (NOT_JUDGED,)
            return
        self.credited.add(judged.line.previous)
        self._accrue_again(entries)
        reversals = {
            each.id: entry_for_reversal(
                each,
                entry_id=instruction.new_id(),
                booking_date=self.asked.booking_date,
                reason=f"Creditprestatie {judged.line.reference}",
            )
            for each in entries
        }
        if reversals:
            self.groups.append(tuple(reversals.values()))
        judged.entries += [each.id for each in reversals.values()]
        self.moves += [
            {
                "part_id": move.part_id,
                "entry_id": reversals[move.entry_id].id,
                "kind": MoveKind.REVERSED,
                "reserved_cents": -move.reserved_cents,
                "spent_cents": -move.spent_cents,
            }
            for move in moves
        ]

    def _accrue_again(self, entries: Sequence[JournalEntry]) -> None:
        """Let what was declared from an accrual be declared from it once more."""
        for each in entries:
            for line in each.lines:
                if line.account.code == chart.TO_BE_INVOICED and each.decision is not None:
                    left = self.known.accrued.setdefault(each.decision, {})
                    fund = line.account.colour
                    left[fund] = left.get(fund, 0) + line.amount_cents


_CODE_OF: Final = {
    MoreThanReserved: rules.ABOVE_BUDGET,
    DeliveryOutsideDays: "9307",
    NotHelped: rules.NOT_ITS_PERSON,
}
"""What the reservation says, in the codes of the standard; anything else does not fit either."""


def _give_back(file: File, moves: Sequence[Any]) -> bool:
    """Let parts reserve what they spent again; tell whether all of them can."""
    given: dict[UUID, tuple[int, int]] = {}
    for move in moves:
        reserved, spent = given.get(move.part_id, (0, 0))
        given[move.part_id] = (reserved - move.reserved_cents, spent - move.spent_cents)
    standing: dict[UUID, StandingPart] = {
        part.id: part for parts in file.parts.values() for part in parts if part.id in given
    }
    for part, (reserved, spent) in given.items():
        own = standing.get(part)
        if own is None or own.spent_cents + spent < 0 or own.reserved_cents + reserved < 0:
            return False
    for part, (reserved, spent) in given.items():
        own = standing[part]
        file.parts[own.draw] = [
            replace(
                each,
                reserved_cents=each.reserved_cents + reserved,
                spent_cents=each.spent_cents + spent,
            )
            if each.id == part
            else each
            for each in file.parts[own.draw]
        ]
    return True
