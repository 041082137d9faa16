"""Allocations over HTTP: giving out help to its provider (301), and who pseudonyms stand for."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.exports import FileForm
from api.http.body import decode, raw_body
from api.http.draws import changeable_draw
from api.http.file_answers import Form, file_answer, form_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import BOOKS, FAMILY_BUDGETS_WRITE, MONEY, PRIVACY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    END,
    MOST,
    PRINTABLE,
    Antwoord,
    Bedrag,
    DryRun,
    Invoer,
    amount,
    last_day,
)
from api.messages import vault_of
from api.runtime import key_folder
from domains.allocations import rules
from domains.allocations.model import Allocation, AllocationForm, NewAllocation
from domains.allocations.operations import allocate
from domains.allocations.queries import allocations
from domains.allocations.refusals import UnknownAllocation
from domains.days import NETHERLANDS
from domains.draws.queries import draws
from domains.instruction import Instruction
from domains.messages import writing
from domains.messages.model import PersonFacts
from domains.messages.standard import Law
from domains.persons.model import NewPerson
from domains.persons.operations import register_persons
from domains.persons.queries import persons

_KNOWS_PERSONS: Final = PRIVACY | {"beheerder"}


class NieuweToewijzing(Invoer, frozen=True, kw_only=True):
    """What is given out of a reservation; its form follows from the lines unless told."""

    wet: Law
    vorm: AllocationForm | None = None
    persoon: UUID | None = None
    toewijzing_nummer: Annotated[int, Meta(ge=0, le=999_999_999)] | None = None
    reden_wijziging: Annotated[str, Meta(pattern="^(0[1-9]|1[0-4])?$")] = ""
    referentie_aanbieder: Annotated[str, Meta(max_length=36)] = ""


class Toewijzing(Antwoord, frozen=True, kw_only=True):
    """An allocation as its latest version says."""

    id: UUID
    verplichting: UUID
    wet: Law
    toewijzing_nummer: int
    versie: int
    vorm: AllocationForm
    persoon: UUID
    aanbieder: str
    productcategorie: str
    productcode: str
    van: date
    tot_en_met: date | None
    """``None``: nobody said an end yet."""
    volume: int | None
    eenheid: str
    frequentie: str
    budget: Bedrag | None
    reden_wijziging: str


class Toewijzingen(Antwoord, frozen=True, kw_only=True):
    """Allocations of a reservation."""

    resultaten: list[Toewijzing]


class NieuwePersoon(Invoer, frozen=True, kw_only=True):
    """Whom a pseudonym stands for; sealed, and never shown again."""

    persoon: UUID
    bsn: Annotated[str, Meta(pattern="^[0-9]{9}$")]
    geboortedatum: date
    geslacht: Annotated[str, Meta(pattern="^[012]" + END)]
    achternaam: Annotated[str, Meta(min_length=1, max_length=200, pattern=PRINTABLE)]
    voorvoegsel: Annotated[str, Meta(max_length=10, pattern=PRINTABLE)] = ""
    voorletters: Annotated[str, Meta(pattern="^[a-zA-ZÀ-ỳ]{0,6}" + END)] = ""


class NieuwePersonen(Invoer, frozen=True, kw_only=True):
    """Whom pseudonyms stand for."""

    personen: Annotated[list[NieuwePersoon], Meta(min_length=1, max_length=MOST)]


class Personen(Antwoord, frozen=True, kw_only=True):
    """Pseudonyms of which is known whom they stand for."""

    personen: list[UUID]


@get(
    "/verplichtingen/{id_:uuid}/toewijzingen",
    opt=open_to(BOOKS),
    summary="Toewijzingen van een verplichting",
)
async def list_allocations(request: Asked, id_: FromPath[UUID]) -> Toewijzingen:
    """List the allocations that stand on a reservation."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await allocations(connection, gemeente=gemeente, draw=id_)
    return Toewijzingen(resultaten=[_allocation(each) for each in found])


