"""The report of domain benefits (rapport), and what stands behind each of its cells."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final, TypeAlias
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.benefit_shapes import Schatting, estimate_on_wire
from api.http.rights import BOOKS, EVERYONE
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    Antwoord,
    AsOf,
    Bedrag,
    KnownUpTo,
    OnDate,
    Wijk,
    amount,
    as_of,
    check_day,
    day_after,
    last_day,
)
from domains.benefits.bookings.model import State
from domains.benefits.policy_domains import check_codes
from domains.benefits.report.model import Cell, DomainFigures, Figure, Report, Scope
from domains.benefits.report.operations import behind_cell, show_report
from domains.benefits.report.queries import estimate_reports
from domains.benefits.report.rules import without_costs
from domains.benefits.suppression import Place
from domains.instruction import Actor

ROUNDED: Final = 100_00
"""To so many cents amounts are rounded for who may not read every entry."""

PeriodFrom: TypeAlias = Annotated[
    date | None,
    QueryParameter(name="periodeVan", description="Eerste dag van het eerste kwartaal."),
]
PeriodTo: TypeAlias = Annotated[
    date | None,
    QueryParameter(name="periodeTotEnMet", description="Laatste dag van het laatste kwartaal."),
]
OfDistrict: TypeAlias = Annotated[
    Wijk | None,
    QueryParameter(
        name="wijk", description="Gezinnen die aan het begin van een kwartaal daar woonden."
    ),
]


class Baatbedrag(Antwoord, frozen=True, kw_only=True):
    """An amount per state, with the interval of what was measured."""

    gemeten: Bedrag
    bekrachtigd: Bedrag
    verzilverd: Bedrag
    samen: Bedrag
    ondergrens: Bedrag
    bovengrens: Bedrag


class Matrixcel(Antwoord, frozen=True, kw_only=True):
    """What one domain created for another, or for itself."""

    betaler: str
    ontvanger: str
    baten: Baatbedrag
    graad: str
    gezinnen: int
    aantoonbaar: bool
    omslagpunt: str
    cel: str
    """The address of what stands behind it."""


class Matrixtotaal(Antwoord, frozen=True, kw_only=True):
    """A row, a column or everything."""

    betaler: str
    ontvanger: str
    baten: Baatbedrag


class Matrixplaats(Antwoord, frozen=True, kw_only=True):
    """A place in the matrix that is not shown."""

    betaler: str
    ontvanger: str


class VerwachteBaat(Antwoord, frozen=True, kw_only=True):
    """What is expected and was not measured; counted nowhere else."""

    betaler: str
    ontvanger: str
    bedrag: Bedrag


class Domeincijfers(Antwoord, frozen=True, kw_only=True):
    """What a domain spent, created and received; nothing where that would tell of few families."""

    domein: str
    eigen_lasten: Bedrag | None
    waargenomen: Bedrag | None
    elders_gecreeerd: Bedrag | None
    elders_ondergrens: Bedrag | None
    elders_bovengrens: Bedrag | None
    ontvangen: Bedrag | None
    voor_zichzelf: Bedrag | None
    netto: Bedrag | None


class NietToegerekend(Antwoord, frozen=True, kw_only=True):
    """What was measured and is in no cell, or could not be measured, and why."""

    schatting: UUID
    domein: str
    interventies: list[str]
    bedrag: Bedrag | None
    reden: str


class Wijkverhouding(Antwoord, frozen=True, kw_only=True):
    """Costs with help as a part of those without, in a district, drawn to what districts share."""

    wijk: str
    domein: str
    interventies: list[str]
    gezinnen: int
    verhouding: str
    verhouding_van: str
    verhouding_tot: str
    aantoonbaar: bool


class Batenrapport(Antwoord, frozen=True, kw_only=True):
    """Who created what for whom, in view of everything that was shown before."""

    peil_datum: date
    stand_per: int
    periode_van: date | None
    periode_tot_en_met: date | None
    wijk: str | None
    afgerond_op: Bedrag
    cellen: list[Matrixcel]
    totalen: list[Matrixtotaal]
    verborgen: list[Matrixplaats]
    """Too few families, or the guard of such a cell; which of both is not told."""
    verwacht: list[VerwachteBaat]
    verwacht_verborgen: list[Matrixplaats]
    domeinen: list[Domeincijfers]
    niet_toegerekend: list[NietToegerekend]
    wijkverhoudingen: list[Wijkverhouding]
    """Rates, no amounts: they do not sum to the whole."""


class Celboeking(Antwoord, frozen=True, kw_only=True):
    """A line of an entry that a cell is the sum of."""

    boeking: UUID
    ketennummer: int
    boekdatum: date
    toestand: str
    schatting: UUID
    kwartaal: date
    bedrag: Bedrag


class Celverantwoording(Antwoord, frozen=True, kw_only=True):
    """The estimates and entries behind a cell."""

    betaler: str
    ontvanger: str
    peil_datum: date
    stand_per: int
    bedrag: Bedrag
    """What was measured, signed or not: the sum of the entries beside the expected ones."""
    schattingen: list[Schatting]
    boekingen: list[Celboeking]


@get(
    "/rapporten/domeinbaten",
    opt=open_to(EVERYONE),
    summary="Wie voor wie bespaarde: de matrix van domeinbaten",
)
async def show_benefits(
    request: Asked,
    *,
    periode_van: PeriodFrom = None,
    periode_tot_en_met: PeriodTo = None,
    wijk: OfDistrict = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
) -> Batenrapport:
    """Show the report, and remember that it was shown."""
    services, actor = services_of(request), request.user
    gemeente = actor.gemeente

    async def show(connection: AsyncConnection) -> Report:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        return await show_report(
            connection,
            gemeente=gemeente,
            scope=_scope(moment, wijk, periode_van, periode_tot_en_met),
            report_id=services.clock.new_random_id(),
            at=services.clock.now(),
            actor=actor.subject,
        )

    found = await db.run(services.engine, gemeente, show)
    return _report(seen_by(actor, found), step=step_for(actor))


@get(
    "/rapporten/domeinbaten/cellen/{betaler:str}/{ontvanger:str}",
    opt=open_to(BOOKS),
    summary="De schattingen en boekingen achter een cel van het rapport",
)
async def show_cell(
    request: Asked,
    betaler: FromPath[str],
    ontvanger: FromPath[str],
    *,
    periode_van: PeriodFrom = None,
    periode_tot_en_met: PeriodTo = None,
    wijk: OfDistrict = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
) -> Celverantwoording:
    """Show what stands behind a cell, for whoever may read every entry."""
    check_codes([betaler, ontvanger])
    services, gemeente = services_of(request), request.user.gemeente
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        entries = await behind_cell(
            connection,
            gemeente=gemeente,
            scope=_scope(moment, wijk, periode_van, periode_tot_en_met),
            at=services.clock.now(),
            contributor=betaler,
            receiver=ontvanger,
        )
        estimates = await estimate_reports(
            connection,
            gemeente=gemeente,
            ids=list(dict.fromkeys(each.estimate for each in entries)),
        )
    known = [each.cents for each in entries if each.state is not State.EXPECTED]
    return Celverantwoording(
        betaler=betaler,
        ontvanger=ontvanger,
        peil_datum=moment.on,
        stand_per=moment.known_up_to,
        bedrag=amount(sum(known)),
        schattingen=[estimate_on_wire(each) for each in estimates],
        boekingen=[
            Celboeking(
                boeking=each.entry,
                ketennummer=each.link,
                boekdatum=each.booking_date,
                toestand=each.state,
                schatting=each.estimate,
                kwartaal=each.period,
                bedrag=amount(each.cents),
            )
            for each in entries
        ],
    )


HANDLERS: Final = (show_benefits, show_cell)


def step_for(actor: Actor) -> int:
    """Give to how many cents amounts are rounded for somebody."""
    return 1 if actor.roles & BOOKS else ROUNDED


def seen_by(actor: Actor, report: Report) -> Report:
    """Leave out what somebody may not see: costs of a district are for who may read its entries."""
    if report.scope.wijk is None or actor.roles & BOOKS:
        return report
    return without_costs(report)


def rounded(cents: int, step: int) -> int:
    """Round to whole steps, half of one away from nothing."""
    sign = -1 if cents < 0 else 1
    return sign * ((abs(cents) + step // 2) // step * step)


def _scope(moment: AsOf, wijk: str | None, first: date | None, last: date | None) -> Scope:
    return Scope(
        wijk=wijk,
        from_date=None if first is None else check_day("periodeVan", first),
        until_date=None if last is None else day_after(check_day("periodeTotEnMet", last)),
        on=moment.on,
        known_up_to=moment.known_up_to,
    )


def _report(found: Report, *, step: int) -> Batenrapport:
    scope = found.scope
    return Batenrapport(
        peil_datum=scope.on,
        stand_per=scope.known_up_to,
        periode_van=scope.from_date,
        periode_tot_en_met=None if scope.until_date is None else last_day(scope.until_date),
        wijk=scope.wijk,
        afgerond_op=amount(step),
        cellen=[_cell(place, cell, scope, step=step) for place, cell in found.cells.items()],
        totalen=[
            Matrixtotaal(betaler=row, ontvanger=column, baten=_figure(figure, step=step))
            for (row, column), figure in found.totals.items()
        ],
        verborgen=_places(found.hidden),
        verwacht=[
            VerwachteBaat(betaler=row, ontvanger=column, bedrag=amount(rounded(cents, step)))
            for (row, column), cents in found.expected.items()
        ],
        verwacht_verborgen=_places(found.expected_hidden),
        domeinen=[_domain(each, step=step) for each in found.domains],
        niet_toegerekend=[
            NietToegerekend(
                schatting=each.estimate,
                domein=each.domain,
                interventies=list(each.exposure),
                bedrag=_maybe(each.cents, step=step),
                reden=each.reason,
            )
            for each in found.not_attributed
        ],
        wijkverhoudingen=[
            Wijkverhouding(
                wijk=each.wijk,
                domein=each.domain,
                interventies=list(each.exposure),
                gezinnen=each.families,
                verhouding=f"{each.ratio:.2f}",
                verhouding_van=f"{each.ratio_low:.2f}",
                verhouding_tot=f"{each.ratio_high:.2f}",
                aantoonbaar=each.is_demonstrable,
            )
            for each in found.districts
        ],
    )


def _cell(place: Place, cell: Cell, scope: Scope, *, step: int) -> Matrixcel:
    row, column = place
    until = None if scope.until_date is None else last_day(scope.until_date)
    asked = {
        "periodeVan": scope.from_date,
        "periodeTotEnMet": until,
        "wijk": scope.wijk,
        "peilDatum": scope.on,
        "standPer": scope.known_up_to,
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return Matrixcel(
        betaler=row,
        ontvanger=column,
        baten=_figure(cell.figure, step=step),
        graad=cell.grade,
        gezinnen=cell.families,
        aantoonbaar=cell.is_demonstrable,
        omslagpunt=cell.tipping_point,
        cel=f"/v1/rapporten/domeinbaten/cellen/{quote(row)}/{quote(column)}?{query}",
    )


def _figure(figure: Figure, *, step: int) -> Baatbedrag:
    def told(cents: int) -> Bedrag:
        return amount(rounded(cents, step))

    states: Mapping[State, int] = figure.cents
    return Baatbedrag(
        gemeten=told(states[State.MEASURED]),
        bekrachtigd=told(states[State.SIGNED]),
        verzilverd=told(states[State.REALISED]),
        samen=told(figure.known_cents),
        ondergrens=told(figure.low_cents),
        bovengrens=told(figure.high_cents),
    )


def _domain(found: DomainFigures, *, step: int) -> Domeincijfers:
    return Domeincijfers(
        domein=found.domain,
        eigen_lasten=_maybe(found.spent_cents, step=step),
        waargenomen=_maybe(found.observed_cents, step=step),
        elders_gecreeerd=_maybe(found.created_elsewhere_cents, step=step),
        elders_ondergrens=_maybe(found.elsewhere_low_cents, step=step),
        elders_bovengrens=_maybe(found.elsewhere_high_cents, step=step),
        ontvangen=_maybe(found.received_cents, step=step),
        voor_zichzelf=_maybe(found.own_cents, step=step),
        netto=_maybe(found.net_cents, step=step),
    )


def _places(found: Sequence[Place]) -> list[Matrixplaats]:
    return [Matrixplaats(betaler=row, ontvanger=column) for row, column in found]


def _maybe(cents: int | None, *, step: int) -> Bedrag | None:
    return None if cents is None else amount(rounded(cents, step))
