"""SiSa: what was spent of each specific grant (specifieke uitkering), by indicator.

Spending counts at delivery: what a fund of the year paid, whenever it was booked. Which account
falls under which indicator is data; an account with a dimension ``indicator`` tells it itself.
Source: Financiële-verhoudingswet 17a; BBV 49 b for what is not spent yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.data.files import rows_of
from domains.exports.accounts import AccountType, type_of
from domains.exports.model import Column, ColumnKind, Movement, Table
from domains.exports.queries import movements, scope_of

_ROWS: Final = rows_of("sisa.csv")
_GRANTS: Final = frozenset(row["bron"] for row in _ROWS)
_FOREVER: Final = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLine:
    """What a grant spent, had as revenue and still holds on one indicator, in whole cents."""

    code: str
    grant: str
    provider: str
    indicator: str
    description: str
    control: str
    fund: str
    taakveld: str
    spent_cents: int
    revenue_cents: int
    unspent_cents: int


async def grant_lines(
    connection: AsyncConnection, *, gemeente: str, year: int, on: date, known_up_to: int
) -> tuple[GrantLine, ...]:
    """List the lines of the grants of a year, up to a booking date.

    :raises domains.exports.refusals.NothingKnownYet: nothing was ever booked.
    """
    scope = await scope_of(
        connection, gemeente=gemeente, from_date=date(year, 1, 1), on=on, known_up_to=known_up_to
    )
    return lines_of(await movements(connection, scope), year=year)


def lines_of(moved: Iterable[Movement], *, year: int) -> tuple[GrantLine, ...]:
    """Put what lies on the accounts of grants under their indicators.

    All lasten of these funds are in it, so that the lines add up to the trial balance.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for each in moved:
        account, fund = each.account, each.account.colour
        place = _place_of(each)
        source = chart.source_of(fund)
        if place is None or source not in _GRANTS or chart.year_of(fund) != year:
            continue
        taakveld = account.dimension("taakveld") or ""
        row = _row_of(source, account.code, taakveld, year)
        key = (
            row["code"],
            row["regeling"],
            row["verstrekker"],
            account.dimension("indicator") or row["indicator"],
            row["omschrijving"],
            row["aard_controle"],
            fund,
            taakveld,
        )
        sign = 1 if place == 0 else -1
        found.setdefault(key, [0, 0, 0])[place] += sign * each.closing_cents
    return tuple(
        GrantLine(
            code=key[0],
            grant=key[1],
            provider=key[2],
            indicator=key[3],
            description=key[4],
            control=key[5],
            fund=key[6],
            taakveld=key[7],
            spent_cents=cents[0],
            revenue_cents=cents[1],
            unspent_cents=cents[2],
        )
        for key, cents in sorted(found.items())
        if any(cents)
    )


def as_table(lines: Iterable[GrantLine], *, year: int) -> Table:
    """Give the lines as a table."""
    return Table(
        name=f"sisa-{year}",
        columns=(
            *(
                Column(name=name)
                for name in (
                    "code",
                    "regeling",
                    "verstrekker",
                    "indicator",
                    "omschrijving",
                    "aardControle",
                    "middel",
                    "taakveld",
                )
            ),
            Column(name="besteding", kind=ColumnKind.AMOUNT),
            Column(name="baten", kind=ColumnKind.AMOUNT),
            Column(name="onbesteed", kind=ColumnKind.AMOUNT),
        ),
        rows=tuple(
            (
                each.code,
                each.grant,
                each.provider,
                each.indicator,
                each.description,
                each.control,
                each.fund,
                each.taakveld,
                each.spent_cents,
                each.revenue_cents,
                each.unspent_cents,
            )
            for each in lines
        ),
    )


def _place_of(each: Movement) -> int | None:
    """Tell in which column an account falls: spent, revenue, not spent yet, or none."""
    kind = type_of(each.account.code)
    if kind is AccountType.BALANCE:
        return 2 if each.account.code == chart.GRANT_LIABILITY else None
    return 0 if kind is AccountType.EXPENSES else 1


def _row_of(source: str, code: str, taakveld: str, year: int) -> dict[str, str]:
    """Find the first row that fits; the last of each source fits everything of its years."""
    return next(
        row
        for row in _ROWS
        if row["bron"] == source
        and int(row["jaar_van"]) <= year <= int(row["jaar_tot"] or _FOREVER)
        and row["rekening"] in {"", code}
        and row["taakveld"] in {"", taakveld}
    )
