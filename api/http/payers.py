"""Who pays in the end (openstaande betalers): claims, acceptance, netting; never the help."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.exports import OF_TABLES, FileForm, Wanted
from api.http.body import canonical, decode, raw_body
from api.http.file_answers import Form, file_answer, form_of
from api.http.paging import first_of, read_cursor
from api.http.payer_shapes import (
    BetalerBedrag,
    BetalerDossier,
    Betalerscijfers,
    BetalerStand,
    BetalerStap,
    Blijvend,
    NieuweAanvaarding,
    NieuweAfboeking,
    NieuweBetwisting,
    NieuweClaim,
    NieuweOntvangst,
    OpenstaandeBetaler,
    OpenstaandeBetalers,
    Ouderdomsklasse,
)
from api.http.perform import Given, Operation, Task, carry_out
from api.http.rights import BOOKS, EVERYONE, MONEY, sees_families
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Bedrag,
    Code,
    Cursor,
    DryRun,
    Limit,
    OnDate,
    amount,
    check_day,
    day_after,
    last_day,
)
from domains.instruction import Instruction
from domains.municipalities.names import municipality
from domains.payers import operations, queries
from domains.payers.ageing import ageing_table
from domains.payers.model import Acceptance, PayerItem, PayerState, WriteOff
from domains.payers.rules import is_gemeente
from domains.small_cells import Cell, hidden_cells, is_small
from ledger.balances import last_link

OfState: TypeAlias = Annotated[
    PayerState | None,
    QueryParameter(name="toestand", description="Alleen waarvan iets in deze toestand staat."),
]
OfPayer: TypeAlias = Annotated[
    Code | None,
    QueryParameter(name="betaler", description="Alleen van of verwacht van deze betaler."),
]
OfOwner: TypeAlias = Annotated[
    Code | None, QueryParameter(name="eigenaar", description="Alleen van deze eigenaar.")
]
Overdue: TypeAlias = Annotated[
    bool,
    QueryParameter(
        name="teLaat", description="Alleen wat na de uiterste dag nog een betaler zoekt."
    ),
]


@get("/openstaande-betalers", opt=open_to(BOOKS), summary="Voorfinancieringen en hun betaler")
async def list_items(
    request: Asked,
    *,
    toestand: OfState = None,
    betaler: OfPayer = None,
    eigenaar: OfOwner = None,
    te_laat: Overdue = False,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[OpenstaandeBetalers]:
    """List advances, the oldest first."""
    gemeente = request.user.gemeente
    today = services_of(request).clock.today()
    only = queries.PayerFilter(
        state=toestand, payer=betaler, owner=eigenaar, overdue_on=today if te_laat else None
    )
    after = None if cursor is None else read_cursor(cursor, UUID)
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        known = await queries.payer_items(
            connection, gemeente=gemeente, only=only, after=after, limit=limit + 1
        )
        page, headers = first_of(request, known, key=lambda each: each.advance.id, limit=limit)
        number = await last_link(connection, gemeente=gemeente)
        found = await _on_wire(connection, gemeente, page, number=number)
    return Response(OpenstaandeBetalers(resultaten=found), headers=headers)


@get(
    "/openstaande-betalers/{id_:uuid}",
    opt=open_to(BOOKS),
    summary="Een voorfinanciering met elke stap",
)
async def show_item(request: Asked, id_: FromPath[UUID]) -> BetalerDossier:
    """Show one advance with every change."""
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        item = await queries.payer_item(connection, gemeente=gemeente, item=id_)
        steps = await queries.steps(connection, gemeente=gemeente, item=id_)
        number = await last_link(connection, gemeente=gemeente)
        (found,) = await _on_wire(connection, gemeente, [item], number=number)
    return BetalerDossier(
        **{name: getattr(found, name) for name in found.__struct_fields__},
        stappen=[_step(each) for each in steps],
    )


@get(
    "/rapporten/openstaande-betalers",
    opt=open_to(EVERYONE, answers=(Betalerscijfers,), files=OF_TABLES),
    summary="Ouderdom van voorfinancieringen, en of iemand op een betaler wachtte",
)
async def show_figures(
    request: Asked, *, peil_datum: OnDate = None, formaat: Form = None
) -> Response[Betalerscijfers] | Response[bytes]:
    """Show how much still needs a payer, by age and payer; as a table by age alone."""
    form = form_of(request, formaat, OF_TABLES)
    gemeente = request.user.gemeente
    today = services_of(request).clock.today()
    on = today if peil_datum is None else check_day("peilDatum", peil_datum)
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await queries.key_figures(connection, gemeente=gemeente, on=on)
        behind = await queries.families_behind(connection, gemeente=gemeente, on=on)
        number = await last_link(connection, gemeente=gemeente)
    shows_all = sees_families(request.user)
    no_sum = not shows_all and is_small(behind.total)

    def hidden(families: Mapping[Cell, int]) -> frozenset[Cell]:
        """Give the cells of a row that this asker does not see."""
        if shows_all:
            return frozenset()
        return frozenset(families) if no_sum else hidden_cells(families)

    late, ages = hidden(behind.per_lateness), hidden(behind.per_age)
    payers = hidden(behind.per_payer)
    if form is not FileForm.JSON:
        table = ageing_table(found, on=on, hidden=ages)
        wanted = Wanted(gemeente=gemeente, year=on.year, on=on, known_up_to=number)
        async with db.transaction(services_of(request).engine, gemeente) as connection:
            content = await exports.written(connection, wanted, table, form=form)
        return file_answer(content, form=form, name=table.name)
    figures = Betalerscijfers(
        peil_datum=on,
        aantal=found.items,
        bedrag=None if no_sum else amount(found.amount_cents),
        te_laat_aantal=found.overdue_items,
        te_laat_bedrag=None if True in late else amount(found.overdue_cents),
        dagen_gewacht=found.days_waited,
        ouderdom=[
            Ouderdomsklasse(
                van_dagen=each.from_days,
                tot_en_met_dagen=each.until_days,
                aantal=each.items,
                bedrag=None if each.from_days in ages else amount(each.amount_cents),
            )
            for each in found.ages
        ],
        per_betaler=[
            BetalerBedrag(betaler=payer, bedrag=None if payer in payers else amount(cents))
            for payer, cents in found.per_payer
        ],
    )
    return Response(figures)


@post(
    "/openstaande-betalers/{id_:uuid}/claims",
    opt=open_to(MONEY, body=NieuweClaim, key=True),
    summary="Vraag een betaler om te betalen",
)
async def add_claim(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[OpenstaandeBetaler]:
    """Ask a payer for what is open, or disputed by another."""
    content = await raw_body(request)
    asked = decode(content, NieuweClaim)
    if is_gemeente(asked.betaler) and asked.betaler != request.user.gemeente:
        municipality(asked.betaler)  # Refuses a code that no municipality has.

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.claim(
            connection,
            instruction=instruction,
            item=id_,
            payer=asked.betaler,
            amount_cents=_cents(asked.bedrag),
            reason=asked.reden,
            asked_on=asked.gevraagd_op or instruction.today,
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


@post(
    "/openstaande-betalers/{id_:uuid}/aanvaardingen",
    opt=open_to(MONEY, body=NieuweAanvaarding, key=True),
    summary="Leg vast dat een betaler betaalt, en boek het om",
)
async def add_acceptance(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[OpenstaandeBetaler]:
    """Let a payer accept what was claimed from it."""
    content = await raw_body(request)
    asked = decode(content, NieuweAanvaarding)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.accept(
            connection,
            instruction=instruction,
            item=id_,
            acceptance=Acceptance(
                payer=asked.betaler,
                amount_cents=_cents(asked.bedrag),
                from_date=asked.van,
                until_date=None if asked.tot_en_met is None else day_after(asked.tot_en_met),
                facts=tuple(sorted(asked.feiten.items())),
                debtor=asked.debiteur,
                document=asked.document,
                reason=asked.reden,
            ),
            booking_date=asked.boekdatum or instruction.today,
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


@post(
    "/openstaande-betalers/{id_:uuid}/betwistingen",
    opt=open_to(MONEY, body=NieuweBetwisting, key=True),
    summary="Leg vast dat een betaler weigert",
)
async def add_dispute(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[OpenstaandeBetaler]:
    """Note that a payer says no, and why."""
    content = await raw_body(request)
    asked = decode(content, NieuweBetwisting)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.dispute(
            connection,
            instruction=instruction,
            item=id_,
            payer=asked.betaler,
            amount_cents=_cents(asked.bedrag),
            reason=asked.reden,
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


@post(
    "/openstaande-betalers/{id_:uuid}/ontvangsten",
    opt=open_to(MONEY, body=NieuweOntvangst, key=True),
    summary="Leg vast dat een betaler van buiten heeft betaald",
)
async def add_receipt(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[OpenstaandeBetaler]:
    """Let an outside payer pay what it accepted."""
    content = await raw_body(request)
    asked = decode(content, NieuweOntvangst)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.receive(
            connection,
            instruction=instruction,
            item=id_,
            payer=asked.betaler,
            amount_cents=_cents(asked.bedrag),
            booking_date=asked.boekdatum or instruction.today,
            document=asked.document,
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


@post(
    "/openstaande-betalers/{id_:uuid}/afboekingen",
    opt=open_to(MONEY, body=NieuweAfboeking, key=True),
    summary="Geef een claim op, met een besluit",
)
async def add_write_off(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[OpenstaandeBetaler]:
    """Give up a claim by a decision."""
    content = await raw_body(request)
    asked = decode(content, NieuweAfboeking)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.write_off(
            connection,
            instruction=instruction,
            item=id_,
            given_up=WriteOff(
                state=PayerState(asked.toestand),
                payer=asked.betaler,
                amount_cents=_cents(asked.bedrag),
                decision=asked.besluit,
                reason=asked.reden,
            ),
            booking_date=asked.boekdatum or instruction.today,
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


@post(
    "/openstaande-betalers/{id_:uuid}/blijft",
    opt=open_to(MONEY, body=Blijvend, key=True),
    summary="Laat een voorfinanciering voorgoed bij het middel, met een besluit",
)
async def add_stay(
    request: Asked, id_: FromPath[UUID], *, proef: DryRun = False
) -> Response[OpenstaandeBetaler]:
    """Let what nobody else pays stay with the fund that paid it."""
    content = await raw_body(request)
    asked = decode(content, Blijvend)

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await operations.stay(
            connection,
            instruction=instruction,
            item=id_,
            amount_cents=_cents(asked.bedrag),
            decision=asked.besluit,
            reason=asked.reden,
        )

    return await _carried_out(request, operation, content=content, dry_run=proef)


HANDLERS: Final = (
    list_items,
    show_item,
    show_figures,
    add_claim,
    add_acceptance,
    add_dispute,
    add_receipt,
    add_write_off,
    add_stay,
)


async def _carried_out(
    request: Asked, operation: Operation, *, content: bytes, dry_run: bool
) -> Response[OpenstaandeBetaler]:
    """Take a step, and answer with the item as that step left it."""
    gemeente = request.user.gemeente

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], number: int
    ) -> Given[OpenstaandeBetaler]:
        item, step = results
        items = await queries.payer_items(connection, gemeente=gemeente, ids=[item], step=step)
        (found,) = await _on_wire(connection, gemeente, items, number=number)
        return Given(body=found, location=f"/v1/openstaande-betalers/{found.id}")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=dry_run,
    )


def _cents(given: Bedrag | None) -> int | None:
    return None if given is None else given.cents


async def _on_wire(
    connection: AsyncConnection, gemeente: str, items: Sequence[PayerItem], *, number: int
) -> list[OpenstaandeBetaler]:
    """Write items, with what the council had authorised at a link of the chain."""
    decided = await queries.stays_outside_programme(
        connection, gemeente=gemeente, items=items, known_up_to=number
    )
    return [_item(each, needs_council=each.advance.id in decided) for each in items]


def _item(item: PayerItem, *, needs_council: bool) -> OpenstaandeBetaler:
    part = item.part
    return OpenstaandeBetaler(
        id=item.advance.id,
        trekking=item.advance.draw,
        gezin=item.family,
        persoon=part.person,
        soort=item.kind,
        middel=part.fund,
        plaats=str(part.place),
        van=part.from_date,
        tot_en_met=last_day(part.until_date),
        taakveld=part.taakveld,
        categorie=part.category,
        regel=part.rule,
        verwachte_betaler=part.payer,
        eigenaar=item.owner,
        uiterlijk=item.deadline,
        geopend_op=item.opened_at,
        bedrag=amount(sum(each.amount_cents for each in item.standings)),
        nog_open=amount(item.unsettled_cents),
        afgesloten=item.unsettled_cents == 0,
        raadsbesluit_nodig=needs_council,
        standen=[
            BetalerStand(
                toestand=str(each.state),
                betaler=each.payer or None,
                bedrag=amount(each.amount_cents),
            )
            for each in item.standings
        ],
    )


def _step(step: queries.Step) -> BetalerStap:
    return BetalerStap(
        nummer=step.number,
        van_toestand=step.from_state or None,
        toestand=str(step.to_state),
        betaler=step.payer,
        bedrag=amount(step.amount_cents),
        vastgelegd_op=step.at,
        vastgelegd_door=step.actor,
        reden=step.reason,
        besluit=step.decision,
        boekingen=list(step.entries),
    )
