"""Writing what was decided on draws: requests, decisions, parts, their moves and payer items.

Nothing is decided here. All rows of a list go in one statement, before the entries are posted.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.model import (
    Answer,
    DrawRequest,
    Lapse,
    Occasion,
    Part,
    PartStanding,
    Payment,
    StandingPart,
)
from domains.draws.refusals import UsedSince
from domains.draws.rules import help_key
from domains.instruction import Instruction, record_groups
from domains.payers.following import follow_parts, take_back_steps
from domains.providers.model import Line
from domains.standard_entries import (
    Heading,
    Move,
    entries_for_draw,
    entry_for_moves,
    release_move,
    uncost_move,
    unpaid_move,
)
from domains.year_entries import unaccrued_move, unneeded_move
from ledger.accounts import Account, dimensions
from ledger.entries import Entry
from ledger.reading import rows

OWNER: Final = "financieel"
"""The role that looks for the final payer of an advance."""


class MoveKind(StrEnum):
    """What an entry did to a part; the value stands in the database."""

    GRANTED = "toegekend"
    DELIVERED = "geleverd"
    RELEASED = "vrijgevallen"
    RECOVERED = "herdekt"
    RELOCATED = "verplaatst"
    SETTLED = "verrekend"
    REVERSED = "teruggeboekt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a decision gives back of a part that still reserves, in whole cents."""

    part: StandingPart
    amount_cents: int
    lapsed: tuple[Lapse, ...] = ()
    """How much of it waited for a payer and waits no more."""

    @property
    def given(self) -> Part:
        """Return what is given back as a part of its own."""
        return replace(self.part.part, amount_cents=self.amount_cents)


_Given: TypeAlias = tuple[Release, Move, Move | None]
"""What is given back, its move in BUDGET, and that in LASTEN where it was spent already."""


