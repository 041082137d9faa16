"""The pages of the finance officer: budgets, who still has to pay, the council, and the journal."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.exports import FileForm, Wanted
from api.http.file_answers import file_answer
from api.http.services import services_of
from api.problems import UnknownBooking
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from api.web.wethouder import FileOf
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budget_changes.rules import ChangeUnknown
from domains.budgets.mapping import Side
from domains.figures.model import Grouping, Utilisation
from domains.figures.queries import latest_budget_year, utilisation
from domains.figures.rules import METHOD, utilisation_table
from domains.netting.queries import netting_runs
from domains.payers import queries as payers
from domains.payers.model import PayerState
from ledger import balances
from ledger.accounts import Book
from ledger.balances import JournalEntry, find_entries
from ledger.search import LAST, EntrySearch, link_hash, search_journal

OfYear: TypeAlias = Annotated[int | None, QueryParameter(name="jaar", ge=2000, le=2198)]
Per: TypeAlias = Annotated[Grouping, QueryParameter(name="per")]
Words: TypeAlias = Annotated[str, QueryParameter(name="zoek", max_length=100)]

GROUPINGS: Final = (
    ("domein", "domein"),
    ("programma", "programma"),
    ("middel", "middel"),
    ("wijk", "wijk"),
)
_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an entry with debit and credit apart."""

    book: Book
    code: str
    fund: str
    dimensions: tuple[tuple[str, str], ...]
    debit_cents: int
    credit_cents: int
    basis: str


@get("/financien", visitors=FINANCIEN.visitors)
async def used_up(request: Visit, *, jaar: OfYear = None, per: Per = Grouping.DOMAIN) -> Template:
    """Show how far budgets are used up, and what is expected by the end of the year."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _utilisation(connection, request, jaar, per)
    this_year = services_of(request).clock.today().year
    return page(
        request,
        "financien/used_up.html",
        found=found,
        method=METHOD,
        groupings=GROUPINGS,
        years=[(str(year), str(year)) for year in range(this_year + 1, this_year - 5, -1)],
    )


@get("/financien/bestand", visitors=FINANCIEN.visitors)
async def used_up_file(
    request: Visit,
    *,
    jaar: OfYear = None,
    per: Per = Grouping.DOMAIN,
    formaat: FileOf = "csv",
) -> Response[bytes]:
    """Give the same as a file."""
    gemeente, form = request.user.gemeente, FileForm(formaat)
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await _utilisation(connection, request, jaar, per)
        table = utilisation_table(found)
        wanted = Wanted(
            gemeente=gemeente, year=found.year, on=found.on, known_up_to=found.known_up_to
        )
        content = await exports.written(connection, wanted, table, form=form)
    return file_answer(content, form=form, name=table.name)


@get("/financien/betalers", visitors=FINANCIEN.visitors)
async def open_payers(
    request: Visit,
    *,
    stand: Annotated[PayerState | None, QueryParameter(name="stand")] = None,
    na: Annotated[UUID | None, QueryParameter(name="na")] = None,
) -> Template:
    """Show advances that wait for who pays, by age and one by one."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    only = payers.PayerFilter(state=stand)
    async with db.snapshot(services.engine, gemeente) as connection:
        figures = await payers.key_figures(connection, gemeente=gemeente, on=today)
        items = await payers.payer_items(
            connection, gemeente=gemeente, only=only, after=na, limit=_PAGE + 1
        )
    return page(
        request,
        "financien/payers.html",
        figures=figures,
        items=items[:_PAGE],
        following=items[_PAGE - 1].advance.id if len(items) > _PAGE else None,
        states=[("", "alle standen"), *((str(each), str(each)) for each in PayerState)],
        chosen=str(stand or ""),
        today=today,
    )


@get("/financien/betalers/{item:uuid}", visitors=FINANCIEN.visitors)
async def payer(request: Visit, item: FromPath[UUID]) -> Template:
    """Show one advance with all that became of it."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await payers.payer_item(connection, gemeente=gemeente, item=item)
        steps = await payers.steps(connection, gemeente=gemeente, item=item)
    return page(request, "financien/payer.html", item=found, steps=steps)


@get("/financien/verrekeningen", visitors=FINANCIEN.visitors)
async def nettings(request: Visit) -> Template:
    """Show what funds owed each other and how that was cleared."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await netting_runs(connection, gemeente=gemeente)
    return page(request, "financien/nettings.html", runs=found[::-1])


