"""The council's budget (begroting): from a file or by hand, and what is shifted later."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import JSON, canonical, decode, raw_body
from api.http.entry_shapes import Boeking, booked_entry
from api.http.forms import FORM, FORM_BYTES, Files, Texts, form_content, form_of
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Bedrag,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Jaar,
    Limit,
    Tekst,
    VerplichteTekst,
    amount,
)
from api.problems import InvalidField, InvalidInput, UnknownBudgetImport, WrongMediaType
from domains.budgets.mapping import DEFAULT_MAPPING, parse_mapping
from domains.budgets.mapping import Mapping as SourceMapping
from domains.budgets.operations import import_budget
from domains.budgets.queries import BudgetImport, budget_imports
from domains.budgets.taakvelden import in_year, why_not
from domains.instruction import Instruction
from domains.pooling.model import CouncilLine
from domains.pooling.operations import book_council_budget, shift
from domains.readers.model import BudgetFile, Unit
from domains.readers.registry import read_budget
from domains.readers.table import shown
from domains.sources import source


class Begrotingsregel(Invoer, frozen=True, kw_only=True):
    """What the council authorised for a source, a programme and a taakveld."""

    bron: Code
    programma: Code
    taakveld: Code
    bedrag: Bedrag


class NieuweBegroting(Invoer, frozen=True, kw_only=True):
    """A budget by hand."""

    jaar: Jaar
    besluit: VerplichteTekst
    boekdatum: date
    regels: Annotated[list[Begrotingsregel], Meta(min_length=1, max_length=1000)]


class Begrotingsformulier(Invoer, frozen=True, kw_only=True):
    """A budget in a file, sent as a form; ``bestand`` and ``toewijzing`` are CSV files."""

    bestand: str
    jaar: Jaar
    boekdatum: date | None = None
    eenheid: Literal["euro", "duizend"] | None = None
    toewijzing: str | None = None


class NieuweVerschuiving(Invoer, frozen=True, kw_only=True):
    """A shift from one source to another."""

    jaar: Jaar
    boekdatum: date
    van: Begrotingsregel
    naar: Begrotingsregel
    besluit: Tekst = ""


class Begroting(Antwoord, frozen=True, kw_only=True):
    """A budget that was read from a file."""

    id: UUID
    jaar: int
    soort: str
    bestandsnaam: str
    sha256: str
    aannames: list[str]
    toegewezen: Bedrag
    weggelaten: Bedrag
    """What stayed out of the lasten; baten are never authorised."""


class ToegewezenRegel(Antwoord, frozen=True, kw_only=True):
    """An amount of the file that a source got."""

    regel: int
    taakveld: str
    programma: str
    bron: str
    bedrag: Bedrag


class WeggelatenRegel(Antwoord, frozen=True, kw_only=True):
    """An amount of the file that no source got, and why."""

    regel: int
    taakveld: str
    kant: str
    bedrag: Bedrag
    reden: str


class Bronbedrag(Antwoord, frozen=True, kw_only=True):
    """What a source got from a budget."""

    bron: str
    bedrag: Bedrag


class Begrotingsverslag(Begroting, frozen=True, kw_only=True):
    """A budget with what became of each of its lines."""

    per_bron: list[Bronbedrag]
    toegewezen_regels: list[ToegewezenRegel]
    weggelaten_regels: list[WeggelatenRegel]


class Begrotingen(Antwoord, frozen=True, kw_only=True):
    """A page of budgets."""

    resultaten: list[Begroting]


@get("/begrotingen", opt=open_to(EVERYONE), summary="Ingelezen begrotingen")
async def list_budgets(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Begrotingen]:
    """List the budgets that were read from a file."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await budget_imports(connection, gemeente=gemeente)
    page, headers = page_of(
        request, known, key=lambda each: str(each.id), cursor=cursor, limit=limit
    )
    return Response(Begrotingen(resultaten=[_short(each) for each in page]), headers=headers)


