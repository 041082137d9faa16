"""Recording how heavy the problems of families were."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.families.rules import UnknownFamily
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.severity.model import Measurement
from ledger.reading import rows


async def record_severities(
    connection: AsyncConnection, *, instruction: Instruction, measurements: Sequence[Measurement]
) -> tuple[UUID, ...]:
    """Record measurements, all or none; gives the id of the list.

    Another measurement of the same family and day takes the place of the earlier one.

    :raises domains.families.rules.UnknownFamily: there is no such family.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"zwaarte {gemeente}"])
    families = [each.family for each in measurements]
    for (family,) in await rows(
        connection,
        "SELECT asked FROM unnest(%s::uuid[]) AS asked WHERE NOT EXISTS ("
        "SELECT 1 FROM domains.family WHERE gemeente = %s AND family_id = asked) LIMIT 1",
        (families, gemeente),
    ):
        raise UnknownFamily(family=str(family))
    list_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.family_severity (gemeente, family_id, measured_on, number, severity,"
        " list_id, recorded_at, actor)"
        " SELECT %(gemeente)s, asked.family_id, asked.measured_on, coalesce(max(known.number), 0)"
        " + row_number() OVER (PARTITION BY asked.family_id, asked.measured_on ORDER BY place),"
        " asked.severity, %(list)s, %(at)s, %(actor)s"
        " FROM unnest(%(families)s::uuid[], %(days)s::date[], %(severities)s::numeric[])"
        " WITH ORDINALITY AS asked (family_id, measured_on, severity, place)"
        " LEFT JOIN domains.family_severity AS known ON known.gemeente = %(gemeente)s"
        " AND known.family_id = asked.family_id AND known.measured_on = asked.measured_on"
        " GROUP BY asked.family_id, asked.measured_on, asked.severity, asked.place",
        {
            "gemeente": gemeente,
            "list": list_id,
            "at": instruction.at,
            "actor": instruction.actor.subject,
            "families": families,
            "days": [each.measured_on for each in measurements],
            "severities": [each.severity for each in measurements],
        },
    )
    await record(connection, instruction=instruction, results=[list_id])
    return (list_id,)