@get("/financien/wijzigingen", visitors=FINANCIEN.visitors)
async def changes(request: Visit) -> Template:
    """Show changes of the budget, drafted and adopted."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = latest(await budget_changes(connection, gemeente=gemeente))
    return page(request, "financien/changes.html", changes=found, expenses=Side.EXPENSES)


@get("/financien/wijzigingen/{change:uuid}", visitors=FINANCIEN.visitors)
async def budget_change(request: Visit, change: FromPath[UUID]) -> Template:
    """Show one change with what stood there, what changes and what then stands there.

    :raises ChangeUnknown: there is no such change.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = latest(await budget_changes(connection, gemeente=gemeente, change=change))
        if not found:
            raise ChangeUnknown(change=str(change))
        lines = await lines_with_old(connection, gemeente=gemeente, change=found[0])
    return page(
        request,
        "financien/change.html",
        change=found[0],
        sides=[(side, [each for each in lines if each.line.side is side]) for side in Side],
    )


@get("/financien/journaal", visitors=FINANCIEN.visitors)
async def journal(
    request: Visit,
    *,
    zoek: Words = "",
    van: Annotated[str, QueryParameter(name="van", max_length=10)] = "",
    tot: Annotated[str, QueryParameter(name="tot", max_length=10)] = "",
    middel: Annotated[str, QueryParameter(name="middel", max_length=20)] = "",
    voor: Annotated[int | None, QueryParameter(name="voor", ge=1, le=2**62)] = None,
    plaats: Annotated[int, QueryParameter(name="plaats", ge=0, le=2**31 - 1)] = 0,
) -> Template:
    """Search the journal, the newest entries first."""
    gemeente = request.user.gemeente
    asked = EntrySearch(
        text=zoek.strip(),
        from_date=_day(van),
        on=_day(tot),
        fund=middel.strip().upper(),
    )
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        ids = await search_journal(
            connection,
            gemeente=gemeente,
            asked=asked,
            before=LAST if voor is None else (voor, plaats),
            limit=_PAGE + 1,
        )
        found = await find_entries(connection, gemeente=gemeente, entries=ids[:_PAGE])
    entries = sorted(found, key=lambda each: (each.chain_number, each.position), reverse=True)
    return page(
        request,
        "financien/journal.html",
        entries=[(each, sum(max(line.amount_cents, 0) for line in each.lines)) for each in entries],
        following=entries[-1] if len(ids) > _PAGE else None,
        asked={"zoek": zoek, "van": van, "tot": tot, "middel": middel},
        has_choice=bool(zoek or van or tot or middel),
    )


@get("/financien/journaal/{entry:uuid}", visitors=FINANCIEN.visitors)
async def journal_entry(request: Visit, entry: FromPath[UUID]) -> Template:
    """Show an entry with its lines and its place in the chain.

    :raises UnknownBooking: there is no such entry.
    """
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await find_entries(connection, gemeente=gemeente, entries=[entry])
        if not found:
            raise UnknownBooking
        link = await link_hash(connection, gemeente=gemeente, chain_number=found[0].chain_number)
    return page(request, "financien/entry.html", entry=found[0], lines=_lines(found[0]), link=link)


HANDLERS: Final = (
    used_up,
    used_up_file,
    open_payers,
    payer,
    nettings,
    changes,
    budget_change,
    journal,
    journal_entry,
)


async def _utilisation(
    connection: AsyncConnection, request: Visit, year: int | None, grouping: Grouping
) -> Utilisation:
    today, gemeente = services_of(request).clock.today(), request.user.gemeente
    return await utilisation(
        connection,
        gemeente=gemeente,
        year=year or await latest_budget_year(connection, gemeente=gemeente, until=today.year),
        on=today,
        known_up_to=await balances.last_link(connection, gemeente=gemeente),
        grouping=grouping,
    )


def _lines(entry: JournalEntry) -> list[Line]:
    return [
        Line(
            book=each.account.book,
            code=each.account.code,
            fund=each.account.colour,
            dimensions=tuple(each.account.dimensions),
            debit_cents=max(each.amount_cents, 0),
            credit_cents=max(-each.amount_cents, 0),
            basis=each.basis,
        )
        for each in entry.lines
    ]


def _day(text: str) -> date | None:
    """Read a day as a field for days sends it; what is no day chooses nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
