"""Giving out a draw that reserves as an allocation to its provider."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.allocations import rules
from domains.allocations.model import NewAllocation
from domains.allocations.queries import allocations
from domains.allocations.refusals import AllocationNumberTaken, ProviderWithoutAgb
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.providers.queries import registers
from domains.reservations.standing import open_file, reservation_of
from ledger.reading import rows

_FIELDS = """
    message_law text, number integer, version integer, allocation_id uuid, draw_id uuid,
    line integer, person_id uuid, provider text, product_category text, product_code text,
    unit text, volume integer, frequency text, budget_cents bigint, tariff_e4 bigint,
    rounding text, from_date date, until_date date, change_reason text, provider_reference text,
    recorded_at timestamptz, actor text
"""


async def allocate(
    connection: AsyncConnection, *, instruction: Instruction, asked: NewAllocation
) -> tuple[UUID, ...]:
    """Give out a draw: one allocation per line, or one budget; gives the id of each.

    A family budget is given out as a generic allocation by a draw on it: so every euro of it has a
    kind, a rule and a fund before a provider can declare it.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    :raises domains.reservations.rules.NothingReserved: it reserves nothing.
    :raises domains.allocations.refusals.ProviderWithoutAgb: no message would reach the provider.
    :raises domains.allocations.refusals.PersonToName: it is not said for whom.
    :raises domains.allocations.refusals.LinesToAllocate: the form does not fit.
    :raises domains.allocations.refusals.AllocationNumberTaken: the number is of another.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    file = await open_file(connection, instruction, [asked.draw])
    await take_turns(connection, of=[numbering(gemeente)])
    pending = reservation_of(file, asked.draw)
    request = pending.request
    register = (await registers(connection, gemeente=gemeente, names=[request.provider]))[
        request.provider
    ]
    if register.provider is None or not rules.is_agb(register.provider.code):
        raise ProviderWithoutAgb(provider=request.provider)
    person = rules.person_of(asked, request.persons)
    terms = rules.terms_of(
        asked,
        lines=file.lines.get(asked.draw, ()),
        from_date=request.from_date,
        until_date=pending.decision.until_date,
        granted_cents=pending.decision.granted_cents,
    )
    first = asked.number
    if first is None:
        ((first,),) = await rows(
            connection,
            "SELECT coalesce(max(number), 10000) + 1 FROM domains.allocation"
            " WHERE gemeente = %s AND message_law = %s",
            (gemeente, asked.law),
        )
    known = {
        each.number: each
        for each in await allocations(
            connection,
            gemeente=gemeente,
            law=asked.law,
            numbers=range(first, first + len(terms)),
        )
    }
    told: list[dict[str, Any]] = []
    for number, own in enumerate(terms, first):
        earlier = known.get(number)
        if earlier is not None and (earlier.draw, earlier.line, earlier.person) != (
            asked.draw,
            own["line"],
            person,
        ):
            raise AllocationNumberTaken(number=number)
        told.append(
            own
            | {
                "message_law": asked.law,
                "number": number,
                "version": earlier.version + 1 if earlier else 1,
                "allocation_id": instruction.new_id(),
                "draw_id": asked.draw,
                "person_id": person,
                "provider": register.provider.code,
                "change_reason": asked.change_reason,
                "provider_reference": asked.provider_reference,
                "recorded_at": instruction.at,
                "actor": instruction.actor.subject,
            }
        )
    await write_allocations(connection, gemeente=gemeente, told=told)
    results = tuple(each["allocation_id"] for each in told)
    await record(connection, instruction=instruction, results=results)
    return results


def numbering(gemeente: str) -> str:
    """Name the turn of whoever numbers allocations."""
    return f"toewijzingen {gemeente}"


async def write_allocations(
    connection: AsyncConnection, *, gemeente: str, told: Sequence[dict[str, Any]]
) -> None:
    """Write versions of allocations, each by its columns, in one statement."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.allocation SELECT %s, given.*"
        f" FROM jsonb_to_recordset(%s::jsonb) AS given ({_FIELDS})",
        (gemeente, msgspec.json.encode(told).decode()),
    )
