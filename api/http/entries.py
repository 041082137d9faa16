"""Entries (boekingen): the journal, plain postings, and their reversal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, has_list, raw_body
from api.http.entry_shapes import Boeking, booked_entries, booked_entry
from api.http.paging import link_to_next, read_cursor
from api.http.perform import (
    Given,
    Task,
    carry_out,
    instruction_for,
    key_of,
    rolled_back,
    trial_key,
)
from api.http.rights import BOOKS, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    END,
    MOST,
    Antwoord,
    Bedrag,
    Code,
    Cursor,
    DryRun,
    Invoer,
    KnownUpTo,
    Limit,
    Middel,
    Tekst,
    VerplichteTekst,
    as_of,
    day_after,
)
from api.problems import (
    AccountNotOpenable,
    InvalidField,
    InvalidInput,
    detail_of,
    facts_of,
    title_of,
)
from domains import chart
from domains.instruction import Instruction
from domains.plain_entries import check_plain
from domains.pooling.operations import reverse
from domains.sources import source
from ledger import books
from ledger.accounts import Account, Book, dimensions
from ledger.balances import journal
from ledger.entries import Booked, Entry, Outcome, Posting, PostingRequest
from ledger.refusals import Refusal

_MOST_LINES: Final = 1000


class NieuweRekening(Invoer, frozen=True, kw_only=True):
    """An account of the book LASTEN by its own key; it is opened when it does not exist yet."""

    boek: Literal["BUDGET", "DOMEINBATEN", "LASTEN"]
    code: Annotated[str, Meta(pattern="^[0-9]{4}" + END)]
    middel: Middel
    taakveld: Code | None = None
    categorie: Code | None = None


class NieuweBoekingsregel(Invoer, frozen=True, kw_only=True):
    """One line: an account by its number or its key, and either debit or credit."""

    rekening: UUID | NieuweRekening
    debet: Bedrag | None = None
    credit: Bedrag | None = None
    grond: Annotated[str, Meta(max_length=60, pattern="^[A-Za-z0-9-]*" + END)] = ""


class NieuweBoeking(Invoer, frozen=True, kw_only=True):
    """An entry to book; its lines sum to zero per fund."""

    boekdatum: date
    omschrijving: VerplichteTekst
    regels: Annotated[list[NieuweBoekingsregel], Meta(min_length=2, max_length=_MOST_LINES)]
    soort: Literal["betaling", "correctie", "factuur", "memoriaal"] = "memoriaal"
    document: Tekst = ""
    prestatie_van: date | None = None
    prestatie_tot_en_met: date | None = None


class NieuweBoekingen(Invoer, frozen=True, kw_only=True):
    """Entries to book, in this order; each is booked whole or not at all."""

    boekingen: Annotated[list[NieuweBoeking], Meta(min_length=1, max_length=MOST)]


class NieuweTegenboeking(Invoer, frozen=True, kw_only=True):
    """Why and when an entry is reversed."""

    boekdatum: date
    reden: VerplichteTekst


class Weigering(Antwoord, frozen=True, kw_only=True):
    """Why an entry was not booked."""

    code: str
    title: str
    detail: str
    feiten: dict[str, Any]


class Boekingsuitkomst(Antwoord, frozen=True, kw_only=True):
    """What became of one entry of a list."""

    uitkomst: Literal["geboekt", "geweigerd"]
    boeking: Boeking | None = None
    weigering: Weigering | None = None


class Boekingsuitkomsten(Antwoord, frozen=True, kw_only=True):
    """What became of each entry, in the order in which they were asked."""

    resultaten: list[Boekingsuitkomst]


class Boekingen(Antwoord, frozen=True, kw_only=True):
    """A page of the journal, as known up to a link of the chain."""

    stand_per: int
    resultaten: list[Boeking]


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of the journal ended."""

    number: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """Entries to book, with the accounts that may have to be opened."""

    entries: tuple[Entry, ...]
    accounts: tuple[Account, ...]


