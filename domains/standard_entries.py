"""The standard entries (journaalposten): which lines stand for which event.

Every event of the sub-ledger has its entry here, in the book ``BUDGET`` and where costs arise in
the book ``LASTEN``; one pair of lines per fund, so that each colour sums to zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domains import chart
from domains.budget_changes.model import ChangeLine
from domains.budgets.mapping import Side
from domains.draws.model import DrawRequest, Part, Payment, Place
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

    def of(self, amount_cents: int) -> "Move":
        """Give the same move of another amount."""
        return Move(
            debit=self.debit, credit=self.credit, amount_cents=amount_cents, basis=self.basis
        )


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
    # By the numbers of ids: the ids themselves are slow to look up, and files have many lines.
    amounts: dict[tuple[int, str], int] = {}
    accounts: dict[int, Account] = {}
    for move in moves:
        for account, sign in ((move.debit, 1), (move.credit, -1)):
            number = account.id.int
            accounts[number] = account
            key = (number, move.basis)
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
            Posting(account=accounts[number].id, amount_cents=amount, basis=basis)
            for (number, basis), amount in amounts.items()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedDraw:
    """The entries of a granted draw, the accounts they need, and where each part stands."""

    entries: tuple[Entry, ...]
    accounts: tuple[Account, ...]
    budget_entries: tuple[UUID, ...]
    """The entry in BUDGET of each part, in the order of the parts."""


def entries_for_draw(
    request: DrawRequest,
    parts: Sequence[Part],
    *,
    gemeente: str,
    draw_id: UUID,
    booking_date: date,
    rule_version: str,
    record_hash: str,
    new_id: Callable[[], UUID],
) -> BookedDraw:
    """Give the entries of parts that a draw is granted.

    Per stretch of days: reserved, or what is paid at once spent, against where the money lay
    (BUDGET); and what is paid at once as cost against creditors (LASTEN). ``record_hash`` ties the
    decision record to the chain.
    """
    entries: list[Entry] = []
    accounts: dict[UUID, Account] = {}
    standing_in: dict[tuple[date, date], UUID] = {}
    at_once = request.payment is Payment.AT_ONCE
    by_days: dict[tuple[date, date], list[Part]] = {}
    for part in parts:
        by_days.setdefault((part.from_date, part.until_date), []).append(part)
    for days, found in sorted(by_days.items()):
        budget = [grant_move(gemeente, part, draw_id=draw_id, at_once=at_once) for part in found]
        costs = [cost_move(gemeente, part) for part in found] if at_once else []
        for moves in (budget, costs):
            if not moves:
                continue
            entry, needed = entry_for_moves(
                moves,
                heading=Heading(
                    id=new_id(),
                    booking_date=booking_date,
                    kind="trekking",
                    description=f"Trekking {request.kind}",
                    document=request.document,
                    performance_from=days[0],
                    performance_until=days[1],
                    decision=draw_id,
                    rule_version=rule_version,
                    metadata=dimensions(besluit_sha256=record_hash),
                ),
            )
            entries.append(entry)
            accounts.update({account.id: account for account in needed})
            standing_in.setdefault(days, entry.id)
    return BookedDraw(
        entries=tuple(entries),
        accounts=tuple(accounts.values()),
        budget_entries=tuple(standing_in[part.from_date, part.until_date] for part in parts),
    )


def grant_move(gemeente: str, part: Part, *, draw_id: UUID, at_once: bool) -> Move:
    """Give the move in BUDGET of a grant: from where the money lay to reserved, or to spent."""
    account = spent_account if at_once else reserved_account
    return Move(
        debit=account(gemeente, part, draw_id=draw_id),
        credit=place_account(gemeente, part),
        amount_cents=part.amount_cents,
        basis=part.rule,
    )


def release_move(gemeente: str, part: Part, *, draw_id: UUID) -> Move:
    """Give the move in BUDGET of a release: from reserved back to where the money lay.

    It pays nothing, so it names no rule: that may have ended since.
    """
    return Move(
        debit=place_account(gemeente, part),
        credit=reserved_account(gemeente, part, draw_id=draw_id),
        amount_cents=part.amount_cents,
    )


def unpaid_move(gemeente: str, part: Part, *, draw_id: UUID) -> Move:
    """Give the move in BUDGET of what another pays after all: from spent back to where it lay."""
    return Move(
        debit=place_account(gemeente, part),
        credit=spent_account(gemeente, part, draw_id=draw_id),
        amount_cents=part.amount_cents,
    )


def uncost_move(gemeente: str, part: Part) -> Move:
    """Give the move in LASTEN of what another pays after all: its cost and its debt go."""
    cost = cost_move(gemeente, part)
    return Move(debit=cost.credit, credit=cost.debit, amount_cents=cost.amount_cents)


def relocation_move(
    gemeente: str, part: Part, *, draw_id: UUID, to: Part, amount_cents: int
) -> Move:
    """Give the move in BUDGET of a reservation that goes along with a person to another family.

    It was granted before and pays nothing new, so it names no rule: that may have ended since.
    """
    return Move(
        debit=reserved_account(gemeente, to, draw_id=draw_id),
        credit=reserved_account(gemeente, part, draw_id=draw_id),
        amount_cents=amount_cents,
    )


def place_account(gemeente: str, part: Part) -> Account:
    """Give the account where the money of a part lay."""
    if part.place is Place.FAMILY:
        return chart.family(gemeente, part.fund, gezin=str(part.gezin))
    if part.place is Place.DISTRICT:
        return chart.district(gemeente, part.fund, wijk=part.wijk)
    if part.place is Place.COMPLEX:
        return chart.complex_reserve(gemeente, part.fund)
    if part.place is Place.FREE:
        return chart.free(gemeente, part.fund)
    return chart.shortage(gemeente, part.fund)


def reserved_account(gemeente: str, part: Part, *, draw_id: UUID) -> Account:
    """Give the account of what a draw still reserves of the kind of a part."""
    return chart.reserved(
        gemeente,
        part.fund,
        wijk=part.wijk,
        gezin=str(part.gezin),
        taakveld=part.taakveld,
        category=part.category,
        verplichting=draw_id,
    )


def spent_account(gemeente: str, part: Part, *, draw_id: UUID) -> Account:
    """Give the account of what a draw spent of the kind of a part."""
    return chart.spent(
        gemeente,
        part.fund,
        wijk=part.wijk,
        gezin=str(part.gezin),
        taakveld=part.taakveld,
        category=part.category,
        verplichting=draw_id,
    )


def deliver_move(gemeente: str, part: Part, *, draw_id: UUID) -> Move:
    """Give the move in BUDGET of a delivery: from reserved to spent."""
    return Move(
        debit=spent_account(gemeente, part, draw_id=draw_id),
        credit=reserved_account(gemeente, part, draw_id=draw_id),
        amount_cents=part.amount_cents,
        basis=part.rule,
    )


def cost_move(gemeente: str, part: Part) -> Move:
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
