"""The tables of the books, as the migrations make them, for questions written in Python.

The migrations decide; a test fails where this file differs. Only ``ledger/books.py`` writes.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """The number of a database transaction, which SQLAlchemy does not know."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # SQLAlchemy's own form.
        """Name the type as PostgreSQL does."""
        return "xid8"


metadata: Final = MetaData(schema="ledger")

account: Final = Table(
    "account",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("book", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("dimensions", JSONB, nullable=False),
    Column("floor_cents", BigInteger),
    Column("chain_number", BigInteger, nullable=False),
    PrimaryKeyConstraint("gemeente", "account_id", name="pk_account"),
    UniqueConstraint(
        "gemeente", "book", "code", "colour", "dimensions", name="uq_account_natural_key"
    ),
    Index("ix_account_chain_number", "gemeente", "chain_number"),
    Index("ix_account_id", "account_id", postgresql_using="hash"),
)

balance: Final = Table(
    "balance",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("balance_cents", BigInteger, nullable=False),
    Column("floor_cents", BigInteger),
    Column("last_month", Date),
    Column("month_debit_cents", BigInteger, nullable=False, server_default="0"),
    Column("month_credit_cents", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("gemeente", "account_id", name="pk_balance"),
    UniqueConstraint("account_id", "gemeente", name="uq_balance_account"),
    CheckConstraint("floor_cents IS NULL OR balance_cents >= floor_cents", name="ck_balance_floor"),
)

month_total: Final = Table(
    "month_total",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("month", Date, nullable=False),
    Column("debit_cents", BigInteger, nullable=False),
    Column("credit_cents", BigInteger, nullable=False),
    PrimaryKeyConstraint("gemeente", "account_id", "month", name="pk_month_total"),
)

period_change: Final = Table(
    "period_change",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("chain_number", BigInteger, nullable=False),
    Column("from_date", Date, nullable=False),
    Column("until_date", Date, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("open_until", DateTime(timezone=True)),
    PrimaryKeyConstraint("gemeente", "chain_number", name="pk_period_change"),
    CheckConstraint("from_date < until_date", name="ck_period_change_days"),
    CheckConstraint("is_open OR open_until IS NULL", name="ck_period_change_open_until"),
)

request: Final = Table(
    "request",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("chain_number", BigInteger, nullable=False),
    Column("request_number", Integer, nullable=False),
    Column("client", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("verdicts", Text, nullable=False),
    Column("results", ARRAY(Uuid), nullable=False),
    PrimaryKeyConstraint("gemeente", "chain_number", "request_number", name="pk_request"),
    UniqueConstraint("key", "client", "gemeente", name="uq_request_key"),
)

entry: Final = Table(
    "entry",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("chain_number", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("request_number", Integer, nullable=False),
    Column("group_number", Integer, nullable=False),
    Column("entry_id", Uuid, nullable=False),
    Column("booking_date", Date, nullable=False),
    Column("performance_from", Date),
    Column("performance_until", Date),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("decision", Uuid),
    Column("rule_version", Text, nullable=False),
    Column("reverses", Uuid),
    Column("metadata", JSONB, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("gemeente", "chain_number", "position", name="pk_entry"),
    UniqueConstraint("entry_id", "gemeente", name="uq_entry_id"),
    CheckConstraint(
        "coalesce(performance_from < performance_until,"
        " performance_from IS NULL AND performance_until IS NULL)",
        name="ck_entry_performance",
    ),
    Index(
        "uq_entry_reverses",
        "gemeente",
        "reverses",
        unique=True,
        postgresql_where=text("reverses IS NOT NULL"),
    ),
)

posting: Final = Table(
    "posting",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("chain_number", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("booking_date", Date, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("basis", Text, nullable=False),
    PrimaryKeyConstraint("gemeente", "chain_number", "position", "line", name="pk_posting"),
    Index(
        "ix_posting_account",
        "gemeente",
        "account_id",
        "booking_date",
        "chain_number",
        postgresql_include=["amount_cents"],
    ),
)

link: Final = Table(
    "link",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("chain_number", BigInteger, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("accounts", Integer, nullable=False),
    Column("periods", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("gemeente", "chain_number", name="pk_link"),
)

chain_head: Final = Table(
    "chain_head",
    metadata,
    Column("gemeente", Text, nullable=False),
    Column("chain_number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("posted_by", Xid8),
    PrimaryKeyConstraint("gemeente", name="pk_chain_head"),
)