@dataclass(slots=True, kw_only=True)
class Book:
    """What one operation writes: rows and groups of entries, in the order of the decisions."""

    instruction: Instruction
    booking_date: date
    payer_days: int
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            name: []
            for name in ("draws", "decisions", "lines", "parts", "moves", "items", "payer_moves")
        }
    )
    groups: list[tuple[Entry, ...]] = field(default_factory=list)
    accounts: dict[UUID, Account] = field(default_factory=dict)

    def add(
        self,
        draw_id: UUID,
        answer: Answer,
        *,
        number: int,
        releases: Sequence[Release] = (),
        payment: Payment | None = None,
    ) -> tuple[StandingPart, ...]:
        """Write one decision with what it grants and gives back; the first one with its request.

        ``payment`` tells when it costs money, where that is not as the request said: of a
        reservation that was delivered, the cover changes of what is paid. Gives the parts that it
        made, as they stand now.
        """
        wanted = replace(answer.wanted, payment=payment or answer.wanted.payment)
        text = msgspec.json.encode(answer).decode()
        digest = hashlib.sha256(text.encode()).hexdigest()
        if number == 1:
            self._ask(draw_id, answer)
        gemeente = self.instruction.gemeente
        given: list[_Given] = [
            (
                each,
                unpaid_move(gemeente, each.given, draw_id=draw_id),
                uncost_move(gemeente, each.given),
            )
            if payment is Payment.AT_ONCE
            else (each, release_move(gemeente, each.given, draw_id=draw_id), None)
            for each in releases
        ]
        # What is given back comes first: what is granted may need it.
        released = self._release(
            draw_id, answer, given, record_hash=digest, document=answer.request.document
        )
        granted, parts = self._grant(draw_id, answer, wanted, number=number, record_hash=digest)
        entries = (*released, *granted)
        if entries:
            self.groups.append(entries)
        self._decide(draw_id, answer, number=number, record=text, entries=entries)
        return parts

    def add_unaccrued(
        self,
        draw_id: UUID,
        answer: Answer,
        *,
        number: int,
        releases: Sequence[Release],
        document: str,
    ) -> None:
        """Write one decision that lets go what was accrued at the end of a year."""
        text = msgspec.json.encode(answer).decode()
        gemeente = self.instruction.gemeente
        entries = self._release(
            draw_id,
            answer,
            [
                (
                    each,
                    unneeded_move(gemeente, each.given, draw_id=draw_id),
                    unaccrued_move(gemeente, each.given, draw_id=draw_id),
                )
                for each in releases
            ],
            record_hash=hashlib.sha256(text.encode()).hexdigest(),
            document=document,
        )
        self.groups.append(entries)
        self._decide(draw_id, answer, number=number, record=text, entries=entries)

    async def write(self, connection: AsyncConnection, *, results: Sequence[UUID]) -> None:
        """Write all rows in one statement and post the entries; the last steps of an operation.

        :raises Refusal: the books refused an entry; the database transaction must roll back.
        :raises AlreadyAnsweredError: the same request was answered while this one was under way.
        """
        await write_rows(connection, gemeente=self.instruction.gemeente, found=self.rows)
        await record_groups(
            connection,
            instruction=self.instruction,
            results=results,
            groups=self.groups,
            accounts=tuple(self.accounts.values()),
        )

    def _ask(self, draw_id: UUID, answer: Answer) -> None:
        asked = answer.request
        self.rows["draws"].append(
            {
                "draw_id": draw_id,
                "family_budget_id": asked.family_budget,
                "persons": asked.persons,
                "kind": asked.kind,
                "help_key": help_key(asked),
                "from_date": asked.from_date,
                "until_date": asked.until_date,
                "amount_cents": asked.amount_cents,
                "payment": asked.payment,
                "provider": asked.provider,
                "description": asked.description,
                "urgent": asked.urgent,
                "asked_at": self.instruction.at,
                "actor": self.instruction.actor.subject,
                "request": asked,
            }
        )

    def _decide(
        self, draw_id: UUID, answer: Answer, *, number: int, record: str, entries: Sequence[Entry]
    ) -> None:
        decision = answer.decision
        approval = decision.approval
        self.rows["decisions"].append(
            {
                "draw_id": draw_id,
                "number": number,
                "occasion": answer.occasion,
                "outcome": decision.outcome,
                "refusal": answer.refusal,
                "until_date": decision.until_date,
                "granted_cents": decision.granted_cents,
                "approval_by": approval.by if approval else "",
                "approve_before": approval.before if approval else None,
                "record": record,
                "decided_at": self.instruction.at,
                "actor": self.instruction.actor.subject,
                "entries": [entry.id for entry in entries],
                "booking_date": self.booking_date,
            }
        )

    def _grant(
        self,
        draw_id: UUID,
        answer: Answer,
        wanted: DrawRequest,
        *,
        number: int,
        record_hash: str,
    ) -> tuple[tuple[Entry, ...], tuple[StandingPart, ...]]:
        parts = answer.decision.parts
        if not parts:
            return (), ()
        booked = entries_for_draw(
            wanted,
            parts,
            gemeente=self.instruction.gemeente,
            draw_id=draw_id,
            booking_date=self.booking_date,
            rule_version=answer.decision.rule_version,
            record_hash=record_hash,
            new_id=self.instruction.new_id,
        )
        self.accounts.update({account.id: account for account in booked.accounts})
        at_once = wanted.payment is Payment.AT_ONCE
        if answer.occasion is not Occasion.RECOVER:
            self.rows["lines"] += [
                line_row(line, draw_id=draw_id, number=number) for line in answer.wanted.lines
            ]
        made = []
        for part, entry in zip(parts, booked.budget_entries, strict=True):
            part_id = self.instruction.new_id()
            made.append(
                StandingPart(
                    id=part_id,
                    draw=draw_id,
                    decision_number=number,
                    part=part,
                    reserved_cents=0 if at_once else part.amount_cents,
                    spent_cents=part.amount_cents if at_once else 0,
                    booking_date=self.booking_date,
                )
            )
            self.rows["parts"].append(part_row(part, part_id, draw_id=draw_id, number=number))
            self.rows["moves"].append(
                {
                    "part_id": part_id,
                    "entry_id": entry,
                    "kind": _kind(answer, MoveKind.GRANTED),
                    "reserved_cents": 0 if at_once else part.amount_cents,
                    "spent_cents": part.amount_cents if at_once else 0,
                }
            )
            if part.standing is PartStanding.ADVANCE:
                self._open_item(part, part_id, entry=entry)
        return booked.entries, tuple(made)

    def _open_item(self, part: Part, part_id: UUID, *, entry: UUID) -> None:
        self.rows["items"].append(
            {
                "part_id": part_id,
                "owner": OWNER,
                "deadline": self.instruction.today + timedelta(days=self.payer_days),
                "opened_at": self.instruction.at,
            }
        )
        self._move_item(
            part_id, "", "open", payer=part.payer, amount_cents=part.amount_cents, entry=entry
        )

    def _move_item(
        self,
        part_id: UUID,
        from_state: str,
        to_state: str,
        *,
        payer: str,
        amount_cents: int,
        entry: UUID,
    ) -> None:
        self.rows["payer_moves"].append(
            {
                "part_id": part_id,
                "from_state": from_state,
                "to_state": to_state,
                "payer": payer,
                "amount_cents": amount_cents,
                "at": self.instruction.at,
                "actor": self.instruction.actor.subject,
                "reason": "",
                "decision_ref": "",
                "entries": [entry],
            }
        )

    def _release(
        self,
        draw_id: UUID,
        answer: Answer,
        given: Sequence[_Given],
        *,
        record_hash: str,
        document: str,
    ) -> tuple[Entry, ...]:
        """Give back what parts still reserve, or what they spent, with its costs."""
        entries: list[Entry] = []
        by_days: dict[tuple[date, date], list[_Given]] = {}
        for each in given:
            part = each[0].part.part
            by_days.setdefault((part.from_date, part.until_date), []).append(each)
        for days, found in sorted(by_days.items()):
            heading = Heading(
                id=self.instruction.new_id(),
                booking_date=self.booking_date,
                kind="vrijval",
                description=f"Vrijval {answer.request.kind}",
                document=document,
                performance_from=days[0],
                performance_until=days[1],
                decision=draw_id,
                rule_version=answer.decision.rule_version,
                metadata=dimensions(besluit_sha256=record_hash),
            )
            entry, accounts = entry_for_moves([move for _, move, _ in found], heading=heading)
            costs = [cost for _, _, cost in found if cost is not None]
            if costs:
                of_costs, more = entry_for_moves(
                    costs, heading=replace(heading, id=self.instruction.new_id())
                )
                entries.append(of_costs)
                accounts += more
            entries.append(entry)
            self.accounts.update({account.id: account for account in accounts})
            for release, _, cost in found:
                self.rows["moves"].append(
                    {
                        "part_id": release.part.id,
                        "entry_id": entry.id,
                        "kind": _kind(answer, MoveKind.RELEASED),
                        "reserved_cents": -release.amount_cents if cost is None else 0,
                        "spent_cents": 0 if cost is None else -release.amount_cents,
                    }
                )
                for lapse in release.lapsed:
                    self._move_item(
                        release.part.id,
                        lapse.state,
                        "vervallen",
                        payer=lapse.payer,
                        amount_cents=lapse.amount_cents,
                        entry=entry.id,
                    )
        return tuple(entries)


