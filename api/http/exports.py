"""Exports: files for CBS, the accountant, the council and the financial package."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.exports import OF_TABLES, FileForm, Wanted
from api.http.file_answers import Form, file_answer, form_of, spooled, stream_answer
from api.http.rights import BOOKS, EVERYONE
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import Antwoord, KnownUpTo, OnDate, as_of, check_day
from domains.budget_changes.queries import budget_changes, latest, lines_with_old
from domains.budget_changes.rules import ChangeUnknown
from domains.exports import budget_change
from domains.exports.iv3 import Iv3Period
from domains.exports.journal import DEFAULT_COLUMNS, journal_columns
from domains.exports.model import Table

OfYear: TypeAlias = Annotated[
    int | None,
    QueryParameter(name="jaar", ge=2000, le=2198, description="Het jaar; standaard dat van nu."),
]
OfPeriod: TypeAlias = Annotated[
    Literal["begroting", "kwartaal1", "kwartaal2", "kwartaal3", "kwartaal4", "jaar"],
    QueryParameter(
        name="periode",
        description="De begroting, een kwartaal (vanaf 1 januari) of het jaar (de jaarrekening).",
    ),
]
FromDate: TypeAlias = Annotated[
    date | None, QueryParameter(name="van", description="Eerste boekdatum; standaard 1 januari.")
]
Columns: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="kolommen",
        max_length=1000,
        description="Velden met komma's ertussen, of Naam=veld.",
    ),
]

_PAGE: Final = (*OF_TABLES, FileForm.HTML)


class Exporttabel(Antwoord, frozen=True, kw_only=True):
    """A table as a program reads it."""

    naam: str
    jaar: int
    peil_datum: date | None
    """None: all that belongs to the year."""
    stand_per: int
    resultaten: list[dict[str, Any]]


class Iv3Bestand(Antwoord, frozen=True, kw_only=True):
    """The delivery to CBS, in the form that CBS wants."""

    metadata: dict[str, Any]
    contact: dict[str, str]
    data: dict[str, list[dict[str, Any]]]


@get(
    "/exports/iv3",
    opt=open_to(BOOKS, answers=(Iv3Bestand,), files=OF_TABLES),
    summary="Iv3 van de begroting, een kwartaal of het jaar",
)
async def show_iv3(
    request: Asked,
    *,
    jaar: OfYear = None,
    periode: OfPeriod = "jaar",
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    formaat: Form = None,
) -> Response[bytes]:
    """Give the Iv3 delivery of a period."""
    form = form_of(request, formaat, OF_TABLES)
    asked = _Moment(year=jaar, on=peil_datum, known_up_to=stand_per)
    async with db.transaction(services_of(request).engine, request.user.gemeente) as connection:
        wanted = await _wanted(connection, request, asked)
        content = await exports.iv3_file(connection, wanted, period=Iv3Period(periode), form=form)
    return file_answer(content, form=form, name=f"iv3-{wanted.year}-{periode}")


@get(
    "/exports/xaf",
    opt=open_to(BOOKS, files=(FileForm.XML,)),
    summary="Auditfile van een jaar (XAF 3.2)",
)
async def show_audit_file(
    request: Asked,
    *,
    jaar: OfYear = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    formaat: Form = None,
) -> Stream:
    """Give the audit file of a year."""
    form = form_of(request, formaat, (FileForm.XML,))
    asked = _Moment(year=jaar, on=peil_datum, known_up_to=stand_per)
    async with db.transaction(services_of(request).engine, request.user.gemeente) as connection:
        wanted = await _wanted(connection, request, asked)
        content = await spooled(exports.audit_file(connection, wanted))
    return stream_answer(content, form=form, name=f"xaf-{wanted.gemeente}-{wanted.year}")


@get(
    "/exports/journaal",
    opt=open_to(BOOKS, files=(FileForm.CSV,)),
    summary="Journaalregels voor het financiële pakket",
)
async def show_journal(
    request: Asked,
    *,
    jaar: OfYear = None,
    van: FromDate = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    kolommen: Columns = DEFAULT_COLUMNS,
    formaat: Form = None,
) -> Stream:
    """Give the journal lines of some days."""
    form = form_of(request, formaat, (FileForm.CSV,))
    columns = journal_columns(kolommen)
    first = None if van is None else check_day("van", van)
    asked = _Moment(year=jaar, on=peil_datum, known_up_to=stand_per)
    async with db.transaction(services_of(request).engine, request.user.gemeente) as connection:
        wanted = await _wanted(connection, request, asked)
        content = await spooled(
            exports.journal_file(connection, wanted, from_date=first, columns=columns)
        )
    return stream_answer(content, form=form, name=f"journaal-{wanted.year}")


def _table_of_year(
    path: str, make: Callable[[AsyncConnection, Wanted], Awaitable[Table]], *, summary: str
) -> HTTPRouteHandler:
    """Make the address of a table that follows from a year."""

    @get(path, opt=open_to(BOOKS, answers=(Exporttabel,), files=OF_TABLES), summary=summary)
    async def show_table(
        request: Asked,
        *,
        jaar: OfYear = None,
        peil_datum: OnDate = None,
        stand_per: KnownUpTo = None,
        formaat: Form = None,
    ) -> Response[bytes]:
        """Give a table of a year."""
        asked = _Moment(year=jaar, on=peil_datum, known_up_to=stand_per)
        return await _table(request, make, asked, formaat)

    return show_table


show_grants: Final = _table_of_year(
    "/exports/sisa",
    exports.grants_table,
    summary="Besteding per specifieke uitkering en indicator (SiSa)",
)
show_lawfulness: Final = _table_of_year(
    "/exports/rechtmatigheid",
    exports.lawfulness_table,
    summary="Tabel voor de rechtmatigheidsverantwoording",
)


@get(
    "/exports/betaalbestand",
    opt=open_to(BOOKS, answers=(Exporttabel,), files=OF_TABLES),
    summary="Goedgekeurde declaraties en facturen die nog te betalen zijn",
)
async def show_payments(
    request: Asked,
    *,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    formaat: Form = None,
) -> Response[bytes]:
    """Give what has to be paid."""
    asked = _Moment(year=None, on=peil_datum, known_up_to=stand_per)
    return await _table(request, exports.payments_table, asked, formaat)


@get(
    "/exports/begrotingswijzigingen/{id_:uuid}",
    opt=open_to(EVERYONE, answers=(Exporttabel,), files=_PAGE),
    summary="Een begrotingswijziging als stuk voor de raad",
)
async def show_budget_change(
    request: Asked,
    id_: FromPath[UUID],
    *,
    stand_per: KnownUpTo = None,
    formaat: Form = None,
) -> Response[bytes]:
    """Give a change of the budget as a document or a table.

    :raises ChangeUnknown: there was no such change at the chain number.
    """
    gemeente = request.user.gemeente
    form = form_of(request, formaat, _PAGE)
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        moment = await as_of(
            connection,
            services=services_of(request),
            gemeente=gemeente,
            on=None,
            known_up_to=stand_per,
        )
        number = moment.known_up_to
        found = latest(
            await budget_changes(connection, gemeente=gemeente, change=id_, known_up_to=number)
        )
        if not found:
            raise ChangeUnknown(change=str(id_))
        (change,) = found
        lines = await lines_with_old(
            connection, gemeente=gemeente, change=change, known_up_to=number
        )
        wanted = Wanted(gemeente=gemeente, year=change.year, on=None, known_up_to=number)
        table = budget_change.as_table(change, lines)
        if form is FileForm.HTML:
            content = budget_change.page(change, lines, gemeente=gemeente, known_up_to=number)
        else:
            content = await exports.written(connection, wanted, table, form=form)
    return file_answer(content, form=form, name=table.name)


@get(
    f"/exports/begrotingswijzigingen/{budget_change.STYLE_NAME}",
    media_type="text/css",
    include_in_schema=False,
)
async def show_style() -> bytes:
    """Give the style of documents; it is the same for everybody."""
    return budget_change.style()


HANDLERS: Final = (
    show_iv3,
    show_audit_file,
    show_journal,
    show_grants,
    show_lawfulness,
    show_payments,
    show_budget_change,
    show_style,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What the caller asked for; what is missing is filled in."""

    year: int | None
    on: date | None
    known_up_to: int | None


async def _wanted(connection: AsyncConnection, request: Asked, asked: _Moment) -> Wanted:
    """Fill in what the caller left out, so that the file can say what it stands for."""
    services, gemeente = services_of(request), request.user.gemeente
    moment = await as_of(
        connection,
        services=services,
        gemeente=gemeente,
        on=asked.on,
        known_up_to=asked.known_up_to,
    )
    return Wanted(
        gemeente=gemeente,
        year=moment.on.year if asked.year is None else asked.year,
        on=asked.on,
        known_up_to=moment.known_up_to,
    )


async def _table(
    request: Asked,
    make: Callable[[AsyncConnection, Wanted], Awaitable[Table]],
    asked: _Moment,
    formaat: str | None,
) -> Response[bytes]:
    """Answer with a table in the form that the client wants."""
    form = form_of(request, formaat, OF_TABLES)
    async with db.transaction(services_of(request).engine, request.user.gemeente) as connection:
        wanted = await _wanted(connection, request, asked)
        table = await make(connection, wanted)
        content = await exports.written(connection, wanted, table, form=form)
    return file_answer(content, form=form, name=table.name)
