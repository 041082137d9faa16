"""Accounts (rekeningen): trial balance, the balance of one account, and its statement."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.clock import FIRST_DAY
from api.http.entry_shapes import Rekening, account_on_wire
from api.http.paging import link_to_next, page_of, read_cursor
from api.http.rights import BOOKS
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    PRINTABLE,
    Antwoord,
    Bedrag,
    Cursor,
    KnownUpTo,
    Limit,
    OnDate,
    amount,
    as_of,
    check_day,
)
from api.problems import InvalidCursor, UnknownLedgerAccount
from ledger.accounts import Account, Book, dimensions
from ledger.balances import Place as LinePlace
from ledger.balances import (
    StatementLine,
    balances,
    find_accounts,
    statement,
    trial_balance,
)

_DAY_LINES: Final = 1000


class RekeningStand(Antwoord, frozen=True, kw_only=True):
    """An account and what lies on it: debit minus credit."""

    rekening: Rekening
    saldo: Bedrag


class Rekeningen(Antwoord, frozen=True, kw_only=True):
    """A page of the trial balance, on a date and as known up to a link of the chain."""

    boek: str
    peil_datum: date
    stand_per: int
    resultaten: list[RekeningStand]


class Saldo(Antwoord, frozen=True, kw_only=True):
    """The balance of one account on a date, as known up to a link of the chain."""

    rekening: UUID
    peil_datum: date
    stand_per: int
    saldo: Bedrag


class Mutatie(Antwoord, frozen=True, kw_only=True):
    """One line of a statement, with the balance after it."""

    boekdatum: date
    ketennummer: int
    boeking: UUID
    soort: str
    omschrijving: str
    document: str
    grond: str
    debet: Bedrag | None
    credit: Bedrag | None
    saldo: Bedrag


class Mutaties(Antwoord, frozen=True, kw_only=True):
    """A page of the statement of an account."""

    rekening: UUID
    van: date
    peil_datum: date
    stand_per: int
    resultaten: list[Mutatie]


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of a statement ended."""

    day: date
    number: int
    position: int
    line: int


BookName = Annotated[
    Literal["BUDGET", "LASTEN", "DOMEINBATEN"],
    QueryParameter(name="boek", description="Welk boek."),
]
Filter = Annotated[str | None, QueryParameter(max_length=60, pattern=PRINTABLE)]
FromDate = Annotated[
    date | None, QueryParameter(name="van", description="Eerste boekdatum; standaard alles.")
]