async def write_rows(
    connection: AsyncConnection, *, gemeente: str, found: dict[str, list[dict[str, Any]]]
) -> None:
    """Write draws, decisions, parts, their moves and payer items in one statement."""
    await connection.exec_driver_sql(
        "SELECT domains.record_draws(%s, %s::jsonb)",
        (gemeente, msgspec.json.encode(found).decode()),
    )


async def reverse_parts(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draw: UUID,
    reversals: Sequence[tuple[UUID, UUID]],
) -> None:
    """Undo what entries did to the parts of a draw; pairs of an entry and its reversal.

    An advance that is undone waits for no payer any more; one that stands again waits again.

    :raises UsedSince: a part would reserve or spend less than nothing.
    :raises domains.payers.refusals.SettledSince: an advance went on to its payer since.
    """
    told: dict[str, Any] = {
        "gemeente": instruction.gemeente,
        "entries": [entry for entry, _ in reversals],
        "reversals": [reversal for _, reversal in reversals],
    }
    overdrawn = await rows(connection, _OVERDRAWN, told)
    if overdrawn:
        raise UsedSince(draw=str(draw))
    await take_back_steps(
        connection,
        instruction=instruction,
        entries=told["entries"],
        reversals=told["reversals"],
        reason="tegenboeking",
    )
    await connection.exec_driver_sql(_REVERSE_PARTS, told)
    await follow_parts(
        connection, instruction=instruction, entries=told["reversals"], reason="tegenboeking"
    )


