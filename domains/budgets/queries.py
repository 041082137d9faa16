"""Reading what was imported, and what is authorised, free, pooled and spent per fund."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLine:
    """What became of an amount of a budget file; ``source`` or ``reason`` is set."""

    line_number: int
    taakveld: str
    programme: str | None
    source: str | None
    side: str
    amount_cents: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetImport:
    """An imported budget file with the report on its lines."""

    id: UUID
    year: int
    kind: str
    file_name: str
    file_sha256: str
    assumptions: tuple[str, ...]
    lines: tuple[ImportedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundStanding:
    """Where the money of a fund is, in whole cents: each euro is in exactly one place."""

    fund: str
    authorised_cents: int
    free_cents: int
    complex_reserve_cents: int
    districts_cents: int
    families_cents: int
    reserved_cents: int
    spent_cents: int
    lapsed_cents: int
    """Free when the year was closed, and gone."""
    carried_cents: int
    """Free when the year was closed, and in a fund of the next year now."""
    shortage_cents: int


async def budget_imports(
    connection: AsyncConnection, *, gemeente: str, ids: tuple[UUID, ...] = ()
) -> tuple[BudgetImport, ...]:
    """List the imported budgets, or those with these ids, with their lines."""
    found = await rows(
        connection,
        "SELECT import_id, year, kind, file_name, file_sha256, assumptions"
        " FROM domains.budget_import WHERE gemeente = %s"
        " AND (cardinality(%s::uuid[]) = 0 OR import_id = ANY (%s::uuid[])) ORDER BY year",
        (gemeente, list(ids), list(ids)),
    )
    imports = []
    for import_id, year, kind, file_name, file_sha256, assumed in found:
        lines = await rows(
            connection,
            "SELECT line_number, taakveld, programme, source, side, amount_cents, reason"
            " FROM domains.budget_import_line WHERE gemeente = %s AND import_id = %s"
            " ORDER BY sequence",
            (gemeente, import_id),
        )
        imports.append(
            BudgetImport(
                id=import_id,
                year=year,
                kind=kind,
                file_name=file_name,
                file_sha256=file_sha256,
                assumptions=tuple(assumed),
                lines=tuple(
                    ImportedLine(
                        line_number=line.line_number,
                        taakveld=line.taakveld,
                        programme=line.programme,
                        source=line.source,
                        side=line.side,
                        amount_cents=line.amount_cents,
                        reason=line.reason,
                    )
                    for line in lines
                ),
            )
        )
    return tuple(imports)


async def standings(
    connection: AsyncConnection,
    *,
    gemeente: str,
    on: date,
    known_up_to: int,
    district: str | None = None,
) -> tuple[FundStanding, ...]:
    """Say per fund where its money is on a date, as known up to a chain number."""
    totals: dict[str, dict[str, int]] = {}
    for found in await balances.trial_balance(
        connection, gemeente=gemeente, book=Book.BUDGET, on=on, known_up_to=known_up_to
    ):
        if district is not None and found.account.dimension("wijk") != district:
            continue
        per_code = totals.setdefault(found.account.colour, {})
        code = found.account.code
        per_code[code] = per_code.get(code, 0) + found.balance_cents
    return tuple(
        FundStanding(
            fund=fund,
            authorised_cents=-per_code.get(chart.AUTHORISATION, 0),
            free_cents=per_code.get(chart.FREE, 0),
            complex_reserve_cents=per_code.get(chart.COMPLEX_RESERVE, 0),
            districts_cents=per_code.get(chart.DISTRICT, 0),
            families_cents=per_code.get(chart.FAMILY, 0),
            reserved_cents=per_code.get(chart.RESERVED, 0),
            spent_cents=per_code.get(chart.SPENT, 0),
            lapsed_cents=per_code.get(chart.LAPSED, 0),
            carried_cents=per_code.get(chart.CARRIED, 0),
            shortage_cents=-per_code.get(chart.SHORTAGE, 0),
        )
        for fund, per_code in sorted(totals.items())
    )
