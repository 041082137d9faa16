"""Shows the report of domain benefits, and remembers what was shown."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.report import queries
from domains.benefits.report.model import CellEntry, Report, Scope, Seen
from domains.benefits.report.rules import (
    by_domain,
    check_quarters,
    chosen,
    hide,
    in_district,
    pile_of,
    report_of,
)
from domains.districts.queries import district
from domains.instruction import take_turns


async def show_report(
    connection: AsyncConnection,
    *,
    gemeente: str,
    scope: Scope,
    report_id: UUID,
    at: datetime,
    actor: str,
) -> Report:
    """Show a report, in view of all that were shown before, and remember that it was.

    :raises domains.districts.rules.UnknownDistrict: this municipality has no such district.
    :raises domains.benefits.report.refusals.PeriodNotQuarters: not whole quarters.
    :raises domains.benefits.report.refusals.PeriodInverted: it ends before it begins.
    """
    (found,) = await show_reports(
        connection, gemeente=gemeente, scopes={report_id: scope}, at=at, actor=actor
    )
    return found


async def show_reports(
    connection: AsyncConnection,
    *,
    gemeente: str,
    scopes: Mapping[UUID, Scope],
    at: datetime,
    actor: str,
) -> tuple[Report, ...]:
    """Show reports one after the other, by their ids, as if each were asked for alone.

    What was seen cannot be unseen, so also somebody else's report counts; and reports take turns,
    because two that are made at one moment are held beside each other as well.

    :raises domains.districts.rules.UnknownDistrict: this municipality has no such district.
    :raises domains.benefits.report.refusals.PeriodNotQuarters: not whole quarters.
    :raises domains.benefits.report.refusals.PeriodInverted: it ends before it begins.
    """
    for scope in scopes.values():
        check_quarters(scope)
        if scope.wijk is not None:
            await district(connection, gemeente=gemeente, code=scope.wijk)
    await take_turns(connection, of=[f"rapport domeinbaten {gemeente}"])
    earlier = await queries.seen(connection, gemeente=gemeente)
    latest = max(each.known_up_to for each in (*scopes.values(), *(old.scope for old in earlier)))
    booked = await queries.booked(connection, gemeente=gemeente, known_up_to=latest)
    blocks = await queries.blocks(
        connection, gemeente=gemeente, ids=sorted({each.block for each in booked})
    )
    # In a thread, because for a large municipality this takes a second in which others wait.
    pile = await asyncio.to_thread(pile_of, booked, blocks)
    residences = await queries.residences(connection, gemeente=gemeente, families=pile.families)
    shown = [
        (chosen(pile, each.scope, moment=each.moment, residences=residences), each)
        for each in earlier
    ]
    found = []
    observed: dict[tuple[str | None, date, int], dict[tuple[str, date], int]] = {}
    for report_id, scope in scopes.items():
        moment = await queries.moment_of(
            connection, gemeente=gemeente, known_up_to=scope.known_up_to
        )
        now = at if moment is None else moment
        table = chosen(pile, scope, moment=now, residences=residences)
        hidden = await asyncio.to_thread(hide, pile, table, earlier=shown)
        if not any((mask == table).all() for mask, _ in shown):
            seen = Seen(scope=scope, moment=now, hidden=hidden)
            await _remember(connection, gemeente, report_id, seen, at=at, actor=actor)
            shown.append((table, seen))
        of_whom = scope.wijk, scope.on, scope.known_up_to
        if of_whom not in observed:
            observed[of_whom] = await queries.observed(
                connection, gemeente=gemeente, scope=scope, moment=now
            )
        spent = await queries.spent(connection, gemeente=gemeente, scope=scope)
        found.append(
            report_of(
                pile,
                scope,
                table,
                hidden=hidden,
                evidence=await queries.evidence(connection, gemeente=gemeente, moment=now),
                spent=by_domain(spent.items()),
                observed=by_domain(
                    (fund, cents)
                    for (fund, quarter), cents in observed[of_whom].items()
                    if scope.holds(quarter)
                ),
            )
        )
    return tuple(found)


async def behind_cell(
    connection: AsyncConnection,
    *,
    gemeente: str,
    scope: Scope,
    at: datetime,
    contributor: str,
    receiver: str,
) -> tuple[CellEntry, ...]:
    """Give every entry that a cell of a report is the sum of, or its part in a district.

    :raises domains.districts.rules.UnknownDistrict: this municipality has no such district.
    """
    entries = await queries.cell_entries(
        connection, gemeente=gemeente, scope=scope, contributor=contributor, receiver=receiver
    )
    if scope.wijk is None:
        return entries
    await district(connection, gemeente=gemeente, code=scope.wijk)
    moment = await queries.moment_of(connection, gemeente=gemeente, known_up_to=scope.known_up_to)
    blocks = await queries.blocks(
        connection, gemeente=gemeente, ids=sorted({each.block for each in entries})
    )
    families = list({family for block in blocks.values() for family in block.families})
    return in_district(
        entries,
        blocks,
        wijk=scope.wijk,
        moment=at if moment is None else moment,
        residences=await queries.residences(connection, gemeente=gemeente, families=families),
    )


async def _remember(
    connection: AsyncConnection,
    gemeente: str,
    report_id: UUID,
    seen: Seen,
    *,
    at: datetime,
    actor: str,
) -> None:
    await connection.exec_driver_sql(
        "INSERT INTO domains.benefit_report (gemeente, report_id, wijk, from_date, until_date,"
        " on_date, known_up_to, moment, hidden, shown_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            report_id,
            seen.scope.wijk,
            seen.scope.from_date,
            seen.scope.until_date,
            seen.scope.on,
            seen.scope.known_up_to,
            seen.moment,
            msgspec.json.encode(
                {str(state): sorted(places) for state, places in seen.hidden.items()}
            ).decode(),
            at,
            actor,
        ),
    )