@get("/begrotingen/{id_:uuid}", opt=open_to(EVERYONE), summary="Verslag van een begroting")
async def show_budget(request: Asked, id_: FromPath[UUID]) -> Begrotingsverslag:
    """Show what became of every line of a budget."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        return await _report(connection, gemeente=gemeente, import_id=id_)


@post(
    "/begrotingen",
    opt=open_to(
        MONEY,
        body=NieuweBegroting,
        file=Begrotingsformulier,
        key=True,
        answers=(Begrotingsverslag, Boeking),
    ),
    request_max_body_size=FORM_BYTES,
    summary="Boek een begroting, uit een bestand of met de hand",
)
async def add_budget(
    request: Asked, *, proef: DryRun = False
) -> Response[Begrotingsverslag] | Response[Boeking]:
    """Book a budget: a form with a file, or JSON with lines."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        return await _by_hand(request, dry_run=proef)
    if kind == FORM:
        return await _from_file(request, dry_run=proef)
    raise WrongMediaType(wanted=f"{FORM} (een bestand) of {JSON} (met de hand)")


@post(
    "/verschuivingen",
    opt=open_to(MONEY, body=NieuweVerschuiving, key=True),
    summary="Verschuif geld van de ene bron naar de andere",
)
async def add_shift(request: Asked, *, proef: DryRun = False) -> Response[Boeking]:
    """Shift authorisation from one source to another."""
    content = await raw_body(request)
    asked = decode(content, NieuweVerschuiving)
    _check_order({"van": asked.van, "naar": asked.naar}, year=asked.jaar, on=asked.boekdatum)
    from_line, to_line = _line(asked.van), _line(asked.naar)
    if from_line.amount_cents != to_line.amount_cents:
        raise _wrong("naar.bedrag", "moet gelijk zijn aan van.bedrag.")

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await shift(
            connection,
            instruction=instruction,
            year=asked.jaar,
            from_line=from_line,
            to_line=to_line,
            decision=asked.besluit,
            booking_date=asked.boekdatum,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Boeking]:
        return await booked_entry(connection, gemeente=request.user.gemeente, entry=results[0])

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


async def _by_hand(request: Asked, *, dry_run: bool) -> Response[Boeking]:
    content = await raw_body(request)
    asked = decode(content, NieuweBegroting)
    named = {f"regels[{place}]": line for place, line in enumerate(asked.regels)}
    _check_order(named, year=asked.jaar, on=asked.boekdatum)
    lines = [_line(each) for each in asked.regels]

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await book_council_budget(
            connection,
            instruction=instruction,
            year=asked.jaar,
            lines=lines,
            decision=asked.besluit,
            booking_date=asked.boekdatum,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Boeking]:
        return await booked_entry(connection, gemeente=request.user.gemeente, entry=results[0])

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


async def _from_file(request: Asked, *, dry_run: bool) -> Response[Begrotingsverslag]:
    texts, files = await form_of(request)
    asked = _form(texts, files)
    file_name, content = files["bestand"]
    gemeente = request.user.gemeente
    unit = None if asked.eenheid is None else Unit(asked.eenheid)

    def read() -> tuple[BudgetFile, SourceMapping]:
        mapping = DEFAULT_MAPPING
        if "toewijzing" in files:
            mapping_name, mapping_content = files["toewijzing"]
            mapping = parse_mapping(mapping_content, file_name=mapping_name)
        budget = read_budget(
            content, file_name=file_name, municipality=gemeente, year=asked.jaar, unit=unit
        )
        return budget, mapping

    budget, mapping = await asyncio.to_thread(read)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await import_budget(
            connection,
            instruction=instruction,
            file=budget,
            file_name=file_name,
            mapping=mapping,
            booking_date=asked.boekdatum or date(asked.jaar, 1, 1),
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Begrotingsverslag]:
        found = await _report(connection, gemeente=gemeente, import_id=results[0])
        return Given(body=found, location=f"/v1/begrotingen/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=form_content(texts, files),
        dry_run=dry_run,
    )


