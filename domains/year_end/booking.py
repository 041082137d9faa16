"""Writing what the closing of a year does: deliveries, releases, its own entries, and the lock."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart, year_entries
from domains.draws.case import book_of
from domains.draws.model import Answer, Occasion, StandingPart
from domains.draws.recording import Book, MoveKind
from domains.instruction import Instruction
from domains.pooling.operations import add_funds
from domains.reservations.delivering import write_deliveries
from domains.reservations.model import DeliveryOutcome
from domains.reservations.standing import File, as_it_stands
from domains.standard_entries import Heading, Move, deliver_move, entry_for_moves
from domains.year_end import rules
from domains.year_end.model import WAYS, CarryOver, ClosingRecord, Outcome
from domains.year_end.weighing import Figures
from ledger import books
from ledger.accounts import Account, dimensions
from ledger.entries import Entry
from ledger.money import show


@dataclass(slots=True, kw_only=True)
class _Entries:
    """The entries of the closing itself, which carry the hash of its record."""

    instruction: Instruction
    closing: UUID
    digest: str
    found: list[Entry] = field(default_factory=list)
    accounts: dict[UUID, Account] = field(default_factory=dict)

    def add(self, moves: Sequence[Move], *, kind: str, day: date, description: str) -> None:
        """Add an entry, unless there is nothing to move."""
        if not moves:
            return
        entry, accounts = entry_for_moves(
            moves,
            heading=Heading(
                id=self.instruction.new_id(),
                booking_date=day,
                kind=kind,
                description=description,
                decision=self.closing,
                metadata=dimensions(jaarafsluiting_sha256=self.digest),
            ),
        )
        self.found.append(entry)
        self.accounts.update({account.id: account for account in accounts})


async def book_closing(
    connection: AsyncConnection, file: File, figures: Figures, *, kept: ClosingRecord, number: int
) -> UUID:
    """Record a closing and, unless it is blocked, book it and shut the year; gives its id.

    All of it or nothing: the entries are one database transaction with the closing of the days.
    """
    instruction, year = file.case.instruction, kept.asked.year
    closing_id = instruction.new_id()
    text = msgspec.json.encode(kept).decode()
    entries = _Entries(
        instruction=instruction,
        closing=closing_id,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    book = book_of(file.case, date(year, 12, 31))
    results = [closing_id]
    closes = kept.outcome is Outcome.CLOSED
    if closes:
        _release(file, book, figures)
        delivered = _accrue(file, book, figures, year)
        results += [row["delivery_id"] for row in delivered]
        await write_deliveries(connection, gemeente=instruction.gemeente, told=delivered)
        _empty(entries, figures, year)
        _open_next_year(entries, figures, year)
        await _add_funds(connection, instruction.gemeente, figures.carried, year)
        book.groups += [(entry,) for entry in entries.found]
        book.accounts.update(entries.accounts)
    await connection.exec_driver_sql(
        "INSERT INTO domains.year_closing"
        " (gemeente, closing_id, year, number, outcome, record, recorded_at, actor, entries)"
        " VALUES (%s, %s, %s, %s, %s, %s::json, %s, %s, %s::uuid[])",
        (
            instruction.gemeente,
            closing_id,
            year,
            number,
            kept.outcome,
            text,
            instruction.at,
            instruction.actor.subject,
            [entry.id for entry in entries.found],
        ),
    )
    await book.write(connection, results=results)
    if closes:
        await books.change_period(
            connection,
            gemeente=instruction.gemeente,
            from_date=date(year, 1, 1),
            until_date=date(year + 1, 1, 1),
            is_open=False,
            actor=instruction.actor.subject,
            reason=f"jaarafsluiting {year}, {number}",
            recorded_at=instruction.at,
        )
    return closing_id


def _release(file: File, book: Book, figures: Figures) -> None:
    """Let go what was not delivered, draw by draw, as a decision on each."""
    by_draw: dict[UUID, list[tuple[StandingPart, int]]] = {}
    for part, cents in figures.undeclared.released:
        by_draw.setdefault(part.draw, []).append((part, cents))
    for draw, given in by_draw.items():
        pending = file.case.dossier.draws[draw]
        releases = file.releases(given)
        total = sum(each.amount_cents for each in releases)
        decision = as_it_stands(
            pending, sentence=f"Vrijgevallen bij de jaarafsluiting: {show(total)}.", case=file.case
        )
        answer = Answer(
            occasion=Occasion.RELEASE, request=pending.request, decision=decision, refusal=""
        )
        book.add(draw, answer, number=file.next_number(pending), releases=releases)


def _accrue(file: File, book: Book, figures: Figures, year: int) -> list[dict[str, Any]]:
    """Book what was delivered and not declared, and give it as deliveries.

    One delivery per draw, line, person and days: reserved becomes spent (BUDGET), and a cost that
    still has to be declared (LASTEN).
    """
    same: dict[tuple[Any, ...], list[StandingPart]] = {}
    for each in figures.undeclared.accrued:
        part = each.part
        key = (each.draw, part.line, part.person, part.from_date, part.until_date)
        same.setdefault(key, []).append(each)
    return [_delivery(file, book, parts, year) for _, parts in sorted(same.items(), key=_order)]


def _delivery(file: File, book: Book, parts: Sequence[StandingPart], year: int) -> dict[str, Any]:
    instruction, first = file.case.instruction, parts[0]
    gemeente, draw = instruction.gemeente, first.draw
    delivery_id = instruction.new_id()
    document = f"jaarafsluiting {year}"
    heading = Heading(
        id=instruction.new_id(),
        booking_date=book.booking_date,
        kind="levering",
        description="Geleverd en nog niet gedeclareerd",
        document=document,
        performance_from=first.part.from_date,
        performance_until=first.part.until_date,
        decision=draw,
        rule_version=file.case.rule_version,
        metadata=dimensions(levering=str(delivery_id)),
    )
    taken = [replace(each.part, amount_cents=each.reserved_cents) for each in parts]
    budget, of_budget = entry_for_moves(
        [deliver_move(gemeente, part, draw_id=draw) for part in taken], heading=heading
    )
    costs, of_costs = entry_for_moves(
        [year_entries.accrual_move(gemeente, part, draw_id=draw) for part in taken],
        heading=replace(heading, id=instruction.new_id()),
    )
    book.accounts.update({account.id: account for account in (*of_budget, *of_costs)})
    book.groups.append((budget, costs))
    book.rows["moves"] += [
        {
            "part_id": each.id,
            "entry_id": budget.id,
            "kind": MoveKind.DELIVERED,
            "reserved_cents": -each.reserved_cents,
            "spent_cents": each.reserved_cents,
        }
        for each in parts
    ]
    amount = sum(each.reserved_cents for each in parts)
    return {
        "delivery_id": delivery_id,
        "draw_id": draw,
        "line": first.part.line,
        "person_id": first.part.person,
        "from_date": first.part.from_date,
        "until_date": first.part.until_date,
        "volume_e4": None,
        "asked_cents": amount,
        "amount_cents": amount,
        "document": document,
        "resumes": None,
        "outcome": DeliveryOutcome.DELIVERED,
        "refusal": "",
        "sentence": f"{show(amount)} overlopend: geleverd in {year}, nog te declareren.",
        "recorded_at": instruction.at,
        "actor": instruction.actor.subject,
        "entries": [budget.id, costs.id],
    }


def _empty(entries: _Entries, figures: Figures, year: int) -> None:
    """Book on the last day what lapses, is set aside, and was used of grants."""
    gemeente, day = entries.instruction.gemeente, date(year, 12, 31)
    for fund in figures.funds:
        entries.add(
            year_entries.emptying_moves(
                gemeente,
                fund.fund,
                rooms=figures.rooms.get(fund.fund, ()),
                carried_cents=fund.carried_cents,
            ),
            kind="jaarafsluiting",
            day=day,
            description=f"Afsluiting {fund.fund}",
        )
    for carried in figures.carried:
        if WAYS[carried.way].is_set_aside:
            moved = year_entries.set_aside_move(
                gemeente, carried.fund, amount_cents=carried.amount_cents
            )
            entries.add(
                [moved], kind="jaarafsluiting", day=day, description=_told(carried, "Toevoeging")
            )
    for grant in figures.grants:
        liability, revenue = rules.LIABILITIES[chart.source_of(grant.fund)]
        entries.add(
            year_entries.grant_used_moves(
                gemeente,
                grant.fund,
                liability=liability,
                revenue=revenue,
                costs=figures.costs[grant.fund],
                revenues=figures.revenues[grant.fund],
                amount_cents=grant.used_cents,
            ),
            kind="jaarafsluiting",
            day=day,
            description=f"Besteed van {grant.fund}",
        )


def _open_next_year(entries: _Entries, figures: Figures, year: int) -> None:
    """Book on the first day of the next year what goes on in it."""
    gemeente, day = entries.instruction.gemeente, date(year + 1, 1, 1)
    for carried in figures.carried:
        way, to = WAYS[carried.way], rules.next_fund(carried.fund)
        if way.gives_room:
            moved = year_entries.opening_move(
                gemeente,
                to,
                programme=carried.programme,
                taakveld=carried.taakveld,
                amount_cents=carried.amount_cents,
            )
            entries.add(
                [moved], kind="jaaropening", day=day, description=_told(carried, "Overgeheveld")
            )
        if way.is_set_aside:
            moved = year_entries.from_reserve_move(
                gemeente, carried.fund, amount_cents=carried.amount_cents
            )
            entries.add(
                [moved], kind="jaaropening", day=day, description=_told(carried, "Onttrekking")
            )
    for grant in figures.grants:
        if grant.carried_cents:
            liability, _ = rules.LIABILITIES[chart.source_of(grant.fund)]
            entries.add(
                year_entries.grant_carried_moves(
                    gemeente,
                    grant.fund,
                    to=rules.next_fund(grant.fund),
                    liability=liability,
                    amount_cents=grant.carried_cents,
                ),
                kind="jaaropening",
                day=day,
                description=f"{grant.fund} loopt door",
            )


async def _add_funds(
    connection: AsyncConnection, gemeente: str, carried: Sequence[CarryOver], year: int
) -> None:
    """Let the funds of the next year be known to which money goes."""
    funds = {
        rules.next_fund(each.fund): chart.source_of(each.fund)
        for each in carried
        if WAYS[each.way].gives_room
    }
    await add_funds(connection, gemeente=gemeente, funds=funds, year=year + 1)


def _told(carried: CarryOver, what: str) -> str:
    return f"{what} {carried.fund}: {carried.decision}"


def _order(item: tuple[tuple[Any, ...], Sequence[StandingPart]]) -> tuple[Any, ...]:
    return item[0]
