"""Adding lines to the audit log."""

from collections.abc import Sequence
from dataclasses import asdict

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.audit.model import Line


async def write(connection: AsyncConnection, *, gemeente: str, lines: Sequence[Line]) -> None:
    """Add lines in this order; the last statement of a database transaction."""
    told = msgspec.json.encode([asdict(line) for line in lines]).decode()
    await connection.exec_driver_sql("SELECT access.write_audit(%s, %s::jsonb)", (gemeente, told))