@post(
    "/verplichtingen/{id_:uuid}/toewijzingen",
    opt=open_to(FAMILY_BUDGETS_WRITE, body=NieuweToewijzing, key=True),
    summary="Geef een verplichting uit als toewijzing",
)
async def add_allocation(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Toewijzingen]:
    """Give out a reservation to its provider; with a number of its own it is a next version."""
    content = await raw_body(request)
    asked = decode(content, NieuweToewijzing)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        for found in await draws(connection, gemeente=request.user.gemeente, ids=[id_]):
            await changeable_draw(connection, request, found, roles=FAMILY_BUDGETS_WRITE)
        return await allocate(
            connection,
            instruction=instruction,
            asked=NewAllocation(
                draw=id_,
                law=asked.wet,
                form=asked.vorm,
                person=asked.persoon,
                number=asked.toewijzing_nummer,
                change_reason=asked.reden_wijziging,
                provider_reference=asked.referentie_aanbieder,
            ),
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Toewijzingen]:
        found = await allocations(connection, gemeente=request.user.gemeente, ids=results)
        return Given(body=Toewijzingen(resultaten=[_allocation(each) for each in found]))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=content.decode(),
        dry_run=proef,
    )


@get(
    "/toewijzingen/{id_:uuid}/bericht",
    opt=open_to(MONEY, files=(FileForm.XML,)),
    summary="Het toewijzingbericht (301)",
)
async def show_allocation_message(
    request: Asked, id_: FromPath[UUID], *, formaat: Form = None
) -> Response[bytes]:
    """Give the 301 of an allocation."""
    form = form_of(request, formaat, (FileForm.XML,))
    services, gemeente = services_of(request), request.user.gemeente
    vault = vault_of(services.settings, key_folder(services.settings))
    async with db.transaction(services.engine, gemeente) as connection:
        found = await allocations(connection, gemeente=gemeente, ids=[id_])
        if not found:
            raise UnknownAllocation(number=0)
        known = await persons(connection, gemeente=gemeente, vault=vault, ids=[found[0].person])
    message = rules.message_of(
        found,
        gemeente=gemeente,
        person=known.get(found[0].person),
        at=found[0].recorded_at.astimezone(NETHERLANDS),
    )
    name = f"{found[0].law.upper()}301-{found[0].number}"
    return file_answer(writing.allocation(message), form=form, name=name)


@post(
    "/personen",
    opt=open_to(_KNOWS_PERSONS, body=NieuwePersonen, key=True),
    summary="Leg vast wie er achter pseudoniemen schuilgaan",
)
async def add_persons(request: Asked, *, proef: DryRun = False) -> Response[Personen]:
    """Seal who stands behind pseudonyms."""
    content = await raw_body(request)
    asked = decode(content, NieuwePersonen)
    services = services_of(request)
    vault = vault_of(services.settings, key_folder(services.settings))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await register_persons(
            connection,
            instruction=instruction,
            vault=vault,
            persons=[
                NewPerson(
                    person=each.persoon,
                    facts=PersonFacts(
                        bsn=each.bsn,
                        birth_date=each.geboortedatum,
                        sex=each.geslacht,
                        surname=each.achternaam,
                        prefix=each.voorvoegsel,
                        initials=each.voorletters,
                    ),
                )
                for each in asked.personen
            ],
        )

    async def answer(
        _connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Personen]:
        return Given(body=Personen(personen=list(results)))

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        # Only the vault's own mark: a plain hash of numbers that are few tells the numbers.
        content=vault.mark(b"personen", content).hex(),
        dry_run=proef,
    )


HANDLERS: Final = (list_allocations, add_allocation, show_allocation_message, add_persons)


def _allocation(each: Allocation) -> Toewijzing:
    return Toewijzing(
        id=each.id,
        verplichting=each.draw,
        wet=each.law,
        toewijzing_nummer=each.number,
        versie=each.version,
        vorm=each.form,
        persoon=each.person,
        aanbieder=each.provider,
        productcategorie=each.category,
        productcode=each.code,
        van=each.from_date,
        tot_en_met=None if each.until_date is None else last_day(each.until_date),
        volume=each.volume,
        eenheid=each.unit,
        frequentie=each.frequency,
        budget=None if each.budget_cents is None else amount(each.budget_cents),
        reden_wijziging=each.change_reason,
    )
