"""Writing what a step on an open payer item changes: the item, parts with their moves, entries.

Nothing is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.recording import MoveKind, part_row
from domains.instruction import Instruction, record
from domains.payers.model import Change, PayerItem, Share
from domains.standard_entries import Heading, Move, entry_for_moves
from ledger.accounts import Account, dimensions
from ledger.entries import Entry


@dataclass(slots=True, kw_only=True)
class Book:
    """What one step on an item writes: its changes, its parts with their moves, its entries."""

    instruction: Instruction
    item: PayerItem
    booking_date: date
    id: UUID = field(init=False)
    reason: str = ""
    decision: str = ""
    document: str = ""
    days: tuple[date, date] | None = None
    rule_version: str = ""
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"parts": [], "moves": [], "payer_moves": []}
    )
    entries: list[Entry] = field(default_factory=list)
    accounts: dict[UUID, Account] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = self.instruction.new_id()

    def change(self, changes: Sequence[Change], *, entries: Sequence[UUID] = ()) -> None:
        """Write changes of the item, with the entries that were booked for them."""
        for each in changes:
            self.rows["payer_moves"].append(
                {
                    "part_id": self.item.advance.id,
                    "from_state": each.from_state,
                    "to_state": each.to_state,
                    "payer": each.payer,
                    "amount_cents": each.amount_cents,
                    "at": self.instruction.at,
                    "actor": self.instruction.actor.subject,
                    "reason": self.reason,
                    "decision_ref": self.decision,
                    "entries": list(entries),
                    "step_id": self.id,
                    "booking_date": self.booking_date,
                }
            )

    def add(
        self, moves: Sequence[Move], *, kind: str, days: tuple[date, date] | None = None
    ) -> UUID:
        """Make an entry of moves; gives its id."""
        from_date, until_date = days or self.days or (None, None)
        entry, accounts = entry_for_moves(
            moves,
            heading=Heading(
                id=self.instruction.new_id(),
                booking_date=self.booking_date,
                kind=kind,
                description=f"Openstaande betaler {self.item.kind}",
                document=self.document,
                performance_from=from_date,
                performance_until=until_date,
                decision=self.item.advance.draw,
                rule_version=self.rule_version,
                metadata=dimensions(openstaande_betaler=str(self.item.advance.id)),
            ),
        )
        self.entries.append(entry)
        self.accounts.update({account.id: account for account in accounts})
        return entry.id

    def settle(self, entry: UUID, *, spent_cents: int, reserved_cents: int) -> None:
        """Take from the advance what an entry in BUDGET took from it."""
        self._move_part(
            self.item.advance.id, entry, spent_cents=-spent_cents, reserved_cents=-reserved_cents
        )

    def take_over(self, share: Share, entry: UUID) -> None:
        """Write what a fund takes over as a part of its own."""
        advance, part_id = self.item.advance, self.instruction.new_id()
        self.rows["parts"].append(
            part_row(share.part, part_id, draw_id=advance.draw, number=advance.decision_number)
        )
        self._move_part(
            part_id, entry, spent_cents=share.spent_cents, reserved_cents=share.reserved_cents
        )

    async def write(self, connection: AsyncConnection) -> tuple[UUID, ...]:
        """Write all rows in one statement and post the entries; the last steps of an operation."""
        gemeente = self.instruction.gemeente
        await connection.exec_driver_sql(
            "SELECT domains.record_draws(%s, %s::jsonb)",
            (gemeente, msgspec.json.encode(self.rows).decode()),
        )
        results = (self.item.advance.id, self.id)
        await record(
            connection,
            instruction=self.instruction,
            results=results,
            entries=self.entries,
            accounts=tuple(self.accounts.values()),
        )
        return results

    def _move_part(
        self, part_id: UUID, entry: UUID, *, spent_cents: int, reserved_cents: int
    ) -> None:
        self.rows["moves"].append(
            {
                "part_id": part_id,
                "entry_id": entry,
                "kind": MoveKind.SETTLED,
                "reserved_cents": reserved_cents,
                "spent_cents": spent_cents,
            }
        )
