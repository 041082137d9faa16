"""Making districts known, by hand or from a CBS file."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.districts.rules import check_districts
from domains.instruction import Instruction, record, refuse_repetition
from domains.readers.model import District


async def import_districts(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    districts: Sequence[District],
) -> tuple[UUID, ...]:
    """Add districts; one that is known already stays as it is. Gives the id of the import.

    :raises domains.districts.rules.DistrictElsewhere: a code belongs to another municipality.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_districts(instruction.gemeente, districts)
    for district in sorted(districts, key=lambda each: each.code):
        await connection.exec_driver_sql(
            "INSERT INTO domains.district"
            " (gemeente, district, name, inhabitants, households)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                instruction.gemeente,
                district.code,
                district.name,
                district.inhabitants,
                district.households,
            ),
        )
    import_id = instruction.new_id()
    await record(connection, instruction=instruction, results=[import_id])
    return (import_id,)