_UNDONE: Final = """
    WITH undone AS (
        SELECT move.part_id, pair.reversal, -move.reserved_cents AS reserved_cents,
               -move.spent_cents AS spent_cents
        FROM unnest(%(entries)s::uuid[], %(reversals)s::uuid[]) AS pair (entry, reversal)
        JOIN domains.part_move AS move
          ON move.gemeente = %(gemeente)s AND move.entry_id = pair.entry
    )
"""

_OVERDRAWN: Final = f"""{_UNDONE}
    SELECT 1 FROM (
        SELECT part_id, sum(reserved_cents) AS reserved, sum(spent_cents) AS spent
        FROM undone GROUP BY part_id
    ) AS undone
    JOIN domains.standing_part AS part
      ON part.gemeente = %(gemeente)s AND part.part_id = undone.part_id
    WHERE part.reserved_cents + undone.reserved < 0 OR part.spent_cents + undone.spent < 0
    LIMIT 1
"""

_REVERSE_PARTS: Final = f"""{_UNDONE}
    INSERT INTO domains.part_move
        (gemeente, part_id, entry_id, kind, reserved_cents, spent_cents)
    SELECT %(gemeente)s, part_id, reversal, 'teruggeboekt', reserved_cents, spent_cents
    FROM undone
"""


def _kind(answer: Answer, kind: MoveKind) -> MoveKind:
    """Return what a move is called: what is covered anew is neither granted nor released."""
    return MoveKind.RECOVERED if answer.occasion is Occasion.RECOVER else kind


def line_row(line: Line, *, draw_id: UUID, number: int) -> dict[str, Any]:
    """Write a line of price times quantity as the row that is kept of it."""
    return {
        "draw_id": draw_id,
        "line": line.number,
        "decision_number": number,
        "product_category": line.product.category,
        "product_code": line.product.code,
        "unit": line.product.unit,
        "volume_e4": line.volume_e4,
        "tariff_e4": line.tariff_e4,
        "rounding": line.rounding,
        "tariff_version": line.tariff_version,
        "purchase_scale": line.purchase_scale,
        "signal": line.signal,
        "from_date": line.from_date,
        "until_date": line.until_date,
        "amount_cents": line.amount_cents,
    }


def part_row(part: Part, part_id: UUID, *, draw_id: UUID, number: int) -> dict[str, Any]:
    """Write a part as the row that is kept of it; its amount stands in its moves."""
    return {
        "part_id": part_id,
        "draw_id": draw_id,
        "decision_number": number,
        "person_id": part.person,
        "line": part.line,
        "from_date": part.from_date,
        "until_date": part.until_date,
        "fund": part.fund,
        "place": part.place,
        "wijk": part.wijk,
        "gezin": part.gezin,
        "standing": part.standing,
        "provisional": part.provisional,
        "payer": part.payer,
        "rule": part.rule,
        "taakveld": part.taakveld,
        "category": part.category,
        "cost_account": part.cost_account,
        "to_be_shown": part.to_be_shown,
        "stands_in_for": part.stands_in_for,
        "ahead": part.ahead,
    }
