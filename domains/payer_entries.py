"""The standard entries of who pays in the end: acceptance, settlement, payment and netting.

``BUDGET`` gives the room back to where an advance came from, and takes it where the final payer has
it; ``LASTEN`` moves the costs. The colour of a line is its fund, so funds that settle keep what
they owe each other on due-from and due-to until a netting run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from domains import chart
from domains.draws.model import Part, StandingPart
from domains.payers.model import Share
from domains.standard_entries import Move, place_account, reserved_account, spent_account
from ledger.accounts import Account

CONTRIBUTION_CATEGORY: Final = "4.5.8"
"""Income from other institutions and persons (Iv3)."""


def costs_of(gemeente: str, part: Part) -> Account:
    """Give the cost account of a part, by the nature of the help."""
    return chart.cost(
        gemeente,
        part.fund,
        code=part.cost_account,
        taakveld=part.taakveld,
        category=part.category,
    )


def returned_moves(
    gemeente: str, advance: StandingPart, *, spent_cents: int, reserved_cents: int
) -> tuple[Move, ...]:
    """Give the room of an advance back to where it came from (BUDGET).

    It pays nothing, so it names no rule: that may have ended since. So it is with all that an
    advance gives up below.
    """
    part, draw_id = advance.part, advance.draw
    sources = (
        (spent_account(gemeente, part, draw_id=draw_id), spent_cents),
        (reserved_account(gemeente, part, draw_id=draw_id), reserved_cents),
    )
    return tuple(
        Move(
            debit=place_account(gemeente, part),
            credit=account,
            amount_cents=cents,
        )
        for account, cents in sources
        if cents
    )


def taken_over_moves(gemeente: str, share: Share, *, draw_id: UUID) -> tuple[Move, ...]:
    """Take the room of whoever pays in the end from where it lies (BUDGET)."""
    part = share.part
    targets = (
        (spent_account(gemeente, part, draw_id=draw_id), share.spent_cents),
        (reserved_account(gemeente, part, draw_id=draw_id), share.reserved_cents),
    )
    return tuple(
        Move(
            debit=account,
            credit=place_account(gemeente, part),
            amount_cents=cents,
            basis=part.rule,
        )
        for account, cents in targets
        if cents
    )


def claim_move(gemeente: str, part: Part, *, payer: str, debtor: str, amount_cents: int) -> Move:
    """Turn costs into a claim on an outside payer (LASTEN); never revenue: the costs go."""
    return Move(
        debit=chart.claim(gemeente, part.fund, payer=payer, debtor=debtor),
        credit=costs_of(gemeente, part),
        amount_cents=amount_cents,
    )


def late_claim_move(
    gemeente: str, part: Part, *, fund: str, payer: str, debtor: str, amount_cents: int
) -> Move:
    """Claim what an outside payer accepts after the year was closed: revenue of the open year."""
    return Move(
        debit=chart.claim(gemeente, fund, payer=payer, debtor=debtor),
        credit=revenue_of(gemeente, part, fund=fund),
        amount_cents=amount_cents,
    )


def revenue_of(gemeente: str, part: Part, *, fund: str) -> Account:
    """Give the revenue account of what others pay for this help in a later year."""
    return chart.contribution(
        gemeente, fund, taakveld=part.taakveld, category=CONTRIBUTION_CATEGORY
    )


def settlement_moves(gemeente: str, share: Share, *, given_up: Account) -> tuple[Move, ...]:
    """Move costs to whoever pays in the end (LASTEN).

    ``given_up`` is what the other fund no longer has: its costs, or a claim that nobody pays.
    Between two funds it leaves what they owe each other.
    """
    part, other = share.part, given_up.colour
    costs = costs_of(gemeente, part)
    if part.fund == other:
        return (
            Move(debit=costs, credit=given_up, amount_cents=share.spent_cents, basis=part.rule),
        )
    return (
        Move(
            debit=costs,
            credit=chart.due_to(gemeente, part.fund, other=other),
            amount_cents=share.spent_cents,
            basis=part.rule,
        ),
        Move(
            debit=chart.due_from(gemeente, other, other=part.fund),
            credit=given_up,
            amount_cents=share.spent_cents,
        ),
    )


def as_before(moves: Iterable[Move]) -> tuple[Move, ...]:
    """Let a fund bear again what it paid lawfully before; that rule may have ended since."""
    return tuple(replace(move, basis="") for move in moves)


def payment_move(gemeente: str, claim: Account, *, amount_cents: int) -> Move:
    """Let an outside payer pay a claim (LASTEN)."""
    return Move(
        debit=chart.payments(gemeente, claim.colour), credit=claim, amount_cents=amount_cents
    )


def netting_moves(gemeente: str, owed_cents: Mapping[tuple[str, str], int]) -> tuple[Move, ...]:
    """Clear what funds owe each other, by payments of the difference (LASTEN).

    ``owed_cents`` are per creditor and debtor.
    """
    return tuple(
        move
        for (creditor, debtor), cents in sorted(owed_cents.items())
        if cents
        for move in (
            Move(
                debit=chart.due_to(gemeente, debtor, other=creditor),
                credit=chart.payments(gemeente, debtor),
                amount_cents=cents,
            ),
            Move(
                debit=chart.payments(gemeente, creditor),
                credit=chart.due_from(gemeente, creditor, other=debtor),
                amount_cents=cents,
            ),
        )
    )
