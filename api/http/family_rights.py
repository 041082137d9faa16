"""What a family may ask: what was spent on it, who looked and why, and to be forgotten."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.body import canonical, decode, raw_body
from api.http.opening import keep_opening
from api.http.perform import Given, Task, carry_out
from api.http.rights import (
    FAMILIES_WRITE,
    MONEY,
    PRIVACY,
    check_sees_family,
    connection_for,
)
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import Antwoord, Bedrag, DryRun, Invoer, VerplichteTekst, amount, last_day
from api.messages import vault_of
from api.runtime import key_folder
from domains.eligibility.catalogue import KINDS
from domains.families.queries import family
from domains.instruction import Instruction
from domains.persons.operations import forget_family
from domains.persons.queries import forgotten
from domains.persons.rules import decision_of
from domains.privacy.model import PURPOSES, Look, Spent
from domains.privacy.queries import known_families, looks_at, spent_on
from domains.privacy.rules import decide_retention

_KINDS: Final = {each.code: each.name for each in KINDS}


class BesteedPerBron(Antwoord, frozen=True, kw_only=True):
    """What one source of money paid."""

    bron: str
    bedrag: Bedrag


class Verantwoordingsregel(Antwoord, frozen=True, kw_only=True):
    """Help that was asked, what came of it and what it cost."""

    trekking: UUID
    soort: str
    aanbieder: str
    omschrijving: str
    van: date
    tot_en_met: date
    zin: str
    toegekend: Bedrag
    besteed: Bedrag
    bronnen: list[BesteedPerBron]


class Inzage(Antwoord, frozen=True, kw_only=True):
    """Who opened the family, when and for what."""

    op: datetime
    door: str
    doel: str
    doel_naam: str
    grondslag: str
    handeling: str
    personen: list[UUID]


class Verantwoording(Antwoord, frozen=True, kw_only=True):
    """The statement for a family (AVG article 15)."""

    gezin: UUID
    opgemaakt_op: datetime
    personen: list[UUID]
    toegekend: Bedrag
    besteed: Bedrag
    regels: list[Verantwoordingsregel]
    inzagen: list[Inzage]


class NieuweVernietiging(Invoer, frozen=True, kw_only=True):
    """The decision by which a family is forgotten."""

    besluit: VerplichteTekst
    grond: Literal["verzoek-jeugdwet", "verzoek-wmo"] | None = None
    """On what request it comes before the term is over."""


class Vernietiging(Antwoord, frozen=True, kw_only=True):
    """That a family was forgotten; its amounts stay, under pseudonyms."""

    gezin: UUID
    besluit: str
    vernietigd_op: datetime
    vernietigd_door: str


class Bewaartermijn(Antwoord, frozen=True, kw_only=True):
    """From which day it is no longer to be known who a family is."""

    gezin: UUID
    laatste_wijziging: date
    bewaren_tot: date
    jaren: int
    artikel: str
    verlopen: bool


class Bewaartermijnen(Antwoord, frozen=True, kw_only=True):
    """The term of each family of which is known who they are, the oldest first."""

    resultaten: list[Bewaartermijn]


@get(
    "/gezinnen/{id_:uuid}/verantwoording",
    opt=open_to((FAMILIES_WRITE - MONEY) | PRIVACY, opens=True),
    summary="Verantwoording aan een gezin: wat er is besteed, wie keek en waarom",
)
async def show_statement(request: Asked, id_: FromPath[UUID]) -> Verantwoording:
    """Tell a family all that was spent on it and everybody who opened it."""
    gemeente = request.user.gemeente
    async with connection_for(request) as connection:
        found = await family(connection, gemeente=gemeente, family_id=id_)
        if not request.user.roles & PRIVACY:
            check_sees_family(request.user, found)
        persons = sorted({member.person for member in found.members})
        spent = await spent_on(connection, gemeente=gemeente, family=id_)
        looks = await looks_at(connection, gemeente=gemeente, persons=persons)
        await keep_opening(connection, request, found)  # The next statement tells of this one.
    return Verantwoording(
        gezin=id_,
        opgemaakt_op=services_of(request).clock.now(),
        personen=persons,
        toegekend=amount(sum(each.granted_cents for each in spent)),
        besteed=amount(sum(each.spent_cents for each in spent)),
        regels=[_line(each) for each in spent],
        inzagen=[_look(each) for each in looks],
    )


@post(
    "/gezinnen/{id_:uuid}/vernietigingen",
    opt=open_to(PRIVACY, body=NieuweVernietiging, key=True),
    summary="Vergeet wie een gezin is, door zijn sleutel te vernietigen",
)
async def forget(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[Vernietiging]:
    """Destroy the key of a family; its amounts and the chain stay."""
    content = await raw_body(request)
    asked = decode(content, NieuweVernietiging)
    settings = services_of(request).settings
    vault = partial(vault_of, settings, key_folder(settings))

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await forget_family(
            connection,
            instruction=instruction,
            vault=vault,
            family=id_,
            reason=asked.besluit,
            ground=asked.grond,
        )

    async def answer(
        connection: AsyncConnection, _results: Sequence[UUID], _number: int
    ) -> Given[Vernietiging]:
        at, by = await forgotten(
            connection,
            gemeente=request.user.gemeente,
            family=id_,
            reason=decision_of(asked.besluit, asked.grond),
        )
        body = Vernietiging(gezin=id_, besluit=asked.besluit, vernietigd_op=at, vernietigd_door=by)
        return Given(body=body)

    task = Task(operation=operation, answer=answer)
    return await carry_out(request, task, content=canonical(content), dry_run=proef)


@get(
    "/bewaartermijnen",
    opt=open_to(PRIVACY | {"beheerder"}),
    summary="Tot wanneer bekend blijft wie een gezin is",
)
async def list_terms(request: Asked) -> Bewaartermijnen:
    """List until when it may be known who each family is."""
    today = services_of(request).clock.today()
    async with connection_for(request) as connection:
        known = await known_families(connection, gemeente=request.user.gemeente)
    found = sorted(map(decide_retention, known), key=lambda each: (each.ends_on, each.family))
    return Bewaartermijnen(
        resultaten=[
            Bewaartermijn(
                gezin=each.family,
                laatste_wijziging=each.last_change,
                bewaren_tot=each.ends_on,
                jaren=each.term.years,
                artikel=each.term.legal_basis,
                verlopen=each.ends_on <= today,
            )
            for each in found
        ]
    )


def _line(found: Spent) -> Verantwoordingsregel:
    return Verantwoordingsregel(
        trekking=found.draw,
        soort=_KINDS.get(found.kind, found.kind),
        aanbieder=found.provider,
        omschrijving=found.description,
        van=found.from_date,
        tot_en_met=last_day(found.until_date),
        zin=found.sentence,
        toegekend=amount(found.granted_cents),
        besteed=amount(found.spent_cents),
        bronnen=[
            BesteedPerBron(bron=source, bedrag=amount(cents)) for source, cents in found.per_source
        ],
    )


def _look(found: Look) -> Inzage:
    purpose = PURPOSES.get(found.purpose)
    return Inzage(
        op=found.at,
        door=found.actor,
        doel=found.purpose,
        doel_naam=purpose.name if purpose else found.purpose,
        grondslag=purpose.legal_basis if purpose else "",
        handeling=found.action,
        personen=list(found.persons),
    )


HANDLERS: Final = (show_statement, forget, list_terms)
