"""What the controller looks back on: the audit log, lawfulness, exceptions and checkpoints."""

from typing import Annotated, Final, TypeAlias

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.clock import LAST_DAY
from api.exports import FileForm, Wanted
from api.http.file_answers import file_answer
from api.http.rights import BOOKS, READ_LOG
from api.http.services import services_of
from api.runtime import checkpoint_folder
from api.web.pages import CONTROLE, page
from api.web.visitors import Visit
from api.web.wethouder import FileOf
from domains.audit.queries import head, lines
from domains.exports.lawfulness import Lawfulness, lawfulness
from domains.exports.refusals import NothingKnownYet, YearNotInBooks
from domains.figures.queries import latest_budget_year
from domains.year_end.queries import exceptions
from ledger import checkpoints
from ledger.balances import last_link

OfYear: TypeAlias = Annotated[int | None, QueryParameter(name="jaar", ge=2000, le=2198)]

_PAGE: Final = 50
_YEARS: Final = 5


@get("/controle/auditlog", visitors=READ_LOG)
async def audit_log(
    request: Visit,
    *,
    voor: Annotated[int | None, QueryParameter(name="voor", ge=1, le=2**62)] = None,
) -> Template:
    """Show who did or was refused what, the last first."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await lines(connection, gemeente=gemeente, before=voor, limit=_PAGE + 1)
        last = await head(connection, gemeente=gemeente)
    return page(
        request,
        "controle/audit_log.html",
        lines=found[:_PAGE],
        following=found[_PAGE - 1].number if len(found) > _PAGE else None,
        head=last,
    )


@get("/controle/uitzonderingen", visitors=CONTROLE.visitors)
async def all_exceptions(request: Visit) -> Template:
    """Show closed days that were opened for a time, with everything booked under each."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        found = await exceptions(connection, gemeente=gemeente)
    return page(request, "controle/exceptions.html", exceptions=found[::-1])


@get("/controle/controlepunten", visitors=CONTROLE.visitors)
async def all_checkpoints(request: Visit) -> Template:
    """Show the checkpoints that were signed and kept beside the database, and hold them against it.

    :raises ledger.checkpoints.FolderUnusable: the folder cannot be read.
    """
    services, gemeente = services_of(request), request.user.gemeente
    folder = checkpoint_folder(services.settings)
    kept = checkpoints.read(folder, gemeente)
    async with db.snapshot(services.engine, gemeente) as connection:
        number = await last_link(connection, gemeente=gemeente)
    return page(
        request,
        "controle/checkpoints.html",
        checkpoints=kept.checkpoints[::-1],
        findings=kept.findings,
        number=number,
    )


@get("/controle/rechtmatigheid", visitors=BOOKS)
async def lawful(request: Visit, *, jaar: OfYear = None) -> Template:
    """Show what the college has to account for over a year."""
    today = services_of(request).clock.today()
    async with db.snapshot(services_of(request).engine, request.user.gemeente) as connection:
        wanted = await _wanted(connection, request, jaar)
        try:
            found: Lawfulness | None = await lawfulness(
                connection,
                gemeente=wanted.gemeente,
                year=wanted.year,
                on=LAST_DAY,
                known_up_to=wanted.known_up_to,
            )
        except (NothingKnownYet, YearNotInBooks):
            found = None
    return page(
        request,
        "controle/lawfulness.html",
        found=found,
        year=wanted.year,
        known_up_to=wanted.known_up_to,
        years=[(str(each), str(each)) for each in range(today.year, today.year - _YEARS, -1)],
    )


@get("/controle/rechtmatigheid/bestand", visitors=BOOKS)
async def lawful_file(
    request: Visit, *, jaar: OfYear = None, formaat: FileOf = "csv"
) -> Response[bytes]:
    """Give the same as a file."""
    form = FileForm(formaat)
    async with db.snapshot(services_of(request).engine, request.user.gemeente) as connection:
        wanted = await _wanted(connection, request, jaar)
        table = await exports.lawfulness_table(connection, wanted)
        content = await exports.written(connection, wanted, table, form=form)
    return file_answer(content, form=form, name=table.name)


HANDLERS: Final = (audit_log, all_exceptions, all_checkpoints, lawful, lawful_file)


async def _wanted(connection: AsyncConnection, request: Visit, year: int | None) -> Wanted:
    """Say which year; unless told the last one that has a budget."""
    gemeente, today = request.user.gemeente, services_of(request).clock.today()
    return Wanted(
        gemeente=gemeente,
        year=year or await latest_budget_year(connection, gemeente=gemeente, until=today.year),
        on=None,
        known_up_to=await last_link(connection, gemeente=gemeente),
    )
