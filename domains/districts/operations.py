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
    """Add districts; one that is known keeps what it has, and gets the figures it lacked.

    Gives the id of the import.

    :raises domains.districts.rules.DistrictTwice: the list holds two districts of one code.
    :raises domains.districts.rules.DistrictElsewhere: a code belongs to another municipality.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_districts(instruction.gemeente, districts)
    for district in sorted(districts, key=lambda each: each.code):
        await connection.exec_driver_sql(
            "INSERT INTO domains.district"
            " (gemeente, district, name, inhabitants, households)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT pk_district DO UPDATE"
            " SET inhabitants = coalesce(district.inhabitants, EXCLUDED.inhabitants),"
            " households = coalesce(district.households, EXCLUDED.households)"
            " WHERE district.inhabitants IS NULL AND EXCLUDED.inhabitants IS NOT NULL"
            " OR district.households IS NULL AND EXCLUDED.households IS NOT NULL",
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
