"""The pages of the finance officer: budgets, who still has to pay, the council, and the journal."""

from dataclasses import dataclass
from datetime import date, datetime
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
from api.web.controle_bronnen import page_of
from api.web.language import in_words, marked
from api.web.pages import FINANCIEN, page
from api.web.visitors import Visit
from api.web.wethouder import FileOf
from domains.figures.model import Grouping, Utilisation
from domains.figures.queries import latest_budget_year, utilisation
from domains.figures.rules import METHOD, utilisation_table
from domains.origins.queries import origins_of
from ledger import balances
from ledger.accounts import Book
from ledger.balances import JournalEntry, find_entries
from ledger.search import LAST, EntrySearch, link_hash, search_journal

OfYear: TypeAlias = Annotated[int | None, QueryParameter(name="jaar", ge=2000, le=2198)]
Per: TypeAlias = Annotated[Grouping, QueryParameter(name="per")]
Words: TypeAlias = Annotated[str, QueryParameter(name="zoek", max_length=100)]

GROUPINGS: Final = (
    ("domein", marked("domein")),
    ("programma", marked("programma")),
    ("middel", marked("middel")),
    ("wijk", marked("wijk")),
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
        groupings=in_words(GROUPINGS),
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
        text="".join(each for each in zoek if each.isprintable()).strip(),
        from_date=_day(van),
        on=_day(tot),
        fund=middel.strip().upper() if middel.isprintable() else "",
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
        origins = await origins_of(connection, gemeente=gemeente, entry=entry)
    return page(
        request,
        "financien/entry.html",
        entry=found[0],
        recorded_at=datetime.fromisoformat(found[0].recorded_at),
        lines=_lines(found[0]),
        link=link,
        origins=[page_of(each) for each in origins],
    )


HANDLERS: Final = (
    used_up,
    used_up_file,
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
