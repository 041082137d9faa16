"""The passes of the checker: one per law of the books, each with the columns that it guards.

A statement works on a whole range at once and gives only what is wrong. All are written apart from
the posting function on purpose: the canonical texts and the sums stand there a second time, so that
one mistake can not hide in both.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ledger import chain_statements, derived_statements


class Axis(Enum):
    """How a pass is cut, so that memory stays flat however long the books are."""

    CHAIN = "chain"
    """By chain number: above ``after``, up to and including ``until``."""
    ACCOUNTS = "accounts"
    """By account id: from ``first`` up to and including ``last``."""
    WHOLE = "whole"
    """Not at all: reads indexes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One check over the books: what it guards, as table and columns, and how it asks."""

    name: str
    axis: Axis
    guards: tuple[tuple[str, str], ...]
    statement: str


def _columns(table: str, columns: str) -> tuple[tuple[str, str], ...]:
    return tuple((table, column) for column in columns.split())


PASSES: Final = (
    Pass(
        name="schakels",
        axis=Axis.CHAIN,
        guards=(
            *_columns("link", "gemeente chain_number recorded_at accounts periods entries"),
            *_columns("link", "requests hash"),
            *_columns("account", "gemeente account_id book code colour dimensions floor_cents"),
            *_columns("account", "chain_number"),
            *_columns("period_change", "gemeente chain_number from_date until_date is_open"),
            *_columns("period_change", "actor reason open_until"),
            *_columns("request", "gemeente chain_number request_number client key fingerprint"),
            *_columns("request", "actor verdicts results"),
            *_columns("entry", "gemeente chain_number position content_hash"),
        ),
        statement=chain_statements.LINKS,
    ),
    Pass(
        name="rijen zonder schakel",
        axis=Axis.CHAIN,
        guards=tuple(
            (table, "chain_number") for table in ("account", "period_change", "request", "entry")
        ),
        statement=chain_statements.ORPHANS,
    ),
    Pass(
        name="boekingen",
        axis=Axis.CHAIN,
        guards=(
            *_columns("entry", "position request_number entry_id group_number booking_date"),
            *_columns("entry", "performance_from performance_until recorded_at actor kind"),
            *_columns("entry", "description document decision rule_version reverses metadata"),
            *_columns("posting", "gemeente chain_number position line account_id booking_date"),
            *_columns("posting", "amount_cents basis"),
        ),
        statement=chain_statements.ENTRIES,
    ),
    Pass(
        name="evenwicht",
        axis=Axis.CHAIN,
        guards=(
            *_columns("posting", "account_id amount_cents"),
            *_columns("account", "book colour"),
        ),
        statement=chain_statements.BALANCE,
    ),
    Pass(
        name="perioden",
        axis=Axis.CHAIN,
        guards=(
            *_columns("entry", "booking_date"),
            *_columns("period_change", "from_date until_date is_open open_until"),
        ),
        statement=chain_statements.PERIODS,
    ),
    Pass(
        name="tegenboekingen",
        axis=Axis.CHAIN,
        guards=_columns("entry", "reverses"),
        statement=chain_statements.REVERSALS,
    ),
    Pass(
        name="saldi",
        axis=Axis.ACCOUNTS,
        guards=_columns("balance", "gemeente account_id balance_cents floor_cents"),
        statement=derived_statements.BALANCES,
    ),
    Pass(
        name="maandtotalen",
        axis=Axis.ACCOUNTS,
        guards=(
            *_columns("month_total", "gemeente account_id month debit_cents credit_cents"),
            *_columns("balance", "last_month month_debit_cents month_credit_cents"),
        ),
        statement=derived_statements.MONTHS,
    ),
    Pass(
        name="ondergrenzen",
        axis=Axis.ACCOUNTS,
        guards=_columns("account", "floor_cents"),
        statement=derived_statements.FLOORS,
    ),
    Pass(
        name="ketenkop",
        axis=Axis.WHOLE,
        guards=_columns("chain_head", "gemeente chain_number hash"),
        statement=derived_statements.HEAD,
    ),
    Pass(
        name="dubbele rijen",
        axis=Axis.WHOLE,
        guards=(*_columns("request", "client key"), *_columns("entry", "entry_id")),
        statement=derived_statements.TWINS,
    ),
)
"""Every pass that is a statement; the others are in Python (see ledger/checker.py)."""
