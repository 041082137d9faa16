"""Importing observed costs: all of a file, once, with a report of what stayed out."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.costs.model import CostFile
from domains.instruction import Instruction


async def import_costs(
    connection: AsyncConnection, *, instruction: Instruction, file: CostFile, file_name: str
) -> tuple[UUID, ...]:
    """Book a file of observed costs in WAARNEMING; gives the id of the import.

    The same file again gives the import that stands; nothing is booked twice.
    """
    raise NotImplementedError
