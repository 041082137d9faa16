"""The standard entries of the end of a year: what is accrued, lapses or goes to the next year.

``BUDGET`` empties every account of a fund that still has room; ``LASTEN`` knows what was delivered
and not declared, what the council set aside, and what is left of grants. The colour of money never
changes: what goes to the next year leaves one fund and is authorised in another.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domains import chart
from domains.draws.model import Part
from domains.standard_entries import Move, cost_move, spent_account
from ledger.accounts import Account
from ledger.money import split


def accrual_move(gemeente: str, part: Part, *, draw_id: UUID) -> Move:
    """Give the move in LASTEN of what was delivered and not declared: cost against 1210."""
    cost = cost_move(gemeente, part)
    return Move(
        debit=cost.debit,
        credit=chart.to_be_invoiced(gemeente, part.fund, verplichting=draw_id),
        amount_cents=cost.amount_cents,
        basis=cost.basis,
    )


def unaccrued_move(gemeente: str, part: Part, *, draw_id: UUID) -> Move:
    """Give the mirror image in LASTEN of what was accrued and will not be declared."""
    accrued = accrual_move(gemeente, part, draw_id=draw_id)
    return Move(debit=accrued.credit, credit=accrued.debit, amount_cents=accrued.amount_cents)


def unneeded_move(gemeente: str, part: Part, *, draw_id: UUID) -> Move:
    """Let lapse in BUDGET what a closed year spent on an accrual that will not be declared."""
    return Move(
        debit=chart.lapsed(gemeente, part.fund),
        credit=spent_account(gemeente, part, draw_id=draw_id),
        amount_cents=part.amount_cents,
    )


def invoiced_move(gemeente: str, fund: str, *, draw_id: UUID, amount_cents: int) -> Move:
    """Let a declaration take the place of what was accrued (LASTEN): 1210 against creditors."""
    return Move(
        debit=chart.to_be_invoiced(gemeente, fund, verplichting=draw_id),
        credit=chart.creditors(gemeente, fund),
        amount_cents=amount_cents,
    )


def emptying_moves(
    gemeente: str, fund: str, *, rooms: Sequence[tuple[Account, int]], carried_cents: int
) -> tuple[Move, ...]:
    """Bring all that a fund has left to free, and let it lapse but for what is carried over."""
    free = chart.free(gemeente, fund)
    left_cents = sum(cents for _, cents in rooms)
    moves = [
        Move(debit=free, credit=account, amount_cents=cents)
        for account, cents in rooms
        if account.id != free.id
    ]
    for account, cents in (
        (chart.carried(gemeente, fund), carried_cents),
        (chart.lapsed(gemeente, fund), left_cents - carried_cents),
    ):
        moves.append(Move(debit=account, credit=free, amount_cents=cents))
    return tuple(move for move in moves if move.amount_cents)


def set_aside_move(gemeente: str, fund: str, *, amount_cents: int) -> Move:
    """Add to the reserve what the council set aside from a fund (LASTEN, taakveld 0.10)."""
    return Move(
        debit=chart.to_reserve(gemeente, fund),
        credit=chart.reserve(gemeente, fund),
        amount_cents=amount_cents,
    )


def from_reserve_move(gemeente: str, fund: str, *, amount_cents: int) -> Move:
    """Take from the reserve in the new year what was set aside (LASTEN, taakveld 0.10)."""
    return Move(
        debit=chart.reserve(gemeente, fund),
        credit=chart.from_reserve(gemeente, fund),
        amount_cents=amount_cents,
    )


def opening_move(
    gemeente: str, fund: str, *, programme: str, taakveld: str, amount_cents: int
) -> Move:
    """Authorise in a fund of the new year what was carried over to it (BUDGET)."""
    return Move(
        debit=chart.free(gemeente, fund),
        credit=chart.authorisation(gemeente, fund, programme=programme, taakveld=taakveld),
        amount_cents=amount_cents,
    )


def grant_used_moves(
    gemeente: str,
    fund: str,
    *,
    liability: str,
    revenue: str,
    costs: Mapping[str, int],
    revenues: Mapping[str, int],
    amount_cents: int,
) -> tuple[Move, ...]:
    """Turn what was used of a grant into revenue, on the taakvelden of its costs (LASTEN).

    Below zero it becomes a liability again, on the taakvelden where it was revenue. ``costs`` and
    ``revenues`` are whole cents per taakveld; one where more was taken back than cost has no share.
    """
    if not amount_cents:
        return ()
    weights = {
        taakveld: cents
        for taakveld, cents in (costs if amount_cents > 0 else revenues).items()
        if cents > 0
    }
    moves = []
    shares = split(abs(amount_cents), list(weights.values()))
    for taakveld, cents in zip(weights, shares, strict=True):
        owed = chart.grant_liability(gemeente, fund, code=liability)
        earned = chart.grant_revenue(gemeente, fund, code=revenue, taakveld=taakveld)
        debit, credit = (owed, earned) if amount_cents > 0 else (earned, owed)
        if cents:
            moves.append(Move(debit=debit, credit=credit, amount_cents=cents))
    return tuple(moves)


def grant_carried_moves(
    gemeente: str, fund: str, *, to: str, liability: str, amount_cents: int
) -> tuple[Move, ...]:
    """Bring what is left of a grant to the fund of the next year, through payments (LASTEN)."""
    return (
        Move(
            debit=chart.grant_liability(gemeente, fund, code=liability),
            credit=chart.payments(gemeente, fund),
            amount_cents=amount_cents,
        ),
        Move(
            debit=chart.payments(gemeente, to),
            credit=chart.grant_liability(gemeente, to, code=liability),
            amount_cents=amount_cents,
        ),
    )