@get("/boekingen", opt=open_to(BOOKS), summary="Het journaal, in de volgorde van de keten")
async def list_entries(
    request: Asked, *, stand_per: KnownUpTo = None, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Boekingen]:
    """List the journal; the pages of one list all stand for the same link of the chain."""
    gemeente = request.user.gemeente
    services = services_of(request)
    place = None if cursor is None else read_cursor(cursor, _Place)
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection,
            services=services,
            gemeente=gemeente,
            on=None,
            known_up_to=stand_per,
        )
        ids = await journal(
            connection,
            gemeente=gemeente,
            after=(0, 0) if place is None else (place.number, place.position),
            known_up_to=moment.known_up_to,
            limit=limit + 1,
        )
        found = await booked_entries(connection, gemeente=gemeente, entries=ids[:limit])
    headers = {}
    if len(ids) > limit:
        last = found[-1]
        end = _Place(number=last.ketennummer, position=last.plaats)
        headers = link_to_next(request, end, pinned={"standPer": moment.known_up_to})
    return Response(Boekingen(stand_per=moment.known_up_to, resultaten=found), headers=headers)


@get("/boekingen/{id_:uuid}", opt=open_to(BOOKS), summary="Een boeking met haar regels")
async def show_entry(request: Asked, id_: FromPath[UUID]) -> Boeking:
    """Show one entry."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return (await booked_entry(connection, gemeente=gemeente, entry=id_)).body


@post(
    "/boekingen",
    opt=open_to(
        MONEY,
        body=(NieuweBoeking, NieuweBoekingen),
        key=True,
        answers=(Boeking, Boekingsuitkomsten),
    ),
    summary="Boek een journaalpost, of een lijst",
)
async def add_entries(
    request: Asked, *, proef: DryRun = False
) -> Response[Boeking] | Response[Boekingsuitkomsten]:
    """Book one entry or a list; in a list every entry has an outcome of its own.

    One entry that is refused is a problem. A list answers 201 where all are booked and 200 where
    at least one was refused.
    """
    content = await raw_body(request)
    single = not has_list(content, "boekingen")
    asked_for = (
        {"": decode(content, NieuweBoeking)}
        if single
        else {
            f"boekingen[{place}].": each
            for place, each in enumerate(decode(content, NieuweBoekingen).boekingen)
        }
    )
    order = _order(request, asked_for)
    key = trial_key(request) if proef else key_of(request)
    instruction = instruction_for(request, key=key, content=canonical(content))
    asked = PostingRequest(
        client=instruction.actor.client,
        key=instruction.key,
        actor=instruction.actor.subject,
        fingerprint=instruction.fingerprint,
        groups=tuple((entry,) for entry in order.entries),
        accounts=order.accounts,
    )
    gemeente = request.user.gemeente
    named = {line.account for entry in order.entries for line in entry.postings}
    named -= {account.id for account in order.accounts}  # Of the book LASTEN; never refused.
    if named:
        async with db.transaction(services_of(request).engine, gemeente) as connection:
            await check_plain(connection, gemeente=gemeente, accounts=named)

    async def tried(connection: AsyncConnection) -> Boeking | Boekingsuitkomsten:
        (outcome,) = await books.post(
            connection, gemeente=gemeente, recorded_at=instruction.at, requests=[asked]
        )
        return await _answer(connection, gemeente, outcome, single=single)

    if proef:
        return await rolled_back(request, tried)
    services = services_of(request)
    outcome = await services.coalescer.post(gemeente, asked)
    if outcome.refusal is not None:
        raise outcome.refusal
    async with db.transaction(services.engine, gemeente) as connection:
        found = await _answer(connection, gemeente, outcome, single=single)
    headers = {"Idempotent-Replayed": "true"} if outcome.replayed else {}
    if isinstance(found, Boeking):
        headers["Location"] = f"/v1/boekingen/{found.id}"
        return Response(found, status_code=201, headers=headers)
    whole = all(each.uitkomst == "geboekt" for each in found.resultaten)
    return Response(found, status_code=201 if whole else 200, headers=headers)


@post(
    "/boekingen/{id_:uuid}/tegenboekingen",
    opt=open_to(MONEY, body=NieuweTegenboeking, key=True),
    summary="Boek een boeking tegen",
)
async def add_reversal(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Boeking]:
    """Reverse an entry by its mirror image, once."""
    content = await raw_body(request)
    asked = decode(content, NieuweTegenboeking)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await reverse(
            connection,
            instruction=instruction,
            entry=id_,
            booking_date=asked.boekdatum,
            reason=asked.reden,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Boeking]:
        return await booked_entry(connection, gemeente=gemeente, entry=results[0])

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


def _order(request: Asked, asked_for: Mapping[str, NieuweBoeking]) -> _Order:
    """Turn what came in, each by where it stands in the body, into entries.

    :raises InvalidInput: lines without exactly one of debit and credit, all at once.
    """
    new_id = services_of(request).clock.new_id
    accounts: dict[UUID, Account] = {}
    faults: list[InvalidField] = []
    entries: list[Entry] = []
    for place, asked in asked_for.items():
        lines: list[Posting] = []
        for number, line in enumerate(asked.regels):
            cents = _cents(line)
            if cents is None:
                faults.append(_one_side(f"{place}regels[{number}]"))
                continue
            account = line.rekening
            if isinstance(account, NieuweRekening):
                opened = _account(request.user.gemeente, account)
                accounts[opened.id] = opened
                account = opened.id
            lines.append(Posting(account=account, amount_cents=cents, basis=line.grond))
        until = asked.prestatie_tot_en_met
        entries.append(
            Entry(
                id=new_id(),
                booking_date=asked.boekdatum,
                kind=asked.soort,
                description=asked.omschrijving,
                document=asked.document,
                postings=tuple(lines),
                performance_from=asked.prestatie_van,
                performance_until=None if until is None else day_after(until),
            )
        )
    if faults:
        raise InvalidInput(fields=tuple(faults))
    return _Order(entries=tuple(entries), accounts=tuple(accounts.values()))


def _cents(line: NieuweBoekingsregel) -> int | None:
    """Give the amount of a line, debit above zero; nothing where it is not exactly one side."""
    if (line.debet is None) == (line.credit is None):
        return None
    cents = line.debet.cents if line.debet is not None else 0
    cents -= line.credit.cents if line.credit is not None else 0
    given = line.debet or line.credit
    return cents if given is not None and given.cents >= 0 else None


def _account(gemeente: str, asked: NieuweRekening) -> Account:
    """Give the account behind a key, of a fund whose source exists.

    :raises AccountNotOpenable: only an order of its own opens accounts in that book.
    """
    if asked.boek != Book.LASTEN:
        raise AccountNotOpenable(book=asked.boek)
    source(chart.source_of(asked.middel))
    return Account(
        gemeente=gemeente,
        book=Book(asked.boek),
        code=asked.code,
        colour=asked.middel,
        dimensions=dimensions(taakveld=asked.taakveld, categorie=asked.categorie),
    )


def _one_side(name: str) -> InvalidField:
    return InvalidField(
        naam=name,
        bron="body",
        code="debet-of-credit",
        reden="vul precies één van debet en credit, met een bedrag boven nul.",
    )


async def _answer(
    connection: AsyncConnection, gemeente: str, outcome: Outcome, *, single: bool
) -> Boeking | Boekingsuitkomsten:
    """Answer with the entry, or with what became of each entry.

    :raises Refusal: a single entry was refused.
    """
    ids = [
        entry
        for verdict in outcome.groups
        if isinstance(verdict, Booked)
        for entry in verdict.entries
    ]
    known = {
        each.id: each for each in await booked_entries(connection, gemeente=gemeente, entries=ids)
    }
    results: list[Boekingsuitkomst] = []
    for verdict in outcome.groups:
        if isinstance(verdict, Booked):
            entry = known[verdict.entries[0]]
            if single:
                return entry
            results.append(Boekingsuitkomst(uitkomst="geboekt", boeking=entry))
        elif single:
            raise verdict.refusal
        else:
            results.append(
                Boekingsuitkomst(uitkomst="geweigerd", weigering=_refused(verdict.refusal))
            )
    return Boekingsuitkomsten(resultaten=results)


def _refused(refusal: Refusal) -> Weigering:
    return Weigering(
        code=refusal.code,
        title=title_of(refusal.code),
        detail=detail_of(refusal),
        feiten=facts_of(refusal),
    )


HANDLERS: Final = (list_entries, show_entry, add_entries, add_reversal)