@get("/rekeningen", opt=open_to(BOOKS), summary="Proef- en saldibalans")
async def list_accounts(  # noqa: PLR0913 - a filter is a name of its own in the query.
    request: Asked,
    *,
    boek: BookName = "BUDGET",
    code: Filter = None,
    middel: Filter = None,
    wijk: Filter = None,
    gezin: Filter = None,
    taakveld: Filter = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[Rekeningen]:
    """List the accounts of a book with their balances, all or those that fit the filters."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        known = await trial_balance(
            connection,
            gemeente=gemeente,
            book=Book(boek),
            on=moment.on,
            known_up_to=moment.known_up_to,
            code=code,
            having=dimensions(wijk=wijk, gezin=gezin, taakveld=taakveld),
        )
    fitting = [each for each in known if middel in {None, each.account.colour}]
    page, headers = page_of(
        request,
        fitting,
        key=lambda each: str(each.account.id),
        cursor=cursor,
        limit=limit,
        pinned=moment.pinned,
    )
    found = [
        RekeningStand(rekening=account_on_wire(each.account), saldo=amount(each.balance_cents))
        for each in page
    ]
    body = Rekeningen(
        boek=boek, peil_datum=moment.on, stand_per=moment.known_up_to, resultaten=found
    )
    return Response(body, headers=headers)


@get("/rekeningen/{id_:uuid}", opt=open_to(BOOKS), summary="Een rekening")
async def show_account(request: Asked, id_: FromPath[UUID]) -> Rekening:
    """Show one account."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return account_on_wire(await _account(connection, gemeente, id_))


@get("/rekeningen/{id_:uuid}/saldo", opt=open_to(BOOKS), summary="Saldo van een rekening")
async def show_balance(
    request: Asked,
    id_: FromPath[UUID],
    *,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
) -> Saldo:
    """Give the balance of one account on a date."""
    gemeente = request.user.gemeente
    services = services_of(request)
    async with db.transaction(services.engine, gemeente) as connection:
        await _account(connection, gemeente, id_)
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        found = await balances(
            connection,
            gemeente=gemeente,
            accounts=[id_],
            on=moment.on,
            known_up_to=moment.known_up_to,
        )
    return Saldo(
        rekening=id_,
        peil_datum=moment.on,
        stand_per=moment.known_up_to,
        saldo=amount(found[id_]),
    )


@get("/rekeningen/{id_:uuid}/mutaties", opt=open_to(BOOKS), summary="Mutaties van een rekening")
async def list_lines(
    request: Asked,
    id_: FromPath[UUID],
    *,
    van: FromDate = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[Mutaties]:
    """List the lines of an account by booking date, each with the balance after it."""
    gemeente = request.user.gemeente
    services = services_of(request)
    place = None if cursor is None else read_cursor(cursor, _Cursor)
    start = FIRST_DAY if van is None else check_day("van", van)
    async with db.transaction(services.engine, gemeente) as connection:
        await _account(connection, gemeente, id_)
        moment = await as_of(
            connection,
            services=services,
            gemeente=gemeente,
            on=peil_datum,
            known_up_to=stand_per,
        )
        after = None
        if place is not None:
            after = await _line_at(
                connection, gemeente, id_, place=place, known_up_to=moment.known_up_to
            )
        lines = await statement(
            connection,
            gemeente=gemeente,
            account=id_,
            from_date=start,
            on=moment.on,
            known_up_to=moment.known_up_to,
            limit=limit + 1,
            after=after,
        )
    headers = {}
    if len(lines) > limit:
        headers = link_to_next(request, _cursor(lines[limit - 1]), pinned=moment.pinned)
    body = Mutaties(
        rekening=id_,
        van=start,
        peil_datum=moment.on,
        stand_per=moment.known_up_to,
        resultaten=[_on_wire(line) for line in lines[:limit]],
    )
    return Response(body, headers=headers)


async def _account(connection: AsyncConnection, gemeente: str, account: UUID) -> Account:
    found = await find_accounts(connection, gemeente=gemeente, accounts=[account])
    if account not in found:
        raise UnknownLedgerAccount
    return found[account]


async def _line_at(
    connection: AsyncConnection, gemeente: str, account: UUID, *, place: _Cursor, known_up_to: int
) -> StatementLine:
    """Find the line at which a page ended, so that its balance comes from the books.

    :raises InvalidCursor: the account has no such line.
    """
    wanted = LinePlace(
        booking_date=check_day("cursor", place.day),
        chain_number=place.number,
        position=place.position,
        line=place.line,
    )
    after: StatementLine | None = None
    while True:
        lines = await statement(
            connection,
            gemeente=gemeente,
            account=account,
            from_date=wanted.booking_date,
            on=wanted.booking_date,
            known_up_to=known_up_to,
            limit=_DAY_LINES,
            after=after,
        )
        for line in lines:
            if line.place == wanted:
                return line
        if len(lines) < _DAY_LINES:
            raise InvalidCursor
        after = lines[-1]


def _cursor(line: StatementLine) -> _Cursor:
    return _Cursor(
        day=line.place.booking_date,
        number=line.place.chain_number,
        position=line.place.position,
        line=line.place.line,
    )


def _on_wire(line: StatementLine) -> Mutatie:
    cents = line.amount_cents
    return Mutatie(
        boekdatum=line.place.booking_date,
        ketennummer=line.place.chain_number,
        boeking=line.entry,
        soort=line.kind,
        omschrijving=line.description,
        document=line.document,
        grond=line.basis,
        debet=amount(cents) if cents > 0 else None,
        credit=amount(-cents) if cents < 0 else None,
        saldo=amount(line.balance_cents),
    )


HANDLERS: Final = (list_accounts, show_account, show_balance, list_lines)
