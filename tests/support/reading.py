"""Reads the books row by row, to compare them with the model or with other books."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import checker
from ledger.findings import Finding

ENTRIES: Final = """
    SELECT entry.entry_id, entry.booking_date, entry.performance_from, entry.performance_until,
           entry.actor, entry.kind, entry.description, entry.reverses, entry.metadata,
           posting.line, posting.account_id, posting.booking_date AS line_date,
           posting.amount_cents, posting.basis
    FROM ledger.entry JOIN ledger.posting USING (gemeente, chain_number, position)
    ORDER BY chain_number, position, line
"""
REQUESTS: Final = """
    SELECT client, key, fingerprint, actor, verdicts, results FROM ledger.request
    ORDER BY chain_number, request_number
"""


async def balances(connection: AsyncConnection) -> dict[UUID, int]:
    """Read every stored balance."""
    found = await connection.exec_driver_sql("SELECT account_id, balance_cents FROM ledger.balance")
    return {row.account_id: row.balance_cents for row in found}


async def months(connection: AsyncConnection) -> dict[tuple[UUID, date], tuple[int, int]]:
    """Read every stored month total."""
    found = await connection.exec_driver_sql(
        "SELECT account_id, month, sum(debit_cents)::bigint AS debit_cents,"
        " sum(credit_cents)::bigint AS credit_cents"
        " FROM ledger.booking_month GROUP BY account_id, month"
    )
    return {(row.account_id, row.month): (row.debit_cents, row.credit_cents) for row in found}


async def chain_number(connection: AsyncConnection, gemeente: str) -> int:
    """Read the number of the last link; zero where there is none."""
    found = await connection.exec_driver_sql(
        "SELECT chain_number FROM ledger.chain_head WHERE gemeente = %s", (gemeente,)
    )
    return found.scalar() or 0


async def rows(connection: AsyncConnection, question: str) -> list[tuple[object, ...]]:
    """Read rows as plain tuples."""
    found = await connection.exec_driver_sql(question)
    return [tuple(row) for row in found]


async def findings(engine: AsyncEngine, gemeente: str) -> tuple[Finding, ...]:
    """Check the books and give every difference that was found."""
    async with db.transaction(engine, gemeente) as connection:
        report = await checker.check(connection, gemeente=gemeente, progress=None)
    return report.findings
