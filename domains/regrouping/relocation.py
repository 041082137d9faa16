"""Reservations that go along with persons from one family's accounts to another's.

Help, provider, days, fund and payer stay as they are; only the family changes. What of an advance
somebody was asked to pay already stays where it is, with its item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from domains.draws.model import Part, PartStanding, StandingPart
from domains.draws.recording import MoveKind, part_row
from domains.instruction import Instruction
from domains.regrouping.model import Waiting
from domains.standard_entries import Heading, Move, entry_for_moves, relocation_move
from ledger.accounts import Account
from ledger.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """What of a part goes along: to which part, and how much of it for each expected payer."""

    known: StandingPart
    to: Part
    to_id: UUID
    waiting: tuple[Waiting, ...]

    def move(self, gemeente: str) -> Move:
        return relocation_move(
            gemeente,
            self.known.part,
            draw_id=self.known.draw,
            to=self.to,
            amount_cents=self.to.amount_cents,
        )


@dataclass(slots=True, kw_only=True)
class Relocation:
    """The rows and entries by which reservations go to another family."""

    instruction: Instruction
    booking_date: date
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            name: [] for name in ("draws", "decisions", "parts", "moves", "items", "payer_moves")
        }
    )
    entries: list[Entry] = field(default_factory=list)
    accounts: dict[UUID, Account] = field(default_factory=dict)

    def add(
        self,
        parts: Sequence[StandingPart],
        *,
        waiting: Mapping[UUID, Sequence[Waiting]],
        to: UUID,
        description: str,
    ) -> None:
        """Let parts, in the order of draw and days, go to a family as far as they can."""
        going = [
            each for part in parts if (each := self._going(part, waiting.get(part.id, ()), to))
        ]
        for (draw, from_date, until_date), found in groupby(
            going,
            key=lambda each: (each.known.draw, each.to.from_date, each.to.until_date),
        ):
            together = tuple(found)
            entry, accounts = entry_for_moves(
                [each.move(self.instruction.gemeente) for each in together],
                heading=Heading(
                    id=self.instruction.new_id(),
                    booking_date=self.booking_date,
                    kind="gezinswijziging",
                    description=description,
                    performance_from=from_date,
                    performance_until=until_date,
                    decision=draw,
                ),
            )
            self.entries.append(entry)
            self.accounts.update({account.id: account for account in accounts})
            for each in together:
                self._write(each, entry=entry.id)

    def _going(self, known: StandingPart, waiting: Sequence[Waiting], to: UUID) -> _Going | None:
        taken = _first(waiting, known.reserved_cents)
        cents = known.reserved_cents
        if known.part.standing is PartStanding.ADVANCE:
            cents = sum(each.amount_cents for each in taken)
        if cents == 0:
            return None
        return _Going(
            known=known,
            to=replace(known.part, gezin=to, amount_cents=cents),
            to_id=self.instruction.new_id(),
            waiting=taken,
        )

    def _write(self, going: _Going, *, entry: UUID) -> None:
        known, cents = going.known, going.to.amount_cents
        self.rows["parts"].append(
            part_row(going.to, going.to_id, draw_id=known.draw, number=known.decision_number)
        )
        self.rows["moves"] += [
            {
                "part_id": part_id,
                "entry_id": entry,
                "kind": MoveKind.RELOCATED,
                "reserved_cents": reserved_cents,
                "spent_cents": 0,
            }
            for part_id, reserved_cents in ((known.id, -cents), (going.to_id, cents))
        ]
        if going.waiting:
            first = going.waiting[0]
            self.rows["items"].append(
                {
                    "part_id": going.to_id,
                    "owner": first.owner,
                    "deadline": first.deadline,
                    "opened_at": first.opened_at,
                }
            )
        for each in going.waiting:
            for part_id, from_state, to_state in (
                (known.id, "open", "vervallen"),
                (going.to_id, "", "open"),
            ):
                self.rows["payer_moves"].append(
                    {
                        "part_id": part_id,
                        "from_state": from_state,
                        "to_state": to_state,
                        "payer": each.payer,
                        "amount_cents": each.amount_cents,
                        "at": self.instruction.at,
                        "actor": self.instruction.actor.subject,
                        "reason": "gezinswijziging",
                        "decision_ref": "",
                        "entries": [entry],
                    }
                )


def _first(waiting: Sequence[Waiting], cents: int) -> tuple[Waiting, ...]:
    """Take an amount from what waits, in order, as far as that goes."""
    taken = []
    for each in waiting:
        part = min(each.amount_cents, cents)
        if part > 0:
            taken.append(replace(each, amount_cents=part))
            cents -= part
    return tuple(taken)