def _form(texts: Texts, files: Files) -> Begrotingsformulier:
    """Check a form as a JSON body is checked, with every fault at once."""
    if "bestand" not in files:
        raise _wrong("bestand", "ontbreekt; stuur de begroting mee als CSV-bestand.")
    misplaced = [name for name in files if name not in {"bestand", "toewijzing"}]
    if misplaced:
        raise _wrong(shown(misplaced[0]), "is geen bestand; stuur een tekst.")
    if "toewijzing" in texts and "toewijzing" not in files:
        raise _wrong("toewijzing", "moet een CSV-bestand zijn.")
    year = texts.get("jaar")
    if isinstance(year, str) and year.isascii() and year.isdigit():
        texts = {**texts, "jaar": int(year)}
    return decode(msgspec.json.encode(texts), Begrotingsformulier)


def taakveld_faults(taakvelden: Mapping[str, str], *, year: int) -> list[InvalidField]:
    """Find the taakvelden that a year does not know, each by the name of its field."""
    return [
        InvalidField(
            naam=name,
            bron="body",
            code="taakveld-bestaat-niet",
            reden=f"{taakveld} {why_not(taakveld, year)}.",
        )
        for name, taakveld in taakvelden.items()
        if in_year(taakveld, year) is None
    ]


def _check_order(named: dict[str, Begrotingsregel], *, year: int, on: date) -> None:
    """Refuse lines whose taakveld the year does not know, and a booking date outside that year.

    :raises InvalidInput: every fault at once.
    """
    faults = taakveld_faults(
        {f"{name}.taakveld": line.taakveld for name, line in named.items()}, year=year
    )
    if on.year != year:
        faults.append(
            InvalidField(
                naam="boekdatum",
                bron="body",
                code="ander-jaar",
                reden=f"moet liggen in {year}, het jaar van de begroting.",
            )
        )
    if faults:
        raise InvalidInput(fields=tuple(faults))


def _line(asked: Begrotingsregel) -> CouncilLine:
    return CouncilLine(
        source=source(asked.bron).code,
        programme=asked.programma,
        taakveld=asked.taakveld,
        amount_cents=asked.bedrag.cents,
    )


def _wrong(name: str, reason: str) -> InvalidInput:
    field = InvalidField(naam=name, bron="body", code="vorm", reden=reason)
    return InvalidInput(fields=(field,))


async def _report(
    connection: AsyncConnection, *, gemeente: str, import_id: UUID
) -> Begrotingsverslag:
    found = await budget_imports(connection, gemeente=gemeente, ids=(import_id,))
    if not found:
        raise UnknownBudgetImport
    budget = found[0]
    short = _short(budget)
    mapped = [line for line in budget.lines if line.reason is None]
    per_source: dict[str, int] = {}
    for line in mapped:
        code = line.source or ""
        per_source[code] = per_source.get(code, 0) + line.amount_cents
    return Begrotingsverslag(
        **msgspec.structs.asdict(short),
        per_bron=[
            Bronbedrag(bron=code, bedrag=amount(cents))
            for code, cents in sorted(per_source.items())
        ],
        toegewezen_regels=[
            ToegewezenRegel(
                regel=line.line_number,
                taakveld=line.taakveld,
                programma=line.programme or "",
                bron=line.source or "",
                bedrag=amount(line.amount_cents),
            )
            for line in mapped
        ],
        weggelaten_regels=[
            WeggelatenRegel(
                regel=line.line_number,
                taakveld=line.taakveld,
                kant=line.side,
                bedrag=amount(line.amount_cents),
                reden=line.reason,
            )
            for line in budget.lines
            if line.reason is not None
        ],
    )


def _short(budget: BudgetImport) -> Begroting:
    expenses = [line for line in budget.lines if line.side == "lasten"]
    mapped = sum(line.amount_cents for line in expenses if line.reason is None)
    left_out = sum(line.amount_cents for line in expenses if line.reason is not None)
    return Begroting(
        id=budget.id,
        jaar=budget.year,
        soort=budget.kind,
        bestandsnaam=budget.file_name,
        sha256=budget.file_sha256,
        aannames=list(budget.assumptions),
        toegewezen=amount(mapped),
        weggelaten=amount(left_out),
    )


HANDLERS: Final = (list_budgets, show_budget, add_budget, add_shift)
