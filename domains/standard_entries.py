"""The standard entries (journaalposten): which lines stand for which event.

Every event of the sub-ledger has its entry here, in the book ``BUDGET`` and where costs arise in
the book ``LASTEN``; one pair of lines per fund, so that each colour sums to zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from domains import chart
from domains.budget_changes.model import ChangeLine
from domains.budgets.mapping import Side
from domains.draws.model import Decision, DrawRequest, Part, Place
from domains.families.model import Family
from domains.pooling.model import CouncilLine
from ledger.accounts import Account, Dimensions, dimensions
from ledger.balances import JournalEntry
from ledger.entries import Entry, Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An amount (whole cents, above zero) from the credited to the debited account, one colour."""

    debit: Account
    credit: Account
    amount_cents: int
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What an entry says apart from its lines; see :class:`ledger.entries.Entry`."""

    id: UUID
    booking_date: date
    kind: str
    description: str
    document: str = ""
    performance_from: date | None = None
    performance_until: date | None = None
    decision: UUID | None = None
    rule_version: str = ""
    metadata: Dimensions = ()


def council_moves(gemeente: str, year: int, lines: Sequence[CouncilLine]) -> tuple[Move, ...]:
    """Turn what the council authorised into moves: debit free, credit authorisation."""
    return tuple(
        Move(
            debit=chart.free(gemeente, chart.fund(line.source, year)),
            credit=chart.authorisation(
                gemeente,
                chart.fund(line.source, year),
                programme=line.programme,
                taakveld=line.taakveld,
            ),
            amount_cents=line.amount_cents,
        )
        for line in lines
    )


def shift_moves(
    gemeente: str, *, from_line: CouncilLine, to_line: CouncilLine, year: int
) -> tuple[Move, ...]:
    """Turn a shift into moves: authorisation and free of both funds, each in its own colour."""
    moved = council_moves(gemeente, year, [to_line])
    (given,) = council_moves(gemeente, year, [from_line])
    return (
        Move(debit=given.credit, credit=given.debit, amount_cents=given.amount_cents),
        *moved,
    )


def budget_change_moves(gemeente: str, year: int, lines: Sequence[ChangeLine]) -> tuple[Move, ...]:
    """Turn the lasten of a budget change into moves: more is free, less is taken from free.

    Baten give no authority to spend, so they are no move.
    """
    moves = []
    for line in lines:
        if line.side is Side.EXPENSES:
            free = chart.free(gemeente, line.fund(year))
            authorisation = chart.authorisation(
                gemeente, line.fund(year), programme=line.programme, taakveld=line.taakveld
            )
            more = line.change_cents > 0
            moves.append(
                Move(
                    debit=free if more else authorisation,
                    credit=authorisation if more else free,
                    amount_cents=abs(line.change_cents),
                )
            )
    return tuple(moves)


def entry_for_moves(
    moves: Sequence[Move], *, heading: Heading
) -> tuple[Entry, tuple[Account, ...]]:
    """Turn moves into one entry, with the accounts that it needs.

    Lines on the same account with the same basis are summed, so that a budget of many lines gives
    one line per account.
    """
    amounts: dict[tuple[UUID, str], int] = {}
    accounts: dict[UUID, Account] = {}
    for move in moves:
        for account, sign in ((move.debit, 1), (move.credit, -1)):
            accounts[account.id] = account
            key = (account.id, move.basis)
            amounts[key] = amounts.get(key, 0) + sign * move.amount_cents
    entry = Entry(
        id=heading.id,
        booking_date=heading.booking_date,
        kind=heading.kind,
        description=heading.description,
        document=heading.document,
        performance_from=heading.performance_from,
        performance_until=heading.performance_until,
        decision=heading.decision,
        rule_version=heading.rule_version,
        metadata=heading.metadata,
        postings=tuple(
            Posting(account=account, amount_cents=amount, basis=basis)
            for (account, basis), amount in amounts.items()
            if amount
        ),
    )
    return entry, tuple(accounts.values())


def entry_for_reversal(
    entry: JournalEntry, *, entry_id: UUID, booking_date: date, reason: str
) -> Entry:
    """Give the mirror image of an entry (tegenboeking)."""
    return Entry(
        id=entry_id,
        booking_date=booking_date,
        performance_from=entry.performance_from,
        performance_until=entry.performance_until,
        kind="tegenboeking",
        description=reason,
        document=entry.document,
        decision=entry.decision,
        rule_version=entry.rule_version,
        reverses=entry.id,
        postings=tuple(
            Posting(account=line.account.id, amount_cents=-line.amount_cents, basis=line.basis)
            for line in entry.lines
        ),
    )


def entries_for_draw(
    request: DrawRequest,
    decision: Decision,
    *,
    gemeente: str,
    family: Family,
    draw_id: UUID,
    booking_date: date,
    record_hash: str,
    new_id: Callable[[], UUID],
) -> tuple[tuple[Entry, ...], tuple[Account, ...]]:
    """Give the entries of a granted draw that is paid at once, with the accounts they need.

    Per stretch of days: spent against where the money lay (BUDGET), and cost against creditors
    (LASTEN). ``record_hash`` ties the decision record to the chain.
    """
    entries: list[Entry] = []
    accounts: dict[UUID, Account] = {}
    by_days = sorted(decision.parts, key=lambda part: (part.from_date, part.until_date))
    for (from_date, until_date), found in groupby(
        by_days, key=lambda part: (part.from_date, part.until_date)
    ):
        parts = tuple(found)
        for moves in (
            [
                _budget_move(
                    gemeente, part, wijk=family.district_on(booking_date), gezin=str(family.id)
                )
                for part in parts
            ],
            [_cost_move(gemeente, part) for part in parts],
        ):
            entry, needed = entry_for_moves(
                moves,
                heading=Heading(
                    id=new_id(),
                    booking_date=booking_date,
                    kind="trekking",
                    description=f"Trekking {request.kind}",
                    document=request.document,
                    performance_from=from_date,
                    performance_until=until_date,
                    decision=draw_id,
                    rule_version=decision.rule_version,
                    metadata=dimensions(besluit_sha256=record_hash),
                ),
            )
            entries.append(entry)
            accounts.update({account.id: account for account in needed})
    return tuple(entries), tuple(accounts.values())


def _budget_move(gemeente: str, part: Part, *, wijk: str, gezin: str) -> Move:
    """Give the move in BUDGET: spent against the place where the money lay."""
    places: dict[Place, Account] = {
        Place.FAMILY: chart.family(gemeente, part.fund, gezin=gezin),
        Place.DISTRICT: chart.district(gemeente, part.fund, wijk=wijk),
        Place.COMPLEX: chart.complex_reserve(gemeente, part.fund),
        Place.SHORTAGE: chart.shortage(gemeente, part.fund),
    }
    return Move(
        debit=chart.spent(
            gemeente,
            part.fund,
            wijk=wijk,
            gezin=gezin,
            taakveld=part.taakveld,
            category=part.category,
        ),
        credit=places[part.place],
        amount_cents=part.amount_cents,
        basis=part.rule,
    )


def _cost_move(gemeente: str, part: Part) -> Move:
    """Give the move in LASTEN: cost by its nature against creditors."""
    return Move(
        debit=chart.cost(
            gemeente,
            part.fund,
            code=part.cost_account,
            taakveld=part.taakveld,
            category=part.category,
        ),
        credit=chart.creditors(gemeente, part.fund),
        amount_cents=part.amount_cents,
        basis=part.rule,
    )
