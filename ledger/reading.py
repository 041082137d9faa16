"""Run one read statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection


async def rows(
    connection: AsyncConnection,
    statement: str,
    parameters: Mapping[str, Any] | tuple[Any, ...] = (),
) -> Sequence[Any]:
    """Run a read and give its rows; a row's columns are read by name or by place."""
    answer = await connection.exec_driver_sql(statement, parameters)
    return answer.all()
